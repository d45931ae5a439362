"""Losses that ask for a margin, as layers."""

from __future__ import annotations

from typing import Any

from autograd_cnn.core.tensor import Tensor
from autograd_cnn.nn import functional as F  # noqa: N812 - the field's name for it
from autograd_cnn.nn.distance import PairwiseDistance
from autograd_cnn.nn.functional.margin import Distance, check_margin, check_power
from autograd_cnn.nn.loss import Loss, WeightedLoss

__all__ = [
    "CosineEmbeddingLoss",
    "HingeEmbeddingLoss",
    "MarginRankingLoss",
    "MultiLabelMarginLoss",
    "MultiLabelSoftMarginLoss",
    "MultiMarginLoss",
    "SoftMarginLoss",
    "TripletMarginLoss",
    "TripletMarginWithDistanceLoss",
]


class MarginRankingLoss(Loss):
    """Asks for one input above the other; see `functional.margin_ranking_loss`.

    >>> import autograd_cnn as ag
    >>> ag.nn.MarginRankingLoss()(ag.tensor([1.0]), ag.tensor([3.0]), ag.tensor([1]))
    tensor(2.)
    """

    def __init__(
        self, margin: float = 0.0, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input1: Any, input2: Any, target: Any) -> Any:
        """Three arrays of one shape, to a number (or, with reduction "none", that shape)."""
        return F.margin_ranking_loss(input1, input2, target, self.margin, reduction=self.reduction)


class HingeEmbeddingLoss(Loss):
    """Asks distances to be small, or above a margin; see `functional.hinge_embedding_loss`.

    >>> import autograd_cnn as ag
    >>> ag.nn.HingeEmbeddingLoss()(ag.tensor([0.5, 0.25]), [1, -1])
    tensor(0.625)
    """

    def __init__(
        self, margin: float = 1.0, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input: Any, target: Any) -> Any:
        """Two arrays of one shape, to a number (or, with reduction "none", that shape)."""
        return F.hinge_embedding_loss(input, target, self.margin, reduction=self.reduction)


class CosineEmbeddingLoss(Loss):
    """Asks vectors to be alike, or not; see `functional.cosine_embedding_loss`.

    >>> import autograd_cnn as ag
    >>> ag.nn.CosineEmbeddingLoss()(ag.tensor([[1.0, 0.0]]), ag.tensor([[0.0, 1.0]]), [1])
    tensor(1.)
    """

    def __init__(
        self, margin: float = 0.0, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input1: Any, input2: Any, target: Any) -> Any:
        """Vectors (N, D) and (N, D), and 1 or -1 (N,), to a number (or, with reduction "none", (N,))."""
        return F.cosine_embedding_loss(input1, input2, target, self.margin, reduction=self.reduction)


class SoftMarginLoss(Loss):
    """Logistic loss of classes 1 and -1; see `functional.soft_margin_loss`.

    >>> import autograd_cnn as ag
    >>> ag.nn.SoftMarginLoss()(ag.tensor([-1000.0, 1000.0]), ag.tensor([1, 1]))
    tensor(500.)
    """

    def forward(self, input: Any, target: Any) -> Any:
        """Two arrays of one shape, to a number (or, with reduction "none", that shape)."""
        return F.soft_margin_loss(input, target, reduction=self.reduction)


class TripletMarginLoss(Loss):
    """Asks an anchor to be nearer to one vector than to another; see `functional.triplet_margin_loss`.

    >>> import autograd_cnn as ag
    >>> x, y = ag.tensor([[0.0, 0.0]]), ag.tensor([[3.0, 4.0]])
    >>> round(ag.nn.TripletMarginLoss()(x, y, x).item(), 4)
    6.0
    """

    def __init__(
        self,
        margin: float = 1.0,
        p: float = 2.0,
        eps: float = 1e-6,
        swap: bool = False,
        size_average: Any = None,
        reduce: Any = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        check_margin("TripletMarginLoss", margin)
        self.margin = margin
        self.p = p
        self.eps = eps
        self.swap = swap

    def forward(self, anchor: Any, positive: Any, negative: Any) -> Any:
        """Three arrays (N, D), to a number (or, with reduction "none", (N,))."""
        return F.triplet_margin_loss(
            anchor, positive, negative, self.margin, self.p, self.eps, self.swap, reduction=self.reduction
        )


class TripletMarginWithDistanceLoss(Loss):
    """The same with any distance; see `functional.triplet_margin_with_distance_loss`.

    >>> import autograd_cnn as ag
    >>> x, y = ag.tensor([[0.0, 0.0]]), ag.tensor([[3.0, 4.0]])
    >>> loss = ag.nn.TripletMarginWithDistanceLoss(distance_function=lambda a, b: abs(a - b).sum(-1))
    >>> loss(x, y, x)
    tensor(8.)
    """

    def __init__(
        self,
        *,
        distance_function: Distance | None = None,
        margin: float = 1.0,
        swap: bool = False,
        reduction: str = "mean",
    ) -> None:
        super().__init__(reduction=reduction)
        check_margin("TripletMarginWithDistanceLoss", margin)
        self.distance_function = PairwiseDistance() if distance_function is None else distance_function
        self.margin = margin
        self.swap = swap

    def forward(self, anchor: Any, positive: Any, negative: Any) -> Any:
        """Three arrays (N, D), to a number (or, with reduction "none", (N,))."""
        return F.triplet_margin_with_distance_loss(
            anchor,
            positive,
            negative,
            distance_function=self.distance_function,
            margin=self.margin,
            swap=self.swap,
            reduction=self.reduction,
        )


class MultiMarginLoss(WeightedLoss):
    """Asks the score of the target class to be above all others; see `functional.multi_margin_loss`.

    >>> import autograd_cnn as ag
    >>> ag.nn.MultiMarginLoss()(ag.tensor([[0.0, 0.5]]), [0])
    tensor(0.75)
    """

    def __init__(
        self,
        p: int = 1,
        margin: float = 1.0,
        weight: Tensor | None = None,
        size_average: Any = None,
        reduce: Any = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        check_power("MultiMarginLoss", p)
        self.p = p
        self.margin = margin

    def forward(self, input: Any, target: Any) -> Any:
        """Scores (N, C) and classes (N,), to a number (or, with reduction "none", (N,))."""
        return F.multi_margin_loss(input, target, self.p, self.margin, self.weight, reduction=self.reduction)


class MultiLabelMarginLoss(Loss):
    """Asks the scores of the target classes to be above all others; see `functional.multilabel_margin_loss`.

    >>> import autograd_cnn as ag
    >>> ag.nn.MultiLabelMarginLoss()(ag.tensor([[0.5, 0.0]]), [[0, -1]])
    tensor(0.25)
    """

    def forward(self, input: Any, target: Any) -> Any:
        """Scores (N, C) and classes (N, C), -1 after them, to a number (or, with reduction "none", (N,))."""
        return F.multilabel_margin_loss(input, target, reduction=self.reduction)


class MultiLabelSoftMarginLoss(WeightedLoss):
    """Cross-entropy of yes or no for every class; see `functional.multilabel_soft_margin_loss`.

    >>> import autograd_cnn as ag
    >>> ag.nn.MultiLabelSoftMarginLoss()(ag.tensor([[1000.0, -1000.0]]), ag.tensor([[1, 1]]))
    tensor(500.)
    """

    def forward(self, input: Any, target: Any) -> Any:
        """Logits (N, C) and 0 or 1 (N, C), to a number (or, with reduction "none", (N,))."""
        return F.multilabel_soft_margin_loss(input, target, self.weight, reduction=self.reduction)
