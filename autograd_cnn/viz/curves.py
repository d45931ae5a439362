"""Curves of a training: the loss and the metrics, epoch by epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from autograd_cnn.errors import ArgumentError
from autograd_cnn.viz.figure import COLOURS, new_figure, plain

if TYPE_CHECKING:
    from autograd_cnn.viz._matplotlib import Picture

__all__ = ["plot_curves"]

BATCHES = "#A9CBE3"  # the loss batch by batch stands behind the others


def plot_curves(metrics: Sequence[Mapping[str, Any]]) -> Picture:
    """Draw the loss, and beside it every other metric, over the epochs.

    ``metrics`` has a row for each epoch, as the history of a trainer and the lines of ``metrics.jsonl`` in
    a run folder: ``epoch`` (1, 2, …; by default the place of the row), ``train_loss`` and ``test_loss``, a
    pair of the same pattern for each metric (``train_accuracy``, ``test_accuracy``), and ``batch_losses``,
    means over equal parts of the epoch. Whatever is missing is not drawn. Raises `ArgumentError` if that
    is everything.

    >>> import autograd_cnn as ag
    >>> figure = ag.viz.plot_curves([{"train_loss": 0.9}, {"train_loss": 0.4, "test_accuracy": 0.8}])
    >>> [axes.get_title("left") for axes in figure.axes]
    ['Loss', 'Accuracy']
    """
    names: dict[str, list[str]] = {}  # of each metric, those of its curves
    for row in metrics:
        for key in row:
            split, _, metric = key.partition("_")
            if split in ("train", "test") and metric and split not in names.setdefault(metric, []):
                names[metric].append(split)
        if row.get("batch_losses"):
            names.setdefault("loss", [])
    if not names:
        raise ArgumentError(
            "plot_curves: expected rows with train_loss, test_loss, train_accuracy, … or batch_losses, got "
            f"{len(metrics)} rows without any"
        )
    order = sorted(names, key=lambda metric: metric != "loss")
    figure = new_figure(5.0 * len(order), 3.4)
    for axes, metric in zip(figure.subplots(1, len(order), squeeze=False)[0], order, strict=True):
        if metric == "loss":
            points = _batch_points(metrics)
            if points:
                axes.plot(*zip(*points, strict=True), color=BATCHES, linewidth=1.2, label="train, by batch")
        for split, colour in zip(("train", "test"), COLOURS, strict=False):
            if split in names[metric]:
                key = f"{split}_{metric}"
                points = [(_epoch(row, place), row[key]) for place, row in enumerate(metrics) if key in row]
                axes.plot(*zip(*points, strict=True), "o-", color=colour, markersize=4, label=split)
        plain(axes, metric.replace("_", " ").capitalize(), "epoch")
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.legend(frameon=False)
    return figure


def _epoch(row: Mapping[str, Any], place: int) -> Any:
    return row.get("epoch", place + 1)


def _batch_points(metrics: Sequence[Mapping[str, Any]]) -> list[tuple[float, float]]:
    """The losses of batches in the middle of their parts of the epoch that ends at its number."""
    points = []
    for place, row in enumerate(metrics):
        losses = row.get("batch_losses", ())
        start = _epoch(row, place) - 1
        points += [(start + (part + 0.5) / len(losses), loss) for part, loss in enumerate(losses)]
    return points
