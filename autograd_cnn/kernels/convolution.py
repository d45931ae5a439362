"""Convolution and its two transposes on raw arrays, in 1, 2 and 3 dimensions.

All three are plain multilinear maps, without complex conjugation. With ``y = convolution(x, w)`` and any g

    sum(g * y) == sum(convolution_input_gradient(g, w) * x) == sum(convolution_weight_gradient(x, g) * w)

Arrays are laid out as in PyTorch: input (N, C, *spatial), weight (O, C / groups, *kernel), output
(N, O, *output); like everywhere in deep learning it is a cross-correlation.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd_cnn.errors import ShapeError
from autograd_cnn.kernels.columns import Problem, correlate, correlate_weight_gradient
from autograd_cnn.kernels.geometry import Window

__all__ = ["convolution", "convolution_input_gradient", "convolution_weight_gradient"]

Array = NDArray[Any]


def convolution(x: Array, weight: Array, bias: Array | None, window: Window, groups: int = 1) -> Array:
    """The convolution (N, O, *output) of ``x`` (N, C, *spatial) with ``weight`` (O, C / groups, *kernel).

    ``bias`` is (O,) or None. Raises ShapeError where the shapes do not fit together.

    >>> from autograd_cnn.kernels.geometry import resolve_window
    >>> window = resolve_window("conv1d", 1, kernel=2)
    >>> convolution(np.array([[[1., 2., 4.]]]), np.array([[[-1., 1.]]]), None, window)
    array([[[1., 2.]]])
    """
    _check(x, weight, bias, window, groups)
    operands = (x, weight) if bias is None else (x, weight, bias)
    y = np.empty((len(x), len(weight), *window.output_shape(x.shape[2:])), np.result_type(*operands))
    correlate(x, weight, bias, _problem(window, y.shape[2:], groups), y)
    return y


def convolution_input_gradient(
    g: Array, weight: Array, input_shape: Sequence[int], window: Window, groups: int = 1
) -> Array:
    """The transpose of ``x -> convolution(x, weight)``, on ``g`` (N, O, *output); ``input_shape`` is spatial.

    The input positions of one residue modulo the stride read ``g`` without gaps, through every stride-th tap:
    for each residue the gradient is a convolution of stride 1 with those taps in reversed order.
    """
    dx = np.empty((len(g), weight.shape[1] * groups, *input_shape), np.result_type(g, weight))
    split = weight.reshape(groups, len(weight) // groups, *weight.shape[1:])
    transposed = split.swapaxes(1, 2)
    for residues in product(*(range(min(s, n)) for s, n in zip(window.stride, input_shape, strict=True))):
        place = dx[:, :, *(slice(r, None, s) for r, s in zip(residues, window.stride, strict=True))]
        axes = [
            _reversed_taps(r, *axis)
            for r, *axis in zip(
                residues,
                window.kernel,
                window.stride,
                (low for low, _ in window.padding),
                window.dilation,
                strict=True,
            )
        ]
        if any(axis is None for axis in axes):
            place[...] = 0
            continue
        taps, dilation, low = zip(*(axis for axis in axes if axis is not None), strict=True)
        filters = transposed[:, :, :, *taps]
        filters = filters.reshape(dx.shape[1], split.shape[1], *filters.shape[3:])
        correlate(
            g,
            filters,
            None,
            Problem(place.shape[2:], filters.shape[2:], (1,) * window.ndim, dilation, low, groups),
            place,
        )
    return dx


def convolution_weight_gradient(x: Array, g: Array, window: Window, groups: int = 1) -> Array:
    """The transpose of ``weight -> convolution(x, weight)``, on ``g`` (N, O, *output)."""
    dw = np.empty((g.shape[1], x.shape[1] // groups, *window.kernel), np.result_type(x, g))
    correlate_weight_gradient(x, g, _problem(window, g.shape[2:], groups), dw)
    return dw


def _problem(window: Window, output: tuple[int, ...], groups: int) -> Problem:
    low = tuple(low for low, _ in window.padding)
    return Problem(output, window.kernel, window.stride, window.dilation, low, groups)


def _reversed_taps(
    residue: int, kernel: int, stride: int, low: int, dilation: int
) -> tuple[slice, int, int] | None:
    """The taps, last first, that read the input positions ``residue + i * stride``, or None where none does.

    With them the dilation and the low padding of the convolution of g that they make.
    """
    common = math.gcd(stride, dilation)
    step = stride // common
    first = next((t for t in range(min(step, kernel)) if (residue + low - t * dilation) % stride == 0), None)
    if first is None:
        return None
    count = len(range(first, kernel, step))
    last = first + (count - 1) * step
    low = (last * dilation - residue - low) // stride
    stop = first - 1 if first else None
    return slice(last, stop, -step), dilation // common, low


def _check(x: Array, weight: Array, bias: Array | None, window: Window, groups: int) -> None:
    ndim = window.ndim
    if x.ndim != ndim + 2:
        raise ShapeError(
            f"convolution: expected an input of {ndim + 2} axes (batch, channels, {ndim} spatial), got the "
            f"shape {x.shape}; add the missing axes, for one image the batch axis: x[None]"
        )
    if groups < 1 or len(weight) % groups or x.shape[1] % groups:
        raise ShapeError(
            f"convolution: expected groups that divide the {x.shape[1]} input and {len(weight)} output "
            f"channels, got groups={groups}; choose a common divisor"
        )
    expected = x.shape[1] // groups
    if weight.shape[1:] != (expected, *window.kernel):
        raise ShapeError(
            f"convolution: weight has {weight.shape[1]} input channels per group (shape {weight.shape}), but "
            f"input has {x.shape[1]} channels and groups={groups}; expected the shape "
            f"{(len(weight), expected, *window.kernel)}"
        )
    if bias is not None and bias.shape != (len(weight),):
        raise ShapeError(
            f"convolution: expected a bias of shape {(len(weight),)}, one for each output channel, got "
            f"{bias.shape}; give one number for each"
        )
