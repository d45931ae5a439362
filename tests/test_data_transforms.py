"""Transforms of images: against Pillow and colorsys, by what must stay, and by their draws."""

from __future__ import annotations

import colorsys
from typing import Any

import numpy as np
import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import autograd_cnn as ag
from autograd_cnn.data import DataLoader, ImageDataset, transforms
from autograd_cnn.data.transforms import RandomTransform
from autograd_cnn.errors import ArgumentError, DtypeError, ShapeError

EVERY = [
    transforms.CenterCrop(6),
    transforms.ColorJitter(0.5, 0.5, 0.5, 0.2),
    transforms.RandomAffine(20, (0.1, 0.2), (0.8, 1.2), 10),
    transforms.RandomCrop(6, padding=1),
    transforms.RandomErasing(1),
    transforms.RandomHorizontalFlip(),
    transforms.RandomRotation(20),
    transforms.RandomVerticalFlip(),
    transforms.Resize((5, 7)),
]
RANDOM = [transform for transform in EVERY if isinstance(transform, RandomTransform)]


def name_of(transform: Any) -> str:
    return type(transform).__name__


def batch(count: int = 4, channels: int = 3, height: int = 8, width: int = 9, dtype: Any = np.float32) -> Any:
    return np.random.default_rng(0).random((count, channels, height, width)).astype(dtype)


# --- What holds of all --------------------------------------------------------------------------------


@pytest.mark.parametrize("transform", EVERY, ids=name_of)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_batches_and_single_images_keep_their_dtype_and_are_left_alone(transform: Any, dtype: Any) -> None:
    images = batch(dtype=dtype)
    before = images.copy()
    images.flags.writeable = False
    transformed = transform(images)
    assert transformed.dtype == dtype
    assert transformed.ndim == 4
    assert transformed.shape[:2] == (4, 3)
    assert not np.shares_memory(transformed, images)
    np.testing.assert_array_equal(images, before)
    assert transform(images[0]).shape == transformed.shape[1:]
    assert transform(images[:, :1]).shape == (4, 1, *transformed.shape[2:])
    assert len(transform(images[:0])) == 0
    assert np.isfinite(transformed).all()


@pytest.mark.parametrize("transform", EVERY, ids=name_of)
def test_what_is_no_image_is_an_error(transform: Any) -> None:
    with pytest.raises(ShapeError, match=r"expected images \(N, C, H, W\) or one image"):
        transform(np.zeros((8, 8)))
    with pytest.raises(DtypeError, match="expected floating point images, got uint8"):
        transform(np.zeros((3, 8, 8), np.uint8))


@pytest.mark.parametrize("transform", RANDOM, ids=name_of)
def test_the_seed_repeats_the_draws_and_images_differ(transform: Any) -> None:
    same = np.repeat(batch(1), 16, axis=0)
    ag.manual_seed(3)
    first = transform(same)
    assert not np.array_equal(transform(same), first)
    ag.manual_seed(3)
    np.testing.assert_array_equal(transform(same), first)
    assert len(np.unique(first, axis=0)) > 1


def test_a_transform_with_a_seed_of_its_own_is_independent_of_the_others() -> None:
    images = batch(16)
    first, second = (transforms.RandomCrop(5, generator=7) for _ in range(2))
    ag.manual_seed(0)
    drawn = [first(images), first(images)]
    ag.manual_seed(1)
    np.testing.assert_array_equal([second(images), second(images)], drawn)
    assert not np.array_equal(drawn[0], drawn[1])


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_a_loader_repeats_its_variations_with_any_number_of_workers(workers: int) -> None:
    images = np.random.default_rng(0).integers(0, 256, (20, 1, 8, 8)).astype(np.uint8)
    augment = transforms.Compose([transforms.RandomAffine(20), transforms.RandomErasing(1)])
    dataset = ImageDataset(images, np.arange(20), augment)

    def epochs(**options: Any) -> list[Any]:
        loader = DataLoader(dataset, 6, shuffle=True, generator=5, **options)
        return [[(labels.tolist(), made) for made, labels in loader] for _ in range(2)]

    expected, made = epochs(), epochs(num_workers=workers, prefetch_factor=1)
    for one, other in zip(expected, made, strict=True):
        for (labels, these), (others, those) in zip(one, other, strict=True):
            assert labels == others
            np.testing.assert_array_equal(these, those)
    assert not np.array_equal(expected[0][0][1], expected[1][0][1])


