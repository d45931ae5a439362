"""Pictures of digits: read in every mode, prepared as MNIST was, and every unreadable one refused."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from autograd_cnn.data import MNIST, prepare_digit, read_digit, read_image
from autograd_cnn.errors import DataError, DtypeError, ShapeError


def drawn(
    digit: int, size: int, light_on_dark: bool = False, canvas: float = 2, at: float = 0.5
) -> Image.Image:
    """A digit in Pillow's own font, `size` high, on a canvas of `canvas` times its size."""
    font = ImageFont.load_default(size)
    paper, ink = (20, 230) if light_on_dark else (240, 30)
    image = Image.new("L", (round(size * canvas), round(size * canvas)), paper)
    offset = (canvas - 1) * size * at
    ImageDraw.Draw(image).text((offset + size * 0.2, offset - size * 0.1), str(digit), fill=ink, font=font)
    return image


def agreement(digit: np.ndarray, other: np.ndarray) -> float:
    """Correlation of two images of 28 × 28, at best over shifts of one pixel: centring rounds to pixels."""
    shifts = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    shifted = [np.roll(digit.reshape(28, 28), shift, (0, 1)).ravel() for shift in shifts]
    return max(float(np.corrcoef(image, other.ravel())[0, 1]) for image in shifted)


def assert_like_mnist(digit: np.ndarray) -> None:
    assert digit.shape == (1, 28, 28)
    assert digit.dtype == np.float32
    assert digit.min() == 0
    assert digit.max() == 1
    ys, xs = np.nonzero(digit[0] > 0.1)
    assert 18 <= max(np.ptp(ys), np.ptp(xs)) + 1 <= 20
    assert 0.03 < digit.mean() < 0.35  # MNIST: 0.02 to 0.38
    profile = np.arange(28)
    for axis in (0, 1):
        mass = digit[0].sum(axis=axis)
        assert abs(profile @ mass / mass.sum() - 14) <= 0.51  # rounded to whole pixels


@examples(60)
@given(
    digit=st.integers(0, 9),
    size=st.integers(16, 400),
    light_on_dark=st.booleans(),
    canvas=st.floats(1.2, 3),
    at=st.floats(0, 1),
)
def test_drawn_digits_come_out_like_mnist(
    digit: int, size: int, light_on_dark: bool, canvas: float, at: float
) -> None:
    assert_like_mnist(prepare_digit(np.asarray(drawn(digit, size, light_on_dark, canvas, at))))


@examples(30)
@given(digit=st.integers(0, 9), light_on_dark=st.booleans(), seed=st.integers(0, 1000))
def test_size_place_light_and_polarity_do_not_matter(digit: int, light_on_dark: bool, seed: int) -> None:
    plain = prepare_digit(np.asarray(drawn(digit, 200)))
    rng = np.random.default_rng(seed)
    scene = np.asarray(drawn(digit, 150, light_on_dark, canvas=3, at=rng.random()), np.float32) / 255
    side = np.linspace(-0.5, 0.5, len(scene))
    lit = (
        scene * 0.7 + 0.15 + 0.1 * rng.uniform(-1, 1) * side + 0.1 * rng.uniform(-1, 1) * side[:, np.newaxis]
    )
    photograph = np.clip(lit + rng.normal(0, 0.02, scene.shape), 0, 1)
    assert agreement(prepare_digit(photograph), plain) > 0.9


def test_mnist_survives_being_a_big_picture(tmp_path: Path) -> None:
    test = MNIST("test")
    agreements = []
    for index in range(0, 100, 4):
        original = test.images[index, 0]
        big = Image.fromarray(255 - original).resize((560, 560), Image.Resampling.NEAREST)
        Image.merge("RGB", [big] * 3).save(tmp_path / "digit.png")
        agreements.append(agreement(read_digit(tmp_path / "digit.png"), original))
    assert np.mean(agreements) > 0.96
    assert min(agreements) > 0.8  # the faint end of a stroke may fall outside the box


