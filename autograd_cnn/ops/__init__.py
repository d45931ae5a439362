"""The mathematics: one declaration for each op.

A file for each family; what an op is, is explained in `autograd_cnn.core.op`. Importing this package
fills the registry and completes `Tensor`.
"""

from autograd_cnn.core.registry import LAZY
from autograd_cnn.ops import (
    activation,
    array_api,
    contraction,
    convolution,
    creation,
    decompositions,
    determinants,
    diagonal,
    differences,
    einsum,
    elementwise,
    grids,
    histograms,
    indexing,
    joining,
    least_squares,
    linalg,
    linear_convolution,
    matrix_functions,
    methods,
    nan_reduction,
    normalization,
    norms,
    padding,
    polynomials,
    pooling,
    products,
    ranges,
    reduction,
    scans,
    selection,
    sets,
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
LAZY["scipy.linalg"] = "autograd_cnn.linalg"
LAZY["numpy.fft"] = "autograd_cnn.ops.fft"
LAZY["numpy.random"] = "autograd_cnn.random"
LAZY["scipy.signal"] = "autograd_cnn.signal"

__all__ = [
    "activation",
    "array_api",
    "contraction",
    "convolution",
    "creation",
    "decompositions",
    "determinants",
    "diagonal",
    "differences",
    "einsum",
    "elementwise",
    "grids",
    "histograms",
    "indexing",
    "joining",
    "least_squares",
    "linalg",
    "linear_convolution",
    "matrix_functions",
    "methods",
    "nan_reduction",
    "normalization",
    "norms",
    "padding",
    "polynomials",
    "pooling",
    "products",
    "ranges",
    "reduction",
    "scans",
    "selection",
    "sets",
    "shape",
    "sorting",
    "statistics",
    "structured",
    "tiling",
    "ufuncs",
    "window",
]
