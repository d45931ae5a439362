"""Incomplete gamma and beta functions and their inverses, and the distributions made of them.

All are differentiable in their last argument. Their derivatives in the shape parameters are no elementary
functions; a tensor that requires grad there raises.
"""

from __future__ import annotations

from typing import Any

import scipy.special as scipy  # type: ignore[import-untyped]

from autograd_cnn.core.composite import composite
from autograd_cnn.core.primitive import primitive
from autograd_cnn.core.registry import case
from autograd_cnn.ops.elementwise import exp, log, log1p, where
from autograd_cnn.ops.special.weak import weakly


def _weak_function(function: Any, x: Any, *parameters: Any) -> Any:
    """A function of the parameters as a factor for ``x``: of its dtype, if they are Python numbers."""
    value = function(*parameters)
    return float(value) if all(isinstance(p, (int, float)) for p in parameters) else value


def _gamma_density(a: Any, x: Any) -> Any:
    # x ** (a - 1) e ** -x / Γ(a), by logarithms, which do not overflow; at 0 as it stands, which is exact.
    zero = x == 0
    regular = exp((a - 1) * log(where(zero, 1, x)) - x - _weak_function(scipy.gammaln, x, a))
    at_zero = where(zero, x, 1)
    return where(zero, at_zero ** (a - 1) * exp(-at_zero) * _weak_function(scipy.rgamma, x, a), regular)


def _beta_density(a: Any, b: Any, x: Any) -> Any:
    # x ** (a - 1) (1 - x) ** (b - 1) / B(a, b), likewise.
    end = (x == 0) | (x == 1)
    inner = where(end, 0.5, x)
    scale = _weak_function(scipy.betaln, x, a, b)
    regular = exp((a - 1) * log(inner) + (b - 1) * log1p(-inner) - scale)
    at_end = where(end, x, 0.5)
    powers = at_end ** (a - 1) * (1 - at_end) ** (b - 1) / _weak_function(scipy.beta, x, a, b)
    return where(end, powers, regular)


_GAMMA: Any = [case((2, 3), a=1.5), case((), a=3), case((2,), a=0.5)]
_BETA: Any = [case((2, 3), a=1.5, b=2.5), case((), a=3, b=2), case((2,), a=0.8, b=0.5)]


@primitive(scipy.gammainc, domain=(0.3, 3.0), samples=_GAMMA, x=lambda g, a, x: g * _gamma_density(a, x))
def gammainc(a: Any, x: Any) -> Any:
    """Regularised lower incomplete gamma function ∫₀ˣ t ** (a-1) e ** -t dt / Γ(a).

    ``a``, the shape, is a parameter; differentiable in ``x``.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.gammainc(1.5, ag.tensor([0.0]))
    tensor([0.])
    """
    return weakly(scipy.gammainc, a, x)


@primitive(scipy.gammaincc, domain=(0.3, 3.0), samples=_GAMMA, x=lambda g, a, x: -g * _gamma_density(a, x))
def gammaincc(a: Any, x: Any) -> Any:
    """Regularised upper incomplete gamma function, 1 - `gammainc`; differentiable in ``x``.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.gammaincc(1.5, ag.tensor([0.0]))
    tensor([1.])
    """
    return weakly(scipy.gammaincc, a, x)


@primitive(
    scipy.gammaincinv, domain=(0.1, 0.9), samples=_GAMMA, y=lambda g, a, out: g / _gamma_density(a, out)
)
def gammaincinv(a: Any, y: Any) -> Any:
    """Inverse of `gammainc` for a fixed ``a``; differentiable in ``y``.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.gammaincinv(1.5, ag.tensor([0.0]))
    tensor([0.])
    """
    return weakly(scipy.gammaincinv, a, y)


