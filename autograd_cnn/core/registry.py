"""The tables of what there is: every op by name, and which function answers which NumPy function.

They are filled while the package is imported, and by the modules of `LAZY` when one of their functions is
first asked for; otherwise they are only read.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = [
    "BATCHING",
    "FUNCTIONS",
    "LAZY",
    "METHODS",
    "NUMPY",
    "Case",
    "Kind",
    "Record",
    "case",
    "find",
    "register",
]

Kind = Literal["elementwise", "linear", "primitive", "composite", "constant"]


@dataclass(frozen=True)
class Case:
    """One sample for the tests of an op: the shapes of its array arguments, and its parameters."""

    shapes: tuple[Any, ...]
    parameters: dict[str, Any]


def case(*shapes: Any, **parameters: Any) -> Case:
    """Sample arguments: a shape for each input (a list of shapes for a sequence), and the parameters.

    >>> case((2, 3), axis=1)
    Case(shapes=((2, 3),), parameters={'axis': 1})
    """
    return Case(shapes, parameters)


@dataclass(frozen=True)
class Record:
    """A row of the op table: everything that a declaration says, for docs, stubs and tests."""

    name: str
    kind: Kind
    function: Callable[..., Any]
    reference: Callable[..., Any] | None
    module: str
    method: str | None = None
    operator: str | None = None
    inputs: tuple[str, ...] = ()
    vjps: dict[str, Callable[..., Any]] = field(default_factory=dict)
    domain: tuple[float, float] = (-2.0, 2.0)
    samples: tuple[Case, ...] = ()


FUNCTIONS: dict[str, Record] = {}
NUMPY: dict[Any, Callable[..., Any]] = {}  # by function; by (ufunc, name) for the methods of ufuncs
LAZY: dict[str, str] = {}  # a foreign module: the module of ours whose import declares its functions
METHODS: dict[str, Callable[..., Any]] = {}  # of Tensor, beside those that functions declare
BATCHING: dict[Callable[..., Any], Callable[..., Any]] = {}  # by op: how vmap calls it for all examples


def register(record: Record) -> None:
    """Enter a function into the tables; a second one of the same name is a mistake of ours.

    A user's op may be declared anew, as when a cell of a notebook runs again, and takes the place of the
    first; it cannot take that of one of ours.
    """
    key = f"{record.module.rsplit('.', 1)[-1]}.{record.name}"
    before = FUNCTIONS.get(key)
    if before is not None and (record.module.startswith("autograd_cnn.") or before.module != record.module):
        raise RuntimeError(f"two ops are called {key!r}")
    FUNCTIONS[key] = record
    if record.reference is not None:
        present = NUMPY.setdefault(record.reference, record.function)
        if before is not None and present is before.function:
            NUMPY[record.reference] = record.function


def find(function: Any) -> Callable[..., Any] | None:
    """Return what answers a function of NumPy or SciPy, or None; imports the module that declares it."""
    ours = NUMPY.get(function)
    if ours is not None:
        return ours
    # A ufunc of SciPy does not know its module; but who calls it has imported that.
    for foreign, module in LAZY.items():
        if getattr(sys.modules.get(foreign), function.__name__, None) is function:
            importlib.import_module(module)
    return NUMPY.get(function)
