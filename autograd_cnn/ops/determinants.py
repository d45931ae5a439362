"""Determinants, and the cofactors that are their derivatives."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_cnn.core.primitive import primitive
from autograd_cnn.core.registry import case
from autograd_cnn.ops.decompositions import thin_svd
from autograd_cnn.ops.elementwise import where
from autograd_cnn.ops.linalg import inv
from autograd_cnn.ops.matrices import identity_mask, of_diagonal, on_diagonal
from autograd_cnn.ops.reduction import sum


@primitive(
    np.linalg.det,
    samples=[case((3, 3)), case((2, 2, 2)), case((1, 1)), case((0, 0))],
    a=lambda g, a: g[..., None, None] * cofactors(a),
)
def det(a: Any) -> Any:
    """Determinant of each matrix (..., n, n). Its derivative, the cofactors, is exact at singular ones too.

    >>> import autograd_cnn as ag, numpy as np
    >>> x = ag.tensor([[1.0, 0.0], [0.0, 0.0]], requires_grad=True)
    >>> np.linalg.det(x).backward()
    >>> x.grad
    tensor([[0., 0.],
            [0., 1.]])
    """
    return np.linalg.det(a)


def _cofactors_vjp(g: Any, a: Any) -> Any:
    """The second derivative of the determinant is its own transpose.

    In the bases of the singular vectors, a is diagonal: ∂²det / ∂aᵢᵢ∂aₖₖ = -∂²det / ∂aᵢₖ∂aₖᵢ is the product
    of the other singular values, and the rest is 0. Nothing is divided by.
    """
    u, s, vh = thin_svd(a)
    rotated = u.mT.conj() @ g @ vh.mT.conj()
    others = _products_of_others(s)
    diagonal = sum(others * of_diagonal(rotated)[..., None, :], axis=-1)
    hessian = on_diagonal(diagonal) - others * rotated.mT
    return (det(u) * det(vh))[..., None, None] * (u.conj() @ hessian @ vh.conj())


def _products_of_others(s: Any) -> Any:
    """Products of all but the i-th and k-th of the values, at [i, k]; 0 on the diagonal."""
    n = s.shape[-1]
    products: Any = where(identity_mask(n), 0, (s * 0 + 1)[..., None, :])
    place = np.arange(n)
    for m in range(n):
        products = products * where((place[:, None] == m) | (place == m), 1, s[..., m, None, None])
    return products


@primitive(samples=[case((3, 3)), case((2, 2, 2)), case((1, 1))], a=_cofactors_vjp)
def cofactors(a: Any) -> Any:
    """Cofactors of each matrix (..., n, n): det(a) · a⁻ᵀ, and its limit where that does not exist.

    Of matrices that are near a singular one from singular values, as in Stewart (1998), *On the adjugate
    matrix*; of others from their inverses, which is faster.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.determinants import cofactors
    >>> cofactors(ag.tensor([[1.0, 0.0], [0.0, 0.0]])).numpy().round(12) + 0
    array([[0., 0.],
           [0., 1.]])
    """
    a = np.asarray(a)
    determinants = np.linalg.det(a)
    size, range_ = np.abs(determinants), np.finfo(a.dtype)
    usable = (size > range_.tiny / range_.eps) & (size < range_.max * range_.eps)
    with np.errstate(all="ignore"):
        inverses = np.linalg.inv(np.where(usable[..., None, None], a, np.eye(a.shape[-1], dtype=a.dtype)))
        usable &= _length(a) * _length(inverses) < 1000
    result = determinants[..., None, None] * inverses.mT
    if not usable.all():
        result[~usable] = _cofactors_of_singular(a[~usable])
    return result


def _length(a: Any) -> Any:
    return np.sqrt(np.sum(np.abs(a) ** 2, axis=(-2, -1)))


def _cofactors_of_singular(a: Any) -> Any:
    u, s, vh = np.linalg.svd(a, full_matrices=False)
    others = np.where(identity_mask(s.shape[-1]), 1, s[..., None, :])
    products = np.multiply.reduce(others, axis=-1)
    orientation = np.linalg.det(u) * np.linalg.det(vh)
    return orientation[..., None, None] * ((u.conj() * products[..., None, :]) @ vh.conj())


def _slogdet_vjp(g: tuple[Any, Any], a: Any, sign: Any) -> Any:
    g_sign, g_log = g
    along: Any = 0 if g_log is None else g_log
    if a.dtype.kind == "c" and g_sign is not None:
        along = along + (g_sign * sign).imag * 1j
    elif g_log is None:
        return a * 0  # the sign of a real determinant is constant
    return along[..., None, None] * inv(a).mT


@primitive(
    np.linalg.slogdet,
    outputs=("sign", "logabsdet"),
    domain=(0.2, 3.0),
    samples=[case((2, 2)), case((3, 2, 2))],
    a=_slogdet_vjp,
)
def slogdet(a: Any) -> Any:
    """Sign (of complex matrices: phase) and logarithm of the absolute value of the determinant.

    Of a singular matrix the logarithm is -inf; its gradient raises `numpy.linalg.LinAlgError`. VJP: Giles
    (2008), *An extended collection of matrix derivative results*, §2.2.4.

    >>> import autograd_cnn as ag, numpy as np
    >>> np.linalg.slogdet(ag.tensor([[0.0, 1.0], [1.0, 0.0]])).sign
    tensor(-1.)
    """
    return np.linalg.slogdet(a)
