"""A user's own op: five lines, one way to declare it, the same that the library uses."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_cnn as ag
from autograd_cnn.testing import check_grads


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
