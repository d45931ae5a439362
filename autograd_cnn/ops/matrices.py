"""What the ops of linear algebra share: pieces of matrices, and functions of one matrix applied to many.

The tape transposes derivatives without conjugating (`autograd_cnn.core.backprop`), so the formulas of the
literature, which are written with the cotangent conjugated, appear here conjugated as a whole: where a
paper has V V̄ Vᴴ with the cotangent V̄, the code has ``v.conj() @ g @ v.mT``.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_cnn.core.batched import lower_like
from autograd_cnn.core.tensor import Tensor
from autograd_cnn.errors import ShapeError, UnsupportedError
from autograd_cnn.ops.elementwise import where


def scipy_linalg() -> Any:
    """Return `scipy.linalg`, loaded at its first use: it takes longer to import than all of NumPy."""
    return importlib.import_module("scipy.linalg")


def check_matrices(a: Any, name: str) -> None:
    """Raise `ShapeError` unless there are rows and columns."""
    if np.ndim(a) < 2:
        raise ShapeError(f"{name}: expected matrices, in the last two axes or more, got shape {np.shape(a)}")


def adjoint(x: Any) -> Any:
    """Conjugate transpose of the last two axes."""
    return x.mT.conj()


def identity_mask(n: int, columns: int | None = None) -> Any:
    """Booleans that are true on the diagonal."""
    return np.eye(n, columns, dtype=np.bool_)


def of_diagonal(x: Any) -> Any:
    """Diagonals of the last two axes, as a last axis."""
    index = np.arange(min(x.shape[-2:]))
    return x[..., index, index]


def on_diagonal(values: Any) -> Any:
    """Square matrices with the last axis of ``values`` on their diagonals."""
    return where(identity_mask(values.shape[-1]), values[..., None, :], 0)


def lower_part(x: Any, k: int = 0) -> Any:
    """Entries on and below the ``k``-th diagonal, zeros elsewhere."""
    return where(_below(x.shape, k), x, 0)


def upper_part(x: Any, k: int = 0) -> Any:
    """Entries on and above the ``k``-th diagonal, zeros elsewhere."""
    return where(_below(x.shape, k - 1), 0, x)


def _below(shape: tuple[int, ...], k: int) -> Any:
    rows, columns = shape[-2:]
    return np.tri(rows, columns, k, dtype=np.bool_)


def hermitian_of_lower(x: Any) -> Any:
    """Hermitian part of the lower triangle of ``x`` with its diagonal halved: Φ in Murray (2016)."""
    half = where(identity_mask(x.shape[-1]), x * 0.25, lower_part(x, -1) * 0.5)
    return half + adjoint(half)


def over_differences(x: Any, values: Any) -> Any:
    """Divide x[i, j] by values[j] - values[i], and put zeros on the diagonal.

    Where two values are equal and x is not given by them alone, there is no derivative: inf or NaN.
    """
    differences = values[..., None, :] - values[..., :, None]
    on = identity_mask(x.shape[-1])
    return where(on, 0, x / where(on, 1, differences))


def check_phase(turning: Any, cotangent: Any, name: str) -> None:
    """Raise if a loss changes when a vector is multiplied by a phase e**(iφ), which is arbitrary.

    ``turning`` is the derivative of the loss by each φ; it is 0 up to rounding if the loss is well defined.
    """
    if _is_far_from_0(turning, cotangent):
        raise UnsupportedError(
            f"{name}: expected a loss that does not depend on the phases of complex vectors, which are "
            "arbitrary (v and v * exp(1j * phi) are equally right), got one that does; make it of products "
            "such as v @ v.conj().mT, or of abs(v)"
        )


def check_rotation(turning: Any, cotangent: Any, name: str) -> None:
    """Raise if a loss changes when vectors are replaced by others that span the same space.

    ``turning`` is the derivative of the loss by each rotation of them among themselves.
    """
    if _is_far_from_0(turning, cotangent):
        raise UnsupportedError(
            f"{name}: expected a loss that depends on the further vectors only by the space that they span, "
            "as they are arbitrary (any orthonormal basis of it is equally right), got one that depends on "
            "them; make it of v @ v.conj().mT, or leave the further vectors out"
        )


def _is_far_from_0(turning: Any, cotangent: Any) -> bool:
    axes = turning.ndim - cotangent.ndim + 2
    lowered = lower_like(turning, turning), lower_like(cotangent, turning)  # of every example
    turning, cotangent = (x._value if isinstance(x, Tensor) else x for x in lowered)
    tolerance = np.sqrt(np.finfo(cotangent.dtype).eps)
    size = np.sqrt(np.sum(np.abs(cotangent) ** 2, axis=(-2, -1)))
    size = size.reshape(*size.shape, *[1] * axes)
    return bool(np.any(np.abs(turning) > np.maximum(1e-2 * size, tolerance)))


def each_matrix(function: Callable[..., Any], *arrays: Any) -> Any:
    """Apply a function of matrices to the last two axes of ``arrays``, whose leading axes broadcast."""
    leading = np.broadcast_shapes(*(a.shape[:-2] for a in arrays))
    if not leading:
        return function(*arrays)
    count = math.prod(leading)
    stacks = [np.broadcast_to(a, (*leading, *a.shape[-2:])).reshape(count, *a.shape[-2:]) for a in arrays]
    if not count:
        one = function(*(np.eye(*a.shape[-2:], dtype=a.dtype) for a in arrays))
        return _stacked([one], leading, 0)
    return _stacked([function(*matrices) for matrices in zip(*stacks, strict=True)], leading, count)


def _stacked(results: list[Any], leading: tuple[int, ...], count: int) -> Any:
    if isinstance(results[0], tuple):
        return tuple(_stacked(list(column), leading, count) for column in zip(*results, strict=True))
    return np.stack(results)[:count].reshape(*leading, *results[0].shape)
