"""Pooling layers."""

from __future__ import annotations

from typing import Any, ClassVar

from autograd_cnn.errors import ArgumentError
from autograd_cnn.kernels.geometry import resolve_window
from autograd_cnn.nn import functional as F  # noqa: N812 - the field's name for it
from autograd_cnn.nn.functional.pooling import Lengths
from autograd_cnn.nn.module import Module

__all__ = ["AvgPool1d", "AvgPool2d", "AvgPool3d", "MaxPool1d", "MaxPool2d", "MaxPool3d"]


class _MaxPool(Module):
    """What max-pooling of every dimension has in common."""

    spatial_axes: ClassVar[int]

    def __init__(
        self,
        kernel_size: Lengths,
        stride: Lengths | None = None,
        padding: Lengths = 0,
        dilation: Lengths = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        resolve_window(type(self).__name__, self.spatial_axes, kernel_size, stride, padding, dilation)
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.dilation = dilation
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode

    def extra_repr(self) -> str:
        """Return the arguments as PyTorch prints them."""
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
            f"dilation={self.dilation}, ceil_mode={self.ceil_mode}"
        )


class MaxPool1d(_MaxPool):
    """Largest entry of each window of (N, C, L) or (C, L); see `functional.max_pool1d`.

    >>> import autograd_cnn as ag
    >>> ag.nn.MaxPool1d(2)(ag.ones((1, 2, 8))).shape
    (1, 2, 4)
    """

    spatial_axes = 1

    def forward(self, input: Any) -> Any:
        """(N, C, L), or (C, L), to (N, C, L'), or (C, L')."""
        return F.max_pool1d(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.dilation,
            self.ceil_mode,
            self.return_indices,
        )


class MaxPool2d(_MaxPool):
    """Largest entry of each window of (N, C, H, W) or (C, H, W); see `functional.max_pool2d`.

    >>> import autograd_cnn as ag
    >>> ag.nn.MaxPool2d(2)(ag.ones((1, 6, 28, 28))).shape
    (1, 6, 14, 14)
    """

    spatial_axes = 2

    def forward(self, input: Any) -> Any:
        """(N, C, H, W), or (C, H, W), to (N, C, H', W'), or (C, H', W')."""
        return F.max_pool2d(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.dilation,
            self.ceil_mode,
            self.return_indices,
        )


class MaxPool3d(_MaxPool):
    """Largest entry of each window of (N, C, D, H, W) or (C, D, H, W); see `functional.max_pool3d`.

    >>> import autograd_cnn as ag
    >>> ag.nn.MaxPool3d(2)(ag.ones((1, 2, 4, 4, 4))).shape
    (1, 2, 2, 2, 2)
    """

    spatial_axes = 3

    def forward(self, input: Any) -> Any:
        """(N, C, D, H, W), or (C, D, H, W), to (N, C, D', H', W'), or (C, D', H', W')."""
        return F.max_pool3d(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.dilation,
            self.ceil_mode,
            self.return_indices,
        )