def test_compose_goes_from_first_to_last() -> None:
    compose = transforms.Compose([transforms.CenterCrop(4), transforms.Normalize(0.5, 0.5)])
    images = batch()
    np.testing.assert_array_equal(compose(images), (images[:, :, 2:6, 2:6] - 0.5) / np.float32(0.5))
    assert repr(compose) == "Compose([CenterCrop(size=(4, 4)), Normalize(mean=0.5, std=0.5)])"


# --- Crops, flips and sizes -----------------------------------------------------------------------------


def test_a_random_crop_is_a_part_and_every_place_occurs() -> None:
    image = np.arange(12.0).reshape(1, 1, 3, 4)
    parts = transforms.RandomCrop((2, 3), generator=0)(np.repeat(image, 100, axis=0))
    expected = {image[0, 0, r : r + 2, c : c + 3].tobytes() for r in range(2) for c in range(2)}
    assert {part[0].tobytes() for part in parts} == expected


def test_padding_of_a_random_crop() -> None:
    image = np.ones((1, 1, 1))
    framed = transforms.RandomCrop((5, 3), padding=(1, 2))(image)
    np.testing.assert_array_equal(framed, np.pad(image, ((0, 0), (2, 2), (1, 1))))
    assert transforms.RandomCrop((1, 3), padding=(2, 0, 0, 0), fill=7)(image).tolist() == [[[7, 7, 1]]]
    assert (transforms.RandomCrop(3, padding=1, padding_mode="edge")(image) == np.ones((1, 3, 3))).all()
    needed = transforms.RandomCrop(3, pad_if_needed=True)(np.ones((1, 1, 4)))
    assert needed.shape == (1, 3, 3)
    assert needed.sum() == 3
    with pytest.raises(ShapeError, match="at least 3 × 3 pixels, got shape"):
        transforms.RandomCrop(3)(image)


@pytest.mark.parametrize(("flip", "axis"), [("RandomHorizontalFlip", 3), ("RandomVerticalFlip", 2)])
def test_flips(flip: str, axis: int) -> None:
    images = batch(400, 1, 4, 4)
    make = getattr(transforms, flip)
    np.testing.assert_array_equal(make(1)(images), np.flip(images, axis))
    np.testing.assert_array_equal(make(0)(images), images)
    flipped = (make(0.25, generator=0)(images) != images).any(axis=(1, 2, 3))
    assert 0.17 < flipped.mean() < 0.33


@examples(30)
@given(
    before=st.tuples(st.integers(1, 12), st.integers(1, 12)),
    after=st.tuples(st.integers(1, 12), st.integers(1, 12)),
)
def test_resize_is_that_of_pillow(before: tuple[int, int], after: tuple[int, int]) -> None:
    image = np.random.default_rng(0).random((1, 1, *before)).astype(np.float32)
    resized = transforms.Resize(after)(image)[0, 0]
    expected = Image.fromarray(image[0, 0]).resize(after[::-1], Image.Resampling.BILINEAR)
    np.testing.assert_allclose(resized, np.asarray(expected), atol=1e-5)


def test_resize_to_a_shorter_side_keeps_the_shape() -> None:
    assert transforms.Resize(4)(batch(height=8, width=14)).shape == (4, 3, 4, 7)
    assert transforms.Resize(4)(batch(height=14, width=8)).shape == (4, 3, 7, 4)


# --- Moves ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_quarter_turns_are_exact_and_counterclockwise(turns: int) -> None:
    images = batch(2, 3, 6, 6, np.float64)
    turned = transforms.RandomRotation((90 * turns, 90 * turns))(images)
    np.testing.assert_allclose(turned, np.rot90(images, turns, axes=(2, 3)), atol=1e-12)


def test_a_move_by_whole_pixels_scaling_and_shearing() -> None:
    image = np.zeros((1, 1, 5, 5))
    image[0, 0, 1:4, 2] = 1
    moved = transforms.RandomAffine(0, (0.4, 0), generator=0)(np.repeat(image, 200, axis=0))
    centres = (moved * np.arange(5)).sum(axis=(1, 2, 3)) / 3
    assert centres.min() < 0.2  # two pixels to the left …
    assert centres.max() > 3.8  # … or right, and anything between
    assert abs(centres.mean() - 2) < 0.2
    np.testing.assert_allclose(moved.sum(axis=(1, 2, 3)), 3)
    larger = transforms.RandomAffine(0, scale=(3, 3))(image)
    assert larger[0, 0, :, 2].tolist() == [1] * 5
    leaning = transforms.RandomAffine(0, shear=(45, 45))(image)[0, 0]
    np.testing.assert_allclose(leaning, np.eye(5)[:, ::-1] * [[0], [1], [1], [1], [0]], atol=1e-12)


