"""Networks: a file for each family, with the names, arguments and state of torchvision where it has them.

>>> from autograd_cnn.nn import models
>>> len(models.resnet18(num_classes=10).state_dict())
122
"""

from autograd_cnn.nn.models.by_name import (
    MODELS,
    make_model,
    model_options,
)
from autograd_cnn.nn.models.densenet import (
    DenseNet,
    densenet121,
    densenet161,
    densenet169,
    densenet201,
)
from autograd_cnn.nn.models.lenet import (
    MLP,
    LeNet5,
)
from autograd_cnn.nn.models.mobilenet import (
    MobileNetV2,
    mobilenet_v2,
)
from autograd_cnn.nn.models.resnet import (
    BasicBlock,
    Bottleneck,
    ResNet,
    cifar_resnet,
    resnet8,
    resnet18,
    resnet20,
    resnet32,
    resnet34,
    resnet44,
    resnet50,
    resnet56,
    resnet101,
    resnet110,
    resnet152,
)
from autograd_cnn.nn.models.unet import (
    UNet,
)
from autograd_cnn.nn.models.vgg import (
    VGG,
    vgg11,
    vgg11_bn,
    vgg13,
    vgg13_bn,
    vgg16,
    vgg16_bn,
    vgg19,
    vgg19_bn,
)

__all__ = [
    "MLP",
    "MODELS",
    "VGG",
    "BasicBlock",
    "Bottleneck",
    "DenseNet",
    "LeNet5",
    "MobileNetV2",
    "ResNet",
    "UNet",
    "cifar_resnet",
    "densenet121",
    "densenet161",
    "densenet169",
    "densenet201",
    "make_model",
    "mobilenet_v2",
    "model_options",
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
    "vgg11",
    "vgg11_bn",
    "vgg13",
    "vgg13_bn",
    "vgg16",
    "vgg16_bn",
    "vgg19",
    "vgg19_bn",
]
