"""The fully connected layer, and layers that only pass on or reshape."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_cnn.errors import ArgumentError
from autograd_cnn.nn import functional as F  # noqa: N812 - the field's name for it
from autograd_cnn.nn import init
from autograd_cnn.nn.module import Module
from autograd_cnn.nn.parameter import Parameter

__all__ = ["Flatten", "Identity", "Linear"]


class Linear(Module):
    """``x @ weight.T + bias``, with learnt ``weight`` (out_features, in_features) and ``bias``.

    >>> import autograd_cnn as ag
    >>> ag.nn.Linear(120, 84)(ag.ones((64, 120), dtype="float32")).shape
    (64, 84)
    """

    weight: Parameter
    bias: Parameter | None

    def __init__(
        self, in_features: int, out_features: int, bias: bool = True, dtype: Any = np.float32
    ) -> None:
        super().__init__()
        if in_features < 1 or out_features < 1:
            raise ArgumentError(
                f"Linear: expected in_features and out_features of at least 1, got {in_features} and "
                f"{out_features}"
            )
        self.in_features = in_features
        self.out_features = out_features
        self.weight = Parameter(np.empty((out_features, in_features), dtype))
        self.bias = Parameter(np.empty(out_features, dtype)) if bias else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weight and bias anew, uniformly within ±1 / √in_features, as PyTorch does."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            bound = 1 / math.sqrt(self.in_features)
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input: Any) -> Any:
        """(\\*, in_features) to (\\*, out_features)."""
        return F.linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        """Return the arguments as PyTorch prints them."""
        return (
            f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"
        )


class Flatten(Module):
    """Merges the axes from ``start_dim`` to ``end_dim`` into one: by default all but the batch.

    >>> import autograd_cnn as ag
    >>> ag.nn.Flatten()(ag.ones((64, 16, 5, 5))).shape
    (64, 400)
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim = start_dim
        self.end_dim = end_dim

    def forward(self, input: Any) -> Any:
        """Merge the axes."""
        return F.flatten(input, self.start_dim, self.end_dim)

    def extra_repr(self) -> str:
        """Return the arguments as PyTorch prints them."""
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Identity(Module):
    """Returns its input, and ignores all arguments: a stand-in for a layer that was taken out.

    >>> import autograd_cnn as ag
    >>> ag.nn.Identity()(ag.ones(1))
    tensor([1.])
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def forward(self, input: Any) -> Any:
        """Return the input."""
        return input
