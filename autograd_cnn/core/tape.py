"""The tape: what was recorded, and the walk back along it.

Each recorded operation is a `Node`: a recipe (which op, from which parents, with which saved values),
never a closure. A tensor points at the node that made it, a node points at its parents, and nothing
points the other way: so there are no reference cycles, and the tape is freed as soon as the last
tensor that needs it is gone.

`gradients` is the chain rule. For y = f(x) and a scalar loss L, write ȳ = ∂L/∂y (the *cotangent* of y).
Each op supplies its vector-Jacobian product ȳ ↦ x̄ = ȳ·∂f/∂x; visiting the nodes from the outputs back,
each after all of its consumers, and adding up what arrives at each parent, yields every gradient in one
pass (Griewank and Walther, *Evaluating Derivatives*, 2008, §3.2).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar, Token
from itertools import count
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from autograd_cnn.core.broadcasting import repair
from autograd_cnn.errors import GraphError

if TYPE_CHECKING:
    from autograd_cnn.core.op import Op
    from autograd_cnn.core.tensor import Tensor

next_number = count().__next__  # nodes are numbered as they are recorded, so a parent precedes its child


class Box:
    """What users attach to a point of the graph: shared by the point and the tensor there.

    ``hooks`` see, and may replace, a gradient on its way; where it ``keeps``, ``.backward()`` leaves the
    gradient in ``grad`` and then calls ``after``.
    """

    __slots__ = ("after", "grad", "hooks", "keeps")

    def __init__(self, keeps: bool) -> None:
        self.keeps = keeps
        self.grad: Tensor | None = None
        self.hooks: dict[int, Any] = {}
        self.after: dict[int, Any] = {}

    def seen(self, cotangent: Any) -> Any:
        """The cotangent, as the hooks leave it."""
        for hook in tuple(self.hooks.values()):
            cotangent = hook(cotangent)
        return cotangent


class Leaf:
    """A variable: where the graph begins, and where ``.backward()`` puts a gradient.

    A leaf without a box belongs to a transform that is over: nobody can ask for its gradient any more.
    """

    __slots__ = ("box", "dtype", "shape")

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        self.shape = shape
        self.dtype = dtype
        self.box: Box | None = Box(keeps=True)


class Node:
    """One recorded operation: the op, where its inputs came from, and what its VJPs read.

    ``held`` is one tuple: first the parents, one for each input (None for a constant), then a value for
    each of the op's slots (inputs, outputs, residuals, shapes, parameters; None where no VJP of a recorded
    input reads it). ``shape`` and ``dtype`` are those of the output, or lists of them. A backward pass
    leaves ``held`` empty, which frees what only this node kept alive.
    """

    __slots__ = ("box", "dtype", "held", "number", "op", "shape")

    # This runs at every operation: 220 ns. One tuple instead of two saves 40 ns, and a third of what the
    # garbage collector has to walk through in a long chain.
    def __init__(self, op: Op, held: tuple[Any, ...], out: Any) -> None:
        self.op = op
        self.held = held
        self.shape = out.shape
        self.dtype = out.dtype
        self.number = next_number()
        self.box: Any = None

    @property
    def parents(self) -> tuple[Source | None, ...]:
        """Where each input came from; None for a constant."""
        return self.held[: len(self.op.vjps)]

    @property
    def saved(self) -> tuple[Any, ...]:
        """What the VJPs read, in the order of the op's slots."""
        return self.held[len(self.op.vjps) :]

    @staticmethod
    def shares(array: Any) -> None:
        """Take note that `from_numpy` shares an array with its owner; anomaly detection does."""


# The class of node that operations record themselves as, here and now, or None under no_grad. Each thread
# and each asyncio task has its own; reading it costs 16 ns. Anomaly detection puts another class here.
recorder: ContextVar[type[Node] | None] = ContextVar("recorder", default=Node)
recorder_when_enabled: ContextVar[type[Node]] = ContextVar("recorder_when_enabled", default=Node)


def switch_recording(mode: bool) -> Token[type[Node] | None]:
    """Switch recording on or off; ``recorder.reset`` with the token goes back."""
    return recorder.set(recorder_when_enabled.get() if mode else None)