def test_a_tight_crop_keeps_its_polarity() -> None:
    original = MNIST("test").images[0, 0]
    rows, columns = np.flatnonzero(original.any(axis=1)), np.flatnonzero(original.any(axis=0))
    crop = original[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    for picture in (crop, 255 - crop):
        assert agreement(prepare_digit(picture), original) > 0.9


def test_a_lopsided_digit_stays_inside() -> None:
    page = np.zeros((100, 100))
    page[10:90, 48:52] = 1
    page[10:40, 10:90] = 1  # a heavy T: its centre of mass is far above its middle
    digit = prepare_digit(page)[0]
    assert digit.max() == 1
    assert np.flatnonzero(digit.any(axis=1)).size == 20


@pytest.mark.parametrize("shape", [(1, 1), (50, 70), (1, 40)])
@pytest.mark.parametrize("grey", [0.0, 0.4, 1.0])
def test_a_blank_picture(shape: tuple[int, int], grey: float) -> None:
    with pytest.raises(DataError, match="the image is blank: expected a digit"):
        prepare_digit(np.full(shape, grey))


def test_shading_and_faint_noise_are_blank() -> None:
    paper = np.linspace(0.3, 0.9, 200) + np.random.default_rng(0).normal(0, 0.01, (100, 200))
    with pytest.raises(DataError, match="blank"):
        prepare_digit(paper)


@pytest.mark.parametrize(
    ("image", "error", "message"),
    [
        (np.zeros((3, 4, 5)), ShapeError, r"greyscale image \(height, width\), got shape \(3, 4, 5\)"),
        (np.zeros((0, 4)), ShapeError, r"got shape \(0, 4\)"),
        (np.zeros((4, 4), np.int32), DtypeError, r"uint8 or floating point in \[0, 1\], got int32"),
        (np.full((4, 4), 200.0), DataError, r"values in \[0, 1\], got 200 to 200"),
        (np.full((4, 4), np.nan), DataError, r"values in \[0, 1\], got nan to nan"),
    ],
)
def test_an_array_that_is_no_picture(image: np.ndarray, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        prepare_digit(image)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32))
def test_any_picture_is_a_digit_or_blank(height: int, width: int, seed: int) -> None:
    noise = np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)
    with contextlib.suppress(DataError):
        digit = prepare_digit(noise)
        assert digit.shape == (1, 28, 28)
        assert np.isfinite(digit).all()
        assert digit.max() == 1


GREY = np.random.default_rng(1).integers(0, 256, (11, 17), dtype=np.uint8)


def saved(path: Path, image: Image.Image, **options: Any) -> np.ndarray:
    image.save(path, **options)
    return read_image(path)


def test_modes_without_transparency(tmp_path: Path) -> None:
    grey = Image.fromarray(GREY)
    expected = GREY / np.float32(255)
    for mode in ("L", "RGB", "P"):
        read = saved(tmp_path / f"{mode}.png", grey.convert(mode))
        assert read.dtype == np.float32
        np.testing.assert_allclose(read, expected, atol=1e-6)
    np.testing.assert_array_equal(
        saved(tmp_path / "1.png", grey.convert("1", dither=Image.Dither.NONE)), GREY > 127
    )
    deep = saved(tmp_path / "16.png", Image.fromarray(GREY.astype(np.uint16) * 250 + 100))
    np.testing.assert_allclose(deep, (GREY * 250.0 + 100) / 65535, atol=1e-6)
    for mode in ("L", "RGB", "CMYK"):
        flat = Image.new("L", (16, 16), 200).convert("RGB").convert(mode)
        np.testing.assert_allclose(saved(tmp_path / f"{mode}.jpg", flat), 200 / 255, atol=0.01)


