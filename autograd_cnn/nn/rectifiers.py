"""Activations with kinks as layers: rectifiers, shrinkage, and what clips."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_cnn.errors import ArgumentError
from autograd_cnn.nn import functional as F  # noqa: N812 - the field's name for it
from autograd_cnn.nn.init import constant_
from autograd_cnn.nn.module import Module
from autograd_cnn.nn.parameter import Parameter

__all__ = [
    "CELU",
    "ELU",
    "SELU",
    "Hardshrink",
    "Hardsigmoid",
    "Hardswish",
    "Hardtanh",
    "LeakyReLU",
    "PReLU",
    "RReLU",
    "ReLU",
    "ReLU6",
    "Softshrink",
    "Threshold",
]


class ReLU(Module):
    """max(x, 0) of every entry.

    ``inplace`` is taken for PyTorch's sake, and changes nothing: the input stays as it is.

    >>> import autograd_cnn as ag
    >>> ag.nn.ReLU()(ag.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        """Any shape, kept."""
        return F.relu(input)

    def extra_repr(self) -> str:
        """Return the argument as PyTorch prints it."""
        return "inplace=True" if self.inplace else ""


class ReLU6(Module):
    """min(max(x, 0), 6).

    >>> import autograd_cnn as ag
    >>> ag.nn.ReLU6()(ag.tensor([-1.0, 8.0]))
    tensor([0., 6.])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        """Any shape, kept."""
        return F.relu6(input)

    def extra_repr(self) -> str:
        """Return the arguments as PyTorch prints them."""
        return "inplace=True" if self.inplace else ""


class Hardtanh(Module):
    """x limited to ``min_val`` and ``max_val``.

    >>> import autograd_cnn as ag
    >>> ag.nn.Hardtanh()(ag.tensor([0.5, 2.0]))
    tensor([0.5, 1. ])
    """

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.min_val = min_val
        self.max_val = max_val
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        """Any shape, kept."""
        return F.hardtanh(input, self.min_val, self.max_val)

    def extra_repr(self) -> str:
        """Return the arguments as PyTorch prints them."""
        return f"min_val={self.min_val}, max_val={self.max_val}{', inplace=True' if self.inplace else ''}"


class Hardsigmoid(Module):
    """x / 6 + 1 / 2 limited to 0 and 1.

    >>> import autograd_cnn as ag
    >>> ag.nn.Hardsigmoid()(ag.tensor([0.0, 3.0]))
    tensor([0.5, 1. ])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        """Any shape, kept."""
        return F.hardsigmoid(input)


class Hardswish(Module):
    """x · hardsigmoid(x); see `functional.hardswish`.

    >>> import autograd_cnn as ag
    >>> ag.nn.Hardswish()(ag.tensor([0.0, 3.0]))
    tensor([0., 3.])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        """Any shape, kept."""
        return F.hardswish(input)


class LeakyReLU(Module):
    """x where it is positive, else ``negative_slope`` x.

    >>> import autograd_cnn as ag
    >>> ag.nn.LeakyReLU(0.5)(ag.tensor([-1.0, 2.0]))
    tensor([-0.5,  2. ])
    """

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__()
        self.negative_slope = negative_slope
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        """Any shape, kept."""
        return F.leaky_relu(input, self.negative_slope)

    def extra_repr(self) -> str:
        """Return the arguments as PyTorch prints them."""
        return f"negative_slope={self.negative_slope}{', inplace=True' if self.inplace else ''}"


class PReLU(Module):
    """x where it is positive, else ``weight`` x; see `functional.prelu`.

    ``weight`` (num_parameters,) is learnt, one number or one for each channel, and ``init`` at first.

    >>> import autograd_cnn as ag
    >>> ag.nn.PReLU()(ag.tensor([-1.0, 2.0], dtype="float32")).tolist()
    [-0.25, 2.0]
    """

    def __init__(self, num_parameters: int = 1, init: float = 0.25, dtype: Any = np.float32) -> None:
        super().__init__()
        if num_parameters < 1:
            raise ArgumentError(f"PReLU: expected num_parameters of at least 1, got {num_parameters}")
        self.num_parameters = num_parameters
        self.init = init
        self.weight = Parameter(np.empty(num_parameters, dtype))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set weight to ``init``."""
        constant_(self.weight, self.init)

    def forward(self, input: Any) -> Any:
        """(N, C, \\*), shape kept."""
        return F.prelu(input, self.weight)

    def extra_repr(self) -> str:
        """Return the argument as PyTorch prints it."""
        return f"num_parameters={self.num_parameters}"


class RReLU(Module):
    """Leaky ReLU with a random slope in training; see `functional.rrelu`.

    >>> import autograd_cnn as ag
    >>> ag.nn.RReLU(0.25, 0.75).eval()(ag.tensor([-4.0, 2.0]))
    tensor([-2.,  2.])
    """

    def __init__(self, lower: float = 1.0 / 8, upper: float = 1.0 / 3, inplace: bool = False) -> None:
        super().__init__()
        self.lower = lower
        self.upper = upper
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        """Any shape, kept."""
        return F.rrelu(input, self.lower, self.upper, self.training)

    def extra_repr(self) -> str:
        """Return the arguments as PyTorch prints them."""
        return f"lower={self.lower}, upper={self.upper}{', inplace=True' if self.inplace else ''}"


class ELU(Module):
    """x where it is positive, else alpha (e ** x - 1).

    >>> import autograd_cnn as ag
    >>> ag.nn.ELU()(ag.tensor([0.0, 2.0]))
    tensor([0., 2.])
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha = alpha
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        """Any shape, kept."""
        return F.elu(input, self.alpha)

    def extra_repr(self) -> str:
        """Return the arguments as PyTorch prints them."""
        return f"alpha={self.alpha}{', inplace=True' if self.inplace else ''}"


class CELU(Module):
    """x where it is positive, else alpha (e ** (x / alpha) - 1).

    >>> import autograd_cnn as ag
    >>> ag.nn.CELU(2.0)(ag.tensor([0.0, 2.0]))
    tensor([0., 2.])
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha = alpha
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        """Any shape, kept."""
        return F.celu(input, self.alpha)

    def extra_repr(self) -> str:
        """Return the arguments as PyTorch prints them."""
        return f"alpha={self.alpha}{', inplace=True' if self.inplace else ''}"


class SELU(Module):
    """The ELU that keeps mean 0 and variance 1; see `functional.selu`.

    >>> import autograd_cnn as ag
    >>> ag.nn.SELU()(ag.tensor([0.0]))
    tensor([0.])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        """Any shape, kept."""
        return F.selu(input)

    def extra_repr(self) -> str:
        """Return the arguments as PyTorch prints them."""
        return "inplace=True" if self.inplace else ""


class Hardshrink(Module):
    """x where its magnitude exceeds ``lambd``, else 0.

    >>> import autograd_cnn as ag
    >>> ag.nn.Hardshrink()(ag.tensor([-1.0, 0.3]))
    tensor([-1.,  0.])
    """

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Any) -> Any:
        """Any shape, kept."""
        return F.hardshrink(input, self.lambd)

    def extra_repr(self) -> str:
        """Return the arguments as PyTorch prints them."""
        return f"{self.lambd}"


class Softshrink(Module):
    """x moved towards 0 by ``lambd``, and 0 within that.

    >>> import autograd_cnn as ag
    >>> ag.nn.Softshrink()(ag.tensor([-1.0, 0.3]))
    tensor([-0.5,  0. ])
    """

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Any) -> Any:
        """Any shape, kept."""
        return F.softshrink(input, self.lambd)

    def extra_repr(self) -> str:
        """Return the arguments as PyTorch prints them."""
        return f"{self.lambd}"


class Threshold(Module):
    """x where it exceeds ``threshold``, else ``value``.

    >>> import autograd_cnn as ag
    >>> ag.nn.Threshold(0.5, -1.0)(ag.tensor([0.3, 2.0]))
    tensor([-1.,  2.])
    """

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        super().__init__()
        self.threshold = threshold
        self.value = value
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        """Any shape, kept."""
        return F.threshold(input, self.threshold, self.value)

    def extra_repr(self) -> str:
        """Return the arguments as PyTorch prints them."""
        return f"threshold={self.threshold}, value={self.value}{', inplace=True' if self.inplace else ''}"