class Output(NamedTuple):
    """One of several outputs of a node."""

    node: Node
    place: int

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of this output."""
        return self.node.shape[self.place]  # type: ignore[no-any-return]

    @property
    def dtype(self) -> np.dtype[Any]:
        """Dtype of this output."""
        return self.node.dtype[self.place]  # type: ignore[no-any-return]

    @property
    def box(self) -> Box | None:
        """The box of this output."""
        return None if self.node.box is None else self.node.box[self.place]


Source: TypeAlias = Leaf | Node | Output
Gradients: TypeAlias = dict[Source, Any]


class Outputs:
    """The shapes and dtypes of several outputs, in the form in which `Node` asks for them."""

    __slots__ = ("dtype", "shape", "values")

    def __init__(self, values: Iterable[Any]) -> None:
        self.values = values = tuple(values)
        self.shape = [value.shape for value in values]
        self.dtype = [value.dtype for value in values]


def box_at(source: Source) -> Box:
    """The box of a point of the graph; a new one, that keeps nothing yet, if it had none."""
    if isinstance(source, Output):
        node = source.node
        if node.box is None:
            node.box = [None] * len(node.shape)
        if node.box[source.place] is None:
            node.box[source.place] = Box(keeps=False)
        return node.box[source.place]  # type: ignore[no-any-return]
    if source.box is None:
        source.box = Box(keeps=False)
    return source.box


def gradients(
    roots: Sequence[Source],
    cotangents: Sequence[Any],
    targets: frozenset[Source] | None,
    *,
    create_graph: bool,
    retain_graph: bool,
    since: int = 0,
) -> Gradients:
    """Gradients of Σ ⟨cotangent, root⟩ at the ``targets`` (None: at every leaf and retained point).

    With ``create_graph`` the cotangents are tensors and the VJPs, the same code, record themselves;
    without it they are raw arrays and nothing is recorded. Nodes numbered below ``since`` are taken for
    leaves.
    """
    nodes = reachable(roots, since)
    wanted = None if targets is None else _leading_to(targets, nodes)
    asked_for: frozenset[Source] = targets or frozenset()
    arrived: Gradients = {}
    for root, cotangent in zip(roots, cotangents, strict=True):
        arrived[root] = arrived[root] + cotangent if root in arrived else cotangent
    found: Gradients = {}

    # Raw VJPs may divide by zero and mean it: where the mathematics says ±inf, so do they.
    with np.errstate(all="ignore"), recording(create_graph):
        while nodes:
            node = nodes.pop()  # from the outputs back: every consumer of this node came before it
            cotangent = arrived.pop(node, None)
            if cotangent is not None:
                if node.box is not None or node in asked_for:
                    found[node] = cotangent = node.box.seen(cotangent) if node.box else cotangent
            elif type(node.dtype) is list:
                cotangent = _cotangents_of_outputs(node, arrived, found)
            if cotangent is not None:
                held = node.op.held_as_tensors(node) if create_graph else node.held
                for parent, vjp in zip(held, node.op.vjps):  # noqa: B905 - the parents come first
                    if parent is None or (wanted is not None and parent not in wanted):
                        continue
                    contribution = vjp(cotangent, held)
                    if contribution.shape != parent.shape or contribution.dtype is not parent.dtype:
                        contribution = repair(contribution, parent.shape, parent.dtype)
                    before = arrived.get(parent)
                    arrived[parent] = contribution if before is None else before + contribution
            if not retain_graph:
                node.held = ()

    for source, cotangent in arrived.items():  # what no node came to fetch belongs to leaves
        found[source] = source.box.seen(cotangent) if source.box else cotangent
    return found


@contextmanager
def recording(mode: bool) -> Iterator[None]:
    """Record, or do not, inside a ``with`` block."""
    token = switch_recording(mode)
    try:
        yield
    finally:
        recorder.reset(token)


def reachable(roots: Iterable[Source], since: int = 0) -> list[Node]:
    """All nodes, numbered from ``since``, that the roots depend on, parents before children."""
    seen: set[Node] = set()
    pending: list[Source | None] = list(roots)
    while pending:
        source = pending.pop()
        if source is None or type(source) is Leaf:
            continue
        node: Node = source.node if type(source) is Output else source  # type: ignore[assignment]
        if node not in seen and node.number >= since:
            seen.add(node)
            if not node.held:
                raise GraphError(
                    f"backward: the graph was freed by an earlier backward pass (at {node.op.name!r}); "
                    "pass retain_graph=True to that earlier call to go through it twice"
                )
            pending += node.held[: len(node.op.vjps)]
    return sorted(seen, key=attrgetter("number"))


def _leading_to(targets: frozenset[Source], nodes: Iterable[Node]) -> set[Source]:
    """The targets, and every point of the graph from which one of them can be reached."""
    wanted: set[Source] = set(targets)
    for node in nodes:
        if not wanted.isdisjoint(node.parents):
            wanted.update(points(node))
    return wanted


def points(node: Node) -> list[Source]:
    """What the children of a node know as their parent: the node, or its outputs if they are several."""
    return [Output(node, index) for index in range(len(node.dtype))] if type(node.dtype) is list else [node]


def _cotangents_of_outputs(node: Node, arrived: Gradients, found: Gradients) -> tuple[Any, ...] | None:
    """The cotangents of a node's outputs, None for the unused ones; None if none was used."""
    outputs = points(node)
    cotangents = tuple(arrived.pop(output, None) for output in outputs)
    if all(cotangent is None for cotangent in cotangents):
        return None
    seen = tuple(
        output.box.seen(cotangent) if output.box and cotangent is not None else cotangent
        for output, cotangent in zip(outputs, cotangents, strict=True)
    )
    found.update((output, c) for output, c in zip(outputs, seen, strict=True) if c is not None)
    return seen
