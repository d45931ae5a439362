"""NumPy's rarer ufuncs, methods of ufuncs, and constants at their awkward points."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import pytest

import autograd_cnn as ag
from autograd_cnn.core.tensor import Tensor
from autograd_cnn.errors import ShapeError, UnsupportedError
from autograd_cnn.ops.ufuncs import sinc_derivative
from autograd_cnn.testing import check_grads

INF, NAN = np.inf, np.nan


def gradient(function: Any, *args: Any) -> list[Any]:
    found = ag.grad(lambda *xs: ag.sum(function(*xs)), argnums=tuple(range(len(args))))(
        *map(np.asarray, args)
    )
    return [np.asarray(g).tolist() for g in found]


def value(x: Any) -> Any:
    return x.detach().numpy() if isinstance(x, Tensor) else x


@pytest.mark.parametrize(
    ("function", "args", "expected"),
    [
        (np.fmax, (1.0, 1.0), [0.5, 0.5]),
        (np.fmin, (1.0, 1.0), [0.5, 0.5]),
        (np.fmax, ([NAN, 1.0, 3.0], [2.0, NAN, 2.0]), [[0.0, 1.0, 1.0], [1.0, 0.0, 0.0]]),
        (np.fmin, ([NAN, 1.0, 3.0], [2.0, NAN, 2.0]), [[0.0, 1.0, 0.0], [1.0, 0.0, 1.0]]),
        (np.fmax, (NAN, NAN), [0.5, 0.5]),
        (np.fabs, ([-2.0, 0.0, 2.0],), [[-1.0, 0.0, 1.0]]),
        (np.copysign, ([2.0, -2.0, 0.0, 2.0], [-1.0, -1.0, 1.0, -0.0]), [[-1.0, 1.0, 0.0, -1.0], [0.0] * 4]),
        (np.heaviside, ([-1.0, 0.0, 1.0], [0.5, 0.5, 0.5]), [[0.0] * 3, [0.0, 1.0, 0.0]]),
        (np.nextafter, (1.0, 2.0), [1.0, 0.0]),
        (np.logaddexp2, (-INF, -INF), [1.0, 1.0]),
        (np.logaddexp2, (2000.0, 2000.0), [0.5, 0.5]),
        (np.logaddexp2, (-INF, 0.0), [0.0, 1.0]),
        (np.remainder, ([5.0, -5.0, 5.0], [3.0, 3.0, -3.0]), [[1.0] * 3, [-1.0, 2.0, 2.0]]),
        (np.fmod, ([5.0, -5.0, 5.0], [3.0, 3.0, -3.0]), [[1.0] * 3, [-1.0, 1.0, 1.0]]),
        (np.fmod, (5.0, INF), [1.0, 0.0]),
        (np.nan_to_num, ([1.0, NAN, INF, -INF],), [[1.0, 0.0, 0.0, 0.0]]),
        (np.sinc, ([0.0, 1.0, -1.0],), [[0.0, -1.0, 1.0]]),
        (lambda x: np.modf(x)[0], ([2.5, -2.5, INF],), [[1.0, 1.0, 0.0]]),
        (lambda x: np.frexp(x)[0], ([6.0, -0.3],), [[0.125, 2.0]]),
        (lambda x, y: np.divmod(x, y)[1], (5.0, 3.0), [1.0, -1.0]),
        (np.angle, (0.0,), [0.0]),
        (lambda x: np.angle(x * (1.0 + 1.0j)), (0.0,), [0.0]),
        (np.unwrap, ([0.0, 6.0, 12.0],), [[1.0, 1.0, 1.0]]),
    ],
)
def test_gradient_at_the_awkward_point(function: Any, args: Any, expected: Any) -> None:
    for got, wanted in zip(gradient(function, *args), expected, strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("order", range(6))
def test_derivatives_of_sinc_equal_their_integral(order: int) -> None:
    """sin(x) / x is ∫ cos(xt) dt over [0, 1], and its derivatives are those of ∫ tⁿ cos(xt + nπ/2) dt."""
    nodes, weights = np.polynomial.legendre.leggauss(60)
    t = (nodes + 1) / 2
    x = np.concatenate([[0.0, 1e-300, 1e-8, 1e-3], np.linspace(-12, 12, 200)])
    exact = (t**order * np.cos(x[:, None] * t + order * math.pi / 2)) @ weights / 2
    np.testing.assert_allclose(sinc_derivative(x, order), exact, rtol=1e-12, atol=1e-14)
    narrow = sinc_derivative(x.astype(np.float32), order)
    assert narrow.dtype == np.float32
    np.testing.assert_allclose(narrow, exact, atol=1e-5)


def test_sinc_at_zero_to_fourth_order() -> None:
    derivative: Any = np.sinc
    for expected in (0.0, -(math.pi**2) / 3, 0.0, math.pi**4 / 5):
        derivative = ag.grad(derivative)
        assert derivative(0.0) == pytest.approx(expected, rel=1e-14)
    check_grads(np.sinc, [np.array([0.0, 1e-4, 0.3, -0.6, 1.5])], order=3)


def test_functions_of_which_one_result_is_constant() -> None:
    x = np.array([5.3, -2.6, 0.7])
    for function in (np.modf, np.frexp, lambda v: np.divmod(v, 0.9)):
        results = function(ag.tensor(x, requires_grad=True))
        for ours, theirs in zip(results, function(x), strict=True):
            np.testing.assert_array_equal(value(ours), theirs)
        assert sorted(r.requires_grad for r in results) == [False, True]
    check_grads(lambda v: np.modf(v)[0] * np.frexp(v)[0], [x])
    check_grads(lambda a, b: np.divmod(a, b)[1] ** 2, [x, np.array([0.9, 0.8, 2.0])])


def test_float_power_is_double_precision() -> None:
    x = ag.tensor(np.array([2.0, 3.0], np.float32), requires_grad=True)
    y = np.float_power(x, 3)
    assert y.dtype == np.float64
    y.sum().backward()
    assert x.grad.dtype == np.float32
    np.testing.assert_array_equal(x.grad.numpy(), [12.0, 27.0])


def test_the_operator_of_the_remainder() -> None:
    x = ag.tensor([5.0, -5.0], requires_grad=True)
    np.testing.assert_array_equal(value(x % 3), [2.0, 1.0])
    np.testing.assert_array_equal(value(7.0 % x), [2.0, -3.0])
    np.testing.assert_array_equal(value(np.array([4.0, 4.0]) % x), [4.0, -1.0])
    y = x * 1
    y %= 4
    np.testing.assert_array_equal(value(y), [1.0, 3.0])
    check_grads(lambda a, b: a % b, [np.array([5.3, -2.2]), np.array([0.7, 0.9])])


def test_complex_numbers() -> None:
    z = np.array([1.0 + 1.0j, -2.0 + 0.5j, -0.3 - 0.7j])
    np.testing.assert_allclose(value(np.angle(ag.tensor(z))), np.angle(z), rtol=1e-15)
    check_grads(np.angle, [z])
    check_grads(lambda v: np.angle(v, deg=True), [z])
    check_grads(np.sinc, [z])
    assert np.real_if_close(ag.tensor(z)).dtype == np.complex128
    assert np.real_if_close(ag.tensor(z.real + 0j)).dtype == np.float64
    scalar = ag.tensor(1.0 + 2.0j, requires_grad=True)
    (np.imag(scalar) * 3).backward()
    assert scalar.grad.item() == 3j


@pytest.mark.parametrize(
    ("function", "args"),
    [
        (np.round, ([1.25, -0.5],)),
        (np.around, ([1.25, -0.5],)),
        (np.spacing, ([1.25, -0.5],)),
        (np.isposinf, ([INF, -INF],)),
        (np.isneginf, ([INF, -INF],)),
        (np.isreal, ([1.0 + 0j, 1j],)),
        (np.iscomplex, ([1.0 + 0j, 1j],)),
        (np.gcd, ([12, 9], 6)),
        (np.lcm, ([12, 9], 6)),
        (np.bitwise_count, ([12, 9],)),
        (np.left_shift, ([12, 9], 1)),
        (np.right_shift, ([12, 9], 1)),
        (np.lexsort, (([3.0, 1.0, 2.0], [1.0, 2.0, 1.0]),)),
        (np.argpartition, ([3.0, 1.0, 2.0], 1)),
        (np.searchsorted, ([1.0, 2.0], [1.5, 0.0])),
        (np.digitize, ([1.5, 0.0], [1.0, 2.0])),
        (np.unique, ([1.0, 2.0, 1.0],)),
        (np.isin, ([1.0, 2.0], [2.0])),
        (np.flatnonzero, ([0.0, 2.0],)),
        (np.argwhere, ([0.0, 2.0],)),
        (np.nanargmax, ([0.0, NAN, 2.0],)),
        (np.nanargmin, ([0.0, NAN, 2.0],)),
        (np.histogram_bin_edges, ([0.0, 1.0, 2.0],)),
        (np.bincount, ([1, 1, 0],)),
    ],
)
def test_constants(function: Any, args: Any) -> None:
    first = tuple(map(ag.tensor, args[0])) if isinstance(args[0], tuple) else ag.tensor(args[0])
    result = function(first, *args[1:])
    assert isinstance(result, Tensor)
    assert not result.requires_grad
    np.testing.assert_array_equal(value(result), function(*args))


def test_fix_where_numpy_has_it() -> None:
    if hasattr(np, "fix"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # deprecated since NumPy 2.5
            np.testing.assert_array_equal(value(np.fix(ag.tensor([1.5, -1.5]))), [1.0, -1.0])


def test_constants_with_several_results_keep_their_names() -> None:
    found = np.unique_counts(ag.tensor([2.0, 1.0, 2.0]))
    np.testing.assert_array_equal(value(found.values), [1.0, 2.0])
    np.testing.assert_array_equal(value(found.counts), [1, 2])
    assert [value(place).tolist() for place in ag.tensor([0.0, 3.0]).nonzero()] == [[1]]


def test_methods_of_ufuncs() -> None:
    x = np.random.default_rng(0).standard_normal((3, 4))
    t = ag.tensor(x, requires_grad=True)
    for ufunc in (np.add, np.multiply, np.maximum, np.minimum):
        for method in ("reduce", "accumulate"):
            function = getattr(ufunc, method)
            for options in ({}, {"axis": 1}, {"axis": -1}):
                result = function(t, **options)
                assert result.requires_grad
                np.testing.assert_allclose(value(result), function(x, **options), rtol=1e-14)
    for ufunc in (np.add, np.subtract, np.maximum, np.arctan2):
        np.testing.assert_array_equal(value(ufunc.outer(t, x[0])), ufunc.outer(x, x[0]))
        np.testing.assert_array_equal(value(ufunc.outer(2.0, t)), ufunc.outer(2.0, x))
        check_grads(lambda a, b, ufunc=ufunc: ufunc.outer(a, b), [x, x[0] + 0.1])
    assert not np.logical_and.reduce(t > 0).requires_grad


# Not power and arctan2: NumPy 2.4 itself, on AVX-512, reduces them to the first and the last entry alone.
FOLDED = [np.subtract, np.divide, np.hypot, np.logaddexp, np.logaddexp2, np.fmax, np.remainder]


@pytest.mark.parametrize("ufunc", FOLDED, ids=lambda ufunc: ufunc.__name__)
def test_methods_of_every_ufunc_of_two_arguments(ufunc: Any) -> None:
    x = np.random.default_rng(3).uniform(0.3, 2.0, (3, 4))
    t = ag.tensor(x, requires_grad=True)
    calls: list[Any] = [
        lambda a: ufunc.reduce(a, axis=1),
        lambda a: ufunc.reduce(a, axis=(0,), keepdims=True),
        lambda a: ufunc.accumulate(a, axis=-1),
        lambda a: ufunc.reduceat(a, [0, 2, 1], axis=1),
        lambda a: ufunc.reduceat(a, [0, 2]),
        lambda a: ufunc.outer(a[0], a[:, 1]),
    ]
    for call in calls:
        np.testing.assert_allclose(value(call(t)), call(x), rtol=1e-14)
        check_grads(call, [x], order=2)


def test_reduce_of_a_ufunc_with_a_start_or_nothing() -> None:
    t = ag.tensor([1.0, 2.0], requires_grad=True)
    assert np.subtract.reduce(t, initial=10.0).item() == 7.0
    assert np.hypot.reduce(t[:0]).item() == 0.0
    assert np.add.reduceat(t, [0, 1]).tolist() == [1.0, 2.0]


def test_methods_of_ufuncs_that_are_not_there() -> None:
    t = ag.tensor(np.ones((3, 4)), requires_grad=True)
    with pytest.raises(UnsupportedError, match=r"np\.add\.at writes into an array"):
        np.add.at(t, [0, 2], 1.0)
    with pytest.raises(UnsupportedError, match=r"np\.subtract\.reduce: expected one axis at a time"):
        np.subtract.reduce(t, axis=None)
    with pytest.raises(ShapeError, match=r"np\.subtract\.reduce: expected entries along axis 0"):
        np.subtract.reduce(ag.tensor(np.ones((0, 4)), requires_grad=True))
    with pytest.raises(UnsupportedError, match=r"np\.add\.accumulate: a result"):
        np.add.accumulate(t, out=np.zeros((3, 4)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_complex_number_meets_a_real_scalar(dtype: Any) -> None:
    x = ag.tensor(dtype(2.0), requires_grad=True)
    for product in (1j * x, x * 1j, 1j + x, x - 1j):
        assert product.dtype == np.result_type(dtype, 1j)
    (1j * x).imag.backward()
    assert x.grad.item() == 1.0
