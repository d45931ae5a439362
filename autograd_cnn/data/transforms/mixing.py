"""Erasing parts of images, and mixing two images and their labels."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from autograd_cnn.data.transforms.transform import (
    Drawing,
    Images,
    RandomTransform,
    amplitude,
    probability,
)
from autograd_cnn.errors import ArgumentError, ShapeError

__all__ = ["CutMix", "MixUp", "RandomErasing"]

_TRIES = 10  # for a rectangle that fits, as in torchvision


class RandomErasing(RandomTransform):
    """Overwrites a rectangle of each image, with probability ``p``, at a place of its own.

    Its area is drawn from ``scale``, as a share of the image, its height / width from ``ratio``, uniform in
    the logarithm. ``value`` is what it gets: a number, one a channel, or "random" for normal draws. If ten
    rectangles are drawn and none fits, the image stays as it is. Zhong et al., *Random erasing data
    augmentation* (2020). Raises `ArgumentError` for ranges that make no sense.

    >>> from autograd_cnn.data import transforms
    >>> erase = transforms.RandomErasing(p=1, scale=(0.25, 0.25), ratio=(1, 1), generator=0)
    >>> int((erase(np.ones((1, 8, 8), dtype=np.float32)) == 0).sum())
    16
    """

    def __init__(
        self,
        p: float = 0.5,
        scale: Sequence[float] = (0.02, 0.33),
        ratio: Sequence[float] = (0.3, 3.3),
        value: float | Sequence[float] | Literal["random"] = 0.0,
        *,
        generator: np.random.Generator | int | None = None,
    ) -> None:
        super().__init__(generator)
        self.p = probability("RandomErasing", p)
        self.scale = amplitude("RandomErasing", "scale", tuple(scale))
        self.ratio = amplitude("RandomErasing", "ratio", tuple(ratio))
        if not (0 <= self.scale[0] <= self.scale[1] <= 1 and self.ratio[0] > 0):
            raise ArgumentError(
                f"RandomErasing: expected scale within 0 and 1, and ratio above 0, got scale={scale!r} and "
                f"ratio={ratio!r}"
            )
        self.value = value

    def apply(self, images: Images) -> Images:
        """Return the images, those that are drawn with an erased rectangle."""
        count, _, height, width = images.shape
        random = self.random
        drawn = random.random(count) < self.p
        areas = random.uniform(*self.scale, (_TRIES, count)) * height * width
        low, high = (math.log(ratio) for ratio in self.ratio)
        ratios = np.exp(random.uniform(low, high, (_TRIES, count)))
        heights, widths = np.rint(np.sqrt(areas * ratios)), np.rint(np.sqrt(areas / ratios))
        fits = (heights < height) & (widths < width)
        first = fits.argmax(axis=0)
        chosen = np.arange(count)
        drawn &= fits[first, chosen]
        rows, columns = heights[first, chosen] * drawn, widths[first, chosen] * drawn
        top = np.floor(random.random(count) * (height - rows + 1))
        left = np.floor(random.random(count) * (width - columns + 1))
        inside = _rectangles((height, width), top, top + rows, left, left + columns)
        return np.where(inside, self._filling(random, images), images)

    def _filling(self, random: np.random.Generator, images: Images) -> NDArray[Any]:
        if isinstance(self.value, str):
            return random.standard_normal(images.shape).astype(images.dtype)
        value = np.asarray(self.value, images.dtype)
        if value.ndim and len(value) != images.shape[1]:
            raise ShapeError(
                f"RandomErasing: has a value for {len(value)} channels, got images of shape {images.shape}"
            )
        return value.reshape(-1, 1, 1)


class _Mix(Drawing, ABC):
    """Each image with its predecessor in the batch, and the shares of both as targets (N, num_classes)."""

    def __init__(
        self,
        num_classes: int,
        alpha: float = 1.0,
        *,
        generator: np.random.Generator | int | None = None,
    ) -> None:
        super().__init__(generator)
        if not (alpha > 0 and math.isfinite(alpha)):
            raise ArgumentError(f"{type(self).__name__}: expected alpha above 0, got {alpha!r}")
        self.num_classes = num_classes
        self.alpha = alpha

    def __call__(self, images: Images, labels: NDArray[np.integer[Any]]) -> tuple[Images, NDArray[Any]]:
        """Mix images (N, C, H, W) of labels (N,); the targets are the probabilities of the classes."""
        name = type(self).__name__
        if images.ndim != 4 or labels.shape != images.shape[:1]:
            raise ShapeError(
                f"{name}: expected images (N, C, H, W) and labels (N,), got shapes {images.shape} and "
                f"{labels.shape}"
            )
        if labels.size and not 0 <= labels.min() <= labels.max() < self.num_classes:
            raise ArgumentError(
                f"{name}: expected labels from 0 to {self.num_classes - 1}, got {labels.min()} to "
                f"{labels.max()}"
            )
        random = self.random
        shares = random.beta(self.alpha, self.alpha, len(images))
        mixed, shares = self.mix(images, np.roll(images, 1, axis=0), shares, random)
        one_hot = np.eye(self.num_classes, dtype=images.dtype)[labels]
        part = shares.astype(images.dtype)[:, np.newaxis]
        return mixed, one_hot * part + np.roll(one_hot, 1, axis=0) * (1 - part)

    @abstractmethod
    def mix(
        self, images: Images, others: Images, shares: NDArray[Any], random: np.random.Generator
    ) -> tuple[Images, NDArray[Any]]:
        """Return mixed images, and which share (N,) of them is of ``images``."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(num_classes={self.num_classes}, alpha={self.alpha})"


