"""Least squares, and linear equations between arrays of more axes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_cnn.core.composite import composite
from autograd_cnn.core.registry import NUMPY, case
from autograd_cnn.core.tensor import Tensor, tensor
from autograd_cnn.errors import ShapeError
from autograd_cnn.ops.decompositions import svdvals
from autograd_cnn.ops.elementwise import absolute
from autograd_cnn.ops.linalg import inv, pinv, solve
from autograd_cnn.ops.reduction import sum
from autograd_cnn.ops.shape import reshape, transpose


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


@composite(
    np.linalg.tensorsolve,
    domain=(0.2, 3.0),
    samples=[case((2, 2), (2,)), case((2, 3, 6), (2, 3)), case((2, 6, 3), (2, 3), axes=(1,))],
)
def tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    """Solution x of tensordot(a, x, x.ndim) = b; ``axes`` of ``a`` are moved to its end first.

    >>> import autograd_cnn as ag, numpy as np
    >>> np.linalg.tensorsolve(ag.tensor([[2.0, 0.0], [0.0, 4.0]]), ag.tensor([2.0, 2.0]))
    tensor([1. , 0.5])
    """
    a, b = (x if isinstance(x, Tensor) else tensor(x) for x in (a, b))
    if axes is not None:
        moved = [axis % a.ndim for axis in axes]
        a = transpose(a, [axis for axis in range(a.ndim) if axis not in moved] + moved)
    shape = a.shape[b.ndim - a.ndim :] if a.ndim > b.ndim else ()
    if a.shape[: b.ndim] != b.shape or math.prod(shape) != b.size:
        raise ShapeError(
            f"tensorsolve: expected a of shape b.shape + x.shape with as many equations as unknowns, got "
            f"{a.shape} and {b.shape}"
        )
    return reshape(solve(reshape(a, (b.size, b.size)), reshape(b, (-1,))), shape)


@composite(
    np.linalg.tensorinv,
    domain=(0.2, 3.0),
    samples=[case((2, 2), ind=1), case((4, 2, 2), ind=1), case((2, 2, 4))],
)
def tensorinv(a: Any, ind: int = 2) -> Any:
    """Inverse of ``a`` for `tensordot` over its first ``ind`` axes.

    >>> import autograd_cnn as ag, numpy as np
    >>> np.linalg.tensorinv(ag.tensor([[2.0, 0.0], [0.0, 4.0]]), ind=1)
    tensor([[0.5 , 0.  ],
            [0.  , 0.25]])
    """
    first, last = a.shape[:ind], a.shape[ind:]
    if ind <= 0 or math.prod(first) != math.prod(last):
        raise ShapeError(
            f"tensorinv: expected as many entries along the first {ind} axes as along the rest, got {a.shape}"
        )
    return reshape(inv(reshape(a, (math.prod(first), -1))), (*last, *first))
