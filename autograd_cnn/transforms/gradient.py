"""Gradients of functions whose result is a single number, to any order by nesting."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from autograd_cnn.core.tensor import Tensor
from autograd_cnn.errors import ShapeError
from autograd_cnn.transforms.recording import Recording, plain

__all__ = ["grad", "value_and_grad"]


def grad(function: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """The function that computes the gradient of ``function``, whose result is a single number.

    ``argnums`` names the positional argument, or several; an argument may be a nested list, tuple or dict
    of arrays. The gradient has the argument's form and shapes, and is an array (a number, for a number),
    or, where something outside is being recorded, a tensor. What does not matter has a gradient of zeros.
    Nest it for higher orders. Raises `ShapeError` if the result is not a single number, `DtypeError` for
    integer arguments.

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
        run = Recording("grad", function, args, numbers, **kwargs)
        value = run.value
        if isinstance(value, (list, tuple, dict)) or (isinstance(value, Tensor) and value.size != 1):
            got = f"shape {value.shape}" if isinstance(value, Tensor) else f"a {type(value).__name__}"
            raise ShapeError(
                f"grad: expected the function to return a single number, got {got}; sum it, or use jacobian"
            )
        recorded = any(run.depends) and run.leads_outside()
        # What is outside may go through the same nodes again, so they are kept whenever it is there.
        gradients = run.like_arguments(run.gradients([None], recorded, None))
        run.close()
        if not recorded:
            value, gradients = plain(value), plain(gradients)
        return value, tuple(gradients) if several else gradients[0]

    return value_and_gradient
