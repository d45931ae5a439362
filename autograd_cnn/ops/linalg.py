"""Solving linear equations, and inverses: over leading axes, as in `numpy.linalg`."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_cnn.core.composite import composite, constant
from autograd_cnn.core.primitive import primitive
from autograd_cnn.core.registry import case
from autograd_cnn.errors import ShapeError
from autograd_cnn.ops import contraction, products
from autograd_cnn.ops.diagonal import diagonal as diagonal_of
from autograd_cnn.ops.matrices import adjoint, check_matrices
from autograd_cnn.ops.reduction import sum

_REGULAR = (0.2, 3.0)


def _solve_right(g: Any, a: Any, b_shape: tuple[int, ...]) -> Any:
    if len(b_shape) == 1:
        return solve(a.mT, g[..., None])[..., 0]
    return solve(a.mT, g)


def _solve_left(g: Any, a: Any, out: Any, b_shape: tuple[int, ...]) -> Any:
    if len(b_shape) == 1:
        return -solve(a.mT, g[..., None]) * out[..., None, :]
    return -solve(a.mT, g) @ out.mT


@primitive(
    np.linalg.solve,
    domain=_REGULAR,
    samples=[
        case((2, 2), (2,)),
        case((2, 2), (2, 3)),
        case((3, 2, 2), (2,)),
        case((3, 2, 2), (2, 1)),
        case((2, 2), (3, 2, 1)),
    ],
    a=_solve_left,
    b=_solve_right,
)
def solve(a: Any, b: Any) -> Any:
    """Solution x of a @ x = b, for ``a`` (..., n, n) and ``b`` (n,) or (..., n, k).

    Raises `numpy.linalg.LinAlgError` if a matrix is singular. VJP: Giles (2008), *An extended collection of
    matrix derivative results*, §2.3.1.

    >>> import autograd_cnn as ag, numpy as np
    >>> np.linalg.solve(ag.tensor([[2.0, 0.0], [0.0, 4.0]]), np.array([2.0, 2.0]))
    tensor([1. , 0.5])
    """
    return np.linalg.solve(a, b)


@primitive(
    np.linalg.inv,
    domain=_REGULAR,
    samples=[case((2, 2)), case((3, 2, 2)), case((1, 1))],
    a=lambda g, out: -(out.mT @ g @ out.mT),
)
def inv(a: Any) -> Any:
    """Inverse of each matrix (..., n, n). VJP: Giles (2008), §2.2.3.

    Raises `numpy.linalg.LinAlgError` if a matrix is singular.

    >>> import autograd_cnn as ag, numpy as np
    >>> np.linalg.inv(ag.tensor([[2.0, 0.0], [0.0, 4.0]]))
    tensor([[0.5 , 0.  ],
            [0.  , 0.25]])
    """
    return np.linalg.inv(a)


def _pinv_vjp(g: Any, a: Any, out: Any) -> Any:
    p, gh = out.conj(), adjoint(g)
    pt = out.mT
    gh_p, p_gh = gh @ (p @ pt), (pt @ p) @ gh
    left = gh_p - a.conj() @ (p @ gh_p)  # (I - A P) P̄ᴴ P Pᴴ
    right = p_gh - (p_gh @ p) @ a.conj()  # Pᴴ P P̄ᴴ (I - P A)
    return left + right - pt @ g @ pt


@primitive(
    np.linalg.pinv,
    samples=[case((2, 2)), case((3, 2)), case((2, 2, 3)), case((3, 2), rcond=1e-10)],
    a=_pinv_vjp,
)
def pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Any:
    """Moore-Penrose inverse of (..., m, n), with singular values below ``rcond`` of the largest taken as 0.

    The derivative is that along changes which keep the rank. VJP: Golub and Pereyra (1973), *The
    differentiation of pseudo-inverses and nonlinear least squares problems*, equation (4.12).

    >>> import autograd_cnn as ag, numpy as np
    >>> np.linalg.pinv(ag.tensor([[2.0], [0.0]]))
    tensor([[0.5, 0. ]])
    """
    if rtol is not None:
        return np.linalg.pinv(a, hermitian=hermitian, rtol=rtol)
    if rcond is None:
        return np.linalg.pinv(a, hermitian=hermitian)
    return np.linalg.pinv(a, rcond, hermitian)


@composite(np.linalg.diagonal, samples=[case((2, 3)), case((4, 3, 3), offset=-1), case((2, 3), offset=1)])
def diagonal(x: Any, *, offset: int = 0) -> Any:
    """Diagonals of the last two axes, ``offset`` above (or, negative, below) the main one.

    >>> import autograd_cnn as ag, numpy as np
    >>> np.linalg.diagonal(ag.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor([1., 4.])
    """
    check_matrices(x, "diagonal")
    return diagonal_of(x, offset, -2, -1)


@composite(np.linalg.trace, samples=[case((3, 3)), case((2, 2, 3)), case((3, 3), offset=1)])
def trace(x: Any, *, offset: int = 0, dtype: Any = None) -> Any:
    """Sums of the diagonals of the last two axes.

    >>> import autograd_cnn as ag, numpy as np
    >>> np.linalg.trace(ag.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor(5.)
    """
    return sum(diagonal(x, offset=offset), axis=-1, dtype=dtype)


matrix_rank = constant(np.linalg.matrix_rank)


@composite(np.linalg.cross, samples=[case((3,), (3,)), case((2, 3), (1, 3)), case((3, 2), (3, 2), axis=0)])
def cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """Cross product of vectors of length 3 along ``axis``; the other axes broadcast.

    >>> import autograd_cnn as ag
    >>> ag.linalg.cross(ag.tensor([1.0, 0.0, 0.0]), ag.tensor([0.0, 1.0, 0.0]))
    tensor([0., 0., 1.])
    """
    for x in (x1, x2):
        if np.shape(x)[axis] != 3:
            raise ShapeError(
                f"linalg.cross: expected vectors of length 3 along axis {axis}, got shape {np.shape(x)}"
            )
    return products.cross(x1, x2, axis=axis)


@composite(np.linalg.outer, samples=[case((2,), (3,))])
def outer(x1: Any, x2: Any, /) -> Any:
    """Products of all pairs of entries of two vectors, as a matrix.

    >>> import autograd_cnn as ag
    >>> ag.linalg.outer(ag.tensor([1.0, 2.0]), ag.tensor([3.0, 4.0])).shape
    (2, 2)
    """
    for x in (x1, x2):
        if np.ndim(x) != 1:
            raise ShapeError(
                f"linalg.outer: expected two 1-d arrays, got one of shape {np.shape(x)}; ag.outer takes any"
            )
    return contraction.outer(x1, x2)
