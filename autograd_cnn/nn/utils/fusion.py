"""A batch normalisation in evaluation, taken into the layer before it."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from autograd_cnn.core.tensor import Tensor
from autograd_cnn.errors import ArgumentError, ShapeError
from autograd_cnn.nn.module import Module
from autograd_cnn.nn.parameter import Parameter

__all__ = ["fuse_conv_bn_eval", "fuse_conv_bn_weights", "fuse_linear_bn_eval", "fuse_linear_bn_weights"]


def fuse_conv_bn_eval(conv: Any, bn: Any, transpose: bool = False) -> Any:
    """Return a copy of a convolution that computes ``bn(conv(x))``, both in evaluation.

    In evaluation a batch normalisation is one multiplication and addition for each channel, which
    the weight and the bias can take over. ``transpose`` is for transposed convolutions. Raises
    `ArgumentError` for layers in training, or without running statistics.

    >>> import autograd_cnn as ag
    >>> class Norm(ag.nn.Module):
    ...     weight, bias, eps = None, None, 0.0
    ...     running_mean, running_var = ag.tensor([1.0]), ag.tensor([4.0])
    >>> conv = ag.nn.Conv1d(1, 1, 1, dtype="float64").eval()
    >>> fused = ag.nn.utils.fuse_conv_bn_eval(conv, Norm().eval())
    >>> x = ag.ones((1, 1, 1))
    >>> bool(abs(fused(x) - (conv(x) - 1) / 2).max() < 1e-12)
    True
    """
    return _fused("fuse_conv_bn_eval", conv, bn, transpose)


def fuse_linear_bn_eval(linear: Any, bn: Any) -> Any:
    """Return a copy of a linear layer that computes ``bn(linear(x))``, both in evaluation.

    Raises `ShapeError` unless the normalisation has as many features as the layer, or one; otherwise as
    `fuse_conv_bn_eval`.
    """
    if bn.running_mean is not None and bn.running_mean.shape[0] not in (1, linear.weight.shape[0]):
        raise ShapeError(
            f"fuse_linear_bn_eval: expected a normalisation of {linear.weight.shape[0]} features, as many as "
            f"the layer has outputs, or of 1, got {bn.running_mean.shape[0]}"
        )
    return _fused("fuse_linear_bn_eval", linear, bn, False)


def fuse_conv_bn_weights(
    conv_w: Tensor,
    conv_b: Tensor | None,
    bn_rm: Tensor,
    bn_rv: Tensor,
    bn_eps: float,
    bn_w: Tensor | None,
    bn_b: Tensor | None,
    transpose: bool = False,
) -> tuple[Parameter, Parameter]:
    """Return weight and bias of a convolution with the normalisation in them."""
    weight = np.asarray(conv_w._value)
    outputs = weight.shape[1 if transpose else 0]
    scale = 1 / np.sqrt(bn_rv._value + bn_eps)
    if bn_w is not None:
        scale = scale * bn_w._value
    shift = -bn_rm._value if conv_b is None else conv_b._value - bn_rm._value
    bias = shift * scale + (0 if bn_b is None else bn_b._value)
    along = (1, -1) if transpose else (-1, 1)
    fused = weight * scale.reshape(along + (1,) * (weight.ndim - 2))
    return (
        Parameter(fused.astype(weight.dtype), conv_w.requires_grad),
        Parameter(np.broadcast_to(bias, outputs).astype(weight.dtype), conv_w.requires_grad),
    )


def fuse_linear_bn_weights(
    linear_w: Tensor,
    linear_b: Tensor | None,
    bn_rm: Tensor,
    bn_rv: Tensor,
    bn_eps: float,
    bn_w: Tensor | None,
    bn_b: Tensor | None,
) -> tuple[Parameter, Parameter]:
    """Return weight and bias of a linear layer with the normalisation in them."""
    return fuse_conv_bn_weights(linear_w, linear_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b)


def _fused(name: str, layer: Any, bn: Any, transpose: bool) -> Module:
    if layer.training or bn.training:
        raise ArgumentError(f"{name}: expected both layers in evaluation, got one in training; call eval()")
    if bn.running_mean is None or bn.running_var is None:
        raise ArgumentError(f"{name}: expected a normalisation with running statistics, got one without")
    fused: Module = copy.deepcopy(layer)
    statistics = bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias
    fused.weight, fused.bias = fuse_conv_bn_weights(layer.weight, layer.bias, *statistics, transpose)
    return fused
