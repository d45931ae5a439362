"""More linear equations, eigenvalues of banded matrices and subspaces, under SciPy's names."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_cnn.core.composite import composite
from autograd_cnn.core.registry import case
from autograd_cnn.errors import ArgumentError, DtypeError, ShapeError
from autograd_cnn.ops.contraction import matmul
from autograd_cnn.ops.decompositions import eigh, eigvalsh, qr, svdvals
from autograd_cnn.ops.elementwise import arccos, arcsin, where
from autograd_cnn.ops.linalg import inv, pinv, solve
from autograd_cnn.ops.matrices import adjoint, check_matrices, identity_mask, lower_part, upper_part
from autograd_cnn.ops.matrix_functions import solve_sylvester, unitary_factor
from autograd_cnn.ops.polynomials import as_array
from autograd_cnn.ops.products import kron
from autograd_cnn.ops.reduction import sum
from autograd_cnn.ops.shape import concatenate, reshape
from autograd_cnn.ops.structured import solve_banded, toeplitz
from autograd_cnn.ops.ufuncs import value_of

_REGULAR = (0.5, 3.0)

# --- Structured equations -----------------------------------------------------------------------------


@composite(domain=_REGULAR, samples=[case((3,), (3,)), case((2,), (2, 2))])
def solve_toeplitz(c_or_cr: Any, b: Any) -> Any:
    """Solution x of toeplitz(c, r) @ x = b, as `scipy.linalg.solve_toeplitz`; ``c_or_cr``: c, or a pair.

    Its matrix is made and solved in O(n³): Levinson's recursion is faster, and less stable.

    >>> import autograd_cnn as ag
    >>> ag.linalg.solve_toeplitz(ag.tensor([2.0, 0.0]), ag.tensor([2.0, 4.0]))
    tensor([1., 2.])
    """
    return solve(_toeplitz(c_or_cr), as_array(b))


@composite(samples=[case((3,), (3,)), case((2,), (2, 2))])
def matmul_toeplitz(c_or_cr: Any, x: Any, check_finite: bool = False, workers: int | None = None) -> Any:
    """Product toeplitz(c, r) @ x, as `scipy.linalg.matmul_toeplitz`; ``c_or_cr``: c, or a pair (c, r).

    ``check_finite`` and ``workers`` are not read.

    >>> import autograd_cnn as ag
    >>> ag.linalg.matmul_toeplitz(ag.tensor([2.0, 1.0]), ag.tensor([2.0, 4.0]))
    tensor([ 8., 10.])
    """
    return matmul(_toeplitz(c_or_cr), as_array(x))


def _toeplitz(c_or_cr: Any) -> Any:
    return toeplitz(*c_or_cr) if isinstance(c_or_cr, tuple) else toeplitz(c_or_cr)


def _whole_band(ab: Any, lower: bool) -> Any:
    """Both halves of the diagonals of a Hermitian matrix, of which ``ab`` (..., u + 1, n) holds one.

    Of the diagonal itself the real part is read, as by LAPACK.
    """
    reach, n = ab.shape[-2] - 1, ab.shape[-1]
    upper = _shifted(ab, 1)[..., ::-1, :].conj() if lower else ab
    lower_half = ab if lower else _shifted(ab[..., ::-1, :], -1).conj()
    diagonal = lower_half[..., :1, :].real
    if n == 0 or reach == 0:
        return diagonal
    return concatenate([upper[..., :-1, :], diagonal, lower_half[..., 1:, :]], -2)


def _shifted(ab: Any, direction: int) -> Any:
    """Row k of ``ab`` moved by k places to the right, or to the left; zeros come in."""
    rows, n = ab.shape[-2:]
    places = np.arange(n) - direction * np.arange(rows)[:, None]
    inside = (places >= 0) & (places < n)
    return where(inside, ab[..., np.arange(rows)[:, None], np.where(inside, places, 0)], 0)


@composite(
    domain=_REGULAR, samples=[case((2, 4), (4,)), case((2, 3), (3, 2), lower=True), case((3, 4), (4,))]
)
def solveh_banded(ab: Any, b: Any, lower: bool = False) -> Any:
    """Solution x of a @ x = b for a Hermitian banded matrix, as `scipy.linalg.solveh_banded`.

    ``ab`` (..., u + 1, n) holds the diagonals from the uppermost to the main one: ab[u + i - j, j] = a[i, j];
    or with ``lower`` those from the main one down: ab[i - j, j] = a[i, j]. It need not be positive definite.

    >>> import autograd_cnn as ag
    >>> ag.linalg.solveh_banded(ag.tensor([[0.0, 1.0], [2.0, 2.0]]), ag.tensor([3.0, 3.0]))
    tensor([1., 1.])
    """
    ab = as_array(ab)
    reach = ab.shape[-2] - 1
    return solve_banded((reach, reach), _whole_band(ab, lower), b)


@composite(domain=_REGULAR, samples=[case((2, 2), (2, 2)), case((1, 1), (1, 1)), case((3, 2, 2), (2, 2))])
def solve_continuous_lyapunov(a: Any, q: Any) -> Any:
    """Solution x of a @ x + x @ aᴴ = q, for (..., n, n); as `scipy.linalg.solve_continuous_lyapunov`.

    >>> import autograd_cnn as ag
    >>> ag.linalg.solve_continuous_lyapunov(ag.tensor([[2.0]]), ag.tensor([[8.0]]))
    tensor([[2.]])
    """
    a = as_array(a)
    return solve_sylvester(a, adjoint(a), q)


@composite(
    domain=(-0.4, 0.4),
    samples=[case((2, 2), (2, 2)), case((1, 1), (1, 1)), case((2, 2), (2, 2), method="bilinear")],
)
def solve_discrete_lyapunov(a: Any, q: Any, method: str | None = None) -> Any:
    """Solution x of a @ x @ aᴴ - x + q = 0, for (n, n); as `scipy.linalg.solve_discrete_lyapunov`.

    ``method`` "direct" solves n² equations (up to n = 9), "bilinear" a continuous equation.

    >>> import autograd_cnn as ag
    >>> ag.linalg.solve_discrete_lyapunov(ag.tensor([[0.5]]), ag.tensor([[3.0]]))
    tensor([[4.]])
    """
    a, q = as_array(a), as_array(q)
    n = a.shape[-1]
    if a.ndim != 2 or a.shape != q.shape or a.shape[0] != n:
        raise ShapeError(f"solve_discrete_lyapunov: expected two (n, n), got {a.shape} and {q.shape}")
    if method not in (None, "direct", "bilinear"):
        raise ArgumentError(
            f"solve_discrete_lyapunov: expected method 'direct' or 'bilinear', got {method!r}"
        )
    if method == "direct" or (method is None and n < 10):
        system = where(identity_mask(n * n), 1, 0).astype(a.dtype) - kron(a, a.conj())
        return reshape(solve(system, reshape(q, (-1,))), (n, n))
    one = identity_mask(n).astype(a.dtype)
    right = inv(adjoint(a) + one)
    b = (adjoint(a) - one) @ right
    return solve_continuous_lyapunov(adjoint(b), -2 * inv(a + one) @ q @ right)


# --- Hermitian and banded matrices --------------------------------------------------------------------


@composite(samples=[case((2, 2)), case((3, 2, 2)), case((2, 2), lower=False)])
def pinvh(
    a: Any,
    atol: float | None = None,
    rtol: float | None = None,
    lower: bool = True,
    return_rank: bool = False,
) -> Any:
    """Moore-Penrose inverse of Hermitian (..., n, n), of which one triangle is read.

    As `scipy.linalg.pinvh`: eigenvalues below ``atol`` + ``rtol`` times the largest size count as 0.
    With ``return_rank`` also the rank, a constant.

    >>> import autograd_cnn as ag
    >>> ag.linalg.pinvh(ag.tensor([[2.0, 0.0], [0.0, 0.0]]))
    tensor([[0.5, 0. ],
            [0. , 0. ]])
    """
    check_matrices(a, "pinvh")
    a = as_array(a)
    half = lower_part(a, -1) if lower else upper_part(a, 1)
    whole = half + adjoint(half) + where(identity_mask(a.shape[-1]), a.real, 0)
    sizes = np.abs(np.linalg.eigvalsh(value_of(whole)))
    largest = np.max(sizes, axis=-1, initial=0.0)
    if rtol is None:
        rtol = a.shape[-1] * float(np.finfo(a.dtype).eps) if not atol else 0.0
    limit = rtol * largest + (atol or 0.0)
    rcond = np.where(largest == 0, 0, limit / np.where(largest == 0, 1, largest))
    result = pinv(whole, rcond, hermitian=True)
    return (result, np.count_nonzero(sizes > limit[..., None], axis=-1)) if return_rank else result


def _chosen(values: Any, select: str, select_range: Any, name: str) -> slice:
    """Which of the ascending eigenvalues were asked for."""
    if select in ("a", "all", 0):
        return slice(None)
    if select not in ("i", "index", 2, "v", "value", 1) or len(select_range or ()) != 2:
        raise ArgumentError(
            f"{name}: expected select 'a', or 'i' or 'v' with a select_range of two, got {select!r} and "
            f"{select_range!r}"
        )
    if select in ("i", "index", 2):
        return slice(int(select_range[0]), int(select_range[1]) + 1)
    first, last = np.searchsorted(value_of(values), select_range, side="right")
    return slice(int(first), int(last))


def _of_band(matrix: Any, eigvals_only: bool, select: str, select_range: Any, name: str) -> Any:
    if eigvals_only:
        values = eigvalsh(matrix)
        return values[_chosen(values, select, select_range, name)]
    values, vectors = eigh(matrix)
    chosen = _chosen(values, select, select_range, name)
    return values[chosen], vectors[:, chosen]


def _tridiagonal(d: Any, e: Any, name: str) -> Any:
    d, e = as_array(d), as_array(e)
    n = d.size
    if d.ndim != 1 or e.shape != (n - 1,):
        raise ShapeError(f"{name}: expected d (n,) and e (n - 1,), got {d.shape} and {e.shape}")
    if "c" in (d.dtype.kind, e.dtype.kind):
        raise DtypeError(
            f"{name}: expected real numbers, got {d.dtype} and {e.dtype}; a complex Hermitian matrix has the "
            "eigenvalues of the real one with abs(e), or use ag.linalg.eig_banded"
        )
    if n < 2:
        return reshape(d, (n, n))
    index = np.arange(n)
    distance = np.abs(index[:, None] - index)
    beside = e[np.minimum(np.minimum(index[:, None], index), n - 2)]
    return where(distance == 0, d, where(distance == 1, beside, 0))


@composite(samples=[case((3,), (2,)), case((2,), (1,)), case((4,), (3,), select="i", select_range=(1, 2))])
def eigvalsh_tridiagonal(d: Any, e: Any, select: str = "a", select_range: Any = None) -> Any:
    """Eigenvalues of the symmetric matrix with diagonal ``d`` (n,), and ``e`` (n - 1,) beside it.

    As `scipy.linalg.eigvalsh_tridiagonal`; ``select`` "a" all, "i" by index, "v" by value, within
    ``select_range``. Computed by way of the whole matrix.

    >>> import autograd_cnn as ag
    >>> ag.linalg.eigvalsh_tridiagonal(ag.tensor([2.0, 1.0]), ag.tensor([0.0]))
    tensor([1., 2.])
    """
    matrix = _tridiagonal(d, e, "eigvalsh_tridiagonal")
    return _of_band(matrix, True, select, select_range, "eigvalsh_tridiagonal")


@composite(samples=[case((3,), (2,), eigvals_only=True)])
def eigh_tridiagonal(
    d: Any, e: Any, eigvals_only: bool = False, select: str = "a", select_range: Any = None
) -> Any:
    """Eigenvalues and eigenvectors of a symmetric tridiagonal matrix, as `scipy.linalg.eigh_tridiagonal`.

    See `eigvalsh_tridiagonal`. The signs of the vectors are arbitrary.

    >>> import autograd_cnn as ag
    >>> ag.linalg.eigh_tridiagonal(ag.tensor([2.0, 1.0]), ag.tensor([0.0]))[0]
    tensor([1., 2.])
    """
    matrix = _tridiagonal(d, e, "eigh_tridiagonal")
    return _of_band(matrix, eigvals_only, select, select_range, "eigh_tridiagonal")


def _dense(a_band: Any, lower: bool) -> Any:
    """The matrix of which ``a_band`` holds the diagonals on one side."""
    whole = _whole_band(as_array(a_band), lower)
    reach, n = whole.shape[-2] // 2, whole.shape[-1]
    index = np.arange(n)
    places = reach + index[:, None] - index
    inside = (places >= 0) & (places < whole.shape[-2])
    return where(inside, whole[np.where(inside, places, 0), index], 0)


@composite(samples=[case((2, 3)), case((2, 3), lower=True), case((3, 4), select="i", select_range=(0, 1))])
def eigvals_banded(a_band: Any, lower: bool = False, select: str = "a", select_range: Any = None) -> Any:
    """Eigenvalues of a Hermitian banded matrix (u + 1, n), as `scipy.linalg.eigvals_banded`.

    ``a_band`` as in `solveh_banded`, ``select`` as in `eigvalsh_tridiagonal`.

    >>> import autograd_cnn as ag
    >>> ag.linalg.eigvals_banded(ag.tensor([[0.0, 0.0], [2.0, 1.0]]))
    tensor([1., 2.])
    """
    return _of_band(_dense(a_band, lower), True, select, select_range, "eigvals_banded")


@composite(samples=[case((2, 3), eigvals_only=True)])
def eig_banded(
    a_band: Any,
    lower: bool = False,
    eigvals_only: bool = False,
    *,
    select: str = "a",
    select_range: Any = None,
) -> Any:
    """Eigenvalues and eigenvectors of a Hermitian banded matrix, as `scipy.linalg.eig_banded`.

    >>> import autograd_cnn as ag
    >>> ag.linalg.eig_banded(ag.tensor([[0.0, 0.0], [2.0, 1.0]]))[0]
    tensor([1., 2.])
    """
    return _of_band(_dense(a_band, lower), eigvals_only, select, select_range, "eig_banded")


# --- Subspaces ----------------------------------------------------------------------------------------


@composite(domain=(0.2, 3.0), samples=[case((3, 2), (3, 2)), case((2, 2), (2, 2))])
def orthogonal_procrustes(A: Any, B: Any) -> Any:
    """Orthogonal R for which ‖A @ R - B‖ is smallest, and the sum of the singular values of Aᴴ B.

    As `scipy.linalg.orthogonal_procrustes`; ``A`` and ``B`` are (m, n), Aᴴ B must be regular.

    >>> import autograd_cnn as ag
    >>> ag.linalg.orthogonal_procrustes(ag.tensor([[2.0]]), ag.tensor([[-3.0]]))
    (tensor([[-1.]]), tensor(6.))
    """
    A, B = as_array(A), as_array(B)
    if A.ndim != 2 or A.shape != B.shape:
        raise ShapeError(f"orthogonal_procrustes: expected two (m, n), got {A.shape} and {B.shape}")
    product = adjoint(A) @ B
    return unitary_factor(product), sum(svdvals(product), axis=-1)


@composite(samples=[case((4, 2), (4, 2)), case((3, 1), (3, 2)), case((3, 2), (3, 1))])
def subspace_angles(A: Any, B: Any) -> Any:
    """Angles between the spaces that the columns of (m, n) and (m, k) span, largest first.

    As `scipy.linalg.subspace_angles`; the columns must be linearly independent. Small angles by their
    sines, large ones by their cosines: Knyazev and Argentati (2002), *Principal angles between subspaces
    in an A-based scalar product*, algorithm 3.1.

    >>> import autograd_cnn as ag
    >>> ag.linalg.subspace_angles(ag.tensor([[1.0], [0.0]]), ag.tensor([[0.0], [2.0]])).round(6)
    tensor([1.570796])
    """
    for matrix in (A, B):
        if np.ndim(matrix) != 2 or np.shape(matrix)[0] < np.shape(matrix)[1]:
            raise ShapeError(f"subspace_angles: expected (m, n) with m ≥ n, got shape {np.shape(matrix)}")
    if np.shape(A)[0] != np.shape(B)[0]:
        raise ShapeError(f"subspace_angles: expected equal numbers of rows, got {A.shape} and {B.shape}")
    a, b = qr(as_array(A))[0], qr(as_array(B))[0]
    if a.shape[1] < b.shape[1]:
        a, b = b, a
    product = adjoint(a) @ b
    cosines = svdvals(product)[::-1]
    sines = svdvals(b - a @ product)
    small = cosines * cosines >= 0.5
    from_cosine = arccos(where(small, 0, cosines))
    return where(small, arcsin(where(small, sines, 0)), from_cosine)
