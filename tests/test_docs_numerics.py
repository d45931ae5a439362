"""docs/numerics.md: each promise names a test that exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
ROWS = [
    row
    for row in (TESTS.parent / "docs" / "numerics.md").read_text(encoding="utf-8").splitlines()
    if row.startswith("| ") and not row.endswith("test |")
]


@pytest.mark.parametrize("row", ROWS)
def test_a_promise_names_its_test(row: str) -> None:
    file, test = re.fullmatch(r".*\| `(\w+\.py)::(\w+)` \|", row).groups()
    assert f"\ndef {test}(" in (TESTS / file).read_text(encoding="utf-8")


def test_the_page_was_read() -> None:
    assert len(ROWS) > 60
