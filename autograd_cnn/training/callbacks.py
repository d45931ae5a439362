"""What can be done at points of a training without touching its loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autograd_cnn.training.loop import Trainer

__all__ = ["Callback"]


class Callback:
    """Base of all callbacks: each method may be defined, none must be.

    They read the trainer (`Trainer` lists its attributes) and may set ``trainer.stop_requested``.
    """

    def on_epoch_start(self, trainer: Trainer) -> None:
        """Before the first batch of an epoch, or the first one after it was interrupted."""

    def on_batch_end(self, trainer: Trainer) -> None:
        """After each step of the optimiser; ``trainer.batch_losses[-1]`` is its loss."""

    def on_epoch_end(self, trainer: Trainer) -> None:
        """After an epoch and its evaluation; ``trainer.history[-1]`` is its row."""

    def on_stop(self, trainer: Trainer) -> None:
        """After a batch in the middle of an epoch, as a stop was requested."""

    def on_fit_end(self, trainer: Trainer) -> None:
        """When `Trainer.fit` ends for whatever reason, an exception included."""
