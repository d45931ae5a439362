"""Did two engines compute the same numbers? Arrays travel between processes as digests of eight numbers.

A digest projects an array on eight fixed random directions (Johnson and Lindenstrauss, 1984): the root mean
square of the difference of two digests estimates the Euclidean distance between the arrays.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

__all__ = ["Digest", "DisagreementError", "check_agreement", "digest"]

DIRECTIONS = 8
SEED = 1984_06  # not one that a workload draws its data with, or data and directions would be correlated


class DisagreementError(Exception):
    """Two engines were asked for the same numbers and gave different ones."""


@dataclass(frozen=True)
class Digest:
    """Shape, Euclidean norm and projections of an array."""

    shape: tuple[int, ...]
    norm: float
    projections: tuple[float, ...]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Digest:
        return cls(tuple(content["shape"]), content["norm"], tuple(content["projections"]))

    def relative_difference(self, other: Digest) -> float:
        """Estimate ‖self − other‖ ÷ the larger norm: infinite if shapes differ or values are not finite."""
        if self.shape != other.shape or not (math.isfinite(self.norm) and math.isfinite(other.norm)):
            return math.inf
        scale = max(self.norm, other.norm)
        distance = math.dist(self.projections, other.projections) / math.sqrt(DIRECTIONS)
        return distance / scale if scale else 0.0


def digest(array: np.ndarray[Any, Any]) -> Digest:
    """Return the digest of a real array of any shape."""
    flat = np.asarray(array, dtype=np.float64).ravel()
    directions = np.random.default_rng(SEED).standard_normal((DIRECTIONS, flat.size))
    return Digest(array.shape, float(np.linalg.norm(flat)), tuple((directions @ flat).tolist()))


def check_agreement(computed: Mapping[str, Mapping[str, Digest]], tolerance: float) -> None:
    """Raise DisagreementError unless all engines computed the same named arrays.

    `computed` maps an engine to its digests. All are compared with the first; `tolerance` is relative.
    """
    engines = iter(computed.items())
    first, expected = next(engines, ("", {}))
    for engine, found in engines:
        if expected.keys() != found.keys():
            raise DisagreementError(
                f"{first} computed {sorted(expected)}, but {engine} computed {sorted(found)}"
            )
        for name, value in expected.items():
            difference = value.relative_difference(found[name])
            if difference > tolerance:
                raise DisagreementError(
                    f"{name}: {first} and {engine} differ by {difference:.1e} (relative), more than the "
                    f"tolerance {tolerance:.0e}; norms {value.norm:.6g} and {found[name].norm:.6g}, "
                    f"shapes {value.shape} and {found[name].shape}"
                )
