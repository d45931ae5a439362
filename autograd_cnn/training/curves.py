"""The picture of the curves in a run folder: loss and error over the epochs.

Drawn with Pillow, which every installation has, so that every run has its picture. In a notebook,
`autograd_cnn.viz.plot_curves` draws the same rows with Matplotlib.
"""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from typing import Any

from PIL import Image, ImageDraw, ImageFont

__all__ = ["draw_curves"]

Point = tuple[float, float]
Curve = tuple[str, str, list[Point], bool]  # label, colour, points, whether the points are marked

_OVERSAMPLING = 3  # drawn larger and scaled down: Pillow's lines are not antialiased
_WIDTH, _HEIGHT = 560, 380  # of a panel
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 20, 40, 48
_TRAINING, _FAINT, _TEST = "#1f77b4", "#aec7e8", "#d62728"
_INK, _GRID = "#333333", "#dddddd"


def draw_curves(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Draw a trainer's history, and return the picture as a PNG file.

    On the left is the loss, that of the batches faint; on the right, if accuracy was measured, the share of
    errors in per cent; both on a logarithmic scale. ``rows`` are those of `Trainer`.

    >>> draw_curves([{"epoch": 1, "train_loss": 0.5, "batch_losses": [1.0, 0.3]}])[:4]
    b'\\x89PNG'
    """
    losses = [
        ("train, batches", _FAINT, _batch_points(rows), False),
        ("train", _TRAINING, _epoch_points(rows, "train_loss"), True),
        ("test", _TEST, _epoch_points(rows, "test_loss"), True),
    ]
    errors = [
        ("train", _TRAINING, _error_points(rows, "train_accuracy"), True),
        ("test", _TEST, _error_points(rows, "test_accuracy"), True),
    ]
    panels = [("Loss", losses), ("Errors, %", errors)]
    panels = [(title, curves) for title, curves in panels if any(points for _, _, points, _ in curves)]
    scale = _OVERSAMPLING
    picture = Image.new("RGB", (max(len(panels), 1) * _WIDTH * scale, _HEIGHT * scale), "white")
    for index, (title, curves) in enumerate(panels):
        _Panel(picture, index * _WIDTH, curves, epochs=len(rows)).draw(title, curves)
    file = io.BytesIO()
    picture.resize((picture.width // scale, picture.height // scale), Image.Resampling.LANCZOS).save(
        file, "PNG"
    )
    return file.getvalue()


def _epoch_points(rows: Sequence[Mapping[str, Any]], name: str) -> list[Point]:
    return [(row["epoch"], row[name]) for row in rows if name in row]


def _error_points(rows: Sequence[Mapping[str, Any]], name: str) -> list[Point]:
    return [(epoch, 100 * (1 - accuracy)) for epoch, accuracy in _epoch_points(rows, name)]


def _batch_points(rows: Sequence[Mapping[str, Any]]) -> list[Point]:
    points = []
    for row in rows:
        losses = row.get("batch_losses", [])
        points += [(row["epoch"] - 1 + (part + 0.5) / len(losses), loss) for part, loss in enumerate(losses)]
    return points


class _Panel:
    """One pair of axes in a picture."""

    def __init__(self, picture: Image.Image, left: int, curves: Sequence[Curve], epochs: int) -> None:
        self._pen = ImageDraw.Draw(picture)
        self._left = left
        # A value of exactly 0 has no place on a logarithmic scale: it is drawn at the lower edge.
        values = [value for _, _, points, _ in curves for _, value in points if value > 0] or [1.0]
        self._ticks = _ticks(values)
        self._epochs = epochs

    def draw(self, title: str, curves: Sequence[Curve]) -> None:
        self._text((self._left + _LEFT, 12), title, size=15, anchor="lt")
        for tick in self._ticks:
            self._line([(0, tick), (self._epochs, tick)], _GRID, 1)
            x, y = self._place(0, tick)
            self._text((x - 8, y), f"{tick:g}", size=12, anchor="rm")
        step = math.ceil(self._epochs / 10)
        for epoch in range(0, self._epochs + 1, step):
            x, y = self._place(epoch, self._ticks[0])
            self._text((x, y + 8), str(epoch), size=12, anchor="mt")
        middle, _ = self._place(self._epochs / 2, self._ticks[0])
        self._text((middle, _HEIGHT - 8), "epoch", size=12, anchor="mb")
        self._line([(0, self._ticks[0]), (self._epochs, self._ticks[0])], _INK, 1)

        right = float(self._left + _WIDTH - _RIGHT)
        for _, colour, points, marked in curves:
            if points:
                self._line(points, colour, 2)
                for point in points if marked else []:
                    self._dot(point, colour)
        for label, colour, points, _ in reversed(curves):
            if points:
                right -= self._text((right, 14), label, size=12, anchor="rt", colour=colour) + 16

    def _place(self, epoch: float, value: float) -> Point:
        bottom, top = self._ticks[0], self._ticks[-1]
        height = math.log(max(value, bottom) / bottom) / math.log(top / bottom)
        x = self._left + _LEFT + epoch / self._epochs * (_WIDTH - _LEFT - _RIGHT)
        return x, _HEIGHT - _BOTTOM - height * (_HEIGHT - _TOP - _BOTTOM)

    def _line(self, points: Sequence[Point], colour: str, width: int) -> None:
        places = [self._scaled(self._place(*point)) for point in points]
        self._pen.line(places, fill=colour, width=width * _OVERSAMPLING, joint="curve")

    def _dot(self, point: Point, colour: str) -> None:
        self._pen.circle(self._scaled(self._place(*point)), 4 * _OVERSAMPLING, fill=colour)

    def _text(self, place: Point, text: str, size: int, anchor: str, colour: str = _INK) -> float:
        """Write, and return how wide it became."""
        font = ImageFont.load_default(size * _OVERSAMPLING)
        self._pen.text(self._scaled(place), text, fill=colour, font=font, anchor=anchor)
        return font.getlength(text) / _OVERSAMPLING

    @staticmethod
    def _scaled(place: Point) -> Point:
        return place[0] * _OVERSAMPLING, place[1] * _OVERSAMPLING


def _ticks(values: Sequence[float]) -> list[float]:
    """The numbers 1, 2 and 5 times powers of ten, or over many decades the powers alone."""
    low = math.floor(math.log10(min(values)))
    high = max(math.ceil(math.log10(max(values))), low + 1)
    factors = (1, 2, 5) if high - low <= 3 else (1,)
    ticks = [factor * 10.0**power for power in range(low, high + 1) for factor in factors]
    bottom = max(tick for tick in ticks if tick <= min(values))
    top = min(tick for tick in ticks if tick >= max(values) and tick > bottom)
    return [tick for tick in ticks if bottom <= tick <= top]
