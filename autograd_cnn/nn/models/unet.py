"""U-Net, for segmentation: a class for each pixel.

Ronneberger, Fischer and Brox, *U-Net: convolutional networks for biomedical image segmentation* (2015), with
batch normalisation, and with padding, so that the output is as large as the input.
"""

from __future__ import annotations

from typing import Any

from autograd_cnn.nn import functional as F  # noqa: N812 - the field's name for it
from autograd_cnn.nn.containers import Sequential
from autograd_cnn.nn.convolution import Conv2d, ConvTranspose2d
from autograd_cnn.nn.module import Module
from autograd_cnn.nn.normalization import BatchNorm2d
from autograd_cnn.nn.pooling import MaxPool2d
from autograd_cnn.nn.rectifiers import ReLU
from autograd_cnn.nn.resampling import Upsample
from autograd_cnn.ops.shape import concatenate

__all__ = ["UNet"]

DEPTH = 4


class UNet(Module):
    """Images (N, n_channels, H, W) to logits (N, n_classes, H, W), for images of at least 16 × 16 pixels.

    Four times the size is halved and doubled again, and each size on the way up sees that on the way down.
    ``width`` is the number of channels at full size, which doubles wherever the size is halved. ``bilinear``
    interpolates on the way up, where otherwise transposed convolutions do it. The names in ``state_dict()``
    are those of the implementation for PyTorch in most use (github.com/milesial/Pytorch-UNet).

    >>> import autograd_cnn as ag
    >>> UNet(n_channels=1, n_classes=2, width=4)(ag.ones((2, 1, 20, 30), dtype="float32")).shape
    (2, 2, 20, 30)
    """

    def __init__(self, n_channels: int, n_classes: int, bilinear: bool = False, *, width: int = 64) -> None:
        super().__init__()
        widths = [width * 2**level for level in range(DEPTH + 1)]
        inner = [*widths[:-1], widths[-1] // 2 if bilinear else widths[-1]]
        self.inc = _DoubleConvolution(n_channels, width)
        for level in range(DEPTH):
            self.add_module(f"down{level + 1}", _Down(widths[level], inner[level + 1]))
        for step, level in enumerate(reversed(range(DEPTH)), start=1):
            oup = widths[level] // 2 if bilinear and level else widths[level]
            self.add_module(f"up{step}", _Up(widths[level + 1], oup, bilinear))
        self.outc = _Output(width, n_classes)

    def forward(self, x: Any) -> Any:
        """(N, n_channels, H, W) to (N, n_classes, H, W)."""
        levels = [self.inc(x)]
        for level in range(1, DEPTH + 1):
            levels.append(getattr(self, f"down{level}")(levels[-1]))
        x = levels.pop()
        for step in range(1, DEPTH + 1):
            x = getattr(self, f"up{step}")(x, levels.pop())
        return self.outc(x)


class _DoubleConvolution(Module):
    def __init__(self, inp: int, oup: int, between: int | None = None) -> None:
        super().__init__()
        between = oup if between is None else between
        self.double_conv = Sequential(
            Conv2d(inp, between, kernel_size=3, padding=1, bias=False),
            BatchNorm2d(between),
            ReLU(inplace=True),
            Conv2d(between, oup, kernel_size=3, padding=1, bias=False),
            BatchNorm2d(oup),
            ReLU(inplace=True),
        )

    def forward(self, x: Any) -> Any:
        return self.double_conv(x)


class _Down(Module):
    def __init__(self, inp: int, oup: int) -> None:
        super().__init__()
        self.maxpool_conv = Sequential(MaxPool2d(2), _DoubleConvolution(inp, oup))

    def forward(self, x: Any) -> Any:
        return self.maxpool_conv(x)


class _Up(Module):
    def __init__(self, inp: int, oup: int, bilinear: bool) -> None:
        super().__init__()
        self.up: Module
        if bilinear:
            self.up = Upsample(scale_factor=2, mode="bilinear", align_corners=True)
        else:
            self.up = ConvTranspose2d(inp, inp // 2, kernel_size=2, stride=2)
        self.conv = _DoubleConvolution(inp, oup, inp // 2 if bilinear else None)

    def forward(self, x: Any, beside: Any) -> Any:
        """Double x (N, inp or inp / 2, H, W), pad it to the size of ``beside``, and join both."""
        x = self.up(x)
        rows, columns = (beside.shape[axis] - x.shape[axis] for axis in (2, 3))
        if rows or columns:
            x = F.pad(x, [columns // 2, columns - columns // 2, rows // 2, rows - rows // 2])
        return self.conv(concatenate([beside, x], axis=1))


class _Output(Module):
    def __init__(self, inp: int, oup: int) -> None:
        super().__init__()
        self.conv = Conv2d(inp, oup, kernel_size=1)

    def forward(self, x: Any) -> Any:
        return self.conv(x)
