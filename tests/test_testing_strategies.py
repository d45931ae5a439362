"""The strategies: what they draw is what they say, and reaches the edges; the layers and losses pass it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from examples import check_unless_at_a_kink, examples
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

import autograd_cnn as ag
from autograd_cnn import nn
from autograd_cnn.errors import ArgumentError, DtypeError
from autograd_cnn.testing import CallProblem, check_grads, strategies
from autograd_cnn.testing.strategies import (
    INDEX_KINDS,
    LAYOUTS,
    LOSSES,
    NORMS,
    arrays,
    axes,
    broadcastable_shapes,
    conv_problems,
    einsum_problems,
    indices,
    laid_out,
    loss_problems,
    modules,
    norm_problems,
    pool_problems,
    shapes,
    tensors,
)

quickly = settings(
    max_examples=400,
    database=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)
unshrunk = settings(quickly, phases=[Phase.generate])


def reached(strategy: st.SearchStrategy[Any], condition: Callable[[Any], bool]) -> Any:
    """The first that fulfils the condition."""
    return find(strategy, condition, settings=unshrunk)


def simplest(strategy: st.SearchStrategy[Any], condition: Callable[[Any], bool]) -> Any:
    return find(strategy, condition, settings=quickly)


# --- Arrays -----------------------------------------------------------------------------------------


@given(st.data(), st.sampled_from([np.float32, np.float64, np.complex128]))
def test_arrays_are_what_was_asked_for(data: Any, dtype: Any) -> None:
    shape = data.draw(shapes())
    domain = data.draw(st.sampled_from([(-2.0, 2.0), (0.3, 0.4), (-100.0, -50.0), (1e-6, 3e-6)]))
    array = data.draw(arrays(shape, dtype, domain=domain))
    assert array.shape == shape
    assert array.dtype == dtype
    for part in (array.real, array.imag) if array.dtype.kind == "c" else (array,):
        assert np.all((part > domain[0]) & (part < domain[1]))


@pytest.mark.parametrize("shape", [(), (0,), (1,), (1, 1), (0, 2), (2, 3, 2)])
def test_edge_shapes_are_reached(shape: tuple[int, ...]) -> None:
    assert reached(shapes(), lambda found: found == shape) == shape


@pytest.mark.parametrize(
    ("layout", "holds"),
    [
        ("contiguous", lambda a: a.flags.c_contiguous and a.flags.writeable),
        ("fortran", lambda a: a.flags.f_contiguous and not a.flags.c_contiguous),
        ("strided", lambda a: a.strides[-1] == 16),
        ("reversed", lambda a: min(a.strides) < 0),
        ("broadcast", lambda a: 0 in a.strides and not a.flags.writeable),
        ("read-only", lambda a: not a.flags.writeable and a.flags.c_contiguous),
    ],
)
def test_layouts(layout: str, holds: Callable[[Any], bool]) -> None:
    plain = np.arange(12.0).reshape(3, 4)
    changed = laid_out(plain, layout)
    assert holds(changed)
    assert layout == "broadcast" or np.array_equal(changed, plain)
    assert reached(arrays((3, 4)), holds).shape == (3, 4)
    for edge in ((), (0, 2), (1,)):
        assert laid_out(np.zeros(edge), layout).shape == edge


def test_numbers_are_of_the_domain_of_an_op_and_shrink_to_readable_ones() -> None:
    array = simplest(arrays((2,), domain=np.log), lambda a: a.sum() > 1)
    assert array.min() > 0.2
    assert array.sum() == pytest.approx(1.01)
    assert simplest(arrays((2,)), lambda a: True).tolist() == [0.0, 0.0]
    unique = simplest(arrays((3,), unique=True), lambda a: True)
    assert len(set(unique)) == 3
    assert np.abs(unique).max() <= 0.02


@given(tensors((2, 3)), tensors(requires_grad=False))
def test_tensors_are_variables_unless_told_otherwise(x: ag.Tensor, constant: ag.Tensor) -> None:
    assert x.requires_grad
    assert not constant.requires_grad


@pytest.mark.parametrize(
    ("strategy", "error", "message"),
    [
        (lambda: arrays(dtype=np.int64), DtypeError, "expected a floating or complex dtype, got int64"),
        (lambda: arrays(layout="sideways"), ArgumentError, "expected a layout out of"),
        (lambda: arrays(domain=(1, 0)), ArgumentError, "low < high"),
        (lambda: arrays(domain=np.argsort), ArgumentError, "expected as domain"),
        (lambda: indices((2,), kinds=("odd",)), ArgumentError, "expected kinds out of"),
        (lambda: conv_problems(ndim=4), ArgumentError, "expected ndim 1, 2 or 3, got 4"),
        (lambda: pool_problems(kind="min"), ArgumentError, 'expected kind "max" or "avg"'),
        (lambda: loss_problems(["no_loss"]), ArgumentError, "expected losses out of"),
        (lambda: norm_problems(["no_norm"]), ArgumentError, "expected norms out of"),
        (lambda: strategies.layer_problems(["no_layer"]), ArgumentError, "expected layers out of"),
        (lambda: strategies.programs(max_arguments=9), ArgumentError, "max_arguments from 1 to 3"),
        (lambda: strategies.programs([np.argsort]), ArgumentError, "got 'argsort'"),
    ],
)
def test_mistakes_are_explained(strategy: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        reached(strategy(), lambda found: True)


# --- Shapes, axes, indices --------------------------------------------------------------------------


@given(st.integers(1, 4).flatmap(broadcastable_shapes))
def test_shapes_broadcast_together(found: tuple[tuple[int, ...], ...]) -> None:
    np.broadcast_shapes(*found)


@given(st.data())
def test_axes_are_valid(data: Any) -> None:
    x = np.ones(data.draw(shapes()))
    np.sum(x, axis=data.draw(axes(x.shape)))
    np.sum(x, axis=data.draw(axes(x.ndim, none=False)))


def test_axes_of_every_kind_are_reached() -> None:
    for kind in (type(None), int, tuple):
        reached(axes(3), lambda axis, kind=kind: type(axis) is kind)
    reached(axes(3), lambda axis: type(axis) is int and axis < 0)


@given(st.data())
@examples(300)
def test_indices_are_valid_and_differentiable(data: Any) -> None:
    shape = data.draw(shapes())
    index = data.draw(indices(shape))
    x = np.arange(float(np.prod(shape))).reshape(shape)
    expected = x[index]
    variable = ag.tensor(x, requires_grad=True)
    taken = variable[index]
    np.testing.assert_array_equal(taken.detach().numpy(), expected)
    cotangent = np.random.default_rng(0).normal(size=expected.shape)
    gradient = ag.backprop(taken, variable, cotangent)
    scattered = np.zeros(shape)
    np.add.at(scattered, index, cotangent)
    np.testing.assert_allclose(gradient.numpy(), scattered, atol=1e-12)


def test_indices_of_every_kind_and_mixture_are_reached() -> None:
    def kinds(index: Any) -> set[str]:
        parts = index if isinstance(index, tuple) else (index,)
        return {_kind_of_index(part) for part in parts}

    for kind in INDEX_KINDS:
        reached(indices((2, 3, 2)), lambda index, kind=kind: kind in kinds(index))
        assert kinds(reached(indices((2, 3), kinds=(kind, "slice")), bool)) <= {kind, "slice"}
    reached(indices((2, 3, 2)), lambda index: {"fancy", "slice", "newaxis"} <= kinds(index))
    reached(indices((2, 3, 2)), lambda index: {"fancy", "boolean"} <= kinds(index))


def _kind_of_index(part: Any) -> str:
    if isinstance(part, np.ndarray):
        return "boolean" if part.dtype == bool else "fancy"
    names = {int: "int", slice: "slice", type(None): "newaxis", type(...): "ellipsis"}
    return names[type(part)]


# --- Calls ------------------------------------------------------------------------------------------


@given(einsum_problems())
def test_einsum(problem: CallProblem) -> None:
    np.testing.assert_allclose(problem(*problem.args), problem.repeated(np.einsum), atol=1e-12)
    check_unless_at_a_kink(problem, directions=1)


@given(conv_problems())
@examples(30)
def test_convolutions(problem: CallProblem) -> None:
    check_unless_at_a_kink(problem, directions=1)


@given(pool_problems())
@examples(30)
def test_pooling(problem: CallProblem) -> None:
    check_unless_at_a_kink(problem, directions=1)


@given(norm_problems())
@examples(60)
def test_norms(problem: CallProblem) -> None:
    check_unless_at_a_kink(problem, directions=1)


@given(loss_problems())
@examples(60)
def test_losses(problem: CallProblem) -> None:
    check_unless_at_a_kink(problem, directions=1)


@given(modules())
@examples(30)
def test_networks(network: strategies.Network) -> None:
    check_unless_at_a_kink(network, directions=1)


def test_networks_draw_nothing_from_the_random_numbers_of_others() -> None:
    first = ag.manual_seed(3).normal()
    ag.manual_seed(3)
    reached(modules(), lambda network: True)
    assert ag.default_generator().normal() == first


def test_a_problem_tells_what_was_called_and_can_be_called_otherwise() -> None:
    x = np.arange(6.0).reshape(2, 3)
    problem = CallProblem(np.sum, [x], {"axis": 1})
    assert repr(problem) == "sum(float64 (2, 3), axis=1)"
    assert problem.label(0) == "argument 'a'"
    np.testing.assert_array_equal(problem.repeated(np.mean), [1.0, 4.0])
    np.testing.assert_array_equal(problem(x + 1), [6.0, 15.0])


def test_constants_are_not_differentiated_by() -> None:
    x = np.array([1.0, 2.0])
    assert [v.name for v in CallProblem(np.multiply, [x, x]).call.variables()] == ["x1", "x2"]
    problem = CallProblem(nn.functional.mse_loss, [x, x + 1], constants=("target",))
    assert len(problem.args) == 1
    problem.check()


# --- Everything has samples -------------------------------------------------------------------------


def test_every_loss_has_samples() -> None:
    functions = {
        name for name in nn.functional.__all__ if name.endswith(("_loss", "cross_entropy", "kl_div"))
    }
    assert functions - set(LOSSES) == set()
    for name in functions:
        assert reached(loss_problems([name]), lambda problem: True).name == name


def test_every_norm_has_samples() -> None:
    functions = {name for name in nn.functional.__all__ if name.endswith("_norm") or name == "normalize"}
    functions |= {"norm", "vector_norm", "matrix_norm"}
    assert functions - set(NORMS) == set()
    for name in functions:
        assert reached(norm_problems([name]), lambda problem: True).name == name


def test_convolution_and_pooling_reach_every_function() -> None:
    for ndim in (1, 2, 3):
        assert reached(conv_problems(ndim), lambda problem: True).name == f"conv{ndim}d"
        for kind in ("max", "avg"):
            assert reached(pool_problems(ndim, kind), lambda problem: True).name == f"{kind}_pool{ndim}d"


def test_layouts_are_documented() -> None:
    assert all(layout in str(arrays.__doc__) for layout in LAYOUTS)


# --- Without Hypothesis -----------------------------------------------------------------------------


def test_the_checks_need_no_hypothesis_and_the_strategies_say_what_is_missing() -> None:
    code = """
import sys
sys.modules["hypothesis"] = None
from autograd_cnn.testing import check_grads, gradient_test
try:
    import autograd_cnn.testing.strategies
except ImportError as error:
    print(error)
try:
    gradient_test()(lambda x: x)
except ImportError as error:
    print(error)
"""
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert found.count("needs Hypothesis: pip install 'autograd-cnn[test]'") == 2


def test_a_check_of_a_drawn_problem_names_its_arguments() -> None:
    problem = CallProblem(np.multiply, [np.array([1.0]), np.array([2.0])])
    with pytest.raises(ArgumentError, match="expected an order"):
        check_grads(problem, problem.args, order=0)
