"""Activations, and the softmax."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_cnn.nn.functional.checks import axis_of, check_array
from autograd_cnn.ops import activation, elementwise


def relu(input: Any) -> Any:
    """Return max(x, 0) of every entry; its derivative at 0 is 0.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.relu(ag.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """
    return elementwise.relu(input)


def tanh(input: Any) -> Any:
    """Return the hyperbolic tangent of every entry.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.tanh(ag.tensor([0.0]))
    tensor([0.])
    """
    return elementwise.tanh(input)


def sigmoid(input: Any) -> Any:
    """Return 1 / (1 + e ** -x) of every entry.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.sigmoid(ag.tensor([0.0]))
    tensor([0.5])
    """
    return activation.sigmoid(input)


def softmax(input: Any, dim: int | None = None, dtype: Any = None) -> Any:
    """Return e ** x / Σ e ** x along the axis ``dim``, computed in ``dtype`` if one is given.

    Raises `ArgumentError` without ``dim``: PyTorch guesses it, and so will the reader.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.softmax(ag.tensor([[0.0, 0.0]]), dim=1)
    tensor([[0.5, 0.5]])
    """
    return _along(activation.softmax, "softmax", input, dim, dtype)


def log_softmax(input: Any, dim: int | None = None, dtype: Any = None) -> Any:
    """Return x - log Σ e ** x along the axis ``dim``, computed in ``dtype`` if one is given; exact far out.

    Raises `ArgumentError` without ``dim``.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.log_softmax(ag.tensor([[1000.0, 0.0]]), dim=1)
    tensor([[    0., -1000.]])
    """
    return _along(activation.log_softmax, "log_softmax", input, dim, dtype)


def _along(function: Any, name: str, input: Any, dim: int | None, dtype: Any) -> Any:
    check_array(name, "input", input)
    axis = axis_of(name, input.ndim, dim)
    if dtype is not None and input.dtype != np.dtype(dtype):
        input = input.astype(dtype)
    if input.ndim == 0:
        return function(input.reshape((1,)), 0).reshape(())
    return function(input, axis)
