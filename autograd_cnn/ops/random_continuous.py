"""Reparameterised draws: functions, made of ops, of the parameters and of noise that does not depend on them.

So at a fixed state of the generator a draw is differentiable in its parameters, to any order, and
expectations have unbiased gradients (Kingma & Welling (2014), *Auto-encoding variational Bayes*, §2.4).
Names and formulas are those of `numpy.random.Generator`: from the same state come the same numbers.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_cnn.core.composite import composite
from autograd_cnn.core.registry import case
from autograd_cnn.core.tensor import Tensor
from autograd_cnn.errors import ArgumentError, ShapeError
from autograd_cnn.ops.decompositions import cholesky
from autograd_cnn.ops.elementwise import exp, expm1, sqrt, where
from autograd_cnn.ops.random_draws import (
    Generator,
    Size,
    above_zero,
    generator_of,
    noise,
    not_negative,
    prepared,
    uniform_noise,
    value_of,
)
from autograd_cnn.ops.shape import reshape

_ONE: list[Any] = [case((2, 3), generator=0), case((2,), size=(3, 2), generator=1), case((), generator=2)]
_TWO: list[Any] = [
    case((2, 3), (3,), generator=0),
    case((2, 1), (3,), size=(4, 2, 3), generator=1),
    case((), (), size=3, generator=2),
]
_POSITIVE = (0.3, 3.0)


def _location_scale(
    name: str, kind: str, loc: Any, scale: Any, size: Size, dtype: Any, generator: Generator
) -> Any:
    (loc, scale), shape, dtype = prepared(name, (loc, scale), size, dtype)
    not_negative(name, scale=scale)
    return loc + scale * noise(kind, shape, dtype, generator_of(generator))


@composite(domain=_POSITIVE, samples=_TWO)
def normal(
    loc: Any = 0.0, scale: Any = 1.0, size: Size = None, *, dtype: Any = None, generator: Generator = None
) -> Any:
    """Draws of the normal distribution: loc + scale · noise.

    ``loc`` and ``scale`` broadcast together, and to ``size``. ``dtype``: float32 or float64; by default that
    of the parameters. ``generator``: a `numpy.random.Generator`, a seed, or None for the one that
    `manual_seed` seeds. The result is a tensor, differentiable in the parameters.

    >>> import autograd_cnn as ag, autograd_cnn.random
    >>> scale = ag.tensor(2.0, requires_grad=True)
    >>> draw = ag.random.normal(1.0, scale, generator=0)
    >>> draw.backward()
    >>> bool(ag.isclose(draw.detach(), 1 + scale.detach() * scale.grad))
    True
    """
    return _location_scale("normal", "standard_normal", loc, scale, size, dtype, generator)


@composite(domain=_POSITIVE, samples=_TWO)
def gumbel(
    loc: Any = 0.0, scale: Any = 1.0, size: Size = None, *, dtype: Any = None, generator: Generator = None
) -> Any:
    """Draws of the Gumbel distribution; parameters as for `normal`.

    >>> import autograd_cnn as ag, autograd_cnn.random
    >>> ag.random.gumbel(size=3).shape
    (3,)
    """
    return _location_scale("gumbel", "gumbel", loc, scale, size, dtype, generator)


@composite(domain=_POSITIVE, samples=_TWO)
def laplace(
    loc: Any = 0.0, scale: Any = 1.0, size: Size = None, *, dtype: Any = None, generator: Generator = None
) -> Any:
    """Draws of the Laplace distribution; parameters as for `normal`.

    >>> import autograd_cnn as ag, autograd_cnn.random
    >>> ag.random.laplace(size=3).shape
    (3,)
    """
    return _location_scale("laplace", "laplace", loc, scale, size, dtype, generator)


@composite(domain=_POSITIVE, samples=_TWO)
def logistic(
    loc: Any = 0.0, scale: Any = 1.0, size: Size = None, *, dtype: Any = None, generator: Generator = None
) -> Any:
    """Draws of the logistic distribution; parameters as for `normal`.

    >>> import autograd_cnn as ag, autograd_cnn.random
    >>> ag.random.logistic(size=3).shape
    (3,)
    """
    return _location_scale("logistic", "logistic", loc, scale, size, dtype, generator)


@composite(domain=(0.1, 1.0), samples=_TWO)
def lognormal(
    mean: Any = 0.0, sigma: Any = 1.0, size: Size = None, *, dtype: Any = None, generator: Generator = None
) -> Any:
    """Draws whose logarithm is normal with ``mean`` and ``sigma``.

    >>> import autograd_cnn as ag, autograd_cnn.random
    >>> bool(ag.all(ag.random.lognormal(size=3) > 0))
    True
    """
    return exp(_location_scale("lognormal", "standard_normal", mean, sigma, size, dtype, generator))


@composite(domain=_POSITIVE, samples=_ONE)
def exponential(
    scale: Any = 1.0, size: Size = None, *, dtype: Any = None, generator: Generator = None
) -> Any:
    """Draws of the exponential distribution of mean ``scale``.

    >>> import autograd_cnn as ag, autograd_cnn.random
    >>> bool(ag.all(ag.random.exponential(size=3) >= 0))
    True
    """
    (scale,), shape, dtype = prepared("exponential", (scale,), size, dtype)
    not_negative("exponential", scale=scale)
    return scale * noise("standard_exponential", shape, dtype, generator_of(generator))


@composite(domain=_POSITIVE, samples=_ONE)
def rayleigh(scale: Any = 1.0, size: Size = None, *, dtype: Any = None, generator: Generator = None) -> Any:
    """Draws of the Rayleigh distribution: lengths of vectors of two normal numbers.

    >>> import autograd_cnn as ag, autograd_cnn.random
    >>> bool(ag.all(ag.random.rayleigh(size=3) >= 0))
    True
    """
    (scale,), shape, dtype = prepared("rayleigh", (scale,), size, dtype)
    not_negative("rayleigh", scale=scale)
    return scale * noise("rayleigh", shape, dtype, generator_of(generator))


@composite(samples=[case((3,), high=3.0, generator=0), case((), high=3.0, size=3, generator=1)])
def uniform(
    low: Any = 0.0, high: Any = 1.0, size: Size = None, *, dtype: Any = None, generator: Generator = None
) -> Any:
    """Draws from [low, high), uniformly; parameters as for `normal`. low > high raises `ArgumentError`.

    >>> import autograd_cnn as ag, autograd_cnn.random
    >>> bool(ag.all(ag.random.uniform(2.0, 3.0, 4) < 3))
    True
    """
    (low, high), shape, dtype = prepared("uniform", (low, high), size, dtype)
    span = high - low
    if not np.all(np.asarray(value_of(span)) >= 0):
        raise ArgumentError(f"uniform: expected low <= high, got high - low = {np.min(value_of(span))}")
    return low + span * uniform_noise(shape, dtype, generator_of(generator))


@composite(domain=_POSITIVE, samples=_ONE)
def pareto(a: Any, size: Size = None, *, dtype: Any = None, generator: Generator = None) -> Any:
    """Draws of the Pareto II (Lomax) distribution of shape ``a``: exp(exponential / a) - 1.

    >>> import autograd_cnn as ag, autograd_cnn.random
    >>> bool(ag.all(ag.random.pareto(3.0, 3) >= 0))
    True
    """
    (a,), shape, dtype = prepared("pareto", (a,), size, dtype)
    above_zero("pareto", a=a)
    return expm1(noise("standard_exponential", shape, dtype, generator_of(generator)) / a)


@composite(domain=_POSITIVE, samples=_ONE)
def weibull(a: Any, size: Size = None, *, dtype: Any = None, generator: Generator = None) -> Any:
    """Draws of the Weibull distribution of shape ``a`` and scale 1: exponential ** (1 / a).

    >>> import autograd_cnn as ag, autograd_cnn.random
    >>> bool(ag.all(ag.random.weibull(3.0, 3) >= 0))
    True
    """
    (a,), shape, dtype = prepared("weibull", (a,), size, dtype)
    above_zero("weibull", a=a)
    return noise("standard_exponential", shape, dtype, generator_of(generator)) ** (1.0 / a)


@composite(domain=_POSITIVE, samples=_ONE)
def power(a: Any, size: Size = None, *, dtype: Any = None, generator: Generator = None) -> Any:
    """Draws from [0, 1] with density a x ** (a - 1).

    >>> import autograd_cnn as ag, autograd_cnn.random
    >>> bool(ag.all(ag.random.power(3.0, 3) <= 1))
    True
    """
    (a,), shape, dtype = prepared("power", (a,), size, dtype)
    above_zero("power", a=a)
    return (-expm1(-noise("standard_exponential", shape, dtype, generator_of(generator)))) ** (1.0 / a)


@composite(
    domain=(0.9, 1.1),
    samples=[case((2, 3), left=0, right=2, generator=0), case((), left=0, right=2, size=5, generator=1)],
)
def triangular(
    left: Any, mode: Any, right: Any, size: Size = None, *, dtype: Any = None, generator: Generator = None
) -> Any:
    """Draws whose density rises from ``left`` to ``mode`` and falls to ``right``, in straight lines.

    Raises `ArgumentError` unless left ≤ mode ≤ right and left < right.

    >>> import autograd_cnn as ag, autograd_cnn.random
    >>> bool(ag.all(ag.random.triangular(0.0, 1.0, 2.0, 3) <= 2))
    True
    """
    (left, mode, right), shape, dtype = prepared("triangular", (left, mode, right), size, dtype)
    first, middle, last = (np.asarray(value_of(x)) for x in (left, mode, right))
    if not np.all((first <= middle) & (middle <= last) & (first < last)):
        raise ArgumentError("triangular: expected left <= mode <= right, and left < right")
    draws = uniform_noise(shape, dtype, generator_of(generator))
    rises = draws <= (mode - left) / (right - left)
    # The root of the branch that was not taken may be that of 0, and its slope infinite.
    low = where(rises, draws * ((mode - left) * (right - left)), 1.0)
    high = where(rises, 1.0, (1 - draws) * ((right - mode) * (right - left)))
    return where(rises, left + sqrt(low), right - sqrt(high))


@composite(
    domain=(1.0, 3.0), samples=[case((1,), (1, 1), size=4, generator=0), case((1,), (1, 1), generator=1)]
)
def multivariate_normal(
    mean: Any, cov: Any, size: Size = None, *, dtype: Any = None, generator: Generator = None
) -> Any:
    """Draws of the normal distribution with ``mean`` (n,) and covariance ``cov`` (n, n): (\\*size, n).

    mean + L · noise, with L the Cholesky factor of cov: NumPy's draws with ``method="cholesky"``. Raises
    `ShapeError` for other shapes, `numpy.linalg.LinAlgError` if ``cov`` is not positive definite.

    >>> import autograd_cnn as ag, autograd_cnn.random
    >>> ag.random.multivariate_normal(ag.zeros(2), ag.eye(2), size=3).shape
    (3, 2)
    """
    shapes = np.shape(mean), np.shape(cov)
    if len(shapes[0]) != 1 or shapes[1] != shapes[0] * 2:
        raise ShapeError(
            f"multivariate_normal: expected mean of shape (n,) and cov of shape (n, n), got {shapes[0]} and "
            f"{shapes[1]}"
        )
    (mean, cov), _, dtype = prepared("multivariate_normal", (mean, cov), None, dtype)
    lead = () if size is None else (int(size),) if np.ndim(size) == 0 else tuple(size)  # type: ignore[arg-type]
    draws = noise("standard_normal", (*lead, *shapes[0]), dtype, generator_of(generator))
    rows = reshape(draws, (-1, *shapes[0])) @ cholesky(cov).mT
    return mean + reshape(rows, draws.shape)


def standard_normal(size: Size = None, *, dtype: Any = None, generator: Generator = None) -> Tensor:
    """Draws of the normal distribution of mean 0 and variance 1, as a constant tensor.

    >>> import autograd_cnn as ag, autograd_cnn.random
    >>> ag.random.standard_normal(3).shape
    (3,)
    """
    return _without_parameters("standard_normal", size, dtype, generator)


def standard_exponential(size: Size = None, *, dtype: Any = None, generator: Generator = None) -> Tensor:
    """Draws of the exponential distribution of mean 1, as a constant tensor.

    >>> import autograd_cnn as ag, autograd_cnn.random
    >>> ag.random.standard_exponential(3).shape
    (3,)
    """
    return _without_parameters("standard_exponential", size, dtype, generator)


def standard_cauchy(size: Size = None, *, dtype: Any = None, generator: Generator = None) -> Tensor:
    """Draws of the Cauchy distribution around 0 of scale 1, as a constant tensor.

    >>> import autograd_cnn as ag, autograd_cnn.random
    >>> ag.random.standard_cauchy(3).shape
    (3,)
    """
    return _without_parameters("standard_cauchy", size, dtype, generator)


def random(size: Size = None, *, dtype: Any = None, generator: Generator = None) -> Tensor:
    """Draws from [0, 1), uniformly, as a constant tensor.

    >>> import autograd_cnn as ag, autograd_cnn.random
    >>> bool(ag.all(ag.random.random(3) < 1))
    True
    """
    _, shape, dtype = prepared("random", (), size, dtype)
    return uniform_noise(shape, dtype, generator_of(generator))


def _without_parameters(kind: str, size: Size, dtype: Any, generator: Generator) -> Tensor:
    _, shape, dtype = prepared(kind, (), size, dtype)
    return noise(kind, shape, dtype, generator_of(generator))
