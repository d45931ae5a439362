"""Transforms of images, with the names of torchvision: callables from batches of arrays to batches.

A batch is floating point (N, C, H, W); one image (C, H, W) will do, too. The random ones treat each image of
a batch differently, all at once.
"""

from autograd_cnn.data.transforms.color import ColorJitter
from autograd_cnn.data.transforms.crops import (
    CenterCrop,
    RandomCrop,
    RandomHorizontalFlip,
    RandomVerticalFlip,
    Resize,
)
from autograd_cnn.data.transforms.geometry import RandomAffine, RandomRotation
from autograd_cnn.data.transforms.mixing import CutMix, MixUp, RandomErasing
from autograd_cnn.data.transforms.normalize import Normalize
from autograd_cnn.data.transforms.transform import Compose, RandomTransform, Transform

__all__ = [
    "CenterCrop",
    "ColorJitter",
    "Compose",
    "CutMix",
    "MixUp",
    "Normalize",
    "RandomAffine",
    "RandomCrop",
    "RandomErasing",
    "RandomHorizontalFlip",
    "RandomRotation",
    "RandomTransform",
    "RandomVerticalFlip",
    "Resize",
    "Transform",
]
