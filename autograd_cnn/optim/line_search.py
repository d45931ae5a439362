"""A line search that ends where the strong Wolfe conditions hold."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from autograd_cnn.optim.chunks import Array

__all__ = ["Point", "strong_wolfe"]


class Point(NamedTuple):
    """Where a line was looked at: the step, the loss, the gradient, and its slope along the line."""

    step: float
    loss: float
    gradient: Array
    slope: float


def strong_wolfe(
    look: Callable[[float], Point],
    start: Point,
    step: float,
    size: float,
    most: int,
    *,
    decrease: float = 1e-4,
    curvature: float = 0.9,
    smallest_change: float = 1e-9,
) -> tuple[Point, int]:
    """Return a point on a line, and how many points were looked at.

    ``look(step)`` computes one, ``start`` is that of step 0, ``step`` the first to try, ``size`` the largest
    entry of the direction; ``most`` points are looked at after the first. The strong Wolfe conditions:
    loss ≤ start.loss + ``decrease`` · step · start.slope, and |slope| ≤ ``curvature`` · |start.slope|. A
    bracket is found by going on, then narrowed, both by cubic interpolation. Nocedal and Wright, *Numerical
    optimization* (2006), Algorithms 3.5 and 3.6, with the choices of PyTorch.
    """

    def too_high(point: Point) -> bool:
        return point.loss > start.loss + decrease * point.step * start.slope

    def flat(point: Point) -> bool:
        return abs(point.slope) <= -curvature * start.slope

    before, here = start, look(step)
    count = 0
    while count < most:
        if too_high(here) or (count > 1 and here.loss >= before.loss) or (here.slope >= 0 and not flat(here)):
            break
        if flat(here):
            return here, count + 1
        bounds = here.step + 0.01 * (here.step - before.step), here.step * 10
        before, here = here, look(_lowest(before, here, *bounds))
        count += 1
    else:
        before = start  # gave up on a bracket

    low, high = (before, here) if before.loss <= here.loss else (here, before)
    at_edge = False
    while count < most and abs(high.step - low.step) * size >= smallest_change:
        left, right = sorted((low.step, high.step))
        step = _lowest(low, high, left, right)
        margin = 0.1 * (right - left)
        if min(right - step, step - left) >= margin:
            at_edge = False
        elif at_edge or not left < step < right:
            step = right - margin if abs(step - right) < abs(step - left) else left + margin
            at_edge = False
        else:
            at_edge = True
        new = look(step)
        count += 1
        if too_high(new) or new.loss >= low.loss:
            high = new
            continue
        if flat(new):
            return new, count + 1
        if new.slope * (high.step - low.step) >= 0:
            high = low
        low = new
    return low, count + 1


def _lowest(a: Point, b: Point, left: float, right: float) -> float:
    """Where between ``left`` and ``right`` the cubic through two points with their slopes is lowest."""
    if b.step < a.step:
        a, b = b, a
    width = b.step - a.step
    d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / -width if width else math.nan
    square = d1**2 - a.slope * b.slope
    if square >= 0:
        d2 = math.sqrt(square)
        divisor = b.slope - a.slope + 2 * d2
        if divisor:
            return min(max(b.step - width * ((b.slope + d2 - d1) / divisor), left), right)
    return (left + right) / 2
