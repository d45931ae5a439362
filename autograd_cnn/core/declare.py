"""Where a declaration takes effect: the tables, and the methods and operators of `Tensor`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

from autograd_cnn.core.op import VJP, OperandError
from autograd_cnn.core.registry import METHODS, Case, Kind, Record, register
from autograd_cnn.core.tensor import Tensor


def declare(
    call: Callable[..., Any],
    kind: Kind,
    reference: Callable[..., Any] | None,
    method: bool | str,
    operator: str | None,
    inputs: tuple[str, ...],
    vjps: dict[str, VJP],
    domain: tuple[float, float],
    samples: Sequence[Case],
    operator_call: Callable[..., Any] | None = None,
) -> None:
    """Register a function, and add its method and operators to `Tensor`.

    ``operator_call`` is the function as an operator needs it: NotImplemented for a foreign operand.
    """
    name = call.__name__
    method_name = method if isinstance(method, str) else name if method else None
    register(
        Record(
            name=name,
            kind=kind,
            function=call,
            reference=reference,
            module=call.__module__ or "__main__",  # a namespace of exec may have no name
            method=method_name,
            operator=operator,
            inputs=inputs,
            vjps=vjps,
            domain=domain,
            samples=tuple(samples),
        )
    )
    if method_name:
        setattr(Tensor, method_name, call)
    if operator:
        _add_operators(operator, operator_call or _deferring(call))


def declaring_module() -> str:
    """The module whose top level called the verb that called this."""
    return str(sys._getframe(2).f_globals["__name__"])


def method(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the decorated function to `Tensor`, as a method."""
    METHODS[function.__name__] = function
    setattr(Tensor, function.__name__, function)
    return function


def attribute(function: Callable[[Tensor], Any]) -> Callable[[Tensor], Any]:
    """Add the decorated function to `Tensor`, as a property."""
    METHODS[function.__name__] = function
    setattr(Tensor, function.__name__, property(function))
    return function


UNARY = ("neg", "pos", "abs", "invert")


def _add_operators(operator: str, call: Callable[..., Any]) -> None:
    """Add ``__operator__``, and ``__roperator__`` and ``__ioperator__`` where Python has them."""

    def reflected(self: Tensor, other: Any) -> Any:
        try:
            return call(other, self)
        except OperandError:
            return NotImplemented

    def in_place(self: Tensor, other: Any) -> Any:
        # In x[i] += y, Python holds x[i] for a moment, and then writes it back: 2, and the argument.
        passing = sys.getrefcount(self) <= 3
        return self._update(call(self, other), f"x {SYMBOLS[operator]}= y", passing)

    setattr(Tensor, f"__{operator}__", call)
    if operator in SYMBOLS:
        setattr(Tensor, f"__r{operator}__", reflected)
        setattr(Tensor, f"__i{operator}__", in_place)


def _deferring(call: Callable[..., Any]) -> Callable[..., Any]:
    """The function as an operator: the class of a foreign operand gets to try."""

    def operate(*operands: Any) -> Any:
        try:
            return call(*operands)
        except OperandError:
            return NotImplemented

    return operate


SYMBOLS = {
    "add": "+",
    "sub": "-",
    "mul": "*",
    "truediv": "/",
    "floordiv": "//",
    "mod": "%",
    "pow": "**",
    "matmul": "@",
    "and": "&",
    "or": "|",
    "xor": "^",
    "lshift": "<<",
    "rshift": ">>",
}
