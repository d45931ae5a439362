"""Functions of matrices and matrix equations, under SciPy's names; over leading axes.

`scipy.linalg` does not ask its arguments, so these are called under our name: ``linalg.expm(x)``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_cnn.core.composite import composite
from autograd_cnn.core.primitive import primitive
from autograd_cnn.core.registry import case
from autograd_cnn.errors import ArgumentError
from autograd_cnn.ops.linalg import solve
from autograd_cnn.ops.matrices import (
    adjoint,
    check_matrices,
    each_matrix,
    lower_part,
    scipy_linalg,
    upper_part,
)
from autograd_cnn.ops.shape import concatenate


def frechet_transposed(function: Callable[[Any], Any], a: Any, g: Any) -> Any:
    """Transpose of the derivative of an analytic function of matrices, applied to ``g``.

    f([[Aᵀ, G], [0, Aᵀ]]) has it in its upper right corner: Mathias (1996), *A chain rule for matrix
    functions and applications*, theorem 2.1; Higham (2008), *Functions of Matrices*, equation (3.16).
    """
    n = a.shape[-1]
    top = concatenate([a.mT, g], axis=-1)
    bottom = concatenate([a.mT * 0, a.mT], axis=-1)
    return function(concatenate([top, bottom], axis=-2))[..., :n, n:]


def precision_of(a: Any, result: Any) -> Any:
    """The result in the precision of ``a``: SciPy computes some functions in double precision only."""
    dtype = np.result_type(a.dtype, np.complex64 if result.dtype.kind == "c" else np.float32)
    return result.astype(dtype, copy=False)


_SQUARE = [case((2, 2)), case((3, 2, 2)), case((1, 1))]


@primitive(samples=[*_SQUARE, case((3, 3))], A=lambda g, A: frechet_transposed(expm, A, g))
def expm(A: Any) -> Any:
    """Matrix exponential of (..., n, n), as `scipy.linalg.expm`.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn import linalg
    >>> linalg.expm(ag.zeros((2, 2)))
    tensor([[1., 0.],
            [0., 1.]])
    """
    return scipy_linalg().expm(A)


@primitive(
    domain=(1.0, 2.0), samples=[case((1, 1)), case((2, 1, 1))], A=lambda g, A: frechet_transposed(logm, A, g)
)
def logm(A: Any) -> Any:
    """Principal matrix logarithm of (..., n, n), as `scipy.linalg.logm`; complex where need be.

    No eigenvalue may be 0 or negative, where the principal branch ends.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn import linalg
    >>> bool(abs(linalg.logm(ag.eye(2)).numpy()).max() < 1e-15)
    True
    """
    # In single precision, SciPy warns of its own rounding.
    double = A.astype(np.result_type(A.dtype, np.float64), copy=False)
    # Copies, as SciPy 1.14 cannot read what is read-only.
    return precision_of(A, each_matrix(lambda matrix: scipy_linalg().logm(np.array(matrix)), double))


@primitive(
    domain=(1.0, 2.0),
    samples=[case((1, 1)), case((2, 1, 1))],
    A=lambda g, out: solve_sylvester(out.mT, out.mT, g),
)
def sqrtm(A: Any) -> Any:
    """Principal square root of matrices (..., n, n), as `scipy.linalg.sqrtm`; complex where need be.

    Its derivative dR solves R dR + dR R = dA (Higham 2008, *Functions of Matrices*, equation (6.1)).

    >>> import autograd_cnn as ag
    >>> from autograd_cnn import linalg
    >>> linalg.sqrtm(ag.tensor([[4.0, 0.0], [0.0, 9.0]]))
    tensor([[2., 0.],
            [0., 3.]])
    """
    return precision_of(A, each_matrix(scipy_linalg().sqrtm, A))


@primitive(
    domain=(0.5, 3.0),
    samples=[case((2, 2), (2, 2), (2, 2)), case((3, 1, 1), (2, 2), (3, 1, 2))],
    a=lambda g, a, b, out: -solve_sylvester(a.mT, b.mT, g) @ out.mT,
    b=lambda g, a, b, out: -out.mT @ solve_sylvester(a.mT, b.mT, g),
    q=lambda g, a, b: solve_sylvester(a.mT, b.mT, g),
)
def solve_sylvester(a: Any, b: Any, q: Any) -> Any:
    """Solution x of a @ x + x @ b = q, for (..., m, m), (..., n, n) and (..., m, n).

    As `scipy.linalg.solve_sylvester`. VJP: the adjoint equation aᵀ s + s bᵀ = x̄.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn import linalg
    >>> linalg.solve_sylvester(ag.eye(2), ag.eye(2), ag.ones((2, 2)))
    tensor([[0.5, 0.5],
            [0.5, 0.5]])
    """
    a, b, q = np.asarray(a), np.asarray(b), np.asarray(q)
    result = each_matrix(scipy_linalg().solve_sylvester, a, b, q)
    return result.astype(np.result_type(a, b, q), copy=False)


def _lu_vjp(g: tuple[Any, Any, Any], p: Any, lower: Any, upper: Any) -> Any:
    g_lower = lower * 0 if g[1] is None else g[1]
    g_upper = upper * 0 if g[2] is None else g[2]
    n = min(lower.shape[-2], upper.shape[-1])
    square_lower, square_upper = lower[..., :n, :], upper[..., :, :n]
    below = lower_part(square_lower.mT @ g_lower[..., :n, :], -1)
    above = upper_part(g_upper[..., :, :n] @ square_upper.mT)
    further = None
    if lower.shape[-2] > n:  # L₂ = A₂ U⁻¹
        further = solve(square_upper, g_lower[..., n:, :].mT).mT
        above = above - upper_part(lower[..., n:, :].mT @ g_lower[..., n:, :])
    elif upper.shape[-1] > n:  # U₂ = L⁻¹ A₂
        further = solve(square_lower.mT, g_upper[..., :, n:])
        below = below - lower_part(g_upper[..., :, n:] @ upper[..., :, n:].mT, -1)
    total = solve(square_upper, solve(square_lower.mT, below + above).mT).mT
    if further is not None:
        total = concatenate([total, further], axis=-2 if lower.shape[-2] > n else -1)
    return p @ total


@primitive(outputs=("p", "lower", "upper"), samples=[case((3, 3)), case((3, 2)), case((2, 2, 3))], a=_lu_vjp)
def lu_factors(a: Any) -> Any:
    """Permutation P, unit lower triangular L and upper triangular U with a = P L U.

    VJP: de Hoog, Anderssen and Lukas (2011), *Differentiation of matrix functionals using triangular
    factorization*, transposed: P L⁻ᵀ (tril(Lᵀ L̄, -1) + triu(Ū Uᵀ)) U⁻ᵀ.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.matrix_functions import lu_factors
    >>> lu_factors(ag.tensor([[1.0, 2.0], [2.0, 4.0]]))[2]
    tensor([[2., 4.],
            [0., 0.]])
    """
    permutation, lower, upper = each_matrix(scipy_linalg().lu, np.asarray(a))
    return permutation.real.astype(lower.real.dtype, copy=False), lower, upper


@composite(samples=[case((3, 3)), case((3, 2)), case((2, 2, 3)), case((3, 3), permute_l=True)])
def lu(a: Any, permute_l: bool = False) -> Any:
    """LU decomposition of (..., m, n), as `scipy.linalg.lu`: P, L, U with a = P L U; or P L and U.

    P is constant. The gradient needs the first min(m, n) pivots not to be 0.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn import linalg
    >>> linalg.lu(ag.tensor([[1.0, 2.0], [2.0, 3.0]]), permute_l=True)[0]
    tensor([[0.5, 1. ],
            [1. , 0. ]])
    """
    permutation, lower, upper = lu_factors(a)
    return (permutation @ lower, upper) if permute_l else (permutation, lower, upper)


def _unitary_vjp(g: Any, a: Any, out: Any) -> Any:
    p = adjoint(out) @ a
    y = solve_sylvester(p.conj(), p.conj(), out.mT @ g)
    total = out.conj() @ (y - adjoint(y))
    if a.shape[-2] > a.shape[-1]:
        outside = g - out.conj() @ (out.mT @ g)
        total = total + solve(p, outside.mT).mT
    return total


@primitive(domain=(0.2, 3.0), samples=[case((2, 2)), case((3, 2)), case((2, 3, 2))], a=_unitary_vjp)
def unitary_factor(a: Any) -> Any:
    """Nearest matrix with orthonormal columns of (..., m, n) with m ≥ n and full rank: U in a = U P.

    With a Sylvester equation (Higham 2008, *Functions of Matrices*, §8.2), so equal singular values do
    not matter.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.matrix_functions import unitary_factor
    >>> unitary_factor(ag.tensor([[-2.0]]))
    tensor([[-1.]])
    """
    u, _, vh = np.linalg.svd(a, full_matrices=False)
    return u @ vh


@composite(domain=(0.2, 3.0), samples=[case((2, 2)), case((3, 2)), case((2, 3)), case((2, 2), side="left")])
def polar(a: Any, side: str = "right") -> Any:
    """Polar decomposition of (..., m, n), as `scipy.linalg.polar`: U and P with a = U P (left: a = P U).

    P is Hermitian and has no negative eigenvalue; U has orthonormal columns, or rows. ``a`` must have full
    rank.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn import linalg
    >>> linalg.polar(ag.tensor([[-2.0]]))[1]
    tensor([[2.]])
    """
    if side not in ("right", "left"):
        raise ArgumentError(f"polar: expected side 'right' or 'left', got {side!r}")
    check_matrices(a, "polar")
    tall = a.shape[-2] >= a.shape[-1]
    u = unitary_factor(a) if tall else adjoint(unitary_factor(adjoint(a)))
    p = adjoint(u) @ a if side == "right" else a @ adjoint(u)
    return u, (p + adjoint(p)) * 0.5
