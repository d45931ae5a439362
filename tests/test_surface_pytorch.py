"""Every public name of PyTorch's nn and optim is here, or absent with a reason."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from autograd_cnn.surface import pytorch

PAGE = Path(__file__).parent.parent / "docs" / "pytorch.md"


@pytest.mark.parametrize("part", pytorch.NAMES)
def test_every_name_is_present_or_absent_for_one_reason(part: str) -> None:
    names = pytorch.NAMES[part].split()
    absent = [name for group in pytorch.ABSENT[part].values() for name in group.split()]
    assert len(absent) == len({*absent}), "one reason a name"
    here = {*pytorch.present(part)}
    assert [name for name in names if name not in here and name not in absent] == []
    assert [name for name in absent if name in here or name not in names] == []


@pytest.mark.parametrize("part", pytorch.NAMES)
def test_the_names_are_those_of_pytorch(part: str) -> None:
    torch = pytest.importorskip("torch")
    if not torch.__version__.startswith("2.13"):
        pytest.skip("the names are those of PyTorch 2.13")
    module = importlib.import_module(f"torch.{part}")
    assert [name for name in pytorch.NAMES[part].split() if not hasattr(module, name)] == []


def test_the_page_is_fresh() -> None:
    assert PAGE.read_text(encoding="utf-8") == pytorch.document(), "run make docs"
