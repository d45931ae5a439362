"""Networks by name, for the command line and for examples."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from autograd_cnn.errors import ArgumentError
from autograd_cnn.nn import functional as F  # noqa: N812 - the field's name for it
from autograd_cnn.nn.convolution import Conv2d
from autograd_cnn.nn.linear import Linear
from autograd_cnn.nn.module import Module

__all__ = ["MLP", "MODELS", "LeNet5", "make_model"]

Choice = TypeVar("Choice")

ACTIVATIONS: dict[str, Callable[[Any], Any]] = {"relu": F.relu, "tanh": F.tanh, "sigmoid": F.sigmoid}
POOLINGS: dict[str, Callable[..., Any]] = {"max": F.max_pool2d, "avg": F.avg_pool2d}


class LeNet5(Module):
    """LeNet-5 for images (N, 1, 28, 28): two convolutions and three fully connected layers.

    ``activation`` is "relu", "tanh" or "sigmoid", ``pooling`` "max" or "avg". With "tanh" and "avg" it is
    close to the original of LeCun et al., *Gradient-based learning applied to document recognition* (1998).

    >>> import autograd_cnn as ag
    >>> ag.nn.models.LeNet5()(ag.ones((2, 1, 28, 28), dtype="float32")).shape
    (2, 10)
    """

    def __init__(self, num_classes: int = 10, activation: str = "relu", pooling: str = "max") -> None:
        super().__init__()
        self.activation = _choose("LeNet5", "activation", ACTIVATIONS, activation)
        self.pooling = _choose("LeNet5", "pooling", POOLINGS, pooling)
        self.conv1 = Conv2d(1, 6, kernel_size=5, padding=2)
        self.conv2 = Conv2d(6, 16, kernel_size=5)
        self.fc1 = Linear(16 * 5 * 5, 120)
        self.fc2 = Linear(120, 84)
        self.fc3 = Linear(84, num_classes)

    def forward(self, x: Any) -> Any:
        """Images (N, 1, 28, 28) to logits (N, num_classes)."""
        x = self.pooling(self.activation(self.conv1(x)), 2)
        x = self.pooling(self.activation(self.conv2(x)), 2)
        x = F.flatten(x, start_dim=1)
        x = self.activation(self.fc1(x))
        x = self.activation(self.fc2(x))
        return self.fc3(x)


class MLP(Module):
    """One hidden layer on the pixels of images (N, 1, 28, 28): what a network does without convolution.

    >>> import autograd_cnn as ag
    >>> ag.nn.models.MLP(hidden=32)(ag.ones((2, 1, 28, 28), dtype="float32")).shape
    (2, 10)
    """

    def __init__(self, num_classes: int = 10, hidden: int = 128, activation: str = "relu") -> None:
        super().__init__()
        self.activation = _choose("MLP", "activation", ACTIVATIONS, activation)
        self.fc1 = Linear(28 * 28, hidden)
        self.fc2 = Linear(hidden, num_classes)

    def forward(self, x: Any) -> Any:
        """Images (N, 1, 28, 28) to logits (N, num_classes)."""
        return self.fc2(self.activation(self.fc1(F.flatten(x, start_dim=1))))


MODELS: dict[str, type[Module]] = {"lenet5": LeNet5, "mlp": MLP}


def make_model(name: str, **options: Any) -> Module:
    """Make the model of a name in `MODELS`; options are the arguments of its class.

    Raises `ArgumentError` for an unknown name or option, with the near matches.

    >>> from autograd_cnn.nn.models import make_model
    >>> type(make_model("lenet5", activation="tanh")).__name__
    'LeNet5'
    """
    model: type[Module] = _choose("make_model", "a model", MODELS, name)
    allowed = inspect.signature(model).parameters
    for option in options:
        if option not in allowed:
            raise ArgumentError(
                f"make_model: {name!r} has no option {option!r}{_near(option, allowed)}; it has "
                f"{', '.join(allowed)}"
            )
    return model(**options)


def _choose(name: str, what: str, table: dict[str, Choice], key: str) -> Choice:
    if key not in table:
        raise ArgumentError(f"{name}: expected {what} of {', '.join(table)}, got {key!r}{_near(key, table)}")
    return table[key]


def _near(word: str, words: Any) -> str:
    matches = difflib.get_close_matches(str(word).lower(), list(words))
    return f"; did you mean {' or '.join(map(repr, matches))}?" if matches else ""
