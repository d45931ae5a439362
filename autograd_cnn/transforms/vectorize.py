"""`vmap`: a function of one example, applied to a batch of them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from autograd_cnn.core.batched import Batched, CannotVectorize, Level, active, lift, lower
from autograd_cnn.core.tensor import Tensor, tensor
from autograd_cnn.errors import ArgumentError, ShapeError, UnsupportedError
from autograd_cnn.ops.shape import moveaxis, stack
from autograd_cnn.transforms import batching  # noqa: F401 - it fills the table of rules
from autograd_cnn.transforms.tree import flatten, map_leaves, unflatten

__all__ = ["vmap"]

Axes: TypeAlias = int | Sequence[int | None] | None


def vmap(function: Callable[..., Any], in_axes: Axes = 0, out_axes: int = 0) -> Callable[..., Any]:
    """The function that maps ``function`` over an axis of its arguments, and stacks the results.

    ``in_axes`` is the axis to map over, one for all arguments or one for each; None hands an argument over
    whole. Arguments and results may be nested lists, tuples and dicts; ``function`` gets tensors, and the
    results are arrays, or tensors if an argument is one or if they are recorded.

    ``function`` runs once, on all examples together, wherever that is possible. Where it is not (it
    branches on values, or asks for a number, an array or a random generator, or writes in place), it is
    called once an example, which gives the same and takes longer. So it has to be a pure function: it may be
    called more than once, and draws of a NumPy generator that it brings along are made once for all examples
    (`nn.functional.dropout` makes them for each).

    Raises `ShapeError` if the mapped axes differ in length, `ArgumentError` if there is nothing to map over,
    `UnsupportedError` if a result is no number, array or tensor.

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
        size = _length(args, axes)
        in_front = [_in_front(a, axis) for a, axis in zip(args, axes, strict=True)]
        try:
            results, done = _vectorized(function, in_front, axes, size), True
        except (CannotVectorize, Exception):  # the loop gives the answer, or the error that an example gives
            done = False
        if not done:
            results = _looped(function, in_front, axes, size)
        keep = any(isinstance(leaf, Tensor) for leaf in flatten(list(args)))

        def finished(stacked: Tensor) -> Any:
            moved = moveaxis(stacked, 0, out_axes) if out_axes else stacked
            if keep or moved.requires_grad or isinstance(moved, Batched):
                return moved
            return np.array(moved._value)

        return map_leaves(finished, results)

    return mapped


def _length(args: Sequence[Any], axes: Sequence[int | None]) -> int:
    lengths = set()
    for argument, axis in zip(args, axes, strict=True):
        if axis is None:
            continue
        if not isinstance(axis, int):
            raise ArgumentError(f"vmap: expected an axis or None for each argument, got {axis!r} in in_axes")
        for shape in map(np.shape, flatten(argument)):
            if not -len(shape) <= axis < len(shape):
                raise ShapeError(
                    f"vmap: there is no axis {axis} to map over in an argument of shape {shape}; None in "
                    "in_axes hands it over whole"
                )
            lengths.add(shape[axis])
    if not lengths:
        raise ArgumentError("vmap: expected an axis to map over, found none")
    if len(lengths) > 1:
        raise ShapeError(f"vmap: expected mapped axes of one length, got {sorted(lengths)}")
    (size,) = lengths
    return int(size)


def _in_front(argument: Any, axis: int | None) -> Any:
    """The argument as tensors of our own, with the mapped axis in front."""
    if axis is None:
        return argument

    def move(leaf: Any) -> Any:
        leaf = leaf if isinstance(leaf, Tensor) else tensor(leaf)
        return moveaxis(leaf, axis, 0) if axis else leaf

    return map_leaves(move, argument)


def _vectorized(
    function: Callable[..., Any], args: Sequence[Any], axes: Sequence[int | None], size: int
) -> Any:
    """The results for all examples, along their first axis; raises `CannotVectorize` if that cannot be."""
    outer = active.get()
    level = Level(len(outer), size)
    token = active.set((*outer, level))
    try:
        result = _call(function, args, axes, lambda leaf: lift(leaf, level))
    finally:
        active.reset(token)
    return map_leaves(lambda leaf: lower(_checked(leaf), level), result)


def _looped(function: Callable[..., Any], args: Sequence[Any], axes: Sequence[int | None], size: int) -> Any:
    """The same, by calling the function once an example."""
    if not size:
        raise ArgumentError(
            "vmap: there are no examples, and the function cannot be run on all of them at once, so the "
            "shapes of its results are unknown; handle the empty batch before"
        )
    results = [_call(function, args, axes, functools.partial(_example, index=i)) for i in range(size)]
    rows = [flatten(result) for result in results]
    shapes = [[np.shape(_checked(leaf)) for leaf in row] for row in rows]
    if any(other != shapes[0] for other in shapes):
        different = next(other for other in shapes if other != shapes[0])
        raise ShapeError(
            f"vmap: expected results of one form and one shape from all examples, got {shapes[0]} and "
            f"{different}; pad them, or write a loop"
        )
    stacked = [
        stack([x if isinstance(x, Tensor) else tensor(x) for x in leaves])
        for leaves in zip(*rows, strict=True)
    ]
    return unflatten(results[0], stacked)


def _call(
    function: Callable[..., Any],
    args: Sequence[Any],
    axes: Sequence[int | None],
    view: Callable[[Tensor], Tensor],
) -> Any:
    """The function of a view of each mapped argument."""
    return function(*(a if axis is None else map_leaves(view, a) for a, axis in zip(args, axes, strict=True)))


def _example(leaf: Tensor, index: int) -> Tensor:
    """One example; where it is not recorded, a copy that the function may write to."""
    part: Tensor = leaf[index]
    return part if part.requires_grad else part.copy()


def _checked(leaf: Any) -> Any:
    if isinstance(leaf, (Tensor, np.ndarray, np.generic, bool, int, float, complex)):
        return leaf
    raise UnsupportedError(
        f"vmap: expected numbers, arrays and tensors as results, got {type(leaf).__name__}; return those"
    )
