"""Cutting out parts of images, flipping them, and changing their size."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from autograd_cnn.data.transforms.transform import Images, RandomTransform, Transform, pair, probability
from autograd_cnn.errors import ArgumentError, ShapeError

__all__ = ["CenterCrop", "RandomCrop", "RandomHorizontalFlip", "RandomVerticalFlip", "Resize"]

Size = int | Sequence[int]
PADDING_MODES = ("constant", "edge", "reflect", "symmetric")


class CenterCrop(Transform):
    """Cuts out the middle: (N, C, H, W) to (N, C, \\*size). Raises `ShapeError` for smaller images.

    >>> from autograd_cnn.data import transforms
    >>> transforms.CenterCrop(1)(np.array([[[1.0, 2.0, 3.0]]]))
    array([[[2.]]])
    """

    def __init__(self, size: Size) -> None:
        self.size = pair("CenterCrop", "size", size, least=1)

    def apply(self, images: Images) -> Images:
        """Return the middles (N, C, \\*size)."""
        (height, width), (rows, columns) = images.shape[2:], self.size
        _check_covers("CenterCrop", images, self.size)
        # As torchvision rounds an odd remainder: half to even.
        top, left = round((height - rows) / 2), round((width - columns) / 2)
        return images[:, :, top : top + rows, left : left + columns].copy()


class RandomCrop(RandomTransform):
    """Cuts out a part at a place of its own for each image: (N, C, H, W) to (N, C, \\*size).

    Parameters
    ----------
    size
        Height and width of the part; one number for both.
    padding
        Pixels to add before: on all sides, or (left and right, top and bottom), or on each side, from left to
        bottom clockwise.
    pad_if_needed
        Pad smaller images on both sides, instead of raising `ShapeError`.
    fill, padding_mode
        What is added: "constant" (``fill``), "edge", "reflect" or "symmetric", as `numpy.pad` has it.

    Raises `ArgumentError` for arguments that make no sense.

    >>> from autograd_cnn.data import transforms
    >>> crop = transforms.RandomCrop(32, padding=4)
    >>> crop(np.ones((8, 3, 32, 32), dtype=np.float32)).shape
    (8, 3, 32, 32)
    """

    def __init__(
        self,
        size: Size,
        padding: int | Sequence[int] | None = None,
        pad_if_needed: bool = False,
        fill: float = 0.0,
        padding_mode: str = "constant",
        *,
        generator: np.random.Generator | int | None = None,
    ) -> None:
        super().__init__(generator)
        self.size = pair("RandomCrop", "size", size, least=1)
        self.padding = _sides(padding)
        self.pad_if_needed = pad_if_needed
        self.fill = fill
        if padding_mode not in PADDING_MODES:
            raise ArgumentError(
                f"RandomCrop: expected padding_mode of {', '.join(PADDING_MODES)}, got {padding_mode!r}"
            )
        self.padding_mode = padding_mode

    def apply(self, images: Images) -> Images:
        """Return the parts (N, C, \\*size)."""
        left, top, right, bottom = self.padding
        images = self._padded(images, ((top, bottom), (left, right)))
        if self.pad_if_needed:
            missing = [max(0, size - side) for size, side in zip(self.size, images.shape[2:], strict=True)]
            images = self._padded(images, tuple((count, count) for count in missing))
        _check_covers("RandomCrop", images, self.size)
        windows = sliding_window_view(images, self.size, axis=(2, 3))
        rows, columns = (self.random.integers(0, places, len(images)) for places in windows.shape[2:4])
        return windows[np.arange(len(images)), :, rows, columns]

    def _padded(self, images: Images, sides: Any) -> Any:
        if not any(map(any, sides)):
            return images
        options = {"constant_values": self.fill} if self.padding_mode == "constant" else {}
        return np.pad(images, ((0, 0), (0, 0), *sides), self.padding_mode, **options)  # type: ignore[call-overload]


class _RandomFlip(RandomTransform):
    axis: int

    def __init__(self, p: float = 0.5, *, generator: np.random.Generator | int | None = None) -> None:
        super().__init__(generator)
        self.p = probability(type(self).__name__, p)

    def apply(self, images: Images) -> Images:
        """Return the images, those that are drawn flipped."""
        drawn = self.random.random(len(images)) < self.p
        return np.where(drawn[:, np.newaxis, np.newaxis, np.newaxis], np.flip(images, self.axis), images)


class RandomHorizontalFlip(_RandomFlip):
    """Mirrors each image, left to right, with probability ``p``.

    Raises `ArgumentError` for a ``p`` that is no probability.

    >>> from autograd_cnn.data import transforms
    >>> transforms.RandomHorizontalFlip(p=1)(np.array([[[1.0, 2.0], [3.0, 4.0]]]))
    array([[[2., 1.],
            [4., 3.]]])
    """

    axis = 3


class RandomVerticalFlip(_RandomFlip):
    """Mirrors each image, top to bottom, with probability ``p``.

    Raises `ArgumentError` for a ``p`` that is no probability.

    >>> from autograd_cnn.data import transforms
    >>> transforms.RandomVerticalFlip(p=1)(np.array([[[1.0, 2.0], [3.0, 4.0]]]))
    array([[[3., 4.],
            [1., 2.]]])
    """

    axis = 2


class Resize(Transform):
    """Changes the size: (N, C, H, W) to (N, C, \\*size), bilinear, and antialiased where it shrinks.

    ``size`` is height and width; one number is that of the shorter side, and the shape is kept. The pixels
    are those of Pillow's BILINEAR. Raises `ArgumentError` for sizes below 1.

    >>> from autograd_cnn.data import transforms
    >>> transforms.Resize((1, 2))(np.array([[[1.0, 3.0, 5.0, 7.0]]]))
    array([[[2.42857143, 5.57142857]]])
    """

    def __init__(self, size: Size) -> None:
        self.size = size if isinstance(size, int) else pair("Resize", "size", size, least=1)
        pair("Resize", "size", size, least=1)

    def apply(self, images: Images) -> Images:
        """Return the images (N, C, \\*size)."""
        height, width = images.shape[2:]
        if isinstance(self.size, int):
            shorter = min(height, width)
            rows, columns = self.size * height // shorter, self.size * width // shorter
        else:
            rows, columns = self.size
        by_rows = _weights(height, rows).astype(images.dtype)
        by_columns = _weights(width, columns).astype(images.dtype)
        resized: Images = by_rows @ images @ by_columns.T
        return resized


@cache
def _weights(before: int, after: int) -> Any:
    """How much of each pixel is in each new one: (after, before), a triangle as wide as the new pixels."""
    scale = before / after
    centres = (np.arange(after)[:, np.newaxis] + 0.5) * scale
    distances = np.abs(np.arange(before) + 0.5 - centres) / max(scale, 1)
    weights = np.maximum(1 - distances, 0)
    return weights / weights.sum(axis=1, keepdims=True)


def _sides(padding: int | Sequence[int] | None) -> tuple[int, int, int, int]:
    """Left, top, right and bottom."""
    given = (0,) if padding is None else (padding,) if isinstance(padding, int) else tuple(padding)
    if len(given) not in (1, 2, 4) or not all(isinstance(side, int) and side >= 0 for side in given):
        raise ArgumentError(
            f"RandomCrop: expected padding of 0 or more pixels, one number, two or four, got {padding!r}"
        )
    left, top, right, bottom = given * (4 // len(given))
    return left, top, right, bottom


def _check_covers(name: str, images: Images, size: tuple[int, int]) -> None:
    if images.shape[2] < size[0] or images.shape[3] < size[1]:
        raise ShapeError(
            f"{name}: expected images of at least {size[0]} × {size[1]} pixels, got shape {images.shape}; "
            "pad them, or resize them first: Resize"
        )
