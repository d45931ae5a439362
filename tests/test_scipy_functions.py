"""Functions of SciPy that do not ask their arguments: ours give the same numbers, at awkward points too."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.linalg
import scipy.special

import autograd_cnn as ag
from autograd_cnn.testing import check_grads

RANDOM = np.random.default_rng(0)
REAL, OTHER = RANDOM.standard_normal((2, 4, 4))
COMPLEX = REAL + 1j * OTHER
POSITIVE = REAL @ REAL.T + np.eye(4)
RIGHT = RANDOM.standard_normal((4, 2))
X = np.linspace(0.2, 4, 7)


def same(got: Any, expected: Any, tolerance: float = 1e-9) -> None:
    if isinstance(expected, tuple):
        for ours, theirs in zip(got, expected, strict=True):
            same(ours, theirs, tolerance)
    else:
        np.testing.assert_allclose(got, expected, rtol=tolerance, atol=1e-11)


LINALG: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    *(
        (name, (x,), {})
        for name in ("cosm", "sinm", "tanm", "coshm", "sinhm", "tanhm")
        for x in (REAL, COMPLEX)
    ),
    *(("signm", (x,), {}) for x in (REAL, COMPLEX)),
    *(("fractional_matrix_power", (POSITIVE, t), {}) for t in (0.5, -1.3, 2, 3.7)),
    ("expm_frechet", (REAL, OTHER), {}),
    *(("fiedler_companion", (X[:n],), {}) for n in (2, 3, 4, 5, 6)),
    ("companion", (X,), {}),
    ("circulant", (X,), {}),
    ("hankel", (X, X[::-1]), {}),
    ("hankel", (X,), {}),
    ("fiedler", (X,), {}),
    ("leslie", (X, X[1:]), {}),
    ("khatri_rao", (REAL, RIGHT.T), {}),
    ("diagsvd", (X, 8, 7), {}),
    *(
        ("convolution_matrix", (X[:m], n, mode), {})
        for m, n in ((3, 5), (5, 2))
        for mode in ("full", "same", "valid")
    ),
    *(("lu_factor", (x,), {}) for x in (REAL, COMPLEX)),
    ("solve_toeplitz", (X[::-1], np.arange(7.0)), {}),
    ("solve_toeplitz", ((X[::-1], X * 0.3), np.ones((7, 2))), {}),
    ("matmul_toeplitz", ((X, X * 2), np.ones((7, 2))), {}),
    ("solve_continuous_lyapunov", (REAL, POSITIVE), {}),
    *(("solve_discrete_lyapunov", (REAL, POSITIVE), {"method": m}) for m in ("direct", "bilinear")),
    *(("pinvh", (REAL + REAL.T,), {"lower": lower}) for lower in (True, False)),
    ("pinvh", (np.diag([1.0, 1e-3, 0.0]),), {"atol": 0.1, "return_rank": True}),
    ("eigvalsh_tridiagonal", (X, X[1:]), {"select": "v", "select_range": (0.0, 3.0)}),
    ("eigvalsh_tridiagonal", (X, X[1:]), {"select": "i", "select_range": (1, 3)}),
    *(("eigvals_banded", (COMPLEX[[0, 1, 2]],), {"lower": lower}) for lower in (True, False)),
    *(
        ("subspace_angles", pair, {})
        for pair in ((RIGHT, REAL[:, :2]), (RIGHT, REAL[:, :1]), (RIGHT[:, :1], REAL[:, :2]))
    ),
    ("orthogonal_procrustes", (REAL, OTHER), {}),
    ("bandwidth", (np.triu(REAL),), {}),
    ("issymmetric", (POSITIVE,), {}),
    ("ishermitian", (COMPLEX,), {}),
    ("hilbert", (3,), {}),
    ("dft", (4,), {"scale": "n"}),
]


@pytest.mark.parametrize(
    ("name", "arguments", "options"), LINALG, ids=lambda x: x if isinstance(x, str) else ""
)
def test_linear_algebra(name: str, arguments: Any, options: dict[str, Any]) -> None:
    if name == "eigvals_banded":  # the main diagonal of a Hermitian matrix is real
        arguments[0][0 if options["lower"] else 2] = 1.0
    expected = getattr(scipy.linalg, name)(*arguments, **options)
    same(getattr(ag.linalg, name)(*arguments, **options), expected, 1e-7)


@pytest.mark.parametrize("matrix", [REAL, COMPLEX])
@pytest.mark.parametrize("trans", [0, 1, 2])
def test_lu_factors_solve(matrix: Any, trans: int) -> None:
    theirs = scipy.linalg.lu_solve(scipy.linalg.lu_factor(matrix), RIGHT, trans)
    same(ag.linalg.lu_solve(ag.linalg.lu_factor(matrix), RIGHT, trans), theirs)
    stack = np.stack([matrix, matrix.T, matrix + np.eye(4)])
    same(ag.linalg.lu_solve(ag.linalg.lu_factor(stack), RIGHT, trans)[0], theirs)
    check_grads(
        lambda a, b: ag.linalg.lu_solve(ag.linalg.lu_factor(a), b, trans), [matrix, RIGHT[:, 0]], order=2
    )


@pytest.mark.parametrize("lower", [True, False])
def test_a_hermitian_banded_system(lower: bool) -> None:
    band = COMPLEX[:3].copy()
    band[0 if lower else 2] = 8.0
    same(ag.linalg.solveh_banded(band, RIGHT, lower), scipy.linalg.solveh_banded(band, RIGHT, lower=lower))
    values, _ = ag.linalg.eig_banded(band, lower)
    same(values, scipy.linalg.eig_banded(band, lower)[0])
    check_grads(lambda v: abs(ag.linalg.eig_banded(v, lower)[1]), [band.real])


def test_functions_of_matrices_to_second_order() -> None:
    for t in (0.5, -1.3, 3.7):
        check_grads(lambda a, t=t: ag.linalg.fractional_matrix_power(a, t), [POSITIVE + 0.1 * REAL], order=2)
    check_grads(ag.linalg.signm, [REAL + np.diag([3.0, -3.0, 3.0, -3.0]) + 0.2j * OTHER], order=2)


@pytest.mark.parametrize("name", ["jvp", "yvp", "ivp", "kvp", "h1vp", "h2vp"])
@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_derivatives_of_bessel_functions(name: str, n: int) -> None:
    same(getattr(ag.special, name)(1.5, X, n), getattr(scipy.special, name)(1.5, X, n))


@pytest.mark.parametrize("name", ["spherical_jn", "spherical_yn", "spherical_in", "spherical_kn"])
@pytest.mark.parametrize("derivative", [False, True])
def test_spherical_bessel_functions(name: str, derivative: bool) -> None:
    for n in (0, 1, 4, np.array([[0], [2]])):
        same(getattr(ag.special, name)(n, X, derivative), getattr(scipy.special, name)(n, X, derivative))


def test_spherical_bessel_functions_at_zero() -> None:
    for n, slope, curvature in ((0, 0.0, -1 / 3), (1, 1 / 3, 0.0), (2, 0.0, 2 / 15)):
        first = ag.grad(lambda z, n=n: ag.special.spherical_jn(n, z))
        assert first(0.0) == pytest.approx(slope, abs=1e-15)
        assert ag.grad(first)(0.0) == pytest.approx(curvature, abs=1e-15)


@pytest.mark.parametrize("name", ["comb", "perm"])
def test_counting(name: str) -> None:
    ours, theirs = getattr(ag.special, name), getattr(scipy.special, name)
    n, k = np.array([5.0, 2.0, 3.5, -1.0, 3.0]), np.array([2.0, 3.0, 1.0, 1.0, -1.0])
    same(ours(n, k), theirs(n, k))
    assert ours(5, 2, exact=True) == theirs(5, 2, exact=True)
    slopes = ag.grad(lambda v: np.sum(ours(v, k)))(n)
    assert np.all(np.isfinite(slopes))
    with pytest.raises(ValueError, match="exact=True counts with integers"):
        ours(ag.tensor(5.0), 2, exact=True)
    same(ag.special.factorial(n), [120.0, 2.0, scipy.special.gamma(4.5), 0.0, 6.0])


def test_singular_points() -> None:
    """Removable ones: an exact value and slope there."""
    same(ag.special.diric(2 * np.pi * np.arange(3), 4), [1.0, -1.0, 1.0])
    assert ag.grad(lambda x: ag.special.diric(x, 4))(0.0) == pytest.approx(0.0, abs=1e-15)
    assert ag.grad(ag.special.agm)(3.0, 3.0) == pytest.approx(0.5, rel=1e-14)
    assert ag.grad(ag.special.ellipkm1)(1.0) == pytest.approx(-np.pi / 8, rel=1e-14)
    same(ag.special.agm(1e-12, 1.0), scipy.special.agm(1e-12, 1.0))
    assert ag.grad(lambda y: ag.special.powm1(0.0, y))(2.0) == 0.0


def test_the_voigt_profile_at_the_edges() -> None:
    x, sigma, gamma = np.array([0.5, 0.5, 0.0]), np.array([0.0, 1.0, 0.0]), np.array([1.0, 0.0, 0.0])
    same(ag.special.voigt_profile(ag.tensor(x), sigma, gamma), scipy.special.voigt_profile(x, sigma, gamma))
