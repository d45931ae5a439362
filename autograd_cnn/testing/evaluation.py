"""`Evaluation`: a problem at a point, of some order of derivatives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from autograd_cnn.testing.problem import Arrays, Problem

__all__ = ["Evaluation", "evaluated"]


@dataclass(frozen=True)
class Evaluation:
    """A problem, a point, and the outputs there.

    ``scales`` has for each output the size of the numbers that cancel each other in it, as far as they are
    known: 0 for the value of a function, but the gradient of x / x is the difference of two parts, and rounds
    as they do.
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

    def pullback(self, cotangents: Arrays) -> Evaluation:
        """The next order: arguments and cotangents ↦ gradients, at this point and these cotangents."""
        problem = self.problem.pullback(len(self.point))
        return evaluated(problem, [*self.point, *cotangents], self.gradient_scales(cotangents))


def evaluated(problem: Problem, point: Arrays, scales: Sequence[float] | None = None) -> Evaluation:
    """Call the problem's function; it does not get hold of the point itself."""
    outputs = problem.value([x.copy(order="K") for x in point])
    return Evaluation(problem, point, outputs, scales or [0.0] * len(outputs))
