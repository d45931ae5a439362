"""`np.pad` in all its modes: zeros as one op, the others composed of it, of indexing and of joining."""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_cnn.core.composite import composite
from autograd_cnn.core.primitive import primitive
from autograd_cnn.core.registry import case
from autograd_cnn.core.tensor import Tensor
from autograd_cnn.errors import ArgumentError, ShapeError, UnsupportedError
from autograd_cnn.ops.elementwise import where
from autograd_cnn.ops.indexing import take_along_axis
from autograd_cnn.ops.reduction import max, mean, min
from autograd_cnn.ops.shape import broadcast_to, concatenate

Pairs = list[tuple[Any, Any]]


@primitive(
    kind="linear",
    samples=[
        case((2, 3), pad_width=((1, 0), (0, 2))),
        case((3,), pad_width=1),
        case((2, 3), pad_width=(1, 2)),
    ],
    array=lambda g, array_shape, pad_width: g[_inner(array_shape, pad_width)],
)
def pad_zeros(array: Any, pad_width: Any) -> Any:
    """Surround ``array`` with zeros: ``pad_width`` entries, or (before, after) of each axis.

    >>> import autograd_cnn as ag
    >>> ag.ops.padding.pad_zeros(ag.tensor([1.0, 2.0]), (1, 2))
    tensor([0., 1., 2., 0., 0.])
    """
    array = np.asarray(array)
    widths = _widths(array.shape, pad_width)
    # np.pad takes 20 µs; this is a fresh array and one copy.
    padded = np.zeros(
        [low + n + high for n, (low, high) in zip(array.shape, widths, strict=True)], array.dtype
    )
    padded[_inner(array.shape, widths)] = array
    return padded


def _widths(shape: tuple[int, ...], pad_width: Any) -> list[tuple[int, int]]:
    if isinstance(pad_width, dict):
        pairs = {axis % len(shape): pair for axis, pair in pad_width.items()}
        pad_width = [np.broadcast_to(pairs.get(axis, 0), 2) for axis in range(len(shape))]
    widths = _pairs(pad_width, len(shape))
    if any(width < 0 for pair in widths for width in pair):
        raise ArgumentError(f"pad: expected widths of 0 or more, got {pad_width}; to crop, index with slices")
    return widths


def _pairs(value: Any, ndim: int) -> Pairs:
    """(before, after) of each axis, of a number, a pair, or a pair for each axis."""
    try:
        return [(low, high) for low, high in np.broadcast_to(np.asarray(value), (ndim, 2)).tolist()]
    except ValueError:
        raise ShapeError(
            f"pad: expected a number, a pair, or a pair for each of {ndim} axes, got {value}"
        ) from None


def _inner(shape: tuple[int, ...], pad_width: Any) -> tuple[slice, ...]:
    widths = _widths(shape, pad_width)
    return tuple(slice(low, low + n) for n, (low, _) in zip(shape, widths, strict=True))


@composite(
    np.pad,
    samples=[
        case((2, 3), pad_width=((1, 0), (0, 2))),
        case((2, 3), pad_width=((1, 0), (0, 2)), mode="constant", constant_values=((1, 2), (3, 4))),
        case((2, 3), pad_width=2, mode="edge"),
        case((3, 4), pad_width=((1, 2), (5, 7)), mode="reflect"),
        case((3, 4), pad_width=((1, 2), (9, 7)), mode="reflect", reflect_type="odd"),
        case((3, 1), pad_width=((0, 2), (2, 1)), mode="reflect", reflect_type="odd"),
        case((3, 2), pad_width=((1, 2), (5, 3)), mode="symmetric"),
        case((3, 2), pad_width=((1, 2), (7, 3)), mode="symmetric", reflect_type="odd"),
        case((3, 2), pad_width=((1, 2), (5, 3)), mode="wrap"),
        case((2, 3), pad_width=((1, 2), (2, 0)), mode="linear_ramp", end_values=((1, 2), (3, -1))),
        case((3, 4), pad_width=((1, 2), (2, 0)), mode="maximum", stat_length=2),
        case((3, 4), pad_width=((1, 2), (2, 0)), mode="minimum"),
        case((3, 4), pad_width=((1, 2), (2, 1)), mode="mean", stat_length=((1, 2), (2, 3))),
        case((3, 4), pad_width=((1, 2), (2, 0)), mode="median"),
        case((3, 5), pad_width=1, mode="median", stat_length=3),
    ],
)
def pad(
    array: Any,
    pad_width: Any,
    mode: str = "constant",
    *,
    constant_values: Any = 0,
    end_values: Any = 0,
    stat_length: Any = None,
    reflect_type: str = "even",
) -> Any:
    """Surround ``array`` with ``pad_width`` entries, or (before, after) of each axis, as `mode` says.

    ``mode``: constant (``constant_values``), edge, reflect and symmetric (``reflect_type`` even or odd),
    wrap, linear_ramp (to ``end_values``), maximum, minimum, mean and median (of the ``stat_length`` entries
    nearest to each side; None: of all), empty (here zeros). A function as mode raises `UnsupportedError`:
    it writes in place. Values to fill in carry no gradient.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.padding import pad
    >>> pad(ag.tensor([1.0, 2.0, 3.0]), (2, 1), mode="reflect")
    tensor([3., 2., 1., 2., 3., 2.])
    """
    if callable(mode):
        raise UnsupportedError(
            "pad: a function as mode writes in place, which is not recorded; compose it of ag.concatenate"
        )
    if mode not in MODES:
        raise ArgumentError(f"pad: expected mode to be one of {', '.join(MODES)}, got {mode!r}")
    widths = _widths(array.shape, pad_width)
    if mode in ("constant", "empty"):
        if mode == "empty" or (type(constant_values) is int and constant_values == 0):
            return pad_zeros(array, widths)
        outside = np.pad(np.zeros(array.shape, array.dtype), widths, constant_values=constant_values)
        return where(pad_zeros(np.ones(array.shape, np.bool_), widths), pad_zeros(array, widths), outside)
    for axis, (n, width) in enumerate(zip(array.shape, widths, strict=True)):
        if n == 0 and any(width):
            raise ShapeError(
                f"pad: an empty axis has nothing to pad with, but axis {axis} of {array.shape} is to get "
                f"{width}; use mode='constant'"
            )
    if array.size == 0:
        return pad_zeros(array, widths)
    if array.dtype.kind in "biu":  # no gradient passes, and NumPy rounds means of integers
        options = {"end_values": end_values} if mode == "linear_ramp" else {}
        options |= {"stat_length": stat_length} if mode in STATISTICS else {}
        options |= {"reflect_type": reflect_type} if mode in ("reflect", "symmetric") else {}
        return Tensor(np.pad(array.numpy(), widths, mode, **options))  # type: ignore[call-overload]
    ends = _pairs(end_values, array.ndim)
    lengths = _pairs(stat_length, array.ndim)
    for axis, width in enumerate(widths):
        if not any(width):
            continue
        if mode == "linear_ramp":
            array = _ramped(array, axis, width, ends[axis])
        elif mode in STATISTICS:
            array = _extended(array, axis, width, lengths[axis], STATISTICS[mode])
        elif reflect_type == "odd" and mode in ("reflect", "symmetric") and array.shape[axis] > 1:
            array = _oddly_reflected(array, axis, width, edge=mode == "symmetric")
        elif reflect_type == "odd" and mode == "symmetric":
            array = _picked(array, axis, "edge", width)
        else:
            array = _picked(array, axis, mode, width)
    return array


