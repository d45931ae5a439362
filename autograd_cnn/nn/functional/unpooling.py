"""Max-unpooling: the entries of a max-pooling back where they came from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_cnn.errors import ArgumentError, DtypeError, ShapeError
from autograd_cnn.kernels.geometry import per_axis
from autograd_cnn.nn.functional.checks import check_array, on_batch, raw
from autograd_cnn.nn.functional.pooling import Lengths
from autograd_cnn.ops.indexing import set_entries
from autograd_cnn.ops.shape import reshape


def max_unpool1d(
    input: Any,
    indices: Any,
    kernel_size: Lengths,
    stride: Lengths | None = None,
    padding: Lengths = 0,
    output_size: Sequence[int] | None = None,
) -> Any:
    """Put each entry of (N, C, L), or (C, L) where its index says, into zeros; as `max_unpool2d`.

    >>> import autograd_cnn as ag, numpy as np
    >>> ag.nn.functional.max_unpool1d(ag.tensor([[[5.0, 7.0]]]), np.array([[[1, 2]]]), 2)
    tensor([[[0., 5., 7., 0.]]])
    """
    return _unpool("max_unpool1d", 1, input, indices, kernel_size, stride, padding, output_size)


def max_unpool2d(
    input: Any,
    indices: Any,
    kernel_size: Lengths,
    stride: Lengths | None = None,
    padding: Lengths = 0,
    output_size: Sequence[int] | None = None,
) -> Any:
    """Put each entry of (N, C, H, W), or (C, H, W) where its index says, into zeros.

    ``indices`` are those that `max_pool2d` returned with the same arguments, in the shape of ``input``.
    Several inputs could have given that output shape: ``output_size``, by default the smallest, says which.
    Of several entries for one place the last one stays.

    Raises `ShapeError`, `DtypeError` or `ArgumentError`.

    >>> import autograd_cnn as ag
    >>> y, indices = ag.nn.functional.max_pool2d(ag.ones((1, 3, 4, 4)), 2, return_indices=True)
    >>> ag.nn.functional.max_unpool2d(y, indices, 2).shape
    (1, 3, 4, 4)
    """
    return _unpool("max_unpool2d", 2, input, indices, kernel_size, stride, padding, output_size)


def max_unpool3d(
    input: Any,
    indices: Any,
    kernel_size: Lengths,
    stride: Lengths | None = None,
    padding: Lengths = 0,
    output_size: Sequence[int] | None = None,
) -> Any:
    """Put each entry of (N, C, D, H, W), or (C, D, H, W) where its index says, into zeros; as `max_unpool2d`.

    >>> import autograd_cnn as ag
    >>> y, indices = ag.nn.functional.max_pool3d(ag.ones((1, 3, 4, 4, 4)), 2, return_indices=True)
    >>> ag.nn.functional.max_unpool3d(y, indices, 2).shape
    (1, 3, 4, 4, 4)
    """
    return _unpool("max_unpool3d", 3, input, indices, kernel_size, stride, padding, output_size)


def _unpool(
    name: str,
    ndim: int,
    input: Any,
    indices: Any,
    kernel_size: Lengths,
    stride: Lengths | None,
    padding: Lengths,
    output_size: Sequence[int] | None,
) -> Any:
    check_array(name, "indices", indices)
    places = raw(indices)
    if places.dtype.kind not in "iu":
        raise DtypeError(f"{name}: expected integer indices, got {places.dtype}")
    kernel = per_axis(name, "kernel", kernel_size, ndim)
    strides = kernel if stride is None else per_axis(name, "stride", stride, ndim)
    paddings = per_axis(name, "padding", padding, ndim, minimum=0)

    def unpool(x: Any) -> Any:
        if places.size != math.prod(x.shape) or places.shape[-ndim:] != x.shape[-ndim:]:
            raise ShapeError(
                f"{name}: expected indices of the shape of the input, {input.shape}, got {places.shape}"
            )
        smallest = tuple(
            (n - 1) * s + k - 2 * p for n, s, k, p in zip(x.shape[2:], strides, kernel, paddings, strict=True)
        )
        size = smallest if output_size is None else tuple(output_size)[-ndim:]
        if len(size) != ndim or any(
            not a - s < n < a + s for n, a, s in zip(size, smallest, strides, strict=True)
        ):
            raise ShapeError(
                f"{name}: expected an output_size within less than the stride {strides} of {smallest}, got "
                f"{size}"
            )
        area = math.prod(size)
        if places.size and not 0 <= places.min() <= places.max() < area:
            raise ArgumentError(
                f"{name}: expected indices from 0 to {area - 1} for the output size {size}, got "
                f"{places.min()} to {places.max()}"
            )
        rows, entries = math.prod(x.shape[:2]), math.prod(x.shape[2:])
        index = (np.arange(rows)[:, None], places.reshape(rows, entries))
        zeros = np.zeros((rows, area), x.dtype)
        return reshape(set_entries(zeros, reshape(x, (rows, entries)), index), (*x.shape[:2], *size))

    return on_batch(name, ndim, input, unpool)
