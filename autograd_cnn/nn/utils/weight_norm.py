"""Weights as a length and a direction, under the names ``weight_g`` and ``weight_v``."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_cnn.core.grad_mode import no_grad
from autograd_cnn.errors import ArgumentError
from autograd_cnn.nn.module import Module
from autograd_cnn.nn.parameter import Parameter
from autograd_cnn.nn.utils.parametrize import compute, uncompute

__all__ = ["norm_except", "remove_weight_norm", "weight_norm", "with_norm"]


def weight_norm(module: Module, name: str = "weight", dim: int | None = 0) -> Module:
    """Train a weight as its lengths along an axis and its direction; returns the module.

    weight = ``weight_g`` · ``weight_v`` / ‖``weight_v``‖, with a norm for each entry along ``dim``, or one
    in all for None. Salimans and Kingma, *Weight normalization* (2016). The state has the keys of
    ``torch.nn.utils.weight_norm``; `parametrizations.weight_norm` has those of the newer form.

    Raises `ArgumentError` if there is no such parameter.

    >>> import autograd_cnn as ag
    >>> layer = ag.nn.utils.weight_norm(ag.nn.Linear(3, 2))
    >>> {key: value.shape for key, value in layer.state_dict().items()}
    {'bias': (2,), 'weight_g': (2, 1), 'weight_v': (2, 3)}
    """
    weight = vars(module).get(name)
    if not isinstance(weight, Parameter):
        raise ArgumentError(
            f"weight_norm: expected the name of a parameter of {type(module).__name__}, got {name!r}"
        )
    delattr(module, name)
    with no_grad():
        module.register_parameter(f"{name}_g", Parameter(norm_except(weight, dim), weight.requires_grad))
    module.register_parameter(f"{name}_v", weight)  # the parameter itself: an optimiser may hold it
    compute(
        module,
        name,
        lambda owner: with_norm(getattr(owner, f"{name}_g"), getattr(owner, f"{name}_v"), dim),
    )
    return module


def remove_weight_norm(module: Module, name: str = "weight") -> Module:
    """Make a weight an ordinary parameter again, of the value it has; returns the module."""
    if f"{name}_g" not in vars(module):
        raise ArgumentError(
            f"remove_weight_norm: expected a weight of {type(module).__name__} that `weight_norm` was "
            f"called for, got {name!r}"
        )
    with no_grad():
        value = getattr(module, name)
    uncompute(module, name)
    requires_grad = getattr(module, f"{name}_v").requires_grad
    delattr(module, f"{name}_g")
    delattr(module, f"{name}_v")
    setattr(module, name, Parameter(value, requires_grad))
    return module


def norm_except(weight: Any, dim: int | None) -> Any:
    """The norm over all axes but ``dim``, which are kept with length 1; a number if that is None (or -1)."""
    if dim is None or dim == -1:
        return np.sqrt((weight * weight).sum())
    axes = tuple(axis for axis in range(weight.ndim) if axis != dim)
    return np.sqrt((weight * weight).sum(axis=axes, keepdims=True))


def with_norm(length: Any, direction: Any, dim: int | None) -> Any:
    """The weight of a length and a direction."""
    return direction * (length / norm_except(direction, dim))
