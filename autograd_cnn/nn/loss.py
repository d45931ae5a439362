"""Losses as layers: of classes, probabilities and numbers; those with a margin are in `margin_loss`."""

from __future__ import annotations

from typing import Any

from autograd_cnn.core.tensor import Tensor
from autograd_cnn.nn import functional as F  # noqa: N812 - the field's name for it
from autograd_cnn.nn.functional.probability import DIVERGENCE_REDUCTIONS
from autograd_cnn.nn.functional.reduction import REDUCTIONS, check_reduction
from autograd_cnn.nn.functional.regression import check_beta, check_delta
from autograd_cnn.nn.module import Module

__all__ = [
    "BCELoss",
    "BCEWithLogitsLoss",
    "CTCLoss",
    "CrossEntropyLoss",
    "GaussianNLLLoss",
    "HuberLoss",
    "KLDivLoss",
    "L1Loss",
    "MSELoss",
    "NLLLoss",
    "PoissonNLLLoss",
    "SmoothL1Loss",
]


class Loss(Module):
    """What losses have in common: how the losses of the examples become one number.

    ``size_average`` and ``reduce`` are there for PyTorch's order of arguments; they must be None.
    """

    reductions = REDUCTIONS

    def __init__(self, size_average: Any = None, reduce: Any = None, reduction: str = "mean") -> None:
        super().__init__()
        check_reduction(type(self).__name__, reduction, size_average, reduce, self.reductions)
        self.reduction = reduction


class WeightedLoss(Loss):
    """A loss with weights, which are a buffer."""

    weight: Tensor | None

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: Any = None,
        reduce: Any = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)


# --- Classes ------------------------------------------------------------------------------------------


class NLLLoss(WeightedLoss):
    """Negative log-likelihood of log-probabilities; see `functional.nll_loss`.

    >>> import autograd_cnn as ag
    >>> ag.nn.NLLLoss()(ag.tensor([[-0.5, -2.0], [-0.25, -1.0]]), [1, 0])
    tensor(1.125)
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: Any = None,
        ignore_index: int = -100,
        reduce: Any = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index

    def forward(self, input: Any, target: Any) -> Any:
        """Log-probabilities (N, C) and classes (N,), to a number (or, with reduction "none", (N,))."""
        return F.nll_loss(
            input, target, self.weight, ignore_index=self.ignore_index, reduction=self.reduction
        )


class CrossEntropyLoss(NLLLoss):
    """Cross-entropy of logits with classes or probabilities; see `functional.cross_entropy`.

    >>> import autograd_cnn as ag
    >>> ag.nn.CrossEntropyLoss()(ag.tensor([[1000.0, 0.0]]), [1])
    tensor(1000.)
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: Any = None,
        ignore_index: int = -100,
        reduce: Any = None,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(weight, size_average, ignore_index, reduce, reduction)
        self.label_smoothing = label_smoothing

    def forward(self, input: Any, target: Any) -> Any:
        """Logits (N, C) and classes (N,), to a number (or, with reduction "none", (N,))."""
        return F.cross_entropy(
            input,
            target,
            self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
            label_smoothing=self.label_smoothing,
        )


class CTCLoss(Loss):
    """Loss of labels that are not aligned with their sequence; see `functional.ctc_loss`.

    >>> import autograd_cnn as ag, numpy as np
    >>> even = ag.tensor(np.log(np.full((2, 1, 2), 0.5)))
    >>> round(float(np.exp(-ag.nn.CTCLoss()(even, [[1]], [2], [1]).item())), 6)
    0.75
    """

    def __init__(self, blank: int = 0, reduction: str = "mean", zero_infinity: bool = False) -> None:
        super().__init__(reduction=reduction)
        self.blank = blank
        self.zero_infinity = zero_infinity

    def forward(self, log_probs: Any, targets: Any, input_lengths: Any, target_lengths: Any) -> Any:
        """Log-probabilities (T, N, C), classes (N, S), lengths (N,) and (N,), to a number."""
        return F.ctc_loss(
            log_probs,
            targets,
            input_lengths,
            target_lengths,
            self.blank,
            self.reduction,
            self.zero_infinity,
        )


# --- Probabilities ------------------------------------------------------------------------------------


class BCELoss(WeightedLoss):
    """Cross-entropy of probabilities of yes or no; see `functional.binary_cross_entropy`.

    >>> import autograd_cnn as ag
    >>> round(ag.nn.BCELoss()(ag.tensor([0.5]), ag.tensor([1.0])).item(), 4)
    0.6931
    """

    def forward(self, input: Any, target: Any) -> Any:
        """Two arrays of one shape, to a number (or, with reduction "none", that shape)."""
        return F.binary_cross_entropy(input, target, self.weight, reduction=self.reduction)


class BCEWithLogitsLoss(WeightedLoss):
    """Cross-entropy of logits of yes or no; see `functional.binary_cross_entropy_with_logits`.

    >>> import autograd_cnn as ag
    >>> ag.nn.BCEWithLogitsLoss()(ag.tensor([-1000.0]), ag.tensor([1.0]))
    tensor(1000.)
    """

    pos_weight: Tensor | None

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: Any = None,
        reduce: Any = None,
        reduction: str = "mean",
        pos_weight: Tensor | None = None,
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.register_buffer("pos_weight", pos_weight)

    def forward(self, input: Any, target: Any) -> Any:
        """Two arrays of one shape, to a number (or, with reduction "none", that shape)."""
        return F.binary_cross_entropy_with_logits(
            input, target, self.weight, reduction=self.reduction, pos_weight=self.pos_weight
        )