def test_what_comes_in_from_outside_is_fill() -> None:
    gone = transforms.RandomAffine(0, (1, 1), fill=0.25, generator=0)(np.ones((50, 1, 4, 4)))
    assert gone.min() == 0.25
    assert gone.max() == 1
    tiny = transforms.RandomAffine(0, scale=(1e-3, 1e-3), fill=0.25)(np.ones((1, 1, 4, 4)))
    assert (tiny == 0.25).all()


@examples(20)
@given(seed=st.integers(0, 1000))
def test_moves_are_those_of_pillow(seed: int) -> None:
    """The inverse map of one image, given to Pillow, which interpolates in the same way inside."""
    image = np.zeros((1, 1, 16, 16), np.float32)
    image[:, :, 5:11, 5:11] = np.random.default_rng(seed).random((6, 6))
    affine = transforms.RandomAffine(30, (0.1, 0.1), (0.8, 1.2), 15, generator=seed)
    angle, shear = (
        np.radians(affine.random.uniform(*limits, 1)[0]) for limits in (affine.degrees, affine.shear)
    )
    scale = affine.random.uniform(*affine.scale, 1)[0]
    move = affine.random.uniform(-1, 1, (2, 1))[:, 0] * 1.6
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    forward = scale * rotation @ np.array([[1, 0], [-np.tan(shear), 1]])
    inverse = np.linalg.inv(forward)
    offset = 8 - inverse @ (8 + move)  # the pixels of Pillow have their centres at 0.5
    data = (*inverse[1, ::-1], offset[1], *inverse[0, ::-1], offset[0])
    expected = Image.fromarray(image[0, 0]).transform(
        (16, 16), Image.Transform.AFFINE, data, Image.Resampling.BILINEAR
    )
    moved = transforms.RandomAffine(30, (0.1, 0.1), (0.8, 1.2), 15, generator=seed)(image)[0, 0]
    np.testing.assert_allclose(moved, np.asarray(expected), atol=1e-4)


# --- Colours --------------------------------------------------------------------------------------------


def test_hue_is_that_of_colorsys() -> None:
    images = batch(dtype=np.float64)
    images[0, :, 0, 0] = 0.5  # grey
    turned = transforms.ColorJitter(hue=(0.3, 0.3))(images)
    for pixel, changed in zip(
        images.transpose(0, 2, 3, 1).reshape(-1, 3), turned.transpose(0, 2, 3, 1).reshape(-1, 3), strict=True
    ):
        hue, saturation, value = colorsys.rgb_to_hsv(*pixel)
        np.testing.assert_allclose(
            changed, colorsys.hsv_to_rgb((hue + 0.3) % 1, saturation, value), atol=1e-12
        )


def test_brightness_contrast_and_saturation() -> None:
    images = batch(dtype=np.float64)
    grey = np.tensordot([0.2989, 0.587, 0.114], images, axes=([0], [1]))[:, np.newaxis]
    jitter = transforms.ColorJitter
    np.testing.assert_allclose(jitter(brightness=(0.5, 0.5))(images), images * 0.5)
    np.testing.assert_allclose(jitter(brightness=(3, 3))(images), np.minimum(images * 3, 1))
    np.testing.assert_allclose(jitter(saturation=(0, 0))(images), np.repeat(grey, 3, axis=1))
    flat = jitter(contrast=(0, 0))(images)
    np.testing.assert_allclose(flat, np.broadcast_to(grey.mean(axis=(1, 2, 3), keepdims=True), flat.shape))
    np.testing.assert_array_equal(jitter()(images), images)
    one = images[:, :1]
    np.testing.assert_allclose(jitter(saturation=0.5, hue=0.5)(one), one)
    assert jitter(brightness=3).brightness == (0, 4)


# --- Erasing and mixing ---------------------------------------------------------------------------------


def test_erasing_overwrites_one_rectangle_within_its_limits() -> None:
    images = np.ones((300, 2, 20, 30), np.float32)
    erased = transforms.RandomErasing(0.5, (0.1, 0.2), (0.5, 2), value=(3, 4), generator=0)(images)
    changed = (erased != images).any(axis=1)
    assert 0.4 < changed.any(axis=(1, 2)).mean() < 0.6
    for image, mask in zip(erased, changed, strict=True):
        if mask.any():
            rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
            part = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
            assert part.all()
            assert 0.08 < part.size / 600 < 0.22
            assert 0.4 < part.shape[0] / part.shape[1] < 2.5
            assert (image[:, mask] == [[3], [4]]).all()
    assert changed.any(axis=0).mean() > 0.95  # all over the image


