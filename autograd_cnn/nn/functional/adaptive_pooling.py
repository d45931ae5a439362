"""Pooling to an output of a given size, whatever that of the input."""

from __future__ import annotations

import math
from collections.abc import Sequence
from operator import index
from typing import Any

import numpy as np

from autograd_cnn.errors import ArgumentError, DtypeError, ShapeError
from autograd_cnn.kernels.geometry import Window
from autograd_cnn.nn.functional.checks import like, on_batch, raw
from autograd_cnn.ops.contraction import matmul
from autograd_cnn.ops.indexing import take_along_axis
from autograd_cnn.ops.pooling import average_pool, max_pool
from autograd_cnn.ops.reduction import mean
from autograd_cnn.ops.shape import reshape

Sizes = int | None | Sequence[int | None]


def adaptive_avg_pool1d(input: Any, output_size: Sizes) -> Any:
    """Take the mean of windows that cover (N, C, L), or (C, L); as `adaptive_avg_pool2d`.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.adaptive_avg_pool1d(ag.tensor([[[1.0, 3.0, 5.0]]]), 2)
    tensor([[[2., 4.]]])
    """
    return _adaptive("adaptive_avg_pool1d", 1, input, output_size, _average)


def adaptive_avg_pool2d(input: Any, output_size: Sizes) -> Any:
    """Take the mean of windows that cover (N, C, H, W), or (C, H, W).

    ``output_size`` is an int, or one for each axis; None keeps the input's. Window i of o on an axis of
    length n goes from ⌊i n / o⌋ to ⌈(i + 1) n / o⌉.

    Raises `ShapeError` or `ArgumentError`.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.adaptive_avg_pool2d(ag.ones((1, 3, 7, 9)), (2, None)).shape
    (1, 3, 2, 9)
    """
    return _adaptive("adaptive_avg_pool2d", 2, input, output_size, _average)


def adaptive_avg_pool3d(input: Any, output_size: Sizes) -> Any:
    """Take the mean of windows that cover (N, C, D, H, W), or (C, D, H, W); as `adaptive_avg_pool2d`.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.adaptive_avg_pool3d(ag.ones((1, 3, 4, 4, 4)), 1).shape
    (1, 3, 1, 1, 1)
    """
    return _adaptive("adaptive_avg_pool3d", 3, input, output_size, _average)


def adaptive_max_pool1d(input: Any, output_size: Sizes, return_indices: bool = False) -> Any:
    """Take the largest entry of windows that cover (N, C, L), or (C, L); as `adaptive_max_pool2d`.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.adaptive_max_pool1d(ag.tensor([[[1.0, 3.0, 5.0]]]), 2)
    tensor([[[3., 5.]]])
    """
    return _adaptive(
        "adaptive_max_pool1d", 1, input, output_size, _largest_with_indices if return_indices else _largest
    )


def adaptive_max_pool2d(input: Any, output_size: Sizes, return_indices: bool = False) -> Any:
    """Take the largest entry of windows that cover (N, C, H, W), or (C, H, W).

    ``output_size`` is an int, or one for each axis; None keeps the input's. Window i of o on an axis of
    length n goes from ⌊i n / o⌋ to ⌈(i + 1) n / o⌉. ``return_indices`` is that of `max_pool2d`.

    Raises `ShapeError` or `ArgumentError`.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.adaptive_max_pool2d(ag.ones((1, 3, 7, 9)), (2, None)).shape
    (1, 3, 2, 9)
    """
    return _adaptive(
        "adaptive_max_pool2d", 2, input, output_size, _largest_with_indices if return_indices else _largest
    )


def adaptive_max_pool3d(input: Any, output_size: Sizes, return_indices: bool = False) -> Any:
    """Take the largest entry of windows that cover (N, C, D, H, W) or (C, D, H, W); as `adaptive_max_pool2d`.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.adaptive_max_pool3d(ag.ones((1, 3, 4, 4, 4)), 1).shape
    (1, 3, 1, 1, 1)
    """
    return _adaptive(
        "adaptive_max_pool3d", 3, input, output_size, _largest_with_indices if return_indices else _largest
    )


def _adaptive(name: str, ndim: int, input: Any, output_size: Sizes, pool: Any) -> Any:
    def of_batch(x: Any) -> Any:
        size = _output_size(name, ndim, output_size, x.shape[2:])
        if any(n == 0 for n in x.shape[1:]):
            raise ShapeError(f"{name}: expected channels and spatial axes that are not empty, got {x.shape}")
        return pool(name, x, size)

    return on_batch(name, ndim, input, of_batch)


