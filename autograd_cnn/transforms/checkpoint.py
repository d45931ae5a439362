"""`checkpoint`: a function whose intermediate values are computed again when they are needed, not kept."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd_cnn.core import tape
from autograd_cnn.core.op import Op
from autograd_cnn.core.random import default_generator
from autograd_cnn.core.tensor import Tensor, wrap
from autograd_cnn.errors import GraphError
from autograd_cnn.transforms.tree import flatten, unflatten

__all__ = ["checkpoint"]


def checkpoint(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, which keeps none of its intermediate values for the backward pass.

    It runs once more when its gradients are asked for, so it costs a third more time and leaves, in place
    of all that it computed, its arguments and results (T. Chen et al., *Training deep nets with sublinear
    memory cost*, 2016). Gradients also reach what it takes from outside, such as the parameters of a
    module. Arguments and results may be nested lists, tuples and dicts; `default_generator` draws the same
    numbers in both runs. Raises `GraphError`, on the way back, if the second run gives another result.

    >>> import autograd_cnn as ag, numpy as np
    >>> x = ag.tensor([0.5, 1.0], requires_grad=True)
    >>> ag.checkpoint(lambda x: np.exp(np.sin(x)).sum())(x).backward()
    >>> np.allclose(x.grad.numpy(), np.cos([0.5, 1.0]) * np.exp(np.sin([0.5, 1.0])))
    True
    """

    @functools.wraps(function)
    def checkpointed(*args: Any, **kwargs: Any) -> Any:
        recorder = tape.recorder.get()
        if recorder is None:
            return function(*args, **kwargs)
        state = default_generator().bit_generator.state
        start = tape.next_number()
        result = function(*args, **kwargs)
        leaves = flatten(result)
        places = [place for place, leaf in enumerate(leaves) if _made_since(leaf, start)]
        if not places:
            return result
        outputs = [leaves[place] for place in places]
        parents = _frontier([output._source for output in outputs], start)
        second = _SecondRun(
            functools.partial(function, *args, **kwargs), state, places, parents, [o._value for o in outputs]
        )
        op = _op(len(parents), len(outputs))
        held = (*parents, *(None for _ in op.slots[:-1]), second)
        node = recorder(op, held, tape.Outputs(second.values))
        for place, output, point in zip(places, outputs, tape.points(node), strict=True):
            leaves[place] = wrap(output._value, point)
        return unflatten(result, leaves)

    return checkpointed


def _made_since(leaf: Any, start: int) -> bool:
    source = leaf._source if isinstance(leaf, Tensor) else None
    node = source.node if isinstance(source, tape.Output) else source
    return isinstance(node, tape.Node) and node.number >= start


def _frontier(roots: Sequence[tape.Source], start: int) -> list[tape.Source]:
    """The points, recorded before ``start`` or leaves, from which the roots were computed."""
    inside = tape.reachable(roots, start)
    own = {point for node in inside for point in tape.points(node)}
    parents = (parent for node in inside for parent in node.parents)
    return list(dict.fromkeys(p for p in parents if p is not None and p not in own))


@functools.cache
def _op(inputs: int, outputs: int) -> Op:
    """The op of a checkpointed call; all its VJPs read is how to run the function again."""

    def vjp_of(place: int) -> Callable[..., Any]:
        return lambda g, second: second.gradient(place, g)

    return Op(
        "checkpoint",
        [f"input {place}" for place in range(inputs)],
        [f"output {place}" for place in range(outputs)],
        ["second"],
        [vjp_of(place) for place in range(inputs)],
    )


@dataclass
class _SecondRun:
    """How to run a function again, where its recorded results are, and what they and their inputs were."""

    call: Callable[[], Any]
    state: Any
    places: list[int]
    parents: list[tape.Source]
    values: list[Any]
    _cotangents: Any = None
    _found: tape.Gradients = field(default_factory=dict)

    def gradient(self, place: int, cotangents: tuple[Any, ...]) -> Any:
        """The gradient at one parent; all are found when the first is asked for."""
        if self._cotangents is not cotangents:
            self._found = self.pulled_back(cotangents)
            self._cotangents = cotangents
        parent = self.parents[place]
        return self._found[parent] if parent in self._found else np.zeros(parent.shape, parent.dtype)

    def pulled_back(self, cotangents: tuple[Any, ...]) -> tape.Gradients:
        """The function run again, recorded this time, and its gradients at the parents."""
        start = tape.next_number()
        with tape.recording(True), self.same_random_numbers():
            leaves = flatten(self.call())
        outputs = [leaves[place] for place in self.places]
        for output, value in zip(outputs, self.values, strict=True):
            if not np.array_equal(output._value, value, equal_nan=True):
                raise GraphError(
                    "checkpoint: the function gave another result when it ran again for its gradients, so "
                    "these would be wrong; it must not depend on what changes between the runs (updated "
                    "parameters, counters, random numbers from a generator of its own)"
                )
        used = [(o._source, c) for o, c in zip(outputs, cotangents, strict=True) if c is not None]
        recorded = any(isinstance(c, Tensor) for _, c in used)
        return tape.gradients(
            [source for source, _ in used],
            [c for _, c in used],
            frozenset(self.parents),
            create_graph=recorded,
            retain_graph=recorded,
            since=start,
        )

    @contextmanager
    def same_random_numbers(self) -> Iterator[None]:
        """Draw in a ``with`` block what the first run drew."""
        bits = default_generator().bit_generator
        now, bits.state = bits.state, self.state
        try:
            yield
        finally:
            bits.state = now
