"""Half precision is added up in single: float16 has three digits, and ends at 65504."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["in_single", "is_half"]

_HALF = np.dtype(np.float16)  # comparing with np.float16 itself takes twice as long


def is_half(a: Any) -> bool:
    """Whether ``a`` is an array or a tensor of float16.

    >>> is_half(np.float16(1.0)), is_half(1.0)
    (True, False)
    """
    return getattr(a, "dtype", None) == _HALF


def in_single(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with its first argument, if that is float16, widened to float32, and the result rounded.

    >>> float(in_single(lambda a: a * a / a)(np.float16(1000.0)))
    1000.0
    """

    @functools.wraps(function)
    def call(a: Any, *args: Any, **kwargs: Any) -> Any:
        if is_half(a):
            return function(a.astype(np.float32), *args, **kwargs).astype(np.float16)
        return function(a, *args, **kwargs)

    return call
