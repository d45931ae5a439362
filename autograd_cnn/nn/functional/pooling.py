"""Max-, average- and power-average-pooling in 1, 2 and 3 dimensions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_cnn import kernels
from autograd_cnn.errors import ArgumentError, DtypeError
from autograd_cnn.kernels.geometry import Window, ceil_padding, per_axis, resolve_window
from autograd_cnn.nn.functional.checks import check_array, like, on_batch, raw
from autograd_cnn.ops.elementwise import absolute, where
from autograd_cnn.ops.pooling import average_pool, max_pool

Lengths = int | Sequence[int]


def max_pool1d(
    input: Any,
    kernel_size: Lengths,
    stride: Lengths | None = None,
    padding: Lengths = 0,
    dilation: Lengths = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """Take the largest entry of each window of (N, C, L), or (C, L); as `max_pool2d`.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.max_pool1d(ag.tensor([[[1.0, 5.0, 2.0, 2.0]]]), 2)
    tensor([[[5., 2.]]])
    """
    return _max_pool(
        "max_pool1d", 1, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices
    )


def max_pool2d(
    input: Any,
    kernel_size: Lengths,
    stride: Lengths | None = None,
    padding: Lengths = 0,
    dilation: Lengths = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """Take the largest entry of each window of (N, C, H, W), or (C, H, W).

    All lengths are an int, or one for each axis; ``stride`` is by default ``kernel_size``. Padding, at
    most half of the window, never wins. A tie goes to the first in the window, as does the gradient. The
    number of windows is rounded down, with ``ceil_mode`` up, but no window starts in the end padding.
    With ``return_indices`` the result is a pair: the entries, and where each lies in its channel, as if
    that were flat; `max_unpool2d` takes these.

    Raises `ShapeError` or `ArgumentError`.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.max_pool2d(ag.ones((1, 6, 28, 28)), 2).shape
    (1, 6, 14, 14)
    """
    return _max_pool(
        "max_pool2d", 2, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices
    )


def max_pool3d(
    input: Any,
    kernel_size: Lengths,
    stride: Lengths | None = None,
    padding: Lengths = 0,
    dilation: Lengths = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """Take the largest entry of each window of (N, C, D, H, W), or (C, D, H, W); as `max_pool2d`.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.max_pool3d(ag.ones((1, 1, 4, 4, 4)), 2).shape
    (1, 1, 2, 2, 2)
    """
    return _max_pool(
        "max_pool3d", 3, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices
    )


def _max_pool(
    name: str,
    ndim: int,
    input: Any,
    kernel_size: Lengths,
    stride: Lengths | None,
    padding: Lengths,
    dilation: Lengths,
    ceil_mode: bool,
    return_indices: bool,
) -> Any:
    window = resolve_window(name, ndim, kernel_size, stride, padding, dilation)
    _check_padding(name, window)

    def pool(x: Any) -> Any:
        wide = ceil_padding(window, x.shape[2:]) if ceil_mode else window
        if not return_indices:
            return max_pool(x, wide)
        taps = kernels.max_pool(raw(x), wide)[1]
        return max_pool(x, wide), like(x, _positions(taps, wide, x.shape[2:]))

    return on_batch(name, ndim, input, pool)


def _positions(taps: Any, window: Window, input_shape: tuple[int, ...]) -> Any:
    """Where in the flat input each window's tap lies."""
    position = np.zeros(taps.shape, np.int64)
    for axis, (tap, n) in enumerate(zip(np.unravel_index(taps, window.kernel), input_shape, strict=True)):
        start = np.arange(taps.shape[2 + axis]) * window.stride[axis] - window.padding[axis][0]
        start = start.reshape(-1, *(1,) * (window.ndim - axis - 1))
        position = position * n + start + tap * window.dilation[axis]
    return position


