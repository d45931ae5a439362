"""Every public function of NumPy and SciPy, and the function of ours that answers it."""

from __future__ import annotations

import importlib
import importlib.util
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from autograd_cnn.core.registry import FUNCTIONS, Record, find
from autograd_cnn.surface.absent import ABSENT

__all__ = ["DIFFERENTIABLE", "NAMESPACES", "Entry", "answer", "count", "entries", "public_names"]

# Of NumPy and SciPy: ours in which the same names are found.
NAMESPACES = {
    "numpy": "autograd_cnn",
    "numpy.linalg": "autograd_cnn.linalg",
    "numpy.fft": "autograd_cnn.fft",
    "scipy.linalg": "autograd_cnn.linalg",
    "scipy.fft": "autograd_cnn.fft",
    "scipy.special": "autograd_cnn.special",
    "scipy.signal": "autograd_cnn.signal",
}
DIFFERENTIABLE = ("elementwise", "linear", "primitive", "composite")


@dataclass(frozen=True)
class Entry:
    """A public function of NumPy or SciPy.

    ``kind`` is that of a `Record`, "creation" for what makes new tensors, or "absent"; ``reason`` says why
    it is absent. Two entries with one ``function`` are names of the same thing.
    """

    namespace: str
    name: str
    kind: str
    function: Callable[..., Any] | None = None
    record: Record | None = None
    dispatches: bool = False
    reason: str = ""


def public_names(namespace: str) -> list[str]:
    """The public functions of a module; classes and modules are none, whatever can be called in them.

    >>> "exp" in public_names("numpy"), "float64" in public_names("numpy")
    (True, False)
    """
    module = importlib.import_module(namespace)
    names = [name for name in getattr(module, "__all__", dir(module)) if not name.startswith("_")]
    values = {name: getattr(module, name) for name in names}
    return sorted(
        name
        for name, value in values.items()
        if callable(value) and not isinstance(value, (type, ModuleType))
    )


def answer(namespace: str, name: str) -> tuple[Callable[..., Any] | None, bool]:
    """The function of ours for a public name, and whether NumPy's or SciPy's own comes here by itself."""
    reference = getattr(importlib.import_module(namespace), name)
    function = find(reference) if _hashable(reference) else None
    # What only refuses, as np.put does, is not called like what it stands for.
    if function is not None and (id(function) in _records() or function.__name__ == name):
        return function, True
    home = NAMESPACES[namespace]
    if importlib.util.find_spec(home) is None:
        return None, False
    module = importlib.import_module(home)
    return getattr(module, name) if name in getattr(module, "__all__", ()) else None, False


def entries() -> list[Entry]:
    """Every public function of the installed NumPy and SciPy; unknown ones are absent without a reason."""
    reasons = {
        (namespace, name): reason
        for namespace, groups in ABSENT.items()
        for reason, names in groups.items()
        for name in names.split()
    }
    found = []
    for namespace in NAMESPACES:
        for name in public_names(namespace):
            function, dispatches = answer(namespace, name)
            if function is None:
                reason = reasons.get((namespace, name), "")
                found.append(Entry(namespace, name, "absent", reason=reason))
            else:
                record = _records().get(id(function))
                kind = _kind(function, record)
                found.append(Entry(namespace, name, kind, function, record, dispatches))
    return found


def count() -> Counter[str]:
    """How many functions there are of each kind; several names of one function count once.

    Differentiable ones without a record, which only tests of their own cover, count as "further".

    >>> count()["linear"] > 20
    True
    """
    kinds = {
        id(entry.function): "further" if entry.kind in DIFFERENTIABLE and not entry.record else entry.kind
        for entry in entries()
        if entry.function is not None
    }
    counts = Counter(kinds.values())
    counts["absent"] = sum(entry.function is None for entry in entries())
    return counts


def _kind(function: Any, record: Record | None) -> str:
    if record is not None:
        return record.kind
    # Without a record, what a function says that it returns tells: only new tensors are always tensors, and
    # what is differentiable returns an array for an array.
    result = getattr(function, "__annotations__", {}).get("return", "Any")
    if function.__module__.startswith("numpy") or result in ("bool", "tuple[int, int]"):
        return "constant"
    return "creation" if result == "Tensor" else "composite"


def _records() -> dict[int, Record]:
    return {id(record.function): record for record in FUNCTIONS.values()}


def _hashable(value: Any) -> bool:
    return getattr(value, "__hash__", None) is not None and hasattr(value, "__name__")
