"""The generator of random numbers that a caller asked for."""

from __future__ import annotations

import numpy as np

from autograd_cnn.errors import ArgumentError

__all__ = ["as_generator"]


def as_generator(generator: np.random.Generator | int | None, *, epoch: int = 0) -> np.random.Generator:
    """Return a `Generator` itself, a new one for a seed and `epoch`, or the package's own for None.

    A seed gives the same numbers each time, and unrelated ones in each epoch. Raises `ArgumentError` for
    anything else.
    """
    if generator is None:
        from autograd_cnn.core.random import default_generator

        return default_generator()
    if isinstance(generator, np.random.Generator):
        return generator
    if isinstance(generator, int | np.integer) and not isinstance(generator, bool) and generator >= 0:
        return np.random.default_rng([int(generator), epoch])
    raise ArgumentError(
        f"generator: expected a seed (an int >= 0), a numpy.random.Generator or None, got {generator!r}"
    )
