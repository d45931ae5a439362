"""Calls of every layer: its arguments, its parameters and its input at random."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextvars import copy_context
from functools import wraps
from typing import Any

import numpy as np
from hypothesis import strategies as st

from autograd_cnn import nn
from autograd_cnn.core import random
from autograd_cnn.core.tensor import Tensor, tensor
from autograd_cnn.errors import ArgumentError
from autograd_cnn.nn import functional
from autograd_cnn.testing.posed import CallProblem, shown
from autograd_cnn.testing.problem import Array
from autograd_cnn.testing.script import literal
from autograd_cnn.testing.strategies.choices import Choices, Given
from autograd_cnn.testing.strategies.numbers import SEEDS
from autograd_cnn.testing.strategies.other_layers import OTHER_LAYERS
from autograd_cnn.testing.strategies.spatial_layers import SPATIAL_LAYERS
from autograd_cnn.transforms.tree import map_leaves

__all__ = ["LAYERS", "LayerProblem", "layer_problems", "random_parameters", "repeatable"]

LAYERS: dict[str, Callable[[Choices], Given]] = {**SPATIAL_LAYERS, **OTHER_LAYERS}


class LayerProblem(CallProblem):
    """A call of a layer, differentiated by its inputs and its parameters; ``layer`` is the module.

    What is random in it, dropout, is the same at each call, and what it remembers, statistics, is what it
    was before.
    """

    def __init__(self, layer: nn.Module, arguments: Mapping[str, Any], inputs: Sequence[Any]) -> None:
        self.layer, self.arguments = layer, dict(arguments)

        @repeatable
        def called(*inputs: Any, **parameters: Any) -> Any:
            buffers = {name: tensor(buffer) for name, buffer in layer.named_buffers()}
            return nn.functional_call(layer, {**buffers, **parameters}, inputs)

        called.__name__ = type(layer).__name__
        super().__init__(called, inputs, {name: np.array(p.detach()) for name, p in layer.named_parameters()})

    @property
    def source(self) -> str:
        """Code that makes this problem, under the layer's name; for other inputs and parameters, too."""
        arguments = [f"{name}={_Written(value)!r}" for name, value in self.arguments.items()]
        buffers = {name: np.array(buffer) for name, buffer in self.layer.named_buffers()}
        return "\n".join(
            [
                "import autograd_cnn as ag",
                "from autograd_cnn import nn",
                "from autograd_cnn.testing.strategies import LayerProblem",
                f"layer = nn.{self.name}({', '.join(arguments)}).double().train({self.layer.training})",
                *[f"layer.load_state_dict({map_leaves(_Written, buffers)}, strict=False)"] * bool(buffers),
                f"{self.name} = LayerProblem(layer, {{}}, {map_leaves(_Written, list(self.given))})",
            ]
        )

    def __repr__(self) -> str:
        state = "" if self.layer.training else ".eval()"
        return f"{self.name}({shown((), self.arguments)}){state}({shown(self.given, {})})"


class _Written:
    """A value whose ``repr`` is source code."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __repr__(self) -> str:
        value = self.value
        if isinstance(value, Tensor):
            return f"ag.tensor({literal(np.asarray(value.detach()))})"
        if isinstance(value, (np.ndarray, np.generic)):
            return literal(np.asarray(value))
        return getattr(value, "__name__", repr(value))


@st.composite
def layer_problems(draw: st.DrawFn, layers: Sequence[str] | None = None) -> CallProblem:
    """Calls of the layers of `autograd_cnn.nn`, by default of all of them: ``["Conv2d", "LSTM"]``.

    Every option of a layer is drawn, training or evaluation, and an input that it takes; parameters are
    random numbers, in float64. Functions of `autograd_cnn.nn.functional` that no layer has are layers here,
    too: ``["grid_sample"]``. Not drawn is what has other derivatives than its values by intent: an
    embedding's ``max_norm``, ``padding_idx`` where it is looked up and ``scale_grad_by_freq``, and a hard
    `gumbel_softmax`.
    """
    names = list(LAYERS) if layers is None else list(layers)
    if not names or not set(names) <= set(LAYERS):
        raise ArgumentError(f"layer_problems: expected layers out of {sorted(LAYERS)}, got {layers}")
    name = draw(st.sampled_from(names))
    given, arguments = LAYERS[name](Choices(draw))
    if not hasattr(nn, name):
        return CallProblem(repeatable(getattr(functional, name)), given, arguments)
    layer = repeatable(getattr(nn, name))(**arguments).double().train(draw(st.booleans()))
    random_parameters(layer, draw(SEEDS))
    return LayerProblem(layer, arguments, given)


def random_parameters(module: nn.Module, seed: int) -> None:
    """Random numbers as parameters, in the place of those of an initialisation, and as statistics."""
    generator = np.random.default_rng(seed)
    parameters = dict(module.named_parameters())

    def drawn(name: str, value: Any) -> Array:
        if name in parameters:
            return np.asarray(np.round(0.5 * generator.standard_normal(value.shape), 2))
        if name.endswith(("running_mean", "running_var")):
            return np.asarray(np.round(generator.uniform(0.5, 2.0, value.shape), 2))
        return np.array(value)

    module.load_state_dict({name: drawn(name, value) for name, value in module.state_dict().items()})


def repeatable(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with the same random numbers at each call, and none of the caller's."""

    def seeded(*args: Any, **options: Any) -> Any:
        random.manual_seed(0)
        return function(*args, **options)

    @wraps(function)
    def called(*args: Any, **options: Any) -> Any:
        return copy_context().run(seeded, *args, **options)

    return called
