"""``autograd-cnn train``: a new run, or one to go on with."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from autograd_cnn.errors import RunError
from autograd_cnn.kernels import get_num_threads
from autograd_cnn.training.config import Config
from autograd_cnn.training.experiment import Experiment
from autograd_cnn.training.interrupt import stop_on_interrupt
from autograd_cnn.training.progress import EpochLines, ProgressBar
from autograd_cnn.training.run import Run, default_folder

__all__ = ["resume_run", "start_run"]

INTERRUPTED = 130  # the status of a program that Ctrl-C ended


def start_run(settings: dict[str, Any], out: Path | None, overwrite: bool) -> None:
    """Train in a new run folder; ``settings`` are a "recipe", and those of `Config` in which to differ."""
    config = Config.from_recipe(**({"recipe": "lenet5"} | settings))
    folder = default_folder(config, overwrite=overwrite) if out is None else out
    if not overwrite:
        Run.check_vacant(folder)  # before the data is read
    experiment = Experiment(config)
    _train(Run.create(folder, experiment.config, overwrite), experiment)


def resume_run(folder: Path) -> None:
    """Go on with the training of a run folder."""
    run = Run.open(folder)
    if run.is_finished:
        raise RunError(
            f"{folder}: has finished its {run.config.epochs} epochs; start a new run, with more --epochs"
        )
    experiment = Experiment(run.config)
    run.resume(experiment.trainer)
    _train(run, experiment)


def _train(run: Run, experiment: Experiment) -> None:
    console = Console(highlight=False, soft_wrap=True)
    trainer, config = experiment.trainer, experiment.config
    weights = sum(parameter.size for parameter in trainer.model.parameters())
    data = "MNIST" if config.data_dir is None else config.data_dir
    console.print(
        f"{config.model}, {weights:,} weights, on {data}: "
        f"{len(experiment.train_loader.dataset):,} training and "
        f"{len(experiment.test_loader.dataset):,} test images\n"
        f"{config.optimizer}, learning rate up to {config.lr:g} in one cycle, "
        f"batches of {config.batch_size}, seed {config.seed}, {get_num_threads()} threads"
        f"{_extras(config)}",
        markup=False,
    )
    if trainer.epoch or trainer.batch:
        console.print(f"going on after epoch {trainer.epoch}, batch {trainer.batch}")

    trainer.callbacks += [run, ProgressBar(console), EpochLines(console)]
    start = time.perf_counter()
    with stop_on_interrupt(trainer):
        history = experiment.fit()
    seconds = time.perf_counter() - start

    if trainer.epoch < config.epochs:
        console.print(
            f"stopped in epoch {trainer.epoch + 1}, after batch {trainer.batch} of "
            f"{len(experiment.train_loader)}; all is saved. Go on with:\n"
            f"  autograd-cnn train --resume {run.folder}",
            markup=False,
        )
        raise typer.Exit(INTERRUPTED)
    console.print(
        f"{history[-1]['test_accuracy']:.2%} of the test images are right, after {seconds:.1f} s. "
        f"The run is in {run.folder}. Next:\n"
        f"  autograd-cnn evaluate {run.folder}",
        markup=False,
    )


def _extras(config: Config) -> str:
    """A line of what is done besides, if anything is."""
    extras = [f"{config.augment} augmentation"] if config.augment != "none" else []
    extras += [f"label smoothing {config.label_smoothing:g}"] if config.label_smoothing else []
    extras += [f"moving average of the weights, decay {config.ema:g}"] if config.ema is not None else []
    return f"\n{', '.join(extras)}" if extras else ""
