"""Indices of all kinds: what may stand in x[…]."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

from autograd_cnn.errors import ArgumentError

__all__ = ["INDEX_KINDS", "indices"]

INDEX_KINDS = ("int", "slice", "newaxis", "ellipsis", "fancy", "boolean")


@st.composite
def indices(draw: st.DrawFn, shape: Sequence[int], kinds: Sequence[str] = INDEX_KINDS) -> Any:
    """An index that fits an array of this shape; ``kinds`` are those that it may be mixed of.

    "fancy" is an array or list of integers, of either sign and with repetitions, several of which broadcast
    together; "boolean" a mask of the whole array, or of some axes. Axes may be left out at the end.
    """
    unknown = set(kinds) - set(INDEX_KINDS)
    if unknown or not kinds:
        raise ArgumentError(f"indices: expected kinds out of {INDEX_KINDS}, got {tuple(kinds)}")
    if "boolean" in kinds and draw(st.integers(0, 5)) == 5:
        return _mask(draw, tuple(shape))
    together = draw(st.sampled_from([(), (1,), (2,), (3,), (2, 2), (0,)]))  # what arrays broadcast to
    parts: list[Any] = []
    axis = 0
    while axis < len(shape):
        choices = [k for k in kinds if k in ("int", "slice", "fancy") and (shape[axis] or k == "slice")]
        if "boolean" in kinds and len(together) == 1:
            choices.append("boolean")
        if not choices:
            break
        kind = draw(st.sampled_from(choices))
        if kind == "int":
            parts.append(draw(st.integers(-shape[axis], shape[axis] - 1)))
        elif kind == "slice":
            parts.append(draw(st.slices(shape[axis])))
        elif kind == "fancy":
            parts.append(_fancy(draw, shape[axis], together))
        else:
            mask = _mask_of_count(draw, shape[axis], together[0])
            parts.append(slice(None) if mask is None else mask)
        axis += 1
    kept = parts[: draw(st.integers(0, len(parts)))] if draw(st.booleans()) else parts
    if "ellipsis" in kinds and draw(st.booleans()):
        place = draw(st.integers(0, len(kept)))
        # What stands behind an ellipsis indexes the last axes: it was drawn for them if nothing is left out.
        kept = [*kept[:place], ..., *(kept[place:] if len(kept) == len(shape) else [])]
    if "newaxis" in kinds:
        for _ in range(draw(st.sampled_from((0, 0, 0, 1, 2)))):
            kept = [*kept]
            kept.insert(draw(st.integers(0, len(kept))), None)
    return kept[0] if len(kept) == 1 and draw(st.booleans()) else tuple(kept)


def _fancy(draw: st.DrawFn, side: int, together: tuple[int, ...]) -> Any:
    size = tuple(n if draw(st.integers(0, 3)) else 1 for n in together)  # 1 now and then
    count = int(np.prod(size))
    entries = draw(st.lists(st.integers(-side, side - 1), min_size=count, max_size=count))
    return np.array(entries, np.intp).reshape(size)


def _mask(draw: st.DrawFn, shape: tuple[int, ...]) -> Any:
    count = int(np.prod(shape))
    return np.array(draw(st.lists(st.booleans(), min_size=count, max_size=count)), bool).reshape(shape)


def _mask_of_count(draw: st.DrawFn, side: int, count: int) -> Any:
    """A mask of one axis with so many True that it broadcasts with the other arrays, or None."""
    if count > side:
        return None
    chosen = (
        draw(st.lists(st.integers(0, side - 1), min_size=count, max_size=count, unique=True)) if side else []
    )
    mask = np.zeros(side, bool)
    mask[chosen] = True
    return mask
