"""Orthogonal polynomials, differentiable in ``x``; the degree and the other parameters are fixed.

The derivative of a classical orthogonal polynomial is a multiple of another one (DLMF 18.9.15-27).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.special as scipy  # type: ignore[import-untyped]

from autograd_cnn.core.composite import composite
from autograd_cnn.core.primitive import primitive
from autograd_cnn.core.registry import case
from autograd_cnn.ops.special.weak import weakly

_DEGREES = [case((2, 3), n=3), case((), n=2), case((2,), n=1), case((2,), n=0)]


def _with(**parameters: float) -> list[Any]:
    """Samples of several degrees, with these parameters."""
    return [case(*c.shapes, **c.parameters, **parameters) for c in _DEGREES]


def _larger(a: Any, b: Any) -> Any:
    """The larger of two degrees; Python's numbers stay such, as they do not promote float32."""
    return max(a, b) if isinstance(a, (int, float)) else np.maximum(a, b)


def _lower(n: Any) -> Any:
    """The degree below, but 0 below 0; it stands beside the factor n."""
    return _larger(n - 1, 0)


def _below(n: Any) -> Any:
    """The degree below, but -1 below negative integers.

    All these polynomials are 0; but SciPy has NaN below -1 if the degree is a float or x is complex.
    """
    below, whole = n - 1, n % 1 == 0
    if isinstance(n, (int, float)):
        return max(below, -1) if whole else below
    return np.where(whole, np.maximum(below, -1), below)


def _sign(n: Any) -> Any:
    return (-1 if n < 0 else 1) if isinstance(n, (int, float)) else np.where(n < 0, -1, 1)


@primitive(
    scipy.eval_legendre,
    samples=_DEGREES,
    x=lambda g, n, x: g * eval_gegenbauer(_below(_larger(n, -n - 1)), 1.5, x),  # degree -n - 1 is n's
)
def eval_legendre(n: Any, x: Any) -> Any:
    """Legendre polynomial of degree ``n``.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.eval_legendre(2, ag.tensor([1.0]))
    tensor([1.])
    """
    return weakly(scipy.eval_legendre, n, x)


@primitive(
    scipy.eval_chebyt,
    samples=_DEGREES,
    x=lambda g, n, x: g * (n * eval_chebyu(n - 1, x)),
)
def eval_chebyt(n: Any, x: Any) -> Any:
    """Chebyshev polynomial of the first kind, of degree ``n``: cos(n arccos(x)).

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.eval_chebyt(2, ag.tensor([1.0]))
    tensor([1.])
    """
    return weakly(scipy.eval_chebyt, n, x)


@primitive(
    scipy.eval_chebyu,
    samples=_DEGREES,
    # Odd about degree -1: that of -n - 2 is minus that of n.
    x=lambda g, n, x: g * (2 * _sign(n + 1) * eval_gegenbauer(_below(abs(n + 1) - 1), 2.0, x)),
)
def eval_chebyu(n: Any, x: Any) -> Any:
    """Chebyshev polynomial of the second kind, of degree ``n``.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.eval_chebyu(2, ag.tensor([1.0]))
    tensor([3.])
    """
    return weakly(scipy.eval_chebyu, n, x)


@primitive(
    scipy.eval_gegenbauer,
    samples=_with(alpha=1.5),
    x=lambda g, n, alpha, x: g * (2 * alpha * eval_gegenbauer(_below(n), alpha + 1, x)),
)
def eval_gegenbauer(n: Any, alpha: Any, x: Any) -> Any:
    """Gegenbauer polynomial of degree ``n``.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.eval_gegenbauer(2, 1.5, ag.tensor([1.0]))
    tensor([6.])
    """
    return weakly(scipy.eval_gegenbauer, n, alpha, x)


@primitive(
    scipy.eval_jacobi,
    samples=_with(alpha=1.5, beta=0.5),
    x=lambda g, n, alpha, beta, x: (  # of degree -1 it would be 0, but SciPy's is NaN for x < -1
        g * (0.5 * (n != 0) * (n + alpha + beta + 1) * eval_jacobi(n - (n != 0), alpha + 1, beta + 1, x))
    ),
)
def eval_jacobi(n: Any, alpha: Any, beta: Any, x: Any) -> Any:
    """Jacobi polynomial of degree ``n``.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.eval_jacobi(2, 1.5, 0.5, ag.tensor([1.0]))
    tensor([4.375])
    """
    return weakly(scipy.eval_jacobi, n, alpha, beta, x)


@primitive(
    scipy.eval_laguerre,
    samples=_DEGREES,
    x=lambda g, n, x: -g * eval_genlaguerre(n - 1, 1.0, x),
)
def eval_laguerre(n: Any, x: Any) -> Any:
    """Laguerre polynomial of degree ``n``.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.eval_laguerre(2, ag.tensor([1.0]))
    tensor([-0.5])
    """
    return weakly(scipy.eval_laguerre, n, x)