class KLDivLoss(Loss):
    """Kullback-Leibler divergence of log-probabilities; see `functional.kl_div`.

    >>> import autograd_cnn as ag, numpy as np
    >>> p = ag.tensor([[0.5, 0.5]])
    >>> ag.nn.KLDivLoss(reduction="batchmean")(np.log(p), p).item()
    0.0
    """

    reductions = DIVERGENCE_REDUCTIONS

    def __init__(
        self, size_average: Any = None, reduce: Any = None, reduction: str = "mean", log_target: bool = False
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.log_target = log_target

    def forward(self, input: Any, target: Any) -> Any:
        """Log-probabilities and probabilities of one shape, to a number (or, with "none", that shape)."""
        return F.kl_div(input, target, reduction=self.reduction, log_target=self.log_target)


# --- Numbers ------------------------------------------------------------------------------------------


class MSELoss(Loss):
    """Mean squared difference; see `functional.mse_loss`.

    >>> import autograd_cnn as ag
    >>> ag.nn.MSELoss()(ag.tensor([1.0, 2.0]), ag.tensor([1.0, 4.0]))
    tensor(2.)
    """

    def forward(self, input: Any, target: Any) -> Any:
        """Two arrays of one shape, to a number (or, with reduction "none", that shape)."""
        return F.mse_loss(input, target, reduction=self.reduction)


class L1Loss(Loss):
    """Mean absolute difference; see `functional.l1_loss`.

    >>> import autograd_cnn as ag
    >>> ag.nn.L1Loss()(ag.tensor([1.0, 2.0]), ag.tensor([1.0, 4.0]))
    tensor(1.)
    """

    def forward(self, input: Any, target: Any) -> Any:
        """Two arrays of one shape, to a number (or, with reduction "none", that shape)."""
        return F.l1_loss(input, target, reduction=self.reduction)


class SmoothL1Loss(Loss):
    """Absolute difference, rounded off near 0; see `functional.smooth_l1_loss`.

    >>> import autograd_cnn as ag
    >>> ag.nn.SmoothL1Loss()(ag.tensor([1.0, 2.0]), ag.tensor([1.0, 4.0]))
    tensor(0.75)
    """

    def __init__(
        self, size_average: Any = None, reduce: Any = None, reduction: str = "mean", beta: float = 1.0
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        check_beta("SmoothL1Loss", beta)
        self.beta = beta

    def forward(self, input: Any, target: Any) -> Any:
        """Two arrays of one shape, to a number (or, with reduction "none", that shape)."""
        return F.smooth_l1_loss(input, target, reduction=self.reduction, beta=self.beta)


class HuberLoss(Loss):
    """Squared difference, that grows only linearly far out; see `functional.huber_loss`.

    >>> import autograd_cnn as ag
    >>> ag.nn.HuberLoss()(ag.tensor([1.0, 2.0]), ag.tensor([1.0, 4.0]))
    tensor(0.75)
    """

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction=reduction)
        check_delta("HuberLoss", delta)
        self.delta = delta

    def forward(self, input: Any, target: Any) -> Any:
        """Two arrays of one shape, to a number (or, with reduction "none", that shape)."""
        return F.huber_loss(input, target, self.reduction, self.delta)


class GaussianNLLLoss(Loss):
    """Negative log-likelihood of normal distributions; see `functional.gaussian_nll_loss`.

    >>> import autograd_cnn as ag
    >>> ag.nn.GaussianNLLLoss()(ag.tensor([1.0, 2.0]), ag.tensor([3.0, 2.0]), 1.0)
    tensor(1.)
    """

    def __init__(self, *, full: bool = False, eps: float = 1e-6, reduction: str = "mean") -> None:
        super().__init__(reduction=reduction)
        self.full = full
        self.eps = eps

    def forward(self, input: Any, target: Any, var: Any) -> Any:
        """Means, targets and variances of one shape, to a number (or, with "none", that shape)."""
        return F.gaussian_nll_loss(input, target, var, self.full, self.eps, self.reduction)


class PoissonNLLLoss(Loss):
    """Negative log-likelihood of Poisson distributions; see `functional.poisson_nll_loss`.

    >>> import autograd_cnn as ag
    >>> ag.nn.PoissonNLLLoss()(ag.tensor([0.0, 0.0]), ag.tensor([3, 5]))
    tensor(1.)
    """

    def __init__(
        self,
        log_input: bool = True,
        full: bool = False,
        size_average: Any = None,
        eps: float = 1e-8,
        reduce: Any = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.log_input = log_input
        self.full = full
        self.eps = eps

    def forward(self, input: Any, target: Any) -> Any:
        """Two arrays of one shape, to a number (or, with reduction "none", that shape)."""
        return F.poisson_nll_loss(
            input, target, self.log_input, self.full, eps=self.eps, reduction=self.reduction
        )
