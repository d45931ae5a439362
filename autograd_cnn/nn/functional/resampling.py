"""Resizing: `interpolate` in all its modes. Each resizes axis by axis, by a product with a matrix."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_cnn.errors import ArgumentError, DtypeError, ShapeError
from autograd_cnn.nn.functional.adaptive_pooling import (
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    adaptive_avg_pool3d,
    product_along,
)
from autograd_cnn.nn.functional.checks import check_array
from autograd_cnn.ops.shape import broadcast_to, reshape

Size = int | Sequence[int]
Factor = float | Sequence[float]

# Each mode: the numbers of spatial axes it is for.
MODES = {
    "nearest": (1, 2, 3),
    "nearest-exact": (1, 2, 3),
    "area": (1, 2, 3),
    "linear": (1,),
    "bilinear": (2,),
    "bicubic": (2,),
    "trilinear": (3,),
}
_AREA = {1: adaptive_avg_pool1d, 2: adaptive_avg_pool2d, 3: adaptive_avg_pool3d}


def interpolate(
    input: Any,
    size: Size | None = None,
    scale_factor: Factor | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Any:
    """Resize the spatial axes of (N, C, \\*spatial): either to ``size`` or by ``scale_factor``.

    ``mode`` is nearest (which rounds down, as OpenCV), nearest-exact (which takes the nearest, as Pillow),
    area (the mean, as `adaptive_avg_pool2d`), linear, bilinear and trilinear (for one, two and three axes),
    or bicubic (Keys 1981, with a = -0.75). For the last four, ``align_corners`` aligns the centres of the
    corner entries instead of their outer edges, and ``antialias`` (bilinear and bicubic, with a = -0.5)
    widens the filter when shrinking, as Pillow does. A given ``scale_factor`` is also the ratio of the
    coordinates, unless ``recompute_scale_factor`` takes that of the sizes. An inf or NaN spreads along its
    rows and columns, in all modes but nearest.

    Raises `ArgumentError`, `ShapeError` or `DtypeError`.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.interpolate(ag.tensor([[[1.0, 2.0]]]), scale_factor=2, mode="linear").tolist()
    [[[1.0, 1.25, 1.75, 2.0]]]
    """
    check_array("interpolate", "input", input)
    axes = len(input.shape) - 2
    _check(input, mode, axes, align_corners, antialias)
    given = input.shape[2:]
    sizes, factors = _sizes(given, size, scale_factor, recompute_scale_factor)
    if mode == "area":
        return _AREA[axes](input, sizes)
    factors = (None,) * axes if recompute_scale_factor else factors
    if mode.startswith("nearest"):
        return _nearest(input, sizes, factors, exact=mode == "nearest-exact")
    if input.dtype.kind not in "fc":
        raise DtypeError(
            f'interpolate: expected a floating input, got {input.dtype}; convert it: x.astype("float32")'
        )
    for axis, (n, o, factor) in enumerate(zip(given, sizes, factors, strict=True), start=2):
        if n == o and (
            antialias or mode != "bicubic" or factor in (None, 1)
        ):  # PyTorch copies, whatever the factor
            continue
        ratio = _ratio(n, o, factor, align_corners=bool(align_corners))
        matrix = (_antialiased if antialias else _interpolating)(n, o, ratio, mode, bool(align_corners))
        input = product_along(input, matrix.astype(input.dtype), axis)
    return input


def _check(input: Any, mode: str, axes: int, align_corners: bool | None, antialias: bool) -> None:
    if mode not in MODES:
        raise ArgumentError(f"interpolate: expected mode to be one of {', '.join(MODES)}, got {mode!r}")
    if axes not in MODES[mode]:
        raise ShapeError(
            f"interpolate: expected (batch, channels, ...) with {' or '.join(map(str, MODES[mode]))} spatial "
            f"axes for mode={mode!r}, got shape {input.shape}"
        )
    if 0 in input.shape[1:]:
        raise ShapeError(f"interpolate: expected channels and axes that are not empty, got {input.shape}")
    if align_corners is not None and (mode.startswith("nearest") or mode == "area"):
        raise ArgumentError(
            f"interpolate: expected align_corners=None with mode={mode!r}, got {align_corners}"
        )
    if antialias and mode not in ("bilinear", "bicubic"):
        raise ArgumentError(
            f"interpolate: expected antialias with bilinear or bicubic only, got mode={mode!r}"
        )


def _sizes(
    given: tuple[int, ...], size: Size | None, scale_factor: Factor | None, recompute: bool | None
) -> tuple[tuple[int, ...], tuple[float | None, ...]]:
    """The output's size, and the factors that were asked for."""
    axes = len(given)
    if (size is None) == (scale_factor is None) or (recompute and size is not None):
        raise ArgumentError(
            "interpolate: expected either size or scale_factor (which may be recomputed), got "
            f"size={size} and scale_factor={scale_factor}"
        )
    wanted: Any = scale_factor if size is None else size
    wanted = tuple(wanted) if isinstance(wanted, (tuple, list)) else (wanted,) * axes
    sizes = wanted
    if size is None and len(wanted) == axes:
        sizes = tuple(math.floor(n * factor) for n, factor in zip(given, wanted, strict=True))
    if len(sizes) != axes or any(int(n) != n or n < 1 for n in sizes):
        raise ArgumentError(
            f"interpolate: expected {axes} sizes of at least 1 for a spatial shape of {given}, got "
            f"size={size} and scale_factor={scale_factor}"
        )
    return tuple(int(n) for n in sizes), (None,) * axes if size is not None else wanted


