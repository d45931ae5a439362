"""The training loop and the evaluation."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from autograd_cnn.core.grad_mode import no_grad
from autograd_cnn.core.random import default_generator
from autograd_cnn.errors import ArgumentError
from autograd_cnn.nn import Module
from autograd_cnn.nn.functional import cross_entropy
from autograd_cnn.nn.utils import clip_grad_norm_, clip_grad_value_
from autograd_cnn.optim import Optimizer
from autograd_cnn.optim.lr_scheduler import LRScheduler
from autograd_cnn.optim.swa_utils import AveragedModel
from autograd_cnn.training.callbacks import Callback
from autograd_cnn.training.metrics import RunningMean, accuracy

__all__ = ["Trainer", "evaluate", "predict"]

Loss = Callable[[Any, Any], Any]
Metric = Callable[[NDArray[Any], NDArray[Any]], float]
CLASSIFICATION: Mapping[str, Metric] = {"accuracy": accuracy}
_LOSSES_IN_A_ROW = 50  # a curve, and not every batch of a long epoch


class Loader(Protocol):
    """Batches ``(inputs, targets)`` that can be counted and gone through anew each epoch."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Any]: ...


class Trainer:
    """Trains a model, epoch after epoch, and can stop after any batch and go on later to the same bits.

    Parameters
    ----------
    model, optimizer
        What is trained, and what trains it.
    loss
        From the model's outputs and the targets to a number.
    scheduler, scheduler_interval
        A learning-rate schedule, stepped after every "batch" or "epoch".
    test_loss
        The loss to evaluate by, if it is another: one without label smoothing.
    averaged
        An average of the model's weights, updated after each step: it is evaluated in the model's place.
    max_norm, clip_value
        Clip the gradients: their common norm to ``max_norm``, or each entry to ±``clip_value``.
    metrics
        More figures to report, by name: functions of outputs and targets, as arrays.
    callbacks
        See `Callback`.

    Attributes
    ----------
    epoch, batch, examples : int
        How many epochs, and batches and examples of the present epoch, are finished.
    history : list of dict
        A row for each finished epoch: ``epoch``, ``train_loss``, ``test_loss``, the metrics by the same
        pattern (``train_accuracy``, ``test_accuracy``), ``lr`` at its end, ``seconds``, and ``batch_losses``,
        at most 50 means over equal parts of the epoch.
    batch_losses : list of float
        The loss of each batch of the present epoch.
    stop_requested : bool
        Set it, and `fit` returns after the present batch.
    epochs, loader
        The arguments of the present call of `fit`.

    Examples
    --------
    >>> import autograd_cnn as ag
    >>> _ = ag.manual_seed(0)
    >>> x = np.random.default_rng(0).normal(size=(256, 2)).astype("float32")
    >>> loader = ag.data.DataLoader(
    ...     ag.data.TensorDataset(x, (x.sum(axis=1) > 0).astype("int64")), 32, shuffle=True, generator=0
    ... )
    >>> model = ag.nn.Linear(2, 2)
    >>> trainer = Trainer(model, ag.optim.Adam(model.parameters(), lr=0.1))
    >>> history = trainer.fit(loader, epochs=3, test_loader=loader)
    >>> history[-1]["test_accuracy"] > 0.95
    True
    """

    def __init__(
        self,
        model: Module,
        optimizer: Optimizer,
        loss: Loss = cross_entropy,
        scheduler: LRScheduler | None = None,
        *,
        scheduler_interval: Literal["batch", "epoch"] = "batch",
        test_loss: Loss | None = None,
        averaged: AveragedModel | None = None,
        max_norm: float | None = None,
        clip_value: float | None = None,
        metrics: Mapping[str, Metric] = CLASSIFICATION,
        callbacks: Sequence[Callback] = (),
    ) -> None:
        if scheduler_interval not in ("batch", "epoch"):
            raise ArgumentError(
                f'Trainer: expected scheduler_interval "batch" or "epoch", got {scheduler_interval!r}'
            )
        self.model = model
        self.optimizer = optimizer
        self.loss = loss
        self.scheduler = scheduler
        self.scheduler_interval = scheduler_interval
        self.test_loss = loss if test_loss is None else test_loss
        self.averaged = averaged
        self.max_norm = max_norm
        self.clip_value = clip_value
        self.metrics = metrics
        self.callbacks = list(callbacks)
        self.epoch = 0
        self.history: list[dict[str, Any]] = []
        self.stop_requested = False
        self.epochs = 0
        self.loader: Loader = ()
        self._start_epoch()

    def _start_epoch(self) -> None:
        self.batch = 0
        self.batch_losses: list[float] = []
        self._means = {name: RunningMean() for name in ("loss", *self.metrics)}
        self._seconds = 0.0

    # --- Training ---------------------------------------------------------------------------------

    def fit(self, loader: Loader, epochs: int, test_loader: Loader | None = None) -> list[dict[str, Any]]:
        """Train until ``epochs`` epochs are finished, those of former calls included; return the history.

        ``loader`` gives batches (inputs, targets); after each epoch the model is evaluated on
        ``test_loader``. Raises `ArgumentError` if the loss is not finite, or if there is nothing to train on.
        """
        if len(loader) == 0:
            raise ArgumentError("Trainer.fit: expected a loader with batches, got an empty one")
        self.loader, self.epochs = loader, epochs
        try:
            while self.epoch < epochs and not self.stop_requested:
                self._tell(Callback.on_epoch_start)
                self._train(loader)
                if self.batch < len(loader):
                    self._tell(Callback.on_stop)
                else:
                    self._finish_epoch(test_loader)
                    self._tell(Callback.on_epoch_end)
        finally:
            self._tell(Callback.on_fit_end)
            self.stop_requested = False
        return self.history

    def _tell(self, event: Callable[[Callback, Trainer], None]) -> None:
        for callback in self.callbacks:
            getattr(callback, event.__name__)(self)

    def _train(self, loader: Loader) -> None:
        """Train on the batches of this epoch that are left."""
        start = time.perf_counter() - self._seconds
        self.model.train()
        if hasattr(loader, "epoch"):  # its order is then that of this epoch, in a resumed run too
            loader.epoch = self.epoch
        for inputs, targets in islice(loader, self.batch, None):
            self._step(inputs, targets)
            self._seconds = time.perf_counter() - start
            self._tell(Callback.on_batch_end)
            if self.stop_requested:
                break

    def _step(self, inputs: Any, targets: Any) -> None:
        outputs = self.model(inputs)
        loss = self.loss(outputs, targets)
        value = float(loss.item())
        if not math.isfinite(value):
            raise ArgumentError(
                f"the loss is {value} in epoch {self.epoch + 1}, batch {self.batch + 1}; expected a finite "
                f"number: lower the learning rate (it is {self._lr:.3g}), or clip the gradients"
            )
        self.optimizer.zero_grad()
        loss.backward()
        if self.max_norm is not None:
            clip_grad_norm_(self.model.parameters(), self.max_norm)
        if self.clip_value is not None:
            clip_grad_value_(self.model.parameters(), self.clip_value)
        self.optimizer.step()
        if self.averaged is not None:
            self.averaged.update_parameters(self.model)
        if self.scheduler is not None and self.scheduler_interval == "batch":
            self.scheduler.step()

        self.batch += 1
        self.batch_losses.append(value)
        _measure(self._means, value, outputs.detach().numpy(), targets, self.metrics)

    def _finish_epoch(self, test_loader: Loader | None) -> None:
        start = time.perf_counter()
        row: dict[str, Any] = {"epoch": self.epoch + 1}
        row |= {f"train_{name}": mean.value for name, mean in self._means.items()}
        if test_loader is not None:
            figures = evaluate(self.trained_model, test_loader, self.test_loss, self.metrics)
            row |= {f"test_{name}": value for name, value in figures.items()}
        row["lr"] = self._lr
        row["seconds"] = round(self._seconds + time.perf_counter() - start, 3)
        row["batch_losses"] = _part_means(self.batch_losses, _LOSSES_IN_A_ROW)
        if self.scheduler is not None and self.scheduler_interval == "epoch":
            self.scheduler.step()
        self.history.append(row)
        self.epoch += 1
        self._start_epoch()

    @property
    def trained_model(self) -> Module:
        """What the training is for: the average of the model's weights, if there is one, or the model."""
        return self.model if self.averaged is None else self.averaged.module

    @property
    def examples(self) -> int:
        """How many examples of the present epoch were trained on."""
        return self._means["loss"].count

    @property
    def _lr(self) -> float:
        return float(self.optimizer.param_groups[0]["lr"])

    # --- State ------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """Return all that is needed to go on: of the model, optimiser, schedule, generator, and the place.

        In the middle of an epoch, a run goes on to the same bits if its loader shuffles by a seed: then its
        order is known; otherwise the rest of the epoch comes in a new order.
        """
        return {
            "model": self.model.state_dict(),
            "averaged": None if self.averaged is None else self.averaged.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": None if self.scheduler is None else self.scheduler.state_dict(),
            "generator": default_generator().bit_generator.state,
            "epoch": self.epoch,
            "batch": self.batch,
            "history": list(self.history),
            "batch_losses": list(self.batch_losses),
            "means": {name: [mean.total, mean.count] for name, mean in self._means.items()},
            "seconds": self._seconds,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on where `state_dict` was taken, of a trainer made in the same way."""
        self.model.load_state_dict(state["model"])
        if self.averaged is not None:
            self.averaged.load_state_dict(state["averaged"])
        # A file of JSON has made strings of the numbers of the parameters.
        moments = {int(number): moment for number, moment in state["optimizer"]["state"].items()}
        self.optimizer.load_state_dict({**state["optimizer"], "state": moments})
        if self.scheduler is not None:
            self.scheduler.load_state_dict(state["scheduler"])
        default_generator().bit_generator.state = state["generator"]
        self.epoch = state["epoch"]
        self.batch = state["batch"]
        self.history = list(state["history"])
        self.batch_losses = list(state["batch_losses"])
        self._means = {name: RunningMean(*mean) for name, mean in state["means"].items()}
        self._seconds = state["seconds"]


