"""What must hold of derivatives besides their values: properties that need no finite differences."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from autograd_cnn.testing.derivatives import Pulled, adjoint, moving, normal
from autograd_cnn.testing.evaluation import Evaluation
from autograd_cnn.testing.line import inner
from autograd_cnn.testing.problem import Array, Arrays
from autograd_cnn.testing.rounding import ROUNDING

__all__ = ["Violations"]


@dataclass
class Violations:
    """What does not hold, each in words: properties of the value and, by mode, of VJPs and JVPs.

    They are: repeated calls give the same bits; neither arguments nor cotangents are written to; gradients
    have the shapes and dtypes of the arguments; the VJP is linear in its cotangent; an unused output's
    cotangent may be left out; all ways to compute the VJP agree; forward and reverse mode are adjoint,
    Re⟨ȳ, J u⟩ = Re⟨x̄, u⟩. After the last, ``pulled`` is the gradients that were looked at, with their
    cotangents, and ``adjoint`` whether forward mode was looked at, and is.
    """

    evaluation: Evaluation
    modes: tuple[str, ...]
    generator: np.random.Generator
    nondeterminism: float = 0.0
    unused_outputs: bool = True
    pulled: Pulled = field(default=((), ()), init=False)
    adjoint: bool = field(default=False, init=False)

    def __iter__(self) -> Iterator[str]:
        problem, point, outputs = self.evaluation.problem, self.evaluation.point, self.evaluation.outputs
        given = [x.copy(order="K") for x in point]  # sums round by the order of memory
        again = problem.value(given)
        cotangents, others = ([normal(y, self.generator) for y in outputs] for _ in range(2))
        handed = [c.copy() for c in cotangents]
        gradients = problem.vjp(given, handed)
        self.pulled = cotangents, gradients
        for number, (x, now) in enumerate(zip(point, given, strict=True)):
            if not np.array_equal(x, now, equal_nan=True):
                yield f"{problem.label(number)} is written to; copy what you change"
        yield from _repeated("the value", outputs, again, self.nondeterminism)
        for number, (x, gradient) in enumerate(zip(point, gradients, strict=True)):
            if gradient.shape != x.shape or gradient.dtype != x.dtype:
                yield (
                    f"{problem.label(number)}: expected a gradient of shape {x.shape}, {x.dtype}, "
                    f"got {gradient.shape}, {gradient.dtype}"
                )
                return
        for number, (before, after) in enumerate(zip(cotangents, handed, strict=True)):
            if not np.array_equal(before, after):
                yield f"the cotangent of output {number} is written to; copy what you change"
        yield from _repeated("the VJP", gradients, problem.vjp(point, cotangents), self.nondeterminism)
        if not all(np.isfinite(g).all() for g in gradients):
            return  # told by the comparison with finite differences
        compared = _Compared(self.evaluation, cotangents, others, gradients)
        yield from compared.linearity()
        if self.unused_outputs and len(outputs) > 1:
            yield from compared.left_out()
        for way, found in problem.other_vjps(point, cotangents):
            yield from compared.agreement(f"the VJP with {way}, and without,", gradients, found)
        if "fwd" in self.modes:
            self.adjoint = yield from compared.adjointness(self.generator)


def _repeated(what: str, first: Arrays, second: Arrays, tolerance: float) -> Iterator[str]:
    for place, (a, b) in enumerate(zip(first, second, strict=True)):
        if not np.allclose(a, b, rtol=0, atol=tolerance, equal_nan=True):
            yield (
                f"{what} (part {place}) is not repeatable: two calls differ by up to "
                f"{np.max(np.abs(a - b)):.3g}; seed its random numbers inside the function"
            )


@dataclass(frozen=True)
class _Compared:
    """The gradients of an evaluation at some cotangents, beside what must equal them but for rounding.

    ``others`` are cotangents to combine with those.
    """

    evaluation: Evaluation
    cotangents: Arrays
    others: Arrays
    gradients: Arrays

    @cached_property
    def floors(self) -> list[float]:
        both = (self.evaluation.gradient_scales(c) for c in (self.cotangents, self.others))
        return [max(sizes) for sizes in zip(*both, strict=True)]

    @cached_property
    def noise(self) -> list[float]:
        """It takes twelve more VJPs, and is only asked for what would be called wrong without it."""
        both = ((self.cotangents, self.gradients), (self.others, self.pulled))
        noises = (self.evaluation.gradient_noise(*each) for each in both)
        return [max(sizes) for sizes in zip(*noises, strict=True)]

    @cached_property
    def pulled(self) -> Arrays:
        """The gradients at the other cotangents."""
        return self.evaluation.problem.vjp(self.evaluation.point, self.others)

    def rounds(self, gap: float, number: int, precision: float, size: float, weight: float = 1.0) -> bool:
        """Whether a gap at an argument may be rounding: of numbers of that size, or of the point."""
        return gap <= 1e5 * precision * (size + self.floors[number] * weight) or (
            gap <= ROUNDING * self.noise[number] * weight
        )

    def linearity(self) -> Iterator[str]:
        problem, point = self.evaluation.problem, self.evaluation.point
        mixed = [
            (2 * a - 0.75 * b).astype(a.dtype) for a, b in zip(self.cotangents, self.others, strict=True)
        ]
        yield from self.agreement(
            "the VJP of 2·a - b·3/4, and 2·VJP(a) - VJP(b)·3/4,",
            problem.vjp(point, mixed),
            [2 * a - 0.75 * b for a, b in zip(self.gradients, self.pulled, strict=True)],
        )

    def left_out(self) -> Iterator[str]:
        problem, point = self.evaluation.problem, self.evaluation.point
        for place in range(len(self.cotangents)):
            zeros: list[Any] = [np.zeros_like(c) if k == place else c for k, c in enumerate(self.cotangents)]
            left_out: list[Any] = [None if k == place else c for k, c in enumerate(self.cotangents)]
            with_zeros = problem.vjp(point, zeros)
            if all(np.isfinite(g).all() for g in with_zeros):
                yield from self.agreement(
                    f"the VJP with output {place} unused, and with a cotangent of zeros for it,",
                    problem.vjp(point, left_out),
                    with_zeros,
                )

    def agreement(self, what: str, first: Arrays, second: Arrays) -> Iterator[str]:
        label = self.evaluation.problem.label
        largest = max((float(np.max(np.abs(a), initial=0)) for a in (*first, *second)), default=0.0)
        for number, (a, b) in enumerate(zip(first, second, strict=True)):
            if a.shape != b.shape:
                yield f"{what} differ in shape at {label(number)}: {a.shape} and {b.shape}"
            elif a.size and not self.rounds((gap := np.abs(a - b)).max(), number, _precision(a, b), largest):
                index = np.unravel_index(int(np.argmax(np.nan_to_num(gap, nan=np.inf))), a.shape)
                yield (
                    f"{what} differ at {label(number)}, entry {[int(i) for i in index]}: "
                    f"{a[index]:.9g} and {b[index]:.9g}"
                )

    def adjointness(self, generator: np.random.Generator) -> Generator[str, None, bool]:
        problem, point, outputs = self.evaluation.problem, self.evaluation.point, self.evaluation.outputs
        directions = {number: normal(x, generator) for number, x in enumerate(point) if x.size}
        together = problem.jvp(point, moving(point, directions))
        for place, (tangent, output) in enumerate(zip(together, outputs, strict=True)):
            if tangent.shape != output.shape:
                yield (
                    f"forward mode: expected a tangent of shape {output.shape} for output {place}, "
                    f"got {tangent.shape}"
                )
                return False
        precision = _precision(*point, *outputs)
        if adjoint(together, directions, [(self.cotangents, self.gradients)], 1e5 * precision):
            return True
        for number, direction in directions.items():
            pushed = problem.jvp(point, moving(point, {number: direction}))
            gradient = self.gradients[number]
            back, forth = inner([gradient], [direction]), inner(self.cotangents, pushed)
            size = float(np.sum(np.abs(gradient * direction))) + sum(
                float(np.sum(np.abs(c * t))) for c, t in zip(self.cotangents, pushed, strict=True)
            )
            weight = float(np.sum(np.abs(direction)))
            if not self.rounds(abs(back - forth), number, _precision(point[number], *outputs), size, weight):
                yield (
                    f"forward and reverse mode are not adjoint at {problem.label(number)}: Re⟨x̄, u⟩ is "
                    f"{back:.9g}, Re⟨ȳ, J u⟩ is {forth:.9g}"
                )
        return False


def _precision(*arrays: Array) -> float:
    return max(float(np.finfo(a.dtype).eps) for a in arrays)
