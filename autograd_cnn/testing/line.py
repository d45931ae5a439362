"""Derivatives by sampling: a function looked at along a line through a point.

The function is s(t) = Re⟨ȳ, f(x + t·u)⟩, a number for each t. Away from kinks, central differences of two
step sizes, extrapolated (L. F. Richardson, 1911), have an error O(h⁴) + O(ε/h), least near h = ε^(1/5);
where f computes with complex numbers and is analytic, Im s(ih)/h has none but rounding (W. Squire and
G. Trapp, *Using complex variables to estimate derivatives of real functions*, 1998).
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from autograd_cnn.testing.evaluation import Evaluation
from autograd_cnn.testing.problem import Array, Arrays
from autograd_cnn.testing.rounding import NEAR, beside, change, quiet

__all__ = ["Line", "Slope", "inner"]

STEPS = 10  # how many step sizes are tried when the first answer is in doubt


class Slope(NamedTuple):
    """A derivative found by sampling, and about how far off it may be.

    ``spread`` is what the last extrapolation changed, and rounding: certainly larger than the error.
    """

    value: float
    error: float
    spread: float = 0.0


class Line:
    """The values of a problem at x + t·u; ``directions`` has u by the number of the argument that moves.

    Arguments that are not in it stand still.
    """

    def __init__(
        self, evaluation: Evaluation, directions: Mapping[int, Array], step: float | None = None
    ) -> None:
        self.problem, self.point, self.scales = evaluation.problem, evaluation.point, evaluation.scales
        self.directions = directions
        self.precision = max(float(np.finfo(array.dtype).eps) for array in self.point)
        base = 1.35 * self.precision**0.2  # 1e-3 in float64, 0.055 in float32
        moved = np.abs(np.concatenate([x for x, _ in self._moving()])).astype(float)
        self.size = _finite(np.sqrt(np.mean(np.square(moved)))) if moved.size else 1.0
        self.step = step or base * min(max(self.size, 0.1), 100.0)
        self.widest = step or base * max(self.size, 0.1)
        self.base = base
        self._seen: dict[float, Arrays] = {0.0: evaluation.outputs}

    def _moving(self) -> Iterator[tuple[Array, Array]]:
        """The entries that move, and are not 0, of each argument, and their directions."""
        for number, u in self.directions.items():
            x = self.point[number]
            counts = (u != 0) & (x != 0)
            yield x[counts], u[counts]

    @cached_property
    def tiniest(self) -> float:
        """The least t at which an entry is 0 or twice as large."""
        reached = [np.abs(x).astype(float) / np.abs(u).astype(float) for x, u in self._moving()]
        return _finite(min((np.min(t) for t in reached if t.size), default=1.0))

    @cached_property
    def steps(self) -> list[float]:
        """When the first step is in doubt: from a part of large numbers down to that of the tiniest."""
        narrowest = min(self.widest * 4.0**-8, self.base * self.tiniest)
        return [float(h) for h in np.geomspace(self.widest, narrowest, STEPS)]

    def outputs(self, t: float) -> Arrays:
        """The outputs at x + t·u."""
        if t not in self._seen:
            self._seen[t] = self._at(self.point, t)
        return self._seen[t]

    def _at(self, point: Arrays, t: complex) -> list[Array]:
        arguments = [np.array(x) for x in point]
        for number, direction in self.directions.items():
            moved = arguments[number] + t * direction
            arguments[number] = moved if isinstance(t, complex) else moved.astype(arguments[number].dtype)
        with quiet():  # a step may leave the function's domain
            return self.problem.value(arguments)

    def along(self, cotangents: Arrays, t: float) -> float:
        """s(t)."""
        return inner(cotangents, self.outputs(t))

    def magnitude(self, cotangents: Arrays) -> float:
        """How fast s varies over a tenth of the size of x: what a derivative is called small against."""
        far = 0.1 * self.size
        sizes = [_terms(cotangents, self.outputs(t)) for t in (-far, 0.0, far)]
        return max((size for size in sizes if np.isfinite(size)), default=0.0) / self.size

    def noise(self, cotangents: Arrays, h: float, roughness: float = 0.0) -> float:
        """What rounding may make of a difference quotient: a hundred units in the last place of f."""
        size = max(_terms(cotangents, self.outputs(h)), self.cancelled(cotangents), roughness)
        return 100 * self.precision * size / abs(h)

    def cancelled(self, cotangents: Arrays) -> float:
        """The size of the numbers that cancel each other in s, as far as they are known."""
        sizes = zip(cotangents, self.scales, strict=True)
        return sum(scale * float(np.sum(np.abs(c))) for c, scale in sizes)

    def roughness(self, cotangents: Arrays) -> float:
        """The size of the numbers of which ten units in the last place are the noise seen in s.

        It is above that of s where f is computed with less precision than its arguments have, or loses
        some. Differences of fourth order, of points a few roundings apart, leave nothing but noise, whose
        variance is 4!² / 8! of their mean square (J. J. Moré and S. M. Wild, *Estimating computational
        noise*, 2011, section 2). Each side is looked at alone, and the smoother one counts, unless s hardly
        changes there: at a kink or a jump both are smooth.
        """
        deviation = min(self._deviation(cotangents, side) for side in (-1, 1))
        return _finite(deviation, 0.0) / (10 * self.precision)

    def _deviation(self, cotangents: Arrays, side: int) -> float:
        """That of the noise on a side; infinity if s hardly changes there."""
        spacing = 64 * self.precision * self.tiniest
        while spacing < 1e-2 * self.tiniest:
            values = [self.along(cotangents, side * place * spacing) for place in range(1, 13)]
            if np.count_nonzero(np.diff(values)) >= 6:  # otherwise all fall into a few steps of f
                return _finite(np.sqrt(np.mean(np.square(np.diff(values, 4))) / 70), 0.0)
            spacing *= 10
        return float("inf")

    # --- Slopes -----------------------------------------------------------------------------------

    def central(self, cotangents: Arrays, h: float) -> float:
        """D(h) = (s(h) - s(-h)) / 2h."""
        return (self.along(cotangents, h) - self.along(cotangents, -h)) / (2 * h)

    def slope(self, cotangents: Arrays, h: float | None = None, roughness: float = 0.0) -> Slope:
        """s'(0) = (4 D(h/2) - D(h)) / 3, of central differences D."""
        h = h or self.step
        wide, narrow = self.central(cotangents, h), self.central(cotangents, h / 2)
        value = (4 * narrow - wide) / 3
        noise, change = self.noise(cotangents, h, roughness), abs(value - narrow)
        # The extrapolation is far better than the step before it, if that was any good.
        return Slope(value, 0.02 * change + noise, change + noise)

    def refined(self, cotangents: Arrays, roughness: float) -> Slope:
        """The best of the slopes at many step sizes, the widest being that for the noise that is seen."""
        expected = max(_terms(cotangents, self.outputs(0.0)), self.cancelled(cotangents))
        widest = self.steps[0] * (roughness / (expected or 1.0)) ** 0.2
        steps = [widest, *self.steps] if self.steps[0] < widest < self.size else self.steps
        return _best(self.slope(cotangents, h, roughness) for h in reversed(steps))

    def sides(self, cotangents: Arrays, roughness: float) -> tuple[Slope, Slope]:
        """The slopes to the left and to the right, from parabolas through three points each side."""

        def one_sided(h: float) -> Slope:
            start, middle, end = (self.along(cotangents, t) for t in (0.0, h / 2, h))
            value = (4 * middle - 3 * start - end) / h
            straight = (end - start) / h
            noise, change = 4 * self.noise(cotangents, h, roughness), abs(value - straight)
            return Slope(value, 0.1 * change + noise, change + noise)

        left, right = (_best(one_sided(sign * h) for h in reversed(self.steps)) for sign in (-1, 1))
        return left, right

    def aligned(self, cotangents: Arrays) -> list[Array]:
        """The cotangents, turned so that the slope of s grows at each kink: ȳ in the direction of s''.

        A sum of derivatives that are each between the slopes of both sides is then between their sums.
        """
        here, left, right = (self.outputs(t) for t in (0.0, -self.step, self.step))
        turned = []
        for c, middle, before, after in zip(cotangents, here, left, right, strict=True):
            bend = before - 2 * middle + after
            size = np.abs(bend)
            known = (size > 0) & np.isfinite(size)
            turned.append(np.where(known, np.abs(c) * bend / np.where(known, size, 1), c).astype(c.dtype))
        return turned

    def jumps(self, cotangents: Arrays, roughness: float) -> bool:
        """Whether s is discontinuous at 0: the difference of both sides does not shrink with the step."""
        narrow, wider = (
            abs(self.along(cotangents, h) - self.along(cotangents, -h)) for h in self.steps[:-3:-1]
        )
        return narrow > 0.5 * wider and narrow > self.noise(cotangents, 1.0, roughness)

    def complex_slope(self, cotangents: Arrays, near: Slope) -> Slope | None:
        """s'(0) = Im s(ih) / h, or None where f does not take complex numbers or is not analytic."""
        if not self.problem.complex_step or any(x.dtype != np.float64 for x in self.point):
            return None
        columns = self._imaginary_columns
        if not columns:
            return None
        value = inner(cotangents, columns)
        terms = sum(float(np.sum(np.abs(c) * np.abs(dy))) for c, dy in zip(cotangents, columns, strict=True))
        if not abs(value - near.value) <= near.error + 1e-6 * terms:
            return None  # abs, a comparison, .real: not analytic
        # Where f is 0, but not analytic, like the angle of a positive number, the square of the step is seen.
        return Slope(value, 1e-10 * terms + self.precision * self.cancelled(cotangents) / self.size)

    def complex_noise(self, cotangents: Arrays, value: float) -> float:
        """How far the value of the complex step changes where the point changes by rounding."""

        def there(units: int) -> float:
            columns = self._imaginary_step(beside(self.point, units))
            return inner(cotangents, columns) if columns else value

        return change(value, [[there(units) for side in NEAR for units in side]])

    @cached_property
    def _imaginary_columns(self) -> list[Array]:
        return self._imaginary_step(self.point)

    def _imaginary_step(self, point: Arrays) -> list[Array]:
        """The derivative of each output at a point, or none if f does not take complex numbers."""
        step = 1e-20 * self.step
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", np.exceptions.ComplexWarning)  # a discarded imaginary part
                outputs = self._at(point, 1j * step)
            same = [
                y.dtype == np.complex128 and y.shape == there.shape
                for y, there in zip(outputs, self.outputs(0.0), strict=True)
            ]
        except Exception:  # whatever a function raises for numbers that it does not take
            return []
        return [np.imag(y) / step for y in outputs] if all(same) else []


