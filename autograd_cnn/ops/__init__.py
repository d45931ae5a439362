"""The mathematics: one declaration for each op.

A file for each family; what an op is, is explained in `autograd_cnn.core.op`. Importing this package
fills the registry and completes `Tensor`.
"""

from autograd_cnn.ops import (
    activation,
    contraction,
    convolution,
    creation,
    decompositions,
    determinants,
    elementwise,
    indexing,
    least_squares,
    linalg,
    matrix_functions,
    methods,
    norms,
    pooling,
    reduction,
    shape,
    structured,
    window,
)

__all__ = [
    "activation",
    "contraction",
    "convolution",
    "creation",
    "decompositions",
    "determinants",
    "elementwise",
    "indexing",
    "least_squares",
    "linalg",
    "matrix_functions",
    "methods",
    "norms",
    "pooling",
    "reduction",
    "shape",
    "structured",
    "window",
]
