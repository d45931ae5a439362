"""Anomaly detection: the first NaN or infinity, or a saved array that changed, with line and remedy.

Inside `detect_anomaly` operations record themselves as `WatchedNode`, which looks at each result, at what
each VJP reads and at what it returns. Outside of it nothing is looked at, and nothing costs anything.
"""

from __future__ import annotations

import linecache
import os
import sys
import weakref
import zlib
from contextvars import ContextVar, Token
from functools import partial
from types import FrameType, TracebackType
from typing import Any, TypeAlias

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
for _likewise, _name in {
    "log2": "log",
    "log10": "log",
    "log1p": "log",
    "exp2": "exp",
    "expm1": "exp",
    "sinh": "exp",
    "cosh": "exp",
    "reciprocal": "divide",
    "float_power": "power",
}.items():
    _REMEDIES[_likewise] = _REMEDIES[_name]
_ELSEWHERE = "look at the values that led here; a smaller learning rate or gradient clipping may help"


# The memory that from_numpy was given, and where.
Shared: TypeAlias = "list[tuple[weakref.ref[Any], str]]"
_shared: ContextVar[Shared] = ContextVar("shared")


class detect_anomaly:  # noqa: N801 - PyTorch's name
    """Raise `AnomalyError` at the first NaN or infinity, forward or backward, inside a ``with`` block.

    The error names the operation, the line of your code that called it, the shapes, the offending entries
    and what usually helps. The backward pass of what was recorded inside is watched, wherever it runs.

    An array that a gradient needs, and that was written to since, raises as well, before the gradient comes
    out wrong: writes to tensors cannot do that (they copy), but the owner of an array that was given to
    `autograd_cnn.from_numpy` can.

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
        self._tokens: list[tuple[Token[Any], Token[Any], Token[Shared]]] = []

    def __enter__(self) -> None:
        kind = tape.recorder_when_enabled.set(WatchedNode)
        recording = tape.recorder.set(WatchedNode if tape.recorder.get() is not None else None)
        self._tokens.append((kind, recording, _shared.set(_shared.get([]))))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        node_kind, recording, shared = self._tokens.pop()
        _shared.reset(shared)
        tape.recorder.reset(recording)
        tape.recorder_when_enabled.reset(node_kind)


class WatchedNode(tape.Node):
    """A node that knows the line it comes from, and looks at its result and at its gradients."""

    __slots__ = ()

    def __init__(self, op: Op, held: tuple[Any, ...], out: Any) -> None:
        super().__init__(op, held, out)
        line = _line_of_the_user()
        for value in out.values if isinstance(out, tape.Outputs) else (out,):
            _refuse(value, f"forward: the result of {op.name!r} has", op.name, self.shape, line)
        self.op = _WatchedOp(op, self, line)  # type: ignore[assignment]

    @staticmethod
    def shares(array: Any) -> None:
        """Remember where an array was given to `from_numpy`: its owner may write to it."""
        while isinstance(array.base, np.ndarray):
            array = array.base
        shared = _shared.get()
        shared[:] = [entry for entry in shared if entry[0]() is not None]
        shared.append((weakref.ref(array), _line_of_the_user()))


class _WatchedOp:
    """An op whose VJPs are watched; everything else is the op's."""

    def __init__(self, op: Op, node: tape.Node, line: str) -> None:
        self._op = op
        watch = _Watch(op, node, line)  # apart, or the VJPs would refer back to what holds them
        self.vjps = tuple(partial(watch.vjp, place) for place in range(len(op.vjps)))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._op, name)


class _Watch:
    """Looks at what the VJPs of one recorded operation read and return."""

    def __init__(self, op: Op, node: tape.Node, line: str) -> None:
        self._op = op
        self._line = line
        self._shape = node.shape
        self._shared = _shared.get([])
        self._sums = [_checksum(value) for value in node.saved]

    def vjp(self, place: int, g: Any, held: Any) -> Any:
        """The VJP of the input at a place."""
        op = self._op
        for slot in op.reads[place]:
            value = _array(held[len(op.vjps) + slot])
            if _checksum(value) != self._sums[slot]:
                raise AnomalyError(self._changed(op.slots[slot], value))
        gradient = op.vjps[place](g, held)
        what = f"backward: the gradient of {op.name!r} by its argument {op.slots[place]!r} has"
        _refuse(gradient, what, op.name, self._shape, self._line)
        return gradient

    def _changed(self, slot: str, value: Any) -> str:
        """What to say when the value in a slot is no longer the one that was recorded."""
        where = [
            line
            for reference, line in self._shared
            if (array := reference()) is not None and np.may_share_memory(array, value)
        ]
        owner = f"was given to ag.from_numpy here:\n    {where[-1]}" if where else "shares its memory"
        return (
            f"backward: {self._op.name!r} needs its {slot!r} of shape {value.shape}, but that array was "
            f"written to after the operation was called here:\n    {self._line}\n"
            f"  by the owner of an array that {owner}\n"
            "  use ag.tensor, which copies, or write to the array after the backward pass"
        )


def _array(value: Any) -> Any:
    return value._value if isinstance(value, Tensor) else value


def _checksum(value: Any) -> int | None:
    """A number that changes with an array; None for what cannot be written to."""
    return zlib.crc32(value.tobytes()) if isinstance(value, np.ndarray) else None


def _refuse(value: Any, what: str, name: str, shape: Any, line: str) -> None:
    array = np.asarray(_array(value))
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
    """The innermost line outside this package, NumPy and SciPy: file, number, source and layers below it."""
    frame: FrameType = sys._getframe(1)
    layers: list[str] = []
    while frame.f_back is not None:
        file = frame.f_code.co_filename
        if file.startswith(_PACKAGE):
            if frame.f_code.co_name == "forward" and "self" in frame.f_locals:
                layers.insert(0, type(frame.f_locals["self"]).__name__)
        elif not any(f"{os.sep}{library}{os.sep}" in file for library in ("numpy", "scipy")):
            break
        frame = frame.f_back
    file, number = frame.f_code.co_filename, frame.f_lineno
    source = linecache.getline(file, number, frame.f_globals).strip()
    through = f"  (in {' > '.join(layers)})" if layers else ""
    return f"{os.path.basename(file)}:{number}{': ' + source if source else ''}{through}"
