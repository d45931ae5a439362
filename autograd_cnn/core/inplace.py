"""Writing in place, at no cost to reading.

A recorded write gives the tensor a new value. Nothing that was computed before sees it: not the
tape, not another tensor. So no version counters are needed, and reading costs nothing.
Only a leaf is written through, under `no_grad`.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from autograd_cnn.core import tape
from autograd_cnn.core.declare import method
from autograd_cnn.core.grad_mode import is_recording
from autograd_cnn.core.tensor import Tensor
from autograd_cnn.errors import DtypeError, GraphError, ShapeError

__all__ = ["writable"]


@method
def _set_item(self: Tensor, index: Any, value: Any) -> None:
    if isinstance(self._source, tape.Leaf):
        writable(self, "x[index] = value")[_raw(index)] = _raw(value)
        return
    _refuse_view(self, "x[index] = value")
    # 2: as this tensor's value, and as the argument. So nobody else would see the buffer change.
    alone = sys.getrefcount(self._value) == 2 and getattr(self._value, "base", self) is None
    result = self._with_entries(index, value, reuse_buffer=alone)
    self._value, self._source = result._value, result._source


@method
def _update(self: Tensor, result: Any, what: str) -> Tensor:
    """Take over the result of ``self ∘ other`` in ``self ∘= other``, keeping shape and dtype."""
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


def writable(leaf: Tensor, what: str) -> Any:
    """Return the buffer of a leaf, to be overwritten under `no_grad`, as an optimiser does.

    Whatever was recorded before and read this leaf raises when it is differentiated afterwards: the old
    place on the tape is marked stale, and the leaf gets a new one with the same box for its gradient.
    """
    old = leaf._source
    if isinstance(old, tape.Leaf):
        if is_recording():
            raise GraphError(
                f"{what}: a leaf that requires grad cannot be written to while operations are recorded; "
                "wrap an update in `with ag.no_grad():`, or compute a new tensor"
            )
        old.stale = True
        leaf._source = tape.Leaf(old.shape, old.dtype, old.box)
    if not isinstance(leaf._value, np.ndarray) or not leaf._value.flags.writeable:
        leaf._value = np.array(leaf._value)
    return leaf._value
