"""The fully connected and the bilinear layer, and layers that only pass on or reshape."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_cnn.errors import ArgumentError, ShapeError
from autograd_cnn.nn import functional as F  # noqa: N812 - the field's name for it
from autograd_cnn.nn import init
from autograd_cnn.nn.functional.checks import axis_of, check_array
from autograd_cnn.nn.module import Module
from autograd_cnn.nn.parameter import Parameter
from autograd_cnn.ops.shape import reshape

__all__ = ["Bilinear", "Flatten", "Identity", "Linear", "Unflatten"]


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


class Unflatten(Module):
    """Splits the axis ``dim`` into axes of ``unflattened_size``, one of which may be -1.

    >>> import autograd_cnn as ag
    >>> ag.nn.Unflatten(1, (16, 5, 5))(ag.ones((64, 400))).shape
    (64, 16, 5, 5)
    """

    def __init__(self, dim: int, unflattened_size: Sequence[int]) -> None:
        super().__init__()
        if isinstance(unflattened_size, int):
            raise ArgumentError(f"Unflatten: expected unflattened_size as a tuple, got {unflattened_size}")
        self.dim = dim
        self.unflattened_size = tuple(unflattened_size)

    def forward(self, input: Any) -> Any:
        """Split the axis."""
        check_array("Unflatten", "input", input)
        shape, sizes = input.shape, self.unflattened_size
        axis = axis_of("Unflatten", len(shape), self.dim)
        known = math.prod(n for n in sizes if n != -1)
        if sizes.count(-1) == 1 and known > 0 and shape[axis] % known == 0:
            sizes = tuple(shape[axis] // known if n == -1 else n for n in sizes)
        if math.prod(sizes) != shape[axis] or any(n < 0 for n in sizes):
            raise ShapeError(
                f"Unflatten: expected unflattened_size {self.unflattened_size} to have as many entries as "
                f"the axis dim={self.dim} of the input, got shape {shape}"
            )
        return reshape(input, (*shape[:axis], *sizes, *shape[axis + 1 :]))

    def extra_repr(self) -> str:
        """Return the arguments as PyTorch prints them."""
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"


class Bilinear(Module):
    """Σ x[i] weight[o, i, j] y[j] + bias[o], with learnt ``weight`` (O, I, J) and ``bias``.

    >>> import autograd_cnn as ag
    >>> x, y = ag.ones((8, 3), dtype="float32"), ag.ones((8, 4), dtype="float32")
    >>> ag.nn.Bilinear(3, 4, 5)(x, y).shape
    (8, 5)
    """

    weight: Parameter
    bias: Parameter | None

    def __init__(
        self,
        in1_features: int,
        in2_features: int,
        out_features: int,
        bias: bool = True,
        dtype: Any = np.float32,
    ) -> None:
        super().__init__()
        if min(in1_features, in2_features, out_features) < 1:
            raise ArgumentError(
                "Bilinear: expected in1_features, in2_features and out_features of at least 1, got "
                f"{in1_features}, {in2_features} and {out_features}"
            )
        self.in1_features = in1_features
        self.in2_features = in2_features
        self.out_features = out_features
        self.weight = Parameter(np.empty((out_features, in1_features, in2_features), dtype))
        self.bias = Parameter(np.empty(out_features, dtype)) if bias else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weight and bias anew, uniformly within ±1 / √in1_features, as PyTorch does."""
        bound = 1 / math.sqrt(self.in1_features)
        init.uniform_(self.weight, -bound, bound)
        if self.bias is not None:
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input1: Any, input2: Any) -> Any:
        """(\\*, in1_features) and (\\*, in2_features) to (\\*, out_features)."""
        return F.bilinear(input1, input2, self.weight, self.bias)

    def extra_repr(self) -> str:
        """Return the arguments as PyTorch prints them."""
        return (
            f"in1_features={self.in1_features}, in2_features={self.in2_features}, "
            f"out_features={self.out_features}, bias={self.bias is not None}"
        )
