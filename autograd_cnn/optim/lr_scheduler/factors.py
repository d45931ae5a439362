"""Schedules that are a factor on the initial rate, and that can be multiplied with each other."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from autograd_cnn.errors import ArgumentError
from autograd_cnn.optim.lr_scheduler.base import LRScheduler
from autograd_cnn.optim.optimizer import Optimizer

__all__ = [
    "ConstantLR",
    "CosineAnnealingLR",
    "ExponentialLR",
    "LinearLR",
    "MultiStepLR",
    "PolynomialLR",
    "StepLR",
]


class _Factor(LRScheduler):
    """``eta_min`` + (initial - ``eta_min``) · `share`, reached from the last rate.

    A step multiplies by the ratio of two factors, so that what else changes the rate (another schedule, the
    user) goes on to count.
    """

    eta_min: float = 0.0

    def share(self, epoch: int) -> float:
        """What the initial rate is multiplied by at an epoch."""
        raise NotImplementedError

    def get_lr(self) -> list[float]:
        """Return the learning rate of each group at ``last_epoch``."""
        floor, now = self.eta_min, self.share(self.last_epoch)
        before = self.share(self.last_epoch - 1) if self.last_epoch > 0 else 1.0
        rates = self._rates()
        if now == before:
            return rates
        if before == 0:  # from nothing, no ratio leads on
            return [rate + (base - floor) * now for rate, base in zip(rates, self.base_lrs, strict=True)]
        return [floor + (rate - floor) * (now / before) for rate in rates]

    def _anew(self) -> list[float]:
        now = self.share(self.last_epoch)
        return [self.eta_min + (base - self.eta_min) * now for base in self.base_lrs]


class StepLR(_Factor):
    """The initial rate times ``gamma`` after every ``step_size`` epochs.

    >>> import autograd_cnn as ag
    >>> optimizer = ag.optim.SGD([ag.tensor([1.0], requires_grad=True)], lr=1.0)
    >>> scheduler = ag.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.5)
    >>> scheduler.step()
    >>> scheduler.get_last_lr()
    [0.5]
    """

    def __init__(
        self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        _check_count("StepLR", "step_size", step_size)
        self.step_size = step_size
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def share(self, epoch: int) -> float:
        """``gamma`` for every ``step_size`` epochs."""
        return self.gamma ** (epoch // self.step_size)


class MultiStepLR(_Factor):
    """The initial rate times ``gamma`` after each of the epochs ``milestones``.

    >>> import autograd_cnn as ag
    >>> optimizer = ag.optim.SGD([ag.tensor([1.0], requires_grad=True)], lr=1.0)
    >>> scheduler = ag.optim.lr_scheduler.MultiStepLR(optimizer, milestones=[1, 3], gamma=0.5)
    >>> scheduler.step()
    >>> scheduler.get_last_lr()
    [0.5]
    """

    def __init__(
        self, optimizer: Optimizer, milestones: Iterable[int], gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        self.milestones = Counter(milestones)  # as in PyTorch's state: how often each is named
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def share(self, epoch: int) -> float:
        """``gamma`` for every milestone that is past."""
        return self.gamma ** bisect_right(sorted(self.milestones.elements()), epoch)

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over what `state_dict` returned, also by way of JSON, which has no integer keys."""
        super().load_state_dict(state_dict)
        self.milestones = Counter({int(epoch): times for epoch, times in self.milestones.items()})


class ConstantLR(_Factor):
    """The initial rate times ``factor`` until epoch ``total_iters``, then the initial rate.

    >>> import autograd_cnn as ag
    >>> optimizer = ag.optim.SGD([ag.tensor([1.0], requires_grad=True)], lr=1.0)
    >>> scheduler = ag.optim.lr_scheduler.ConstantLR(optimizer, factor=0.25, total_iters=3)
    >>> scheduler.get_last_lr()
    [0.25]
    """

    def __init__(
        self, optimizer: Optimizer, factor: float = 1.0 / 3, total_iters: int = 5, last_epoch: int = -1
    ) -> None:
        _check_share("ConstantLR", "factor", factor)
        self.factor = factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def share(self, epoch: int) -> float:
        """``factor``, and 1 in the end."""
        return self.factor if epoch < self.total_iters else 1.0


