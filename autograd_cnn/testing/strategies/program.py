"""A random differentiable program: Python source that can be read, printed and run."""

from __future__ import annotations

import linecache
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any

import numpy as np

from autograd_cnn.testing.posed import PosedProblem
from autograd_cnn.testing.problem import Array
from autograd_cnn.testing.script import literal

__all__ = ["Program"]

BLANK = "\n\n"
_numbers: Iterator[int] = count()


class Program(PosedProblem):
    """A function in plain NumPy, as a list of statements, with its arguments.

    ``statements`` are lines of Python that use ``np``, the functions of ``imports`` (name to module), and by
    name what cannot be imported, from ``scope``. ``args`` are named by ``names``. What is run is the very
    source that is printed.

    >>> import numpy as np
    >>> from autograd_cnn.testing.strategies import Program
    >>> program = Program({"x": np.array(2.0)}, ["a = x * x", "a += x"], ["a"])
    >>> print(program.source)
    def program(x):
        a = x * x
        a += x
        return a
    >>> program.check()
    """

    def __init__(
        self,
        arguments: Mapping[str, Array],
        statements: Sequence[str],
        returned: Sequence[str],
        imports: Mapping[str, str] | None = None,
        scope: Mapping[str, Any] | None = None,
    ) -> None:
        self.names, self.args = list(arguments), list(arguments.values())
        self.statements, self.returned = list(statements), list(returned)
        self.imports, self.scope = dict(imports or {}), dict(scope or {})
        super().__init__(self.on(np))

    @property
    def source(self) -> str:
        """The function, as Python code."""
        lines = [*self.statements, f"return {', '.join(self.returned)}"]
        body = "\n".join(textwrap.indent(line, "    ") for line in lines)
        modules = sorted({*self.imports.values()})
        imported = "".join(f"from {module} import {', '.join(self._from(module))}\n" for module in modules)
        imported += "".join(f"# {name} is a function of yours\n" for name in self.scope)
        return f"{imported}{BLANK if imported else ''}def program({', '.join(self.names)}):\n{body}"

    def _from(self, module: str) -> list[str]:
        return sorted(name for name, home in self.imports.items() if home == module)

    def on(self, namespace: Any) -> Callable[..., Any]:
        """The function with another module in the place of NumPy: ``program.on(mygrad)``."""
        scope: dict[str, Any] = {**self.scope, "np": namespace}
        filename = f"<program {next(_numbers)}>"
        exec(compile(self.source, filename, "exec"), scope)
        function: Callable[..., Any] = scope["program"]
        lines = [line + "\n" for line in self.source.splitlines()]
        linecache.cache[filename] = (len(self.source), None, lines, filename)  # for tracebacks
        return function

    def __len__(self) -> int:
        """The number of statements."""
        return len(self.statements)

    def __repr__(self) -> str:
        given = "".join(f"\n{name} = {literal(x)}" for name, x in zip(self.names, self.args, strict=True))
        return f"\nimport numpy as np\n{'' if self.imports else BLANK}{self.source}\n\n{given}\n"
