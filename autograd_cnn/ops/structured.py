"""Triangular, banded and other structured matrices, under SciPy's names; over leading axes.

`scipy.linalg` does not ask its arguments, so these are called under our name: ``linalg.toeplitz(x)``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_cnn.core.composite import composite
from autograd_cnn.core.primitive import primitive
from autograd_cnn.core.registry import case
from autograd_cnn.core.tensor import Tensor
from autograd_cnn.errors import ArgumentError, ShapeError
from autograd_cnn.ops.decompositions import cholesky
from autograd_cnn.ops.elementwise import where
from autograd_cnn.ops.matrices import each_matrix, lower_part, scipy_linalg, upper_part
from autograd_cnn.ops.padding import pad
from autograd_cnn.ops.reduction import sum
from autograd_cnn.ops.shape import concatenate, reshape

_TRIANGULAR = [
    case((3, 3), (3,)),
    case((3, 3), (3, 2), lower=True),
    case((2, 3, 3), (3,), unit_diagonal=True),
    case((2, 1, 2, 2), (3, 2, 1), lower=True, unit_diagonal=True),
]


def _columns(b: Any, b_shape: tuple[int, ...]) -> Any:
    return b[..., None] if len(b_shape) == 1 else b


def _triangular_right(g: Any, a: Any, b_shape: tuple[int, ...], lower: bool, unit_diagonal: bool) -> Any:
    adjoint = solve_triangle(a.mT, _columns(g, b_shape), not lower, unit_diagonal)
    return adjoint[..., 0] if len(b_shape) == 1 else adjoint


def _triangular_left(
    g: Any, a: Any, out: Any, b_shape: tuple[int, ...], lower: bool, unit_diagonal: bool
) -> Any:
    adjoint = solve_triangle(a.mT, _columns(g, b_shape), not lower, unit_diagonal)
    of_all = -(adjoint @ _columns(out, b_shape).mT)
    inner = 1 if unit_diagonal else 0
    return lower_part(of_all, -inner) if lower else upper_part(of_all, inner)


@primitive(domain=(0.5, 3.0), samples=_TRIANGULAR, a=_triangular_left, b=_triangular_right)
def solve_triangle(a: Any, b: Any, lower: bool = False, unit_diagonal: bool = False) -> Any:
    """Solution x of a @ x = b that reads one triangle of ``a`` (..., n, n); ``b`` is (n,) or (..., n, k).

    VJP: Giles (2008), *An extended collection of matrix derivative results*, §2.3.1, in that triangle.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.structured import solve_triangle
    >>> solve_triangle(ag.tensor([[2.0, 0.0], [9.0, 4.0]]), ag.tensor([2.0, 4.0]))
    tensor([1., 1.])
    """
    a, b = np.asarray(a), np.asarray(b)

    def of_one(matrix: Any, right: Any) -> Any:
        return scipy_linalg().solve_triangular(matrix, right, lower=lower, unit_diagonal=unit_diagonal)

    result = each_matrix(of_one, a, _columns(b, b.shape))
    return result[..., 0] if b.ndim == 1 else result


@composite(
    domain=(0.5, 3.0), samples=[*_TRIANGULAR, case((3, 3), (3,), trans=1), case((3, 3), (3, 1), trans="C")]
)
def solve_triangular(
    a: Any, b: Any, trans: int | str = 0, lower: bool = False, unit_diagonal: bool = False
) -> Any:
    """Solution of a triangular system, as `scipy.linalg.solve_triangular`: only one triangle is read.

    ``a`` is (..., n, n), ``b`` (n,) or (..., n, k). ``trans``: 0 or "N" for a x = b, 1 or "T" for aᵀ x = b,
    2 or "C" for aᴴ x = b. Raises `numpy.linalg.LinAlgError` for a 0 on the diagonal.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn import linalg
    >>> linalg.solve_triangular(ag.tensor([[2.0, 0.0], [9.0, 4.0]]), ag.tensor([2.0, 4.0]))
    tensor([1., 1.])
    """
    if trans not in (0, 1, 2, "N", "T", "C"):
        raise ArgumentError(f"solve_triangular: expected trans 0, 1, 2, 'N', 'T' or 'C', got {trans!r}")
    if trans in (0, "N"):
        return solve_triangle(a, b, lower, unit_diagonal)
    a = _as_array(a).mT
    return solve_triangle(a.conj() if trans in (2, "C") else a, b, not lower, unit_diagonal)


def _as_array(x: Any) -> Any:
    return x if isinstance(x, Tensor) else np.asarray(x)


def cho_factor(a: Any, lower: bool = False) -> tuple[Any, bool]:
    """Cholesky factor of Hermitian positive definite (..., n, n) for `cho_solve`, and ``lower``.

    As `scipy.linalg.cho_factor`, but with zeros in the other triangle. Derivative: that of `cholesky`.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn import linalg
    >>> linalg.cho_solve(linalg.cho_factor(ag.tensor([[4.0]])), ag.tensor([2.0]))
    tensor([0.5])
    """
    return cholesky(a, upper=not lower), lower


def cho_solve(c_and_lower: tuple[Any, bool], b: Any) -> Any:
    """Solution x of a @ x = b from the result of `cho_factor`; ``b`` is (n,) or (..., n, k).

    >>> import autograd_cnn as ag
    >>> from autograd_cnn import linalg
    >>> linalg.cho_solve((ag.tensor([[2.0]]), True), ag.tensor([2.0]))
    tensor([0.5])
    """
    factor, lower = c_and_lower
    vector = np.ndim(b) == 1
    half = solve_triangular(factor, _as_array(b)[:, None] if vector else b, 0 if lower else 2, lower)
    result = solve_triangular(factor, half, 2 if lower else 0, lower)
    return result[..., 0] if vector else result


def _band_rows(l_and_u: tuple[int, int], n: int) -> tuple[Any, Any]:
    """Row of the matrix that each entry of its banded form belongs to, and whether there is such a row."""
    rows = np.arange(sum(np.array(l_and_u)) + 1)[:, None] - l_and_u[1] + np.arange(n)
    inside = (rows >= 0) & (rows < n)
    return np.where(inside, rows, 0), inside


def _band_transposed(l_and_u: tuple[int, int], ab: Any) -> Any:
    rows, inside = _band_rows(l_and_u[::-1], ab.shape[-1])
    diagonals = np.arange(len(rows))[::-1, None]
    return where(inside, ab[..., diagonals, rows], 0)


def _banded_right(g: Any, l_and_u: tuple[int, int], ab: Any, b_shape: tuple[int, ...]) -> Any:
    adjoint = solve_banded(l_and_u[::-1], _band_transposed(l_and_u, ab), _columns(g, b_shape))
    return adjoint[..., 0] if len(b_shape) == 1 else adjoint


def _banded_left(g: Any, l_and_u: tuple[int, int], ab: Any, out: Any, b_shape: tuple[int, ...]) -> Any:
    adjoint = solve_banded(l_and_u[::-1], _band_transposed(l_and_u, ab), _columns(g, b_shape))
    rows, inside = _band_rows(l_and_u, ab.shape[-1])
    products = adjoint[..., rows, :] * _columns(out, b_shape)[..., None, :, :]
    return where(inside, -sum(products, axis=-1), 0)


@primitive(
    domain=(0.5, 3.0),
    samples=[
        case((3, 4), (4,), l_and_u=(1, 1)),
        case((2, 3), (3, 2), l_and_u=(0, 1)),
        case((2, 3, 4), (4, 1), l_and_u=(2, 0)),
    ],
    ab=_banded_left,
    b=_banded_right,
)
def solve_banded(l_and_u: tuple[int, int], ab: Any, b: Any) -> Any:
    """Solution x of a @ x = b for a banded matrix, as `scipy.linalg.solve_banded`.

    ``l_and_u``: numbers of diagonals below and above the main one; ``ab`` (..., l + u + 1, n) holds them,
    the uppermost first: ab[u + i - j, j] = a[i, j]. ``b`` is (n,) or (..., n, k).

    >>> import autograd_cnn as ag
    >>> from autograd_cnn import linalg
    >>> linalg.solve_banded((0, 1), ag.tensor([[0.0, 1.0], [2.0, 2.0]]), ag.tensor([3.0, 2.0]))
    tensor([1., 1.])
    """
    ab, b = np.asarray(ab), np.asarray(b)

    def of_one(bands: Any, right: Any) -> Any:
        return scipy_linalg().solve_banded(l_and_u, bands, right)

    result = each_matrix(of_one, ab, _columns(b, b.shape))
    return result[..., 0] if b.ndim == 1 else result


@composite(samples=[case((2, 3), (1, 2)), case((2, 2)), case((3,), (), (2, 1))])
def block_diag(*arrs: Any) -> Any:
    """Matrix with the given ones along its diagonal, as `scipy.linalg.block_diag`.

    A 1-d array counts as a row, a number as a 1 by 1 matrix; leading axes, if any, must be the same.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn import linalg
    >>> linalg.block_diag(ag.tensor([[1.0, 2.0]]), 3.0)
    tensor([[1., 2., 0.],
            [0., 0., 3.]])
    """
    blocks = [_as_array(a) for a in arrs]
    blocks = [b if b.ndim > 1 else reshape(b, (1, b.size)) for b in blocks]
    if len({b.shape[:-2] for b in blocks}) > 1:
        raise ShapeError(f"block_diag: expected equal leading axes, got {[b.shape for b in blocks]}")
    width, before, rows = np.add.reduce([b.shape[-1] for b in blocks]), 0, []
    for block in blocks:
        after = int(width) - before - block.shape[-1]
        rows.append(pad(block, [(0, 0)] * (block.ndim - 1) + [(before, after)]))
        before += block.shape[-1]
    return concatenate(rows, axis=-2)


@composite(samples=[case((3,)), case((3,), (2,)), case((2, 3), (2, 4))])
def toeplitz(c: Any, r: Any = None) -> Any:
    """Matrix that is constant along diagonals, as `scipy.linalg.toeplitz`.

    ``c`` (..., m) is its first column, ``r`` (..., n) its first row, of which the first entry is not read;
    without ``r`` the row is the conjugate of ``c``.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn import linalg
    >>> linalg.toeplitz(ag.tensor([1.0, 2.0]), ag.tensor([0.0, 3.0, 4.0]))
    tensor([[1., 3., 4.],
            [2., 1., 3.]])
    """
    c = _as_array(c)
    r = c.conj() if r is None else _as_array(r)
    m, n = c.shape[-1], r.shape[-1]
    diagonals = concatenate([c[..., ::-1], r[..., 1:]], axis=-1)
    return diagonals[..., np.arange(m)[::-1, None] + np.arange(n)]
