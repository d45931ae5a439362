"""Layers as functions, with the names and arguments of ``torch.nn.functional``.

All of them take tensors or arrays; they are compositions of the ops, and have no derivatives of their own.
"""

from autograd_cnn.nn.functional.activation import log_softmax, relu, sigmoid, softmax, tanh
from autograd_cnn.nn.functional.attention import multi_head_attention_forward, scaled_dot_product_attention
from autograd_cnn.nn.functional.convolution import conv1d, conv2d, conv3d
from autograd_cnn.nn.functional.ctc import ctc_loss
from autograd_cnn.nn.functional.distance import cosine_similarity, pairwise_distance
from autograd_cnn.nn.functional.dropout import dropout
from autograd_cnn.nn.functional.linear import flatten, linear
from autograd_cnn.nn.functional.loss import cross_entropy, linear_cross_entropy, nll_loss
from autograd_cnn.nn.functional.margin import (
    cosine_embedding_loss,
    hinge_embedding_loss,
    margin_ranking_loss,
    multi_margin_loss,
    multilabel_margin_loss,
    multilabel_soft_margin_loss,
    soft_margin_loss,
    triplet_margin_loss,
    triplet_margin_with_distance_loss,
)
from autograd_cnn.nn.functional.pooling import (
    avg_pool1d,
    avg_pool2d,
    avg_pool3d,
    max_pool1d,
    max_pool2d,
    max_pool3d,
)
from autograd_cnn.nn.functional.probability import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    kl_div,
)
from autograd_cnn.nn.functional.regression import (
    gaussian_nll_loss,
    huber_loss,
    l1_loss,
    mse_loss,
    poisson_nll_loss,
    smooth_l1_loss,
)

__all__ = [
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "conv1d",
    "conv2d",
    "conv3d",
    "cosine_embedding_loss",
    "cosine_similarity",
    "cross_entropy",
    "ctc_loss",
    "dropout",
    "flatten",
    "gaussian_nll_loss",
    "hinge_embedding_loss",
    "huber_loss",
    "kl_div",
    "l1_loss",
    "linear",
    "linear_cross_entropy",
    "log_softmax",
    "margin_ranking_loss",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
    "mse_loss",
    "multi_head_attention_forward",
    "multi_margin_loss",
    "multilabel_margin_loss",
    "multilabel_soft_margin_loss",
    "nll_loss",
    "pairwise_distance",
    "poisson_nll_loss",
    "relu",
    "scaled_dot_product_attention",
    "sigmoid",
    "smooth_l1_loss",
    "soft_margin_loss",
    "softmax",
    "tanh",
    "triplet_margin_loss",
    "triplet_margin_with_distance_loss",
]
