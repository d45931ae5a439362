"""Batching rules of reading and writing at indices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_cnn.core.batched import Batched, Level, aligned, holds, lower
from autograd_cnn.ops import indexing
from autograd_cnn.transforms.batching.rule import physical_axis, rule


def _items(index: Any) -> tuple[Any, ...]:
    return index if isinstance(index, tuple) else (index,)


def _is_slice(item: Any) -> bool:
    return item is None or item is Ellipsis or isinstance(item, slice)


def _stays_in_front(items: Sequence[Any]) -> bool:
    """Whether an axis in front of what is indexed stays there.

    NumPy puts the axes of arrays first where a slice stands between two of them; a bool makes an axis.
    """
    if any(isinstance(item, (bool, np.bool_)) for item in items):
        return False
    if all(_is_slice(item) or isinstance(item, (int, np.integer)) for item in items):
        return True
    slices = [_is_slice(item) for item in items]
    return not any(slices[slices.index(False) : len(slices) - slices[::-1].index(False)])


@rule(indexing.getitem, inputs=2)
def _getitem(op: Any, level: Level, x: Any, index: Any) -> Any:
    items = _items(index)
    if any(holds(level, item) for item in items):
        return _gathered(op, level, x, items)
    if not holds(level, x) or not _stays_in_front(items):
        return NotImplemented
    return op(x.physical, (slice(None), *items))


def _gathered(op: Any, level: Level, x: Any, items: tuple[Any, ...]) -> Any:
    """Where each example has indices of its own: integers, on the first axes."""
    count = sum(not _is_slice(item) for item in items)
    indices = [item if hasattr(item, "dtype") else np.asarray(item) for item in items[:count]]
    if any(item.dtype.kind not in "iu" for item in indices):
        return NotImplemented
    ndim = max(item.ndim for item in indices)
    places = (*(aligned(item, level, ndim) for item in indices), *items[count:])
    if not holds(level, x):
        return op(x, places)
    examples = np.arange(level.size).reshape(level.size, *(1,) * ndim)
    return op(x.physical, (examples, *places))


@rule(indexing.scatter_add)
def _scatter_add(op: Any, level: Level, values: Batched, index: Any, shape: Any) -> Any:
    items = _items(index)
    if not _stays_in_front(items):
        return NotImplemented
    return op(values.physical, (slice(None), *items), (level.size, *shape))


@rule(indexing.set_entries, inputs=2)
def _set_entries(op: Any, level: Level, x: Any, values: Any, index: Any, reuse_buffer: bool = False) -> Any:
    items = _items(index)
    if not _stays_in_front(items):
        return NotImplemented
    if holds(level, values):
        ndim = np.broadcast_to(np.int8(0), np.shape(x))[items].ndim
        if values.ndim > ndim:
            return NotImplemented
        values = aligned(values, level, ndim)
    return op(lower(x, level), values, (slice(None), *items))


@rule(indexing.take_along_axis, inputs=2)
def _take_along_axis(op: Any, level: Level, arr: Any, indices: Any, axis: int = -1) -> Any:
    if axis is None:
        return NotImplemented
    return op(lower(arr, level), lower(indices, level), physical_axis(axis, np.ndim(arr)))


@rule(indexing.add_along_axis, inputs=2)
def _add_along_axis(op: Any, level: Level, values: Any, indices: Any, axis: int, shape: Any) -> Any:
    return op(
        lower(values, level), lower(indices, level), physical_axis(axis, len(shape)), (level.size, *shape)
    )
