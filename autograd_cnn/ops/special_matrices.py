"""Matrices made of a few numbers, under SciPy's names; over leading axes.

Most are read out of a vector at fixed places, and so linear in it: `_placed`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_cnn.core.composite import composite
from autograd_cnn.core.registry import case
from autograd_cnn.core.tensor import Tensor, wrap
from autograd_cnn.errors import ArgumentError, ShapeError
from autograd_cnn.ops.elementwise import absolute
from autograd_cnn.ops.matrices import check_matrices, scipy_linalg
from autograd_cnn.ops.polynomials import as_array
from autograd_cnn.ops.shape import concatenate, expand_dims, reshape
from autograd_cnn.ops.ufuncs import value_of


def _vector(x: Any, name: str, least: int = 1) -> Any:
    x = as_array(x)
    if x.ndim < 1 or x.shape[-1] < least:
        raise ShapeError(f"{name}: expected {least} or more numbers along the last axis, got shape {x.shape}")
    return x if x.dtype.kind in "fc" else x.astype(np.float64)


def _placed(values: Any, places: Any) -> Any:
    """Matrix with values[..., k - 2] where ``places`` is k, and 0 and 1 where it is 0 and 1."""
    constants = np.broadcast_to(np.array([0, 1], values.dtype), (*values.shape[:-1], 2))
    return concatenate([constants, values], -1)[..., places]


@composite(samples=[case((4,)), case((2, 3)), case((1,))])
def circulant(c: Any) -> Any:
    """Square matrix whose columns are ``c`` (..., n), rotated by one entry each.

    As `scipy.linalg.circulant`.

    >>> import autograd_cnn as ag
    >>> ag.linalg.circulant(ag.tensor([1.0, 2.0, 3.0]))
    tensor([[1., 3., 2.],
            [2., 1., 3.],
            [3., 2., 1.]])
    """
    c = _vector(c, "circulant")
    index = np.arange(c.shape[-1])
    return c[..., (index[:, None] - index) % len(index)]


@composite(samples=[case((3,)), case((3,), (2,)), case((2, 3), (2, 4))])
def hankel(c: Any, r: Any = None) -> Any:
    """Matrix that is constant along antidiagonals, as `scipy.linalg.hankel`.

    ``c`` (..., m) is its first column, ``r`` (..., n) its last row, of which the first entry is not read;
    without ``r`` it is square, and 0 below the antidiagonal.

    >>> import autograd_cnn as ag
    >>> ag.linalg.hankel(ag.tensor([1.0, 2.0]), ag.tensor([0.0, 3.0, 4.0]))
    tensor([[1., 2., 3.],
            [2., 3., 4.]])
    """
    c = as_array(c)
    r = c * 0 if r is None else as_array(r)
    diagonals = concatenate([c, r[..., 1:]], axis=-1)
    return diagonals[..., np.arange(c.shape[-1])[:, None] + np.arange(r.shape[-1])]


@composite(domain=(0.5, 2.0), samples=[case((4,)), case((2, 3)), case((2,))])
def companion(a: Any) -> Any:
    """Companion matrix of a polynomial: its eigenvalues are the roots. ``a`` (..., n): highest power first.

    As `scipy.linalg.companion`.

    >>> import autograd_cnn as ag
    >>> ag.linalg.companion(ag.tensor([1.0, -3.0, 2.0]))
    tensor([[ 3., -2.],
            [ 1.,  0.]])
    """
    a = _vector(a, "companion", 2)
    places = np.eye(a.shape[-1] - 1, k=-1, dtype=int)
    places[0] = np.arange(len(places)) + 2
    return _placed(-a[..., 1:] / a[..., :1], places)


@composite(domain=(0.5, 2.0), samples=[case((2,)), case((3,)), case((6,)), case((2, 5))])
def fiedler_companion(a: Any) -> Any:
    """Companion matrix of five diagonals, as `scipy.linalg.fiedler_companion`.

    >>> import autograd_cnn as ag
    >>> ag.linalg.fiedler_companion(ag.tensor([1.0, -3.0, 2.0]))
    tensor([[ 3., -2.],
            [ 1.,  0.]])
    """
    a = _vector(a, "fiedler_companion", 2)
    n = a.shape[-1] - 1
    places = np.zeros((n, n), int)
    rows = np.arange(n)
    for lowest, step in ((3, -2), (0, 2)):  # the ones, two places from the diagonal
        of = rows[lowest::2]
        of = of[(of + step >= 0) & (of + step < n)]
        places[of, of + step] = 1
    below, above = rows[2::2], rows[:-1:2]
    places[below, below - 1] = below + 2
    places[above, above + 1] = above + 3
    places[0, 0] = 2
    places[1:2, 0] = 1
    return _placed(-a[..., 1:] / a[..., :1], places)


@composite(samples=[case((3,), (2,)), case((2, 2), (2, 1)), case((1,), (0,))])
def leslie(f: Any, s: Any) -> Any:
    """Population growth: fecundities ``f`` (..., n) in the first row, survivals ``s`` (..., n-1) below.

    As `scipy.linalg.leslie`.

    >>> import autograd_cnn as ag
    >>> ag.linalg.leslie(ag.tensor([0.0, 2.0]), ag.tensor([0.5]))
    tensor([[0. , 2. ],
            [0.5, 0. ]])
    """
    f, s = as_array(f), as_array(s)
    n = f.shape[-1]
    if s.shape != (*f.shape[:-1], n - 1):
        raise ShapeError(f"leslie: expected s to be one shorter than f, got {f.shape} and {s.shape}")
    places = np.zeros((n, n), int)
    places[np.arange(1, n), np.arange(n - 1)] = np.arange(n - 1) + n + 2
    places[0] = np.arange(n) + 2
    return _placed(concatenate([f, s], -1), places)


@composite(samples=[case((3,)), case((2, 3))])
def fiedler(a: Any) -> Any:
    """Symmetric matrix of the distances abs(a[i] - a[j]), as `scipy.linalg.fiedler`.

    >>> import autograd_cnn as ag
    >>> ag.linalg.fiedler(ag.tensor([1.0, 4.0]))
    tensor([[0., 3.],
            [3., 0.]])
    """
    a = as_array(a)
    return absolute(expand_dims(a, -1) - expand_dims(a, -2))


@composite(samples=[case((3,), n=2), case((2,), n=4, mode="same"), case((2, 3), n=3, mode="valid")])
def convolution_matrix(a: Any, n: int, mode: str = "full") -> Any:
    """Matrix with which a product is the convolution of ``a`` (..., m) with ``n`` numbers.

    As `scipy.linalg.convolution_matrix`; ``mode`` as for `convolve`.

    >>> import autograd_cnn as ag
    >>> ag.linalg.convolution_matrix(ag.tensor([1.0, 2.0]), 2)
    tensor([[1., 0.],
            [2., 1.],
            [0., 2.]])
    """
    a = _vector(a, "convolution_matrix")
    if n < 1 or mode not in ("full", "same", "valid"):
        raise ArgumentError(
            "convolution_matrix: expected n of 1 or more and mode 'full', 'same' or 'valid', got "
            f"{n} and {mode!r}"
        )
    m = a.shape[-1]
    cut = 0 if mode == "full" else min(m, n) - 1
    before = cut // 2 if mode == "same" else cut
    after = cut - before if mode == "same" else cut
    index = np.arange(before, m + n - 1 - after)[:, None] - np.arange(n)
    return _placed(a, np.where((index >= 0) & (index < m), index + 2, 0))


@composite(samples=[case((2, 3), (4, 3)), case((2, 2, 1), (2, 3, 1))])
def khatri_rao(a: Any, b: Any) -> Any:
    """Kronecker products of the columns of (..., m, k) and (..., n, k): (..., m * n, k).

    As `scipy.linalg.khatri_rao`.

    >>> import autograd_cnn as ag
    >>> ag.linalg.khatri_rao(ag.tensor([[1.0], [2.0]]), ag.tensor([[3.0], [4.0]])).shape
    (4, 1)
    """
    a, b = as_array(a), as_array(b)
    for x in (a, b):
        check_matrices(x, "khatri_rao")
    if a.shape[-1] != b.shape[-1]:
        raise ShapeError(f"khatri_rao: expected equal numbers of columns, got {a.shape} and {b.shape}")
    products = expand_dims(a, -2) * expand_dims(b, -3)
    return reshape(products, (*products.shape[:-3], -1, a.shape[-1]))


@composite(samples=[case((2,), M=3, N=2), case((2,), M=2, N=3), case((2, 2), M=2, N=2)])
def diagsvd(s: Any, M: int, N: int) -> Any:
    """Matrix (..., M, N) with the singular values ``s`` on its diagonal, as `scipy.linalg.diagsvd`.

    >>> import autograd_cnn as ag
    >>> ag.linalg.diagsvd(ag.tensor([2.0]), 1, 2)
    tensor([[2., 0.]])
    """
    s = as_array(s)
    if s.shape[-1] != min(M, N):
        raise ShapeError(f"diagsvd: expected {min(M, N)} singular values, got shape {s.shape}")
    return _placed(s, np.eye(M, N, dtype=int) * (np.arange(N) + 2))


# --- Constants ----------------------------------------------------------------------------------------


def _made(name: str) -> Any:
    """A function of `scipy.linalg` that makes a matrix, as a function that makes a tensor."""

    def make(*args: Any, **kwargs: Any) -> Tensor:
        return wrap(getattr(scipy_linalg(), name)(*args, **kwargs), None)

    make.__name__ = make.__qualname__ = name
    make.__doc__ = f"`scipy.linalg.{name}`, as a tensor."
    return make


dft = _made("dft")
hadamard = _made("hadamard")
helmert = _made("helmert")
hilbert = _made("hilbert")
invhilbert = _made("invhilbert")
invpascal = _made("invpascal")
pascal = _made("pascal")


def bandwidth(a: Any) -> tuple[int, int]:
    """How many diagonals below and above the main one hold a number other than 0.

    >>> import autograd_cnn as ag
    >>> ag.linalg.bandwidth(ag.tensor([[1.0, 2.0], [0.0, 3.0]]))
    (0, 1)
    """
    return scipy_linalg().bandwidth(value_of(a))  # type: ignore[no-any-return]


def issymmetric(a: Any, atol: float | None = None, rtol: float | None = None) -> bool:
    """Whether a square matrix is its own transpose, exactly, or within a tolerance.

    >>> import autograd_cnn as ag
    >>> ag.linalg.issymmetric(ag.tensor([[1.0, 2.0], [2.0, 3.0]]))
    True
    """
    return bool(scipy_linalg().issymmetric(value_of(a), atol, rtol))


def ishermitian(a: Any, atol: float | None = None, rtol: float | None = None) -> bool:
    """Whether a square matrix is its own conjugate transpose, exactly, or within a tolerance.

    >>> import autograd_cnn as ag
    >>> ag.linalg.ishermitian(ag.tensor([[1.0, 2.0j], [-2.0j, 3.0]]))
    True
    """
    return bool(scipy_linalg().ishermitian(value_of(a), atol, rtol))
