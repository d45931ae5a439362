"""Sliding windows, and their transpose: the primitive ops that define convolution and pooling."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from autograd_cnn.core.primitive import primitive
from autograd_cnn.core.registry import case
from autograd_cnn.kernels.geometry import Window

__all__ = ["fold", "sliding_window"]

_SAMPLES = [
    (Window((3,), (1,), ((0, 0),), (1,)), (7,)),
    (Window((2,), (2,), ((0, 0),), (2,)), (8,)),
    (Window((2, 3), (2, 1), ((0, 0), (0, 0)), (1, 2)), (5, 6)),
]


@primitive(
    kind="linear",
    samples=[case((2, *spatial), window=window) for window, spatial in _SAMPLES],
    x=lambda g, x_shape, window: fold(g, window, x_shape[len(x_shape) - len(window.kernel) :]),
)
def sliding_window(x: Any, window: Window) -> Any:
    """All windows on the last axes, (..., \\*spatial) → (..., \\*output, \\*kernel), as a read-only view.

    The window's padding must be 0: use `pad` first.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.kernels.geometry import Window
    >>> ag.ops.window.sliding_window(ag.tensor([1.0, 2.0, 3.0]), Window((2,), (1,), ((0, 0),), (1,)))
    tensor([[1., 2.],
            [2., 3.]])
    """
    x = np.asarray(x)
    lead, strides = x.ndim - window.ndim, x.strides
    output = window.output_shape(x.shape[lead:])
    steps = tuple(n * s for n, s in zip(strides[lead:], window.stride, strict=True))
    taps = tuple(n * d for n, d in zip(strides[lead:], window.dilation, strict=True))
    return as_strided(
        x, (*x.shape[:lead], *output, *window.kernel), (*strides[:lead], *steps, *taps), writeable=False
    )


@primitive(
    kind="linear",
    samples=[
        case((2, *window.output_shape(spatial), *window.kernel), window=window, shape=spatial)
        for window, spatial in _SAMPLES
    ],
    windows=lambda g, window: sliding_window(g, window),
)
def fold(windows: Any, window: Window, shape: tuple[int, ...]) -> Any:
    """Add windows up where they overlap, (..., \\*output, \\*kernel) → (..., \\*shape).

    The transpose of `sliding_window`.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.kernels.geometry import Window
    >>> ag.ops.window.fold(ag.ones((2, 2)), Window((2,), (1,), ((0, 0),), (1,)), (3,))
    tensor([1., 2., 1.])
    """
    windows = np.asarray(windows)
    lead = windows.ndim - 2 * window.ndim
    output = windows.shape[lead : lead + window.ndim]
    result = np.zeros((*windows.shape[:lead], *shape), windows.dtype)
    for tap in product(*map(range, window.kernel)):
        reached = tuple(
            slice(t * d, t * d + (n - 1) * s + 1, s) if n else slice(0, 0)
            for t, d, n, s in zip(tap, window.dilation, output, window.stride, strict=True)
        )
        result[(..., *reached)] += windows[(..., *tap)]
    return result
