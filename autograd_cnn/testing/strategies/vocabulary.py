"""The ops that programs are made of: every differentiable function in the registry, and how it is written."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from autograd_cnn.core.registry import FUNCTIONS, Case, Record, find
from autograd_cnn.errors import ArgumentError
from autograd_cnn.testing.script import literal

__all__ = ["Word", "vocabulary"]

NUMPY = {"np": np, "np.linalg": np.linalg, "np.fft": np.fft}
OURS = ("fft", "linalg", "signal", "special")  # they declare their functions when imported
# Ops of matrices that have to be invertible, or to have eigenvalues apart, which no interval of numbers says.
# Determinants too: of entries over and over they are 0, and so are their gradients, but for rounding.
MATRICES = frozenset(
    f"autograd_cnn.ops.{name}"
    for name in (
        "decompositions",
        "determinants",
        "linalg",
        "matrix_equations",
        "matrix_functions",
        "matrix_trigonometry",
        "structured",
    )
)
PUBLIC = (*(f"autograd_cnn.{name}" for name in OURS), "autograd_cnn")


class Word:
    """A function as it is written in a program: its name, what must be imported, how it is called."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.arity = len(record.inputs)
        self.name = next(
            (
                f"{spelled}.{record.name}"
                for spelled, module in NUMPY.items()
                if record.reference is not None and getattr(module, record.name, None) is record.reference
            ),
            record.name,
        )
        self.imports: dict[str, str] = {}
        self.scope: dict[str, Any] = {}
        if self.name == record.name:
            self.scope = {record.name: record.function}
            home = _home(record)
            self.imports = {record.name: home} if home else {}
        self.samples = [case for case in record.samples if _writable(case)]

    @property
    def usable(self) -> bool:
        """Whether it can be called by what is known of it: entry by entry, or as in a sample."""
        if "generator" in inspect.signature(self.record.function).parameters:
            return False  # what is drawn is new at each call
        return bool(self.samples) or self.record.kind == "elementwise"

    def written(self, inputs: Iterable[str], parameters: dict[str, Any]) -> str:
        """The call: arguments in the order of the signature, parameters behind the inputs by name."""
        remaining = iter(inputs)
        listed: list[str] = []
        for parameter in inspect.signature(self.record.function).parameters.values():
            if parameter.name in parameters:
                text = _text(parameters[parameter.name])
                by_name = parameter.kind is not parameter.POSITIONAL_ONLY and bool(listed)
                listed.append(f"{parameter.name}={text}" if by_name else text)
            elif parameter.kind is parameter.VAR_POSITIONAL:
                listed += remaining
            else:
                listed += [given for given in [next(remaining, None)] if given is not None]
        listed += remaining
        keywords = [text for text in listed if _is_keyword(text)]
        return f"{self.name}({', '.join([*(t for t in listed if not _is_keyword(t)), *keywords])})"


def vocabulary(functions: Iterable[Callable[..., Any]] | None = None) -> list[Word]:
    """The words for functions of this package, of NumPy or SciPy, or of a user.

    By default all there are, but for those that take matrices of a special kind.
    """
    for name in OURS:
        importlib.import_module(f"autograd_cnn.{name}")
    if functions is None:
        records = [record for record in FUNCTIONS.values() if record.module not in MATRICES]
    else:
        records = list(_records(functions))
    words = [Word(record) for record in records if record.kind != "constant"]
    known: dict[str, Word] = {}
    for word in words:
        if word.usable:
            known.setdefault(word.name, word)  # two modules may have a function of one name
    return list(known.values())


def _records(functions: Iterable[Callable[..., Any]]) -> Iterator[Record]:
    for function in functions:
        ours = find(function) or function
        record = next((r for r in FUNCTIONS.values() if r.function is ours), None)
        if record is None or record.kind == "constant" or not Word(record).usable:
            raise ArgumentError(
                f"programs: expected differentiable functions of the op table (autograd-cnn ops), that work "
                f"entry by entry or have samples, got {getattr(function, '__name__', function)!r}"
            )
        yield record


def _home(record: Record) -> str:
    """The module to import a function from, a public one if it is there; "" if there is none."""
    for module in (*PUBLIC, record.module):
        if getattr(sys.modules.get(module), record.name, None) is record.function:
            return module
    return ""


def _writable(case: Case) -> bool:
    return all(map(_is_plain, case.parameters.values()))


def _is_plain(value: Any) -> bool:
    if type(value) in (tuple, list):
        return all(map(_is_plain, value))
    if isinstance(value, np.ndarray):
        return value.size <= 24
    return value is None or value is ... or type(value) in (int, float, bool, str, slice)


def _text(value: Any) -> str:
    """A parameter as source code."""
    if type(value) in (tuple, list):
        items = ", ".join(map(_text, value))
        return f"[{items}]" if type(value) is list else f"({items}{',' * (len(value) == 1)})"
    if isinstance(value, np.ndarray):
        return (
            literal(value)
            if value.dtype.kind in "fc"
            else f"np.array({value.tolist()}, {value.dtype.name!r})"
        )
    if isinstance(value, float) and not np.isfinite(value):
        return f"np.{value}" if value > 0 else f"-np.{-value}"
    return "..." if value is ... else repr(value)


def _is_keyword(text: str) -> bool:
    name, equals, _ = text.partition("=")
    return bool(equals) and name.isidentifier()
