"""What the transforms share: a function run on variables of our own, and gradients at them.

Each transform differentiates with respect to points of the graph that it made itself. So nested ones
cannot confuse their variables, and whether a result has to be recorded, because something outside may
want to differentiate it, is read off the graph: it does if it depends on any variable but ours.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_cnn.core import tape
from autograd_cnn.core.backprop import gradients_of
from autograd_cnn.core.batched import Batched, every_value, lift_like, lower_like, per_example
from autograd_cnn.core.grad_mode import enable_grad
from autograd_cnn.core.pushforward import tangents
from autograd_cnn.core.tensor import Tensor, tensor, wrap
from autograd_cnn.errors import ArgumentError, DtypeError
from autograd_cnn.ops.elementwise import positive
from autograd_cnn.transforms.tree import flatten, map_leaves, unflatten

__all__ = ["Recording", "plain"]


class Recording:
    """One run of a function, with some of its arguments replaced by variables.

    ``variables`` and ``outputs`` are flat lists of tensors; `close` says that the transform is over.
    """

    def __init__(
        self,
        name: str,
        function: Callable[..., Any],
        args: Sequence[Any],
        numbers: Sequence[int],
        **kwargs: Any,
    ) -> None:
        self.name = name
        for number in numbers:
            if not -len(args) <= number < len(args):
                raise ArgumentError(
                    f"{name}: argnums is {number}, but the call has {len(args)} positional arguments"
                )
        self.arguments = [args[number] for number in numbers]
        replaced = list(args)
        with enable_grad():
            for number in numbers:
                replaced[number] = map_leaves(self.variable, args[number])
            self.value = function(*replaced, **kwargs)
        self.variables: list[Tensor] = flatten([replaced[number] for number in numbers])
        self.outputs = flatten(self.value)

    def variable(self, argument: Any) -> Tensor:
        """Our own point of the graph for an argument: of a recorded one, an alias that leads on to it.

        Inside `vmap` each example has one of its own; so the tape tells their gradients apart.
        """
        argument = per_example(argument)
        if isinstance(argument, Tensor) and argument._source is not None:
            return positive(argument)  # type: ignore[no-any-return]
        value = np.asarray(every_value(argument))
        if value.dtype.kind not in "fc":
            raise DtypeError(
                f"{self.name}: expected floating or complex arguments, got {value.dtype}; pass 2.0 instead "
                "of 2, or choose the argument to differentiate with argnums="
            )
        if isinstance(argument, Batched):  # no copy: what is the same for all examples is there once
            return lift_like(wrap(value, tape.Leaf(value.shape, value.dtype)), argument)
        return tensor(value, requires_grad=True)

    @property
    def depends(self) -> list[bool]:
        """Which outputs were recorded at all."""
        return [isinstance(output, Tensor) and output._source is not None for output in self.outputs]

    def gradients(
        self, cotangents: Sequence[Any], create_graph: bool, retain_graph: bool | None
    ) -> list[Any]:
        """Gradients at the variables, zeros where nothing arrived, of Σ ⟨cotangent, output⟩."""
        depends = self.depends
        outputs = [output for output, yes in zip(self.outputs, depends, strict=True) if yes]
        given = [cotangent for cotangent, yes in zip(cotangents, depends, strict=True) if yes]
        sources = [variable._source for variable in self.variables if variable._source is not None]
        found = gradients_of(outputs, frozenset(sources), given, create_graph, retain_graph, self.name)
        return [
            lift_like(found[source], variable)
            if source in found
            else np.zeros(variable.shape, variable.dtype)
            for source, variable in zip(sources, self.variables, strict=True)
        ]

    def tangents(self, directions: Sequence[Any], create_graph: bool) -> list[Any]:
        """Derivatives of the outputs along a direction of each variable, zeros where nothing moves."""
        seeds = {}
        for variable, direction in zip(self.variables, directions, strict=True):
            like = direction if isinstance(direction, Tensor) else wrap(np.asarray(direction), None)
            if like.dtype != variable.dtype:
                like = like.astype(variable.dtype)
            like = lower_like(like, variable)
            if variable._source is not None:
                seeds[variable._source] = like if create_graph or isinstance(like, Batched) else like._value
        moving = [output for output, yes in zip(self.outputs, self.depends, strict=True) if yes]
        moved = tangents([output._source for output in moving], seeds, create_graph=create_graph)
        return [
            _of_example(moved[output._source], output)
            if yes and output._source in moved
            else np.zeros(np.shape(output), getattr(output, "dtype", float))
            for output, yes in zip(self.outputs, self.depends, strict=True)
        ]

    def leads_outside(self, also: Sequence[Any] = ()) -> bool:
        """Whether anything here depends on a variable, not ours, that somebody may still differentiate by."""
        inside = {variable._source for variable in self.variables}
        if any(not isinstance(source, tape.Leaf) for source in inside):
            return True  # an argument was itself recorded
        tensors = [*self.outputs, *also]
        roots = [t._source for t in tensors if isinstance(t, Tensor) and t._source is not None]
        parents = (parent for node in tape.reachable(roots) for parent in node.parents)
        return any(
            isinstance(source, tape.Leaf) and source.box is not None and source not in inside
            for source in (*roots, *parents)
        )

    def close(self, also: Sequence[Tensor] = ()) -> None:
        """From now on nobody asks for gradients at our variables."""
        for variable in (*self.variables, *also):
            if isinstance(variable._source, tape.Leaf):
                variable._source.box = None

    def like_arguments(self, leaves: Sequence[Any]) -> list[Any]:
        """Flat results put into the form of the arguments."""
        result: list[Any] = unflatten(self.arguments, leaves)
        return result


def _of_example(physical: Any, like: Tensor) -> Any:
    """What belongs to a point of the tape, as it belongs to the tensor there: for each example, in `vmap`."""
    if not isinstance(like, Batched):
        return physical
    return lift_like(physical if isinstance(physical, Tensor) else wrap(physical, None), like)


def plain(tree: Any) -> Any:
    """Tensors as arrays that may be written to, and single numbers as Python numbers.

    On the tape the gradients of two arguments may be one array, or a read-only view: here each is its own.
    """
    owners: set[int] = set()

    def value(x: Any) -> Any:
        if isinstance(x, Tensor):
            if isinstance(x, Batched):
                return x
            x = x._value if x.ndim == 0 else own(x._value)
        return x.item() if isinstance(x, (np.ndarray, np.generic)) and x.ndim == 0 else x

    def own(array: Any) -> Any:
        owner = array
        while isinstance(owner.base, np.ndarray):
            owner = owner.base
        if not array.flags.writeable or id(owner) in owners:
            return array.copy()
        owners.add(id(owner))
        return array

    return map_leaves(value, tree)
