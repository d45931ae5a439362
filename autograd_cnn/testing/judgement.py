"""A derivative along one line judged: right, wrong, or at a kink, where there is none."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from autograd_cnn.testing.line import Line, Slope
from autograd_cnn.testing.problem import Arrays
from autograd_cnn.testing.rounding import ROUNDING

__all__ = ["Tolerances", "Verdict", "confirms", "judge"]

EXACT = 1e-10  # of its terms: how near a derivative is to the complex step


@dataclass(frozen=True)
class Tolerances:
    """How near is right: ``relative`` to the size of what is compared, and ``absolute``.

    The rounding error of the differences is allowed for beside it when ``absolute`` is None.
    """

    relative: float
    absolute: float | None = None
    step: float | None = None
    complex_step: bool = True


@dataclass(frozen=True)
class Verdict:
    """What sampling says of one derivative.

    It is ``"outside"`` if it is at a kink, but not between the slopes of both sides: wrong for one kink, but
    several that meet may add up so.
    """

    kind: Literal["right", "wrong", "outside", "kink", "uncertain"]
    analytic: float
    numeric: float
    reason: str = ""

    @property
    def undecided(self) -> bool:
        """Whether nothing is known to be wrong: there is no derivative, or sampling cannot tell."""
        return self.kind in ("kink", "uncertain")

    @property
    def relative_error(self) -> float:
        """|analytic - numeric| / max(|analytic|, |numeric|); 1 if one of them is not finite."""
        if not (math.isfinite(self.analytic) and math.isfinite(self.numeric)):
            return 1.0
        size = max(abs(self.analytic), abs(self.numeric))
        return abs(self.analytic - self.numeric) / size if size else 0.0


def judge(line: Line, cotangents: Arrays, analytic: float, size: float, tolerances: Tolerances) -> Verdict:
    """Compare a derivative along a line with what sampling finds; ``size`` is that of its typical terms.

    A central difference settles almost every case. If it does not agree, the function is looked at more and
    more closely: at other step sizes, then on each side alone. So a kink that is merely near disturbs
    nothing, and one at the point itself is told from a wrong derivative.
    """
    size = size if math.isfinite(size) else 0.0
    if tolerances.absolute is None:
        near = Slope(line.central(cotangents, line.step / 2), 0.0)
        exact = line.complex_slope(cotangents, near) if tolerances.complex_step else None
        if _agree(analytic, exact, near, size, 0.0, tolerances):
            return Verdict("right", analytic, near.value)
    first = line.slope(cotangents)
    exact = line.complex_slope(cotangents, first) if tolerances.complex_step else None
    if _agree(analytic, exact, first, size, 0.0, tolerances):
        return Verdict("right", analytic, first.value)
    # Is it nothing, but for rounding, compared with how the function varies?
    floor = line.magnitude(cotangents)
    if _agree(analytic, exact, first, size, floor, tolerances):
        return Verdict("right", analytic, first.value)
    if exact is not None:
        noise = line.complex_noise(cotangents, exact.value)
        if abs(analytic - exact.value) <= ROUNDING * noise:
            return Verdict("right", analytic, exact.value)
    roughness = line.roughness(cotangents)
    best = line.refined(cotangents, roughness)
    if exact is not None and _agree(analytic, None, first, size, floor, tolerances):
        # A part of f that is not analytic may be too small to be noticed in the complex step, and yet count.
        if abs(analytic - best.value) <= best.error < abs(exact.value - best.value):
            return Verdict("right", analytic, best.value)
        return Verdict("wrong", analytic, exact.value, "by the complex step, which has no error of its own")
    cancelled = line.cancelled(cotangents) / line.size
    if _agree(analytic, exact, best, size, floor, tolerances, cancelled):
        return Verdict("right", analytic, best.value)
    if line.jumps(cotangents, roughness):
        return Verdict("kink", analytic, best.value, "the function jumps here")
    sides = line.sides(cotangents, roughness)
    # Differences of both sides are far off where the second derivative jumps, such as that of x·|x|.
    if all(_agree(analytic, exact, side, size, floor, tolerances, cancelled) for side in sides):
        return Verdict("right", analytic, best.value)
    return _at_a_kink(*sides, analytic, best) or _without_a_kink(analytic, best)


def confirms(line: Line, cotangents: Arrays, analytic: float, least: float, tolerances: Tolerances) -> bool:
    """Whether sampling agrees to a part of ``least``, with no error allowed for.

    If not, nothing is known yet: that is for `judge`.
    """
    near = Slope(line.central(cotangents, line.step / 2), 0.0)
    exact = line.complex_slope(cotangents, near) if tolerances.complex_step else None
    if exact is not None:
        return abs(analytic - exact.value) <= EXACT * least
    allowed = tolerances.relative * least
    return abs(analytic - near.value) <= allowed or abs(analytic - line.slope(cotangents).value) <= allowed


def _agree(
    analytic: float,
    exact: Slope | None,
    sampled: Slope,
    size: float,
    floor: float,
    tolerances: Tolerances,
    cancelled: float = 0.0,
) -> bool:
    """Whether a derivative is as near to the complex step, or else to finite differences, as it has to be.

    The error of differences is allowed for as long as it is small against the function, or against what
    cancels each other in it.
    """
    nearest = exact or sampled
    if tolerances.absolute is not None:
        allowed = tolerances.absolute + tolerances.relative * abs(nearest.value)
    elif exact is not None:
        allowed = exact.error + EXACT * (size + floor)
    else:
        scale = max(abs(sampled.value), size, 1e-5 * floor)
        allowed = tolerances.relative * scale + min(sampled.error, 1e-4 * max(scale, 1e-5 * cancelled))
    return abs(analytic - nearest.value) <= allowed


def _at_a_kink(left: Slope, right: Slope, analytic: float, best: Slope) -> Verdict | None:
    """A verdict if the slopes on both sides differ, or are not there."""
    if math.isnan(left.value) or math.isnan(right.value):
        if math.isnan(left.value) and math.isnan(right.value):
            return Verdict("kink", analytic, best.value, "the function is not finite around this point")
        side = "left" if math.isnan(left.value) else "right"
        return Verdict(
            "kink", analytic, best.value, f"the function is not finite to the {side} of this point"
        )
    spread = abs(left.value - right.value)
    if spread <= 1e-5 * (abs(left.value) + abs(right.value)) + 4 * (left.error + right.error):
        return None
    margin = 1e-3 * spread
    low, high = sorted((left.value, right.value))
    sides = f"the slope is {left.value:.6g} to the left and {right.value:.6g} to the right"
    if not math.isfinite(analytic):
        return Verdict("wrong", analytic, best.value, f"at a kink: {sides}")
    if not low - margin <= analytic <= high + margin:
        return Verdict("outside", analytic, best.value, f"at a kink, but outside of both: {sides}")
    return Verdict("kink", analytic, best.value, sides)


def _without_a_kink(analytic: float, best: Slope) -> Verdict:
    if math.isfinite(analytic) and abs(analytic - best.value) <= 10 * best.error:
        return Verdict(
            "uncertain", analytic, best.value, f"finite differences are only good to {best.error:.1g} here"
        )
    return Verdict("wrong", analytic, best.value)
