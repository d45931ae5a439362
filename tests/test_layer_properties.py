"""Every layer in random configurations: its derivatives to second order, and that none is left out."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd_cnn import nn
from autograd_cnn.testing.strategies import LAYERS, LOSSES, NORMS, layer_problems

# Without a derivative, or part of a layer.
NO_LAYERS = {"one_hot", "multi_head_attention_forward"}
CONTAINERS = {"Module", "ModuleDict", "ModuleList", "ParameterDict", "ParameterList", "Sequential"}


@pytest.mark.parametrize("name", LAYERS)
@given(data=st.data())
@settings(max_examples=examples(5))
def test_derivatives_to_second_order(name: str, data: Any) -> None:
    data.draw(layer_problems([name])).check(directions=1)


def test_every_layer_is_drawn() -> None:
    classes = {name for name in nn.__all__ if inspect.isclass(getattr(nn, name))} - CONTAINERS - {"Parameter"}
    assert classes <= set(LAYERS)


def test_every_function_is_drawn_or_that_of_a_layer() -> None:
    layers = {name.lower() for name in LAYERS}
    functions = {name for name in nn.functional.__all__ if name.replace("_", "") not in layers}
    assert functions - set(LAYERS) - set(LOSSES) - set(NORMS) == NO_LAYERS
