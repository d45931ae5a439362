"""Models by name: what the command line and files of weights go by."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from inspect import Parameter
from typing import Any, get_type_hints

from autograd_cnn.errors import ArgumentError
from autograd_cnn.nn.models import densenet, resnet, vgg
from autograd_cnn.nn.models.choice import choose, near
from autograd_cnn.nn.models.lenet import MLP, LeNet5
from autograd_cnn.nn.models.mobilenet import mobilenet_v2
from autograd_cnn.nn.module import Module

__all__ = ["MODELS", "make_model", "model_options"]

MODELS: dict[str, Callable[..., Module]] = {
    "lenet5": LeNet5,
    "mlp": MLP,
    "resnet8": resnet.resnet8,
    "resnet20": resnet.resnet20,
    "resnet32": resnet.resnet32,
    "resnet44": resnet.resnet44,
    "resnet56": resnet.resnet56,
    "resnet110": resnet.resnet110,
    "resnet18": resnet.resnet18,
    "resnet34": resnet.resnet34,
    "resnet50": resnet.resnet50,
    "resnet101": resnet.resnet101,
    "resnet152": resnet.resnet152,
    "vgg11": vgg.vgg11,
    "vgg13": vgg.vgg13,
    "vgg16": vgg.vgg16,
    "vgg19": vgg.vgg19,
    "vgg11_bn": vgg.vgg11_bn,
    "vgg13_bn": vgg.vgg13_bn,
    "vgg16_bn": vgg.vgg16_bn,
    "vgg19_bn": vgg.vgg19_bn,
    "mobilenet_v2": mobilenet_v2,
    "densenet121": densenet.densenet121,
    "densenet161": densenet.densenet161,
    "densenet169": densenet.densenet169,
    "densenet201": densenet.densenet201,
}


def make_model(name: str, **options: Any) -> Module:
    """Make the model of a name in `MODELS`; the options are those of `model_options`.

    Raises `ArgumentError` for an unknown name or option, with the near matches.

    >>> from autograd_cnn.nn.models import make_model
    >>> type(make_model("lenet5", activation="tanh")).__name__
    'LeNet5'
    """
    allowed = model_options(name)
    for option in options:
        if option not in allowed:
            raise ArgumentError(
                f"make_model: {name!r} has no option {option!r}{near(option, allowed)}; it has "
                f"{', '.join(allowed)}"
            )
    return MODELS[name](**options)


def model_options(name: str) -> list[str]:
    """Return the names of the options of a model in `MODELS`. Raises `ArgumentError` for an unknown name.

    >>> model_options("mlp")
    ['num_classes', 'hidden', 'activation']
    """
    model = choose("make_model", "a model", MODELS, name)
    parameters = inspect.signature(model).parameters.values()
    options = [parameter.name for parameter in parameters if parameter.kind != Parameter.VAR_KEYWORD]
    if len(options) < len(parameters):  # "**options": the keywords of the class that it returns
        made = inspect.signature(get_type_hints(model)["return"]).parameters.values()
        options += [parameter.name for parameter in made if parameter.kind == Parameter.KEYWORD_ONLY]
    return options
