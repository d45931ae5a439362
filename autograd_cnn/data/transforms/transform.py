"""What all transforms have in common: batches or single images, and where random numbers come from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd_cnn.core.random import default_generator
from autograd_cnn.data.generator import as_generator
from autograd_cnn.errors import ArgumentError, DtypeError, ShapeError

__all__ = ["Compose", "Drawing", "Images", "RandomTransform", "Transform", "amplitude", "pair", "probability"]

Images = NDArray[Any]  # floating point


class Transform(ABC):
    """Base of transforms of images: floating point (N, C, H, W), or one image (C, H, W).

    A subclass defines `apply`, which takes a batch and leaves it as it is. Raises `ShapeError` and
    `DtypeError` for anything else.
    """

    @abstractmethod
    def apply(self, images: Images) -> Images:
        """Return the transformed batch (N, C, H, W)."""

    def __call__(self, images: Images) -> Images:
        """Transform a batch (N, C, H, W) or one image (C, H, W), and return it in the same dtype."""
        name = type(self).__name__
        if images.ndim not in (3, 4):
            raise ShapeError(
                f"{name}: expected images (N, C, H, W) or one image (C, H, W), got shape {images.shape}"
            )
        if images.dtype.kind != "f":
            raise DtypeError(
                f"{name}: expected floating point images, got {images.dtype}; ImageDataset makes float32 in "
                "[0, 1] of bytes"
            )
        batch = images if images.ndim == 4 else images[np.newaxis]
        transformed = self.apply(batch) if len(batch) else batch
        return transformed if images.ndim == 4 else transformed[0]

    def __repr__(self) -> str:
        options = ", ".join(f"{key}={value!r}" for key, value in vars(self).items() if key != "generator")
        return f"{type(self).__name__}({options})"


class Drawing:
    """What draws random numbers: from its own generator, or from the present context's."""

    def __init__(self, generator: np.random.Generator | int | None = None) -> None:
        self.generator = None if generator is None else as_generator(generator)

    @property
    def random(self) -> np.random.Generator:
        """What to draw from."""
        return default_generator() if self.generator is None else self.generator


class RandomTransform(Drawing, Transform):
    """Base of random transforms: each image of a batch has draws of its own.

    ``generator`` is a seed or a `numpy.random.Generator`, from which one batch after the other draws. None is
    the generator that `ag.manual_seed` seeds; within a `DataLoader` it is one that the loader seeds for each
    batch, so that a run repeats itself with any number of workers.
    """


class Compose:
    """Transforms one after the other.

    >>> from autograd_cnn.data import transforms
    >>> augment = transforms.Compose([transforms.RandomHorizontalFlip(), transforms.Normalize(0.5, 0.25)])
    >>> augment(np.full((2, 3, 8, 8), 0.5, dtype=np.float32)).max()
    np.float32(0.0)
    """

    def __init__(self, transforms: Sequence[Callable[[Any], Any]]) -> None:
        self.transforms = list(transforms)

    def __call__(self, images: Any) -> Any:
        """Pass the images through all transforms."""
        for transform in self.transforms:
            images = transform(images)
        return images

    def __repr__(self) -> str:
        return f"Compose({self.transforms!r})"


def pair(name: str, what: str, given: Any, least: float = 0) -> tuple[Any, Any]:
    """One number for height and width, or two. Raises `ArgumentError` below ``least``."""
    pair = (given, given) if isinstance(given, int | float) else tuple(given)
    if len(pair) != 2 or not all(value >= least for value in pair):
        raise ArgumentError(f"{name}: expected {what} of at least {least}, one number or two, got {given!r}")
    return pair


def amplitude(name: str, what: str, given: Any) -> tuple[float, float]:
    """A range (low, high); one number a stands for (-a, a). Raises `ArgumentError` if it is none."""
    low, high = (-given, given) if isinstance(given, int | float) else tuple(given)
    if not low <= high:
        raise ArgumentError(
            f"{name}: expected {what} as a number of 0 or more, or as (low, high), got {given!r}"
        )
    return float(low), float(high)


def probability(name: str, p: float) -> float:
    """A probability. Raises `ArgumentError` if it is none."""
    if not 0 <= p <= 1:
        raise ArgumentError(f"{name}: expected a probability p from 0 to 1, got {p!r}")
    return p
