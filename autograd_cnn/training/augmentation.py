"""Ways to vary the training images, by name."""

from __future__ import annotations

from autograd_cnn.data.transforms import RandomAffine, Transform

__all__ = ["AUGMENTATIONS"]

AUGMENTATIONS: dict[str, Transform | None] = {
    "none": None,
    # What handwriting does anyway: no digit becomes another one.
    "affine": RandomAffine(degrees=15, translate=(0.1, 0.1), scale=(0.9, 1.1), shear=15),
}
"""Transforms of batches of greyscale images; they draw from the loader's generator."""
