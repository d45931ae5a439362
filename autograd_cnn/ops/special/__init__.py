"""The functions of `scipy.special`, one file a family.

Importing this imports `scipy.special`; so it is loaded by ``autograd_cnn.special``, or by the first of
SciPy's ufuncs that meets a tensor.
"""

from autograd_cnn.ops.special import (
    bessel,
    bessel_orders,
    combinatorial,
    distributions,
    elementary,
    elliptic,
    entropy,
    error,
    gamma,
    hypergeometric,
    incomplete,
    orthogonal,
    spherical,
    sums,
)

__all__ = [
    "bessel",
    "bessel_orders",
    "combinatorial",
    "distributions",
    "elementary",
    "elliptic",
    "entropy",
    "error",
    "gamma",
    "hypergeometric",
    "incomplete",
    "orthogonal",
    "spherical",
    "sums",
]
