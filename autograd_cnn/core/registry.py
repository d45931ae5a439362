"""The tables of what there is: every op by name, and which function answers which NumPy function.

They are filled while the package is imported and only read afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["FUNCTIONS", "METHODS", "NUMPY", "Case", "Kind", "Record", "case", "register"]

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
METHODS: dict[str, Callable[..., Any]] = {}  # of Tensor, beside those that functions declare


def register(record: Record) -> None:
    """Enter a function into the tables; a second one of the same name is a mistake of ours."""
    key = f"{record.module.rsplit('.', 1)[-1]}.{record.name}"
    if key in FUNCTIONS:
        raise RuntimeError(f"two ops are called {key!r}")
    FUNCTIONS[key] = record
    if record.reference is not None:
        NUMPY.setdefault(record.reference, record.function)
