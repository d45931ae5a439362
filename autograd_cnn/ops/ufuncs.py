"""The rest of NumPy's entry-by-entry functions: rarer ones, remainders, rounding, parts of numbers."""

from __future__ import annotations

import math
import operator as python
from typing import Any

import numpy as np

from autograd_cnn.core.composite import composite, constant
from autograd_cnn.core.elementwise import elementwise
from autograd_cnn.core.primitive import primitive
from autograd_cnn.core.registry import NUMPY, case
from autograd_cnn.core.tensor import Tensor, wrap
from autograd_cnn.ops.elementwise import arctan2, imag, power, real, sign, trunc, where
from autograd_cnn.ops.shape import astype


def value_of(x: Any) -> Any:
    """The value of a tensor, to find places and other constants with; anything else as it is.

    >>> import autograd_cnn as ag
    >>> value_of(ag.tensor([1.0, 2.0]))
    array([1., 2.])
    """
    return x._value if isinstance(x, Tensor) else x


def _zero(g: Any) -> Any:
    # Not g * 0: an infinite cotangent would make it NaN.
    return np.zeros_like(g)


# --- Extrema, magnitudes, signs -----------------------------------------------------------------------


def _share(g: Any, mine: Any, other: Any, out: Any) -> Any:
    # A tie is shared evenly, as in `maximum`; NaN loses, and two of them tie.
    both_nan = (mine != mine) & (other != other)
    return where((mine == other) | both_nan, 0.5 * g, where(mine == out, g, 0))


fmax = elementwise(
    np.fmax,
    "Larger of x1 and x2, or the one that is not NaN; a tie shares its gradient evenly.",
    x1=lambda g, x1, x2, out: _share(g, x1, x2, out),
    x2=lambda g, x1, x2, out: _share(g, x2, x1, out),
)
fmin = elementwise(
    np.fmin,
    "Smaller of x1 and x2, or the one that is not NaN; a tie shares its gradient evenly.",
    x1=lambda g, x1, x2, out: _share(g, x1, x2, out),
    x2=lambda g, x1, x2, out: _share(g, x2, x1, out),
)
fabs = elementwise(
    np.fabs, "Absolute value of a real number; its derivative at 0 is 0.", x=lambda g, x: g * sign(x)
)
copysign = elementwise(
    np.copysign,
    "x1 with the sign of x2; its derivative by x1 at 0 is 0, by x2 everywhere.",
    domain=(0.3, 2.0),
    x1=lambda g, x1, out: g * (sign(x1) * sign(out)),
    x2=_zero,
)
heaviside = elementwise(
    np.heaviside,
    "Step function: 0 where x1 < 0, x2 where x1 = 0, 1 where x1 > 0; its derivative by x1 is 0.",
    domain=(0.3, 2.0),
    x1=_zero,
    x2=lambda g, x1: where(x1 == 0, g, 0),
)
nextafter = elementwise(
    np.nextafter,
    "The next floating-point number from x1 towards x2: x1, but for its last bit, so with derivative 1.",
    x1=lambda g: g,
    x2=_zero,
)

# --- Logarithms, powers, angles -----------------------------------------------------------------------

logaddexp2 = elementwise(
    np.logaddexp2,
    "log2(2 ** x1 + 2 ** x2) without overflow.",
    x1=lambda g, x1, out: g * np.exp2(where(x1 == out, 0, x1 - out)),
    x2=lambda g, x2, out: g * np.exp2(where(x2 == out, 0, x2 - out)),
)
degrees = elementwise(np.degrees, "Radians to degrees.", x=lambda g: g * (180 / math.pi))
radians = elementwise(np.radians, "Degrees to radians.", x=lambda g: g * (math.pi / 180))


def float_power(x1: Any, x2: Any) -> Any:
    """Power x1 ** x2 in double precision (float64 or complex128), whatever the dtypes.

    >>> import autograd_cnn as ag, numpy as np
    >>> np.float_power(ag.tensor([2, 3]), -1)
    tensor([0.5       , 0.33333333])
    """
    return power(_double(x1), _double(x2))


