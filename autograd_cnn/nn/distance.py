"""Distances and similarities as layers."""

from __future__ import annotations

from typing import Any

from autograd_cnn.nn import functional as F  # noqa: N812 - the field's name for it
from autograd_cnn.nn.module import Module

__all__ = ["CosineSimilarity", "PairwiseDistance"]


class PairwiseDistance(Module):
    """Distance of pairs of vectors; see `functional.pairwise_distance`.

    >>> import autograd_cnn as ag
    >>> ag.nn.PairwiseDistance(eps=0.0)(ag.tensor([[3.0, 4.0]]), ag.tensor([[0.0, 0.0]]))
    tensor([5.])
    """

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> None:
        super().__init__()
        self.norm = p
        self.eps = eps
        self.keepdim = keepdim

    def forward(self, x1: Any, x2: Any) -> Any:
        """(N, D) and (N, D) to (N,)."""
        return F.pairwise_distance(x1, x2, self.norm, self.eps, self.keepdim)


class CosineSimilarity(Module):
    """Cosine of the angle of pairs of vectors; see `functional.cosine_similarity`.

    >>> import autograd_cnn as ag
    >>> ag.nn.CosineSimilarity()(ag.tensor([[3.0, 4.0]]), ag.tensor([[5.0, 0.0]]))
    tensor([0.6])
    """

    def __init__(self, dim: int = 1, eps: float = 1e-8) -> None:
        super().__init__()
        self.dim = dim
        self.eps = eps

    def forward(self, x1: Any, x2: Any) -> Any:
        """Two arrays that broadcast, to that shape without the axis ``dim``."""
        return F.cosine_similarity(x1, x2, self.dim, self.eps)
