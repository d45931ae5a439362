"""Max- and average-pooling on raw arrays (N, C, *spatial), in any number of spatial dimensions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd_cnn.kernels.geometry import Window, ceil_padding, reach
from autograd_cnn.kernels.threads import get_num_threads, run_chunks

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

    def run(start: int, stop: int) -> None:
        best, which, images = y[start:stop], indices[start:stop], x[start:stop]
        best.fill(lowest)
        seen = np.zeros(best.shape, bool)
        which.fill(0)
        for tap, put, take in _taps(window, x.shape[2:], shape):
            value, old = images[:, :, *take], best[:, :, *put]
            better = ~(value <= old) & (old == old) | ~seen[:, :, *put]
            np.copyto(old, value, where=better)
            np.copyto(which[:, :, *put], tap, where=better, casting="unsafe")
            seen[:, :, *put] = True

    run_chunks(run, len(x), _images(x))
    return y, indices


def max_pool_backward(g: Array, indices: Array, window: Window, input_shape: Sequence[int]) -> Array:
    """The transpose of `max_pool_gather`: add each entry of ``g`` at its index; ``input_shape``: spatial.

    What lies at an index in the padding is dropped.
    """
    dx = np.zeros((*g.shape[:2], *input_shape), g.dtype)

    def run(start: int, stop: int) -> None:
        for tap, put, take in _taps(window, input_shape, g.shape[2:]):
            part = g[start:stop, :, *put]
            dx[start:stop, :, *take] += np.where(
                indices[start:stop, :, *put] == tap, part, part.dtype.type(0)
            )

    run_chunks(run, len(g), _images(g))
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
        for _, put, take in _taps(wide, x.shape[2:], y.shape[2:]):
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
    dx = np.zeros((*g.shape[:2], *input_shape), np.result_type(g, np.float16))
    divisor = _divisor(window, input_shape, g.shape[2:], count_include_pad, divisor_override)
    scale = (1 / divisor).astype(dx.dtype)

    def run(start: int, stop: int) -> None:
        scaled = g[start:stop] * scale
        for _, put, take in _taps(wide, input_shape, g.shape[2:]):
            dx[start:stop, :, *take] += scaled[:, :, *put]

    run_chunks(run, len(g), _images(g))
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
    """How many images of this array make a chunk: few enough for the L2 cache, and some for each thread."""
    image = array[:1].nbytes
    return max(1, min(-(-len(array) // get_num_threads()), 512 * 1024 // max(image, 1)))


def _lowest(dtype: np.dtype[Any]) -> Any:
    if dtype.kind == "f":
        return -np.inf
    return np.iinfo(dtype).min if dtype.kind in "iu" else False
