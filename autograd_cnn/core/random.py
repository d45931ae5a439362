"""The generator that everything random draws from: one of each context, seeded by `manual_seed`."""

from __future__ import annotations

from contextvars import ContextVar

import numpy as np

from autograd_cnn.core.batched import CannotVectorize, active

__all__ = ["default_generator", "manual_seed"]

_generator: ContextVar[np.random.Generator | None] = ContextVar("generator", default=None)


def manual_seed(seed: int | np.random.SeedSequence) -> np.random.Generator:
    """Seed this thread's or task's generator, and return it.

    >>> import autograd_cnn as ag
    >>> first = ag.manual_seed(0).normal()
    >>> first == ag.manual_seed(0).normal()
    True
    """
    generator = np.random.default_rng(seed)
    _generator.set(generator)
    return generator


def default_generator() -> np.random.Generator:
    """Return the present context's generator; one with a fresh seed, if none was set.

    >>> import autograd_cnn as ag
    >>> 0 <= ag.default_generator().uniform() < 1
    True
    """
    if active.get():
        raise CannotVectorize  # each example is to have draws of its own, which `batched.random_draw` makes
    generator = _generator.get()
    if generator is None:
        generator = np.random.default_rng()
        _generator.set(generator)
    return generator
