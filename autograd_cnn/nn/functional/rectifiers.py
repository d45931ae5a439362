"""Activations with kinks: rectifiers, shrinkage, and what clips."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_cnn.core.random import default_generator
from autograd_cnn.errors import ArgumentError, ShapeError
from autograd_cnn.nn.functional.checks import check_array, check_same_dtype, like, raw
from autograd_cnn.ops import elementwise
from autograd_cnn.ops.elementwise import expm1, where
from autograd_cnn.ops.shape import reshape

# The scale and alpha with which mean 0 and variance 1 are a fixed point of SELU.
SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946


def relu(input: Any, inplace: bool = False) -> Any:
    """Return max(x, 0) of every entry; its derivative at 0 is 0.

    ``inplace``, here and elsewhere, is taken for PyTorch's sake and changes nothing: the input stays.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.relu(ag.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """
    return elementwise.relu(input)


def relu6(input: Any, inplace: bool = False) -> Any:
    """Return min(max(x, 0), 6).

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.relu6(ag.tensor([-1.0, 2.0, 8.0]))
    tensor([0., 2., 6.])
    """
    return hardtanh(input, 0.0, 6.0)


def hardtanh(input: Any, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Any:
    """Return x limited to ``min_val`` and ``max_val``; there its derivative is 0.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.hardtanh(ag.tensor([-3.0, 0.5, 2.0]))
    tensor([-1. ,  0.5,  1. ])
    """
    check_array("hardtanh", "input", input)
    if min_val > max_val:
        raise ArgumentError(f"hardtanh: expected min_val of at most max_val, got {min_val} and {max_val}")
    return where(input <= min_val, min_val, where(input >= max_val, max_val, input))


def hardsigmoid(input: Any, inplace: bool = False) -> Any:
    """Return x / 6 + 1 / 2 limited to 0 and 1.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.hardsigmoid(ag.tensor([-4.0, 0.0, 3.0]))
    tensor([0. , 0.5, 1. ])
    """
    return hardtanh(input + 3, 0.0, 6.0) / 6


def hardswish(input: Any, inplace: bool = False) -> Any:
    """Return x · hardsigmoid(x). Howard et al., *Searching for MobileNetV3* (2019).

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.hardswish(ag.tensor([-4.0, 0.0, 3.0]))
    tensor([-0.,  0.,  3.])
    """
    return input * hardsigmoid(input)


def leaky_relu(input: Any, negative_slope: float = 0.01, inplace: bool = False) -> Any:
    """Return x where it is positive, else ``negative_slope`` x.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.leaky_relu(ag.tensor([-1.0, 2.0]))
    tensor([-0.01,  2.  ])
    """
    check_array("leaky_relu", "input", input)
    return where(input > 0, input, input * negative_slope)


def prelu(input: Any, weight: Any) -> Any:
    """Return x where it is positive, else ``weight`` x: of one number, or one for each channel (axis 1).

    He et al., *Delving deep into rectifiers* (2015). Raises `ShapeError` or `DtypeError`.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.prelu(ag.tensor([-1.0, 2.0]), ag.tensor([0.25]))
    tensor([-0.25,  2.  ])
    """
    check_array("prelu", "input", input)
    check_array("prelu", "weight", weight)
    check_same_dtype("prelu", input, weight, None)
    shape = input.shape
    channels = shape[1] if len(shape) > 1 else 1
    if weight.shape not in ((), (1,), (channels,)):
        raise ShapeError(
            f"prelu: expected a weight of one number, or of {channels}, one for each channel of the input "
            f"(shape {shape}), got shape {weight.shape}"
        )
    if len(shape) > 2 or not shape:
        weight = reshape(weight, (*weight.shape, *(1,) * (len(shape) - 2)) if shape else ())
    return where(input > 0, input, input * weight)


def rrelu(
    input: Any,
    lower: float = 1.0 / 8,
    upper: float = 1.0 / 3,
    training: bool = False,
    inplace: bool = False,
    generator: np.random.Generator | None = None,
) -> Any:
    """Leaky ReLU whose slope is, in training, drawn for each entry between ``lower`` and ``upper``.

    Otherwise it is their mean. Xu et al., *Empirical evaluation of rectified activations* (2015).

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.rrelu(ag.tensor([-4.0, 2.0]), lower=0.25, upper=0.75)
    tensor([-2.,  2.])
    """
    check_array("rrelu", "input", input)
    if not lower <= upper:
        raise ArgumentError(f"rrelu: expected lower of at most upper, got {lower} and {upper}")
    if not training:
        return leaky_relu(input, (lower + upper) / 2)
    slopes = (generator or default_generator()).uniform(lower, upper, input.shape).astype(input.dtype)
    return where(input > 0, input, input * like(input, slopes))


def elu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    """Return x where it is positive, else ``alpha`` (e ** x - 1). Clevert, Unterthiner and Hochreiter (2016).

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.elu(ag.tensor([-1.0, 2.0])).round(3).tolist()
    [-0.632, 2.0]
    """
    return _exponential("elu", input, alpha, 1.0)


def celu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    """Return x where it is positive, else ``alpha`` (e ** (x / ``alpha``) - 1). Barron (2017).

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.celu(ag.tensor([-1.0, 2.0]), alpha=2.0).round(3).tolist()
    [-0.787, 2.0]
    """
    if alpha == 0:
        raise ArgumentError("celu: expected an alpha that is not 0, got 0; for max(x, 0) use relu")
    return _exponential("celu", input, alpha, alpha)


def selu(input: Any, inplace: bool = False) -> Any:
    """Return the ELU that keeps mean 0 and variance 1. Klambauer et al. (2017).

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.selu(ag.tensor([-1.0, 2.0])).round(3).tolist()
    [-1.111, 2.101]
    """
    return SELU_SCALE * _exponential("selu", input, SELU_ALPHA, 1.0)


def _exponential(name: str, input: Any, alpha: float, width: float) -> Any:
    check_array(name, "input", input)
    positive = input > 0
    # What overflows is taken out before: its gradient would be inf * 0.
    return where(positive, input, alpha * expm1(where(positive, 0, input) / width))


def hardshrink(input: Any, lambd: float = 0.5) -> Any:
    """Return x where its magnitude exceeds ``lambd``, else 0.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.hardshrink(ag.tensor([-1.0, 0.3]))
    tensor([-1.,  0.])
    """
    check_array("hardshrink", "input", input)
    return where(abs(raw(input)) <= lambd, 0, input)


def softshrink(input: Any, lambd: float = 0.5) -> Any:
    """Return x moved towards 0 by ``lambd``, and 0 within that.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.softshrink(ag.tensor([-1.0, 0.3]))
    tensor([-0.5,  0. ])
    """
    check_array("softshrink", "input", input)
    if lambd < 0:
        raise ArgumentError(f"softshrink: expected a lambd of at least 0, got {lambd}")
    values = raw(input)
    return where(abs(values) <= lambd, 0, input - np.sign(values) * lambd)


def threshold(input: Any, threshold: float, value: float, inplace: bool = False) -> Any:
    """Return x where it exceeds ``threshold``, else ``value``.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.threshold(ag.tensor([0.3, 2.0]), 0.5, -1.0)
    tensor([-1.,  2.])
    """
    check_array("threshold", "input", input)
    return where(input <= threshold, value, input)
