"""Adam and AdamW."""

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

__all__ = ["Adam", "AdamW"]


class Adam(Optimizer):
    """Steps scaled by running means of the gradient and of its square.

    With gradient g (plus ``weight_decay`` · θ) and ``betas`` = (β₁, β₂), at step t:
    m ← β₁ m + (1 - β₁) g and v ← β₂ v + (1 - β₂) g²; then
    θ ← θ - ``lr`` · m̂ / (√v̂ + ``eps``), where m̂ = m / (1 - β₁ᵗ) and v̂ = v / (1 - β₂ᵗ). With ``amsgrad``
    the largest v so far stands for v; ``decoupled_weight_decay`` makes it `AdamW`. Kingma and Ba, *Adam*
    (2015), Algorithm 1; Reddi et al., *On the convergence of Adam and beyond* (2018).

    Raises `ArgumentError` for options that make no sense.

    >>> import autograd_cnn as ag
    >>> x = ag.tensor([1.0], requires_grad=True)
    >>> optimizer = ag.optim.Adam([x], lr=0.1)
    >>> (x * x).sum().backward()
    >>> optimizer.step()
    >>> round(x.item(), 6)
    0.9
    """

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        decoupled_weight_decay: bool = False,
        **switches: Any,
    ) -> None:
        options = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
            "decoupled_weight_decay": decoupled_weight_decay,
        }
        super().__init__(params, options, switches)

    def check_options(self, group: dict[str, Any]) -> None:
        """Raise `ArgumentError` for options that make no sense."""
        self._check_not_negative(group, "lr", "eps", "weight_decay")
        self._check_betas(group)

    def update(self, values: Array, gradient: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Take one step."""
        lr, eps, decay, (beta1, beta2) = group["lr"], group["eps"], group["weight_decay"], group["betas"]
        names = ("exp_avg", "exp_avg_sq", "max_exp_avg_sq") if group["amsgrad"] else ("exp_avg", "exp_avg_sq")
        count = state["step"] = state.get("step", 0) + 1
        # lr m̂ / (√v̂ + eps) = rate · m / (√v + eps · root), which takes two passes less.
        root = math.sqrt(1 - beta2**count)
        rate = lr * root / (1 - beta1**count)
        for value, grad, mean, square, *largest in in_chunks(
            values, gradient, *state_arrays(state, values, *names)
        ):
            change = scratch("Adam change", value.shape, value.dtype)
            if group["decoupled_weight_decay"]:
                value *= 1 - lr * decay
            else:
                grad = decayed(grad, value, decay)
            into_mean(mean, grad, beta1, change)
            into_mean_square(square, grad, beta2, change)
            np.sqrt(np.maximum(largest[0], square, out=largest[0]) if largest else square, out=change)
            change += eps * root
            np.divide(mean, change, out=change)
            change *= rate
            value -= change


class AdamW(Adam):
    """Adam whose weight decay does not pass through the means: θ ← (1 - ``lr`` · ``weight_decay``) θ first.

    Loshchilov and Hutter, *Decoupled weight decay regularization* (2019). The options are those of `Adam`.

    >>> import autograd_cnn as ag
    >>> x = ag.tensor([1.0], requires_grad=True)
    >>> optimizer = ag.optim.AdamW([x], lr=0.1, weight_decay=0.5)
    >>> (x * x).sum().backward()
    >>> optimizer.step()
    >>> round(x.item(), 6)
    0.85
    """

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        **switches: Any,
    ) -> None:
        super().__init__(
            params,
            lr,
            betas,
            eps,
            weight_decay,
            amsgrad,
            maximize=maximize,
            decoupled_weight_decay=True,
            **switches,
        )
