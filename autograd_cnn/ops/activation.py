"""Squashing functions and log-probabilities, numerically stable."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_cnn.core.elementwise import elementwise
from autograd_cnn.core.primitive import primitive
from autograd_cnn.core.registry import case
from autograd_cnn.errors import ArgumentError, DtypeError, ShapeError
from autograd_cnn.ops.elementwise import exp
from autograd_cnn.ops.half import in_single
from autograd_cnn.ops.indexing import add_along_axis
from autograd_cnn.ops.reduction import sum


def _logistic(x: Any) -> Any:
    # exp of a negative number cannot overflow, and neither branch loses digits far out.
    small = np.exp(-np.abs(x))
    return np.where(np.asarray(x) >= 0, 1, small) / (1 + small)


sigmoid = elementwise(
    _logistic,
    "Logistic function 1 / (1 + e ** -x).",
    name="sigmoid",
    method=True,
    domain=(-4.0, 4.0),
    x=lambda g, out: g * (out * (1 - out)),
)

_SAMPLES = [case((2, 3), axis=1), case((2, 3, 2), axis=0), case((3,), axis=-1)]


@primitive(
    method=True,
    samples=_SAMPLES,
    x=in_single(lambda g, out, axis: out * (g - sum(g * out, axis, keepdims=True))),
)
@in_single
def softmax(x: Any, axis: int = -1) -> Any:
    """e ** x / Σ e ** x along ``axis``.

    >>> import autograd_cnn as ag
    >>> ag.ops.activation.softmax(ag.tensor([0.0, 0.0]))
    tensor([0.5, 0.5])
    """
    x = np.asarray(x)
    powers = np.exp(x - np.maximum.reduce(x, axis=axis, keepdims=True, initial=-np.inf))
    return powers / np.add.reduce(powers, axis=axis, keepdims=True)


@primitive(
    method=True,
    samples=_SAMPLES,
    x=in_single(lambda g, out, axis: g - exp(out) * sum(g, axis, keepdims=True)),
)
def log_softmax(x: Any, axis: int = -1) -> Any:
    """x - log Σ e ** x along ``axis``: exact far out, where log(softmax(x)) is not.

    >>> import autograd_cnn as ag
    >>> ag.ops.activation.log_softmax(ag.tensor([1000.0, 0.0]))
    tensor([    0., -1000.])
    """
    return _log_probabilities(np.asarray(x), axis)


@in_single
def _log_probabilities(x: Any, axis: int) -> Any:
    shifted = x - np.maximum.reduce(x, axis=axis, keepdims=True, initial=-np.inf)
    return shifted - np.log(np.add.reduce(np.exp(shifted), axis=axis, keepdims=True))


def _cross_entropy_vjp(g: Any, log_probabilities: Any, labels: Any) -> Any:
    # With p = softmax(logits): d loss = (p - onehot) d logits, d log p = d logits - p Σ d logits.
    to_loss, to_log_probabilities = g
    indices = labels[:, None]
    gradient = None
    if to_loss is not None:
        column = to_loss[:, None]
        gradient = exp(log_probabilities) * column - add_along_axis(
            column, indices, 1, log_probabilities.shape
        )
    if to_log_probabilities is not None:
        total = sum(to_log_probabilities, 1, keepdims=True)
        second = to_log_probabilities - exp(log_probabilities) * total
        gradient = second if gradient is None else gradient + second
    return gradient


@primitive(
    hidden=("log_probabilities",),
    samples=[case((3, 4), labels=np.array([0, 3, 1])), case((0, 4), labels=np.zeros(0, int))],
    logits=_cross_entropy_vjp,
)
def softmax_cross_entropy(logits: Any, labels: Any) -> Any:
    """-log softmax(logits)[labels], one number an example.

    ``logits`` (examples, classes); ``labels`` (examples,) integers in [0, classes).

    >>> import autograd_cnn as ag
    >>> ag.ops.activation.softmax_cross_entropy(ag.tensor([[1000.0, 0.0]]), [1])
    tensor([1000.])
    """
    logits, labels = np.asarray(logits), np.asarray(labels)
    _check_labels(logits, labels)
    log_probabilities = _log_probabilities(logits, 1)
    return -log_probabilities[np.arange(len(labels)), labels], log_probabilities


def _check_labels(logits: Any, labels: Any) -> None:
    if logits.ndim != 2 or labels.shape != logits.shape[:1]:
        raise ShapeError(
            "cross_entropy: expected logits of shape (examples, classes) and labels of shape (examples,), "
            f"got {logits.shape} and {labels.shape}"
        )
    if labels.dtype.kind not in "iu":
        raise DtypeError(f"cross_entropy: expected integer labels, got {labels.dtype}; convert: .astype(int)")
    if labels.size and not (labels.min() >= 0 and labels.max() < logits.shape[1]):
        raise ArgumentError(
            f"cross_entropy: expected labels from 0 to {logits.shape[1] - 1}, got {labels.min()} to "
            f"{labels.max()}; logits need a column for every class"
        )
