"""Learning rates that change from step to step, with the names and formulas of PyTorch."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from autograd_cnn.errors import ArgumentError
from autograd_cnn.optim.optimizer import Optimizer

__all__ = ["CosineAnnealingLR", "LRScheduler", "LambdaLR", "OneCycleLR", "StepLR"]


class LRScheduler:
    """Base of all schedules. A subclass defines `get_lr`: the rates of the groups at ``last_epoch``.

    Call `step` after every epoch (or batch, if the schedule counts batches); ``last_epoch`` counts the calls,
    from 0. To go on with a former run, load the optimiser's and the scheduler's state.
    """

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        self.optimizer = optimizer
        for group in optimizer.param_groups:
            if last_epoch == -1:
                group["initial_lr"] = group["lr"]
            elif "initial_lr" not in group:
                raise ArgumentError(
                    f"{type(self).__name__}: expected initial_lr in every group to go on from epoch "
                    f"{last_epoch}; load the optimizer's state first"
                )
        self.base_lrs: list[float] = [group["initial_lr"] for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        self.step()

    def get_lr(self) -> list[float]:
        """Return the learning rate of each group at ``last_epoch``."""
        raise NotImplementedError

    def get_last_lr(self) -> list[float]:
        """Return the learning rate of each group as it was last set."""
        return list(self._last_lr)

    def step(self) -> None:
        """Go on by one epoch, and set the learning rates."""
        self.last_epoch += 1
        self._last_lr = self.get_lr()
        for group, lr in zip(self.optimizer.param_groups, self._last_lr, strict=True):
            group["lr"] = lr

    def state_dict(self) -> dict[str, Any]:
        """Return everything but the optimiser and functions."""
        return {
            key: value
            for key, value in vars(self).items()
            if key != "optimizer" and key not in self._not_saved
        }

    _not_saved: tuple[str, ...] = ()

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over what `state_dict` returned; the optimiser has its own."""
        vars(self).update(state_dict)


class LambdaLR(LRScheduler):
    """The initial rate times ``lr_lambda(epoch)``: one function, or one for each group.

    Functions are not part of the state.

    >>> import autograd_cnn as ag
    >>> optimizer = ag.optim.SGD([ag.tensor([1.0], requires_grad=True)], lr=0.5)
    >>> scheduler = ag.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 1 / (1 + epoch))
    >>> scheduler.step()
    >>> optimizer.param_groups[0]["lr"]
    0.25
    """

    _not_saved = ("lr_lambdas",)

    def __init__(
        self,
        optimizer: Optimizer,
        lr_lambda: Callable[[int], float] | Sequence[Callable[[int], float]],
        last_epoch: int = -1,
    ) -> None:
        count = len(optimizer.param_groups)
        self.lr_lambdas = [lr_lambda] * count if callable(lr_lambda) else list(lr_lambda)
        if len(self.lr_lambdas) != count:
            raise ArgumentError(
                f"LambdaLR: expected one function or {count}, one for each group, got {len(self.lr_lambdas)}"
            )
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """Return the learning rate of each group at ``last_epoch``."""
        return [
            base * function(self.last_epoch)
            for base, function in zip(self.base_lrs, self.lr_lambdas, strict=True)
        ]


