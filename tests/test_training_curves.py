"""The picture of the curves."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from autograd_cnn.training import draw_curves


def rows(*losses: float, **more: float) -> list[dict[str, Any]]:
    return [
        {"epoch": epoch, "train_loss": loss, "batch_losses": [2 * loss, loss], **more}
        for epoch, loss in enumerate(losses, start=1)
    ]


def picture(history: list[dict[str, Any]]) -> np.ndarray:
    image = Image.open(io.BytesIO(draw_curves(history)))
    assert image.format == "PNG"
    return np.asarray(image)


def colours(pixels: np.ndarray) -> set[tuple[int, ...]]:
    return {tuple(pixel) for pixel in pixels.reshape(-1, 3).tolist()}


BLUE, RED = (31, 119, 180), (214, 39, 40)


def test_the_losses_are_one_panel_and_accuracy_makes_two() -> None:
    one = picture(rows(1.0, 0.1))
    two = picture(rows(1.0, 0.1, train_accuracy=0.9, test_loss=0.3, test_accuracy=0.99))
    assert two.shape[0] == one.shape[0]
    assert two.shape[1] == 2 * one.shape[1]
    assert BLUE in colours(one)
    assert RED not in colours(one)
    assert {BLUE, RED} <= colours(two[:, : one.shape[1]])
    assert {BLUE, RED} <= colours(two[:, one.shape[1] :])


def test_a_falling_loss_is_drawn_falling() -> None:
    blue = (picture(rows(1.0, 0.5, 0.01))[40:] == BLUE).all(axis=2)  # below the title
    width = blue.shape[1]
    left, right = blue[:, : width // 2], blue[:, width * 3 // 4 :]
    assert np.flatnonzero(left.any(axis=1)).mean() < np.flatnonzero(right.any(axis=1)).mean()


@pytest.mark.parametrize(
    "history",
    [
        [],
        rows(1.0),
        rows(0.0),
        rows(0.5, 0.5),
        rows(1e-12, 1e6),
        rows(1.0, train_accuracy=1.0, test_accuracy=1.0),
        rows(*np.linspace(1, 0.1, 200)),
        [{"epoch": 1, "train_loss": 1.0, "batch_losses": []}],
    ],
    ids=["nothing", "one", "zero", "constant", "decades", "faultless", "long", "no batches"],
)
def test_any_history_has_a_picture(history: list[dict[str, Any]]) -> None:
    assert picture(history).shape[0] > 100
