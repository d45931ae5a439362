"""Max-pooling layers whose windows begin at random places."""

from __future__ import annotations

from typing import Any

from autograd_cnn.core.tensor import Tensor
from autograd_cnn.kernels.geometry import per_axis
from autograd_cnn.nn import functional as F  # noqa: N812 - the field's name for it
from autograd_cnn.nn.functional.fractional_pooling import Ratios, check_output
from autograd_cnn.nn.functional.pooling import Lengths
from autograd_cnn.nn.module import Module

__all__ = ["FractionalMaxPool2d", "FractionalMaxPool3d"]


class _FractionalMaxPool(Module):
    """What both dimensions have in common."""

    ndim: int
    _random_samples: Tensor | None

    def __init__(
        self,
        kernel_size: Lengths,
        output_size: Lengths | None = None,
        output_ratio: Ratios | None = None,
        return_indices: bool = False,
        _random_samples: Tensor | None = None,
    ) -> None:
        super().__init__()
        name = type(self).__name__
        self.kernel_size = per_axis(name, "kernel", kernel_size, self.ndim)
        self.return_indices = return_indices
        self.register_buffer("_random_samples", _random_samples)
        self.output_size, self.output_ratio = check_output(name, self.ndim, output_size, output_ratio)


class FractionalMaxPool2d(_FractionalMaxPool):
    """Largest entry of windows of (N, C, H, W) or (C, H, W), at random places; in evaluation too.

    See `functional.fractional_max_pool2d`.

    >>> import autograd_cnn as ag
    >>> ag.nn.FractionalMaxPool2d(2, output_size=(5, 6))(ag.ones((1, 3, 8, 8))).shape
    (1, 3, 5, 6)
    """

    ndim = 2

    def forward(self, input: Any) -> Any:
        """(N, C, H, W), or (C, H, W), to (N, C, H', W'), or (C, H', W')."""
        return F.fractional_max_pool2d(
            input,
            self.kernel_size,
            self.output_size,
            self.output_ratio,
            self.return_indices,
            self._random_samples,
        )


class FractionalMaxPool3d(_FractionalMaxPool):
    """Largest entry of windows of (N, C, D, H, W) or (C, D, H, W), at random places; in evaluation too.

    See `functional.fractional_max_pool3d`.

    >>> import autograd_cnn as ag
    >>> ag.nn.FractionalMaxPool3d(2, output_ratio=0.5)(ag.ones((1, 3, 8, 8, 8))).shape
    (1, 3, 4, 4, 4)
    """

    ndim = 3

    def forward(self, input: Any) -> Any:
        """(N, C, D, H, W), or (C, D, H, W), to (N, C, D', H', W'), or (C, D', H', W')."""
        return F.fractional_max_pool3d(
            input,
            self.kernel_size,
            self.output_size,
            self.output_ratio,
            self.return_indices,
            self._random_samples,
        )
