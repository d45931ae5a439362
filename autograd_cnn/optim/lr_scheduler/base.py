"""`LRScheduler`, and schedules that are a function of the epoch or of the last rate."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from autograd_cnn.errors import ArgumentError
from autograd_cnn.optim.optimizer import Optimizer

__all__ = ["LRScheduler", "LambdaLR", "MultiplicativeLR", "cycled_momentum", "of_groups", "set_momentum"]

Factors = Callable[[int], float] | Sequence[Callable[[int], float]]


class LRScheduler:
    """Base of all schedules. A subclass defines `get_lr`: the rates of the groups at ``last_epoch``.

    Call `step` after every epoch (or batch, if the schedule counts batches); ``last_epoch`` counts the calls,
    from 0. To go on with a former run, load the optimiser's and the scheduler's state.
    """

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        self.optimizer = optimizer
        for group in optimizer.param_groups:
            if last_epoch == -1:
                # Of several schedules together, the first notes where all began.
                group.setdefault("initial_lr", group["lr"])
            elif "initial_lr" not in group:
                raise ArgumentError(
                    f"{type(self).__name__}: expected initial_lr in every group to go on from epoch "
                    f"{last_epoch}; load the optimizer's state first"
                )
        self.base_lrs: list[float] = [group["initial_lr"] for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        self._begin()

    def get_lr(self) -> list[float]:
        """Return the learning rate of each group at ``last_epoch``."""
        raise NotImplementedError

    def get_last_lr(self) -> list[float]:
        """Return the learning rate of each group as it was last set."""
        return list(self._last_lr)

    def step(self) -> None:
        """Go on by one epoch, and set the learning rates."""
        self._step_count += 1
        self.last_epoch += 1
        self._set(self.get_lr())

    def _begin(self) -> None:
        """Take the first step; and again, when the schedule begins as a part of another."""
        self._step_count = 1
        self.last_epoch += 1
        self._set(self._first_lr())

    def _first_lr(self) -> list[float]:
        """The rates at the first epoch, which is not 0 when a former run goes on."""
        return self.get_lr() if self.last_epoch == 0 else self._anew()

    def _anew(self) -> list[float]:
        """The rates at ``last_epoch``, from the initial ones instead of the last ones."""
        return self.get_lr()

    def _begin_at(self, epoch: int) -> None:
        self.last_epoch = epoch
        self._set(self._anew())

    def _rewind(self) -> None:
        """Go back to before the first epoch."""
        self.last_epoch = -1

    def _set(self, rates: Sequence[float]) -> None:
        self._last_lr = list(rates)
        for group, lr in zip(self.optimizer.param_groups, rates, strict=True):
            group["lr"] = lr

    def _rates(self) -> list[float]:
        return [group["lr"] for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        """Return everything but the optimiser; functions, as in PyTorch, are None there."""
        saved = {key: value for key, value in vars(self).items() if key != "optimizer"}
        for key in self._not_saved:
            saved[key] = [None] * len(saved[key]) if isinstance(saved[key], list) else None
        return saved

    _not_saved: tuple[str, ...] = ()

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over what `state_dict` returned; the optimiser has its own."""
        vars(self).update({key: value for key, value in state_dict.items() if key not in self._not_saved})


class LambdaLR(LRScheduler):
    """The initial rate times ``lr_lambda(epoch)``: one function, or one for each group.

    Functions are not part of the state: they stay those that the schedule was made with.

    >>> import autograd_cnn as ag
    >>> optimizer = ag.optim.SGD([ag.tensor([1.0], requires_grad=True)], lr=0.5)
    >>> scheduler = ag.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 1 / (1 + epoch))
    >>> scheduler.step()
    >>> optimizer.param_groups[0]["lr"]
    0.25
    """

    _not_saved = ("lr_lambdas",)

    def __init__(self, optimizer: Optimizer, lr_lambda: Factors, last_epoch: int = -1) -> None:
        self.lr_lambdas = _functions("LambdaLR", optimizer, lr_lambda)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """Return the learning rate of each group at ``last_epoch``."""
        return [
            base * function(self.last_epoch)
            for base, function in zip(self.base_lrs, self.lr_lambdas, strict=True)
        ]


class MultiplicativeLR(LRScheduler):
    """The last rate times ``lr_lambda(epoch)``: one function, or one for each group.

    Functions are not part of the state: they stay those that the schedule was made with.

    >>> import autograd_cnn as ag
    >>> optimizer = ag.optim.SGD([ag.tensor([1.0], requires_grad=True)], lr=0.5)
    >>> scheduler = ag.optim.lr_scheduler.MultiplicativeLR(optimizer, lambda epoch: 0.5)
    >>> scheduler.step()
    >>> optimizer.param_groups[0]["lr"]
    0.25
    """

    _not_saved = ("lr_lambdas",)

    def __init__(self, optimizer: Optimizer, lr_lambda: Factors, last_epoch: int = -1) -> None:
        self.lr_lambdas = _functions("MultiplicativeLR", optimizer, lr_lambda)
        super().__init__(optimizer, last_epoch)

    def _first_lr(self) -> list[float]:
        return self._rates()

    def get_lr(self) -> list[float]:
        """Return the learning rate of each group at ``last_epoch``."""
        return [
            rate * function(self.last_epoch)
            for rate, function in zip(self._rates(), self.lr_lambdas, strict=True)
        ]


def _functions(name: str, optimizer: Optimizer, given: Factors) -> list[Callable[[int], float]]:
    count = len(optimizer.param_groups)
    functions = [given] * count if callable(given) else list(given)
    if len(functions) != count:
        raise ArgumentError(
            f"{name}: expected one function or {count}, one for each group, got {len(functions)}"
        )
    return functions


def of_groups(schedule: str, name: str, value: float | Sequence[float], optimizer: Optimizer) -> list[float]:
    """Return a value for each group, of one for all or of a sequence."""
    count = len(optimizer.param_groups)
    values = list(value) if isinstance(value, Sequence) else [value] * count
    if len(values) != count:
        raise ArgumentError(
            f"{schedule}: expected {name} as one number or {count}, one for each group, got {len(values)}"
        )
    return values


def cycled_momentum(
    schedule: str,
    optimizer: Optimizer,
    low: float | Sequence[float],
    high: float | Sequence[float],
    begins: bool,
) -> tuple[list[float], list[float]]:
    """Return the limits of each group's momentum; where a schedule begins, note them, and begin high."""
    if "momentum" not in optimizer.defaults and "betas" not in optimizer.defaults:
        raise ArgumentError(
            f"{schedule}: expected an optimizer with momentum or betas, got {type(optimizer).__name__}; pass "
            "cycle_momentum=False"
        )
    lows = of_groups(schedule, "base_momentum", low, optimizer)
    highs = of_groups(schedule, "max_momentum", high, optimizer)
    if begins:
        for group, base, top in zip(optimizer.param_groups, lows, highs, strict=True):
            group["base_momentum"], group["max_momentum"] = base, top
            set_momentum(group, top)
    return lows, highs


def set_momentum(group: dict[str, Any], momentum: float) -> None:
    """Set the momentum of SGD, or β₁ of Adam."""
    if "betas" in group:
        group["betas"] = (momentum, *group["betas"][1:])
    else:
        group["momentum"] = momentum
