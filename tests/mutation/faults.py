"""The faults that are planted in a VJP, each as another VJP in its place."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd_cnn.core.op import Op, on_held
from autograd_cnn.core.registry import Record
from autograd_cnn.core.tape import Node
from autograd_cnn.core.tensor import Tensor, wrap
from mutation.rewriting import without_a_term

__all__ = ["Fault", "faults_of"]

OnHeld = Callable[[Any, Any], Any]  # a VJP as the tape calls it: of the cotangent and of what a node holds
PARAMETERS_THAT_NAME_AN_AXIS = ("axis", "axes", "axis1", "axis2", "dim", "dims")


class Fault(NamedTuple):
    """A fault in the VJP of one input: ``plant`` makes, of an op and the place of an input, the wrong VJP."""

    kind: str
    input: str
    detail: str
    plant: Callable[[Op, int], OnHeld]


def faults_of(record: Record, nodes: Sequence[Node]) -> Iterator[Fault]:
    """The faults that are possible in an op's VJPs, judging by nodes that its samples recorded."""
    for name, vjp in record.vjps.items():
        slots = _slots_read(name, nodes)
        floats = [slot for slot in slots if _holds(nodes, name, slot, "fc")]
        constants = [slot for slot in slots if _holds(nodes, name, slot, "biu")]
        axes = [slot for slot in slots if slot in PARAMETERS_THAT_NAME_AN_AXIS]
        yield Fault("wrong sign", name, "", _changed(lambda result: -result))
        for factor in (1 + 1e-3, 1 - 1e-3):
            yield Fault(f"factor {factor}", name, "", _changed(lambda result, factor=factor: result * factor))
        for left, rest in without_a_term(inspect.unwrap(vjp)):
            yield Fault("dropped term", name, left, _replaced(rest))
        yield Fault("wrong axis", name, "the result moved along its last axis", _changed(_rolled))
        for slot in axes:
            yield Fault("wrong axis", name, f"{slot} is the next one", _reading(slot, _next_axis))
        yield Fault("cotangent ignored", name, "", _cotangent_ignored)
        for slot in (*floats, *constants):
            yield Fault("stale saved value", name, slot, _reading(slot, _stale))
        yield Fault("dtype promoted", name, "", _changed(_promoted))
        for slot in ("the cotangent", *floats):
            yield Fault("written to", name, slot, _writing(slot))
        for slot in floats:
            if slot in _recorded_slots(nodes):
                yield Fault("frozen under create_graph", name, slot, _reading(slot, _frozen))


# --- What a VJP reads -----------------------------------------------------------------------------


def _places(op: Op, name: str) -> Iterable[int]:
    """The places of an input among those of an op: all of them, if the input is a sequence."""
    return range(len(op.vjps)) if name == "arrays" else (op.slots.index(name),)


def _slots_read(name: str, nodes: Sequence[Node]) -> list[str]:
    read = {
        node.op.slots[slot]: None
        for node in nodes
        for place in _places(node.op, name)
        for slot in node.op.reads[place]
    }
    return list(read)


def _holds(nodes: Sequence[Node], name: str, slot: str, kinds: str) -> bool:
    """Whether an array of numbers of these kinds is what nodes keep in a slot."""
    values = (node.saved[node.op.slots.index(slot)] for node in nodes if slot in node.op.slots)
    return any(isinstance(v, (np.ndarray, np.generic)) and v.dtype.kind in kinds for v in values)


def _recorded_slots(nodes: Sequence[Node]) -> set[str]:
    """Inputs and outputs: what `Op.held_as_tensors` hands over as tensors."""
    return {slot for node in nodes for slot in node.op.slots[: node.op.output_slots.stop]}


# --- Ways to go wrong -----------------------------------------------------------------------------


def _changed(change: Callable[[Any], Any]) -> Callable[[Op, int], OnHeld]:
    """The right result, changed."""

    def plant(op: Op, place: int) -> OnHeld:
        vjp = op.vjps[place]
        return lambda g, held: change(vjp(g, held))

    return plant


def _rolled(result: Any) -> Any:
    long = [axis for axis, length in enumerate(result.shape) if length > 1]
    return np.roll(result, 1, long[-1]) if long else result


def _promoted(result: Any) -> Any:
    if isinstance(result, Tensor) or result.dtype.kind not in "fc":
        return result
    return result.astype(np.result_type(result.dtype, np.float64))


def _replaced(function: Callable[..., Any]) -> Callable[[Op, int], OnHeld]:
    """Another function that reads the same."""
    return lambda op, place: on_held(function, op.reads[place], len(op.vjps))


def _cotangent_ignored(op: Op, place: int) -> OnHeld:
    vjp = op.vjps[place]
    return lambda g, held: vjp(tuple(map(_ones, g)) if isinstance(g, tuple) else _ones(g), held)


def _ones(g: Any) -> Any:
    if g is None:
        return None
    ones = np.ones(g.shape, g.dtype)
    return wrap(ones, None) if isinstance(g, Tensor) else ones


def _reading(slot: str, change: Callable[[Any, Any], Any]) -> Callable[[Op, int], OnHeld]:
    """The right VJP, that finds something else in a slot."""

    def plant(op: Op, place: int) -> OnHeld:
        vjp = op.vjps[place]
        if slot not in op.slots:
            return vjp
        spot = len(op.vjps) + op.slots.index(slot)

        def changed(g: Any, held: Any) -> Any:
            return vjp(g, (*held[:spot], change(held[spot], held[place]), *held[spot + 1 :]))

        return changed

    return plant


def _stale(value: Any, parent: Any) -> Any:
    """What a float was before it grew by 3 %; integers and booleans of another call."""
    kind = getattr(getattr(value, "dtype", None), "kind", "")
    if kind == "b":
        return ~value
    if kind in "iu" and kind:
        return np.roll(value, 1)
    return value * 0.97 if kind else value


def _next_axis(value: Any, parent: Any) -> Any:
    ndim = len(parent.shape)
    if type(value) is int and ndim:
        return (value + 1) % ndim
    if type(value) in (tuple, list) and ndim:
        return type(value)(_next_axis(axis, parent) for axis in value)
    return value


def _frozen(value: Any, parent: Any) -> Any:
    return wrap(value._value, None) if isinstance(value, Tensor) else value


def _writing(slot: str) -> Callable[[Op, int], OnHeld]:
    """The right VJP, that then writes to an array that it was given."""

    def plant(op: Op, place: int) -> OnHeld:
        vjp = op.vjps[place]
        spot = len(op.vjps) + op.slots.index(slot) if slot in op.slots else None

        def writing(g: Any, held: Any) -> Any:
            result = vjp(g, held)
            for target in held[spot : spot + 1] if spot else g if isinstance(g, tuple) else (g,):
                array = target._value if isinstance(target, Tensor) else target
                if isinstance(array, np.ndarray) and array.dtype.kind in "fc":
                    array += 1
            return result

        return writing

    return plant
