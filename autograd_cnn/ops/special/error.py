"""The error function and its relatives, the normal distribution, and the integrals of Fresnel."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
import scipy.special as scipy  # type: ignore[import-untyped]

from autograd_cnn.core.elementwise import elementwise
from autograd_cnn.core.primitive import primitive
from autograd_cnn.core.registry import case
from autograd_cnn.ops.elementwise import exp, where
from autograd_cnn.ops.special.hypergeometric import sine_over

_special = functools.partial(elementwise, namespace="ag.special")

_SLOPE = 2 / math.sqrt(math.pi)  # of erf at 0
_DENSITY = 1 / math.sqrt(2 * math.pi)  # of the normal distribution at 0


def _tail(x: Any, sign: int, far: Any) -> Any:
    # Far out, erfcx(x) = (1 - 1 / 2x² + 3 / 4x⁴ ...) / x√π and dawsn is like it, with plus (DLMF 7.12.1).
    # These are the derivatives of that, term by term: 1 - 2x dawsn(x) would cancel there.
    t = sign / where(far, x * x, math.inf)
    return -(t / (sign * 2)) * (1 + t * (1.5 + t * (3.75 + t * (13.125 + t * 59.0625))))


def _far_out(x: Any) -> float:
    """From where the series is exact to the last digits: 100 for doubles, 15 for singles."""
    return 15.0 if getattr(x, "dtype", np.dtype(float)).itemsize <= 4 else 100.0


def _erfcx_vjp(g: Any, x: Any, out: Any) -> Any:
    far = x > _far_out(x)
    near = 2 * where(far, 0, x) * where(far, 0, out) - _SLOPE
    return g * where(far, _SLOPE * _tail(x, -1, far), near)


def _dawsn_vjp(g: Any, x: Any, out: Any) -> Any:
    far = abs(x) > _far_out(x)
    near = 1 - 2 * where(far, 0, x) * where(far, 0, out)
    return g * where(far, _tail(x, 1, far), near)


erf = _special(scipy.erf, "Error function 2/√π ∫₀ˣ e ** -t² dt.", x=lambda g, x: g * (_SLOPE * exp(-x * x)))
erfc = _special(
    scipy.erfc,
    "Complementary error function 1 - erf(x), precise far out.",
    x=lambda g, x: -g * (_SLOPE * exp(-x * x)),
)
erfcx = _special(scipy.erfcx, "Scaled complementary error function e ** x² erfc(x).", x=_erfcx_vjp)
erfi = _special(scipy.erfi, "Imaginary error function -i erf(ix).", x=lambda g, x: g * (_SLOPE * exp(x * x)))
erfinv = _special(
    scipy.erfinv,
    "Inverse of erf.",
    domain=(-0.8, 0.8),
    x=lambda g, out: g * (exp(out * out) / _SLOPE),
)
erfcinv = _special(
    scipy.erfcinv,
    "Inverse of erfc.",
    domain=(0.2, 1.8),
    x=lambda g, out: -g * (exp(out * out) / _SLOPE),
)
dawsn = _special(scipy.dawsn, "Dawson's integral e ** -x² ∫₀ˣ e ** t² dt.", x=_dawsn_vjp)


def _inverse_mills(x: Any, log_ndtr: Any) -> Any:
    # density / distribution. On the left that is one over erfcx; on the right erfcx overflows, and the
    # logarithms do not cancel.
    left = x < 0
    right_x, right_log = where(left, 0, x), where(left, 0, log_ndtr)
    on_right = _DENSITY * exp(-0.5 * right_x * right_x - right_log)
    on_left = math.sqrt(2 / math.pi) / erfcx(-math.sqrt(0.5) * where(left, x, 0))
    return where(left, on_left, on_right)


ndtr = _special(
    scipy.ndtr,
    "Distribution function of the normal distribution.",
    x=lambda g, x: g * (_DENSITY * exp(-0.5 * x * x)),
)
log_ndtr = _special(
    scipy.log_ndtr,
    "Logarithm of the distribution function of the normal distribution.",
    x=lambda g, x, out: g * _inverse_mills(x, out),
)
ndtri = _special(
    scipy.ndtri,
    "Inverse of ndtr: quantiles of the normal distribution.",
    domain=(0.1, 0.9),
    x=lambda g, out: g * (exp(0.5 * out * out) / _DENSITY),
)
ndtri_exp = _special(
    scipy.ndtri_exp,
    "Inverse of log_ndtr: ndtri(e ** x), also where e ** x underflows.",
    domain=(-3.0, -0.2),
    x=lambda g, x, out: g / _inverse_mills(out, x),
)


def _owens_h(g: Any, h: Any, a: Any) -> Any:
    return g * (-0.5 * _DENSITY * exp(-0.5 * h * h) * erf(math.sqrt(0.5) * a * h))


def _owens_a(g: Any, h: Any, a: Any) -> Any:
    squares = 1 + a * a
    return g * (exp(-0.5 * h * h * squares) / (2 * math.pi * squares))


owens_t = _special(
    scipy.owens_t,
    "Owen's T: probability that a normal number exceeds h while another lies between 0 and a times it.",
    h=_owens_h,
    a=_owens_a,
)


def _fresnel_vjp(g: Any, z: Any) -> Any:
    to_sine, to_cosine = g
    angle = math.pi / 2 * z * z
    if to_sine is None:
        return to_cosine * np.cos(angle)
    if to_cosine is None:
        return to_sine * np.sin(angle)
    return to_sine * np.sin(angle) + to_cosine * np.cos(angle)


@primitive(scipy.fresnel, outputs=("sine", "cosine"), samples=[case((2, 3)), case(())], z=_fresnel_vjp)
def fresnel(z: Any) -> Any:
    """Fresnel integrals ∫₀ᶻ sin(πt²/2) dt and ∫₀ᶻ cos(πt²/2) dt, entry by entry.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> sine, cosine = ag.special.fresnel(ag.tensor([0.0, 0.0]))
    >>> sine
    tensor([0., 0.])
    """
    return scipy.fresnel(z)


def _trigonometric_vjp(g: Any, x: Any) -> Any:
    to_sine, to_cosine = g
    if to_cosine is None:
        return to_sine * sine_over(x)
    second = to_cosine * np.cos(x) / x
    return second if to_sine is None else to_sine * sine_over(x) + second


def _hyperbolic_vjp(g: Any, x: Any) -> Any:
    to_sine, to_cosine = g
    if to_cosine is None:
        return to_sine * sine_over(x, hyperbolic=True)
    second = to_cosine * np.cosh(x) / x
    return second if to_sine is None else to_sine * sine_over(x, hyperbolic=True) + second


@primitive(
    scipy.sici,
    outputs=("sine", "cosine"),
    domain=(0.2, 3.0),
    samples=[case((2, 3)), case(())],
    x=_trigonometric_vjp,
)
def sici(x: Any) -> Any:
    """Sine and cosine integrals ∫₀ˣ sin(t)/t dt and γ + log(x) + ∫₀ˣ (cos(t) - 1)/t dt.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> x = ag.tensor(0.0, requires_grad=True)
    >>> ag.special.sici(x)[0].backward()
    >>> x.grad
    tensor(1.)
    """
    return scipy.sici(x)


@primitive(
    scipy.shichi,
    outputs=("sine", "cosine"),
    domain=(0.2, 3.0),
    samples=[case((2, 3)), case(())],
    x=_hyperbolic_vjp,
)
def shichi(x: Any) -> Any:
    """Hyperbolic sine and cosine integrals: ∫₀ˣ sinh(t)/t dt and γ + log(x) + ∫₀ˣ (cosh(t) - 1)/t dt.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.shichi(ag.tensor([0.0, 0.0]))[0]
    tensor([0., 0.])
    """
    return scipy.shichi(x)
