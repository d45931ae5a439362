"""Sums, means and maxima of rows of a table."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_cnn.errors import ArgumentError, DtypeError, ShapeError, UnsupportedError
from autograd_cnn.nn.functional.checks import check_array, raw
from autograd_cnn.nn.functional.embedding import check_rows, renormalise
from autograd_cnn.ops.elementwise import where
from autograd_cnn.ops.indexing import scatter_add
from autograd_cnn.ops.shape import reshape


def embedding_bag(
    input: Any,
    weight: Any,
    offsets: Any = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Any = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Any:
    """Return the sum, mean or maximum of the rows of ``weight`` (V, D) in each bag: (B, D).

    ``input`` numbers the rows: (B, N) integers are B bags; (N,) are cut into bags where ``offsets`` (B,) says
    that they begin (with ``include_last_offset``, (B + 1,): the last is N, where the last bag ends).
    ``mode`` is "sum", "mean" or "max"; a sum may have ``per_sample_weights``, in the shape of ``input``. Rows
    ``padding_idx`` are left out, and count for nothing; an empty bag gives zeros. Of equal rows, the gradient
    of a maximum goes to the first. ``max_norm`` and ``norm_type`` are those of `embedding`.

    Raises `ShapeError`, `DtypeError`, `ArgumentError`, and `UnsupportedError` for ``scale_grad_by_freq`` and
    ``sparse``: gradients are dense here.

    >>> import autograd_cnn as ag
    >>> weight = ag.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 0.0]])
    >>> ag.nn.functional.embedding_bag(ag.tensor([0, 1, 2]), weight, offsets=ag.tensor([0, 1]))
    tensor([[1., 2.],
            [4., 2.]])
    """
    name = "embedding_bag"
    check_mode(name, mode)
    check_array(name, "weight", weight)
    if scale_grad_by_freq or sparse:
        raise UnsupportedError(
            f"{name}: expected scale_grad_by_freq=False and sparse=False; gradients are dense, and are not "
            "divided by how often a row occurs"
        )
    numbers, starts = raw(input), _starts(raw(input), offsets, include_last_offset)
    check_rows(name, numbers, weight)
    factors = _factors(numbers, weight, mode, per_sample_weights)
    numbers = numbers.reshape(-1)
    bags = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    if padding_idx is not None:
        rows = weight.shape[0]
        if not -rows <= padding_idx < rows:
            raise ArgumentError(f"{name}: expected padding_idx to be one of {rows} rows, got {padding_idx}")
        kept = np.flatnonzero(numbers != padding_idx % rows)
        numbers, bags = numbers[kept], bags[kept]
        factors = None if factors is None else factors[kept]
    if max_norm is not None:
        renormalise(weight, np.unique(numbers), max_norm, norm_type)
    shape = (len(starts) - 1, weight.shape[1])
    sizes = np.bincount(bags, minlength=shape[0])
    if mode == "max":
        return _largest(weight, numbers, bags, sizes, shape)
    chosen = weight[numbers]
    if factors is not None:
        chosen = chosen * reshape(factors, (len(numbers), 1))
    sums = scatter_add(chosen, bags, shape)
    return sums if mode == "sum" else sums / np.maximum(sizes, 1).astype(weight.dtype)[:, None]


def check_mode(name: str, mode: str) -> None:
    """Raise `ArgumentError` for an unknown mode."""
    if mode not in ("sum", "mean", "max"):
        raise ArgumentError(f"{name}: expected mode 'sum', 'mean' or 'max', got {mode!r}")


def _starts(numbers: Any, offsets: Any, include_last_offset: bool) -> Any:
    """Where each bag begins among all numbers, and where the last one ends."""
    if numbers.ndim == 2:
        if offsets is not None:
            raise ArgumentError(
                "embedding_bag: expected no offsets for bags (B, N), which are as long, got some"
            )
        return np.arange(numbers.shape[0] + 1) * numbers.shape[1]
    if numbers.ndim != 1 or offsets is None:
        raise ShapeError(
            "embedding_bag: expected input of shape (B, N), or (N,) with offsets, got "
            f"{numbers.shape} {'without' if offsets is None else 'and'} offsets"
        )
    starts = raw(offsets)
    if starts.ndim != 1 or starts.dtype.kind not in "iu":
        raise ShapeError(
            "embedding_bag: expected integer offsets of shape (B,), got "
            f"{starts.dtype} of shape {starts.shape}"
        )
    starts = starts.astype(np.int64)
    if not include_last_offset:
        starts = np.append(starts, numbers.size)
    if not starts.size or starts[0] or (np.diff(starts) < 0).any() or starts[-1] != numbers.size:
        last = f" and, with include_last_offset, {numbers.size} the last" if include_last_offset else ""
        raise ArgumentError(
            f"embedding_bag: expected offsets from 0, in ascending order, to at most {numbers.size}, the "
            f"length of input{last}, got {raw(offsets).tolist()}"
        )
    return starts


def _factors(numbers: Any, weight: Any, mode: str, given: Any) -> Any:
    """The weight of each number, as a vector, or None."""
    if given is None:
        return None
    check_array("embedding_bag", "per_sample_weights", given)
    if mode != "sum":
        raise ArgumentError(f"embedding_bag: expected mode='sum' with per_sample_weights, got {mode!r}")
    if given.shape != numbers.shape:
        raise ShapeError(
            f"embedding_bag: expected per_sample_weights of the shape of input, {numbers.shape}, got "
            f"{given.shape}"
        )
    if given.dtype != weight.dtype:
        raise DtypeError(
            f"embedding_bag: expected per_sample_weights of {weight.dtype}, the dtype of weight, got "
            f'{given.dtype}; convert them: .astype("{weight.dtype}")'
        )
    return reshape(given, (numbers.size,))


def _largest(weight: Any, numbers: Any, bags: Any, sizes: Any, shape: tuple[int, ...]) -> Any:
    """The largest entries of the rows of each bag; numbers of one bag stand together."""
    filled = sizes > 0
    starts = (np.cumsum(sizes) - sizes)[filled]
    rows = raw(weight)[numbers]
    places = np.zeros(shape, np.int64)
    if len(starts):
        best = np.zeros(shape, rows.dtype)
        best[filled] = np.maximum.reduceat(rows, starts)
        wins = (rows == best[bags]) | np.isnan(rows)
        order = np.where(wins, np.arange(len(rows))[:, None], len(rows))
        places[filled] = numbers[np.minimum.reduceat(order, starts)]
    return where(filled[:, None], weight[places, np.arange(shape[1])], 0)
