"""Choosing entries: by indices, by conditions, and between arrays; functions of slices."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autograd_cnn.core.composite import composite, constant
from autograd_cnn.core.registry import NUMPY, case
from autograd_cnn.core.tensor import Tensor
from autograd_cnn.errors import ArgumentError, ShapeError, UnsupportedError
from autograd_cnn.ops.elementwise import where
from autograd_cnn.ops.indexing import set_entries
from autograd_cnn.ops.joining import unstack
from autograd_cnn.ops.shape import broadcast_to, expand_dims, moveaxis, ravel, reshape, stack


def _plain(x: Any) -> Any:
    """Indices or conditions as an array: what they depend on gets no gradient."""
    return x.detach().numpy() if isinstance(x, Tensor) else np.asarray(x)


# --- Entries of one array -----------------------------------------------------------------------------


@composite(
    np.take,
    method=True,
    samples=[
        case((2, 3), indices=[5, 0, 0]),
        case((2, 3), indices=np.array([[0, 2], [1, -1]]), axis=1),
        case((2, 3), indices=1, axis=0),
        case((2, 3), indices=[-7, 4, 2], axis=1, mode="wrap"),
        case((2, 3), indices=[-7, 4, 2], axis=1, mode="clip"),
    ],
)
def take(a: Any, indices: Any, axis: int | None = None, *, mode: str = "raise") -> Any:
    """Take entries at ``indices`` along ``axis`` (None: of the flattened array).

    ``mode`` says what an index out of bounds does: raise IndexError, wrap around, or clip to the ends.
    Repeated indices accumulate their gradients.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.selection import take
    >>> take(ag.tensor([1.0, 2.0, 3.0]), [2, 0])
    tensor([3., 1.])
    """
    indices = _plain(indices)
    if indices.dtype.kind not in "biu" and indices.size:
        raise UnsupportedError(f"take: expected integer indices, got {indices.dtype}")
    indices = indices.astype(np.intp)
    if axis is None:
        a, axis = ravel(a), 0
    axis = normalize_axis_index(axis, a.ndim)
    n = a.shape[axis]
    if mode == "wrap":
        indices = indices % n
    elif mode == "clip":
        indices = indices.clip(0, n - 1)
    elif mode != "raise":
        raise ArgumentError(f"take: expected mode to be 'raise', 'wrap' or 'clip', got {mode!r}")
    return a[(slice(None),) * axis + (indices if indices.ndim else int(indices),)]


@composite(
    np.compress,
    method=False,
    samples=[case((2, 3), condition=[True, False, True, True]), case((2, 3), condition=[0, 1], axis=1)],
)
def compress(condition: Any, a: Any, axis: int | None = None) -> Any:
    """Take the slices along ``axis`` (None: of the flattened array) where the 1-d ``condition`` is true.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.selection import compress
    >>> compress([True, False, True], ag.tensor([1.0, 2.0, 3.0]))
    tensor([1., 3.])
    """
    condition = _plain(condition)
    if condition.ndim != 1:
        raise ShapeError(f"compress: expected a condition with one axis, got shape {condition.shape}")
    return take(a, np.flatnonzero(condition), axis)


@composite(np.extract, samples=[case((2, 3), condition=[[True, False, True], [False, True, True]])])
def extract(condition: Any, arr: Any) -> Any:
    """Take the entries of the flattened ``arr`` where the flattened ``condition`` is true.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.selection import extract
    >>> extract([False, True], ag.tensor([1.0, 2.0]))
    tensor([2.])
    """
    return take(arr, np.flatnonzero(_plain(condition)))


# --- Between arrays -----------------------------------------------------------------------------------


@composite(
    np.choose,
    samples=[
        case([(2, 3), (3,), ()], a=np.array([[0, 1, 2], [2, 1, 0]])),
        case([(3,), (3,)], a=np.array([-1, 0, 5]), mode="clip"),
        case([(3,), (3,)], a=np.array([-1, 0, 5]), mode="wrap"),
        case((2, 3), a=np.array([1, 0, 1])),
    ],
)
def choose(a: Any, choices: Any, *, mode: str = "raise") -> Any:
    """Take each entry from the array in ``choices`` whose number ``a`` has at that place; all broadcast.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.selection import choose
    >>> choose([0, 1], [ag.tensor([1.0, 2.0]), ag.tensor([3.0, 4.0])])
    tensor([1., 4.])
    """
    numbers, arrays = _plain(a), unstack(choices) if isinstance(choices, Tensor) else list(choices)
    n = len(arrays)
    if numbers.dtype.kind not in "biu":
        raise UnsupportedError(f"choose: expected integers as numbers of the choices, got {numbers.dtype}")
    if mode == "wrap":
        numbers = numbers % n
    elif mode == "clip":
        numbers = numbers.clip(0, n - 1)
    elif mode != "raise":
        raise ArgumentError(f"choose: expected mode to be 'raise', 'wrap' or 'clip', got {mode!r}")
    elif numbers.size and (numbers.min() < 0 or numbers.max() >= n):
        raise ArgumentError(f"choose: expected numbers from 0 to {n - 1}, as there are {n} choices")
    return _cases([numbers == number for number in range(n - 1)], arrays[:-1], arrays[-1])


@composite(
    np.select,
    samples=[
        case(
            [(2, 3), (3,)],
            condlist=[np.array([True, False, False]), np.array([[True, True, False], [False, True, False]])],
        ),
        case([(3,)], condlist=[np.array([True, False, True])], default=5),
    ],
)
def select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Any:
    """Take each entry from the first choice whose condition is true there, else ``default``; all broadcast.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.selection import select
    >>> x = ag.tensor([-1.0, 2.0])
    >>> select([x < 0], [-x], x)
    tensor([1., 2.])
    """
    if len(condlist) != len(choicelist) or not len(condlist):
        raise ArgumentError(
            f"select: expected as many choices as conditions, at least one, got {len(choicelist)} and "
            f"{len(condlist)}"
        )
    conditions = [_plain(condition) for condition in condlist]
    for condition in conditions:
        if condition.dtype != np.bool_:
            raise UnsupportedError(
                f"select: expected boolean conditions, got {condition.dtype}; compare first"
            )
    return _cases(conditions, choicelist, default)


def _cases(conditions: Sequence[Any], choices: Sequence[Any], otherwise: Any) -> Any:
    """The first choice whose condition holds, in the dtype and shape common to all of them."""
    everything = [*choices, otherwise]
    dtype = np.result_type(*(x.dtype if hasattr(x, "dtype") else x for x in map(_weak, everything)))
    shape = np.broadcast_shapes(*(np.shape(x) for x in (*conditions, *everything)))
    result = _typed(otherwise, dtype)
    for condition, choice in zip(reversed(conditions), reversed(list(choices)), strict=True):
        result = where(condition, _typed(choice, dtype), result)
    return result if result.shape == shape else broadcast_to(result, shape)


def _weak(x: Any) -> Any:
    """Python numbers do not promote; nested lists count as the arrays that they stand for."""
    return x if hasattr(x, "dtype") or type(x) in (bool, int, float, complex) else np.asarray(x)


def _typed(x: Any, dtype: Any) -> Any:
    return x.astype(dtype) if isinstance(x, Tensor) and x.dtype != dtype else _array(x, dtype)


def _array(x: Any, dtype: Any) -> Any:
    return x if isinstance(x, Tensor) else np.asarray(x, dtype)


@composite(
    np.piecewise,
    samples=[
        case((4,), condlist=[np.array([True, False, True, False])], funclist=[np.sin, np.square]),
        case(
            (2, 2),
            condlist=[np.array([[True, False], [True, False]]), np.array([[False, True], [False, False]])],
            funclist=[lambda x: x * x, 3.0, np.exp],
        ),
        case((), condlist=[np.array(True)], funclist=[np.exp, np.sin]),
    ],
)
def piecewise(x: Any, condlist: Any, funclist: Sequence[Any], *args: Any, **kw: Any) -> Any:
    """Apply each function, or put each number, where its condition is true; one more serves the rest.

    Each function sees only the entries of its own piece, so a singularity elsewhere does no harm. Where
    several conditions are true, the last one counts; where none is, the result is 0. The result has the
    dtype of ``x``; ``args`` and ``kw`` are handed to the functions.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.selection import piecewise
    >>> x = ag.tensor([-1.0, 4.0])
    >>> piecewise(x, [x >= 0], [ag.sqrt, 0.0])
    tensor([0., 2.])
    """
    if np.ndim(condlist) == 0 or (x.ndim and np.ndim(condlist[0]) == 0):
        condlist = [condlist]
    conditions = [np.broadcast_to(_plain(condition).astype(np.bool_), x.shape) for condition in condlist]
    if len(funclist) == len(conditions) + 1:
        conditions.append(~np.logical_or.reduce(conditions))
    elif len(funclist) != len(conditions):
        raise ArgumentError(
            f"piecewise: expected {len(conditions)} or {len(conditions) + 1} functions for "
            f"{len(conditions)} conditions, got {len(funclist)}"
        )
    result: Any = Tensor(np.zeros(x.shape, x.dtype))
    for condition, function in zip(conditions, funclist, strict=True):
        if condition.any():
            piece = function(x[condition], *args, **kw) if callable(function) else function
            result = set_entries(result, piece, condition)
    return result


# --- Functions of slices ------------------------------------------------------------------------------


@composite(
    np.apply_along_axis,
    samples=[
        case((2, 3), func1d=np.sum, axis=1),
        case((2, 3, 2), func1d=lambda row: row[:2] * row[1:], axis=1),
        case((3, 2), func1d=lambda row: np.outer(row, row), axis=0),
    ],
)
def apply_along_axis(func1d: Callable[..., Any], axis: int, arr: Any, *args: Any, **kwargs: Any) -> Any:
    """Apply ``func1d`` to each 1-d slice along ``axis``; its result takes the place of that axis.

    It loops in Python, as NumPy's does. Raises `ShapeError` if there are no slices.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.selection import apply_along_axis
    >>> apply_along_axis(ag.sum, 1, ag.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor([3., 7.])
    """
    axis = normalize_axis_index(axis, arr.ndim)
    rows = moveaxis(arr, axis, -1)
    lead = rows.shape[:-1]
    if 0 in lead:
        raise ShapeError(f"apply_along_axis: there are no slices along axis {axis} of shape {arr.shape}")
    slices = unstack(reshape(rows, (math.prod(lead), rows.shape[-1])))
    results = [func1d(row, *args, **kwargs) for row in slices]
    stacked = stack([r if hasattr(r, "shape") else np.asarray(r) for r in results])
    result = reshape(stacked, lead + stacked.shape[1:])
    new = stacked.ndim - 1
    return moveaxis(result, tuple(range(len(lead), len(lead) + new)), tuple(range(axis, axis + new)))


@composite(np.apply_over_axes, samples=[case((2, 3, 4), func=np.sum, axes=(0, -1))])
def apply_over_axes(func: Callable[..., Any], a: Any, axes: Any) -> Any:
    """Apply ``func(a, axis)`` over one axis after the other; axes that it removes come back with length 1.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.selection import apply_over_axes
    >>> apply_over_axes(ag.sum, ag.ones((2, 3, 4)), (0, 2)).shape
    (1, 3, 1)
    """
    ndim = a.ndim
    for axis in np.atleast_1d(axes).tolist():
        axis = normalize_axis_index(axis, ndim)
        result = func(a, axis)
        a = result if result.ndim == ndim else expand_dims(result, axis)
        if a.ndim != ndim:
            raise ShapeError(
                f"apply_over_axes: expected a result with {ndim} or {ndim - 1} axes, got shape {result.shape}"
            )
    return a


# --- Constants, and what writes in place --------------------------------------------------------------

argwhere = constant(np.argwhere)
nonzero = constant(np.nonzero, method=True)
flatnonzero = constant(np.flatnonzero)
unravel_index = constant(np.unravel_index)
ravel_multi_index = constant(np.ravel_multi_index)
ix_ = constant(np.ix_)


def _refuse(function: Callable[..., Any], instead: str) -> None:
    def refusal(*args: Any, **kwargs: Any) -> Any:
        raise UnsupportedError(
            f"np.{function.__name__} writes into an array, which would lose the gradient; write {instead}"
        )

    NUMPY[function] = refusal


_refuse(np.copyto, "a = t, or x = x.at[mask].set(values), a new tensor")
_refuse(np.put, "x = x.reshape(-1).at[indices].set(values).reshape(x.shape), a new tensor")
_refuse(np.place, "x = x.at[mask].set(values), a new tensor")
_refuse(np.putmask, "x = ag.where(mask, values, x), or x.at[mask].set(values), a new tensor")
_refuse(np.put_along_axis, "x = x.at[np.arange(len(x))[:, None], indices].set(values), a new tensor")
_refuse(np.fill_diagonal, "x = x.at[np.diag_indices(n)].set(values), a new tensor")
