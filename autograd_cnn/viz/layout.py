"""A layered layout of a directed acyclic graph, from left to right.

The method of Sugiyama, Tagawa and Toda (*Methods for Visual Understanding of Hierarchical System
Structures*, 1981): vertices are put into layers so that every edge points to the right; an edge that
spans several layers passes through an empty place in each between; the order within the layers is
improved until few edges cross; and last the heights are chosen so that edges are nearly straight.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import NamedTuple

__all__ = ["Layout", "Link", "Place", "layered"]

PASSAGE = 14.0  # height kept free for an edge that passes a layer
ORDER_SWEEPS, HEIGHT_SWEEPS = 12, 60
STIFF = 8.0  # how much more an edge between operations wants to be straight than one from a leaf


class Link(NamedTuple):
    """An edge: it leaves its source, and enters its target, at a fraction of their heights."""

    source: int
    target: int
    exit: float
    entry: float


@dataclass
class Place:
    """Where a vertex stands: its centre and its size."""

    x: float
    y: float
    width: float
    height: float


@dataclass
class Layout:
    """The places of the vertices; for each link the corners of its way; the size of the whole.

    A way is a list of points, two for each gap between layers that it crosses: where it leaves the left
    column and where it enters the right one.
    """

    places: list[Place]
    ways: list[list[tuple[float, float]]]
    width: float
    height: float


def layered(
    sizes: Sequence[tuple[float, float]],
    links: Sequence[Link],
    column_gap: float,
    row_gap: float,
) -> Layout:
    """Lay out vertices of the given sizes (width, height), numbered so that every link points upwards."""
    layering = _Layering(sizes, links, row_gap)
    layering.order()
    return layering.layout(column_gap)


class _Layering:
    """Vertices, and after them the passages, in layers; the links cut into steps from layer to layer."""

    def __init__(self, sizes: Sequence[tuple[float, float]], links: Sequence[Link], row_gap: float) -> None:
        self.sizes = list(sizes)
        self.row_gap = row_gap
        self.vertices = len(sizes)
        self.steps: list[list[Link]] = [[] for _ in links]
        distances = self._distances_to_the_end(links)
        self.layers: list[list[int]] = [[] for _ in range(max(distances) + 1)]
        self._fill(distances, links)
        self.before: list[list[Link]] = [[] for _ in self.sizes]
        self.after: list[list[Link]] = [[] for _ in self.sizes]
        for step in chain.from_iterable(self.steps):
            self.before[step.target].append(step)
            self.after[step.source].append(step)

    def _distances_to_the_end(self, links: Sequence[Link]) -> list[int]:
        """Layers counted from the right, so that a leaf stands next to the first operation that reads it."""
        distances = [0] * self.vertices
        for link in sorted(links, key=lambda link: -link.target):
            distances[link.source] = max(distances[link.source], distances[link.target] + 1)
        return distances

    def _fill(self, distances: list[int], links: Sequence[Link]) -> None:
        """Layers in the order of a walk from the right: a tree comes out without any crossing."""
        last = len(self.layers) - 1
        incoming: list[list[int]] = [[] for _ in range(self.vertices)]
        for number, link in enumerate(links):
            incoming[link.target].append(number)
        seen: set[int] = set()
        pending: list[tuple[int, int | None]] = [
            (vertex, None) for vertex in range(self.vertices) if distances[vertex] == 0
        ]
        while pending:
            vertex, reached_by = pending.pop()
            if reached_by is not None:
                link = links[reached_by]
                right, entry = link.target, link.entry
                steps = []
                for distance in range(distances[right] + 1, distances[vertex]):
                    passage = len(self.sizes)
                    self.sizes.append((0.0, PASSAGE))
                    self.layers[last - distance].append(passage)
                    steps.append(Link(passage, right, 0.5, entry))
                    right, entry = passage, 0.5
                steps.append(Link(vertex, right, link.exit, entry))
                self.steps[reached_by] = steps[::-1]
            if vertex not in seen:
                seen.add(vertex)
                self.layers[last - distances[vertex]].append(vertex)
                pending += [(links[number].source, number) for number in reversed(incoming[vertex])]

    # --- Order within the layers ----------------------------------------------------------------

    def order(self) -> None:
        """Sort each layer by the mean place of its neighbours, in sweeps; keep the best order seen."""
        best, fewest = [list(layer) for layer in self.layers], self._crossings()
        for sweep in range(ORDER_SWEEPS):
            if fewest == 0:
                break
            if sweep % 2 == 0:
                self._sort_towards(self._right_ends, self.layers[::-1])
            else:
                self._sort_towards(self._left_ends, self.layers)
            self._exchange_neighbours()
            crossings = self._crossings()
            if crossings < fewest:
                best, fewest = [list(layer) for layer in self.layers], crossings
        self.layers = best

    def _right_ends(self, vertex: int, rank: dict[int, int]) -> list[float]:
        return [rank[step.target] + step.entry for step in self.after[vertex]]

    def _left_ends(self, vertex: int, rank: dict[int, int]) -> list[float]:
        return [rank[step.source] + step.exit for step in self.before[vertex]]

    def _sort_towards(self, ends: Callable[..., list[float]], layers: list[list[int]]) -> None:
        for fixed, layer in pairwise(layers):
            rank = {vertex: index for index, vertex in enumerate(fixed)}
            own = {vertex: float(index) for index, vertex in enumerate(layer)}
            for vertex in layer:
                if places := ends(vertex, rank):
                    own[vertex] = sum(places) / len(places)
            layer.sort(key=own.__getitem__)

    def _exchange_neighbours(self) -> None:
        rank = {vertex: index for layer in self.layers for index, vertex in enumerate(layer)}

        def crossings(above: int, below: int) -> int:
            return sum(
                upper > lower
                for ends in (self._left_ends, self._right_ends)
                for upper in ends(above, rank)
                for lower in ends(below, rank)
            )

        for layer in self.layers:
            for index in range(len(layer) - 1):
                above, below = layer[index], layer[index + 1]
                if crossings(below, above) < crossings(above, below):
                    layer[index], layer[index + 1] = below, above
                    rank[below], rank[above] = index, index + 1

    def _crossings(self) -> int:
        """Pairs of steps whose ends are in opposite order."""
        total = 0
        for left, right in pairwise(self.layers):
            rank = {vertex: index for index, vertex in enumerate(right)}
            above: list[float] = []
            for vertex in left:
                ends = self._right_ends(vertex, rank)
                total += sum(other > end for other in above for end in ends)
                above += ends
        return total

    # --- Coordinates ----------------------------------------------------------------------------

    def layout(self, column_gap: float) -> Layout:
        """Choose the heights, and read the places and the ways off."""
        y = self._heights()
        widths = [max(self.sizes[vertex][0] for vertex in layer) for layer in self.layers]
        lefts = [sum(widths[:column]) + column_gap * column for column in range(len(widths))]
        column_of = {vertex: column for column, layer in enumerate(self.layers) for vertex in layer}
        top = min(y[vertex] - self.sizes[vertex][1] / 2 for vertex in column_of)
        bottom = max(y[vertex] + self.sizes[vertex][1] / 2 for vertex in column_of)
        places = []
        for vertex in range(self.vertices):
            column = column_of[vertex]
            places.append(Place(lefts[column] + widths[column] / 2, y[vertex] - top, *self.sizes[vertex]))
        ways = []
        for steps in self.steps:
            way = []
            for step in steps:
                left, right = column_of[step.source], column_of[step.target]
                way.append((lefts[left] + widths[left], y[step.source] + self._offset_of_exit(step) - top))
                way.append((lefts[right], y[step.target] + self._offset_of_entry(step) - top))
            ways.append(way)
        return Layout(places, ways, lefts[-1] + widths[-1], bottom - top)

    def _offset_of_exit(self, step: Link) -> float:
        return (step.exit - 0.5) * self.sizes[step.source][1]

    def _offset_of_entry(self, step: Link) -> float:
        return (step.entry - 0.5) * self.sizes[step.target][1]

    def _heights(self) -> list[float]:
        """Each vertex as near as the others allow to the mean height of its neighbours, in sweeps."""
        y = [0.0] * len(self.sizes)
        for layer in self.layers:
            self._place(layer, [(0.0, 1.0)] * len(layer), y)
        for sweep in range(HEIGHT_SWEEPS):
            for layer in self.layers if sweep % 2 else reversed(self.layers):
                wanted = []
                for vertex in layer:
                    pulls = list(self._pulls(vertex, y))
                    weight = sum(weight for _, weight in pulls)
                    wanted.append((sum(height * weight for height, weight in pulls) / weight, weight))
                self._place(layer, wanted, y)
        return y

    def _pulls(self, vertex: int, y: list[float]) -> Iterator[tuple[float, float]]:
        """Heights that the neighbours would like the vertex to have, and how much.

        Operations want to stand at the height of their operands, centre to centre, so that a chain of
        them is level though its edges enter above the middle; others, where their edge is straight.
        """
        yield y[vertex], 0.01
        for step in self.after[vertex] + self.before[vertex]:
            stiff = self._is_operation(step.source) and self._is_operation(step.target)
            difference = 0.0 if stiff else self._offset_of_entry(step) - self._offset_of_exit(step)
            weight = STIFF if stiff or step.target >= self.vertices else 1.0
            if step.source == vertex:
                yield y[step.target] + difference, weight
            else:
                yield y[step.source] - difference, weight

    def _is_operation(self, vertex: int) -> bool:
        return vertex < self.vertices and bool(self.before[vertex])

    def _place(self, layer: list[int], wanted: Sequence[tuple[float, float]], y: list[float]) -> None:
        """Heights nearest to the wanted ones, in the sense of weighted least squares, without overlap.

        Subtracting the room that the vertices above take turns "without overlap" into "not decreasing":
        an isotonic regression, which pooling adjacent violators solves exactly.
        """
        offsets = [0.0]
        for above, below in pairwise(layer):
            room = (self.sizes[above][1] + self.sizes[below][1]) / 2 + self.row_gap
            offsets.append(offsets[-1] + room)
        blocks: list[tuple[float, float, int]] = []  # mean, weight, count
        for (height, weight), offset in zip(wanted, offsets, strict=True):
            mean, count = height - offset, 1
            while blocks and blocks[-1][0] > mean:
                other, other_weight, number = blocks.pop()
                mean = (mean * weight + other * other_weight) / (weight + other_weight)
                weight, count = weight + other_weight, count + number
            blocks.append((mean, weight, count))
        means = (mean for mean, _, count in blocks for _ in range(count))
        for vertex, mean, offset in zip(layer, means, offsets, strict=True):
            y[vertex] = mean + offset
