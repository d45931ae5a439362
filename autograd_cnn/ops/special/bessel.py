"""Bessel functions, differentiable in their argument; the order is a parameter.

Every derivative is a sum of neighbouring orders (DLMF 10.6.1, 10.29.1), so it is exact at 0 as well, where
J₀ - J₁/x would be 0 / 0.
"""

from __future__ import annotations

import functools
from typing import Any

import scipy.special as scipy  # type: ignore[import-untyped]

from autograd_cnn.core.elementwise import elementwise
from autograd_cnn.core.primitive import primitive
from autograd_cnn.core.registry import case
from autograd_cnn.ops.elementwise import sign
from autograd_cnn.ops.special.weak import weakly

_special = functools.partial(elementwise, namespace="ag.special")

_ORDERS: Any = [case((2, 3), v=1.5), case((), v=0), case((2,), v=2)]
_POSITIVE = (0.3, 3.0)


def _damped(g: Any, x: Any, out: Any) -> Any:
    """The part of the derivative of e ** -|Re x| f(x) that comes from the exponential."""
    return (g * out).real * sign(x.real)


@primitive(
    scipy.jv, domain=_POSITIVE, samples=_ORDERS, z=lambda g, v, z: g * (0.5 * (jv(v - 1, z) - jv(v + 1, z)))
)
def jv(v: Any, z: Any) -> Any:
    """Bessel function of the first kind, of real order ``v``.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.jv(0, ag.tensor([0.0]))
    tensor([1.])
    """
    return weakly(scipy.jv, v, z)


@primitive(
    scipy.yv, domain=_POSITIVE, samples=_ORDERS, z=lambda g, v, z: g * (0.5 * (yv(v - 1, z) - yv(v + 1, z)))
)
def yv(v: Any, z: Any) -> Any:
    """Bessel function of the second kind, of real order ``v``.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.yv(0, ag.tensor([0.0]))
    tensor([-inf])
    """
    return weakly(scipy.yv, v, z)


@primitive(
    scipy.iv, domain=_POSITIVE, samples=_ORDERS, z=lambda g, v, z: g * (0.5 * (iv(v - 1, z) + iv(v + 1, z)))
)
def iv(v: Any, z: Any) -> Any:
    """Modified Bessel function of the first kind, of real order ``v``.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.iv(0, ag.tensor([0.0]))
    tensor([1.])
    """
    return weakly(scipy.iv, v, z)


@primitive(
    scipy.ive,
    domain=_POSITIVE,
    samples=_ORDERS,
    z=lambda g, v, z, out: g * (0.5 * (ive(v - 1, z) + ive(v + 1, z))) - _damped(g, z, out),
)
def ive(v: Any, z: Any) -> Any:
    """Modified Bessel function of the first kind, times e ** -|Re z|; its kink at 0 counts as flat.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.ive(0, ag.tensor([0.0]))
    tensor([1.])
    """
    return weakly(scipy.ive, v, z)


@primitive(
    scipy.kv, domain=_POSITIVE, samples=_ORDERS, z=lambda g, v, z: g * (-0.5 * (kv(v - 1, z) + kv(v + 1, z)))
)
def kv(v: Any, z: Any) -> Any:
    """Modified Bessel function of the second kind, of real order ``v``.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.kv(0, ag.tensor([0.0]))
    tensor([inf])
    """
    return weakly(scipy.kv, v, z)


@primitive(
    scipy.kve,
    domain=_POSITIVE,
    samples=_ORDERS,
    z=lambda g, v, z, out: g * (out - 0.5 * (kve(v - 1, z) + kve(v + 1, z))),
)
def kve(v: Any, z: Any) -> Any:
    """Modified Bessel function of the second kind, times e ** z.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.kve(0, ag.tensor([0.0]))
    tensor([inf])
    """
    return weakly(scipy.kve, v, z)


j0 = _special(scipy.j0, "Bessel function of the first kind, of order 0.", x=lambda g, x: -g * j1(x))
j1 = _special(
    scipy.j1,
    "Bessel function of the first kind, of order 1.",
    x=lambda g, x: g * (0.5 * (j0(x) - jv(2, x))),
)
y0 = _special(
    scipy.y0, "Bessel function of the second kind, of order 0.", domain=_POSITIVE, x=lambda g, x: -g * y1(x)
)
y1 = _special(
    scipy.y1,
    "Bessel function of the second kind, of order 1.",
    domain=_POSITIVE,
    x=lambda g, x: g * (0.5 * (y0(x) - yv(2, x))),
)
i0 = _special(scipy.i0, "Modified Bessel function of the first kind, of order 0.", x=lambda g, x: g * i1(x))
i1 = _special(
    scipy.i1,
    "Modified Bessel function of the first kind, of order 1.",
    x=lambda g, x: g * (0.5 * (i0(x) + iv(2, x))),
)
i0e = _special(
    scipy.i0e,
    "e ** -|x| I₀(x); its kink at 0 counts as flat.",
    domain=_POSITIVE,
    x=lambda g, x, out: g * (i1e(x) - sign(x) * out),
)
i1e = _special(
    scipy.i1e,
    "e ** -|x| I₁(x).",
    domain=_POSITIVE,
    x=lambda g, x, out: g * (0.5 * (i0e(x) + ive(2, x)) - sign(x) * out),
)
k0 = _special(
    scipy.k0,
    "Modified Bessel function of the second kind, of order 0.",
    domain=_POSITIVE,
    x=lambda g, x: -g * k1(x),
)
k1 = _special(
    scipy.k1,
    "Modified Bessel function of the second kind, of order 1.",
    domain=_POSITIVE,
    x=lambda g, x: g * (-0.5 * (k0(x) + kv(2, x))),
)
k0e = _special(scipy.k0e, "e ** x K₀(x).", domain=_POSITIVE, x=lambda g, x, out: g * (out - k1e(x)))
k1e = _special(
    scipy.k1e,
    "e ** x K₁(x).",
    domain=_POSITIVE,
    x=lambda g, x, out: g * (out - 0.5 * (k0e(x) + kve(2, x))),
)


def _airy_vjp(g: Any, z: Any, ai: Any, aip: Any, bi: Any, bip: Any) -> Any:
    slopes = (aip, z * ai, bip, z * bi)  # Airy's equation: y'' = z y
    parts = [cotangent * slope for cotangent, slope in zip(g, slopes, strict=True) if cotangent is not None]
    return sum(parts[1:], parts[0])


@primitive(scipy.airy, outputs=("ai", "aip", "bi", "bip"), samples=[case((2, 3)), case(())], z=_airy_vjp)
def airy(z: Any) -> Any:
    """Airy functions and their derivatives: Ai, Ai', Bi, Bi'.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ai, aip, bi, bip = ag.special.airy(ag.tensor([0.0]))
    >>> ai
    tensor([0.35502805])
    """
    return scipy.airy(z)
