"""Sums of exponentials along axes, without overflow."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_cnn.core.composite import composite
from autograd_cnn.core.registry import case
from autograd_cnn.core.tensor import Tensor
from autograd_cnn.errors import UnsupportedError
from autograd_cnn.ops import activation, reduction
from autograd_cnn.ops.elementwise import exp, log, minimum, where
from autograd_cnn.ops.reduction import Axis

_AXES: Any = [case((2, 3)), case((2, 3), axis=1), case((2, 3, 2), axis=(0, -1)), case(())]


@composite(samples=_AXES)
def softmax(x: Any, axis: Any = None) -> Any:
    """e ** x / Σ e ** x over ``axis`` (None: over all of them).

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.softmax(ag.tensor([1000.0, 1000.0]))
    tensor([0.5, 0.5])
    """
    return activation.softmax(x, axis)


@composite(samples=_AXES)
def log_softmax(x: Any, axis: Any = None) -> Any:
    """x - log Σ e ** x over ``axis`` (None: over all of them), exact far out.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.log_softmax(ag.tensor([1000.0, 0.0]))
    tensor([    0., -1000.])
    """
    return activation.log_softmax(x, axis)


@composite(
    domain=(0.2, 2.0),
    samples=[
        *_AXES,
        case((2, 3), axis=0, keepdims=True),
        case((2, 3), (3,), axis=1),
        case((2,), (2, 2), axis=None),
    ],
)
def logsumexp(
    a: Any, axis: Axis = None, b: Any = None, keepdims: bool = False, return_sign: bool = False
) -> Any:
    """log Σ b e ** a over ``axis`` (None: over all of them), without overflow; NaN if the sum is negative.

    ``b``, of factors, broadcasts against ``a``, and is differentiable too; an entry whose factor is 0 has
    no part in the sum. Without any, the result is -inf and its derivatives are 0. ``return_sign`` is not
    supported.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.logsumexp(ag.tensor([1000.0, 1000.0]), b=np.array([1.0, 0.0]))
    tensor(1000.)
    """
    if return_sign:
        raise UnsupportedError("logsumexp: return_sign=True is not supported; the sign is that of the sum")
    if b is None:
        return reduction.logsumexp(a, axis, keepdims=keepdims)
    factors = b if isinstance(b, Tensor) else np.asarray(b)
    values = np.where(_value(factors) == 0, -math.inf, _value(a))
    peak = np.max(values, axis=axis, keepdims=True, initial=-math.inf)
    shift = np.where(np.isfinite(peak), peak, 0)
    # Only an entry whose factor is 0 can be far above the peak; its exponential must stay finite.
    limit = math.log(np.finfo(values.dtype).max) - 1
    total = reduction.sum(factors * exp(minimum(a - shift, limit)), axis, keepdims=True)
    none = total == 0
    result = where(none, -math.inf, log(where(none, 1, total))) + shift
    return result if keepdims else reduction.sum(result, axis)


def _value(x: Any) -> Any:
    return x.detach().numpy() if isinstance(x, Tensor) else x
