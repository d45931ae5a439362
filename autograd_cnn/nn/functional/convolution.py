"""Convolutions, and their transposes, in 1, 2 and 3 dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd_cnn.errors import ArgumentError, ShapeError
from autograd_cnn.kernels.geometry import Padding, per_axis, resolve_window
from autograd_cnn.nn.functional.checks import check_array, check_same_dtype, on_batch
from autograd_cnn.ops.convolution import convolution, convolution_input_gradient
from autograd_cnn.ops.padding import pad_zeros
from autograd_cnn.ops.shape import reshape

Lengths = int | Sequence[int]


def conv1d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Lengths = 1,
    padding: Padding = 0,
    dilation: Lengths = 1,
    groups: int = 1,
) -> Any:
    """Convolve signals: (N, C, L), or (C, L), with ``weight`` (O, C / groups, K) give (N, O, L').

    The arguments and errors are those of `conv2d`.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.conv1d(ag.tensor([[[1.0, 2.0, 4.0]]]), ag.tensor([[[-1.0, 1.0]]]))
    tensor([[[1., 2.]]])
    """
    return _convolve("conv1d", 1, input, weight, bias, stride, padding, dilation, groups)


def conv2d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Lengths = 1,
    padding: Padding = 0,
    dilation: Lengths = 1,
    groups: int = 1,
) -> Any:
    """Convolve images: (N, C, H, W) with ``weight`` (O, C / groups, KH, KW) give (N, O, H', W').

    (C, H, W) is one image without a batch. ``output[n, o, i, j]`` is ``bias[o]`` plus the sum over c, k, l
    of ``input[n, c, i * stride + k * dilation - padding, ...] * weight[o, c, k, l]``: the kernel is not
    flipped. ``stride`` and ``dilation`` are an int, or one for each axis; ``padding``, with zeros, is that,
    or a pair (low, high) for each axis, or "valid" (none), or "same" (stride 1: the output is as large as
    the input). With ``groups`` the channels fall into as many parts that are convolved separately. The
    output is (size + padding - (kernel - 1) * dilation - 1) // stride + 1 long, with the padding of both
    ends.

    Raises `ShapeError`, `DtypeError` (input, weight and bias have one dtype) or `ArgumentError`.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.conv2d(ag.ones((1, 3, 8, 8)), ag.ones((6, 3, 3, 3)), padding="same").shape
    (1, 6, 8, 8)
    """
    return _convolve("conv2d", 2, input, weight, bias, stride, padding, dilation, groups)


def conv3d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Lengths = 1,
    padding: Padding = 0,
    dilation: Lengths = 1,
    groups: int = 1,
) -> Any:
    """Convolve volumes: (N, C, D, H, W), or (C, D, H, W), with ``weight`` (O, C / groups, KD, KH, KW).

    The arguments and errors are those of `conv2d`.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.conv3d(ag.ones((1, 1, 4, 4, 4)), ag.ones((2, 1, 3, 3, 3))).shape
    (1, 2, 2, 2, 2)
    """
    return _convolve("conv3d", 3, input, weight, bias, stride, padding, dilation, groups)


def conv_transpose1d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Lengths = 1,
    padding: Lengths = 0,
    output_padding: Lengths = 0,
    groups: int = 1,
    dilation: Lengths = 1,
) -> Any:
    """Transposed convolution of signals: (N, C, L) with ``weight`` (C, O / groups, K) give (N, O, L').

    The arguments and errors are those of `conv_transpose2d`.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.conv_transpose1d(ag.tensor([[[1.0, 2.0]]]), ag.tensor([[[1.0, 10.0]]]))
    tensor([[[ 1., 12., 20.]]])
    """
    return _transposed(
        "conv_transpose1d", 1, input, weight, bias, stride, padding, output_padding, groups, dilation
    )


def conv_transpose2d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Lengths = 1,
    padding: Lengths = 0,
    output_padding: Lengths = 0,
    groups: int = 1,
    dilation: Lengths = 1,
) -> Any:
    """Transposed convolution of images: (N, C, H, W) with ``weight`` (C, O / groups, KH, KW).

    Each entry of the input adds its multiple of the kernel to the output, ``stride`` apart: the transpose
    of `conv2d` with the same weight, and so its input gradient. ``padding`` is cut off at both ends, and
    ``output_padding``, which must be smaller than stride or dilation, is given back at the end: the output
    is (size - 1) * stride - 2 * padding + dilation * (kernel - 1) + output_padding + 1 long. Zeiler et al.,
    *Deconvolutional networks* (2010).

    Raises `ShapeError`, `DtypeError` (input, weight and bias have one dtype) or `ArgumentError`.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.conv_transpose2d(ag.ones((1, 3, 4, 4)), ag.ones((3, 2, 2, 2)), stride=2).shape
    (1, 2, 8, 8)
    """
    return _transposed(
        "conv_transpose2d", 2, input, weight, bias, stride, padding, output_padding, groups, dilation
    )


def conv_transpose3d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Lengths = 1,
    padding: Lengths = 0,
    output_padding: Lengths = 0,
    groups: int = 1,
    dilation: Lengths = 1,
) -> Any:
    """Transposed convolution of volumes: (N, C, D, H, W) with ``weight`` (C, O / groups, KD, KH, KW).

    The arguments and errors are those of `conv_transpose2d`.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.conv_transpose3d(ag.ones((1, 1, 2, 2, 2)), ag.ones((1, 2, 2, 2, 2))).shape
    (1, 2, 3, 3, 3)
    """
    return _transposed(
        "conv_transpose3d", 3, input, weight, bias, stride, padding, output_padding, groups, dilation
    )


def _convolve(
    name: str,
    ndim: int,
    input: Any,
    weight: Any,
    bias: Any,
    stride: Lengths,
    padding: Padding,
    dilation: Lengths,
    groups: int,
) -> Any:
    check_array(name, "weight", weight)
    shape = weight.shape
    if len(shape) != ndim + 2:
        raise ShapeError(
            f"{name}: expected a weight of {ndim + 2} axes (output channels, input channels per group, and "
            f"{ndim} of the kernel), got shape {shape}"
        )
    window = resolve_window(name, ndim, shape[2:], stride, padding, dilation)

    def convolve(x: Any) -> Any:
        check_same_dtype(name, x, weight, bias)
        _check_channels(name, x.shape[1], shape, groups)
        if bias is not None and bias.shape != shape[:1]:
            raise ShapeError(
                f"{name}: expected a bias of shape {shape[:1]}, one number for each output channel of the "
                f"weight (shape {shape}), got {bias.shape}"
            )
        return convolution(x, weight, bias, window, groups)

    return on_batch(name, ndim, input, convolve)


def _check_channels(name: str, channels: int, shape: tuple[int, ...], groups: int) -> None:
    if not isinstance(groups, int) or groups < 1 or shape[0] % groups:
        raise ArgumentError(
            f"{name}: expected groups that divide the {shape[0]} output channels of the weight (shape "
            f"{shape}), got groups={groups}"
        )
    if channels != shape[1] * groups:
        raise ShapeError(
            f"{name}: weight has {shape[1]} input channels per group (shape {shape}), but input has "
            f"{channels} channels and groups={groups}; expected {shape[1] * groups} input channels"
        )


def _transposed(
    name: str,
    ndim: int,
    input: Any,
    weight: Any,
    bias: Any,
    stride: Lengths,
    padding: Lengths,
    output_padding: Lengths,
    groups: int,
    dilation: Lengths,
) -> Any:
    check_array(name, "weight", weight)
    shape = weight.shape
    if len(shape) != ndim + 2:
        raise ShapeError(
            f"{name}: expected a weight of {ndim + 2} axes (input channels, output channels per group, and "
            f"{ndim} of the kernel), got shape {shape}"
        )
    window = resolve_window(name, ndim, shape[2:], stride, padding, dilation)
    given_back = per_axis(name, "output_padding", output_padding, ndim, minimum=0)
    if any(n >= max(s, d) for n, s, d in zip(given_back, window.stride, window.dilation, strict=True)):
        raise ArgumentError(
            f"{name}: expected an output_padding smaller than stride {window.stride} or dilation "
            f"{window.dilation}, got {given_back}"
        )
    if not isinstance(groups, int) or groups < 1 or shape[0] % groups:
        raise ArgumentError(
            f"{name}: expected groups that divide the {shape[0]} input channels of the weight (shape "
            f"{shape}), got groups={groups}"
        )
    # What is given back was cut off, or else nothing reaches it.
    cut = window._replace(
        padding=tuple(
            (low, max(high - n, 0)) for (low, high), n in zip(window.padding, given_back, strict=True)
        )
    )
    rest = [max(n - high, 0) for (_, high), n in zip(window.padding, given_back, strict=True)]

    def convolve(x: Any) -> Any:
        check_same_dtype(name, x, weight, bias)
        if x.shape[1] != shape[0]:
            raise ShapeError(
                f"{name}: weight has {shape[0]} input channels (shape {shape}), but input has {x.shape[1]}"
            )
        channels = shape[1] * groups
        if bias is not None and bias.shape != (channels,):
            raise ShapeError(
                f"{name}: expected a bias of shape {(channels,)}, one number for each output channel, got "
                f"{bias.shape}"
            )
        size = tuple(
            (n - 1) * s + span - low - high
            for n, s, span, (low, high) in zip(x.shape[2:], cut.stride, cut.span, cut.padding, strict=True)
        )
        if any(n < 1 for n in size):
            raise ShapeError(
                f"{name}: nothing is left of the output: expected less padding than {window.padding}, or a "
                f"larger input than {x.shape[2:]}"
            )
        y = convolution_input_gradient(x, weight, size, cut, groups)
        if any(rest):
            y = pad_zeros(y, ((0, 0), (0, 0), *((0, n) for n in rest)))
        return y if bias is None else y + reshape(bias, (channels, *(1,) * ndim))

    return on_batch(name, ndim, input, convolve)
