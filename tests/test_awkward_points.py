"""Derivatives where a formula needs a second branch: beyond the domain that the samples are drawn from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd_cnn as ag
from autograd_cnn import special
from autograd_cnn.nn import functional
from autograd_cnn.testing import check_grads


def further_space(a: Any) -> Any:
    """The projection onto what is orthogonal to the columns of a tall matrix."""
    further = np.linalg.svd(a)[0][:, a.shape[1] :]
    return further @ further.mT


def of_hermitian(a: Any) -> Any:
    """A function of a Hermitian matrix, by eigenvalues and eigenvectors."""
    w, v = np.linalg.eigh(a + a.mT.conj())
    return (v * np.sin(w)) @ v.mT.conj()


def of_singular(a: Any) -> Any:
    """A function of a matrix, by singular values and vectors."""
    u, s, vh = np.linalg.svd(a, full_matrices=False)
    return (u * np.sin(s)) @ vh


def weight_gradient(x: Any) -> Any:
    """The gradient of a batch norm by its weight alone: its VJP is the first to need the sums over x."""
    weight = ag.tensor([1.5, 0.5, 2.0], requires_grad=True)
    out = functional.batch_norm(x, None, None, weight, training=True)
    return ag.backprop(np.sin(out).sum(), weight, create_graph=True)


REAL = np.array([[0.5, 0.2, -0.7], [1.5, -0.3, 0.9], [-0.4, 0.8, 1.1]])
COMPLEX = REAL + 1j * REAL[::-1]
DEGREES = np.array([0, 1, 3])


@pytest.mark.parametrize(
    ("function", "args"),
    [
        (special.binom, (2.5, -1.0)),  # 1 / Γ(k + 1) has a zero
        (special.binom, (0.5, -2.0)),
        (special.binom, (2.0, 4.0)),  # so has 1 / Γ(n - k + 1)
        (special.binom, (2.0, 3.0)),
        (special.binom, (0.5, 2.5)),
        (special.binom, (200.0, 0.0)),  # where Γ(n + 1) overflows, and neither has a zero
        (special.binom, (200.0, 200.0)),
        (special.binom, (200.0, -1.0)),  # where there is one
        (special.binom, (200.5, -3.0)),
        (special.rgamma, (-2.0,)),
        (lambda z: special.poch(z, 1.5), (-2.0,)),
        (lambda z: special.poch(z, 4.0), (-2.0,)),
        (lambda z: special.poch(z, 2.0), (-3.0,)),
        (special.spence, (1.0,)),
        (special.spence, (1.4,)),
        (special.spence, (3.0,)),
        (special.xlog1py, (0.0, 1.0)),
        (special.xlogy, (0.0, 2.0)),
        (lambda x2: np.heaviside(np.zeros(2), x2), ([0.5, 2.0],)),
        (np.imag, ([1.0 + 2.0j, 0.5 - 1.0j],)),
        (np.clip, ([0.985, 1.015, -0.985, -1.015, 1.5, -1.5], [-1.0] * 6, [1.0] * 6)),  # near to the limits
        (np.clip, ([0.5, 0.5], [1.0, 1.0], [1.015, 0.985])),  # near to each other, and the wrong way round
        (lambda a, low, high: ag.clip(a, min=low, max=high), ([0.5, 1.5, -0.5], [0.0] * 3, [1.0] * 3)),
        (lambda a, low, high: ag.clip(a, min=low, max=high), ([0.5, 0.5], [1.0, 1.0], [1.015, 0.985])),
        (lambda a, low, high: ag.clip(a, min=low, max=high), ([0.985, 1.015], [-1.0] * 2, [1.0] * 2)),
        (lambda a, low, high: ag.clip(a, min=low, max=high), ([-0.985, -1.015], [-1.0] * 2, [1.0] * 2)),
        (np.maximum, ([1.0, 1.015], [1.015, 1.0])),
        (np.minimum, ([1.0, 1.015], [1.015, 1.0])),
        (np.fmax, ([1.0, 1.015], [1.015, 1.0])),
        (np.fmin, ([1.0, 1.015], [1.015, 1.0])),
        (further_space, ([[1.0], [2.0], [-0.5]],)),
        (weight_gradient, (REAL,)),
        (of_hermitian, (REAL,)),
        (of_hermitian, (COMPLEX,)),
        (of_singular, (REAL[:2],)),
        (of_singular, (COMPLEX[:, :2],)),
        (lambda x: special.eval_hermite(DEGREES, x), ([0.3, 0.5, 0.7],)),
        (lambda x: special.eval_hermitenorm(DEGREES, x), ([0.3, 0.5, 0.7],)),
        (lambda x: special.expn(DEGREES, x), ([0.3, 0.5, 0.7],)),
        (lambda x: special.spherical_jn(DEGREES, x), ([0.3, 0.5, 0.7],)),
        (lambda x: special.spherical_yn(DEGREES, x), ([0.3, 0.5, 0.7],)),
        (lambda x: special.spherical_in(DEGREES, x), ([0.3, 0.5, 0.7],)),
        (lambda x: special.spherical_kn(DEGREES, x), ([0.3, 0.5, 0.7],)),
        (lambda x: special.eval_legendre(0.0, x), (0.3,)),  # second derivatives have degree -2
        (lambda x: special.eval_legendre(-4, x), (0.3,)),  # the same as 3
        (lambda x: special.eval_legendre(DEGREES - 2, x), ([0.3, 0.5, 0.7],)),
        (lambda x: special.eval_legendre(np.array([0.5, -1.7]), x), ([0.3, 0.5],)),
        (lambda x: special.eval_jacobi(DEGREES, 1.5, 0.5, x), ([-1.9, -2.4, 1.3],)),
        (lambda x: special.eval_jacobi(0, 1.5, 0.5, x), ([-1.9, 0.4, 1.3],)),
        (lambda x: special.eval_chebyt(-4, x), (0.3 + 0.2j,)),
        (lambda x: special.eval_chebyu(-0.5, x), (0.3,)),
        (lambda x: special.eval_chebyu(-4, x), (0.3,)),
        (lambda x: special.eval_chebyu(np.array([-1, -2, 2]), x), ([0.3, 0.5, 0.2 + 0.1j],)),
        (lambda x: special.eval_gegenbauer(np.array([0, 1, 2]), 1.5, x), ([0.3, 0.5, 0.2 + 0.1j],)),
        (np.remainder, ([2.02, 1.985], [1.0, 1.0])),
        (np.fmod, ([2.02, 1.985, 40.5], [1.0, 1.0, 1.0])),
    ],
)
def test_a_smooth_awkward_point(function: Any, args: Any) -> None:
    for seed in range(2):  # a VJP that writes to its cotangent is seen along most directions, not all
        check_grads(function, [np.array(x) for x in args], order=2, seed=seed)


# erfcx and dawsn, differentiated term by term: Σ aₙ x ** (-2n - 1) of their asymptotic series.
TAIL = [1.0, 1 / 2, 3 / 4, 15 / 8, 105 / 16, 945 / 32, 10395 / 64]


@pytest.mark.parametrize(
    ("function", "sign", "scale"), [(special.dawsn, 1, 0.5), (special.erfcx, -1, np.pi**-0.5)]
)
@pytest.mark.parametrize("x", [100.0, 100.5, 1500.0, 1e4])
def test_awkward_far_out(function: Any, sign: int, scale: float, x: float) -> None:
    expected = -scale * sum(
        (2 * n + 1) * sign**n * factor * x ** (-2 * n - 2) for n, factor in enumerate(TAIL)
    )
    np.testing.assert_allclose(ag.grad(function)(x), expected, rtol=2e-12)
