"""Whole derivative matrices: `jacobian` and `hessian`, many rows or columns in one pass."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_cnn.core import tape
from autograd_cnn.core.tensor import Tensor
from autograd_cnn.errors import DtypeError, ShapeError
from autograd_cnn.ops.shape import concatenate, moveaxis, reshape
from autograd_cnn.transforms.gradient import grad
from autograd_cnn.transforms.recording import Recording, plain
from autograd_cnn.transforms.vectorize import vmap

__all__ = ["hessian", "jacobian"]


def jacobian(function: Callable[..., Any], argnums: int = 0) -> Callable[..., Any]:
    """The function that computes all derivatives of the outputs by one argument, an array.

    The result has the shape of the output followed by that of the argument. All of its rows
    come of one backward pass or, where the argument has at most half as many entries as the output, all
    columns of one forward pass; of several, if the values on the way would take more than 32 MB each.
    Of complex numbers it is the matrix J of df = J dz; raises `DtypeError` unless the function is
    holomorphic, and `ShapeError` unless argument and output are one array each.

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
        if not any(run.depends) or 0 in shape:
            return plain(np.zeros(shape, variable.dtype))
        recorded = run.leads_outside()
        complex_numbers = "c" in variable.dtype.kind + output.dtype.kind
        if variable.dtype.kind == "c":
            _check_holomorphic(run, variable)
        # Both go through the same recording; a push forward costs up to twice a pass back.
        if complex_numbers or 2 * variable.size <= output.size:
            columns = _of_units(run, variable, lambda unit: run.tangents([unit], recorded)[0])
            result: Any = reshape(moveaxis(columns, 0, -1), shape)
        else:
            rows = _of_units(run, output, lambda unit: run.gradients([unit], recorded, True)[0])
            result = reshape(rows, shape)
        run.close()
        return result if recorded else plain(result)

    return matrix


def _check_holomorphic(run: Recording, variable: Tensor) -> None:
    """One matrix can hold the derivative only if a step of i·u moves the output by i times that of u."""
    direction = np.random.default_rng(0).standard_normal(variable.shape).astype(variable.dtype)
    moved, turned = (plain(run.tangents([step], False)[0]) for step in (direction, 1j * direction))
    if not np.allclose(turned, 1j * np.asarray(moved), rtol=1e-3, atol=1e-3 * float(np.max(np.abs(moved)))):
        raise DtypeError(
            "jacobian: expected a holomorphic function of its complex argument, got one without a complex "
            "derivative; take the Jacobian by real and imaginary part: jacobian(lambda x, y: f(x + 1j * y))"
        )


def _of_units(run: Recording, like: Tensor, function: Callable[[Any], Any]) -> Any:
    """The function of each unit vector of a tensor's space, of so many at once as `_ENTRIES` allows."""
    nodes = tape.reachable([output._source for output in run.outputs if output._source is not None])
    widest = max((math.prod(p.shape) for node in nodes for p in tape.points(node)), default=like.size)
    count, step = like.size, max(1, _ENTRIES // max(1, widest))
    parts = [
        vmap(function)(np.eye(rows, count, start, like.dtype).reshape((rows, *like.shape)))
        for start in range(0, count, step)
        for rows in [min(step, count - start)]
    ]
    return parts[0] if len(parts) == 1 else concatenate(parts)


_ENTRIES = 2**22  # of the widest value on the tape, over all unit vectors of one pass


def hessian(function: Callable[..., Any], argnums: int = 0) -> Callable[..., Any]:
    """The function that computes all second derivatives of a single number by one argument, an array.

    The result has the argument's shape twice.

    >>> import autograd_cnn as ag, numpy as np
    >>> ag.hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 3.0]))
    array([[6., 2.],
           [2., 0.]])
    """
    return jacobian(grad(function, argnums), argnums)
