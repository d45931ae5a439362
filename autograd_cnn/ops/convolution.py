"""Convolution: its definition from primitive ops, and the fused family that computes it fast.

The three fused ops are the three ways to contract a bilinear map, so each is a VJP of the others and
the family is closed under differentiation, to any order. Shapes, for any number of spatial axes:
input (N, C, \\*spatial), weight (O, C / groups, \\*kernel), output (N, O, \\*output). As everywhere in deep
learning, the kernel is not flipped: this is cross-correlation.
"""

from __future__ import annotations

import math
from typing import Any

from autograd_cnn import kernels
from autograd_cnn.core.primitive import primitive
from autograd_cnn.core.registry import case
from autograd_cnn.kernels.geometry import Window
from autograd_cnn.ops.contraction import matmul
from autograd_cnn.ops.padding import pad_zeros
from autograd_cnn.ops.reduction import sum
from autograd_cnn.ops.shape import moveaxis, reshape
from autograd_cnn.ops.window import sliding_window

__all__ = [
    "convolution",
    "convolution_by_definition",
    "convolution_input_gradient",
    "convolution_weight_gradient",
]

_1D = Window((3,), (2,), ((1, 2),), (1,))
_2D = Window((2, 3), (1, 2), ((1, 0), (0, 1)), (2, 1))


@primitive(
    multilinear=True,
    samples=[
        case((2, 4, 7), (6, 2, 3), (6,), window=_1D, groups=2),
        case((2, 2, 5, 6), (3, 2, 2, 3), (3,), window=_2D),
        case((0, 2, 5, 6), (3, 2, 2, 3), (3,), window=_2D),
    ],
    x=lambda g, weight, x_shape, window, groups: convolution_input_gradient(
        g, weight, x_shape[2:], window, groups
    ),
    weight=lambda g, x, window, groups: convolution_weight_gradient(x, g, window, groups),
    bias=lambda g: sum(g, axis=(0, *range(2, g.ndim))),
)
def convolution(x: Any, weight: Any, bias: Any = None, window: Any = None, groups: int = 1) -> Any:
    """Slide ``weight`` over ``x`` and sum the products, in one fused kernel; see `nn.functional.conv2d`.

    ``window`` (a `kernels.geometry.Window`) holds kernel, stride, padding and dilation.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.kernels.geometry import Window
    >>> from autograd_cnn.ops.convolution import convolution
    >>> window = Window((2,), (1,), ((0, 0),), (1,))
    >>> convolution(ag.tensor([[[1.0, 2.0, 4.0]]]), ag.tensor([[[-1.0, 1.0]]]), None, window)
    tensor([[[1., 2.]]])
    """
    return kernels.convolution(x, weight, bias, window, groups)


@primitive(
    multilinear=True,
    samples=[
        case((2, 6, 4), (6, 2, 3), input_shape=(7,), window=_1D, groups=2),
        case((2, 3, 4, 3), (3, 2, 2, 3), input_shape=(5, 6), window=_2D),
    ],
    y=lambda g, weight, window, groups: convolution(g, weight, None, window, groups),
    weight=lambda g, y, window, groups: convolution_weight_gradient(g, y, window, groups),
)
def convolution_input_gradient(
    y: Any, weight: Any, input_shape: tuple[int, ...], window: Any, groups: int = 1
) -> Any:
    """The transpose of ``x → convolution(x, weight)``, onto inputs of the spatial ``input_shape``.

    This is what is called transposed convolution.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.kernels.geometry import Window
    >>> from autograd_cnn.ops.convolution import convolution_input_gradient
    >>> window = Window((2,), (1,), ((0, 0),), (1,))
    >>> convolution_input_gradient(ag.ones((1, 1, 2)), ag.tensor([[[-1.0, 1.0]]]), (3,), window)
    tensor([[[-1.,  0.,  1.]]])
    """
    return kernels.convolution_input_gradient(y, weight, input_shape, window, groups)


@primitive(
    multilinear=True,
    samples=[
        case((2, 4, 7), (2, 6, 4), window=_1D, groups=2),
        case((2, 2, 5, 6), (2, 3, 4, 3), window=_2D),
    ],
    x=lambda g, y, x_shape, window, groups: convolution_input_gradient(y, g, x_shape[2:], window, groups),
    y=lambda g, x, window, groups: convolution(x, g, None, window, groups),
)
def convolution_weight_gradient(x: Any, y: Any, window: Any, groups: int = 1) -> Any:
    """The transpose of ``weight → convolution(x, weight)``.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.kernels.geometry import Window
    >>> from autograd_cnn.ops.convolution import convolution_weight_gradient
    >>> window = Window((2,), (1,), ((0, 0),), (1,))
    >>> convolution_weight_gradient(ag.tensor([[[1.0, 2.0, 4.0]]]), ag.ones((1, 1, 2)), window)
    tensor([[[3., 6.]]])
    """
    return kernels.convolution_weight_gradient(x, y, window, groups)


def convolution_by_definition(x: Any, weight: Any, bias: Any, window: Window, groups: int = 1) -> Any:
    """What `convolution` means, from primitive ops: pad, take every window, multiply and sum.

    Recorded op by op, so that the tape shows what a convolution is; the tests hold the fused kernels
    equal to it.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.kernels.geometry import Window
    >>> from autograd_cnn.ops.convolution import convolution_by_definition
    >>> window = Window((2,), (1,), ((0, 0),), (1,))
    >>> x, weight = ag.tensor([[[1.0, 2.0, 4.0]]]), ag.tensor([[[-1.0, 1.0]]])
    >>> convolution_by_definition(x, weight, None, window)
    tensor([[[1., 2.]]])
    """
    output = window.output_shape(x.shape[2:])
    batch, outputs, taps = x.shape[0], weight.shape[0], weight[0].size
    padded = pad_zeros(x, ((0, 0), (0, 0), *window.padding))
    unpadded = window._replace(padding=((0, 0),) * window.ndim)
    windows = sliding_window(padded, unpadded)  # (N, C, *output, *kernel)
    windows = moveaxis(windows, 1, 1 + window.ndim)  # (N, *output, C, *kernel)
    rows = reshape(windows, (batch, math.prod(output), groups, taps))
    columns = reshape(weight, (groups, outputs // groups, taps))
    products = matmul(moveaxis(rows, 2, 1), columns.mT)  # (N, groups, positions, O / groups)
    y = reshape(moveaxis(products, 3, 2), (batch, outputs, *output))
    return y if bias is None else y + reshape(bias, (outputs, *(1,) * window.ndim))
