"""The loss of labels that are not aligned with their sequence: connectionist temporal classification."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_cnn.errors import ArgumentError, DtypeError, ShapeError
from autograd_cnn.nn.functional.reduction import check_floating, check_reduction, reduced
from autograd_cnn.ops.elementwise import logaddexp, where
from autograd_cnn.ops.indexing import take_along_axis
from autograd_cnn.ops.joining import unstack
from autograd_cnn.ops.shape import concatenate, expand_dims, reshape
from autograd_cnn.ops.ufuncs import value_of

Integers = np.ndarray[Any, Any]


def ctc_loss(
    log_probs: Any,
    targets: Any,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Any:
    """-log of the probability that a sequence of independent labels and blanks spells the target.

    ``log_probs`` (T, N, C), or (T, C), are log-probabilities, as of `log_softmax`; ``targets`` (N, S), or
    all targets one after the other, or (S,) without a batch, are classes other than ``blank``;
    ``input_lengths`` and ``target_lengths`` say how many of the T and S count, for each of N. A path spells
    a target if that is left when repetitions are merged, then blanks removed. The mean divides the loss of
    each example by the length of its target first. A target that no path spells has an infinite loss; with
    ``zero_infinity`` it is 0; its gradient is 0 in both cases.

    The derivative is that by ``log_probs`` as they are given. PyTorch adds what `log_softmax` would remove:
    by the logits, the two are equal. Graves et al., *Connectionist temporal classification*, ICML 2006.

    Raises `ShapeError`, `DtypeError` or `ArgumentError`.

    >>> import autograd_cnn as ag, numpy as np
    >>> even = np.log(np.full((2, 1, 2), 0.5))  # of four paths, "11", "01" and "10" spell "1"
    >>> round(float(np.exp(-ag.nn.functional.ctc_loss(even, [[1]], [2], [1]))), 6)
    0.75
    """
    check_reduction("ctc_loss", reduction)
    check_floating("ctc_loss", "log_probs", log_probs)
    if log_probs.ndim not in (2, 3):
        raise ShapeError(
            f"ctc_loss: expected log_probs of shape (T, N, C) or (T, C), got {log_probs.shape}; the first "
            "axis is time, the last are the classes"
        )
    batched = log_probs.ndim == 3
    x = log_probs if batched else expand_dims(log_probs, 1)
    times, examples, classes = x.shape
    if not 0 <= blank < classes:
        raise ArgumentError(f"ctc_loss: expected blank from 0 to {classes - 1}, got {blank}")
    frames = _lengths("input_lengths", input_lengths, examples, times)
    lengths = _lengths("target_lengths", target_lengths, examples, None)
    labels = _padded(targets, lengths, batched, blank, classes)
    losses = -_log_likelihood(x, labels, frames, lengths, blank)
    infinite = np.isinf(value_of(losses))
    if infinite.any():
        losses = where(infinite, 0 if zero_infinity else math.inf, losses)
    if reduction == "mean":
        losses = losses / np.maximum(lengths, 1).astype(x.dtype)
    losses = reduced(losses, reduction)
    return losses if batched or reduction != "none" else reshape(losses, ())


def _log_likelihood(x: Any, labels: Integers, frames: Integers, lengths: Integers, blank: int) -> Any:
    """Graves' forward variables, in logarithms: log Σ of the paths that have reached each state."""
    examples, longest = labels.shape
    # The states: a blank before, between and after all labels.
    states = np.full((examples, 2 * longest + 1), blank)
    states[:, 1::2] = labels
    may_skip = np.zeros(states.shape, bool)
    may_skip[:, 2:] = (states[:, 2:] != blank) & (states[:, 2:] != states[:, :-2])
    steps = int(frames.max(initial=0))
    impossible = np.full((examples, 2), -math.inf, x.dtype)
    reached: Any = np.full(states.shape, -math.inf, x.dtype)
    emitted = take_along_axis(x[:steps], np.broadcast_to(states, (steps, *states.shape)), 2)
    for time, log_probabilities in enumerate(unstack(emitted)):
        if time == 0:
            # A path begins with the first blank or the first label.
            reached = where(np.arange(states.shape[1]) < 2, log_probabilities, -math.inf)
            continue
        before = concatenate([impossible, reached], 1)
        stayed_or_moved = logaddexp(reached, before[:, 1:-1])
        moved = logaddexp(stayed_or_moved, where(may_skip, before[:, :-2], -math.inf)) + log_probabilities
        running = (time < frames)[:, None]
        reached = moved if running.all() else where(running, moved, reached)
    # A path ends with the last blank or the last label, if there is one.
    ends = np.stack([2 * lengths, np.maximum(2 * lengths - 1, 0)], axis=1)
    last = take_along_axis(reached, ends, 1)
    result = logaddexp(last[:, 0], where(lengths > 0, last[:, 1], -math.inf))
    # Without a frame there is one path, which spells nothing.
    return where(frames > 0, result, np.where(lengths == 0, 0, -math.inf).astype(x.dtype))


def _lengths(argument: str, lengths: Any, examples: int, most: int | None) -> Integers:
    values = np.asarray(value_of(lengths)).reshape(-1)
    if values.size == 0:
        values = values.astype(np.intp)
    if values.shape != (examples,):
        raise ShapeError(
            f"ctc_loss: expected {argument} to be {examples}, one for each example, got {len(values)}"
        )
    if values.dtype.kind not in "iu":
        raise DtypeError(f"ctc_loss: expected integers as {argument}, got {values.dtype}; use .astype(int)")
    if (values < 0).any() or (most is not None and (values > most).any()):
        limit = "" if most is None else f" to {most}, the first axis of log_probs"
        raise ArgumentError(
            f"ctc_loss: expected {argument} from 0{limit}, got {values.min()} to {values.max()}"
        )
    return values.astype(np.intp)


def _padded(targets: Any, lengths: Integers, batched: bool, blank: int, classes: int) -> Integers:
    """The targets as rows of one length, the longest, with blanks after them."""
    given = np.asarray(value_of(targets))
    if given.size == 0:
        given = given.astype(np.intp)
    if given.dtype.kind not in "iu":
        raise DtypeError(
            f"ctc_loss: expected integer classes as targets, got {given.dtype}; use .astype(int)"
        )
    longest = int(lengths.max(initial=0))
    counts = np.arange(longest) < lengths[:, None]
    labels = np.full(counts.shape, blank)
    if not batched and given.ndim == 1:
        given = given[None]
    if given.ndim == 2 and len(given) == len(lengths) and given.shape[1] >= longest:
        labels[counts] = given[:, :longest][counts]
    elif given.ndim == 1 and given.size == lengths.sum():
        labels[counts] = given
    else:
        raise ShapeError(
            f"ctc_loss: expected targets of shape (N, S) with N = {len(lengths)} and S at least {longest}, "
            f"the longest of target_lengths, or all {lengths.sum()} of them in one row, got {given.shape}"
        )
    used = labels[counts]
    if used.size and not (used.min() >= 0 and used.max() < classes and (used != blank).all()):
        raise ArgumentError(
            f"ctc_loss: expected target classes from 0 to {classes - 1} other than blank={blank}, got "
            f"{used.min()} to {used.max()}"
        )
    return labels
