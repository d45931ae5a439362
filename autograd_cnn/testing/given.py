"""What of `gradient_test` is Hypothesis: imported when a test is made."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import hypothesis
from hypothesis import strategies as st

from autograd_cnn.errors import ArgumentError
from autograd_cnn.testing.posed import name_of, parameters_of
from autograd_cnn.testing.strategies.arrays import tensors
from autograd_cnn.testing.tally import tally

__all__ = ["property_test"]


def property_test(
    function: Any,
    check: Callable[[Mapping[str, Any]], bool],
    strategies: Mapping[str, st.SearchStrategy[Any]],
    settings: hypothesis.settings | None,
) -> Callable[[], None]:
    """The test that draws each argument and calls ``check``, which says whether the example was any good."""
    parameters = parameters_of(function)
    kinds = inspect.Parameter
    unknown = [name for name in strategies if name not in parameters]
    if unknown and not any(p.kind is kinds.VAR_KEYWORD for p in parameters.values()):
        raise ArgumentError(
            f"gradient_test: {name_of(function)!r} has the arguments {list(parameters)}, got strategies for "
            f"{unknown}"
        )
    wanted = [
        name
        for name, p in parameters.items()
        if name in strategies
        or (p.default is p.empty and p.kind not in (kinds.VAR_POSITIONAL, kinds.VAR_KEYWORD))
    ]
    named = {name: strategies.get(name, tensors()) for name in (*wanted, *unknown)}
    for name, strategy in named.items():
        if not isinstance(strategy, st.SearchStrategy):
            raise ArgumentError(
                f"gradient_test: expected a strategy for {name!r}, such as tensors(), got {strategy!r}"
            )

    def example(**drawn: Any) -> None:
        if not check(drawn):
            hypothesis.reject()

    example.__annotations__ = {}  # Hypothesis looks at the signature, and takes no strings for types
    # An example takes as long as the function does, and many of some functions are at kinks.
    patient = {
        "deadline": None,
        "suppress_health_check": [hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.filter_too_much],
    }

    def test() -> None:
        run = tally.get()
        number = {} if run is None or run.examples is None else {"max_examples": run.examples}
        base = settings or hypothesis.settings()
        # To see which arguments matter takes hundreds of checks more, and `check_grads` says what is wrong.
        phases = [phase for phase in base.phases if phase is not hypothesis.Phase.explain]
        applied = hypothesis.settings(base, phases=phases, **patient, **number)  # type: ignore[arg-type]
        applied(hypothesis.given(**named)(example))()

    for made in (example, test):
        made.__name__ = made.__qualname__ = name_of(function)
        made.__doc__ = function.__doc__ if inspect.isfunction(function) else None
        made.__module__ = getattr(function, "__module__", made.__module__)
    test.gradient_test = True  # type: ignore[attr-defined]
    return test
