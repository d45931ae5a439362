"""MNIST and a user's own IDX folder, images handed out as float32, and their normalisation."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd_cnn.data import MNIST, DataLoader, ImageDataset, Normalize
from autograd_cnn.errors import ArgumentError, DataError, DtypeError, ShapeError


def idx(array: np.ndarray) -> bytes:
    code = {"uint8": 8, "int8": 9, "int32": 12, "float32": 13}[array.dtype.name]
    sizes = np.array(array.shape, ">u4").tobytes()
    return bytes([0, 0, code, array.ndim]) + sizes + array.astype(array.dtype.newbyteorder(">")).tobytes()


IMAGES = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
LABELS = np.array([3, 1, 4, 1, 5], dtype=np.uint8)


def folder_of(
    folder: Path,
    images: np.ndarray = IMAGES,
    labels: np.ndarray = LABELS,
    prefix: str = "train",
    joint: str = "-",
    zipped: bool = False,
) -> Path:
    for name, array in ((f"{prefix}-images{joint}idx3", images), (f"{prefix}-labels{joint}idx1", labels)):
        content = idx(array)
        path = folder / f"{name}-ubyte{'.gz' if zipped else ''}"
        path.write_bytes(gzip.compress(content) if zipped else content)
    return folder


def test_the_training_images_have_the_stated_mean_and_std() -> None:
    train = MNIST("train")
    assert train.images.shape == (60000, 1, 28, 28)
    assert train.images.dtype == np.uint8
    histogram = np.bincount(train.images.ravel(), minlength=256)
    values = np.arange(256) / 255
    mean = histogram @ values / histogram.sum()
    std = np.sqrt(histogram @ (values - mean) ** 2 / histogram.sum())
    assert round(mean, 4) == MNIST.MEAN
    assert round(std, 4) == MNIST.STD
    # The counts that the first paper's authors published.
    assert np.bincount(train.labels).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]


def test_the_test_images() -> None:
    test = MNIST("test")
    assert len(test) == 10000
    assert test.labels.dtype == np.int64
    assert np.bincount(test.labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    image, label = test[0]
    assert image.dtype == np.float32
    assert image.shape == (1, 28, 28)
    assert label == 7
    np.testing.assert_array_equal(image, test.images[0] / np.float32(255))


@pytest.mark.parametrize("split", ["train", "test"])
@pytest.mark.parametrize("joint", ["-", "."])
@pytest.mark.parametrize("zipped", [False, True])
def test_a_folder_of_ones_own(tmp_path: Path, split: Any, joint: str, zipped: bool) -> None:
    prefix = {"train": "train", "test": "t10k"}[split]
    dataset = MNIST(split, folder_of(tmp_path, prefix=prefix, joint=joint, zipped=zipped))
    np.testing.assert_array_equal(dataset.images, IMAGES[:, np.newaxis])
    np.testing.assert_array_equal(dataset.labels, LABELS)
    assert dataset[4][0].shape == (1, 7, 3)


def test_labels_of_any_integer_dtype(tmp_path: Path) -> None:
    labels = np.array([100_000, 0, 1, 2, 3], dtype=np.int32)
    assert MNIST("train", folder_of(tmp_path, labels=labels)).labels.tolist() == labels.tolist()


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (IMAGES, LABELS[:4], r"train-labels-idx1-ubyte: 4 labels, but train-images-idx3-ubyte has 5 images"),
        (IMAGES[0], LABELS, r"images-idx3-ubyte: expected images, uint8 \(n, height, width\), got uint8 of"),
        (IMAGES.astype(np.float32), LABELS, r"expected images, uint8 \(n, height, width\), got float32 of"),
        (IMAGES, LABELS[:, None], r"labels-idx1-ubyte: expected labels, integers \(n,\), got .*\(5, 1\)"),
        (IMAGES, LABELS.astype(np.float32), r"expected labels, integers \(n,\), got float32 of shape \(5,\)"),
    ],
)
def test_files_that_are_not_images_and_labels(
    tmp_path: Path, images: np.ndarray, labels: np.ndarray, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        MNIST("train", folder_of(tmp_path, images, labels))


def test_files_that_are_not_there(tmp_path: Path) -> None:
    folder_of(tmp_path)
    with pytest.raises(DataError) as caught:
        MNIST("test", tmp_path)
    for name in ("t10k-images-idx3-ubyte,", "t10k-images-idx3-ubyte.gz,", "t10k-images.idx3-ubyte,"):
        assert name in str(caught.value)
    with pytest.raises(DataError, match="absent: no such folder"):
        MNIST("train", tmp_path / "absent")
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(b"\0\0\x08\1")
    with pytest.raises(DataError, match="train-labels-idx1-ubyte: truncated header"):
        MNIST("train", str(tmp_path))


def test_an_unknown_split() -> None:
    with pytest.raises(ArgumentError, match='expected split "train" or "test", got \'valid\''):
        MNIST("valid")  # type: ignore[arg-type]


def test_a_sample_is_its_row_of_the_batch_with_the_transform_too() -> None:
    dataset = ImageDataset(IMAGES[:, None], LABELS, Normalize(0.3, 0.2))
    images, labels = dataset.get_batch(np.array([4, 0]))
    assert images.dtype == np.float32
    np.testing.assert_allclose(images, (IMAGES[[4, 0], None] / 255 - 0.3) / 0.2, rtol=1e-5, atol=1e-6)
    for index, row in ((4, 0), (-1, 0), (np.int64(0), 1)):
        image, label = dataset[index]
        np.testing.assert_array_equal(image, images[row])
        assert label == labels[row]
    np.testing.assert_array_equal(dataset[:][0][[4, 0]], images)
    with pytest.raises(IndexError):
        dataset[5]


def test_values_reach_exactly_one_and_the_store_is_left_alone() -> None:
    images = np.full((2, 1, 2, 2), 255, dtype=np.uint8)
    dataset = ImageDataset(images, np.zeros(2, int))
    ((batch, _),) = DataLoader(dataset, 2)
    assert (batch == 1).all()
    batch[:] = 0
    assert (images == 255).all()


@pytest.mark.parametrize(
    ("images", "labels", "error", "message"),
    [
        (IMAGES, LABELS, ShapeError, r"images \(n, channels, height, width\), got shape \(5, 7, 3\)"),
        (IMAGES[:, None] / 255, LABELS, DtypeError, "expected uint8 images, got float64"),
        (IMAGES[:, None], LABELS[:3], ShapeError, r"expected 5 labels, one an image, got shape \(3,\)"),
        (IMAGES[:, None], LABELS / 1, DtypeError, "expected integer labels, got float64"),
    ],
)
def test_image_dataset_of_the_wrong_arrays(
    images: Any, labels: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        ImageDataset(images, labels)


def test_normalize_channel_by_channel() -> None:
    images = np.random.default_rng(0).random((4, 3, 5, 6), dtype=np.float32)
    before = images.copy()
    mean, std = images.mean((0, 2, 3)), images.std((0, 2, 3))
    normalised = Normalize(mean.tolist(), std.tolist())(images)
    assert normalised.dtype == np.float32
    np.testing.assert_allclose(normalised.mean((0, 2, 3)), 0, atol=1e-5)
    np.testing.assert_allclose(normalised.std((0, 2, 3)), 1, rtol=1e-5)
    np.testing.assert_array_equal(images, before)
    np.testing.assert_array_equal(Normalize(mean.tolist(), std.tolist())(images[0]), normalised[0])


def test_normalize_of_what_does_not_fit() -> None:
    with pytest.raises(ShapeError, match=r"has 2 channels, but the images have 3 \(shape \(1, 3, 4, 4\)\)"):
        Normalize([0.5, 0.5], 1.0)(np.zeros((1, 3, 4, 4), np.float32))
    with pytest.raises(ShapeError, match=r"got shape \(4, 4\)"):
        Normalize(0.5, 1.0)(np.zeros((4, 4), np.float32))
    for std in (0.0, -1.0, [1.0, 0.0], float("nan")):
        with pytest.raises(ArgumentError, match="std > 0"):
            Normalize(0.5, std)