@primitive(
    scipy.gammainccinv, domain=(0.1, 0.9), samples=_GAMMA, y=lambda g, a, out: -g / _gamma_density(a, out)
)
def gammainccinv(a: Any, y: Any) -> Any:
    """Inverse of `gammaincc` for a fixed ``a``; differentiable in ``y``.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.gammainccinv(1.5, ag.tensor([1.0]))
    tensor([0.])
    """
    return weakly(scipy.gammainccinv, a, y)


@primitive(scipy.betainc, domain=(0.1, 0.9), samples=_BETA, x=lambda g, a, b, x: g * _beta_density(a, b, x))
def betainc(a: Any, b: Any, x: Any) -> Any:
    """Regularised incomplete beta function ∫₀ˣ t ** (a-1) (1-t) ** (b-1) dt / B(a, b).

    ``a`` and ``b``, the shape, are parameters; differentiable in ``x``.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.betainc(2, 2, ag.tensor([0.5]))
    tensor([0.5])
    """
    return weakly(scipy.betainc, a, b, x)


@primitive(scipy.betaincc, domain=(0.1, 0.9), samples=_BETA, x=lambda g, a, b, x: -g * _beta_density(a, b, x))
def betaincc(a: Any, b: Any, x: Any) -> Any:
    """Complement of the regularised incomplete beta function, 1 - `betainc`; differentiable in ``x``.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.betaincc(2, 2, ag.tensor([0.5]))
    tensor([0.5])
    """
    return weakly(scipy.betaincc, a, b, x)


@primitive(
    scipy.betaincinv, domain=(0.1, 0.9), samples=_BETA, y=lambda g, a, b, out: g / _beta_density(a, b, out)
)
def betaincinv(a: Any, b: Any, y: Any) -> Any:
    """Inverse of `betainc` for fixed ``a`` and ``b``; differentiable in ``y``.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.betaincinv(2, 2, ag.tensor([0.5]))
    tensor([0.5])
    """
    return weakly(scipy.betaincinv, a, b, y)


@primitive(
    scipy.betainccinv, domain=(0.1, 0.9), samples=_BETA, y=lambda g, a, b, out: -g / _beta_density(a, b, out)
)
def betainccinv(a: Any, b: Any, y: Any) -> Any:
    """Inverse of `betaincc` for fixed ``a`` and ``b``; differentiable in ``y``.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.betainccinv(2, 2, ag.tensor([0.5]))
    tensor([0.5])
    """
    return weakly(scipy.betainccinv, a, b, y)


@composite(scipy.chdtr, domain=(0.3, 3.0), samples=[case((2, 3), v=3.0), case((), v=1.0)])
def chdtr(v: Any, x: Any) -> Any:
    """Distribution function of χ² with ``v`` degrees of freedom; differentiable in ``x``.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.chdtr(3, ag.tensor([0.0]))
    tensor([0.])
    """
    return gammainc(v / 2, x / 2)


@composite(scipy.chdtrc, domain=(0.3, 3.0), samples=[case((2, 3), v=3.0), case((), v=1.0)])
def chdtrc(v: Any, x: Any) -> Any:
    """Survival function of χ² with ``v`` degrees of freedom; differentiable in ``x``.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.chdtrc(3, ag.tensor([0.0]))
    tensor([1.])
    """
    return gammaincc(v / 2, x / 2)


def student_density(df: Any, t: Any) -> Any:
    """Density of Student's t, by logarithms."""
    scale = _weak_function(scipy.betaln, t, 0.5, df / 2)
    return exp(-(df + 1) / 2 * log1p(t * t / df) - scale) / df**0.5


@primitive(
    scipy.stdtr,
    samples=[case((2, 3), df=3.0), case((), df=1.0)],
    t=lambda g, df, t: g * student_density(df, t),
)
def stdtr(df: Any, t: Any) -> Any:
    """Distribution function of Student's t with ``df`` degrees of freedom; differentiable in ``t``.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.stdtr(3, ag.tensor([0.0]))
    tensor([0.5])
    """
    return weakly(scipy.stdtr, df, t)
