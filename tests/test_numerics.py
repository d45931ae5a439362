"""The numerics contract: what each operation promises at its kinks, ties and singular points."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import autograd_cnn as ag
from autograd_cnn.nn import functional
from autograd_cnn.ops.elementwise import relu
from autograd_cnn.ops.reduction import logsumexp
from autograd_cnn.testing import check_grads

INF, NAN = np.inf, np.nan


def gradient(function: Any, *args: Any) -> list[Any]:
    found = ag.grad(lambda *xs: ag.sum(function(*xs)), argnums=tuple(range(len(args))))(
        *map(np.asarray, args)
    )
    return [np.asarray(g).tolist() for g in found]


@pytest.mark.parametrize(
    ("function", "args", "expected"),
    [
        (np.max, ([1.0, 1.0, 0.0],), [[0.5, 0.5, 0.0]]),
        (np.amax, ([1.0, 1.0, 0.0],), [[0.5, 0.5, 0.0]]),
        (np.min, ([1.0, 1.0, 3.0],), [[0.5, 0.5, 0.0]]),
        (np.maximum, (1.0, 1.0), [0.5, 0.5]),
        (np.minimum, (1.0, 1.0), [0.5, 0.5]),
        (np.max, ([1.0, NAN, 2.0],), [[0.0, 1.0, 0.0]]),
        (lambda x: np.clip(x, 0, 1), ([-1.0, 0.0, 0.5, 1.0, 2.0],), [[0.0, 1.0, 1.0, 1.0, 0.0]]),
        (relu, (0.0,), [0.0]),
        (np.abs, (0.0,), [0.0]),
        (lambda x: np.sign(x) * x, (0.0,), [0.0]),
        (np.power, (0.0, 0.0), [0.0, 0.0]),
        (lambda x: x**0, (0.0,), [0.0]),
        (lambda x: x**2, (0.0,), [0.0]),
        (lambda x: 0.0**x, (0.0,), [0.0]),
        (np.sqrt, (0.0,), [INF]),
        (lambda x: x.norm(), ([0.0, 0.0],), [[0.0, 0.0]]),
        (np.std, ([2.0, 2.0, 2.0],), [[0.0, 0.0, 0.0]]),
        (np.var, ([2.0, 2.0],), [[0.0, 0.0]]),
        (np.arctan2, (0.0, 0.0), [0.0, 0.0]),
        (np.hypot, (0.0, 0.0), [0.0, 0.0]),
        (logsumexp, ([-INF, -INF],), [[0.0, 0.0]]),
        (logsumexp, ([1000.0, 1000.0],), [[0.5, 0.5]]),
        (lambda x: x.sigmoid(), ([-1000.0, 0.0, 1000.0],), [[0.0, 0.25, 0.0]]),
        (np.tanh, ([-1000.0, 1000.0],), [[0.0, 0.0]]),
    ],
)
def test_gradient_at_the_awkward_point(function: Any, args: Any, expected: Any) -> None:
    for got, wanted in zip(gradient(function, *args), expected, strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-12)


def test_logaddexp_of_nothing_is_finite() -> None:
    assert np.isfinite(gradient(np.logaddexp, -INF, -INF)).all()
    assert gradient(np.logaddexp, 1000.0, -1000.0) == [1.0, 0.0]


def test_losses_far_out_are_exact() -> None:
    logits = np.array([[1000.0, -1000.0, 0.0]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        value, slope = ag.value_and_grad(lambda z: functional.cross_entropy(z, np.array([1])))(logits)
        assert value == 2000.0
        np.testing.assert_array_equal(slope, [[1.0, -1.0, 0.0]])
        np.testing.assert_array_equal(ag.tensor(logits).log_softmax().numpy(), [[0.0, -2000.0, -1000.0]])
        check_grads(lambda z: functional.cross_entropy(z / 100, np.array([1])), [logits])


def test_max_pool_ties_go_to_the_first_and_padding_never_wins() -> None:
    x = ag.tensor(np.full((1, 1, 4, 4), -5.0), requires_grad=True)
    y = functional.max_pool2d(x, 3, stride=2, padding=1)
    assert y.tolist() == [[[[-5.0, -5.0], [-5.0, -5.0]]]]
    y.sum().backward()
    assert x.grad.tolist() == [[[[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]]]


def test_where_with_a_singular_branch_is_nan_and_masking_cures_it() -> None:
    x = np.array([0.0, 4.0])
    assert np.isnan(gradient(lambda t: ag.where(x > 0, np.sqrt(t) * 0 + np.sqrt(t), 0), x)[0][0])
    cured = gradient(lambda t: ag.where(x > 0, np.sqrt(ag.where(x > 0, t, 1)), 0), x)
    assert cured == [[0.0, 0.25]]


# --- Shapes -------------------------------------------------------------------------------------------


def test_empty_and_zero_dimensional() -> None:
    assert gradient(lambda a, b: a + b, np.ones((0, 3)), np.ones(3)) == [[], [0.0, 0.0, 0.0]]
    assert gradient(np.sum, np.ones((0, 3))) == [[]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NumPy's own, for the mean of nothing
        assert gradient(np.mean, np.ones((0, 3))) == [[]]
    assert gradient(lambda a: a.T @ a, np.ones((0, 2))) == [[]]


@pytest.mark.parametrize("place", range(3))
def test_a_broadcast_axis_in_any_position(place: int) -> None:
    shape = [2, 3, 4]
    shape[place] = 1
    generator = np.random.default_rng(0)
    check_grads(lambda a, b: a * b, [generator.standard_normal((2, 3, 4)), generator.standard_normal(shape)])


def test_repeated_indices_accumulate() -> None:
    assert gradient(lambda x: x[np.array([0, 0, 2])], [1.0, 2.0, 3.0]) == [[2.0, 0.0, 1.0]]


def test_overlapping_windows_of_one_buffer() -> None:
    buffer = np.arange(6.0)
    windows = np.lib.stride_tricks.sliding_window_view(buffer, 3)
    x = ag.from_numpy(windows).requires_grad_()
    np.sum(x * x).backward()
    np.testing.assert_array_equal(x.grad.numpy(), 2 * windows)


# --- Types --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize(
    "function",
    [
        lambda x: x * 2 + 1,
        lambda x: 1.5 / x - x**2,
        lambda x: np.exp(x).sum(axis=0),
        lambda x: x.mean(),
        lambda x: x.max(axis=1),
        lambda x: x.softmax(),
        lambda x: ag.where(x > 1, x, 0.0),
        lambda x: np.clip(x, 0.0, 1.5),
        lambda x: np.std(x),
    ],
)
def test_python_scalars_never_promote(function: Any, dtype: Any) -> None:
    x = ag.tensor(np.array([[0.5, 1.0], [1.5, 2.0]], dtype), requires_grad=True)
    y = function(x)
    assert y.dtype == dtype
    y.sum().backward()
    assert x.grad.dtype == dtype


def test_seventy_thousand_ties_do_not_underflow_in_float16() -> None:
    x = ag.tensor(np.zeros(70_000, np.float16), requires_grad=True)
    x.max().backward(np.float16(1000.0))
    assert x.grad.numpy().sum(dtype=np.float64) == pytest.approx(1000.0, rel=0.01)
