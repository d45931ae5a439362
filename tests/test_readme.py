"""The README's code runs as it stands, and its picture is what it draws."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """All blocks, one after the other, in one namespace: what they print, and where they wrote."""
    folder = tmp_path_factory.mktemp("readme")
    printed: list[str] = []
    namespace = {"print": lambda *values: printed.append(" ".join(map(str, values)))}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for block in BLOCKS:
            exec(compile(block, "README.md", "exec"), namespace)
    return "\n".join(printed), folder


def test_it_prints_what_it_says(run: tuple[str, Path]) -> None:
    gradient, third, loss = run[0].splitlines()
    assert gradient.startswith("tensor([ 2.47308")
    assert third == "-1.0"
    assert float(loss) < 0.6


def test_the_picture_is_the_one_it_draws(run: tuple[str, Path]) -> None:
    committed = ROOT / "notebooks" / "pictures" / "tape.svg"
    assert (run[1] / "tape.svg").read_text(encoding="utf-8") == committed.read_text(encoding="utf-8")


def test_every_link_leads_somewhere() -> None:
    for page in ("README.md", "CONTRIBUTING.md", "benchmarks/README.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#]+)\)", text):
            if not target.startswith("http"):
                assert ((ROOT / page).parent / target).exists(), f"{page}: {target}"
