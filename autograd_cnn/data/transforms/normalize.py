"""Normalising the channels of images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd_cnn.errors import ArgumentError, ShapeError

__all__ = ["Normalize"]


class Normalize:
    """Subtract `mean` and divide by `std`, channel by channel.

    `mean` and `std` are numbers, or one number a channel. Takes a batch (n, channels, height, width) or one
    image (channels, height, width), and returns a new float32 array. Raises `ArgumentError` if a std is not
    positive, `ShapeError` if the image has another number of channels.

    >>> Normalize(mean=0.5, std=0.25)(np.full((1, 1, 2), 0.75, dtype=np.float32))
    array([[[1., 1.]]], dtype=float32)
    """

    def __init__(self, mean: float | Sequence[float], std: float | Sequence[float]) -> None:
        self.mean = np.asarray(mean, dtype=np.float32)
        self.std = np.asarray(std, dtype=np.float32)
        if self.mean.ndim > 1 or self.std.ndim > 1 or not np.all(self.std > 0):
            raise ArgumentError(
                f"Normalize: expected mean and std > 0 as numbers or one number a channel, "
                f"got mean={mean} and std={std}"
            )

    def __call__(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the normalised images; `images` is left as it is."""
        if images.ndim < 3:
            raise ShapeError(f"Normalize: expected (..., channels, height, width), got shape {images.shape}")
        channels = images.shape[-3]
        for statistic in (self.mean, self.std):
            if statistic.ndim == 1 and len(statistic) != channels:
                raise ShapeError(
                    f"Normalize: has {len(statistic)} channels, but the images have {channels} "
                    f"(shape {images.shape})"
                )
        normalised: NDArray[np.float32] = np.subtract(images, _over_channels(self.mean), dtype=np.float32)
        normalised /= _over_channels(self.std)
        return normalised

    def __repr__(self) -> str:
        return f"Normalize(mean={self.mean.tolist()}, std={self.std.tolist()})"


def _over_channels(statistic: NDArray[Any]) -> NDArray[Any]:
    return statistic.reshape(-1, 1, 1) if statistic.ndim else statistic
