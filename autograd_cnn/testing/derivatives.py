"""Reverse and forward mode compared with sampling, along random directions or entry by entry."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from autograd_cnn.testing.evaluation import Evaluation
from autograd_cnn.testing.judgement import Tolerances, Verdict, confirms, judge
from autograd_cnn.testing.line import Line, inner
from autograd_cnn.testing.problem import Array, Arrays, Problem

__all__ = ["Fault", "Pulled", "Setting", "adjoint", "disagreements", "moving", "normal", "units"]


Pulled: TypeAlias = tuple[Arrays, Arrays]  # cotangents and their gradients; none if these are not wanted


@dataclass(frozen=True)
class Setting:
    """What a check compares, and how closely; ``full`` takes every entry instead of random directions."""

    modes: tuple[str, ...]
    directions: int
    full: bool
    tolerances: Tolerances


@dataclass(frozen=True)
class Fault:
    """A derivative that sampling does not confirm.

    ``derivative``, at any point and of any cotangents, gives the derivative that is computed along any
    direction of argument ``number``.
    """

    mode: str
    number: int
    direction: Array
    cotangents: Arrays
    derivative: Callable[[Arrays, Arrays], Callable[[Array], float]]
    verdict: Verdict


def disagreements(
    evaluation: Evaluation,
    setting: Setting,
    generator: np.random.Generator,
    known: Pulled | None,
) -> Iterator[Fault]:
    """The derivatives that are not right, as they are found; ``known`` are gradients that need no VJP."""
    problem, point = evaluation.problem, evaluation.point
    if known and not setting.full:
        pulled = [known]
    else:
        pulled = [
            (cotangents, problem.vjp(point, cotangents) if "rev" in setting.modes else [])
            for cotangents in _cotangents(evaluation.outputs, setting.full, generator)
        ]
    tolerances = setting.tolerances
    for directions in _directions(point, setting, generator):
        lines = {number: Line(evaluation, {number: u}, tolerances.step) for number, u in directions.items()}
        if "rev" in setting.modes:
            confirmed = _confirmed(evaluation, lines, pulled, tolerances)
            for number, line in lines.items():
                if number not in confirmed:
                    values = [_product(gradients[number], directions[number]) for _, gradients in pulled]
                    yield from _faults("rev", line, number, pulled, values, tolerances)
        if "fwd" in setting.modes:
            if "rev" in setting.modes:
                together = problem.jvp(point, moving(point, directions))
                if adjoint(together, directions, pulled, tolerances.relative):
                    continue  # sampling has been asked already
            for number, line in lines.items():
                pushed = problem.jvp(point, moving(point, line.directions))
                values = [inner(cotangents, pushed) for cotangents, _ in pulled]
                yield from _faults("fwd", line, number, pulled, values, tolerances)


def _confirmed(
    evaluation: Evaluation, lines: Mapping[int, Line], pulled: Sequence[Pulled], tolerances: Tolerances
) -> Collection[int]:
    """The arguments that one line, along which they all move, finds right; none, or at least two.

    Each moves by its own step. Those without a gradient are not among them: what is missing may be less than
    what the others are allowed to be off. So a Transformer is checked in half the time.
    """
    widest = max((line.step for line in lines.values()), default=0.0)
    directions = {
        number: line.directions[number] * (line.step / widest)
        for number, line in lines.items()
        if all(np.any(gradients[number] * line.directions[number]) for _, gradients in pulled)
    }
    if len(directions) < 2 or tolerances.absolute is not None:
        return ()
    line = Line(evaluation, directions, widest)
    for cotangents, gradients in pulled:
        value = sum(_product(gradients[number], u) for number, u in directions.items())
        least = min(terms(gradients[number], u) for number, u in directions.items())
        if not confirms(line, cotangents, value, least, tolerances):
            return ()
    return directions.keys()


def _faults(
    mode: str,
    line: Line,
    number: int,
    pulled: Sequence[Pulled],
    values: Sequence[float],
    tolerances: Tolerances,
) -> Iterator[Fault]:
    """What sampling along a line does not confirm of the values that are computed for each cotangent."""
    direction = line.directions[number]
    derivative = partial(_reverse if mode == "rev" else _forward, line.problem, number)
    for (cotangents, gradients), value in zip(pulled, values, strict=True):
        if mode == "fwd" and math.isnan(value) and _is_infinite(gradients, besides=number):
            continue  # the others stand still, and 0 · inf is NaN; what is infinite is told where it moves
        size = terms(gradients[number], direction) if gradients else 0.0
        verdict = judge(line, cotangents, value, size, tolerances)
        if verdict.kind != "right":
            yield Fault(mode, number, direction, cotangents, derivative, verdict)


def adjoint(pushed: Arrays, directions: dict[int, Array], pulled: Sequence[Pulled], relative: float) -> bool:
    """Whether ⟨ȳ, J u⟩ is ⟨x̄, u⟩ where all arguments move at once, to less than the part of each of them.

    One product with the Jacobian tells of all arguments; one for each took half the time of checking a layer
    with many parameters.
    """
    for cotangents, gradients in pulled:
        backward = sum(_product(gradients[number], u) for number, u in directions.items())
        sizes = [terms(gradients[number], u) for number, u in directions.items()]
        least = min((size for size in sizes if size), default=0.0)
        if not abs(inner(cotangents, pushed) - backward) <= relative * least:
            return False
    return True


def _is_infinite(gradients: Arrays, besides: int) -> bool:
    return any(not np.isfinite(g).all() for number, g in enumerate(gradients) if number != besides)


def _reverse(problem: Problem, number: int, point: Arrays, cotangents: Arrays) -> Callable[[Array], float]:
    """⟨x̄, u⟩ as a function of u."""
    gradient = problem.vjp(point, cotangents)[number]
    return lambda direction: _product(gradient, direction)


def _product(gradient: Array, direction: Array) -> float:
    # Entries that stand still do not count, whatever their derivative (0 · inf is NaN).
    moving = direction != 0
    return inner([gradient[moving]], [direction[moving]])


def _forward(problem: Problem, number: int, point: Arrays, cotangents: Arrays) -> Callable[[Array], float]:
    """⟨ȳ, J u⟩ as a function of u."""

    def along(direction: Array) -> float:
        return inner(cotangents, problem.jvp(point, moving(point, {number: direction})))

    return along


def moving(point: Arrays, directions: Mapping[int, Array]) -> list[Array]:
    """Tangents of a point of which some arguments move."""
    return [
        directions[number].astype(x.dtype) if number in directions else np.zeros_like(x)
        for number, x in enumerate(point)
    ]


def terms(gradient: Array, direction: Array) -> float:
    """The size of ⟨x̄, u⟩ that one expects of its terms: the root of their squares."""
    products = np.abs(gradient * direction)[direction != 0]
    return float(np.sqrt(np.sum(np.square(products, dtype=float))))


def _cotangents(outputs: Arrays, full: bool, generator: np.random.Generator) -> Iterator[list[Array]]:
    if not full:
        yield [normal(y, generator) for y in outputs]
        return
    for place, output in enumerate(outputs):
        for unit in units(output):
            yield [unit if k == place else np.zeros_like(y) for k, y in enumerate(outputs)]


def _directions(
    point: Arrays, setting: Setting, generator: np.random.Generator
) -> Iterator[dict[int, Array]]:
    """Directions, by the number of their argument: of all arguments at once, or entry by entry."""
    if setting.full:
        yield from ({number: unit} for number, x in enumerate(point) for unit in units(x))
        return
    for _ in range(setting.directions):
        drawn = {number: normal(x, generator) for number, x in enumerate(point) if x.size}
        yield {n: np.asarray(u / np.linalg.norm(u.ravel())) for n, u in drawn.items()}


def units(like: Array, only: int | None = None) -> Iterator[Array]:
    """The unit vectors of the space of an array, real and, if it is complex, imaginary ones.

    ``only`` is a place in the flat array: those of that entry.
    """
    for place in range(like.size) if only is None else (only,):
        for unit in (1, 1j) if like.dtype.kind == "c" else (1,):
            direction = np.zeros(like.shape, like.dtype)
            direction.ravel()[place] = unit
            yield direction


def normal(like: Any, generator: np.random.Generator) -> Array:
    """Standard normal numbers of the shape and dtype of ``like``."""
    numbers = generator.standard_normal(like.shape)
    if like.dtype.kind == "c":
        numbers = numbers + 1j * generator.standard_normal(like.shape)
    return np.asarray(numbers).astype(like.dtype)
