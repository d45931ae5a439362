"""LU factors in one matrix, and the equations that they solve: as in `scipy.linalg`; over leading axes."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_cnn.errors import ArgumentError, ShapeError
from autograd_cnn.ops.contraction import matmul
from autograd_cnn.ops.matrices import adjoint, check_matrices, lower_part, upper_part
from autograd_cnn.ops.matrix_functions import lu_factors
from autograd_cnn.ops.polynomials import as_array
from autograd_cnn.ops.structured import solve_triangle
from autograd_cnn.ops.ufuncs import value_of


def lu_factor(a: Any) -> tuple[Any, Any]:
    """LU factors of (..., n, n) in one matrix, for `lu_solve`, and the rows that were exchanged: constants.

    As `scipy.linalg.lu_factor`: above and on the diagonal U, below it L, whose diagonal is 1; row i was
    exchanged with row piv[i].

    >>> import autograd_cnn as ag
    >>> ag.linalg.lu_factor(ag.tensor([[1.0, 2.0], [2.0, 2.0]]))
    (tensor([[2. , 2. ],
            [0.5, 1. ]]), array([1, 1]))
    """
    check_matrices(a, "lu_factor")
    if np.shape(a)[-1] != np.shape(a)[-2]:
        raise ShapeError(f"lu_factor: expected square matrices, got shape {np.shape(a)}")
    permutation, lower, upper = lu_factors(as_array(a))
    origin = np.argmax(value_of(permutation), axis=-2)
    return lower_part(lower, -1) + upper_part(upper), _exchanges(origin)


def _exchanges(origin: Any) -> Any:
    """The exchanges of rows, one after the other, that bring row origin[i] to place i."""
    exchanges = np.empty_like(origin)
    for wanted, piv in zip(
        origin.reshape(-1, origin.shape[-1]), exchanges.reshape(-1, origin.shape[-1]), strict=True
    ):
        rows = np.arange(len(wanted))
        for i, row in enumerate(wanted):
            piv[i] = np.flatnonzero(rows == row)[0]
            rows[[i, piv[i]]] = rows[[piv[i], i]]
    return exchanges


def _order(piv: Any) -> Any:
    """The order of rows after the exchanges."""
    orders = np.empty_like(piv)
    for exchanges, rows in zip(
        piv.reshape(-1, piv.shape[-1]), orders.reshape(-1, piv.shape[-1]), strict=True
    ):
        rows[:] = np.arange(len(rows))
        for i, other in enumerate(exchanges):
            rows[[i, other]] = rows[[other, i]]
    return orders


def lu_solve(lu_and_piv: tuple[Any, Any], b: Any, trans: int = 0) -> Any:
    """Solution x of a @ x = b from the result of `lu_factor`; ``b`` is (n,) or (..., n, k).

    ``trans``: 0 for a x = b, 1 for aᵀ x = b, 2 for aᴴ x = b. As `scipy.linalg.lu_solve`.

    >>> import autograd_cnn as ag
    >>> factors = ag.linalg.lu_factor(ag.tensor([[1.0, 2.0], [2.0, 2.0]]))
    >>> ag.linalg.lu_solve(factors, ag.tensor([3.0, 4.0]))
    tensor([1., 1.])
    """
    if trans not in (0, 1, 2):
        raise ArgumentError(f"lu_solve: expected trans 0, 1 or 2, got {trans!r}")
    lu, piv = lu_and_piv
    lu, b = as_array(lu), as_array(b)
    rows = _order(np.asarray(value_of(piv)))
    vector = b.ndim == 1
    x = b[:, None] if vector else b
    if trans == 0:
        half = solve_triangle(lu, _rows_of(x, rows), lower=True, unit_diagonal=True)
        x = solve_triangle(lu, half)
    else:
        turned = lu.mT if trans == 1 else adjoint(lu)
        half = solve_triangle(turned, x, lower=True)
        x = _rows_of(solve_triangle(turned, half, unit_diagonal=True), np.argsort(rows, axis=-1))
    return x[..., 0] if vector else x


def _rows_of(x: Any, rows: Any) -> Any:
    if rows.ndim == 1:
        return x[..., rows, :]
    return matmul((rows[..., :, None] == np.arange(rows.shape[-1])).astype(x.dtype), x)
