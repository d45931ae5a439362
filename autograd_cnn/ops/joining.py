"""Joining and splitting along axes, and bringing arrays to a common number of axes or shape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autograd_cnn.core.composite import composite
from autograd_cnn.core.registry import case
from autograd_cnn.errors import ArgumentError, ShapeError
from autograd_cnn.ops.shape import broadcast_to, concatenate, moveaxis, ravel, reshape, split

# --- Joining ------------------------------------------------------------------------------------------


@composite(np.hstack, samples=[case([(2, 3), (2, 1)]), case([(2,), (3,)]), case([(), (2,)])])
def hstack(tup: Sequence[Any], *, dtype: Any = None, casting: Any = "same_kind") -> Any:
    """Join arrays along their second axis; 1-d arrays along their only one.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.joining import hstack
    >>> hstack([ag.tensor([1.0]), ag.tensor([2.0, 3.0])])
    tensor([1., 2., 3.])
    """
    arrays = [_at_least_1d(item) for item in tup]
    axis = 0 if arrays and arrays[0].ndim == 1 else 1
    return concatenate(arrays, axis, dtype=dtype, casting=casting)


@composite(np.vstack, samples=[case([(2, 3), (1, 3)]), case([(3,), (2, 3)]), case([(), ()])])
def vstack(tup: Sequence[Any], *, dtype: Any = None, casting: Any = "same_kind") -> Any:
    """Join arrays along their first axis; 1-d arrays count as rows.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.joining import vstack
    >>> vstack([ag.tensor([1.0, 2.0]), ag.tensor([3.0, 4.0])]).shape
    (2, 2)
    """
    return concatenate([_at_least_2d(item) for item in tup], 0, dtype=dtype, casting=casting)


@composite(np.dstack, samples=[case([(2, 3), (2, 3)]), case([(3,), (3,)]), case([(2, 3, 1), (2, 3, 2)])])
def dstack(tup: Sequence[Any]) -> Any:
    """Join arrays along their third axis; (N,) counts as (1, N, 1), (M, N) as (M, N, 1).

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.joining import dstack
    >>> dstack([ag.zeros((2, 3)), ag.zeros((2, 3))]).shape
    (2, 3, 2)
    """
    return concatenate([_at_least_3d(item) for item in tup], 2)


@composite(np.column_stack, samples=[case([(3,), (3, 2)]), case([(3,), (3,)])])
def column_stack(tup: Sequence[Any]) -> Any:
    """Join 1-d arrays as the columns of a matrix; 2-d arrays as they are.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.joining import column_stack
    >>> column_stack([ag.tensor([1.0, 2.0]), ag.tensor([3.0, 4.0])])
    tensor([[1., 3.],
            [2., 4.]])
    """
    arrays = [_array(item) for item in tup]
    return concatenate([reshape(a, (-1, 1)) if a.ndim < 2 else a for a in arrays], 1)


@composite(np.block, samples=[case([(2, 3), (2, 1)]), case([(), (2,)]), case((2, 3))])
def block(arrays: Any) -> Any:
    """Join nested lists of blocks: the innermost along the last axis, the next along the one before it.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.joining import block
    >>> block([[ag.eye(1), ag.zeros((1, 2))], [ag.ones((1, 3))]])
    tensor([[1., 0., 0.],
            [1., 1., 1.]])
    """
    depths, most = set(), 0
    for depth, leaf in _leaves(arrays, 0):
        depths.add(depth)
        most = max(most, depth, np.ndim(leaf))
    if len(depths) > 1:
        raise ArgumentError(f"block: expected lists nested equally deep, got depths {sorted(depths)}")

    def joined(item: Any, axis: int) -> Any:
        if isinstance(item, list):
            return concatenate([joined(part, axis + 1) for part in item], axis)
        array = _array(item)
        return reshape(array, (1,) * (most - array.ndim) + array.shape)

    return joined(arrays, -max(depths))


def _leaves(item: Any, depth: int) -> Any:
    if isinstance(item, tuple):
        raise ArgumentError("block: expected lists, got a tuple; only lists are nested blocks")
    if not isinstance(item, list):
        yield depth, item
        return
    if not item:
        raise ArgumentError("block: expected arrays in each list, got an empty list")
    for part in item:
        yield from _leaves(part, depth + 1)


@composite(np.append, samples=[case((2, 3), (2,)), case((2, 3), (1, 3), axis=0), case((2,), ())])
def append(arr: Any, values: Any, axis: int | None = None) -> Any:
    """Join ``values`` to the end of ``arr`` along ``axis`` (None: flatten both first).

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.joining import append
    >>> append(ag.tensor([1.0, 2.0]), 3.0)
    tensor([1., 2., 3.])
    """
    arr, values = _array(arr), _array(values)
    if axis is None:
        return concatenate([ravel(arr), ravel(values)], 0)
    return concatenate([arr, values], axis)


@composite(
    np.insert,
    samples=[
        case((2, 3), (), obj=1),
        case((2, 3), (2,), obj=1, axis=1),
        case((2, 3), (2, 3), obj=1, axis=0),
        case((2, 3), (2, 1), obj=[1], axis=1),
        case((2, 3), (2, 2), obj=[0, 3], axis=1),
        case((5,), (3,), obj=[2, 2, 0]),
        case((4,), (), obj=slice(1, 3)),
        case((4,), (2,), obj=-1),
    ],
)
def insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    """Return ``arr`` with ``values`` inserted before the indices ``obj`` along ``axis`` (None: flattened).

    ``obj`` is an index, a sequence of them, a slice or a mask; ``values`` broadcast, and take the dtype of
    ``arr``. Raises IndexError for an index that is not there.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.joining import insert
    >>> insert(ag.tensor([1.0, 2.0]), 1, 5.0)
    tensor([1., 5., 2.])
    """
    arr, values = _array(arr), _array(values)
    if axis is None:
        arr, axis = ravel(arr), 0
    axis = normalize_axis_index(axis, arr.ndim)
    n = arr.shape[axis]
    places = _places(obj, n)
    if values.ndim < arr.ndim:
        values = reshape(values, (1,) * (arr.ndim - values.ndim) + values.shape)
    if places.ndim == 0:
        values = moveaxis(values, 0, axis)
    count = values.shape[axis] if places.size == 1 else places.size
    values = broadcast_to(values, (*arr.shape[:axis], count, *arr.shape[axis + 1 :])).astype(arr.dtype)
    order = np.insert(np.arange(n), places.item() if places.size == 1 else places, n + np.arange(count))
    return concatenate([arr, values], axis)[(slice(None),) * axis + (order,)]


def _places(obj: Any, n: int) -> Any:
    if isinstance(obj, slice):
        return np.arange(*obj.indices(n))
    places = np.asarray(obj)
    if places.dtype == np.bool_:
        return np.flatnonzero(places)
    return places.astype(np.intp) if places.size == 0 else places


@composite(
    np.delete,
    samples=[
        case((2, 3), obj=1),
        case((2, 3), obj=[0, -1], axis=1),
        case((2, 3), obj=slice(None, None, 2), axis=-1),
        case((3,), obj=np.array([True, False, True])),
    ],
)
def delete(arr: Any, obj: Any, axis: int | None = None) -> Any:
    """Return ``arr`` without the entries at the indices ``obj`` along ``axis`` (None: flattened).

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.joining import delete
    >>> delete(ag.tensor([1.0, 2.0, 3.0]), [0, 2])
    tensor([2.])
    """
    if axis is None:
        arr, axis = ravel(arr), 0
    axis = normalize_axis_index(axis, arr.ndim)
    return arr[(slice(None),) * axis + (np.delete(np.arange(arr.shape[axis]), obj),)]


# --- Splitting ----------------------------------------------------------------------------------------


@composite(
    np.array_split,
    samples=[
        case((5, 2), indices_or_sections=3),
        case((2, 3), indices_or_sections=2, axis=1),
        case((2, 5), indices_or_sections=[1, 3], axis=-1),
    ],
)
def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    """Split into a list of parts as equal as possible, the first ones larger, or at the given indices.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.joining import array_split
    >>> array_split(ag.tensor([1.0, 2.0, 3.0]), 2)[0].shape
    (2,)
    """
    if np.ndim(indices_or_sections) == 0:
        sections = int(indices_or_sections)
        if sections < 1:
            raise ArgumentError(f"array_split: expected 1 or more sections, got {sections}")
        size, larger = divmod(ary.shape[axis], sections)
        indices_or_sections = [size * i + min(i, larger) for i in range(1, sections)]
    return split(ary, indices_or_sections, axis)


def _at_least(ary: Any, ndim: int, name: str) -> None:
    if ary.ndim < ndim:
        raise ShapeError(
            f"{name}: expected {ndim} or more axes, got shape {ary.shape}; use ag.split(x, n, axis)"
        )


@composite(np.hsplit, samples=[case((2, 4), indices_or_sections=2), case((4,), indices_or_sections=[1])])
def hsplit(ary: Any, indices_or_sections: Any) -> Any:
    """Split along the second axis; a 1-d array along its only one.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.joining import hsplit
    >>> hsplit(ag.zeros((2, 4)), 2)[0].shape
    (2, 2)
    """
    _at_least(ary, 1, "hsplit")
    return split(ary, indices_or_sections, min(ary.ndim - 1, 1))


@composite(np.vsplit, samples=[case((4, 2), indices_or_sections=2)])
def vsplit(ary: Any, indices_or_sections: Any) -> Any:
    """Split along the first axis of two or more.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.joining import vsplit
    >>> vsplit(ag.zeros((4, 2)), 2)[0].shape
    (2, 2)
    """
    _at_least(ary, 2, "vsplit")
    return split(ary, indices_or_sections, 0)


@composite(np.dsplit, samples=[case((2, 2, 4), indices_or_sections=[1, 3])])
def dsplit(ary: Any, indices_or_sections: Any) -> Any:
    """Split along the third axis.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.joining import dsplit
    >>> dsplit(ag.zeros((2, 2, 4)), 2)[0].shape
    (2, 2, 2)
    """
    _at_least(ary, 3, "dsplit")
    return split(ary, indices_or_sections, 2)


# np.unstack is of NumPy 2.1.
@composite(getattr(np, "unstack", None), samples=[case((3, 2)), case((2, 3), axis=-1)])
def unstack(x: Any, /, *, axis: int = 0) -> Any:
    """Return the slices along ``axis``, as a tuple.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.joining import unstack
    >>> unstack(ag.tensor([[1.0, 2.0], [3.0, 4.0]]))[1]
    tensor([3., 4.])
    """
    _at_least(x, 1, "unstack")
    axis = normalize_axis_index(axis, x.ndim)
    rest = x.shape[:axis] + x.shape[axis + 1 :]
    # One op for all of them: the transpose of indexing, slice by slice, would fill the whole array each time.
    return tuple(reshape(part, rest) for part in (split(x, x.shape[axis], axis) if x.shape[axis] else ()))


# --- Numbers of axes, and shapes ----------------------------------------------------------------------


def _array(x: Any) -> Any:
    return x if hasattr(x, "ndim") else np.asarray(x)


def _at_least_1d(x: Any) -> Any:
    x = _array(x)
    return reshape(x, (1,)) if x.ndim == 0 else x


def _at_least_2d(x: Any) -> Any:
    x = _at_least_1d(x)
    return reshape(x, (1, x.shape[0])) if x.ndim == 1 else x


def _at_least_3d(x: Any) -> Any:
    x = _at_least_2d(x) if np.ndim(x) < 2 else x
    return reshape(x, (*x.shape, 1)) if x.ndim == 2 else x


def _each(arrays: tuple[Any, ...], function: Callable[[Any], Any]) -> Any:
    results = tuple(map(function, arrays))
    return results[0] if len(results) == 1 else results


@composite(np.atleast_1d, samples=[case(()), case((), (2,))])
def atleast_1d(*arys: Any) -> Any:
    """Give arrays one axis, if they have none; of several arrays a tuple.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.joining import atleast_1d
    >>> atleast_1d(ag.tensor(1.0)).shape
    (1,)
    """
    return _each(arys, _at_least_1d)


@composite(np.atleast_2d, samples=[case(()), case((3,), (2, 2))])
def atleast_2d(*arys: Any) -> Any:
    """Give arrays two axes, if they have fewer: (N,) becomes (1, N); of several arrays a tuple.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.joining import atleast_2d
    >>> atleast_2d(ag.tensor([1.0, 2.0])).shape
    (1, 2)
    """
    return _each(arys, _at_least_2d)


@composite(np.atleast_3d, samples=[case(()), case((3,), (2, 2), (1, 2, 3))])
def atleast_3d(*arys: Any) -> Any:
    """Give arrays three axes, if they have fewer: (N,) becomes (1, N, 1), (M, N) becomes (M, N, 1).

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.joining import atleast_3d
    >>> atleast_3d(ag.tensor([1.0, 2.0])).shape
    (1, 2, 1)
    """
    return _each(arys, _at_least_3d)


@composite(np.broadcast_arrays, samples=[case((3,), (2, 1)), case((), (2,), (1,))])
def broadcast_arrays(*args: Any, subok: bool = False) -> Any:
    """Broadcast arrays to their common shape; a tuple of them.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.joining import broadcast_arrays
    >>> broadcast_arrays(ag.zeros(3), ag.zeros((2, 1)))[1].shape
    (2, 3)
    """
    common = np.broadcast_shapes(*map(np.shape, args))
    return tuple(broadcast_to(array, common) for array in args)


@composite(np.meshgrid, samples=[case((2,), (3,)), case((2,), (3,), (4,)), case(())])
def meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> Any:
    """Return coordinate matrices of coordinate vectors of lengths N1, N2 …, as a tuple.

    Their shape is (N2, N1, N3 …) if ``indexing`` is "xy", (N1, N2, N3 …) if it is "ij"; ``sparse`` ones have
    length 1 along all axes but their own.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.joining import meshgrid
    >>> meshgrid(ag.tensor([1.0, 2.0]), ag.tensor([3.0, 4.0, 5.0]))[0].shape
    (3, 2)
    """
    if indexing not in ("xy", "ij"):
        raise ArgumentError(f"meshgrid: expected indexing='xy' or 'ij', got {indexing!r}")
    place = list(range(len(xi)))
    if indexing == "xy" and len(xi) > 1:
        place[:2] = 1, 0
    grids = []
    for axis, x in zip(place, xi, strict=True):
        grids.append(reshape(x, (1,) * axis + (-1,) + (1,) * (len(xi) - axis - 1)))
    return tuple(grids) if sparse else broadcast_arrays(*grids)
