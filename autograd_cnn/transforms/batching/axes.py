"""Batching rules of ops that work along axes, or move them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_cnn.core.batched import Batched, Level, lower
from autograd_cnn.ops import (
    activation,
    decompositions,
    determinants,
    diagonal,
    linalg,
    padding,
    reduction,
    scans,
    shape,
    sorting,
    tiling,
    ufuncs,
    window,
)
from autograd_cnn.ops.shape import moveaxis, reshape
from autograd_cnn.transforms.batching.rule import physical_axes, physical_axis, rule


def _flat(level: Level, x: Batched) -> Any:
    return reshape(x.physical, (level.size, x.size))


@rule(
    reduction.sum,
    reduction.mean,
    reduction.max,
    reduction.min,
    reduction.logsumexp,
    reduction.all,
    reduction.any,
    reduction.count_nonzero,
    scans.prod,
    shape.flip,
)
def _over_axes(op: Any, level: Level, a: Batched, axis: Any = None, *rest: Any, **options: Any) -> Any:
    return op(a.physical, physical_axes(axis, a.ndim), *rest, **options)


@rule(reduction.argmax, reduction.argmin, reduction.cumsum, scans.cumprod)
def _along_axis(op: Any, level: Level, a: Batched, axis: Any = None, *rest: Any, **options: Any) -> Any:
    if axis is None:
        return NotImplemented if "keepdims" in options else op(_flat(level, a), 1, *rest, **options)
    return op(a.physical, physical_axis(axis, a.ndim), *rest, **options)


@rule(activation.softmax, activation.log_softmax)
def _normalized(op: Any, level: Level, x: Batched, axis: Any = -1) -> Any:
    return op(x.physical, physical_axes(axis, x.ndim))


@rule(sorting.argsort, sorting.sort)
def _along_last_axis(op: Any, level: Level, a: Batched, axis: Any = -1, *rest: Any, **options: Any) -> Any:
    return _along_axis(op, level, a, axis, *rest, **options)


@rule(tiling.repeat, tiling.roll)
def _by_amount(op: Any, level: Level, a: Batched, amount: Any, axis: Any = None) -> Any:
    if axis is not None:
        return op(a.physical, amount, physical_axis(axis, a.ndim)) if np.ndim(axis) == 0 else NotImplemented
    moved = op(_flat(level, a), amount, 1)
    return moved if op is tiling.repeat else reshape(moved, a.physical.shape)


@rule(
    shape.astype,
    ufuncs.round,
    ufuncs.around,
    window.sliding_window,
    linalg.inv,
    determinants.det,
    determinants.cofactors,
    determinants.slogdet,
    decompositions.cholesky,
    decompositions.tall_qr,
    decompositions.thin_svd,
    decompositions.eigh,
)
def _on_last_axes(op: Any, level: Level, a: Batched, *rest: Any, **options: Any) -> Any:
    """Ops of single entries or of the last axes take any axes in front."""
    return op(a.physical, *rest, **options)


@rule(window.fold)
def _fold(op: Any, level: Level, windows: Batched, window: Any, shape: Any) -> Any:
    return op(windows.physical, window, shape)


@rule(shape.reshape)
def _reshape(op: Any, level: Level, a: Batched, shape: Any, order: Any = "C", **options: Any) -> Any:
    lengths = [shape] if np.ndim(shape) == 0 else list(shape)
    if lengths.count(-1) == 1:
        place = lengths.index(-1)
        lengths[place] = a.size // max(math.prod(lengths[:place] + lengths[place + 1 :]), 1)
    return op(a.physical, (level.size, *lengths), order, **options)


@rule(shape.transpose)
def _transpose(op: Any, level: Level, a: Batched, axes: Any = None) -> Any:
    order = range(a.ndim)[::-1] if axes is None else axes
    return op(a.physical, (0, *(physical_axis(axis, a.ndim) for axis in order)))


@rule(shape.swapaxes)
def _swapaxes(op: Any, level: Level, a: Batched, axis1: int, axis2: int) -> Any:
    return op(a.physical, physical_axis(axis1, a.ndim), physical_axis(axis2, a.ndim))


@rule(shape.broadcast_to)
def _broadcast_to(op: Any, level: Level, array: Batched, shape: Any) -> Any:
    target = (shape,) if np.ndim(shape) == 0 else tuple(shape)
    aligned = reshape(array.physical, (level.size, *(1,) * (len(target) - array.ndim), *array.shape))
    return op(aligned, (level.size, *target))


@rule(shape.sum_to)
def _sum_to(op: Any, level: Level, array: Batched, shape: Any) -> Any:
    return op(moveaxis(array.physical, 0, array.ndim - len(shape)), (level.size, *shape))


@rule(shape.concatenate, inputs=2)  # of which the first is the sequence of all
def _concatenate(op: Any, level: Level, arrays: Any, axis: Any = 0, **options: Any) -> Any:
    physical = [lower(x, level) for x in arrays]
    if axis is None:
        return op([reshape(x, (level.size, math.prod(x.shape[1:]))) for x in physical], 1, **options)
    return op(physical, physical_axis(axis, physical[0].ndim - 1), **options)


@rule(shape.split)
def _split(op: Any, level: Level, ary: Batched, indices_or_sections: Any, axis: int = 0) -> Any:
    return op(ary.physical, indices_or_sections, physical_axis(axis, ary.ndim))


@rule(padding.pad_zeros)
def _pad_zeros(op: Any, level: Level, array: Batched, pad_width: Any) -> Any:
    return op(array.physical, [(0, 0), *padding._widths(array.shape, pad_width)])


@rule(diagonal.diagonal)
def _diagonal(op: Any, level: Level, a: Batched, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    return op(a.physical, offset, physical_axis(axis1, a.ndim), physical_axis(axis2, a.ndim))


@rule(diagonal.diag_embed)
def _diag_embed(
    op: Any, level: Level, values: Batched, shape: Any, offset: int = 0, axis1: int = 0, axis2: int = 1
) -> Any:
    ndim = len(shape)
    return op(
        values.physical, (level.size, *shape), offset, physical_axis(axis1, ndim), physical_axis(axis2, ndim)
    )
