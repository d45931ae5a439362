"""Schedules that go up and down, and take the momentum with them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from autograd_cnn.errors import ArgumentError
from autograd_cnn.optim.lr_scheduler.base import LRScheduler, cycled_momentum, of_groups, set_momentum
from autograd_cnn.optim.optimizer import Optimizer

__all__ = ["CosineAnnealingWarmRestarts", "CyclicLR", "OneCycleLR"]


class CosineAnnealingWarmRestarts(LRScheduler):
    """Down to ``eta_min`` along half a cosine wave of ``T_0`` epochs, and again from the initial rate.

    Each wave is ``T_mult`` times as long as the one before. Loshchilov and Hutter, *SGDR* (2017), equation 5.
    ``step(epoch)`` goes to an epoch, which may be a fraction: epoch + batch / batches.

    >>> import autograd_cnn as ag
    >>> optimizer = ag.optim.SGD([ag.tensor([1.0], requires_grad=True)], lr=1.0)
    >>> scheduler = ag.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=2)
    >>> rates = []
    >>> for _ in range(4):
    ...     rates += scheduler.get_last_lr()
    ...     scheduler.step()
    >>> [round(rate, 6) for rate in rates]
    [1.0, 0.5, 1.0, 0.5]
    """

    def __init__(
        self, optimizer: Optimizer, T_0: int, T_mult: int = 1, eta_min: float = 0.0, last_epoch: int = -1
    ) -> None:
        if T_0 < 1 or T_mult < 1:
            raise ArgumentError(
                f"CosineAnnealingWarmRestarts: expected T_0 and T_mult of at least 1, got {T_0} and {T_mult}"
            )
        self.T_0 = T_0
        self.T_i = T_0
        self.T_mult = T_mult
        self.eta_min = eta_min
        self.T_cur: float = last_epoch
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """Return the learning rate of each group at ``T_cur`` epochs of a wave of ``T_i``."""
        share = (1 + math.cos(math.pi * self.T_cur / self.T_i)) / 2
        return [self.eta_min + (base - self.eta_min) * share for base in self.base_lrs]

    def step(self, epoch: float | None = None) -> None:
        """Go on by one epoch, or to an epoch, and set the learning rates."""
        epoch = self.last_epoch + 1 if epoch is None else epoch
        if epoch < 0:
            raise ArgumentError(f"CosineAnnealingWarmRestarts: expected an epoch of 0 or more, got {epoch}")
        self._step_count += 1
        self._go_to(epoch)

    def _begin(self) -> None:
        self._step_count = 1
        self._go_to(self.last_epoch + 1)

    def _begin_at(self, epoch: int) -> None:
        self._go_to(epoch)

    def _go_to(self, epoch: float) -> None:
        self.last_epoch = math.floor(epoch)
        self.T_i, self.T_cur = self.T_0, epoch
        if self.T_mult == 1:
            self.T_cur = epoch % self.T_0
        else:
            while self.T_cur >= self.T_i:
                self.T_cur -= self.T_i
                self.T_i *= self.T_mult
        self._set(self.get_lr())


class CyclicLR(LRScheduler):
    """Up from ``base_lr`` to ``max_lr`` in ``step_size_up`` steps, down in ``step_size_down``, and so on.

    Step it after every batch. ``mode`` says how the height of a cycle changes: "triangular" stays,
    "triangular2" halves with every cycle, "exp_range" is multiplied by ``gamma`` with every step; or
    ``scale_fn`` gives it, of the number of the cycle from 1, or of the step with ``scale_mode`` "iterations".
    With ``cycle_momentum`` the momentum of SGD, or β₁ of Adam, goes from ``max_momentum`` to
    ``base_momentum`` where the rate goes up, and back. Rates and momenta may be lists, one entry for each
    group. Smith, *Cyclical learning rates for training neural networks* (2017).

    Raises `ArgumentError` for arguments that make no sense.

    >>> import autograd_cnn as ag
    >>> optimizer = ag.optim.SGD([ag.tensor([1.0], requires_grad=True)], lr=1.0, momentum=0.9)
    >>> scheduler = ag.optim.lr_scheduler.CyclicLR(optimizer, base_lr=0.0, max_lr=1.0, step_size_up=2)
    >>> rates = []
    >>> for _ in range(5):
    ...     rates += scheduler.get_last_lr()
    ...     scheduler.step()
    >>> rates
    [0.0, 0.5, 1.0, 0.5, 0.0]
    """

    _not_saved = ("_scale_fn_custom",)

    def __init__(
        self,
        optimizer: Optimizer,
        base_lr: float | Sequence[float],
        max_lr: float | Sequence[float],
        step_size_up: int = 2000,
        step_size_down: int | None = None,
        mode: str = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[float], float] | None = None,
        scale_mode: str = "cycle",
        cycle_momentum: bool = True,
        base_momentum: float | Sequence[float] = 0.8,
        max_momentum: float | Sequence[float] = 0.9,
        last_epoch: int = -1,
    ) -> None:
        if scale_fn is None and mode not in ("triangular", "triangular2", "exp_range"):
            raise ArgumentError(
                f"CyclicLR: expected mode 'triangular', 'triangular2' or 'exp_range', got {mode!r}"
            )
        if scale_mode not in ("cycle", "iterations"):
            raise ArgumentError(f"CyclicLR: expected scale_mode 'cycle' or 'iterations', got {scale_mode!r}")
        down = step_size_up if step_size_down is None else step_size_down
        if step_size_up <= 0 or down <= 0:
            raise ArgumentError(
                f"CyclicLR: expected step_size_up and step_size_down above 0, got {step_size_up} and {down}"
            )
        lowest = of_groups("CyclicLR", "base_lr", base_lr, optimizer)
        self.max_lrs = of_groups("CyclicLR", "max_lr", max_lr, optimizer)
        self.total_size = float(step_size_up + down)
        self.step_ratio = step_size_up / self.total_size
        self.mode = mode
        self.gamma = gamma
        self._scale_fn_custom = scale_fn
        self.scale_mode = "iterations" if scale_fn is None and mode == "exp_range" else scale_mode
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self.base_momentums, self.max_momentums = cycled_momentum(
                "CyclicLR", optimizer, base_momentum, max_momentum, last_epoch == -1
            )
        if last_epoch == -1:
            for group, lr in zip(optimizer.param_groups, lowest, strict=True):
                group["lr"] = lr
                group["initial_lr"] = lr
        super().__init__(optimizer, last_epoch)
        self.base_lrs = lowest

    def get_lr(self) -> list[float]:
        """Return the learning rate of each group at ``last_epoch``, and set the momenta."""
        cycle = math.floor(1 + self.last_epoch / self.total_size)
        place = 1 + self.last_epoch / self.total_size - cycle
        height = place / self.step_ratio if place <= self.step_ratio else (place - 1) / (self.step_ratio - 1)
        height *= self._scale(cycle if self.scale_mode == "cycle" else self.last_epoch)
        if self.cycle_momentum:
            momenta = zip(self.optimizer.param_groups, self.base_momentums, self.max_momentums, strict=True)
            for group, low, high in momenta:
                set_momentum(group, high - (high - low) * height)
        return [low + (high - low) * height for low, high in zip(self.base_lrs, self.max_lrs, strict=True)]

    def _scale(self, count: int) -> float:
        if self._scale_fn_custom is not None:
            return self._scale_fn_custom(count)
        if self.mode == "exp_range":
            return float(self.gamma**count)
        return 1.0 if self.mode == "triangular" else 0.5 ** (count - 1)


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
        if last_epoch == -1:
            highest = of_groups("OneCycleLR", "max_lr", max_lr, optimizer)
            for group, lr in zip(optimizer.param_groups, highest, strict=True):
                group["max_lr"] = lr
                group["initial_lr"] = lr / div_factor
                group["min_lr"] = group["initial_lr"] / final_div_factor
        if cycle_momentum:
            cycled_momentum("OneCycleLR", optimizer, base_momentum, max_momentum, last_epoch == -1)
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
                set_momentum(group, self._between(start, stop, share))
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
