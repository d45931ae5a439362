"""The functions of `scipy.special`, one file a family.

Importing this imports `scipy.special`; so it is loaded by ``autograd_cnn.special``, or by the first of
SciPy's ufuncs that meets a tensor.
"""

from autograd_cnn.ops.special import bessel, entropy, error, gamma, hypergeometric, incomplete, orthogonal

__all__ = ["bessel", "entropy", "error", "gamma", "hypergeometric", "incomplete", "orthogonal"]
