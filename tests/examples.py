"""Examples of a property: how many it takes, and which say nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import reject, settings

from autograd_cnn.errors import KinkError

__all__ = ["check_unless_at_a_kink", "examples", "noting", "seeds"]


def examples(count: int) -> settings:
    """Settings of ``count`` examples, times what the profile asks for in place of 100."""
    return settings(max_examples=_times(count))


def seeds(count: int) -> pytest.MarkDecorator:
    """A test for each ``seed`` of what draws random numbers itself: as many as there would be examples."""
    return pytest.mark.parametrize("seed", range(_times(count)))


@contextlib.contextmanager
def noting(what: object) -> Iterator[None]:
    """An error in here tells what it is of: pytest takes 5 ms for each test, too much for many small ones."""
    try:
        yield
    except BaseException as error:
        error.add_note(f"of {what}")
        raise


def _times(count: int) -> int:
    return max(1, count * settings.default.max_examples // 100)


def check_unless_at_a_kink(problem: Any, **options: Any) -> None:
    """`problem.check`; an example with two equal weights, or a sum of 0, may have no derivative."""
    try:
        problem.check(**options)
    except KinkError:
        reject()
