"""`Parameter`: a leaf that a `Module` trains."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_cnn.core import tape
from autograd_cnn.core.tensor import Tensor
from autograd_cnn.errors import DtypeError

__all__ = ["Parameter"]


class Parameter(Tensor):
    """A leaf tensor that becomes part of a module when it is assigned to one of its attributes.

    ``data`` is copied. Arrays and tensors keep their dtype, Python numbers and lists become float32.
    Raises `DtypeError` for integers that are to require grad.

    >>> from autograd_cnn import nn
    >>> nn.Parameter([1.0, 2.0])
    Parameter containing:
    tensor([1., 2.], dtype=float32, requires_grad=True)
    """

    __slots__ = ()

    def __new__(cls, data: Any, requires_grad: bool = True) -> Parameter:
        """Copy ``data`` into a new parameter."""
        if isinstance(data, Tensor):
            data = data._value
        value = np.array(data, dtype=getattr(data, "dtype", np.float32), order="C")
        if value.dtype.kind not in "biufc":
            raise DtypeError(f"Parameter: expected numbers, got data of dtype {value.dtype}")
        parameter: Parameter = object.__new__(cls)
        parameter._value = value
        parameter._source = None
        parameter.requires_grad_(requires_grad)
        return parameter

    def __repr__(self) -> str:
        return f"Parameter containing:\n{super().__repr__()}"

    def _convert(self, dtype: np.dtype[Any]) -> None:
        """Change the dtype in place, so that whoever holds the parameter (an optimiser) sees it."""
        if self.dtype == dtype:
            return
        self._value = self._value.astype(dtype)
        if isinstance(self._source, tape.Leaf):
            gradient = self.grad
            self._source = tape.Leaf(self.shape, dtype)
            self.grad = None if gradient is None else gradient.detach().astype(dtype)
