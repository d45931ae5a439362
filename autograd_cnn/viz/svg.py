"""A graph as a picture: the text of an SVG file, with nothing but shapes and text in it.

The cards are opaque and the lines of a middle grey, so that the picture can be read on a white and on
a dark page. The colours are near those of Okabe and Ito (*Color Universal Design*, 2008), which people
with any kind of colour vision can tell apart, darkened until text in them can be read. Nothing has an
id or a class: those would be shared with the page, and with the other pictures on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import NamedTuple

from autograd_cnn.viz.graph import Edge, Graph, Result, Vertex, norm, number
from autograd_cnn.viz.layout import Link, Place, layered

__all__ = ["picture"]

LEAF, OPERATION, OUTPUT, CONSTANT = "#0072B2", "#4A5560", "#00795A", "#6B7783"
TEXT, QUIET, GRADIENT, GRADIENT_PALE = "#1B242C", "#65717D", "#B54A00", "#FDEBDD"
CARD, LINE = "#FFFFFF", "#8A96A3"
MONOSPACE = "ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace"
SANS = "system-ui, 'Segoe UI', Helvetica, Arial, 'DejaVu Sans', sans-serif"

SIZE = 12.0  # of the text, in pixels
CHARACTER = 0.61 * SIZE  # width of one, in a monospaced fount
HEADER, ROW, PADDING, RADIUS = 22.0, 18.0, 10.0, 5.0
ABOVE, BELOW = 4.0, 5.0  # the rows of a card
COLUMN_GAP, LABEL_GAP, ROW_GAP, MARGIN = 40.0, 60.0, 16.0, 6.0
HEAD = 7.0  # length of an arrow's


class Row(NamedTuple):
    """A line of a card: a text at its right, and a label at its left."""

    text: str
    colour: str
    label: str = ""
    label_colour: str = QUIET


def picture(graph: Graph) -> str:
    """The SVG of a graph."""
    cards = [
        _Card(vertex, vertex is graph.vertices[-1], kept)
        for vertex, kept in zip(graph.vertices, graph.kept(), strict=True)
    ]
    edges = [
        (edge, _link(edge, place, target, cards))
        for target, vertex in enumerate(graph.vertices)
        for place, edge in enumerate(vertex.operands)
    ]
    labels = [_label_width(edge) for edge, _ in edges if edge.derivative is not None]
    gap = LABEL_GAP + max(labels) if labels else COLUMN_GAP
    layout = layered([card.size for card in cards], [link for _, link in edges], gap, ROW_GAP)
    width, height = layout.width + 2 * MARGIN, layout.height + 2 * MARGIN
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="{-MARGIN:g} {-MARGIN:g} {width:.1f} {height:.1f}" role="img" '
        f'style="max-width: 100%; height: auto" font-size="{SIZE:g}">',
        f"<title>{_description(graph)}</title>",
        f'<g fill="none" stroke="{LINE}" stroke-width="1.5">',
    ]
    for (_, link), way in zip(edges, layout.ways, strict=True):
        lines.append(_line(way, layout.places[link.source], layout.places[link.target]))
    lines += ["</g>", f'<g fill="{LINE}">']
    for (_, link), way in zip(edges, layout.ways, strict=True):
        lines.append(_arrow_head(way[-1][1], layout.places[link.target]))
    lines.append("</g>")
    for card, place in zip(cards, layout.places, strict=True):
        lines += card.draw(place)
    for (edge, _), way in zip(edges, layout.ways, strict=True):
        if edge.derivative is not None:
            lines += _label(edge, way)
    return "\n".join([*lines, "</svg>", ""])


def _description(graph: Graph) -> str:
    operations = [vertex.title for vertex in graph.vertices if vertex.kind == "operation"]
    return escape(f"Graph of {len(operations)} operations: {', '.join(operations)}")


def _text(
    x: float, y: float, text: str, colour: str, anchor: str, family: str = MONOSPACE, weight: int = 400
) -> str:
    bold = f' font-weight="{weight}"' if weight != 400 else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" font-family="{family}" text-anchor="{anchor}"{bold}>'
        f"{escape(text.replace('-', '−'))}</text>"
    )


# --- Cards ------------------------------------------------------------------------------------------


class _Card:
    """A vertex as a card: its title, and a row for each value and gradient."""

    def __init__(self, vertex: Vertex, last: bool, kept: Sequence[str]) -> None:
        self.vertex = vertex
        self.kept = kept
        self.family = SANS if vertex.kind == "operation" else MONOSPACE
        if vertex.kind == "operation":
            self.title, self.colour = vertex.title, OUTPUT if last else OPERATION
        else:
            self.title = vertex.results[0].name or ("leaf" if vertex.kind == "leaf" else "")
            self.colour = LEAF if vertex.kind == "leaf" else CONSTANT
        self.rows: list[Row] = []
        self.row_of_result: list[int] = []
        for place, result in enumerate(vertex.results):
            self.row_of_result.append(len(self.rows))
            self.rows += self._rows(place, result)
        letters = [
            len(self.title) + 0.5,
            *(len(row.text) + len(row.label) + 2 * bool(row.label) for row in self.rows),
        ]
        self.header = HEADER if self.title else 0.0
        self.size = (
            max(letters) * CHARACTER + 2 * PADDING,
            self.header + ABOVE + ROW * len(self.rows) + BELOW,
        )

    def _rows(self, place: int, result: Result) -> Iterator[Row]:
        label, colour = "", QUIET
        if self.vertex.kind == "operation":
            if result.name:
                label, colour = result.name, TEXT
            elif len(self.vertex.results) > 1:
                label = f"[{place}]"
        if result.shape != ():
            yield Row(str(result.shape), QUIET, label, colour)
        elif result.value is not None:
            yield Row(number(result.value), TEXT, label, colour)
        else:
            yield Row("constant" if self.vertex.kind == "constant" else "scalar", QUIET, label, colour)
        if result.gradient is not None and result.shape == ():
            yield Row(number(result.gradient), GRADIENT, "grad", GRADIENT)
        elif result.gradient is not None:
            yield Row(number(norm(result.gradient)), GRADIENT, "‖grad‖", GRADIENT)

    def exit(self, place: int) -> float:
        """Where, as a fraction of the height, edges leave from a result."""
        if len(self.vertex.results) == 1:
            return 0.5
        return (self.header + ABOVE + ROW * (self.row_of_result[place] + 0.5)) / self.size[1]

    def draw(self, place: Place) -> Iterator[str]:
        width, height = self.size
        left, top = place.x - width / 2, place.y - height / 2
        dashes = ' stroke-dasharray="4 3"' if self.vertex.kind == "constant" else ""
        yield f"<g><title>{self._details()}</title>"
        yield (
            f'<rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}" rx="{RADIUS:g}" '
            f'fill="{CARD}" stroke="{self.colour}" stroke-width="1.5"{dashes}/>'
        )
        if self.vertex.kind == "constant" and self.title:
            yield _text(place.x, top + 16, self.title, self.colour, "middle", self.family, 600)
        elif self.title:
            r = RADIUS
            yield (
                f'<path d="M{left:.1f},{top + HEADER:.1f} v{r - HEADER:g} q0,{-r:g} {r:g},{-r:g} '
                f'h{width - 2 * r:.1f} q{r:g},0 {r:g},{r:g} v{HEADER - r:g} z" fill="{self.colour}"/>'
            )
            yield _text(place.x, top + 15.5, self.title, CARD, "middle", self.family, 600)
        for index, row in enumerate(self.rows):
            baseline = top + self.header + ABOVE + ROW * index + 13
            if row.label:
                weight = 600 if row.label_colour == TEXT else 400
                yield _text(left + PADDING, baseline, row.label, row.label_colour, "start", weight=weight)
                yield _text(left + width - PADDING, baseline, row.text, row.colour, "end")
            else:
                yield _text(place.x, baseline, row.text, row.colour, "middle")
        yield "</g>"

    def _details(self) -> str:
        """What a reader sees who rests the pointer on the card."""
        results = ", ".join(f"shape {result.shape} {result.dtype}" for result in self.vertex.results)
        kept = f"; the tape keeps {', '.join(self.kept)}" if self.kept else ""
        return escape(f"{self.vertex.title}: {results}{kept}")


# --- Edges ------------------------------------------------------------------------------------------


def _link(edge: Edge, place: int, target: int, cards: Sequence[_Card]) -> Link:
    entry = (place + 0.5) / len(cards[target].vertex.operands)
    return Link(edge.source, target, cards[edge.source].exit(edge.place), entry)


def _line(way: Sequence[tuple[float, float]], source: Place, target: Place) -> str:
    path = [f"M{source.x + source.width / 2:.1f},{way[0][1]:.1f}"]
    for (x1, y1), (x2, y2) in zip(way[::2], way[1::2], strict=True):
        middle, end = (x1 + x2 - HEAD) / 2, x2 - HEAD
        path.append(f"H{x1:.1f} C{middle:.1f},{y1:.1f} {middle:.1f},{y2:.1f} {end:.1f},{y2:.1f}")
    path.append(f"H{target.x - target.width / 2 - HEAD + 1:.1f}")
    return f'<path d="{" ".join(path)}"/>'


def _arrow_head(y: float, target: Place) -> str:
    return f'<path d="M{target.x - target.width / 2 - 0.5:.1f},{y:.1f} l{-HEAD - 1:g},-4 v8 z"/>'


def _label_width(edge: Edge) -> float:
    return len(number(edge.derivative)) * CHARACTER + 8


def _label(edge: Edge, way: Sequence[tuple[float, float]]) -> Iterator[str]:
    """The derivative on a small plate, near the end of the edge, where edges are apart."""
    (x1, y1), (x2, y2) = way[-2:]
    width = _label_width(edge)
    t = 0.72
    x = x1 + (x2 - HEAD - x1) * (1.5 * t * (1 - t) + t**3)
    y = y1 + (y2 - y1) * (3 * t**2 - 2 * t**3)
    yield (
        f'<rect x="{x - width / 2:.1f}" y="{y - 8:.1f}" width="{width:.1f}" height="16" rx="8" '
        f'fill="{GRADIENT_PALE}" stroke="{GRADIENT}" stroke-width="0.75"/>'
    )
    yield _text(x, y + 4, number(edge.derivative), GRADIENT, "middle")
