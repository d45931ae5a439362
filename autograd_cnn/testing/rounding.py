"""What rounding may make of a number that is computed: how much it changes where the point hardly does."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd_cnn.testing.problem import Array, Arrays

__all__ = ["NEAR", "ROUNDING", "beside", "change", "quiet"]

# Units in the last place, to both sides: several, as what rounding changes may happen to be little.
NEAR = ((-5, -3, -2), (2, 3, 5))
ROUNDING = 10  # a gap of so many times what is seen so may be rounding


def beside(point: Arrays, units: int) -> list[Array]:
    """The point, changed by so many units in the last place."""
    return [x * x.dtype.type(1 + units * np.finfo(x.dtype).eps) for x in point]


def change(here: Any, sides: Sequence[Sequence[Any]]) -> float:
    """How far an array is from what it becomes beside the point, on the side where it changes less.

    The other side may be beyond a kink or a jump. It is 0 where the change tells nothing, being infinite.
    """

    def greatest(there: Any) -> float:
        if np.shape(there) != np.shape(here):
            return 0.0
        size = float(np.max(np.abs(there - here), initial=0))
        return size if np.isfinite(size) else 0.0

    return min(max(greatest(there) for there in side) for side in sides)


@contextmanager
def quiet() -> Iterator[None]:
    """Beside the point, a function may leave its domain."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        yield
