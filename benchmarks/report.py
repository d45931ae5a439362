"""The table of the results, in Markdown, and its place in the README."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.results import Result

__all__ = ["BEGIN", "END", "number", "replace_between_markers", "table"]

BEGIN, END = "<!-- results: begin -->", "<!-- results: end -->"
HEADER = (
    "row",
    "workload",
    "threads",
    "autograd_cnn",
    "peers",
    "ours ÷ best peer [min, max]",
    "goal",
    "met",
)


def number(value: float) -> str:
    """Write a number with three significant digits and no exponent."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:#.3g}".rstrip(".")


def table(results: Sequence[Result]) -> str:
    """Return the Markdown table, one line a result."""
    lines = [HEADER, ("---",) * len(HEADER), *(_cells(result) for result in results)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _cells(result: Result) -> tuple[str, ...]:
    ours = result.engines.get(result.subject)
    peers = [
        f"{label} {number(summary.median)}"
        for label, summary in result.engines.items()
        if label != result.subject
    ]
    absent = [f"{label} absent" for label in result.absent if label != result.subject]
    ratio = "–"
    if result.ratio and result.against:
        low, high = number(result.ratio.minimum), number(result.ratio.maximum)
        ratio = f"**{number(result.ratio.median)}** [{low}, {high}] {result.against}"
    return (
        str(result.row),
        f"{result.title}: {result.measure} ({result.unit})",
        str(result.threads),
        number(ours.median) if ours else "absent",
        ", ".join(peers + absent),
        ratio,
        result.goal or "–",
        {True: "yes", False: "**no**", None: "–"}[result.met],
    )


def replace_between_markers(text: str, content: str) -> str:
    """Return `text` with `content` between the two markers, and everything else as it was."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the text has no {BEGIN} … {END} to write the table between")
    return f"{before}{BEGIN}\n{content}\n{END}{after}"
