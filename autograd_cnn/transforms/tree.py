"""Nested lists, tuples and dicts of arrays: taken apart into a flat list, and put together again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["flatten", "map_leaves", "unflatten"]


def flatten(tree: Any) -> list[Any]:
    """The leaves of a tree, in order; what is no list, tuple or dict is a leaf.

    >>> flatten({"a": (1, 2), "b": [3]})
    [1, 2, 3]
    """
    if isinstance(tree, dict):
        return [leaf for branch in tree.values() for leaf in flatten(branch)]
    if isinstance(tree, (list, tuple)):
        return [leaf for branch in tree for leaf in flatten(branch)]
    return [tree]


def unflatten(tree: Any, leaves: Sequence[Any]) -> Any:
    """A tree of the same form with other leaves.

    >>> unflatten({"a": (1, 2), "b": [3]}, [10, 20, 30])
    {'a': (10, 20), 'b': [30]}
    """
    remaining = iter(leaves)
    return map_leaves(lambda _: next(remaining), tree)


def map_leaves(function: Callable[[Any], Any], tree: Any) -> Any:
    """A tree of the same form with each leaf replaced by the function of it.

    >>> map_leaves(lambda leaf: -leaf, [1, (2, 3)])
    [-1, (-2, -3)]
    """
    if isinstance(tree, dict):
        return {key: map_leaves(function, branch) for key, branch in tree.items()}
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):  # a named tuple takes its fields one by one
        return type(tree)(*(map_leaves(function, branch) for branch in tree))
    if isinstance(tree, (list, tuple)):
        return type(tree)(map_leaves(function, branch) for branch in tree)
    return function(tree)
