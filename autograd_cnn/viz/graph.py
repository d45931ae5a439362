"""The part of the tape that led to a tensor, as plain data: what a picture, or a listing, of it shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count
from operator import attrgetter
from typing import Any, Literal

import numpy as np

from autograd_cnn.core import tape
from autograd_cnn.core.registry import FUNCTIONS
from autograd_cnn.core.tensor import Tensor
from autograd_cnn.errors import ArgumentError, GraphError

__all__ = ["Edge", "Graph", "Result", "Vertex", "graph_of", "norm", "number"]


@dataclass
class Result:
    """A value somewhere on the tape: of a leaf, of a constant, or one of the outputs of an operation."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    name: str | None = None
    value: Any = None  # None where the tape did not keep it, and no named tensor has it
    gradient: Any = None
    kept: bool = False  # whether the tape keeps the value for the operation that made it


@dataclass
class Edge:
    """One operand: which result of which vertex an operation reads, and the derivative by it."""

    source: int
    place: int
    kept: bool = False  # whether the tape keeps its value for the operation
    derivative: Any = None


@dataclass
class Vertex:
    """A leaf, a constant, or a recorded operation."""

    kind: Literal["leaf", "constant", "operation"]
    title: str
    results: list[Result]
    operands: list[Edge] = field(default_factory=list)


@dataclass
class Graph:
    """Vertices in the order in which they were recorded, operands before operations; the root is last."""

    vertices: list[Vertex]

    def labels(self) -> list[list[str]]:
        """What each result is called: its name; a number, for one without; the value, of a constant."""
        taken = {result.name for vertex in self.vertices for result in vertex.results}
        fresh = (label for place in count() if (label := f"v{place}") not in taken)
        return [
            [
                result.name or (next(fresh) if vertex.kind != "constant" else _constant(result))
                for result in vertex.results
            ]
            for vertex in self.vertices
        ]

    def kept(self) -> list[list[str]]:
        """For each vertex, the labels of the values that the tape keeps for its derivatives."""
        labels = self.labels()
        return [
            list(
                dict.fromkeys(
                    [labels[edge.source][edge.place] for edge in vertex.operands if edge.kept]
                    + [label for label, result in zip(own, vertex.results, strict=True) if result.kept]
                )
            )
            for vertex, own in zip(self.vertices, labels, strict=True)
        ]


def _constant(result: Result) -> str:
    if result.value is None:
        return "constant"
    return number(result.value) if result.shape == () else f"constant{result.shape}"


def graph_of(
    output: Tensor, names: Mapping[str, Any] | Iterable[tuple[str, Any]], derivatives: bool, limit: int
) -> Graph:
    """Read the graph of ``output`` off the tape; nothing on the tape is changed."""
    if not isinstance(output, Tensor):
        raise ArgumentError(f"draw: expected a tensor, got {type(output).__name__}")
    if output._source is None:
        raise GraphError(
            "draw: this tensor has no graph: no leaf with requires_grad=True led to it, or it was computed "
            "under no_grad"
        )
    nodes = _nodes(output._source, limit)
    reader = _Reader(names, derivatives)
    reader.tell(output, None)
    for node in nodes:
        reader.learn(node)
    for node in nodes:
        reader.add(node)
    if isinstance(output._source, tape.Leaf):
        reader.vertex_of(output._source)
    return Graph(reader.vertices)


def _nodes(root: tape.Source, limit: int) -> list[tape.Node]:
    """The recorded operations behind the root, in the order in which they were recorded."""
    seen: set[tape.Node] = set()
    pending: list[tape.Source | None] = [root]
    while pending:
        source = pending.pop()
        node = source.node if isinstance(source, tape.Output) else source
        if not isinstance(node, tape.Node) or node in seen:
            continue
        if not node.held:
            raise GraphError(
                f"draw: the graph was freed by an earlier backward pass (at {node.op.name!r}); draw it "
                "before backward(), or keep it with backward(retain_graph=True)"
            )
        seen.add(node)
        pending += node.parents
        if len(seen) > limit:
            raise ArgumentError(
                f"draw: the graph has more than {limit} operations, too many for a picture to be read; draw "
                "an intermediate result, or raise the limit= of operations"
            )
    return sorted(seen, key=attrgetter("number"))


