"""How the layers of images are made and called: windows, resampling, padding and normalisation.

Each function draws for the layers of a family what one is called with and what it is made with; ``ndim`` is
the number of axes of the image.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from autograd_cnn.nn import functional
from autograd_cnn.testing.strategies.choices import Choices, Given
from autograd_cnn.testing.strategies.windows import conv_problems, pool_problems

__all__ = ["SPATIAL_LAYERS"]


# --- Windows ----------------------------------------------------------------------------------------


def _convolution(ndim: int, c: Choices) -> Given:
    call = c.draw(conv_problems(ndim))
    image, weight = call.given[:2]
    padding, sides = call.options["padding"], image.shape[-ndim:]
    around = np.zeros(1) if isinstance(padding, str) else np.asarray(padding)  # "same" is less than a kernel
    modes = [
        "zeros",
        "replicate",
        *["circular"] * bool(np.all(around <= sides)),
        *["reflect"] * bool(np.all(around < sides)),
    ]
    return [image], {
        "in_channels": image.shape[-ndim - 1],
        "out_channels": len(weight),
        "kernel_size": weight.shape[2:],
        "bias": len(call.given) == 3,
        "padding_mode": c.one_of(*modes),
        **call.options,
    }


def _transposed_convolution(ndim: int, c: Choices) -> Given:
    groups = c.size(1, 2)
    channels, outputs = groups * c.size(1, 2), groups * c.size(1, 2)
    kernel, stride, dilation, padding = c.sizes(ndim), c.sizes(ndim), c.sizes(ndim, 1, 2), c.sizes(ndim, 0, 1)
    further = tuple(c.size(0, max(s, d) - 1) for s, d in zip(stride, dilation, strict=True))
    sides = tuple(  # of which something is left
        p + c.size(1, 3) if s == 1 else 1 + p + c.size(0, 1) for s, p in zip(stride, padding, strict=True)
    )
    sides = tuple(side + p for side, p in zip(sides, padding, strict=True))
    return [c.normal(*c.batch(), channels, *sides)], {
        "in_channels": channels,
        "out_channels": outputs,
        "kernel_size": kernel,
        "stride": stride,
        "padding": padding,
        "output_padding": further,
        "groups": groups,
        "bias": c.flag(),
        "dilation": dilation,
    }


def _pooling(kind: str, ndim: int, c: Choices) -> Given:
    call = c.draw(pool_problems(ndim, kind))
    image, kernel = call.given
    indices = {"return_indices": c.flag()} if kind == "max" else {}
    return [image], {"kernel_size": kernel, **indices, **call.options}


def _power_average_pooling(ndim: int, c: Choices) -> Given:
    kernel = c.sizes(ndim)
    image = c.positive(*c.batch(), c.size(1, 2), *(k + c.size(0, 2) for k in kernel))
    return [image], {
        "norm_type": c.one_of(2, 1, 3.0, 4),
        "kernel_size": kernel,
        "stride": c.one_of(None, c.sizes(ndim)),
        "ceil_mode": c.flag(),
    }


def _adaptive_pooling(kind: str, ndim: int, c: Choices) -> Given:
    lengths = tuple(c.one_of(1, 2, 3, 4, *[None] * (ndim > 1)) for _ in range(ndim))
    indices = {"return_indices": c.flag()} if kind == "max" else {}
    image = c.distinct(*c.batch(), c.size(1, 2), *c.sizes(ndim, 1, 4))
    return [image], {"output_size": lengths[0] if ndim == 1 else lengths, **indices}


def _fractional_pooling(ndim: int, c: Choices) -> Given:
    kernel = c.size(1, 2)
    lengths = tuple(kernel + c.size(0, 3) for _ in range(ndim))
    windows = tuple(c.size(1, n - kernel + 1) for n in lengths)
    image = c.distinct(*c.batch(), c.size(1, 2), *lengths)
    return [image], {"kernel_size": kernel, "output_size": windows, "return_indices": c.flag()}


def _unpooling(ndim: int, c: Choices) -> Given:
    kernel = c.sizes(ndim, 1, 2)
    padding = tuple(c.size(0, k // 2) for k in kernel)
    image = c.distinct(*c.batch(), c.size(1, 2), *(k + c.size(0, 2) for k in kernel))
    pool = getattr(functional, f"max_pool{ndim}d")
    maxima, indices = pool(image, kernel, padding=padding, return_indices=True)
    return [c.normal(*maxima.shape), np.asarray(indices), image.shape[-ndim:]], {
        "kernel_size": kernel,
        "padding": padding,
    }


def _patches(c: Choices) -> tuple[tuple[int, ...], dict[str, Any], tuple[int, ...]]:
    """The sides of an image, windows on it, and how many there are along each axis."""
    kernel, dilation, padding, stride = c.sizes(2), c.sizes(2, 1, 2), c.sizes(2, 0, 1), c.sizes(2)
    extent = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    sides = tuple(max(1, e - 2 * p) + c.size(0, 2) for e, p in zip(extent, padding, strict=True))
    counts = tuple(
        (side + 2 * p - e) // s + 1 for side, p, e, s in zip(sides, padding, extent, stride, strict=True)
    )
    window = {"kernel_size": kernel, "dilation": dilation, "padding": padding, "stride": stride}
    return sides, window, counts


def _unfold(c: Choices) -> Given:
    sides, window, _ = _patches(c)
    return [c.normal(*c.batch(), c.size(1, 2), *sides)], window


def _fold(c: Choices) -> Given:
    sides, window, counts = _patches(c)
    rows = c.size(1, 2) * int(np.prod(window["kernel_size"]))
    return [c.normal(*c.batch(), rows, int(np.prod(counts)))], {"output_size": sides, **window}


# --- Resampling -------------------------------------------------------------------------------------

LINEAR = {1: ["linear"], 2: ["bilinear", "bicubic"], 3: ["trilinear"]}


def _size(c: Choices, ndim: int) -> dict[str, Any]:
    """The size of the result, or the factor."""
    if c.flag():
        return {"size": c.one_of(c.size(1, 4), c.sizes(ndim, 1, 4))}
    factors = tuple(c.one_of(2, 1, 1.7, 0.5, 2.5) for _ in range(ndim))
    return {"scale_factor": c.one_of(factors[0], factors)}


def _upsampling(c: Choices) -> Given:
    ndim = c.size(1, 3)
    options = {**_size(c, ndim), "mode": c.one_of("nearest", "nearest-exact", "area", *LINEAR[ndim])}
    if options["mode"] in LINEAR[ndim]:
        options["align_corners"] = c.one_of(None, True, False)
    if "scale_factor" in options:
        options["recompute_scale_factor"] = c.one_of(None, True)
    return [c.normal(c.size(1, 2), c.size(1, 2), *c.sizes(ndim, 2, 4))], options


def _interpolation(c: Choices) -> Given:
    given, options = _upsampling(c)
    if options["mode"] in ("bilinear", "bicubic"):
        options["antialias"] = c.flag()
    return given, options


def _upsampling_2d(c: Choices) -> Given:
    return [c.normal(c.size(1, 2), c.size(1, 2), *c.sizes(2, 2, 4))], _size(c, 2)


def _pixel_shuffle(c: Choices) -> Given:
    factor = c.size()
    return [c.normal(*c.batch(), factor**2 * c.size(1, 2), *c.sizes(2))], {"upscale_factor": factor}


def _pixel_unshuffle(c: Choices) -> Given:
    factor = c.size()
    sides = (factor * c.size(1, 2) for _ in range(2))
    return [c.normal(*c.batch(), c.size(1, 2), *sides)], {"downscale_factor": factor}


def _channel_shuffle(c: Choices) -> Given:
    groups = c.size()
    return [c.normal(c.size(1, 2), groups * c.size(), *c.sizes(2))], {"groups": groups}


def _affine_grid(c: Choices) -> Given:
    ndim, batch = c.size(2, 3), c.size(1, 2)
    theta = c.normal(batch, ndim, ndim + 1)
    return [theta], {"size": (batch, 1, *c.sizes(ndim)), "align_corners": c.flag()}


def _grid_sample(c: Choices) -> Given:
    ndim, batch = c.size(2, 3), c.size(1, 2)
    places = c.normal(batch, *c.sizes(ndim, 1, 2), ndim)
    places = places + 0.0137  # between the pixels, and not on their borders
    return [c.normal(batch, c.size(1, 2), *c.sizes(ndim, 2, 4)), places], {
        "mode": c.one_of("bilinear", "nearest", *["bicubic"] * (ndim == 2)),
        "padding_mode": c.one_of("zeros", "border", "reflection"),
        "align_corners": c.flag(),
    }


# --- Padding ----------------------------------------------------------------------------------------


def _padding(low: int, high: int, ndim: int, c: Choices) -> Given:
    """Widths from ``low`` to ``high``, around at least three pixels."""
    widths = c.one_of(c.sizes(2 * ndim, low, high), c.size(low, high))
    return [c.normal(*c.batch(), c.size(1, 2), *c.sizes(ndim, 3, 4))], {"padding": widths}


def _constant_padding(ndim: int, c: Choices) -> Given:
    given, options = _padding(-1, 2, ndim, c)
    return given, {**options, "value": c.one_of(0.0, 2.5)}


def _pad(c: Choices) -> Given:
    ndim = c.size()
    mode = c.one_of("constant", "reflect", "replicate", "circular")
    given, options = _padding(-1, 2, ndim, c)
    widths = options["padding"]
    return given, {"pad": [widths] * 2 * ndim if isinstance(widths, int) else widths, "mode": mode}


# --- Normalisation ----------------------------------------------------------------------------------

# In each mean and variance there are at least four numbers: of two, nothing is left but their signs.


def _statistics(c: Choices, channels: int, affine: bool, running: bool) -> dict[str, Any]:
    return {
        "num_features": channels,
        "eps": c.one_of(1e-5, 0.1),
        "momentum": c.one_of(0.1, None),
        "affine": c.one_of(affine, not affine),
        "track_running_stats": c.one_of(running, not running),
        "bias": c.one_of(True, False),
    }


def _batch_norm(ndim: int, c: Choices) -> Given:
    channels = c.size()
    shape = (c.size(2, 3), channels, *c.sizes(ndim, 2, 3))
    if ndim == 1 and c.flag():
        shape = (c.size(4, 5), channels)
    return [c.distinct(*shape)], _statistics(c, channels, True, True)


def _instance_norm(ndim: int, c: Choices) -> Given:
    channels = c.size()
    sides = (c.size(4, 5),) if ndim == 1 else c.sizes(ndim, 2, 3)
    return [c.distinct(*c.batch(), channels, *sides)], _statistics(c, channels, False, False)


def _group_norm(c: Choices) -> Given:
    groups = c.size()
    channels = groups * c.size(1, 2)
    image = c.distinct(c.size(), channels, *c.sizes(c.size(1, 2), 2, 3), 2)
    options = {"num_groups": groups, "num_channels": channels, "eps": c.one_of(1e-5, 0.1)}
    return [image], {**options, "affine": c.flag(), "bias": c.one_of(True, False)}


def _last_axes(c: Choices) -> Given:
    last = c.one_of((4,), (2, 3), (3, 1, 2))
    return [c.distinct(*c.one_of((2,), (), (2, 3), (0, 2)), *last)], {
        "normalized_shape": c.one_of(*[last[0]] * (len(last) == 1), last),
        "eps": c.one_of(1e-5, 0.1),
        "elementwise_affine": c.flag(),
    }


def _layer_norm(c: Choices) -> Given:
    given, options = _last_axes(c)
    return given, {**options, "bias": c.one_of(True, False)}


def _local_response_norm(c: Choices) -> Given:
    image = c.distinct(c.size(), c.size(1, 4), *c.sizes(c.size(1, 3)))
    options = {"size": c.size(1, 4), "alpha": c.one_of(1e-4, 1.0)}
    return [image], {**options, "beta": c.one_of(0.75, 0.5), "k": c.one_of(1.0, 2.0)}


def _each(
    name: str, family: Callable[[int, Choices], Given], dimensions: tuple[int, ...] = (1, 2, 3)
) -> dict[str, Callable[[Choices], Given]]:
    """A family's layers for images of one to three dimensions."""
    return {f"{name}{ndim}d": partial(family, ndim) for ndim in dimensions}


