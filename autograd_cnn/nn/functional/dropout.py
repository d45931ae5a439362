"""Dropout."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_cnn.core.batched import random_draw
from autograd_cnn.core.random import default_generator
from autograd_cnn.core.tensor import Tensor, from_numpy
from autograd_cnn.errors import ArgumentError
from autograd_cnn.nn.functional.checks import check_array


def dropout(
    input: Any, p: float = 0.5, training: bool = True, generator: np.random.Generator | None = None
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
    check_probability("dropout", p)
    if not training or p == 0:
        return input
    if p == 1:
        return input * np.zeros((), input.dtype)

    def draw(shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
        draws = (generator or default_generator()).random(shape, dtype=np.float32)
        return np.multiply(draws >= p, 1 / (1 - p), dtype=input.dtype)

    mask = random_draw(draw, input.shape)
    # Wrapped, the mask is ours and the tape need not copy it.
    return input * (from_numpy(mask) if isinstance(input, Tensor) and isinstance(mask, np.ndarray) else mask)


def check_probability(name: str, p: float) -> None:
    """Raise `ArgumentError` for a probability outside 0 to 1."""
    if not 0 <= p <= 1:
        raise ArgumentError(f"{name}: expected a probability p from 0 to 1, got {p}")
