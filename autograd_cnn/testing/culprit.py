"""The op whose own derivative is wrong: each recorded call is checked by itself.

The function runs once more with a class of nodes that remember the whole call: which function of ours, with
which values. So each call can be repeated alone, and goes through the same check as the function did, from
the outputs back. Composites come after the ops they are made of.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Any

import numpy as np

from autograd_cnn.core import elementwise, primitive, tape
from autograd_cnn.core.anomaly import _line_of_the_user
from autograd_cnn.core.op import Op
from autograd_cnn.core.registry import FUNCTIONS, Record
from autograd_cnn.core.tensor import Tensor, tensor
from autograd_cnn.testing.problem import Array, Arrays, TensorProblem
from autograd_cnn.transforms.tree import flatten, map_leaves

__all__ = ["Call", "calls"]

MOST = 300  # calls that are looked at: a network's forward pass several times over
_FILES = (elementwise.__file__, primitive.__file__)


@dataclass(frozen=True)
class Variable:
    """A recorded operand of a call: the name of the argument, and its value."""

    name: str
    value: Array


@dataclass(frozen=True, eq=False)
class Call:
    """A call of an op or a composite, which can be repeated: ``function(*args, **options)``.

    In ``arguments``, the pair of both, a `Variable` stands for each operand that was recorded.
    """

    name: str
    function: Callable[..., Any]
    arguments: tuple[tuple[Any, ...], dict[str, Any]]
    line: str
    composed: bool = False

    def variables(self) -> list[Variable]:
        """The recorded operands, in order."""
        return [leaf for leaf in flatten(list(self.arguments)) if isinstance(leaf, Variable)]

    def point(self) -> list[Array]:
        """Where it was called."""
        return [np.array(variable.value) for variable in self.variables()]

    def problem(self) -> TensorProblem:
        """The call as a function of its recorded operands."""
        return _CallProblem(self)


class _CallProblem(TensorProblem):
    def __init__(self, call: Call) -> None:
        super().__init__(self._repeated)
        self.call = call

    @property
    def name(self) -> str:
        return self.call.name

    def label(self, number: int) -> str:
        return f"argument {self.call.variables()[number].name!r}"

    def _repeated(self, *values: Any) -> Any:
        remaining = iter(values)
        args, options = map_leaves(
            lambda leaf: next(remaining) if isinstance(leaf, Variable) else leaf, self.call.arguments
        )
        return self.call.function(*args, **options)


@dataclass(frozen=True)
class _Composites:
    """The composites there are, by their code, and their calls so far, by the frame that runs them."""

    records: dict[CodeType, Record]
    calls: dict[FrameType, Call]


_composites: ContextVar[_Composites] = ContextVar("_composites")


class _CallNode(tape.Node):
    """A node that remembers the call it was recorded by, and the composites that this was part of."""

    __slots__ = ("call", "composites")

    def __init__(self, op: Op, held: tuple[Any, ...], out: Any) -> None:
        super().__init__(op, held, out)
        self.call = _call_of(op, self.parents)
        self.composites = _composites_around()


def calls(problem: TensorProblem, point: Arrays) -> Iterator[Call]:
    """The calls of ops by which the outputs depend on the point, from the outputs back, then composites."""
    kind = tape.recorder_when_enabled.set(_CallNode)
    recording = tape.recorder.set(_CallNode)
    composed = [record for record in FUNCTIONS.values() if record.kind == "composite"]
    codes = {inspect.unwrap(record.function).__code__: record for record in composed}
    composites = _composites.set(_Composites(codes, {}))
    try:
        outputs = problem.outputs(*(tensor(x, requires_grad=True) for x in point))
    finally:
        _composites.reset(composites)
        tape.recorder.reset(recording)
        tape.recorder_when_enabled.reset(kind)
    roots = [y._source for y in outputs if isinstance(y, Tensor) and y._source is not None]
    nodes = [n for n in tape.reachable(roots)[::-1][:MOST] if isinstance(n, _CallNode)]
    yield from (node.call for node in nodes if node.call is not None)
    yield from dict.fromkeys(call for node in nodes for call in node.composites)


def _call_of(op: Op, parents: Sequence[Any]) -> Call | None:
    """What called the constructor of a node: the public function of an op, found on the stack."""
    frame: FrameType | None = sys._getframe(2)
    for _ in range(4):  # the function of a primitive calls a method or two before it records
        if frame is None or (frame.f_code.co_name == "call" and frame.f_code.co_filename in _FILES):
            break
        frame = frame.f_back
    seen = {} if frame is None else frame.f_locals
    function = _public(seen.get("op", seen.get("self")))
    if function is None:
        return None
    unnamed = [(slot, parent) for slot, parent in zip(op.slots, parents, strict=False) if parent is not None]

    def frozen(leaf: Any) -> Any:
        if not isinstance(leaf, Tensor):
            return np.array(leaf) if isinstance(leaf, np.ndarray) else leaf
        value = np.array(leaf._value)
        for place, (slot, parent) in enumerate(unnamed):
            if parent == leaf._source:
                del unnamed[place]
                return Variable(slot, value)
        return tensor(value)

    arguments = (tuple(seen["args"]), dict(seen["kwargs"])) if "args" in seen else (_operands(seen), {})
    return Call(op.name, function, map_leaves(frozen, arguments), _line_of_the_user())


def _composites_around() -> list[Call]:
    """The calls of composites on the stack, the innermost first."""
    composites, found = _composites.get(), []
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        record = composites.records.get(frame.f_code)
        if record is not None:
            if frame not in composites.calls:
                composites.calls[frame] = _composite_call(record, frame)
            found.append(composites.calls[frame])
        frame = frame.f_back
    return found


def _composite_call(record: Record, frame: FrameType) -> Call:
    def frozen(name: str) -> Any:
        def of(leaf: Any) -> Any:
            if not isinstance(leaf, Tensor):
                return np.array(leaf) if isinstance(leaf, np.ndarray) else leaf
            value = np.array(leaf._value)
            return tensor(value) if leaf._source is None else Variable(name, value)

        return map_leaves(of, frame.f_locals[name])

    args: list[Any] = []
    options: dict[str, Any] = {}
    for name, parameter in inspect.signature(record.function).parameters.items():
        if parameter.kind is parameter.VAR_POSITIONAL:
            args += frozen(name)
        elif parameter.kind is parameter.VAR_KEYWORD:
            options |= frozen(name)
        elif parameter.kind is parameter.KEYWORD_ONLY:
            options[name] = frozen(name)
        else:
            args.append(frozen(name))
    return Call(record.name, record.function, (tuple(args), options), _line_of_the_user(), composed=True)


def _operands(seen: dict[str, Any]) -> tuple[Any, ...]:
    return (seen["x"], seen["y"]) if "y" in seen else (seen["x"],)


def _public(owner: Any) -> Callable[..., Any] | None:
    """The registered function that was declared together with ``owner``, which it holds in its closure."""
    for record in FUNCTIONS.values():
        cells = getattr(record.function, "__closure__", None) or ()
        if any(cell.cell_contents is owner for cell in cells):
            return record.function
    return None
