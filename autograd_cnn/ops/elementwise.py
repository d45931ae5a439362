"""Functions that work entry by entry. ``g`` is the cotangent of the result; see `core.op`.

A VJP is the transpose of the derivative, without conjugation, for complex numbers too: the tape turns
cotangents and gradients into PyTorch's convention where they enter and leave it.
"""

from __future__ import annotations

import cmath
import math
import operator as python
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_cnn.core.composite import constant
from autograd_cnn.core.elementwise import elementwise
from autograd_cnn.core.primitive import primitive
from autograd_cnn.core.registry import case

# --- Arithmetic ---------------------------------------------------------------------------------------

add = elementwise(
    np.add,
    "Sum x1 + x2.",
    forward=python.add,
    operator="add",
    x1=lambda g: g,
    x2=lambda g: g,
)
subtract = elementwise(
    np.subtract,
    "Difference x1 - x2.",
    forward=python.sub,
    operator="sub",
    x1=lambda g: g,
    x2=lambda g: -g,
)
multiply = elementwise(
    np.multiply,
    "Product x1 * x2.",
    forward=python.mul,
    operator="mul",
    x1=lambda g, x2: g * x2,
    x2=lambda g, x1: g * x1,
)
divide = elementwise(
    np.divide,
    "Quotient x1 / x2.",
    forward=python.truediv,
    operator="truediv",
    domain=(0.5, 2.0),
    x1=lambda g, x2: g / x2,
    x2=lambda g, x2, out: -g * (out / x2),
)
negative = elementwise(np.negative, "Negation -x.", forward=python.neg, operator="neg", x=lambda g: -g)
positive = elementwise(np.positive, "The number itself, +x.", operator="pos", x=lambda g: g)
reciprocal = elementwise(
    np.reciprocal, "Reciprocal 1 / x.", domain=(0.5, 2.0), x=lambda g, out: -g * (out * out)
)
square = elementwise(np.square, "Square x * x.", x=lambda g, x: g * (2 * x))
sqrt = elementwise(
    np.sqrt, "Square root; its derivative at 0 is inf.", domain=(0.2, 3.0), x=lambda g, out: g / (2 * out)
)
cbrt = elementwise(np.cbrt, "Cube root.", domain=(0.2, 3.0), x=lambda g, out: g / (3 * out * out))


def _power_base(g: Any, x1: Any, x2: Any) -> Any:
    # x2 * x1 ** (x2 - 1), and 0 where the exponent is 0, even at 0 ** 0.
    if isinstance(x2, (int, float, complex)):
        return g * (x2 * x1 ** (x2 - 1)) if x2 else g * 0
    return g * (x2 * x1 ** where(x2 == 0, 1, x2 - 1))


def _power_exponent(g: Any, x1: Any, out: Any) -> Any:
    # out * log(x1), and 0 where the base is 0: the limit for every positive exponent.
    if isinstance(x1, (int, float, complex)):
        return g * (out * cmath.log(x1) if isinstance(x1, complex) else out * _log(x1))
    return g * (out * log(where(x1 == 0, 1, x1)))


def _log(x: float) -> float:
    return math.log(x) if x > 0 else 0.0 if x == 0 else math.nan


power = elementwise(
    np.power,
    "Power x1 ** x2. At 0 ** 0 both derivatives are 0.",
    forward=python.pow,
    operator="pow",
    domain=(0.3, 2.0),
    x1=_power_base,
    x2=_power_exponent,
)

# --- Exponentials and logarithms ----------------------------------------------------------------------

exp = elementwise(np.exp, "Exponential e ** x.", x=lambda g, out: g * out)
exp2 = elementwise(np.exp2, "Power of two, 2 ** x.", x=lambda g, out: g * (math.log(2) * out))
expm1 = elementwise(np.expm1, "e ** x - 1, precise near 0.", x=lambda g, out: g * (out + 1))
log = elementwise(np.log, "Natural logarithm.", domain=(0.2, 3.0), x=lambda g, x: g / x)
log2 = elementwise(np.log2, "Logarithm to base 2.", domain=(0.2, 3.0), x=lambda g, x: g / (math.log(2) * x))
log10 = elementwise(
    np.log10, "Logarithm to base 10.", domain=(0.2, 3.0), x=lambda g, x: g / (math.log(10) * x)
)
log1p = elementwise(np.log1p, "log(1 + x), precise near 0.", domain=(-0.5, 3.0), x=lambda g, x: g / (1 + x))


def _log_of_sum(x1: Any, x2: Any) -> Any:
    """NumPy's formula, in vectorised steps: 256 000 float32 in 0.8 ms, where np.logaddexp takes 10."""
    peak = np.maximum(x1, x2)
    if peak.size < 1000 or peak.dtype not in _VECTORISED:
        return np.logaddexp(x1, x2)
    with np.errstate(invalid="ignore", over="ignore"):
        gap = np.subtract(x1, x2)
    # Of equal infinities the gap is NaN, for which fmin takes 0; a NaN operand is in the peak.
    return peak + np.log1p(np.exp(np.fmin(-np.abs(gap), 0)))


