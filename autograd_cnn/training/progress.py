"""Progress of a training on the terminal or in a notebook."""

from __future__ import annotations

import time

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from autograd_cnn.training.callbacks import Callback
from autograd_cnn.training.loop import Trainer

__all__ = ["EpochLines", "ProgressBar"]

_SECONDS_BETWEEN_DRAWINGS = 0.2  # in the training's own thread: a drawing takes about 2 ms


class ProgressBar(Callback):
    """A bar for each epoch with the loss of the last batch, examples a second and the time left.

    It is drawn in a terminal and in Jupyter, and vanishes with the end of the epoch; where the output goes to
    a file or a pipe, nothing is printed.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console()
        self._bar: Progress | None = None

    def on_epoch_start(self, trainer: Trainer) -> None:
        """Show an empty bar, or one as far as the epoch had come."""
        if not (self._console.is_terminal or self._console.is_jupyter):
            return
        self._bar = Progress(
            TextColumn("epoch {task.fields[epoch]}/{task.fields[epochs]}"),
            BarColumn(),
            TextColumn("{task.percentage:3.0f} %"),
            TextColumn("loss {task.fields[loss]}"),
            TextColumn("{task.fields[rate]} examples/s"),
            TimeRemainingColumn(compact=True),
            console=self._console,
            transient=True,
            auto_refresh=False,
        )
        self._task = self._bar.add_task(
            "",
            total=len(trainer.loader),
            completed=trainer.batch,
            epoch=trainer.epoch + 1,
            epochs=trainer.epochs,
            loss="–",
            rate="–",
        )
        self._bar.start()
        self._drawn = self._start = time.perf_counter()
        self._examples_before = trainer.examples

    def on_batch_end(self, trainer: Trainer) -> None:
        """Draw the bar, if it is time."""
        now = time.perf_counter()
        if self._bar is None or now < self._drawn + _SECONDS_BETWEEN_DRAWINGS:
            return
        self._drawn = now
        self._bar.update(
            self._task,
            completed=trainer.batch,
            loss=f"{trainer.batch_losses[-1]:.3f}",
            rate=f"{(trainer.examples - self._examples_before) / (now - self._start):,.0f}",
            refresh=True,
        )

    def on_epoch_end(self, trainer: Trainer) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def on_fit_end(self, trainer: Trainer) -> None:
        """Take the bar away, if the epoch did not come to its end."""
        self.on_epoch_end(trainer)


class EpochLines(Callback):
    """A line for each epoch: the losses, the accuracy if it is measured, and the seconds it took."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console()

    def on_epoch_end(self, trainer: Trainer) -> None:
        """Print the line."""
        row = trainer.history[-1]
        names = [("train loss", "train_loss", ".4f"), ("test loss", "test_loss", ".4f")]
        names.append(("test accuracy", "test_accuracy", ".2%"))
        figures = [f"{label} {row[name]:{form}}" for label, name, form in names if name in row]
        place = f"epoch {row['epoch']}/{trainer.epochs}"
        self._console.print("  ".join([place, *figures, f"{row['seconds']:.1f} s"]), highlight=False)
