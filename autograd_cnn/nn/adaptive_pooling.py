"""Pooling layers whose output has a given size."""

from __future__ import annotations

from typing import Any

from autograd_cnn.nn import functional as F  # noqa: N812 - the field's name for it
from autograd_cnn.nn.functional.adaptive_pooling import Sizes
from autograd_cnn.nn.module import Module

__all__ = [
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AdaptiveAvgPool3d",
    "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d",
    "AdaptiveMaxPool3d",
]


class _AdaptivePool(Module):
    """What adaptive pooling of every kind has in common."""

    def __init__(self, output_size: Sizes) -> None:
        super().__init__()
        self.output_size = output_size

    def extra_repr(self) -> str:
        """Return the argument as PyTorch prints it."""
        return f"output_size={self.output_size}"


class _AdaptiveMaxPool(_AdaptivePool):
    """What adaptive max-pooling of every dimension has in common."""

    def __init__(self, output_size: Sizes, return_indices: bool = False) -> None:
        super().__init__(output_size)
        self.return_indices = return_indices


class AdaptiveAvgPool1d(_AdaptivePool):
    """Mean of windows that cover (N, C, L) or (C, L).

    See `functional.adaptive_avg_pool1d`.

    >>> import autograd_cnn as ag
    >>> ag.nn.AdaptiveAvgPool1d(1)(ag.ones((1, 2, 8))).shape
    (1, 2, 1)
    """

    def forward(self, input: Any) -> Any:
        """(N, C, L), or (C, L), to (N, C, L'), or (C, L')."""
        return F.adaptive_avg_pool1d(input, self.output_size)


class AdaptiveAvgPool2d(_AdaptivePool):
    """Mean of windows that cover (N, C, H, W) or (C, H, W).

    See `functional.adaptive_avg_pool2d`.

    >>> import autograd_cnn as ag
    >>> ag.nn.AdaptiveAvgPool2d(1)(ag.ones((1, 6, 28, 28))).shape
    (1, 6, 1, 1)
    """

    def forward(self, input: Any) -> Any:
        """(N, C, H, W), or (C, H, W), to (N, C, H', W'), or (C, H', W')."""
        return F.adaptive_avg_pool2d(input, self.output_size)


class AdaptiveAvgPool3d(_AdaptivePool):
    """Mean of windows that cover (N, C, D, H, W) or (C, D, H, W).

    See `functional.adaptive_avg_pool3d`.

    >>> import autograd_cnn as ag
    >>> ag.nn.AdaptiveAvgPool3d(1)(ag.ones((1, 2, 4, 4, 4))).shape
    (1, 2, 1, 1, 1)
    """

    def forward(self, input: Any) -> Any:
        """(N, C, D, H, W), or (C, D, H, W), to (N, C, D', H', W'), or (C, D', H', W')."""
        return F.adaptive_avg_pool3d(input, self.output_size)


class AdaptiveMaxPool1d(_AdaptiveMaxPool):
    """Largest entry of windows that cover (N, C, L) or (C, L).

    See `functional.adaptive_max_pool1d`.

    >>> import autograd_cnn as ag
    >>> ag.nn.AdaptiveMaxPool1d(1)(ag.ones((1, 2, 8))).shape
    (1, 2, 1)
    """

    def forward(self, input: Any) -> Any:
        """(N, C, L), or (C, L), to (N, C, L'), or (C, L')."""
        return F.adaptive_max_pool1d(input, self.output_size, self.return_indices)


class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    """Largest entry of windows that cover (N, C, H, W) or (C, H, W).

    See `functional.adaptive_max_pool2d`.

    >>> import autograd_cnn as ag
    >>> ag.nn.AdaptiveMaxPool2d(1)(ag.ones((1, 6, 28, 28))).shape
    (1, 6, 1, 1)
    """

    def forward(self, input: Any) -> Any:
        """(N, C, H, W), or (C, H, W), to (N, C, H', W'), or (C, H', W')."""
        return F.adaptive_max_pool2d(input, self.output_size, self.return_indices)


class AdaptiveMaxPool3d(_AdaptiveMaxPool):
    """Largest entry of windows that cover (N, C, D, H, W) or (C, D, H, W).

    See `functional.adaptive_max_pool3d`.

    >>> import autograd_cnn as ag
    >>> ag.nn.AdaptiveMaxPool3d(1)(ag.ones((1, 2, 4, 4, 4))).shape
    (1, 2, 1, 1, 1)
    """

    def forward(self, input: Any) -> Any:
        """(N, C, D, H, W), or (C, D, H, W), to (N, C, D', H', W'), or (C, D', H', W')."""
        return F.adaptive_max_pool3d(input, self.output_size, self.return_indices)