_VECTORISED = (np.dtype(np.float32), np.dtype(np.float64))

logaddexp = elementwise(
    np.logaddexp,
    "log(e ** x1 + e ** x2) without overflow.",
    forward=_log_of_sum,
    x1=lambda g, x1, out: g * exp(where(x1 == out, 0, x1 - out)),
    x2=lambda g, x2, out: g * exp(where(x2 == out, 0, x2 - out)),
)

# --- Trigonometric and hyperbolic functions -----------------------------------------------------------

sin = elementwise(np.sin, "Sine.", x=lambda g, x: g * np.cos(x))
cos = elementwise(np.cos, "Cosine.", x=lambda g, x: -g * np.sin(x))
tan = elementwise(np.tan, "Tangent.", domain=(-1.2, 1.2), x=lambda g, out: g * (1 + out * out))
arcsin = elementwise(np.arcsin, "Inverse sine.", domain=(-0.8, 0.8), x=lambda g, x: g / np.sqrt(1 - x * x))
arccos = elementwise(np.arccos, "Inverse cosine.", domain=(-0.8, 0.8), x=lambda g, x: -g / np.sqrt(1 - x * x))
arctan = elementwise(np.arctan, "Inverse tangent.", x=lambda g, x: g / (1 + x * x))
sinh = elementwise(np.sinh, "Hyperbolic sine.", x=lambda g, x: g * np.cosh(x))
cosh = elementwise(np.cosh, "Hyperbolic cosine.", x=lambda g, x: g * np.sinh(x))
tanh = elementwise(np.tanh, "Hyperbolic tangent.", x=lambda g, out: g * (1 - out * out))
arcsinh = elementwise(np.arcsinh, "Inverse hyperbolic sine.", x=lambda g, x: g / np.sqrt(1 + x * x))
arccosh = elementwise(
    np.arccosh,
    "Inverse hyperbolic cosine.",
    domain=(1.2, 3.0),
    x=lambda g, x: g / (np.sqrt(x - 1) * np.sqrt(x + 1)),
)
arctanh = elementwise(
    np.arctanh, "Inverse hyperbolic tangent.", domain=(-0.8, 0.8), x=lambda g, x: g / (1 - x * x)
)
deg2rad = elementwise(np.deg2rad, "Degrees to radians.", x=lambda g: g * (math.pi / 180))
rad2deg = elementwise(np.rad2deg, "Radians to degrees.", x=lambda g: g * (180 / math.pi))


def _over_square(g: Any, x: Any, x1: Any, x2: Any) -> Any:
    # x / (x1² + x2²), with 0 at the origin, where the direction is not defined.
    squares = x1 * x1 + x2 * x2
    return g * x / where(squares == 0, 1, squares)


arctan2 = elementwise(
    np.arctan2,
    "Angle of the point (x2, x1); its derivatives at the origin are 0.",
    domain=(0.3, 2.0),
    x1=lambda g, x1, x2: _over_square(g, x2, x1, x2),
    x2=lambda g, x1, x2: -_over_square(g, x1, x1, x2),
)
hypot = elementwise(
    np.hypot,
    "Length of the vector (x1, x2); its derivatives at the origin are 0.",
    domain=(0.3, 2.0),
    x1=lambda g, x1, out: g * x1 / where(out == 0, 1, out),
    x2=lambda g, x2, out: g * x2 / where(out == 0, 1, out),
)

# --- Kinks: each has one convention, held by tests/test_numerics.py ----------------------------------


def _share(g: Any, mine: Any, other: Any, out: Any) -> Any:
    # A tie is shared evenly. NaN wins (mine != mine), as in the forward.
    won = (mine == out) | (mine != mine)
    tied = won & (mine == other)
    return where(tied, 0.5 * g, where(won, g, 0))


absolute = elementwise(
    np.absolute,
    "Absolute value; its derivative at 0 is 0.",
    operator="abs",
    domain=(0.3, 2.0),
    x=lambda g, x, out: g * (conjugate(x) / where(out == 0, 1, out) if x.dtype.kind == "c" else sign(x)),
)
maximum = elementwise(
    np.maximum,
    "Larger of x1 and x2; a tie shares its gradient evenly.",
    x1=lambda g, x1, x2, out: _share(g, x1, x2, out),
    x2=lambda g, x1, x2, out: _share(g, x2, x1, out),
)
minimum = elementwise(
    np.minimum,
    "Smaller of x1 and x2; a tie shares its gradient evenly.",
    x1=lambda g, x1, x2, out: _share(g, x1, x2, out),
    x2=lambda g, x1, x2, out: _share(g, x2, x1, out),
)


relu = elementwise(
    lambda x: np.maximum(x, 0),
    "Rectified linear unit max(x, 0); its derivative at 0 is 0.",
    name="relu",
    method=True,
    x=lambda g, out: g * (out > 0),
)


