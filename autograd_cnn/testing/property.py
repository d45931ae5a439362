"""`gradient_test`: a function turned into a property test of its gradients."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autograd_cnn.core.tensor import Tensor
from autograd_cnn.errors import ArgumentError, KinkError
from autograd_cnn.testing.gradients import check_grads
from autograd_cnn.testing.posed import CallProblem, name_of, parameters_of
from autograd_cnn.testing.problem import Problem
from autograd_cnn.testing.tally import Tally, tally

__all__ = ["checked_at", "gradient_test"]


def gradient_test(
    arguments: Mapping[str, Any] | None = None,
    /,
    *,
    order: int = 2,
    modes: Sequence[str] = ("rev", "fwd"),
    rtol: float | None = None,
    atol: float | None = None,
    directions: int = 1,
    settings: Any = None,
    **strategies: Any,
) -> Callable[[Any], Callable[[], None]]:
    """Turn a function into a test that its gradients are right, wherever Hypothesis looks.

    The function, of tensors, returns what is to be differentiated. Each of its arguments is drawn from the
    strategy of its name; without one, `tensors()`, unless it has a default. Floating arrays and tensors are
    differentiated by, anything else (an axis, a shape) is handed over as it is. The test takes no arguments:
    pytest collects it, and without pytest it is called. ``order``, ``modes``, ``rtol``, ``atol`` and
    ``directions`` are those of `check_grads`; ``settings`` are `hypothesis.settings`, by default those of the
    present profile, without a deadline. ``arguments`` is for arguments that are called like these.

    Examples at kinks are passed over. A function of another engine goes through its adapter:
    ``test_f = gradient_test(x=tensors())(adapters.torch(f))``. Raises `ArgumentError` for a strategy without
    an argument.

    >>> import numpy as np
    >>> from autograd_cnn.testing import gradient_test
    >>> from autograd_cnn.testing.strategies import axes, tensors
    >>> @gradient_test(x=tensors((2, 3)), axis=axes(2), order=3)
    ... def test_squares(x, axis):
    ...     return np.sum(x * x, axis=axis)
    >>> test_squares()
    """

    def decorate(function: Any) -> Callable[[], None]:
        try:
            from autograd_cnn.testing.given import property_test
        except ImportError:
            raise ImportError("gradient_test needs Hypothesis: pip install 'autograd-cnn[test]'") from None

        def check(drawn: Mapping[str, Any]) -> bool:
            run = tally.get() or Tally()
            wanted = run.order or order
            try:
                checked_at(function, drawn, wanted, modes=modes, rtol=rtol, atol=atol, directions=directions)
            except KinkError:
                run.kinks += 1
                return False
            run.checked += 1
            run.highest = max(run.highest, wanted)
            return True

        return property_test(function, check, {**(arguments or {}), **strategies}, settings)

    return decorate


def checked_at(function: Any, arguments: Mapping[str, Any], order: int, **options: Any) -> None:
    """`check_grads` by those of the named arguments that can be differentiated by."""
    values = {name: _as_array(value) for name, value in arguments.items()}
    arrays = [
        value for value in values.values() if isinstance(value, np.ndarray) and value.dtype.kind in "fc"
    ]
    if not arrays:
        raise ArgumentError(
            f"{name_of(function)}: expected an argument that is a floating or complex array or tensor, got "
            f"{', '.join(f'{name}={value!r}' for name, value in arguments.items()) or 'none'}"
        )
    if isinstance(function, Problem) or hasattr(function, "named_parameters"):
        if len(arrays) < len(values):
            raise ArgumentError(
                f"{name_of(function)}: expected arrays and tensors only, for a module or a function of "
                "another engine; close over the rest"
            )
        check_grads(function, arrays, order, **options)
        return
    parameters = parameters_of(function)
    keywords = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    by_name = {n: v for n, v in values.items() if n in parameters and parameters[n].kind in keywords}
    given = [value for name, value in values.items() if name not in by_name]
    CallProblem(function, given, by_name).check(order, **options)


def _as_array(value: Any) -> Any:
    """The array of a tensor or of a floating number; anything else as it is."""
    if isinstance(value, (Tensor, float, complex, np.generic)):
        return np.asarray(getattr(value, "_value", value))
    return value
