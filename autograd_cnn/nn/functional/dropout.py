"""Dropout, of entries and of channels."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_cnn.core.batched import random_draw
from autograd_cnn.core.random import default_generator
from autograd_cnn.errors import ArgumentError, ShapeError
from autograd_cnn.nn.functional.checks import SPATIAL, check_array, like
from autograd_cnn.nn.functional.rectifiers import SELU_ALPHA, SELU_SCALE

# Where SELU goes far to the left: what alpha dropout puts in the place of what it drops.
_SATURATION = -SELU_ALPHA * SELU_SCALE

_Generator = np.random.Generator | None


def dropout(
    input: Any,
    p: float = 0.5,
    training: bool = True,
    inplace: bool = False,
    generator: _Generator = None,
) -> Any:
    """Set each entry to 0 with probability ``p``, and divide the others by 1 - ``p``; only in training.

    So the mean stays as it is, and evaluation has nothing to do. The draws come from ``generator``, by
    default that of `autograd_cnn.manual_seed`. Srivastava et al., *Dropout*, JMLR 15 (2014).

    Raises `ArgumentError` unless 0 ≤ ``p`` ≤ 1.

    >>> import autograd_cnn as ag
    >>> _ = ag.manual_seed(0)
    >>> y = ag.nn.functional.dropout(ag.ones(100), p=0.5)
    >>> sorted(set(y.tolist()))
    [0.0, 2.0]
    """
    check_array("dropout", "input", input)
    return _dropped("dropout", input, input.shape, p, training, generator)


def dropout1d(
    input: Any,
    p: float = 0.5,
    training: bool = True,
    inplace: bool = False,
    generator: _Generator = None,
) -> Any:
    """Set whole channels of (N, C, L), or (C, L) to 0; as `dropout` otherwise.

    >>> import autograd_cnn as ag
    >>> y = ag.nn.functional.dropout1d(ag.ones((2, 3, 2)))
    >>> all(len(set(channel.ravel().tolist())) == 1 for image in y for channel in image)
    True
    """
    return _channels_dropped("dropout1d", 1, input, p, training, generator)


def dropout2d(
    input: Any,
    p: float = 0.5,
    training: bool = True,
    inplace: bool = False,
    generator: _Generator = None,
) -> Any:
    """Set whole channels of (N, C, H, W), or (C, H, W) to 0; as `dropout` otherwise.

    Tompson et al., *Efficient object localization using convolutional networks* (2015).

    >>> import autograd_cnn as ag
    >>> y = ag.nn.functional.dropout2d(ag.ones((2, 3, 2, 2)))
    >>> all(len(set(channel.ravel().tolist())) == 1 for image in y for channel in image)
    True
    """
    return _channels_dropped("dropout2d", 2, input, p, training, generator)


def dropout3d(
    input: Any,
    p: float = 0.5,
    training: bool = True,
    inplace: bool = False,
    generator: _Generator = None,
) -> Any:
    """Set whole channels of (N, C, D, H, W), or (C, D, H, W) to 0; as `dropout` otherwise.

    >>> import autograd_cnn as ag
    >>> y = ag.nn.functional.dropout3d(ag.ones((2, 3, 2, 2, 2)))
    >>> all(len(set(channel.ravel().tolist())) == 1 for image in y for channel in image)
    True
    """
    return _channels_dropped("dropout3d", 3, input, p, training, generator)


def alpha_dropout(
    input: Any,
    p: float = 0.5,
    training: bool = False,
    inplace: bool = False,
    generator: _Generator = None,
) -> Any:
    """Dropout that keeps mean 0 and variance 1, for SELU; only in training.

    Each entry becomes, with probability ``p``, what SELU gives far to the left; then all are scaled and
    shifted. Klambauer et al., *Self-normalizing neural networks* (2017).

    >>> import autograd_cnn as ag
    >>> len(set(ag.nn.functional.alpha_dropout(ag.ones(100), training=True).tolist()))
    2
    """
    check_array("alpha_dropout", "input", input)
    return _saturated("alpha_dropout", input, input.shape, p, training, generator)


def feature_alpha_dropout(
    input: Any,
    p: float = 0.5,
    training: bool = False,
    inplace: bool = False,
    generator: _Generator = None,
) -> Any:
    """`alpha_dropout` of whole channels of (N, C, \\*).

    >>> import autograd_cnn as ag
    >>> y = ag.nn.functional.feature_alpha_dropout(ag.ones((2, 3, 4)), training=True)
    >>> all(len(set(channel.tolist())) == 1 for image in y for channel in image)
    True
    """
    name = "feature_alpha_dropout"
    check_array(name, "input", input)
    if len(input.shape) < 2:
        raise ShapeError(f"{name}: expected an input (batch, channels, ...), got shape {input.shape}")
    shape = (*input.shape[:2], *(1,) * (len(input.shape) - 2))
    return _saturated(name, input, shape, p, training, generator)


def _channels_dropped(
    name: str, axes: int, input: Any, p: float, training: bool, generator: _Generator
) -> Any:
    check_array(name, "input", input)
    shape = input.shape
    if len(shape) not in (axes + 1, axes + 2):
        raise ShapeError(
            f"{name}: expected an input (batch, channels, {SPATIAL[axes]}), or without the batch, got shape "
            f"{shape}"
        )
    return _dropped(name, input, (*shape[: len(shape) - axes], *(1,) * axes), p, training, generator)


def _dropped(
    name: str, input: Any, shape: tuple[int, ...], p: float, training: bool, generator: _Generator
) -> Any:
    """Drop what a mask of this shape says."""
    check_probability(name, p)
    if not training or p == 0:
        return input
    if p == 1:
        return input * np.zeros((), input.dtype)
    return input * _kept(input, shape, p, generator, 1 / (1 - p))


def _saturated(
    name: str, input: Any, shape: tuple[int, ...], p: float, training: bool, generator: _Generator
) -> Any:
    check_probability(name, p)
    if not training or p == 0:
        return input
    if p == 1:
        return input * np.zeros((), input.dtype)
    scale = ((_SATURATION**2 * p + 1) * (1 - p)) ** -0.5
    kept = _kept(input, shape, p, generator)
    return input * (kept * scale) + (1 - p - kept) * (scale * _SATURATION)


def _kept(input: Any, shape: tuple[int, ...], p: float, generator: _Generator, scale: float = 1.0) -> Any:
    """``scale`` with probability 1 - p, else 0; under `vmap`, drawn for each example."""

    def draw(shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
        draws = (generator or default_generator()).random(shape, dtype=np.float32)
        return np.multiply(draws >= p, scale, dtype=input.dtype)

    drawn = random_draw(draw, shape)
    # Wrapped, it is ours and the tape need not copy it.
    return like(input, drawn) if isinstance(drawn, np.ndarray) else drawn


def check_probability(name: str, p: float) -> None:
    """Raise `ArgumentError` for a probability outside 0 to 1."""
    if not 0 <= p <= 1:
        raise ArgumentError(f"{name}: expected a probability p from 0 to 1, got {p}")