def _double(x: Any) -> Any:
    x = x if isinstance(x, (Tensor, np.ndarray)) else np.asarray(x)
    return astype(x, np.result_type(x.dtype, np.float64))


NUMPY[np.float_power] = float_power

# --- Remainders and scaling ---------------------------------------------------------------------------

remainder = elementwise(
    np.remainder,
    "Remainder x1 - floor(x1 / x2) * x2, with the sign of x2; np.mod is another name of it.",
    forward=python.mod,
    operator="mod",
    domain=(0.3, 2.0),
    x1=lambda g: g,
    x2=lambda g, x1, x2: -g * np.floor_divide(x1, x2),
)
fmod = elementwise(
    np.fmod,
    "Remainder x1 - trunc(x1 / x2) * x2, with the sign of x1.",
    domain=(0.3, 2.0),
    x1=lambda g: g,
    # x1 / x2 may round up to the next integer; the remainder that was found does not.
    x2=lambda g, x1, x2, out: -g * np.rint((x1 - out) / x2),
)


@primitive(
    np.ldexp,
    samples=[case((2, 3), x2=np.array([1, -2, 0])), case((), x2=3), case((2, 1), x2=np.array([1, 2, 3]))],
    x1=lambda g, x2: ldexp(g, x2),
)
def ldexp(x1: Any, x2: Any) -> Any:
    """x1 * 2 ** x2 for integers ``x2``, which broadcast against ``x1`` and carry no gradient.

    >>> import autograd_cnn as ag
    >>> ag.ldexp(ag.tensor([1.0, 3.0]), 2)
    tensor([ 4., 12.])
    """
    return np.ldexp(x1, x2)


# Functions whose first result has a derivative and whose second one is a constant, or the reverse.


def divmod(x1: Any, x2: Any) -> tuple[Any, Any]:
    """Floor of x1 / x2, a constant, and the remainder, which has a derivative.

    >>> import autograd_cnn as ag, numpy as np
    >>> np.divmod(ag.tensor([5.0]), 2.0)
    (tensor([2.]), tensor([1.]))
    """
    return np.floor_divide(x1, x2), remainder(x1, x2)


def modf(x: Any) -> tuple[Any, Any]:
    """Fractional part, with derivative 1, and integral part, a constant; both have the sign of x.

    >>> import autograd_cnn as ag, numpy as np
    >>> np.modf(ag.tensor([2.5, -0.5]))
    (tensor([ 0.5, -0.5]), tensor([ 2., -0.]))
    """
    return fmod(where(np.isinf(x), 0, x), 1), np.trunc(x)


def frexp(x: Any) -> tuple[Any, Any]:
    """Mantissa m in (-1, 1) and integer exponent e, a constant, such that x = m * 2 ** e.

    >>> import autograd_cnn as ag, numpy as np
    >>> np.frexp(ag.tensor([6.0]))
    (tensor([0.75]), tensor([3], dtype=int32))
    """
    exponent = np.frexp(value_of(x))[1]
    return ldexp(x, -exponent), wrap(exponent, None) if isinstance(x, Tensor) else exponent


NUMPY[np.divmod], NUMPY[np.modf], NUMPY[np.frexp] = divmod, modf, frexp


# --- sinc ---------------------------------------------------------------------------------------------

sinc = elementwise(
    np.sinc,
    "sin(πx) / (πx), and 1 at 0; exact there to every order.",
    reference=np.sinc,
    x=lambda g, x: g * (math.pi * sinc_derivative(math.pi * x, 1)),
)


