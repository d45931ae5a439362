"""What became of a planted fault."""

from __future__ import annotations

from typing import Literal, NamedTuple

__all__ = ["Outcome"]


class Outcome(NamedTuple):
    """A fault of a kind, in the VJP of an input of an op, or in a part of the tape; and what it met with.

    ``equal`` faults change nothing, at any point, of what a VJP is used for: they are none.
    """

    op: str
    kind: str
    input: str
    detail: str
    verdict: Literal["caught", "survived", "equal"]
    by: str = ""  # which test caught it
