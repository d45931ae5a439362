"""Max-unpooling layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from autograd_cnn.kernels.geometry import per_axis
from autograd_cnn.nn import functional as F  # noqa: N812 - the field's name for it
from autograd_cnn.nn.functional.pooling import Lengths
from autograd_cnn.nn.module import Module

__all__ = ["MaxUnpool1d", "MaxUnpool2d", "MaxUnpool3d"]


class _MaxUnpool(Module):
    """What max-unpooling of every dimension has in common."""

    spatial_axes: ClassVar[int]

    def __init__(self, kernel_size: Lengths, stride: Lengths | None = None, padding: Lengths = 0) -> None:
        super().__init__()
        name, axes = type(self).__name__, self.spatial_axes
        self.kernel_size = per_axis(name, "kernel", kernel_size, axes)
        self.stride = self.kernel_size if stride is None else per_axis(name, "stride", stride, axes)
        self.padding = per_axis(name, "padding", padding, axes, minimum=0)

    def extra_repr(self) -> str:
        """Return the arguments as PyTorch prints them."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class MaxUnpool1d(_MaxUnpool):
    """Puts the entries of a max-pooling back where they came from; see `functional.max_unpool1d`.

    >>> import autograd_cnn as ag
    >>> y, indices = ag.nn.MaxPool1d(2, return_indices=True)(ag.ones((1, 2, 8)))
    >>> ag.nn.MaxUnpool1d(2)(y, indices).shape
    (1, 2, 8)
    """

    spatial_axes = 1

    def forward(self, input: Any, indices: Any, output_size: Sequence[int] | None = None) -> Any:
        """(N, C, L), or (C, L), to (N, C, L'), or (C, L')."""
        return F.max_unpool1d(input, indices, self.kernel_size, self.stride, self.padding, output_size)


class MaxUnpool2d(_MaxUnpool):
    """Puts the entries of a max-pooling back where they came from; see `functional.max_unpool2d`.

    >>> import autograd_cnn as ag
    >>> y, indices = ag.nn.MaxPool2d(2, return_indices=True)(ag.ones((1, 6, 28, 28)))
    >>> ag.nn.MaxUnpool2d(2)(y, indices).shape
    (1, 6, 28, 28)
    """

    spatial_axes = 2

    def forward(self, input: Any, indices: Any, output_size: Sequence[int] | None = None) -> Any:
        """(N, C, H, W), or (C, H, W), to (N, C, H', W'), or (C, H', W')."""
        return F.max_unpool2d(input, indices, self.kernel_size, self.stride, self.padding, output_size)


class MaxUnpool3d(_MaxUnpool):
    """Puts the entries of a max-pooling back where they came from; see `functional.max_unpool3d`.

    >>> import autograd_cnn as ag
    >>> y, indices = ag.nn.MaxPool3d(2, return_indices=True)(ag.ones((1, 2, 4, 4, 4)))
    >>> ag.nn.MaxUnpool3d(2)(y, indices).shape
    (1, 2, 4, 4, 4)
    """

    spatial_axes = 3

    def forward(self, input: Any, indices: Any, output_size: Sequence[int] | None = None) -> Any:
        """(N, C, D, H, W), or (C, D, H, W), to (N, C, D', H', W'), or (C, D', H', W')."""
        return F.max_unpool3d(input, indices, self.kernel_size, self.stride, self.padding, output_size)
