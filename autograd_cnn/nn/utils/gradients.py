"""Limits for the gradients of all parameters."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd_cnn.core.tensor import Tensor, wrap
from autograd_cnn.errors import ArgumentError

__all__ = ["clip_grad_norm_", "clip_grad_value_", "clip_grads_with_norm_", "get_total_norm"]

Tensors = Tensor | Iterable[Tensor]


def clip_grad_norm_(
    parameters: Tensors,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Scale all gradients so that their norm, as if they were one vector, is at most ``max_norm``.

    Returns the norm that they had. ``norm_type`` is any p, and inf for the largest entry. Parameters
    without a gradient are passed over. A norm that is not finite makes all gradients NaN (as in PyTorch),
    or raises `ArgumentError` with ``error_if_nonfinite``. ``foreach``, here and below, is how PyTorch
    computes it, and changes nothing.

    Pascanu et al., *On the difficulty of training recurrent neural networks* (2013).

    >>> import autograd_cnn as ag, numpy as np
    >>> x = ag.tensor([3.0, 4.0], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> ag.nn.utils.clip_grad_norm_(x, max_norm=5.0)
    tensor(10.)
    >>> np.round(x.grad.tolist(), 3)
    array([3., 4.])
    """
    given = _with_gradients(parameters)
    gradients = [tensor.grad for tensor in given if tensor.grad is not None]
    norm = get_total_norm(gradients, norm_type, error_if_nonfinite)
    clip_grads_with_norm_(given, max_norm, norm)
    return norm


def get_total_norm(
    tensors: Tensors, norm_type: float = 2.0, error_if_nonfinite: bool = False, foreach: bool | None = None
) -> Tensor:
    """Return the norm of several tensors, as if they were one vector.

    ``norm_type`` is any p, and inf for the largest entry. Raises `ArgumentError` for a norm that is not
    finite, with ``error_if_nonfinite``.

    >>> import autograd_cnn as ag
    >>> ag.nn.utils.get_total_norm([ag.tensor([3.0]), ag.tensor([[4.0]])])
    tensor(5.)
    """
    if not norm_type > 0:
        raise ArgumentError(f"get_total_norm: expected a norm_type above 0 (inf included), got {norm_type}")
    given = [tensors] if isinstance(tensors, Tensor) else list(tensors)
    norm = _norm([tensor._value for tensor in given], float(norm_type))
    if error_if_nonfinite and not math.isfinite(norm):
        raise ArgumentError(
            f"get_total_norm: expected gradients with a finite norm, got {norm}; look for the layer where "
            "they overflow, or lower the learning rate"
        )
    return wrap(np.asarray(norm, given[0].dtype if given else np.float32), None)


def clip_grads_with_norm_(
    parameters: Tensors, max_norm: float, total_norm: Tensor | float, foreach: bool | None = None
) -> None:
    """Scale all gradients by ``max_norm`` / ``total_norm``, if that is below 1.

    >>> import autograd_cnn as ag
    >>> x = ag.tensor([3.0, 4.0], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> ag.nn.utils.clip_grads_with_norm_(x, 5.0, total_norm=20.0)
    >>> x.grad.round(3)
    tensor([1.5, 2. ])
    """
    if not max_norm >= 0:
        raise ArgumentError(f"clip_grads_with_norm_: expected a max_norm of 0 or more, got {max_norm}")
    norm = float(total_norm.item() if isinstance(total_norm, Tensor) else total_norm)
    factor = max_norm / (norm + 1e-6)
    if not factor >= 1:
        # Not in place: two leaves may share the array of one gradient, as those of a + b do.
        _replace_gradients(_with_gradients(parameters), lambda gradient: gradient * factor)


def clip_grad_value_(parameters: Tensors, clip_value: float, foreach: bool | None = None) -> None:
    """Limit every entry of every gradient to ±``clip_value``.

    >>> import autograd_cnn as ag
    >>> x = ag.tensor([1.0, -4.0], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> ag.nn.utils.clip_grad_value_(x, 3.0)
    >>> x.grad
    tensor([ 2., -3.])
    """
    if not clip_value >= 0:
        raise ArgumentError(f"clip_grad_value_: expected a clip_value of 0 or more, got {clip_value}")
    _replace_gradients(_with_gradients(parameters), lambda gradient: gradient.clip(-clip_value, clip_value))


def _with_gradients(parameters: Tensors) -> list[Tensor]:
    given = [parameters] if isinstance(parameters, Tensor) else parameters
    return [tensor for tensor in given if tensor.grad is not None]


def _norm(gradients: list[Any], p: float) -> float:
    """The p-norm of all entries together."""
    if p == math.inf:
        # np.max, because Python's max passes over a NaN.
        return float(np.max([np.abs(g).max() for g in gradients if g.size], initial=0.0))
    if p == 2:
        total = sum(float(np.vdot(g, g).real) for g in gradients)
        if math.isfinite(total):  # the squares of float32 overflow from 2e19 on
            return math.sqrt(total)
    powers = [np.abs(g).astype(np.float64) ** p for g in gradients]
    return float(sum(float(power.sum()) for power in powers) ** (1 / p))


def _replace_gradients(tensors: list[Tensor], change: Any) -> None:
    for tensor in tensors:
        if tensor.grad is not None:
            tensor.grad = wrap(change(tensor.grad._value), None)
