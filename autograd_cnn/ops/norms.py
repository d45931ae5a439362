"""Norms of vectors and matrices. The norm of zeros has derivative 0, whatever the order."""

from __future__ import annotations

import builtins
import math
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autograd_cnn.core.composite import composite
from autograd_cnn.core.registry import case
from autograd_cnn.errors import ArgumentError
from autograd_cnn.ops.decompositions import svdvals
from autograd_cnn.ops.elementwise import absolute, sqrt, where
from autograd_cnn.ops.half import in_single
from autograd_cnn.ops.linalg import inv
from autograd_cnn.ops.reduction import max, min, sum
from autograd_cnn.ops.shape import expand_dims, moveaxis, ravel, reshape

_ORDERS = (None, 2, 1, math.inf, -math.inf, 3, 1.5, -1)


@composite(
    np.linalg.norm,
    samples=[
        case((2, 3)),
        *(case((4,), ord=order) for order in _ORDERS),
        *(case((2, 3), ord=order) for order in ("fro", "nuc", 1, -1, 2, -2, math.inf, -math.inf)),
        case((2, 3, 4), ord=3, axis=1, keepdims=True),
        case((2, 3, 2), ord="nuc", axis=(2, 0)),
        case((2, 3, 2), ord=1, axis=(0, -1), keepdims=True),
        case((2, 3, 4)),
        case((2, 3, 4), axis=(0, 2)),
    ],
)
@in_single
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """Norm of ``x``, or of its vectors along ``axis``, or of its matrices along two axes.

    ``ord`` of vectors: a number p for (Σ|x|ᵖ)^(1/p), ±inf for the largest or smallest entry, 0 for the
    count of entries that are not 0 (constant). Of matrices: "fro", "nuc" (sum of singular values), ±2
    (largest or smallest singular value), ±1 and ±inf (largest or smallest sum of a column or row). None is
    the root of the sum of squares. Raises `ArgumentError` for another ``ord``.

    Entries and singular values that are 0 have derivative 0; extrema that tie share theirs.

    >>> import autograd_cnn as ag, numpy as np
    >>> np.linalg.norm(ag.tensor([3.0, 4.0]))
    tensor(5.)
    """
    x = x if x.dtype.kind in "fc" else x.astype(np.float64)
    if axis is None and (ord is None or (x.ndim == 2 and ord in ("fro", "f")) or (x.ndim == 1 and ord == 2)):
        length = _vector(ravel(x), 2, (0,))
        return reshape(length, (1,) * x.ndim) if keepdims else length
    axes = normalize_axis_tuple(range(x.ndim) if axis is None else axis, x.ndim)
    if len(axes) == 1:
        return _vector(x, 2 if ord is None else ord, axes, keepdims)
    if len(axes) == 2:
        return _matrix(x, ord, axes, keepdims)
    raise ArgumentError(f"norm: expected one or two axes for ord={ord!r}, got {len(axes)} of {x.shape}")


def _vector(x: Any, order: Any, axes: tuple[int, ...], keepdims: bool = False) -> Any:
    if isinstance(order, str):
        raise ArgumentError(f"norm: expected a number as ord of vectors, got {order!r}; it is of matrices")
    if order == 0:
        return sum((x != 0).astype(x.real.dtype), axes, keepdims=keepdims)
    if order == 2:
        squares = x * x if x.dtype.kind != "c" else x.real * x.real + x.imag * x.imag
        return _root(sum(squares, axes, keepdims=keepdims), 2)
    size = absolute(x)
    if order == 1:
        return sum(size, axes, keepdims=keepdims)
    if math.isinf(order):
        extremum = max if order > 0 else min
        return extremum(size, axes, keepdims=keepdims)
    zero = x == 0
    powers = where(zero, 0.0 if order > 0 else math.inf, where(zero, 1, size) ** order)
    return _root(sum(powers, axes, keepdims=keepdims), order)


