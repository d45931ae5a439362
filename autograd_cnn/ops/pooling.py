"""Pooling: the largest entry or the mean of each window of (N, C, \\*spatial)."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_cnn import kernels
from autograd_cnn.core.primitive import primitive
from autograd_cnn.core.registry import case
from autograd_cnn.errors import DtypeError
from autograd_cnn.kernels.geometry import Window
from autograd_cnn.ops.indexing import take_along_axis
from autograd_cnn.ops.padding import pad_zeros
from autograd_cnn.ops.shape import reshape
from autograd_cnn.ops.window import sliding_window

__all__ = [
    "average_pool",
    "average_pool_transpose",
    "max_pool",
    "max_pool_by_definition",
    "max_pool_gather",
    "max_pool_scatter",
]

_PLAIN = Window((2, 2), (2, 2), ((0, 0), (0, 0)), (1, 1))
_OVERLAPPING = Window((3, 2), (2, 1), ((1, 1), (0, 1)), (1, 2))
_INDICES = np.array([[[[0, 3], [2, 1]]]])


@primitive(
    residuals=("indices",),
    samples=[case((2, 3, 4, 6), window=_PLAIN), case((2, 3, 5, 6), window=_OVERLAPPING)],
    x=lambda g, indices, window, x_shape: max_pool_scatter(g, indices, window, x_shape[2:]),
)
def max_pool(x: Any, window: Any) -> Any:
    """The largest entry of each window; a tie goes to the first in window order, and padding never wins.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.kernels.geometry import Window
    >>> from autograd_cnn.ops.pooling import max_pool
    >>> max_pool(ag.tensor([[[1.0, 5.0, 2.0, 2.0]]]), Window((2,), (2,), ((0, 0),), (1,)))
    tensor([[[5., 2.]]])
    """
    if x.dtype.kind == "c":
        raise DtypeError(f"max_pool: expected real numbers, which have an order, got {x.dtype}")
    return kernels.max_pool(x, window)


@primitive(
    kind="linear",
    samples=[case((1, 1, 2, 2), indices=_INDICES, window=_PLAIN, input_shape=(4, 4))],
    y=lambda g, indices, window: max_pool_gather(g, indices, window),
)
def max_pool_scatter(y: Any, indices: Any, window: Any, input_shape: tuple[int, ...]) -> Any:
    """Zeros of the spatial ``input_shape`` with each entry of ``y`` added where its window's index points.

    >>> import autograd_cnn as ag, numpy as np
    >>> from autograd_cnn.kernels.geometry import Window
    >>> from autograd_cnn.ops.pooling import max_pool_scatter
    >>> window = Window((2,), (2,), ((0, 0),), (1,))
    >>> max_pool_scatter(ag.tensor([[[7.0]]]), np.array([[[1]]]), window, (2,))
    tensor([[[0., 7.]]])
    """
    return kernels.max_pool_backward(y, indices, window, input_shape)


@primitive(
    kind="linear",
    samples=[case((1, 1, 4, 4), indices=_INDICES, window=_PLAIN)],
    x=lambda g, indices, window, x_shape: max_pool_scatter(g, indices, window, x_shape[2:]),
)
def max_pool_gather(x: Any, indices: Any, window: Any) -> Any:
    """The entry of each window at its index: the transpose of `max_pool_scatter`.

    >>> import autograd_cnn as ag, numpy as np
    >>> from autograd_cnn.kernels.geometry import Window
    >>> from autograd_cnn.ops.pooling import max_pool_gather
    >>> window = Window((2,), (2,), ((0, 0),), (1,))
    >>> max_pool_gather(ag.tensor([[[0.0, 7.0]]]), np.array([[[1]]]), window)
    tensor([[[7.]]])
    """
    return kernels.max_pool_gather(x, indices, window)


def max_pool_by_definition(x: Any, window: Window) -> Any:
    """What `max_pool` means, from primitive ops: take every window, and of it the first largest entry.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.kernels.geometry import Window
    >>> from autograd_cnn.ops.pooling import max_pool_by_definition
    >>> max_pool_by_definition(ag.tensor([[[1.0, 5.0, 2.0, 2.0]]]), Window((2,), (2,), ((0, 0),), (1,)))
    tensor([[[5., 2.]]])
    """
    widths = ((0, 0), (0, 0), *window.padding)
    outside = np.pad(np.zeros(x.shape, np.bool_), widths, constant_values=True)
    unpadded = window._replace(padding=((0, 0),) * window.ndim)
    padded = np.where(outside, -np.inf, pad_zeros(x, widths)) if outside.any() else x
    windows = sliding_window(padded, unpadded)
    flat = reshape(windows, (*windows.shape[: 2 + window.ndim], window.taps))
    first = np.argmax(flat, axis=-1)[..., None]
    return take_along_axis(flat, first, axis=-1)[..., 0]


@primitive(
    kind="linear",
    samples=[
        case((2, 3, 4, 6), window=_PLAIN),
        case((2, 3, 5, 6), window=_OVERLAPPING, count_include_pad=False),
        case((2, 3, 5, 6), window=_OVERLAPPING, divisor_override=3),
        case((2, 3, 5, 5), window=_PLAIN, ceil_mode=True),
    ],
    x=lambda g, x_shape, window, count_include_pad, divisor_override, ceil_mode: average_pool_transpose(
        g, window, x_shape[2:], count_include_pad, divisor_override, ceil_mode
    ),
)
def average_pool(
    x: Any,
    window: Any,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
    ceil_mode: bool = False,
) -> Any:
    """The mean of each window, counting padding as PyTorch counts it; see `nn.functional.avg_pool2d`.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.kernels.geometry import Window
    >>> from autograd_cnn.ops.pooling import average_pool
    >>> average_pool(ag.tensor([[[1.0, 5.0, 2.0, 2.0]]]), Window((2,), (2,), ((0, 0),), (1,)))
    tensor([[[3., 2.]]])
    """
    return kernels.average_pool(x, window, count_include_pad, divisor_override, ceil_mode)


@primitive(
    kind="linear",
    samples=[
        case((2, 3, 2, 3), window=_PLAIN, input_shape=(4, 6)),
        case((2, 3, 3, 5), window=_OVERLAPPING, input_shape=(5, 6), count_include_pad=False),
    ],
    y=lambda g, window, count_include_pad, divisor_override, ceil_mode: average_pool(
        g, window, count_include_pad, divisor_override, ceil_mode
    ),
)
def average_pool_transpose(
    y: Any,
    window: Any,
    input_shape: tuple[int, ...],
    count_include_pad: bool = True,
    divisor_override: int | None = None,
    ceil_mode: bool = False,
) -> Any:
    """Spread each entry of ``y`` evenly over its window: the transpose of `average_pool`.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.kernels.geometry import Window
    >>> from autograd_cnn.ops.pooling import average_pool_transpose
    >>> window = Window((2,), (2,), ((0, 0),), (1,))
    >>> average_pool_transpose(ag.tensor([[[1.0]]]), window, (2,))
    tensor([[[0.5, 0.5]]])
    """
    return kernels.average_pool_backward(
        y, window, input_shape, count_include_pad, divisor_override, ceil_mode
    )
