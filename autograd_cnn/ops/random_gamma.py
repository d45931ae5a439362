"""Draws of the gamma distribution, and of those made of it: beta, Dirichlet, χ², Student's t and F.

A draw of shape a + 1 is z = F⁻¹(a + 1, u), F the distribution function and u uniform noise; implicit
differentiation gives dz/da = -(∂F/∂a) / (∂F/∂z) (Figurnov, Mohamed & Mnih (2018), *Implicit
reparameterization gradients*, equation (5)). Times v ** (1 / a) it is one of shape a, v uniform
(Marsaglia & Tsang (2000), *A simple method for generating gamma variables*, §6). By logarithms this neither
underflows nor loses precision for any a > 0. NumPy rejects candidates instead: its numbers differ, and at a
fixed seed jump when a shape changes, so that they have no derivative.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_cnn.core.composite import composite
from autograd_cnn.core.primitive import primitive
from autograd_cnn.core.registry import case
from autograd_cnn.core.tensor import Tensor
from autograd_cnn.errors import ShapeError
from autograd_cnn.ops.activation import sigmoid, softmax
from autograd_cnn.ops.elementwise import exp, log, sqrt
from autograd_cnn.ops.random_draws import (
    Generator,
    Size,
    above_zero,
    generator_of,
    noise,
    not_negative,
    prepared,
    value_of,
)

# Of Gauss and Legendre, for integrals from 0 to 1.
_NODES, _WEIGHTS = (
    (x + shift) / 2 for x, shift in zip(np.polynomial.legendre.leggauss(40), (1, 0), strict=True)
)
_NEGLIGIBLE = 38.0  # e ** -38 is 3e-17


def _slope(shape: Any, draw: Any) -> Any:
    """Derivative of ``draw`` along ``shape`` ≥ 1 at a fixed probability.

    With p the density and ψ the digamma function, -∂F/∂a = ∫₀ᶻ p(s) (ψ(a) - log s) ds, which is also
    ∫_z^∞ p(s) (log s - ψ(a)) ds, as the mean of log s is ψ(a). One of the two has no cancellation: the former
    if σ = sign(log z - ψ(a)) is -1. With s = z exp(σ v), both divided by p(z) become

        z ∫₀^∞ exp(σ a v - z expm1(σ v)) (|log z - ψ(a)| + v) dv.

    Forty nodes give it to a relative error of 1e-13 (shapes from 1 to 1e6, probabilities 1e-14 to 1 - 1e-13).
    """
    from autograd_cnn.ops.special.gamma import digamma  # it loads scipy.special

    gap = log(draw) - digamma(shape)
    side = np.where(np.asarray(value_of(gap)) < 0, -1.0, 1.0)
    end = _end(np.asarray(value_of(shape)), np.asarray(value_of(draw)), side)
    distance = side * gap
    total: Any = 0.0
    for node, weight in zip(_NODES.tolist(), _WEIGHTS.tolist(), strict=True):
        v = node * end
        total = total + weight * exp((side * v) * shape - draw * np.expm1(side * v)) * (distance + v)
    return draw * end * total


def _end(shape: Any, draw: Any, side: Any) -> Any:
    """Where the integrand has become negligible: by Newton's method, from beyond; the exponent is concave."""
    lower = (_NEGLIGIBLE + np.sqrt(_NEGLIGIBLE**2 + 8 * _NEGLIGIBLE * draw)) / (2 * draw)
    lower = np.minimum(lower, (_NEGLIGIBLE + draw) / shape)
    end = np.where(side < 0, lower, (0.5 + np.sqrt(0.25 + 2 * _NEGLIGIBLE * draw)) / draw)
    for _ in range(8):
        step = draw * np.expm1(side * end) - side * shape * end - _NEGLIGIBLE
        end = end - step / (side * (draw * np.exp(side * end) - shape))
    return end


