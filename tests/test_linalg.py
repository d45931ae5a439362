"""Linear algebra beyond what the registry draws: Hermitian, complex, degenerate and batched matrices."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd_cnn as ag
from autograd_cnn import linalg
from autograd_cnn.errors import AutogradCnnError, UnsupportedError
from autograd_cnn.testing import check_grads


def matrix(*shape: int, seed: int = 0, dtype: Any = np.float64) -> Any:
    generator = np.random.default_rng(seed)
    a = generator.standard_normal(shape)
    return a + 1j * generator.standard_normal(shape) if dtype is complex else a


def definite(a: Any) -> Any:
    return a @ a.mT.conj() + np.eye(a.shape[-1])


def hermitian(a: Any) -> Any:
    return a + a.mT.conj()


DTYPES = [np.float64, complex]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(3, 3), (2, 3, 3)])
@pytest.mark.parametrize("upper", [False, True])
def test_cholesky(dtype: Any, shape: Any, upper: bool) -> None:
    check_grads(lambda a: np.linalg.cholesky(definite(a), upper=upper), [matrix(*shape, dtype=dtype)])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("function", [linalg.cholesky, linalg.eigvalsh])
def test_the_gradient_of_a_hermitian_matrix_is_hermitian(function: Any, dtype: Any) -> None:
    a = definite(matrix(3, 3, dtype=dtype))
    x = ag.tensor(a, requires_grad=True)
    out = function(x)
    gradient = ag.backprop(out, x, matrix(*out.shape, seed=1)).numpy()
    np.testing.assert_allclose(gradient, gradient.T.conj(), atol=1e-13)


@pytest.mark.parametrize("shape", [(3, 3), (2, 3, 3)])
@pytest.mark.parametrize("uplo", ["L", "U"])
def test_eigh_of_symmetric_matrices(shape: Any, uplo: str) -> None:
    check_grads(lambda a: np.linalg.eigh(hermitian(a), uplo), [matrix(*shape)])
    check_grads(lambda a: np.linalg.eigvalsh(hermitian(a), uplo), [matrix(*shape)])


WEIGHTS = np.array([1.0, -2.0, 0.5])


@pytest.mark.parametrize(
    "function",
    [
        lambda a: np.linalg.eigvalsh(hermitian(a)),
        lambda a: abs(np.linalg.eigh(hermitian(a))[1]) ** 2,
        lambda a: projected(*np.linalg.eigh(hermitian(a))),
        lambda a: projected(*np.linalg.eig(a)),
        lambda a: np.linalg.eigvals(a),
        lambda a: abs(np.linalg.eig(a)[1]) ** 2,
        lambda a: np.linalg.svd(a)[1],
        lambda a: between(*np.linalg.svd(a)),
        lambda a: abs(np.linalg.svd(a)[0]) ** 2,
        lambda a: abs(np.linalg.svd(a)[2]) ** 2,
        lambda a: np.linalg.qr(a),
        lambda a: np.linalg.qr(a[:, :2]),
        lambda a: np.linalg.qr(a[:2]),
        lambda a: between(*np.linalg.svd(a[:2], full_matrices=False)),
        lambda a: between(*np.linalg.svd(a[:, :2], full_matrices=False)),
        lambda a: np.linalg.inv(a),
        lambda a: np.linalg.solve(a, a[0]),
        lambda a: np.linalg.det(a),
        lambda a: np.linalg.slogdet(a),
        lambda a: np.linalg.slogdet(a)[0],
        lambda a: np.linalg.slogdet(a)[1],
        lambda a: np.linalg.pinv(a),
        lambda a: np.linalg.pinv(a[:2]),
        lambda a: np.linalg.pinv(a[:, :2]),
        lambda a: np.linalg.norm(a),
        lambda a: np.linalg.norm(a, 3, axis=0),
        lambda a: np.linalg.norm(a, np.inf),
        lambda a: np.linalg.norm(a, "nuc"),
        lambda a: np.linalg.norm(a, 2),
        lambda a: np.linalg.cond(a),
        lambda a: np.linalg.cond(a, 1),
        lambda a: np.linalg.trace(a),
    ],
)
def test_complex_matrices_in_pytorchs_convention(function: Any) -> None:
    """The gradients satisfy Re⟨v, J u⟩ = Re⟨Jᴴ v, u⟩ to second order."""
    check_grads(function, [matrix(3, 3, dtype=complex)])


def projected(w: Any, v: Any) -> Any:
    """A function of eigenvectors that does not depend on their phases or lengths."""
    return (v * WEIGHTS[: v.shape[-1]] * w) @ v.mT.conj()


def between(u: Any, s: Any, vh: Any) -> Any:
    return (u * (s * WEIGHTS[: s.shape[-1]])) @ vh


def test_real_matrices_with_complex_eigenvalues() -> None:
    a = np.array([[1.0, -2.0, 0.3], [1.5, 0.7, 0.1], [0.2, 0.4, 3.0]])
    assert np.linalg.eigvals(ag.tensor(a)).dtype == complex
    check_grads(np.linalg.eigvals, [a])
    check_grads(lambda x: projected(*np.linalg.eig(x)), [a])


@pytest.mark.parametrize(
    "function",
    [
        lambda a: np.linalg.eigh(hermitian(a))[1],
        lambda a: np.linalg.eig(a)[1],
        lambda a: np.linalg.svd(a)[0],
        lambda a: np.linalg.svd(a)[2],
    ],
)
def test_a_loss_that_depends_on_a_phase_is_refused(function: Any) -> None:
    x = ag.tensor(matrix(3, 3, dtype=complex), requires_grad=True)
    out = function(x)
    with pytest.raises(UnsupportedError, match=r"does not depend on the phases.*got one that does"):
        ag.backprop(out, x, matrix(3, 3, seed=1, dtype=complex))


def test_repeated_eigenvalues() -> None:
    """Functions of the values alone have their gradient; vectors have none, and that shows."""
    gradient = ag.grad(lambda a: np.linalg.eigvalsh(a).sum())(np.eye(3))
    np.testing.assert_allclose(gradient, np.eye(3), atol=1e-14)
    gradient = ag.grad(lambda a: np.linalg.svdvals(a).sum())(2 * np.eye(3))
    np.testing.assert_allclose(gradient, np.eye(3), atol=1e-14)
    gradient = ag.grad(lambda a: (np.linalg.eigh(a)[1][:, 0] ** 2 * WEIGHTS).sum())(np.eye(3))
    assert not np.isfinite(gradient).all()
    # No detour over singular vectors: orthogonal matrices are fine.
    for function in (np.linalg.pinv, np.linalg.det, np.linalg.inv):
        check_grads(function, [np.eye(3)])


@pytest.mark.parametrize("rank", [0, 1, 2, 3])
def test_determinant_of_singular_matrices(rank: int) -> None:
    """Exact to second order where the inverse does not exist: here also for integers, by expansion."""
    a = matrix(4, rank) @ matrix(rank, 4, seed=1)
    check_grads(np.linalg.det, [a])
    check_grads(np.linalg.det, [np.stack([a, np.eye(4)])])
    x = ag.tensor(np.diag([1.0, 0.0, 0.0]), requires_grad=True)
    (first,) = ag.backprop([np.linalg.det(x)], [x], create_graph=True)
    np.testing.assert_allclose(ag.backprop(first[1, 1], x).numpy(), np.diag([0.0, 0.0, 1.0]), atol=1e-15)


def test_pinv_of_matrices_without_full_rank() -> None:
    """Along changes that keep the rank."""
    check_grads(lambda b, c: np.linalg.pinv(b @ c, rcond=1e-8), [matrix(4, 2), matrix(2, 3, seed=1)])


@pytest.mark.parametrize(
    ("order", "axis"),
    [(None, None), *((p, 0) for p in (None, 0.5, 1, 1.5, 2, 3, np.inf, -np.inf, -1))]
    + [(p, (0, 1)) for p in ("fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf)],
)
def test_the_norm_of_zeros_has_derivative_0(order: Any, axis: Any) -> None:
    x = ag.tensor(np.zeros((2, 3)), requires_grad=True)
    out = np.linalg.norm(x, order, axis)
    np.testing.assert_array_equal(out.detach(), np.zeros(out.shape))
    gradient = ag.backprop(out.sum(), x, create_graph=True)
    np.testing.assert_array_equal(gradient.detach(), np.zeros((2, 3)))
    if gradient.requires_grad:
        again = ag.backprop(gradient.sum(), x)
        assert again is None or not np.any(again.numpy())


def test_norm_with_some_zeros() -> None:
    gradient = ag.grad(lambda x: np.linalg.norm(x, 0.5))(np.array([4.0, 0.0]))
    np.testing.assert_allclose(gradient, [1.0, 0.0])
    assert np.linalg.norm(ag.tensor([4.0, 0.0, 1.0], requires_grad=True), 0).item() == 2.0
    assert np.linalg.norm(ag.tensor([3, 4])).item() == 5.0


SHAPES = [(4, 2), (2, 4), (2, 4, 2), (2, 3, 4), (3, 3), (0, 3, 2), (2, 0), (0, 2)]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES)
def test_factors_completed_to_square_ones(shape: Any, dtype: Any) -> None:
    a, k = matrix(*shape, dtype=dtype), min(shape[-2:])

    def of_svd(a: Any) -> list[Any]:
        u, s, vh = np.linalg.svd(a)
        further = u[..., :, k:], vh.mT[..., :, k:]
        return [(u[..., :, :k] * s[..., None, :]) @ vh[..., :k, :], *(v.conj() @ v.mT for v in further)]

    def of_qr(a: Any) -> list[Any]:
        q, r = np.linalg.qr(a, "complete")
        return [r, q[..., :k], q[..., k:] @ q[..., k:].mT.conj()]

    check_grads(of_svd, [a])
    check_grads(of_qr, [a])
    for function in (np.linalg.svd, lambda a: np.linalg.qr(a, "complete")):
        for ours, theirs in zip(function(ag.tensor(a)), function(a), strict=True):
            np.testing.assert_allclose(ours.numpy(), theirs, atol=1e-12, strict=True)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(3, 3), (2, 2, 2), (1, 1), (0, 2, 2), (0, 0)])
def test_singular_values_of_hermitian_matrices(shape: Any, dtype: Any) -> None:
    a = matrix(*shape, dtype=dtype)
    check_grads(lambda a: np.linalg.svd(hermitian(a), compute_uv=False, hermitian=True), [a])
    check_grads(lambda a: abs(np.linalg.svd(hermitian(a), hermitian=True).Vh) ** 2, [a])
    check_grads(lambda a: np.linalg.pinv(hermitian(a), hermitian=True), [a])
    theirs = np.linalg.svd(hermitian(a), hermitian=True)
    for x, y in zip(np.linalg.svd(ag.tensor(hermitian(a)), hermitian=True), theirs, strict=True):
        np.testing.assert_allclose(x.numpy(), y, atol=1e-12, strict=True)


BATCHES = [(0,), (2, 0), (2, 3)]
OF_SQUARES = {
    "cholesky": lambda a: linalg.cholesky(definite(a)),
    "eigvalsh": lambda a: linalg.eigvalsh(hermitian(a)),
    "eigvals": linalg.eigvals,
    "inv": linalg.inv,
    "det": linalg.det,
    "slogdet": lambda a: linalg.slogdet(a)[1],
    "solve": lambda a: linalg.solve(a, a.mT),
    "solve_triangular": lambda a: linalg.solve_triangular(definite(a), a),
    "solve_sylvester": lambda a: linalg.solve_sylvester(definite(a), definite(a), a),
    "matrix_power": lambda a: linalg.matrix_power(a, -2),
    "expm": linalg.expm,
    "sqrtm": lambda a: linalg.sqrtm(definite(a)),
    "polar": linalg.polar,
    "lu": lambda a: linalg.lu(a)[1:],
    "pinv": linalg.pinv,
    "nuclear norm": lambda a: linalg.norm(a, "nuc", axis=(-2, -1)),
    "spectral norm": lambda a: linalg.norm(a, 2, axis=(-2, -1)),
    "largest column": lambda a: linalg.norm(a, 1, axis=(-2, -1)),
}


@pytest.mark.parametrize("name", OF_SQUARES)
@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize("n", [0, 1, 2])
def test_batches_of_any_shape_of_matrices_of_any_size(name: str, batch: Any, n: int) -> None:
    check_grads(OF_SQUARES[name], [matrix(*batch, n, n, seed=1)], directions=1)


def test_named_results() -> None:
    x = ag.tensor(definite(matrix(2, 2)), requires_grad=True)
    for function, fields in [
        (np.linalg.eigh, ("eigenvalues", "eigenvectors")),
        (np.linalg.eig, ("eigenvalues", "eigenvectors")),
        (np.linalg.svd, ("U", "S", "Vh")),
        (np.linalg.qr, ("Q", "R")),
        (np.linalg.slogdet, ("sign", "logabsdet")),
    ]:
        for results in (function(x), function(x.detach())):
            assert all(isinstance(getattr(results, field), ag.Tensor) for field in fields)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: np.linalg.qr(x, "complete").Q.sum().backward(), "the space that they span"),
        (lambda x: np.linalg.qr(x, "raw"), "expected mode"),
        (lambda x: np.linalg.svd(x).U.sum().backward(), "the space that they span"),
        (lambda x: np.linalg.svd(x[0]), "expected matrices"),
        (lambda x: np.linalg.norm(x, "max"), "got 'max'"),
        (lambda x: np.linalg.norm(x, "fro", axis=0), "of matrices"),
        (lambda x: np.linalg.norm(x[None], 3), "one or two axes"),
        (lambda x: np.linalg.diagonal(x[0]), "last two axes"),
        (lambda x: np.linalg.matrix_transpose(x[0]), "expected 2 or more axes"),
    ],
)
def test_what_has_no_derivative_says_so(call: Any, message: str) -> None:
    with pytest.raises(AutogradCnnError, match=message):
        call(ag.tensor(matrix(4, 2), requires_grad=True))


def test_singular_matrices_raise_what_numpy_raises() -> None:
    x = ag.tensor(np.zeros((2, 2)), requires_grad=True)
    for function in (np.linalg.inv, np.linalg.cholesky, lambda a: np.linalg.solve(a, np.ones(2))):
        with pytest.raises(np.linalg.LinAlgError):
            function(x)


def test_matrix_rank_is_constant() -> None:
    rank = np.linalg.matrix_rank(ag.tensor(np.ones((2, 3)), requires_grad=True))
    assert int(rank) == 1


def test_every_public_name_exists() -> None:
    assert len(set(linalg.__all__)) == len(linalg.__all__)
    assert all(callable(getattr(linalg, name)) for name in linalg.__all__)