def _output_size(name: str, ndim: int, given: Sizes, input_shape: tuple[int, ...]) -> tuple[int, ...]:
    sizes: tuple[Any, ...] = tuple(given) if isinstance(given, (tuple, list)) else (given,) * ndim
    try:
        resolved = tuple(
            n if size is None else index(size) for size, n in zip(sizes, input_shape, strict=True)
        )
    except (TypeError, ValueError):
        resolved = (0,)
    if any(n < 1 for n in resolved):
        raise ArgumentError(
            f"{name}: expected output_size as an int of at least 1 or None, or {ndim} of them, got {given!r}"
        )
    return resolved


def _even_window(input_shape: tuple[int, ...], size: tuple[int, ...]) -> Window | None:
    """The plain pooling that it is, where the output divides the input."""
    if any(n % o for n, o in zip(input_shape, size, strict=True)):
        return None
    kernel = tuple(n // o for n, o in zip(input_shape, size, strict=True))
    return Window(kernel, kernel, ((0, 0),) * len(size), (1,) * len(size))


def _bounds(n: int, o: int) -> tuple[Any, Any]:
    """First and last position (exclusive) of each of ``o`` windows on an axis of length ``n``."""
    i = np.arange(o)
    return i * n // o, -(-(i + 1) * n // o)


def _average(name: str, x: Any, size: tuple[int, ...]) -> Any:
    if x.dtype.kind not in "fc":
        raise DtypeError(f'{name}: expected a floating input, got {x.dtype}; convert it: x.astype("float32")')
    if all(n == 1 for n in size):
        return mean(x, axis=tuple(range(2, 2 + len(size))), keepdims=True)
    window = _even_window(x.shape[2:], size)
    if window is not None:
        return average_pool(x, window)
    # The mean over a box is the mean of means, axis by axis: a product with a matrix each.
    for axis, o in enumerate(size, start=2):
        n = x.shape[axis]
        first, last = _bounds(n, o)
        position = np.arange(n)[:, None]
        weights = ((position >= first) & (position < last)) / (last - first)
        x = product_along(x, weights.astype(x.dtype), axis)
    return x


def product_along(x: Any, matrix: Any, axis: int) -> Any:
    """Multiply the vectors along an axis of length n by a matrix (n, m)."""
    shape = x.shape
    before, n, after = math.prod(shape[:axis]), shape[axis], math.prod(shape[axis + 1 :])
    if after == 1:
        y = matmul(reshape(x, (before, n)), matrix)
    else:
        y = matmul(matrix.T, reshape(x, (before, n, after)))
    return reshape(y, (*shape[:axis], matrix.shape[1], *shape[axis + 1 :]))


def _largest(name: str, x: Any, size: tuple[int, ...]) -> Any:
    window = _even_window(x.shape[2:], size)
    return _largest_with_indices(name, x, size)[0] if window is None else max_pool(x, window)


def _largest_with_indices(name: str, x: Any, size: tuple[int, ...]) -> tuple[Any, Any]:
    shape, ndim = x.shape, len(size)
    picked, positions = raw(x), np.zeros((1,) * (2 * ndim), np.int64)
    for axis, (n, o) in enumerate(zip(shape[2:], size, strict=True)):
        # Windows differ in length: the shorter ones repeat their last entry, which never comes first.
        first, last = _bounds(n, o)
        reach = np.minimum(first[:, None] + np.arange((last - first).max()), last[:, None] - 1)
        picked = picked[(slice(None),) * (2 + 2 * axis) + (reach,)]
        along = [1] * (2 * ndim)
        along[axis], along[ndim + axis] = reach.shape
        positions = positions * n + reach.reshape(along)
    # (N, C, o₁, k₁, o₂, k₂, …) → (N, C, o₁, o₂, …, k₁ k₂ …)
    order = (0, 1, *range(2, 2 + 2 * ndim, 2), *range(3, 3 + 2 * ndim, 2))
    taps = math.prod(positions.shape[ndim:])
    windows = picked.transpose(order).reshape(*shape[:2], *size, taps)
    best = windows.argmax(axis=-1)
    places = np.broadcast_to(positions.reshape(*size, taps), windows.shape)
    indices = np.take_along_axis(places, best[..., None], -1)[..., 0]
    flat = reshape(x, (*shape[:2], math.prod(shape[2:])))
    chosen = take_along_axis(flat, indices.reshape(*shape[:2], math.prod(size)), -1)
    return reshape(chosen, indices.shape), like(x, indices)
