"""More functions of Bessel's family: Hankel's, spherical ones, Struve's, and derivatives of every order.

Differentiable in the argument; the order is fixed. Derivatives are sums of neighbouring orders (DLMF 10.6.1,
10.51.2, 11.4.27), which are exact at 0 as well.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.special as scipy  # type: ignore[import-untyped]

from autograd_cnn.core.composite import composite
from autograd_cnn.core.op import numbers
from autograd_cnn.core.primitive import primitive
from autograd_cnn.core.registry import case
from autograd_cnn.errors import ArgumentError
from autograd_cnn.ops.elementwise import sign
from autograd_cnn.ops.special.bessel import iv, jv, kv, yv
from autograd_cnn.ops.special.weak import weakly

_POSITIVE = (0.3, 3.0)
_ORDERS: Any = [case((2, 3), v=1.5), case((), v=0), case((2,), v=2)]
_INTEGERS: Any = [case((2, 3), n=1), case((), n=0), case((2,), n=3)]

# --- Scaled, and of integer order ---------------------------------------------------------------------


def _damped(g: Any, z: Any, out: Any) -> Any:
    """The part of the derivative of e ** -|Im z| f(z) that comes from the exponential."""
    return 1j * sign(z.imag) * (g * out).real if z.dtype.kind == "c" else 0


@primitive(
    scipy.jve,
    domain=_POSITIVE,
    samples=_ORDERS,
    z=lambda g, v, z, out: g * (0.5 * (jve(v - 1, z) - jve(v + 1, z))) + _damped(g, z, out),
)
def jve(v: Any, z: Any) -> Any:
    """Bessel function of the first kind, times e ** -|Im z|.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.jve(0, ag.tensor([0.0]))
    tensor([1.])
    """
    return weakly(scipy.jve, v, z)


@primitive(
    scipy.yve,
    domain=_POSITIVE,
    samples=_ORDERS,
    z=lambda g, v, z, out: g * (0.5 * (yve(v - 1, z) - yve(v + 1, z))) + _damped(g, z, out),
)
def yve(v: Any, z: Any) -> Any:
    """Bessel function of the second kind, times e ** -|Im z|.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.yve(0.5, ag.tensor([1.0]))
    tensor([-0.43109887])
    """
    return weakly(scipy.yve, v, z)


@composite(scipy.kn, domain=_POSITIVE, samples=_INTEGERS)
def kn(n: Any, x: Any) -> Any:
    """Modified Bessel function of the second kind, of integer order.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.kn(0, ag.tensor([0.0]))
    tensor([inf])
    """
    return kv(n, x)


@composite(scipy.yn, domain=_POSITIVE, samples=_INTEGERS)
def yn(n: Any, x: Any) -> Any:
    """Bessel function of the second kind, of integer order.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.yn(0, ag.tensor([0.0]))
    tensor([-inf])
    """
    return yv(n, x)


# --- Hankel functions ---------------------------------------------------------------------------------


def _complex(function: Callable[[Any, Any], Any], v: Any, z: Any) -> Any:
    result = function(v, z)
    return result.astype(np.result_type(v, z, np.complex64), copy=False)


@primitive(
    scipy.hankel1,
    domain=_POSITIVE,
    samples=_ORDERS,
    z=lambda g, v, z: g * (0.5 * (hankel1(v - 1, z) - hankel1(v + 1, z))),
)
def hankel1(v: Any, z: Any) -> Any:
    """Hankel function of the first kind, Jᵥ + i Yᵥ; complex.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.hankel1(0.5, ag.tensor([1.0])).real
    tensor([0.67139671])
    """
    return _complex(scipy.hankel1, v, z)


@primitive(
    scipy.hankel2,
    domain=_POSITIVE,
    samples=_ORDERS,
    z=lambda g, v, z: g * (0.5 * (hankel2(v - 1, z) - hankel2(v + 1, z))),
)
def hankel2(v: Any, z: Any) -> Any:
    """Hankel function of the second kind, Jᵥ - i Yᵥ; complex.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.hankel2(0.5, ag.tensor([1.0])).real
    tensor([0.67139671])
    """
    return _complex(scipy.hankel2, v, z)


@primitive(
    scipy.hankel1e,
    domain=_POSITIVE,
    samples=_ORDERS,
    z=lambda g, v, z, out: g * (0.5 * (hankel1e(v - 1, z) - hankel1e(v + 1, z)) - 1j * out),
)
def hankel1e(v: Any, z: Any) -> Any:
    """Hankel function of the first kind, times e ** -iz.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> abs(ag.special.hankel1e(0.5, ag.tensor([1.0])))
    tensor([0.79788456])
    """
    return _complex(scipy.hankel1e, v, z)


@primitive(
    scipy.hankel2e,
    domain=_POSITIVE,
    samples=_ORDERS,
    z=lambda g, v, z, out: g * (0.5 * (hankel2e(v - 1, z) - hankel2e(v + 1, z)) + 1j * out),
)
def hankel2e(v: Any, z: Any) -> Any:
    """Hankel function of the second kind, times e ** iz.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> abs(ag.special.hankel2e(0.5, ag.tensor([1.0])))
    tensor([0.79788456])
    """
    return _complex(scipy.hankel2e, v, z)


# --- Derivatives of order n ---------------------------------------------------------------------------


def _derivative(function: Callable[[Any, Any], Any], v: Any, z: Any, n: int, phase: int) -> Any:
    """Σ phaseⁱ C(n, i) f(v - n + 2i, z) / 2ⁿ (DLMF 10.6.7, 10.29.5)."""
    if not isinstance(n, (int, np.integer)) or n < 0:
        raise ArgumentError(f"expected an order of differentiation n of 0 or more, got {n!r}")
    v = numbers(v)
    terms = [function(v - n + 2 * i, z) * (phase**i * math.comb(n, i) / 2**n) for i in range(n + 1)]
    return sum(terms[1:], terms[0])


_NTH: Any = [case((2, 3), v=1.5), case((), v=0, n=2), case((2,), v=2, n=0)]


@composite(domain=_POSITIVE, samples=_NTH)
def jvp(v: Any, z: Any, n: int = 1) -> Any:
    """Derivative of order ``n`` of `jv`.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.jvp(1, ag.tensor([0.0]))
    tensor([0.5])
    """
    return _derivative(jv, v, z, n, -1)


@composite(domain=_POSITIVE, samples=_NTH)
def yvp(v: Any, z: Any, n: int = 1) -> Any:
    """Derivative of order ``n`` of `yv`.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> bool(np.isclose(ag.special.yvp(0, ag.tensor(1.0)), -ag.special.y1(1.0)))
    True
    """
    return _derivative(yv, v, z, n, -1)


@composite(domain=_POSITIVE, samples=_NTH)
def ivp(v: Any, z: Any, n: int = 1) -> Any:
    """Derivative of order ``n`` of `iv`.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.ivp(1, ag.tensor([0.0]))
    tensor([0.5])
    """
    return _derivative(iv, v, z, n, 1)


@composite(domain=_POSITIVE, samples=_NTH)
def kvp(v: Any, z: Any, n: int = 1) -> Any:
    """Derivative of order ``n`` of `kv`.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> bool(np.isclose(ag.special.kvp(0, ag.tensor(1.0)), -ag.special.k1(1.0)))
    True
    """
    return _derivative(kv, v, z, n, 1) * (-1) ** n


@composite(domain=_POSITIVE, samples=_NTH)
def h1vp(v: Any, z: Any, n: int = 1) -> Any:
    """Derivative of order ``n`` of `hankel1`.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.h1vp(0, ag.tensor([1.0])).real
    tensor([-0.44005059])
    """
    return _derivative(hankel1, v, z, n, -1)


@composite(domain=_POSITIVE, samples=_NTH)
def h2vp(v: Any, z: Any, n: int = 1) -> Any:
    """Derivative of order ``n`` of `hankel2`.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.h2vp(0, ag.tensor([1.0])).real
    tensor([-0.44005059])
    """
    return _derivative(hankel2, v, z, n, -1)


# --- Struve functions ---------------------------------------------------------------------------------


def _struve_term(v: Any, x: Any) -> Any:
    """(x/2)ᵛ / (√π Γ(v + 3/2))"""
    factor = scipy.rgamma(v + 1.5) / math.sqrt(math.pi)
    return (0.5 * x) ** v * (float(factor) if isinstance(v, (int, float)) else factor)


@primitive(
    scipy.struve,
    domain=_POSITIVE,
    samples=_ORDERS,
    x=lambda g, v, x: g * (0.5 * (struve(v - 1, x) - struve(v + 1, x) + _struve_term(v, x))),
)
def struve(v: Any, x: Any) -> Any:
    """Struve function of order ``v``.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.struve(0, ag.tensor([0.0]))
    tensor([0.])
    """
    return weakly(scipy.struve, v, x)


@primitive(
    scipy.modstruve,
    domain=_POSITIVE,
    samples=_ORDERS,
    x=lambda g, v, x: g * (0.5 * (modstruve(v - 1, x) + modstruve(v + 1, x) + _struve_term(v, x))),
)
def modstruve(v: Any, x: Any) -> Any:
    """Modified Struve function of order ``v``.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.modstruve(0, ag.tensor([0.0]))
    tensor([0.])
    """
    return weakly(scipy.modstruve, v, x)
