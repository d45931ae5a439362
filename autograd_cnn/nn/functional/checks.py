"""What the functions check alike: shapes, dtypes and arguments, with errors that name the function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_cnn.core.tensor import Tensor, from_numpy
from autograd_cnn.errors import ArgumentError, DtypeError, ShapeError, UnsupportedError
from autograd_cnn.ops.shape import reshape

SPATIAL = {1: "length", 2: "height, width", 3: "depth, height, width"}


def check_array(name: str, argument: str, x: Any) -> None:
    """Raise `UnsupportedError` for what is neither a tensor nor an array."""
    if not isinstance(x, (Tensor, np.ndarray)):
        raise UnsupportedError(
            f"{name}: expected {argument} to be a tensor or an array, got {type(x).__name__}; make one with "
            "ag.tensor(...)"
        )


def raw(x: Any) -> Any:
    """The array of a tensor or array."""
    return x.detach().numpy() if isinstance(x, Tensor) else np.asarray(x)


def like(input: Any, array: Any) -> Any:
    """An array of ours as a tensor, if the input is one: arrays give arrays."""
    return from_numpy(array) if isinstance(input, Tensor) else array


def check_same_dtype(name: str, input: Any, weight: Any, bias: Any) -> None:
    """Raise `DtypeError` unless input, weight and bias have one dtype."""
    # A promotion here would double time and memory without a word.
    if input.dtype != weight.dtype or (bias is not None and bias.dtype != weight.dtype):
        got = f"input of {input.dtype} and weight of {weight.dtype}"
        if bias is not None:
            got += f" and bias of {bias.dtype}"
        raise DtypeError(
            f'{name}: expected one dtype, got {got}; convert the input: x.astype("{weight.dtype}"), or the '
            f'layer: layer.to("{input.dtype}")'
        )


def on_batch(name: str, ndim: int, input: Any, function: Callable[[Any], Any]) -> Any:
    """Call a function of (N, C, \\*spatial), with ``ndim`` spatial axes, on that or on (C, \\*spatial)."""
    check_array(name, "input", input)
    shape = input.shape
    try:
        if len(shape) == ndim + 2:
            return function(input)
        if len(shape) == ndim + 1:
            result = function(reshape(input, (1, *shape)))
            if isinstance(result, tuple):
                return tuple(reshape(part, part.shape[1:]) for part in result)
            return reshape(result, result.shape[1:])
    except ShapeError as error:
        message = str(error)
        raise ShapeError(message if message.startswith(name) else f"{name}: {message}") from None
    raise ShapeError(
        f"{name}: expected input of shape (batch, channels, {SPATIAL[ndim]}), or without the batch, got "
        f"{len(shape)} axes (shape {shape}); reshape it"
    )


def axis_of(name: str, ndim: int, dim: int | None) -> int:
    """Return the axis that ``dim`` means, from 0; raise `ArgumentError` where there is none."""
    if dim is None:
        raise ArgumentError(
            f"{name}: expected dim, the axis to work along, got none; dim=1 is that of classes"
        )
    if not -max(ndim, 1) <= dim < max(ndim, 1):
        raise ArgumentError(
            f"{name}: expected dim from {-max(ndim, 1)} to {max(ndim, 1) - 1} for {ndim} axes, got {dim}"
        )
    return dim % max(ndim, 1)
