"""Writing saved values into parameters and buffers: all of them or none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from autograd_cnn.core.grad_mode import no_grad
from autograd_cnn.core.inplace import writable
from autograd_cnn.core.tensor import Tensor
from autograd_cnn.errors import ArgumentError

__all__ = ["IncompatibleKeys", "copy_into", "fit"]


class IncompatibleKeys(NamedTuple):
    """The names that ``load_state_dict(strict=False)`` passed over."""

    missing_keys: list[str]
    unexpected_keys: list[str]


def fit(
    owner: str, entries: Mapping[str, Tensor], given: Mapping[str, Any], strict: bool
) -> IncompatibleKeys:
    """Compare names, shapes and dtypes; raise `ArgumentError` with all that does not fit."""
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
        shape, dtype = np.shape(value), getattr(value, "dtype", np.asarray(value).dtype)
        if shape != entry.shape:
            faults.append(f"{name}: expected shape {entry.shape}, got {shape}")
        elif not np.can_cast(dtype, entry.dtype, casting="same_kind"):
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
