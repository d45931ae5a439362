"""Reverse and forward mode compared with sampling, along random directions or entry by entry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from autograd_cnn.testing.evaluation import Evaluation
from autograd_cnn.testing.judgement import Tolerances, Verdict, judge
from autograd_cnn.testing.line import Line, inner
from autograd_cnn.testing.problem import Array, Arrays, Problem

__all__ = ["Fault", "Setting", "disagreements", "normal", "units"]


Derivative: TypeAlias = Callable[[Problem, int, Arrays, Arrays], Callable[[Array], float]]


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
    evaluation: Evaluation, setting: Setting, generator: np.random.Generator
) -> Iterator[Fault]:
    """The derivatives that are not right, as they are found."""
    problem, point = evaluation.problem, evaluation.point
    pulled = [
        (cotangents, problem.vjp(point, cotangents) if "rev" in setting.modes else None)
        for cotangents in _cotangents(evaluation.outputs, setting.full, generator)
    ]
    for number, x in enumerate(point):
        for direction in _directions(x, setting, generator):
            line = Line(evaluation, number, direction, setting.tolerances.step)
            pushed = None
            if "fwd" in setting.modes:
                pushed = problem.jvp(point, moving(point, number, direction))
            for cotangents, gradients in pulled:
                size = 0.0 if gradients is None else terms(gradients[number], direction)
                computed: list[tuple[str, float, Derivative]] = []
                if gradients is not None:
                    computed.append(("rev", _product(gradients[number], direction), _reverse))
                if pushed is not None:
                    computed.append(("fwd", inner(cotangents, pushed), _forward))
                for mode, value, derivative in computed:
                    verdict = judge(line, cotangents, value, size, setting.tolerances)
                    if verdict.kind != "right":
                        along = partial(derivative, problem, number)
                        yield Fault(mode, number, direction, cotangents, along, verdict)


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
        return inner(cotangents, problem.jvp(point, moving(point, number, direction)))

    return along


def moving(point: Arrays, number: int, direction: Array) -> list[Array]:
    """Tangents of a point of which one argument moves."""
    tangents = [np.zeros_like(x) for x in point]
    tangents[number] = direction.astype(point[number].dtype)
    return tangents


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


def _directions(x: Array, setting: Setting, generator: np.random.Generator) -> Iterator[Array]:
    if setting.full:
        yield from units(x)
        return
    for _ in range(setting.directions if x.size else 0):
        direction = normal(x, generator)
        yield np.asarray(direction / np.linalg.norm(direction.ravel()))


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
