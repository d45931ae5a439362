"""How an op is declared: its forward, and a vector-Jacobian product (VJP) for each input.

The names of a VJP's arguments say what it reads, and so what the tape keeps for it::

    multiply = elementwise(np.multiply, "Product.", x1=lambda g, x2: g * x2, x2=lambda g, x1: g * x1)

    @primitive(np.transpose, a=lambda g, axes: transpose(g, inverse(axes)))
    def transpose(a, axes=None): ...

After the cotangent ``g`` (a tuple of them, None for an unused one, if the op has several outputs), a
VJP may name: inputs; outputs (``out``, or those listed in ``outputs`` and ``hidden``); residuals
(integer or boolean arrays that the forward hands over beside its outputs); ``NAME_shape`` for the shape
of an input; and parameters. It is plain NumPy and runs on whatever it is given: on arrays it computes,
on tensors (under ``create_graph``) it also records itself, and so is differentiable again. It never
writes to what it is given, and need not care about broadcasting or dtype: the tape repairs both.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from operator import itemgetter
from types import CodeType
from typing import Any

import numpy as np

from autograd_cnn.core import tape
from autograd_cnn.core.tensor import Tensor, wrap
from autograd_cnn.errors import AutogradCnnError, DtypeError, ShapeError, UnsupportedError

VJP = Callable[..., Any]


class Op:
    """What a node of the tape knows about its operation.

    Forward mode has a shorter way where the op works entry by entry (``entrywise``), is ``linear``, or
    linear in each input alone (``multilinear``; an input that no VJP reads, as a bias, is added to that).
    ``again`` is the op on other inputs, with the parameters that a node holds: all of them, if it is linear
    in some sense.
    """

    __slots__ = (
        "_kept",
        "again",
        "entrywise",
        "linear",
        "multilinear",
        "name",
        "output_slots",
        "reads",
        "slots",
        "vjps",
    )

    def __init__(
        self,
        name: str,
        inputs: Sequence[str],
        outputs: Sequence[str],
        rest: Sequence[str],
        vjps: Sequence[VJP],
    ) -> None:
        self.name = name
        self.slots = (*inputs, *outputs, *rest)
        self.output_slots = range(len(inputs), len(inputs) + len(outputs))
        position = {slot: index for index, slot in enumerate(self.slots)}
        if len(position) != len(self.slots):
            raise ValueError(f"{name}: an input, output, residual or parameter shares its name with another")
        self.reads = tuple(tuple(position[slot] for slot in arguments(vjp)[1:]) for vjp in vjps)
        self.vjps = tuple(
            on_held(vjp, reads, len(inputs)) for vjp, reads in zip(vjps, self.reads, strict=True)
        )
        self.entrywise = False
        self.linear = self.multilinear = False
        self.again: Callable[[Sequence[Any], Sequence[Any]], Any] = _not_again
        self._kept: dict[tuple[bool, ...], tuple[bool, ...]] = {}

    def kept(self, recorded: tuple[bool, ...]) -> tuple[bool, ...]:
        """Which slots to keep when these inputs are recorded: those that their VJPs read."""
        kept = self._kept.get(recorded)
        if kept is None:
            read = {
                slot for reads, wanted in zip(self.reads, recorded, strict=True) if wanted for slot in reads
            }
            if self.linear or self.multilinear:
                read.update(range(self.output_slots.stop, len(self.slots)))
            kept = self._kept[recorded] = tuple(slot in read for slot in range(len(self.slots)))
        return kept

    def held_as_tensors(self, node: tape.Node, recorded: bool = True) -> tuple[Any, ...]:
        """What a node holds, its values as tensors: if ``recorded``, what a VJP makes of them is recorded."""
        held = list(node.held)
        inputs = len(self.vjps)
        for slot, parent in enumerate(node.parents, start=inputs):
            if parent is not None and held[slot] is not None:
                held[slot] = wrap(held[slot], parent if recorded else None)
        for slot, point in zip(self.output_slots, tape.points(node), strict=False):
            if held[inputs + slot] is not None:
                held[inputs + slot] = wrap(held[inputs + slot], point if recorded else None)
        return tuple(held)


def _not_again(inputs: Sequence[Any], held: Sequence[Any]) -> Any:
    raise NotImplementedError


def arguments(function: Callable[..., Any]) -> tuple[str, ...]:
    """The names of a function's arguments."""
    code: CodeType = inspect.unwrap(function).__code__
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]


