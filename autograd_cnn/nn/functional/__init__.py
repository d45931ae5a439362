"""Layers as functions, with the names and arguments of ``torch.nn.functional``.

All of them take tensors or arrays; they are compositions of the ops, and have no derivatives of their own.
"""

from autograd_cnn.nn.functional.activation import log_softmax, relu, sigmoid, softmax, tanh
from autograd_cnn.nn.functional.adaptive_pooling import (
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    adaptive_avg_pool3d,
    adaptive_max_pool1d,
    adaptive_max_pool2d,
    adaptive_max_pool3d,
)
from autograd_cnn.nn.functional.convolution import (
    conv1d,
    conv2d,
    conv3d,
    conv_transpose1d,
    conv_transpose2d,
    conv_transpose3d,
)
from autograd_cnn.nn.functional.dropout import dropout
from autograd_cnn.nn.functional.folding import (
    fold,
    unfold,
)
from autograd_cnn.nn.functional.grid import (
    affine_grid,
    grid_sample,
)
from autograd_cnn.nn.functional.linear import flatten, linear
from autograd_cnn.nn.functional.loss import cross_entropy, mse_loss, nll_loss
from autograd_cnn.nn.functional.normalization import (
    batch_norm,
    group_norm,
    instance_norm,
    layer_norm,
    local_response_norm,
    normalize,
    rms_norm,
)
from autograd_cnn.nn.functional.padding import (
    pad,
)
from autograd_cnn.nn.functional.pooling import (
    avg_pool1d,
    avg_pool2d,
    avg_pool3d,
    lp_pool1d,
    lp_pool2d,
    lp_pool3d,
    max_pool1d,
    max_pool2d,
    max_pool3d,
)
from autograd_cnn.nn.functional.resampling import (
    interpolate,
)
from autograd_cnn.nn.functional.shuffling import (
    channel_shuffle,
    pixel_shuffle,
    pixel_unshuffle,
)
from autograd_cnn.nn.functional.unpooling import (
    max_unpool1d,
    max_unpool2d,
    max_unpool3d,
)

__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_avg_pool3d",
    "adaptive_max_pool1d",
    "adaptive_max_pool2d",
    "adaptive_max_pool3d",
    "affine_grid",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "batch_norm",
    "channel_shuffle",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "cross_entropy",
    "dropout",
    "flatten",
    "fold",
    "grid_sample",
    "group_norm",
    "instance_norm",
    "interpolate",
    "layer_norm",
    "linear",
    "local_response_norm",
    "log_softmax",
    "lp_pool1d",
    "lp_pool2d",
    "lp_pool3d",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
    "max_unpool1d",
    "max_unpool2d",
    "max_unpool3d",
    "mse_loss",
    "nll_loss",
    "normalize",
    "pad",
    "pixel_shuffle",
    "pixel_unshuffle",
    "relu",
    "rms_norm",
    "sigmoid",
    "softmax",
    "tanh",
    "unfold",
]
