"""Products, and running sums, products and extrema.

No product is divided by one of its factors: that would be 0 / 0 at a zero. The product of the others is
that of a scan from the left and one from the right, exact with any number of zeros, to any order.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autograd_cnn.core.composite import composite
from autograd_cnn.core.primitive import primitive
from autograd_cnn.core.registry import NUMPY, case
from autograd_cnn.errors import ArgumentError, ShapeError
from autograd_cnn.ops.half import is_half
from autograd_cnn.ops.indexing import add_along_axis
from autograd_cnn.ops.reduction import Axis, all, any, cumsum, max, min, sum
from autograd_cnn.ops.shape import concatenate, flip, reshape, transpose

_multiply: Any = np.multiply.reduce  # np.prod takes twice as long on a few entries

# --- Reduced axes as one last axis --------------------------------------------------------------------


def axes_of(ndim: int, axis: Axis) -> tuple[int, ...]:
    """The axes that ``axis`` means, none of them negative.

    >>> axes_of(3, (0, -1))
    (0, 2)
    """
    if axis is None:
        return tuple(range(ndim))
    return tuple(normalize_axis_index(a, ndim) for a in (axis if isinstance(axis, tuple) else (axis,)))


def reduced_last(a: Any, axis: Axis) -> Any:
    """``a`` with the reduced axes merged into one, the last.

    >>> import numpy as np
    >>> reduced_last(np.zeros((2, 3, 4)), (0, 2)).shape
    (3, 8)
    """
    axes = axes_of(a.ndim, axis)
    rest = tuple(i for i in range(a.ndim) if i not in axes)
    length = 1
    for i in axes:
        length *= a.shape[i]
    moved = a if rest + axes == tuple(range(a.ndim)) else transpose(a, rest + axes)
    return reshape(moved, (*(a.shape[i] for i in rest), length))


def _restored(merged: Any, shape: tuple[int, ...], axis: Axis) -> Any:
    """The inverse of `reduced_last`: an array of ``shape``."""
    axes = axes_of(len(shape), axis)
    order = tuple(i for i in range(len(shape)) if i not in axes) + axes
    inverse = tuple(sorted(range(len(order)), key=order.__getitem__))
    return transpose(reshape(merged, tuple(shape[i] for i in order)), inverse)


def along(axis: int, ndim: int, *limits: int | None) -> tuple[slice, ...]:
    """The index that slices one axis.

    >>> along(1, 3, 2, None)
    (slice(None, None, None), slice(2, None, None))
    """
    return (slice(None),) * (axis % ndim) + (slice(*limits),)


def _delayed(a: Any, axis: int, first: int = 0) -> Any:
    """Entries one place later along ``axis``, after the number ``first``; the last one drops out."""
    shape = [1 if i == axis % a.ndim else n for i, n in enumerate(a.shape)]
    numbers = np.full(shape, first, a.dtype)
    return concatenate([numbers, a], axis)[along(axis, a.ndim, a.shape[axis])]


def _products_before(a: Any, axis: int) -> Any:
    """The product of the entries before each one along ``axis``; 1 at the first."""
    return _delayed(cumprod(a, axis), axis, first=1)


# --- Products -----------------------------------------------------------------------------------------


def _prod_vjp(g: Any, a: Any, a_shape: tuple[int, ...], axis: Axis) -> Any:
    merged = reduced_last(a, axis)
    others = _products_before(merged, -1) * flip(_products_before(flip(merged, -1), -1), -1)
    return _restored(reshape(g, (*merged.shape[:-1], 1)) * others, a_shape, axis)


@primitive(
    np.prod,
    method=True,
    samples=[
        case((2, 3, 2)),
        case((2, 3, 4), axis=1),
        case((2, 3, 2), axis=(0, -1), keepdims=True),
        case(()),
        case((3, 1), axis=0),
        case((0, 3), axis=0),
    ],
    a=_prod_vjp,
)
def prod(a: Any, axis: Axis = None, dtype: Any = None, *, keepdims: bool = False) -> Any:
    """Product over ``axis`` (None: over all of them); exact where entries are 0, to every order.

    >>> import autograd_cnn as ag
    >>> x = ag.tensor([0.0, 2.0, 3.0], requires_grad=True)
    >>> ag.prod(x).backward()
    >>> x.grad
    tensor([6., 0., 0.])
    """
    if dtype is None and is_half(a):
        return _multiply(a, axis=axis, dtype=np.float32, keepdims=keepdims).astype(np.float16)
    return _multiply(a, axis=axis, dtype=dtype, keepdims=keepdims)


def _cumprod_vjp(g: Any, a: Any, axis: int | None) -> Any:
    if axis is None:
        flat = reshape(a, (-1,))
        return reshape(_cumprod_vjp(g, flat, 0), a.shape)
    return _recurrence_backwards(g, a, axis) * _products_before(a, axis)


@primitive(
    np.cumprod,
    method=True,
    samples=[case((2, 4), axis=1), case((4,), axis=0), case((2, 3)), case((0, 3), axis=0)],
    a=_cumprod_vjp,
)
def cumprod(a: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """Running product along ``axis`` (None: of the flattened array); exact where entries are 0.

    >>> import autograd_cnn as ag
    >>> ag.cumprod(ag.tensor([1.0, 2.0, 3.0]))
    tensor([1., 2., 6.])
    """
    if dtype is None and is_half(a):
        return np.cumprod(a, axis=axis, dtype=np.float32).astype(np.float16)
    return np.cumprod(a, axis=axis, dtype=dtype)


def _recurrence_backwards(g: Any, a: Any, axis: int) -> Any:
    """λₖ = gₖ + aₖ₊₁ λₖ₊₁: how a cotangent runs back along a recurrence."""
    return flip(linear_recurrence(_delayed(flip(a, axis), axis), flip(g, axis), axis), axis)


@primitive(
    samples=[
        case((2, 5), (2, 5), axis=1),
        case((4, 2), (4, 2), axis=-2),
        case((3, 3, 2), (3, 3, 2), axis=1),
        case((0,), (0,), axis=0),
    ],
    a=lambda g, a, out, axis: _recurrence_backwards(g, a, axis) * _delayed(out, axis),
    b=lambda g, a, axis: _recurrence_backwards(g, a, axis),
)
def linear_recurrence(a: Any, b: Any, axis: int) -> Any:
    """hₖ = aₖ hₖ₋₁ + bₖ along ``axis``, from h₋₁ = 0; ``a`` and ``b`` have one shape.

    Step by step where the steps are long; else in log₂(n) steps over the whole array, each of which
    doubles the span that a pair (a, b) covers (Hillis and Steele, *Data parallel algorithms*, 1986).

    >>> import autograd_cnn as ag
    >>> ag.ops.scans.linear_recurrence(ag.tensor([0.0, 2.0, 2.0]), ag.tensor([1.0, 1.0, 1.0]), 0)
    tensor([1., 3., 7.])
    """
    if np.shape(a) != np.shape(b):
        raise ShapeError(
            f"linear_recurrence: expected shapes that broadcast together (counted from the last axis, "
            f"lengths equal or 1), got {np.shape(a)}, {np.shape(b)}"
        )
    a, b = np.asarray(a), np.asarray(b)
    axis = normalize_axis_index(axis, a.ndim)
    length, span = a.shape[axis], 1
    if (
        a.size >= length**2
    ):  # 1000 rows of 1000: 5 ms instead of 36; but one row of a million: 256 instead of 22
        a, h = (np.array(np.moveaxis(x, axis, 0), order="C") for x in (a, b))
        for k in range(1, length):
            h[k] += a[k] * h[k - 1]
        return np.moveaxis(h, 0, axis)
    a, b = a.copy(), b.copy()
    while span < length:
        later, earlier = along(axis, a.ndim, span, None), along(axis, a.ndim, -span)
        b[later] += a[later] * b[earlier]
        a[later] = a[later] * a[earlier]
        span *= 2
    return b


# --- Running extrema ----------------------------------------------------------------------------------


def _running(reached: Any, a: Any, axis: int) -> Any:
    """Where along ``axis`` each running extremum comes from: the latest of ties, as in PyTorch."""
    places = np.arange(a.shape[axis]).reshape([-1 if i == axis % a.ndim else 1 for i in range(a.ndim)])
    hit = (a == reached) | (a != a)
    return np.maximum.accumulate(np.where(hit, places, 0), axis=axis)


@primitive(
    residuals=("place",),
    samples=[case((2, 5), axis=1), case((4,)), case((4, 3), axis=-2)],
    array=lambda g, place, array_shape, axis: add_along_axis(g, place, axis, array_shape),
)
def running_max(array: Any, axis: int = 0) -> Any:
    """Largest entry so far along ``axis``: ``np.maximum.accumulate``; of ties the latest has the gradient.

    >>> import autograd_cnn as ag, numpy as np
    >>> np.maximum.accumulate(ag.tensor([1.0, 3.0, 2.0]))
    tensor([1., 3., 3.])
    """
    reached = np.maximum.accumulate(array, axis=axis)
    return reached, _running(reached, array, axis)


@primitive(
    residuals=("place",),
    samples=[case((2, 5), axis=1), case((4,)), case((4, 3), axis=-2)],
    array=lambda g, place, array_shape, axis: add_along_axis(g, place, axis, array_shape),
)
def running_min(array: Any, axis: int = 0) -> Any:
    """Smallest entry so far along ``axis``: ``np.minimum.accumulate``; of ties the latest has the gradient.

    >>> import autograd_cnn as ag, numpy as np
    >>> np.minimum.accumulate(ag.tensor([2.0, 1.0, 3.0]))
    tensor([2., 1., 1.])
    """
    reached = np.minimum.accumulate(array, axis=axis)
    return reached, _running(reached, array, axis)


NUMPY[np.add, "reduce"], NUMPY[np.multiply, "reduce"] = sum, prod
NUMPY[np.maximum, "reduce"], NUMPY[np.minimum, "reduce"] = max, min
NUMPY[np.logical_and, "reduce"], NUMPY[np.logical_or, "reduce"] = all, any
NUMPY[np.add, "accumulate"] = cumsum
NUMPY[np.multiply, "accumulate"] = cumprod
NUMPY[np.maximum, "accumulate"] = running_max
NUMPY[np.minimum, "accumulate"] = running_min

# --- The array API standard's scans (NumPy 2.1) -------------------------------------------------------


def _from_the_start(scan: Any, x: Any, axis: int | None, dtype: Any, initial: float | None) -> Any:
    if axis is None:
        if x.ndim != 1:
            raise ArgumentError(f"{scan.__name__}: expected an axis for an array of {x.ndim} axes, got None")
        axis = 0
    result = scan(x, axis, dtype)
    if initial is None:
        return result
    shape = tuple(1 if i == axis % x.ndim else n for i, n in enumerate(x.shape))
    return concatenate([np.full(shape, initial, result.dtype), result], axis)


@composite(
    getattr(np, "cumulative_sum", None),
    samples=[case((4,)), case((2, 3), axis=1, include_initial=True)],
)
def cumulative_sum(
    x: Any, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False
) -> Any:
    """Running sum along ``axis``, after a 0 if ``include_initial``.

    >>> import autograd_cnn as ag
    >>> ag.cumulative_sum(ag.tensor([1.0, 2.0]), include_initial=True)
    tensor([0., 1., 3.])
    """
    return _from_the_start(cumsum, x, axis, dtype, 0 if include_initial else None)


@composite(
    getattr(np, "cumulative_prod", None),
    samples=[case((4,)), case((2, 3), axis=1, include_initial=True)],
)
def cumulative_prod(
    x: Any, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False
) -> Any:
    """Running product along ``axis``, after a 1 if ``include_initial``.

    >>> import autograd_cnn as ag
    >>> ag.cumulative_prod(ag.tensor([2.0, 3.0]), include_initial=True)
    tensor([1., 2., 6.])
    """
    return _from_the_start(cumprod, x, axis, dtype, 1 if include_initial else None)
