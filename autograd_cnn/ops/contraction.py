"""Products of matrices and tensors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_cnn import kernels
from autograd_cnn.core.composite import composite
from autograd_cnn.core.primitive import primitive
from autograd_cnn.core.registry import case
from autograd_cnn.errors import ShapeError
from autograd_cnn.ops.elementwise import multiply
from autograd_cnn.ops.reduction import sum
from autograd_cnn.ops.shape import expand_dims, reshape, swapaxes, transpose


def _matmul_left(g: Any, x2: Any, x1_shape: tuple[int, ...]) -> Any:
    if x2.ndim == 1:
        return expand_dims(g, -1) * x2
    if len(x1_shape) == 1:  # x1 counts as a row, and g lacks that axis
        return (x2 @ expand_dims(g, -1))[..., 0]
    return g @ swapaxes(x2, -1, -2)


def _matmul_right(g: Any, x1: Any, x2_shape: tuple[int, ...]) -> Any:
    if x1.ndim == 1:
        return expand_dims(x1, -1) * expand_dims(g, -2) if len(x2_shape) > 1 else g * x1
    if len(x2_shape) == 1:  # x2 counts as a column, and g lacks that axis
        return (swapaxes(x1, -1, -2) @ expand_dims(g, -1))[..., 0]
    return swapaxes(x1, -1, -2) @ g


@primitive(
    np.matmul,
    multilinear=True,
    operator="matmul",
    samples=[
        case((2, 3), (3, 4)),
        case((3,), (3,)),
        case((2, 3), (3,)),
        case((3,), (3, 4)),
        case((5, 2, 3), (3, 4)),
        case((5, 2, 3), (3,)),
        case((3,), (5, 3, 2)),
        case((5, 1, 2, 3), (4, 3, 2)),
        case((2, 0), (0, 3)),
    ],
    x1=_matmul_left,
    x2=_matmul_right,
)
def matmul(x1: Any, x2: Any) -> Any:
    """Matrix product ``x1 @ x2`` over the last two axes; a 1-d array counts as a row or a column.

    >>> import autograd_cnn as ag
    >>> ag.tensor([[1.0, 2.0]]) @ ag.tensor([3.0, 4.0])
    tensor([11.])
    """
    x1, x2 = np.asarray(x1), np.asarray(x2)
    try:
        return kernels.matmul(x1, x2)
    except ValueError:
        raise ShapeError(
            f"matmul: expected the last axis of x1 to match the second-to-last of x2 (the only one, if 1-d), "
            f"got shapes {x1.shape} and {x2.shape}; transpose one with .mT"
        ) from None


@primitive(
    multilinear=True,
    samples=[case((4, 3), (2, 3), (2,)), case((0, 3), (2, 3), (2,))],
    x=lambda g, weight: matmul(g, weight),
    weight=lambda g, x: matmul(swapaxes(g, 0, 1), x),
    bias=lambda g: sum(g, 0),
)
def affine(x: Any, weight: Any, bias: Any = None) -> Any:
    """``x @ weight.T + bias`` as one op: (N, I), with ``weight`` (O, I) and ``bias`` (O,), give (N, O).

    Against transpose, product and sum it saves two nodes, and its weight gradient is contiguous.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.contraction import affine
    >>> affine(ag.tensor([[1.0, 2.0]]), ag.tensor([[3.0, 4.0]]), ag.tensor([10.0]))
    tensor([[21.]])
    """
    product = kernels.matmul(x, weight.T)
    if bias is None:
        return product
    product += bias
    return product


@composite(
    np.dot,
    method=True,
    samples=[case((2, 3), (3, 4)), case((3,), (3,)), case((2, 3), ()), case((2, 3), (4, 3, 2))],
)
def dot(a: Any, b: Any) -> Any:
    """Sum of products over the last axis of ``a`` and the second-to-last of ``b``.

    >>> import autograd_cnn as ag
    >>> ag.dot(ag.tensor([1.0, 2.0]), ag.tensor([3.0, 4.0]))
    tensor(11.)
    """
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return multiply(a, b)
    if np.ndim(b) <= 2:
        return matmul(a, b)
    return tensordot(a, b, axes=((np.ndim(a) - 1,), (np.ndim(b) - 2,)))


@composite(np.outer, samples=[case((2,), (3,)), case((2, 2), (3,))])
def outer(a: Any, b: Any) -> Any:
    """Products of all pairs of entries, as a matrix.

    >>> import autograd_cnn as ag
    >>> ag.outer(ag.tensor([1.0, 2.0]), ag.tensor([3.0, 4.0])).shape
    (2, 2)
    """
    return multiply(reshape(a, (-1, 1)), reshape(b, (1, -1)))


@composite(
    np.tensordot,
    samples=[
        case((2, 3, 4), (3, 4, 5)),
        case((2, 3), (3, 4), axes=1),
        case((2, 3, 4), (4, 5, 2), axes=((0, 2), (2, 0))),
        case((2,), (3,), axes=0),
    ],
)
def tensordot(a: Any, b: Any, axes: int | Sequence[Any] = 2) -> Any:
    """Sum of products over pairs of axes: a number of them (last of ``a``, first of ``b``), or two lists.

    >>> import autograd_cnn as ag
    >>> ag.tensordot(ag.ones((2, 3)), ag.ones((3, 4)), axes=1).shape
    (2, 4)
    """
    a_shape, b_shape = np.shape(a), np.shape(b)
    if isinstance(axes, (int, np.integer)):
        a_axes, b_axes = list(range(len(a_shape) - axes, len(a_shape))), list(range(axes))
    else:
        a_axes = [int(axis) % len(a_shape) for axis in np.atleast_1d(axes[0])]
        b_axes = [int(axis) % len(b_shape) for axis in np.atleast_1d(axes[1])]
    if [a_shape[axis] for axis in a_axes] != [b_shape[axis] for axis in b_axes]:
        raise ShapeError(
            f"tensordot: expected summed axes of equal lengths, got axes {a_axes} of {a_shape} and "
            f"{b_axes} of {b_shape}"
        )
    a_free = [axis for axis in range(len(a_shape)) if axis not in a_axes]
    b_free = [axis for axis in range(len(b_shape)) if axis not in b_axes]
    summed = math.prod(a_shape[axis] for axis in a_axes)
    left = reshape(transpose(a, (*a_free, *a_axes)), (math.prod(a_shape[axis] for axis in a_free), summed))
    right = reshape(transpose(b, (*b_axes, *b_free)), (summed, math.prod(b_shape[axis] for axis in b_free)))
    return reshape(left @ right, (*(a_shape[axis] for axis in a_free), *(b_shape[axis] for axis in b_free)))


@composite(np.inner, samples=[case((3,), (3,)), case((2, 3), (4, 3))])
def inner(a: Any, b: Any) -> Any:
    """Sum of products over the last axes.

    >>> import autograd_cnn as ag
    >>> ag.inner(ag.tensor([1.0, 2.0]), ag.tensor([3.0, 4.0]))
    tensor(11.)
    """
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return multiply(a, b)
    return tensordot(a, b, axes=((-1,), (-1,)))


@composite(np.vdot, samples=[case((2, 3), (2, 3)), case((2, 3), (6,)), case((), ())])
def vdot(a: Any, b: Any) -> Any:
    """Sum of all products of the conjugate of ``a`` with ``b``.

    >>> import autograd_cnn as ag
    >>> ag.vdot(ag.tensor([1.0, 2.0]), ag.tensor([3.0, 4.0]))
    tensor(11.)
    """
    if np.size(a) != np.size(b):
        raise ShapeError(
            f"vdot: expected as many entries in both, got shapes {np.shape(a)} and {np.shape(b)}"
        )
    return matmul(reshape(np.conjugate(a), (-1,)), reshape(b, (-1,)))
