"""Sums, means, extrema and their like over axes."""

from __future__ import annotations

import builtins
import math
from typing import Any, TypeAlias

import numpy as np

from autograd_cnn.core.composite import composite, constant
from autograd_cnn.core.primitive import primitive
from autograd_cnn.core.registry import NUMPY, case
from autograd_cnn.errors import ArgumentError
from autograd_cnn.ops.elementwise import exp, sqrt, where
from autograd_cnn.ops.half import in_single, is_half
from autograd_cnn.ops.shape import broadcast_to, flip, reshape

Axis: TypeAlias = int | tuple[int, ...] | None

# np.sum takes 2.9 µs, the method of the ufunc 1.2.
_add: Any = np.add.reduce
_maximum: Any = np.maximum.reduce
_minimum: Any = np.minimum.reduce

_SAMPLES = [
    case((2, 3, 4)),
    case((2, 3, 4), axis=1),
    case((2, 3, 4), axis=(0, -1), keepdims=True),
    case(()),
    case((3, 1), axis=0),
]


def _axes(ndim: int, axis: Axis) -> tuple[int, ...]:
    if axis is None:
        return tuple(range(ndim))
    return tuple(a % ndim for a in (axis if isinstance(axis, tuple) else (axis,)))


def _count(shape: tuple[int, ...], axis: Axis) -> int:
    return math.prod(shape[a] for a in _axes(len(shape), axis))


def _kept(reduced: Any, shape: tuple[int, ...], axis: Axis) -> Any:
    """A reduced array with its reduced axes back, as axes of length 1."""
    axes = _axes(len(shape), axis)
    return reshape(reduced, tuple(1 if a in axes else n for a, n in enumerate(shape)))


@primitive(
    np.sum,
    kind="linear",
    method=True,
    samples=[*_SAMPLES, case((0, 3), axis=0)],
    a=lambda g, a_shape, axis: broadcast_to(_kept(g, a_shape, axis), a_shape),
)
def sum(a: Any, axis: Axis = None, dtype: Any = None, *, keepdims: bool = False) -> Any:
    """Sum over ``axis`` (None: over all of them).

    >>> import autograd_cnn as ag
    >>> ag.sum(ag.tensor([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    tensor([4., 6.])
    """
    if dtype is None and is_half(a):
        return _add(a, axis=axis, dtype=np.float32, keepdims=keepdims).astype(np.float16)
    return _add(a, axis=axis, dtype=dtype, keepdims=keepdims)


@primitive(
    np.mean,
    kind="linear",
    method=True,
    samples=_SAMPLES,
    a=in_single(
        lambda g, a_shape, axis: broadcast_to(_kept(g, a_shape, axis) / _count(a_shape, axis), a_shape)
    ),
)
def mean(a: Any, axis: Axis = None, dtype: Any = None, *, keepdims: bool = False) -> Any:
    """Mean over ``axis`` (None: over all of them); of nothing it is NaN, with NumPy's warning.

    >>> import autograd_cnn as ag
    >>> ag.mean(ag.tensor([1.0, 2.0, 6.0]))
    tensor(3.)
    """
    return np.mean(a, axis=axis, dtype=dtype, keepdims=keepdims)


def _to_extrema(g: Any, a: Any, out: Any, a_shape: tuple[int, ...], axis: Axis) -> Any:
    # Ties share evenly; where the extremum is NaN, it came from the NaNs.
    out = _kept(out, a_shape, axis)
    hit = (a == out) | (a != a)
    ties = np.add.reduce(
        hit,
        axis=_axes(len(a_shape), axis),
        keepdims=True,
        dtype=g.dtype if g.dtype.kind == "f" and g.dtype.itemsize > 2 else np.float32,
    )
    return where(hit, _kept(g, a_shape, axis) / ties, 0)


