"""Rows of a table by number."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_cnn.core.grad_mode import no_grad
from autograd_cnn.core.inplace import writable
from autograd_cnn.core.tensor import Tensor
from autograd_cnn.errors import ArgumentError, DtypeError, ShapeError, UnsupportedError
from autograd_cnn.nn.functional.checks import check_array, like, raw
from autograd_cnn.ops.elementwise import where


def embedding(
    input: Any,
    weight: Any,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Any:
    """Return the rows of ``weight`` (V, D) that the integers of ``input`` (\\*) number: (\\*, D).

    The row ``padding_idx`` gets no gradient. With ``max_norm`` the rows that are used are first scaled
    down, in place, to at most that ``norm_type``-norm.

    Raises `ShapeError`, `DtypeError`, `ArgumentError`, and `UnsupportedError` for ``scale_grad_by_freq`` and
    ``sparse``: gradients are dense here.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.embedding(ag.tensor([1, 0]), ag.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor([[3., 4.],
            [1., 2.]])
    """
    numbers = raw(input)
    check_array("embedding", "weight", weight)
    if scale_grad_by_freq or sparse:
        raise UnsupportedError(
            "embedding: expected scale_grad_by_freq=False and sparse=False; gradients are dense, and are not "
            "divided by how often a row occurs"
        )
    check_rows("embedding", numbers, weight)
    rows = weight.shape[0]
    if max_norm is not None:
        renormalise(weight, np.unique(numbers), max_norm, norm_type)
    out = weight[numbers]
    if padding_idx is None:
        return out
    if not -rows <= padding_idx < rows:
        raise ArgumentError(f"embedding: expected padding_idx to be one of {rows} rows, got {padding_idx}")
    padded = (numbers == padding_idx % rows)[..., None]
    return where(padded, like(out, raw(out)), out)


def check_rows(name: str, numbers: Any, weight: Any) -> None:
    """Raise unless ``numbers`` are of rows of the table ``weight``."""
    if numbers.dtype.kind not in "iu":
        raise DtypeError(f"{name}: expected integers, got {numbers.dtype}; convert: .astype(int)")
    if len(weight.shape) != 2:
        raise ShapeError(f"{name}: expected a weight of shape (rows, entries), got {weight.shape}")
    rows = weight.shape[0]
    if numbers.size and not 0 <= numbers.min() <= numbers.max() < rows:
        raise ArgumentError(
            f"{name}: expected numbers of rows from 0 to {rows - 1}, got {numbers.min()} to {numbers.max()}"
        )


def renormalise(weight: Any, used: Any, max_norm: float, norm_type: float) -> None:
    """Scale the rows ``used`` down, in place, to at most this norm."""
    rows = raw(weight)[used]
    norms = np.linalg.norm(rows, norm_type, axis=1, keepdims=True)
    scaled = np.where(norms > max_norm, rows * (max_norm / (norms + 1e-7)), rows)
    del rows  # no view of the buffer may be left, or it would be copied
    with no_grad():
        buffer = writable(weight, "embedding with max_norm") if isinstance(weight, Tensor) else weight
    buffer[used] = scaled


def one_hot(tensor: Any, num_classes: int = -1) -> Any:
    """Return integers (\\*) as rows of zeros with a one: (\\*, num_classes), by default the largest plus 1.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.one_hot(ag.tensor([0, 2]))
    tensor([[1, 0, 0],
            [0, 0, 1]])
    """
    numbers = raw(tensor)
    if numbers.dtype.kind not in "iu":
        raise DtypeError(f"one_hot: expected integers, got {numbers.dtype}; convert: .astype(int)")
    if num_classes == -1 and not numbers.size:
        raise ArgumentError("one_hot: expected num_classes for an input that is empty")
    classes = int(numbers.max()) + 1 if num_classes == -1 else num_classes
    if classes < 1 or (numbers.size and not 0 <= numbers.min() <= numbers.max() < classes):
        raise ArgumentError(f"one_hot: expected integers from 0 to {classes - 1}, got {numbers}")
    return like(tensor, (numbers[..., None] == np.arange(classes)).astype(np.int64))
