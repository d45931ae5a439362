"""A wrong derivative traced to its entries, and told in a way that helps."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from autograd_cnn.errors import GradientError, KinkError
from autograd_cnn.testing.derivatives import Fault, Setting, normal, units
from autograd_cnn.testing.evaluation import Evaluation
from autograd_cnn.testing.judgement import Verdict, judge
from autograd_cnn.testing.line import Line, Slope
from autograd_cnn.testing.problem import Array
from autograd_cnn.testing.rounding import NEAR, ROUNDING, beside, change, quiet

__all__ = ["Entry", "Failure", "located", "told"]

EACH = 64  # up to so many entries are looked at one by one; beyond, the worst is sought by halving
SHOWN = 6
MODES = {"rev": "gradient", "fwd": "forward derivative"}


@dataclass(frozen=True)
class Entry:
    """One entry of an argument, and the derivative there of the random combination of the outputs."""

    index: tuple[int, ...]
    part: str
    verdict: Verdict

    @property
    def place(self) -> str:
        """Where it is, in words."""
        return f"{list(self.index)}{self.part}" if self.index else self.part or "[]"

    def row(self) -> str:
        """A line of the table."""
        v = self.verdict
        return f"{self.place:14} {v.analytic:16.9g} {v.numeric:16.9g} {v.relative_error:10.2g}"


@dataclass(frozen=True)
class Failure:
    """What a failed check found: the ``failure`` of its `GradientError` or `KinkError`.

    ``entries`` are the wrong ones, the worst first (of a large argument only that one); there are none, and
    no ``argument``, if it is not a value but a property that does not hold, which ``reason`` names. ``op`` is
    what was found in the same way about one operation on the tape by itself, called at ``line``, which
    explains the failure: it is wrong, or at a kink. ``script`` is Python code that fails in the same way.
    """

    function: str
    order: int
    mode: str
    argument: int | None = None
    label: str = ""
    shape: tuple[int, ...] = ()
    dtype: Any = None
    entries: tuple[Entry, ...] = ()
    looked_at: int = 0
    reason: str = ""
    op: Failure | None = None
    line: str = ""
    script: str = ""

    @property
    def index(self) -> tuple[int, ...] | None:
        """The worst entry."""
        return self.entries[0].index if self.entries else None

    @property
    def undecided(self) -> bool:
        """Whether nothing is known to be wrong but the point, at which no derivative can be confirmed."""
        return bool(self.entries) and all(entry.verdict.undecided for entry in self.entries)

    @property
    def outside(self) -> bool:
        """Whether the wrong entries are all at kinks, where they are not between the slopes of both sides."""
        return bool(self.entries) and all(entry.verdict.kind == "outside" for entry in self.entries)

    @property
    def finite(self) -> bool:
        """Whether wrong entries were computed, and none is infinite or NaN."""
        return bool(self.entries) and all(np.isfinite(entry.verdict.analytic) for entry in self.entries)

    def at_kinks(self, op: Failure | None = None, line: str = "") -> Failure:
        """The failure, undecided: the chain rule need not hold where kinks meet, such as that of ``op``."""
        entries = [
            dataclasses.replace(entry, verdict=dataclasses.replace(entry.verdict, kind="kink"))
            for entry in self.entries
        ]
        return dataclasses.replace(self, entries=tuple(entries), op=op, line=line)


def located(evaluation: Evaluation, fault: Fault, order: int, setting: Setting) -> Failure:
    """The entries behind a fault. Entries that are wrong come before those of which nothing is known."""
    problem, point, x = evaluation.problem, evaluation.point, evaluation.point[fault.number]
    computed = fault.derivative(point, fault.cotangents)

    @cache
    def nearby() -> list[list[Callable[[Array], float]]]:
        return [[fault.derivative(beside(point, n), fault.cotangents) for n in side] for side in NEAR]

    def look(direction: Array) -> Verdict:
        line = Line(evaluation, {fault.number: direction}, setting.tolerances.step)
        analytic = computed(direction)
        verdict = judge(line, fault.cotangents, analytic, abs(analytic), setting.tolerances)
        if verdict.kind in ("right", "kink", "uncertain"):
            return verdict
        with quiet():
            noise = change(analytic, [[there(direction) for there in side] for side in nearby()])
        if abs(analytic - verdict.numeric) <= ROUNDING * noise:
            words = f"where the point changes by rounding, the computed derivative changes by {noise:.1g}"
            return dataclasses.replace(verdict, kind="uncertain", reason=words)
        if verdict.kind == "wrong":
            return verdict
        aligned = line.aligned(fault.cotangents)
        analytic = fault.derivative(point, aligned)(direction)
        again = judge(line, aligned, analytic, abs(analytic), setting.tolerances)
        return again if again.kind in ("outside", "wrong") else dataclasses.replace(verdict, kind="kink")

    if x.size <= EACH:
        candidates = list(units(x))
    else:
        worst = _halved(fault.direction, look)
        candidates = list(units(x, worst))
    found = []
    for unit in candidates:
        verdict = look(unit)
        if verdict.kind != "right":
            index = tuple(int(i) for i in np.argwhere(unit)[0])
            part = "" if x.dtype.kind == "f" else " (real)" if unit[index].real else " (imaginary)"
            found.append(Entry(index, part, verdict))
    found.sort(key=lambda entry: -_badness(entry.verdict))
    if all(e.verdict.undecided for e in found):
        whole = look(fault.direction)
        if not whole.undecided:
            # Each entry alone is all right, or undecided, but this combination of them is wrong.
            moving = tuple(int(i) for i in np.unravel_index(int(np.argmax(np.abs(fault.direction))), x.shape))
            found.insert(0, Entry(moving, " and others", whole))
        elif not found:
            found = [Entry((), "along a random direction", whole)]
    wrong = [e for e in found if not e.verdict.undecided] or found
    if not wrong[0].verdict.undecided and _bends(evaluation, fault, setting):
        wrong = [_without_derivative(entry) for entry in wrong]
    return Failure(
        function=problem.name,
        order=order,
        mode=fault.mode,
        argument=fault.number,
        label=problem.label(fault.number),
        shape=x.shape,
        dtype=x.dtype,
        entries=tuple(wrong),
        looked_at=len(candidates),
        reason=wrong[0].verdict.reason,
    )


def _bends(evaluation: Evaluation, fault: Fault, setting: Setting) -> bool:
    """Whether the slope is not linear in the direction, so that there is no derivative, if both sides agree.

    Along any line through a tie the median of an even number of equal ones is smooth, but the slopes along
    two directions do not add up to that along their sum.
    """
    x = evaluation.point[fault.number]
    if x.size == 1 and x.dtype.kind == "f":
        return False  # all directions lie on one line
    generator = np.random.default_rng(0)

    def careful(line: Line) -> Slope:
        left, right = line.sides(fault.cotangents, line.roughness(fault.cotangents))
        return Slope((left.value + right.value) / 2, (left.error + right.error) / 2)

    for _ in range(4):  # two directions may happen to lie on one facet
        first, second = normal(x, generator), normal(x, generator)
        lines = [
            Line(evaluation, {fault.number: direction}, setting.tolerances.step)
            for direction in (first, second, first + second)
        ]
        # The first estimate, a tenth of the time, settles it for what is smooth.
        if not (_add_up(line.slope(fault.cotangents) for line in lines) or _add_up(map(careful, lines))):
            return True
    return False


def _add_up(slopes: Iterable[Slope]) -> bool:
    first, second, both = slopes
    allowed = sum(1e-3 * abs(slope.value) + 10 * slope.error for slope in (first, second, both))
    return not abs(first.value + second.value - both.value) > allowed


def _without_derivative(entry: Entry) -> Entry:
    if not np.isfinite(entry.verdict.analytic):
        return entry
    words = "the slopes along two directions do not add up to that along their sum"
    return dataclasses.replace(entry, verdict=dataclasses.replace(entry.verdict, kind="kink", reason=words))


def _badness(verdict: Verdict) -> float:
    error = abs(verdict.analytic - verdict.numeric)
    return float("inf") if np.isnan(error) else error


def _halved(direction: Array, look: Any) -> int:
    """The place, in the flat array, to which halving a direction leads: towards the larger disagreement."""
    places = np.flatnonzero(direction)
    while places.size > 1:
        halves = places[: places.size // 2], places[places.size // 2 :]
        places = max(halves, key=lambda half: _badness(look(_only(direction, half))))
    return int(places[0])


def _only(direction: Array, places: Array) -> Array:
    kept = np.zeros(direction.shape, direction.dtype)
    kept.ravel()[places] = direction.ravel()[places]
    return kept


# --- In words ---------------------------------------------------------------------------------------


def told(failure: Failure) -> GradientError | KinkError:
    """The error to raise."""
    if failure.undecided:
        entry = failure.entries[0]
        lines = [
            f"check_grads: {_subject(failure)}: no derivative to check at this point, entry {entry.place}: "
            + (failure.reason or f"differences give {entry.verdict.numeric:.6g}")
        ]
        if failure.op is not None:
            lines.append(f"  kinks meet here, one of {failure.op.function!r}, called at {failure.line}")
        lines.append(
            f"  the computed one is {entry.verdict.analytic:.6g}; choose a point away from kinks, ties and "
            "the edge of the domain, where the function is smooth and computed well"
        )
        return KinkError("\n".join(lines), failure)
    lines = [f"check_grads: {_subject(failure)}{_fault(failure)}", *_table(failure)]
    if failure.op is not None and failure.op.function == failure.function:
        lines.append("  it is an operation itself: the formula of its derivative is at fault")
    elif failure.op is not None:
        lines.append(f"  the op at fault is {failure.op.function!r}, called at {failure.line}")
        lines.append(f"  checked alone, {_subject(failure.op)}{_fault(failure.op)}")
        lines += _table(failure.op)
    if failure.script:
        lines += ["  to reproduce it:", *(f"    {line}" for line in failure.script.splitlines())]
    return GradientError("\n".join(lines), failure)


def _subject(failure: Failure) -> str:
    order = f"order {failure.order}, " if failure.order > 1 else ""
    if not failure.entries:
        return f"{order}{failure.function!r}"
    return f"{order}{failure.label} of {failure.function!r} (shape {failure.shape}, {failure.dtype})"


def _fault(failure: Failure) -> str:
    return f": the {MODES[failure.mode]} is wrong" if failure.entries else f": {failure.reason}"


def _table(failure: Failure) -> Iterator[str]:
    if not failure.entries:
        return
    yield f"    {'entry':14} {'analytic':>16} {'numeric':>16} {'rel. error':>10}"
    yield from (f"    {entry.row()}" for entry in failure.entries[:SHOWN])
    if failure.looked_at > 1:
        yield f"    {len(failure.entries)} of {failure.looked_at} entries are wrong"
    yield from (f"    {hint}" for hint in (failure.reason, *_hints(failure)) if hint)


def _hints(failure: Failure) -> Iterator[str]:
    """What a pattern in the wrong entries suggests."""
    pairs = [(e.verdict.analytic, e.verdict.numeric) for e in failure.entries]
    if all(n != 0 and np.isfinite(n) and np.isfinite(a) for a, n in pairs):
        ratios = [a / n for a, n in pairs]
        if np.ptp(ratios) <= 1e-4 * abs(ratios[0]) and len(ratios) > 1:
            yield f"analytic / numeric is {ratios[0]:.6g} in all of them: a wrong factor?"
    if any(np.isnan(a) for a, _ in pairs):
        yield "NaN: a division by zero, or 0 · inf, in the VJP; mask its argument as well as its result"