def avg_pool1d(
    input: Any,
    kernel_size: Lengths,
    stride: Lengths | None = None,
    padding: Lengths = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Any:
    """Take the mean of each window of (N, C, L), or (C, L); as `avg_pool2d`.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.avg_pool1d(ag.tensor([[[1.0, 5.0, 2.0, 2.0]]]), 2)
    tensor([[[3., 2.]]])
    """
    return _average_pool(
        "avg_pool1d", 1, input, kernel_size, stride, padding, ceil_mode, count_include_pad, None
    )


def avg_pool2d(
    input: Any,
    kernel_size: Lengths,
    stride: Lengths | None = None,
    padding: Lengths = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Any:
    """Take the mean of each window of (N, C, H, W), or (C, H, W).

    All lengths are an int, or one for each axis; ``stride`` is by default ``kernel_size``. The zeros of
    the padding, at most half of the window, count as entries unless ``count_include_pad`` is False;
    ``divisor_override`` divides every sum by that number instead. The number of windows is rounded down,
    with ``ceil_mode`` up, but no window starts in the end padding.

    Raises `ShapeError` or `ArgumentError`.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.avg_pool2d(ag.ones((1, 6, 28, 28)), 2).shape
    (1, 6, 14, 14)
    """
    return _average_pool(
        "avg_pool2d", 2, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )


def avg_pool3d(
    input: Any,
    kernel_size: Lengths,
    stride: Lengths | None = None,
    padding: Lengths = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Any:
    """Take the mean of each window of (N, C, D, H, W), or (C, D, H, W); as `avg_pool2d`.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.avg_pool3d(ag.ones((1, 1, 4, 4, 4)), 2).shape
    (1, 1, 2, 2, 2)
    """
    return _average_pool(
        "avg_pool3d", 3, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )


def _average_pool(
    name: str,
    ndim: int,
    input: Any,
    kernel_size: Lengths,
    stride: Lengths | None,
    padding: Lengths,
    ceil_mode: bool,
    count_include_pad: bool,
    divisor_override: int | None,
) -> Any:
    window = resolve_window(name, ndim, kernel_size, stride, padding)
    _check_padding(name, window)
    if divisor_override is not None and divisor_override == 0:
        raise ArgumentError(
            f"{name}: expected a divisor_override that is not 0, got 0; None divides by the window"
        )

    def pool(x: Any) -> Any:
        if x.dtype.kind not in "fc":
            raise DtypeError(
                f'{name}: expected a floating input, got {x.dtype}; convert it: x.astype("float32")'
            )
        return average_pool(x, window, count_include_pad, divisor_override, ceil_mode)

    return on_batch(name, ndim, input, pool)


def lp_pool1d(
    input: Any,
    norm_type: float,
    kernel_size: Lengths,
    stride: Lengths | None = None,
    ceil_mode: bool = False,
) -> Any:
    """Take (Σ x ** p) ** (1 / p), p = ``norm_type``, of each window of (N, C, L); as `lp_pool2d`.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.lp_pool1d(ag.tensor([[[3.0, 4.0]]]), 2, kernel_size=2)
    tensor([[[5.]]])
    """
    return _power_pool("lp_pool1d", 1, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool2d(
    input: Any,
    norm_type: float,
    kernel_size: Lengths,
    stride: Lengths | None = None,
    ceil_mode: bool = False,
) -> Any:
    """Take (Σ x ** p) ** (1 / p), p = ``norm_type``, of each window of (N, C, H, W).

    Entries are raised to the power as they are: an odd ``norm_type`` wants positive ones. inf gives the
    largest magnitude. The gradient of a window of zeros is 0. The other arguments are those of
    `avg_pool2d`.

    Raises `ShapeError` or `ArgumentError`.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.lp_pool2d(ag.ones((1, 1, 2, 2)), 2, kernel_size=2)
    tensor([[[[2.]]]])
    """
    return _power_pool("lp_pool2d", 2, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool3d(
    input: Any,
    norm_type: float,
    kernel_size: Lengths,
    stride: Lengths | None = None,
    ceil_mode: bool = False,
) -> Any:
    """Take (Σ x ** p) ** (1 / p), p = ``norm_type``, of each window of (N, C, D, H, W); as `lp_pool2d`.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.lp_pool3d(ag.ones((1, 1, 4, 4, 4)), 2, kernel_size=2).shape
    (1, 1, 2, 2, 2)
    """
    return _power_pool("lp_pool3d", 3, input, norm_type, kernel_size, stride, ceil_mode)


def _power_pool(
    name: str,
    ndim: int,
    input: Any,
    norm_type: float,
    kernel_size: Lengths,
    stride: Lengths | None,
    ceil_mode: bool,
) -> Any:
    check_array(name, "input", input)
    if norm_type == 0:
        raise ArgumentError(f"{name}: expected a norm_type that is not 0, got 0; 2 is the root of the energy")
    if abs(norm_type) == math.inf:
        sign = 1 if norm_type > 0 else -1
        largest = _max_pool(
            name, ndim, sign * absolute(input), kernel_size, stride, 0, 1, ceil_mode, return_indices=False
        )
        return sign * largest
    means = _average_pool(name, ndim, input**norm_type, kernel_size, stride, 0, ceil_mode, True, None)
    # The root of 0 has no derivative; PyTorch takes 0.
    nothing = raw(means) == 0
    sums = where(nothing, 1, means) * math.prod(per_axis(name, "kernel", kernel_size, ndim))
    return where(nothing, 0, sums ** (1 / norm_type))


def _check_padding(name: str, window: Window) -> None:
    for pair, span in zip(window.padding, window.span, strict=True):
        if 2 * max(pair) > span:
            raise ArgumentError(
                f"{name}: expected padding of at most half the window, got padding {window.padding} with "
                f"kernel {window.kernel} and dilation {window.dilation}; pad less"
            )
