"""Code that reproduces a failed check, to be pasted into a file."""

from __future__ import annotations

import inspect
import sys
import textwrap
from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd_cnn.core.tensor import Tensor
from autograd_cnn.testing.culprit import Variable
from autograd_cnn.testing.problem import Array, Arrays, Problem, TensorProblem
from autograd_cnn.transforms.tree import map_leaves

__all__ = ["literal", "script"]

WRITTEN_OUT = 200  # entries of all arguments together; beyond, random numbers take their place


def script(problem: Problem, point: Arrays, order: int, mode: str) -> str:
    """Python code that runs the same check on the same numbers."""
    setup, name = _source(problem)
    if sum(x.size for x in point) <= WRITTEN_OUT:
        arguments = [literal(x) for x in point]
    else:
        setup = [*setup, "rng = np.random.default_rng(0)  # put your numbers in the place of these"]
        arguments = [f"rng.standard_normal({x.shape}).astype(np.{x.dtype.name})" for x in point]
    listed = "".join(f"    {argument},\n" for argument in arguments)
    options = f"order={order}" + ("" if mode == "rev" else ', modes=("fwd",)')
    return "\n".join(
        [
            "import numpy as np",
            "from autograd_cnn.testing import check_grads",
            *setup,
            f"check_grads({name}, [\n{listed}], {options})",
        ]
    )


def literal(x: Array) -> str:
    """An array as source code, to the last bit."""
    with np.printoptions(precision=17, threshold=x.size + 1, floatmode="unique"):
        text = np.array2string(x, separator=", ", max_line_width=100).replace("nan", "np.nan")
    text = text.replace("inf", "np.inf").replace("\n", "\n    ")
    if x.size == 0:
        return f"np.zeros({x.shape}, np.{x.dtype.name})"
    dtype = "" if x.dtype in (np.float64, np.complex128) else f", np.{x.dtype.name}"
    return f"np.array({text}{dtype})"


def _source(problem: Problem) -> tuple[list[str], str]:
    """How to get at the function of a problem: the lines that import it, and what to write for it."""
    source = getattr(problem, "source", None)
    if source is not None:
        return source.splitlines(), problem.name
    call = getattr(problem, "call", None)
    if call is not None:
        names = iter(f"x{number}" for number in range(len(call.variables())))
        args, options = map_leaves(lambda leaf: _argument(leaf, names), call.arguments)
        written = [repr(arg) for arg in args] + [f"{name}={v!r}" for name, v in options.items()]
        variables = ", ".join(f"x{number}" for number in range(len(call.variables())))
        return _imported(call.function), f"lambda {variables}: {call.function.__name__}({', '.join(written)})"
    function: Any = getattr(problem, "module", problem.function)
    name = getattr(function, "__name__", "f")
    name = name if name.isidentifier() else "f"
    if isinstance(problem, TensorProblem):
        return _imported(function, name), name
    adapter = type(problem).adapter
    return [
        "from autograd_cnn.testing import adapters",
        *_imported(function, name),
    ], f"adapters.{adapter}({name})"


class _Code(str):
    """Source code, as it is to be written."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def _argument(leaf: Any, names: Iterator[str]) -> Any:
    if isinstance(leaf, Variable):
        return _Code(next(names))
    if isinstance(leaf, Tensor):
        leaf = leaf._value
    return _Code(literal(np.asarray(leaf))) if isinstance(leaf, (np.ndarray, np.generic)) else leaf


def _imported(function: Any, name: str = "") -> list[str]:
    """The line that imports a function; its source as a comment where that cannot be."""
    name = name or function.__name__
    module = getattr(function, "__module__", None)
    if getattr(sys.modules.get(module or ""), name, None) is function and module != "__main__":
        return [f"from {module} import {name}"]
    try:
        source = textwrap.dedent(inspect.getsource(function)).splitlines()
    except (OSError, TypeError):
        source = []
    return [
        f"# {name} is the function that was checked{':' if source else ''}",
        *(f"#   {s}" for s in source),
    ]