SPATIAL_LAYERS: dict[str, Callable[[Choices], Given]] = {
    **_each("Conv", _convolution),
    **_each("ConvTranspose", _transposed_convolution),
    **_each("MaxPool", partial(_pooling, "max")),
    **_each("AvgPool", partial(_pooling, "avg")),
    **_each("LPPool", _power_average_pooling),
    **_each("AdaptiveAvgPool", partial(_adaptive_pooling, "avg")),
    **_each("AdaptiveMaxPool", partial(_adaptive_pooling, "max")),
    **{f"FractionalMaxPool{ndim}d": partial(_fractional_pooling, ndim) for ndim in (2, 3)},
    **_each("MaxUnpool", _unpooling),
    "Unfold": _unfold,
    "Fold": _fold,
    "Upsample": _upsampling,
    "UpsamplingNearest2d": _upsampling_2d,
    "UpsamplingBilinear2d": _upsampling_2d,
    "interpolate": _interpolation,
    "affine_grid": _affine_grid,
    "grid_sample": _grid_sample,
    "PixelShuffle": _pixel_shuffle,
    "PixelUnshuffle": _pixel_unshuffle,
    "ChannelShuffle": _channel_shuffle,
    **_each("ConstantPad", _constant_padding),
    **_each("ZeroPad", partial(_padding, -1, 2)),
    **_each("ReflectionPad", partial(_padding, 0, 2)),
    **_each("ReplicationPad", partial(_padding, 0, 4)),
    **_each("CircularPad", partial(_padding, 0, 3)),
    "pad": _pad,
    **_each("BatchNorm", _batch_norm),
    **_each("InstanceNorm", _instance_norm),
    "GroupNorm": _group_norm,
    "LayerNorm": _layer_norm,
    "RMSNorm": _last_axes,
    "LocalResponseNorm": _local_response_norm,
}