class _AvgPool(Module):
    """What average-pooling of every dimension has in common."""

    spatial_axes: ClassVar[int]

    def __init__(
        self,
        kernel_size: Lengths,
        stride: Lengths | None = None,
        padding: Lengths = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__()
        resolve_window(type(self).__name__, self.spatial_axes, kernel_size, stride, padding)
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad

    def extra_repr(self) -> str:
        """Return the arguments as PyTorch prints them."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool1d(_AvgPool):
    """Mean of each window of (N, C, L) or (C, L); see `functional.avg_pool1d`.

    >>> import autograd_cnn as ag
    >>> ag.nn.AvgPool1d(2)(ag.ones((1, 2, 8))).shape
    (1, 2, 4)
    """

    spatial_axes = 1

    def __init__(
        self,
        kernel_size: Lengths,
        stride: Lengths | None = None,
        padding: Lengths = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        window = resolve_window("AvgPool1d", 1, kernel_size, stride, padding)
        padding = tuple(low for low, _ in window.padding)
        super().__init__(window.kernel, window.stride, padding, ceil_mode, count_include_pad)

    def forward(self, input: Any) -> Any:
        """(N, C, L), or (C, L), to (N, C, L'), or (C, L')."""
        return F.avg_pool1d(
            input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad
        )


class _AvgPoolWithDivisor(_AvgPool):
    """Average-pooling that PyTorch lets divide by any number."""

    def __init__(
        self,
        kernel_size: Lengths,
        stride: Lengths | None = None,
        padding: Lengths = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__(kernel_size, stride, padding, ceil_mode, count_include_pad)
        self.divisor_override = divisor_override


class AvgPool2d(_AvgPoolWithDivisor):
    """Mean of each window of (N, C, H, W) or (C, H, W); see `functional.avg_pool2d`.

    >>> import autograd_cnn as ag
    >>> ag.nn.AvgPool2d(2)(ag.ones((1, 6, 28, 28))).shape
    (1, 6, 14, 14)
    """

    spatial_axes = 2

    def forward(self, input: Any) -> Any:
        """(N, C, H, W), or (C, H, W), to (N, C, H', W'), or (C, H', W')."""
        return F.avg_pool2d(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.ceil_mode,
            self.count_include_pad,
            self.divisor_override,
        )


class AvgPool3d(_AvgPoolWithDivisor):
    """Mean of each window of (N, C, D, H, W) or (C, D, H, W); see `functional.avg_pool3d`.

    >>> import autograd_cnn as ag
    >>> ag.nn.AvgPool3d(2)(ag.ones((1, 2, 4, 4, 4))).shape
    (1, 2, 2, 2, 2)
    """

    spatial_axes = 3

    def forward(self, input: Any) -> Any:
        """(N, C, D, H, W), or (C, D, H, W), to (N, C, D', H', W'), or (C, D', H', W')."""
        return F.avg_pool3d(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.ceil_mode,
            self.count_include_pad,
            self.divisor_override,
        )


class _LPPool(Module):
    """What power-average-pooling of every dimension has in common."""

    spatial_axes: ClassVar[int]

    def __init__(
        self, norm_type: float, kernel_size: Lengths, stride: Lengths | None = None, ceil_mode: bool = False
    ) -> None:
        super().__init__()
        name = type(self).__name__
        resolve_window(name, self.spatial_axes, kernel_size, stride)
        if norm_type == 0:
            raise ArgumentError(f"{name}: expected a norm_type that is not 0, got 0")
        self.norm_type = norm_type
        self.kernel_size = kernel_size
        self.stride = stride
        self.ceil_mode = ceil_mode

    def extra_repr(self) -> str:
        """Return the arguments as PyTorch prints them."""
        return (
            f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, "
            f"ceil_mode={self.ceil_mode}"
        )


class LPPool1d(_LPPool):
    """(Σ x ** p) ** (1 / p) of each window of (N, C, L) or (C, L); see `functional.lp_pool1d`.

    >>> import autograd_cnn as ag
    >>> ag.nn.LPPool1d(2, kernel_size=2)(ag.ones((1, 2, 8))).shape
    (1, 2, 4)
    """

    spatial_axes = 1

    def forward(self, input: Any) -> Any:
        """(N, C, L), or (C, L), to (N, C, L'), or (C, L')."""
        return F.lp_pool1d(input, self.norm_type, self.kernel_size, self.stride, self.ceil_mode)


class LPPool2d(_LPPool):
    """(Σ x ** p) ** (1 / p) of each window of (N, C, H, W) or (C, H, W); see `functional.lp_pool2d`.

    >>> import autograd_cnn as ag
    >>> ag.nn.LPPool2d(2, kernel_size=2)(ag.ones((1, 6, 28, 28))).shape
    (1, 6, 14, 14)
    """

    spatial_axes = 2

    def forward(self, input: Any) -> Any:
        """(N, C, H, W), or (C, H, W), to (N, C, H', W'), or (C, H', W')."""
        return F.lp_pool2d(input, self.norm_type, self.kernel_size, self.stride, self.ceil_mode)


class LPPool3d(_LPPool):
    """(Σ x ** p) ** (1 / p) of each window of (N, C, D, H, W) or (C, D, H, W); see `functional.lp_pool3d`.

    >>> import autograd_cnn as ag
    >>> ag.nn.LPPool3d(2, kernel_size=2)(ag.ones((1, 2, 4, 4, 4))).shape
    (1, 2, 2, 2, 2)
    """

    spatial_axes = 3

    def forward(self, input: Any) -> Any:
        """(N, C, D, H, W), or (C, D, H, W), to (N, C, D', H', W'), or (C, D', H', W')."""
        return F.lp_pool3d(input, self.norm_type, self.kernel_size, self.stride, self.ceil_mode)
