"""The mathematics: one declaration for each op.

A file for each family; what an op is, is explained in `autograd_cnn.core.op`. Importing this package
fills the registry and completes `Tensor`.
"""

from autograd_cnn.core.registry import LAZY
from autograd_cnn.ops import (
    activation,
    contraction,
    convolution,
    creation,
    decompositions,
    determinants,
    diagonal,
    differences,
    einsum,
    elementwise,
    indexing,
    joining,
    least_squares,
    linalg,
    matrix_functions,
    methods,
    nan_reduction,
    normalization,
    norms,
    padding,
    pooling,
    products,
    reduction,
    scans,
    selection,
    shape,
    sorting,
    statistics,
    structured,
    tiling,
    ufuncs,
    window,
)

# Importing scipy.special takes as long as everything else together; most users need none of it.
LAZY["scipy.special"] = "autograd_cnn.ops.special"
LAZY["numpy.fft"] = "autograd_cnn.ops.fft"

__all__ = [
    "activation",
    "contraction",
    "convolution",
    "creation",
    "decompositions",
    "determinants",
    "diagonal",
    "differences",
    "einsum",
    "elementwise",
    "indexing",
    "joining",
    "least_squares",
    "linalg",
    "matrix_functions",
    "methods",
    "nan_reduction",
    "normalization",
    "norms",
    "padding",
    "pooling",
    "products",
    "reduction",
    "scans",
    "selection",
    "shape",
    "sorting",
    "statistics",
    "structured",
    "tiling",
    "ufuncs",
    "window",
]
