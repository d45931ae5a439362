"""What losses share: the checks of their arguments, and how many losses become one number."""

from __future__ import annotations

import math
from typing import Any

from autograd_cnn.errors import ArgumentError, DtypeError, ShapeError
from autograd_cnn.nn.functional.checks import check_array
from autograd_cnn.ops.reduction import sum

REDUCTIONS: tuple[str, ...] = ("mean", "sum", "none")


def check_reduction(
    name: str,
    reduction: str,
    size_average: Any = None,
    reduce: Any = None,
    allowed: tuple[str, ...] = REDUCTIONS,
) -> None:
    """Raise `ArgumentError` for an unknown reduction, or for one of the arguments it has replaced."""
    choices = f"{', '.join(map(repr, allowed[:-1]))} or {allowed[-1]!r}"
    for argument, value in (("size_average", size_average), ("reduce", reduce)):
        if value is not None:
            raise ArgumentError(
                f"{name}: expected reduction {choices}, got {argument}={value!r}, which is deprecated in "
                "PyTorch; size_average=False is reduction='sum', reduce=False is reduction='none'"
            )
    if reduction not in allowed:
        raise ArgumentError(f"{name}: expected reduction {choices}, got {reduction!r}; pass it by name")


def check_floating(name: str, argument: str, x: Any) -> None:
    """Raise unless ``x`` is a tensor or an array of real floating numbers."""
    check_array(name, argument, x)
    if x.dtype.kind != "f":
        raise DtypeError(
            f'{name}: expected a floating {argument}, got {x.dtype}; convert it: x.astype("float32")'
        )


def of_dtype(name: str, argument: str, x: Any, input: Any) -> Any:
    """Return ``x`` in the dtype of ``input``: integers are converted, other floating dtypes refused."""
    check_array(name, argument, x)
    if x.dtype.kind in "biu":
        return x.astype(input.dtype)
    if x.dtype != input.dtype:
        raise DtypeError(
            f"{name}: expected input and {argument} of one dtype, got {input.dtype} and {x.dtype}; "
            f'convert the {argument}: {argument}.astype("{input.dtype}")'
        )
    return x


def matched(name: str, input: Any, target: Any, argument: str = "target") -> Any:
    """Check that ``input`` is floating and ``target`` of its shape; return that, of its dtype."""
    check_floating(name, "input", input)
    target = of_dtype(name, argument, target, input)
    if input.shape != target.shape:
        raise ShapeError(
            f"{name}: expected input and {argument} of one shape, got {input.shape} and {target.shape}; "
            "reshape one, or broadcast it: ag.broadcast_to"
        )
    return target


def rescaled(name: str, losses: Any, weight: Any, argument: str = "weight") -> Any:
    """Multiply losses by ``weight``, if there is one, which broadcasts to their shape."""
    if weight is None:
        return losses
    weight = of_dtype(name, argument, weight, losses)
    check_broadcasts(name, argument, weight, losses.shape)
    return losses * weight


def check_broadcasts(name: str, argument: str, x: Any, shape: tuple[int, ...]) -> None:
    """Raise `ShapeError` unless ``x`` broadcasts to a shape."""
    fits = len(x.shape) <= len(shape) and all(
        mine in (1, full) for mine, full in zip(reversed(x.shape), reversed(shape), strict=False)
    )
    if not fits:
        raise ShapeError(
            f"{name}: expected {argument} that broadcasts to the shape {shape}, got {x.shape}; insert an "
            f"axis: {argument}[:, None]"
        )


def reduced(losses: Any, reduction: str) -> Any:
    """Return the losses as they are, their sum or their mean: of nothing, that is NaN."""
    if reduction == "none":
        return losses
    total = sum(losses)
    return total if reduction == "sum" else total / (losses.size or math.nan)
