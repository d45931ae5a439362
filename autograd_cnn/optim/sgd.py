"""Stochastic gradient descent."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_cnn.errors import ArgumentError
from autograd_cnn.kernels.threads import scratch
from autograd_cnn.optim.chunks import Array, in_chunks
from autograd_cnn.optim.optimizer import Optimizer, Parameters

__all__ = ["SGD"]


class SGD(Optimizer):
    """Gradient descent, with momentum if asked for.

    With gradient g (plus ``weight_decay`` · θ): v ← ``momentum`` · v + (1 - ``dampening``) · g, which starts
    as v = g; then θ ← θ - ``lr`` · v, or, with ``nesterov``, θ - ``lr`` · (g + ``momentum`` · v).
    Sutskever et al., *On the importance of initialization and momentum in deep learning* (2013), in the
    form of PyTorch.

    Raises `ArgumentError` for options that make no sense.

    >>> import autograd_cnn as ag
    >>> x = ag.tensor([1.0], requires_grad=True)
    >>> optimizer = ag.optim.SGD([x], lr=0.1)
    >>> (x * x).sum().backward()
    >>> optimizer.step()
    >>> x
    tensor([0.8], requires_grad=True)
    """

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        options = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
        }
        super().__init__(params, options)

    def check_options(self, group: dict[str, Any]) -> None:
        """Raise `ArgumentError` for options that make no sense."""
        for option in ("lr", "momentum", "weight_decay"):
            if not group[option] >= 0:
                raise ArgumentError(f"SGD: expected {option} of 0 or more, got {group[option]}")
        if group["nesterov"] and (group["momentum"] == 0 or group["dampening"] != 0):
            raise ArgumentError(
                "SGD: expected momentum above 0 and no dampening with nesterov, got "
                f"momentum={group['momentum']} and dampening={group['dampening']}"
            )

    def update(self, values: Array, gradient: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Take one step."""
        lr, momentum, decay, nesterov = (
            group["lr"],
            group["momentum"],
            group["weight_decay"],
            group["nesterov"],
        )
        share = 1 - group["dampening"]
        buffers: tuple[Array, ...] = ()
        if momentum:
            if "momentum_buffer" not in state:
                state["momentum_buffer"] = np.zeros(values.shape, values.dtype)
                share = 1  # the first gradient is not damped
            buffers = (state["momentum_buffer"],)
        for value, grad, *velocities in in_chunks(values, gradient, *buffers):
            change = scratch("SGD change", value.shape, value.dtype)
            if decay:
                np.multiply(value, decay, out=change)
                grad = np.add(change, grad, out=scratch("SGD decayed", value.shape, value.dtype))
            if momentum:
                (velocity,) = velocities
                velocity *= momentum
                velocity += grad if share == 1 else np.multiply(grad, share, out=change)
                if nesterov:
                    np.multiply(velocity, momentum, out=change)
                    change += grad
                    change *= lr
                else:
                    np.multiply(velocity, lr, out=change)
            else:
                np.multiply(grad, lr, out=change)
            value -= change
