"""Factorisations of matrices: Cholesky, QR, singular values, eigenvalues; over leading axes.

Where a factorisation is not unique, the derivative exists only of functions that do not notice:

- repeated eigenvalues (or singular values): their vectors have no derivative, and asking for it gives
  inf or NaN, as in PyTorch, never a finite wrong number; functions of the values alone have theirs;
- complex vectors: a loss that depends on their phases raises `UnsupportedError`, as in PyTorch;
- Hermitian input (`cholesky`, `eigh`): only one triangle is read, as in NumPy; the gradient is the
  Hermitian one, as in PyTorch: a step along it keeps the matrix Hermitian.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_cnn.core.composite import composite
from autograd_cnn.core.grad_mode import is_grad_enabled
from autograd_cnn.core.primitive import primitive
from autograd_cnn.core.registry import case
from autograd_cnn.core.tensor import wrap
from autograd_cnn.errors import ArgumentError, UnsupportedError
from autograd_cnn.ops.linalg import solve
from autograd_cnn.ops.matrices import (
    adjoint,
    check_matrices,
    check_phase,
    hermitian_of_lower,
    of_diagonal,
    on_diagonal,
    over_differences,
)
from autograd_cnn.ops.shape import concatenate


def _cholesky_vjp(g: Any, out: Any, upper: bool) -> Any:
    lower, g = (adjoint(out), adjoint(g)) if upper else (out, g)
    # L⁻ᴴ Φ L⁻¹ with Φ = Hermitian of the lower triangle of Lᴴ L̄, conjugated as a whole.
    middle = hermitian_of_lower(lower.mT @ g)
    half = solve(lower.mT, middle)
    return adjoint(solve(lower.mT, adjoint(half)))


@primitive(
    np.linalg.cholesky,
    domain=(0.5, 3.0),
    samples=[case((1, 1)), case((2, 1, 1)), case((3, 1, 1), upper=True)],
    a=_cholesky_vjp,
)
def cholesky(a: Any, *, upper: bool = False) -> Any:
    """Lower triangular L with a = L Lᴴ (``upper``: Lᴴ), of Hermitian positive definite (..., n, n).

    Only one triangle of ``a`` is read; the gradient is Hermitian. Raises `numpy.linalg.LinAlgError` if a
    matrix is not positive definite. VJP: Murray (2016), *Differentiation of the Cholesky decomposition*,
    equation (10).

    >>> import autograd_cnn as ag, numpy as np
    >>> np.linalg.cholesky(ag.tensor([[4.0, 2.0], [2.0, 2.0]]))
    tensor([[2., 0.],
            [1., 1.]])
    """
    return np.linalg.cholesky(a, upper=upper)


def _qr_vjp(g: tuple[Any, Any], q: Any, r: Any) -> Any:
    gq, gr = g
    inner: Any = 0
    if gr is not None:
        inner = inner + gr @ r.mT
    if gq is not None:
        inner = inner - q.mT @ gq
    # The upper triangle of `inner`, copied into the lower one.
    total = q.conj() @ (hermitian_of_lower(adjoint(inner)) * 2)
    if gq is not None:
        total = total + gq
    return solve(r, total.mT).mT


@primitive(outputs=("q", "r"), samples=[case((3, 3)), case((4, 2)), case((2, 3, 2))], a=_qr_vjp)
def tall_qr(a: Any) -> Any:
    """Reduced QR of matrices (..., m, n) of full rank with m ≥ n: Q (..., m, n) and R (..., n, n).

    VJP: Walter and Lehmann (2012), *Algorithmic differentiation of linear algebra functions*, with the
    triangle copied as in Seeger et al. (2017), *Auto-differentiating linear algebra*, §3.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.decompositions import tall_qr
    >>> tall_qr(ag.ones((3, 2)) + ag.eye(3, 2))[1].shape
    (2, 2)
    """
    return np.linalg.qr(a)


def _is_recorded(a: Any) -> bool:
    return bool(a.requires_grad) and is_grad_enabled()


def _constants(factors: Any) -> Any:
    return factors._make(wrap(factor, None) for factor in factors)


@composite(np.linalg.qr, samples=[case((3, 3)), case((4, 2)), case((2, 2, 4)), case((3, 3), mode="r")])
def qr(a: Any, mode: str = "reduced") -> Any:
    """Q with orthonormal columns and upper triangular R of matrices (..., m, n): a = Q R.

    ``mode`` is ``"reduced"``, ``"r"`` (R alone), or ``"complete"`` (for m > n only of constants: the further
    columns of Q are arbitrary and have no derivative). The gradient needs the first min(m, n) columns to be
    independent; `numpy.linalg.LinAlgError` if they are exactly dependent.

    >>> import autograd_cnn as ag, numpy as np
    >>> q, r = np.linalg.qr(ag.tensor([[3.0, 1.0], [4.0, 2.0]]))
    >>> bool(np.allclose(q @ r, [[3.0, 1.0], [4.0, 2.0]]))
    True
    """
    check_matrices(a, "qr")
    m, n = a.shape[-2:]
    if mode not in ("reduced", "r", "complete"):
        raise ArgumentError(f"qr: expected mode 'reduced', 'complete' or 'r', got {mode!r}")
    if mode == "complete" and m > n:
        if _is_recorded(a):
            raise UnsupportedError(
                f"qr: mode='complete' of {m} by {n} matrices has no derivative, columns of Q beyond the "
                f"{n}th are arbitrary; use mode='reduced'"
            )
        return _constants(np.linalg.qr(a._value, "complete"))
    if m >= n:
        factors = tall_qr(a)
    else:  # A = [A₁ A₂]: Q R₁ = A₁ determines Q, and then R₂ = Qᴴ A₂
        left = tall_qr(a[..., :m])
        right = adjoint(left.Q) @ a[..., m:]
        factors = left._replace(R=concatenate([left.R, right], axis=-1))
    return factors.R if mode == "r" else factors


def _svd_vjp(g: tuple[Any, Any, Any], u: Any, s: Any, vh: Any) -> Any:
    gu, gs, gvh = g
    middle: Any = 0 if gs is None else on_diagonal(gs)
    if gu is not None or gvh is not None:
        middle = middle + _svd_middle(gu, u, s, gvh, vh)
    total = u.conj() @ middle @ vh.conj()
    # What leaves the spaces spanned by u and by vh, if a is not square.
    if gu is not None and u.shape[-2] > u.shape[-1]:
        scaled = gu / s[..., None, :]
        total = total + (scaled - u.conj() @ (u.mT @ scaled)) @ vh.conj()
    if gvh is not None and vh.shape[-1] > vh.shape[-2]:
        scaled = gvh / s[..., :, None]
        total = total + u.conj() @ (scaled - (scaled @ vh.mT) @ vh.conj())
    return total


def _svd_middle(gu: Any, u: Any, s: Any, gvh: Any, vh: Any) -> Any:
    squares: Any = s * s
    middle: Any = 0
    turning: Any = 0
    if gu is not None:
        of_u = u.mT @ gu
        skew = of_u - adjoint(of_u)
        middle = over_differences(skew, squares) * s[..., None, :]
        turning = of_diagonal(skew) * 0.5
        phases = turning
    if gvh is not None:
        of_v = gvh @ vh.mT
        skew = adjoint(of_v) - of_v
        middle = middle + s[..., :, None] * over_differences(skew, squares)
        turning = turning + of_diagonal(skew) * 0.5
    if u.dtype.kind == "c":
        check_phase(turning.imag, gu if gu is not None else gvh, "svd")
        if gu is not None:
            middle = middle + on_diagonal(phases / s)
    return middle


@primitive(
    outputs=("u", "s", "vh"),
    samples=[case((2, 2)), case((3, 2)), case((2, 2, 3))],
    a=_svd_vjp,
)
def thin_svd(a: Any) -> Any:
    """Reduced singular value decomposition of (..., m, n): U, the singular values descending, and Vᴴ.

    VJP: Ionescu, Vantzos and Sminchisescu (2015), *Training deep networks with structured layers by matrix
    backpropagation*, proposition 1; complex: Wan and Zhang (2019), *Automatic differentiation for complex
    valued SVD*, equation (11).

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.decompositions import thin_svd
    >>> thin_svd(ag.tensor([[3.0, 0.0], [0.0, 4.0]]))[1]
    tensor([4., 3.])
    """
    return np.linalg.svd(a, full_matrices=False)


@composite(
    np.linalg.svd,
    samples=[
        case((2, 2)),
        case((3, 2), full_matrices=False),
        case((2, 2, 3), full_matrices=False),
        case((3, 4), compute_uv=False),
    ],
)
def svd(a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any:
    """Singular value decomposition of (..., m, n): U, the singular values descending, and Vᴴ.

    With ``full_matrices`` only square matrices, or constants: the further vectors of others are arbitrary and
    have no derivative.
    ``compute_uv=False`` gives the values alone.

    >>> import autograd_cnn as ag, numpy as np
    >>> np.linalg.svd(ag.tensor([[3.0, 0.0], [0.0, 4.0]])).S
    tensor([4., 3.])
    """
    check_matrices(a, "svd")
    if hermitian:
        raise UnsupportedError("svd: hermitian=True is not recorded; use eigh, or leave it out")
    if compute_uv and full_matrices and a.shape[-2] != a.shape[-1]:
        if _is_recorded(a):
            raise UnsupportedError(
                f"svd: full_matrices=True of shape {a.shape} has no derivative, the further vectors are "
                "arbitrary; pass full_matrices=False"
            )
        return _constants(np.linalg.svd(a._value))
    factors = thin_svd(a)
    return factors if compute_uv else factors.S


@composite(np.linalg.svdvals, samples=[case((2, 2)), case((3, 2)), case((2, 2, 3))])
def svdvals(x: Any) -> Any:
    """Singular values of (..., m, n), descending.

    >>> import autograd_cnn as ag, numpy as np
    >>> np.linalg.svdvals(ag.tensor([[3.0, 0.0], [0.0, 4.0]]))
    tensor([4., 3.])
    """
    return thin_svd(x).S


def _eigh_vjp(g: tuple[Any, Any], w: Any, v: Any) -> Any:
    gw, gv = g
    middle: Any = 0 if gw is None else on_diagonal(gw)
    if gv is not None:
        of_v = v.mT @ gv
        skew = (of_v - adjoint(of_v)) * 0.5
        if v.dtype.kind == "c":
            check_phase(of_diagonal(skew).imag, gv, "eigh")
        middle = middle + over_differences(skew, w)
    return v.conj() @ middle @ v.mT


@primitive(
    np.linalg.eigh,
    outputs=("w", "v"),
    domain=(0.5, 3.0),
    samples=[case((1, 1)), case((2, 1, 1)), case((1, 1), UPLO="U")],
    a=_eigh_vjp,
)
def eigh(a: Any, UPLO: str = "L") -> Any:
    """Eigenvalues, ascending, and orthonormal eigenvectors (columns) of Hermitian (..., n, n).

    Only the triangle ``UPLO`` is read; the gradient is Hermitian. VJP: Giles (2008), *An extended
    collection of matrix derivative results*, §3.1, made Hermitian.

    >>> import autograd_cnn as ag, numpy as np
    >>> np.linalg.eigh(ag.tensor([[2.0, 1.0], [1.0, 2.0]])).eigenvalues
    tensor([1., 3.])
    """
    return np.linalg.eigh(a, UPLO)  # type: ignore[call-overload]


@composite(
    np.linalg.eigvalsh, domain=(0.5, 3.0), samples=[case((1, 1)), case((2, 1, 1)), case((1, 1), UPLO="U")]
)
def eigvalsh(a: Any, UPLO: str = "L") -> Any:
    """Eigenvalues, ascending, of Hermitian (..., n, n).

    >>> import autograd_cnn as ag, numpy as np
    >>> np.linalg.eigvalsh(ag.tensor([[2.0, 1.0], [1.0, 2.0]]))
    tensor([1., 3.])
    """
    return eigh(a, UPLO).eigenvalues


def _eig_vjp(g: tuple[Any, Any], w: Any, v: Any) -> Any:
    gw, gv = g
    middle: Any = 0 if gw is None else on_diagonal(gw)
    if gv is not None:
        of_v = v.mT @ gv
        turned = of_diagonal(of_v)
        if v.dtype.kind == "c":
            check_phase(turned.imag, gv, "eig")
        # The second term keeps the columns of v of length 1.
        middle = middle + over_differences(of_v - (v.mT @ v.conj()) * turned.real[..., None, :], w)
    return solve(v.mT, middle @ v.mT)


@primitive(
    np.linalg.eig,
    outputs=("w", "v"),
    domain=(0.5, 3.0),
    samples=[case((2, 2)), case((3, 2, 2))],
    a=_eig_vjp,
)
def eig(a: Any) -> Any:
    """Eigenvalues and eigenvectors (columns of length 1) of (..., n, n); complex where need be.

    VJP: Giles (2008), *An extended collection of matrix derivative results*, §3.1, with the derivative of
    the normalisation.

    >>> import autograd_cnn as ag, numpy as np
    >>> np.linalg.eig(ag.tensor([[2.0, 0.0], [0.0, 3.0]])).eigenvalues
    tensor([2., 3.])
    """
    return np.linalg.eig(a)


@composite(np.linalg.eigvals, domain=(0.5, 3.0), samples=[case((2, 2)), case((3, 2, 2))])
def eigvals(a: Any) -> Any:
    """Eigenvalues of (..., n, n); complex where need be.

    >>> import autograd_cnn as ag, numpy as np
    >>> np.linalg.eigvals(ag.tensor([[2.0, 0.0], [0.0, 3.0]]))
    tensor([2., 3.])
    """
    return eig(a).eigenvalues
