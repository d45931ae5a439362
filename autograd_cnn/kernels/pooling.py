"""Max- and average-pooling on raw arrays (N, C, *spatial), in any number of spatial dimensions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd_cnn.kernels.geometry import Window, ceil_padding, reach
from autograd_cnn.kernels.threads import get_num_threads, run_chunks, scratch

__all__ = ["average_pool", "average_pool_backward", "max_pool", "max_pool_backward", "max_pool_gather"]

Array = NDArray[Any]
Slices = tuple[slice, ...]


def max_pool(x: Array, window: Window) -> tuple[Array, Array]:
    """The largest entry of each window, and which tap of the window it is.

    Returns ``y`` and ``indices``, both (N, C, *output). An index is the position in the flattened kernel, in
    the smallest unsigned dtype that holds all of them. A tie goes to the first tap, NaN wins (the first one),
    and padding never wins: a window that lies wholly in it gives the lowest value of the dtype, and index 0.

    >>> from autograd_cnn.kernels.geometry import resolve_window
    >>> window = resolve_window("max_pool1d", 1, kernel=2, stride=None)
    >>> max_pool(np.array([[[1., 5., 2., 2.]]]), window)
    (array([[[5., 2.]]]), array([[[1, 0]]], dtype=uint8))
    """
    shape = window.output_shape(x.shape[2:])
    y = np.empty((*x.shape[:2], *shape), x.dtype)
    indices = np.empty(y.shape, np.min_scalar_type(window.taps - 1))
    lowest = _lowest(x.dtype)
    taps = list(_taps(window, x.shape[2:], shape))
    first = _first_taps(taps, shape, indices.dtype)

    def run(start: int, stop: int) -> None:
        best, which = y[start:stop], indices[start:stop]
        # A strided comparison costs three times a contiguous one, and each tap is compared twice.
        value = scratch("value", best.shape, best.dtype)
        better = scratch("better", best.shape, np.bool_)
        candidate = scratch("candidate", best.shape, which.dtype)
        best.fill(lowest)
        which[...] = first
        for tap, put, take in taps:
            if not _covers(put, shape):
                value.fill(lowest)
            np.copyto(value[:, :, *put], x[start:stop, :, *take])
            np.greater(value, best, out=better)
            np.maximum(value, best, out=best)
            # The taps come in ascending order, so that the last better one is the largest.
            np.multiply(better, which.dtype.type(tap), out=candidate)
            np.maximum(which, candidate, out=which)
        if x.dtype.kind == "f" and np.isnan(best, out=better).any():
            _point_at_first_nan(which, x[start:stop], taps)

    run_chunks(run, len(x), _images(x))
    return y, indices


def max_pool_backward(g: Array, indices: Array, window: Window, input_shape: Sequence[int]) -> Array:
    """The transpose of `max_pool_gather`: add each entry of ``g`` at its index; ``input_shape``: spatial.

    What lies at an index in the padding is dropped.
    """
    dx = _start(g, input_shape, window, g.dtype)
    disjoint = _disjoint(window)
    bits = np.dtype(f"u{g.dtype.itemsize}") if g.dtype.itemsize in (1, 2, 4, 8) else None

    def run(start: int, stop: int) -> None:
        for tap, put, take in _taps(window, input_shape, g.shape[2:]):
            part, place = g[start:stop, :, *put], dx[start:stop, :, *take]
            chosen = scratch("chosen", part.shape, np.bool_)
            np.equal(indices[start:stop, :, *put], tap, out=chosen)
            target = place if disjoint else scratch("chosen part", part.shape, g.dtype)
            if bits is None:
                np.copyto(target, np.where(chosen, part, g.dtype.type(0)))
            else:
                # As integers, since inf * 0 is nan; np.where takes three times as long.
                np.multiply(part.view(bits), chosen, out=target.view(bits))
            if not disjoint:
                place += target

    run_chunks(run, len(g), _images(dx))
    return dx


def max_pool_gather(x: Array, indices: Array, window: Window) -> Array:
    """The entry of each window at the index that `max_pool` gave; zero where that lies in the padding."""
    y = np.zeros(indices.shape, x.dtype)

    def run(start: int, stop: int) -> None:
        for tap, put, take in _taps(window, x.shape[2:], y.shape[2:]):
            chosen = indices[start:stop, :, *put] == tap
            np.copyto(y[start:stop, :, *put], x[start:stop, :, *take], where=chosen)

    run_chunks(run, len(x), _images(x))
    return y


def average_pool(
    x: Array,
    window: Window,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
    ceil_mode: bool = False,
) -> Array:
    """The mean of each window, (N, C, *output), counting as PyTorch counts.

    The divisor is ``divisor_override``, or the number of taps on the input, or with ``count_include_pad`` on
    the input and its padding: what ``ceil_mode`` adds at the end never counts. ``window`` is that without it.
    """
    wide = ceil_padding(window, x.shape[2:]) if ceil_mode else window
    y = np.zeros((*x.shape[:2], *wide.output_shape(x.shape[2:])), np.result_type(x, np.float16))
    divisor = _divisor(window, x.shape[2:], y.shape[2:], count_include_pad, divisor_override)
    scale = (1 / divisor).astype(y.dtype)

    def run(start: int, stop: int) -> None:
        total = y[start:stop]
        for tap, put, take in _taps(wide, x.shape[2:], y.shape[2:]):
            if tap == 0 and _covers(put, y.shape[2:]):
                np.copyto(total, x[start:stop, :, *take])
            else:
                total[:, :, *put] += x[start:stop, :, *take]
        total *= scale

    run_chunks(run, len(x), _images(x))
    return y


def average_pool_backward(
    g: Array,
    window: Window,
    input_shape: Sequence[int],
    count_include_pad: bool = True,
    divisor_override: int | None = None,
    ceil_mode: bool = False,
) -> Array:
    """The transpose of `average_pool` with the same arguments; ``input_shape`` is spatial."""
    wide = ceil_padding(window, input_shape) if ceil_mode else window
    dx = _start(g, input_shape, wide, np.result_type(g, np.float16))
    divisor = _divisor(window, input_shape, g.shape[2:], count_include_pad, divisor_override)
    scale = (1 / divisor).astype(dx.dtype)

    def run(start: int, stop: int) -> None:
        scaled = g[start:stop] * scale
        for _, put, take in _taps(wide, input_shape, g.shape[2:]):
            if _disjoint(wide):
                np.copyto(dx[start:stop, :, *take], scaled[:, :, *put])
            else:
                dx[start:stop, :, *take] += scaled[:, :, *put]

    run_chunks(run, len(g), _images(dx))
    return dx


def _taps(
    window: Window, input_shape: Sequence[int], output: Sequence[int]
) -> Iterator[tuple[int, Slices, Slices]]:
    """Each tap, the output positions where it lies on the input, and what it reads there."""
    axes = [
        [reach(tap * dilation - low, stride, out, size) for tap in range(kernel)]
        for kernel, stride, (low, _), dilation, size, out in zip(*window, input_shape, output, strict=True)
    ]
    for tap, reached in enumerate(product(*axes)):
        put = tuple(p for p, _ in reached)
        take = tuple(t for _, t in reached)
        if all(p.stop > p.start for p in put):
            yield tap, put, take


def _covers(put: Slices, output: Sequence[int]) -> bool:
    return all(p == slice(0, out) for p, out in zip(put, output, strict=True))


def _disjoint(window: Window) -> bool:
    """Whether each input position belongs to one window at most."""
    return all(span <= stride for span, stride in zip(window.span, window.stride, strict=True))


def _start(g: Array, input_shape: Sequence[int], window: Window, dtype: np.dtype[Any]) -> Array:
    """An array for the input's gradient: zeros, or uninitialised where each position will be written once."""
    written = all(
        kernel == stride and low == 0 and out * stride == size
        for kernel, stride, (low, _), _, size, out in zip(*window, input_shape, g.shape[2:], strict=True)
    )
    return (np.empty if written and _disjoint(window) else np.zeros)((*g.shape[:2], *input_shape), dtype)


