"""Batching rules of what layers are made of: products, convolution, pooling, cross-entropy.

Where the weights are the same for all examples, the examples are folded into the batch that the op has
anyway, (B, N, ...) → (B N, ...). Where each has its own, as for the gradients of single examples, they become
groups of channels: (B, N, C, ...) → (N, B C, ...).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_cnn.core.batched import Batched, Level, aligned, batch, holds, lower
from autograd_cnn.ops import activation, contraction, convolution, pooling
from autograd_cnn.ops.contraction import matmul
from autograd_cnn.ops.shape import expand_dims, moveaxis, reshape, swapaxes
from autograd_cnn.transforms.batching.rule import rule


@rule(contraction.matmul, inputs=2)
def _matmul(op: Any, level: Level, x1: Any, x2: Any) -> Any:
    ndim1, ndim2 = np.ndim(x1), np.ndim(x2)
    if not ndim1 or not ndim2:
        return NotImplemented
    if not holds(level, x2) and ndim2 <= 2:  # one product serves all examples
        rows = reshape(x1.physical, (level.size * math.prod(x1.shape[:-1]), x1.shape[-1]))
        product = op(rows, x2)
        return reshape(product, (level.size, *x1.shape[:-1], *product.shape[1:]))
    if not holds(level, x1) and ndim1 <= 2 and ndim2 == 1:
        return op(x2.physical, x1 if ndim1 == 1 else swapaxes(x1, 0, 1))
    matrices1 = x1 if ndim1 > 1 else expand_dims(x1, 0)
    matrices2 = x2 if ndim2 > 1 else expand_dims(x2, 1)
    ndim = max(np.ndim(matrices1), np.ndim(matrices2))
    product = op(aligned(matrices1, level, ndim), aligned(matrices2, level, ndim))
    lengths = product.shape[:-2] + product.shape[-2:][ndim1 == 1 : 2 - (ndim2 == 1)]
    return product if len(lengths) == product.ndim else reshape(product, lengths)


@rule(contraction.affine, inputs=3)
def _affine(op: Any, level: Level, x: Any, weight: Any, bias: Any = None) -> Any:
    if holds(level, weight) or holds(level, bias):
        product = matmul(x, swapaxes(weight, 0, 1))
        return product if bias is None else product + bias
    return _unfolded(level, x, op(_folded(x), weight, bias))


# --- Convolution and pooling -----------------------------------------------------------------------------


def _folded(x: Batched) -> Any:
    """The examples' own batches, as one: (B, N, ...) → (B N, ...)."""
    return reshape(x.physical, (x.level.size * x.shape[0], *x.shape[1:]))


def _unfolded(level: Level, x: Any, y: Any) -> Any:
    return reshape(y, (level.size, x.shape[0], *y.shape[1:]))


def _as_channels(x: Any, level: Level) -> Any:
    """The examples as channels of one image: (B, N, C, ...) → (N, B C, ...)."""
    physical = moveaxis(lower(x, level), 0, 1)
    n, size, channels, *spatial = physical.shape
    return reshape(physical, (n, size * channels, *spatial))


def _from_channels(level: Level, y: Any) -> Any:
    n, channels, *spatial = y.shape
    return moveaxis(reshape(y, (n, level.size, channels // level.size, *spatial)), 1, 0)


def _as_outputs(weight: Any, level: Level) -> Any:
    """The weights of all examples as one of more output channels: (B, O, ...) → (B O, ...)."""
    physical = lower(weight, level)
    return reshape(physical, (level.size * weight.shape[0], *weight.shape[1:]))


@rule(convolution.convolution, inputs=3)
def _convolution(
    op: Any, level: Level, x: Any, weight: Any, bias: Any = None, window: Any = None, groups: int = 1
) -> Any:
    if not holds(level, weight):
        if bias is not None and holds(level, bias):
            return op(x, weight, None, window, groups) + reshape(bias, (-1, *(1,) * window.ndim))
        return _unfolded(level, x, op(_folded(x), weight, bias, window, groups))
    if not level.size:
        return NotImplemented  # groups of channels are at least one
    biases = None if bias is None else reshape(lower(bias, level), (level.size * weight.shape[0],))
    if not holds(level, x) and groups == 1:
        y = op(x, _as_outputs(weight, level), biases, window)
    else:
        y = op(_as_channels(x, level), _as_outputs(weight, level), biases, window, groups * level.size)
    return _from_channels(level, y)


@rule(convolution.convolution_input_gradient, inputs=2)
def _input_gradient(
    op: Any, level: Level, y: Any, weight: Any, input_shape: Any, window: Any, groups: int = 1
) -> Any:
    if not holds(level, weight):
        return _unfolded(level, y, op(_folded(y), weight, input_shape, window, groups))
    if not level.size:
        return NotImplemented
    channels, weights = _as_channels(y, level), _as_outputs(weight, level)
    return _from_channels(level, op(channels, weights, input_shape, window, groups * level.size))


@rule(convolution.convolution_weight_gradient, inputs=2)
def _weight_gradient(op: Any, level: Level, x: Any, y: Any, window: Any, groups: int = 1) -> Any:
    if not level.size:
        return NotImplemented
    if not holds(level, x) and groups == 1:
        gradient = op(x, _as_channels(y, level), window)
    else:
        gradient = op(_as_channels(x, level), _as_channels(y, level), window, groups * level.size)
    return reshape(gradient, (level.size, gradient.shape[0] // level.size, *gradient.shape[1:]))


@rule(pooling.max_pool, pooling.average_pool, pooling.average_pool_transpose)
def _pool(op: Any, level: Level, x: Batched, *rest: Any, **options: Any) -> Any:
    return _unfolded(level, x, op(_folded(x), *rest, **options))


@rule(pooling.max_pool_scatter, pooling.max_pool_gather, inputs=2)
def _pool_at(op: Any, level: Level, x: Any, indices: Any, *rest: Any) -> Any:
    places = lower(indices, level)
    folded = reshape(places, (level.size * indices.shape[0], *indices.shape[1:]))
    x = batch(level, lower(x, level))
    return _unfolded(level, x, op(_folded(x), folded, *rest))


@rule(activation.softmax_cross_entropy, inputs=2)
def _softmax_cross_entropy(op: Any, level: Level, logits: Any, labels: Any) -> Any:
    rows, picked = batch(level, lower(logits, level)), batch(level, lower(labels, level))
    return _unfolded(level, rows, op(_folded(rows), _folded(picked)))
