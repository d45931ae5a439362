"""Batch normalisation of (N, C, \\*spatial), and the three channelwise ops that its derivatives are made of.

`channel_sums`, `channel_products` and `scale_channels` are closed under differentiation: the VJP of each
consists of the others. So is that of `batch_norm`, which is therefore differentiable to any order.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_cnn import kernels
from autograd_cnn.core.primitive import primitive
from autograd_cnn.core.registry import case
from autograd_cnn.ops.reduction import mean
from autograd_cnn.ops.shape import broadcast_to, reshape

__all__ = ["batch_norm", "batch_norm_by_definition", "channel_products", "channel_sums", "scale_channels"]


def _per_channel(values: Any, ndim: int) -> Any:
    """(C,) as (C, 1, …), which broadcasts against (N, C, \\*spatial)."""
    return reshape(values, (*values.shape, *(1,) * (ndim - 2)))


@primitive(
    kind="linear",
    samples=[case((3, 2)), case((2, 3, 4)), case((2, 3, 2, 2)), case((0, 3, 2))],
    x=lambda g, x_shape: broadcast_to(_per_channel(g, len(x_shape)), x_shape),
)
def channel_sums(x: Any) -> Any:
    """Σ x over all axes but the second: (N, C, \\*spatial) → (C,).

    >>> import autograd_cnn as ag
    >>> ag.ops.normalization.channel_sums(ag.ones((2, 3, 4)))
    tensor([8., 8., 8.])
    """
    return kernels.channel_sums(np.asarray(x))


@primitive(
    samples=[case((3, 2), (3, 2)), case((2, 3, 4), (2, 3, 4)), case((0, 3, 2), (0, 3, 2))],
    x=lambda g, y: scale_channels(y, g),
    y=lambda g, x: scale_channels(x, g),
)
def channel_products(x: Any, y: Any) -> Any:
    """Σ x y over all axes but the second: two (N, C, \\*spatial) → (C,).

    >>> import autograd_cnn as ag
    >>> ag.ops.normalization.channel_products(ag.ones((2, 3, 4)), ag.ones((2, 3, 4)))
    tensor([8., 8., 8.])
    """
    return kernels.channel_products(np.asarray(x), np.asarray(y))


@primitive(
    samples=[
        case((3, 2), (2,), (2,), (3, 2), (2,)),
        case((2, 3, 4), (3,), (3,), (2, 3, 4), (3,)),
        case((2, 3, 2, 2), (3,), (3,)),
        case((0, 3, 2), (3,)),
    ],
    x=lambda g, scale: scale_channels(g, scale),
    scale=lambda g, x: channel_products(g, x),
    shift=lambda g: channel_sums(g),
    y=lambda g, y_scale: scale_channels(g, y_scale),
    y_scale=lambda g, y: channel_products(g, y),
)
def scale_channels(x: Any, scale: Any, shift: Any = None, y: Any = None, y_scale: Any = None) -> Any:
    """``x * scale + y * y_scale + shift``, with one number for each channel of (N, C, \\*spatial): (C,).

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.normalization import scale_channels
    >>> scale_channels(ag.ones((1, 2, 2)), ag.tensor([2.0, 3.0]), ag.tensor([10.0, 20.0]))
    tensor([[[12., 12.],
             [23., 23.]]])
    """
    return kernels.scale_channels(
        np.asarray(x), np.asarray(scale), shift, None if y is None else np.asarray(y), y_scale
    )


def _sums(to_out: Any, x: Any, mean: Any, memo: list[Any]) -> tuple[Any, Any]:
    """Σ to_out, and Σ to_out (x - mean), of each channel: the gradients of bias and of weight * std."""
    # All three VJPs read them; whichever comes first leaves them for the others.
    known = memo[0]
    if known is None or known[0] is not to_out:
        total = channel_sums(to_out)
        memo[0] = known = to_out, total, channel_products(to_out, x) - mean * total
    return known[1:]  # type: ignore[no-any-return]


def _input_vjp(g: Any, x: Any, weight: Any, mean: Any, variance: Any, eps: float, memo: list[Any]) -> Any:
    # With x' = (x - mean) / σ: dx = w / σ (g - mean(g) - x' mean(g x')) + what comes through the moments
    # (Ioffe and Szegedy 2015, §3). It is linear in g and x, so that one pass computes it.
    to_out, to_mean, to_variance = g
    per_entry = 1 / max(math.prod(x.shape) // max(x.shape[1], 1), 1)
    shift: Any = 0.0 if to_mean is None else to_mean * per_entry
    x_scale: Any = 0.0 if to_variance is None else to_variance * (2 * per_entry)
    if to_out is not None:
        inverse_std = (variance + eps) ** -0.5
        total, product = _sums(to_out, x, mean, memo)
        scale = inverse_std if weight is None else inverse_std * weight
        x_scale = x_scale - scale * inverse_std * inverse_std * product * per_entry
        shift = shift - scale * total * per_entry
        return scale_channels(to_out, scale, shift - x_scale * mean, x, x_scale)
    if to_variance is None:
        return broadcast_to(_per_channel(shift, x.ndim), x.shape)
    return scale_channels(x, x_scale, shift - x_scale * mean)


def _weight_vjp(g: Any, x: Any, mean: Any, variance: Any, eps: float, memo: list[Any]) -> Any:
    if g[0] is None:
        return mean * 0
    return _sums(g[0], x, mean, memo)[1] * (variance + eps) ** -0.5


def _bias_vjp(g: Any, x: Any, mean: Any, memo: list[Any]) -> Any:
    return mean * 0 if g[0] is None else _sums(g[0], x, mean, memo)[0]


@primitive(
    outputs=("out", "mean", "variance"),
    residuals=("memo",),
    samples=[
        case((5, 2), (2,), (2,)),
        case((3, 2, 4), (2,), (2,), eps=0.1),
        case((2, 3, 2, 2)),
        case((0, 3, 2), (3,), (3,)),
    ],
    x=_input_vjp,
    weight=_weight_vjp,
    bias=_bias_vjp,
)
def batch_norm(x: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """Normalise each channel of (N, C, \\*spatial) to mean 0 and variance 1, then scale and shift it.

    Returns the result, and the mean and variance of each channel, (C,). See `nn.functional.batch_norm`.

    >>> import autograd_cnn as ag
    >>> out, mean, variance = ag.ops.normalization.batch_norm(ag.tensor([[1.0], [3.0]]), eps=0.0)
    >>> out.tolist(), mean, variance
    ([[-1.0], [1.0]], tensor([2.]), tensor([1.]))
    """
    x = np.asarray(x)
    mean, variance = kernels.channel_moments(x)
    inverse_std = (variance + eps) ** -0.5
    scale = inverse_std if weight is None else inverse_std * weight
    shift = -mean * scale if bias is None else bias - mean * scale
    return kernels.scale_channels(x, scale, shift), mean, variance, [None]


def batch_norm_by_definition(x: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """What `batch_norm` means, from primitive ops.

    >>> import autograd_cnn as ag
    >>> ag.ops.normalization.batch_norm_by_definition(ag.tensor([[1.0], [3.0]]), eps=0.0)[0].tolist()
    [[-1.0], [1.0]]
    """
    axes = (0, *range(2, x.ndim))
    center = mean(x, axis=axes)
    deviations = x - _per_channel(center, x.ndim)
    variance = mean(deviations * deviations, axis=axes)
    out = deviations / _per_channel((variance + eps) ** 0.5, x.ndim)
    if weight is not None:
        out = out * _per_channel(weight, x.ndim)
    return out if bias is None else out + _per_channel(bias, x.ndim), center, variance