def _first_taps(taps: list[tuple[int, Slices, Slices]], output: Sequence[int], dtype: np.dtype[Any]) -> Array:
    """The first tap of each output position that is not in the padding; 0 where there is none."""
    first = np.zeros(output, dtype)
    for tap, put, _ in reversed(taps):
        first[put] = tap
    return first


def _point_at_first_nan(which: Array, x: Array, taps: list[tuple[int, Slices, Slices]]) -> None:
    """Correct the indices of windows that hold a NaN: no comparison finds one."""
    for tap, put, take in reversed(taps):
        np.copyto(which[:, :, *put], which.dtype.type(tap), where=np.isnan(x[:, :, *take]))


def _divisor(
    window: Window,
    input_shape: Sequence[int],
    output: Sequence[int],
    count_include_pad: bool,
    divisor_override: int | None,
) -> Array:
    """How many taps each output position divides by, at least 1, broadcasting against (*output)."""
    if divisor_override is not None:
        return np.asarray(float(divisor_override))
    divisor = np.ones((1,) * window.ndim)
    for axis, (kernel, stride, (low, high), dilation, size, out) in enumerate(
        zip(*window, input_shape, output, strict=True)
    ):
        position = np.arange(out)[:, None] * stride + np.arange(kernel) * dilation
        first, last = (0, low + size + high) if count_include_pad else (low, low + size)
        count = ((position >= first) & (position < last)).sum(axis=1)
        divisor = divisor * count.reshape(-1, *(1,) * (window.ndim - axis - 1))
    return np.maximum(divisor, 1)


def _images(array: Array) -> int:
    """How many images of this array make a chunk, the larger of input and output being given.

    Below a million entries all of them: the calls are then too short for threads, which fight over the
    interpreter lock between them ((64, 6, 28, 28) takes 0.38 ms in one thread, 0.73 in two).
    """
    if array.size < 2**20:
        return max(1, len(array))
    return max(1, min(-(-len(array) // get_num_threads()), 4 * 2**20 // max(array[:1].nbytes, 1)))


def _lowest(dtype: np.dtype[Any]) -> Any:
    if dtype.kind == "f":
        return -np.inf
    return np.iinfo(dtype).min if dtype.kind in "iu" else False
