"""Statistics of the channels of (N, C, \\*spatial), and their scaling, on raw arrays.

All of them go through the array in blocks that stay in the cache, on several threads.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd_cnn.kernels.threads import run_chunks, scratch

__all__ = ["channel_moments", "channel_products", "channel_sums", "scale_channels"]

Array = NDArray[Any]
Block = tuple[slice, slice]  # of examples and channels

# A block of each of two arrays fits in a level-2 cache of 1 MB; smaller ones cost more calls than they save.
_BLOCK_BYTES = 2**19


def channel_sums(x: Array) -> Array:
    """Σ x over all axes but the second: (C,).

    >>> channel_sums(np.ones((2, 3, 4)))
    array([8., 8., 8.])
    """
    rows = _rows(x)
    parts = _of_blocks(lambda block: [_sums(rows[block])], rows, 1)
    return parts[:, 0].sum(0).astype(x.dtype)  # type: ignore[no-any-return]


def channel_products(x: Array, y: Array) -> Array:
    """Σ x y over all axes but the second: (C,).

    >>> channel_products(np.ones((2, 3, 4)), np.full((2, 3, 4), 2.0))
    array([16., 16., 16.])
    """
    x_rows, y_rows = _rows(x), _rows(y)
    parts = _of_blocks(lambda block: [_products(x_rows[block], y_rows[block])], x_rows, 1)
    return parts[:, 0].sum(0).astype(np.result_type(x, y))  # type: ignore[no-any-return]


def channel_moments(x: Array) -> tuple[Array, Array]:
    """Mean and variance (the mean of the squared deviations) over all axes but the second: (C,) each.

    Those of no entries are 0. Each block takes the deviations from its own mean, so that nothing cancels;
    they are joined as in Chan, Golub and LeVeque, *Algorithms for computing the sample variance* (1983).

    >>> channel_moments(np.array([[[1.0, 3.0]], [[5.0, 7.0]]]))
    (array([4.]), array([5.]))
    """
    rows = _rows(x)

    def moments(block: Block) -> list[Any]:
        entries = rows[block]
        count = entries.shape[0] * entries.shape[2]
        mean = _sums(entries) / count
        center = mean.astype(rows.dtype)  # the deviations are from the rounded mean
        deviations = scratch("deviations", entries.shape, rows.dtype)
        np.subtract(entries, center[:, None], out=deviations)
        squares = _products(deviations, deviations) - count * (mean - center) ** 2
        return [np.full(len(mean), count), mean, squares]

    counts, means, squares = _of_blocks(moments, rows, 3).swapaxes(0, 1)
    count = max(rows.shape[0] * rows.shape[2], 1)
    mean = (counts * means).sum(0) / count
    variance = (squares + counts * (means - mean) ** 2).sum(0) / count
    return mean.astype(x.dtype), variance.astype(x.dtype)


def scale_channels(
    x: Array,
    scale: Array,
    shift: Array | None = None,
    y: Array | None = None,
    y_scale: Array | None = None,
) -> Array:
    """``x * scale + y * y_scale + shift``, with one number for each channel: (C,).

    >>> scale_channels(np.ones((1, 2, 2)), np.array([2.0, 3.0]), np.array([10.0, 20.0]))
    array([[[12., 12.],
            [23., 23.]]])
    """
    rows = _rows(x)
    other = None if y is None else _rows(y)
    out = np.empty(rows.shape, rows.dtype)

    def run(block: Block) -> None:
        channels, target = block[1], out[block]
        np.multiply(rows[block], scale[channels, None], out=target)
        if other is not None and y_scale is not None:
            part = scratch("part", target.shape, target.dtype)
            target += np.multiply(other[block], y_scale[channels, None], out=part)
        if shift is not None:
            target += shift[channels, None]

    _on_blocks(lambda number, block: run(block), rows)
    return out.reshape(x.shape)


def _rows(x: Array) -> Array:
    return np.ascontiguousarray(x).reshape(*x.shape[:2], math.prod(x.shape[2:]))


def _sums(entries: Array) -> Array:
    # A product with ones takes BLAS half the time of np.add.reduce.
    length = entries.shape[2]
    sums = entries.reshape(-1, length) @ np.ones(length, entries.dtype)
    return sums.reshape(entries.shape[:2]).sum(0, np.result_type(sums, np.float64))  # type: ignore[no-any-return]


def _products(x: Array, y: Array) -> Array:
    products = np.einsum("ncs,ncs->nc", x, y)
    return products.sum(0, np.result_type(products, np.float64))  # type: ignore[no-any-return]


def _blocks(rows: Array) -> list[tuple[int, Block]]:
    """Blocks, numbered by their examples: several of these, or a part of the channels of a large one."""
    examples, channels, length = rows.shape
    if not rows.size:
        return []
    row = max(length * rows.itemsize, 1)
    some = max(1, min(examples, _BLOCK_BYTES // (channels * row)))
    wide = channels if some > 1 else max(1, min(channels, _BLOCK_BYTES // row))
    return [
        (number, (slice(n, n + some), slice(c, c + wide)))
        for number, n in enumerate(range(0, examples, some))
        for c in range(0, channels, wide)
    ]


def _on_blocks(function: Callable[[int, Block], None], rows: Array) -> None:
    blocks = _blocks(rows)

    def run(start: int, stop: int) -> None:
        for number, block in blocks[start:stop]:
            function(number, block)

    run_chunks(run, len(blocks), 1)


def _of_blocks(function: Callable[[Block], list[Array]], rows: Array, results: int) -> Array:
    """What the function finds of the channels of each block: (blocks of examples, results, C)."""
    blocks = _blocks(rows)
    parts = np.zeros(
        (blocks[-1][0] + 1 if blocks else 0, results, rows.shape[1]), np.result_type(rows, np.float64)
    )

    def run(number: int, block: Block) -> None:
        parts[number, :, block[1]] = function(block)

    _on_blocks(run, rows)
    return parts
