"""Similarities and distances."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_cnn.errors import ShapeError
from autograd_cnn.nn.functional.checks import check_array
from autograd_cnn.ops.elementwise import maximum
from autograd_cnn.ops.norms import vector_norm
from autograd_cnn.ops.reduction import sum


def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-8) -> Any:
    """Return the cosine of the angle between the vectors along the axis ``dim``.

    Both broadcast together. A norm below ``eps`` counts as that.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.cosine_similarity(ag.tensor([[3.0, 4.0]]), ag.tensor([[1.0, 0.0]]))
    tensor([0.6])
    """
    check_array("cosine_similarity", "x1", x1)
    check_array("cosine_similarity", "x2", x2)
    ndim = max(len(x1.shape), len(x2.shape))
    if not -ndim <= dim < ndim:
        raise ShapeError(
            f"cosine_similarity: expected dim from {-ndim} to {ndim - 1} for the shapes {x1.shape} and "
            f"{x2.shape}, got {dim}"
        )
    axis = dim % ndim - ndim  # from the end: the shapes may have different numbers of axes
    first, second = (x / maximum(vector_norm(x, axis=axis, keepdims=True), eps) for x in (x1, x2))
    return sum(first * second, axis)


def pairwise_distance(x1: Any, x2: Any, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Any:
    """Return the ``p``-norm of ``x1 - x2 + eps`` along the last axis; both broadcast together.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.pairwise_distance(ag.tensor([3.0, 4.0]), ag.tensor([0.0, 0.0]), eps=0.0)
    tensor(5.)
    """
    check_array("pairwise_distance", "x1", x1)
    check_array("pairwise_distance", "x2", x2)
    return vector_norm(x1 - x2 + eps, axis=-1, ord=p, keepdims=keepdim)


def pdist(input: Any, p: float = 2.0) -> Any:
    """Return the ``p``-norm distances of all pairs of rows of (N, M): (N (N - 1) / 2,), in SciPy's order.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.pdist(ag.tensor([[0.0, 0.0], [3.0, 4.0], [0.0, 1.0]])).round(2).tolist()
    [5.0, 1.0, 4.24]
    """
    check_array("pdist", "input", input)
    if len(input.shape) != 2:
        raise ShapeError(f"pdist: expected an input of 2 axes, rows of numbers, got shape {input.shape}")
    first, second = np.triu_indices(input.shape[0], k=1)
    return vector_norm(input[first] - input[second], axis=-1, ord=p)
