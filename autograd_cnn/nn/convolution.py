"""Convolution layers."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from autograd_cnn.errors import ArgumentError, UnsupportedError
from autograd_cnn.kernels.geometry import Padding, resolve_window
from autograd_cnn.nn import functional as F  # noqa: N812 - the field's name for it
from autograd_cnn.nn import init
from autograd_cnn.nn.functional.convolution import Lengths
from autograd_cnn.nn.module import Module
from autograd_cnn.nn.parameter import Parameter

__all__ = ["Conv1d", "Conv2d", "Conv3d"]


class _Conv(Module):
    """What convolutions of every dimension have in common."""

    spatial_axes: ClassVar[int]
    weight: Parameter
    bias: Parameter | None

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Lengths,
        stride: Lengths = 1,
        padding: Padding = 0,
        dilation: Lengths = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        dtype: Any = np.float32,
    ) -> None:
        super().__init__()
        name = type(self).__name__
        if padding_mode != "zeros":
            raise UnsupportedError(
                f"{name}: expected padding_mode='zeros', got {padding_mode!r}, which is not there yet; pad "
                "the input before the layer"
            )
        if in_channels < 1 or out_channels < 1 or groups < 1 or in_channels % groups or out_channels % groups:
            raise ArgumentError(
                f"{name}: expected groups that divide in_channels and out_channels, all at least 1, got "
                f"in_channels={in_channels}, out_channels={out_channels} and groups={groups}"
            )
        window = resolve_window(name, self.spatial_axes, kernel_size, stride, padding, dilation)
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = window.kernel
        self.stride = window.stride
        self.padding = padding if isinstance(padding, str) else _symmetric(window.padding)
        self.dilation = window.dilation
        self.groups = groups
        self.weight = Parameter(np.empty((out_channels, in_channels // groups, *window.kernel), dtype))
        self.bias = Parameter(np.empty(out_channels, dtype)) if bias else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weight and bias anew, uniformly within ±1 / √fan_in, as PyTorch does."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            bound = 1 / math.sqrt(init.fans(self.weight)[0])
            init.uniform_(self.bias, -bound, bound)

    def extra_repr(self) -> str:
        """Return the arguments that are not the defaults, as PyTorch prints them."""
        parts = [
            f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        ]
        if self.padding != (0,) * self.spatial_axes:
            parts.append(f"padding={self.padding}")
        if self.dilation != (1,) * self.spatial_axes:
            parts.append(f"dilation={self.dilation}")
        if self.groups != 1:
            parts.append(f"groups={self.groups}")
        if self.bias is None:
            parts.append("bias=False")
        return ", ".join(parts)


def _symmetric(padding: tuple[tuple[int, int], ...]) -> tuple[int | tuple[int, int], ...]:
    """Write padding as PyTorch does, one number for each axis, where both ends have the same."""
    return padding if any(low != high for low, high in padding) else tuple(low for low, _ in padding)


class Conv1d(_Conv):
    """Convolution of signals (N, C, L) or (C, L); see `functional.conv1d`, and `Conv2d` for the arguments.

    >>> import autograd_cnn as ag
    >>> ag.nn.Conv1d(2, 4, 3)(ag.ones((1, 2, 8), dtype="float32")).shape
    (1, 4, 6)
    """

    spatial_axes = 1

    def forward(self, input: Any) -> Any:
        """(N, C, L), or (C, L), to (N, O, L'), or (O, L')."""
        return F.conv1d(input, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups)


class Conv2d(_Conv):
    """Convolution of images (N, C, H, W) or (C, H, W) with a learnt weight and bias.

    ``stride``, ``padding``, ``dilation`` and ``groups`` are those of `functional.conv2d`. ``weight`` is
    (out_channels, in_channels / groups, \\*kernel_size), ``bias`` (out_channels,) or None. Raises
    `ArgumentError` for arguments that make no sense.

    >>> import autograd_cnn as ag
    >>> ag.nn.Conv2d(3, 6, kernel_size=5, padding=2)(ag.ones((1, 3, 28, 28), dtype="float32")).shape
    (1, 6, 28, 28)
    """

    spatial_axes = 2

    def forward(self, input: Any) -> Any:
        """(N, C, H, W), or (C, H, W), to (N, O, H', W'), or (O, H', W')."""
        return F.conv2d(input, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups)


class Conv3d(_Conv):
    """Convolution of volumes (N, C, D, H, W) or (C, D, H, W); see `Conv2d` for the arguments.

    >>> import autograd_cnn as ag
    >>> ag.nn.Conv3d(1, 2, 3)(ag.ones((1, 1, 4, 4, 4), dtype="float32")).shape
    (1, 2, 2, 2, 2)
    """

    spatial_axes = 3

    def forward(self, input: Any) -> Any:
        """(N, C, D, H, W), or (C, D, H, W), to (N, O, D', H', W'), or (O, D', H', W')."""
        return F.conv3d(input, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups)