def predict(model: Module, loader: Iterable[Any]) -> Iterator[tuple[NDArray[Any], Any]]:
    """Yield the model's outputs and the targets, batch by batch, in evaluation mode and unrecorded."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        for inputs, targets in loader:
            with no_grad():
                outputs = model(inputs).numpy()
            yield outputs, targets
    finally:
        for module, mode in modes:  # one that is frozen in evaluation mode stays so
            module.training = mode


def evaluate(
    model: Module,
    loader: Iterable[Any],
    loss: Loss = cross_entropy,
    metrics: Mapping[str, Metric] = CLASSIFICATION,
) -> dict[str, float]:
    """Return the mean ``loss`` and the metrics over all examples of a loader, by name.

    >>> import autograd_cnn as ag
    >>> evaluate(ag.nn.Identity(), [(ag.tensor([[0.0, 100.0], [100.0, 0.0]]), np.array([1, 0]))])
    {'loss': 0.0, 'accuracy': 1.0}
    """
    means = {name: RunningMean() for name in ("loss", *metrics)}
    for outputs, targets in predict(model, loader):
        with no_grad():
            value = float(loss(outputs, targets))
        _measure(means, value, outputs, targets, metrics)
    return {name: mean.value for name, mean in means.items()}


def _measure(
    means: dict[str, RunningMean],
    loss: float,
    outputs: NDArray[Any],
    targets: Any,
    metrics: Mapping[str, Metric],
) -> None:
    means["loss"].add(loss, len(outputs))
    for name, metric in metrics.items():
        means[name].add(metric(outputs, targets), len(outputs))


def _part_means(values: Sequence[float], parts: int) -> list[float]:
    """The means of at most ``parts`` equal parts, to four digits."""
    pieces = np.array_split(np.asarray(values), min(parts, len(values)))
    return [float(f"{piece.mean():.4g}") for piece in pieces]