def _slice(array: Any, axis: int, start: int | None, stop: int | None, step: int = 1) -> Any:
    return array[(slice(None),) * axis + (slice(start, stop, step),)]


def _picked(array: Any, axis: int, mode: Any, width: tuple[int, int]) -> Any:
    """Padding that repeats entries: indexing at the indices that NumPy pads the indices with."""
    return array[(slice(None),) * axis + (np.pad(np.arange(array.shape[axis]), width, mode),)]


def _oddly_reflected(array: Any, axis: int, width: tuple[int, int], *, edge: bool) -> Any:
    """Reflection through the edge entry, 2 edge - entry: in rounds, as NumPy does, if it is wide."""
    low, high = width
    period = array.shape[axis] - (not edge)
    while low or high:
        n = array.shape[axis] - (not edge)
        reach = n // period * period
        first, last = _slice(array, axis, 0, 1), _slice(array, axis, -1, None)
        left, right = builtins.min(low, reach), builtins.min(high, reach)
        skipped = 0 if edge else 1
        before = 2 * first - _slice(_slice(array, axis, skipped, skipped + left), axis, None, None, -1)
        if left:
            array = concatenate([before, array], axis)
        if right:
            end = array.shape[axis] - skipped
            after = _slice(_slice(array, axis, end - right, end), axis, None, None, -1)
            array = concatenate([array, 2 * last - after], axis)
        low, high = low - left, high - right
    return array


def _ramped(array: Any, axis: int, width: tuple[int, int], ends: tuple[float, float]) -> Any:
    low, high = width
    along = (-1,) + (1,) * (array.ndim - axis - 1)

    def ramp(edge: Any, end: float, steps: int) -> Any:
        return end + (edge - end) * (np.arange(steps).reshape(along) / steps).astype(edge.real.dtype)

    before = ramp(_slice(array, axis, 0, 1), ends[0], low) if low else None
    after = ramp(_slice(array, axis, -1, None), ends[1], high) if high else None
    return _joined(before, array, None if after is None else _slice(after, axis, None, None, -1), axis)


def _extended(
    array: Any, axis: int, width: tuple[int, int], lengths: tuple[Any, Any], statistic: Callable[..., Any]
) -> Any:
    n = array.shape[axis]
    near, far = (n if length is None else builtins.min(length, n) for length in lengths)
    if (width[0] and near < 1) or (width[1] and far < 1):
        raise ArgumentError(f"pad: expected a stat_length of 1 or more, got {lengths}")

    def filled(part: Any, count: int) -> Any:
        shape = (*array.shape[:axis], count, *array.shape[axis + 1 :])
        return broadcast_to(statistic(part, axis, keepdims=True), shape) if count else None

    before = filled(_slice(array, axis, 0, near), width[0])
    return _joined(before, array, filled(_slice(array, axis, n - far, n), width[1]), axis)


def _joined(before: Any, array: Any, after: Any, axis: int) -> Any:
    return concatenate([part for part in (before, array, after) if part is not None], axis)


def _median(part: Any, axis: int, *, keepdims: bool) -> Any:
    """The middle entry, or the mean of the two in the middle; NaN if there is one."""
    n, entries = part.shape[axis], part.detach().numpy()
    middle = np.argsort(entries, axis=axis).take(range((n - 1) // 2, n // 2 + 1), axis=axis)
    missing = np.isnan(entries).any(axis=axis, keepdims=keepdims)
    return where(missing, math.nan, mean(take_along_axis(part, middle, axis), axis, keepdims=keepdims))


STATISTICS: dict[str, Callable[..., Any]] = {"maximum": max, "minimum": min, "mean": mean, "median": _median}
MODES = ("constant", "empty", "edge", "reflect", "symmetric", "wrap", "linear_ramp", *STATISTICS)
