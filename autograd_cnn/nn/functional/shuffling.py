"""Channels into pixels and back, and channels among each other."""

from __future__ import annotations

from typing import Any

from autograd_cnn.errors import ShapeError
from autograd_cnn.nn.functional.checks import check_array
from autograd_cnn.ops.shape import reshape, swapaxes, transpose


def pixel_shuffle(input: Any, upscale_factor: int) -> Any:
    """Rearrange (\\*, C · r², H, W) to (\\*, C, H · r, W · r), r = ``upscale_factor``.

    Shi et al., *Real-time super-resolution using an efficient sub-pixel convolutional network* (2016).
    Raises `ShapeError`.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.pixel_shuffle(ag.tensor([[[1.0]], [[2.0]], [[3.0]], [[4.0]]]), 2)
    tensor([[[1., 2.],
             [3., 4.]]])
    """
    check_array("pixel_shuffle", "input", input)
    r, shape = upscale_factor, input.shape
    if len(shape) < 3 or r < 1 or shape[-3] % (r * r):
        raise ShapeError(
            f"pixel_shuffle: expected an input (..., channels, height, width) whose channels divide by "
            f"upscale_factor ** 2 = {r * r}, got {shape}"
        )
    *lead, channels, height, width = shape
    axes = len(lead)
    parts = reshape(input, (*lead, channels // (r * r), r, r, height, width))
    order = (*range(axes), axes, axes + 3, axes + 1, axes + 4, axes + 2)
    return reshape(transpose(parts, order), (*lead, channels // (r * r), height * r, width * r))


def pixel_unshuffle(input: Any, downscale_factor: int) -> Any:
    """Rearrange (\\*, C, H · r, W · r) to (\\*, C · r², H, W): the inverse of `pixel_shuffle`.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.pixel_unshuffle(ag.tensor([[[1.0, 2.0], [3.0, 4.0]]]), 2).tolist()
    [[[1.0]], [[2.0]], [[3.0]], [[4.0]]]
    """
    check_array("pixel_unshuffle", "input", input)
    r, shape = downscale_factor, input.shape
    if len(shape) < 3 or r < 1 or shape[-1] % r or shape[-2] % r:
        raise ShapeError(
            f"pixel_unshuffle: expected an input (..., channels, height, width) whose height and width "
            f"divide by downscale_factor = {r}, got {shape}"
        )
    *lead, channels, height, width = shape
    axes = len(lead)
    parts = reshape(input, (*lead, channels, height // r, r, width // r, r))
    order = (*range(axes), axes, axes + 2, axes + 4, axes + 1, axes + 3)
    return reshape(transpose(parts, order), (*lead, channels * r * r, height // r, width // r))


def channel_shuffle(input: Any, groups: int) -> Any:
    """Take the channels of (N, C, \\*) from each of so many groups in turn.

    Zhang et al., *ShuffleNet* (2018). Raises `ShapeError`.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.channel_shuffle(ag.tensor([[1.0, 2.0, 3.0, 4.0]]), 2)
    tensor([[1., 3., 2., 4.]])
    """
    check_array("channel_shuffle", "input", input)
    shape = input.shape
    if len(shape) < 2 or groups < 1 or shape[1] % groups:
        raise ShapeError(
            f"channel_shuffle: expected an input (batch, channels, ...) whose channels divide by groups = "
            f"{groups}, got {shape}"
        )
    parts = reshape(input, (shape[0], groups, shape[1] // groups, *shape[2:]))
    return reshape(swapaxes(parts, 1, 2), shape)