class StepLR(LRScheduler):
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
        if step_size < 1:
            raise ArgumentError(f"StepLR: expected step_size of at least 1, got {step_size}")
        self.step_size = step_size
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """Return the learning rate of each group at ``last_epoch``."""
        return [base * self.gamma ** (self.last_epoch // self.step_size) for base in self.base_lrs]


class CosineAnnealingLR(LRScheduler):
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
        if T_max < 1:
            raise ArgumentError(f"CosineAnnealingLR: expected T_max of at least 1, got {T_max}")
        self.T_max = T_max
        self.eta_min = eta_min
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """Return the learning rate of each group at ``last_epoch``."""
        share = (1 + math.cos(math.pi * self.last_epoch / self.T_max)) / 2
        return [self.eta_min + (base - self.eta_min) * share for base in self.base_lrs]


class OneCycleLR(LRScheduler):
    """Up to ``max_lr`` in the first ``pct_start`` of ``total_steps``, then down far below the start.

    Step it after every batch. The rate goes from ``max_lr`` / ``div_factor`` to ``max_lr`` and on to that
    start / ``final_div_factor``, along half cosine waves or straight lines (``anneal_strategy`` "cos" or
    "linear"); with ``three_phase`` it comes down as it went up before it vanishes. With ``cycle_momentum``
    the momentum of SGD, or β₁ of Adam, goes from ``max_momentum`` to ``base_momentum`` where the rate goes
    up, and back. ``total_steps`` may be given as ``epochs`` and ``steps_per_epoch``. ``max_lr`` and the
    momenta may be lists, one entry for each group. Smith and Topin, *Super-convergence* (2018).

    Raises `ArgumentError` for arguments that make no sense, and on a step beyond the last.

    >>> import autograd_cnn as ag
    >>> optimizer = ag.optim.SGD([ag.tensor([1.0], requires_grad=True)], lr=1.0, momentum=0.9)
    >>> scheduler = ag.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1.0, total_steps=10)
    >>> rates = []
    >>> for _ in range(3):
    ...     rates += scheduler.get_last_lr()
    ...     scheduler.step()
    >>> [round(rate, 6) for rate in rates]
    [0.04, 0.52, 1.0]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float | Sequence[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: float | Sequence[float] = 0.85,
        max_momentum: float | Sequence[float] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        self.total_steps = _total_steps(total_steps, epochs, steps_per_epoch)
        if not 0 <= pct_start <= 1:
            raise ArgumentError(f"OneCycleLR: expected pct_start from 0 to 1, got {pct_start}")
        if anneal_strategy not in ("cos", "linear"):
            raise ArgumentError(
                f"OneCycleLR: expected anneal_strategy 'cos' or 'linear', got {anneal_strategy!r}"
            )
        self.anneal_strategy = anneal_strategy
        self.cycle_momentum = cycle_momentum
        peak = float(pct_start * self.total_steps) - 1
        end = self.total_steps - 1
        # Each phase: where it ends, and between which two settings it goes.
        self.phases: list[tuple[float, str, str]] = (
            [(peak, "initial", "max"), (2 * peak, "max", "initial"), (end, "initial", "min")]
            if three_phase
            else [(peak, "initial", "max"), (end, "max", "min")]
        )
        groups = optimizer.param_groups
        if last_epoch == -1:
            for group, lr in zip(groups, _of_groups("max_lr", max_lr, groups), strict=True):
                group["max_lr"] = lr
                group["lr"] = lr / div_factor
                group["min_lr"] = group["lr"] / final_div_factor
        if cycle_momentum:
            if "momentum" not in optimizer.defaults and "betas" not in optimizer.defaults:
                raise ArgumentError(
                    f"OneCycleLR: expected an optimizer with momentum or betas, got "
                    f"{type(optimizer).__name__}; pass cycle_momentum=False"
                )
            if last_epoch == -1:
                low = _of_groups("base_momentum", base_momentum, groups)
                high = _of_groups("max_momentum", max_momentum, groups)
                for group, group["base_momentum"], group["max_momentum"] in zip(
                    groups, low, high, strict=True
                ):
                    _set_momentum(group, group["max_momentum"])
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """Return the learning rate of each group at ``last_epoch``, and set the momenta."""
        if self.last_epoch > self.total_steps:
            raise ArgumentError(
                f"OneCycleLR: expected at most {self.total_steps} steps, as total_steps says, got one more; "
                "step it once a batch, and count the batches of all epochs"
            )
        begin = 0.0
        phases = self.phases
        while len(phases) > 1 and self.last_epoch > phases[0][0]:
            begin, phases = phases[0][0], phases[1:]
        end, start_name, end_name = phases[0]
        share = (self.last_epoch - begin) / (end - begin) if end != begin else 1.0
        rates = []
        for group in self.optimizer.param_groups:
            rates.append(self._between(group[f"{start_name}_lr"], group[f"{end_name}_lr"], share))
            if self.cycle_momentum:
                momenta = {"initial": "max_momentum", "max": "base_momentum", "min": "max_momentum"}
                start, stop = group[momenta[start_name]], group[momenta[end_name]]
                _set_momentum(group, self._between(start, stop, share))
        return rates

    def _between(self, start: float, stop: float, share: float) -> float:
        if self.anneal_strategy == "linear":
            return (stop - start) * share + start
        return stop + (start - stop) / 2 * (1 + math.cos(math.pi * share))


def _total_steps(total_steps: int | None, epochs: int | None, steps_per_epoch: int | None) -> int:
    if total_steps is None and epochs is not None and steps_per_epoch is not None:
        total_steps = epochs * steps_per_epoch
    if total_steps is None or total_steps < 1:
        raise ArgumentError(
            f"OneCycleLR: expected total_steps of at least 1, or epochs and steps_per_epoch, got "
            f"{total_steps}, {epochs} and {steps_per_epoch}"
        )
    return total_steps


def _of_groups(name: str, value: float | Sequence[float], groups: Sequence[Any]) -> list[float]:
    values = list(value) if isinstance(value, Sequence) else [value] * len(groups)
    if len(values) != len(groups):
        raise ArgumentError(
            f"OneCycleLR: expected {name} as one number or {len(groups)}, one for each group, "
            f"got {len(values)}"
        )
    return values


def _set_momentum(group: dict[str, Any], momentum: float) -> None:
    if "betas" in group:
        group["betas"] = (momentum, *group["betas"][1:])
    else:
        group["momentum"] = momentum
