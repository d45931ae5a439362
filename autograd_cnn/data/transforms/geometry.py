"""Rotating, moving, scaling and shearing images at random."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd_cnn.data.transforms.transform import Images, RandomTransform, amplitude
from autograd_cnn.errors import ArgumentError

__all__ = ["RandomAffine", "RandomRotation", "sample_affine"]

Range = float | Sequence[float]


class RandomAffine(RandomTransform):
    """Rotates, shears, scales and moves each image by its own draws, about its centre; bilinear.

    Parameters
    ----------
    degrees
        Range (low, high) of the angle, counterclockwise; one number a stands for (-a, a).
    translate
        Largest moves, as shares of width and height, in [0, 1]; fractions of a pixel occur.
    scale
        Range (low, high) of the factor; below 1 the picture shrinks.
    shear
        Range of the angle in degrees by which columns lean; one number a stands for (-a, a).
    fill
        What comes in from outside the picture.

    Raises `ArgumentError` for ranges that make no sense.

    >>> from autograd_cnn.data import transforms
    >>> turn = transforms.RandomAffine(degrees=(90, 90))
    >>> turn(np.array([[[1.0, 2.0], [3.0, 4.0]]])).round(6)
    array([[[2., 4.],
            [1., 3.]]])
    """

    def __init__(
        self,
        degrees: Range,
        translate: Sequence[float] | None = None,
        scale: Sequence[float] | None = None,
        shear: Range | None = None,
        fill: float = 0.0,
        *,
        generator: np.random.Generator | int | None = None,
    ) -> None:
        super().__init__(generator)
        name = type(self).__name__
        self.degrees = amplitude(name, "degrees", degrees)
        self.translate = (0.0, 0.0) if translate is None else tuple(translate)
        if len(self.translate) != 2 or not all(0 <= share <= 1 for share in self.translate):
            raise ArgumentError(f"{name}: expected translate as two shares from 0 to 1, got {translate!r}")
        self.scale = (1.0, 1.0) if scale is None else amplitude(name, "scale", tuple(scale))
        if not self.scale[0] > 0:
            raise ArgumentError(f"{name}: expected a scale above 0, got {scale!r}")
        self.shear = (0.0, 0.0) if shear is None else amplitude(name, "shear", shear)
        self.fill = fill

    def apply(self, images: Images) -> Images:
        """Return the moved images (N, C, H, W)."""
        count, _, height, width = images.shape
        random = self.random
        angles, shears = (
            np.radians(random.uniform(*degrees, count)) for degrees in (self.degrees, self.shear)
        )
        scales = random.uniform(*self.scale, count)
        moves = random.uniform(-1, 1, (2, count)) * [
            [self.translate[1] * height],
            [self.translate[0] * width],
        ]
        # In coordinates (y, x), y downwards: rotation · shear, whose inverse is shear⁻¹ · rotationᵀ.
        cos, sin, tan = np.cos(angles), np.sin(angles), np.tan(shears)
        inverse = np.array([[cos, sin], [tan * cos - sin, cos + tan * sin]]) / scales
        return sample_affine(images, inverse.transpose(2, 0, 1), moves.T, self.fill)


class RandomRotation(RandomAffine):
    """Rotates each image by an angle of its own about its centre; bilinear, the size is kept.

    ``degrees`` is a range (low, high), counterclockwise, or one number a for (-a, a); ``fill`` is what comes
    in from outside. Raises `ArgumentError` for a range that makes no sense.

    >>> from autograd_cnn.data import transforms
    >>> transforms.RandomRotation((180, 180))(np.array([[[1.0, 2.0], [3.0, 4.0]]])).round(6)
    array([[[4., 3.],
            [2., 1.]]])
    """

    def __init__(
        self, degrees: Range, fill: float = 0.0, *, generator: np.random.Generator | int | None = None
    ) -> None:
        super().__init__(degrees, fill=fill, generator=generator)


def sample_affine(images: Images, inverse: NDArray[Any], moves: NDArray[Any], fill: float) -> Images:
    """Move images: the output at p is the input at ``inverse`` (p - centre - move) + centre.

    ``inverse`` is (N, 2, 2) and ``moves`` (N, 2), in pixels (y, x). Between pixels the input is interpolated
    linearly, outside it is ``fill``.

    >>> image = np.array([[[[1.0, 2.0, 3.0]]]])
    >>> sample_affine(image, np.eye(2)[np.newaxis], np.array([[0.0, 0.5]]), fill=0.0)
    array([[[[0.5, 1.5, 2.5]]]])
    """
    count, channels, height, width = images.shape
    dtype = images.dtype
    centre = np.array([(height - 1) / 2, (width - 1) / 2])
    # A point maps to inverse · point + offset: one product with the grid of all points for the whole batch.
    offsets = centre - (inverse @ (centre + moves)[:, :, np.newaxis])[:, :, 0]
    grid = np.stack([axis.ravel() for axis in np.indices((height, width), dtype=dtype)])
    places = inverse.reshape(-1, 2).astype(dtype) @ grid + offsets.reshape(-1, 1).astype(dtype)
    y, x = places.reshape(count, 2, -1).swapaxes(0, 1)

    # One pixel of `fill` all around, and a second one below and to the right for the upper neighbours.
    framed = np.full((count, channels, height + 3, width + 3), fill, dtype)
    framed[:, :, 1:-2, 1:-2] = images
    y, x = np.clip(y, -1, height) + 1, np.clip(x, -1, width) + 1
    top, left = y.astype(np.intp), x.astype(np.intp)
    y, x = (y - top).astype(dtype), (x - left).astype(dtype)
    pixels = framed.reshape(-1)
    area = math.prod(framed.shape[2:])
    starts = np.arange(count * channels).reshape(count, channels, 1) * area
    index = starts + (top * framed.shape[3] + left)[:, np.newaxis]
    y, x = y[:, np.newaxis], x[:, np.newaxis]
    upper, lower = (
        pixels[row] + (pixels[row + 1] - pixels[row]) * x for row in (index, index + framed.shape[3])
    )
    sampled: Images = upper + (lower - upper) * y
    return sampled.reshape(images.shape)
