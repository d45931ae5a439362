"""Labelled images as a dataset, and MNIST, which ships with the package."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from autograd_cnn.data.dataset import Dataset
from autograd_cnn.data.idx import read_idx
from autograd_cnn.errors import ArgumentError, DataError, DtypeError, ShapeError

__all__ = ["MNIST", "ImageDataset"]

Transform = Callable[[NDArray[np.float32]], NDArray[np.float32]]


class ImageDataset(Dataset):
    """Images stored as uint8, handed out as float32 in [0, 1], each with an integer label.

    Parameters
    ----------
    images
        uint8 (n, channels, height, width); shared, not copied.
    labels
        integers (n,).
    transform
        Applied to each batch that is fetched, float32 (n, channels, height, width) in [0, 1], at once, for
        instance `Normalize`. A single sample goes through it as a batch of one.

    An integer gives one sample ``(image, label)``; a slice or an index array gives a batch. Keeping uint8 and
    converting a batch at a time costs 4 times less memory than storing float32, and loading costs nothing.

    Raises
    ------
    ShapeError, DtypeError
        if images or labels are not as above, or differ in number.

    Examples
    --------
    >>> dataset = ImageDataset(np.full((3, 1, 2, 2), 255, np.uint8), np.array([7, 8, 9]))
    >>> image, label = dataset[2]
    >>> image.shape, image.max(), label
    ((1, 2, 2), np.float32(1.0), np.int64(9))
    >>> images, labels = dataset[:2]
    >>> images.shape, labels
    ((2, 1, 2, 2), array([7, 8]))
    """

    def __init__(
        self, images: NDArray[np.uint8], labels: NDArray[np.integer[Any]], transform: Transform | None = None
    ) -> None:
        if images.ndim != 4:
            raise ShapeError(
                f"ImageDataset: expected images (n, channels, height, width), got shape {images.shape}"
            )
        if images.dtype != np.uint8:
            raise DtypeError(f"ImageDataset: expected uint8 images, got {images.dtype}")
        if labels.shape != images.shape[:1]:
            raise ShapeError(
                f"ImageDataset: expected {len(images)} labels, one an image, got shape {labels.shape}"
            )
        if labels.dtype.kind not in "iu":
            raise DtypeError(f"ImageDataset: expected integer labels, got {labels.dtype}")
        self.images = images
        self.labels = labels.astype(np.int64)
        self.transform = transform

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: Any, /) -> tuple[NDArray[np.float32], Any]:
        if isinstance(index, int | np.integer):
            images, labels = self.get_batch(np.array([index]))
            return images[0], labels[0]
        return self.get_batch(index)

    def get_batch(self, indices: NDArray[np.intp] | slice) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Return images, float32 (n, channels, height, width), and labels, int64 (n,), at `indices`."""
        images = np.divide(self.images[indices], 255, dtype=np.float32)
        if self.transform is not None:
            images = self.transform(images)
        return images, self.labels[indices]


class MNIST(ImageDataset):
    """The 60 000 training or 10 000 test images of handwritten digits, or a user's own in the same files.

    Parameters
    ----------
    split
        ``"train"`` or ``"test"``.
    data_dir
        A folder of IDX files named as MNIST's (``train-images-idx3-ubyte``, ``train-labels-idx1-ubyte``,
        ``t10k-…``; also ``train-images.idx3-ubyte``), each with or without ``.gz``. Its images may have any
        height and width, its labels any integer dtype. None is the copy of MNIST in this package.
    transform
        Applied to each batch; see `ImageDataset`. ``Normalize(MNIST.MEAN, MNIST.STD)`` gives the training
        images mean 0 and standard deviation 1.

    Attributes
    ----------
    images
        uint8 (n, 1, height, width), 28 × 28 in MNIST, light digits on black.
    labels
        int64 (n,).

    Raises
    ------
    ArgumentError
        if there is no such split.
    DataError
        if a file is missing, cannot be read (see `read_idx`), is not an array of images or of labels, or if
        there are not as many labels as images.

    Source: Y. LeCun, C. Cortes and C. J. C. Burges, *The MNIST database of handwritten digits*; see
    ``mnist/README.md`` beside this module for the licence.

    Examples
    --------
    >>> test = MNIST("test")
    >>> image, label = test[0]
    >>> len(test), image.shape, image.dtype, label
    (10000, (1, 28, 28), dtype('float32'), np.int64(7))
    """

    MEAN = 0.1307  # of the training images in [0, 1]; a test recomputes both
    STD = 0.3081

    def __init__(
        self,
        split: Literal["train", "test"] = "train",
        data_dir: str | os.PathLike[str] | None = None,
        transform: Transform | None = None,
    ) -> None:
        prefixes = {"train": "train", "test": "t10k"}
        if split not in prefixes:
            raise ArgumentError(f'MNIST: expected split "train" or "test", got {split!r}')
        folder = Path(__file__).parent / "mnist" if data_dir is None else Path(data_dir)
        images_path = _find(folder, f"{prefixes[split]}-images", "idx3-ubyte")
        labels_path = _find(folder, f"{prefixes[split]}-labels", "idx1-ubyte")

        images, labels = read_idx(images_path), read_idx(labels_path)
        if images.ndim != 3 or images.dtype != np.uint8:
            raise DataError(
                f"{images_path}: expected images, uint8 (n, height, width), "
                f"got {images.dtype} of shape {images.shape}"
            )
        if labels.ndim != 1 or labels.dtype.kind not in "iu":
            raise DataError(
                f"{labels_path}: expected labels, integers (n,), got {labels.dtype} of shape {labels.shape}"
            )
        if len(images) != len(labels):
            raise DataError(
                f"{labels_path}: {len(labels)} labels, but {images_path.name} has {len(images)} images; "
                "expected one label an image"
            )
        super().__init__(images[:, np.newaxis], labels, transform)


def _find(folder: Path, stem: str, suffix: str) -> Path:
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder; expected one of IDX files, as {stem}-{suffix}.gz")
    names = [f"{stem}{joint}{suffix}{ending}" for joint in "-." for ending in ("", ".gz")]
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise DataError(f"{folder}: no {stem} file; looked for {', '.join(names)}")