def on_held(vjp: VJP, reads: tuple[int, ...], inputs: int) -> Callable[[Any, Any], Any]:
    """The VJP as a function of the cotangent and of what a node holds: its parents, then its slots."""
    if not reads:
        return lambda g, held: vjp(g)
    if len(reads) == 1:
        place = inputs + reads[0]
        return lambda g, held: vjp(g, held[place])
    pick = itemgetter(*(inputs + slot for slot in reads))
    return lambda g, held: vjp(g, *pick(held))


class OperandError(UnsupportedError):
    """Neither a tensor, nor an array, nor a number."""


def operand(x: Any, name: str) -> tuple[Any, tape.Source | None]:
    """Value and source of anything that may stand where a tensor may, in a call of the op ``name``."""
    if isinstance(x, Tensor):
        return x._value, x._source
    if isinstance(x, (np.ndarray, np.generic, float, int, complex)):
        if isinstance(x, np.ndarray) and x.dtype.kind == "O":
            raise OperandError(
                f"{name}: expected numbers, got an array of Python objects; to join tensors, use ag.stack"
            )
        return x, None
    if isinstance(x, (list, tuple)):
        return np.asarray(x), None
    raise OperandError(f"{name}: expected a tensor, an array or a number, got {type(x).__name__}")


def explained(name: str, error: Exception, values: Sequence[Any]) -> Exception:
    """NumPy's complaint, with the name of the op and what it was given."""
    if isinstance(error, (AutogradCnnError, np.linalg.LinAlgError)) or (type(error) is IndexError):
        return error
    given = ", ".join(_described(value) for value in values if value is not None)
    if "broadcast" in str(error):
        return ShapeError(
            f"{name}: expected shapes that broadcast together (counted from the last axis, lengths equal or "
            f"1), got {given}; reshape one of them, or insert an axis: x[:, None]"
        )
    if isinstance(error, TypeError):
        half = any(getattr(value, "dtype", None) == np.float16 for value in values)
        remedy = "; convert it first: x.astype(np.float32)" if half else ""
        return DtypeError(f"{name}: {error}; it was given {given}{remedy}")
    return ShapeError(f"{name}: {error}; it was given {given}")


def _described(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_described, value))}]"
    shape, dtype = getattr(value, "shape", None), getattr(value, "dtype", None)
    return repr(value) if dtype is None else f"{shape} {dtype}"


def own(value: Any) -> Any:
    """A raw array or list that a VJP will read is copied: its owner may write to it (0.2 µs up to 1 KB)."""
    if isinstance(value, np.ndarray):
        return value.copy()
    return type(value)(map(own, value)) if type(value) in (tuple, list) else value


def is_entrywise(reference: Any) -> bool:
    """Whether all arguments of a function broadcast against each other: a ufunc, but not of matrices."""
    return isinstance(reference, np.ufunc) and reference.signature is None


def numbers(x: Any) -> Any:
    """A list of numbers as an array, with which one can compute; anything else as it is."""
    return np.asarray(x) if type(x) in (tuple, list) else x


def constant_value(x: Any, name: str) -> Any:
    """The value of a parameter; a tensor that requires grad cannot be one."""
    if isinstance(x, Tensor):
        return x._constant(f"{name}: a parameter is not differentiated, and the use")
    if type(x) is tuple and any(isinstance(item, Tensor) for item in x):
        return tuple(constant_value(item, name) for item in x)
    return x