def _finite(size: Any, otherwise: float = 1.0) -> float:
    return float(size) if 0 < size < np.inf else otherwise


def _best(slopes: Iterable[Slope]) -> Slope:
    """The slope with the least error, of steps from the narrowest up to where they begin to disagree.

    Wide steps may look beyond a kink or a pole, and agree with each other there (O. V. Lepski's rule for
    the choice of a bandwidth, 1990). NaN if there is none.
    """
    best = Slope(float("nan"), float("inf"))
    for slope in slopes:
        if not (np.isfinite(slope.value) and np.isfinite(slope.spread)):
            continue
        if abs(slope.value - best.value) > 3 * (slope.spread + best.spread):
            break
        if slope.error < best.error:
            best = slope
    return best


def inner(a: Sequence[Any], b: Sequence[Any]) -> float:
    """Re⟨a, b⟩, of lists of arrays."""
    return sum(_product(x, y, _wide(x, y)) for x, y in zip(a, b, strict=True))


def _product(x: Any, y: Any, dtype: type) -> float:
    # A fifth of what the sum of the products takes, and inf - inf is NaN without a warning.
    return float(np.vdot(x.astype(dtype, copy=False), y.astype(dtype, copy=False)).real)


def _terms(a: Arrays, b: Arrays) -> float:
    return sum(float(np.sum(np.abs(x) * np.abs(y))) for x, y in zip(a, b, strict=True))


def _wide(*arrays: Any) -> type:
    return complex if any(array.dtype.kind == "c" for array in arrays) else float
