"""The folder of a run: its settings, model, figures and picture, and what a stopped run needs to go on.

::

    config.json             the settings (`Config`)
    metrics.jsonl           a line of figures for each epoch (`Trainer.history`)
    model.safetensors       the model as it is now
    curves.png              the figures drawn
    checkpoint.safetensors  all that is needed to go on; only while the training is unfinished
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from autograd_cnn.errors import AutogradCnnError, RunError
from autograd_cnn.nn import Module
from autograd_cnn.training.callbacks import Callback
from autograd_cnn.training.checkpoint import load_model, load_state, save_model, save_state
from autograd_cnn.training.config import Config
from autograd_cnn.training.curves import draw_curves
from autograd_cnn.training.files import write_atomically
from autograd_cnn.training.loop import Trainer

__all__ = ["Run", "default_folder"]

CONFIG, METRICS, MODEL = "config.json", "metrics.jsonl", "model.safetensors"
CURVES, CHECKPOINT = "curves.png", "checkpoint.safetensors"


class Run(Callback):
    """A run folder; as a callback of a trainer, it saves everything after each epoch and at a stop.

    Every file is replaced as a whole or not at all. Make one with `create` or `open`.
    """

    def __init__(self, folder: Path, config: Config) -> None:
        self.folder = folder
        self.config = config

    @classmethod
    def create(cls, folder: str | os.PathLike[str], config: Config, overwrite: bool = False) -> Run:
        """Make the folder of a new run, with its settings in it.

        Raises `RunError` if something is there already. With ``overwrite``, the files of a former run there
        are deleted; a folder that holds anything else is refused.
        """
        folder = Path(folder)
        try:
            if not overwrite:
                cls.check_vacant(folder)
            folder.mkdir(parents=True, exist_ok=True)
            if any(folder.iterdir()):
                _delete_run(folder)
        except OSError as error:
            raise RunError(f"{folder}: cannot be made a run folder: {error.strerror or error}") from error
        write_atomically(folder / CONFIG, config.to_json().encode())
        return cls(folder, config)

    @staticmethod
    def check_vacant(folder: str | os.PathLike[str]) -> None:
        """Raise `RunError` if there is anything at the path but an empty folder."""
        folder = Path(folder)
        if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
            raise RunError(
                f"{folder}: exists already; choose another folder with --out, or replace the run in it with "
                "--overwrite"
            )

    @classmethod
    def open(cls, folder: str | os.PathLike[str]) -> Run:
        """Open the folder of a run. Raises `RunError` if there is none, or its settings are damaged."""
        folder = Path(folder)
        if not folder.is_dir():
            raise RunError(f"{folder}: no such run folder")
        try:
            return cls(folder, Config.from_json((folder / CONFIG).read_text(encoding="utf-8")))
        except FileNotFoundError as error:
            raise RunError(f"{folder}: is no run folder, for it has no {CONFIG}") from error
        except OSError as error:
            raise RunError(f"{folder / CONFIG}: cannot be read: {error.strerror or error}") from error
        except (UnicodeDecodeError, AutogradCnnError) as error:
            raise RunError(f"{folder / CONFIG}: {error}") from error

    @property
    def is_finished(self) -> bool:
        """Whether the training came to its last epoch."""
        return (self.folder / MODEL).exists() and not (self.folder / CHECKPOINT).exists()

    def load_model(self) -> Module:
        """Load the model, in evaluation mode. Raises `RunError` if there is none, or it is damaged."""
        if not (self.folder / MODEL).exists():
            raise RunError(
                f"{self.folder}: holds no model yet; train on with: autograd-cnn train --resume {self.folder}"
            )
        return load_model(self.folder / MODEL).eval()

    def resume(self, trainer: Trainer) -> None:
        """Bring a trainer, made from the settings, to where the run was stopped, if it came that far.

        Raises `RunError` if the checkpoint is damaged or does not fit.
        """
        path = self.folder / CHECKPOINT
        if not path.exists():
            return
        state = load_state(path)
        try:
            trainer.load_state_dict(state)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise RunError(f"{path}: does not fit the settings in {CONFIG}: {error}") from error
        if trainer.epoch == self.config.epochs:  # it was killed, or the disk was full, at its very end
            self._save_results(trainer)

    # --- What it saves when -------------------------------------------------------------------------

    def on_stop(self, trainer: Trainer) -> None:
        """Save all, in the middle of an epoch."""
        self.on_epoch_end(trainer)

    def on_epoch_end(self, trainer: Trainer) -> None:
        """Save all."""
        # The checkpoint comes first and holds everything: a kill between two files costs nothing.
        save_state(self.folder / CHECKPOINT, trainer.state_dict())
        self._save_results(trainer)

    def _save_results(self, trainer: Trainer) -> None:
        save_model(self.folder / MODEL, trainer.trained_model, self.config.model, self.config.model_options)
        lines = "".join(json.dumps(row) + "\n" for row in trainer.history)
        write_atomically(self.folder / METRICS, lines.encode())
        write_atomically(self.folder / CURVES, draw_curves(trainer.history))
        if trainer.epoch == self.config.epochs:
            (self.folder / CHECKPOINT).unlink()


def default_folder(config: Config, parent: str | os.PathLike[str] = "runs", overwrite: bool = False) -> Path:
    """A name that tells what was trained, with a number if it is taken: runs/lenet5-mnist-seed0-2."""
    data = "mnist" if config.data_dir is None else Path(config.data_dir).name
    stem = f"{config.model}-{data}-seed{config.seed}"
    folder, number = Path(parent) / stem, 2
    while folder.exists() and not overwrite:
        folder, number = Path(parent) / f"{stem}-{number}", number + 1
    return folder


def _delete_run(folder: Path) -> None:
    strangers = [entry.name for entry in folder.iterdir() if entry.name not in _FILES]
    if strangers:
        raise RunError(
            f"{folder}: holds more than a run ({', '.join(sorted(strangers)[:3])}); nothing was deleted: "
            "choose another folder with --out"
        )
    for name in _FILES:
        (folder / name).unlink(missing_ok=True)


_FILES = [name for file in (CONFIG, METRICS, MODEL, CURVES, CHECKPOINT) for name in (file, f".{file}.tmp")]
