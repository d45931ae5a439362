"""Least squares."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_cnn.core.registry import NUMPY
from autograd_cnn.core.tensor import Tensor, tensor
from autograd_cnn.errors import ShapeError
from autograd_cnn.ops.decompositions import svdvals
from autograd_cnn.ops.elementwise import absolute
from autograd_cnn.ops.linalg import pinv
from autograd_cnn.ops.reduction import sum


def lstsq(a: Any, b: Any, rcond: Any = None) -> tuple[Any, Any, int, Any]:
    """Shortest x that minimises ‖a @ x - b‖, for ``a`` (m, n) and ``b`` (m,) or (m, k).

    Returns x, the sums of squared residuals (empty unless m > n and the rank is n), the rank (constant) and
    the singular values of ``a``; those below ``rcond`` times the largest count as 0. The derivative, that
    of `pinv`, is along changes of ``a`` that keep its rank.

    >>> import autograd_cnn as ag, numpy as np
    >>> x, residuals, rank, s = np.linalg.lstsq(ag.tensor([[1.0], [1.0]]), np.array([1.0, 3.0]))
    >>> bool(np.allclose(x, [2.0])), bool(np.allclose(residuals, [2.0])), rank
    (True, True, 1)
    """
    if not (isinstance(a, Tensor) or isinstance(b, Tensor)):
        return np.linalg.lstsq(a, b, rcond)
    a, b = (x if isinstance(x, Tensor) else tensor(x) for x in (a, b))
    if a.ndim != 2 or b.ndim not in (1, 2):
        raise ShapeError(f"lstsq: expected (m, n) and (m,) or (m, k), got {a.shape} and {b.shape}")
    m, n = a.shape
    precision = float(np.finfo(a.dtype).eps)
    rcond = precision * max(m, n) if rcond is None else precision if rcond < 0 else rcond
    solution = pinv(a, rcond) @ b
    values = svdvals(a)
    sizes = values.detach().numpy()
    rank = int(np.count_nonzero(sizes > rcond * sizes[0]))
    missed = a @ solution - b
    squares = sum(absolute(missed if b.ndim == 2 else missed[:, None]) ** 2, axis=0)
    return solution, squares if m > n == rank else squares[:0], rank, values


NUMPY[np.linalg.lstsq] = lstsq
