"""The gamma and beta functions, their logarithms and derivatives, and products of them."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
import scipy.special as scipy  # type: ignore[import-untyped]

from autograd_cnn.core.composite import composite, constant
from autograd_cnn.core.elementwise import elementwise
from autograd_cnn.core.op import numbers
from autograd_cnn.core.primitive import primitive
from autograd_cnn.core.registry import case
from autograd_cnn.errors import ArgumentError
from autograd_cnn.ops.elementwise import where
from autograd_cnn.ops.special.complex_gamma import complex_polygamma
from autograd_cnn.ops.special.weak import weakly

_special = functools.partial(elementwise, namespace="ag.special")


def _rgamma_slope(x: Any, out: Any) -> Any:
    # Left of 1/2 by reflection, 1/Γ(x) = Γ(1-x) sin(πx) / π (DLMF 5.5.3): no pole of digamma at 0, -1, ...
    left = x < 0.5
    mirrored = 1 - where(left, x, 0.5)
    angle = math.pi * where(left, x, 0.5)
    by_reflection = gamma(mirrored) * (np.cos(angle) - digamma(mirrored) * np.sin(angle) / math.pi)
    right = -where(left, 1, out) * digamma(where(left, 1, x))
    return where(left, by_reflection, right)


@primitive(
    domain=(0.4, 3.0),
    samples=[case((2, 3), x=2.0), case((), x=3)],
    q=lambda g, x, q: g * (-numbers(x) * zeta(numbers(x) + 1, q)),
)
def zeta(x: Any, q: Any = None) -> Any:
    """Hurwitz's zeta function Σ (n + q) ** -x over n ≥ 0, differentiable in ``q``; q = 1 is Riemann's.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> q = ag.tensor([1.0], requires_grad=True)
    >>> ag.special.zeta(2.0, q)
    tensor([1.64493407], op=zeta)
    """
    return scipy.zeta(x) if q is None else weakly(scipy.zeta, x, q)


@primitive(
    domain=(0.4, 3.0),
    samples=[case((2, 3), n=1), case((), n=2), case((2,), n=0)],
    x=lambda g, n, x: g * polygamma(numbers(n) + 1, x),
)
def polygamma(n: Any, x: Any) -> Any:
    """Derivative ``n`` of digamma, differentiable in ``x``, real or complex; n = 0, 1, 2, ...

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> x = ag.tensor([1.0], requires_grad=True)
    >>> ag.special.polygamma(1, x)
    tensor([1.64493407], op=polygamma)
    """
    if not np.all(np.equal(n, np.floor(n)) & np.greater_equal(n, 0)):
        raise ArgumentError(f"polygamma: expected an order n of 0, 1, 2, ..., got {n}")
    return weakly(complex_polygamma if np.iscomplexobj(x) else scipy.polygamma, n, x)


digamma = _special(
    scipy.digamma,
    "Digamma function, the derivative of log Γ(x).",
    name="digamma",  # the ufunc's own is psi
    domain=(0.4, 3.0),
    x=lambda g, x: g * polygamma(1, x),
)
gamma = _special(
    scipy.gamma,
    "Gamma function; gamma(n + 1) = n!.",
    domain=(0.4, 3.0),
    x=lambda g, x, out: g * (out * digamma(x)),
)
gammaln = _special(
    scipy.gammaln,
    "Logarithm of the absolute value of the gamma function.",
    domain=(0.4, 3.0),
    x=lambda g, x: g * digamma(x),
)
loggamma = _special(
    scipy.loggamma,
    "Logarithm of the gamma function; NaN for negative real numbers, its principal branch for complex ones.",
    domain=(0.4, 3.0),
    z=lambda g, z: g * digamma(z),
)
rgamma = _special(
    scipy.rgamma,
    "Reciprocal of the gamma function, 0 at 0, -1, -2, ...",
    x=lambda g, x, out: g * _rgamma_slope(x, out),
)
gammasgn = constant(scipy.gammasgn)

beta = _special(
    scipy.beta,
    "Beta function Γ(a) Γ(b) / Γ(a + b).",
    domain=(0.4, 3.0),
    a=lambda g, a, b, out: g * (out * (digamma(a) - digamma(a + b))),
    b=lambda g, a, b, out: g * (out * (digamma(b) - digamma(a + b))),
)
betaln = _special(
    scipy.betaln,
    "Logarithm of the absolute value of the beta function.",
    domain=(0.4, 3.0),
    a=lambda g, a, b: g * (digamma(a) - digamma(a + b)),
    b=lambda g, a, b: g * (digamma(b) - digamma(a + b)),
)


def _is_pole(x: Any) -> Any:
    return (x <= 0) & (x == np.floor(x))


def _binom_term(n: Any, k: Any, out: Any) -> Any:
    """What Γ(k+1) gives the derivative of ``out`` = Γ(n+1) / (Γ(k+1) Γ(n-k+1)), also at its poles."""
    pole = _is_pole(k + 1)
    at_pole, regular = where(pole, k, 0) + 1, where(pole, 0, k) + 1
    rest = poch(where(pole, n - k, 0) + 1, where(pole, k, 0))  # Γ(n + 1) / Γ(n - k + 1)
    return where(pole, rest * _rgamma_slope(at_pole, rgamma(at_pole)), -out * digamma(regular))


binom = _special(
    scipy.binom,
    "Binomial coefficient n! / (k! (n - k)!), of real n and k.",
    domain=(0.4, 3.0),
    x=lambda g, x, y, out: g * (out * digamma(x + 1) + _binom_term(x, x - y, out)),
    y=lambda g, x, y, out: g * (_binom_term(x, y, out) - _binom_term(x, x - y, out)),
)


def _poch_base(g: Any, z: Any, m: Any, out: Any) -> Any:
    # Γ(z + m) / Γ(z). With both at a pole digamma is reflected, which leaves the difference (DLMF 5.5.4);
    # with z alone at one, the product rule on 1/Γ.
    low, high = _is_pole(z), _is_pole(z + m)
    both, alone, regular = low & high, low & ~high, ~low
    top = z + m
    reflected = digamma(1 - where(both, top, 0)) - digamma(1 - where(both, z, 0))
    difference = digamma(where(regular, top, 1)) - digamma(where(regular, z, 1))
    top_alone, z_alone = where(alone, top, 1), where(alone, z, 1)
    product = gamma(top_alone) * _rgamma_slope(z_alone, rgamma(z_alone)) + out * digamma(top_alone)
    return g * where(alone, product, out * where(both, reflected, difference))


poch = _special(
    scipy.poch,
    "Rising factorial Γ(z + m) / Γ(z).",
    domain=(0.4, 3.0),
    z=_poch_base,
    m=lambda g, z, m, out: g * (out * digamma(z + m)),
)


@composite(domain=(2.5, 4.0), samples=[case((2, 3), d=1), case((2,), d=3), case((), d=4)])
def multigammaln(a: Any, d: int) -> Any:
    """Logarithm of the multivariate gamma function of dimension ``d``; ``a`` > (d - 1) / 2.

    Σ log Γ(a - j/2) over j = 0 ... d - 1, plus d (d - 1) log(π) / 4.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.multigammaln(ag.tensor([1.0]), 1)
    tensor([0.])
    """
    if d != int(d) or d < 1:
        raise ArgumentError(f"multigammaln: expected a dimension d of 1, 2, 3, ..., got {d}")
    value = np.asarray(a.detach() if hasattr(a, "detach") else a)
    if not np.all(value > (d - 1) / 2):
        raise ArgumentError(f"multigammaln: expected a above (d - 1) / 2 = {(d - 1) / 2}, got {value.min()}")
    total = gammaln(a)
    for j in range(1, int(d)):
        total = total + gammaln(a - j / 2)
    return total + d * (d - 1) / 4 * math.log(math.pi)
