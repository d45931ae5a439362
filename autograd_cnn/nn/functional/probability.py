"""Losses of probabilities: cross-entropy of yes or no, and divergence of distributions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_cnn.errors import ArgumentError
from autograd_cnn.nn.functional.reduction import (
    REDUCTIONS,
    check_broadcasts,
    check_reduction,
    matched,
    of_dtype,
    reduced,
    rescaled,
)
from autograd_cnn.ops.elementwise import exp, log, log1p, logaddexp, where
from autograd_cnn.ops.reduction import sum
from autograd_cnn.ops.ufuncs import value_of

DIVERGENCE_REDUCTIONS = ("batchmean", *REDUCTIONS)


def binary_cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """-(target log(input) + (1 - target) log(1 - input)) of probabilities, of one shape.

    A logarithm is at least -100, as in PyTorch, and its derivative at most 1e12: so both stay finite at 0
    and 1. `binary_cross_entropy_with_logits` needs no such limits: prefer it. ``weight`` multiplies the
    losses, and broadcasts to them.

    Raises `ArgumentError` unless ``input`` lies from 0 to 1; `ShapeError` and `DtypeError`.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.binary_cross_entropy(ag.tensor([1.0, 0.0]), ag.tensor([1.0, 1.0]), reduction="none")
    tensor([ -0., 100.])
    """
    name = "binary_cross_entropy"
    check_reduction(name, reduction, size_average, reduce)
    target = matched(name, input, target)
    probabilities = value_of(input)
    if input.size and not (probabilities.min() >= 0 and probabilities.max() <= 1):
        raise ArgumentError(
            f"{name}: expected probabilities from 0 to 1 as input, got {probabilities.min()} to "
            f"{probabilities.max()}; of logits, use binary_cross_entropy_with_logits"
        )
    yes = _limited(log, input, probabilities, 1)
    no = _limited(log1p, -input, 1 - probabilities, 0)
    return reduced(rescaled(name, -(target * yes + (1 - target) * no), weight), reduction)


_NEAREST = 1e-12


def _limited(logarithm: Callable[[Any], Any], x: Any, distance: Any, regular: float) -> Any:
    """A logarithm not below -100, which goes on in a straight line nearer than 1e-12 to its pole."""
    nearest = max(_NEAREST, float(np.finfo(x.dtype).tiny))  # which in half precision 1e-12 is below
    near = distance < nearest
    if not near.any():
        return logarithm(x)
    values = value_of(x)
    with np.errstate(divide="ignore"):
        start = np.maximum(logarithm(values), -100)
    return where(near, start + (x - values) / nearest, logarithm(where(near, regular, x)))


def binary_cross_entropy_with_logits(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    pos_weight: Any = None,
) -> Any:
    """Cross-entropy of the sigmoid of logits with probabilities ``target``, of one shape; exact far out.

    ``weight`` multiplies the losses, ``pos_weight`` the part of the target that is 1 (above 1, it favours
    recall); both broadcast to the input.

    Raises `ShapeError`, `DtypeError` or `ArgumentError`.

    >>> import autograd_cnn as ag
    >>> losses = ag.nn.functional.binary_cross_entropy_with_logits
    >>> losses(ag.tensor([1000.0, -1000.0]), ag.tensor([1.0, 1.0]), reduction="none")
    tensor([   0., 1000.])
    """
    name = "binary_cross_entropy_with_logits"
    check_reduction(name, reduction, size_average, reduce)
    target = matched(name, input, target)
    no = logaddexp(0.0, -input)
    if pos_weight is not None:
        pos_weight = of_dtype(name, "pos_weight", pos_weight, input)
        check_broadcasts(name, "pos_weight", pos_weight, input.shape)
        no = no * (1 + (pos_weight - 1) * target)
    return reduced(rescaled(name, (1 - target) * input + no, weight), reduction)


def kl_div(
    input: Any,
    target: Any,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Any:
    """Pointwise Kullback-Leibler divergence target (log(target) - input) of log-probabilities ``input``.

    ``target`` has the same shape, of probabilities; with ``log_target``, of their logarithms. ``reduction``
    is "mean" over all entries (the default), "sum", "none", or "batchmean": the sum divided by the length
    of the first axis, which is the divergence of distributions. 0 log 0 is 0, with derivative 0.

    Raises `ShapeError`, `DtypeError` or `ArgumentError`.

    >>> import autograd_cnn as ag, numpy as np
    >>> p = np.array([[0.5, 0.5]])
    >>> ag.nn.functional.kl_div(np.log(p), p, reduction="batchmean").item()
    0.0
    """
    check_reduction("kl_div", reduction, size_average, reduce, DIVERGENCE_REDUCTIONS)
    target = matched("kl_div", input, target)
    if log_target:
        losses = exp(target) * (target - input)
    else:
        losses = target * (log(where(value_of(target) == 0, 1, target)) - input)
    if reduction == "batchmean":
        return sum(losses) / len(losses) if losses.ndim else losses
    return reduced(losses, reduction)