@primitive(
    scipy.eval_genlaguerre,
    samples=_with(alpha=1.5),
    x=lambda g, n, alpha, x: -g * eval_genlaguerre(n - 1, alpha + 1, x),
)
def eval_genlaguerre(n: Any, alpha: Any, x: Any) -> Any:
    """Generalised Laguerre polynomial of degree ``n``.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.eval_genlaguerre(2, 1.5, ag.tensor([1.0]))
    tensor([1.375])
    """
    return weakly(scipy.eval_genlaguerre, n, alpha, x)


@primitive(
    scipy.eval_hermite,
    samples=_DEGREES,
    x=lambda g, n, x: g * (2 * n * eval_hermite(_lower(n), x)),
)
def eval_hermite(n: Any, x: Any) -> Any:
    """Physicist's Hermite polynomial of degree ``n``, an integer.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.eval_hermite(2, ag.tensor([1.0]))
    tensor([2.])
    """
    return weakly(scipy.eval_hermite, n, x)


@primitive(
    scipy.eval_hermitenorm,
    samples=_DEGREES,
    x=lambda g, n, x: g * (n * eval_hermitenorm(_lower(n), x)),
)
def eval_hermitenorm(n: Any, x: Any) -> Any:
    """Probabilist's Hermite polynomial of degree ``n``, an integer.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.eval_hermitenorm(2, ag.tensor([1.0]))
    tensor([0.])
    """
    return weakly(scipy.eval_hermitenorm, n, x)


# --- On other intervals -------------------------------------------------------------------------------


@composite(scipy.eval_chebyc, samples=_DEGREES)
def eval_chebyc(n: Any, x: Any) -> Any:
    """Chebyshev polynomial of the first kind on [-2, 2]: 2 Tₙ(x / 2).

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.eval_chebyc(2, ag.tensor([2.0]))
    tensor([2.])
    """
    return 2 * eval_chebyt(n, x / 2)


@composite(scipy.eval_chebys, samples=_DEGREES)
def eval_chebys(n: Any, x: Any) -> Any:
    """Chebyshev polynomial of the second kind on [-2, 2]: Uₙ(x / 2).

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.eval_chebys(2, ag.tensor([2.0]))
    tensor([3.])
    """
    return eval_chebyu(n, x / 2)


@composite(scipy.eval_sh_chebyt, samples=_DEGREES)
def eval_sh_chebyt(n: Any, x: Any) -> Any:
    """Chebyshev polynomial of the first kind on [0, 1]: Tₙ(2x - 1).

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.eval_sh_chebyt(2, ag.tensor([2.0]))
    tensor([17.])
    """
    return eval_chebyt(n, 2 * x - 1)


@composite(scipy.eval_sh_chebyu, samples=_DEGREES)
def eval_sh_chebyu(n: Any, x: Any) -> Any:
    """Chebyshev polynomial of the second kind on [0, 1]: Uₙ(2x - 1).

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.eval_sh_chebyu(2, ag.tensor([2.0]))
    tensor([35.])
    """
    return eval_chebyu(n, 2 * x - 1)


@composite(scipy.eval_sh_legendre, samples=_DEGREES)
def eval_sh_legendre(n: Any, x: Any) -> Any:
    """Legendre polynomial on [0, 1]: Pₙ(2x - 1).

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.eval_sh_legendre(2, ag.tensor([2.0]))
    tensor([13.])
    """
    return eval_legendre(n, 2 * x - 1)


@composite(scipy.eval_sh_jacobi, samples=_with(p=2.5, q=1.5))
def eval_sh_jacobi(n: Any, p: Any, q: Any, x: Any) -> Any:
    """Jacobi polynomial on [0, 1], whose highest coefficient is 1.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.eval_sh_jacobi(1, 2, 1, ag.tensor([1.0]))
    tensor([0.66666667])
    """
    scale = scipy.binom(2 * n + p - 1, n)
    numbers = all(isinstance(parameter, (int, float)) for parameter in (n, p))
    return eval_jacobi(n, p - q, q - 1, 2 * x - 1) / (float(scale) if numbers else scale)


@composite(samples=[case((2, 3), n=3), case((), n=2, k=1.5)])
def assoc_laguerre(x: Any, n: Any, k: Any = 0.0) -> Any:
    """Generalised Laguerre polynomial of degree ``n`` and parameter ``k``: `eval_genlaguerre`.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.assoc_laguerre(ag.tensor([1.0]), 2)
    tensor([-0.5])
    """
    return eval_genlaguerre(n, k, x)
