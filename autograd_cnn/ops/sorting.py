"""Sorting and searching. A sort permutes, so its cotangent comes back in the inverse order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_cnn.core.composite import constant
from autograd_cnn.core.primitive import primitive
from autograd_cnn.core.registry import case
from autograd_cnn.errors import UnsupportedError
from autograd_cnn.ops.indexing import take_along_axis
from autograd_cnn.ops.shape import reshape


def _unsorted(g: Any, permutation: Any, a_shape: tuple[int, ...], axis: int | None) -> Any:
    axis = -1 if axis is None else axis
    places = np.arange(permutation.shape[axis])
    shape = [-1 if i == axis % permutation.ndim else 1 for i in range(permutation.ndim)]
    inverse = np.empty_like(permutation)
    np.put_along_axis(inverse, permutation, places.reshape(shape), axis)
    return reshape(take_along_axis(g, inverse, axis), a_shape)


def _permuted(a: Any, axis: int | None, argsort: Any) -> tuple[Any, Any]:
    a = np.asarray(a)
    if axis is None:
        a, axis = a.reshape(-1), -1
    order = argsort(a, axis=axis)
    return np.take_along_axis(a, order, axis), order


@primitive(
    np.sort,
    residuals=("permutation",),
    samples=[
        case((2, 3)),
        case((4, 3), axis=0),
        case((2, 3), axis=None),
        case((0, 3)),
        case((5,), stable=True),
    ],
    a=_unsorted,
)
def sort(
    a: Any,
    axis: int | None = -1,
    kind: Any = None,
    order: Any = None,
    *,
    stable: bool | None = None,
    descending: bool = False,
) -> Any:
    """Sort in ascending, or ``descending``, order along ``axis`` (None: flatten first); NaN is the largest.

    Entries that tie keep their order if ``stable``, and so does what arrives at them in the backward pass.

    >>> import autograd_cnn as ag
    >>> x = ag.tensor([3.0, 1.0, 2.0], requires_grad=True)
    >>> (ag.sort(x) * [10.0, 20.0, 30.0]).sum().backward()
    >>> x.grad
    tensor([30., 10., 20.])
    """
    if order is not None:
        raise UnsupportedError("sort: order= is for arrays of records; tensors hold plain numbers")
    return _permuted(a, axis, lambda x, axis: _order(x, axis, kind, stable, descending))


def _order(a: Any, axis: int | None, kind: Any, stable: bool | None, descending: bool) -> Any:
    if not descending:
        return np.argsort(a, axis=axis, kind=kind, stable=stable)
    # Sorted from the back and read from the back, entries that tie keep their order.
    a = np.asarray(a)
    if axis is None:
        a, axis = a.reshape(-1), 0
    backwards = np.argsort(np.flip(a, axis), axis=axis, kind=kind, stable=stable)
    return a.shape[axis] - 1 - np.flip(backwards, axis)


@primitive(
    np.partition,
    residuals=("permutation",),
    samples=[
        case((3,), kth=1),
        case((3, 2), kth=0, axis=0),
        case((2, 3), kth=[1, 2]),
        case((2, 1), kth=0, axis=None),
    ],
    a=_unsorted,
)
def partition(
    a: Any, kth: int | Sequence[int], axis: int | None = -1, kind: Any = "introselect", order: Any = None
) -> Any:
    """Put entry number ``kth`` of the sorted order in its place, smaller ones before, larger ones after it.

    >>> import autograd_cnn as ag
    >>> ag.partition(ag.tensor([3.0, 1.0, 2.0]), 1)
    tensor([1., 2., 3.])
    """
    if order is not None:
        raise UnsupportedError("partition: order= is for arrays of records; tensors hold plain numbers")
    return _permuted(a, axis, lambda x, axis: np.argpartition(x, kth, axis=axis, kind=kind))


# --- Piecewise constant -------------------------------------------------------------------------------


def _argsort(
    a: Any,
    axis: int | None = -1,
    kind: Any = None,
    order: Any = None,
    *,
    stable: bool | None = None,
    descending: bool = False,
) -> Any:
    if order is not None:
        raise UnsupportedError("argsort: order= is for arrays of records; tensors hold plain numbers")
    if kind is None and stable is None:
        stable = True  # as the array API standard wants; NumPy leaves open where ties go
    return _order(a, axis, kind, stable, descending)


argsort = constant(np.argsort, forward=_argsort, method=True)

argpartition = constant(np.argpartition, method=True)
lexsort = constant(np.lexsort)
searchsorted = constant(np.searchsorted, method=True)
digitize = constant(np.digitize)
unique = constant(np.unique)
# NumPy 2.3 gives them in the order of a hash table; libraries that rely on the sorted one abound.
unique_values = constant(np.unique_values, forward=lambda x: np.unique(x, equal_nan=False))
unique_counts = constant(np.unique_counts)
unique_inverse = constant(np.unique_inverse)
unique_all = constant(np.unique_all)
isin = constant(np.isin)
nonzero = constant(np.nonzero, method=True)
flatnonzero = constant(np.flatnonzero)
argwhere = constant(np.argwhere)
