"""Reductions without NaN, order statistics, sorting, covariances and counts at their awkward points."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import autograd_cnn as ag
from autograd_cnn.core.tensor import Tensor
from autograd_cnn.errors import ArgumentError, ShapeError, UnsupportedError
from autograd_cnn.ops.statistics import METHODS
from autograd_cnn.testing import check_grads

INF, NAN = np.inf, np.nan


def gradient(function: Any, x: Any) -> Any:
    return np.asarray(ag.grad(lambda v: ag.sum(function(v)))(np.asarray(x))).tolist()


def value(x: Any) -> Any:
    return x.detach().numpy() if isinstance(x, Tensor) else x


# --- NaN ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        *("nansum", "nanprod", "nanmax", "nanmin", "nanmean", "nanvar", "nanstd", "nanmedian"),
        *("nancumsum", "nancumprod"),
    ],
)
def test_reductions_without_nan(name: str) -> None:
    function = getattr(np, name)
    x = np.random.default_rng(0).standard_normal((4, 5))
    x[0, 0] = x[1, 2] = x[1, 3] = x[3, 4] = NAN
    for axis in (None, 0, 1):
        ours = function(ag.tensor(x), axis=axis)
        np.testing.assert_allclose(value(ours), function(x, axis=axis), rtol=1e-12)
    present = ~np.isnan(x)
    check_grads(lambda v: function(ag.where(present, v, NAN), axis=1), [np.where(present, x, 0.123)])
    found = np.asarray(gradient(lambda v: function(v, axis=1) ** 2, x))
    assert np.isfinite(found).all()
    assert (found[~present] == 0).all()


@pytest.mark.parametrize("name", ["nanmax", "nanmin", "nanmean", "nanvar", "nanstd", "nanmedian"])
def test_all_nan_gives_nan_a_warning_and_no_gradient(name: str) -> None:
    variable = ag.tensor([[NAN, NAN], [1.0, 3.0]], requires_grad=True)
    with pytest.warns(RuntimeWarning):
        result = getattr(np, name)(variable, axis=1)
    assert np.isnan(value(result)).tolist() == [True, False]
    result[1].backward()
    assert np.isfinite(variable.grad.numpy()).all()


def test_reductions_without_nan_of_integers_and_complex_numbers() -> None:
    n = ag.tensor([1, 2, 4])
    for name in ("nansum", "nanprod", "nanmax", "nanmin", "nanmean", "nanvar", "nanmedian"):
        assert value(getattr(np, name)(n)) == pytest.approx(getattr(np, name)([1, 2, 4]))
    z = np.array([1.0 + 2.0j, -1.0j, 0.5])
    for name in ("nansum", "nanprod", "nanmean", "nanvar"):
        assert value(getattr(np, name)(ag.tensor(z))) == pytest.approx(getattr(np, name)(z))
        check_grads(getattr(np, name), [z])


def test_nanstd_of_equal_entries_has_gradient_zero() -> None:
    assert gradient(np.nanstd, [2.0, NAN, 2.0]) == [0.0, 0.0, 0.0]


# --- Order statistics ---------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_quantiles_of_every_method(method: Any) -> None:
    x = np.random.default_rng(0).standard_normal((3, 7))
    q = np.array([[0.0, 0.1, 0.25], [0.5, 0.77, 1.0]])
    for axis in (None, 0, 1):
        ours = np.quantile(ag.tensor(x), q, axis=axis, method=method)
        np.testing.assert_allclose(value(ours), np.quantile(x, q, axis=axis, method=method), rtol=1e-12)
    x[0, :3] = x[1, 4] = NAN
    nan_ours = np.nanquantile(ag.tensor(x), q, axis=1, method=method)
    np.testing.assert_allclose(value(nan_ours), np.nanquantile(x, q, axis=1, method=method), rtol=1e-12)
    percent = np.percentile(ag.tensor(x[2]), [10, 20.5], method=method)
    np.testing.assert_allclose(value(percent), np.percentile(x[2], [10, 20.5], method=method), rtol=1e-12)


@pytest.mark.parametrize(
    ("function", "x", "expected"),
    [
        (np.median, [3.0, 1.0, 2.0], [0.0, 0.0, 1.0]),
        (np.median, [3.0, 1.0, 2.0, 9.0], [0.5, 0.0, 0.5, 0.0]),
        (np.median, [1.0, 1.0], [0.5, 0.5]),
        (np.median, [1.0, 2.0, INF], [0.0, 1.0, 0.0]),
        (np.median, [1.0, NAN, 2.0], [0.0, 1.0, 0.0]),
        (np.nanmedian, [1.0, NAN, 2.0], [0.5, 0.0, 0.5]),
        (np.ptp, [1.0, 3.0, 3.0], [-1.0, 0.5, 0.5]),
        (lambda x: np.quantile(x, [0.0, 1.0]), [1.0, 5.0, 3.0], [1.0, 1.0, 0.0]),
        (np.sort, [2.0, NAN, 1.0], [1.0, 1.0, 1.0]),
    ],
)
def test_gradient_of_order_statistics(function: Any, x: Any, expected: Any) -> None:
    assert gradient(function, x) == expected


def test_quantiles_refuse() -> None:
    x = ag.tensor([1.0, 2.0])
    with pytest.raises(ArgumentError, match=r"quantile: expected a method among .*linear.*, got 'cubic'"):
        np.quantile(x, 0.5, method="cubic")  # type: ignore[call-overload]
    with pytest.raises(UnsupportedError, match="q is a parameter that is not differentiated"):
        np.quantile(x, ag.tensor(0.5, requires_grad=True))
    with pytest.raises(UnsupportedError, match="no argument 'weights' on tensors"):
        np.quantile(x, 0.5, weights=[1, 2], method="inverted_cdf")
    with pytest.raises(ShapeError, match="median: expected at least one entry along axis 0"):
        np.median(ag.ones((0, 3)), axis=0)
    with pytest.raises(ValueError, match="Quantiles must be in the range"):
        np.quantile(x, 1.5)


@given(hnp.arrays(np.float64, hnp.array_shapes(max_dims=3, max_side=4), elements=st.integers(-2, 2)))
@examples(40)
def test_a_sort_sends_each_cotangent_to_one_entry(x: Any) -> None:
    """With ties too: the gradient is a permutation of g, and ⟨gradient, x⟩ = ⟨g, sort(x)⟩."""
    g = np.random.default_rng(0).standard_normal(x.shape)
    for axis in range(x.ndim):
        variable = ag.tensor(x, requires_grad=True)
        result = np.sort(variable, axis=axis)
        np.testing.assert_array_equal(value(result), np.sort(x, axis=axis))
        result.backward(g)
        received = variable.grad.numpy()
        np.testing.assert_array_equal(np.sort(received, axis=axis), np.sort(g, axis=axis))
        assert np.sum(received * x) == pytest.approx(np.sum(g * np.sort(x, axis=axis)))


def test_partition_of_many() -> None:
    x = np.random.default_rng(0).standard_normal((3, 50))
    result = value(np.partition(ag.tensor(x), [10, 30], axis=1))
    np.testing.assert_array_equal(result[:, [10, 30]], np.sort(x, axis=1)[:, [10, 30]])
    assert (result[:, :10].max(axis=1) <= result[:, 10]).all()
    check_grads(lambda v: np.partition(v, 10)[..., :11].sum(axis=-1) ** 2, [x])


def test_sorts_refuse_an_order_of_fields() -> None:
    for call in (lambda x: np.sort(x, order="a"), lambda x: np.partition(x, 0, order="a")):
        with pytest.raises(UnsupportedError, match="order= is for arrays of records"):
            call(ag.tensor([1.0, 2.0]))


# --- Covariances and counts ---------------------------------------------------------------------------


def test_covariances_like_numpy() -> None:
    generator = np.random.default_rng(0)
    x, y = generator.standard_normal((3, 6)), generator.standard_normal((2, 6))
    z = x + 1j * x[::-1]
    for options in (
        {"fweights": [1, 2, 1, 3, 1, 1]},
        {"aweights": [1.0, 2.0, 0.5, 3.0, 1.0, 1.0], "ddof": 0},
        {"fweights": [1, 2, 1, 3, 1, 1], "aweights": [1.0, 2.0, 0.5, 3.0, 1.0, 1.0]},
        {"bias": True},
    ):
        for a in (x, z, x[0]):
            ours: Any = np.cov(ag.tensor(a), **options)
            np.testing.assert_allclose(value(ours), np.cov(a, **options), rtol=1e-12, atol=1e-14)
    for a in (x, z, x[0]):
        np.testing.assert_allclose(value(np.corrcoef(ag.tensor(a))), np.corrcoef(a), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(value(np.cov(x, ag.tensor(y))), np.cov(x, y), rtol=1e-12)
    check_grads(np.cov, [z])
    check_grads(lambda a, w: np.cov(a, aweights=w), [x, np.array([1.0, 2.0, 0.5, 3.0, 1.0, 1.0])])
    with pytest.raises(ShapeError, match="cov: expected one or two axes"):
        np.cov(ag.ones((2, 2, 2)))


def test_average_of_several_axes() -> None:
    x, w = np.random.default_rng(0).uniform(1, 2, (2, 3, 4)), np.random.default_rng(1).uniform(1, 2, (4, 2))
    ours = np.average(ag.tensor(x), axis=(2, 0), weights=w)
    expected = np.einsum("ijk,ki->j", x, w) / w.sum()
    np.testing.assert_allclose(value(ours), expected)
    _, total = np.average(ag.tensor(x), axis=1, returned=True)
    np.testing.assert_array_equal(value(total), np.full((2, 4), 3.0))
    check_grads(lambda a, b: np.average(a, axis=(2, 0), weights=b), [x, w])
    with pytest.raises(ShapeError, match="average: expected weights of the shape of a"):
        np.average(ag.tensor(x), axis=1, weights=w)
    with pytest.raises(ZeroDivisionError):
        np.average(ag.tensor([1.0, 2.0]), weights=[1.0, -1.0])


def test_histogram_is_linear_in_its_weights() -> None:
    generator = np.random.default_rng(0)
    a, weights = generator.integers(0, 9, 30) / 8, generator.standard_normal(30) + 3
    for options in ({}, {"bins": 4}, {"bins": [0.0, 0.25, 0.7, 1.0]}, {"range": (0.2, 0.9), "density": True}):
        for chosen in (None, weights):
            tensor = None if chosen is None else ag.tensor(chosen)
            counts, edges = np.histogram(ag.tensor(a), **options, weights=tensor)
            expected, expected_edges = np.histogram(a, **options, weights=chosen)
            np.testing.assert_allclose(value(counts), expected, rtol=1e-12, atol=1e-14)
            np.testing.assert_array_equal(value(edges), expected_edges)
        check_grads(lambda w, options=options: np.histogram(a, **options, weights=w)[0], [weights])


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@pytest.mark.parametrize(
    "function",
    [
        np.prod,
        np.cumprod,
        np.median,
        np.nanmean,
        np.nanstd,
        np.sort,
        np.sinc,
        np.gradient,
        lambda x: np.quantile(x, 0.3),
        lambda x: np.interp(x, [0.0, 1.0], [2.0, 3.0]),
        lambda x: np.average(x, weights=x),
        np.maximum.accumulate,
    ],
)
def test_small_dtypes_stay(function: Any, dtype: Any) -> None:
    x = ag.tensor(np.array([0.5, 0.25, 0.75], dtype), requires_grad=True)
    y = function(x)
    assert y.dtype == dtype
    y.sum().backward()
    assert x.grad.dtype == dtype
    assert np.isfinite(x.grad.numpy()).all()
