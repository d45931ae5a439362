"""Adafactor: Adam's second moments in the memory of a row and a column."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_cnn.core.tensor import Tensor
from autograd_cnn.errors import ArgumentError
from autograd_cnn.optim.chunks import Array
from autograd_cnn.optim.optimizer import Optimizer, Parameters

__all__ = ["Adafactor"]


class Adafactor(Optimizer):
    """Steps scaled by running mean squares of which, for matrices, only the row and column means are kept.

    At step t, β = 1 - t ^ ``beta2_decay``: for a matrix r and c, the running means of g² over its rows and
    columns, give v = r c / mean(r); a vector keeps v itself. With u = g / √max(v, ε₁²):
    θ ← θ - α u / max(1, RMS(u) / ``d``), α = max(ε₂, RMS(θ)) · min(``lr``, 1 / √t), after
    θ ← (1 - ``lr`` · ``weight_decay``) θ. ``eps`` = (ε₁, ε₂); None is the machine epsilon. In the form of
    PyTorch, with ``lr`` as the largest relative step. Shazeer and Stern, *Adafactor* (2018), Algorithms 4, 5.

    Raises `ArgumentError` for options that make no sense.

    >>> import autograd_cnn as ag
    >>> x = ag.tensor([1.0], requires_grad=True)
    >>> optimizer = ag.optim.Adafactor([x], lr=0.1)
    >>> (x * x).sum().backward()
    >>> optimizer.step()
    >>> round(x.item(), 6)
    0.9
    """

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-2,
        beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3),
        d: float = 1.0,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
        **switches: Any,
    ) -> None:
        options = {
            "lr": lr,
            "beta2_decay": beta2_decay,
            "eps": eps,
            "d": d,
            "weight_decay": weight_decay,
            "maximize": maximize,
        }
        super().__init__(params, options, switches)

    def check_options(self, group: dict[str, Any]) -> None:
        """Raise `ArgumentError` for options that make no sense."""
        self._check_not_negative(group, "lr", "weight_decay")
        if not group["beta2_decay"] <= 0:
            raise ArgumentError(f"Adafactor: expected beta2_decay of 0 or less, got {group['beta2_decay']}")
        if not group["d"] >= 1:
            raise ArgumentError(f"Adafactor: expected d of 1 or more, got {group['d']}")
        if not all(eps is None or eps >= 0 for eps in group["eps"]):
            raise ArgumentError(f"Adafactor: expected two eps of 0 or more, got {group['eps']}")

    def state_shape(self, key: str, param: Tensor) -> tuple[int, ...]:
        """Return the shape of an entry of a parameter's state."""
        shape = list(param.shape)
        if key in ("row_var", "col_var"):
            shape[-1 if key == "row_var" else -2] = 1
        return tuple(shape)

    def update(self, values: Array, gradient: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Take one step."""
        lr, (smallest, smallest_size) = group["lr"], group["eps"]
        count = state["step"] = state.get("step", 0) + 1
        share = count ** group["beta2_decay"]
        rate = max(smallest_size, _root_mean_square(values)) * min(lr, 1 / math.sqrt(count))
        values *= 1 - lr * group["weight_decay"]
        if smallest is None:
            smallest = float(np.finfo(values.dtype).eps)
        squares = gradient * gradient
        if values.ndim > 1:
            rows = _averaged(state, "row_var", squares.mean(axis=-1, keepdims=True), share)
            columns = _averaged(state, "col_var", squares.mean(axis=-2, keepdims=True), share)
            mean = np.maximum(rows.mean(axis=-2, keepdims=True), smallest)
            variance = np.matmul(rows, columns) / mean
        else:
            variance = _averaged(state, "variance", squares, share)
        change = gradient / np.sqrt(np.maximum(variance, smallest * smallest))
        change *= rate / max(1.0, _root_mean_square(change) / group["d"])
        values -= change


def _averaged(state: dict[str, Any], name: str, sample: Array, share: float) -> Array:
    """A running mean in the state, a ``share`` of which becomes the new sample."""
    if name not in state:
        state[name] = np.zeros(sample.shape, sample.dtype)
    mean: Array = state[name]
    mean += share * (sample - mean)
    return mean


def _root_mean_square(array: Array) -> float:
    return float(np.linalg.norm(array)) / math.sqrt(array.size) if array.size else 0.0