@primitive(np.max, method=True, samples=_SAMPLES, a=_to_extrema)
def max(a: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
    """Largest entry along ``axis``; entries that tie share the gradient evenly.

    >>> import autograd_cnn as ag
    >>> x = ag.tensor([1.0, 1.0, 0.0], requires_grad=True)
    >>> ag.max(x).backward()
    >>> x.grad
    tensor([0.5, 0.5, 0. ])
    """
    return _maximum(a, axis=axis, keepdims=keepdims)


@primitive(np.min, method=True, samples=_SAMPLES, a=_to_extrema)
def min(a: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
    """Smallest entry along ``axis``; entries that tie share the gradient evenly.

    >>> import autograd_cnn as ag
    >>> ag.min(ag.tensor([3.0, 1.0]))
    tensor(1.)
    """
    return _minimum(a, axis=axis, keepdims=keepdims)


@primitive(
    np.cumsum,
    kind="linear",
    method=True,
    samples=[case((2, 3), axis=1), case((4,), axis=0), case((2, 3))],
    a=lambda g, a_shape, axis: (
        reshape(flip(cumsum(flip(g))), a_shape) if axis is None else flip(cumsum(flip(g, axis), axis), axis)
    ),
)
def cumsum(a: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """Running sum along ``axis`` (None: of the flattened array).

    >>> import autograd_cnn as ag
    >>> ag.cumsum(ag.tensor([1.0, 2.0, 3.0]))
    tensor([1., 3., 6.])
    """
    if dtype is None and is_half(a):
        return np.cumsum(a, axis=axis, dtype=np.float32).astype(np.float16)
    return np.cumsum(a, axis=axis, dtype=dtype)


@composite(np.var, method=True, samples=_SAMPLES)
def var(
    a: Any,
    axis: Axis = None,
    dtype: Any = None,
    *,
    ddof: float = 0,
    keepdims: bool = False,
    correction: float | None = None,
) -> Any:
    """Mean square deviation from the mean; divided by count - ``ddof`` (or ``correction``, the other name).

    >>> import autograd_cnn as ag
    >>> ag.var(ag.tensor([1.0, 3.0]))
    tensor(1.)
    """
    if correction is not None:
        if ddof != 0:
            raise ArgumentError(f"var: expected ddof= or correction=, got both: {ddof} and {correction}")
        ddof = correction
    if dtype is None and is_half(a):
        return var(a, axis, np.float32, ddof=ddof, keepdims=keepdims).astype(np.float16)
    if dtype is not None:
        a = a.astype(dtype)
    deviation = a - mean(a, axis, keepdims=True)
    squares = deviation * np.conjugate(deviation) if a.dtype.kind == "c" else deviation * deviation
    total = sum(squares.real if a.dtype.kind == "c" else squares, axis, keepdims=keepdims)
    return total / builtins.max(_count(a.shape, axis) - ddof, 0)


@composite(np.std, method=True, samples=_SAMPLES[:3])
def std(
    a: Any,
    axis: Axis = None,
    dtype: Any = None,
    *,
    ddof: float = 0,
    keepdims: bool = False,
    correction: float | None = None,
) -> Any:
    """Root of the mean square deviation; its derivative is 0 where all entries are equal.

    >>> import autograd_cnn as ag
    >>> ag.std(ag.tensor([1.0, 3.0]))
    tensor(1.)
    """
    if dtype is None and is_half(a):
        single = std(a, axis, np.float32, ddof=ddof, keepdims=keepdims, correction=correction)
        return single.astype(np.float16)
    variance = var(a, axis, dtype, ddof=ddof, keepdims=keepdims, correction=correction)
    constant_entries = variance == 0
    return where(constant_entries, 0, sqrt(where(constant_entries, 1, variance)))


@primitive(
    samples=[*_SAMPLES, case((2, 1), axis=0)],
    a=lambda g, a, out, a_shape, axis: _kept(g, a_shape, axis) * _softmax_from(a, _kept(out, a_shape, axis)),
)
@in_single
def logsumexp(a: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
    """log(Σ e ** a) over ``axis`` without overflow; -inf if all entries are, with derivative 0.

    >>> import autograd_cnn as ag
    >>> float(ag.ops.reduction.logsumexp(ag.tensor([1000.0, 1000.0]))) - 1000 < 0.7
    True
    """
    a = np.asarray(a)
    peak = np.maximum.reduce(a, axis=axis, keepdims=True, initial=-np.inf)
    shift = np.where(np.isfinite(peak), peak, 0)
    with np.errstate(divide="ignore"):
        result = np.log(np.add.reduce(np.exp(a - shift), axis=axis, keepdims=True)) + shift
    return result if keepdims else result.reshape(np.add.reduce(a, axis=axis).shape)


def _softmax_from(a: Any, total: Any) -> Any:
    return where(total == -math.inf, 0, exp(a - where(total == -math.inf, 0, total)))


NUMPY[np.amax], NUMPY[np.amin] = max, min  # NumPy's older names, functions of their own there

argmax = constant(np.argmax, method=True)
argmin = constant(np.argmin, method=True)
all = constant(np.all, method=True)
any = constant(np.any, method=True)
# Without an axis NumPy counts in a Python int.
count_nonzero = constant(np.count_nonzero, forward=lambda *a, **k: np.asarray(np.count_nonzero(*a, **k))[()])
