"""Gradients of functions, to any order by nesting."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_cnn.core import tape
from autograd_cnn.core.backprop import gradients_of
from autograd_cnn.core.grad_mode import enable_grad
from autograd_cnn.core.tensor import Tensor, tensor
from autograd_cnn.errors import ArgumentError, DtypeError, ShapeError
from autograd_cnn.ops.elementwise import positive

__all__ = ["grad", "value_and_grad"]


def grad(function: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """The function that computes the gradient of ``function``, whose result is a single number.

    ``argnums`` names the positional argument, or several. The gradient has the argument's shape, and is
    an array (a number, for a number), or, where something outside is being recorded, a tensor. An
    argument that does not matter has a gradient of zeros. Nest it for higher orders.

    >>> import autograd_cnn as ag, numpy as np
    >>> ag.grad(ag.grad(ag.grad(np.sin)))(0.0)
    -1.0
    """
    both = value_and_grad(function, argnums)

    @functools.wraps(function)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        return both(*args, **kwargs)[1]

    return gradient


def value_and_grad(function: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """As `grad`, but the new function returns the pair (value, gradient).

    A value is a Python number, as `scipy.optimize.minimize(..., jac=True)` wants it.

    >>> import autograd_cnn as ag, numpy as np
    >>> ag.value_and_grad(lambda x: np.sum(x**2))(np.array([1.0, 2.0]))
    (5.0, array([2., 4.]))
    """
    several = not isinstance(argnums, int)
    numbers = tuple(argnums) if isinstance(argnums, Sequence) else (argnums,)

    @functools.wraps(function)
    def value_and_gradient(*args: Any, **kwargs: Any) -> Any:
        for number in numbers:
            if not -len(args) <= number < len(args):
                raise ArgumentError(
                    f"grad: argnums is {number}, but the call has {len(args)} positional arguments"
                )
        with enable_grad():
            variables = [_variable(args[number]) for number in numbers]
            replaced = list(args)
            for number, variable in zip(numbers, variables, strict=True):
                replaced[number] = variable
            value = function(*replaced, **kwargs)
        gradients, recorded = _gradients(value, variables)
        for variable in variables:
            if isinstance(variable._source, tape.Leaf):
                variable._source.box = None  # this transform is over
        if not recorded:
            gradients = [_plain(gradient) for gradient in gradients]
            value = _plain(value)
        return value, tuple(gradients) if several else gradients[0]

    return value_and_gradient


def _variable(argument: Any) -> Tensor:
    """Our own point of the graph for an argument: of a recorded one, an alias that leads on to it."""
    if isinstance(argument, Tensor):
        if argument._source is not None:
            return positive(argument)  # type: ignore[no-any-return]
        argument = argument._value
    value = np.asarray(argument)
    if value.dtype.kind not in "fc":
        raise DtypeError(
            f"grad: expected a floating or complex argument, got {value.dtype}; pass 2.0 instead of 2, or "
            "choose the argument to differentiate with argnums="
        )
    return tensor(value, requires_grad=True)


def _gradients(value: Any, variables: list[Tensor]) -> tuple[list[Any], bool]:
    """Gradients at the variables, and whether they are recorded, for something outside to differentiate."""
    if not isinstance(value, Tensor) or value._source is None:
        return [np.zeros(v.shape, v.dtype) for v in variables], False
    if value.size != 1:
        raise ShapeError(
            f"grad: expected the function to return a single number, got shape {value.shape}; sum it"
        )
    sources = [variable._source for variable in variables if variable._source is not None]
    create_graph = _leads_outside(value._source, frozenset(sources))
    # The outside may go through the same nodes again, so they are kept whenever it is there.
    found = gradients_of([value], frozenset(sources), [None], create_graph, None, "grad")
    gradients = [
        found[source] if source in found else np.zeros(source.shape, source.dtype) for source in sources
    ]
    return gradients, create_graph


def _leads_outside(root: tape.Source, inside: frozenset[tape.Source]) -> bool:
    """Whether a value depends on a variable, not ours, that somebody may still ask a gradient for."""
    if any(not isinstance(source, tape.Leaf) for source in inside):
        return True  # an argument was itself recorded
    parents = (parent for node in tape.reachable([root]) for parent in node.parents)
    return any(
        isinstance(source, tape.Leaf) and source.box is not None and source not in inside
        for source in (root, *parents)
    )


def _plain(x: Any) -> Any:
    if isinstance(x, Tensor):
        x = x._value
    return x.item() if np.ndim(x) == 0 and isinstance(x, (np.ndarray, np.generic)) else x
