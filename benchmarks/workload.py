"""What a workload is: the words in which every file of `workloads/` is written.

A workload holds one *variant* an engine, side by side, so that a reader can see that they do the same thing.
A variant imports nothing itself: it receives its engine's package, and returns how one repetition is measured
and what was computed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

__all__ = ["OURS", "Goal", "Measure", "Prepared", "Range", "Variant", "Workload", "timed"]

OURS = "autograd_cnn"


@dataclass(frozen=True)
class Goal:
    """Ours ÷ peer stays at or under `limit`; `peer` None means the best of the peers."""

    limit: float
    peer: str | None = None

    def __str__(self) -> str:
        return f"≤ {self.limit:g}" + (f" × {self.peer}" if self.peer else "")


@dataclass(frozen=True)
class Range:
    """Our own value, whatever the peers do, stays between `low` and `high`."""

    low: float
    high: float

    def __str__(self) -> str:
        return f"itself {self.low:g} to {self.high:g}"


@dataclass(frozen=True)
class Measure:
    """One number of a repetition; less is better."""

    name: str
    unit: str
    goal: Goal | Range | None = None


@dataclass(frozen=True)
class Prepared:
    """A variant, ready to run: one call of `repeat` is one repetition and returns a number for each measure.

    `computed` is compared between the engines before anything is timed.
    """

    repeat: Callable[[], Mapping[str, float]]
    computed: Mapping[str, np.ndarray[Any, Any]] = field(default_factory=dict)


Prepare = Callable[[Any], Prepared]
AnyPrepare = TypeVar("AnyPrepare", bound=Prepare)


@dataclass(frozen=True)
class Variant:
    """A workload in one engine. A reference is shown for orientation and never counts as the best peer."""

    label: str
    module: str
    prepare: Prepare
    reference: bool = False


@dataclass
class Workload:
    """One row (or part of a row) of the table.

    `module` is the file's `__name__`; `tolerance` the relative difference allowed between what two engines
    computed; `threaded` says that the number of threads matters; `fresh` that every repetition needs a new
    process.
    """

    module: str
    row: int
    title: str
    measures: tuple[Measure, ...]
    tolerance: float = 1e-5
    threaded: bool = False
    fresh: bool = False
    subject: str = OURS
    variants: dict[str, Variant] = field(default_factory=dict)

    def variant(
        self, label: str, *, module: str, reference: bool = False
    ) -> Callable[[AnyPrepare], AnyPrepare]:
        """Register the decorated function as this workload in one engine.

        The function is called with the package that `import module` binds.
        """

        if label in self.variants:
            raise ValueError(f"workload {self.title!r} has two variants called {label!r}")

        def register(prepare: AnyPrepare) -> AnyPrepare:
            self.variants[label] = Variant(label, module, prepare, reference)
            return prepare

        return register

    @property
    def peers(self) -> list[str]:
        """Every engine but the subject, in the order of the file."""
        return [label for label in self.variants if label != self.subject]


def timed(
    step: Callable[[], object], *, repeats: int, scale: float, name: str = "time"
) -> Callable[[], dict[str, float]]:
    """Return a repetition that measures the mean time of `step`, in seconds × `scale`.

    A first, untimed step brings caches and threads back to where they are in a running program: another
    engine has just used the machine.
    """

    def repeat() -> dict[str, float]:
        step()
        start = time.perf_counter()
        for _ in range(repeats):
            step()
        return {name: (time.perf_counter() - start) / repeats * scale}

    return repeat
