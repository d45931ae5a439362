"""Unfold and Fold: patches as columns, and back."""

from __future__ import annotations

from typing import Any

from autograd_cnn.kernels.geometry import per_axis, resolve_window
from autograd_cnn.nn import functional as F  # noqa: N812 - the field's name for it
from autograd_cnn.nn.functional.convolution import Lengths
from autograd_cnn.nn.module import Module

__all__ = ["Fold", "Unfold"]


class Unfold(Module):
    """Every patch of images (N, C, H, W) or (C, H, W) as a column; see `functional.unfold`.

    >>> import autograd_cnn as ag
    >>> ag.nn.Unfold(kernel_size=(2, 2))(ag.ones((1, 3, 4, 5))).shape
    (1, 12, 12)
    """

    def __init__(
        self, kernel_size: Lengths, dilation: Lengths = 1, padding: Lengths = 0, stride: Lengths = 1
    ) -> None:
        super().__init__()
        resolve_window(type(self).__name__, 2, kernel_size, stride, padding, dilation)  # raises for nonsense
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.padding = padding
        self.stride = stride

    def forward(self, input: Any) -> Any:
        """(N, C, H, W) to (N, C · KH · KW, patches)."""
        return F.unfold(input, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        """Return the arguments as PyTorch prints them."""
        return (
            f"kernel_size={self.kernel_size}, dilation={self.dilation}, padding={self.padding}, "
            f"stride={self.stride}"
        )


class Fold(Unfold):
    """Adds columns up to images, the transpose of `Unfold`; see `functional.fold`.

    >>> import autograd_cnn as ag
    >>> ag.nn.Fold(output_size=(4, 5), kernel_size=(2, 2))(ag.ones((1, 12, 12))).shape
    (1, 3, 4, 5)
    """

    def __init__(
        self,
        output_size: Lengths,
        kernel_size: Lengths,
        dilation: Lengths = 1,
        padding: Lengths = 0,
        stride: Lengths = 1,
    ) -> None:
        super().__init__(kernel_size, dilation, padding, stride)
        per_axis("Fold", "output_size", output_size, 2)
        self.output_size = output_size

    def forward(self, input: Any) -> Any:
        """(N, C · KH · KW, patches) to (N, C, \\*output_size)."""
        return F.fold(input, self.output_size, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        """Return the arguments as PyTorch prints them."""
        return f"output_size={self.output_size}, {super().extra_repr()}"
