"""What the arguments of layers are drawn with: Hypothesis's ``draw``, in few words."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from autograd_cnn.testing.problem import Array
from autograd_cnn.testing.strategies.numbers import SEEDS, distinct, normal, positive

__all__ = ["Choices", "Given"]

Given = tuple[list[Any], dict[str, Any]]  # what a layer is called with, and what it is made with


class Choices:
    """Numbers, options and arrays, each drawn where it is asked for."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw

    def one_of(self, *values: Any) -> Any:
        """One of the values; the first is the simplest."""
        return self.draw(st.sampled_from(values))

    def flag(self) -> bool:
        """Return True or False."""
        return self.draw(st.booleans())

    def size(self, low: int = 1, high: int = 3) -> int:
        """A whole number."""
        return self.draw(st.integers(low, high))

    def sizes(self, count: int, low: int = 1, high: int = 3) -> tuple[int, ...]:
        """Several of them."""
        return tuple(self.size(low, high) for _ in range(count))

    def batch(self) -> tuple[int, ...]:
        """The axis of the batch, if there is one; it may be empty."""
        return self.draw(st.sampled_from([(2,), (), (1,), (3,), (0,)]))

    def normal(self, *shape: int) -> Array:
        """Numbers of any size."""
        return self.draw(normal(shape))

    def positive(self, *shape: int) -> Array:
        """Numbers from 0.3 to 2."""
        return self.draw(positive(shape, 0.3, 2.0))

    def distinct(self, *shape: int) -> Array:
        """Numbers of which no two are near each other, nor one near 0."""
        return self.draw(distinct(shape))

    def below(self, limit: int, *shape: int) -> Any:
        """Indices, or one without a shape."""
        return np.random.default_rng(self.draw(SEEDS)).integers(0, limit, shape)
