"""Every layer in random configurations: its derivatives to second order, and that none is left out."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from examples import check_unless_at_a_kink, examples
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

import autograd_cnn as ag
from autograd_cnn import nn
from autograd_cnn.errors import GradientError
from autograd_cnn.testing.strategies import LAYERS, LOSSES, NORMS, LayerProblem, layer_problems, modules

reaching = settings(
    max_examples=1000, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)

# Without a derivative, or part of a layer.
NO_LAYERS = {"one_hot", "multi_head_attention_forward"}
CONTAINERS = {"Module", "ModuleDict", "ModuleList", "ParameterDict", "ParameterList", "Sequential"} | {
    "TransformerDecoder",
    "TransformerEncoder",
}


@pytest.mark.parametrize("name", LAYERS)
@given(data=st.data())
@examples(5)
def test_derivatives_to_second_order(name: str, data: Any) -> None:
    check_unless_at_a_kink(data.draw(layer_problems([name])), directions=1)


def test_every_layer_is_drawn() -> None:
    classes = {name for name in nn.__all__ if inspect.isclass(getattr(nn, name))} - CONTAINERS - {"Parameter"}
    assert classes <= set(LAYERS)


def test_every_function_is_drawn_or_that_of_a_layer() -> None:
    layers = {name.lower() for name in LAYERS}
    functions = {name for name in nn.functional.__all__ if name.replace("_", "") not in layers}
    assert functions - set(LAYERS) - set(LOSSES) - set(NORMS) == NO_LAYERS


def reached(strategy: st.SearchStrategy[Any], condition: Callable[[Any], bool]) -> Any:
    """The first that fulfils the condition."""
    return find(strategy, condition, settings=reaching)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("name", ["BatchNorm2d", "Dropout", "LSTM"])
def test_training_and_evaluation_are_reached(name: str, training: bool) -> None:
    assert reached(layer_problems([name]), lambda problem: problem.layer.training is training)


def test_networks_contain_every_normalisation() -> None:
    wanted = {"BatchNorm1d", "BatchNorm2d", "GroupNorm", "InstanceNorm2d", "LayerNorm", "LocalResponseNorm"}
    seen: set[str] = set()

    def all_seen(network: Any) -> bool:
        seen.update(type(layer).__name__ for layer in network.module)
        return seen >= wanted | {"RMSNorm"}

    reached(modules(), all_seen)


def test_a_call_repeats_its_dropout_and_leaves_statistics_and_the_random_numbers_of_others() -> None:
    layer = nn.Sequential(nn.BatchNorm1d(3), nn.Dropout()).double()
    problem = LayerProblem(layer, {}, [np.random.default_rng(0).normal(size=(5, 3))])
    first = ag.manual_seed(3).normal()
    ag.manual_seed(3)
    once, again = problem(), problem()
    assert 0 < np.count_nonzero(once) < once.size
    np.testing.assert_array_equal(once, again)
    assert ag.default_generator().normal() == first
    assert np.all(np.asarray(layer[0].running_mean) == 0)


class Half(nn.Module):
    """Takes its factor for a constant."""

    def __init__(self, scale: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(ag.tensor([scale]))

    def forward(self, input: Any, states: Any) -> Any:
        return input * states[0] * self.weight.detach() + states[1]


def test_a_wrong_layer_is_found_by_its_parameter() -> None:
    states = (np.ones(2), np.ones(2))
    problem = LayerProblem(Half(2.0), {"scale": 2.0}, [np.ones(2), states])
    assert repr(problem) == "Half(scale=2.0)(float64 (2,), (float64 (2,), float64 (2,)))"
    assert len(problem.args) == 4
    with pytest.raises(GradientError, match="argument 'weight' of 'Half'"):
        problem.check()


@given(problem=layer_problems([name for name in LAYERS if hasattr(nn, name)]))
@examples(30)
def test_the_source_of_a_problem_makes_it(problem: LayerProblem) -> None:
    scope: dict[str, Any] = {"np": np, "_manhattan": problem.arguments.get("distance_function")}
    exec(problem.source, scope)
    again = scope[problem.name]
    assert len(again.args) == len(problem.args)
    for one, other in zip(problem.value(problem.args), again.value(problem.args), strict=True):
        np.testing.assert_array_equal(one, other)
