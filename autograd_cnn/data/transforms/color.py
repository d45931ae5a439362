"""Changing brightness, contrast, saturation and hue at random."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd_cnn.data.transforms.transform import Images, RandomTransform, amplitude
from autograd_cnn.errors import ArgumentError, ShapeError

__all__ = ["ColorJitter"]

LUMA = (0.2989, 0.587, 0.114)  # ITU-R BT.601, rounded as in torchvision
Range = float | Sequence[float]


class ColorJitter(RandomTransform):
    """Changes brightness, contrast, saturation and hue of each image in [0, 1] by its own draws.

    Parameters
    ----------
    brightness, contrast, saturation
        Range (low, high) of the factor, of 0 or more; one number a stands for (1 - a, 1 + a), cut off at 0.
    hue
        Range of the turn of the colour circle, within (-0.5, 0.5); one number a stands for (-a, a).

    The four follow one another in an order that is drawn for each batch; after each, values are clipped to
    [0, 1]. Grey images, of one channel, have no saturation and no hue. The formulas are torchvision's. Raises
    `ArgumentError` for ranges that make no sense, `ShapeError` for images of other than 1 or 3 channels.

    >>> from autograd_cnn.data import transforms
    >>> brighter = transforms.ColorJitter(brightness=(1.5, 1.5))
    >>> brighter(np.array([[[0.2, 0.8]]]))
    array([[[0.3, 1. ]]])
    """

    def __init__(
        self,
        brightness: Range = 0.0,
        contrast: Range = 0.0,
        saturation: Range = 0.0,
        hue: Range = 0.0,
        *,
        generator: np.random.Generator | int | None = None,
    ) -> None:
        super().__init__(generator)
        self.brightness = _factors("brightness", brightness)
        self.contrast = _factors("contrast", contrast)
        self.saturation = _factors("saturation", saturation)
        self.hue = amplitude("ColorJitter", "hue", hue)
        if not -0.5 <= self.hue[0] <= self.hue[1] <= 0.5:
            raise ArgumentError(f"ColorJitter: expected hue within -0.5 and 0.5, got {hue!r}")

    def apply(self, images: Images) -> Images:
        """Return the changed images, in [0, 1]."""
        count, channels = images.shape[:2]
        if channels not in (1, 3):
            raise ShapeError(f"ColorJitter: expected images of 1 or 3 channels, got shape {images.shape}")
        random = self.random
        steps: list[tuple[Any, tuple[float, float], float]] = [
            (_brighten, self.brightness, 1.0),
            (_contrast, self.contrast, 1.0),
            (_saturate, self.saturation, 1.0),
            (_turn, self.hue, 0.0),
        ]
        for number in random.permutation(len(steps)):
            step, limits, neutral = steps[number]
            if limits != (neutral, neutral):
                draws = random.uniform(limits[0], limits[1], (count, 1, 1, 1)).astype(images.dtype)
                images = np.clip(step(images, draws), 0, 1)
        return images


def _factors(what: str, given: Range) -> tuple[float, float]:
    limits = (
        (max(0.0, 1.0 - given), 1.0 + given)
        if isinstance(given, int | float)
        else amplitude("ColorJitter", what, given)
    )
    if not 0 <= limits[0] <= limits[1]:
        raise ArgumentError(f"ColorJitter: expected {what} of 0 or more, one number or two, got {given!r}")
    return limits


def _brighten(images: Images, factors: NDArray[Any]) -> Any:
    return images * factors


def _contrast(images: Images, factors: NDArray[Any]) -> Any:
    means = _grey(images).mean(axis=(1, 2, 3), keepdims=True)
    return images * factors + means * (1 - factors)


def _saturate(images: Images, factors: NDArray[Any]) -> Any:
    return images * factors + _grey(images) * (1 - factors)


def _turn(images: Images, turns: NDArray[Any]) -> Any:
    """Turn the hue: to HSV, and back by A. R. Smith, *Color gamut transform pairs* (1978)."""
    if images.shape[1] == 1:
        return images
    red, green, blue = images[:, :1], images[:, 1:2], images[:, 2:]
    value = images.max(axis=1, keepdims=True)
    chroma = value - images.min(axis=1, keepdims=True)
    divisor = np.where(chroma == 0, 1, chroma)
    sixths = np.where(
        value == red,
        (green - blue) / divisor,
        np.where(value == green, 2 + (blue - red) / divisor, 4 + (red - green) / divisor),
    )
    places = np.array([5, 3, 1], images.dtype).reshape(3, 1, 1)
    distances = (places + sixths + turns * 6) % 6
    return value - chroma * np.clip(np.minimum(distances, 4 - distances), 0, 1)


def _grey(images: Images) -> Any:
    if images.shape[1] == 1:
        return images
    return np.einsum("nchw,c->nhw", images, np.array(LUMA, images.dtype))[:, np.newaxis]