@primitive(
    samples=[case((2, 3), order=1), case((), order=2), case((0, 3), order=0)],
    x=lambda g, x, order: g * sinc_derivative(x, order + 1),
)
def sinc_derivative(x: Any, order: int) -> Any:
    """Derivative of sin(x) / x of any ``order``, entry by entry; accurate at and near 0.

    From x f(x) = sin(x) follows x f⁽ⁿ⁾ = sin⁽ⁿ⁾(x) - n f⁽ⁿ⁻¹⁾, which loses digits where abs(x) < n; there
    it is the Taylor series Σ (-1)ᵏ xᵐ / (m! (2k + 1)) over k with m = 2k - n ≥ 0.

    >>> import autograd_cnn as ag
    >>> ag.ops.ufuncs.sinc_derivative(ag.tensor([0.0]), 2)
    tensor([-0.33333333])
    """
    x = np.asarray(x)
    near = np.abs(x) < order + 1
    far_x = np.where(near, 1, x)
    far = np.sin(far_x) / far_x
    for n in range(1, order + 1):
        far = (_sine_derivative(far_x, n) - n * far) / far_x
    near_x = np.where(near, x, 0)
    first = (order + 1) // 2
    term = near_x ** (2 * first - order) * (-1) ** first
    series = np.zeros_like(near_x)
    for k in range(first, first + 2 * order + 12):
        m = 2 * k - order
        series = series + term / (2 * k + 1)
        term = term * (near_x * near_x) / (-(m + 1) * (m + 2))
    return np.where(near, series, far)


def _sine_derivative(x: Any, order: int) -> Any:
    function = np.cos if order % 2 else np.sin
    return function(x) if order % 4 < 2 else -function(x)


# --- Parts and repairs of numbers ---------------------------------------------------------------------


@primitive(
    np.nan_to_num,
    samples=[case((2, 3)), case((), nan=1.0)],
    x=lambda g, x: where(np.isfinite(x), g, 0),
)
def nan_to_num(x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    """Replace NaN and infinities by numbers (infinities by the largest ones); there the derivative is 0.

    >>> import autograd_cnn as ag, numpy as np
    >>> ag.nan_to_num(ag.tensor([1.0, np.nan, np.inf]), nan=0.5, posinf=9.0)
    tensor([1. , 0.5, 9. ])
    """
    return np.nan_to_num(x, nan=nan, posinf=posinf, neginf=neginf)


@composite(np.angle, domain=(0.3, 2.0), samples=[case((2, 3)), case((), deg=True)])
def angle(z: Any, deg: bool = False) -> Any:
    """Angle of a complex number in radians, or in degrees; derivative 0 at the origin.

    >>> import autograd_cnn as ag
    >>> ag.angle(ag.tensor([1.0 + 1.0j]), deg=True)
    tensor([45.])
    """
    radian = arctan2(imag(z), real(z)) if z.dtype.kind == "c" else arctan2(np.zeros_like(z), z)
    return radian * (180 / math.pi) if deg else radian


@composite(np.real_if_close, samples=[case((2, 3))])
def real_if_close(a: Any, tol: float = 100) -> Any:
    """Real part, if all imaginary parts are within ``tol`` units of rounding of 0; else ``a`` itself.

    >>> import autograd_cnn as ag
    >>> ag.real_if_close(ag.tensor([2.0 + 0.0j]))
    tensor([2.])
    """
    return a if np.iscomplexobj(np.real_if_close(value_of(a), tol)) else a.real


@composite(np.unwrap, domain=(-9.0, 9.0), samples=[case((2, 5)), case((2, 5), axis=0, period=3.0)])
def unwrap(p: Any, discont: float | None = None, axis: int = -1, *, period: float = math.tau) -> Any:
    """Add multiples of ``period`` so that no step along ``axis`` exceeds ``discont``; derivative 1.

    >>> import autograd_cnn as ag
    >>> ag.unwrap(ag.tensor([0.0, 3.0, 5.5]), period=4.0)
    tensor([ 0. , -1. , -2.5])
    """
    values = value_of(p)
    return p + (np.unwrap(values, discont, axis, period=period) - values)


# --- Piecewise constant -------------------------------------------------------------------------------

round = constant(np.round, method=True)
around = constant(np.around)
spacing = constant(np.spacing)
gcd = constant(np.gcd)
lcm = constant(np.lcm)
bitwise_count = constant(np.bitwise_count)
left_shift = constant(np.left_shift, operator="lshift")
right_shift = constant(np.right_shift, operator="rshift")
isposinf = constant(np.isposinf)
isneginf = constant(np.isneginf)
isreal = constant(np.isreal)
iscomplex = constant(np.iscomplex)

if hasattr(np, "fix"):  # deprecated since NumPy 2.5
    NUMPY[np.fix] = trunc
