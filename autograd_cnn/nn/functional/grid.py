"""Sampling at the points of a grid: spatial transformers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np

from autograd_cnn.errors import ArgumentError, ShapeError
from autograd_cnn.nn.functional.checks import check_array, check_same_dtype, raw
from autograd_cnn.nn.functional.resampling import cubic_weights
from autograd_cnn.ops.contraction import matmul
from autograd_cnn.ops.elementwise import absolute, clip, where
from autograd_cnn.ops.indexing import take_along_axis
from autograd_cnn.ops.shape import reshape, swapaxes

_PADDING = ("zeros", "border", "reflection")


def affine_grid(theta: Any, size: Sequence[int], align_corners: bool | None = None) -> Any:
    """The grid, for `grid_sample`, of an affine map: (N, H, W, 2), or (N, D, H, W, 3).

    ``theta`` is (N, 2, 3), or (N, 3, 4), a matrix and a shift for each example, in the order x, y(, z);
    ``size`` is that of the output, (N, C, H, W) or (N, C, D, H, W). Coordinates run from -1 to 1, between
    the outer edges of the corner entries or, with ``align_corners``, between their centres. Jaderberg et
    al., *Spatial transformer networks* (2015).

    Raises `ShapeError`.

    >>> import autograd_cnn as ag
    >>> theta = ag.tensor([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]])
    >>> ag.nn.functional.affine_grid(theta, (1, 1, 1, 2)).tolist()
    [[[[-0.5, 0.0], [0.5, 0.0]]]]
    """
    check_array("affine_grid", "theta", theta)
    axes = len(size) - 2
    if axes not in (2, 3) or theta.shape != (size[0], axes, axes + 1):
        raise ShapeError(
            "affine_grid: expected theta of shape (N, 2, 3) for a size (N, C, H, W), or (N, 3, 4) for (N, C, "
            f"D, H, W), got {theta.shape} for {tuple(size)}"
        )
    steps = [_steps(n, bool(align_corners)) for n in size[2:]]
    mesh = np.meshgrid(*steps, indexing="ij")[::-1]  # x varies along the last axis
    points = np.stack([*(part.ravel() for part in mesh), np.ones(math.prod(size[2:]))], axis=1)
    grid = matmul(points.astype(theta.dtype), swapaxes(theta, 1, 2))
    return reshape(grid, (size[0], *size[2:], axes))


def _steps(n: int, align_corners: bool) -> Any:
    if n == 1:
        return np.zeros(1)
    return np.linspace(-1, 1, n) * (1 if align_corners else (n - 1) / n)


def grid_sample(
    input: Any,
    grid: Any,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: bool | None = None,
) -> Any:
    """Sample images (N, C, H, W) at the points of ``grid`` (N, H', W', 2): (N, C, H', W').

    Volumes (N, C, D, H, W) take a grid (N, D', H', W', 3). A point is (x, y) or (x, y, z), in the
    coordinates of `affine_grid`. ``mode`` is bilinear (for volumes: trilinear), nearest, or bicubic (images
    only); outside lie, by ``padding_mode``, zeros, the border, or the reflection.

    Raises `ShapeError`, `DtypeError` (both have one dtype) or `ArgumentError`.

    >>> import autograd_cnn as ag
    >>> image = ag.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
    >>> ag.nn.functional.grid_sample(image, ag.tensor([[[[0.0, 0.0], [-0.5, 0.5]]]])).tolist()
    [[[[2.5, 3.0]]]]
    """
    check_array("grid_sample", "input", input)
    check_array("grid_sample", "grid", grid)
    axes = len(input.shape) - 2
    if axes not in (2, 3) or len(grid.shape) != axes + 2 or grid.shape[:: axes + 1] != (input.shape[0], axes):
        raise ShapeError(
            "grid_sample: expected an input (N, C, H, W) and a grid (N, H', W', 2), or (N, C, D, H, W) and "
            f"(N, D', H', W', 3), got {input.shape} and {grid.shape}"
        )
    check_same_dtype("grid_sample", input, grid, None)
    if 0 in input.shape[1:]:
        raise ShapeError(f"grid_sample: expected channels and axes that are not empty, got {input.shape}")
    if mode not in ("bilinear", "nearest", "bicubic") or (mode == "bicubic" and axes == 3):
        raise ArgumentError(
            f"grid_sample: expected mode bilinear, nearest or (for images) bicubic, got {mode!r}"
        )
    if padding_mode not in _PADDING:
        raise ArgumentError(
            f"grid_sample: expected padding_mode zeros, border or reflection, got {padding_mode!r}"
        )
    neighbours = []
    for axis, n in enumerate(input.shape[2:]):
        place = grid[..., axes - 1 - axis] + 1
        place = place * ((n - 1) / 2) if align_corners else (place * n - 1) / 2
        neighbours.append(_neighbours(place, n, mode, padding_mode, bool(align_corners)))
    return _weighted_sum(input, neighbours, grid.shape[1:-1])


def _neighbours(
    place: Any, n: int, mode: str, padding_mode: str, align_corners: bool
) -> list[tuple[Any, Any]]:
    """Positions on an axis of length ``n`` around each place, with their weights (None: 1)."""
    if mode != "bicubic" or padding_mode == "zeros":
        place = _padded(place, n, padding_mode, align_corners)
    if mode == "nearest":
        return [(np.rint(raw(place)), None)]
    first = np.floor(raw(place))
    t = place - first
    if mode == "bilinear":
        return [(first, 1 - t), (first + 1, t)]
    return [
        (_padded(first + tap, n, padding_mode, align_corners), weights)
        for tap, weights in enumerate(cubic_weights(t), start=-1)
    ]


def _padded(place: Any, n: int, padding_mode: str, align_corners: bool) -> Any:
    """Where a place outside an axis of length ``n`` is taken from."""
    if padding_mode == "zeros":
        return where(np.isfinite(raw(place)), place, -10.0)  # as good as any other place outside
    if padding_mode == "reflection":
        low, span = (0.0, n - 1) if align_corners else (-0.5, n)
        if span == 0:
            return place * 0
        distance = absolute(place - low)
        turns = np.floor(raw(distance) / span)
        rest = distance - turns * span
        place = where(turns % 2 == 0, rest, span - rest) + low
    return clip(place, 0, n - 1)


def _weighted_sum(input: Any, neighbours: list[list[tuple[Any, Any]]], shape: tuple[int, ...]) -> Any:
    batch, channels, *spatial = input.shape
    flat = reshape(input, (batch, channels, math.prod(spatial)))
    points = math.prod(shape)
    total: Any = 0
    for corner in product(*neighbours):
        index: Any = 0
        inside: Any = True
        weight = None
        for (position, factor), n in zip(corner, spatial, strict=True):
            known = (position >= 0) & (position < n)
            index = index * n + np.where(known, position, 0).astype(np.int64)
            inside = inside & known
            if factor is not None:
                weight = factor if weight is None else weight * factor
        index = np.broadcast_to(index.reshape(batch, 1, points), (batch, channels, points))
        part = take_along_axis(flat, index, -1)
        inside = inside.reshape(batch, 1, points)
        if weight is not None:
            part = part * reshape(weight, (batch, 1, points))
        total = total + where(inside, part, 0)
    return reshape(total, (batch, channels, *shape))
