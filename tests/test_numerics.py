"""The numerics contract: what each operation promises at its kinks, ties and singular points."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
import scipy.special

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
        (np.amin, ([1.0, 1.0, 3.0],), [[0.5, 0.5, 0.0]]),
        (np.max, ([[1.0, 1.0], [1.0, 0.0]],), [[[1 / 3, 1 / 3], [1 / 3, 0.0]]]),
        (np.min, ([1.0, 1.0, 3.0],), [[0.5, 0.5, 0.0]]),
        (np.maximum, (1.0, 1.0), [0.5, 0.5]),
        (np.minimum, (1.0, 1.0), [0.5, 0.5]),
        (np.max, ([1.0, NAN, 2.0],), [[0.0, 1.0, 0.0]]),
        (np.min, ([1.0, NAN, 2.0],), [[0.0, 1.0, 0.0]]),
        (lambda x: x.clamp(0, 1), ([0.0, 1.0],), [[1.0, 1.0]]),
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
        (lambda x: np.std(x, ddof=1), ([2.0, 2.0, 2.0],), [[0.0, 0.0, 0.0]]),
        (np.prod, ([0.0, 2.0, 3.0],), [[6.0, 0.0, 0.0]]),
        (np.prod, ([0.0, 0.0, 3.0],), [[0.0, 0.0, 0.0]]),
        (np.cumprod, ([0.0, 2.0, 3.0],), [[9.0, 0.0, 0.0]]),
        (np.cumprod, ([2.0, 0.0, 3.0],), [[1.0, 8.0, 0.0]]),
        (np.sinc, (0.0,), [0.0]),
        (scipy.special.xlogy, (0.0, 0.0), [0.0, 0.0]),
        (scipy.special.xlog1py, (0.0, -1.0), [0.0, 0.0]),
        (np.logaddexp2, (0.0, 0.0), [0.5, 0.5]),
        (lambda x: logsumexp(x, axis=1), ([[-INF, -INF], [0.0, -INF]],), [[[0.0, 0.0], [1.0, 0.0]]]),
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


@pytest.mark.parametrize("order", [None, 0, 0.5, 1, 1.5, 2, 3, INF, -INF, -1])
def test_the_norm_of_a_zero_vector_has_derivative_zero(order: Any) -> None:
    assert gradient(lambda x: np.linalg.norm(x, ord=order), np.zeros(3)) == [[0.0, 0.0, 0.0]]


@pytest.mark.parametrize("order", [None, "fro", "nuc", 1, -1, 2, -2, INF, -INF])
def test_the_norm_of_a_zero_matrix_has_derivative_zero(order: Any) -> None:
    assert gradient(lambda x: np.linalg.norm(x, ord=order), np.zeros((2, 2))) == [[[0.0, 0.0], [0.0, 0.0]]]


@pytest.mark.parametrize(
    ("function", "x", "expected"),
    [
        (np.prod, [0.0, 0.0, 3.0], [[0, 3, 0], [3, 0, 0], [0, 0, 0]]),
        (np.prod, [0.0, 2.0, 3.0], [[0, 3, 2], [3, 0, 0], [2, 0, 0]]),
        (np.cumprod, [2.0, 0.0, 3.0], [[0, 4, 0], [4, 0, 2], [0, 2, 0]]),
        (np.sinc, [0.0], [[-(np.pi**2) / 3]]),
        (lambda x: x**2, [0.0], [[2.0]]),
        (lambda x: x**0, [0.0], [[0.0]]),
        (np.abs, [0.0], [[0.0]]),
        (np.linalg.norm, [0.0, 0.0], [[0.0, 0.0], [0.0, 0.0]]),
        (np.std, [2.0, 2.0], [[0.0, 0.0], [0.0, 0.0]]),
        (logsumexp, [-INF, -INF], [[0.0, 0.0], [0.0, 0.0]]),
    ],
)
def test_second_derivative_at_the_awkward_point(function: Any, x: Any, expected: Any) -> None:
    found = ag.hessian(lambda t: ag.sum(function(t)))(np.array(x))
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("function", "x", "value", "slope"),
    [
        (scipy.special.log_expit, [-1000.0, 0.0, 1000.0], [-1000.0, -np.log(2), 0.0], [1.0, 0.5, 0.0]),
        (ag.special.softplus, [-1000.0, 0.0, 1000.0], [0.0, np.log(2), 1000.0], [0.0, 0.5, 1.0]),
        (functional.sigmoid, [-1000.0, 0.0, 1000.0], [0.0, 0.5, 1.0], [0.0, 0.25, 0.0]),
        (lambda x: functional.log_softmax(x, 0)[0], [1000.0, -1000.0], 0.0, [0.0, 0.0]),
        (lambda x: functional.log_softmax(x, 0)[1], [1000.0, -1000.0], -2000.0, [-1.0, 1.0]),
        (lambda x: functional.softmax(x, 0)[0], [1000.0, -1000.0], 1.0, [0.0, 0.0]),
    ],
)
def test_far_out_they_are_exact(function: Any, x: Any, value: Any, slope: Any) -> None:
    t = ag.tensor(x, requires_grad=True)
    y = function(t)
    np.testing.assert_allclose(y.detach().numpy(), value, rtol=1e-15)
    y.sum().backward()
    np.testing.assert_allclose(t.grad.numpy(), slope, rtol=1e-15)


@pytest.mark.parametrize(("reduction", "value"), [("mean", NAN), ("sum", 0.0), ("none", [0.0, 0.0])])
def test_cross_entropy_with_every_target_ignored_is_pytorchs(reduction: str, value: Any) -> None:
    logits = ag.tensor(np.ones((2, 3)), requires_grad=True)
    loss = functional.cross_entropy(logits, np.array([-100, -100]), reduction=reduction)
    np.testing.assert_array_equal(loss.detach().numpy(), value)
    loss.sum().backward()
    np.testing.assert_array_equal(logits.grad.numpy(), np.zeros((2, 3)))


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
