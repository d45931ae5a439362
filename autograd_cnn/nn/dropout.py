"""Dropout layers."""

from __future__ import annotations

from typing import Any

from autograd_cnn.nn import functional as F  # noqa: N812 - the field's name for it
from autograd_cnn.nn.functional.dropout import check_probability
from autograd_cnn.nn.module import Module

__all__ = ["Dropout"]


class Dropout(Module):
    """Sets entries to 0 with probability ``p`` in training, and scales the others; see `functional.dropout`.

    ``inplace`` is taken for PyTorch's sake, and changes nothing: the input stays as it is.

    >>> import autograd_cnn as ag
    >>> ag.nn.Dropout(0.5).eval()(ag.tensor([1.0, 2.0]))
    tensor([1., 2.])
    """

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        check_probability("Dropout", p)
        self.p = p
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        """Any shape, kept."""
        return F.dropout(input, self.p, self.training)

    def extra_repr(self) -> str:
        """Return the arguments as PyTorch prints them."""
        return f"p={self.p}, inplace={self.inplace}"
