"""The functions of `scipy.special`, one file a family.

Importing this imports `scipy.special`; so it is loaded by ``autograd_cnn.special``, or by the first of
SciPy's ufuncs that meets a tensor.
"""

from autograd_cnn.ops.special import (
    bessel,
    elementary,
    entropy,
    error,
    gamma,
    hypergeometric,
    incomplete,
    orthogonal,
    sums,
)

__all__ = [
    "bessel",
    "elementary",
    "entropy",
    "error",
    "gamma",
    "hypergeometric",
    "incomplete",
    "orthogonal",
    "sums",
]
