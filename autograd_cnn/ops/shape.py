"""Rearranging entries: linear maps, each with its transpose as VJP."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from autograd_cnn.core.broadcasting import sum_to_shape
from autograd_cnn.core.composite import composite, constant
from autograd_cnn.core.primitive import primitive
from autograd_cnn.core.registry import NUMPY, case
from autograd_cnn.core.tensor import Tensor, check_device, wrap
from autograd_cnn.errors import ArgumentError


@primitive(
    np.reshape,
    kind="linear",
    samples=[
        case((2, 6), shape=(3, -1)),
        case((0, 3), shape=(3, 0)),
        case((), shape=(1, 1)),
        case((2, 3, 2), shape=(4, 3), order="F"),
    ],
    a=lambda g, a_shape, order: reshape(g, a_shape, order),
)
def reshape(a: Any, shape: Any, order: Any = "C", *, copy: bool | None = None) -> Any:
    """Give ``a`` another ``shape`` with as many entries; one length may be -1.

    Entries are read and placed in the ``order`` "C", the last axis fastest, or "F", the first axis fastest.
    ``copy`` says whether the memory is new: always (True), never (False: `ArgumentError` if it has to be),
    or if it has to be (None).

    >>> import autograd_cnn as ag
    >>> ag.reshape(ag.tensor([1.0, 2.0, 3.0, 4.0]), (2, -1)).shape
    (2, 2)
    """
    if order not in ("C", "F"):
        raise ArgumentError(f"reshape: expected order='C' or 'F', got {order!r}; others depend on the memory")
    a = np.asarray(a)
    result = a.reshape(shape, order=order)
    if copy is None:
        return result
    shared = a.size == 0 or np.may_share_memory(a, result)
    if copy:
        return result.copy() if shared else result
    if not shared:
        raise ArgumentError(
            f"reshape: an array with strides {a.strides} cannot be reshaped from {a.shape} to {result.shape} "
            "without a copy; say copy=None"
        )
    return result


@primitive(
    np.transpose,
    kind="linear",
    samples=[case((2, 3, 4), axes=(2, 0, 1)), case((2, 3)), case((2, 3, 4), axes=(-1, 0, 1))],
    a=lambda g, axes: transpose(g, _inverse(axes)),
)
def transpose(a: Any, axes: Sequence[int] | None = None) -> Any:
    """Permute the axes (None: reverse them).

    >>> import autograd_cnn as ag
    >>> ag.transpose(ag.zeros((2, 3, 4)), (2, 0, 1)).shape
    (4, 2, 3)
    """
    return np.transpose(a, axes)


def _inverse(axes: Sequence[int] | None) -> tuple[int, ...] | None:
    if axes is None:
        return None
    return tuple(sorted(range(len(axes)), key=lambda axis: axes[axis] % len(axes)))


@primitive(
    np.swapaxes,
    kind="linear",
    method=True,
    samples=[case((2, 3, 4), axis1=0, axis2=-1)],
    a=lambda g, axis1, axis2: swapaxes(g, axis1, axis2),
)
def swapaxes(a: Any, axis1: int, axis2: int) -> Any:
    """Exchange two axes.

    >>> import autograd_cnn as ag
    >>> ag.swapaxes(ag.zeros((2, 3, 4)), 0, 2).shape
    (4, 3, 2)
    """
    return np.swapaxes(a, axis1, axis2)


@primitive(
    np.broadcast_to,
    kind="linear",
    samples=[case((3, 1), shape=(2, 3, 4)), case((), shape=(2,)), case((1,), shape=(0,))],
    array=lambda g, array_shape: sum_to(g, array_shape),
)
def broadcast_to(array: Any, shape: Any) -> Any:
    """Repeat ``array`` along new and length-1 axes until it has ``shape``; a read-only view.

    >>> import autograd_cnn as ag
    >>> ag.broadcast_to(ag.tensor([1.0, 2.0]), (3, 2)).shape
    (3, 2)
    """
    return np.broadcast_to(array, shape)


@primitive(
    kind="linear",
    samples=[
        case((2, 3, 4), shape=(3, 1)),
        case((2,), shape=()),
        case((0, 3), shape=(1, 3)),
        case((2, 3), shape=(3,)),
    ],
    array=lambda g, array_shape: broadcast_to(g, array_shape),
)
def sum_to(array: Any, shape: tuple[int, ...]) -> Any:
    """Sum over the axes along which ``shape`` was broadcast: the transpose of `broadcast_to`.

    >>> import autograd_cnn as ag
    >>> ag.ops.shape.sum_to(ag.ones((3, 2)), (1, 2))
    tensor([[3., 3.]])
    """
    return sum_to_shape(array, shape)


@primitive(
    np.concatenate,
    kind="linear",
    samples=[
        case([(2, 3), (1, 3), (0, 3)], axis=0),
        case([(2, 3), (2, 1)], axis=-1),
        case([(2,), (3, 1)], axis=None),
    ],
    arrays=lambda g, index, arrays_shape, axis: _part(g, index, arrays_shape, axis),
)
def concatenate(
    arrays: Sequence[Any], axis: int | None = 0, *, dtype: Any = None, casting: Any = "same_kind"
) -> Any:
    """Join arrays along an existing ``axis`` (None: flatten them first), as their common dtype or ``dtype``.

    >>> import autograd_cnn as ag
    >>> ag.concatenate([ag.tensor([1.0]), ag.tensor([2.0, 3.0])])
    tensor([1., 2., 3.])
    """
    return np.concatenate(arrays, axis=axis, dtype=dtype, casting=casting)


def _part(g: Any, index: int, shapes: Sequence[tuple[int, ...]], axis: int | None) -> Any:
    if axis is None:
        start = sum(math.prod(shape) for shape in shapes[:index])
        return g[start : start + math.prod(shapes[index])].reshape(shapes[index])
    start = sum(shape[axis] for shape in shapes[:index])
    return g[(slice(None),) * (axis % g.ndim) + (slice(start, start + shapes[index][axis]),)]


@primitive(
    np.split,
    kind="linear",
    outputs=(),
    samples=[case((4, 3), indices_or_sections=2), case((3, 5), indices_or_sections=[1, 3], axis=-1)],
    ary=lambda g, ary_shape, axis, indices_or_sections: _joined(g, ary_shape, axis, indices_or_sections),
)
def split(ary: Any, indices_or_sections: int | Sequence[int], axis: int = 0) -> Any:
    """Split into a list of equal parts, or at the given indices, along ``axis``.

    >>> import autograd_cnn as ag
    >>> first, second = ag.split(ag.tensor([1.0, 2.0, 3.0, 4.0]), 2)
    >>> second
    tensor([3., 4.])
    """
    ary = np.asarray(ary)
    return np.split(ary, indices_or_sections, axis=normalize_axis_index(axis, ary.ndim))


def _joined(g: Any, shape: tuple[int, ...], axis: int, indices_or_sections: int | Sequence[int]) -> Any:
    # The parts that nothing depended on have no cotangent: they count as zeros.
    given = next(part for part in g if part is not None)
    if all(part is not None for part in g):
        return concatenate(g, axis)
    places = np.split(np.empty(shape, np.bool_), indices_or_sections, axis=axis)
    parts = [
        np.zeros(place.shape, given.dtype) if part is None else part
        for part, place in zip(g, places, strict=True)
    ]
    return concatenate(parts, axis)


@primitive(
    np.flip,
    kind="linear",
    samples=[case((2, 3)), case((2, 3), axis=1), case((2, 3, 4), axis=(0, -1))],
    m=lambda g, axis: flip(g, axis),
)
def flip(m: Any, axis: int | tuple[int, ...] | None = None) -> Any:
    """Reverse the order along the axes (None: all of them).

    >>> import autograd_cnn as ag
    >>> ag.flip(ag.tensor([1.0, 2.0]))
    tensor([2., 1.])
    """
    return np.flip(m, axis)


@primitive(kind="linear", method=True, samples=[case((2, 3), dtype=np.float64)], x=lambda g: g)
def astype(x: Any, dtype: Any, *, copy: bool = True, device: str | None = None) -> Any:
    """Convert the entries to ``dtype``; the gradient comes back in the dtype of ``x``.

    >>> import autograd_cnn as ag
    >>> ag.tensor([1.5]).astype("float32").dtype
    dtype('float32')
    """
    check_device("astype", device)
    return np.asarray(x).astype(dtype, copy=copy)


# --- Composed -----------------------------------------------------------------------------------------


@composite(np.moveaxis, samples=[case((2, 3, 4), source=0, destination=-1)])
def moveaxis(a: Any, source: Any, destination: Any) -> Any:
    """Move axes to other places; the rest keep their order.

    >>> import autograd_cnn as ag
    >>> ag.moveaxis(ag.zeros((2, 3, 4)), 0, -1).shape
    (3, 4, 2)
    """
    sources = normalize_axis_tuple(source, a.ndim, "source")
    destinations = normalize_axis_tuple(destination, a.ndim, "destination")
    axes = [axis for axis in range(a.ndim) if axis not in sources]
    for place, axis in sorted(zip(destinations, sources, strict=True)):
        axes.insert(place, axis)
    return transpose(a, tuple(axes))


@composite(np.expand_dims, samples=[case((2, 3), axis=1), case((2,), axis=(0, -1))])
def expand_dims(a: Any, axis: int | tuple[int, ...]) -> Any:
    """Insert axes of length 1.

    >>> import autograd_cnn as ag
    >>> ag.expand_dims(ag.zeros(3), 0).shape
    (1, 3)
    """
    return reshape(a, np.expand_dims(np.broadcast_to(0, a.shape), axis).shape)


@composite(np.squeeze, method=True, samples=[case((1, 3, 1)), case((1, 3, 1), axis=0)])
def squeeze(a: Any, axis: int | tuple[int, ...] | None = None) -> Any:
    """Remove axes of length 1 (None: all of them).

    >>> import autograd_cnn as ag
    >>> ag.squeeze(ag.zeros((1, 3, 1))).shape
    (3,)
    """
    return reshape(a, np.squeeze(np.broadcast_to(0, a.shape), axis).shape)


@composite(np.ravel, method=True, samples=[case((2, 3)), case((2, 3), order="F")])
def ravel(a: Any, order: Any = "C") -> Any:
    """Flatten to one axis, the last axis fastest, or with ``order="F"`` the first.

    >>> import autograd_cnn as ag
    >>> ag.ravel(ag.zeros((2, 3))).shape
    (6,)
    """
    return reshape(a, (a.size,), order)


@composite(np.stack, samples=[case([(2, 3), (2, 3)], axis=1), case([(), ()])])
def stack(arrays: Sequence[Any], axis: int = 0, *, dtype: Any = None, casting: Any = "same_kind") -> Any:
    """Join arrays of one shape along a new axis.

    >>> import autograd_cnn as ag
    >>> ag.stack([ag.tensor(1.0), ag.tensor(2.0)])
    tensor([1., 2.])
    """
    return concatenate([expand_dims(item, axis) for item in arrays], axis, dtype=dtype, casting=casting)


def full_like(
    a: Any, fill_value: Any, dtype: Any = None, *, shape: Any = None, device: str | None = None
) -> Any:
    """Return ``fill_value``, as often as it takes, in the shape and dtype of ``a`` unless others are given.

    Of ``a``, only these are read; gradients flow to a ``fill_value`` that is a tensor.

    >>> import autograd_cnn as ag
    >>> ag.full_like(ag.zeros(2), 3.0)
    tensor([3., 3.])
    """
    check_device("full_like", device)
    a = a if isinstance(a, Tensor) else np.asarray(a)
    dtype = a.dtype if dtype is None else np.dtype(dtype)
    filled = broadcast_to(fill_value, a.shape if shape is None else shape)
    if isinstance(filled, Tensor):
        return astype(filled, dtype)
    return wrap(np.array(filled, dtype), None) if isinstance(a, Tensor) else np.array(filled, dtype)


NUMPY[np.full_like] = full_like


shape = constant(np.shape)
ndim = constant(np.ndim)
size = constant(np.size)
zeros_like = constant(np.zeros_like)
ones_like = constant(np.ones_like)
empty_like = constant(np.empty_like)
iscomplexobj = constant(np.iscomplexobj)
isrealobj = constant(np.isrealobj)
array_equal = constant(np.array_equal)
allclose = constant(np.allclose)
isclose = constant(np.isclose)
result_type = constant(np.result_type)
