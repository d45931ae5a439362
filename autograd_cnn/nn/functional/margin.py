"""Losses that ask for a margin: of rankings, embeddings and classes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_cnn.errors import ArgumentError, DtypeError, ShapeError
from autograd_cnn.nn.functional.distance import pairwise_distance
from autograd_cnn.nn.functional.loss import check_logits, class_labels
from autograd_cnn.nn.functional.reduction import (
    check_floating,
    check_reduction,
    matched,
    reduced,
    rescaled,
)
from autograd_cnn.ops.elementwise import clip, logaddexp, minimum, relu, sqrt, where
from autograd_cnn.ops.indexing import take_along_axis
from autograd_cnn.ops.reduction import mean, sum
from autograd_cnn.ops.shape import expand_dims
from autograd_cnn.ops.ufuncs import value_of

Distance = Callable[[Any, Any], Any]


def margin_ranking_loss(
    input1: Any,
    input2: Any,
    target: Any,
    margin: float = 0,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """max(0, -target (input1 - input2) + margin): ``target`` 1 asks for input1 above input2, -1 for below.

    The three have one shape. At the kink the derivative is that of the right side, as in PyTorch.

    Raises `ShapeError`, `DtypeError` or `ArgumentError`.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.margin_ranking_loss(ag.tensor([1.0]), ag.tensor([3.0]), ag.tensor([1]))
    tensor(2.)
    """
    name = "margin_ranking_loss"
    check_reduction(name, reduction, size_average, reduce)
    target = matched(name, input1, target)
    input2 = matched(name, input1, input2, "input2")
    return reduced(clip(margin - target * (input1 - input2), 0, None), reduction)


def hinge_embedding_loss(
    input: Any,
    target: Any,
    margin: float = 1.0,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """``input``, a distance, where ``target`` is 1, and max(0, margin - input) where it is -1.

    Raises `ArgumentError` for other targets; `ShapeError` and `DtypeError`.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.hinge_embedding_loss(ag.tensor([0.5, 0.25]), [1, -1], reduction="none")
    tensor([0.5 , 0.75])
    """
    name = "hinge_embedding_loss"
    check_reduction(name, reduction, size_average, reduce)
    check_floating(name, "input", input)
    alike = _signs(name, target, input.shape) == 1
    return reduced(where(alike, input, clip(margin - input, 0, None)), reduction)


def cosine_embedding_loss(
    input1: Any,
    input2: Any,
    target: Any,
    margin: float = 0,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """1 - cos of the angle of two vectors where ``target`` is 1, max(0, cos - margin) where it is -1.

    ``input1`` and ``input2`` are (N, D), or (D,), ``target`` is (N,), or (). Squared lengths are taken as
    1e-12 longer than they are, as in PyTorch.

    Raises `ArgumentError` for other targets; `ShapeError` and `DtypeError`.

    >>> import autograd_cnn as ag
    >>> x, y = ag.tensor([[1.0, 0.0]]), ag.tensor([[0.0, 1.0]])
    >>> ag.nn.functional.cosine_embedding_loss(x, y, [1])
    tensor(1.)
    """
    name = "cosine_embedding_loss"
    check_reduction(name, reduction, size_average, reduce)
    input2 = matched(name, input1, input2, "input2")
    if input1.ndim not in (1, 2):
        raise ShapeError(f"{name}: expected inputs of shape (N, D) or (D,), got {input1.shape}; reshape them")
    alike = _signs(name, target, input1.shape[:-1]) == 1
    eps = max(1e-12, float(np.finfo(input1.dtype).tiny))  # which in half precision 1e-12 is below
    lengths = [sqrt(sum(x * x, axis=-1) + eps) for x in (input1, input2)]
    cosine = sum(input1 * input2, axis=-1) / lengths[0] / lengths[1]
    return reduced(where(alike, 1 - cosine, clip(cosine - margin, 0, None)), reduction)


def soft_margin_loss(
    input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
) -> Any:
    """log(1 + e ** (-target input)), with a ``target`` of 1 and -1 of the shape of ``input``; exact far out.

    Raises `ShapeError`, `DtypeError` or `ArgumentError`.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.soft_margin_loss(ag.tensor([-1000.0, 1000.0]), ag.tensor([1, 1]))
    tensor(500.)
    """
    check_reduction("soft_margin_loss", reduction, size_average, reduce)
    target = matched("soft_margin_loss", input, target)
    return reduced(logaddexp(0.0, -target * input), reduction)


def triplet_margin_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-6,
    swap: bool = False,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """max(0, d(anchor, positive) - d(anchor, negative) + margin), with the `pairwise_distance` d.

    The three are (N, D), or (D,). With ``swap``, the smaller of d(anchor, negative) and
    d(positive, negative) counts. Balntas et al., *Learning shallow convolutional feature descriptors with
    triplet losses*, BMVC 2016.

    Raises `ShapeError`, `DtypeError` or `ArgumentError`.

    >>> import autograd_cnn as ag
    >>> x, y = ag.tensor([[0.0, 0.0]]), ag.tensor([[3.0, 4.0]])
    >>> round(ag.nn.functional.triplet_margin_loss(x, y, x).item(), 4)
    6.0
    """
    name = "triplet_margin_loss"
    check_reduction(name, reduction, size_average, reduce)
    return _triplet(
        name,
        anchor,
        positive,
        negative,
        lambda x, y: pairwise_distance(x, y, p, eps),
        margin,
        swap,
        reduction,
    )


def triplet_margin_with_distance_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    *,
    distance_function: Distance | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Any:
    """As `triplet_margin_loss`, with any function of two batches (N, D) that returns distances (N,).

    >>> import autograd_cnn as ag
    >>> x, y = ag.tensor([[0.0, 0.0]]), ag.tensor([[3.0, 4.0]])
    >>> ag.nn.functional.triplet_margin_with_distance_loss(
    ...     x, y, x, distance_function=lambda a, b: abs(a - b).sum(-1)
    ... )
    tensor(8.)
    """
    name = "triplet_margin_with_distance_loss"
    check_reduction(name, reduction)
    distance = pairwise_distance if distance_function is None else distance_function
    return _triplet(name, anchor, positive, negative, distance, margin, swap, reduction)


def _triplet(
    name: str,
    anchor: Any,
    positive: Any,
    negative: Any,
    distance: Distance,
    margin: float,
    swap: bool,
    reduction: str,
) -> Any:
    check_margin(name, margin)
    positive = matched(name, anchor, positive, "positive")
    negative = matched(name, anchor, negative, "negative")
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = minimum(far, distance(positive, negative))
    return reduced(clip(margin + near - far, 0, None), reduction)


def check_margin(name: str, margin: float) -> None:
    """Raise `ArgumentError` unless the margin is above 0."""
    if not margin > 0:
        raise ArgumentError(f"{name}: expected a margin above 0, got {margin}")


# --- Classes ------------------------------------------------------------------------------------------


def multi_margin_loss(
    input: Any,
    target: Any,
    p: int = 1,
    margin: float = 1.0,
    weight: Any = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """Σ max(0, margin - input[target] + input[j]) ** p / C, over all classes j but the target.

    ``input`` is (N, C), or (C,), ``target`` the classes (N,), or (); ``p`` is 1 or 2. ``weight`` (C,) weighs
    the target classes; the mean stays one over N.

    Raises `ShapeError`, `DtypeError` or `ArgumentError`.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.multi_margin_loss(ag.tensor([[0.0, 0.5]]), [0])
    tensor(0.75)
    """
    name = "multi_margin_loss"
    check_reduction(name, reduction, size_average, reduce)
    check_power(name, p)
    check_logits(name, input, weight)
    if input.ndim > 2:
        raise ShapeError(f"{name}: expected input of shape (N, C) or (C,), got {input.shape}; reshape it")
    labels, _ = class_labels(name, input, target, input.ndim - 1)
    columns = np.expand_dims(labels, -1)
    others = np.arange(input.shape[-1]) != columns
    excess = relu(margin - take_along_axis(input, columns, -1) + input)
    terms = where(others, excess if p == 1 else excess * excess, 0)
    if weight is not None:
        terms = terms * expand_dims(weight[labels], -1)
    return reduced(sum(terms, axis=-1) / input.shape[-1], reduction)


def check_power(name: str, p: int) -> None:
    """Raise `ArgumentError` unless the power is 1 or 2."""
    if p not in (1, 2):
        raise ArgumentError(f"{name}: expected a power p of 1 or 2, got {p}")


def multilabel_margin_loss(
    input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
) -> Any:
    """Σ max(0, 1 - (input[j] - input[i])) / C, over the target classes j and all other classes i.

    ``input`` is (N, C), or (C,); ``target`` has the same shape, of integers: the classes of each example,
    up to the first -1.

    Raises `ShapeError`, `DtypeError` or `ArgumentError`.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.multilabel_margin_loss(ag.tensor([[0.5, 0.0, 0.25]]), [[0, -1, -1]]).item()
    0.4166666666666667
    """
    name = "multilabel_margin_loss"
    check_reduction(name, reduction, size_average, reduce)
    check_logits(name, input, None)
    labels = np.asarray(value_of(target))
    if input.ndim > 2 or labels.shape != input.shape:
        raise ShapeError(
            f"{name}: expected input of shape (N, C) or (C,) and a target of the same, with the classes of "
            f"each example and -1 after them, got {input.shape} and {labels.shape}"
        )
    if labels.dtype.kind not in "iu":
        raise DtypeError(f"{name}: expected integer classes as target, got {labels.dtype}; use .astype(int)")
    classes = input.shape[-1]
    counts = np.logical_and.accumulate(labels >= 0, axis=-1)
    if labels.size and labels.max() >= classes:
        raise ArgumentError(f"{name}: expected target classes below {classes}, got {labels.max()}")
    labels = np.where(counts, labels, 0)
    wanted = np.zeros((*labels.shape[:-1], classes + 1), bool)
    np.put_along_axis(wanted, np.where(counts, labels, classes), True, axis=-1)
    scores = take_along_axis(input, labels, -1)
    excess = relu(1 - expand_dims(scores, -1) + expand_dims(input, -2))
    pairs = counts[..., :, None] & ~wanted[..., None, :classes]
    return reduced(sum(where(pairs, excess, 0), axis=(-2, -1)) / classes, reduction)


def multilabel_soft_margin_loss(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """Mean over the classes, the last axis, of the cross-entropy of yes or no for each; exact far out.

    ``input``, logits, and ``target``, of 0 and 1, are (N, C), or (C,). ``weight`` broadcasts to them.

    Raises `ShapeError`, `DtypeError` or `ArgumentError`.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.multilabel_soft_margin_loss(ag.tensor([[1000.0, -1000.0]]), ag.tensor([[1, 1]]))
    tensor(500.)
    """
    name = "multilabel_soft_margin_loss"
    check_reduction(name, reduction, size_average, reduce)
    target = matched(name, input, target)
    if not input.ndim:
        raise ShapeError(f"{name}: expected input of shape (N, C) or (C,), got (); reshape it")
    terms = rescaled(name, (1 - target) * input + logaddexp(0.0, -input), weight)
    return reduced(mean(terms, axis=-1), reduction)


def _signs(name: str, target: Any, shape: tuple[int, ...]) -> Any:
    """The values of a target of 1 and -1."""
    signs = np.asarray(value_of(target))
    if signs.shape != shape:
        raise ShapeError(f"{name}: expected a target of shape {shape}, got {signs.shape}; reshape it")
    if not (abs(signs) == 1).all():
        raise ArgumentError(f"{name}: expected a target of 1 and -1, got others; of 0 and 1: 2 * target - 1")
    return signs
