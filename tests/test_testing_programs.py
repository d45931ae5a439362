"""Random programs: they run as printed, use the whole registry, and find faults planted in the tape."""

from __future__ import annotations

import contextlib
import inspect
import re
import warnings
from collections.abc import Callable
from typing import Any
from unittest import mock

import numpy as np
import pytest
from examples import check_unless_at_a_kink, examples
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis.errors import NoSuchExample

import autograd_cnn as ag
from autograd_cnn.core import inplace, tape
from autograd_cnn.core.primitive import primitive
from autograd_cnn.core.registry import FUNCTIONS, case
from autograd_cnn.errors import GradientError, KinkError
from autograd_cnn.testing import Options, findings
from autograd_cnn.testing.strategies import ARITHMETIC, Program, programs
from autograd_cnn.testing.strategies.vocabulary import MATRICES, _text, vocabulary

ALL = programs()
fixed = settings(
    derandomize=True,
    database=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)


@given(ALL)
@examples(100)
def test_programs_are_differentiated_right(program: Program) -> None:
    check_unless_at_a_kink(program, order=1, directions=1)


@given(ALL)
@examples(60)
def test_what_is_printed_is_what_runs(program: Program) -> None:
    scope: dict[str, Any] = {"array": np.array}
    exec(str(program), scope)
    again = scope["program"](*(scope[name] for name in program.names))
    once = program.function(*map(ag.tensor, program.args))
    for a, b in zip(_listed(again), _listed(once), strict=True):
        np.testing.assert_allclose(a, b.detach().numpy(), rtol=1e-9, atol=1e-12)


def _listed(results: Any) -> list[Any]:
    return list(results) if isinstance(results, tuple) else [results]


@given(ALL)
@examples(60)
def test_arguments_are_as_they_were(program: Program) -> None:
    before = [x.copy() for x in program.args]
    program(*map(ag.tensor, program.args))
    for now, then in zip(program.args, before, strict=True):
        np.testing.assert_array_equal(now, then)


# --- What they reach --------------------------------------------------------------------------------


PATTERNS = (
    r"(\w) = .*\n(.*\n)*.*\1 \+.*\n(.*\n)*.*= .*\b\1\b",  # a value that is used twice
    r"\w\[.*\] = ",
    r"\w \+= ",
    r"if np\.sum\(",
    r"np\.where\(",
    r"np\.tanh\(",  # squeezed into a domain
    r"np\.resize\(",
    r"from autograd_cnn\.special import",
    r"return \w, \w",
)
SHAPES = ((), (0,), (1,))


def test_programs_reach_every_kind_of_line_and_edge_shapes() -> None:
    missing: set[Any] = {*PATTERNS, *SHAPES}

    def all_seen(program: Program) -> bool:
        missing.difference_update([p for p in PATTERNS if p in missing and re.search(p, program.source)])
        missing.difference_update([x.shape for x in program.args] if len(program) > 1 else [])
        return not missing

    with contextlib.suppress(NoSuchExample):
        find(ALL, all_seen, settings=settings(fixed, max_examples=500, phases=[Phase.generate]))
    assert missing == set()


@given(programs(in_place=False, branches=False))
@examples(100)
def test_what_an_engine_does_not_have_is_left_out(program: Program) -> None:
    assert not re.search(r"\] [*]?= |[+*]= |if |np.where\(\w+ >", program.source)


def test_every_op_can_be_in_a_program() -> None:
    """An op that has no samples, or only some that cannot be written down, would be left out in silence."""
    words = {word.record.name for word in vocabulary()}
    left_out = {
        key
        for key, record in FUNCTIONS.items()
        if record.kind != "constant"
        and record.module not in MATRICES
        and "generator" not in inspect.signature(record.function).parameters
        and record.name not in words
    }
    assert left_out <= NOT_WRITABLE


