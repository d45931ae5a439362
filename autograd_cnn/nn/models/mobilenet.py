"""MobileNet v2: inverted residual blocks of depthwise convolutions.

Sandler, Howard, Zhu, Zhmoginov and Chen, *MobileNetV2: inverted residuals and linear bottlenecks* (2018),
table 2. State and arguments of `mobilenet_v2` are those of torchvision.
"""

from __future__ import annotations

from typing import Any

from autograd_cnn.nn import functional as F  # noqa: N812 - the field's name for it
from autograd_cnn.nn import init
from autograd_cnn.nn.containers import Sequential
from autograd_cnn.nn.convolution import Conv2d
from autograd_cnn.nn.dropout import Dropout
from autograd_cnn.nn.linear import Linear
from autograd_cnn.nn.module import Module
from autograd_cnn.nn.normalization import BatchNorm2d
from autograd_cnn.nn.rectifiers import ReLU6

__all__ = ["InvertedResidual", "MobileNetV2", "mobilenet_v2"]

# Expansion, channels, how many blocks, stride of the first of them.
STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
FIRST, LAST = 32, 1280  # channels before and after the stages
DIVISOR = 8


class InvertedResidual(Module):
    """Widen by 1 × 1, a 3 × 3 convolution of each channel, narrow by 1 × 1; and a path around.

    The path is there where input and output have one shape.
    """

    def __init__(self, inp: int, oup: int, stride: int, expand_ratio: int) -> None:
        super().__init__()
        hidden = inp * expand_ratio
        self.use_res_connect = stride == 1 and inp == oup
        self.conv = Sequential()
        if expand_ratio != 1:
            self.conv.append(_convolution(inp, hidden, kernel_size=1))
        self.conv.append(_convolution(hidden, hidden, stride=stride, groups=hidden))
        self.conv.append(Conv2d(hidden, oup, kernel_size=1, bias=False))
        self.conv.append(BatchNorm2d(oup))

    def forward(self, x: Any) -> Any:
        """(N, inp, H, W) to (N, oup, ⌈H / stride⌉, ⌈W / stride⌉)."""
        return x + self.conv(x) if self.use_res_connect else self.conv(x)


class MobileNetV2(Module):
    """MobileNet v2: images (N, in_channels, H, W) of any size to logits (N, num_classes).

    ``width_mult`` multiplies all numbers of channels, which are rounded to multiples of 8 (the last one only
    if it grows); ``dropout`` is the probability before the linear layer.

    >>> import autograd_cnn as ag
    >>> MobileNetV2(num_classes=10, width_mult=0.25)(ag.ones((2, 3, 32, 32), dtype="float32")).shape
    (2, 10)
    """

    def __init__(
        self,
        num_classes: int = 1000,
        width_mult: float = 1.0,
        *,
        in_channels: int = 3,
        dropout: float = 0.2,
    ) -> None:
        super().__init__()
        channels = _rounded(FIRST * width_mult)
        last = _rounded(LAST * max(1.0, width_mult))
        self.features = Sequential(_convolution(in_channels, channels, stride=2))
        for expansion, width, count, stride in STAGES:
            for number in range(count):
                block = InvertedResidual(
                    channels, _rounded(width * width_mult), 1 if number else stride, expansion
                )
                self.features.append(block)
                channels = _rounded(width * width_mult)
        self.features.append(_convolution(channels, last, kernel_size=1))
        self.classifier = Sequential(Dropout(dropout), Linear(last, num_classes))
        for module in self.modules():
            if isinstance(module, Conv2d):
                init.kaiming_normal_(module.weight, mode="fan_out")
            elif isinstance(module, Linear):
                init.normal_(module.weight, 0, 0.01)
                init.zeros_(module.bias)  # type: ignore[arg-type] # it has one

    def forward(self, x: Any) -> Any:
        """Images (N, in_channels, H, W) to logits (N, num_classes)."""
        x = F.adaptive_avg_pool2d(self.features(x), (1, 1))
        return self.classifier(F.flatten(x, start_dim=1))


def mobilenet_v2(num_classes: int = 1000, width_mult: float = 1.0, **options: Any) -> MobileNetV2:
    """MobileNet v2, as torchvision's; the options are the keywords of `MobileNetV2`."""
    return MobileNetV2(num_classes, width_mult, **options)


def _convolution(inp: int, oup: int, kernel_size: int = 3, stride: int = 1, groups: int = 1) -> Sequential:
    return Sequential(
        Conv2d(inp, oup, kernel_size, stride, kernel_size // 2, groups=groups, bias=False),
        BatchNorm2d(oup),
        ReLU6(inplace=True),
    )


def _rounded(channels: float) -> int:
    """The nearest multiple of 8, but not more than 10 % less."""
    rounded = max(DIVISOR, int(channels + DIVISOR / 2) // DIVISOR * DIVISOR)
    return rounded if rounded >= 0.9 * channels else rounded + DIVISOR
