"""Writing in place: copy on write, by reference count.

A write gives the tensor a new value; nothing that was computed before sees it, neither the tape nor
another tensor or array. If nobody else holds the buffer, it is written to without a copy, as an optimiser
step is. So no gradient can be silently wrong, no version counters are needed, and reading costs nothing.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from autograd_cnn.core import tape
from autograd_cnn.core.declare import method
from autograd_cnn.core.tensor import Tensor
from autograd_cnn.errors import DtypeError, GraphError, ShapeError

__all__ = ["writable"]


@method
def _set_item(self: Tensor, index: Any, value: Any) -> None:
    if isinstance(self._source, tape.Leaf):
        writable(self, "x[index] = value")[_raw(index)] = _raw(value)
        return
    _refuse_view(self, "x[index] = value")
    result = self._with_entries(index, value, reuse_buffer=_is_alone(self))
    self._value, self._source = result._value, result._source


def writable(leaf: Tensor, what: str = "a write") -> Any:
    """Return the buffer of a leaf, to be overwritten under `no_grad`, as an optimiser does.

    A buffer that somebody else holds (a graph that was not differentiated yet, a view, the owner of the
    array in `from_numpy`) is replaced by a copy first.
    """
    if leaf._source is not None and tape.recorder.get() is not None:
        raise GraphError(
            f"{what}: a leaf that requires grad cannot be written to while operations are recorded; wrap an "
            "update in `with ag.no_grad():`, or compute a new tensor"
        )
    if not _is_alone(leaf):
        leaf._value = np.array(leaf._value)
    return leaf._value


def _is_alone(tensor: Tensor) -> bool:
    """Whether nobody but this tensor can see its buffer, and it can be written to."""
    value = tensor._value
    # 3: as the tensor's value, as the local name here, and as the argument.
    if not isinstance(value, np.ndarray) or not value.flags.writeable or sys.getrefcount(value) > 3:
        return False
    base = value.base
    return base is None or (isinstance(base, np.ndarray) and sys.getrefcount(base) <= 3)


@method
def _update(self: Tensor, result: Any, what: str, passing: bool) -> Tensor:
    """Take over the result of ``self ∘ other`` in ``self ∘= other``, keeping shape and dtype.

    A view may be updated only in passing: when it is about to be written back to where it came from.
    """
    if result is NotImplemented:
        return result  # type: ignore[no-any-return]
    if result.shape != self.shape:
        raise ShapeError(
            f"{what}: the result has shape {result.shape}, which does not fit into the tensor of shape "
            f"{self.shape}; write x = x ∘ y for a new tensor"
        )
    if isinstance(self._source, tape.Leaf):
        np.copyto(writable(self, what), result._value, casting="same_kind")
        return self
    if not passing:
        _refuse_view(self, what)
    if result.dtype != self.dtype:
        if not np.can_cast(result.dtype, self.dtype, casting="same_kind"):
            raise DtypeError(f"{what}: cannot put a result of {result.dtype} into a tensor of {self.dtype}")
        result = result.astype(self.dtype)
    self._value, self._source = result._value, result._source
    return self


def _refuse_view(self: Tensor, what: str) -> None:
    base = getattr(self._value, "base", None)
    # 3: the base array as this view's base, as the local name, and as the argument.
    if isinstance(base, np.ndarray) and sys.getrefcount(base) > 3:
        raise GraphError(
            f"{what}: this tensor is a view of another one, and the other would not see the change; "
            "write to the whole (x[i, j] = value), or make a new tensor: x = x.at[index].set(value)"
        )


def _raw(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_raw(item) for item in value)
    return value._value if isinstance(value, Tensor) else value
