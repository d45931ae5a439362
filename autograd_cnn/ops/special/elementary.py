"""Logistic functions, powers, angles in degrees, and the transforms of Box and Cox."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
import scipy.special as scipy  # type: ignore[import-untyped]

from autograd_cnn.core.composite import composite
from autograd_cnn.core.elementwise import elementwise
from autograd_cnn.core.registry import NUMPY, case
from autograd_cnn.ops.activation import sigmoid
from autograd_cnn.ops.elementwise import cbrt, exp2, expm1, log, log1p, logaddexp, where
from autograd_cnn.ops.special.hypergeometric import hyp1f1, hyp2f1

_special = functools.partial(elementwise, namespace="ag.special")

# SciPy has ufuncs of its own for functions that there are already.
NUMPY.update(
    {scipy.expit: sigmoid, scipy.cbrt: cbrt, scipy.exp2: exp2, scipy.expm1: expm1, scipy.log1p: log1p}
)
expit = sigmoid

_DEGREE = math.pi / 180

exp10 = _special(scipy.exp10, "Power of ten, 10 ** x.", x=lambda g, out: g * (math.log(10) * out))
cosm1 = _special(scipy.cosm1, "cos(x) - 1, precise near 0.", x=lambda g, x: -g * np.sin(x))
sindg = _special(scipy.sindg, "Sine of an angle in degrees.", x=lambda g, x: g * (_DEGREE * cosdg(x)))
cosdg = _special(scipy.cosdg, "Cosine of an angle in degrees.", x=lambda g, x: -g * (_DEGREE * sindg(x)))
tandg = _special(
    scipy.tandg, "Tangent of an angle in degrees.", x=lambda g, out: g * (_DEGREE * (1 + out * out))
)
cotdg = _special(
    scipy.cotdg,
    "Cotangent of an angle in degrees.",
    domain=(20.0, 80.0),
    x=lambda g, out: -g * (_DEGREE * (1 + out * out)),
)

log_expit = _special(scipy.log_expit, "log(expit(x)) without overflow.", x=lambda g, x: g * sigmoid(-x))
logit = _special(
    scipy.logit, "Inverse of expit: log(x / (1 - x)).", domain=(0.1, 0.9), x=lambda g, x: g / (x * (1 - x))
)


@composite(samples=[case((2, 3)), case(())])
def softplus(x: Any) -> Any:
    """log(1 + e ** x) without overflow.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.softplus(ag.tensor([1000.0]))
    tensor([1000.])
    """
    return logaddexp(0.0, x)


# --- Box and Cox --------------------------------------------------------------------------------------


def _boxcox_lambda(g: Any, zero: Any, logarithm: Any, lmbda: Any) -> Any:
    # With L = log(x), boxcox = L exprel(lmbda L); at x = 0 it is -1 / lmbda.
    divisor = where(zero, lmbda, 1)
    regular = logarithm * logarithm * (0.5 * hyp1f1(2, 3, lmbda * logarithm))
    return g * where(zero, 1 / (divisor * divisor), regular)


boxcox = _special(
    scipy.boxcox,
    "Box-Cox transform (x ** lmbda - 1) / lmbda, log(x) for lmbda = 0.",
    domain=(0.3, 2.0),
    x=lambda g, x, lmbda: g * x ** (lmbda - 1),
    lmbda=lambda g, x, lmbda: _boxcox_lambda(g, x == 0, log(where(x == 0, 1, x)), lmbda),
)
boxcox1p = _special(
    scipy.boxcox1p,
    "Box-Cox transform of 1 + x.",
    domain=(0.3, 2.0),
    x=lambda g, x, lmbda: g * (1 + x) ** (lmbda - 1),
    lmbda=lambda g, x, lmbda: _boxcox_lambda(g, x == -1, log1p(where(x == -1, 0, x)), lmbda),
)


def _inv_boxcox_lambda(g: Any, y: Any, lmbda: Any, power: Any) -> Any:
    # log of the result is y q(lmbda y) with q(t) = log(1 + t) / t = ₂F₁(1, 1; 2; -t).
    return g * (power * y * y * (-0.5 * hyp2f1(2, 2, 3, -lmbda * y)))


inv_boxcox = _special(
    scipy.inv_boxcox,
    "Inverse of boxcox: (1 + lmbda y) ** (1 / lmbda), e ** y for lmbda = 0.",
    domain=(0.3, 2.0),
    y=lambda g, lmbda, out: g * out ** (1 - lmbda),
    lmbda=lambda g, y, lmbda, out: _inv_boxcox_lambda(g, y, lmbda, out),
)
inv_boxcox1p = _special(
    scipy.inv_boxcox1p,
    "Inverse of boxcox1p.",
    domain=(0.3, 2.0),
    y=lambda g, lmbda, out: g * (1 + out) ** (1 - lmbda),
    lmbda=lambda g, y, lmbda, out: _inv_boxcox_lambda(g, y, lmbda, 1 + out),
)
