"""Activations as layers."""

from __future__ import annotations

from typing import Any

from autograd_cnn.nn import functional as F  # noqa: N812 - the field's name for it
from autograd_cnn.nn.module import Module

__all__ = ["LogSoftmax", "ReLU", "Sigmoid", "Softmax", "Tanh"]


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


class Tanh(Module):
    """Hyperbolic tangent of every entry.

    >>> import autograd_cnn as ag
    >>> ag.nn.Tanh()(ag.tensor([0.0]))
    tensor([0.])
    """

    def forward(self, input: Any) -> Any:
        """Any shape, kept."""
        return F.tanh(input)


class Sigmoid(Module):
    """1 / (1 + e ** -x) of every entry.

    >>> import autograd_cnn as ag
    >>> ag.nn.Sigmoid()(ag.tensor([0.0]))
    tensor([0.5])
    """

    def forward(self, input: Any) -> Any:
        """Any shape, kept."""
        return F.sigmoid(input)


class Softmax(Module):
    """e ** x / Σ e ** x along the axis ``dim``, which must be given.

    >>> import autograd_cnn as ag
    >>> ag.nn.Softmax(dim=1)(ag.tensor([[0.0, 0.0]]))
    tensor([[0.5, 0.5]])
    """

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Any) -> Any:
        """Any shape, kept."""
        return F.softmax(input, self.dim)

    def extra_repr(self) -> str:
        """Return the argument as PyTorch prints it."""
        return f"dim={self.dim}"


class LogSoftmax(Softmax):
    """x - log Σ e ** x along the axis ``dim``, which must be given.

    >>> import autograd_cnn as ag
    >>> ag.nn.LogSoftmax(dim=1)(ag.tensor([[1000.0, 0.0]]))
    tensor([[    0., -1000.]])
    """

    def forward(self, input: Any) -> Any:
        """Any shape, kept."""
        return F.log_softmax(input, self.dim)
