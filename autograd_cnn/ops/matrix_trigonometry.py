"""More functions of matrices, under SciPy's names; over leading axes."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_cnn.core.composite import composite
from autograd_cnn.core.primitive import primitive
from autograd_cnn.core.registry import case
from autograd_cnn.errors import ShapeError
from autograd_cnn.ops.linalg import solve
from autograd_cnn.ops.matrices import each_matrix, scipy_linalg
from autograd_cnn.ops.matrix_functions import expm, frechet_transposed, precision_of, solve_sylvester
from autograd_cnn.ops.polynomials import as_array
from autograd_cnn.ops.products import matrix_power
from autograd_cnn.ops.shape import concatenate

_SQUARE = [case((2, 2)), case((3, 2, 2)), case((1, 1))]


def _exponentials(A: Any) -> tuple[Any, Any]:
    """e^(iA) and e^(-iA), for a real matrix conjugates of each other."""
    A = as_array(A)
    forward = expm(1j * A)
    return forward, expm(-1j * A) if A.dtype.kind == "c" else forward.conj()


def _real_if(A: Any, result: Any) -> Any:
    return result if np.iscomplexobj(A) else result.real


@composite(samples=_SQUARE)
def cosm(A: Any) -> Any:
    """Matrix cosine of (..., n, n), as `scipy.linalg.cosm`: (e^(iA) + e^(-iA)) / 2.

    >>> import autograd_cnn as ag
    >>> ag.linalg.cosm(ag.zeros((1, 1)))
    tensor([[1.]])
    """
    plus, minus = _exponentials(A)
    return _real_if(A, 0.5 * (plus + minus))


@composite(samples=_SQUARE)
def sinm(A: Any) -> Any:
    """Matrix sine of (..., n, n), as `scipy.linalg.sinm`: (e^(iA) - e^(-iA)) / 2i.

    >>> import autograd_cnn as ag
    >>> ag.linalg.sinm(ag.zeros((1, 1)))
    tensor([[0.]])
    """
    plus, minus = _exponentials(A)
    return _real_if(A, -0.5j * (plus - minus))


@composite(domain=(-0.6, 0.6), samples=_SQUARE)
def tanm(A: Any) -> Any:
    """Matrix tangent of (..., n, n), as `scipy.linalg.tanm`.

    >>> import autograd_cnn as ag
    >>> ag.linalg.tanm(ag.zeros((1, 1)))
    tensor([[0.]])
    """
    plus, minus = _exponentials(A)
    return _real_if(A, solve(plus + minus, -1j * (plus - minus)))


@composite(samples=_SQUARE)
def coshm(A: Any) -> Any:
    """Hyperbolic matrix cosine of (..., n, n), as `scipy.linalg.coshm`.

    >>> import autograd_cnn as ag
    >>> ag.linalg.coshm(ag.zeros((1, 1)))
    tensor([[1.]])
    """
    A = as_array(A)
    return 0.5 * (expm(A) + expm(-A))


@composite(samples=_SQUARE)
def sinhm(A: Any) -> Any:
    """Hyperbolic matrix sine of (..., n, n), as `scipy.linalg.sinhm`.

    >>> import autograd_cnn as ag
    >>> ag.linalg.sinhm(ag.zeros((1, 1)))
    tensor([[0.]])
    """
    A = as_array(A)
    return 0.5 * (expm(A) - expm(-A))


@composite(samples=_SQUARE)
def tanhm(A: Any) -> Any:
    """Hyperbolic matrix tangent of (..., n, n), as `scipy.linalg.tanhm`.

    >>> import autograd_cnn as ag
    >>> ag.linalg.tanhm(ag.zeros((1, 1)))
    tensor([[0.]])
    """
    A = as_array(A)
    plus, minus = expm(A), expm(-A)
    return solve(plus + minus, plus - minus)


@composite(
    samples=[case((2, 2), (2, 2)), case((3, 2, 2), (3, 2, 2)), case((2, 2), (2, 2), compute_expm=False)]
)
def expm_frechet(A: Any, E: Any, method: Any = None, compute_expm: bool = True) -> Any:
    """Matrix exponential of (..., n, n), and its derivative in the direction ``E``.

    As `scipy.linalg.expm_frechet`; ``method`` is not read. Both stand in the exponential of [[A, E], [0, A]]:
    Higham (2008), *Functions of Matrices*, equation (3.16).

    >>> import autograd_cnn as ag
    >>> ag.linalg.expm_frechet(ag.zeros((1, 1)), ag.tensor([[2.0]]), compute_expm=False)
    tensor([[2.]])
    """
    A, E = as_array(A), as_array(E)
    if A.shape != E.shape or A.ndim < 2:
        raise ShapeError(f"expm_frechet: expected two stacks of matrices, got {A.shape} and {E.shape}")
    n = A.shape[-1]
    above, below = concatenate([A, E], -1), concatenate([A * 0, A], -1)
    both = expm(concatenate([above, below], -2))
    derivative = both[..., :n, n:]
    return (both[..., :n, :n], derivative) if compute_expm else derivative


@primitive(
    domain=(1.0, 2.0),
    samples=[case((1, 1), t=0.5), case((2, 1, 1), t=-1.3)],
    A=lambda g, A, t: frechet_transposed(lambda x: matrix_root(x, t), A, g),
)
def matrix_root(A: Any, t: float) -> Any:
    """Principal power A^t of (..., n, n) for a fraction ``t``; complex where need be.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.matrix_trigonometry import matrix_root
    >>> matrix_root(ag.tensor([[4.0]]), 0.5)
    tensor([[2.]])
    """
    A = np.asarray(A)

    def of_one(matrix: Any) -> Any:
        return scipy_linalg().fractional_matrix_power(np.array(matrix), t)

    return precision_of(A, each_matrix(of_one, A))


@composite(
    domain=(1.0, 2.0),
    samples=[case((1, 1), t=0.5), case((2, 1, 1), t=-0.3), case((2, 2), t=2), case((2, 2), t=-1)],
)
def fractional_matrix_power(A: Any, t: float) -> Any:
    """Power A^t of (..., n, n) for any real ``t``, as `scipy.linalg.fractional_matrix_power`.

    The principal one: no eigenvalue may be 0 or negative, unless ``t`` is an integer.

    >>> import autograd_cnn as ag
    >>> ag.linalg.fractional_matrix_power(ag.tensor([[4.0, 0.0], [0.0, 9.0]]), 0.5)
    tensor([[2., 0.],
            [0., 3.]])
    """
    A = as_array(A)
    return matrix_power(A, int(t)) if t == int(t) else matrix_root(A, t)


def _signm_vjp(g: Any, A: Any, out: Any) -> Any:
    n = (A @ out).mT
    y = solve_sylvester(n, n, g)
    return y - out.mT @ y @ out.mT


@primitive(domain=(0.5, 3.0), samples=[*_SQUARE, case((3, 3))], A=_signm_vjp)
def signm(A: Any) -> Any:
    """Matrix sign of (..., n, n): eigenvalues become 1 or -1 by the sign of their real parts, none of them 0.

    As `scipy.linalg.signm`. Its derivative dS solves N dS + dS N = dA - S dA S with N = A S (Higham 2008,
    *Functions of Matrices*, theorem 5.6).

    >>> import autograd_cnn as ag
    >>> ag.linalg.signm(ag.tensor([[4.0, 0.0], [0.0, -9.0]]))
    tensor([[ 1.,  0.],
            [ 0., -1.]])
    """
    A = np.asarray(A)
    return precision_of(A, each_matrix(lambda matrix: scipy_linalg().signm(np.array(matrix)), A))
