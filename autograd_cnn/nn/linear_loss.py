"""Losses with parameters: of logits that they make themselves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from autograd_cnn.core.tensor import Tensor
from autograd_cnn.errors import ArgumentError, ShapeError, UnsupportedError
from autograd_cnn.nn import functional as F  # noqa: N812 - the field's name for it
from autograd_cnn.nn.containers import ModuleList, Sequential
from autograd_cnn.nn.functional.checks import check_array
from autograd_cnn.nn.functional.loss import class_labels
from autograd_cnn.nn.linear import Linear
from autograd_cnn.nn.loss import WeightedLoss
from autograd_cnn.nn.module import Module
from autograd_cnn.ops.indexing import getitem, scatter_add, take_along_axis
from autograd_cnn.ops.reduction import argmax, mean
from autograd_cnn.ops.shape import concatenate, expand_dims, reshape

__all__ = ["AdaptiveLogSoftmaxWithLoss", "LinearCrossEntropyLoss"]


class LinearCrossEntropyLoss(WeightedLoss):
    """Cross-entropy of logits that its own layer ``linear`` makes; see `functional.linear_cross_entropy`.

    With ``out_features`` d, the logits are (N, C, \\*d). ``options`` are not supported.

    >>> import autograd_cnn as ag, numpy as np
    >>> loss = ag.nn.LinearCrossEntropyLoss(5, 10, out_features=(4, 3))
    >>> loss(ag.ones((2, 5), "float32"), np.zeros((2, 4, 3), int)).shape
    ()
    """

    def __init__(
        self,
        in_features: int,
        num_classes: int,
        *,
        out_features: tuple[int, ...] = (),
        bias: bool = False,
        dtype: Any = np.float32,
        reduction: str = "mean",
        weight: Tensor | None = None,
        ignore_index: int | None = None,
        label_smoothing: float = 0.0,
        options: None = None,
    ) -> None:
        super().__init__(weight, reduction=reduction)
        if options is not None:
            raise UnsupportedError(
                f"LinearCrossEntropyLoss: expected options=None, got {options!r}; there are no parts here"
            )
        self.num_classes = num_classes
        self.out_features = tuple(out_features)
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing
        self.linear = Linear(in_features, math.prod(out_features, start=num_classes), bias, dtype)

    def forward(self, input: Any, target: Any) -> Any:
        """Examples (N, in_features) and classes (N, \\*out_features), to a number (or to the latter)."""
        outputs = (self.num_classes, *self.out_features)
        bias = self.linear.bias
        return F.linear_cross_entropy(
            input,
            reshape(self.linear.weight, (*outputs, self.linear.in_features)),
            target,
            linear_bias=None if bias is None else reshape(bias, outputs),
            weight=self.weight,
            reduction=self.reduction,
            ignore_index=self.ignore_index,
            label_smoothing=self.label_smoothing,
        )

    def extra_repr(self) -> str:
        """Return the arguments as PyTorch prints them."""
        return (
            f"in_features={self.linear.in_features}, num_classes={self.num_classes}, "
            f"out_features={self.out_features}, bias={self.linear.bias is not None}, "
            f"reduction={self.reduction}, ignore_index={self.ignore_index}, "
            f"label_smoothing={self.label_smoothing}, options=None"
        )


class OutputAndLoss(NamedTuple):
    """What an adaptive softmax returns."""

    output: Any
    loss: Any


class AdaptiveLogSoftmaxWithLoss(Module):
    """Log-likelihood of very many classes, sorted from frequent to rare, without the logits of all of them.

    The head has a logit for each class below ``cutoffs[0]``, and one for each cluster of the others, whose
    bounds are the ``cutoffs``. Cluster i, only computed for the examples in it, sees ``in_features //
    div_value ** (i + 1)`` features. Grave et al., *Efficient softmax approximation for GPUs*, ICML 2017.

    Raises `ArgumentError` unless the cutoffs grow from 1 to at most n_classes - 1, and for other classes.

    >>> import autograd_cnn as ag
    >>> loss = ag.nn.AdaptiveLogSoftmaxWithLoss(16, 1000, cutoffs=[10, 100])
    >>> x = ag.ones((3, 16), "float32")
    >>> loss(x, [0, 50, 999]).output.shape, loss.log_prob(x).shape, loss.predict(x).shape
    ((3,), (3, 1000), (3,))
    """

    def __init__(
        self,
        in_features: int,
        n_classes: int,
        cutoffs: Sequence[int],
        div_value: float = 4.0,
        head_bias: bool = False,
        dtype: Any = np.float32,
    ) -> None:
        super().__init__()
        bounds = [0, *cutoffs, n_classes]
        if len(bounds) < 3 or any(int(low) != low or low >= high for low, high in pairwise(bounds)):
            raise ArgumentError(
                "AdaptiveLogSoftmaxWithLoss: expected one or more cutoffs, whole numbers that grow from "
                f"1 to at most n_classes - 1 = {n_classes - 1}, got {list(cutoffs)}"
            )
        self.in_features = in_features
        self.n_classes = n_classes
        self.cutoffs = [*map(int, cutoffs), n_classes]
        self.div_value = div_value
        self.head_bias = head_bias
        self.shortlist_size = self.cutoffs[0]
        self.n_clusters = len(self.cutoffs) - 1
        self.head_size = self.shortlist_size + self.n_clusters
        self.head = Linear(in_features, self.head_size, head_bias, dtype)
        self.tail = ModuleList()
        for number, (low, high) in enumerate(pairwise(self.cutoffs), 1):
            width = int(in_features // div_value**number)
            self.tail.append(
                Sequential(
                    Linear(in_features, width, bias=False, dtype=dtype),
                    Linear(width, high - low, bias=False, dtype=dtype),
                )
            )

    def reset_parameters(self) -> None:
        """Draw all parameters anew, as `Linear` does."""
        for module in self.modules():
            if isinstance(module, Linear):
                module.reset_parameters()

    def forward(self, input: Any, target: Any) -> OutputAndLoss:
        """Examples (N, in_features) and classes (N,), or without N, to log-likelihoods (N,) and a loss."""
        name = type(self).__name__
        check_array(name, "input", input)
        if input.ndim not in (1, 2):
            raise ShapeError(f"{name}: expected input of shape (N, {self.in_features}), got {input.shape}")
        x = input if input.ndim == 2 else expand_dims(input, 0)
        # A row of one entry stands for the axis of classes, which is never made.
        labels, _ = class_labels(
            name, np.broadcast_to(0, (*input.shape[:-1], self.n_classes)), target, input.ndim - 1
        )
        labels = labels.reshape(-1)
        cluster = np.searchsorted(self.cutoffs, labels, side="right")
        columns = np.where(cluster == 0, labels, self.shortlist_size + cluster - 1)
        output = _at(F.log_softmax(self.head(x), 1), columns)
        for number, low in enumerate(self.cutoffs[:-1], 1):
            rows = np.flatnonzero(cluster == number)
            if rows.size:
                within = F.log_softmax(self.tail[number - 1](getitem(x, rows)), 1)
                output = output + scatter_add(_at(within, labels[rows] - low), rows, output.shape)
        loss = -mean(output)
        return OutputAndLoss(output if input.ndim == 2 else reshape(output, ()), loss)

    def log_prob(self, input: Any) -> Any:
        """Log-probabilities (N, n_classes) of all classes, for examples (N, in_features)."""
        head = F.log_softmax(self.head(input), 1)
        parts = [head[:, : self.shortlist_size]]
        for number, tail in enumerate(self.tail):
            column = self.shortlist_size + number
            parts.append(F.log_softmax(tail(input), 1) + head[:, column : column + 1])
        return concatenate(parts, 1)

    def predict(self, input: Any) -> Any:
        """Return the most probable class of each of the examples (N, in_features)."""
        return argmax(self.log_prob(input), axis=1)


def _at(x: Any, columns: np.ndarray[Any, Any]) -> Any:
    """The entry of each row in a column of its own."""
    return reshape(take_along_axis(x, columns[:, None], 1), columns.shape)
