"""Anomaly detection: the first NaN or infinity, with the operation, the line and the remedy.

Inside `detect_anomaly` operations record themselves as `WatchedNode`, which looks at each result and at
what each VJP returns. Outside of it nothing is looked at, and nothing costs anything.
"""

from __future__ import annotations

import linecache
import os
import sys
from collections.abc import Callable
from contextvars import Token
from types import TracebackType
from typing import Any

import numpy as np

from autograd_cnn.core import tape
from autograd_cnn.core.op import Op
from autograd_cnn.core.tensor import Tensor
from autograd_cnn.errors import AnomalyError

__all__ = ["detect_anomaly"]

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep

_REMEDIES = {
    "sqrt": "the derivative of sqrt at 0 is infinite: add a small number, or mask the argument as well, "
    "ag.where(x > 0, sqrt(ag.where(x > 0, x, 1)), 0)",
    "log": "log is -inf at 0 and NaN below: clip its argument, or work with log_softmax or logsumexp",
    "exp": "exp overflows above 709 (88 in float32): subtract the maximum first, or use logsumexp or softmax",
    "divide": "something was divided by 0: add a small number to the divisor, or mask it with ag.where",
    "power": "a power of 0 with an exponent below 1 has an infinite derivative: mask the base with ag.where",
    "where": "0 · inf is NaN: mask the argument of the branch that was not taken as well, "
    "ag.where(c, f(ag.where(c, x, 1)), 0)",
    "multiply": "0 · inf is NaN, and large numbers overflow: look at the size of both factors",
}
_ELSEWHERE = "look at the values that led here; a smaller learning rate or gradient clipping may help"


class detect_anomaly:  # noqa: N801 - PyTorch's name
    """Raise `AnomalyError` at the first NaN or infinity, forward or backward, inside a ``with`` block.

    The error names the operation, the line of your code that called it, the shapes, the offending entries
    and what usually helps. The backward pass of what was recorded inside is watched, wherever it runs.

    >>> import autograd_cnn as ag, numpy as np
    >>> x = ag.tensor([0.0, 4.0], requires_grad=True)
    >>> with ag.detect_anomaly():
    ...     y = np.sqrt(x).sum()
    ...     try:
    ...         y.backward()
    ...     except ag.errors.AnomalyError as error:
    ...         print(str(error).splitlines()[0])
    backward: the gradient of 'sqrt' by its argument 'x' has 1 entry that is not finite (inf at [0])
    """

    def __init__(self) -> None:
        self._tokens: list[tuple[Token[Any], Token[Any]]] = []

    def __enter__(self) -> None:
        kind = tape.recorder_when_enabled.set(WatchedNode)
        recording = tape.recorder.set(WatchedNode if tape.recorder.get() is not None else None)
        self._tokens.append((kind, recording))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        node_kind, recording = self._tokens.pop()
        tape.recorder.reset(recording)
        tape.recorder_when_enabled.reset(node_kind)


class WatchedNode(tape.Node):
    """A node that knows the line it comes from, and looks at its result and at its gradients."""

    __slots__ = ()

    def __init__(self, op: Op, held: tuple[Any, ...], out: Any) -> None:
        super().__init__(op, held, out)
        line = _line_of_the_user()
        for value in out.values if isinstance(out, tape.Outputs) else (out,):
            _refuse(value, f"forward: the result of {op.name!r} has", op, op.name, self.shape, line)
        self.op = _WatchedOp(op, self.shape, line)  # type: ignore[assignment]


class _WatchedOp:
    """An op whose VJPs are looked at; everything else is the op's."""

    def __init__(self, op: Op, shape: Any, line: str) -> None:
        self._op = op
        self.vjps = tuple(
            _watched(vjp, op, slot, shape, line) for vjp, slot in zip(op.vjps, op.slots, strict=False)
        )

    def __getattr__(self, name: str) -> Any:
        return getattr(self._op, name)


def _watched(vjp: Callable[..., Any], op: Op, argument: str, shape: Any, line: str) -> Callable[..., Any]:
    def watched(g: Any, held: Any) -> Any:
        gradient = vjp(g, held)
        what = f"backward: the gradient of {op.name!r} by its argument {argument!r} has"
        _refuse(gradient, what, op, op.name, shape, line)
        return gradient

    return watched


def _refuse(value: Any, what: str, op: Op, name: str, shape: Any, line: str) -> None:
    array = np.asarray(value._value if isinstance(value, Tensor) else value)
    if array.dtype.kind not in "fc" or np.isfinite(array).all():
        return
    places = np.argwhere(~np.isfinite(array))
    shown = ", ".join(f"{array[tuple(place)]} at {place.tolist()}" for place in places[:3])
    more = f" and {len(places) - 3} more" if len(places) > 3 else ""
    raise AnomalyError(
        f"{what} {len(places)} {'entry that is' if len(places) == 1 else 'entries that are'} not finite "
        f"({shown}{more})\n  the operation has a result of shape {shape}, and was called here:\n    {line}\n"
        f"  {_REMEDIES.get(name, _ELSEWHERE)}"
    )


def _line_of_the_user() -> str:
    """The innermost line outside this package and NumPy, as file, number and source."""
    frame = sys._getframe(1)
    while frame.f_back is not None:
        file = frame.f_code.co_filename
        if not file.startswith(_PACKAGE) and f"{os.sep}numpy{os.sep}" not in file:
            break
        frame = frame.f_back
    file, number = frame.f_code.co_filename, frame.f_lineno
    source = linecache.getline(file, number, frame.f_globals).strip()
    return f"{os.path.basename(file)}:{number}: {source}" if source else f"{os.path.basename(file)}:{number}"
