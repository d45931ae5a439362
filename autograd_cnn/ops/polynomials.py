"""Polynomials as arrays of coefficients, highest power first."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from autograd_cnn.core.composite import composite
from autograd_cnn.core.registry import case
from autograd_cnn.core.tensor import Tensor
from autograd_cnn.errors import ArgumentError, ShapeError
from autograd_cnn.ops.decompositions import eigvals
from autograd_cnn.ops.diagonal import vander
from autograd_cnn.ops.elementwise import sqrt
from autograd_cnn.ops.least_squares import lstsq
from autograd_cnn.ops.linalg import inv
from autograd_cnn.ops.linear_convolution import convolve
from autograd_cnn.ops.padding import pad
from autograd_cnn.ops.reduction import sum
from autograd_cnn.ops.shape import concatenate, reshape, stack
from autograd_cnn.ops.ufuncs import value_of


def as_array(x: Any) -> Any:
    """A tensor or an array as it is, anything else as an array.

    >>> as_array([1, 2])
    array([1, 2])
    """
    return x if isinstance(x, Tensor) else np.asarray(x)


# --- Sums and products --------------------------------------------------------------------------------


def _coefficients(p: Any) -> Any:
    """Coefficients as an array with an axis."""
    p = as_array(p)
    return p if p.ndim else reshape(p, (1,))


def _stripped(p: Any) -> Any:
    """Coefficients from the first that is not 0 on; one at least."""
    p = _coefficients(p)
    places = np.flatnonzero(value_of(p))
    return p[places[0] :] if len(places) else p[-1:]


def _aligned(a1: Any, a2: Any) -> tuple[Any, Any]:
    a1, a2 = _coefficients(a1), _coefficients(a2)
    length = max(a1.shape[0], a2.shape[0])
    return pad(a1, (length - a1.shape[0], 0)), pad(a2, (length - a2.shape[0], 0))


@composite(np.polyadd, samples=[case((3,), (2,)), case((2,), (4,))])
def polyadd(a1: Any, a2: Any) -> Any:
    """Sum of two polynomials.

    >>> import autograd_cnn as ag
    >>> ag.polyadd(ag.tensor([1.0, 2.0]), [5.0])
    tensor([1., 7.])
    """
    a1, a2 = _aligned(a1, a2)
    return a1 + a2


@composite(np.polysub, samples=[case((3,), (2,)), case((2,), (4,))])
def polysub(a1: Any, a2: Any) -> Any:
    """Difference of two polynomials.

    >>> import autograd_cnn as ag
    >>> ag.polysub(ag.tensor([1.0, 2.0]), [5.0])
    tensor([ 1., -3.])
    """
    a1, a2 = _aligned(a1, a2)
    return a1 - a2


@composite(np.polymul, samples=[case((3,), (2,)), case((2,), (4,))])
def polymul(a1: Any, a2: Any) -> Any:
    """Product of two polynomials.

    >>> import autograd_cnn as ag
    >>> ag.polymul(ag.tensor([1.0, 2.0]), [1.0, -2.0])
    tensor([ 1.,  0., -4.])
    """
    return convolve(_stripped(a1), _stripped(a2))


@composite(np.polydiv, domain=(0.5, 2.0), samples=[case((4,), (2,)), case((3,), (1,)), case((3,), (3,))])
def polydiv(u: Any, v: Any) -> tuple[Any, Any]:
    """Quotient and remainder of two polynomials; leading zeros of the remainder are left out.

    >>> import autograd_cnn as ag
    >>> ag.polydiv(ag.tensor([1.0, 0.0, -4.0]), [1.0, 2.0])
    (tensor([ 1., -2.]), tensor([0.]))
    """
    u, v = _coefficients(u), _coefficients(v)
    count = u.shape[0] - v.shape[0] + 1
    rest, quotient = u + 0 * v[0], []
    if count < 1:
        return rest[:1] * 0, rest
    for k in range(count):
        factor = rest[k] / v[0]
        quotient.append(factor)
        rest = rest - pad(factor * v, (k, count - 1 - k))
    there = np.flatnonzero(np.abs(value_of(rest)) > 1e-8)  # NumPy's tolerance, that of `numpy.allclose`
    return stack(quotient), rest[there[0] :] if len(there) else rest[-1:]


# --- Values, derivatives, integrals -------------------------------------------------------------------


@composite(np.polyval, samples=[case((3,), (2, 3)), case((1,), ()), case((4,), (2,))])
def polyval(p: Any, x: Any) -> Any:
    """Value of a polynomial at ``x``, of any shape.

    >>> import autograd_cnn as ag
    >>> ag.polyval(ag.tensor([1.0, 0.0, -4.0]), [2.0, 3.0])
    tensor([0., 5.])
    """
    p, x = _coefficients(p), as_array(x)
    value = x * 0 + p[0]
    for coefficient in p[1:]:
        value = value * x + coefficient
    return value


@composite(np.polyder, samples=[case((4,)), case((4,), m=2), case((3,), m=0)])
def polyder(p: Any, m: int = 1) -> Any:
    """Derivative of order ``m`` of a polynomial.

    >>> import autograd_cnn as ag
    >>> ag.polyder(ag.tensor([1.0, 2.0, 3.0]))
    tensor([2., 2.])
    """
    if m < 0:
        raise ArgumentError(f"polyder: expected an order m of 0 or more, got {m}; see polyint")
    p = _coefficients(p)
    for _ in range(m):
        p = p[:-1] * np.arange(p.shape[0] - 1, 0, -1).astype(p.dtype)
    return p


@composite(np.polyint, samples=[case((3,)), case((2,), m=2), case((2,), m=2, k=[1.0, 0.5]), case((2,), m=0)])
def polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    """Integral of order ``m`` of a polynomial; ``k`` are the constants of integration, by default 0.

    >>> import autograd_cnn as ag
    >>> ag.polyint(ag.tensor([2.0, 2.0]))
    tensor([1., 2., 0.])
    """
    if m < 0:
        raise ArgumentError(f"polyint: expected an order m of 0 or more, got {m}; see polyder")
    p = _coefficients(p)
    constants = np.zeros(m) if k is None else _coefficients(k)
    if constants.shape[0] not in (1, m):
        raise ShapeError(f"polyint: expected one constant k or m = {m}, got {constants.shape[0]}")
    for order in range(m):
        constant = constants[min(order, constants.shape[0] - 1)]
        constant = constant if isinstance(constant, Tensor) else np.asarray(constant, p.dtype)
        raised = p / np.arange(p.shape[0], 0, -1).astype(p.dtype)
        p = concatenate([raised, reshape(constant, (1,))])
    return p


# --- Roots and fits -----------------------------------------------------------------------------------


@composite(np.poly, samples=[case((3,)), case((1,)), case((2, 2))])
def poly(seq_of_zeros: Any) -> Any:
    """Polynomial with the given roots; that of a square matrix is its characteristic polynomial.

    >>> import autograd_cnn as ag
    >>> ag.poly(ag.tensor([1.0, -2.0]))
    tensor([ 1.,  1., -2.])
    """
    zeros = _coefficients(seq_of_zeros)
    if zeros.ndim == 2 and zeros.shape[0] == zeros.shape[1] > 0:
        zeros = eigvals(zeros)
    elif zeros.ndim > 1:
        raise ShapeError(f"poly: expected roots along one axis, or a square matrix, got {zeros.shape}")
    p = np.ones(1, zeros.dtype)
    for zero in zeros:
        p = pad(p, (0, 1)) - zero * pad(p, (1, 0))
    values = value_of(zeros)
    paired = np.iscomplexobj(values) and np.all(np.sort(values) == np.sort(values.conj()))
    return p.real if paired else p


@composite(np.roots, domain=(0.3, 2.0), samples=[case((4,)), case((3,)), case((2,))])
def roots(p: Any) -> Any:
    """Roots of a polynomial: the eigenvalues of its companion matrix; complex where need be.

    At a multiple root there is no derivative.

    >>> import autograd_cnn as ag
    >>> ag.roots(ag.tensor([1.0, 0.0, -4.0]))
    tensor([-2.,  2.])
    """
    p = _coefficients(p)
    places = np.flatnonzero(value_of(p))
    if not len(places):
        return p[:0]
    at_zero = p.shape[0] - 1 - int(places[-1])
    p = p[int(places[0]) : int(places[-1]) + 1]
    if p.shape[0] == 1:
        return p[:0] if not at_zero else concatenate([p * 0] * at_zero)
    row = reshape(-p[1:] / p[0], (1, -1))
    found = eigvals(concatenate([row, np.eye(row.shape[1] - 1, row.shape[1], dtype=row.dtype)]))
    return pad(found, (0, at_zero)) if at_zero else found


@composite(
    np.polyfit,
    samples=[
        case((5,), (5,), deg=2),
        case((4,), (4, 2), deg=1),
        case((4,), (4,), deg=1, w=[1.0, 2.0, 3.0, 4.0]),
    ],
)
def polyfit(
    x: Any, y: Any, deg: int, rcond: Any = None, full: bool = False, w: Any = None, cov: Any = False
) -> Any:
    """Polynomial of degree ``deg`` nearest to the points (``x``, ``y``) in the sense of least squares.

    ``x`` is (m,), ``y`` (m,) or (m, k), ``w`` (m,) are weights of the residuals. With ``full``, also what
    `lstsq` returns; with ``cov``, also the covariance of the coefficients, scaled by χ² unless "unscaled".

    >>> import autograd_cnn as ag
    >>> ag.polyfit(ag.tensor([0.0, 1.0, 2.0]), ag.tensor([1.0, 3.0, 5.0]), 1).round(6)
    tensor([2., 1.])
    """
    x, y = as_array(x) + 0.0, as_array(y) + 0.0
    if deg < 0:
        raise ArgumentError(f"polyfit: expected a degree of 0 or more, got {deg}")
    if x.ndim != 1 or y.ndim not in (1, 2) or x.shape[0] != y.shape[0] or not x.size:
        raise ShapeError(f"polyfit: expected x (m,) and y (m,) or (m, k), got {x.shape} and {y.shape}")
    matrix, right = vander(x, deg + 1), y
    if w is not None:
        w = w if isinstance(w, Tensor) else np.asarray(w, y.dtype)
        if w.shape != x.shape:
            raise ShapeError(f"polyfit: expected a weight for each of {x.size} points, got shape {w.shape}")
        matrix, right = matrix * w[:, None], y * (w if y.ndim == 1 else w[:, None])
    rcond = x.size * float(np.finfo(x.dtype).eps) if rcond is None else rcond
    scale = sqrt(sum(matrix * matrix, 0))
    matrix = matrix / scale
    found, residuals, rank, singular = lstsq(matrix, right, rcond)
    coefficients = found / (scale if y.ndim == 1 else scale[:, None])
    if rank != deg + 1 and not full:
        warnings.warn("Polyfit may be poorly conditioned", np.exceptions.RankWarning, stacklevel=3)
    if full:
        return coefficients, residuals, rank, singular, rcond
    if not cov:
        return coefficients
    covariance = inv(matrix.T @ matrix) / (scale[:, None] * scale)
    factor: Any = 1
    if cov != "unscaled":
        if x.size <= deg + 1:
            raise ShapeError(f"polyfit: expected more than {deg + 1} points to scale cov by, got {x.size}")
        factor = residuals / (x.size - deg - 1)
    return coefficients, (covariance if y.ndim == 1 else covariance[:, :, None]) * factor
