"""Orthogonal polynomials, differentiable in ``x``; the degree and the other parameters are fixed.

The derivative of a classical orthogonal polynomial is a multiple of another one (DLMF 18.9.15-27).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.special as scipy  # type: ignore[import-untyped]

from autograd_cnn.core.primitive import primitive
from autograd_cnn.core.registry import case
from autograd_cnn.ops.special.weak import weakly

_DEGREES = [case((2, 3), n=3), case((), n=2), case((2,), n=1), case((2,), n=0)]


def _with(**parameters: float) -> list[Any]:
    """Samples of several degrees, with these parameters."""
    return [case(*c.shapes, **c.parameters, **parameters) for c in _DEGREES]


def _lower(n: Any) -> Any:
    """The degree below, but 0 below 0; it stands beside the factor n."""
    return max(n - 1, 0) if isinstance(n, int) else np.maximum(n - 1, 0)


@primitive(
    scipy.eval_legendre,
    samples=_DEGREES,
    x=lambda g, n, x: g * eval_gegenbauer(n - 1, 1.5, x),
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
    x=lambda g, n, x: g * (2 * eval_gegenbauer(n - 1, 2.0, x)),
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
    x=lambda g, n, alpha, x: g * (2 * alpha * eval_gegenbauer(n - 1, alpha + 1, x)),
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
    x=lambda g, n, alpha, beta, x: (
        g * (0.5 * (n + alpha + beta + 1) * eval_jacobi(n - 1, alpha + 1, beta + 1, x))
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
