"""Hypergeometric functions in their argument, and what is one of them: elliptic, exponential integrals.

The derivative of a hypergeometric function is another one (DLMF 15.5.1, 13.3.15), so functions with a
removable singularity, like (e ** x - 1) / x, are exact there, and to any order.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
import scipy.special as scipy  # type: ignore[import-untyped]

from autograd_cnn.core.elementwise import elementwise
from autograd_cnn.core.primitive import primitive
from autograd_cnn.core.registry import case
from autograd_cnn.ops.elementwise import exp, log, where
from autograd_cnn.ops.special.weak import weakly

_special = functools.partial(elementwise, namespace="ag.special")


@primitive(
    scipy.hyp0f1,
    samples=[case((2, 3), v=1.5), case((), v=2)],
    z=lambda g, v, z: g * (hyp0f1(v + 1, z) / v),
)
def hyp0f1(v: Any, z: Any) -> Any:
    """Confluent hypergeometric limit function ₀F₁(; v; z), differentiable in ``z``.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.hyp0f1(1.5, ag.tensor([0.0]))
    tensor([1.])
    """
    return weakly(scipy.hyp0f1, v, z)


@primitive(
    scipy.hyp1f1,
    samples=[case((2, 3), a=1.5, b=2.5), case((), a=1, b=2)],
    x=lambda g, a, b, x: g * (hyp1f1(a + 1, b + 1, x) * (a / b)),
)
def hyp1f1(a: Any, b: Any, x: Any) -> Any:
    """Confluent hypergeometric function ₁F₁(a; b; x), differentiable in ``x``.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.hyp1f1(1, 2, ag.tensor([0.0]))
    tensor([1.])
    """
    return weakly(scipy.hyp1f1, a, b, x)


@primitive(
    scipy.hyperu,
    domain=(0.3, 3.0),
    samples=[case((2, 3), a=1.0, b=1.5), case((), a=0.5, b=2)],
    x=lambda g, a, b, x: g * (hyperu(a + 1, b + 1, x) * -a),
)
def hyperu(a: Any, b: Any, x: Any) -> Any:
    """Tricomi's confluent hypergeometric function U(a, b, x), differentiable in ``x``.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.hyperu(1, 2, ag.tensor([2.0]))
    tensor([0.5])
    """
    return weakly(scipy.hyperu, a, b, x)


@primitive(
    scipy.hyp2f1,
    domain=(-2.0, 0.8),
    samples=[case((2, 3), a=1.0, b=1.0, c=2.0), case((), a=0.5, b=1.5, c=2.5)],
    z=lambda g, a, b, c, z: g * (hyp2f1(a + 1, b + 1, c + 1, z) * (a * b / c)),
)
def hyp2f1(a: Any, b: Any, c: Any, z: Any) -> Any:
    """Gauss's hypergeometric function ₂F₁(a, b; c; z), differentiable in ``z``.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.hyp2f1(1, 1, 2, ag.tensor([0.0]))
    tensor([1.])
    """
    return weakly(scipy.hyp2f1, a, b, c, z)


def sine_over(x: Any, hyperbolic: bool = False) -> Any:
    """sin(x) / x, or sinh(x) / x: exact at 0, with all derivatives."""
    quarter = 0.25 if hyperbolic else -0.25
    return hyp0f1(1.5, quarter * x * x)


exprel = _special(
    scipy.exprel,
    "Relative exponential (e ** x - 1) / x, 1 at 0.",
    x=lambda g, x: g * (0.5 * hyp1f1(2, 3, x)),
)
ellipk = _special(
    scipy.ellipk,
    "Complete elliptic integral of the first kind, of the parameter m.",
    domain=(-2.0, 0.8),
    m=lambda g, m: g * (math.pi / 8 * hyp2f1(1.5, 1.5, 2.0, m)),
)
ellipe = _special(
    scipy.ellipe,
    "Complete elliptic integral of the second kind, of the parameter m.",
    domain=(-2.0, 0.8),
    m=lambda g, m: g * (-math.pi / 8 * hyp2f1(0.5, 1.5, 2.0, m)),
)


def _spence_vjp(g: Any, z: Any) -> Any:
    # -log(z) / (z - 1), by its series around 1, where that is 0 / 0: -₂F₁(1, 1; 2; 1 - z).
    near = abs(z - 1) < 0.5
    by_series = hyp2f1(1, 1, 2, 1 - where(near, z, 1))
    apart = where(near, 2, z)
    return -g * where(near, by_series, log(apart) / (apart - 1))


spence = _special(
    scipy.spence, "Spence's function ∫₁ᶻ log(t) / (1 - t) dt.", domain=(0.3, 2.0), z=_spence_vjp
)
exp1 = _special(
    scipy.exp1,
    "Exponential integral ∫ e ** -t / t dt from x to infinity.",
    domain=(0.2, 3.0),
    z=lambda g, z: -g * (exp(-z) / z),
)
expi = _special(
    scipy.expi,
    "Exponential integral ∫ e ** t / t dt from -infinity to x.",
    domain=(0.2, 3.0),
    x=lambda g, x: g * (exp(x) / x),
)


def _expn_vjp(g: Any, n: Any, x: Any) -> Any:
    if np.ndim(n) == 0 and n != 0:
        return -g * expn(n - 1, x)
    first = -exp(-x) * (1 / x + 1 / (x * x))  # E₀ = e ** -x / x
    return g * where(np.equal(n, 0), first, -expn(np.maximum(n, 1) - 1, x)) if np.ndim(n) else g * first


@primitive(
    scipy.expn,
    domain=(0.2, 3.0),
    samples=[case((2, 3), n=2), case((), n=1), case((2,), n=0)],
    x=_expn_vjp,
)
def expn(n: Any, x: Any) -> Any:
    """Generalised exponential integral ∫₁ e ** -xt / t ** n dt, differentiable in ``x``.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.expn(2, ag.tensor([0.0]))
    tensor([1.])
    """
    return weakly(scipy.expn, n, x)


@primitive(
    domain=(0.2, 3.0),
    samples=[case((2, 3)), case(()), case((2,), k=1)],
    z=lambda g, out: g * (exp(-out) / (1 + out)),
)
def lambertw(z: Any, k: int = 0, tol: float = 1e-8) -> Any:
    """Lambert's W, the solution of W e ** W = z on the branch ``k``; complex.

    At z = -1/e, where two branches meet, its derivative is infinite. Takes and gives complex numbers; for
    a real ``z`` of at least -1/e, and k = 0, the imaginary part is 0: ``ag.real`` of it is the real W.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> z = ag.tensor(0.0, requires_grad=True)
    >>> ag.real(ag.special.lambertw(z)).backward()
    >>> z.grad
    tensor(1.)
    """
    single = np.result_type(z) in (np.float32, np.complex64)
    result = scipy.lambertw(z, k, tol)
    return result.astype(np.complex64) if single else result


wrightomega = _special(
    scipy.wrightomega,
    "Wright's omega, the solution of w + log(w) = z.",
    z=lambda g, out: g * (out / (1 + out)),
)
