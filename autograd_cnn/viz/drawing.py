"""The tape, drawn: `draw`, and the `Drawing` that it returns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from autograd_cnn.core.tensor import Tensor
from autograd_cnn.errors import ArgumentError
from autograd_cnn.viz.graph import Graph, Result, graph_of, norm, number
from autograd_cnn.viz.svg import picture

__all__ = ["Drawing", "draw"]


def draw(
    output: Tensor,
    names: Mapping[str, Any] | Iterable[tuple[str, Any]] = (),
    *,
    derivatives: bool = False,
    limit: int = 150,
) -> Drawing:
    """Draw the graph that led to ``output``, from the leaves on the left to the output on the right.

    Each leaf, constant and recorded operation is a card with its name, its value (its shape, if it is
    not a single number) and its gradient, if ``.backward()`` left one. The tape keeps a value only
    where a derivative needs it; ``names`` tells the values of the tensors named in it as well. It maps
    names to tensors; what is not a tensor of this graph, and names that begin with an underscore, are
    passed over, so ``locals()`` will do, and so will ``model.named_parameters()``. With ``derivatives``,
    each edge between single numbers carries the derivative of the operation by that operand: the
    factors of the chain rule.

    Raises `GraphError` if nothing was recorded, or if an earlier backward pass freed the graph (keep it
    with ``backward(retain_graph=True)``), and `ArgumentError` for more than ``limit`` operations.

    >>> import autograd_cnn as ag
    >>> x = ag.tensor(3.0, requires_grad=True)
    >>> y = x * x
    >>> y.backward(retain_graph=True)
    >>> print(ag.viz.draw(y, {"x": x, "y": y}))
    x = leaf             value 3  grad 6
    y = multiply(x, x)   value 9           keeps x
    """
    return Drawing(graph_of(output, names, derivatives, limit))


class Drawing:
    """A picture of a graph: shows itself in Jupyter, prints as a list of operations, can be saved.

    The list has a line for each leaf and operation, in the order in which they were recorded, with the
    values that the tape keeps for its derivatives.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def _repr_svg_(self) -> str:
        return self.svg

    @property
    def svg(self) -> str:
        """The picture as the text of an SVG file."""
        return picture(self._graph)

    def save(self, path: str | Path) -> None:
        """Write the picture to an SVG file. Raises `ArgumentError` if the name does not end in .svg."""
        path = Path(path)
        if path.suffix.lower() != ".svg":
            raise ArgumentError(f"save: expected a file name that ends in .svg, got {path.name!r}")
        path.write_text(self.svg, encoding="utf-8")

    def __repr__(self) -> str:
        """One line for each operation, in the order in which they were recorded."""
        labels = self._graph.labels()
        lines: list[tuple[str, str, str]] = []
        for vertex, own, kept in zip(self._graph.vertices, labels, self._graph.kept(), strict=True):
            if vertex.kind == "constant":
                continue
            operands = ", ".join(labels[edge.source][edge.place] for edge in vertex.operands)
            call = vertex.title if vertex.kind == "leaf" else f"{vertex.title}({operands})"
            states = "; ".join(map(_state, vertex.results))
            lines.append((f"{', '.join(own)} = {call}", states, f"keeps {', '.join(kept)}" if kept else ""))
        first, second = (max(len(line[column]) for line in lines) + 3 for column in (0, 1))
        return "\n".join(f"{a:{first}}{b:{second}}{c}".rstrip() for a, b, c in lines)


def _state(result: Result) -> str:
    known = result.shape == () and result.value is not None
    text = f"value {number(result.value)}" if known else f"shape {result.shape}"
    if result.gradient is None:
        return text
    if result.shape == ():
        return f"{text}  grad {number(result.gradient)}"
    return f"{text}  |grad| {number(norm(result.gradient))}"
