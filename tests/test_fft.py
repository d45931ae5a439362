"""Fourier, cosine and sine transforms: complex numbers, adjoints, all lengths, and how they are found."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import scipy.fft
from hypothesis import given
from hypothesis import strategies as st

import autograd_cnn as ag
from autograd_cnn import fft
from autograd_cnn.errors import ArgumentError, ShapeError, UnsupportedError
from autograd_cnn.testing import check_grads

NORMS = st.sampled_from([None, "backward", "ortho", "forward"])
LENGTHS = st.integers(1, 7)


def normal(seed: int, *shape: int, complex: bool = False) -> Any:
    generator = np.random.default_rng(seed)
    real = generator.standard_normal(shape)
    return real + 1j * generator.standard_normal(shape) if complex else real


def check_adjoint(function: Any, x: Any, seed: int = 1) -> None:
    """Re ⟨v, J u⟩ = Re ⟨Jᴴ v, u⟩ for a linear map: its value against the reverse pass."""
    variable = ag.tensor(x, requires_grad=True)
    y = function(variable)
    v = normal(seed, *y.shape, complex=y.dtype.kind == "c")
    (back,) = ag.backprop([y], [variable], [v])
    u = normal(seed + 1, *x.shape, complex=x.dtype.kind == "c")
    there = np.sum(np.conj(v) * function(ag.tensor(u)).numpy()).real
    again = np.sum(np.conj(back.numpy()) * u).real
    np.testing.assert_allclose(again, there, rtol=1e-12, atol=1e-12)
    assert back.dtype == x.dtype


@given(have=LENGTHS, n=st.none() | LENGTHS, norm=NORMS, axis=st.sampled_from([0, -1]))
def test_one_dimensional_pairs_are_adjoint(have: int, n: int | None, norm: Any, axis: int) -> None:
    shape = (have, 2) if axis == 0 else (2, have)
    for transform in (fft.fft, fft.ifft):
        check_adjoint(lambda x, f=transform: f(x, n, axis, norm), normal(0, *shape))
        check_adjoint(lambda x, f=transform: f(x, n, axis, norm), normal(0, *shape, complex=True))
    for transform in (fft.rfft, fft.ihfft):
        check_adjoint(lambda x, f=transform: f(x, n, axis, norm), normal(0, *shape))
    if n is not None or have > 1:
        for transform in (fft.irfft, fft.hfft):
            check_adjoint(lambda x, f=transform: f(x, n, axis, norm), normal(0, *shape))
            check_adjoint(lambda x, f=transform: f(x, n, axis, norm), normal(0, *shape, complex=True))


@given(
    kind=st.sampled_from([1, 2, 3, 4]),
    have=st.integers(2, 6),
    n=st.none() | st.integers(2, 7),
    norm=NORMS,
    orthogonalize=st.sampled_from([None, True, False]),
)
def test_cosine_and_sine_pairs_are_adjoint_and_equal_scipy(
    kind: int, have: int, n: int | None, norm: Any, orthogonalize: bool | None
) -> None:
    for name in ("dct", "idct", "dst", "idst"):
        ours, theirs = getattr(fft, name), getattr(scipy.fft, name)
        for x in (normal(0, 2, have), normal(0, 2, have, complex=True)):
            parts = [
                theirs(part, kind, n, norm=norm, orthogonalize=orthogonalize) for part in (x.real, x.imag)
            ]
            expected = parts[0] + 1j * parts[1]  # SciPy forgets orthogonalize for complex numbers
            got = ours(ag.tensor(x), kind, n, norm=norm, orthogonalize=orthogonalize).numpy()
            np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-13)
            check_adjoint(lambda t, f=ours: f(t, kind, n, norm=norm, orthogonalize=orthogonalize), x)


@pytest.mark.parametrize("name", ["dctn", "idctn", "dstn", "idstn"])
@pytest.mark.parametrize(
    "options", [{}, {"type": 3, "axes": (0,)}, {"s": (3,)}, {"s": (5, 2), "axes": (0, 1), "norm": "ortho"}]
)
def test_cosine_and_sine_over_several_axes_equal_scipy(name: str, options: Any) -> None:
    x = normal(0, 3, 4)
    expected = getattr(scipy.fft, name)(x, **options)
    np.testing.assert_allclose(
        getattr(fft, name)(ag.tensor(x), **options).numpy(), expected, rtol=1e-12, atol=1e-13
    )


@pytest.mark.parametrize("name", ["fftn", "ifftn", "fft2", "ifft2", "irfftn", "irfft2"])
def test_complex_numbers_over_several_axes(name: str) -> None:
    z = normal(0, 2, 3, 4, complex=True)
    for options in ({}, {"s": (3, 5), "axes": (-1, 0), "norm": "ortho"}):
        transform, reference = getattr(fft, name), getattr(np.fft, name)
        np.testing.assert_allclose(
            transform(ag.tensor(z), **options).numpy(), reference(z, **options), rtol=1e-12, atol=1e-13
        )
        check_adjoint(lambda x, f=transform, o=options: f(x, **o), z)


@pytest.mark.parametrize("n", [5, 6])
def test_finite_differences_of_complex_programs(n: int) -> None:
    z = normal(0, 2, n, complex=True)
    x = normal(1, 2, n)
    check_grads(lambda t: abs(fft.fft(t)) ** 2, [z])
    check_grads(lambda t: abs(np.fft.rfft(t, n + 1)) ** 2, [x])
    check_grads(lambda t: np.fft.irfft(t, n) ** 2, [z])
    check_grads(lambda t: np.fft.hfft(t, n) ** 2, [z])
    check_grads(lambda s, t: np.fft.irfft(np.fft.rfft(s) * np.fft.rfft(t), n), [x, x[::-1]])
    check_grads(lambda t: fft.fftshift(t, axes=1) * z, [z])


def test_float32_stays_single() -> None:
    x = ag.tensor(np.ones((2, 6), np.float32), requires_grad=True)
    for transform, dtype in (
        (np.fft.fft, np.complex64),
        (np.fft.rfft, np.complex64),
        (np.fft.irfft, np.float32),
        (fft.dct, np.float32),
        (fft.idst, np.float32),
    ):
        y = transform(x)
        assert y.dtype == dtype
        (gradient,) = ag.backprop([ag.sum(abs(y) ** 2)], [x])
        assert gradient.dtype == np.float32


def test_mistakes_are_explained() -> None:
    x = ag.tensor(np.ones((2, 3)))
    with pytest.raises(ShapeError, match=r"rfft: .*axis 2 is out of bounds.*\(2, 3\) float64"):
        fft.rfft(x, axis=2)
    with pytest.raises(ShapeError, match=r"fft: .*norm.*nonsense"):
        fft.fft(x, norm="nonsense")  # type: ignore[arg-type]
    with pytest.raises(ShapeError, match=r"ifft: Invalid number of FFT data points \(0\)"):
        fft.ifft(x, 0)
    with pytest.raises(TypeError, match=r"rfft: .*\(2, 3\) complex128"):
        fft.rfft(x + 1j)
    with pytest.raises(ShapeError, match="fftn: expected a length in s for each of 2 axes, got 1"):
        fft.fftn(x, s=(3,), axes=(0, 1))
    with pytest.raises(ShapeError, match=r"dct: invalid DCT type|dct: "):
        fft.dct(x, type=5)
    with pytest.raises(ArgumentError, match="fftfreq: expected a number of samples of 1 or more, got 0"):
        fft.fftfreq(0)


def test_frequencies() -> None:
    np.testing.assert_array_equal(fft.fftfreq(5, 0.5).numpy(), np.fft.fftfreq(5, 0.5))
    np.testing.assert_array_equal(fft.rfftfreq(6, 0.5).numpy(), np.fft.rfftfreq(6, 0.5))


@pytest.mark.parametrize("name", sorted(set(fft.backend.functions)))
def test_scipy_fft_takes_tensors_where_the_backend_is_set(name: str) -> None:
    x = normal(0, 3, 4)
    function = getattr(scipy.fft, name)
    expected = function(x, norm="ortho", overwrite_x=False)
    variable = ag.tensor(x, requires_grad=True)
    with scipy.fft.set_backend(fft.backend):
        got = function(variable, norm="ortho", overwrite_x=False)
        np.testing.assert_array_equal(function(x, norm="ortho"), expected)  # arrays stay SciPy's
    assert got.requires_grad
    np.testing.assert_allclose(got.detach().numpy(), expected, rtol=1e-12, atol=1e-13)


def test_what_scipy_fft_cannot_do_for_tensors_raises() -> None:
    x = ag.tensor(normal(0, 3, 4), requires_grad=True)
    with scipy.fft.set_backend(fft.backend):
        with pytest.raises(UnsupportedError, match=r"scipy\.fft\.hfft2 is not implemented for tensors"):
            scipy.fft.hfft2(x)
        with pytest.raises(UnsupportedError, match=r"scipy\.fft\.fft: plan= is not supported"):
            scipy.fft.fft(x, plan="a plan")
    with pytest.raises((UnsupportedError, AttributeError)):  # the latter from SciPy 1.14
        scipy.fft.fft(x)


def test_numpy_alone_loads_them() -> None:
    program = (
        "import sys, numpy as np, autograd_cnn as ag\n"
        "x = ag.tensor([1.0, 2.0], requires_grad=True)\n"
        "np.sum(np.real(np.fft.fft(x))).backward()\n"
        "assert 'scipy' not in sys.modules\n"
        "print(x.grad.tolist())"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[2.0, 0.0]"
