"""Examples of a property: how many it takes, and which say nothing."""

from __future__ import annotations

from typing import Any

from hypothesis import reject, settings

from autograd_cnn.errors import KinkError

__all__ = ["check_unless_at_a_kink", "examples"]


def examples(count: int) -> settings:
    """Settings of ``count`` examples, times what the profile asks for in place of 100."""
    return settings(max_examples=max(1, count * settings.default.max_examples // 100))


def check_unless_at_a_kink(problem: Any, **options: Any) -> None:
    """`problem.check`; an example with two equal weights, or a sum of 0, may have no derivative."""
    try:
        problem.check(**options)
    except KinkError:
        reject()
