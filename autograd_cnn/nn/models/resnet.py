"""Residual networks: those for ImageNet (depth 18 to 152), and the small ones for CIFAR.

He, Zhang, Ren and Sun, *Deep residual learning for image recognition* (2016). State and arguments of
`resnet18` to `resnet152` are those of torchvision.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from autograd_cnn.errors import ArgumentError
from autograd_cnn.nn import functional as F  # noqa: N812 - the field's name for it
from autograd_cnn.nn import init
from autograd_cnn.nn.adaptive_pooling import AdaptiveAvgPool2d
from autograd_cnn.nn.containers import Sequential
from autograd_cnn.nn.convolution import Conv2d
from autograd_cnn.nn.linear import Linear
from autograd_cnn.nn.module import Module
from autograd_cnn.nn.normalization import BatchNorm2d
from autograd_cnn.nn.pooling import MaxPool2d
from autograd_cnn.nn.rectifiers import ReLU

__all__ = [
    "BasicBlock",
    "Bottleneck",
    "ResNet",
    "cifar_resnet",
    "resnet8",
    "resnet18",
    "resnet20",
    "resnet32",
    "resnet34",
    "resnet44",
    "resnet50",
    "resnet56",
    "resnet101",
    "resnet110",
    "resnet152",
]


class BasicBlock(Module):
    """Two 3 × 3 convolutions, and a path around them: (N, inplanes, H, W) to (N, planes, H, W) / stride.

    ``downsample`` is what the path around does where the shapes differ.
    """

    expansion: ClassVar[int] = 1

    def __init__(self, inplanes: int, planes: int, stride: int = 1, downsample: Module | None = None) -> None:
        super().__init__()
        self.conv1 = Conv2d(inplanes, planes, kernel_size=3, stride=stride, padding=1, bias=False)
        self.bn1 = BatchNorm2d(planes)
        self.relu = ReLU(inplace=True)
        self.conv2 = Conv2d(planes, planes, kernel_size=3, padding=1, bias=False)
        self.bn2 = BatchNorm2d(planes)
        self.downsample = downsample

    def forward(self, x: Any) -> Any:
        """(N, inplanes, H, W) to (N, planes, ⌈H / stride⌉, ⌈W / stride⌉)."""
        identity = x if self.downsample is None else self.downsample(x)
        y = self.relu(self.bn1(self.conv1(x)))
        return self.relu(self.bn2(self.conv2(y)) + identity)


class Bottleneck(Module):
    """A 3 × 3 convolution between two of 1 × 1, and a path around: to (N, 4 planes, H, W) / stride.

    As in torchvision the 3 × 3 convolution has the stride ("ResNet v1.5"), not the first one.
    """

    expansion: ClassVar[int] = 4

    def __init__(self, inplanes: int, planes: int, stride: int = 1, downsample: Module | None = None) -> None:
        super().__init__()
        self.conv1 = Conv2d(inplanes, planes, kernel_size=1, bias=False)
        self.bn1 = BatchNorm2d(planes)
        self.conv2 = Conv2d(planes, planes, kernel_size=3, stride=stride, padding=1, bias=False)
        self.bn2 = BatchNorm2d(planes)
        self.conv3 = Conv2d(planes, planes * self.expansion, kernel_size=1, bias=False)
        self.bn3 = BatchNorm2d(planes * self.expansion)
        self.relu = ReLU(inplace=True)
        self.downsample = downsample

    def forward(self, x: Any) -> Any:
        """(N, inplanes, H, W) to (N, 4 planes, ⌈H / stride⌉, ⌈W / stride⌉)."""
        identity = x if self.downsample is None else self.downsample(x)
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.relu(self.bn2(self.conv2(y)))
        return self.relu(self.bn3(self.conv3(y)) + identity)


class ResNet(Module):
    """Stages of residual blocks between a first convolution and a linear layer: images to logits.

    Parameters
    ----------
    block
        `BasicBlock` or `Bottleneck`.
    layers
        How many blocks each stage has; every stage after the first halves height and width.
    num_classes, in_channels
        Logits, and channels of the images.
    widths
        Channels (``planes``) of each stage.
    stem_kernel_size, stem_stride, stem_pooling
        The first convolution, and whether 3 × 3 max-pooling of stride 2 follows it.
    zero_init_residual
        Start with every block as the identity: Goyal et al., *Accurate, large minibatch SGD* (2017).

    Images may have any size. Raises `ArgumentError` if there are not as many widths as stages.

    >>> import autograd_cnn as ag
    >>> model = ResNet(BasicBlock, (1, 1), widths=(8, 16), stem_kernel_size=3, num_classes=10)
    >>> model(ag.ones((2, 3, 32, 32), dtype="float32")).shape
    (2, 10)
    """

    def __init__(
        self,
        block: type[BasicBlock] | type[Bottleneck],
        layers: Sequence[int],
        num_classes: int = 1000,
        *,
        in_channels: int = 3,
        widths: Sequence[int] = (64, 128, 256, 512),
        stem_kernel_size: int = 7,
        stem_stride: int = 2,
        stem_pooling: bool = True,
        zero_init_residual: bool = False,
    ) -> None:
        super().__init__()
        if len(layers) != len(widths) or not layers:
            raise ArgumentError(
                f"ResNet: expected one width for each stage, got layers={tuple(layers)} and "
                f"widths={tuple(widths)}"
            )
        self.conv1 = Conv2d(
            in_channels, widths[0], stem_kernel_size, stem_stride, stem_kernel_size // 2, bias=False
        )
        self.bn1 = BatchNorm2d(widths[0])
        self.relu = ReLU(inplace=True)
        self.maxpool = MaxPool2d(kernel_size=3, stride=2, padding=1) if stem_pooling else None
        self._stages = len(layers)
        inplanes = widths[0]
        for stage, (count, planes) in enumerate(zip(layers, widths, strict=True)):
            blocks = _stage(block, inplanes, planes, count, stride=2 if stage else 1)
            self.add_module(f"layer{stage + 1}", blocks)
            inplanes = planes * block.expansion
        self.avgpool = AdaptiveAvgPool2d((1, 1))
        self.fc = Linear(inplanes, num_classes)
        self._reset_parameters(zero_init_residual)

    def _reset_parameters(self, zero_init_residual: bool) -> None:
        for module in self.modules():
            if isinstance(module, Conv2d):
                init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            elif zero_init_residual and isinstance(module, (BasicBlock, Bottleneck)):
                last = module.bn2 if isinstance(module, BasicBlock) else module.bn3
                init.zeros_(last.weight)  # type: ignore[arg-type] # it is affine

    def forward(self, x: Any) -> Any:
        """Images (N, in_channels, H, W) to logits (N, num_classes)."""
        x = self.relu(self.bn1(self.conv1(x)))
        if self.maxpool is not None:
            x = self.maxpool(x)
        for stage in range(1, self._stages + 1):
            x = getattr(self, f"layer{stage}")(x)
        return self.fc(F.flatten(self.avgpool(x), start_dim=1))


def _stage(
    block: type[BasicBlock] | type[Bottleneck], inplanes: int, planes: int, count: int, stride: int
) -> Sequential:
    width = planes * block.expansion
    downsample = None
    if stride != 1 or inplanes != width:
        downsample = Sequential(
            Conv2d(inplanes, width, kernel_size=1, stride=stride, bias=False), BatchNorm2d(width)
        )
    first = block(inplanes, planes, stride, downsample)
    return Sequential(first, *(block(width, planes) for _ in range(count - 1)))


# --- Names ------------------------------------------------------------------------------------------


def resnet18(num_classes: int = 1000, **options: Any) -> ResNet:
    """ResNet-18, as torchvision's; the options are the keywords of `ResNet`."""
    return ResNet(BasicBlock, (2, 2, 2, 2), num_classes, **options)


