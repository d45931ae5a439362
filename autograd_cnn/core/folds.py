"""The methods of ufuncs of two arguments, by their definition: one step of the ufunc after the other.

Those that have an op of their own, such as ``add.reduce``, are in the table `NUMPY` and faster.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autograd_cnn.core.registry import find
from autograd_cnn.errors import ShapeError, UnsupportedError

__all__ = ["METHODS", "accumulate", "outer", "reduce", "reduceat"]


def reduce(ufunc: Any, array: Any, axis: Any = 0, keepdims: bool = False, initial: Any = np._NoValue) -> Any:
    """Combine all entries along an axis, from the first to the last."""
    if isinstance(axis, tuple) and len(axis) == 1:
        axis = axis[0]
    if axis is None and array.ndim == 1:
        axis = 0
    if axis is None or isinstance(axis, tuple):
        raise UnsupportedError(f"np.{ufunc.__name__}.reduce: expected one axis at a time, got axis={axis}")
    place = _at(axis, array.ndim)
    entries = [array[place(i)] for i in range(array.shape[axis])]
    if initial is not np._NoValue:
        entries.insert(0, initial)
    if not entries:
        if ufunc.identity is None:
            raise ShapeError(
                f"np.{ufunc.__name__}.reduce: expected entries along axis {axis}, got {array.shape}"
            )
        entries = [np.add.reduce(array, axis) + ufunc.identity]  # of zeros: the sums of nothing
    result = functools.reduce(_function(ufunc), entries)
    return np.expand_dims(result, axis) if keepdims else result


def accumulate(ufunc: Any, array: Any, axis: int = 0) -> Any:
    """What `reduce` makes of the first entry along an axis, of the first two, of the first three …"""
    place = _at(axis, array.ndim)
    function = _function(ufunc)
    results: list[Any] = []
    for i in range(array.shape[axis]):
        entry = array[place(i)]
        results.append(function(results[-1], entry) if results else entry)
    return np.stack(results, axis) if results else array


def reduceat(ufunc: Any, array: Any, indices: Any, axis: int = 0) -> Any:
    """`reduce` of the slices between successive ``indices``; one entry where the next index is no larger."""
    place = _at(axis, array.ndim)
    starts = np.asarray(indices).tolist()
    stops = [*starts[1:], array.shape[axis]]
    results = [
        ufunc.reduce(array[place(slice(start, stop))], axis) if start < stop else array[place(start)]
        for start, stop in zip(starts, stops, strict=True)
    ]
    return np.stack(results, axis)


def outer(ufunc: Any, x1: Any, x2: Any) -> Any:
    """The ufunc of every entry of ``x1`` with every entry of ``x2``."""
    x1 = x1 if hasattr(x1, "ndim") else np.asarray(x1)
    return _function(ufunc)(x1[(..., *(None,) * np.ndim(x2))], x2)


METHODS: dict[str, Callable[..., Any]] = {
    "reduce": reduce,
    "accumulate": accumulate,
    "reduceat": reduceat,
    "outer": outer,
}


def _function(ufunc: Any) -> Callable[..., Any]:
    function = find(ufunc)
    assert function is not None  # the caller found it
    return function


def _at(axis: int, ndim: int) -> Callable[[Any], tuple[Any, ...]]:
    """The index of a place along an axis."""
    axis = normalize_axis_index(axis, ndim)
    return lambda place: (*(slice(None),) * axis, place)