def _limits(a_min: Any, a_max: Any, minimum: Any, maximum: Any) -> tuple[Any, Any]:
    return (a_min if minimum is None else minimum), (a_max if maximum is None else maximum)


def _to_clipped(g: Any, a: Any, a_min: Any, a_max: Any, min: Any, max: Any) -> Any:
    low, high = _limits(a_min, a_max, min, max)
    inside = a == a
    if low is not None:
        inside = inside & (a >= low)
    if high is not None:
        inside = inside & (a <= high)
    return where(inside, g, 0)


def _to_low(g: Any, a: Any, a_min: Any, a_max: Any, min: Any, max: Any) -> Any:
    low, high = _limits(a_min, a_max, min, max)
    # Where the limits are the wrong way round, NumPy gives the upper one.
    return where((a < low) if high is None else (a < low) & np.less_equal(low, high), g, 0)


def _to_high(g: Any, a: Any, a_min: Any, a_max: Any, min: Any, max: Any) -> Any:
    low, high = _limits(a_min, a_max, min, max)
    return where((a > high) if low is None else (a > high) | np.greater(low, high), g, 0)


@primitive(
    np.clip,
    method=True,
    samples=[
        case((3, 4), a_min=-0.5, a_max=0.7),
        case((5,), a_min=0.1, a_max=None),
        case((), a_min=None, a_max=1.0),
        case((3, 4), (3, 1), (4,)),
        case((3, 4), (), a_max=0.8),
    ],
    a=_to_clipped,
    a_min=_to_low,
    a_max=_to_high,
    min=_to_low,
    max=_to_high,
)
def clip(a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:
    """Limit ``a`` to the interval [``a_min``, ``a_max``], also called ``min`` and ``max``.

    ``a`` has any shape; the limits broadcast against it. At both ends the derivative by ``a`` is 1, and those
    by the limits are 0.

    >>> import autograd_cnn as ag
    >>> ag.clip(ag.tensor([-1.0, 0.5, 3.0]), 0, 1)
    tensor([0. , 0.5, 1. ])
    """
    return np.clip(a, *_limits(a_min, a_max, min, max))


@primitive(
    np.where,
    samples=[case((2, 2), (2,), condition=np.array([[True, False], [False, True]]))],
    x=lambda g, condition: where(condition, g, 0),
    y=lambda g, condition: where(condition, 0, g),
)
def where(condition: Any, x: Any = None, y: Any = None) -> Any:
    """Take ``x`` where ``condition`` is true, ``y`` elsewhere; the three broadcast together.

    With ``condition`` alone, the indices at which it is true, as a NumPy array for each axis.

    The gradient of the side that was not taken is 0 times its derivative: NaN if that is infinite. Where
    one side is singular, mask its argument as well: ``where(x > 0, log(where(x > 0, x, 1)), 0)``.

    >>> import autograd_cnn as ag
    >>> ag.where([True, False], ag.tensor([1.0, 2.0]), 0.0)
    tensor([1., 0.])
    """
    if x is None and y is None:
        return np.nonzero(condition)
    return np.where(condition, x, y)


# --- Complex numbers ----------------------------------------------------------------------------------

real = elementwise(np.real, "Real part.", reference=np.real, x=lambda g: g)
imag = elementwise(
    np.imag, "Imaginary part.", reference=np.imag, x=lambda g, x: g * -1j if x.dtype.kind == "c" else g * 0
)
conjugate = elementwise(np.conjugate, "Complex conjugate.", method=True, x=lambda g: np.conjugate(g))

# --- Piecewise constant -------------------------------------------------------------------------------


def _keeping_integers(ufunc: np.ufunc) -> Callable[..., Any]:
    # NumPy 2.0 makes floats of them.
    def compute(x: Any, **options: Any) -> Any:
        whole = not options and np.asarray(x).dtype.kind in "iu"
        return np.positive(x) if whole else ufunc(x, **options)

    return compute


sign = constant(np.sign)
floor = constant(np.floor, forward=_keeping_integers(np.floor))
ceil = constant(np.ceil, forward=_keeping_integers(np.ceil))
trunc = constant(np.trunc, forward=_keeping_integers(np.trunc))
rint = constant(np.rint)
equal = constant(np.equal, operator="eq")
not_equal = constant(np.not_equal, operator="ne")
less = constant(np.less, operator="lt")
less_equal = constant(np.less_equal, operator="le")
greater = constant(np.greater, operator="gt")
greater_equal = constant(np.greater_equal, operator="ge")
logical_and = constant(np.logical_and)
logical_or = constant(np.logical_or)
logical_not = constant(np.logical_not)
logical_xor = constant(np.logical_xor)
bitwise_and = constant(np.bitwise_and, operator="and")
bitwise_or = constant(np.bitwise_or, operator="or")
bitwise_xor = constant(np.bitwise_xor, operator="xor")
invert = constant(np.invert, operator="invert")
floor_divide = constant(np.floor_divide, operator="floordiv")
isnan = constant(np.isnan)
isinf = constant(np.isinf)
isfinite = constant(np.isfinite)
signbit = constant(np.signbit)
