"""Linear algebra: `numpy.linalg`, and what only `scipy.linalg` has; over leading axes, on arrays or tensors.

>>> import autograd_cnn as ag
>>> from autograd_cnn import linalg
>>> linalg.solve(ag.tensor([[2.0, 0.0], [0.0, 4.0]]), ag.tensor([2.0, 2.0]))
tensor([1. , 0.5])
"""

from autograd_cnn.ops.decompositions import cholesky, eig, eigh, eigvals, eigvalsh, qr, svd, svdvals
from autograd_cnn.ops.determinants import det, slogdet
from autograd_cnn.ops.linalg import diagonal, inv, matrix_rank, matrix_transpose, pinv, solve, trace
from autograd_cnn.ops.norms import cond, matrix_norm, norm, vector_norm

__all__ = [
    "cholesky",
    "cond",
    "det",
    "diagonal",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "inv",
    "matrix_norm",
    "matrix_rank",
    "matrix_transpose",
    "norm",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "svd",
    "svdvals",
    "trace",
    "vector_norm",
]
