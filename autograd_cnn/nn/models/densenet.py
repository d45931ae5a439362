"""Densely connected networks: each layer sees the outputs of all layers before it.

Huang, Liu, van der Maaten and Weinberger, *Densely connected convolutional networks* (2017), the variant
"BC" of table 1. State and arguments of `densenet121` to `densenet201` are those of torchvision.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd_cnn.nn import functional as F  # noqa: N812 - the field's name for it
from autograd_cnn.nn import init
from autograd_cnn.nn.containers import Sequential
from autograd_cnn.nn.convolution import Conv2d
from autograd_cnn.nn.linear import Linear
from autograd_cnn.nn.module import Module
from autograd_cnn.nn.normalization import BatchNorm2d
from autograd_cnn.nn.pooling import AvgPool2d, MaxPool2d
from autograd_cnn.nn.rectifiers import ReLU
from autograd_cnn.ops.shape import concatenate

__all__ = ["DenseLayer", "DenseNet", "densenet121", "densenet161", "densenet169", "densenet201"]


class DenseLayer(Module):
    """A 1 × 1 and a 3 × 3 convolution, normalised before: ``growth_rate`` new channels of all former ones."""

    def __init__(self, num_input_features: int, growth_rate: int, bn_size: int, drop_rate: float) -> None:
        super().__init__()
        width = bn_size * growth_rate
        self.norm1 = BatchNorm2d(num_input_features)
        self.relu1 = ReLU(inplace=True)
        self.conv1 = Conv2d(num_input_features, width, kernel_size=1, bias=False)
        self.norm2 = BatchNorm2d(width)
        self.relu2 = ReLU(inplace=True)
        self.conv2 = Conv2d(width, growth_rate, kernel_size=3, padding=1, bias=False)
        self.drop_rate = drop_rate

    def forward(self, x: Any) -> Any:
        """(N, num_input_features, H, W) to (N, growth_rate, H, W)."""
        x = self.conv1(self.relu1(self.norm1(x)))
        x = self.conv2(self.relu2(self.norm2(x)))
        return F.dropout(x, self.drop_rate, self.training)


class DenseNet(Module):
    """Dense blocks with halving transitions between: images of any size to logits.

    Parameters
    ----------
    growth_rate
        Channels that each layer adds.
    block_config
        How many layers each dense block has.
    num_init_features
        Channels of the first convolution.
    bn_size
        Channels of the 1 × 1 convolution of a layer, as a multiple of the growth rate.
    drop_rate
        Probability of dropout after each layer.
    num_classes, in_channels
        Logits, and channels of the images.

    >>> import autograd_cnn as ag
    >>> model = DenseNet(growth_rate=8, block_config=(2, 2), num_init_features=16, num_classes=10)
    >>> model(ag.ones((1, 3, 32, 32), dtype="float32")).shape
    (1, 10)
    """

    def __init__(
        self,
        growth_rate: int = 32,
        block_config: Sequence[int] = (6, 12, 24, 16),
        num_init_features: int = 64,
        bn_size: int = 4,
        drop_rate: float = 0.0,
        num_classes: int = 1000,
        *,
        in_channels: int = 3,
    ) -> None:
        super().__init__()
        features: dict[str, Module] = {
            "conv0": Conv2d(in_channels, num_init_features, kernel_size=7, stride=2, padding=3, bias=False),
            "norm0": BatchNorm2d(num_init_features),
            "relu0": ReLU(inplace=True),
            "pool0": MaxPool2d(kernel_size=3, stride=2, padding=1),
        }
        width = num_init_features
        for number, count in enumerate(block_config, start=1):
            features[f"denseblock{number}"] = _DenseBlock(count, width, growth_rate, bn_size, drop_rate)
            width += count * growth_rate
            if number < len(block_config):
                features[f"transition{number}"] = _transition(width)
                width //= 2
        self.features = Sequential(features | {"norm5": BatchNorm2d(width)})
        self.classifier = Linear(width, num_classes)
        for module in self.modules():
            if isinstance(module, Conv2d):
                init.kaiming_normal_(module.weight)
        init.zeros_(self.classifier.bias)  # type: ignore[arg-type] # it has one

    def forward(self, x: Any) -> Any:
        """Images (N, in_channels, H, W) to logits (N, num_classes)."""
        x = F.adaptive_avg_pool2d(F.relu(self.features(x)), (1, 1))
        return self.classifier(F.flatten(x, start_dim=1))


class _DenseBlock(Module):
    def __init__(self, count: int, width: int, growth_rate: int, bn_size: int, drop_rate: float) -> None:
        super().__init__()
        for number in range(count):
            layer = DenseLayer(width + number * growth_rate, growth_rate, bn_size, drop_rate)
            self.add_module(f"denselayer{number + 1}", layer)

    def forward(self, x: Any) -> Any:
        for layer in self.children():
            x = concatenate([x, layer(x)], axis=1)
        return x


def _transition(width: int) -> Sequential:
    return Sequential(
        {
            "norm": BatchNorm2d(width),
            "relu": ReLU(inplace=True),
            "conv": Conv2d(width, width // 2, kernel_size=1, bias=False),
            "pool": AvgPool2d(kernel_size=2, stride=2),
        }
    )


def densenet121(num_classes: int = 1000, **options: Any) -> DenseNet:
    """DenseNet-121; the option is ``in_channels`` of `DenseNet`."""
    return DenseNet(32, (6, 12, 24, 16), 64, num_classes=num_classes, **options)


def densenet161(num_classes: int = 1000, **options: Any) -> DenseNet:
    """DenseNet-161; the option is ``in_channels`` of `DenseNet`."""
    return DenseNet(48, (6, 12, 36, 24), 96, num_classes=num_classes, **options)


def densenet169(num_classes: int = 1000, **options: Any) -> DenseNet:
    """DenseNet-169; the option is ``in_channels`` of `DenseNet`."""
    return DenseNet(32, (6, 12, 32, 32), 64, num_classes=num_classes, **options)


def densenet201(num_classes: int = 1000, **options: Any) -> DenseNet:
    """DenseNet-201; the option is ``in_channels`` of `DenseNet`."""
    return DenseNet(32, (6, 12, 48, 32), 64, num_classes=num_classes, **options)
