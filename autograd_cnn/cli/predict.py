"""``autograd-cnn predict``: which digit is in a picture."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from autograd_cnn.cli.table import print_table
from autograd_cnn.core.grad_mode import no_grad
from autograd_cnn.data import read_digit
from autograd_cnn.errors import DataError
from autograd_cnn.nn.functional import softmax
from autograd_cnn.training.experiment import normalization
from autograd_cnn.training.run import Run

__all__ = ["predict_images"]


def predict_images(folder: Path, images: Sequence[Path]) -> bool:
    """Print digit, probability and runner-up of each picture; say whether all could be read."""
    run = Run.open(folder)
    model = run.load_model()
    normalize = normalization(run.config)
    rows = []
    for path in images:
        try:
            digit = read_digit(path)
        except DataError as error:
            print("error:", error, file=sys.stderr)
            continue
        with no_grad():
            probabilities = softmax(model(normalize(digit[np.newaxis])), dim=1).numpy()[0]
        second, first = np.argsort(probabilities)[-2:]
        rows.append(
            [
                str(path),
                str(first),
                f"{probabilities[first]:.1%}",
                str(second),
                f"{probabilities[second]:.1%}",
            ]
        )
    if rows:
        print_table(
            ["image", "digit", "probability", "runner-up", "its probability"],
            rows,
            right=["digit", "probability", "runner-up", "its probability"],
        )
    return len(rows) == len(images)
