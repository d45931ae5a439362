"""LeNet-5, and a network without convolutions to compare it with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd_cnn.nn import functional as F  # noqa: N812 - the field's name for it
from autograd_cnn.nn.convolution import Conv2d
from autograd_cnn.nn.linear import Linear
from autograd_cnn.nn.models.choice import choose
from autograd_cnn.nn.module import Module

__all__ = ["MLP", "LeNet5"]

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
        self.activation = choose("LeNet5", "activation", ACTIVATIONS, activation)
        self.pooling = choose("LeNet5", "pooling", POOLINGS, pooling)
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
        self.activation = choose("MLP", "activation", ACTIVATIONS, activation)
        self.fc1 = Linear(28 * 28, hidden)
        self.fc2 = Linear(hidden, num_classes)

    def forward(self, x: Any) -> Any:
        """Images (N, 1, 28, 28) to logits (N, num_classes)."""
        return self.fc2(self.activation(self.fc1(F.flatten(x, start_dim=1))))
