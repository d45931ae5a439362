"""Images, filters and feature maps, as grids of small pictures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_cnn.errors import ArgumentError, ShapeError
from autograd_cnn.viz.figure import INK, array_of, new_figure

if TYPE_CHECKING:
    from autograd_cnn.viz._matplotlib import Picture

__all__ = ["show_feature_maps", "show_filters", "show_images"]

GAP = "#E6EAED"  # between tiles; white would be a value
Array = np.ndarray[Any, Any]


def show_images(images: Any, titles: Sequence[Any] | None = None, columns: int = 8) -> Picture:
    """Show images in rows of ``columns``, with a title above each.

    ``images`` has shape (n, height, width), (n, 1, height, width), or (n, 3, height, width) for colours in
    [0, 1] or uint8. Grey images share one scale, from their smallest value (black) to their largest.
    Raises `ShapeError` for other shapes, `ArgumentError` for no images, or not one title for each.

    >>> import autograd_cnn as ag
    >>> images, labels = ag.data.MNIST("test").get_batch(slice(0, 10))
    >>> figure = ag.viz.show_images(images, labels)
    >>> [axes.get_title() for axes in figure.axes]
    ['7', '2', '1', '0', '4', '1', '4', '9', '5', '9']
    """
    array = array_of(images)
    if array.ndim == 4 and array.shape[1] == 1:
        array = array[:, 0]
    colours = array.ndim == 4 and array.shape[1] == 3
    if array.ndim != 3 and not colours:
        raise ShapeError(
            "show_images: expected shape (n, height, width), (n, 1, height, width) or (n, 3, height, width), "
            f"got {array.shape}; of a single image, pass image[None]"
        )
    if len(array) == 0 or (titles is not None and len(titles) != len(array)):
        raise ArgumentError(
            f"show_images: expected at least one image and a title for each, got {len(array)} images"
            + (f" and {len(titles)} titles" if titles is not None else "")
        )
    columns = min(columns, len(array))
    rows = math.ceil(len(array) / columns)
    figure = new_figure(1.15 * columns, (1.15 if titles is None else 1.4) * rows)
    for index, image in enumerate(array):
        axes = figure.add_subplot(rows, columns, index + 1)
        if colours:
            axes.imshow(np.moveaxis(image, 0, -1))
        else:
            axes.imshow(image, cmap="gray", vmin=array.min(), vmax=array.max())
        if titles is not None:
            axes.set_title(str(titles[index]), fontsize=9, color=INK, pad=3)
        axes.axis("off")
    return figure


def show_filters(weights: Any) -> Picture:
    """Show the filters of a convolution, weights of shape (out, in, height, width).

    With one input channel the filters stand in a row after another; with several there is a column for
    each filter and a row for each input channel. One diverging scale for all, white at 0: blue is
    negative, red positive. Raises `ShapeError` for other shapes.

    >>> import autograd_cnn as ag
    >>> figure = ag.viz.show_filters(ag.nn.Conv2d(1, 6, 5).weight)
    """
    array = array_of(weights)
    if array.ndim != 4 or array.size == 0:
        raise ShapeError(f"show_filters: expected shape (out, in, height, width), got {array.shape}")
    limit = float(np.abs(array).max()) or 1.0
    tiles = _wrapped(array[:, 0]) if array.shape[1] == 1 else array.swapaxes(0, 1)
    labels = ("", "") if array.shape[1] == 1 else ("filter", "input channel")
    return _mosaic(tiles, "RdBu_r", -limit, limit, *labels)


def show_feature_maps(activations: Any) -> Picture:
    """Show what a layer answers: activations of shape (channels, height, width), or a batch of them.

    Of one image the channels stand in rows; of several, (n, channels, height, width), there is a row for
    each image and a column for each channel. One scale for all. Raises `ShapeError` for other shapes.

    >>> import autograd_cnn as ag, numpy as np
    >>> figure = ag.viz.show_feature_maps(np.random.default_rng(0).random((6, 14, 14)))
    """
    array = array_of(activations)
    if array.ndim not in (3, 4) or array.size == 0:
        raise ShapeError(
            "show_feature_maps: expected shape (channels, height, width) or (n, channels, height, width), "
            f"got {array.shape}"
        )
    if array.ndim == 4 and len(array) == 1:
        array = array[0]
    single = array.ndim == 3
    tiles = _wrapped(array) if single else array
    labels = ("", "") if single else ("channel", "image")
    return _mosaic(tiles, "viridis", float(array.min()), float(array.max()), *labels)


def _wrapped(tiles: Array, columns: int = 8) -> Array:
    """Tiles (n, height, width) as rows of tiles; what is missing in the last is NaN."""
    columns = min(columns, len(tiles))
    rows = math.ceil(len(tiles) / columns)
    filled = np.full((rows * columns, *tiles.shape[1:]), np.nan)
    filled[: len(tiles)] = tiles
    return filled.reshape(rows, columns, *tiles.shape[1:])


def _mosaic(tiles: Array, colours: str, low: float, high: float, across: str, down: str) -> Picture:
    """One image of all tiles (rows, columns, height, width), with gaps: a hundred axes would take seconds."""
    rows, columns, height, width = tiles.shape
    gap = max(1, round(max(height, width) / 12))
    canvas = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap), np.nan)
    for row in range(rows):
        for column in range(columns):
            top, left = row * (height + gap), column * (width + gap)
            canvas[top : top + height, left : left + width] = tiles[row, column]
    size = min(1.15, 10.0 / columns)  # of a tile, in inches
    figure = new_figure(size * columns + 1.3, size * rows * height / width + (0.6 if across else 0.3))
    axes = figure.add_subplot()
    shown = axes.imshow(canvas, cmap=colours, vmin=low, vmax=high, interpolation="nearest")
    axes.set_facecolor(GAP)
    axes.set_xlabel(across, color=INK)
    axes.set_ylabel(down, color=INK)
    axes.set_xticks(np.arange(columns) * (width + gap) + (width - 1) / 2, _numbers(columns, across))
    axes.set_yticks(np.arange(rows) * (height + gap) + (height - 1) / 2, _numbers(rows, down))
    axes.tick_params(length=0, colors=INK, labelsize=8)
    axes.spines[:].set_visible(False)
    bar = figure.colorbar(shown, ax=axes, fraction=0.03, pad=0.02, aspect=30)
    bar.outline.set_visible(False)
    bar.ax.tick_params(length=0, colors=INK, labelsize=8)
    return figure


def _numbers(count: int, label: str) -> list[str]:
    return [str(number) if label else "" for number in range(count)]
