"""Order statistics, weighted means, covariances and counts."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from autograd_cnn.core.composite import composite, constant
from autograd_cnn.core.registry import NUMPY, case
from autograd_cnn.core.tensor import Tensor, wrap
from autograd_cnn.errors import ArgumentError, ShapeError, UnsupportedError
from autograd_cnn.ops.contraction import matmul
from autograd_cnn.ops.elementwise import clip, sqrt
from autograd_cnn.ops.half import is_half
from autograd_cnn.ops.indexing import scatter_add, take_along_axis
from autograd_cnn.ops.reduction import Axis, max, mean, min, sum
from autograd_cnn.ops.scans import axes_of, reduced_last
from autograd_cnn.ops.shape import broadcast_to, concatenate, expand_dims, moveaxis, reshape, transpose
from autograd_cnn.ops.ufuncs import value_of

METHODS = (
    *("inverted_cdf", "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf"),
    *("hazen", "weibull", "linear", "median_unbiased", "normal_unbiased"),
    *("lower", "higher", "midpoint", "nearest"),
)


@composite(np.ptp, samples=[case((2, 3)), case((2, 3), axis=1), case((2, 3, 4), axis=(0, -1), keepdims=True)])
def ptp(a: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
    """Range: largest minus smallest entry along ``axis``; ties share the gradient evenly.

    >>> import autograd_cnn as ag
    >>> ag.ptp(ag.tensor([1.0, 5.0, 3.0]))
    tensor(4.)
    """
    return max(a, axis, keepdims=keepdims) - min(a, axis, keepdims=keepdims)


# --- Quantiles ----------------------------------------------------------------------------------------


def at_quantiles(
    name: str, a: Any, q: Any, axis: Axis, method: Any, keepdims: bool, *, ignore_nan: bool = False
) -> Any:
    """Quantiles of ``a`` over ``axis``: a weighted mean of two entries of the sorted order.

    Which entries and which weights, only the count of entries decides: NumPy's own answer for 0, 1, 2 …
    is their place. A NaN makes the result NaN, unless ``ignore_nan`` counts it out.

    >>> import autograd_cnn as ag
    >>> at_quantiles("median", ag.tensor([3.0, 1.0, 8.0, 2.0]), 0.5, None, "linear", False)
    tensor(2.5)
    """
    if isinstance(q, Tensor):
        q = q._constant(f"{name}: q is a parameter that is not differentiated, and the use")
    if method not in METHODS:
        raise ArgumentError(f"{name}: expected a method among {', '.join(METHODS)}, got {method!r}")
    a = a if a.dtype.kind == "f" else a.astype(np.float64)
    merged = reduced_last(a, axis)
    length = merged.shape[-1]
    if length == 0:
        raise ShapeError(f"{name}: expected at least one entry along axis {axis}, got shape {a.shape}")
    values = np.asarray(value_of(merged))
    missing = np.isnan(values).sum(axis=-1)
    counts = np.where(missing > 0, length - missing if ignore_nan else 0, length)
    flat_q = np.ravel(np.asarray(q, np.float64))
    places = np.empty((*counts.shape, flat_q.size))
    for count in np.unique(counts):
        # Where nothing can be counted, the last entry is a NaN.
        places[counts == count] = (
            np.quantile(np.arange(float(count)), flat_q, method=method) if count else length - 1
        )
    below = np.floor(places).astype(np.intp)
    weight = places - below
    above = np.where(weight > 0, below + 1, below)  # an infinite neighbour of weight 0 must not matter
    if isinstance(q, (int, float)):
        weight = weight.astype(a.dtype)
    # Not the whole order: the median of a million entries, with its gradient, takes 27 ms instead of 131.
    order = np.argpartition(values, np.union1d(below, above), axis=-1)
    low = take_along_axis(merged, np.take_along_axis(order, below, -1), -1)
    high = take_along_axis(merged, np.take_along_axis(order, above, -1), -1)
    result = low * (1 - weight) + high * weight
    kept = values.shape[:-1]
    if keepdims:
        axes = axes_of(a.ndim, axis)
        kept = tuple(1 if i in axes else n for i, n in enumerate(a.shape))
    return reshape(moveaxis(result, -1, 0), np.shape(q) + kept)


_QUANTILE_SAMPLES = [
    case((2, 5), q=0.3),
    case((2, 5), q=0.25, axis=1),
    case((2, 3, 4), q=0.9, axis=(0, -1), keepdims=True),
    case((), q=0.5),
    *(case((3, 4), q=0.37, axis=0, method=method) for method in METHODS),
]


def _refuse_weights(name: str, weights: Any) -> None:
    if weights is not None:
        raise UnsupportedError(f"{name}: no argument 'weights' on tensors; repeat the entries instead")


@composite(np.quantile, samples=_QUANTILE_SAMPLES)
def quantile(
    a: Any, q: Any, axis: Axis = None, *, method: str = "linear", keepdims: bool = False, weights: Any = None
) -> Any:
    """Quantiles ``q``, between 0 and 1, of the entries along ``axis``; the axes of ``q`` come first.

    All of NumPy's methods. ``q`` is not differentiated. The gradient goes to the one or two entries that
    the quantile lies at or between; of entries that tie, to any of them.

    >>> import autograd_cnn as ag
    >>> x = ag.tensor([3.0, 1.0, 2.0, 5.0], requires_grad=True)
    >>> ag.quantile(x, 0.25).backward()
    >>> x.grad
    tensor([0.  , 0.25, 0.75, 0.  ])
    """
    _refuse_weights("quantile", weights)
    return at_quantiles("quantile", a, q, axis, method, keepdims)


@composite(np.percentile, samples=[case((2, 5), q=30.0), case((3, 4), q=80.0, axis=0, method="hazen")])
def percentile(
    a: Any, q: Any, axis: Axis = None, *, method: str = "linear", keepdims: bool = False, weights: Any = None
) -> Any:
    """Percentiles ``q``, between 0 and 100: quantiles ``q`` / 100.

    >>> import autograd_cnn as ag
    >>> ag.percentile(ag.tensor([1.0, 2.0, 3.0]), 75)
    tensor(2.5)
    """
    _refuse_weights("percentile", weights)
    return at_quantiles("percentile", a, hundredths(q), axis, method, keepdims)


def hundredths(q: Any) -> Any:
    """Percentages as fractions; a sequence as an array.

    >>> hundredths(50)
    0.5
    """
    return q / 100 if isinstance(q, (int, float, Tensor)) else np.asarray(q) / 100


@composite(
    np.median,
    samples=[case((2, 3)), case((2, 4), axis=1), case((2, 3, 4), axis=(0, -1), keepdims=True), case(())],
)
def median(a: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
    """Middle entry along ``axis``, or the mean of the two middle ones, which share the gradient.

    >>> import autograd_cnn as ag
    >>> ag.median(ag.tensor([3.0, 1.0, 2.0]))
    tensor(2.)
    """
    return at_quantiles("median", a, 0.5, axis, "linear", keepdims)


# --- Weighted means, covariance -----------------------------------------------------------------------


@composite(
    np.average,
    domain=(0.3, 2.0),
    samples=[
        case((2, 3)),
        case((2, 3), (2, 3), axis=None),
        case((2, 3), (3,), axis=1),
        case((2, 3), (2, 3), axis=0, keepdims=True),
        case((2, 3), (2, 3), axis=None, returned=True),
    ],
)
def average(
    a: Any, axis: Axis = None, weights: Any = None, returned: bool = False, *, keepdims: bool = False
) -> Any:
    """Weighted mean Σ w a / Σ w over ``axis``, and the sum of the weights too if ``returned``.

    ``weights`` has the shape of ``a``, or that of its reduced axes.

    >>> import autograd_cnn as ag
    >>> ag.average(ag.tensor([1.0, 2.0]), weights=[3.0, 1.0])
    tensor(1.25)
    """
    a = a if isinstance(a, Tensor) else np.asarray(a)
    if weights is None:
        result = mean(a, axis, keepdims=keepdims)
        total: Any = np.full(result.shape, a.size / builtins.max(result.size, 1), result.dtype)
        return (result, total) if returned else result
    weights = weights if isinstance(weights, Tensor) else np.asarray(weights)
    if weights.shape != a.shape:
        axes = axes_of(a.ndim, axis)
        if axis is None or weights.shape != tuple(a.shape[i] for i in axes):
            raise ShapeError(
                f"average: expected weights of the shape of a, {a.shape}, or of its axes {axis}, got "
                f"{weights.shape}"
            )
        in_order = tuple(sorted(range(len(axes)), key=axes.__getitem__))
        shape = tuple(n if i in axes else 1 for i, n in enumerate(a.shape))
        weights = reshape(transpose(weights, in_order), shape)
    if is_half(a) and is_half(weights):
        result, total = average(
            a.astype(np.float32), axis, weights.astype(np.float32), True, keepdims=keepdims
        )
        result = result.astype(np.float16)
        return (result, total.astype(np.float16)) if returned else result
    total = sum(broadcast_to(weights, a.shape), axis, keepdims=keepdims)
    if np.any(np.equal(value_of(total), 0)):
        raise ZeroDivisionError("Weights sum to zero, can't be normalized")
    result = sum(a * weights, axis, keepdims=keepdims) / total
    return (result, total) if returned else result


@composite(
    np.cov,
    samples=[
        case((3, 4)),
        case((4,)),
        case((3, 4), (2, 4)),
        case((4, 2), rowvar=False, bias=True),
        case((2, 4), fweights=[1, 2, 1, 3], ddof=0),
        case((2, 4), aweights=[0.5, 1.0, 2.0, 0.25]),
    ],
)
def cov(
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: Any = None,
    aweights: Any = None,
    *,
    dtype: Any = None,
) -> Any:
    """Covariance matrix of variables in rows (columns unless ``rowvar``), observed along the other axis.

    ``y`` adds variables. ``fweights`` says how often each observation was made, ``aweights`` how much it
    counts. Sums are divided by count - ``ddof``, which is 1 by default, 0 if ``bias``.

    >>> import autograd_cnn as ag
    >>> ag.cov(ag.tensor([[0.0, 2.0], [3.0, 1.0]]))
    tensor([[ 2., -2.],
            [-2.,  2.]])
    """
    x = _variables(m, rowvar)
    if y is not None:
        x = concatenate([x, _variables(y, rowvar)])
    if dtype is not None:
        x = x.astype(dtype)
    ddof = (0 if bias else 1) if ddof is None else ddof
    if fweights is None and aweights is None:
        average_of, weighted, factor = mean(x, 1, keepdims=True), 1, x.shape[1] - ddof
    else:
        f: Any = 1 if fweights is None else np.asarray(fweights).astype(x.dtype)
        w = (
            1
            if aweights is None
            else aweights
            if hasattr(aweights, "dtype")
            else np.asarray(aweights, x.dtype)
        )
        weighted = f * w
        total = sum(weighted)
        average_of = sum(x * weighted, 1, keepdims=True) / total
        if ddof == 0 or aweights is None:
            factor = total - ddof
        else:
            factor = total - ddof * sum(weighted * w) / total
    deviation = x - average_of
    result = matmul(deviation, np.conjugate(transpose(deviation * weighted))) / factor
    return result[0, 0] if result.shape == (1, 1) else result


def _variables(m: Any, rowvar: bool) -> Any:
    m = m if isinstance(m, Tensor) else np.asarray(m)
    if m.ndim > 2:
        raise ShapeError(f"cov: expected one or two axes, got shape {m.shape}")
    m = m if m.dtype.kind in "fc" else m.astype(np.float64)
    if m.ndim < 2:
        return reshape(m, (1, m.size))
    return m if rowvar or m.shape[0] == 1 else transpose(m)


@composite(np.corrcoef, samples=[case((3, 4)), case((2, 4), (1, 4)), case((4, 2), rowvar=False)])
def corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Any:
    """Correlation matrix: covariances divided by the standard deviations of both variables.

    >>> import autograd_cnn as ag
    >>> ag.corrcoef(ag.tensor([[0.0, 2.0, 1.0], [3.0, 1.0, 2.0]]))
    tensor([[ 1., -1.],
            [-1.,  1.]])
    """
    c = cov(x, y, rowvar, dtype=dtype)
    if c.ndim == 0:
        return c / c
    diagonal = np.arange(c.shape[0])
    deviation = sqrt(c[diagonal, diagonal].real)
    c = c / expand_dims(deviation, 1) / deviation
    return c if c.dtype.kind == "c" else clip(c, -1, 1)


# --- Counts -------------------------------------------------------------------------------------------


@composite(np.bincount, samples=[case((4,), x=np.array([0, 2, 2, 1])), case((3,), x=[1, 1, 0], minlength=5)])
def bincount(x: Any, weights: Any = None, minlength: int = 0) -> Any:
    """How often each integer 0, 1, 2 … occurs in ``x``: a constant; or the sum of its ``weights``, linear.

    >>> import autograd_cnn as ag
    >>> ag.bincount([0, 2, 2], weights=ag.tensor([1.0, 2.0, 3.0]))
    tensor([1., 0., 5.])
    """
    places = np.asarray(value_of(x))
    counts = np.bincount(places, minlength=minlength)
    if weights is None:
        return wrap(counts, None)
    return scatter_add(weights, places, counts.shape)


histogram_bin_edges = constant(np.histogram_bin_edges)


def histogram(
    a: Any, bins: Any = 10, range: Any = None, density: bool | None = None, weights: Any = None
) -> tuple[Any, Any]:
    """How many entries of ``a`` lie in each bin, or the sum of their ``weights``; and the edges of the bins.

    Linear in ``weights``; all else is constant. The last bin includes its right edge.

    >>> import autograd_cnn as ag, numpy as np
    >>> np.histogram([0.0, 1.0, 4.0], bins=2, weights=ag.tensor([1.0, 2.0, 3.0]))
    (tensor([3., 3.]), tensor([0., 2., 4.]))
    """
    values, bins = np.asarray(value_of(a)).ravel(), value_of(bins)
    if not isinstance(weights, Tensor):
        counts, edges = np.histogram(values, bins, range, density, weights)
        return (wrap(counts, None), wrap(edges, None)) if isinstance(a, Tensor) else (counts, edges)
    edges = np.histogram_bin_edges(values, bins, range, value_of(weights))
    inside = (values >= edges[0]) & (values <= edges[-1])
    places = np.minimum(np.searchsorted(edges, values[inside], side="right") - 1, len(edges) - 2)
    sums = scatter_add(reshape(weights, (-1,))[inside], places, (len(edges) - 1,))
    if density:
        sums = sums / np.diff(edges) / sum(sums)
    return sums, wrap(edges, None)


NUMPY[np.histogram] = histogram
