"""Whole derivative matrices: `jacobian` and `hessian`, row by row or column by column."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_cnn.core.tensor import Tensor
from autograd_cnn.errors import ShapeError
from autograd_cnn.ops.shape import reshape, stack
from autograd_cnn.transforms.gradient import grad
from autograd_cnn.transforms.products import jvp
from autograd_cnn.transforms.recording import Recording, plain

__all__ = ["hessian", "jacobian"]


def jacobian(function: Callable[..., Any], argnums: int = 0) -> Callable[..., Any]:
    """The function that computes all derivatives of the outputs by one argument, an array.

    The result has the shape of the output followed by that of the argument. It takes a backward pass for
    each output, or, where the argument has fewer entries than a third of that, a `jvp` for each of these.

    >>> import autograd_cnn as ag, numpy as np
    >>> ag.jacobian(np.square)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """

    @functools.wraps(function)
    def matrix(*args: Any, **kwargs: Any) -> Any:
        run = Recording("jacobian", function, args, (argnums,), **kwargs)
        if len(run.variables) != 1 or len(run.outputs) != 1:
            raise ShapeError(
                f"jacobian: expected one array in and one out, got {len(run.variables)} and "
                f"{len(run.outputs)}; join them, or use vjp and jvp, which take nested ones"
            )
        (variable,), (output,) = run.variables, run.outputs
        shape = (*np.shape(output), *variable.shape)
        if not any(run.depends):
            return plain(np.zeros(shape, variable.dtype))
        recorded = run.leads_outside()
        # A jvp costs about three backward passes.
        if 3 * variable.size < output.size and not recorded:
            columns = [
                jvp(_of_one(function, args, argnums, kwargs), (variable.detach(),), (direction,))[1]
                for direction in _units(variable)
            ]
            result: Any = np.reshape(np.stack(columns, axis=-1), shape)
        else:
            rows = [run.gradients([unit], recorded, True)[0] for unit in _units(output)]
            result = reshape(stack(rows), shape) if rows else np.zeros(shape, variable.dtype)
        run.close()
        return result if recorded else plain(result)

    return matrix


def _of_one(function: Callable[..., Any], args: Any, number: int, kwargs: Any) -> Callable[[Any], Any]:
    def of_one(x: Any) -> Any:
        replaced = list(args)
        replaced[number] = x
        return function(*replaced, **kwargs)

    return of_one


def _units(like: Tensor) -> list[np.ndarray[Any, Any]]:
    """The unit vectors of a tensor's space, in its shape."""
    count = math.prod(like.shape)
    return list(np.eye(count, dtype=like.dtype).reshape((count, *like.shape)))


def hessian(function: Callable[..., Any], argnums: int = 0) -> Callable[..., Any]:
    """The function that computes all second derivatives of a single number by one argument, an array.

    The result has the argument's shape twice.

    >>> import autograd_cnn as ag, numpy as np
    >>> ag.hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 3.0]))
    array([[6., 2.],
           [2., 0.]])
    """
    return jacobian(grad(function, argnums), argnums)