class LinearLR(_Factor):
    """The initial rate times what goes from ``start_factor`` to ``end_factor`` within ``total_iters`` epochs.

    >>> import autograd_cnn as ag
    >>> optimizer = ag.optim.SGD([ag.tensor([1.0], requires_grad=True)], lr=1.0)
    >>> scheduler = ag.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.5, total_iters=2)
    >>> scheduler.step()
    >>> scheduler.get_last_lr()
    [0.75]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1.0 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        _check_share("LinearLR", "start_factor", start_factor)
        _check_share("LinearLR", "end_factor", end_factor)
        if start_factor == 0:
            raise ArgumentError("LinearLR: expected a start_factor above 0, got 0")
        _check_count("LinearLR", "total_iters", total_iters)
        self.start_factor = start_factor
        self.end_factor = end_factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def share(self, epoch: int) -> float:
        """On the straight line between the two factors."""
        passed = min(self.total_iters, epoch) / self.total_iters
        return self.start_factor + (self.end_factor - self.start_factor) * passed


class ExponentialLR(_Factor):
    """The initial rate times ``gamma`` ^ epoch.

    >>> import autograd_cnn as ag
    >>> optimizer = ag.optim.SGD([ag.tensor([1.0], requires_grad=True)], lr=1.0)
    >>> scheduler = ag.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
    >>> scheduler.step()
    >>> scheduler.get_last_lr()
    [0.5]
    """

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def share(self, epoch: int) -> float:
        """``gamma`` for every epoch."""
        return self.gamma**epoch


class PolynomialLR(_Factor):
    """The initial rate times (1 - epoch / ``total_iters``) ^ ``power``, which then stays 0.

    >>> import autograd_cnn as ag
    >>> optimizer = ag.optim.SGD([ag.tensor([1.0], requires_grad=True)], lr=1.0)
    >>> scheduler = ag.optim.lr_scheduler.PolynomialLR(optimizer, total_iters=2, power=2)
    >>> scheduler.step()
    >>> scheduler.get_last_lr()
    [0.25]
    """

    def __init__(
        self, optimizer: Optimizer, total_iters: int = 5, power: float = 1.0, last_epoch: int = -1
    ) -> None:
        _check_count("PolynomialLR", "total_iters", total_iters)
        self.total_iters = total_iters
        self.power = power
        super().__init__(optimizer, last_epoch)

    def share(self, epoch: int) -> float:
        """The power of what is left."""
        return float((1 - min(self.total_iters, epoch) / self.total_iters) ** self.power)


class CosineAnnealingLR(_Factor):
    """From the initial rate to ``eta_min`` along half a cosine wave of ``T_max`` epochs, and up again.

    ``eta_min`` + (initial - ``eta_min``) (1 + cos(π epoch / ``T_max``)) / 2: Loshchilov and Hutter, *SGDR*
    (2017), equation 5, without restarts.

    >>> import autograd_cnn as ag
    >>> optimizer = ag.optim.SGD([ag.tensor([1.0], requires_grad=True)], lr=1.0)
    >>> scheduler = ag.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=2)
    >>> scheduler.step()
    >>> scheduler.get_last_lr()
    [0.5]
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        _check_count("CosineAnnealingLR", "T_max", T_max)
        self.T_max = T_max
        self.eta_min = eta_min
        super().__init__(optimizer, last_epoch)

    def share(self, epoch: int) -> float:
        """The height of the wave; exactly 0 at its lowest."""
        return (1 + math.cos(math.pi * epoch / self.T_max)) / 2


def _check_share(schedule: str, name: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise ArgumentError(f"{schedule}: expected {name} from 0 to 1, got {value}")


def _check_count(schedule: str, name: str, value: int) -> None:
    if value < 1:
        raise ArgumentError(f"{schedule}: expected {name} of at least 1, got {value}")