def test_transparency_is_shown_on_white(tmp_path: Path) -> None:
    alpha = np.tile(np.array([0, 128, 255], dtype=np.uint8), (4, 1))
    on_white = np.tile(np.array([1, 1 - 128 / 255, 0], dtype=np.float32), (4, 1))
    black = Image.new("L", (3, 4), 0)
    for mode in ("LA", "RGBA"):
        image = black.convert(mode)
        image.putalpha(Image.fromarray(alpha))
        np.testing.assert_allclose(saved(tmp_path / f"{mode}.png", image), on_white, atol=0.005)
    palette = Image.fromarray(np.tile(np.array([0, 1, 1], dtype=np.uint8), (4, 1))).convert("P")
    palette.putpalette([0, 0, 0, 51, 51, 51])
    read = saved(tmp_path / "P.png", palette, transparency=0)
    np.testing.assert_allclose(read, np.tile([1, 0.2, 0.2], (4, 1)), atol=0.005)
    clear = int(GREY[0, 0])
    read = saved(tmp_path / "L.png", Image.fromarray(GREY), transparency=clear)
    np.testing.assert_allclose(read, np.where(clear == GREY, 255, GREY) / 255, atol=1e-6)


def test_exif_rotation_is_applied(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: rotate by 90 degrees clockwise to see it upright
    read = saved(tmp_path / "turned.png", Image.fromarray(GREY), exif=exif)
    np.testing.assert_allclose(read, np.rot90(GREY, -1) / np.float32(255), atol=1e-6)


def encoded(form: str) -> bytes:
    buffer = io.BytesIO()
    drawn(5, 40).save(buffer, form)
    return buffer.getvalue()


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_a_truncated_picture_is_a_data_error(tmp_path: Path, form: str) -> None:
    content, path = encoded(form), tmp_path / "cut"
    for length in range(0, len(content) * 9 // 10, 7):
        path.write_bytes(content[:length])
        with pytest.raises(DataError) as caught:
            read_image(path)
        assert str(caught.value).startswith(f"{path}: ")
        assert "\n" not in str(caught.value)


@given(form=st.sampled_from(["PNG", "JPEG"]), data=st.data())
def test_damage_never_escapes_data_error(tmp_path: Path, form: str, data: st.DataObject) -> None:
    content = bytearray(encoded(form))
    for _ in range(3):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "damaged"
    path.write_bytes(content)
    with contextlib.suppress(DataError):
        read_image(path)


def test_files_that_are_no_picture(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"absent\.png: No such file or directory"):
        read_image(tmp_path / "absent.png")
    with pytest.raises(DataError, match="Is a directory"):
        read_image(tmp_path)
    (tmp_path / "text.png").write_text("not a picture")
    with pytest.raises(DataError, match=r"text\.png: not a PNG or JPEG image"):
        read_image(tmp_path / "text.png")
    drawn(5, 40).save(tmp_path / "five.gif")
    with pytest.raises(DataError, match=r"five\.gif: not a PNG or JPEG image"):
        read_image(tmp_path / "five.gif")


@pytest.mark.parametrize("factor", [1.5, 3])  # Pillow warns above its limit, and raises above twice
def test_a_decompression_bomb_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, factor: float
) -> None:
    drawn(5, 100).save(tmp_path / "bomb.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", int(200 * 200 / factor))
    with pytest.raises(DataError, match=r"bomb\.png: has more than the \d+ pixels that are safe to read"):
        read_image(tmp_path / "bomb.png")


def test_read_digit_names_the_blank_file(tmp_path: Path) -> None:
    Image.new("RGB", (50, 50), "white").save(tmp_path / "empty.png")
    with pytest.raises(DataError, match=r"empty\.png: the image is blank"):
        read_digit(tmp_path / "empty.png")
    drawn(3, 60).save(tmp_path / "three.jpg")
    digit = read_digit(tmp_path / "three.jpg")
    np.testing.assert_array_equal(digit, prepare_digit(read_image(tmp_path / "three.jpg")))
