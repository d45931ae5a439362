"""The results as one picture: what we need of each peer's cost, on a logarithmic axis.

A hollow point is a reference, which does not count as a peer.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.report import number
from benchmarks.results import Result

__all__ = ["draw"]

COLOURS = {
    "PyTorch": "#d55e00",
    "PyTorch, channels last": "#f0a070",
    "JAX jit": "#0072b2",
    "JAX": "#0072b2",
    "MyGrad": "#009e73",
    "HIPS autograd": "#cc79a7",
    "micrograd": "#e69f00",
}  # after Okabe and Ito's palette, which the colour-blind can tell apart
OTHER_COLOUR = "#777777"


def draw(results: Sequence[Result], path: Path) -> None:
    """Draw the ratios of all results that have any; the format is that of the suffix."""
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "benchmarks"  # the same results give the same file
    from matplotlib import pyplot

    shown = [result for result in results if result.ratios]
    figure, axes = pyplot.subplots(figsize=(9, 1.6 + 0.6 * len(shown)), layout="constrained")
    for line, result in enumerate(shown):
        axes.axhline(line, color="#eeeeee", zorder=0)
        for place, (peer, ratio) in enumerate(result.ratios.items()):
            height = line + 0.18 * (place - (len(result.ratios) - 1) / 2)
            colour = COLOURS.get(peer, OTHER_COLOUR)
            face = "white" if peer in result.references else colour
            axes.plot([ratio.minimum, ratio.maximum], [height, height], color=colour, linewidth=1.5)
            axes.plot(ratio.median, height, "o", color=colour, markerfacecolor=face, label=peer)
            axes.annotate(
                number(ratio.median), (ratio.maximum, height), (4, -3), textcoords="offset points", fontsize=7
            )
        if result.limit is not None:
            axes.plot([result.limit] * 2, [line - 0.4, line + 0.4], "k:", label="goal")
    axes.axvline(1, color="black", linewidth=1)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.set_yticks(range(len(shown)), [_label(result) for result in shown], fontsize=8)
    axes.invert_yaxis()
    axes.set_xlabel("ours ÷ theirs, median and range of the pairs: left of 1 we need less")
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    handles, labels = axes.get_legend_handles_labels()
    unique = dict(zip(labels, handles, strict=True))
    figure.legend(unique.values(), unique, loc="outside upper center", ncols=5, frameon=False, fontsize=8)
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
    pyplot.close(figure)


def _label(result: Result) -> str:
    threads = f"{result.threads} thread{'s' if result.threads > 1 else ''}"
    return f"{result.row}. {result.title}\n{result.measure} ({result.unit}), {threads}"
