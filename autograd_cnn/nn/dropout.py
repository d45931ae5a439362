"""Dropout layers."""

from __future__ import annotations

from typing import Any

from autograd_cnn.nn import functional as F  # noqa: N812 - the field's name for it
from autograd_cnn.nn.functional.dropout import check_probability
from autograd_cnn.nn.module import Module

__all__ = ["AlphaDropout", "Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "FeatureAlphaDropout"]


class _Dropout(Module):
    """What dropout layers have in common.

    ``inplace`` is taken for PyTorch's sake, and changes nothing: the input stays as it is.
    """

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        check_probability(type(self).__name__, p)
        self.p = p
        self.inplace = inplace

    def extra_repr(self) -> str:
        """Return the arguments as PyTorch prints them."""
        return f"p={self.p}, inplace={self.inplace}"


class Dropout(_Dropout):
    """Sets entries to 0 with probability ``p`` in training, and scales the others; see `functional.dropout`.

    >>> import autograd_cnn as ag
    >>> ag.nn.Dropout(0.5)(ag.ones((2,))).shape
    (2,)
    """

    def forward(self, input: Any) -> Any:
        """Shape kept."""
        return F.dropout(input, self.p, self.training)


class Dropout1d(_Dropout):
    """Sets channels of (N, C, L) or (C, L) to 0; see `functional.dropout1d`.

    >>> import autograd_cnn as ag
    >>> ag.nn.Dropout1d(0.5)(ag.ones((1, 2, 4))).shape
    (1, 2, 4)
    """

    def forward(self, input: Any) -> Any:
        """Shape kept."""
        return F.dropout1d(input, self.p, self.training)


class Dropout2d(_Dropout):
    """Sets channels of (N, C, H, W) or (C, H, W) to 0; see `functional.dropout2d`.

    >>> import autograd_cnn as ag
    >>> ag.nn.Dropout2d(0.5)(ag.ones((1, 2, 3, 3))).shape
    (1, 2, 3, 3)
    """

    def forward(self, input: Any) -> Any:
        """Shape kept."""
        return F.dropout2d(input, self.p, self.training)


class Dropout3d(_Dropout):
    """Sets channels of (N, C, D, H, W) or (C, D, H, W) to 0; see `functional.dropout3d`.

    >>> import autograd_cnn as ag
    >>> ag.nn.Dropout3d(0.5)(ag.ones((1, 2, 2, 3, 3))).shape
    (1, 2, 2, 3, 3)
    """

    def forward(self, input: Any) -> Any:
        """Shape kept."""
        return F.dropout3d(input, self.p, self.training)


class AlphaDropout(_Dropout):
    """Dropout that keeps mean 0 and variance 1, for SELU; see `functional.alpha_dropout`.

    >>> import autograd_cnn as ag
    >>> ag.nn.AlphaDropout(0.5)(ag.ones((2,))).shape
    (2,)
    """

    def forward(self, input: Any) -> Any:
        """Shape kept."""
        return F.alpha_dropout(input, self.p, self.training)


class FeatureAlphaDropout(_Dropout):
    """`AlphaDropout` of whole channels of (N, C, \\*); see `functional.feature_alpha_dropout`.

    >>> import autograd_cnn as ag
    >>> ag.nn.FeatureAlphaDropout(0.5)(ag.ones((1, 2, 4))).shape
    (1, 2, 4)
    """

    def forward(self, input: Any) -> Any:
        """Shape kept."""
        return F.feature_alpha_dropout(input, self.p, self.training)
