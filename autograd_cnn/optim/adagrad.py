"""Steps scaled by accumulated squares of the gradient: Adagrad, Adadelta and RMSprop."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_cnn.errors import ArgumentError
from autograd_cnn.kernels.threads import scratch
from autograd_cnn.optim.chunks import (
    Array,
    decayed,
    in_chunks,
    into_mean,
    into_mean_square,
    state_arrays,
)
from autograd_cnn.optim.optimizer import Optimizer, Parameters

__all__ = ["Adadelta", "Adagrad", "RMSprop"]


class Adagrad(Optimizer):
    """Steps divided by the root of the sum of all squared gradients.

    With gradient g (plus ``weight_decay`` · θ), s ← s + g², which starts at ``initial_accumulator_value``:
    θ ← θ - ``lr`` / (1 + (t - 1) · ``lr_decay``) · g / (√s + ``eps``). Duchi et al., *Adaptive subgradient
    methods for online learning and stochastic optimization* (2011).

    Raises `ArgumentError` for options that make no sense.

    >>> import autograd_cnn as ag
    >>> x = ag.tensor([1.0], requires_grad=True)
    >>> optimizer = ag.optim.Adagrad([x], lr=0.1)
    >>> (x * x).sum().backward()
    >>> optimizer.step()
    >>> round(x.item(), 6)
    0.9
    """

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-2,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
        *,
        maximize: bool = False,
        **switches: Any,
    ) -> None:
        options = {
            "lr": lr,
            "lr_decay": lr_decay,
            "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value,
            "eps": eps,
            "maximize": maximize,
        }
        super().__init__(params, options, switches)

    def check_options(self, group: dict[str, Any]) -> None:
        """Raise `ArgumentError` for options that make no sense."""
        self._check_not_negative(group, "lr", "lr_decay", "weight_decay", "initial_accumulator_value", "eps")

    def update(self, values: Array, gradient: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Take one step."""
        if "sum" not in state:
            state["sum"] = np.full(values.shape, group["initial_accumulator_value"], values.dtype)
        count = state["step"] = state.get("step", 0) + 1
        rate = group["lr"] / (1 + (count - 1) * group["lr_decay"])
        for value, grad, total in in_chunks(values, gradient, state["sum"]):
            change = scratch("Adagrad change", value.shape, value.dtype)
            grad = decayed(grad, value, group["weight_decay"])
            np.multiply(grad, grad, out=change)
            total += change
            np.sqrt(total, out=change)
            change += group["eps"]
            np.divide(grad, change, out=change)
            change *= rate
            value -= change


class Adadelta(Optimizer):
    """Steps in the unit of the parameters: the gradient times the ratio of two running root mean squares.

    With gradient g (plus ``weight_decay`` · θ): v ← ``rho`` v + (1 - ``rho``) g²,
    Δ = g √(u + ``eps``) / √(v + ``eps``), u ← ``rho`` u + (1 - ``rho``) Δ², θ ← θ - ``lr`` · Δ. Zeiler,
    *ADADELTA* (2012), Algorithm 1.

    Raises `ArgumentError` for options that make no sense.

    >>> import autograd_cnn as ag
    >>> x = ag.tensor([1.0], requires_grad=True)
    >>> optimizer = ag.optim.Adadelta([x])
    >>> (x * x).sum().backward()
    >>> optimizer.step()
    >>> round(x.item(), 6)
    0.996838
    """

    def __init__(
        self,
        params: Parameters,
        lr: float = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
        **switches: Any,
    ) -> None:
        options = {"lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay, "maximize": maximize}
        super().__init__(params, options, switches)

    def check_options(self, group: dict[str, Any]) -> None:
        """Raise `ArgumentError` for options that make no sense."""
        self._check_not_negative(group, "lr", "eps", "weight_decay")
        if not 0 <= group["rho"] <= 1:
            raise ArgumentError(f"Adadelta: expected rho from 0 to 1, got {group['rho']}")

    def update(self, values: Array, gradient: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Take one step."""
        rho, eps = group["rho"], group["eps"]
        state["step"] = state.get("step", 0) + 1
        arrays = state_arrays(state, values, "square_avg", "acc_delta")
        for value, grad, square, changes in in_chunks(values, gradient, *arrays):
            change = scratch("Adadelta change", value.shape, value.dtype)
            ratio = scratch("Adadelta ratio", value.shape, value.dtype)
            grad = decayed(grad, value, group["weight_decay"])
            into_mean_square(square, grad, rho, change)
            np.add(changes, eps, out=change)
            np.add(square, eps, out=ratio)
            np.divide(change, ratio, out=change)
            np.sqrt(change, out=change)
            change *= grad
            into_mean_square(changes, change, rho, ratio)
            change *= group["lr"]
            value -= change


class RMSprop(Optimizer):
    """Steps divided by a running root mean square of the gradient, with momentum if asked for.

    With gradient g (plus ``weight_decay`` · θ): v ← ``alpha`` v + (1 - ``alpha``) g², Δ = g / (√v + ``eps``)
    where, if ``centered``, the square of the running mean of g is taken from v; then θ ← θ - ``lr`` · Δ, or
    with ``momentum`` b ← ``momentum`` · b + Δ and θ ← θ - ``lr`` · b. Tieleman and Hinton, *Lecture 6.5*
    (2012); Graves, *Generating sequences with recurrent neural networks* (2013), equations 38-45.

    Raises `ArgumentError` for options that make no sense.

    >>> import autograd_cnn as ag
    >>> x = ag.tensor([1.0], requires_grad=True)
    >>> optimizer = ag.optim.RMSprop([x], lr=0.01)
    >>> (x * x).sum().backward()
    >>> optimizer.step()
    >>> round(x.item(), 6)
    0.9
    """

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
        *,
        maximize: bool = False,
        **switches: Any,
    ) -> None:
        options = {
            "lr": lr,
            "alpha": alpha,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum": momentum,
            "centered": centered,
            "maximize": maximize,
        }
        super().__init__(params, options, switches)

    def check_options(self, group: dict[str, Any]) -> None:
        """Raise `ArgumentError` for options that make no sense."""
        self._check_not_negative(group, "lr", "alpha", "eps", "weight_decay", "momentum")

    def update(self, values: Array, gradient: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Take one step."""
        alpha, momentum, centered = group["alpha"], group["momentum"], group["centered"]
        state["step"] = state.get("step", 0) + 1
        names = ["square_avg"] + ["momentum_buffer"] * (momentum > 0) + ["grad_avg"] * centered
        arrays = state_arrays(state, values, *names)
        for value, grad, square, *others in in_chunks(values, gradient, *arrays):
            change = scratch("RMSprop change", value.shape, value.dtype)
            grad = decayed(grad, value, group["weight_decay"])
            into_mean_square(square, grad, alpha, change)
            if centered:
                mean = others[-1]
                into_mean(mean, grad, alpha, change)
                np.multiply(mean, mean, out=change)
                np.subtract(square, change, out=change)
                np.sqrt(change, out=change)
            else:
                np.sqrt(square, out=change)
            change += group["eps"]
            np.divide(grad, change, out=change)
            if momentum > 0:
                velocity = others[0]
                velocity *= momentum
                velocity += change
                np.multiply(velocity, group["lr"], out=change)
            else:
                change *= group["lr"]
            value -= change
