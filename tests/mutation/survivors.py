"""Faults that no test notices, and why that is right."""

from __future__ import annotations

__all__ = ["EXPLAINED"]

EXPLAINED = {  # by op, kind, input and detail
    ("gamma.binom", "dropped term", "x", "in _binom_slopes: k + 1 → 1"): (
        "the two branches are equal along n where k is a negative integer, but for n > 170, where "
        "Γ(n + 1) overflows: there the derivative is NaN with ours and 0 with the fault"
    ),
}
