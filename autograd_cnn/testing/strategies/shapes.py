"""Shapes, shapes that broadcast together, and axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

__all__ = ["Shape", "axes", "broadcastable_shapes", "shapes", "sides"]

Shape: TypeAlias = tuple[int, ...]


def sides(max_side: int = 4, min_side: int = 0) -> st.SearchStrategy[int]:
    """The length of an axis: 1 and 0 often, and simplest 2, which tells axes and entries apart."""
    wanted = [n for n in (2, 3, 1, *range(2, max_side + 1), 0) if min_side <= n <= max_side]
    return st.sampled_from(wanted or [min_side])


def shapes(
    min_dims: int = 0, max_dims: int = 3, min_side: int = 0, max_side: int = 4
) -> st.SearchStrategy[Shape]:
    """Shapes of arrays: 0-d, with an axis of length 0 or of length 1 often.

    >>> from autograd_cnn.testing import strategies
    >>> strategies.shapes(min_dims=2, max_side=3)  # such as (), (2, 3), (0, 1)
    lists(sampled_from([2, 3, 1, 2, 3, 0]), min_size=2, max_size=3).map(tuple)
    """
    return st.lists(sides(max_side, min_side), min_size=min_dims, max_size=max_dims).map(tuple)


def broadcastable_shapes(
    count: int = 2, max_dims: int = 3, min_side: int = 0, max_side: int = 4
) -> st.SearchStrategy[tuple[Shape, ...]]:
    """``count`` shapes that broadcast together, by missing axes and by axes of length 1."""
    return hnp.mutually_broadcastable_shapes(
        num_shapes=count, min_dims=0, max_dims=max_dims, min_side=min_side, max_side=max_side
    ).map(lambda found: found.input_shapes)


@st.composite
def axes(draw: st.DrawFn, shape: Sequence[int] | int, *, none: bool = True, several: bool = True) -> Any:
    """An ``axis=`` argument for an array of this shape, or this number of axes: of either sign.

    ``none`` includes None, ``several`` tuples, the empty one too. Of a 0-d array without either there is
    nothing to draw.
    """
    ndim = shape if isinstance(shape, int) else len(shape)
    kinds = ["none"] * none + ["one"] * (ndim > 0) + ["several"] * several
    kind = draw(st.sampled_from(kinds))
    if kind == "none":
        return None
    if kind == "one":
        return draw(st.integers(-ndim, ndim - 1))
    return draw(hnp.valid_tuple_axes(ndim))
