"""The parts that faults are planted in, as units of work for a process."""

from __future__ import annotations

from mutation import ordinary, planting
from mutation.outcome import Outcome

__all__ = ["names", "outcomes"]

TAPE = "core.tape"


def names() -> list[str]:
    """The tape, and each op with a VJP; those with the most tests first."""
    checks = ordinary.checks()
    with_vjp = [key for key, found in checks.items() if found[0].sample.record.vjps]
    return [TAPE, *sorted(with_vjp, key=lambda key: -len(checks[key]))]


def outcomes(name: str) -> list[Outcome]:
    """What became of the faults planted in one part."""
    planting.without_explanations()
    if name == TAPE:
        return list(planting.loop_outcomes())
    return list(planting.outcomes(name, ordinary.checks()[name]))
