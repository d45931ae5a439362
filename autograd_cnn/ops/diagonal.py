"""Diagonals and triangles of matrices. Taking a diagonal and placing one are each other's transpose."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_cnn.core.composite import composite, constant
from autograd_cnn.core.primitive import primitive
from autograd_cnn.core.registry import case
from autograd_cnn.core.tensor import Tensor, wrap
from autograd_cnn.errors import ArgumentError, ShapeError
from autograd_cnn.ops.elementwise import where
from autograd_cnn.ops.reduction import sum
from autograd_cnn.ops.shape import ones_like, ravel, stack


@primitive(
    np.diagonal,
    kind="linear",
    method=True,
    samples=[
        case((3, 4)),
        case((4, 3), offset=-1),
        case((2, 3, 4), offset=1, axis1=-1, axis2=1),
        case((2, 3), offset=5),
        case((0, 3)),
    ],
    a=lambda g, a_shape, offset, axis1, axis2: diag_embed(g, a_shape, offset, axis1, axis2),
)
def diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Take the diagonal of the matrices in the axes ``axis1`` and ``axis2``; it becomes the last axis.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.diagonal import diagonal
    >>> diagonal(ag.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor([1., 4.])
    """
    return np.diagonal(a, offset, axis1, axis2)


@primitive(
    kind="linear",
    samples=[
        case((3,), shape=(3, 4)),
        case((3,), shape=(4, 3), offset=-1),
        case((2, 3), shape=(2, 3, 4), offset=1, axis1=1, axis2=-1),
        case((2, 2), shape=(2, 3, 4), offset=1, axis1=-1, axis2=1),
        case((0,), shape=(2, 3), offset=5),
    ],
    values=lambda g, offset, axis1, axis2: diagonal(g, offset, axis1, axis2),
)
def diag_embed(values: Any, shape: tuple[int, ...], offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Zeros of ``shape`` with ``values`` on a diagonal: the transpose of `diagonal`.

    >>> import autograd_cnn as ag
    >>> ag.ops.diagonal.diag_embed(ag.tensor([1.0, 2.0]), (2, 2))
    tensor([[1., 0.],
            [0., 2.]])
    """
    values = np.asarray(values)
    result = np.zeros(shape, values.dtype)
    count = np.arange(values.shape[-1])
    matrices = np.moveaxis(result, (axis1, axis2), (-2, -1))
    matrices[..., count + max(-offset, 0), count + max(offset, 0)] = values
    return result


@composite(np.diag, samples=[case((3,), k=1), case((3,), k=-2), case((3, 4)), case((3, 4), k=-1), case((0,))])
def diag(v: Any, k: int = 0) -> Any:
    """Take the ``k``-th diagonal of a matrix, or make a matrix with a 1-d array on its ``k``-th diagonal.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.diagonal import diag
    >>> diag(ag.tensor([1.0, 2.0]))
    tensor([[1., 0.],
            [0., 2.]])
    """
    if v.ndim == 1:
        n = v.shape[0] + abs(k)
        return diag_embed(v, (n, n), k)
    if v.ndim == 2:
        return diagonal(v, k)
    raise ShapeError(f"diag: expected one or two axes, got shape {v.shape}; use diagonal for batches")


@composite(np.diagflat, samples=[case((2, 2)), case((2,), k=1), case((), k=-1)])
def diagflat(v: Any, k: int = 0) -> Any:
    """Make a matrix with all entries of ``v`` on its ``k``-th diagonal.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.diagonal import diagflat
    >>> diagflat(ag.ones((2, 2))).shape
    (4, 4)
    """
    return diag(ravel(v), k)


@composite(
    np.trace, method=True, samples=[case((3, 4)), case((3, 3), offset=1), case((2, 3, 4), axis1=1, axis2=2)]
)
def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None) -> Any:
    """Sum the diagonal of the matrices in the axes ``axis1`` and ``axis2``.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.diagonal import trace
    >>> trace(ag.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor(5.)
    """
    return sum(diagonal(a, offset, axis1, axis2), -1, dtype)


# --- Triangles ----------------------------------------------------------------------------------------


def tri(N: int, M: int | None = None, k: int = 0, dtype: Any = float) -> Tensor:
    """Return a matrix with ones on and below the ``k``-th diagonal, zeros above it.

    >>> from autograd_cnn.ops.diagonal import tri
    >>> tri(2)
    tensor([[1., 0.],
            [1., 1.]])
    """
    return wrap(np.tri(N, M, k, dtype), None)


def _triangle(m: Any, k: int) -> Any:
    if m.ndim == 0:
        raise ShapeError("tril and triu: expected a matrix or a batch of them, got a 0-d array")
    rows, columns = m.shape[-2:] if m.ndim > 1 else m.shape * 2
    return np.tri(rows, columns, k, np.bool_)


@composite(np.tril, samples=[case((3, 4)), case((2, 3, 3), k=-1), case((3,), k=1)])
def tril(m: Any, k: int = 0) -> Any:
    """Return the matrices with zeros above their ``k``-th diagonal.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.diagonal import tril
    >>> tril(ag.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor([[1., 0.],
            [3., 4.]])
    """
    return where(_triangle(m, k), m, m.dtype.type(0))


@composite(np.triu, samples=[case((3, 4)), case((2, 3, 3), k=1), case((3,), k=-1)])
def triu(m: Any, k: int = 0) -> Any:
    """Return the matrices with zeros below their ``k``-th diagonal.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.diagonal import triu
    >>> triu(ag.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor([[1., 2.],
            [0., 4.]])
    """
    return where(_triangle(m, k - 1), m.dtype.type(0), m)


@composite(np.vander, domain=(0.5, 2.0), samples=[case((3,)), case((2,), N=4, increasing=True)])
def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    """Powers of a 1-d ``x`` as columns: (n,) gives (n, N), highest power first unless ``increasing``.

    Powers are products, so that derivatives at 0 are exact. float32 stays float32, where NumPy widens it.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.diagonal import vander
    >>> vander(ag.tensor([2.0, 3.0]), 3)
    tensor([[4., 2., 1.],
            [9., 3., 1.]])
    """
    if x.ndim != 1:
        raise ShapeError(f"vander: expected one axis, got shape {x.shape}")
    count = len(x) if N is None else N
    if count < 0:
        raise ArgumentError(f"vander: expected N of 0 or more, got {count}")
    if x.dtype.kind in "biu":
        x = x.astype(np.promote_types(x.dtype, int))
    powers: list[Any] = [ones_like(x)]
    while len(powers) < count:
        powers.append(powers[-1] * x if len(powers) > 1 else x)
    return stack(powers if increasing else powers[::-1], 1)[:, :count]


diag_indices_from = constant(np.diag_indices_from)
tril_indices = constant(np.tril_indices)
triu_indices = constant(np.triu_indices)
tril_indices_from = constant(np.tril_indices_from)
triu_indices_from = constant(np.triu_indices_from)
