"""What a run of gradient tests wants of each, and what they have then done."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass

__all__ = ["PROFILES", "Tally", "tally"]

# How many examples a property is tried on: while one writes, before one merges, and over night.
PROFILES = {"dev": 20, "ci": 100, "thorough": 5000}


@dataclass
class Tally:
    """What the pytest plugin wants of a gradient test, and what the test has then done.

    ``order`` and ``examples`` take the place of the test's own, unless None; ``checked`` and ``kinks`` count
    examples, and ``highest`` is the order to which they were checked.
    """

    order: int | None = None
    examples: int | None = None
    checked: int = 0
    kinks: int = 0
    highest: int = 0


tally: ContextVar[Tally | None] = ContextVar("tally", default=None)
