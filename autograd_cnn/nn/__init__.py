"""Layers and networks, with the names, arguments and state of ``torch.nn``.

A layer is a class in the file of its family, and a function in `functional`.
"""

from autograd_cnn.nn import functional, init, models, utils
from autograd_cnn.nn.activation import LogSoftmax, ReLU, Sigmoid, Softmax, Tanh
from autograd_cnn.nn.collections import ModuleDict, ParameterDict, ParameterList
from autograd_cnn.nn.containers import ModuleList, Sequential
from autograd_cnn.nn.convolution import Conv1d, Conv2d, Conv3d
from autograd_cnn.nn.dropout import Dropout
from autograd_cnn.nn.linear import Flatten, Identity, Linear
from autograd_cnn.nn.loss import CrossEntropyLoss, MSELoss, NLLLoss
from autograd_cnn.nn.module import Module
from autograd_cnn.nn.parameter import Parameter
from autograd_cnn.nn.pooling import AvgPool1d, AvgPool2d, AvgPool3d, MaxPool1d, MaxPool2d, MaxPool3d
from autograd_cnn.nn.summarize import summary

__all__ = [
    "AvgPool1d",
    "AvgPool2d",
    "AvgPool3d",
    "Conv1d",
    "Conv2d",
    "Conv3d",
    "CrossEntropyLoss",
    "Dropout",
    "Flatten",
    "Identity",
    "Linear",
    "LogSoftmax",
    "MSELoss",
    "MaxPool1d",
    "MaxPool2d",
    "MaxPool3d",
    "Module",
    "ModuleDict",
    "ModuleList",
    "NLLLoss",
    "Parameter",
    "ParameterDict",
    "ParameterList",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "Softmax",
    "Tanh",
    "functional",
    "init",
    "models",
    "summary",
    "utils",
]
