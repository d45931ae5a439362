"""Figures that say how well a model does."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd_cnn.errors import ArgumentError, ShapeError

__all__ = ["RunningMean", "accuracy", "confusion_matrix"]


def accuracy(outputs: NDArray[Any], targets: NDArray[np.integer[Any]]) -> float:
    """Return the share of rows of ``outputs`` (N, C) whose largest entry is at the class in ``targets`` (N,).

    Raises `ShapeError` if the shapes are not those.

    >>> accuracy(np.array([[0.1, 0.9], [0.8, 0.2]]), np.array([1, 1]))
    0.5
    """
    targets = np.asarray(targets)
    if outputs.ndim != 2 or targets.shape != outputs.shape[:1]:
        raise ShapeError(
            f"accuracy: expected outputs (N, C) and targets (N,), got {outputs.shape} and {targets.shape}; "
            "give the trainer other metrics, or none, for other tasks"
        )
    return float((outputs.argmax(axis=1) == targets).mean())


class RunningMean:
    """The mean of values that come one after the other, each for a number of examples.

    >>> mean = RunningMean()
    >>> mean.add(1.0, count=3)
    >>> mean.add(5.0, count=1)
    >>> mean.value
    2.0
    """

    def __init__(self, total: float = 0.0, count: int = 0) -> None:
        self.total = total
        self.count = count

    def add(self, value: float, count: int = 1) -> None:
        """Take in a value that is itself the mean of ``count`` examples."""
        self.total += value * count
        self.count += count

    @property
    def value(self) -> float:
        """The mean so far; NaN if there was nothing."""
        return self.total / self.count if self.count else float("nan")


def confusion_matrix(
    predictions: NDArray[np.integer[Any]], targets: NDArray[np.integer[Any]], num_classes: int
) -> NDArray[np.int64]:
    """Count how often each class, a row, was taken for each class, a column.

    ``predictions`` and ``targets`` are classes (N,) from 0 to ``num_classes`` - 1, which is checked.

    >>> confusion_matrix(np.array([0, 1, 1]), np.array([0, 0, 1]), num_classes=2)
    array([[1, 1],
           [0, 1]])
    """
    for name, classes in (("predictions", predictions), ("targets", targets)):
        if classes.size and not 0 <= classes.min() <= classes.max() < num_classes:
            raise ArgumentError(
                f"confusion_matrix: expected {name} from 0 to {num_classes - 1}, "
                f"got {classes.min()} to {classes.max()}"
            )
    counts = np.bincount(targets * num_classes + predictions, minlength=num_classes**2)
    return counts.reshape(num_classes, num_classes).astype(np.int64, copy=False)
