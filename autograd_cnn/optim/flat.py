"""All parameters as one vector, for methods that see a problem as a whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_cnn.core.grad_mode import enable_grad, no_grad
from autograd_cnn.core.inplace import writable
from autograd_cnn.core.tensor import Tensor
from autograd_cnn.errors import ArgumentError
from autograd_cnn.optim.chunks import Array

__all__ = ["evaluate", "flat_gradient", "flat_values", "require_closure", "write_flat"]


def flat_values(params: Sequence[Tensor]) -> Array:
    """Return a copy of all entries, as one vector."""
    return np.concatenate([np.ravel(param._value) for param in params])


def flat_gradient(params: Sequence[Tensor]) -> Array:
    """Return all gradients as one vector, with zeros for a parameter that has none."""
    return np.concatenate(
        [
            np.zeros(param.size, param.dtype) if param.grad is None else np.ravel(param.grad._value)
            for param in params
        ]
    )


def write_flat(params: Sequence[Tensor], vector: Array, what: str) -> None:
    """Write the entries of a vector over those of the parameters."""
    start = 0
    with no_grad():
        for param in params:
            writable(param, what)[...] = vector[start : start + param.size].reshape(param.shape)
            start += param.size


def require_closure(name: str, closure: Callable[[], Any] | None) -> Callable[[], Any]:
    """Return the closure; raise `ArgumentError` if there is none."""
    if closure is None:
        raise ArgumentError(
            f"{name}.step: expected a closure, as it computes the loss several times; pass a function that "
            "calls zero_grad(), computes the loss, calls backward() and returns the loss"
        )
    return closure


def evaluate(closure: Callable[[], Any]) -> tuple[Any, float]:
    """Return what the closure returns, and that as a number."""
    with enable_grad():
        loss = closure()
    return loss, float(loss.item() if hasattr(loss, "item") else loss)