def _in_double(x: Any) -> Any:
    return x.astype(np.float64) if isinstance(x, Tensor) else np.asarray(x, np.float64)


@primitive(
    domain=(1.0, 4.0),
    samples=[
        case((2, 3), probability=0.3),
        case((2,), probability=[[0.001], [0.999]]),
        case((), probability=0.8),
    ],
    shape=lambda g, shape, out: g * _slope(_in_double(shape), _in_double(out)).astype(out.dtype),
)
def gamma_quantile(shape: Any, probability: Any) -> Any:
    """Value below which a gamma variable of ``shape``, 1 or more, lies with ``probability``, a constant.

    >>> import autograd_cnn as ag, autograd_cnn.random
    >>> bool(ag.isclose(ag.ops.random_gamma.gamma_quantile(ag.tensor(1.0), 0.5), ag.log(2.0)))
    True
    """
    from scipy.special import gammaincinv  # type: ignore[import-untyped]

    dtype = shape.dtype if isinstance(shape, (np.ndarray, np.generic)) else np.float64
    return gammaincinv(np.asarray(shape, np.float64), np.asarray(probability, np.float64)).astype(dtype)


def _factors(
    shape: Any, size: tuple[int, ...], dtype: Any, generator: np.random.Generator
) -> tuple[Any, Any]:
    """A draw of shape ``shape`` + 1, and the logarithm of what makes it one of ``shape``."""
    probability = np.maximum(generator.random(size), 2.0**-54)  # 0 has no logarithm
    larger = gamma_quantile(shape + 1.0, probability)
    return larger, -noise("standard_exponential", size, dtype, generator) / shape


def _log_gamma(shape: Any, size: tuple[int, ...], dtype: Any, generator: np.random.Generator) -> Any:
    larger, shift = _factors(shape, size, dtype, generator)
    return log(larger) + shift


_ONE: list[Any] = [case((2, 3), generator=0), case((2,), size=(3, 2), generator=1), case((), generator=2)]
_TWO: list[Any] = [
    case((2, 3), (3,), generator=0),
    case((2, 1), (3,), size=(2, 2, 3), generator=1),
    case((), (), size=3, generator=2),
]
_POSITIVE = (0.3, 3.0)


@composite(domain=_POSITIVE, samples=_ONE)
def standard_gamma(shape: Any, size: Size = None, *, dtype: Any = None, generator: Generator = None) -> Any:
    """Draws of the gamma distribution of ``shape`` > 0 and scale 1.

    Differentiable in ``shape`` to any order. ``size``, ``dtype``, ``generator`` as for `normal`. The numbers
    are not those that NumPy draws from the same state; see the module.

    >>> import autograd_cnn as ag, autograd_cnn.random
    >>> bool(ag.all(ag.random.standard_gamma(0.5, 3) > 0))
    True
    """
    return gamma(shape, 1.0, size, dtype=dtype, generator=generator)


@composite(domain=_POSITIVE, samples=_TWO)
def gamma(
    shape: Any, scale: Any = 1.0, size: Size = None, *, dtype: Any = None, generator: Generator = None
) -> Any:
    """Draws of the gamma distribution of ``shape`` > 0 and ``scale``; see `standard_gamma`.

    >>> import autograd_cnn as ag, autograd_cnn.random
    >>> ag.random.gamma(2.0, ag.ones(3)).shape
    (3,)
    """
    (shape, scale), lengths, dtype = prepared("gamma", (shape, scale), size, dtype)
    above_zero("gamma", shape=shape)
    not_negative("gamma", scale=scale)
    larger, shift = _factors(shape, lengths, dtype, generator_of(generator))
    return scale * (larger * exp(shift))


