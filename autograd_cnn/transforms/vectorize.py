"""`vmap`: a function of one example, applied to a batch of them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from autograd_cnn.core.tensor import Tensor
from autograd_cnn.errors import ArgumentError, ShapeError
from autograd_cnn.ops.shape import moveaxis, stack
from autograd_cnn.transforms.tree import flatten, map_leaves, unflatten

__all__ = ["vmap"]

Axes: TypeAlias = int | Sequence[int | None] | None


def vmap(function: Callable[..., Any], in_axes: Axes = 0, out_axes: int = 0) -> Callable[..., Any]:
    """The function that maps ``function`` over an axis of its arguments, and stacks the results.

    ``in_axes`` is the axis to map over, one for all arguments or one for each; None hands an argument over
    whole. Arguments and results may be nested lists, tuples and dicts. It calls the function once an
    example, so it is right for every function, and costs what the loop costs. Raises `ShapeError` if the
    mapped axes differ in length, `ArgumentError` if there is nothing to map over.

    The gradient of each example by itself, for a model's parameters ``w``:

    >>> import autograd_cnn as ag, numpy as np
    >>> x, y = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([1.0, 0.0])
    >>> ag.vmap(ag.grad(lambda w, x, y: (w @ x - y) ** 2), in_axes=(None, 0, 0))(np.ones(2), x, y)
    array([[ 4.,  8.],
           [42., 56.]])
    """

    @functools.wraps(function)
    def mapped(*args: Any) -> Any:
        axes = list(in_axes) if isinstance(in_axes, Sequence) else [in_axes] * len(args)
        if len(axes) != len(args):
            raise ArgumentError(f"vmap: expected an axis for each of {len(args)} arguments, got {in_axes}")
        lengths = {
            np.shape(leaf)[axis]
            for argument, axis in zip(args, axes, strict=True)
            if axis is not None
            for leaf in flatten(argument)
        }
        if not lengths or lengths == {0}:
            raise ArgumentError("vmap: expected an axis of length 1 or more to map over, found none")
        if len(lengths) > 1:
            raise ShapeError(f"vmap: expected mapped axes of one length, got {sorted(lengths)}")
        results = [
            function(*(_example(a, axis, i) for a, axis in zip(args, axes, strict=True)))
            for i in range(lengths.pop())
        ]
        columns = zip(*map(flatten, results), strict=True)
        return unflatten(results[0], [_stacked(column, out_axes) for column in columns])

    return mapped


def _example(argument: Any, axis: int | None, index: int) -> Any:
    if axis is None:
        return argument

    def take(leaf: Any) -> Any:
        return moveaxis(leaf if isinstance(leaf, Tensor) else np.asarray(leaf), axis, 0)[index]

    return map_leaves(take, argument)


def _stacked(leaves: Sequence[Any], axis: int) -> Any:
    return stack(leaves, axis) if any(isinstance(leaf, Tensor) for leaf in leaves) else np.stack(leaves, axis)
