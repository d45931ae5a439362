"""Normalisation of batches, layers, groups, instances, and of neighbouring channels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_cnn.core.grad_mode import no_grad
from autograd_cnn.core.inplace import writable
from autograd_cnn.core.tensor import Tensor
from autograd_cnn.errors import ArgumentError, DtypeError, ShapeError
from autograd_cnn.kernels.geometry import Window
from autograd_cnn.nn.functional.checks import axis_of, check_array, check_same_dtype, raw
from autograd_cnn.ops import normalization
from autograd_cnn.ops.elementwise import maximum
from autograd_cnn.ops.norms import vector_norm
from autograd_cnn.ops.pooling import average_pool
from autograd_cnn.ops.reduction import mean
from autograd_cnn.ops.shape import reshape


def batch_norm(
    input: Any,
    running_mean: Any,
    running_var: Any,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """Normalise each channel of (N, C, \\*) to mean 0 and variance 1; then ``* weight + bias``, (C,) each.

    In training, mean and (biased) variance are those of the batch, and the running ones, unless they are
    None, are overwritten by (1 - ``momentum``) of themselves plus ``momentum`` of the batch's mean and
    unbiased variance. Otherwise the running ones are used. ``eps`` is added to the variance. Ioffe and
    Szegedy, *Batch normalization* (2015).

    Raises `ShapeError` (also for a batch with a single value per channel in training), `DtypeError` or
    `ArgumentError`.

    >>> import autograd_cnn as ag
    >>> x = ag.tensor([[1.0, 10.0], [3.0, 10.0]])
    >>> ag.nn.functional.batch_norm(x, None, None, training=True, eps=0.25).round(2).tolist()
    [[-0.89, 0.0], [0.89, 0.0]]
    """
    name = "batch_norm"
    _check(name, input, 2)
    _check_channels(name, input, running_mean=running_mean, running_var=running_var, weight=weight, bias=bias)
    if not training:
        return _by_running(name, input, running_mean, running_var, weight, bias, eps)
    count = input.shape[0] * math.prod(input.shape[2:])
    if count == 1:
        raise ShapeError(
            f"{name}: expected more than one value per channel in training, got an input of shape "
            f"{input.shape}, whose variance is 0; use a larger batch, or .eval()"
        )
    out, batch_mean, batch_variance = normalization.batch_norm(input, weight, bias, eps)
    if count:
        _update(running_mean, batch_mean, momentum)
        _update(running_var, raw(batch_variance) * (count / (count - 1)), momentum)
    return out


def instance_norm(
    input: Any,
    running_mean: Any = None,
    running_var: Any = None,
    weight: Any = None,
    bias: Any = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """Normalise each channel of each example of (N, C, \\*spatial) by itself; as `batch_norm` otherwise.

    Ulyanov et al., *Instance normalization* (2016).

    >>> import autograd_cnn as ag
    >>> x = ag.tensor([[[1.0, 3.0]], [[10.0, 30.0]]])
    >>> ag.nn.functional.instance_norm(x, eps=0.0).tolist()
    [[[-1.0, 1.0]], [[-1.0, 1.0]]]
    """
    name = "instance_norm"
    _check(name, input, 3)
    _check_channels(name, input, running_mean=running_mean, running_var=running_var, weight=weight, bias=bias)
    if not use_input_stats:
        return _by_running(name, input, running_mean, running_var, weight, bias, eps)
    examples, channels = input.shape[:2]
    count = math.prod(input.shape[2:])
    if count == 1:
        raise ShapeError(
            f"{name}: expected more than one spatial entry, got an input of shape {input.shape}, whose "
            "variance is 0; use larger images"
        )
    out, means, variances = _standardised(input, examples * channels, eps)
    if count and examples:
        _update(running_mean, raw(means).reshape(examples, channels).mean(0), momentum)
        variance = raw(variances).reshape(examples, channels).mean(0)
        _update(running_var, variance * (count / (count - 1)), momentum)
    return _scaled(out, weight, bias)


def group_norm(input: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """Normalise each example's groups of channels, of (N, C, \\*), by themselves; then ``* weight + bias``.

    Wu and He, *Group normalization* (2018).

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.group_norm(ag.tensor([[1.0, 3.0, 10.0, 30.0]]), num_groups=2, eps=0.0).tolist()
    [[-1.0, 1.0, -1.0, 1.0]]
    """
    name = "group_norm"
    _check(name, input, 2)
    _check_channels(name, input, weight=weight, bias=bias)
    if num_groups < 1 or input.shape[1] % num_groups:
        raise ArgumentError(
            f"{name}: expected num_groups that divide the {input.shape[1]} channels of the input (shape "
            f"{input.shape}), got {num_groups}"
        )
    rows = input.shape[0] * num_groups
    if math.prod(input.shape) == rows == num_groups:
        raise ShapeError(
            f"{name}: expected more than one value per group, got an input of shape {input.shape} in "
            f"{num_groups} groups, whose variance is 0; use fewer groups or a larger input"
        )
    return _scaled(_standardised(input, rows, eps)[0], weight, bias)


def layer_norm(
    input: Any, normalized_shape: int | Sequence[int], weight: Any = None, bias: Any = None, eps: float = 1e-5
) -> Any:
    """Normalise over the last axes, of ``normalized_shape``; then ``* weight + bias``, of that shape.

    Ba, Kiros and Hinton, *Layer normalization* (2016).

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.layer_norm(ag.tensor([[1.0, 3.0], [10.0, 30.0]]), (2,), eps=0.0).tolist()
    [[-1.0, 1.0], [-1.0, 1.0]]
    """
    last = _check_last_axes("layer_norm", input, normalized_shape, weight, bias)
    rows = math.prod(input.shape[: len(input.shape) - len(last)])
    out = _standardised(input, rows, eps)[0]
    out = out if weight is None else out * weight
    return out if bias is None else out + bias


def rms_norm(
    input: Any, normalized_shape: int | Sequence[int], weight: Any = None, eps: float | None = None
) -> Any:
    """Divide by the root of the mean square over the last axes, of ``normalized_shape``; then ``* weight``.

    ``eps`` is added to the mean square, by default the machine epsilon of the dtype. Zhang and Sennrich,
    *Root mean square layer normalization* (2019).

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.rms_norm(ag.tensor([[3.0, 4.0], [0.0, 0.0]]), (2,)).round(2).tolist()
    [[0.85, 1.13], [0.0, 0.0]]
    """
    last = _check_last_axes("rms_norm", input, normalized_shape, weight, None)
    axes = tuple(range(len(input.shape) - len(last), len(input.shape)))
    floor = float(np.finfo(input.dtype).eps) if eps is None else eps
    out = input * (mean(input * input, axis=axes, keepdims=True) + floor) ** -0.5
    return out if weight is None else out * weight


def local_response_norm(
    input: Any, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Any:
    """Divide by (``k`` + ``alpha`` · mean of the squares of ``size`` neighbouring channels) ** ``beta``.

    ``input`` is (N, C, \\*spatial); channels outside count as zeros. Krizhevsky, Sutskever and Hinton,
    *ImageNet classification with deep convolutional neural networks* (2012), §3.3.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.local_response_norm(ag.ones((1, 2, 1)), 2, alpha=2.0, beta=1.0).round(2).tolist()
    [[[0.5], [0.33]]]
    """
    _check("local_response_norm", input, 3)
    if size < 1:
        raise ArgumentError(f"local_response_norm: expected a size of at least 1 channel, got {size}")
    shape = input.shape
    squares = reshape(input * input, (shape[0], 1, shape[1], math.prod(shape[2:])))
    window = Window((size, 1), (1, 1), ((size // 2, (size - 1) // 2), (0, 0)), (1, 1))
    return input / (k + alpha * reshape(average_pool(squares, window), shape)) ** beta


def normalize(input: Any, p: float = 2.0, dim: int | tuple[int, ...] = 1, eps: float = 1e-12) -> Any:
    """Divide by the ``p``-norm along the axis or axes ``dim``, or by ``eps`` if that is larger.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.normalize(ag.tensor([[3.0, 4.0]]))
    tensor([[0.6, 0.8]])
    """
    check_array("normalize", "input", input)
    axes = dim if isinstance(dim, tuple) else (dim,)
    axis = tuple(axis_of("normalize", len(input.shape), d) for d in axes)
    norm = vector_norm(input, axis=axis, ord=p, keepdims=True)
    return input / maximum(norm, eps)


def _standardised(input: Any, rows: int, eps: float) -> tuple[Any, Any, Any]:
    """Each of so many equal parts, in order, with mean 0 and variance 1; and their moments: (rows,)."""
    shape = input.shape
    parts = reshape(input, (1, rows, math.prod(shape) // max(rows, 1)))
    out, means, variances = normalization.batch_norm(parts, eps=eps)
    return reshape(out, shape), means, variances


def _scaled(input: Any, weight: Any, bias: Any) -> Any:
    if weight is not None:
        return normalization.scale_channels(input, weight, bias)
    return input if bias is None else input + reshape(bias, (*bias.shape, *(1,) * (len(input.shape) - 2)))


def _by_running(name: str, input: Any, mean: Any, var: Any, weight: Any, bias: Any, eps: float) -> Any:
    if mean is None or var is None:
        raise ArgumentError(
            f"{name}: expected running_mean and running_var, as the statistics of the input are not to be "
            "used, got None; give both, or normalise by the input"
        )
    scale = (raw(var) + eps) ** -0.5
    scale = scale if weight is None else weight * scale
    shift = -raw(mean) * scale
    return normalization.scale_channels(input, scale, shift if bias is None else bias + shift)


def _update(running: Any, value: Any, momentum: float) -> None:
    """Move a running statistic towards a new value, in place."""
    if running is None:
        return
    with no_grad():
        buffer = writable(running, "a running statistic") if isinstance(running, Tensor) else running
    buffer *= 1 - momentum
    buffer += momentum * raw(value)


def _check(name: str, input: Any, axes: int) -> None:
    check_array(name, "input", input)
    if len(input.shape) < axes:
        raise ShapeError(
            f"{name}: expected an input of at least {axes} axes (batch, channels, ...), got shape "
            f"{input.shape}"
        )
    _check_floating(name, input)


def _check_floating(name: str, input: Any) -> None:
    if input.dtype.kind != "f":
        raise DtypeError(
            f'{name}: expected a real floating input, got {input.dtype}; convert it: x.astype("float32")'
        )


def _check_channels(name: str, input: Any, **given: Any) -> None:
    """Each of what is given must have one number for each channel, in the input's dtype."""
    for argument, values in given.items():
        if values is None:
            continue
        check_array(name, argument, values)
        if values.shape != input.shape[1:2]:
            raise ShapeError(
                f"{name}: expected {argument} of shape {input.shape[1:2]}, one number for each channel of "
                f"the input (shape {input.shape}), got {values.shape}"
            )
        check_same_dtype(name, input, values, None)


def _check_last_axes(
    name: str, input: Any, normalized_shape: int | Sequence[int], weight: Any, bias: Any
) -> tuple[int, ...]:
    check_array(name, "input", input)
    last = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
    if not last or len(input.shape) < len(last) or input.shape[len(input.shape) - len(last) :] != last:
        raise ShapeError(
            f"{name}: expected an input whose last axes are normalized_shape {last}, got shape {input.shape}"
        )
    _check_floating(name, input)
    for argument, values in (("weight", weight), ("bias", bias)):
        if values is not None and values.shape != last:
            raise ShapeError(f"{name}: expected {argument} of normalized_shape {last}, got {values.shape}")
        if values is not None:
            check_same_dtype(name, input, values, None)
    return last
