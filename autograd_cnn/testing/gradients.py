"""`check_grads`: derivatives of any order against finite differences, along random directions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_cnn.core.backprop import backprop
from autograd_cnn.core.tensor import Tensor, tensor
from autograd_cnn.errors import ArgumentError, DtypeError, GradientError
from autograd_cnn.ops.reduction import sum

__all__ = ["check_grads"]

Arrays = Sequence[np.ndarray[Any, Any]]
Function = Callable[..., Any]


def check_grads(
    function: Function,
    args: Sequence[Any],
    order: int = 2,
    *,
    rtol: float | None = None,
    atol: float | None = None,
    directions: int = 2,
    seed: int = 0,
) -> None:
    """Raise `GradientError` unless the gradients of ``function`` at ``args`` are right, up to ``order``.

    ``function`` takes tensors (one for each of ``args``: arrays, tensors or numbers of any shape) and
    returns a tensor, or a sequence of them. Its outputs are contracted with random cotangents ȳ; for each
    argument x and random unit direction u, ⟨x̄, u⟩ must equal the derivative of ⟨ȳ, f⟩ along u, taken by
    central differences of two step sizes with Richardson extrapolation (error O(h⁴)). Order 2 checks in the
    same way the function that maps the arguments to those gradients, and so on.

    Use float64: the tolerances (by default 1e-6 relative for first order, 1e-5 for higher ones) widen by
    themselves for smaller dtypes. The arguments must keep away from kinks by more than the step, 1e-3.

    >>> import autograd_cnn as ag, numpy as np
    >>> from autograd_cnn.testing import check_grads
    >>> check_grads(lambda x: np.sin(x) * x, [np.array([0.5, 1.5])], order=3)
    """
    if order < 1:
        raise ArgumentError(f"check_grads: expected an order of 1 or more, got {order}")
    arrays = [np.array(x._value if isinstance(x, Tensor) else x) for x in args]
    for number, array in enumerate(arrays):
        if array.dtype.kind not in "fc":
            raise DtypeError(
                f"check_grads: expected floating or complex arguments, argument {number} is {array.dtype}; "
                "close over it: lambda x: f(x, constant)"
            )
    generator = np.random.default_rng(seed)
    current = function
    for level in range(1, order + 1):
        pullback = _Pullback(current, arrays, generator)
        _check(pullback, arrays, level, rtol, atol, directions, generator)
        current = pullback


class _Pullback:
    """The function that maps arguments to the gradients of ⟨ȳ, f⟩, with ȳ drawn once."""

    def __init__(self, function: Function, arrays: Arrays, generator: np.random.Generator) -> None:
        self.function = function
        outputs = _sequence(function(*map(tensor, arrays)))
        self.cotangents = [_normal(output, generator) for output in outputs]

    def contracted(self, variables: Sequence[Any]) -> Any:
        """Re ⟨ȳ, f⟩."""
        total: Any = 0.0
        outputs = _sequence(self.function(*variables))
        for cotangent, output in zip(self.cotangents, outputs, strict=True):
            product = sum(cotangent.conj() * output)
            total = total + (product.real if product.dtype.kind == "c" else product)
        return total

    def __call__(self, *args: Any) -> list[Any]:
        """Gradients, recorded; zeros where an argument does not matter."""
        variables = [x if x.requires_grad else tensor(x, requires_grad=True) for x in args]
        total = self.contracted(variables)
        if not (isinstance(total, Tensor) and total.requires_grad):
            return [np.zeros(x.shape, x.dtype) for x in variables]
        gradients = backprop(total, variables, create_graph=True)
        return [
            np.zeros(x.shape, x.dtype) if g is None else g for x, g in zip(variables, gradients, strict=True)
        ]


def _check(
    pullback: _Pullback,
    arrays: Arrays,
    level: int,
    rtol: float | None,
    atol: float | None,
    directions: int,
    generator: np.random.Generator,
) -> None:
    analytic = [np.asarray(_value(gradient)) for gradient in pullback(*map(tensor, arrays))]
    precision = max((np.finfo(array.dtype).eps for array in arrays), default=np.finfo(float).eps)
    relative = rtol or max(1e-6 if level == 1 else 1e-5, 20 * float(precision) ** 0.5)
    absolute = atol or relative
    step = max(1e-3, 4 * float(precision) ** 0.25)
    for number, (array, gradient) in enumerate(zip(arrays, analytic, strict=True)):
        if gradient.shape != array.shape or gradient.dtype != array.dtype:
            raise GradientError(
                f"check_grads: order {level}, argument {number}: expected a gradient of shape {array.shape}, "
                f"{array.dtype}, got {gradient.shape}, {gradient.dtype}"
            )
        for _ in range(directions if array.size else 0):
            direction = _normal(array, generator)
            direction = direction / np.linalg.norm(direction.ravel())
            along = float(np.sum(gradient.conj() * direction).real)
            numeric = _derivative(pullback, arrays, number, direction, step)
            if not abs(along - numeric) <= absolute + relative * abs(numeric):
                raise GradientError(
                    f"check_grads: order {level}, argument {number} (shape {array.shape}, {array.dtype}): "
                    f"the gradient gives {along:.9g} along a random direction, finite differences give "
                    f"{numeric:.9g} (relative error {abs(along - numeric) / max(abs(numeric), 1e-300):.2g}, "
                    f"tolerance {relative:.1g}); check the VJP, and that no kink lies within {step:.0e}"
                )


def _derivative(pullback: _Pullback, arrays: Arrays, number: int, direction: Any, step: float) -> float:
    """Derivative of Re ⟨ȳ, f⟩ along a direction: (4 D(h/2) - D(h)) / 3 of central differences D."""

    def central(h: float) -> float:
        values = []
        for sign in (1, -1):
            moved = list(arrays)
            moved[number] = (arrays[number] + sign * h * direction).astype(arrays[number].dtype)
            # Sources of higher-order functions need gradients inside, so recording stays on.
            values.append(float(_value(pullback.contracted([tensor(x) for x in moved]))))
        return (values[0] - values[1]) / (2 * h)

    return (4 * central(step / 2) - central(step)) / 3


def _normal(like: Any, generator: np.random.Generator) -> Any:
    """Standard normal numbers of the shape and dtype of ``like``."""
    numbers = generator.standard_normal(like.shape)
    if like.dtype.kind == "c":
        numbers = numbers + 1j * generator.standard_normal(like.shape)
    return np.asarray(numbers).astype(like.dtype)


def _sequence(outputs: Any) -> Sequence[Any]:
    return outputs if isinstance(outputs, (list, tuple)) else [outputs]


def _value(x: Any) -> Any:
    return x._value if isinstance(x, Tensor) else x
