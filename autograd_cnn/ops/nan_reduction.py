"""Reductions that leave NaN out. The gradient at a NaN is 0: it is replaced before it is read."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from autograd_cnn.core.composite import composite, constant
from autograd_cnn.core.registry import case
from autograd_cnn.ops import reduction, scans
from autograd_cnn.ops.elementwise import sqrt, where
from autograd_cnn.ops.half import is_half
from autograd_cnn.ops.reduction import Axis
from autograd_cnn.ops.statistics import at_quantiles, hundredths
from autograd_cnn.ops.ufuncs import value_of

_SAMPLES = [
    case((2, 3, 4)),
    case((2, 3), axis=1),
    case((2, 3, 4), axis=(0, -1), keepdims=True),
    case(()),
]
_SCANS = [case((2, 3), axis=1), case((2, 3))]


def _missing(a: Any) -> Any:
    return np.isnan(a) if a.dtype.kind in "fc" else np.zeros(a.shape, np.bool_)


def _filled(a: Any, number: float) -> Any:
    return where(np.isnan(a), number, a) if a.dtype.kind in "fc" else a


def _count(a: Any, axis: Axis, keepdims: bool) -> Any:
    """How many entries are not NaN: a raw array of the dtype of the real results."""
    present = np.sum(~value_of(_missing(a)), axis=axis, keepdims=keepdims)
    dtype = np.result_type(a.dtype, np.float16) if a.dtype.kind != "f" else a.dtype
    return present.astype(np.finfo(dtype).dtype)


@composite(np.nansum, samples=_SAMPLES)
def nansum(a: Any, axis: Axis = None, dtype: Any = None, *, keepdims: bool = False) -> Any:
    """Sum over ``axis``, NaN counted as 0.

    >>> import autograd_cnn as ag, numpy as np
    >>> ag.nansum(ag.tensor([1.0, np.nan, 3.0]))
    tensor(4.)
    """
    return reduction.sum(_filled(a, 0), axis, dtype, keepdims=keepdims)


@composite(np.nanprod, samples=_SAMPLES)
def nanprod(a: Any, axis: Axis = None, dtype: Any = None, *, keepdims: bool = False) -> Any:
    """Product over ``axis``, NaN counted as 1.

    >>> import autograd_cnn as ag, numpy as np
    >>> ag.nanprod(ag.tensor([2.0, np.nan, 3.0]))
    tensor(6.)
    """
    return scans.prod(_filled(a, 1), axis, dtype, keepdims=keepdims)


@composite(np.nancumsum, samples=_SCANS)
def nancumsum(a: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """Running sum along ``axis`` (None: of the flattened array), NaN counted as 0.

    >>> import autograd_cnn as ag, numpy as np
    >>> ag.nancumsum(ag.tensor([1.0, np.nan, 3.0]))
    tensor([1., 1., 4.])
    """
    return reduction.cumsum(_filled(a, 0), axis, dtype)


@composite(np.nancumprod, samples=_SCANS)
def nancumprod(a: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """Running product along ``axis`` (None: of the flattened array), NaN counted as 1.

    >>> import autograd_cnn as ag, numpy as np
    >>> ag.nancumprod(ag.tensor([2.0, np.nan, 3.0]))
    tensor([2., 2., 6.])
    """
    return scans.cumprod(_filled(a, 1), axis, dtype)


def _extremum(reduce: Any, a: Any, axis: Axis, keepdims: bool, neutral: float) -> Any:
    result = reduce(_filled(a, neutral), axis, keepdims=keepdims)
    if a.dtype.kind not in "fc":
        return result
    empty = _count(a, axis, keepdims) == 0
    if not np.any(empty):
        return result
    warnings.warn("All-NaN slice encountered", RuntimeWarning, stacklevel=4)
    return where(empty, np.nan, result)


@composite(np.nanmax, samples=_SAMPLES)
def nanmax(a: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
    """Largest entry along ``axis`` that is not NaN; ties share the gradient evenly.

    Where all are NaN, so is the result, with NumPy's warning and gradient 0.

    >>> import autograd_cnn as ag, numpy as np
    >>> ag.nanmax(ag.tensor([2.0, np.nan, 3.0]))
    tensor(3.)
    """
    return _extremum(reduction.max, a, axis, keepdims, -np.inf)


@composite(np.nanmin, samples=_SAMPLES)
def nanmin(a: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
    """Smallest entry along ``axis`` that is not NaN; ties share the gradient evenly.

    Where all are NaN, so is the result, with NumPy's warning and gradient 0.

    >>> import autograd_cnn as ag, numpy as np
    >>> ag.nanmin(ag.tensor([2.0, np.nan, 3.0]))
    tensor(2.)
    """
    return _extremum(reduction.min, a, axis, keepdims, np.inf)


def _per_count(total: Any, count: Any, message: str) -> Any:
    """Total divided by count; NaN with NumPy's warning where nothing was counted."""
    empty = count <= 0
    if not np.any(empty):
        return total / count
    warnings.warn(message, RuntimeWarning, stacklevel=4)
    return where(empty, np.nan, total / np.where(empty, 1, count).astype(count.dtype))


