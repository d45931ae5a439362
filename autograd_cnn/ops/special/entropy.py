"""Logistic functions, entropies, robust losses, Box-Cox transforms, and sums of exponentials."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
import scipy.special as scipy  # type: ignore[import-untyped]

from autograd_cnn.core.composite import composite
from autograd_cnn.core.elementwise import elementwise
from autograd_cnn.core.registry import NUMPY, case
from autograd_cnn.core.tensor import Tensor
from autograd_cnn.errors import UnsupportedError
from autograd_cnn.ops import activation, reduction
from autograd_cnn.ops.activation import sigmoid
from autograd_cnn.ops.elementwise import (
    cbrt,
    exp,
    exp2,
    expm1,
    hypot,
    log,
    log1p,
    logaddexp,
    minimum,
    sign,
    where,
)
from autograd_cnn.ops.reduction import Axis
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


# --- Entropies: at (0, 0) every derivative is finite, and elsewhere what the mathematics says -----------


def _both_zero(x: Any, y: Any) -> Any:
    return (x == 0) & (y == 0)


def _log_of_second(g: Any, x: Any, y: Any) -> Any:
    return g * log(where(_both_zero(x, y), 1, y))


def _ratio(x: Any, y: Any) -> Any:
    """x / y, and 0 where both are 0."""
    return x / where(_both_zero(x, y), 1, y)


def _log_ratio(x: Any, y: Any) -> Any:
    """log(x / y), and 0 where both are 0."""
    origin = _both_zero(x, y)
    return log(where(origin, 1, x) / where(origin, 1, y))


xlogy = _special(
    scipy.xlogy,
    "x log(y), 0 where x is 0; its derivatives at (0, 0) are 0.",
    domain=(0.3, 2.0),
    x=_log_of_second,
    y=lambda g, x, y: g * _ratio(x, y),
)
xlog1py = _special(
    scipy.xlog1py,
    "x log(1 + y), 0 where x is 0; its derivatives at (0, -1) are 0.",
    domain=(-0.5, 2.0),
    x=lambda g, x, y: g * log1p(where(_both_zero(x, 1 + y), 0, y)),
    y=lambda g, x, y: g * _ratio(x, 1 + y),
)
entr = _special(
    scipy.entr,
    "Entropy -x log(x), 0 at 0, where its derivative is infinite.",
    domain=(0.2, 3.0),
    x=lambda g, x: -g * (log(x) + 1),
)
rel_entr = _special(
    scipy.rel_entr,
    "Relative entropy x log(x / y); its derivatives at (0, 0) are 0.",
    domain=(0.3, 2.0),
    x=lambda g, x, y: g * where(_both_zero(x, y), 0, _log_ratio(x, y) + 1),
    y=lambda g, x, y: -g * _ratio(x, y),
)
kl_div = _special(
    scipy.kl_div,
    "Kullback-Leibler divergence x log(x / y) - x + y; its derivatives at (0, 0) are 0 and 1.",
    domain=(0.3, 2.0),
    x=lambda g, x, y: g * _log_ratio(x, y),
    y=lambda g, x, y: g * (1 - _ratio(x, y)),
)

# --- Robust losses ------------------------------------------------------------------------------------


def _over_length(g: Any, numerator: Any, length: Any) -> Any:
    return g * (numerator / where(length == 0, 1, length))


def _pseudo_huber_delta(g: Any, delta: Any, r: Any) -> Any:
    length = hypot(delta, r)
    # length - delta, without cancellation: r² / (length + delta).
    excess = r * r / where(length == 0, 1, length + delta)
    return _over_length(g, excess * excess, length)


def _pseudo_huber_residual(g: Any, delta: Any, r: Any) -> Any:
    return _over_length(g, delta * r, hypot(delta, r))


huber = _special(
    scipy.huber,
    "Huber's loss: r² / 2 where |r| ≤ delta, delta (|r| - delta / 2) elsewhere.",
    domain=(0.3, 2.0),
    delta=lambda g, delta, r: g * where(abs(r) <= delta, 0, abs(r) - delta),
    r=lambda g, delta, r: g * where(abs(r) <= delta, r, delta * sign(r)),
)
pseudo_huber = _special(
    scipy.pseudo_huber,
    "Smooth Huber loss delta² (√(1 + (r / delta)²) - 1).",
    domain=(0.3, 2.0),
    delta=_pseudo_huber_delta,
    r=_pseudo_huber_residual,
)

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

# --- Sums of exponentials -----------------------------------------------------------------------------

_AXES: Any = [case((2, 3)), case((2, 3), axis=1), case((2, 3, 2), axis=(0, -1)), case(())]


@composite(samples=_AXES)
def softmax(x: Any, axis: Any = None) -> Any:
    """e ** x / Σ e ** x over ``axis`` (None: over all of them).

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.softmax(ag.tensor([1000.0, 1000.0]))
    tensor([0.5, 0.5])
    """
    return activation.softmax(x, axis)


@composite(samples=_AXES)
def log_softmax(x: Any, axis: Any = None) -> Any:
    """x - log Σ e ** x over ``axis`` (None: over all of them), exact far out.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.log_softmax(ag.tensor([1000.0, 0.0]))
    tensor([    0., -1000.])
    """
    return activation.log_softmax(x, axis)


@composite(
    domain=(0.2, 2.0),
    samples=[
        *_AXES,
        case((2, 3), axis=0, keepdims=True),
        case((2, 3), (3,), axis=1),
        case((2,), (2, 2), axis=None),
    ],
)
def logsumexp(
    a: Any, axis: Axis = None, b: Any = None, keepdims: bool = False, return_sign: bool = False
) -> Any:
    """log Σ b e ** a over ``axis`` (None: over all of them), without overflow; NaN if the sum is negative.

    ``b``, of factors, broadcasts against ``a``, and is differentiable too; an entry whose factor is 0 has
    no part in the sum. Without any, the result is -inf and its derivatives are 0. ``return_sign`` is not
    supported.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.logsumexp(ag.tensor([1000.0, 1000.0]), b=np.array([1.0, 0.0]))
    tensor(1000.)
    """
    if return_sign:
        raise UnsupportedError("logsumexp: return_sign=True is not supported; the sign is that of the sum")
    if b is None:
        return reduction.logsumexp(a, axis, keepdims=keepdims)
    factors = b if isinstance(b, Tensor) else np.asarray(b)
    values = np.where(_value(factors) == 0, -math.inf, _value(a))
    peak = np.max(values, axis=axis, keepdims=True, initial=-math.inf)
    shift = np.where(np.isfinite(peak), peak, 0)
    # Only an entry whose factor is 0 can be far above the peak; its exponential must stay finite.
    limit = math.log(np.finfo(values.dtype).max) - 1
    total = reduction.sum(factors * exp(minimum(a - shift, limit)), axis, keepdims=True)
    none = total == 0
    result = where(none, -math.inf, log(where(none, 1, total))) + shift
    return result if keepdims else reduction.sum(result, axis)


def _value(x: Any) -> Any:
    return x.detach().numpy() if isinstance(x, Tensor) else x
