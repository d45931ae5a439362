"""A user's own op: five lines, one way to declare it, the same that the library uses."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import autograd_cnn as ag
from autograd_cnn.core.registry import FUNCTIONS
from autograd_cnn.testing import check_grads

PAGE = (Path(__file__).parent.parent / "docs" / "own_operations.md").read_text(encoding="utf-8")


@pytest.fixture
def registry():
    """The registry, put back as it was afterwards."""
    before = dict(FUNCTIONS)
    yield FUNCTIONS
    FUNCTIONS.clear()
    FUNCTIONS.update(before)


def test_the_page_runs(registry, capsys: pytest.CaptureFixture[str]) -> None:
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(compile("\n".join(blocks), "own_operations.md", "exec"), {"__name__": "a_users_module"})
    assert round(float(capsys.readouterr().out), 3) == -0.727
    assert {"a_users_module.tanh", "a_users_module.scaled_product"} <= set(registry)


def declared(factor: float):
    @ag.primitive(x=lambda g: g * factor, kind="linear")
    def scaled(x):
        return np.multiply(x, factor)

    return scaled


def test_it_may_be_declared_again(registry) -> None:
    """As when a cell of a notebook runs twice."""
    first, second = declared(2.0), declared(3.0)
    for function in (first, second):
        check_grads(function, [np.ones(3)])
    assert registry["test_own_operations.scaled"].function is second
    assert ag.jvp(second, (np.ones(2),), (np.ones(2),))[1].tolist() == [3.0, 3.0]


def test_a_wrong_formula_is_found(registry) -> None:
    @ag.primitive(x=lambda g, x: g * x)
    def squared(x):
        return x * x

    with pytest.raises(ag.errors.GradientError):
        check_grads(squared, [np.array([1.0, 2.0])])