@composite(domain=_POSITIVE, samples=_ONE)
def chisquare(df: Any, size: Size = None, *, dtype: Any = None, generator: Generator = None) -> Any:
    """Draws of the χ² distribution with ``df`` > 0 degrees of freedom; see `standard_gamma`.

    >>> import autograd_cnn as ag, autograd_cnn.random
    >>> bool(ag.all(ag.random.chisquare(2.0, 3) > 0))
    True
    """
    (df,), lengths, dtype = prepared("chisquare", (df,), size, dtype)
    above_zero("chisquare", df=df)
    larger, shift = _factors(df / 2, lengths, dtype, generator_of(generator))
    return 2 * (larger * exp(shift))


@composite(domain=_POSITIVE, samples=_TWO)
def f(dfnum: Any, dfden: Any, size: Size = None, *, dtype: Any = None, generator: Generator = None) -> Any:
    """Draws of the F distribution: the ratio of two χ² variables, each over its degrees of freedom.

    >>> import autograd_cnn as ag, autograd_cnn.random
    >>> bool(ag.all(ag.random.f(2.0, 5.0, 3) > 0))
    True
    """
    (dfnum, dfden), lengths, dtype = prepared("f", (dfnum, dfden), size, dtype)
    above_zero("f", dfnum=dfnum, dfden=dfden)
    source = generator_of(generator)
    above = _log_gamma(dfnum / 2, lengths, dtype, source)
    return exp(above - _log_gamma(dfden / 2, lengths, dtype, source)) * (dfden / dfnum)


@composite(domain=_POSITIVE, samples=_ONE)
def standard_t(df: Any, size: Size = None, *, dtype: Any = None, generator: Generator = None) -> Any:
    """Draws of Student's t with ``df`` > 0 degrees of freedom; see `standard_gamma`.

    >>> import autograd_cnn as ag, autograd_cnn.random
    >>> ag.random.standard_t(3.0, 2).shape
    (2,)
    """
    (df,), lengths, dtype = prepared("standard_t", (df,), size, dtype)
    above_zero("standard_t", df=df)
    source = generator_of(generator)
    normal = noise("standard_normal", lengths, dtype, source)
    return normal * sqrt(df / 2) * exp(_log_gamma(df / 2, lengths, dtype, source) / -2)


@composite(domain=_POSITIVE, samples=_TWO)
def beta(a: Any, b: Any, size: Size = None, *, dtype: Any = None, generator: Generator = None) -> Any:
    """Draws of the beta distribution, a > 0 and b > 0: X / (X + Y) of gamma variables of these shapes.

    >>> import autograd_cnn as ag, autograd_cnn.random
    >>> bool(ag.all(ag.random.beta(2.0, 3.0, 4) < 1))
    True
    """
    (a, b), lengths, dtype = prepared("beta", (a, b), size, dtype)
    above_zero("beta", a=a, b=b)
    source = generator_of(generator)
    first = _log_gamma(a, lengths, dtype, source)
    return sigmoid(first - _log_gamma(b, lengths, dtype, source))


@composite(
    domain=_POSITIVE,
    samples=[case((3,), generator=0), case((3,), size=(2, 2), generator=1), case((1,), generator=0)],
)
def dirichlet(alpha: Any, size: Size = None, *, dtype: Any = None, generator: Generator = None) -> Any:
    """Draws of the Dirichlet distribution, ``alpha`` (k,) > 0: (\\*size, k), positive and of sum 1.

    >>> import autograd_cnn as ag, autograd_cnn.random
    >>> ag.random.dirichlet(ag.ones(3), 4).shape
    (4, 3)
    """
    if len(np.shape(alpha)) != 1:
        raise ShapeError(f"dirichlet: expected alpha of shape (k,), got {np.shape(alpha)}")
    lead = () if size is None else (int(size),) if np.ndim(size) == 0 else tuple(size)  # type: ignore[arg-type]
    (alpha,), lengths, dtype = prepared("dirichlet", (alpha,), (*lead, *np.shape(alpha)), dtype)
    above_zero("dirichlet", alpha=alpha)
    return softmax(_log_gamma(alpha, lengths, dtype, generator_of(generator)), axis=-1)
