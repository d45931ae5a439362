"""``autograd-cnn ops``: the table of operations."""

from __future__ import annotations

import difflib
import importlib
import inspect
import linecache
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import autograd_cnn
from autograd_cnn import surface
from autograd_cnn.cli.table import print_table
from autograd_cnn.core.op import arguments
from autograd_cnn.core.registry import FUNCTIONS, LAZY, Kind, Record
from autograd_cnn.errors import ArgumentError

__all__ = ["list_ops"]

PACKAGE = Path(autograd_cnn.__file__).parent


def list_ops(kind: str | None, count: bool, markdown: bool) -> None:
    """Print the operations of a kind, or all; or how many functions there are; or the page of the docs."""
    kinds = get_args(Kind)
    if kind is not None and kind not in kinds:
        near = difflib.get_close_matches(kind, kinds)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise ArgumentError(f"--kind: expected one of {', '.join(kinds)}, got {kind!r}{hint}")
    if markdown:
        print(surface.document(), end="")
        return
    if count:
        count_functions(kind)
        return
    for module in LAZY.values():  # what is declared when it is first used
        importlib.import_module(module)
    records = [record for record in FUNCTIONS.values() if kind in (None, record.kind)]
    print_table(["name", "kind", "gradient", "source"], map(row, records))


def count_functions(kind: str | None) -> None:
    """Print how many public functions of NumPy and SciPy there are here: of a kind, or of every kind."""
    counts = surface.count()
    if kind is not None:
        print(counts[kind])
        return
    rows = [[name, str(counts[name])] for name in surface.DIFFERENTIABLE]
    rows.append(["differentiable", str(sum(counts[name] for name in surface.DIFFERENTIABLE))])
    rows += [[name, str(counts[name])] for name in ("further", "constant", "creation", "absent")]
    print_table(["kind", "functions"], rows, right=["functions"])


def row(record: Record) -> list[str]:
    """The cells of an operation."""
    gradients = "\n".join(f"{name}: {formula(vjp)}" for name, vjp in record.vjps.items())
    return [record.name, record.kind, gradients, source(record)]


def formula(vjp: Callable[..., Any]) -> str:
    """A VJP as it stands in the source: the body of a lambda, or a function's name and what it reads."""
    code = inspect.unwrap(vjp).__code__
    if code.co_name != "<lambda>":
        return f"{code.co_name}({', '.join(arguments(vjp))})"
    # Every instruction knows which piece of the source it was made of; together they are the body.
    starts, stops = [], []
    for line, last_line, column, last_column in code.co_positions():
        if line and last_line and last_column:  # the first instruction is made of nothing
            starts.append((line, column or 0))
            stops.append((last_line, last_column))
    (first, start), (last, stop) = min(starts), max(stops)
    lines = [line.encode() for line in linecache.getlines(code.co_filename)[first - 1 : last]]
    if not lines:
        return f"reads {', '.join(arguments(vjp)[1:]) or 'nothing'}"
    lines[-1] = lines[-1][:stop]
    lines[0] = lines[0][start:]
    text = " ".join(b" ".join(lines).decode().split())
    return re.sub(r"(?<=[(\[]) |,? (?=[)\]])", "", text)  # as on one line


def source(record: Record) -> str:
    """Where an operation is declared: file and line in the package, or the file where no line is known."""
    file = record.module.removeprefix("autograd_cnn.").replace(".", "/") + ".py"
    functions = [*record.vjps.values(), record.function]
    for code in (inspect.unwrap(function).__code__ for function in functions):
        if Path(code.co_filename) == PACKAGE / file:
            return f"{file}:{code.co_firstlineno}"
    return file
