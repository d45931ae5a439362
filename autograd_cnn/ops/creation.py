"""New tensors, as NumPy makes arrays: constants, unless made variables by ``requires_grad_()``."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_cnn.core.tensor import Tensor, tensor, wrap

__all__ = ["arange", "asarray", "empty", "eye", "full", "linspace", "ones", "zeros"]


def asarray(data: Any, dtype: Any = None) -> Tensor:
    """Return data as a tensor: a tensor is returned as it is, everything else is copied.

    >>> import autograd_cnn as ag
    >>> ag.asarray([1, 2])
    tensor([1, 2])
    """
    if isinstance(data, Tensor) and (dtype is None or data.dtype == dtype):
        return data
    return data.astype(dtype) if isinstance(data, Tensor) else tensor(data, dtype)


def zeros(shape: Any, dtype: Any = float) -> Tensor:
    """Return zeros.

    >>> import autograd_cnn as ag
    >>> ag.zeros(2)
    tensor([0., 0.])
    """
    return wrap(np.zeros(shape, dtype), None)


def ones(shape: Any, dtype: Any = float) -> Tensor:
    """Return ones.

    >>> import autograd_cnn as ag
    >>> ag.ones(2)
    tensor([1., 1.])
    """
    return wrap(np.ones(shape, dtype), None)


def empty(shape: Any, dtype: Any = float) -> Tensor:
    """Return entries that are not initialised.

    >>> import autograd_cnn as ag
    >>> ag.empty((2, 3)).shape
    (2, 3)
    """
    return wrap(np.empty(shape, dtype), None)


def full(shape: Any, fill_value: Any, dtype: Any = None) -> Tensor:
    """Return entries that all have one value.

    >>> import autograd_cnn as ag
    >>> ag.full(2, 3.0)
    tensor([3., 3.])
    """
    return wrap(np.full(shape, fill_value, dtype), None)


def arange(start: Any, stop: Any = None, step: Any = 1, dtype: Any = None) -> Tensor:
    """Return evenly spaced numbers from ``start`` (0, if only one is given) up to ``stop``, exclusive.

    >>> import autograd_cnn as ag
    >>> ag.arange(3)
    tensor([0, 1, 2])
    """
    make: Any = np.arange  # its overloads do not take Any
    return wrap(make(0, start, step, dtype) if stop is None else make(start, stop, step, dtype), None)


def linspace(start: Any, stop: Any, num: int = 50, dtype: Any = None) -> Tensor:
    """Return ``num`` evenly spaced numbers from ``start`` to ``stop``, inclusive.

    >>> import autograd_cnn as ag
    >>> ag.linspace(0, 1, 3)
    tensor([0. , 0.5, 1. ])
    """
    numbers: Any = np.linspace(start, stop, num, dtype=dtype)
    return numbers if isinstance(numbers, Tensor) else wrap(numbers, None)


def eye(n: int, m: int | None = None, dtype: Any = float) -> Tensor:
    """Return ones on the diagonal, zeros elsewhere.

    >>> import autograd_cnn as ag
    >>> ag.eye(2)
    tensor([[1., 0.],
            [0., 1.]])
    """
    return wrap(np.eye(n, m, dtype=dtype), None)