def resnet34(num_classes: int = 1000, **options: Any) -> ResNet:
    """ResNet-34, as torchvision's; the options are the keywords of `ResNet`."""
    return ResNet(BasicBlock, (3, 4, 6, 3), num_classes, **options)


def resnet50(num_classes: int = 1000, **options: Any) -> ResNet:
    """ResNet-50, as torchvision's; the options are the keywords of `ResNet`."""
    return ResNet(Bottleneck, (3, 4, 6, 3), num_classes, **options)


def resnet101(num_classes: int = 1000, **options: Any) -> ResNet:
    """ResNet-101, as torchvision's; the options are the keywords of `ResNet`."""
    return ResNet(Bottleneck, (3, 4, 23, 3), num_classes, **options)


def resnet152(num_classes: int = 1000, **options: Any) -> ResNet:
    """ResNet-152, as torchvision's; the options are the keywords of `ResNet`."""
    return ResNet(Bottleneck, (3, 8, 36, 3), num_classes, **options)


def cifar_resnet(depth: int, num_classes: int = 10, **options: Any) -> ResNet:
    """The network of section 4.2 of the paper, for images of 32 × 32 pixels, of depth 6 n + 2.

    A 3 × 3 convolution, three stages of n basic blocks with 16, 32 and 64 channels, and a linear layer. The
    paths around the blocks that halve the size are 1 × 1 convolutions (the paper's option B; its option A, to
    skip every other pixel and fill the new channels with zeros, saves 2 752 weights). The options are the
    keywords of `ResNet`. Raises `ArgumentError` for another depth.

    >>> model = cifar_resnet(20)
    >>> sum(parameter.size for parameter in model.parameters())
    272474
    """
    if depth < 8 or depth % 6 != 2:
        raise ArgumentError(f"cifar_resnet: expected a depth of 6 n + 2, as 8 or 20, got {depth}")
    small: dict[str, Any] = {
        "widths": (16, 32, 64),
        "stem_kernel_size": 3,
        "stem_stride": 1,
        "stem_pooling": False,
    }
    return ResNet(BasicBlock, (depth // 6,) * 3, num_classes, **(small | options))


def resnet8(num_classes: int = 10, **options: Any) -> ResNet:
    """``cifar_resnet(8)``: a residual network that two processor cores train within minutes."""
    return cifar_resnet(8, num_classes, **options)


def resnet20(num_classes: int = 10, **options: Any) -> ResNet:
    """``cifar_resnet(20)``, the smallest of the paper."""
    return cifar_resnet(20, num_classes, **options)


def resnet32(num_classes: int = 10, **options: Any) -> ResNet:
    """``cifar_resnet(32)``."""
    return cifar_resnet(32, num_classes, **options)


def resnet44(num_classes: int = 10, **options: Any) -> ResNet:
    """``cifar_resnet(44)``."""
    return cifar_resnet(44, num_classes, **options)


def resnet56(num_classes: int = 10, **options: Any) -> ResNet:
    """``cifar_resnet(56)``."""
    return cifar_resnet(56, num_classes, **options)


def resnet110(num_classes: int = 10, **options: Any) -> ResNet:
    """``cifar_resnet(110)``."""
    return cifar_resnet(110, num_classes, **options)
