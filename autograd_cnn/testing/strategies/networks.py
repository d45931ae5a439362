"""Random small networks, with an input for each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from hypothesis import strategies as st

from autograd_cnn import nn
from autograd_cnn.testing.gradients import check_grads
from autograd_cnn.testing.problem import Array
from autograd_cnn.testing.strategies.layers import random_parameters, repeatable
from autograd_cnn.testing.strategies.numbers import SEEDS, distinct

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
    layers, shape = repeatable(build)(draw, draw(st.integers(1, max_layers)))
    module = nn.Sequential(*layers).double().train(draw(st.booleans()))
    random_parameters(module, draw(SEEDS))
    return Network(module, draw(distinct(shape)))  # no ties


ACTIVATIONS = st.sampled_from([nn.Tanh, nn.ReLU, nn.Sigmoid])

# Of images with so many channels and so long sides, and of so many features. They are smooth where all
# numbers are equal, too, with an eps that is not small.
IMAGE_NORMALISATIONS: list[Callable[[int, int], nn.Module]] = [
    lambda channels, side: nn.BatchNorm2d(channels, eps=0.1),
    lambda channels, side: nn.GroupNorm(1, channels, eps=0.1),
    lambda channels, side: nn.GroupNorm(channels, channels, eps=0.1, affine=False),
    lambda channels, side: nn.InstanceNorm2d(channels, eps=0.1, affine=True),
    lambda channels, side: nn.LayerNorm((channels, side, side), eps=0.1),
    lambda channels, side: nn.RMSNorm((channels, side, side), eps=0.1),
    lambda channels, side: nn.LocalResponseNorm(2, alpha=1.0),
]
FEATURE_NORMALISATIONS: list[Callable[[int], nn.Module]] = [
    lambda features: nn.BatchNorm1d(features, eps=0.1),
    lambda features: nn.GroupNorm(1, features, eps=0.1),
    lambda features: nn.LayerNorm(features, eps=0.1),
    lambda features: nn.RMSNorm(features, eps=0.1),
]


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
        if draw(st.booleans()) and shape[0] > 1 and features > 1:
            layers.append(draw(st.sampled_from(FEATURE_NORMALISATIONS))(features))
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
        elif kind == "normalisation" and side >= 2:
            layers.append(draw(st.sampled_from(IMAGE_NORMALISATIONS))(channels, side))
    return [*layers, nn.Flatten(), nn.Linear(channels * side * side, 2)], shape