@composite(np.nanmean, samples=_SAMPLES)
def nanmean(a: Any, axis: Axis = None, dtype: Any = None, *, keepdims: bool = False) -> Any:
    """Mean over ``axis`` of the entries that are not NaN; NaN, with NumPy's warning, where all are.

    >>> import autograd_cnn as ag, numpy as np
    >>> ag.nanmean(ag.tensor([1.0, np.nan, 3.0]))
    tensor(2.)
    """
    if dtype is None and is_half(a):
        return nanmean(a, axis, np.float32, keepdims=keepdims).astype(np.float16)
    a = a if dtype is None else a.astype(dtype)
    return _per_count(nansum(a, axis, keepdims=keepdims), _count(a, axis, keepdims), "Mean of empty slice")


@composite(np.nanvar, samples=_SAMPLES)
def nanvar(a: Any, axis: Axis = None, dtype: Any = None, *, ddof: float = 0, keepdims: bool = False) -> Any:
    """Mean square deviation of the entries that are not NaN; divided by their count - ``ddof``.

    >>> import autograd_cnn as ag, numpy as np
    >>> ag.nanvar(ag.tensor([1.0, np.nan, 3.0]))
    tensor(1.)
    """
    if dtype is None and is_half(a):
        return nanvar(a, axis, np.float32, ddof=ddof, keepdims=keepdims).astype(np.float16)
    a = a if dtype is None else a.astype(dtype)
    count = _count(a, axis, True)
    some = np.where(count == 0, 1, count).astype(count.dtype)
    deviation = where(_missing(a), 0, a - nansum(a, axis, keepdims=True) / some)
    squares = (deviation * deviation.conj()).real if a.dtype.kind == "c" else deviation * deviation
    total = reduction.sum(squares, axis, keepdims=keepdims)
    return _per_count(total, _count(a, axis, keepdims) - ddof, "Degrees of freedom <= 0 for slice.")


@composite(np.nanstd, samples=_SAMPLES[:3])
def nanstd(a: Any, axis: Axis = None, dtype: Any = None, *, ddof: float = 0, keepdims: bool = False) -> Any:
    """Root of `nanvar`; its derivative is 0 where all entries that count are equal.

    >>> import autograd_cnn as ag, numpy as np
    >>> ag.nanstd(ag.tensor([1.0, np.nan, 3.0]))
    tensor(1.)
    """
    if dtype is None and is_half(a):
        return nanstd(a, axis, np.float32, ddof=ddof, keepdims=keepdims).astype(np.float16)
    variance = nanvar(a, axis, dtype, ddof=ddof, keepdims=keepdims)
    equal = variance == 0
    return where(equal, 0, sqrt(where(equal, 1, variance)))


def _quantiles(name: str, a: Any, q: Any, axis: Axis, method: str, keepdims: bool) -> Any:
    if np.any(_count(a, axis, False) == 0):
        warnings.warn("All-NaN slice encountered", RuntimeWarning, stacklevel=4)
    return at_quantiles(name, a, q, axis, method, keepdims, ignore_nan=True)


@composite(np.nanquantile, samples=[case((2, 5), q=0.3), case((2, 3, 4), q=0.9, axis=(0, -1), keepdims=True)])
def nanquantile(a: Any, q: Any, axis: Axis = None, *, method: str = "linear", keepdims: bool = False) -> Any:
    """Quantiles ``q``, between 0 and 1, of the entries along ``axis`` that are not NaN.

    >>> import autograd_cnn as ag, numpy as np
    >>> ag.nanquantile(ag.tensor([1.0, np.nan, 3.0]), 0.25)
    tensor(1.5)
    """
    return _quantiles("nanquantile", a, q, axis, method, keepdims)


@composite(np.nanpercentile, samples=[case((2, 5), q=30), case((2, 5), q=70.0, axis=0)])
def nanpercentile(
    a: Any, q: Any, axis: Axis = None, *, method: str = "linear", keepdims: bool = False
) -> Any:
    """Percentiles ``q``, between 0 and 100, of the entries along ``axis`` that are not NaN.

    >>> import autograd_cnn as ag, numpy as np
    >>> ag.nanpercentile(ag.tensor([1.0, np.nan, 3.0]), 25)
    tensor(1.5)
    """
    return _quantiles("nanpercentile", a, hundredths(q), axis, method, keepdims)


@composite(
    np.nanmedian, samples=[case((2, 3)), case((2, 4), axis=1), case((2, 3, 4), axis=(0, -1), keepdims=True)]
)
def nanmedian(a: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
    """Median along ``axis`` of the entries that are not NaN.

    >>> import autograd_cnn as ag, numpy as np
    >>> ag.nanmedian(ag.tensor([1.0, np.nan, 3.0]))
    tensor(2.)
    """
    return _quantiles("nanmedian", a, 0.5, axis, "linear", keepdims)


nanargmax = constant(np.nanargmax)
nanargmin = constant(np.nanargmin)
