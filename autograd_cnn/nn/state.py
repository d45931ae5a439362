"""Writing saved values into parameters and buffers: all of them or none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from autograd_cnn.core.grad_mode import no_grad
from autograd_cnn.core.inplace import writable
from autograd_cnn.core.tensor import Tensor, tensor
from autograd_cnn.errors import ArgumentError
from autograd_cnn.nn.parameter import Parameter

__all__ = ["IncompatibleKeys", "copy_into", "fit", "stand_in"]


class IncompatibleKeys(NamedTuple):
    """The names that ``load_state_dict(strict=False)`` passed over."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return f"IncompatibleKeys(missing_keys={self.missing_keys}, unexpected_keys={self.unexpected_keys})"


def fit(
    owner: str, entries: Mapping[str, Tensor], given: Mapping[str, Any], strict: bool, assign: bool
) -> IncompatibleKeys:
    """Compare names, shapes and (unless they are assigned) dtypes; raise with all that does not fit."""
    missing = [name for name in entries if name not in given]
    unexpected = [name for name in given if name not in entries]
    faults = []
    if strict and missing:
        faults.append(f"missing: {', '.join(missing)}")
    if strict and unexpected:
        faults.append(f"unexpected: {', '.join(unexpected)}")
    for name, entry in entries.items():
        if name not in given:
            continue
        value = given[name]
        shape = np.shape(value)
        dtype = value.dtype if hasattr(value, "dtype") else np.asarray(value).dtype
        if shape != entry.shape:
            faults.append(f"{name}: expected shape {entry.shape}, got {shape}")
        elif not assign and not np.can_cast(dtype, entry.dtype, casting="same_kind"):
            faults.append(f"{name}: expected {entry.dtype}, got {dtype}")
    if faults:
        raise ArgumentError(
            f"{owner}.load_state_dict: the values do not fit this module, nothing was loaded; make the "
            "module with the arguments it had when they were saved, or pass strict=False to pass over "
            "missing and unexpected names\n  " + "\n  ".join(faults)
        )
    return IncompatibleKeys(missing, unexpected)


def copy_into(entry: Tensor, value: Any) -> None:
    """Overwrite a parameter or buffer with the values of a tensor or array."""
    with no_grad():
        buffer = writable(entry, "load_state_dict")
    np.copyto(buffer, value._value if isinstance(value, Tensor) else value, casting="same_kind")


def stand_in(entry: Tensor, value: Any) -> Tensor:
    """Return a value as what is to be assigned in place of a parameter or buffer."""
    if isinstance(entry, Parameter):
        return value if isinstance(value, Parameter) else Parameter(value, entry.requires_grad)
    return value if type(value) is Tensor else tensor(value)
