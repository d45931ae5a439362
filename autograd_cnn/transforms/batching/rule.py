"""How a batching rule is declared, and what rules share."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from autograd_cnn.core.batched import Level, batch, batched_among, holds
from autograd_cnn.core.registry import BATCHING

__all__ = ["physical_axes", "physical_axis", "rule"]

Rule: TypeAlias = Callable[..., Any]


def rule(*ops: Callable[..., Any], inputs: int = 1) -> Callable[[Rule], Rule]:
    """Enter the decorated rule for ops.

    It is called with the op, the level and the op's own arguments, of which those that differ between
    examples are `Batched`: the first one, or, where the op has several ``inputs``, any of the first so many.
    It returns a physical tensor, or what it composed of other ops on `Batched` ones, or NotImplemented:
    then the op is called once an example.
    """

    def enter(entered: Rule) -> Rule:
        for op in ops:
            BATCHING[op] = partial(_called, entered, op, inputs)
        return entered

    return enter


def _called(
    entered: Rule, op: Callable[..., Any], inputs: int, level: Level, *args: Any, **kwargs: Any
) -> Any:
    others = batched_among((args[inputs:], kwargs))
    if any(holds(level, x) for x in others) or (inputs == 1 and not holds(level, args[0])):
        return NotImplemented
    return _lifted(level, entered(op, level, *args, **kwargs))


def _lifted(level: Level, result: Any) -> Any:
    if isinstance(result, (list, tuple)):
        return getattr(result, "_make", type(result))([_lifted(level, item) for item in result])
    return result if result is NotImplemented or holds(level, result) else batch(level, result)


def physical_axis(axis: int, ndim: int) -> int:
    """The axis of the physical tensor that this axis of an example is.

    >>> physical_axis(-1, 2)
    2
    """
    return normalize_axis_index(axis, ndim) + 1


def physical_axes(axis: Any, ndim: int) -> tuple[int, ...]:
    """The same for one axis, several, or (None) all of them.

    >>> physical_axes(None, 2)
    (1, 2)
    """
    axes = range(ndim) if axis is None else normalize_axis_tuple(axis, ndim)
    return tuple(axis + 1 for axis in axes)
