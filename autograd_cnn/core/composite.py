"""Declaring functions without a VJP of their own: composed of ops, or piecewise constant."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from autograd_cnn.core import batched
from autograd_cnn.core.binder import refuse
from autograd_cnn.core.declare import declare, declaring_module
from autograd_cnn.core.op import arguments, is_entrywise, numbers
from autograd_cnn.core.registry import Case
from autograd_cnn.core.tensor import Tensor, wrap

Function = TypeVar("Function", bound=Callable[..., Any])


def composite(
    reference: Callable[..., Any] | None = None,
    *,
    method: bool | str = False,
    operator: str | None = None,
    domain: tuple[float, float] = (-2.0, 2.0),
    samples: Sequence[Case] = (),
) -> Callable[[Function], Function]:
    """Declare the decorated function, composed of ops, as NumPy's; raw arrays go straight to NumPy."""

    def decorate(function: Function) -> Function:
        call: Any = function
        entrywise = is_entrywise(reference)
        parameters = arguments(function)
        takes_any = bool(function.__code__.co_flags & inspect.CO_VARKEYWORDS)
        if reference is not None:

            @functools.wraps(function)
            def call(*args: Any, **kwargs: Any) -> Any:
                if has_tensor(args) or has_tensor(kwargs.values()):
                    options = {}
                    for name, value in kwargs.items():
                        if not (takes_any or name in parameters):
                            refuse(function.__name__, parameters, name, value)
                        elif value is not np._NoValue:
                            options[name] = value
                    if entrywise:
                        args = tuple(map(numbers, args))
                        options = {name: numbers(value) for name, value in options.items()}
                    try:
                        return function(*args, **options)
                    except batched.CannotVectorize:
                        return batched.apply(call, args, options)
                return reference(*args, **kwargs)

        declare(call, "composite", reference, method, operator, (), {}, domain, samples)
        return call  # type: ignore[no-any-return]

    return decorate


def has_tensor(values: Any) -> bool:
    """Whether a tensor is among the values, or in a list or tuple among them."""
    return any(
        isinstance(value, Tensor) or (type(value) in (list, tuple) and has_tensor(value)) for value in values
    )


def constant(
    reference: Callable[..., Any],
    *,
    forward: Callable[..., Any] | None = None,
    method: bool = False,
    operator: str | None = None,
) -> Callable[..., Any]:
    """Declare a NumPy function as piecewise constant: its result is a tensor without a gradient.

    ``forward`` computes it where NumPy's function lacks an option.
    """
    compute = forward or reference

    def strip(x: Any) -> Any:
        if isinstance(x, Tensor):
            return x._value
        return type(x)(map(strip, x)) if type(x) in (list, tuple) else x

    def call(*args: Any, **kwargs: Any) -> Any:
        if not (has_tensor(args) or has_tensor(kwargs.values())):
            return compute(*args, **kwargs)
        try:
            stripped = map(strip, args), {key: strip(value) for key, value in kwargs.items()}
            result = compute(*stripped[0], **stripped[1])
        except batched.CannotVectorize:
            if isinstance(reference, np.ufunc) and not kwargs:
                return batched.elementwise(call, args)
            return batched.apply(call, args, kwargs)
        if isinstance(result, tuple) and result and isinstance(result[0], np.ndarray):
            wrapped = [wrap(item, None) for item in result]
            named = getattr(result, "_make", tuple)  # np.unique_counts and its like name their results
            return named(wrapped)
        return wrap(result, None) if isinstance(result, (np.ndarray, np.generic)) else result

    call.__name__ = call.__qualname__ = reference.__name__
    call.__doc__ = f"`numpy.{reference.__name__}`: piecewise constant, so its result carries no gradient."
    call.__module__ = declaring_module()

    def compare(x: Any, y: Any) -> Any:
        # A class that opts out of ufuncs answers the comparison itself.
        return NotImplemented if getattr(y, "__array_ufunc__", True) is None else call(x, y)

    operate = compare if operator not in (None, "invert") else None
    declare(call, "constant", reference, method, operator, (), {}, (-2.0, 2.0), (), operate)
    return call
