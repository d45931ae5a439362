"""The rest of NumPy's functions that make arrays: windows, grids and ranges, as tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_cnn.core.tensor import Tensor, wrap


def _made(function: Callable[..., Any]) -> Callable[..., Tensor]:
    """A function of NumPy that makes an array, as a function that makes a tensor."""

    def make(*args: Any, **kwargs: Any) -> Tensor:
        result = function(*args, **kwargs)  # a tensor already, if an argument is one and NumPy asked it
        return result if isinstance(result, Tensor) else wrap(result, None)

    make.__name__ = make.__qualname__ = function.__name__
    make.__module__ = __name__
    make.__doc__ = f"`numpy.{function.__name__}`, as a tensor."
    return make


bartlett = _made(np.bartlett)
blackman = _made(np.blackman)
fromfunction = _made(np.fromfunction)
geomspace = _made(np.geomspace)
hamming = _made(np.hamming)
hanning = _made(np.hanning)
identity = _made(np.identity)
indices = _made(np.indices)
kaiser = _made(np.kaiser)
logspace = _made(np.logspace)
tri = _made(np.tri)
