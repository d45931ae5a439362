"""Linear algebra: `numpy.linalg`, and what only `scipy.linalg` has; over leading axes, on arrays or tensors.

>>> import autograd_cnn as ag
>>> from autograd_cnn import linalg
>>> linalg.solve(ag.tensor([[2.0, 0.0], [0.0, 4.0]]), ag.tensor([2.0, 2.0]))
tensor([1. , 0.5])
"""

from autograd_cnn.ops.contraction import matmul, tensordot
from autograd_cnn.ops.decompositions import cholesky, eig, eigh, eigvals, eigvalsh, qr, svd, svdvals
from autograd_cnn.ops.determinants import det, slogdet
from autograd_cnn.ops.least_squares import lstsq
from autograd_cnn.ops.linalg import cross, diagonal, inv, matrix_rank, outer, pinv, solve, trace
from autograd_cnn.ops.matrix_functions import expm, logm, lu, polar, solve_sylvester, sqrtm
from autograd_cnn.ops.norms import cond, matrix_norm, norm, vector_norm
from autograd_cnn.ops.products import matrix_power, multi_dot, vecdot
from autograd_cnn.ops.structured import (
    block_diag,
    cho_factor,
    cho_solve,
    solve_banded,
    solve_triangular,
    toeplitz,
)
from autograd_cnn.ops.tiling import matrix_transpose

__all__ = [
    "block_diag",
    "cho_factor",
    "cho_solve",
    "cholesky",
    "cond",
    "cross",
    "det",
    "diagonal",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "expm",
    "inv",
    "logm",
    "lstsq",
    "lu",
    "matmul",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "matrix_transpose",
    "multi_dot",
    "norm",
    "outer",
    "pinv",
    "polar",
    "qr",
    "slogdet",
    "solve",
    "solve_banded",
    "solve_sylvester",
    "solve_triangular",
    "sqrtm",
    "svd",
    "svdvals",
    "tensordot",
    "toeplitz",
    "trace",
    "vecdot",
    "vector_norm",
]
