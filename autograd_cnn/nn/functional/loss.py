"""Losses of classifications with classes that exclude each other: cross-entropy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_cnn.core.batched import Batched, every_value
from autograd_cnn.core.tensor import Tensor
from autograd_cnn.errors import ArgumentError, DtypeError, ShapeError, UnsupportedError
from autograd_cnn.nn.functional.checks import check_array
from autograd_cnn.nn.functional.linear import linear
from autograd_cnn.nn.functional.reduction import check_reduction, reduced
from autograd_cnn.ops.activation import log_softmax, softmax_cross_entropy
from autograd_cnn.ops.elementwise import where
from autograd_cnn.ops.indexing import take_along_axis
from autograd_cnn.ops.reduction import sum
from autograd_cnn.ops.shape import moveaxis, reshape


def cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: Any = None,
    ignore_index: int = -100,
    reduce: Any = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Any:
    """Cross-entropy of the softmax of logits with the classes, or with probabilities of the classes.

    ``input`` is (N, C), (N, C, \\*d) or (C,): a logit for each class. ``target`` is that without C, with
    integers from 0 to C - 1; or of the shape of ``input``, with the probability of each class.
    ``weight`` (C,) weighs the classes; the mean is then over the weights. A target of ``ignore_index``
    counts for nothing. ``label_smoothing`` moves that share of each target evenly to all classes.
    ``reduction`` is "mean", "sum" or "none". With every target ignored, the mean is NaN, as in PyTorch.

    Raises `ShapeError`, `DtypeError` or `ArgumentError`.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.cross_entropy(ag.tensor([[1000.0, 0.0]]), [1])
    tensor(1000.)
    """
    name = "cross_entropy"
    check_reduction(name, reduction, size_average, reduce)
    check_logits(name, input, weight)
    if not 0 <= label_smoothing <= 1:
        raise ArgumentError(f"{name}: expected label_smoothing from 0 to 1, got {label_smoothing}")
    axis = min(1, input.ndim - 1)
    if _are_probabilities(target):
        if ignore_index >= 0:
            raise ArgumentError(
                f"{name}: expected no ignore_index with probabilities as target, got {ignore_index}; set "
                "their weight to 0"
            )
        return _cross_entropy_of_probabilities(input, target, axis, weight, reduction, label_smoothing)
    labels, ignored = class_labels(name, input, target, axis, ignore_index)
    if not label_smoothing:
        classes = input.shape[axis]
        rows = input if input.ndim == 2 else reshape(moveaxis(input, axis, -1), (labels.size, classes))
        losses = softmax_cross_entropy(rows, labels.reshape(-1))
        losses = losses if input.ndim == 2 else reshape(losses, labels.shape)
        return _reduce_weighed(losses, labels, ignored, weight, reduction)
    log_probabilities = log_softmax(input, axis)
    hard = _reduce_weighed(_picked(log_probabilities, labels, axis), labels, ignored, weight, reduction)
    spread = -log_probabilities
    if weight is not None:
        spread = spread * _along(weight, axis, input.ndim)
    spread = sum(spread, axis=axis)
    if ignored is not None:
        spread = where(ignored, 0, spread)
    if reduction != "none":
        spread = sum(spread)
        if reduction == "mean":
            spread = spread / _total_weight(labels, ignored, weight)
    return hard * (1 - label_smoothing) + spread * (label_smoothing / input.shape[axis])


def linear_cross_entropy(
    input: Any,
    linear_weight: Any,
    target: Any,
    *,
    linear_bias: Any = None,
    weight: Any = None,
    reduction: str = "mean",
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
    options: None = None,
) -> Any:
    """`cross_entropy` of the logits that `linear` makes of ``input`` (N, I), or (I,).

    ``linear_weight`` is (C, I), or (C, \\*d, I) for logits (N, C, \\*d), and ``linear_bias`` that without I.
    The other arguments and errors are those of `cross_entropy`. ``options``, of computing it in parts to
    save memory, are not supported.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.linear_cross_entropy(ag.tensor([[10.0]]), ag.tensor([[100.0], [0.0]]), [1])
    tensor(1000.)
    """
    name = "linear_cross_entropy"
    if options is not None:
        raise UnsupportedError(f"{name}: expected options=None, got {options!r}; there are no parts here")
    check_array(name, "linear_weight", linear_weight)
    if linear_weight.ndim < 2:
        raise ShapeError(
            f"{name}: expected linear_weight of shape (classes, inputs), got {linear_weight.shape}"
        )
    outputs = linear_weight.shape[:-1]
    rows = reshape(linear_weight, (math.prod(outputs), linear_weight.shape[-1]))
    bias = None if linear_bias is None else reshape(linear_bias, (math.prod(outputs),))
    logits = linear(input, rows, bias)
    return cross_entropy(
        reshape(logits, (*logits.shape[:-1], *outputs)),
        target,
        weight,
        ignore_index=-100 if ignore_index is None else ignore_index,
        reduction=reduction,
        label_smoothing=label_smoothing,
    )


def nll_loss(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: Any = None,
    ignore_index: int = -100,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """Negative log-likelihood: minus the entry of ``input``, log-probabilities, at each target class.

    The shapes and arguments are those of `cross_entropy`, which is `log_softmax` and this in one.

    >>> import autograd_cnn as ag, numpy as np
    >>> ag.nn.functional.nll_loss(ag.tensor([[-0.5, -2.0], [-0.25, -1.0]]), [1, 0])
    tensor(1.125)
    """
    check_reduction("nll_loss", reduction, size_average, reduce)
    check_logits("nll_loss", input, weight)
    axis = min(1, input.ndim - 1)
    labels, ignored = class_labels("nll_loss", input, target, axis, ignore_index)
    return _reduce_weighed(_picked(input, labels, axis), labels, ignored, weight, reduction)


# --- Classes ------------------------------------------------------------------------------------------


def check_logits(name: str, input: Any, weight: Any) -> None:
    """Raise unless ``input`` is floating with an axis of classes, and ``weight`` one number for each."""
    check_array(name, "input", input)
    if input.ndim == 0 or input.dtype.kind != "f":
        raise (ShapeError if input.ndim == 0 else DtypeError)(
            f"{name}: expected a floating input of shape (batch, classes), got {input.dtype} of shape "
            f"{input.shape}"
        )
    if weight is not None:
        check_array(name, "weight", weight)
        classes = input.shape[min(1, input.ndim - 1)]
        if weight.shape != (classes,):
            raise ShapeError(
                f"{name}: expected a weight for each of the {classes} classes of input (shape "
                f"{input.shape}), got shape {weight.shape}"
            )
        if weight.dtype != input.dtype:
            raise DtypeError(
                f"{name}: expected a weight of {input.dtype}, the dtype of input, got {weight.dtype}"
            )


def _are_probabilities(target: Any) -> bool:
    return isinstance(target, (Tensor, np.ndarray)) and target.dtype.kind == "f"


def class_labels(
    name: str, input: Any, target: Any, axis: int, ignore_index: int | None = None
) -> tuple[Any, Any]:
    """Return the target classes, 0 where they are ignored, and where that is (None: nowhere)."""
    # Inside vmap the labels of all examples are one tensor, and are checked together.
    labels: Any = target if isinstance(target, Batched) else np.asarray(every_value(target))
    shape, classes = (*input.shape[:axis], *input.shape[axis + 1 :]), input.shape[axis]
    if not labels.size and not math.prod(shape):
        labels = labels.astype(np.intp)  # an empty list is one of floats to NumPy
    if labels.shape != shape:
        raise ShapeError(
            f"{name}: expected a target of shape {shape}, one class for each prediction in input (shape "
            f"{input.shape}), got {labels.shape}"
        )
    if labels.dtype.kind not in "iu":
        raise DtypeError(f"{name}: expected integer classes as target, got {labels.dtype}; use .astype(int)")
    ignored = None if ignore_index is None else labels == ignore_index
    if ignored is None or not every_value(ignored).any():
        ignored = None
    else:
        labels = np.where(ignored, 0, labels)
    numbers = every_value(labels)
    if numbers.size and not (numbers.min() >= 0 and numbers.max() < classes):
        raise ArgumentError(
            f"{name}: expected target classes from 0 to {classes - 1}, got {numbers.min()} to "
            f"{numbers.max()}; input (shape {input.shape}) needs a column for every class"
        )
    return labels, ignored


def _picked(log_probabilities: Any, labels: np.ndarray[Any, Any], axis: int) -> Any:
    column = np.expand_dims(labels, axis)
    return -reshape(take_along_axis(log_probabilities, column, axis), labels.shape)


def _reduce_weighed(losses: Any, labels: Any, ignored: Any, weight: Any, reduction: str) -> Any:
    if weight is None and ignored is None:
        return reduced(losses, reduction)
    if weight is not None:
        losses = losses * weight[labels]
    if ignored is not None:
        losses = where(ignored, 0, losses)
    if reduction == "none":
        return losses
    return sum(losses) if reduction == "sum" else sum(losses) / _total_weight(labels, ignored, weight)


def _total_weight(labels: Any, ignored: Any, weight: Any) -> Any:
    """What a mean divides by: the sum of the weights of the classes that count; NaN if it is 0."""
    if weight is None:
        return (labels.size if ignored is None else int(np.count_nonzero(~ignored))) or math.nan
    weights = weight[labels] if ignored is None else where(ignored, 0, weight[labels])
    total = sum(weights)
    return where(total == 0, math.nan, total)


def _cross_entropy_of_probabilities(
    input: Any, target: Any, axis: int, weight: Any, reduction: str, label_smoothing: float
) -> Any:
    if target.shape != input.shape:
        raise ShapeError(
            f"cross_entropy: expected a floating target to give the probability of each class, in the "
            f"shape of input {input.shape}, got shape {target.shape}; classes are integers: .astype(int)"
        )
    if target.dtype != input.dtype:
        raise DtypeError(
            f"cross_entropy: expected target probabilities of {input.dtype}, the dtype of input, got "
            f"{target.dtype}; convert them"
        )
    if label_smoothing:
        target = target * (1 - label_smoothing) + label_smoothing / input.shape[axis]
    terms = -(log_softmax(input, axis) * target)
    if weight is not None:
        terms = terms * _along(weight, axis, input.ndim)
    return reduced(sum(terms, axis=axis), reduction)


def _along(weight: Any, axis: int, ndim: int) -> Any:
    return reshape(weight, tuple(-1 if a == axis else 1 for a in range(ndim)))
