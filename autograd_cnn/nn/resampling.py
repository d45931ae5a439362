"""Layers that resize or rearrange."""

from __future__ import annotations

from typing import Any

from autograd_cnn.nn import functional as F  # noqa: N812 - the field's name for it
from autograd_cnn.nn.functional.resampling import Factor, Size
from autograd_cnn.nn.module import Module

__all__ = [
    "ChannelShuffle",
    "PixelShuffle",
    "PixelUnshuffle",
    "Upsample",
    "UpsamplingBilinear2d",
    "UpsamplingNearest2d",
]


class Upsample(Module):
    """Resizes the spatial axes of (N, C, \\*spatial); see `functional.interpolate`.

    >>> import autograd_cnn as ag
    >>> ag.nn.Upsample(scale_factor=2, mode="bilinear")(ag.ones((1, 3, 4, 5))).shape
    (1, 3, 8, 10)
    """

    def __init__(
        self,
        size: Size | None = None,
        scale_factor: Factor | None = None,
        mode: str = "nearest",
        align_corners: bool | None = None,
        recompute_scale_factor: bool | None = None,
    ) -> None:
        super().__init__()
        self.size = size
        self.scale_factor: Any = scale_factor
        if isinstance(scale_factor, (tuple, list)):
            self.scale_factor = tuple(map(float, scale_factor))
        elif isinstance(scale_factor, (int, float)):
            self.scale_factor = float(scale_factor)
        self.mode = mode
        self.align_corners = align_corners
        self.recompute_scale_factor = recompute_scale_factor

    def forward(self, input: Any) -> Any:
        """(N, C, \\*spatial) to (N, C, \\*size)."""
        return F.interpolate(
            input,
            self.size,
            self.scale_factor,
            self.mode,
            self.align_corners,
            self.recompute_scale_factor,
        )

    def extra_repr(self) -> str:
        """Return the arguments as PyTorch prints them."""
        how = f"size={self.size}" if self.scale_factor is None else f"scale_factor={self.scale_factor}"
        return f"{how}, mode={self.mode!r}"


class UpsamplingNearest2d(Upsample):
    """`Upsample` of images by repetition.

    >>> import autograd_cnn as ag
    >>> ag.nn.UpsamplingNearest2d(scale_factor=2)(ag.ones((1, 3, 4, 5))).shape
    (1, 3, 8, 10)
    """

    def __init__(self, size: Size | None = None, scale_factor: Factor | None = None) -> None:
        super().__init__(size, scale_factor, mode="nearest")


class UpsamplingBilinear2d(Upsample):
    """`Upsample` of images, bilinear with aligned corners.

    >>> import autograd_cnn as ag
    >>> ag.nn.UpsamplingBilinear2d(size=(8, 10))(ag.ones((1, 3, 4, 5))).shape
    (1, 3, 8, 10)
    """

    def __init__(self, size: Size | None = None, scale_factor: Factor | None = None) -> None:
        super().__init__(size, scale_factor, mode="bilinear", align_corners=True)


class PixelShuffle(Module):
    """(\\*, C · r², H, W) to (\\*, C, H · r, W · r); see `functional.pixel_shuffle`.

    >>> import autograd_cnn as ag
    >>> ag.nn.PixelShuffle(2)(ag.ones((1, 8, 3, 4))).shape
    (1, 2, 6, 8)
    """

    def __init__(self, upscale_factor: int) -> None:
        super().__init__()
        self.upscale_factor = upscale_factor

    def forward(self, input: Any) -> Any:
        """Rearrange the entries."""
        return F.pixel_shuffle(input, self.upscale_factor)

    def extra_repr(self) -> str:
        """Return the argument as PyTorch prints it."""
        return f"upscale_factor={self.upscale_factor}"


class PixelUnshuffle(Module):
    """(\\*, C, H · r, W · r) to (\\*, C · r², H, W); see `functional.pixel_unshuffle`.

    >>> import autograd_cnn as ag
    >>> ag.nn.PixelUnshuffle(2)(ag.ones((1, 2, 6, 8))).shape
    (1, 8, 3, 4)
    """

    def __init__(self, downscale_factor: int) -> None:
        super().__init__()
        self.downscale_factor = downscale_factor

    def forward(self, input: Any) -> Any:
        """Rearrange the entries."""
        return F.pixel_unshuffle(input, self.downscale_factor)

    def extra_repr(self) -> str:
        """Return the argument as PyTorch prints it."""
        return f"downscale_factor={self.downscale_factor}"


class ChannelShuffle(Module):
    """Channels of (N, C, \\*) from each group in turn; see `functional.channel_shuffle`.

    >>> import autograd_cnn as ag
    >>> ag.nn.ChannelShuffle(2)(ag.ones((1, 4, 3))).shape
    (1, 4, 3)
    """

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, input: Any) -> Any:
        """Shape kept."""
        return F.channel_shuffle(input, self.groups)

    def extra_repr(self) -> str:
        """Return the argument as PyTorch prints it."""
        return f"groups={self.groups}"
