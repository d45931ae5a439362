"""Type stubs, written from the op registry: ``python -m autograd_cnn.core.stubs``.

Two files: ``autograd_cnn/__init__.pyi``, with a precise signature for each public function, and
``autograd_cnn/core/_methods.pyi``, with the methods and operators that declarations add to `Tensor`.
A test fails when they differ from what this module writes.
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from autograd_cnn.core.declare import SYMBOLS, UNARY
from autograd_cnn.core.registry import FUNCTIONS, METHODS, Record

_HEADER = '''"""Generated from the op registry by `make stubs`; do not edit."""

import builtins
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, overload

import numpy as np
from numpy.typing import ArrayLike

from autograd_cnn.core.hooks import Handle
from autograd_cnn.core.tensor import Tensor
from autograd_cnn.ops.indexing import At

Axis: TypeAlias = int | tuple[int, ...] | None
Operand: TypeAlias = Tensor | ArrayLike
'''


def _parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    return list(inspect.signature(function).parameters.values())


def _text(parameters: list[inspect.Parameter]) -> str:
    """A signature's parameters as source text; defaults as ``...``, as is usual in stubs."""
    items, starred = [], False
    for parameter in parameters:
        annotation = parameter.annotation if isinstance(parameter.annotation, str) else "Any"
        if parameter.kind is parameter.VAR_POSITIONAL:
            items.append(f"*{parameter.name}: {annotation}")
            starred = True
            continue
        if parameter.kind is parameter.VAR_KEYWORD:
            items.append(f"**{parameter.name}: {annotation}")
            continue
        if parameter.kind is parameter.KEYWORD_ONLY and not starred:
            items.append("*")
            starred = True
        default = "" if parameter.default is parameter.empty else " = ..."
        items.append(f"{parameter.name}: {annotation}{default}")
    return ", ".join(items)


def _overloads(name: str, signatures: list[tuple[str, str]]) -> Iterator[str]:
    for arguments, result in signatures:
        yield "@overload"
        yield f"def {name}({arguments}) -> {result}: ..."


def _function(record: Record, name: str) -> Iterator[str]:
    if record.kind == "constant":
        yield f"def {name}(*args: Any, **kwargs: Any) -> Any: ..."
    elif record.kind == "elementwise" and len(record.inputs) == 1:
        yield from _overloads(name, [("x: Tensor, /", "Tensor"), ("x: ArrayLike, /", "Any")])
    elif record.kind == "elementwise":
        yield from _overloads(
            name,
            [
                ("x1: Tensor, x2: Operand, /", "Tensor"),
                ("x1: ArrayLike, x2: Tensor, /", "Tensor"),
                ("x1: ArrayLike, x2: ArrayLike, /", "Any"),
            ],
        )
    else:
        yield f"def {name}({_text(_parameters(record.function))}) -> Any: ..."


def module_stub() -> str:
    """The text of ``autograd_cnn/__init__.pyi``."""
    package = importlib.import_module("autograd_cnn")
    recorded = {id(record.function): record for record in FUNCTIONS.values()}
    imports: list[str] = []
    functions: list[str] = []
    for name in (*package.__all__, "bool"):
        value = getattr(package, name)
        record = recorded.get(id(value))
        if record is not None:
            functions.extend(_function(record, name))
        elif getattr(np, name, None) is value:
            imports.append(f"from numpy import {name} as {name}")
        elif isinstance(value, str):
            functions.append(f"{name}: str")
        elif inspect.ismodule(value):
            imports.append(f"from autograd_cnn import {name} as {name}")
        elif name != getattr(value, "__name__", name):  # a second name
            imports.append(f"from {value.__module__} import {value.__name__} as {name}")
        else:
            imports.append(f"from {value.__module__} import {name} as {name}")
    lazy = [f"from autograd_cnn import {name} as {name}" for name in package.SUBPACKAGES]
    exported = ", ".join(f'"{name}"' for name in package.__all__)
    # In the package, bool is NumPy's.
    functions = [re.sub(r"\bbool\b", "builtins.bool", line) for line in functions]
    return "\n".join(
        [_HEADER, *sorted(set(imports) | set(lazy)), f"\n__all__ = [{exported}]\n", *functions, ""]
    )


def methods_stub() -> str:
    """The text of ``autograd_cnn/core/_methods.pyi``."""
    lines = [_HEADER, "class TensorMethods:"]
    declared: dict[str, Callable[..., Any]] = {
        record.method: record.function for record in FUNCTIONS.values() if record.method
    }
    for name, function in sorted((declared | METHODS).items()):
        if name in METHODS and isinstance(getattr(_tensor_class(), name), property):
            lines.append(f"    @property\n    def {name}(self) -> {_result(function)}: ...")
            continue
        if function.__name__ == "call" or any(
            record.function is function and record.kind in ("constant", "elementwise")
            for record in FUNCTIONS.values()
        ):
            lines.append(f"    def {name}(self, *args: Any, **kwargs: Any) -> Tensor: ...")
            continue
        rest = _text(_parameters(function)[1:])
        result = _result(function) if name in METHODS else "Tensor"
        lines.append(f"    def {name}(self{', ' + rest if rest else ''}) -> {result}: ...")
    for record in FUNCTIONS.values():
        lines.extend(f"    {line}" for line in _operators(record.operator))
    return "\n".join([*lines, ""])


def _tensor_class() -> Any:
    return importlib.import_module("autograd_cnn").Tensor


def _result(function: Callable[..., Any]) -> str:
    result = inspect.signature(function).return_annotation
    return result if isinstance(result, str) and result != "Any" else "Tensor"


def _operators(operator: str | None) -> Iterator[str]:
    if operator is None:
        return
    if operator in UNARY:
        yield f"def __{operator}__(self) -> Tensor: ..."
    elif operator == "getitem":
        yield "def __getitem__(self, index: Any) -> Tensor: ..."
    else:
        ignore = "  # type: ignore[override]" if operator in ("eq", "ne") else ""
        yield f"def __{operator}__(self, other: Any) -> Tensor: ...{ignore}"
        if operator in SYMBOLS:
            yield f"def __r{operator}__(self, other: Any) -> Tensor: ..."
            yield f"def __i{operator}__(self, other: Any) -> Tensor: ..."


def stubs() -> dict[Path, str]:
    """Every stub file and the text that it should have."""
    package = Path(importlib.import_module("autograd_cnn").__file__ or "").parent
    return {package / "__init__.pyi": module_stub(), package / "core" / "_methods.pyi": methods_stub()}


if __name__ == "__main__":
    for path, text in stubs().items():
        path.write_text(text, encoding="utf-8")
        print(f"wrote {path.name}")
