"""The chain of rows 6, 7 and 8: y = x, then alternately y = y·w and y = y + b.

With n pairs of operations, w = 1 + 1/n and b = 1/n: for any n the value ends near 2e − 1 and dy/dx near e, so
that no length runs into overflow, or into denormals, whose arithmetic is slow.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["chain", "constants"]


def chain(x: Any, w: Any, b: Any, pairs: int) -> Any:
    """Apply `pairs` multiplications and as many additions, one by one."""
    for _ in range(pairs):
        x = x * w
        x = x + b
    return x


def constants(pairs: int, dtype: Any, shape: tuple[int, ...] = ()) -> list[np.ndarray[Any, Any]]:
    """Return x, w and b for a chain of `pairs` pairs of operations."""
    return [np.full(shape, value, dtype) for value in (1.0, 1 + 1 / pairs, 1 / pairs)]
