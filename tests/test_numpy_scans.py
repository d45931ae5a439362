"""Products, scans, differences and interpolation at their awkward points."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import autograd_cnn as ag
from autograd_cnn.core.tensor import Tensor
from autograd_cnn.errors import ArgumentError, ShapeError
from autograd_cnn.ops.scans import linear_recurrence
from autograd_cnn.testing import check_grads

NAN = np.nan


def gradient(function: Any, x: Any) -> Any:
    return np.asarray(ag.grad(lambda v: ag.sum(function(v)))(np.asarray(x))).tolist()


def value(x: Any) -> Any:
    return x.detach().numpy() if isinstance(x, Tensor) else x


# --- Products and scans -------------------------------------------------------------------------------

ZEROS = [[0.0, 2.0, 3.0], [0.0, 2.0, 0.0], [0.0, 0.0, 0.0], [2.0, 0.0, 3.0, 4.0], [5.0], [1.0, 2.0, 3.0, 0.0]]


@pytest.mark.parametrize("x", ZEROS)
def test_products_with_zeros_are_exact_to_third_order(x: list[float]) -> None:
    numbers = range(len(x))
    assert gradient(np.prod, x) == [math.prod(x[:i] + x[i + 1 :]) for i in numbers]
    for last in numbers:
        expected = [math.prod(x[:j] + x[j + 1 : last + 1]) if j <= last else 0.0 for j in numbers]
        assert gradient(lambda v, last=last: np.cumprod(v)[last], x) == expected
    check_grads(np.prod, [np.array(x)], order=3)
    check_grads(np.cumprod, [np.array(x)], order=3)


def test_second_derivatives_of_a_product_are_exact() -> None:
    x = ag.tensor([0.0, 0.0, 3.0, 5.0], requires_grad=True)
    first = ag.backprop(np.prod(x), x, create_graph=True)
    second = np.stack([ag.backprop(first[i], x, retain_graph=True).numpy() for i in range(4)])
    expected = np.zeros((4, 4))
    expected[0, 1] = expected[1, 0] = 15.0
    np.testing.assert_array_equal(second, expected)


def test_products_over_several_axes_with_zeros() -> None:
    x = np.random.default_rng(0).standard_normal((2, 3, 4))
    x[0, 1, 2] = x[1, 1, 0] = 0
    x[0, 2, :] = 0
    for axis in (0, 1, -1, (0, 2), (2, 0), None):
        check_grads(lambda v, axis=axis: np.prod(v, axis=axis), [x])
        check_grads(lambda v, axis=axis: np.prod(v, axis=axis, keepdims=True), [x])
    for axis in (0, 1, 2, -1, None):
        check_grads(lambda v, axis=axis: np.cumprod(v, axis=axis), [x])
    check_grads(lambda v: v.prod(axis=1).cumprod(), [x])


@given(
    hnp.arrays(np.float64, st.tuples(st.integers(0, 20), st.integers(1, 25)), elements=st.floats(-1.5, 1.5)),
    st.sampled_from([0, 1, -1]),
)
@examples(40)
def test_linear_recurrence_is_the_loop(a: Any, axis: int) -> None:
    b = np.random.default_rng(0).uniform(-1, 1, a.shape)
    expected = np.zeros_like(b)
    h: Any = 0.0
    for k in range(a.shape[axis]):
        h = np.take(a, k, axis) * h + np.take(b, k, axis)
        np.moveaxis(expected, axis, 0)[k] = h
    found = linear_recurrence(a, b, axis)
    np.testing.assert_allclose(
        found, expected, rtol=1e-10, atol=1e-10 * (1 + np.abs(expected).max(initial=0))
    )


def test_running_extrema() -> None:
    x = [1.0, 3.0, 3.0, 2.0, 4.0]
    assert gradient(np.maximum.accumulate, x) == [1.0, 1.0, 2.0, 0.0, 1.0]
    assert gradient(lambda v: np.minimum.accumulate(-v), x) == [-1.0, -1.0, -2.0, 0.0, -1.0]
    assert gradient(np.maximum.accumulate, [1.0, NAN, 2.0]) == [1.0, 2.0, 0.0]


# --- Differences and interpolation --------------------------------------------------------------------


def test_diff_with_edges() -> None:
    x = np.random.default_rng(0).standard_normal((3, 4))
    for options in ({"prepend": 0.0}, {"append": x[:, :2]}, {"n": 3, "prepend": 1, "append": 2.0}):
        np.testing.assert_allclose(value(np.diff(ag.tensor(x), **options)), np.diff(x, **options), atol=1e-14)
    check_grads(lambda a, b: np.diff(a, prepend=b, axis=0) ** 2, [x, x[:1] + 1])
    with pytest.raises(ArgumentError, match="diff: expected n of 0 or more, got -1"):
        np.diff(ag.tensor(x), -1)


def test_trapezoid_over_points() -> None:
    y, x = np.random.default_rng(0).standard_normal((2, 3, 4))
    for points, axis in ((x, 0), (x, 1), (x[0], 1), (x[:, 0], 0)):
        ours = np.trapezoid(ag.tensor(y), ag.tensor(points), axis=axis)
        np.testing.assert_allclose(value(ours), np.trapezoid(y, points, axis=axis), rtol=1e-12)
        check_grads(lambda a, b, axis=axis: np.trapezoid(a, b, axis=axis), [y, points])


@pytest.mark.parametrize("edge_order", [1, 2])
@pytest.mark.parametrize("spacings", [(), (0.5,), (0.5, 2.0), ([0.0, 0.1, 0.5, 0.6], [0.0, 1.0, 4.0])])
def test_gradient_with_spacings(spacings: Any, edge_order: int) -> None:
    f = np.random.default_rng(0).standard_normal((4, 3))
    ours = np.gradient(ag.tensor(f), *spacings, edge_order=edge_order)
    theirs = np.gradient(f, *spacings, edge_order=edge_order)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(value(a), b, rtol=1e-12, atol=1e-13)
    check_grads(lambda v: np.gradient(v, *spacings, edge_order=edge_order), [f])
    points = np.array([0.0, 0.1, 0.5, 0.6])
    check_grads(lambda v, x: np.gradient(v, x, axis=0, edge_order=edge_order), [f, points])


def test_gradient_refuses() -> None:
    x = ag.tensor(np.ones((2, 3)))
    with pytest.raises(ArgumentError, match="expected one spacing, or one for each of 2 axes, got 3"):
        np.gradient(x, 1.0, 2.0, 3.0)
    with pytest.raises(ArgumentError, match="expected edge_order 1 or 2, got 3"):
        np.gradient(x, edge_order=3)
    with pytest.raises(ShapeError, match="at least 3 entries along axis 0"):
        np.gradient(x, edge_order=2)
    with pytest.raises(ShapeError, match="2 coordinates along axis 0"):
        np.gradient(x, np.arange(3.0), 1.0)


def test_interp_is_differentiable_by_everything() -> None:
    generator = np.random.default_rng(0)
    x, fp = generator.uniform(-1, 4, 30), generator.standard_normal(4)
    xp = np.array([0.0, 0.7, 2.0, 3.1])
    for options in ({}, {"left": -1.0, "right": 2.0}, {"period": 3.7}):
        ours = np.interp(ag.tensor(x), xp, fp, **options)
        np.testing.assert_allclose(value(ours), np.interp(x, xp, fp, **options), rtol=1e-12)
        check_grads(lambda a, b, c, options=options: np.interp(a, b, c, **options), [x, xp, fp])
    check_grads(lambda c: np.interp(x, xp, c), [fp + 1j * fp[::-1]])


@pytest.mark.parametrize(
    ("x", "expected"), [(-1.0, 0.0), (0.0, 10.0), (1.0, 30.0), (2.0, 30.0), (2.5, 0.0), (0.5, 10.0)]
)
def test_slope_of_interp_at_and_beyond_its_points(x: float, expected: float) -> None:
    assert gradient(lambda v: np.interp(v, [0.0, 1.0, 2.0], [0.0, 10.0, 40.0]), x) == expected


def test_interp_between_points_that_coincide() -> None:
    assert np.isfinite(gradient(lambda v: np.interp(v, [0.0, 1.0, 1.0], [0.0, 10.0, 40.0]), 1.0))
    assert np.isnan(value(np.interp(ag.tensor(NAN), [0.0, 1.0], [0.0, 10.0])))


def test_interp_refuses() -> None:
    x = ag.tensor([1.0])
    with pytest.raises(ShapeError, match=r"one axis and of one length, not empty, got \(2,\) and \(1,\)"):
        np.interp(x, [0.0, 1.0], [0.0])
    with pytest.raises(ArgumentError, match="period other than 0"):
        np.interp(x, [0.0, 1.0], [0.0, 1.0], period=0)
