"""Schedules made of schedules: together, or one after the other."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any

from autograd_cnn.errors import ArgumentError
from autograd_cnn.optim.lr_scheduler.base import LRScheduler
from autograd_cnn.optim.lr_scheduler.plateau import ReduceLROnPlateau
from autograd_cnn.optim.optimizer import Optimizer

__all__ = ["ChainedScheduler", "SequentialLR"]


class _Combined(LRScheduler):
    """Schedules of one optimiser, with the states of all."""

    _not_saved = ("_schedulers",)

    def __init__(self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None) -> None:
        self._schedulers = list(schedulers)
        name = type(self).__name__
        if not self._schedulers:
            raise ArgumentError(f"{name}: expected schedules, got none")
        self.optimizer = optimizer or self._schedulers[0].optimizer
        for scheduler in self._schedulers:
            if isinstance(scheduler, ReduceLROnPlateau):
                raise ArgumentError(
                    f"{name}: expected schedules that step without a measure, got ReduceLROnPlateau; step it "
                    "yourself"
                )
            if scheduler.optimizer is not self.optimizer:
                raise ArgumentError(
                    f"{name}: expected schedules of one optimizer, got {type(scheduler).__name__} of another"
                )

    def _take_back(self) -> None:
        """Undo the first step of each schedule, which it took when it was made."""
        for scheduler in self._schedulers:
            if isinstance(scheduler, _Combined):
                scheduler._take_back()
            else:
                scheduler.last_epoch -= 1

    def _rewind(self) -> None:
        super()._rewind()
        for scheduler in self._schedulers:
            scheduler._rewind()

    def _begin_at(self, epoch: int) -> None:
        self._rewind()
        self._reset_rates()
        self._begin()

    def _reset_rates(self) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = group["initial_lr"]

    def state_dict(self) -> dict[str, Any]:
        """Return everything but the optimiser and functions, with the states of the parts."""
        return {**super().state_dict(), "_schedulers": [part.state_dict() for part in self._schedulers]}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over what `state_dict` returned; the optimiser has its own."""
        super().load_state_dict(state_dict)
        for part, state in zip(self._schedulers, state_dict["_schedulers"], strict=True):
            part.load_state_dict(state)


class ChainedScheduler(_Combined):
    """Steps several schedules at once: their factors multiply.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.optim.lr_scheduler import ChainedScheduler, ConstantLR, ExponentialLR
    >>> optimizer = ag.optim.SGD([ag.tensor([1.0], requires_grad=True)], lr=1.0)
    >>> parts = [ConstantLR(optimizer, 0.5, 9), ExponentialLR(optimizer, gamma=0.5)]
    >>> scheduler = ChainedScheduler(parts)
    >>> scheduler.step()
    >>> scheduler.get_last_lr()
    [0.25]
    """

    def __init__(self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None = None) -> None:
        super().__init__(schedulers, optimizer)
        self._last_lr = self._rates()

    def step(self) -> None:
        """Go on by one epoch in all schedules."""
        for scheduler in self._schedulers:
            scheduler.step()
        self._last_lr = self._rates()

    def _begin(self) -> None:
        for scheduler in self._schedulers:
            scheduler._begin()
        self._last_lr = self._rates()


class SequentialLR(_Combined):
    """One schedule after the other: the next begins at each of the epochs ``milestones``.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.optim.lr_scheduler import ConstantLR, ExponentialLR, SequentialLR
    >>> optimizer = ag.optim.SGD([ag.tensor([1.0], requires_grad=True)], lr=1.0)
    >>> parts = [ConstantLR(optimizer, 0.125, 9), ExponentialLR(optimizer, gamma=0.5)]
    >>> scheduler = SequentialLR(optimizer, parts, milestones=[2])
    >>> rates = []
    >>> for _ in range(4):
    ...     rates += scheduler.get_last_lr()
    ...     scheduler.step()
    >>> rates
    [0.125, 0.125, 1.0, 0.5]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        schedulers: Sequence[LRScheduler],
        milestones: Sequence[int],
        last_epoch: int = -1,
    ) -> None:
        super().__init__(schedulers, optimizer)
        if len(milestones) != len(self._schedulers) - 1:
            raise ArgumentError(
                f"SequentialLR: expected a milestone between each two schedules, "
                f"{len(self._schedulers) - 1}, got {len(milestones)}"
            )
        self._milestones = list(milestones)
        self.last_epoch = last_epoch
        self._take_back()
        self._begin()

    def _begin(self) -> None:
        self._reset_rates()  # each schedule changed them when it was made
        self.last_epoch += 1
        first = self._schedulers[bisect_right(self._milestones, 0)]
        first._begin()
        self._last_lr = first.get_last_lr()

    def step(self) -> None:
        """Go on by one epoch in the schedule whose turn it is."""
        self.last_epoch += 1
        turn = bisect_right(self._milestones, self.last_epoch)
        scheduler = self._schedulers[turn]
        if turn > 0 and self._milestones[turn - 1] == self.last_epoch:
            scheduler._begin_at(0)
        else:
            scheduler.step()
        self._last_lr = scheduler.get_last_lr()
