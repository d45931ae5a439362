"""``autograd-cnn evaluate``: how well a run's model does, class by class."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from autograd_cnn.cli.table import print_table
from autograd_cnn.nn.functional import cross_entropy
from autograd_cnn.training.experiment import make_test_loader
from autograd_cnn.training.loop import predict
from autograd_cnn.training.metrics import accuracy, confusion_matrix
from autograd_cnn.training.run import Run

__all__ = ["evaluate_run"]


def evaluate_run(folder: Path, data_dir: Path | None) -> None:
    """Print accuracy, loss and the confusion matrix on the test images."""
    run = Run.open(folder)
    model = run.load_model()
    config = run.config if data_dir is None else replace(run.config, data_dir=str(data_dir))
    batches = list(predict(model, make_test_loader(config)))
    outputs = np.concatenate([outputs for outputs, _ in batches])
    targets = np.concatenate([targets for _, targets in batches])
    loss = cross_entropy(outputs, targets)

    print(f"accuracy {accuracy(outputs, targets):.2%} of {len(targets):,} images, loss {float(loss):.4f}")
    classes = outputs.shape[1]
    counts = confusion_matrix(outputs.argmax(axis=1), targets, classes)
    right = counts.diagonal()
    recall, precision = (right / np.maximum(counts.sum(axis=axis), 1) for axis in (1, 0))
    names = [str(name) for name in range(classes)]
    print_table(
        ["digit", "recall", "precision", *names],
        [
            [
                names[row],
                f"{recall[row]:.2%}",
                f"{precision[row]:.2%}",
                *map(str, counts[row]),
            ]
            for row in range(classes)
        ],
        right=["recall", "precision", *names],
        title="how many images of each digit were taken for 0, 1, …",
    )