def _root(total: Any, order: float) -> Any:
    """``total ** (1 / order)``, with derivative 0 where the total is 0 or, for negative orders, inf."""
    end = 0.0 if order > 0 else math.inf
    at_end = total == end
    inner = where(at_end, 1, total)
    return where(at_end, 0, sqrt(inner) if order == 2 else inner ** (1 / order))


def _matrix(x: Any, order: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    if order in (None, "fro", "f"):
        return _vector(x, 2, axes, keepdims)
    if order in (1, -1, math.inf, -math.inf):
        summed, extreme = axes if abs(order) == 1 else axes[::-1]
        sums = sum(absolute(x), summed, keepdims=True)
        result = (max if order > 0 else min)(sums, extreme, keepdims=True)
    elif order in (2, -2, "nuc"):
        result = _of_singular_values(moveaxis(x, axes, (-2, -1)), order)
        result = expand_dims(result, builtins.tuple(sorted(axes)))
    else:
        raise ArgumentError(
            f"norm: expected 'fro', 'nuc', 1, -1, 2, -2, inf or -inf as ord of matrices, got {order!r}"
        )
    kept = [n for axis, n in enumerate(x.shape) if axis not in axes]
    return result if keepdims else reshape(result, builtins.tuple(kept))


def _of_singular_values(x: Any, order: Any) -> Any:
    # A matrix of zeros has singular vectors, though arbitrary ones, and the gradient would be made of them.
    zeros = np.logical_and.reduce(np.asarray(x.detach() if hasattr(x, "detach") else x) == 0, axis=(-2, -1))
    values = svdvals(where(zeros[..., None, None], 1, x))
    chosen = sum(values, -1) if order == "nuc" else (max if order > 0 else min)(values, -1)
    return where(zeros, 0, chosen)


@composite(
    np.linalg.matrix_norm, samples=[case((2, 3)), case((4, 2, 3), ord="nuc"), case((2, 3), keepdims=True)]
)
def matrix_norm(x: Any, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    """Norm of the matrices in the last two axes; ``ord`` as in `norm`.

    >>> import autograd_cnn as ag, numpy as np
    >>> np.linalg.matrix_norm(ag.tensor([[3.0, 0.0], [0.0, 4.0]]), ord="nuc")
    tensor(7.)
    """
    return norm(x, ord, (-2, -1), keepdims)


@composite(
    np.linalg.vector_norm,
    samples=[
        case((2, 3)),
        case((2, 3), axis=1, ord=1),
        case((2, 3, 2), axis=(0, 2), ord=3),
        case((2, 3), keepdims=True),
    ],
)
@in_single
def vector_norm(x: Any, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    """Norm of all entries, or of those along ``axis`` (an int, or several), as one vector; as in `norm`.

    >>> import autograd_cnn as ag, numpy as np
    >>> np.linalg.vector_norm(ag.tensor([[3.0, 0.0], [0.0, 4.0]]))
    tensor(5.)
    """
    x = x if x.dtype.kind in "fc" else x.astype(np.float64)
    axes = normalize_axis_tuple(range(x.ndim) if axis is None else axis, x.ndim)
    return _vector(x, ord, axes, keepdims)


@composite(
    np.linalg.cond,
    domain=(0.2, 3.0),
    samples=[case((2, 2)), case((3, 2)), *(case((2, 2), p=p) for p in (2, -2, 1, -1, math.inf, "fro"))],
)
def cond(x: Any, p: Any = None) -> Any:
    """Condition number of matrices (..., m, n): of the singular values, or norm times that of the inverse.

    >>> import autograd_cnn as ag, numpy as np
    >>> np.linalg.cond(ag.tensor([[2.0, 0.0], [0.0, 4.0]]))
    tensor(2.)
    """
    if p in (None, 2, -2):
        values = svdvals(x)
        largest, smallest = values[..., 0], values[..., -1]
        with np.errstate(divide="ignore", invalid="ignore"):
            return smallest / largest if p == -2 else largest / smallest
    return norm(x, p, (-2, -1)) * norm(inv(x), p, (-2, -1))
