"""Layers and networks, with the names, arguments and state of ``torch.nn``.

A layer is a class in the file of its family, and a function in `functional`.
"""

from autograd_cnn.nn import functional, init, models, utils
from autograd_cnn.nn.activation import LogSoftmax, ReLU, Sigmoid, Softmax, Tanh
from autograd_cnn.nn.attention import MultiheadAttention
from autograd_cnn.nn.containers import ModuleList, Sequential
from autograd_cnn.nn.convolution import Conv1d, Conv2d, Conv3d
from autograd_cnn.nn.distance import CosineSimilarity, PairwiseDistance
from autograd_cnn.nn.dropout import Dropout
from autograd_cnn.nn.linear import Flatten, Identity, Linear
from autograd_cnn.nn.linear_loss import AdaptiveLogSoftmaxWithLoss, LinearCrossEntropyLoss
from autograd_cnn.nn.loss import (
    BCELoss,
    BCEWithLogitsLoss,
    CrossEntropyLoss,
    CTCLoss,
    GaussianNLLLoss,
    HuberLoss,
    KLDivLoss,
    L1Loss,
    MSELoss,
    NLLLoss,
    PoissonNLLLoss,
    SmoothL1Loss,
)
from autograd_cnn.nn.margin_loss import (
    CosineEmbeddingLoss,
    HingeEmbeddingLoss,
    MarginRankingLoss,
    MultiLabelMarginLoss,
    MultiLabelSoftMarginLoss,
    MultiMarginLoss,
    SoftMarginLoss,
    TripletMarginLoss,
    TripletMarginWithDistanceLoss,
)
from autograd_cnn.nn.module import Module
from autograd_cnn.nn.parameter import Parameter
from autograd_cnn.nn.pooling import AvgPool1d, AvgPool2d, AvgPool3d, MaxPool1d, MaxPool2d, MaxPool3d
from autograd_cnn.nn.recurrent import GRU, LSTM, RNN
from autograd_cnn.nn.recurrent_cells import GRUCell, LSTMCell, RNNCell

__all__ = [
    "GRU",
    "LSTM",
    "RNN",
    "AdaptiveLogSoftmaxWithLoss",
    "AvgPool1d",
    "AvgPool2d",
    "AvgPool3d",
    "BCELoss",
    "BCEWithLogitsLoss",
    "CTCLoss",
    "Conv1d",
    "Conv2d",
    "Conv3d",
    "CosineEmbeddingLoss",
    "CosineSimilarity",
    "CrossEntropyLoss",
    "Dropout",
    "Flatten",
    "GRUCell",
    "GaussianNLLLoss",
    "HingeEmbeddingLoss",
    "HuberLoss",
    "Identity",
    "KLDivLoss",
    "L1Loss",
    "LSTMCell",
    "Linear",
    "LinearCrossEntropyLoss",
    "LogSoftmax",
    "MSELoss",
    "MarginRankingLoss",
    "MaxPool1d",
    "MaxPool2d",
    "MaxPool3d",
    "Module",
    "ModuleList",
    "MultiLabelMarginLoss",
    "MultiLabelSoftMarginLoss",
    "MultiMarginLoss",
    "MultiheadAttention",
    "NLLLoss",
    "PairwiseDistance",
    "Parameter",
    "PoissonNLLLoss",
    "RNNCell",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "SmoothL1Loss",
    "SoftMarginLoss",
    "Softmax",
    "Tanh",
    "TripletMarginLoss",
    "TripletMarginWithDistanceLoss",
    "functional",
    "init",
    "models",
    "utils",
]