NOT_WRITABLE = {  # their samples have windows, dtypes or functions as parameters
    "convolution.convolution",
    "convolution.convolution_input_gradient",
    "convolution.convolution_weight_gradient",
    "pooling.average_pool",
    "pooling.average_pool_transpose",
    "pooling.max_pool",
    "pooling.max_pool_gather",
    "pooling.max_pool_scatter",
    "selection.apply_along_axis",
    "selection.apply_over_axes",
    "selection.piecewise",
    "shape.astype",
    "window.fold",
    "window.sliding_window",
}


def test_an_op_of_a_users(registry: object) -> None:
    """It is in the registry, and so in programs: its wrong VJP is found, and named."""

    @primitive(x=lambda g, out: 2 * g * out, samples=[case((3,)), case((2, 2))])
    def wrong_tanh(x: Any) -> Any:
        return np.tanh(x)

    failing = _simplest_failing(programs([wrong_tanh]))
    assert failing.source.count("wrong_tanh(") >= 1
    assert len(failing) <= 3
    with pytest.raises(GradientError, match="the op at fault is 'wrong_tanh'"):
        failing.check(order=1)


# --- Faults planted in the tape ---------------------------------------------------------------------

ACCUMULATION = "arrived[parent] = contribution if before is None else before + contribution"


def _gradients_with(line: str) -> Callable[..., Any]:
    """`tape.gradients` with another line in the place of the accumulation."""
    source = inspect.getsource(tape.gradients)
    assert source.count(ACCUMULATION) == 1
    scope = dict(vars(tape))
    exec(source.replace(ACCUMULATION, line), scope)
    function: Callable[..., Any] = scope["gradients"]
    return function


def _is_wrong(program: Program) -> bool:
    """Whether first derivatives are; quicker than `check_grads`, which explains each failure."""
    options = Options(order=1, directions=1)
    return any(not failure.undecided for failure in findings(program, program.args, options))


def _simplest_failing(strategy: Any = ALL) -> Program:
    found: Program = find(strategy, _is_wrong, settings=settings(fixed, max_examples=200))
    return found


def _operations(program: Program) -> int:
    """How many operations the tape records."""
    outputs = _listed(program.function(*(ag.tensor(x, requires_grad=True) for x in program.args)))
    return len(tape.reachable([y._source for y in outputs if y._source is not None]))


FAULTS = {
    "an accumulation is lost": (tape, "gradients", _gradients_with("arrived[parent] = contribution")),
    "an accumulation is lost in a diamond": (
        tape,
        "gradients",
        _gradients_with(
            "arrived[parent] = before + contribution if before is not None and type(parent) is Leaf "
            "else contribution"
        ),
    ),
    "the first contribution is kept": (
        tape,
        "gradients",
        _gradients_with("arrived[parent] = contribution if before is None else before"),
    ),
    "a stale value after a write in place": (inplace, "_is_alone", lambda tensor: True),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_the_tape_is_found_and_shrinks(fault: str) -> None:
    module, name, planted = FAULTS[fault]
    with mock.patch.object(module, name, planted):
        failing = _simplest_failing()
        with pytest.raises(GradientError) as caught:
            failing.check(order=1)
    assert 1 <= _operations(failing) <= 6, failing
    assert failing.source in caught.value.failure.script  # to be pasted as it stands
    assert not _is_wrong(failing), "the fault is in the tape, not in the program"


def test_the_rest_of_a_failure_is_as_ever() -> None:
    program = Program({"x": np.array([0.0, 1.0])}, ["a = np.abs(x)"], ["a"])
    with pytest.raises(KinkError):
        program.check()
    assert len(ARITHMETIC) == 9


def test_a_line_that_warns_of_its_condition_is_left_out() -> None:
    fit = programs([np.polyfit], max_arguments=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        program = find(fit, lambda found: "polyfit" in str(found), settings=settings(fixed, max_examples=500))
        program(*map(ag.tensor, program.args))


def test_an_infinite_parameter_is_printed_as_numpys() -> None:
    assert [_text(value) for value in (np.inf, -np.inf, 2.0)] == ["np.inf", "-np.inf", "2.0"]
