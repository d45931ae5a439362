"""Faults that no test notices, and why that is right: at present there are none."""

from __future__ import annotations

__all__ = ["EXPLAINED"]

EXPLAINED: dict[tuple[str, str, str, str], str] = {}  # by op, kind, input and detail
