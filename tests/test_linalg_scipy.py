"""What is named as in `scipy.linalg`: against SciPy, complex, over leading axes."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import scipy.linalg

import autograd_cnn as ag
from autograd_cnn import linalg
from autograd_cnn.errors import ArgumentError, DtypeError, ShapeError
from autograd_cnn.testing import check_grads

DTYPES = [np.float64, complex]


def matrix(*shape: int, seed: int = 0, dtype: Any = np.float64) -> Any:
    generator = np.random.default_rng(seed)
    a = generator.standard_normal(shape)
    return a + 1j * generator.standard_normal(shape) if dtype is complex else a


def definite(a: Any) -> Any:
    return a @ a.mT.conj() + np.eye(a.shape[-1])


SAME: list[tuple[str, Any, Any]] = [
    ("expm", lambda f, a: f(a), 1),
    ("logm", lambda f, a: f(definite(a)), 1),
    ("logm", lambda f, a: f(a), 1),
    ("sqrtm", lambda f, a: f(definite(a)), 1),
    ("sqrtm", lambda f, a: f(a), 1),
    ("solve_sylvester", lambda f, a: f(a, definite(a), a[:, ::-1]), 1),
    ("solve_sylvester", lambda f, a: f(a, definite(a[:2, :2]), a[:, :2]), 1),
    ("lu", lambda f, a: f(a)[1:], 2),
    ("lu", lambda f, a: f(a[:, :2])[1:], 2),
    ("lu", lambda f, a: f(a[:2])[1:], 2),
    ("lu", lambda f, a: f(a, permute_l=True), 2),
    ("lu", lambda f, a: f(a[:, :2])[1:2], 2),
    ("lu", lambda f, a: f(a[:, :2])[2:], 2),
    ("lu", lambda f, a: f(a[:2])[2:], 2),
    ("polar", lambda f, a: f(a), 2),
    ("polar", lambda f, a: f(a[:, :2]), 2),
    ("polar", lambda f, a: f(a[:2], side="left"), 2),
    ("polar", lambda f, a: f(a[:2]), 2),
    ("solve_triangular", lambda f, a: f(a, a[0]), 1),
    ("solve_triangular", lambda f, a: f(a, a[:, :2], lower=True), 1),
    ("solve_triangular", lambda f, a: f(a, a[:, :2], trans=1), 1),
    ("solve_triangular", lambda f, a: f(a, a[0], trans="C", lower=True, unit_diagonal=True), 1),
    ("solve_banded", lambda f, a: f((1, 1), a + 3, a[0]), 1),
    ("solve_banded", lambda f, a: f((0, 2), a + 3, a), 1),
    ("block_diag", lambda f, a: f(a, a[0], a[:2]), 1),
    ("toeplitz", lambda f, a: f(a[0]), 1),
    ("toeplitz", lambda f, a: f(a[0], a[1]), 1),
]


@pytest.mark.filterwarnings("ignore:logm result may be inaccurate")  # SciPy's, from 2e-13 on
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("name", "call", "count"), SAME)
def test_values_and_derivatives(name: str, call: Any, count: int, dtype: Any) -> None:
    a = matrix(3, 3, seed=2, dtype=dtype)
    ours, theirs = call(getattr(linalg, name), ag.tensor(a)), call(getattr(scipy.linalg, name), a)
    if count == 1:
        ours, theirs = [ours], [theirs]
    for mine, reference in zip(ours, theirs, strict=True):
        assert mine.dtype == reference.dtype
        np.testing.assert_allclose(mine.numpy(), reference, rtol=1e-11, atol=1e-12)
    check_grads(lambda x: call(getattr(linalg, name), x), [a])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("lower", [False, True])
def test_cho_solve(lower: bool, dtype: Any) -> None:
    a, b = matrix(2, 3, 3, dtype=dtype), matrix(3, seed=1, dtype=dtype)

    def solution(x: Any, y: Any) -> Any:
        return linalg.cho_solve(linalg.cho_factor(definite(x), lower), y)

    np.testing.assert_allclose(solution(a, b), np.linalg.solve(definite(a), b), rtol=1e-9)
    check_grads(solution, [a, b])
    check_grads(lambda x: solution(x, matrix(2, 3, 2, dtype=dtype)), [a])


@pytest.mark.parametrize(
    "call",
    [
        lambda a: linalg.expm(a),
        lambda a: linalg.logm(definite(a)),
        lambda a: linalg.sqrtm(definite(a)),
        lambda a: linalg.solve_sylvester(definite(a), definite(a[0]), a[:, :, :2] @ np.ones((2, 3))),
        lambda a: linalg.lu(a)[2],
        lambda a: linalg.polar(a)[0],
        lambda a: linalg.solve_triangular(a, np.ones(3)),
        lambda a: linalg.solve_banded((1, 1), a + 3, np.ones((3, 2))),
        lambda a: linalg.block_diag(a, a),
        lambda a: linalg.toeplitz(a[..., 0]),
    ],
)
def test_leading_axes(call: Any) -> None:
    a = matrix(2, 3, 3)
    check_grads(call, [a])
    assert call(a).shape[0] == 2


def test_no_matrices_at_all() -> None:
    for function in (linalg.logm, linalg.sqrtm, linalg.expm):
        assert function(ag.tensor(np.ones((0, 2, 2)))).shape == (0, 2, 2)


def test_functions_of_matrices_with_repeated_eigenvalues() -> None:
    for function in (linalg.expm, linalg.logm, linalg.sqrtm, lambda a: linalg.polar(a)[0]):
        check_grads(function, [2 * np.eye(3)], order=1)


@pytest.mark.parametrize("shape", [(4, 2), (3, 3), (2, 4)])
@pytest.mark.parametrize("vector", [True, False])
def test_lstsq(shape: Any, vector: bool) -> None:
    a = matrix(*shape, seed=3)
    b = matrix(shape[0], seed=1) if vector else matrix(shape[0], 2, seed=1)
    ours = np.linalg.lstsq(ag.tensor(a), b)
    for mine, reference in zip(ours, np.linalg.lstsq(a, b), strict=True):
        np.testing.assert_allclose(np.asarray(mine), reference, rtol=1e-10, atol=1e-12)
        assert np.shape(mine) == np.shape(reference)
    check_grads(lambda x, y: np.linalg.lstsq(x, y)[0], [a, b])
    if shape[0] > shape[1]:
        check_grads(lambda x, y: np.linalg.lstsq(x, y)[1], [a, b])
    check_grads(lambda x: np.linalg.lstsq(x, b)[3], [a])


def test_lstsq_without_full_rank() -> None:
    a, b = matrix(4, 2) @ matrix(2, 3, seed=1), matrix(4, seed=2)
    ours, reference = np.linalg.lstsq(ag.tensor(a), b), np.linalg.lstsq(a, b)
    assert ours[2] == reference[2] == 2
    assert ours[1].shape == (0,)
    np.testing.assert_allclose(ours[0].numpy(), reference[0], rtol=1e-10)


def test_float32_is_kept() -> None:
    x = ag.tensor(definite(matrix(2, 3, 3)).astype(np.float32), requires_grad=True)
    for function in (linalg.expm, linalg.logm, linalg.sqrtm, lambda a: linalg.lu(a, permute_l=True)[0]):
        out = function(x)
        assert out.dtype == np.float32
        assert ag.backprop(out.sum(), x).dtype == np.float32


def test_scipy_is_loaded_when_first_used() -> None:
    code = (
        "import sys, autograd_cnn.linalg as l; assert 'scipy' not in sys.modules; "
        "l.solve_triangular([[1.0]], [1.0]); assert 'scipy.linalg' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: linalg.solve_triangular(x, x[0], trans=3), ArgumentError, "got 3"),
        (lambda x: linalg.polar(x, side="up"), ArgumentError, "got 'up'"),
        (lambda x: linalg.polar(x[0]), ShapeError, "expected matrices"),
        (lambda x: linalg.block_diag(x, x[None]), ShapeError, "equal leading axes"),
        (lambda x: np.linalg.lstsq(x[0], x), ShapeError, "lstsq: expected"),
    ],
)
def test_mistakes(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call(ag.tensor(np.eye(3), requires_grad=True))


@pytest.mark.parametrize("lower", [True, False])
def test_of_a_complex_diagonal_the_real_part_is_read(lower: bool) -> None:
    """As SciPy does, of matrices that are Hermitian: the value and the gradient."""
    generator = np.random.default_rng(0)
    band = generator.normal(size=(2, 3)) + 1j * generator.normal(size=(2, 3))
    band[0 if lower else -1] += 5
    right = generator.normal(size=3)
    np.testing.assert_allclose(
        linalg.solveh_banded(band, right, lower), scipy.linalg.solveh_banded(band, right, lower=lower)
    )
    check_grads(lambda band: linalg.solveh_banded(band, right, lower), [band])
    check_grads(lambda band: linalg.eigvals_banded(band, lower), [band])
    square = generator.normal(size=(2, 2)) + 1j * generator.normal(size=(2, 2))
    check_grads(lambda a: linalg.pinvh(a, lower=lower), [square])


def test_a_tridiagonal_matrix_is_real() -> None:
    with pytest.raises(DtypeError, match="eigvalsh_tridiagonal: expected real numbers"):
        linalg.eigvalsh_tridiagonal([1.0, 2.0], [1j])
