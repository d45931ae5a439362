"""Histograms over several axes: linear in the weights, constant in everything else."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_cnn.core.registry import NUMPY
from autograd_cnn.core.tensor import Tensor, wrap
from autograd_cnn.ops.indexing import scatter_add
from autograd_cnn.ops.reduction import sum
from autograd_cnn.ops.shape import reshape
from autograd_cnn.ops.ufuncs import value_of


def _values(x: Any) -> Any:
    return [value_of(item) for item in x] if isinstance(x, (list, tuple)) else value_of(x)


def histogramdd(
    sample: Any, bins: Any = 10, range: Any = None, density: bool | None = None, weights: Any = None
) -> tuple[Any, tuple[Any, ...]]:
    """How many points of ``sample`` (n, d) lie in each bin, or the sum of their ``weights``; and the edges.

    Linear in ``weights``; all else is constant. The last bins include their right edges.

    >>> import autograd_cnn as ag, numpy as np
    >>> np.histogramdd(np.array([[0.0], [1.0], [4.0]]), bins=2, weights=ag.tensor([1.0, 2.0, 3.0]))[0]
    tensor([3., 3.])
    """
    given = isinstance(sample, Tensor)
    sample, bins = _values(sample), _values(bins)
    points = sample if isinstance(sample, np.ndarray) and sample.ndim == 2 else np.atleast_2d(sample).T
    counts, edges = np.histogramdd(
        points, bins, range, density, None if weights is None else value_of(weights)
    )
    wrapped = tuple(wrap(edge, None) for edge in edges)
    if not isinstance(weights, Tensor):
        return (wrap(counts, None), wrapped) if given else (counts, edges)
    inside = np.ones(len(points), np.bool_)
    places = []
    for column, edge in zip(points.T, edges, strict=True):
        inside &= (column >= edge[0]) & (column <= edge[-1])
        places.append(np.minimum(np.searchsorted(edge, column, side="right") - 1, len(edge) - 2))
    sums = scatter_add(
        reshape(weights, (-1,))[inside], tuple(place[inside] for place in places), counts.shape
    )
    if density:
        volumes = np.ones((), sums.dtype)
        for edge in edges:
            volumes = np.multiply.outer(volumes, np.diff(edge))
        sums = sums / volumes / sum(sums)
    return sums, wrapped


def histogram2d(
    x: Any, y: Any, bins: Any = 10, range: Any = None, density: bool | None = None, weights: Any = None
) -> tuple[Any, Any, Any]:
    """How many points (``x``, ``y``) lie in each bin, or the sum of their ``weights``; and the edges.

    Linear in ``weights``; all else is constant.

    >>> import autograd_cnn as ag, numpy as np
    >>> np.histogram2d([0.0, 1.0], [0.0, 1.0], bins=2, weights=ag.tensor([1.0, 2.0]))[0]
    tensor([[1., 0.],
            [0., 2.]])
    """
    bins = _values(bins)
    if not np.isscalar(bins) and len(bins) > 2:  # edges for both
        bins = [np.asarray(bins)] * 2
    points = np.stack([np.asarray(value_of(x)), np.asarray(value_of(y))], axis=1)
    made = isinstance(x, Tensor) or isinstance(y, Tensor)
    counts, edges = histogramdd(wrap(points, None) if made else points, bins, range, density, weights)
    return counts, edges[0], edges[1]


NUMPY[np.histogram2d], NUMPY[np.histogramdd] = histogram2d, histogramdd
