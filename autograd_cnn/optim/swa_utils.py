"""Averages of a model's weights over training, with the names of ``torch.optim.swa_utils``."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from autograd_cnn.core.grad_mode import no_grad
from autograd_cnn.core.inplace import writable
from autograd_cnn.core.tensor import Tensor, tensor
from autograd_cnn.errors import ArgumentError
from autograd_cnn.kernels.threads import scratch
from autograd_cnn.nn.module import Module
from autograd_cnn.optim.chunks import in_chunks
from autograd_cnn.optim.lr_scheduler.base import LRScheduler, of_groups
from autograd_cnn.optim.optimizer import Optimizer

__all__ = [
    "SWALR",
    "AveragedModel",
    "get_ema_avg_fn",
    "get_ema_multi_avg_fn",
    "get_swa_avg_fn",
    "get_swa_multi_avg_fn",
    "update_bn",
]

Pairs = list[tuple[Tensor, Tensor]]
Average = Callable[[Tensor, Tensor, Any], Tensor]
Averages = Callable[[Sequence[Tensor], Sequence[Tensor], Any], None]


def get_ema_avg_fn(decay: float = 0.999) -> Average:
    """Return the function ``decay`` · average + (1 - ``decay``) · present, for `AveragedModel`.

    >>> import autograd_cnn as ag
    >>> ag.optim.swa_utils.get_ema_avg_fn(0.75)(ag.tensor([1.0]), ag.tensor([2.0]), 3)
    tensor([1.25])
    """
    _check_decay("get_ema_avg_fn", decay)
    return lambda average, present, count: average * decay + present * (1 - decay)


def get_swa_avg_fn() -> Average:
    """Return the function that takes one more into an equal mean of ``count``, for `AveragedModel`.

    >>> import autograd_cnn as ag
    >>> ag.optim.swa_utils.get_swa_avg_fn()(ag.tensor([1.0]), ag.tensor([5.0]), 3)
    tensor([2.])
    """
    return lambda average, present, count: average + (present - average) / (int(count) + 1)


def get_ema_multi_avg_fn(decay: float = 0.999) -> Averages:
    """Return what `get_ema_avg_fn` does as a function that changes a list of averages in place.

    >>> import autograd_cnn as ag
    >>> average = ag.tensor([1.0])
    >>> ag.optim.swa_utils.get_ema_multi_avg_fn(0.75)([average], [ag.tensor([2.0])], 3)
    >>> average
    tensor([1.25])
    """
    _check_decay("get_ema_multi_avg_fn", decay)
    return lambda averages, present, count: _move(averages, present, 1 - decay)


def get_swa_multi_avg_fn() -> Averages:
    """Return what `get_swa_avg_fn` does as a function that changes a list of averages in place.

    >>> import autograd_cnn as ag
    >>> average = ag.tensor([1.0])
    >>> ag.optim.swa_utils.get_swa_multi_avg_fn()([average], [ag.tensor([5.0])], 3)
    >>> average
    tensor([2.])
    """
    return lambda averages, present, count: _move(averages, present, 1 / (int(count) + 1))


class AveragedModel(Module):
    """A copy of a model whose weights are the average of those that the model has had.

    Call ``update_parameters(model)`` after each step; the copy is called as the model is. The average is
    equal, or that of ``avg_fn(average, present, count)``, or of ``multi_avg_fn(averages, present, count)``,
    which changes lists in place, as `get_ema_multi_avg_fn` does. Buffers are copied, or averaged too with
    ``use_buffers``. Izmailov et al., *Averaging weights leads to wider optima and better generalization*
    (2018); Polyak and Juditsky, *Acceleration of stochastic approximation by averaging* (1992).

    >>> import autograd_cnn as ag
    >>> model = ag.nn.Linear(1, 1)
    >>> averaged = ag.optim.swa_utils.AveragedModel(model)
    >>> for value in (1.0, 2.0, 6.0):
    ...     _ = ag.nn.init.constant_(model.weight, value)
    ...     averaged.update_parameters(model)
    >>> averaged.module.weight.item()
    3.0
    """

    n_averaged: Tensor

    def __init__(
        self,
        model: Module,
        device: Any = None,
        avg_fn: Average | None = None,
        multi_avg_fn: Averages | None = None,
        use_buffers: bool = False,
    ) -> None:
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise ArgumentError("AveragedModel: expected avg_fn or multi_avg_fn, got both; pass one")
        self.module = copy.deepcopy(model)
        if device is not None:
            self.module.to(device)
        self.register_buffer("n_averaged", tensor(0))
        self.avg_fn = avg_fn
        self.multi_avg_fn = multi_avg_fn
        self.use_buffers = use_buffers

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Call the copy."""
        return self.module(*args, **kwargs)

    def update_parameters(self, model: Module) -> None:
        """Take the present weights of the model into the average; the first ones are the average."""
        averaged: list[tuple[Tensor, Tensor]] = list(
            zip(self.module.parameters(), model.parameters(), strict=True)
        )
        copied: list[tuple[Tensor, Tensor]] = list(zip(self.module.buffers(), model.buffers(), strict=True))
        if self.use_buffers:
            averaged, copied = averaged + copied, []
        with no_grad():
            if not self.n_averaged:
                copied += averaged
            elif self.avg_fn is not None:
                for average, present in averaged:
                    _write(average, self.avg_fn(average.detach(), present.detach(), self.n_averaged))
            elif averaged:
                averages, present_values = zip(*averaged, strict=True)
                average_all = self.multi_avg_fn or get_swa_multi_avg_fn()
                average_all(averages, [present.detach() for present in present_values], self.n_averaged)
            for average, present in copied:
                _write(average, present)
            self.n_averaged = self.n_averaged + 1


