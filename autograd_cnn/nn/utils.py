"""What is done to all parameters or gradients at once, with the names of ``torch.nn.utils``."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd_cnn.core.grad_mode import no_grad
from autograd_cnn.core.inplace import writable
from autograd_cnn.core.tensor import Tensor, wrap
from autograd_cnn.errors import ArgumentError, ShapeError
from autograd_cnn.ops.shape import concatenate, reshape

__all__ = ["clip_grad_norm_", "clip_grad_value_", "parameters_to_vector", "vector_to_parameters"]

Tensors = Tensor | Iterable[Tensor]


def clip_grad_norm_(
    parameters: Tensors, max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False
) -> Tensor:
    """Scale all gradients so that their norm, as if they were one vector, is at most ``max_norm``.

    Returns the norm that they had. ``norm_type`` is any p, and inf for the largest entry. Parameters
    without a gradient are passed over. A norm that is not finite makes all gradients NaN (as in PyTorch),
    or raises `ArgumentError` with ``error_if_nonfinite``.

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
    if not max_norm >= 0:
        raise ArgumentError(f"clip_grad_norm_: expected a max_norm of 0 or more, got {max_norm}")
    if not norm_type > 0:
        raise ArgumentError(f"clip_grad_norm_: expected a norm_type above 0 (inf included), got {norm_type}")
    norm = _norm([tensor.grad._value for tensor in given if tensor.grad is not None], float(norm_type))
    if error_if_nonfinite and not math.isfinite(norm):
        raise ArgumentError(
            f"clip_grad_norm_: expected gradients with a finite norm, got {norm}; look for the layer where "
            "they overflow, or lower the learning rate"
        )
    factor = max_norm / (norm + 1e-6)
    if not factor >= 1:
        # Not in place: two leaves may share the array of one gradient, as those of a + b do.
        _replace_gradients(given, lambda gradient: gradient * factor)
    return wrap(np.asarray(norm, given[0].dtype if given else np.float32), None)


def clip_grad_value_(parameters: Tensors, clip_value: float) -> None:
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


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """Return all entries of all parameters as one vector, recorded.

    >>> from autograd_cnn import nn
    >>> nn.utils.parameters_to_vector(nn.Linear(3, 2).parameters()).shape
    (8,)
    """
    vectors = [reshape(parameter, (parameter.size,)) for parameter in parameters]
    if not vectors:
        raise ArgumentError("parameters_to_vector: expected parameters, got none; was the iterator used up?")
    return concatenate(vectors)  # type: ignore[no-any-return]


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Copy the entries of a vector into the parameters, the inverse of `parameters_to_vector`."""
    parameters = list(parameters)
    vector = np.asarray(vec._value if isinstance(vec, Tensor) else vec)
    expected = sum(parameter.size for parameter in parameters)
    if vector.shape != (expected,):
        raise ShapeError(
            f"vector_to_parameters: expected a vector of {expected} entries, as many as the parameters have, "
            f"got shape {vector.shape}"
        )
    start = 0
    with no_grad():
        for parameter in parameters:
            part = vector[start : start + parameter.size]
            writable(parameter, "vector_to_parameters")[...] = part.reshape(parameter.shape)
            start += parameter.size


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
