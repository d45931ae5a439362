"""Products with the Jacobian J of a function, without building it: `vjp` (ȳᵀJ), `jvp` (J ẋ), `hvp`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_cnn.core.backprop import backprop
from autograd_cnn.core.grad_mode import enable_grad
from autograd_cnn.core.tensor import Tensor
from autograd_cnn.errors import ShapeError
from autograd_cnn.transforms.gradient import grad
from autograd_cnn.transforms.recording import Recording, plain
from autograd_cnn.transforms.tree import flatten, unflatten

__all__ = ["hvp", "jvp", "vjp"]


def vjp(function: Callable[..., Any], *args: Any) -> tuple[Any, Callable[..., Any]]:
    """The value at ``args``, and the function that pulls a cotangent of it back to the arguments.

    Arguments, value and cotangent may be nested lists, tuples and dicts. The pullback takes a cotangent of
    the form of the value, may be called more than once, and returns a tuple with a gradient for each
    argument. Raises `ShapeError` if a cotangent does not have the shape of its output.

    >>> import autograd_cnn as ag, numpy as np
    >>> value, pullback = ag.vjp(np.multiply, np.array([1.0, 2.0]), 3.0)
    >>> pullback(np.array([1.0, 10.0]))
    (array([ 3., 30.]), 21.0)
    """
    run = Recording("vjp", function, args, range(len(args)))
    recorded = run.leads_outside()

    def pullback(cotangent: Any) -> tuple[Any, ...]:
        cotangents = flatten(cotangent)
        if len(cotangents) != len(run.outputs):
            raise ShapeError(
                f"vjp: expected {len(run.outputs)} cotangents, one an output, got {len(cotangents)}"
            )
        again = recorded or any(isinstance(c, Tensor) and c.requires_grad for c in cotangents)
        gradients = run.like_arguments(run.gradients(cotangents, again, True))
        return tuple(gradients if again else plain(gradients))

    return run.value if recorded else plain(run.value), pullback


def jvp(function: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """The value at ``primals``, and its derivative along ``tangents``, of the form of the value.

    ``primals`` and ``tangents`` are sequences with an entry for each argument, of equal forms and shapes.
    J ẋ is computed as the derivative of the linear map ȳ ↦ ⟨ȳᵀJ, ẋ⟩, so from the same VJPs (J. Townsend,
    *A new trick for calculating Jacobian vector products*, 2017), at about three times the cost of a VJP.

    >>> import autograd_cnn as ag, numpy as np
    >>> ag.jvp(np.multiply, (2.0, 3.0), (1.0, 10.0))
    (6.0, 23.0)
    """
    run = Recording("jvp", function, primals, range(len(primals)))
    directions = flatten(list(tangents))
    shapes = [variable.shape for variable in run.variables]
    if [np.shape(direction) for direction in directions] != shapes:
        raise ShapeError(
            f"jvp: expected tangents of the shapes of the arguments, {shapes}, got "
            f"{[np.shape(direction) for direction in directions]}"
        )
    recorded = run.leads_outside(directions)
    with enable_grad():
        dummies = [
            run.variable(np.ones(output.shape, output.dtype)) if depends else None
            for output, depends in zip(run.outputs, run.depends, strict=True)
        ]
        pulled = run.gradients(dummies, True, True)
        total: Any = 0.0
        for gradient, direction in zip(pulled, directions, strict=True):
            if isinstance(gradient, Tensor):
                # The real inner product: of complex numbers, the real part of ⟨x̄, ẋ⟩.
                product = (np.conjugate(gradient) * direction).sum()
                total = total + (product.real if product.dtype.kind == "c" else product)
    wanted = [dummy for dummy in dummies if dummy is not None]
    found: list[Any] = [None] * len(wanted)
    if isinstance(total, Tensor) and total.requires_grad and wanted:
        found = list(backprop(total, wanted, create_graph=recorded))
    run.close(wanted)
    along = iter(found)
    results = [
        moved if moved is not None else np.zeros(np.shape(output), getattr(output, "dtype", float))
        for output, moved in zip(
            run.outputs, (next(along) if d is not None else None for d in dummies), strict=True
        )
    ]
    tangent = unflatten(run.value, results)
    return (run.value, tangent) if recorded else (plain(run.value), plain(tangent))


def hvp(function: Callable[..., Any], x: Any, v: Any) -> Any:
    """The Hessian of ``function``, whose result is a single number, at ``x``, times ``v``.

    ``x`` and ``v`` have one form and equal shapes, and so has the product: the gradient of ⟨∇f(x), v⟩, at
    about four times the cost of the function, where the Hessian itself would take a pass for each entry.

    >>> import autograd_cnn as ag, numpy as np
    >>> ag.hvp(lambda x: np.sum(x**3), np.array([1.0, 2.0]), np.array([1.0, 10.0]))
    array([  6., 120.])
    """
    directions = flatten(v)

    def slope(x: Any) -> Any:
        gradients = flatten(grad(function)(x))
        return sum((np.sum(g * d) for g, d in zip(gradients, directions, strict=True)), start=0.0)

    if [np.shape(leaf) for leaf in flatten(x)] != [np.shape(d) for d in directions]:
        raise ShapeError(
            f"hvp: expected v of the shapes of x, {[np.shape(leaf) for leaf in flatten(x)]}, got "
            f"{[np.shape(d) for d in directions]}"
        )
    return grad(slope)(x)
