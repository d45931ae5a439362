"""Stochastic gradient descent, plain and averaged."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_cnn.errors import ArgumentError
from autograd_cnn.kernels.threads import scratch
from autograd_cnn.optim.chunks import Array, decayed, in_chunks, state_arrays
from autograd_cnn.optim.optimizer import Optimizer, Parameters

__all__ = ["ASGD", "SGD"]


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
        **switches: Any,
    ) -> None:
        options = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
        }
        super().__init__(params, options, switches)

    def check_options(self, group: dict[str, Any]) -> None:
        """Raise `ArgumentError` for options that make no sense."""
        self._check_not_negative(group, "lr", "momentum", "weight_decay")
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
            grad = decayed(grad, value, decay)
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


class ASGD(Optimizer):
    """Gradient descent with a rate η that falls, and the mean of the values passed through.

    At step t, with gradient g (plus ``weight_decay`` · θ): θ ← (1 - ``lambd`` · η) θ - η g, where η is
    ``lr`` / (1 + ``lambd`` · ``lr`` · t) ^ ``alpha`` of the step before. The mean, which ``state[θ]["ax"]``
    holds, begins after ``t0`` steps; until then it is θ itself. Polyak and Juditsky, *Acceleration of
    stochastic approximation by averaging* (1992).

    Raises `ArgumentError` for options that make no sense.

    >>> import autograd_cnn as ag
    >>> x = ag.tensor([1.0], requires_grad=True)
    >>> optimizer = ag.optim.ASGD([x], lr=0.1, lambd=0.0)
    >>> (x * x).sum().backward()
    >>> optimizer.step()
    >>> x
    tensor([0.8], requires_grad=True)
    """

    numbers = ("step", "eta", "mu")

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
        **switches: Any,
    ) -> None:
        options = {
            "lr": lr,
            "lambd": lambd,
            "alpha": alpha,
            "t0": t0,
            "weight_decay": weight_decay,
            "maximize": maximize,
        }
        super().__init__(params, options, switches)

    def check_options(self, group: dict[str, Any]) -> None:
        """Raise `ArgumentError` for options that make no sense."""
        self._check_not_negative(group, "lr", "weight_decay")

    def update(self, values: Array, gradient: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Take one step."""
        lr, lambd, decay = group["lr"], group["lambd"], group["weight_decay"]
        count = state["step"] = state.get("step", 0) + 1
        eta, share = state.get("eta", lr), state.get("mu", 1.0)
        for value, grad, mean in in_chunks(values, gradient, *state_arrays(state, values, "ax")):
            change = scratch("ASGD change", value.shape, value.dtype)
            np.multiply(decayed(grad, value, decay), eta, out=change)
            value *= 1 - lambd * eta
            value -= change
            if share == 1:
                mean[...] = value
            else:
                np.subtract(value, mean, out=change)
                change *= share
                mean += change
        state["eta"] = lr / (1 + lambd * lr * count) ** group["alpha"]
        state["mu"] = 1 / max(1, count - group["t0"])
