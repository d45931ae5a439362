"""Faults planted in the VJPs of an op, and what its ordinary tests say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from op_samples import Sample

import autograd_cnn as ag
from autograd_cnn.core.op import Op
from autograd_cnn.core.tape import Node
from autograd_cnn.testing import gradients
from mutation import loop
from mutation.equality import differs, right_behaviour
from mutation.faults import Fault, faults_of
from mutation.ordinary import Check, awkward, of_the_tape
from mutation.outcome import Outcome

__all__ = ["loop_outcomes", "outcomes", "planted", "without_explanations"]

# The tests that find most of these faults, the likeliest first: only the order depends on it.
LIKELY = {
    "dtype promoted": ("test_raw_vjp_keeps_dtype_and_equals_the_recorded_one",),
    "written to": ("test_inputs_outputs_and_cotangents_are_not_written_to",),
}
OTHERWISE = ("test_first_and_second_order", "test_each_argument_alone", "test_complex_first_and_second_order")


def without_explanations() -> None:
    """Let `check_grads` fail without looking for the op at fault, which takes far longer than to fail."""
    gradients.explained = lambda base, point, failure, options: failure


def outcomes(key: str, ordinary: Sequence[Check]) -> Iterator[Outcome]:
    """Plant every fault of an op, one after the other, and run its tests until one fails."""
    record = ordinary[0].sample.record
    samples = list({repr(check.sample[1:]): check.sample for check in ordinary}.values())
    nodes = [node for sample in samples if (node := recorded_node(sample))]
    healthy: set[int] = set()  # checks that were seen to pass without a fault
    right: Any = None
    for fault in faults_of(record, nodes):
        by = _caught_by(lambda f=fault: planted(f, nodes), _in_order(ordinary, fault.kind), healthy)
        verdict: Any = "caught"
        if by is None:
            right = right_behaviour(samples) if right is None else right
            verdict = "survived" if differs(right, lambda f=fault: planted(f, nodes)) else "equal"
        yield Outcome(key, fault.kind, fault.input, fault.detail, verdict, by or "")


def loop_outcomes() -> Iterator[Outcome]:
    """Plant every fault of the loop of the tape, one after the other, and run its tests until one fails."""
    healthy: set[int] = set()
    for fault in loop.FAULTS:
        by = _caught_by(lambda f=fault: loop.planted(f), of_the_tape(), healthy)
        module = fault.module.__name__.rsplit(".", 1)[-1]
        yield Outcome(
            f"core.{module}",
            "loop of the tape",
            fault.function,
            fault.what,
            "caught" if by else "survived",
            by or "",
        )


def recorded_node(sample: Sample) -> Node | None:
    """The node that an op records of itself; None if it recorded others."""
    outputs = sample.of_flat(*(ag.tensor(a, requires_grad=True) for a in sample.flat(sample.arrays())))
    source: Any = outputs[0]._source if outputs else None
    node = getattr(source, "node", source)
    return node if node.op.vjps and node.op.name == sample.record.name else None


@contextmanager
def planted(fault: Fault, nodes: Sequence[Node]) -> Iterator[None]:
    """The fault in the ops of these nodes, inside of a ``with`` block."""
    ops: dict[int, Op] = {id(node.op): node.op for node in nodes}
    before = {key: op.vjps for key, op in ops.items()}
    try:
        for op in ops.values():
            op.vjps = tuple(
                fault.plant(op, place) if fault.input in ("arrays", op.slots[place]) else vjp
                for place, vjp in enumerate(op.vjps)
            )
        yield
    finally:
        for key, op in ops.items():
            op.vjps = before[key]


def _in_order(ordinary: Sequence[Check], kind: str) -> list[Check]:
    names = [*LIKELY.get(kind, ()), *OTHERWISE]
    rank = {name: place for place, name in enumerate(names)}
    return [*sorted(ordinary, key=lambda check: rank.get(check.name, len(names))), *awkward()]


def _caught_by(
    planted: Callable[[], AbstractContextManager[None]], ordinary: Sequence[Check], healthy: set[int]
) -> str | None:
    """The first test that fails of the fault; it must pass without."""
    for check in ordinary:
        with planted():
            try:
                check()
                continue
            except (Exception, pytest.fail.Exception):
                pass  # whatever a test fails with
        if id(check) not in healthy:
            check()
            healthy.add(id(check))
        return check.name
    return None