class _Reader:
    """Collects what is known about every point of the graph, and makes the vertices."""

    def __init__(self, names: Mapping[str, Any] | Iterable[tuple[str, Any]], derivatives: bool) -> None:
        self.derivatives = derivatives
        self.vertices: list[Vertex] = []
        self.index: dict[Any, int] = {}
        self.names: dict[Any, str] = {}
        self.values: dict[tape.Source, Any] = {}
        for name, tensor in names.items() if isinstance(names, Mapping) else names:
            # So that locals() may be given, in Jupyter too, where _ and _5 are former results.
            if isinstance(tensor, Tensor) and not name.startswith("_"):
                self.tell(tensor, name)

    def tell(self, tensor: Tensor, name: str | None) -> None:
        """A tensor whose name or value is known from outside; a constant is known by its buffer."""
        point = id(tensor._value) if tensor._source is None else tensor._source
        if name is not None:
            self.names.setdefault(point, name)
        if tensor._source is not None:
            self.values[tensor._source] = tensor._value

    def learn(self, node: tape.Node) -> None:
        """Values that the tape keeps for the VJPs; a named tensor may have been overwritten since."""
        saved = node.saved
        operands = zip(node.parents, saved, strict=False)
        results = zip(tape.points(node), (saved[slot] for slot in node.op.output_slots), strict=False)
        for point, value in (*operands, *results):
            if point is not None and value is not None:
                self.values[point] = value

    def add(self, node: tape.Node) -> None:
        """Make the vertex of an operation, after those of its operands."""
        saved = node.saved
        elementwise = next(
            (r for r in FUNCTIONS.values() if r.name == node.op.name and r.kind == "elementwise"), None
        )
        operands = []
        for slot, parent in enumerate(node.parents):
            if parent is not None:
                edge = self.vertex_of(parent)
            elif saved[slot] is not None or elementwise is not None:
                edge = self.constant(saved[slot])
            else:
                continue  # an operand that was left out, or that no VJP reads
            edge.kept = saved[slot] is not None
            if self.derivatives and parent is not None and node.shape == () == parent.shape:
                edge.derivative = node.op.vjps[slot](np.ones((), node.dtype)[()], node.held)
            operands.append(edge)
        if elementwise is not None and node not in self.values and node.shape == ():
            known = [self.vertices[edge.source].results[edge.place].value for edge in operands]
            if all(value is not None for value in known):
                self.values[node] = elementwise.function(*known)
        points = tape.points(node)
        for point in points:
            self.index[point] = len(self.vertices)
        results = [self.result(point) for point in points]
        for result, slot in zip(results, node.op.output_slots, strict=False):
            result.kept = saved[slot] is not None
        self.vertices.append(Vertex("operation", node.op.name, results, operands))

    def vertex_of(self, point: tape.Source) -> Edge:
        """An edge from a point of the graph, whose vertex is made if it is a leaf met for the first time."""
        if point not in self.index:
            self.index[point] = len(self.vertices)
            self.vertices.append(Vertex("leaf", "leaf", [self.result(point)]))
        return Edge(self.index[point], point.place if isinstance(point, tape.Output) else 0)

    def constant(self, value: Any) -> Edge:
        """An edge from a constant operand; None is one that the tape did not keep."""
        shared = id(value) if isinstance(value, np.ndarray) else None  # numbers are drawn at each use
        if shared is None or shared not in self.index:
            self.index[shared] = len(self.vertices)
            array = np.asarray(np.nan if value is None else value)
            result = Result(array.shape, array.dtype, self.names.get(id(value)), value)
            self.vertices.append(Vertex("constant", "constant", [result]))
        return Edge(self.index[shared], 0)

    def result(self, point: tape.Source) -> Result:
        box = point.box
        gradient = None if box is None or box.grad is None else box.grad._value
        return Result(point.shape, point.dtype, self.names.get(point), self.values.get(point), gradient)


def number(value: Any) -> str:
    """A single number, to four digits."""
    value = np.asarray(value).reshape(())[()]
    return f"{value:.4g}" if value.dtype.kind in "fc" else str(value)


def norm(array: Any) -> float:
    """Euclidean length of all entries together; in float64, where squares do not overflow."""
    return float(np.linalg.norm(np.asarray(array, np.result_type(array, np.float64)).ravel()))