def _ratio(n: int, o: int, factor: float | None, *, align_corners: bool) -> float:
    """How far apart two neighbours of the output lie on the input."""
    if align_corners:
        return (n - 1) / (o - 1) if o > 1 else 0.0
    return n / o if factor is None else 1 / factor


def _nearest(input: Any, sizes: tuple[int, ...], factors: tuple[float | None, ...], *, exact: bool) -> Any:
    shape = input.shape
    if all(
        o % n == 0 and factor in (None, o // n)
        for n, o, factor in zip(shape[2:], sizes, factors, strict=True)
    ):
        # Repeating is a broadcast; its transpose a sum, where that of indexing adds entry by entry.
        apart = [length for n in shape[2:] for length in (n, 1)]
        repeated = [length for n, o in zip(shape[2:], sizes, strict=True) for length in (n, o // n)]
        wide = broadcast_to(reshape(input, (*shape[:2], *apart)), (*shape[:2], *repeated))
        return reshape(wide, (*shape[:2], *sizes))
    for axis, (n, o, factor) in enumerate(zip(shape[2:], sizes, factors, strict=True), start=2):
        # PyTorch computes it in float32, and where that rounds it decides.
        ratio = np.float32(_ratio(n, o, factor, align_corners=False))
        position = (np.arange(o, dtype=np.float32) + np.float32(0.5 if exact else 0)) * ratio
        index = np.minimum(position.astype(np.int64), n - 1)
        if len(sizes) == 2 and not exact and o in (n, 2 * n):  # whatever the factor, as PyTorch has it
            index = np.arange(o) * n // o
        input = input[(slice(None),) * axis + (index,)]
    return input


def _interpolating(n: int, o: int, ratio: float, mode: str, align_corners: bool) -> Any:
    """The matrix (n, o) of linear or cubic interpolation, the edge repeated outside."""
    i = np.arange(o)
    position = i * ratio if align_corners else (i + 0.5) * ratio - 0.5
    if mode != "bicubic":
        position = np.maximum(position, 0)
    first = np.floor(position).astype(np.int64)
    t = position - first
    taps = cubic_weights(t) if mode == "bicubic" else [1 - t, t]
    first = first - 1 if mode == "bicubic" else first
    matrix = np.zeros((n, o))
    for tap, weights in enumerate(taps):
        np.add.at(matrix, (np.clip(first + tap, 0, n - 1), i), weights)
    return matrix


def cubic_weights(t: Any, a: float = -0.75) -> list[Any]:
    """Weights of the four neighbours of a point that lies ``t`` beyond the second of them (Keys 1981)."""

    def near(x: Any) -> Any:  # for distances up to 1
        return ((a + 2) * x - (a + 3)) * x * x + 1

    def far(x: Any) -> Any:  # from 1 to 2
        return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a

    return [far(t + 1), near(t), near(1 - t), far(2 - t)]


def _triangle(x: Any) -> Any:
    return np.maximum(1 - abs(x), 0)


def _cubic(x: Any) -> Any:
    x = abs(x)
    return np.where(
        x < 1, (1.5 * x - 2.5) * x * x + 1, np.where(x < 2, ((-0.5 * x + 2.5) * x - 4) * x + 2, 0)
    )


_FILTERS: dict[str, tuple[Callable[[Any], Any], float]] = {"bilinear": (_triangle, 1), "bicubic": (_cubic, 2)}


def _antialiased(n: int, o: int, ratio: float, mode: str, align_corners: bool) -> Any:
    """The matrix (n, o) of a filter that is as wide as the entries of the output, if these are larger."""
    kernel, support = _FILTERS[mode]
    width = max(ratio, 1.0)
    center = (np.arange(o) + 0.5) * ratio
    position = np.arange(n)[:, None]
    first = np.maximum((center - support * width + 0.5).astype(np.int64), 0)
    last = np.minimum((center + support * width + 0.5).astype(np.int64), n)
    weights = np.where((position >= first) & (position < last), kernel((position + 0.5 - center) / width), 0)
    return weights / weights.sum(0)