def update_bn(loader: Iterable[Any], model: Module, device: Any = None) -> None:
    """Compute the running statistics of all batch normalisations anew, by one pass over ``loader``.

    Averaged weights have none of their own. A batch is an input, or a sequence that begins with one.
    ``device`` is taken for PyTorch's sake. The momenta, and whether the model is training, stay as they are.
    """
    layers: list[Any] = [module for module in model.modules() if hasattr(module, "reset_running_stats")]
    if not layers:
        return
    momenta, was_training = [layer.momentum for layer in layers], model.training
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None  # an equal mean over all batches
    model.train()
    try:
        with no_grad():
            for batch in loader:
                model(batch[0] if isinstance(batch, (list, tuple)) else batch)
    finally:
        for layer, momentum in zip(layers, momenta, strict=True):
            layer.momentum = momentum
        model.train(was_training)


class SWALR(LRScheduler):
    """From the present rate to ``swa_lr`` within ``anneal_epochs`` epochs, to stay there.

    Along half a cosine wave or a straight line (``anneal_strategy`` "cos" or "linear"). ``swa_lr`` is one
    number, or one for each group. Izmailov et al., *Averaging weights* (2018).

    >>> import autograd_cnn as ag
    >>> optimizer = ag.optim.SGD([ag.tensor([1.0], requires_grad=True)], lr=1.0)
    >>> scheduler = ag.optim.swa_utils.SWALR(optimizer, swa_lr=0.5, anneal_epochs=2)
    >>> scheduler.step()
    >>> scheduler.get_last_lr()
    [0.75]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        swa_lr: float | Sequence[float],
        anneal_epochs: int = 10,
        anneal_strategy: str = "cos",
        last_epoch: int = -1,
    ) -> None:
        if anneal_strategy not in ("cos", "linear"):
            raise ArgumentError(f"SWALR: expected anneal_strategy 'cos' or 'linear', got {anneal_strategy!r}")
        if anneal_epochs < 0:
            raise ArgumentError(f"SWALR: expected anneal_epochs of 0 or more, got {anneal_epochs}")
        rates = of_groups("SWALR", "swa_lr", swa_lr, optimizer)
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["swa_lr"] = rate
        self.anneal_epochs = anneal_epochs
        self._anneal_strategy = anneal_strategy
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """Return the learning rate of each group at ``last_epoch``."""
        step = self._step_count - 1
        if self.anneal_epochs == 0:
            step = max(1, step)
        before, now = self._share(step - 1), self._share(step)
        rates = []
        for group in self.optimizer.param_groups:
            aim = group["swa_lr"]
            # Where it would have come from, so that what else changes the rate goes on to count.
            start = aim if before == 1 else (group["lr"] - before * aim) / (1 - before)
            rates.append(aim * now + start * (1 - now))
        return rates

    def _share(self, step: int) -> float:
        passed = max(0.0, min(1.0, step / max(1, self.anneal_epochs)))
        return passed if self._anneal_strategy == "linear" else (1 - math.cos(math.pi * passed)) / 2


def _move(averages: Sequence[Tensor], present: Sequence[Tensor], share: float) -> None:
    """Move each average by a share of its way to the present value."""
    with no_grad():
        for average, now in zip(averages, present, strict=True):
            if average.dtype.kind not in "fc":
                _write(average, average.detach() * (1 - share) + now.detach() * share)
                continue
            values = np.asarray(writable(average, "AveragedModel"))
            for value, target in in_chunks(values, np.asarray(now._value)):
                way = scratch("average", value.shape, value.dtype)
                np.subtract(target, value, out=way)
                way *= share
                value += way


def _write(average: Tensor, value: Tensor) -> None:
    # As in PyTorch, a mean of integers (counts of batches) is cut off.
    np.copyto(writable(average, "AveragedModel"), value._value, casting="unsafe")


def _check_decay(name: str, decay: float) -> None:
    if not 0 <= decay <= 1:
        raise ArgumentError(f"{name}: expected a decay from 0 to 1, got {decay}")
