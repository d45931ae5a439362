"""A digit in a picture of any size, made ready for a network that was trained on MNIST."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from autograd_cnn.errors import DataError, DtypeError, ShapeError

if TYPE_CHECKING:  # Pillow takes longer to import than this package: it loads with the first image
    from PIL import Image

__all__ = ["prepare_digit", "read_digit", "read_image"]

_FIELD = 28  # side of an MNIST image
_BOX = 20  # longer side of the digit in it
_LEAST_CONTRAST = 0.1  # of ink against background, black to white being 1: below it there is only noise
_BINS = 256


def read_image(path: str | os.PathLike[str]) -> NDArray[np.float32]:
    """Read a PNG or JPEG file of any size and mode as greyscale.

    Returns float32 (height, width) from 0, black, to 1, white. Transparent parts are shown on white, an EXIF
    rotation is applied, 16-bit greyscale keeps its precision. Raises `DataError`, naming the file, if it is
    missing, not an image, damaged, or so large that it is likely meant to exhaust memory.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    path = Path(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a picture is not worse for its corrupt EXIF data
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=("PNG", "JPEG")) as opened:
                return _greyscale(ImageOps.exif_transpose(opened))
    except UnidentifiedImageError as error:
        raise DataError(f"{path}: not a PNG or JPEG image") from error
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise DataError(
            f"{path}: has more than the {Image.MAX_IMAGE_PIXELS} pixels that are safe to read; scale it down"
        ) from error
    except Exception as error:  # for damaged files Pillow's decoders raise a dozen unrelated types
        fault = getattr(error, "strerror", None) or f"damaged image ({error})"
        raise DataError(f"{path}: {fault}") from error


def prepare_digit(image: NDArray[Any]) -> NDArray[np.float32]:
    """Prepare a picture of one digit as MNIST's images were prepared.

    The picture is (height, width) of any size, floating point in [0, 1] or uint8. It is inverted if its
    border is light, for MNIST has light digits on black; the background, a plane fitted to the border,
    becomes 0; the bounding box of the ink, found by Otsu's threshold, is scaled to 20 pixels on its longer
    side, antialiased, and set with its centre of mass at the centre of 28 × 28 pixels.

    Returns float32 (1, 28, 28) in [0, 1], to be normalised as the training images were. Raises `DataError` if
    the picture is blank, `ShapeError` or `DtypeError` if it is not as above.

    The box and the centring are those of http://yann.lecun.com/exdb/mnist; the rest is for photographs of
    paper.

    >>> page = np.ones((300, 400))
    >>> page[50:250, 100:120] = 0.2  # one stroke of a dark pen
    >>> digit = prepare_digit(page)
    >>> digit.shape, np.flatnonzero(digit[0].any(axis=1)).size, np.flatnonzero(digit[0].any(axis=0)).size
    ((1, 28, 28), 20, 2)
    """
    ink = _ink(image)
    strong = ink > _otsu_threshold(ink)
    rows, columns = np.flatnonzero(strong.any(axis=1)), np.flatnonzero(strong.any(axis=0))
    box = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    digit = _resize(box, _BOX / max(box.shape))
    digit /= digit.max()  # a thin stroke is faint after scaling, where MNIST's are always white

    height, width = digit.shape
    row, column = _centred_offset(digit.sum(axis=1)), _centred_offset(digit.sum(axis=0))
    field = np.zeros((1, _FIELD, _FIELD), dtype=np.float32)
    field[0, row : row + height, column : column + width] = digit
    return field


def read_digit(path: str | os.PathLike[str]) -> NDArray[np.float32]:
    """Read the picture of one digit at `path` and prepare it: `prepare_digit(read_image(path))`.

    Returns float32 (1, 28, 28). Raises `DataError`, naming the file, if it cannot be read or is blank.
    """
    image = read_image(path)
    try:
        return prepare_digit(image)
    except DataError as error:
        raise DataError(f"{path}: {error}") from error


def _greyscale(image: Image.Image) -> NDArray[np.float32]:
    from PIL import Image

    if image.mode.startswith("I"):  # 16 bits a pixel
        return np.asarray(image, dtype=np.float32) / np.float32(65535)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return np.asarray(image.convert("L"), dtype=np.float32) / np.float32(255)


def _ink(image: NDArray[Any]) -> NDArray[np.float32]:
    """Return how much ink each pixel has: 0 is background, 1 the strongest stroke."""
    if image.ndim != 2 or image.size == 0:
        raise ShapeError(
            f"prepare_digit: expected a greyscale image (height, width), got shape {image.shape}"
        )
    if image.dtype == np.uint8:
        image = image / np.float32(255)
    elif image.dtype.kind != "f":
        raise DtypeError(f"prepare_digit: expected uint8 or floating point in [0, 1], got {image.dtype}")
    grey = image.astype(np.float32)
    darkest, lightest = float(grey.min()), float(grey.max())
    if not (darkest >= 0 and lightest <= 1):  # also NaN
        raise DataError(f"prepare_digit: expected values in [0, 1], got {darkest:g} to {lightest:g}")

    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    ink = grey - _background(border, grey.shape)
    if np.median(border) > (darkest + lightest) / 2:
        ink = -ink
    contrast = ink.max()
    if contrast < _LEAST_CONTRAST:
        raise DataError(
            "the image is blank: expected a digit that is clearly darker or lighter than its background"
        )
    normalised: NDArray[np.float32] = np.maximum(ink, 0) / contrast
    return normalised


def _background(border: NDArray[np.float32], shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Return the plane nearest in least squares to the border: paper that is lit from one side."""
    y, x = (np.linspace(-1, 1, side) for side in shape)
    border_y = np.concatenate([np.full_like(x, -1), np.full_like(x, 1), y, y])
    border_x = np.concatenate([x, x, np.full_like(y, -1), np.full_like(y, 1)])
    design = np.stack([np.ones_like(border_y), border_y, border_x], axis=1)
    level, slope_y, slope_x = np.linalg.lstsq(design, border)[0]
    plane: NDArray[np.floating[Any]] = level + slope_y * y[:, np.newaxis] + slope_x * x
    return plane.astype(np.float32)


def _otsu_threshold(ink: NDArray[np.float32]) -> float:
    """Return the threshold in [0, 1) that separates two classes best, having the most variance between them.

    N. Otsu, "A threshold selection method from gray-level histograms", IEEE Trans. SMC 9 (1979), equation 18.
    """
    counts, edges = np.histogram(ink, bins=_BINS, range=(0, 1))
    below = np.cumsum(counts)[:-1]
    above = ink.size - below
    total = np.cumsum(counts * (edges[1:] + edges[:-1]) / 2)
    gap = total[:-1] * above - (total[-1] - total[:-1]) * below  # difference of the means, × below × above
    between = gap**2 / np.maximum(below * above, 1)
    return float(edges[1 + np.argmax(between)])


def _resize(image: NDArray[np.float32], scale: float) -> NDArray[np.float32]:
    from PIL import Image

    height, width = (max(1, round(side * scale)) for side in image.shape)
    # Bilinear widens to cover all pixels that fall into one when it shrinks, and never overshoots.
    resized = Image.fromarray(image).resize((width, height), Image.Resampling.BILINEAR)
    return np.array(resized)


def _centred_offset(mass: NDArray[np.float32]) -> int:
    """Return where a profile of mass must start for its centre to fall on MNIST's, the pixel at index 14.

    A lopsided digit stays inside: it is shifted no further than the edge.
    """
    centre = float(np.arange(len(mass)) @ mass / mass.sum())
    return min(max(round(_FIELD // 2 - centre), 0), _FIELD - len(mass))
