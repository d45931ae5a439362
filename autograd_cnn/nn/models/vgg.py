"""Networks of 3 × 3 convolutions alone, 11 to 19 layers deep.

Simonyan and Zisserman, *Very deep convolutional networks for large-scale image recognition* (2015), table 1.
State and arguments of `vgg11` to `vgg19_bn` are those of torchvision.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd_cnn.errors import ArgumentError
from autograd_cnn.nn import functional as F  # noqa: N812 - the field's name for it
from autograd_cnn.nn import init
from autograd_cnn.nn.adaptive_pooling import AdaptiveAvgPool2d
from autograd_cnn.nn.containers import Sequential
from autograd_cnn.nn.convolution import Conv2d
from autograd_cnn.nn.dropout import Dropout
from autograd_cnn.nn.linear import Linear
from autograd_cnn.nn.module import Module
from autograd_cnn.nn.normalization import BatchNorm2d
from autograd_cnn.nn.pooling import MaxPool2d
from autograd_cnn.nn.rectifiers import ReLU

__all__ = ["VGG", "vgg11", "vgg11_bn", "vgg13", "vgg13_bn", "vgg16", "vgg16_bn", "vgg19", "vgg19_bn"]

WIDTHS = (64, 128, 256, 512, 512)
POOLED = 7  # height and width of what the classifier sees


class VGG(Module):
    """Stages of 3 × 3 convolutions, each with max-pooling at its end, and three linear layers.

    Parameters
    ----------
    layers
        How many convolutions each stage has; the stages have 64, 128, 256, 512 and 512 channels.
    num_classes, in_channels
        Logits, and channels of the images.
    batch_norm
        Normalise after each convolution.
    hidden
        Entries of the two inner linear layers, which hold most of the weights: fewer do for small images.
    dropout
        Probability, after each inner linear layer.

    Images are of at least 32 × 32 pixels, and of any size. Raises `ArgumentError` if there are not 5 stages.

    >>> import autograd_cnn as ag
    >>> model = VGG((1, 1, 2, 2, 2), num_classes=10, hidden=64)
    >>> model(ag.ones((1, 3, 32, 32), dtype="float32")).shape
    (1, 10)
    """

    def __init__(
        self,
        layers: Sequence[int],
        num_classes: int = 1000,
        *,
        in_channels: int = 3,
        batch_norm: bool = False,
        hidden: int = 4096,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        if len(layers) != len(WIDTHS):
            raise ArgumentError(f"VGG: expected layers of {len(WIDTHS)} stages, got {tuple(layers)}")
        self.features = Sequential()
        for count, width in zip(layers, WIDTHS, strict=True):
            for _ in range(count):
                self.features.append(Conv2d(in_channels, width, kernel_size=3, padding=1))
                if batch_norm:
                    self.features.append(BatchNorm2d(width))
                self.features.append(ReLU(inplace=True))
                in_channels = width
            self.features.append(MaxPool2d(kernel_size=2, stride=2))
        self.avgpool = AdaptiveAvgPool2d((POOLED, POOLED))
        self.classifier = Sequential(
            Linear(in_channels * POOLED * POOLED, hidden),
            ReLU(inplace=True),
            Dropout(dropout),
            Linear(hidden, hidden),
            ReLU(inplace=True),
            Dropout(dropout),
            Linear(hidden, num_classes),
        )
        for module in self.modules():
            if isinstance(module, Conv2d):
                init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            elif isinstance(module, Linear):
                init.normal_(module.weight, 0, 0.01)
            else:
                continue
            init.zeros_(module.bias)  # type: ignore[arg-type] # each of them has one

    def forward(self, x: Any) -> Any:
        """Images (N, in_channels, H, W) to logits (N, num_classes)."""
        return self.classifier(F.flatten(self.avgpool(self.features(x)), start_dim=1))


def vgg11(num_classes: int = 1000, **options: Any) -> VGG:
    """VGG-11, configuration A; the options are the keywords of `VGG`."""
    return VGG((1, 1, 2, 2, 2), num_classes, **options)


def vgg11_bn(num_classes: int = 1000, **options: Any) -> VGG:
    """VGG-11 with batch normalisation; the options are the keywords of `VGG`."""
    return vgg11(num_classes, batch_norm=True, **options)


def vgg13(num_classes: int = 1000, **options: Any) -> VGG:
    """VGG-13, configuration B; the options are the keywords of `VGG`."""
    return VGG((2, 2, 2, 2, 2), num_classes, **options)


def vgg13_bn(num_classes: int = 1000, **options: Any) -> VGG:
    """VGG-13 with batch normalisation; the options are the keywords of `VGG`."""
    return vgg13(num_classes, batch_norm=True, **options)


def vgg16(num_classes: int = 1000, **options: Any) -> VGG:
    """VGG-16, configuration D; the options are the keywords of `VGG`."""
    return VGG((2, 2, 3, 3, 3), num_classes, **options)


def vgg16_bn(num_classes: int = 1000, **options: Any) -> VGG:
    """VGG-16 with batch normalisation; the options are the keywords of `VGG`."""
    return vgg16(num_classes, batch_norm=True, **options)


def vgg19(num_classes: int = 1000, **options: Any) -> VGG:
    """VGG-19, configuration E; the options are the keywords of `VGG`."""
    return VGG((2, 2, 4, 4, 4), num_classes, **options)


def vgg19_bn(num_classes: int = 1000, **options: Any) -> VGG:
    """VGG-19 with batch normalisation; the options are the keywords of `VGG`."""
    return vgg19(num_classes, batch_norm=True, **options)
