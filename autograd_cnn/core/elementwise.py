"""Declaring ops that work entry by entry: the hot path of the tape."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_cnn.core import batched, tape
from autograd_cnn.core.declare import declare, declaring_module
from autograd_cnn.core.op import VJP, Op, OperandError, explained, operand, own
from autograd_cnn.core.tensor import Tensor, wrap

current_recorder = tape.recorder.get


def _unary(op: Op, forward: Callable[..., Any], raw: Callable[..., Any]) -> Callable[[Any], Any]:
    keep_x, keep_out = op.kept((True,))

    def call(x: Any, /) -> Any:
        if type(x) is Tensor:
            value = x._value
            source = x._source
        else:
            if isinstance(x, batched.Batched):
                return batched.elementwise(call, (x,))
            value, source = operand(x, op.name)
            if not isinstance(x, Tensor):
                return raw(value)
        try:
            out = forward(value)
        except (ValueError, TypeError) as error:
            raise explained(op.name, error, (value,)) from None
        if source is None or (recorder := current_recorder()) is None:
            return wrap(out, None)
        held = (source, value if keep_x else None, out if keep_out else None)
        return wrap(out, recorder(op, held, out))

    return call


def _binary(
    op: Op, forward: Callable[..., Any], raw: Callable[..., Any], *, as_operator: bool = False
) -> Callable[[Any, Any], Any]:
    """The function of two arguments; ``as_operator`` lets a foreign operand's class have a try."""
    keep_both = op.kept((True, True))
    keep_for_x = op.kept((True, False))
    keep_for_y = op.kept((False, True))

    def call(x: Any, y: Any, /) -> Any:
        if type(x) is Tensor:
            x_value = x._value
            x_source = x._source
        else:
            if isinstance(x, batched.Batched):
                return batched.elementwise(call, (x, y))
            x_value, x_source = operand(x, op.name)
            if type(x_value) is complex:
                x_value = _typed(x_value, y)
        if type(y) is Tensor:
            y_value = y._value
            y_source = y._source
        else:
            if isinstance(y, batched.Batched):
                return batched.elementwise(call, (x, y))
            try:
                y_value, y_source = operand(y, op.name)
            except OperandError:
                if as_operator:
                    return NotImplemented
                raise
            if type(y_value) is complex:
                y_value = _typed(y_value, x)
            if not isinstance(x, Tensor) and not isinstance(y, Tensor):
                return raw(x_value, y_value)
        try:
            out = forward(x_value, y_value)
        except (ValueError, TypeError) as error:
            raise explained(op.name, error, (x_value, y_value)) from None
        if (x_source is None and y_source is None) or (recorder := current_recorder()) is None:
            return wrap(out, None)
        if x_source is None:
            keep_x, keep_y, keep_out = keep_for_y
            if keep_x and x_value is x:
                x_value = own(x)
        elif y_source is None:
            keep_x, keep_y, keep_out = keep_for_x
            if keep_y and y_value is y:
                y_value = own(y)
        else:
            keep_x, keep_y, keep_out = keep_both
        held = (
            x_source,
            y_source,
            x_value if keep_x else None,
            y_value if keep_y else None,
            out if keep_out else None,
        )
        return wrap(out, recorder(op, held, out))

    return call


def _typed(number: complex, other: Any) -> Any:
    """A complex number of the precision of the other operand: Python's own times np.float64 is Python's."""
    dtype = np.result_type(getattr(other, "dtype", np.float64), number)
    return dtype.type(number)


def elementwise(
    function: Callable[..., Any],
    summary: str,
    *,
    forward: Callable[..., Any] | None = None,
    reference: Callable[..., Any] | None = None,
    name: str | None = None,
    method: bool = False,
    operator: str | None = None,
    domain: tuple[float, float] = (-2.0, 2.0),
    namespace: str = "ag",
    **vjps: VJP,
) -> Callable[..., Any]:
    """Declare an op on one or two arrays that works entry by entry; inputs are named by their VJPs.

    ``function`` answers plain arrays, and is the NumPy function that dispatches here if it is a ufunc.
    ``forward`` serves tensors, if something faster than a ufunc is at hand (``operator.mul`` on NumPy
    scalars takes 64 ns, ``np.multiply`` 660). ``domain`` is where the tests draw their numbers, and
    ``namespace`` where users find the function.
    """
    name = name or function.__name__
    op = Op(name, tuple(vjps), ("out",), (), tuple(vjps.values()))
    op.entrywise = True
    fast = forward or function
    call: Callable[..., Any] = (_unary if len(vjps) == 1 else _binary)(op, fast, function)
    call.__name__ = call.__qualname__ = name
    call.__module__ = declaring_module()
    reference = reference or (function if isinstance(function, np.ufunc) else None)
    call.__doc__ = _document(summary, name, tuple(vjps), domain, namespace if reference else None)
    # As x * y it is called directly: a wrapper would cost 60 ns.
    operate = call if len(vjps) == 1 else _binary(op, fast, function, as_operator=True)
    declare(call, "elementwise", reference, method, operator, tuple(vjps), vjps, domain, (), operate)
    return call


def _document(
    summary: str, name: str, inputs: tuple[str, ...], domain: tuple[float, float], namespace: str | None
) -> str:
    number = sum(domain) / 2
    rest = [str(number)] * (len(inputs) - 1)
    called = f"{namespace}.{name}({', '.join(['x', *rest])})" if namespace else f"x.{name}({', '.join(rest)})"
    return (
        f"{summary}\n\n"
        f"Entry by entry; {', '.join(inputs)}: tensors, arrays or numbers"
        f"{', broadcast together' if rest else ''}. A tensor if one of them is, an array otherwise.\n\n"
        ">>> import autograd_cnn as ag\n"
        f">>> x = ag.tensor([{number}, {number}])\n"
        f">>> {called}.shape\n(2,)\n"
    )
