"""Losses of regressions: how far numbers are from what they should be."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_cnn.errors import ArgumentError, ShapeError
from autograd_cnn.nn.functional.reduction import check_reduction, matched, of_dtype, reduced, rescaled
from autograd_cnn.ops.elementwise import clip, exp, log, where
from autograd_cnn.ops.reduction import sum
from autograd_cnn.ops.shape import expand_dims
from autograd_cnn.ops.ufuncs import value_of


def mse_loss(
    input: Any,
    target: Any,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    weight: Any = None,
) -> Any:
    """Squared difference of two arrays of one shape, averaged (or ``reduction`` "sum" or "none").

    ``weight``, of the same shape, weighs the entries; the mean is then over the weights.

    Raises `ShapeError` for different shapes (PyTorch broadcasts them, and warns), `DtypeError` for
    different floating dtypes, and `ArgumentError`.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.mse_loss(ag.tensor([1.0, 2.0]), ag.tensor([1.0, 4.0]))
    tensor(2.)
    """
    check_reduction("mse_loss", reduction, size_average, reduce)
    difference = input - matched("mse_loss", input, target)
    return _mean_over_weights("mse_loss", difference * difference, weight, reduction)


def l1_loss(
    input: Any,
    target: Any,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    weight: Any = None,
) -> Any:
    """Absolute difference of two arrays of one shape; its derivative where they are equal is 0.

    The arguments and errors are those of `mse_loss`.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.l1_loss(ag.tensor([1.0, 2.0]), ag.tensor([1.0, 4.0]))
    tensor(1.)
    """
    check_reduction("l1_loss", reduction, size_average, reduce)
    return _mean_over_weights("l1_loss", abs(input - matched("l1_loss", input, target)), weight, reduction)


def smooth_l1_loss(
    input: Any,
    target: Any,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    beta: float = 1.0,
) -> Any:
    """d² / (2 beta) where the absolute difference d of two arrays is below ``beta``, d - beta / 2 elsewhere.

    With ``beta`` 0 it is `l1_loss`; otherwise `huber_loss` divided by ``beta``. Girshick, *Fast R-CNN*,
    ICCV 2015. Raises `ArgumentError` for a negative ``beta``; the other errors are those of `mse_loss`.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.smooth_l1_loss(ag.tensor([0.0, 0.0]), ag.tensor([1.0, 4.0]), reduction="none")
    tensor([0.5, 3.5])
    """
    check_reduction("smooth_l1_loss", reduction, size_average, reduce)
    check_beta("smooth_l1_loss", beta)
    difference = input - matched("smooth_l1_loss", input, target)
    return reduced(_huber(difference, beta) / beta if beta else abs(difference), reduction)


def huber_loss(
    input: Any, target: Any, reduction: str = "mean", delta: float = 1.0, weight: Any = None
) -> Any:
    """d² / 2 where the absolute difference d is at most ``delta``, delta (d - delta / 2) elsewhere.

    Huber, *Robust estimation of a location parameter*, 1964. ``weight``, of the same shape, multiplies the
    losses; unlike in `mse_loss`, the mean stays one over the entries, as in PyTorch. Raises `ArgumentError`
    unless ``delta`` is above 0; the other errors are those of `mse_loss`.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.huber_loss(ag.tensor([0.0, 0.0]), ag.tensor([1.0, 4.0]), "none", delta=2.0)
    tensor([0.5, 6. ])
    """
    check_reduction("huber_loss", reduction)
    check_delta("huber_loss", delta)
    difference = input - matched("huber_loss", input, target)
    _check_weight("huber_loss", weight, input.shape)
    return reduced(rescaled("huber_loss", _huber(difference, delta), weight), reduction)


def gaussian_nll_loss(
    input: Any, target: Any, var: Any, full: bool = False, eps: float = 1e-6, reduction: str = "mean"
) -> Any:
    """Negative log-likelihood of ``target`` under normal distributions of mean ``input``, variance ``var``.

    (log var + (input - target)² / var) / 2, with the constant log(2π) / 2 if ``full``. ``var`` is a number,
    or of the shape of ``input``, or that without its last axis, or with one axis of length 1. Where it is
    below ``eps``, that is taken in its place, but its derivative is that of ``eps`` itself: so it can grow.

    Raises `ArgumentError` for a negative variance, `ShapeError` and `DtypeError`.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.gaussian_nll_loss(ag.tensor([1.0, 2.0]), ag.tensor([3.0, 2.0]), 1.0)
    tensor(1.)
    """
    name = "gaussian_nll_loss"
    check_reduction(name, reduction)
    difference = input - matched(name, input, target)
    if isinstance(var, (int, float)):
        var = np.full((), var, input.dtype)
    var = _variances(name, of_dtype(name, "var", var, input), input.shape)
    variances = value_of(var)
    if (variances < 0).any():
        raise ArgumentError(
            f"{name}: expected variances from 0, got {variances.min()}; a network's output can be made one "
            "by exp or softplus"
        )
    if (variances < eps).any():
        var = var + np.maximum(eps - variances, 0, dtype=variances.dtype)
    losses = 0.5 * (log(var) + difference * difference / var)
    return reduced(losses + 0.5 * math.log(2 * math.pi) if full else losses, reduction)


def poisson_nll_loss(
    input: Any,
    target: Any,
    log_input: bool = True,
    full: bool = False,
    size_average: Any = None,
    eps: float = 1e-8,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """Negative log-likelihood of counts ``target`` under Poisson distributions.

    ``input`` is the logarithm of their means, so that the loss is e ** input - target * input; or, without
    ``log_input``, the means themselves: input - target * log(input + eps). ``full`` adds Stirling's
    approximation of log(target!) where the target is above 1. Both have one shape.

    Raises `ShapeError`, `DtypeError` or `ArgumentError`.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.poisson_nll_loss(ag.tensor([0.0, 0.0]), ag.tensor([3, 5]))
    tensor(1.)
    """
    check_reduction("poisson_nll_loss", reduction, size_average, reduce)
    target = matched("poisson_nll_loss", input, target)
    losses = exp(input) - target * input if log_input else input - target * log(input + eps)
    if full:
        above = value_of(target) > 1
        counts = where(above, target, 1)
        stirling = counts * log(counts) - counts + 0.5 * log(2 * math.pi * counts)
        losses = losses + where(above, stirling, 0)
    return reduced(losses, reduction)


def check_beta(name: str, beta: float) -> None:
    """Raise `ArgumentError` for a negative threshold."""
    if not beta >= 0:
        raise ArgumentError(f"{name}: expected a threshold beta from 0, got {beta}; 0 is the L1 loss")


def check_delta(name: str, delta: float) -> None:
    """Raise `ArgumentError` for a threshold that is not above 0."""
    if not delta > 0:
        raise ArgumentError(f"{name}: expected a threshold delta above 0, got {delta}")


def _check_weight(name: str, weight: Any, shape: tuple[int, ...]) -> None:
    if weight is not None and getattr(weight, "shape", None) != shape:
        raise ShapeError(
            f"{name}: expected a weight of the shape of input, {shape}, got "
            f"{getattr(weight, 'shape', weight)}; broadcast it: ag.broadcast_to"
        )


def _huber(difference: Any, delta: float) -> Any:
    # In this form nothing overflows, and the second derivative is 1 at 0, where that of abs would be lost.
    limited = clip(difference, -delta, delta)
    return limited * (difference - 0.5 * limited)


def _mean_over_weights(name: str, losses: Any, weight: Any, reduction: str) -> Any:
    _check_weight(name, weight, losses.shape)
    losses = rescaled(name, losses, weight)
    if weight is None or reduction != "mean":
        return reduced(losses, reduction)
    return sum(losses) / sum(weight)


def _variances(name: str, var: Any, shape: tuple[int, ...]) -> Any:
    """The variances with as many axes as the input has, or none."""
    if var.shape in (shape, ()):
        return var
    if var.shape == shape[:-1]:
        return expand_dims(var, -1)
    if len(var.shape) == len(shape) and [
        v for v, full in zip(var.shape, shape, strict=True) if v != full
    ] == [1]:
        return var
    raise ShapeError(
        f"{name}: expected a number as var, or one variance for each entry of input (shape {shape}), or "
        f"shape {shape[:-1]}, or one axis of length 1, got {var.shape}"
    )
