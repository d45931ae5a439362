"""`Evaluation`: a problem at a point, of some order of derivatives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from autograd_cnn.testing.problem import Arrays, Problem
from autograd_cnn.testing.rounding import NEAR, beside, change, quiet

__all__ = ["Evaluation", "evaluated"]

LEAST = 1e-4  # of the point: what is always taken to cancel in a value


@dataclass(frozen=True)
class Evaluation:
    """A problem, a point, and the outputs there.

    ``scales`` has for each output the size of the numbers that cancel each other in it, as far as they are
    known. The gradient of x / x is the difference of two parts, and rounds as they do. Of the value of most
    functions nothing is known, but a ten-thousandth of the point is always taken to cancel: otherwise the
    gradient of x·(x / x) - x, which is nothing but rounding, would have to be right to many digits.
    """

    problem: Problem
    point: Arrays
    outputs: Arrays
    scales: Sequence[float]

    def gradient_scales(self, cotangents: Arrays) -> list[float]:
        """For each argument, |ȳ·y| / |x|: a gradient that is nothing against it may be rounding."""
        sizes = [
            max(float(np.max(np.abs(c * y), initial=0)), scale * float(np.max(np.abs(c), initial=0)))
            for c, y, scale in zip(cotangents, self.outputs, self.scales, strict=True)
        ]
        size = max(sizes) if np.isfinite(sizes).all() else 0.0
        return [size / (float(np.max(np.abs(x), initial=0)) or 1.0) for x in self.point]

    def gradient_noise(self, cotangents: Arrays, gradients: Arrays) -> list[float]:
        """For each argument, by how much its gradient changes where the point changes by rounding.

        A gradient cannot be known better than that: that of a badly conditioned least squares problem has
        few right digits, however it is computed.
        """
        with quiet():
            sides = [
                [self.problem.vjp(beside(self.point, units), cotangents) for units in side] for side in NEAR
            ]
        return [
            change(gradient, [[moved[number] for moved in side] for side in sides])
            for number, gradient in enumerate(gradients)
        ]

    def pullback(self, cotangents: Arrays) -> Evaluation:
        """The next order: arguments and cotangents ↦ gradients, at this point and these cotangents."""
        problem = self.problem.pullback(len(self.point))
        return evaluated(problem, [*self.point, *cotangents], self.gradient_scales(cotangents))


def evaluated(problem: Problem, point: Arrays, scales: Sequence[float] | None = None) -> Evaluation:
    """Call the problem's function; it does not get hold of the point itself."""
    outputs = problem.value([x.copy(order="K") for x in point])
    if scales is None:
        least = LEAST * max((float(np.max(np.abs(x), initial=0)) for x in point), default=0.0)
        scales = [max(least, noise) for noise in _noise(problem, point, outputs)]
    return Evaluation(problem, point, outputs, scales)


def _noise(problem: Problem, point: Arrays, outputs: Arrays) -> Iterator[float]:
    """For each output that is nothing but rounding, about the size of the numbers that it comes from.

    It is one if units in the last place of the point change it by more than 250 times as many of its own.
    """
    with quiet():
        sides = [problem.value(beside(point, units)) for units in (-4, 4)]
    precision = max((float(np.finfo(x.dtype).eps) for x in point), default=1.0)
    for y, *moved in zip(outputs, *sides, strict=True):
        size = change(y, [[there] for there in moved]) / (1000 * precision)
        yield size if size > float(np.max(np.abs(y), initial=0)) else 0.0
