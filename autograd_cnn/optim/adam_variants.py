"""Relatives of Adam: NAdam, RAdam and Adamax."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

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

__all__ = ["Adamax", "NAdam", "RAdam"]


class NAdam(Optimizer):
    """Adam that looks ahead, as Nesterov's momentum does.

    With m and v of `Adam`, and μₜ = β₁ (1 - 0.96 ^ (t · ``momentum_decay``) / 2) with product Πₜ:
    θ ← θ - ``lr`` · ((1 - μₜ) / (1 - Πₜ) · g + μₜ₊₁ / (1 - Πₜ₊₁) · m) / (√v̂ + ``eps``).
    ``decoupled_weight_decay`` is that of `AdamW`. Dozat, *Incorporating Nesterov momentum into Adam* (2016).

    Raises `ArgumentError` for options that make no sense.

    >>> import autograd_cnn as ag
    >>> x = ag.tensor([1.0], requires_grad=True)
    >>> optimizer = ag.optim.NAdam([x], lr=0.1)
    >>> (x * x).sum().backward()
    >>> optimizer.step()
    >>> 0.8 < x.item() < 1
    True
    """

    numbers = ("step", "mu_product")

    def __init__(
        self,
        params: Parameters,
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
        **switches: Any,
    ) -> None:
        options = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize,
        }
        super().__init__(params, options, switches)

    def check_options(self, group: dict[str, Any]) -> None:
        """Raise `ArgumentError` for options that make no sense."""
        self._check_not_negative(group, "lr", "eps", "weight_decay", "momentum_decay")
        self._check_betas(group)

    def update(self, values: Array, gradient: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Take one step."""
        lr, eps, (beta1, beta2) = group["lr"], group["eps"], group["betas"]
        count = state["step"] = state.get("step", 0) + 1
        momentum, ahead = (
            beta1 * (1 - 0.5 * 0.96 ** (t * group["momentum_decay"])) for t in (count, count + 1)
        )
        product = state["mu_product"] = state.get("mu_product", 1.0) * momentum
        # As in Adam, √v̂ is taken without a pass of its own for the correction.
        root = math.sqrt(1 - beta2**count)
        of_gradient = lr * root * (1 - momentum) / (1 - product)
        of_mean = lr * root * ahead / (1 - product * ahead)
        arrays = state_arrays(state, values, "exp_avg", "exp_avg_sq")
        for value, grad, mean, square in in_chunks(values, gradient, *arrays):
            change = scratch("NAdam change", value.shape, value.dtype)
            divisor = scratch("NAdam divisor", value.shape, value.dtype)
            grad = _with_decay(grad, value, group)
            into_mean(mean, grad, beta1, change)
            into_mean_square(square, grad, beta2, change)
            np.sqrt(square, out=divisor)
            divisor += eps * root
            for part, rate in ((grad, of_gradient), (mean, of_mean)):
                np.divide(part, divisor, out=change)
                change *= rate
                value -= change


class RAdam(Optimizer):
    """Adam whose steps are not scaled by v until enough gradients were seen to know its variance.

    While ρₜ = ρ∞ - 2t β₂ᵗ / (1 - β₂ᵗ), with ρ∞ = 2 / (1 - β₂) - 1, is 5 or less: θ ← θ - ``lr`` · m̂; then
    θ ← θ - ``lr`` · r · m̂ / ((√v + ``eps``) / √(1 - β₂ᵗ)), with the rectification
    r = √((ρₜ - 4)(ρₜ - 2) ρ∞ / ((ρ∞ - 4)(ρ∞ - 2) ρₜ)). ``decoupled_weight_decay`` is that of `AdamW`. Liu
    et al., *On the variance of the adaptive learning rate and beyond* (2020).

    Raises `ArgumentError` for options that make no sense.

    >>> import autograd_cnn as ag
    >>> x = ag.tensor([1.0], requires_grad=True)
    >>> optimizer = ag.optim.RAdam([x], lr=0.1)
    >>> (x * x).sum().backward()
    >>> optimizer.step()
    >>> round(x.item(), 6)
    0.8
    """

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
        **switches: Any,
    ) -> None:
        options = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize,
        }
        super().__init__(params, options, switches)

    def check_options(self, group: dict[str, Any]) -> None:
        """Raise `ArgumentError` for options that make no sense."""
        self._check_not_negative(group, "lr", "eps", "weight_decay")
        self._check_betas(group)

    def update(self, values: Array, gradient: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Take one step."""
        eps, (beta1, beta2) = group["eps"], group["betas"]
        count = state["step"] = state.get("step", 0) + 1
        rate = group["lr"] / (1 - beta1**count)
        left = 1 - beta2**count
        longest = 2 / (1 - beta2) - 1
        length = longest - 2 * count * beta2**count / left
        if length > 5:
            rate *= math.sqrt(
                left * (length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)
            )
        arrays = state_arrays(state, values, "exp_avg", "exp_avg_sq")
        for value, grad, mean, square in in_chunks(values, gradient, *arrays):
            change = scratch("RAdam change", value.shape, value.dtype)
            grad = _with_decay(grad, value, group)
            into_mean(mean, grad, beta1, change)
            into_mean_square(square, grad, beta2, change)
            if length > 5:
                np.sqrt(square, out=change)
                change += eps
                np.divide(mean, change, out=change)
                change *= rate
            else:
                np.multiply(mean, rate, out=change)
            value -= change


class Adamax(Optimizer):
    """Adam with a running maximum of the gradient in place of the mean square.

    With m of `Adam` and u ← max(β₂ u, |g| + ``eps``): θ ← θ - ``lr`` · m / ((1 - β₁ᵗ) u). Kingma and Ba,
    *Adam* (2015), Algorithm 2.

    Raises `ArgumentError` for options that make no sense.

    >>> import autograd_cnn as ag
    >>> x = ag.tensor([1.0], requires_grad=True)
    >>> optimizer = ag.optim.Adamax([x], lr=0.1)
    >>> (x * x).sum().backward()
    >>> optimizer.step()
    >>> round(x.item(), 6)
    0.9
    """

    def __init__(
        self,
        params: Parameters,
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
        **switches: Any,
    ) -> None:
        options = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
        }
        super().__init__(params, options, switches)

    def check_options(self, group: dict[str, Any]) -> None:
        """Raise `ArgumentError` for options that make no sense."""
        self._check_not_negative(group, "lr", "eps", "weight_decay")
        self._check_betas(group)

    def update(self, values: Array, gradient: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Take one step."""
        beta1, beta2 = group["betas"]
        count = state["step"] = state.get("step", 0) + 1
        rate = group["lr"] / (1 - beta1**count)
        arrays = state_arrays(state, values, "exp_avg", "exp_inf")
        for value, grad, mean, largest in in_chunks(values, gradient, *arrays):
            change = scratch("Adamax change", value.shape, value.dtype)
            grad = decayed(grad, value, group["weight_decay"])
            into_mean(mean, grad, beta1, change)
            np.abs(grad, out=change)
            change += group["eps"]
            largest *= beta2
            np.maximum(largest, change, out=largest)
            np.divide(mean, largest, out=change)
            change *= rate
            value -= change


def _with_decay(grad: Array, value: Array, group: dict[str, Any]) -> Array:
    """The gradient with weight decay in it; or, decoupled, as it is, the values decayed themselves."""
    if not group["decoupled_weight_decay"]:
        return decayed(grad, value, group["weight_decay"])
    value *= 1 - group["lr"] * group["weight_decay"]
    return grad
