"""Random tensors: the methods of `numpy.random.Generator` as functions, differentiable in their parameters.

Each takes ``generator=``: a `numpy.random.Generator`, a seed, or None for the one that `manual_seed` seeds.

>>> import autograd_cnn as ag, autograd_cnn.random
>>> mean = ag.tensor(0.5, requires_grad=True)
>>> ag.random.normal(mean, 2.0, size=3, generator=0).sum().backward()
>>> mean.grad
tensor(3.)
"""

from numpy.random import Generator, default_rng

from autograd_cnn.ops.random_continuous import (
    exponential,
    gumbel,
    laplace,
    logistic,
    lognormal,
    multivariate_normal,
    normal,
    pareto,
    power,
    random,
    rayleigh,
    standard_cauchy,
    standard_exponential,
    standard_normal,
    triangular,
    uniform,
    weibull,
)
from autograd_cnn.ops.random_discrete import (
    binomial,
    choice,
    geometric,
    hypergeometric,
    integers,
    logseries,
    multinomial,
    negative_binomial,
    permutation,
    poisson,
    zipf,
)
from autograd_cnn.ops.random_gamma import beta, chisquare, dirichlet, f, gamma, standard_gamma, standard_t

__all__ = [
    "Generator",
    "beta",
    "binomial",
    "chisquare",
    "choice",
    "default_rng",
    "dirichlet",
    "exponential",
    "f",
    "gamma",
    "geometric",
    "gumbel",
    "hypergeometric",
    "integers",
    "laplace",
    "logistic",
    "lognormal",
    "logseries",
    "multinomial",
    "multivariate_normal",
    "negative_binomial",
    "normal",
    "pareto",
    "permutation",
    "poisson",
    "power",
    "random",
    "rayleigh",
    "standard_cauchy",
    "standard_exponential",
    "standard_gamma",
    "standard_normal",
    "standard_t",
    "triangular",
    "uniform",
    "weibull",
    "zipf",
]
