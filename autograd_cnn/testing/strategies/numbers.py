"""Large arrays, of which only the seed is drawn: shapes shrink, their many numbers do not."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from autograd_cnn.testing.problem import Array
from autograd_cnn.testing.strategies.shapes import Shape

__all__ = ["distinct", "normal", "positive"]

SEEDS = st.integers(0, 2**16)


def normal(shape: Shape, decimals: int = 2) -> st.SearchStrategy[Array]:
    """Standard normal numbers, rounded so that they print short."""
    return SEEDS.map(
        lambda seed: np.asarray(np.round(np.random.default_rng(seed).standard_normal(shape), decimals))
    )


def positive(shape: Shape, low: float, high: float) -> st.SearchStrategy[Array]:
    """Numbers between two others, rounded to thousandths."""
    return SEEDS.map(
        lambda seed: np.asarray(np.round(np.random.default_rng(seed).uniform(low, high, shape), 3))
    )


def distinct(shape: Shape) -> st.SearchStrategy[Array]:
    """Numbers around 0, no two nearer than 0.05, nor their sizes nearer than 0.01: no ties, no kinks at 0."""

    def spread(seed: int) -> Array:
        count = int(np.prod(shape))
        numbers = 0.05 * np.arange(count) - 0.05 * (count // 2) + 0.02
        return np.asarray(np.round(np.random.default_rng(seed).permutation(numbers).reshape(shape), 3))

    return SEEDS.map(spread)
