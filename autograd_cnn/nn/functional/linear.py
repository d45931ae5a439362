"""The affine map of a fully connected layer, the bilinear map, and the reshaping before them."""

from __future__ import annotations

import math
from typing import Any

from autograd_cnn.errors import ArgumentError, ShapeError
from autograd_cnn.nn.functional.checks import axis_of, check_array, check_same_dtype
from autograd_cnn.ops.contraction import affine
from autograd_cnn.ops.einsum import einsum
from autograd_cnn.ops.shape import reshape


def linear(input: Any, weight: Any, bias: Any = None) -> Any:
    """Return ``input @ weight.T + bias``: (\\*, I), with ``weight`` (O, I) and ``bias`` (O,), give (\\*, O).

    Raises `ShapeError` or `DtypeError` (input, weight and bias have one dtype).

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.linear(ag.tensor([1.0, 2.0]), ag.tensor([[3.0, 4.0]]), ag.tensor([10.0]))
    tensor([21.])
    """
    check_array("linear", "input", input)
    check_array("linear", "weight", weight)
    shape = input.shape
    if len(weight.shape) != 2:
        raise ShapeError(f"linear: expected a weight of shape (outputs, inputs), got shape {weight.shape}")
    outputs, inputs = weight.shape
    if not shape or shape[-1] != inputs:
        raise ShapeError(
            f"linear: weight has {inputs} inputs (shape {weight.shape}), but input has the shape {shape}; "
            f"expected (..., {inputs}); flatten images first: x.flatten(1)"
        )
    if bias is not None and bias.shape != (outputs,):
        raise ShapeError(f"linear: expected a bias of shape {(outputs,)}, got {bias.shape}")
    check_same_dtype("linear", input, weight, bias)
    # One product of two matrices, and so one for each gradient, however many axes there are.
    rows = input if len(shape) == 2 else reshape(input, (math.prod(shape[:-1]), inputs))
    result = affine(rows, weight, bias)
    return result if len(shape) == 2 else reshape(result, (*shape[:-1], outputs))


def flatten(input: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    """Merge the axes from ``start_dim`` to ``end_dim`` into one.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.flatten(ag.ones((2, 3, 4)), start_dim=1).shape
    (2, 12)
    """
    check_array("flatten", "input", input)
    shape = input.shape
    first, last = axis_of("flatten", len(shape), start_dim), axis_of("flatten", len(shape), end_dim)
    if first > last:
        raise ArgumentError(
            f"flatten: expected start_dim before end_dim, got {start_dim} and {end_dim} for an input of "
            f"{len(shape)} axes"
        )
    return reshape(input, (*shape[:first], math.prod(shape[first : last + 1]), *shape[last + 1 :]))


def bilinear(input1: Any, input2: Any, weight: Any, bias: Any = None) -> Any:
    """Return Σ ``input1[i] * weight[o, i, j] * input2[j]`` + ``bias[o]``: (\\*, I), (\\*, J) give (\\*, O).

    Raises `ShapeError` or `DtypeError`.

    >>> import autograd_cnn as ag
    >>> x, y = ag.tensor([1.0, 2.0]), ag.tensor([3.0])
    >>> ag.nn.functional.bilinear(x, y, ag.tensor([[[1.0], [10.0]]]))
    tensor([63.])
    """
    for argument, value in (("input1", input1), ("input2", input2), ("weight", weight)):
        check_array("bilinear", argument, value)
    first, second, shape = input1.shape, input2.shape, weight.shape
    if len(shape) != 3 or first[-1:] != shape[1:2] or second[-1:] != shape[2:] or first[:-1] != second[:-1]:
        raise ShapeError(
            "bilinear: expected inputs (..., I) and (..., J) for a weight (O, I, J), got "
            f"{first} and {second} for {shape}"
        )
    if bias is not None and bias.shape != shape[:1]:
        raise ShapeError(f"bilinear: expected a bias of shape {shape[:1]}, got {bias.shape}")
    check_same_dtype("bilinear", input1, weight, bias)
    check_same_dtype("bilinear", input2, weight, bias)
    out = einsum("...i,oij,...j->...o", input1, weight, input2)
    return out if bias is None else out + bias
