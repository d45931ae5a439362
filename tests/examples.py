"""How many examples a property takes that says so itself: in proportion to the profile that is loaded."""

from __future__ import annotations

from hypothesis import settings

__all__ = ["examples"]


def examples(count: int) -> settings:
    """Settings of ``count`` examples, times what the profile asks for in place of 100."""
    return settings(max_examples=max(1, count * settings.default.max_examples // 100))
