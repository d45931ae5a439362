"""Resilient backpropagation."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_cnn.errors import ArgumentError
from autograd_cnn.optim.chunks import Array, in_chunks, state_arrays
from autograd_cnn.optim.optimizer import Optimizer, Parameters

__all__ = ["Rprop"]


class Rprop(Optimizer):
    """Steps whose size does not depend on that of the gradient, only on whether its sign stays.

    Each entry has a step of its own, at first ``lr``: while the sign of its gradient stays, the step grows
    by ``etas[1]``; when it changes, the step shrinks by ``etas[0]`` and is not taken. ``step_sizes`` are its
    limits. For gradients of the whole data, not of batches. Riedmiller and Braun, *A direct adaptive method
    for faster backpropagation learning: the RPROP algorithm* (1993).

    Raises `ArgumentError` for options that make no sense.

    >>> import autograd_cnn as ag
    >>> x = ag.tensor([1.0], requires_grad=True)
    >>> optimizer = ag.optim.Rprop([x], lr=0.1)
    >>> (x * x).sum().backward()
    >>> optimizer.step()
    >>> round(x.item(), 6)
    0.9
    """

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        maximize: bool = False,
        **switches: Any,
    ) -> None:
        options = {"lr": lr, "etas": etas, "step_sizes": step_sizes, "maximize": maximize}
        super().__init__(params, options, switches)

    def check_options(self, group: dict[str, Any]) -> None:
        """Raise `ArgumentError` for options that make no sense."""
        self._check_not_negative(group, "lr")
        shrink, grow = group["etas"]
        if not 0 < shrink < 1 < grow:
            raise ArgumentError(f"Rprop: expected etas with 0 < etas[0] < 1 < etas[1], got {group['etas']}")
        smallest, largest = group["step_sizes"]
        if not smallest <= largest:
            raise ArgumentError(
                f"Rprop: expected step_sizes from the smallest to the largest, got {group['step_sizes']}"
            )

    def update(self, values: Array, gradient: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Take one step."""
        shrink, grow = group["etas"]
        if "step_size" not in state:
            state["step_size"] = np.full(values.shape, group["lr"], values.dtype)
        state["step"] = state.get("step", 0) + 1
        arrays = (*state_arrays(state, values, "prev"), state["step_size"])
        for value, grad, previous, size in in_chunks(values, gradient, *arrays):
            agreement = np.sign(grad * previous)
            size *= np.where(agreement > 0, grow, np.where(agreement < 0, shrink, 1)).astype(size.dtype)
            np.clip(size, *group["step_sizes"], out=size)
            previous[...] = np.where(agreement < 0, 0, grad)
            value -= np.sign(previous) * size
