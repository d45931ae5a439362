"""Random small networks, with an input for each."""

from __future__ import annotations

from contextvars import copy_context
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

from autograd_cnn import nn
from autograd_cnn.core import random
from autograd_cnn.testing.gradients import check_grads
from autograd_cnn.testing.problem import Array
from autograd_cnn.testing.strategies.numbers import SEEDS, normal

__all__ = ["Network", "modules"]


class Network(NamedTuple):
    """A module, and an input that it takes."""

    module: nn.Module
    input: Array

    def check(self, order: int = 2, **options: Any) -> None:
        """`check_grads` of the module by its input and its parameters."""
        check_grads(self.module, [self.input], order, **options)


@st.composite
def modules(draw: st.DrawFn, max_layers: int = 4) -> Network:
    """Random small networks in float64, of up to ``max_layers`` layers, with an input.

    They are perceptrons on (N, features), or convolutions with pooling, normalisation and activations on
    images (N, C, H, W), flattened into a last linear layer. Parameters are random numbers, not those of the
    layers' initialisation.
    """
    build = _convolutional if draw(st.booleans()) else _perceptron
    # Layers initialise themselves with random numbers: in a context of their own, not with the caller's.
    layers, shape = copy_context().run(_seeded, build, draw, draw(st.integers(1, max_layers)))
    module = nn.Sequential(*layers).double()
    generator = np.random.default_rng(draw(SEEDS))
    module.load_state_dict(
        {
            name: np.round(0.5 * generator.standard_normal(value.shape), 2)
            if name in dict(module.named_parameters())
            else value
            for name, value in module.state_dict().items()
        }
    )
    return Network(module, draw(normal(shape)))


def _seeded(build: Any, *args: Any) -> Any:
    random.manual_seed(0)
    return build(*args)


ACTIVATIONS = st.sampled_from([nn.Tanh, nn.ReLU, nn.Sigmoid])
NORMALISATIONS = [kind for kind in (getattr(nn, "BatchNorm2d", None),) if kind is not None]


def _perceptron(draw: st.DrawFn, count: int) -> tuple[list[nn.Module], tuple[int, ...]]:
    features = draw(st.integers(1, 3))
    shape = (draw(st.integers(1, 3)), features)
    layers: list[nn.Module] = []
    for _ in range(count):
        wider = draw(st.integers(1, 3))
        layers.append(nn.Linear(features, wider, bias=draw(st.booleans())))
        features = wider
        if draw(st.booleans()):
            layers.append(draw(ACTIVATIONS)())
    if draw(st.booleans()):
        layers.append(nn.LogSoftmax(dim=1))
    return layers, shape


def _convolutional(draw: st.DrawFn, count: int) -> tuple[list[nn.Module], tuple[int, ...]]:
    channels, side = draw(st.integers(1, 2)), draw(st.integers(3, 5))
    shape = (draw(st.integers(1, 2)), channels, side, side)
    layers: list[nn.Module] = []
    for _ in range(count):
        kind = draw(st.sampled_from(["convolution", "activation", "pooling", "normalisation"]))
        if kind == "convolution":
            more, kernel, padding = draw(st.integers(1, 3)), draw(st.integers(1, 3)), draw(st.integers(0, 1))
            layers.append(nn.Conv2d(channels, more, min(kernel, side), padding=padding))
            channels, side = more, side + 2 * padding - min(kernel, side) + 1
        elif kind == "activation":
            layers.append(draw(ACTIVATIONS)())
        elif kind == "pooling" and side >= 2:
            layers.append(draw(st.sampled_from([nn.MaxPool2d, nn.AvgPool2d]))(2))
            side //= 2
        elif kind == "normalisation" and NORMALISATIONS and side >= 2:
            layers.append(draw(st.sampled_from(NORMALISATIONS))(channels))
    return [*layers, nn.Flatten(), nn.Linear(channels * side * side, 2)], shape
