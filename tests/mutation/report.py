"""The outcomes in words and figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from mutation.outcome import Outcome
from mutation.survivors import EXPLAINED

__all__ = ["report", "unexplained"]


def unexplained(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """The faults that no test noticed, and that nobody has explained."""
    return [o for o in outcomes if o.verdict == "survived" and o[:4] not in EXPLAINED]


def report(outcomes: Sequence[Outcome], seconds: float) -> str:
    """Shares by kind, survivors with their explanations, and what was left out, in Markdown."""
    lines = [
        "# Planted faults",
        "",
        "Written by `make mutation`; README.md beside it says what this is.",
        "",
        f"{_share([o.verdict for o in outcomes])} ({seconds:.0f} s).",
        "",
        "| kind | planted | caught | survived | equal |",
        "|---|---|---|---|---|",
    ]
    for kind in dict.fromkeys(o.kind for o in outcomes):
        count = Counter(o.verdict for o in outcomes if o.kind == kind)
        planted = count["caught"] + count["survived"]
        lines.append(f"| {kind} | {planted} | {count['caught']} | {count['survived']} | {count['equal']} |")
    by = Counter(o.by for o in outcomes if o.by)
    lines += ["", "| caught first by | faults |", "|---|---|"]
    lines += [f"| {name} | {number} |" for name, number in by.most_common()]
    lines += ["", "## Survivors", ""]
    lines += [
        f"- {_named(o)}: {EXPLAINED.get(o[:4], 'not explained yet')}"
        for o in outcomes
        if o.verdict == "survived"
    ] or ["None."]
    lines += ["", "## Equal, so not counted", ""]
    lines += [f"- {_named(o)}" for o in outcomes if o.verdict == "equal"] or ["None."]
    return "\n".join(lines) + "\n"


def _share(verdicts: Sequence[str]) -> str:
    count = Counter(verdicts)
    planted = count["caught"] + count["survived"]
    share = 100 * count["caught"] / planted if planted else 0.0
    return (
        f"{count['caught']} of {planted} planted faults were caught: {share:.2f} %; "
        f"{count['equal']} more change nothing"
    )


def _named(outcome: Outcome) -> str:
    detail = f" (`{outcome.detail}`)" if outcome.detail else ""
    return f"{outcome.op}, {outcome.input}: {outcome.kind}{detail}"