class MixUp(_Mix):
    """Adds each image, and its target, to those of another one: λ x + (1 - λ) x', λ from Beta(alpha, alpha).

    Called with images (N, C, H, W) and labels (N,), it returns images and the targets (N, num_classes) that
    `cross_entropy` takes as probabilities. Each image has a λ of its own, and its predecessor in the batch as
    partner: shuffle the batches. Zhang et al., *mixup: beyond empirical risk minimization* (2018). Raises
    `ArgumentError` and `ShapeError`.

    >>> from autograd_cnn.data import transforms
    >>> images, targets = transforms.MixUp(num_classes=3)(np.ones((2, 1, 4, 4)), np.array([0, 2]))
    >>> images.shape, targets.shape, targets.sum(axis=1)
    ((2, 1, 4, 4), (2, 3), array([1., 1.]))
    """

    def mix(
        self, images: Images, others: Images, shares: NDArray[Any], random: np.random.Generator
    ) -> tuple[Images, NDArray[Any]]:
        """Return λ images + (1 - λ) others, and λ."""
        part = shares.astype(images.dtype)[:, np.newaxis, np.newaxis, np.newaxis]
        return images * part + others * (1 - part), shares


class CutMix(_Mix):
    """Puts a rectangle of another image into each: its share of the area is that of the other's target.

    The area is 1 - λ, λ from Beta(alpha, alpha), and the centre anywhere; what falls outside is cut off.
    Called as `MixUp` is. Yun et al., *CutMix* (2019). Raises `ArgumentError` and `ShapeError`.

    >>> from autograd_cnn.data import transforms
    >>> images, targets = transforms.CutMix(num_classes=3)(np.ones((2, 1, 4, 4)), np.array([0, 2]))
    >>> images.shape, targets.shape, targets.sum(axis=1)
    ((2, 1, 4, 4), (2, 3), array([1., 1.]))
    """

    def mix(
        self, images: Images, others: Images, shares: NDArray[Any], random: np.random.Generator
    ) -> tuple[Images, NDArray[Any]]:
        """Return the images with rectangles of the others, and the share that was left of them."""
        edges = []
        for side in images.shape[2:]:
            centre = random.integers(0, side, len(images))
            half = np.floor(np.sqrt(1 - shares) * side / 2)
            edges += [np.maximum(centre - half, 0), np.minimum(centre + half, side)]
        inside = _rectangles(images.shape[2:], *edges)
        return np.where(inside, others, images), 1 - inside.mean(axis=(1, 2, 3))


def _rectangles(
    size: tuple[int, ...], top: NDArray[Any], bottom: NDArray[Any], left: NDArray[Any], right: NDArray[Any]
) -> NDArray[np.bool_]:
    """Which pixels are inside, (N, 1, H, W): from top and left, to below bottom and right."""
    row, column = np.arange(size[0])[:, np.newaxis], np.arange(size[1])
    top, bottom, left, right = (edge[:, np.newaxis, np.newaxis] for edge in (top, bottom, left, right))
    inside = (top <= row) & (row < bottom) & (left <= column) & (column < right)
    return inside[:, np.newaxis]
