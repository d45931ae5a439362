"""Cotangents brought back to the shape and dtype of what they belong to: once, for every op.

Both functions use nothing but methods, so they serve raw arrays and, recorded, tensors alike.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["repair", "sum_to_shape"]


def repair(cotangent: Any, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Any:
    """Bring a cotangent to ``shape`` by summing broadcast axes, and to ``dtype``.

    A complex cotangent of a real variable loses its imaginary part: a real variable cannot move that way.
    """
    if cotangent.shape != shape:
        cotangent = sum_to_shape(cotangent, shape)
    if cotangent.dtype != dtype:
        if cotangent.dtype.kind == "c" and dtype.kind != "c":
            cotangent = cotangent.real
        cotangent = cotangent.astype(dtype)
    return cotangent


def sum_to_shape(array: Any, shape: tuple[int, ...]) -> Any:
    """Sum ``array`` over the axes along which ``shape`` was broadcast: the transpose of broadcasting."""
    new = len(array.shape) - len(shape)
    stretched = tuple(
        new + axis for axis, size in enumerate(shape) if size == 1 and array.shape[new + axis] != 1
    )
    axes = (*range(new), *stretched)
    if axes:
        half = array.dtype == np.float16  # its sums are taken in float32
        total = (array.astype(np.float32) if half else array).sum(axis=axes, keepdims=True)
        array = total.astype(np.float16) if half else total
    return array.reshape(shape)
