"""Repeating, rolling and turning, and windows that slide."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple
from numpy.lib.stride_tricks import sliding_window_view as _numpy_windows

from autograd_cnn.core.composite import composite
from autograd_cnn.core.primitive import primitive
from autograd_cnn.core.registry import NUMPY, case
from autograd_cnn.errors import ArgumentError, ShapeError, UnsupportedError
from autograd_cnn.kernels.geometry import Window
from autograd_cnn.ops.shape import astype, broadcast_to, flip, moveaxis, ravel, reshape, swapaxes
from autograd_cnn.ops.window import sliding_window

# --- Repeating ----------------------------------------------------------------------------------------


@primitive(
    np.repeat,
    kind="linear",
    method=True,
    samples=[
        case((2, 3), repeats=2),
        case((2, 3), repeats=np.array([2, 0, 1]), axis=1),
        case((2, 3), repeats=3, axis=-2),
        case((), repeats=2),
        case((0, 3), repeats=2, axis=0),
    ],
    a=lambda g, a_shape, repeats, axis: segment_sum(g, repeats, a_shape, axis),
)
def repeat(a: Any, repeats: Any, axis: int | None = None) -> Any:
    """Repeat each entry along ``axis`` (None: of the flattened array) ``repeats`` times.

    ``repeats`` is one number, or one for each entry along the axis.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.tiling import repeat
    >>> repeat(ag.tensor([1.0, 2.0]), [1, 2])
    tensor([1., 2., 2.])
    """
    return np.repeat(a, repeats, axis)


@primitive(
    kind="linear",
    samples=[
        case((6,), repeats=2, shape=(3,), axis=0),
        case((2, 4), repeats=np.array([3, 0, 1]), shape=(2, 3), axis=-1),
        case((12,), repeats=2, shape=(2, 3)),
        case((4,), repeats=[4], shape=(1,), axis=0),
    ],
    values=lambda g, repeats, axis: repeat(g, repeats, axis),
)
def segment_sum(values: Any, repeats: Any, shape: tuple[int, ...], axis: int | None = None) -> Any:
    """Sum consecutive runs of ``repeats`` entries along ``axis``, into ``shape``: the transpose of `repeat`.

    >>> import autograd_cnn as ag
    >>> ag.ops.tiling.segment_sum(ag.tensor([1.0, 2.0, 3.0]), [1, 2], (2,))
    tensor([1., 5.])
    """
    values = np.asarray(values)
    if axis is None:
        return segment_sum(values, repeats, (math.prod(shape),), 0).reshape(shape)
    axis = normalize_axis_index(axis, len(shape))
    counts = np.broadcast_to(np.asarray(repeats), shape[axis])
    result = np.zeros(shape, values.dtype)
    filled = np.flatnonzero(counts)  # reduceat would give an empty run the entry that follows it
    if filled.size and values.size:
        starts = np.cumsum(counts)[filled] - counts[filled]
        wide = np.float32 if values.dtype == np.float16 else values.dtype
        result[(slice(None),) * axis + (filled,)] = np.add.reduceat(values, starts, axis, wide)
    return result


@composite(
    np.tile,
    samples=[case((2, 3), reps=2), case((3,), reps=(2, 2)), case((2, 1, 2), reps=(2, 3)), case((), reps=3)],
)
def tile(A: Any, reps: Any) -> Any:
    """Repeat the whole array ``reps`` times along each axis; missing axes are put in front.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.tiling import tile
    >>> tile(ag.tensor([1.0, 2.0]), (2, 2)).shape
    (2, 4)
    """
    counts = [int(count) for count in np.atleast_1d(reps)]
    ndim = max(len(counts), A.ndim)
    counts = [1] * (ndim - len(counts)) + counts
    lengths = (1,) * (ndim - A.ndim) + A.shape
    apart = reshape(A, tuple(n for length in lengths for n in (1, length)))
    repeated = broadcast_to(
        apart, tuple(n for count, length in zip(counts, lengths, strict=True) for n in (count, length))
    )
    return reshape(repeated, tuple(count * length for count, length in zip(counts, lengths, strict=True)))


@composite(
    np.resize, samples=[case((2, 3), new_shape=(4, 2)), case((2,), new_shape=(1,)), case((), new_shape=3)]
)
def resize(a: Any, new_shape: Any) -> Any:
    """Return an array of ``new_shape``, filled with the entries of ``a``, again and again as needed.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.tiling import resize
    >>> resize(ag.tensor([1.0, 2.0]), 3)
    tensor([1., 2., 1.])
    """
    shape = tuple(int(n) for n in np.atleast_1d(new_shape))
    if any(n < 0 for n in shape):
        raise ShapeError(f"resize: expected lengths of 0 or more, got {shape}")
    size = math.prod(shape)
    if a.size == 0:
        return broadcast_to(np.zeros((), a.dtype), shape) + reshape(a, (a.size,)).sum()
    return reshape(tile(ravel(a), -(-size // a.size))[:size], shape)


# --- Rolling and turning ------------------------------------------------------------------------------


@primitive(
    np.roll,
    kind="linear",
    samples=[
        case((2, 3), shift=1),
        case((2, 3), shift=-1, axis=1),
        case((2, 3), shift=(1, 2), axis=(0, -1)),
        case((2, 3), shift=2, axis=(0, 1)),
        case((0, 3), shift=2, axis=1),
    ],
    a=lambda g, shift, axis: roll(g, tuple(-s for s in shift) if isinstance(shift, tuple) else -shift, axis),
)
def roll(a: Any, shift: Any, axis: Any = None) -> Any:
    """Shift entries along ``axis`` (None: of the flattened array); those that fall off come in again.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.tiling import roll
    >>> roll(ag.tensor([1.0, 2.0, 3.0]), 1)
    tensor([3., 1., 2.])
    """
    return np.roll(a, shift, axis)


@composite(np.rollaxis, samples=[case((2, 3, 4), axis=2), case((2, 3, 4), axis=0, start=3)])
def rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    """Move ``axis`` to before the axis ``start`` (`moveaxis` says the same more plainly).

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.tiling import rollaxis
    >>> rollaxis(ag.zeros((2, 3, 4)), 2).shape
    (4, 2, 3)
    """
    axis = normalize_axis_index(axis, a.ndim)
    start = start + a.ndim if start < 0 else start
    if not 0 <= start <= a.ndim:
        raise ArgumentError(f"rollaxis: expected start from {-a.ndim} to {a.ndim}, got {start}")
    return moveaxis(a, axis, start - 1 if axis < start else start)


@composite(
    np.rot90,
    samples=[case((2, 3)), case((2, 3), k=2), case((2, 3, 4), k=3, axes=(1, 2)), case((2, 3), k=-4)],
)
def rot90(m: Any, k: int = 1, axes: Sequence[int] = (0, 1)) -> Any:
    """Turn ``m`` by 90 degrees ``k`` times, from the first towards the second of two ``axes``.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.tiling import rot90
    >>> rot90(ag.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor([[2., 4.],
            [1., 3.]])
    """
    if len(axes) != 2:
        raise ArgumentError(f"rot90: expected two axes, got {tuple(axes)}")
    first, second = normalize_axis_tuple(tuple(axes), m.ndim)
    if k % 4 == 0:
        return m[...]
    if k % 4 == 2:
        return flip(m, (first, second))
    if k % 4 == 1:
        return swapaxes(flip(m, second), first, second)
    return flip(swapaxes(m, first, second), second)


def _need_axes(m: Any, ndim: int, name: str) -> None:
    if m.ndim < ndim:
        raise ShapeError(f"{name}: expected {ndim} or more axes, got shape {m.shape}")


@composite(np.fliplr, samples=[case((2, 3))])
def fliplr(m: Any) -> Any:
    """Reverse the order along the second axis.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.tiling import fliplr
    >>> fliplr(ag.tensor([[1.0, 2.0]]))
    tensor([[2., 1.]])
    """
    _need_axes(m, 2, "fliplr")
    return flip(m, 1)


@composite(np.flipud, samples=[case((2, 3)), case((3,))])
def flipud(m: Any) -> Any:
    """Reverse the order along the first axis.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.tiling import flipud
    >>> flipud(ag.tensor([1.0, 2.0]))
    tensor([2., 1.])
    """
    _need_axes(m, 1, "flipud")
    return flip(m, 0)


@composite(np.matrix_transpose, samples=[case((2, 3)), case((2, 3, 4))])
def matrix_transpose(x: Any, /) -> Any:
    """Exchange the last two axes.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.tiling import matrix_transpose
    >>> matrix_transpose(ag.zeros((2, 3, 4))).shape
    (2, 4, 3)
    """
    _need_axes(x, 2, "matrix_transpose")
    return swapaxes(x, -1, -2)


# --- Parts --------------------------------------------------------------------------------------------


@composite(np.trim_zeros, samples=[case((5,)), case((5,), trim="f")])
def trim_zeros(filt: Any, trim: str = "fb", axis: Any = None) -> Any:
    """Cut leading ("f") and trailing ("b") zeros off; of several axes, rows that are all zero.

    Which entries are cut is a constant. ``axis`` restricts it to some axes (NumPy 2.2).

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.tiling import trim_zeros
    >>> trim_zeros(ag.tensor([0.0, 1.0, 2.0, 0.0]))
    tensor([1., 2.])
    """
    sides = trim.lower()
    if sides not in ("fb", "bf", "f", "b"):
        raise ArgumentError(f"trim_zeros: expected trim to be 'fb', 'f' or 'b', got {trim!r}")
    axes = range(filt.ndim) if axis is None else normalize_axis_tuple(axis, filt.ndim)
    places = np.argwhere(filt.detach().numpy())
    index = [slice(None)] * filt.ndim
    for trimmed in axes:
        if len(places) == 0:
            index[trimmed] = slice(0, 0)
        else:
            start, stop = int(places[:, trimmed].min()), int(places[:, trimmed].max()) + 1
            index[trimmed] = slice(start if "f" in sides else None, stop if "b" in sides else None)
    return filt[tuple(index)]


@composite(
    _numpy_windows,
    samples=[
        case((5,), window_shape=3),
        case((4, 5), window_shape=(2, 3)),
        case((3, 5), window_shape=2, axis=1),
        case((3, 5, 2), window_shape=(2, 2), axis=(1, 0)),
        case((6, 2), window_shape=(2, 3), axis=(0, 0)),
    ],
)
def sliding_window_view(
    x: Any, window_shape: Any, axis: Any = None, *, subok: bool = False, writeable: bool = False
) -> Any:
    """All windows of ``window_shape`` along ``axis`` (None: all axes); the axes in the window come last.

    Raises `ShapeError` for a window larger than the array.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.tiling import sliding_window_view
    >>> sliding_window_view(ag.tensor([1.0, 2.0, 3.0]), 2)
    tensor([[1., 2.],
            [2., 3.]])
    """
    if writeable:
        raise UnsupportedError("sliding_window_view: a writeable view is not recorded; leave writeable=False")
    lengths = tuple(window_shape) if np.iterable(window_shape) else (window_shape,)
    axes = tuple(range(x.ndim)) if axis is None else normalize_axis_tuple(axis, x.ndim, allow_duplicate=True)
    if len(lengths) != len(axes):
        raise ShapeError(
            f"sliding_window_view: expected a window length for each axis {axes}, got {window_shape}"
        )
    for place, length in zip(axes, lengths, strict=True):
        if not 0 <= length <= x.shape[place]:
            raise ShapeError(
                f"sliding_window_view: expected lengths of 0 to {x.shape[place]} along axis {place}, "
                f"got {length}"
            )
        windows = sliding_window(moveaxis(x, place, -1), Window((length,), (1,), ((0, 0),), (1,)))
        x = moveaxis(windows, -2, place)
    return x


@composite(np.copy, samples=[case((2, 3)), case(())])
def copy(a: Any, order: str = "K", subok: bool = False) -> Any:
    """Return a copy, recorded.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.tiling import copy
    >>> copy(ag.tensor([1.0, 2.0]))
    tensor([1., 2.])
    """
    return astype(a, a.dtype)


NUMPY[np.linalg.matrix_transpose] = matrix_transpose
if hasattr(np, "astype"):
    NUMPY[np.astype] = astype
