"""The patches of an image as columns, and back: im2col and col2im."""

from __future__ import annotations

import math
from typing import Any

from autograd_cnn.errors import ShapeError
from autograd_cnn.kernels.geometry import per_axis, resolve_window
from autograd_cnn.nn.functional.checks import check_array, on_batch
from autograd_cnn.nn.functional.convolution import Lengths
from autograd_cnn.ops import window as windows
from autograd_cnn.ops.padding import pad_zeros
from autograd_cnn.ops.shape import reshape, transpose

# (N, C, H', W', KH, KW), as windows are, and (N, C, KH, KW, H', W'), as columns are.
_WINDOWS_TO_COLUMNS = (0, 1, 4, 5, 2, 3)


def unfold(
    input: Any, kernel_size: Lengths, dilation: Lengths = 1, padding: Lengths = 0, stride: Lengths = 1
) -> Any:
    """Every patch of (N, C, H, W), or (C, H, W), as a column: (N, C · KH · KW, patches).

    A column holds the entries of channel 0, then of channel 1, …, row by row. The arguments are those of
    `conv2d`, which is a matrix product with these columns.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.unfold(ag.ones((1, 3, 4, 5)), (2, 2)).shape
    (1, 12, 12)
    """
    window = resolve_window("unfold", 2, kernel_size, stride, padding, dilation)

    def columns(x: Any) -> Any:
        output = window.output_shape(x.shape[2:])
        padded = pad_zeros(x, ((0, 0), (0, 0), *window.padding))
        patches = windows.sliding_window(padded, window._replace(padding=((0, 0), (0, 0))))
        shape = (x.shape[0], x.shape[1] * window.taps, math.prod(output))
        return reshape(transpose(patches, _WINDOWS_TO_COLUMNS), shape)

    return on_batch("unfold", 2, input, columns)


def fold(
    input: Any,
    output_size: Lengths,
    kernel_size: Lengths,
    dilation: Lengths = 1,
    padding: Lengths = 0,
    stride: Lengths = 1,
) -> Any:
    """Add the columns (N, C · KH · KW, patches) up to images (N, C, \\*output_size).

    It is the transpose of `unfold`. Without the batch (C · KH · KW, patches) give (C, \\*output_size).

    Raises `ShapeError` where the columns are not as many, or not as long, as `unfold` makes them.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.fold(ag.ones((1, 4, 3)), (2, 4), (2, 2))
    tensor([[[[1., 2., 2., 1.],
              [1., 2., 2., 1.]]]])
    """
    check_array("fold", "input", input)
    window = resolve_window("fold", 2, kernel_size, stride, padding, dilation)
    size = per_axis("fold", "output_size", output_size, 2)
    output = window.output_shape(size)
    shape = input.shape
    if len(shape) not in (2, 3) or shape[-1] != math.prod(output) or shape[-2] % window.taps:
        raise ShapeError(
            f"fold: expected columns of shape (batch, channels * {window.taps}, {math.prod(output)}), or "
            f"without the batch, for output_size {size} and {window}, got {shape}"
        )
    lead = (*shape[:-2], shape[-2] // window.taps)
    columns = reshape(input, (math.prod(shape[:-2]), lead[-1], *window.kernel, *output))
    padded = tuple(n + low + high for n, (low, high) in zip(size, window.padding, strict=True))
    images = windows.fold(
        transpose(columns, _WINDOWS_TO_COLUMNS), window._replace(padding=((0, 0), (0, 0))), padded
    )
    inner = tuple(slice(low, low + n) for n, (low, _) in zip(size, window.padding, strict=True))
    return reshape(images[:, :, *inner], (*lead, *size))
