"""Convolution layers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from autograd_cnn.errors import ArgumentError, ShapeError
from autograd_cnn.kernels.geometry import Padding, per_axis, resolve_window
from autograd_cnn.nn import functional as F  # noqa: N812 - the field's name for it
from autograd_cnn.nn import init
from autograd_cnn.nn.functional.convolution import Lengths
from autograd_cnn.nn.module import Module
from autograd_cnn.nn.parameter import Parameter

__all__ = ["Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"]


class _Conv(Module):
    """What convolutions of every dimension have in common."""

    spatial_axes: ClassVar[int]
    padding_modes: ClassVar[tuple[str, ...]] = ("zeros", "reflect", "replicate", "circular")
    output_padding: tuple[int, ...] = ()  # of transposed ones
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
        if padding_mode not in self.padding_modes:
            raise ArgumentError(
                f"{name}: expected padding_mode to be one of {', '.join(self.padding_modes)}, got "
                f"{padding_mode!r}"
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
        self.padding: Any = padding if isinstance(padding, str) else _symmetric(window.padding)
        self.dilation = window.dilation
        self.groups = groups
        self.padding_mode = padding_mode
        self._window_padding = window.padding
        self.weight = Parameter(np.empty((*self._weight_channels(), *window.kernel), dtype))
        self.bias = Parameter(np.empty(out_channels, dtype)) if bias else None
        self.reset_parameters()

    def _weight_channels(self) -> tuple[int, int]:
        return self.out_channels, self.in_channels // self.groups

    def _padded(self, input: Any) -> tuple[Any, Any]:
        """The input, and the zeros to pad it with: none, once it has been padded otherwise."""
        if self.padding_mode == "zeros":
            return input, self.padding
        widths = [width for pair in reversed(self._window_padding) for width in pair]
        return F.pad(input, widths, self.padding_mode), 0

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
        if any(self.output_padding):
            parts.append(f"output_padding={self.output_padding}")
        if self.groups != 1:
            parts.append(f"groups={self.groups}")
        if self.bias is None:
            parts.append("bias=False")
        if self.padding_mode != "zeros":
            parts.append(f"padding_mode={self.padding_mode}")
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
        x, padding = self._padded(input)
        return F.conv1d(x, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)


class Conv2d(_Conv):
    """Convolution of images (N, C, H, W) or (C, H, W) with a learnt weight and bias.

    ``stride``, ``padding``, ``dilation`` and ``groups`` are those of `functional.conv2d`; ``padding_mode``
    pads with zeros, or as `functional.pad` does (reflect, replicate, circular). ``weight`` is
    (out_channels, in_channels / groups, \\*kernel_size), ``bias`` (out_channels,) or None. Raises
    `ArgumentError` for arguments that make no sense.

    >>> import autograd_cnn as ag
    >>> ag.nn.Conv2d(3, 6, kernel_size=5, padding=2)(ag.ones((1, 3, 28, 28), dtype="float32")).shape
    (1, 6, 28, 28)
    """

    spatial_axes = 2

    def forward(self, input: Any) -> Any:
        """(N, C, H, W), or (C, H, W), to (N, O, H', W'), or (O, H', W')."""
        x, padding = self._padded(input)
        return F.conv2d(x, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)


class Conv3d(_Conv):
    """Convolution of volumes (N, C, D, H, W) or (C, D, H, W); see `Conv2d` for the arguments.

    >>> import autograd_cnn as ag
    >>> ag.nn.Conv3d(1, 2, 3)(ag.ones((1, 1, 4, 4, 4), dtype="float32")).shape
    (1, 2, 2, 2, 2)
    """

    spatial_axes = 3

    def forward(self, input: Any) -> Any:
        """(N, C, D, H, W), or (C, D, H, W), to (N, O, D', H', W'), or (O, D', H', W')."""
        x, padding = self._padded(input)
        return F.conv3d(x, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)


class _ConvTranspose(_Conv):
    """What transposed convolutions of every dimension have in common."""

    padding_modes = ("zeros",)

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Lengths,
        stride: Lengths = 1,
        padding: Lengths = 0,
        output_padding: Lengths = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Lengths = 1,
        padding_mode: str = "zeros",
        dtype: Any = np.float32,
    ) -> None:
        name = type(self).__name__
        per_axis(name, "padding", padding, self.spatial_axes, minimum=0)  # there is no "same" here
        self.output_padding = per_axis(name, "output_padding", output_padding, self.spatial_axes, minimum=0)
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding,
            dilation,
            groups,
            bias,
            padding_mode,
            dtype,
        )

    def _weight_channels(self) -> tuple[int, int]:
        return self.in_channels, self.out_channels // self.groups

    def _output_padding(self, input: Any, output_size: Sequence[int] | None) -> tuple[int, ...]:
        """What must be given back at the end for the output to have this spatial shape."""
        if output_size is None:
            return self.output_padding
        wanted = tuple(output_size)[-self.spatial_axes :]
        smallest = [
            (n - 1) * stride - low - high + dilation * (kernel - 1) + 1
            for n, stride, (low, high), dilation, kernel in zip(
                input.shape[-self.spatial_axes :],
                self.stride,
                self._window_padding,
                self.dilation,
                self.kernel_size,
                strict=True,
            )
        ]
        given_back = tuple(w - s for w, s in zip(wanted, smallest, strict=True))
        if any(not 0 <= n < stride for n, stride in zip(given_back, self.stride, strict=True)):
            largest = [s + stride - 1 for s, stride in zip(smallest, self.stride, strict=True)]
            raise ShapeError(
                f"{type(self).__name__}: expected an output_size from {smallest} to {largest} for an input "
                f"of shape {input.shape}, got {tuple(output_size)}"
            )
        return given_back


class ConvTranspose1d(_ConvTranspose):
    """Transposed convolution of signals (N, C, L) or (C, L); see `ConvTranspose2d`.

    >>> import autograd_cnn as ag
    >>> ag.nn.ConvTranspose1d(2, 4, 2, stride=2)(ag.ones((1, 2, 4), dtype="float32")).shape
    (1, 4, 8)
    """

    spatial_axes = 1

    def forward(self, input: Any, output_size: Sequence[int] | None = None) -> Any:
        """(N, C, L); or (C, L) to (N, O, L'), or (O, L')."""
        return F.conv_transpose1d(
            input,
            self.weight,
            self.bias,
            self.stride,
            self.padding,
            self._output_padding(input, output_size),
            self.groups,
            self.dilation,
        )


class ConvTranspose2d(_ConvTranspose):
    """Transposed convolution of images (N, C, H, W) or (C, H, W); see `functional.conv_transpose2d`.

    ``weight`` is (in_channels, out_channels / groups, \\*kernel_size), ``bias`` (out_channels,) or None.
    Called with an ``output_size``, the layer chooses the output_padding that gives it.

    >>> import autograd_cnn as ag
    >>> ag.nn.ConvTranspose2d(2, 4, 2, stride=2)(ag.ones((1, 2, 4, 4), dtype="float32")).shape
    (1, 4, 8, 8)
    """

    spatial_axes = 2

    def forward(self, input: Any, output_size: Sequence[int] | None = None) -> Any:
        """(N, C, H, W); or (C, H, W) to (N, O, H', W'), or (O, H', W')."""
        return F.conv_transpose2d(
            input,
            self.weight,
            self.bias,
            self.stride,
            self.padding,
            self._output_padding(input, output_size),
            self.groups,
            self.dilation,
        )


class ConvTranspose3d(_ConvTranspose):
    """Transposed convolution of volumes (N, C, D, H, W) or (C, D, H, W); see `ConvTranspose2d`.

    >>> import autograd_cnn as ag
    >>> ag.nn.ConvTranspose3d(2, 4, 2, stride=2)(ag.ones((1, 2, 2, 2, 2), dtype="float32")).shape
    (1, 4, 4, 4, 4)
    """

    spatial_axes = 3

    def forward(self, input: Any, output_size: Sequence[int] | None = None) -> Any:
        """(N, C, D, H, W); or (C, D, H, W) to (N, O, D', H', W'), or (O, D', H', W')."""
        return F.conv_transpose3d(
            input,
            self.weight,
            self.bias,
            self.stride,
            self.padding,
            self._output_padding(input, output_size),
            self.groups,
            self.dilation,
        )
