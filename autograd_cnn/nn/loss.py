"""Losses as layers."""

from __future__ import annotations

from typing import Any

from autograd_cnn.core.tensor import Tensor
from autograd_cnn.nn import functional as F  # noqa: N812 - the field's name for it
from autograd_cnn.nn.functional.loss import check_reduction
from autograd_cnn.nn.module import Module

__all__ = ["CrossEntropyLoss", "MSELoss", "NLLLoss"]


class _Loss(Module):
    """What losses have in common: how the losses of the examples become one number."""

    def __init__(self, reduction: str = "mean") -> None:
        super().__init__()
        check_reduction(type(self).__name__, reduction)
        self.reduction = reduction


class MSELoss(_Loss):
    """Mean squared difference; see `functional.mse_loss`.

    >>> import autograd_cnn as ag
    >>> ag.nn.MSELoss()(ag.tensor([1.0, 2.0]), ag.tensor([1.0, 4.0]))
    tensor(2.)
    """

    def forward(self, input: Any, target: Any) -> Any:
        """Two arrays of one shape, to a number (or, with reduction "none", that shape)."""
        return F.mse_loss(input, target, self.reduction)


class NLLLoss(_Loss):
    """Negative log-likelihood of log-probabilities; see `functional.nll_loss`.

    >>> import autograd_cnn as ag
    >>> ag.nn.NLLLoss()(ag.tensor([[-0.5, -2.0], [-0.25, -1.0]]), [1, 0])
    tensor(1.125)
    """

    weight: Tensor | None

    def __init__(
        self, weight: Tensor | None = None, ignore_index: int = -100, reduction: str = "mean"
    ) -> None:
        super().__init__(reduction)
        self.register_buffer("weight", weight)
        self.ignore_index = ignore_index

    def forward(self, input: Any, target: Any) -> Any:
        """Log-probabilities (N, C) and classes (N,), to a number (or, with reduction "none", (N,))."""
        return F.nll_loss(input, target, self.weight, self.ignore_index, self.reduction)


class CrossEntropyLoss(NLLLoss):
    """Cross-entropy of logits with classes or probabilities; see `functional.cross_entropy`.

    >>> import autograd_cnn as ag
    >>> ag.nn.CrossEntropyLoss()(ag.tensor([[1000.0, 0.0]]), [1])
    tensor(1000.)
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        ignore_index: int = -100,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(weight, ignore_index, reduction)
        self.label_smoothing = label_smoothing

    def forward(self, input: Any, target: Any) -> Any:
        """Logits (N, C) and classes (N,), to a number (or, with reduction "none", (N,))."""
        return F.cross_entropy(
            input, target, self.weight, self.ignore_index, self.reduction, self.label_smoothing
        )
