"""New tensors, as NumPy makes arrays: constants, unless made variables by ``requires_grad_()``.

``device`` may be None or "cpu", the only one there is; it stands here for the array API standard.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_cnn.core.composite import has_tensor
from autograd_cnn.core.tensor import Tensor, check_device, from_numpy, tensor, wrap
from autograd_cnn.errors import ArgumentError
from autograd_cnn.ops.shape import broadcast_to, stack

__all__ = ["arange", "array", "asarray", "empty", "eye", "from_dlpack", "full", "linspace", "ones", "zeros"]

Device = str | None


def asarray(data: Any, dtype: Any = None, *, device: Device = None, copy: bool | None = None) -> Tensor:
    """Return data as a tensor: a tensor is returned as it is, everything else is copied.

    Lists may hold tensors, which are joined, and gradients flow through. ``copy=True`` copies tensors as
    well; ``copy=False`` shares the memory of an ndarray (as `from_numpy`), and raises `ArgumentError` for
    what cannot be had without a copy.

    >>> import autograd_cnn as ag
    >>> ag.asarray([1, 2])
    tensor([1, 2])
    """
    check_device("asarray", device)
    kept = dtype is None or getattr(data, "dtype", None) == dtype
    if copy is False:
        if not kept or not isinstance(data, (Tensor, np.ndarray)):
            raise ArgumentError(
                f"asarray: a {type(data).__name__} cannot become a tensor of dtype {dtype} without a copy; "
                "say copy=None"
            )
        return data if isinstance(data, Tensor) else from_numpy(data)
    if isinstance(data, Tensor):
        return data if kept and not copy else data.astype(data.dtype if dtype is None else dtype)
    if isinstance(data, (list, tuple)) and has_tensor(data):
        joined: Tensor = stack([asarray(item) for item in data])
        return joined if dtype is None else joined.astype(dtype)
    return tensor(data, dtype)


def array(data: Any, dtype: Any = None, *, copy: bool | None = True, ndmin: int = 0) -> Tensor:
    """Return data as a new tensor, as `numpy.array` does: lists may hold tensors, and gradients flow through.

    ``ndmin`` is the least number of axes, new ones in front. See `asarray` for ``copy``.

    >>> import autograd_cnn as ag
    >>> x = ag.tensor([1.0, 2.0], requires_grad=True)
    >>> ag.array([x[0] * x[1], x[1] ** 2]).sum().backward()
    >>> x.grad
    tensor([2., 5.])
    """
    result = asarray(data, dtype, copy=copy)
    return result.reshape((*(1,) * (ndmin - result.ndim), *result.shape)) if ndmin > result.ndim else result


def from_dlpack(x: Any, /, *, device: Device = None, copy: bool | None = None) -> Tensor:
    """Make a tensor of an array of any library that speaks DLPack; it shares memory unless ``copy=True``.

    As with `from_numpy`, the owner's later writes show. An array that records gradients of its own
    (a PyTorch tensor that requires grad) is refused by its library.

    >>> import autograd_cnn as ag, numpy as np
    >>> ag.from_dlpack(np.arange(3))
    tensor([0, 1, 2])
    """
    check_device("from_dlpack", device)
    array = np.from_dlpack(x)
    return tensor(array) if copy else from_numpy(array)


def zeros(shape: Any, dtype: Any = None, *, device: Device = None) -> Tensor:
    """Return zeros (of float64 by default).

    >>> import autograd_cnn as ag
    >>> ag.zeros(2)
    tensor([0., 0.])
    """
    check_device("zeros", device)
    return wrap(np.zeros(shape, dtype), None)


def ones(shape: Any, dtype: Any = None, *, device: Device = None) -> Tensor:
    """Return ones (of float64 by default).

    >>> import autograd_cnn as ag
    >>> ag.ones(2)
    tensor([1., 1.])
    """
    check_device("ones", device)
    return wrap(np.ones(shape, dtype), None)


def empty(shape: Any, dtype: Any = None, *, device: Device = None) -> Tensor:
    """Return entries that are not initialised (of float64 by default).

    >>> import autograd_cnn as ag
    >>> ag.empty((2, 3)).shape
    (2, 3)
    """
    check_device("empty", device)
    return wrap(np.empty(shape, dtype), None)


def full(shape: Any, fill_value: Any, dtype: Any = None, *, device: Device = None) -> Tensor:
    """Return entries that all have one value; a tensor broadcasts, and gradients flow to it.

    >>> import autograd_cnn as ag
    >>> ag.full(2, 3.0)
    tensor([3., 3.])
    """
    check_device("full", device)
    if isinstance(fill_value, Tensor):
        filled: Tensor = broadcast_to(fill_value, shape)
        return filled.astype(fill_value.dtype if dtype is None else dtype)
    return wrap(np.full(shape, fill_value, dtype), None)


def arange(
    start: Any, stop: Any = None, step: Any = 1, dtype: Any = None, *, device: Device = None
) -> Tensor:
    """Return evenly spaced numbers from ``start`` (0, if only one is given) up to ``stop``, exclusive.

    >>> import autograd_cnn as ag
    >>> ag.arange(3)
    tensor([0, 1, 2])
    """
    check_device("arange", device)
    make: Any = np.arange  # its overloads do not take Any
    return wrap(make(0, start, step, dtype) if stop is None else make(start, stop, step, dtype), None)


def linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    *,
    dtype: Any = None,
    device: Device = None,
) -> Tensor:
    """Return ``num`` evenly spaced numbers from ``start`` to ``stop``, inclusive if ``endpoint``.

    >>> import autograd_cnn as ag
    >>> ag.linspace(0, 1, 3)
    tensor([0. , 0.5, 1. ])
    """
    check_device("linspace", device)
    numbers: Any = np.linspace(start, stop, num, endpoint, dtype=dtype)
    return numbers if isinstance(numbers, Tensor) else wrap(numbers, None)


def eye(n: int, m: int | None = None, k: int = 0, dtype: Any = None, *, device: Device = None) -> Tensor:
    """Return ones on the diagonal, or ``k`` places above it; zeros elsewhere.

    >>> import autograd_cnn as ag
    >>> ag.eye(2)
    tensor([[1., 0.],
            [0., 1.]])
    """
    check_device("eye", device)
    return wrap(np.eye(n, m, k, dtype or float), None)
