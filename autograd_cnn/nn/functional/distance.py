"""Distances and similarities of vectors."""

from __future__ import annotations

from typing import Any

from autograd_cnn.nn.functional.checks import axis_of
from autograd_cnn.nn.functional.reduction import check_floating, of_dtype
from autograd_cnn.ops.elementwise import maximum
from autograd_cnn.ops.norms import vector_norm
from autograd_cnn.ops.reduction import sum


def pairwise_distance(x1: Any, x2: Any, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Any:
    """p-norm of x1 - x2 + eps along the last axis: (N, D), or (D,), give (N,), or (); x1, x2 broadcast.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.pairwise_distance(ag.tensor([[3.0, 4.0]]), ag.tensor([[0.0, 0.0]]), eps=0.0)
    tensor([5.])
    """
    check_floating("pairwise_distance", "x1", x1)
    x2 = of_dtype("pairwise_distance", "x2", x2, x1)
    return vector_norm(x1 - x2 + eps, axis=-1, keepdims=keepdim, ord=p)


def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-8) -> Any:
    """x1 · x2 / (max(‖x1‖, eps) max(‖x2‖, eps)) along the axis ``dim``; the others broadcast.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.cosine_similarity(ag.tensor([[3.0, 4.0]]), ag.tensor([[5.0, 0.0]]))
    tensor([0.6])
    """
    check_floating("cosine_similarity", "x1", x1)
    x2 = of_dtype("cosine_similarity", "x2", x2, x1)
    ndim = max(x1.ndim, x2.ndim)
    axis = axis_of("cosine_similarity", ndim, dim) - ndim
    lengths = [maximum(vector_norm(x, axis=axis, keepdims=True), eps) for x in (x1, x2)]
    return sum((x1 / lengths[0]) * (x2 / lengths[1]), axis=axis)
