"""Max- and average-pooling in 1, 2 and 3 dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd_cnn.errors import ArgumentError, DtypeError
from autograd_cnn.kernels.geometry import Window, ceil_padding, resolve_window
from autograd_cnn.nn.functional.checks import on_batch
from autograd_cnn.ops.pooling import average_pool, max_pool

Lengths = int | Sequence[int]


def max_pool1d(
    input: Any,
    kernel_size: Lengths,
    stride: Lengths | None = None,
    padding: Lengths = 0,
    dilation: Lengths = 1,
    ceil_mode: bool = False,
) -> Any:
    """Take the largest entry of each window of (N, C, L), or (C, L); as `max_pool2d`.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.max_pool1d(ag.tensor([[[1.0, 5.0, 2.0, 2.0]]]), 2)
    tensor([[[5., 2.]]])
    """
    return _max_pool("max_pool1d", 1, input, kernel_size, stride, padding, dilation, ceil_mode)


def max_pool2d(
    input: Any,
    kernel_size: Lengths,
    stride: Lengths | None = None,
    padding: Lengths = 0,
    dilation: Lengths = 1,
    ceil_mode: bool = False,
) -> Any:
    """Take the largest entry of each window of (N, C, H, W), or (C, H, W).

    All lengths are an int, or one for each axis; ``stride`` is by default ``kernel_size``. Padding, at
    most half of the window, never wins. A tie goes to the first in the window, as does the gradient. The
    number of windows is rounded down, with ``ceil_mode`` up, but no window starts in the end padding.

    Raises `ShapeError` or `ArgumentError`.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.max_pool2d(ag.ones((1, 6, 28, 28)), 2).shape
    (1, 6, 14, 14)
    """
    return _max_pool("max_pool2d", 2, input, kernel_size, stride, padding, dilation, ceil_mode)


def max_pool3d(
    input: Any,
    kernel_size: Lengths,
    stride: Lengths | None = None,
    padding: Lengths = 0,
    dilation: Lengths = 1,
    ceil_mode: bool = False,
) -> Any:
    """Take the largest entry of each window of (N, C, D, H, W), or (C, D, H, W); as `max_pool2d`.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.max_pool3d(ag.ones((1, 1, 4, 4, 4)), 2).shape
    (1, 1, 2, 2, 2)
    """
    return _max_pool("max_pool3d", 3, input, kernel_size, stride, padding, dilation, ceil_mode)


def _max_pool(
    name: str,
    ndim: int,
    input: Any,
    kernel_size: Lengths,
    stride: Lengths | None,
    padding: Lengths,
    dilation: Lengths,
    ceil_mode: bool,
) -> Any:
    window = resolve_window(name, ndim, kernel_size, stride, padding, dilation)
    _check_padding(name, window)

    def pool(x: Any) -> Any:
        return max_pool(x, ceil_padding(window, x.shape[2:]) if ceil_mode else window)

    return on_batch(name, ndim, input, pool)


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


def _check_padding(name: str, window: Window) -> None:
    for pair, span in zip(window.padding, window.span, strict=True):
        if 2 * max(pair) > span:
            raise ArgumentError(
                f"{name}: expected padding of at most half the window, got padding {window.padding} with "
                f"kernel {window.kernel} and dilation {window.dilation}; pad less"
            )