def test_erasing_with_noise_and_rectangles_that_never_fit() -> None:
    images = np.zeros((1, 1, 20, 20))
    noise = transforms.RandomErasing(1, (0.5, 0.5), (1, 1), "random", generator=0)(images)
    assert abs(noise[noise != 0].std() - 1) < 0.2
    np.testing.assert_array_equal(transforms.RandomErasing(1, (1, 1), (1, 1), 5)(images), images)
    with pytest.raises(ShapeError, match="has a value for 3 channels"):
        transforms.RandomErasing(1, value=(1, 2, 3))(images)


@pytest.mark.parametrize("mix", [transforms.MixUp, transforms.CutMix])
def test_targets_are_the_shares_of_the_images(mix: Any) -> None:
    labels = np.arange(50) % 7
    # Each image is of one grey, its label: what is in the mixture can be read off it.
    images = np.broadcast_to(labels[:, np.newaxis, np.newaxis, np.newaxis], (50, 2, 8, 8)).astype(np.float32)
    mixed, targets = mix(7, generator=0)(images, labels)
    assert mixed.dtype == targets.dtype == np.float32
    np.testing.assert_allclose(targets.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(targets @ np.arange(7), mixed.mean(axis=(1, 2, 3)), atol=1e-5)
    assert ((targets > 0).sum(axis=1) <= 2).all()
    assert 0.3 < targets[np.arange(50), labels].mean() < 0.85  # more than half, where CutMix cuts off
    assert len(np.unique(targets.max(axis=1))) > 10


def test_a_small_alpha_mixes_little() -> None:
    _, targets = transforms.MixUp(4, alpha=0.05, generator=0)(batch(50), np.arange(50) % 4)
    assert np.median(targets.max(axis=1)) > 0.99


# --- Mistakes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: transforms.CenterCrop(0),
            "CenterCrop: expected size of at least 1, one number or two",
        ),
        (lambda: transforms.RandomCrop((1, 2, 3)), "RandomCrop: expected size"),
        (lambda: transforms.RandomCrop(3, padding=-1), "expected padding of 0 or more pixels"),
        (lambda: transforms.RandomCrop(3, padding=(1, 2, 3)), "one number, two or four"),
        (
            lambda: transforms.RandomCrop(3, padding_mode="zeros"),
            "padding_mode of constant, .* got 'zeros'",
        ),
        (lambda: transforms.RandomHorizontalFlip(2), "RandomHorizontalFlip: expected a probability p"),
        (lambda: transforms.RandomRotation(-5), "RandomRotation: expected degrees as a number of 0 or more"),
        (lambda: transforms.RandomRotation((5, -5)), r"or as \(low, high\), got \(5, -5\)"),
        (lambda: transforms.RandomAffine(0, translate=(2, 0)), "translate as two shares from 0 to 1"),
        (lambda: transforms.RandomAffine(0, scale=(0, 1)), "expected a scale above 0"),
        (lambda: transforms.ColorJitter(hue=0.6), "hue within -0.5 and 0.5"),
        (lambda: transforms.ColorJitter(contrast=-1), "contrast of 0 or more"),
        (lambda: transforms.ColorJitter(saturation=(-1, 1)), "saturation of 0 or more"),
        (lambda: transforms.RandomErasing(scale=(0.5, 2)), "scale within 0 and 1"),
        (lambda: transforms.RandomErasing(ratio=(0, 1)), "ratio above 0"),
        (lambda: transforms.MixUp(3, alpha=0), "MixUp: expected alpha above 0, got 0"),
        (lambda: transforms.Resize((3, 0)), "Resize: expected size"),
        (lambda: transforms.RandomCrop(3, generator="x"), "generator: expected a seed"),
        (
            lambda: transforms.CutMix(2)(batch(), np.array([0, 1, 2, 0])),
            "expected labels from 0 to 1",
        ),
    ],
)
def test_arguments_that_make_no_sense(call: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        call()


def test_shapes_that_do_not_fit() -> None:
    with pytest.raises(ShapeError, match=r"images \(N, C, H, W\) and labels \(N,\)"):
        transforms.MixUp(3)(batch(), np.zeros(3, int))
    with pytest.raises(ShapeError, match="1 or 3 channels"):
        transforms.ColorJitter(1)(batch(channels=2))
    with pytest.raises(ShapeError, match="CenterCrop: expected images of at least 9 × 9 pixels"):
        transforms.CenterCrop(9)(batch())
