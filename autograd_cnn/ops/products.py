"""Products composed of matrix products and multiplications: of vectors, of many matrices, of blocks."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from operator import index
from typing import Any

import numpy as np

from autograd_cnn.core.composite import composite
from autograd_cnn.core.registry import NUMPY, case
from autograd_cnn.core.tensor import Tensor
from autograd_cnn.errors import ArgumentError, ShapeError, UnsupportedError
from autograd_cnn.ops.contraction import matmul, tensordot
from autograd_cnn.ops.elementwise import conjugate, multiply
from autograd_cnn.ops.padding import pad_zeros
from autograd_cnn.ops.reduction import sum
from autograd_cnn.ops.shape import expand_dims, moveaxis, reshape, squeeze
from autograd_cnn.ops.tiling import roll


def _array(x: Any) -> Any:
    return x if hasattr(x, "ndim") else np.asarray(x)


def _conjugate(x: Any) -> Any:
    return conjugate(x) if x.dtype.kind == "c" else x


@composite(np.kron, samples=[case((2, 3), (3, 2)), case((2,), (2, 3)), case((2, 1, 2), (3,)), case((), (2,))])
def kron(a: Any, b: Any) -> Any:
    """Kronecker product: blocks of ``b``, each times an entry of ``a``; axes are counted from the last.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.products import kron
    >>> kron(ag.tensor([1.0, 2.0]), ag.tensor([1.0, 1.0]))
    tensor([1., 1., 2., 2.])
    """
    a, b = _array(a), _array(b)
    ndim = max(a.ndim, b.ndim)
    a_shape = (1,) * (ndim - a.ndim) + a.shape
    b_shape = (1,) * (ndim - b.ndim) + b.shape
    blocks = reshape(a, tuple(length for n in a_shape for length in (n, 1)))
    inside = reshape(b, tuple(length for n in b_shape for length in (1, n)))
    return reshape(multiply(blocks, inside), tuple(n * m for n, m in zip(a_shape, b_shape, strict=True)))


@composite(
    np.cross,
    samples=[
        case((3,), (3,)),
        case((2, 3), (3,)),
        case((3, 2), (2, 3), axisa=0),
        case((3, 2), (3, 2), axis=0),
        case((2, 1, 3), (4, 3), axisc=0),
    ],
)
def cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Any:
    """Cross product of vectors of length 3 along ``axisa`` and ``axisb``; the result has them in ``axisc``.

    ``axis``, if given, is all three. Vectors of length 2 lie in the plane, z = 0 (NumPy deprecates them);
    of two such the result is z alone. Raises `ShapeError` for other lengths.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.products import cross
    >>> cross(ag.tensor([1.0, 0.0, 0.0]), ag.tensor([0.0, 1.0, 0.0]))
    tensor([0., 0., 1.])
    """
    a, b = _array(a), _array(b)
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = moveaxis(a, axisa, -1), moveaxis(b, axisb, -1)
    if a.shape[-1] not in (2, 3) or b.shape[-1] not in (2, 3):
        raise ShapeError(f"cross: expected vectors of length 3 (or 2), got {a.shape[-1]} and {b.shape[-1]}")
    if a.shape[-1] == b.shape[-1] == 2:
        return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    a, b = _in_space(a), _in_space(b)
    # Component i is a[i+1] b[i+2] - a[i+2] b[i+1], the indices modulo 3.
    product = roll(a, -1, -1) * roll(b, -2, -1) - roll(a, -2, -1) * roll(b, -1, -1)
    return moveaxis(product, -1, axisc)


def _in_space(x: Any) -> Any:
    return pad_zeros(x, ((0, 0),) * (x.ndim - 1) + ((0, 3 - x.shape[-1]),)) if x.shape[-1] < 3 else x


# --- Vectors in the last axis, batches before it ------------------------------------------------------


@composite(
    np.vecdot,
    samples=[
        case((3,), (3,)),
        case((2, 3), (3,)),
        case((2, 3), (2, 1), axis=0),
        case((2, 3), (1, 3), keepdims=True),
    ],
)
def vecdot(x1: Any, x2: Any, /, *, axis: int = -1, axes: Any = None, keepdims: bool = False) -> Any:
    """Sum of products over ``axis``, of the conjugate of ``x1`` with ``x2``; the other axes broadcast.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.products import vecdot
    >>> vecdot(ag.tensor([[1.0, 2.0], [3.0, 4.0]]), ag.tensor([1.0, 1.0]))
    tensor([3., 7.])
    """
    _refuse_axes("vecdot", axes)
    x1, x2 = moveaxis(_array(x1), axis, -1), moveaxis(_array(x2), axis, -1)
    _check_vectors("vecdot", x1, x1.shape[-1], x2, x2.shape[-1])
    products = multiply(_conjugate(x1), x2)
    # A product of vectors keeps the dtype; a sum widens small integers.
    total = sum(products, -1, dtype=products.dtype if products.dtype.kind in "iu" else None)
    return expand_dims(total, axis) if keepdims else total


def _refuse_axes(name: str, axes: Any) -> None:
    if axes is not None:
        raise UnsupportedError(f"{name}: no argument 'axes' on tensors; use ag.moveaxis first")


def _check_vectors(name: str, x1: Any, n1: int, x2: Any, n2: int) -> None:
    if n1 != n2:
        raise ShapeError(
            f"{name}: expected vectors as long as what they meet, got shapes {x1.shape} and {x2.shape}"
        )


# np.matvec and np.vecmat are of NumPy 2.2.
@composite(
    getattr(np, "matvec", None), samples=[case((2, 3), (3,)), case((4, 2, 3), (3,)), case((2, 3), (4, 3))]
)
def matvec(x1: Any, x2: Any, /, *, axes: Any = None) -> Any:
    """Product of matrices in the last two axes of ``x1`` with vectors in the last of ``x2``.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.products import matvec
    >>> matvec(ag.tensor([[1.0, 2.0], [3.0, 4.0]]), ag.tensor([1.0, 1.0]))
    tensor([3., 7.])
    """
    _refuse_axes("matvec", axes)
    x1, x2 = _array(x1), _array(x2)
    _check_vectors("matvec", x1, x1.shape[-1], x2, x2.shape[-1])
    return matmul(x1, expand_dims(x2, -1))[..., 0]


@composite(
    getattr(np, "vecmat", None), samples=[case((2,), (2, 3)), case((4, 2), (2, 3)), case((2,), (4, 2, 3))]
)
def vecmat(x1: Any, x2: Any, /, *, axes: Any = None) -> Any:
    """Product of the conjugate of vectors in the last axis of ``x1`` with matrices in the last two of ``x2``.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.products import vecmat
    >>> vecmat(ag.tensor([1.0, 1.0]), ag.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor([4., 6.])
    """
    _refuse_axes("vecmat", axes)
    x1, x2 = _array(x1), _array(x2)
    _check_vectors("vecmat", x1, x1.shape[-1], x2, x2.shape[-2])
    return matmul(expand_dims(_conjugate(x1), -2), x2)[..., 0, :]


# --- Many matrices ------------------------------------------------------------------------------------


@composite(
    np.linalg.matrix_power,
    samples=[case((2, 2), n=1), case((3, 2, 2), n=5), case((2, 2), n=4)],
)
def matrix_power(a: Any, n: int) -> Any:
    """Product of ``n`` copies of the square matrices in the last two axes; of their inverses if n < 0.

    It is computed by repeated squaring; n = 0 gives identity matrices, which are constant.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.products import matrix_power
    >>> matrix_power(ag.tensor([[1.0, 1.0], [0.0, 1.0]]), 3)
    tensor([[1., 3.],
            [0., 1.]])
    """
    if a.ndim < 2 or a.shape[-1] != a.shape[-2]:
        raise ShapeError(f"matrix_power: expected square matrices in the last two axes, got shape {a.shape}")
    n = index(n)
    if n == 0:
        return Tensor(np.broadcast_to(np.eye(a.shape[-1], dtype=a.dtype), a.shape))
    if n < 0:
        a, n = np.linalg.inv(a), -n
    result = None
    while True:
        if n % 2:
            result = a if result is None else matmul(result, a)
        n //= 2
        if n == 0:
            return result
        a = matmul(a, a)


@composite(
    np.linalg.multi_dot,
    samples=[
        case([(2, 3), (3, 4)]),
        case([(2, 3), (3, 4), (4, 2)]),
        case([(3,), (3, 4), (4, 1), (1, 2)]),
        case([(2, 5), (5, 1), (1, 5), (5,)]),
        case([(3,), (3, 2), (2,)]),
    ],
)
def multi_dot(arrays: Sequence[Any]) -> Any:
    """Product of two or more matrices, in the order that takes the fewest multiplications.

    The first may be 1-d, a row, and the last, a column. The order is found by dynamic programming
    (Cormen et al., Introduction to Algorithms, §15.2).

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.products import multi_dot
    >>> multi_dot([ag.ones((2, 3)), ag.ones((3, 4)), ag.ones(4)])
    tensor([12., 12.])
    """
    matrices = [_array(x) for x in arrays]
    if len(matrices) < 2:
        raise ArgumentError(f"multi_dot: expected two or more arrays, got {len(matrices)}")
    inner = all(x.ndim == 2 for x in matrices[1:-1])
    if not (inner and matrices[0].ndim in (1, 2) and matrices[-1].ndim in (1, 2)):
        raise ShapeError(
            f"multi_dot: expected matrices (1-d only at the ends), got shapes {[x.shape for x in matrices]}"
        )
    row, column = matrices[0].ndim == 1, matrices[-1].ndim == 1
    if row:
        matrices[0] = expand_dims(matrices[0], 0)
    if column:
        matrices[-1] = expand_dims(matrices[-1], 1)
    cuts = _cheapest_cuts((*(x.shape[0] for x in matrices), matrices[-1].shape[1]))

    def product(first: int, last: int) -> Any:
        if first == last:
            return matrices[first]
        cut = cuts[first, last]
        return matmul(product(first, cut), product(cut + 1, last))

    result = product(0, len(matrices) - 1)
    axes = (0,) * row + (1,) * column
    return squeeze(result, axes) if axes else result


@lru_cache(maxsize=64)
def _cheapest_cuts(lengths: tuple[int, ...]) -> dict[tuple[int, int], int]:
    """After which matrix to cut each run of them, (first, last); matrix i is lengths[i] × lengths[i+1]."""
    count = len(lengths) - 1
    cost = {(i, i): 0 for i in range(count)}
    cuts: dict[tuple[int, int], int] = {}
    for size in range(1, count):
        for first in range(count - size):
            last = first + size
            costs = {
                cut: cost[first, cut]
                + cost[cut + 1, last]
                + lengths[first] * lengths[cut + 1] * lengths[last + 1]
                for cut in range(first, last)
            }
            cuts[first, last] = best = min(costs, key=costs.__getitem__)
            cost[first, last] = costs[best]
    return cuts


# --- numpy.linalg's variants, which are the array API's -----------------------------------------------

NUMPY.update(
    {
        np.linalg.matmul: matmul,
        np.linalg.tensordot: tensordot,
        np.linalg.vecdot: vecdot,
    }
)
