"""Signal processing: equal to SciPy in every mode, method and layout of axes; gradients of any order."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import scipy.signal
from hypothesis import given
from hypothesis import strategies as st

import autograd_cnn as ag
from autograd_cnn import signal
from autograd_cnn.errors import ArgumentError, DtypeError, ShapeError, UnsupportedError
from autograd_cnn.testing import check_grads

MODES = st.sampled_from(["full", "same", "valid"])
SIDES = st.integers(1, 5)


def normal(seed: int, *shape: int, complex: bool = False) -> Any:
    generator = np.random.default_rng(seed)
    real = generator.standard_normal(shape)
    return real + 1j * generator.standard_normal(shape) if complex else real


def assert_equals_scipy(name: str, *args: Any, **options: Any) -> None:
    """Our function on tensors and on arrays, or its error, against SciPy's."""
    try:
        expected = getattr(scipy.signal, name)(*args, **options)
    except ValueError:
        with pytest.raises(ValueError, match=name):
            getattr(signal, name)(*map(ag.tensor, args), **options)
        return
    for given_args in (args, [ag.tensor(a) for a in args]):
        got = np.asarray(getattr(signal, name)(*given_args, **options))
        assert got.shape == expected.shape
        assert got.dtype == expected.dtype
        np.testing.assert_allclose(got, expected, rtol=1e-11, atol=1e-12)


@given(
    name=st.sampled_from(["convolve", "correlate", "fftconvolve", "oaconvolve"]),
    sides=st.lists(st.tuples(SIDES, SIDES), min_size=1, max_size=3),
    mode=MODES,
    method=st.sampled_from(["auto", "direct", "fft"]),
    complex=st.booleans(),
)
def test_convolution_equals_scipy(name: str, sides: Any, mode: str, method: str, complex: bool) -> None:
    first = normal(0, *(n for n, _ in sides), complex=complex)
    second = normal(1, *(n for _, n in sides), complex=complex)
    options = {} if name in ("fftconvolve", "oaconvolve") else {"method": method}
    assert_equals_scipy(name, first, second, mode=mode, **options)


@given(
    name=st.sampled_from(["fftconvolve", "oaconvolve"]),
    axes=st.lists(st.sampled_from([0, 1, -1]), min_size=1, max_size=2, unique=True),
    first=st.tuples(*[st.sampled_from([1, 3, 4])] * 3),
    second=st.tuples(*[st.sampled_from([1, 3, 4])] * 3),
    mode=MODES,
)
def test_some_axes_equal_scipy(name: str, axes: Any, first: Any, second: Any, mode: str) -> None:
    assert_equals_scipy(name, normal(0, *first), normal(1, *second), mode=mode, axes=axes)


@given(
    name=st.sampled_from(["convolve2d", "correlate2d"]),
    sides=st.tuples(SIDES, SIDES, SIDES, SIDES),
    mode=MODES,
    boundary=st.sampled_from(["fill", "wrap", "symm"]),
    fillvalue=st.sampled_from([0, 1.5]),
    complex=st.booleans(),
)
def test_matrices_equal_scipy(
    name: str, sides: Any, mode: str, boundary: str, fillvalue: float, complex: bool
) -> None:
    first, second = normal(0, *sides[:2], complex=complex), normal(1, *sides[2:], complex=complex)
    assert_equals_scipy(name, first, second, mode=mode, boundary=boundary, fillvalue=fillvalue)


@given(n=st.integers(1, 6), m=st.integers(1, 6), mode=MODES, complex=st.booleans())
def test_numpy_alone_convolves_and_correlates(n: int, m: int, mode: Any, complex: bool) -> None:
    a, v = normal(0, n, complex=complex), normal(1, m, complex=complex)
    for function in (np.convolve, np.correlate):
        got = function(ag.tensor(a, requires_grad=True), v, mode)
        np.testing.assert_allclose(got.detach().numpy(), function(a, v, mode), rtol=1e-12, atol=1e-13)


@given(
    n=st.integers(0, 6),
    b=st.integers(1, 4),
    a=st.integers(1, 4),
    axis=st.sampled_from([0, 1, -1]),
    state=st.sampled_from(["none", "whole", "broadcast"]),
    complex=st.booleans(),
)
def test_lfilter_equals_scipy(n: int, b: int, a: int, axis: int, state: str, complex: bool) -> None:
    numerator, denominator = normal(0, b, complex=complex), normal(1, a)
    x = np.moveaxis(normal(2, 3, n, complex=complex), -1, axis)
    zi = None
    if state != "none":
        zi = np.moveaxis(normal(3, 3 if state == "whole" else 1, max(a, b) - 1), -1, axis)
    if n == 0:  # SciPy has states of its own making here
        assert signal.lfilter(ag.tensor(numerator), denominator, x, axis).shape == x.shape
        return
    expected = scipy.signal.lfilter(numerator, denominator, x, axis, zi)
    got = signal.lfilter(ag.tensor(numerator), denominator, x, axis, zi)
    for ours, theirs in zip(*((got, expected) if zi is not None else ([got], [expected])), strict=True):
        assert ours.shape == theirs.shape
        scale = np.max(np.abs(theirs), initial=1)
        np.testing.assert_allclose(ours.numpy(), theirs, rtol=1e-10, atol=1e-11 * scale)


@pytest.mark.parametrize("complex", [False, True])
@pytest.mark.parametrize(("b", "a", "n"), [(3, 2, 5), (2, 3, 5), (1, 3, 1), (3, 1, 4), (4, 2, 2)])
def test_lfilter_gradients_of_everything_to_second_order(b: int, a: int, n: int, complex: bool) -> None:
    denominator = 0.3 * normal(1, a, complex=complex)
    denominator[0] = 1.5
    arguments = [
        normal(0, b, complex=complex),
        denominator,
        normal(2, 2, n, complex=complex),
        normal(3, 1, max(a, b) - 1, complex=complex),
    ]
    check_grads(lambda b, a, x, zi: signal.lfilter(b, a, x, zi=zi), arguments)


def test_lfilter_to_third_order() -> None:
    arguments = [normal(0, 2), np.array([1.2, -0.4, 0.1]), normal(2, 4)]
    check_grads(signal.lfilter, arguments, order=3)


def test_a_filter_in_two_blocks_is_a_filter_in_one() -> None:
    b, a, x = ag.tensor(normal(0, 3)), ag.tensor([1.0, -0.5, 0.2]), ag.tensor(normal(1, 9))
    first, state = signal.lfilter(b, a, x[:2], zi=np.zeros(2))
    second, _ = signal.lfilter(b, a, x[2:], zi=state)
    whole = signal.lfilter(b, a, x)
    np.testing.assert_allclose(np.concatenate([first, second]).numpy(), whole.numpy(), atol=1e-13)


@pytest.mark.parametrize("axis", [0, -1])
def test_sosfilt_equals_scipy_and_differentiates_its_sections(axis: int) -> None:
    sos = scipy.signal.butter(5, 0.3, output="sos")
    x = normal(0, 3, 3)
    zi = normal(1, len(sos), *((2, 3) if axis == 0 else (3, 2)))
    got = signal.sosfilt(sos, ag.tensor(x), axis, ag.tensor(zi))
    for ours, theirs in zip(got, scipy.signal.sosfilt(sos, x, axis, zi), strict=True):
        np.testing.assert_allclose(ours.numpy(), theirs, rtol=1e-11, atol=1e-12)
    keep = np.ones_like(sos)
    keep[:, 3] = 0  # a[0] must stay 1
    check_grads(
        lambda s, x, zi: signal.sosfilt(s * keep + (1 - keep), x, axis, zi), [sos, x, zi], directions=1
    )
    np.testing.assert_allclose(
        signal.sosfilt(ag.tensor(sos), x, axis).numpy(), scipy.signal.sosfilt(sos, x, axis), atol=1e-12
    )


@given(
    b=st.integers(1, 4),
    a=st.integers(1, 4),
    axis=st.sampled_from([0, -1]),
    padtype=st.sampled_from(["odd", "even", "constant", None]),
    padlen=st.sampled_from([None, 0, 3]),
)
def test_filtfilt_equals_scipy(b: int, a: int, axis: int, padtype: Any, padlen: Any) -> None:
    if a == b == 1:  # SciPy does not take these
        return
    numerator, denominator = normal(0, b), 0.2 * normal(1, a)
    denominator[0] = 1.3
    x = normal(2, 14, 14)
    steady = signal.lfilter_zi(ag.tensor(numerator), denominator)
    np.testing.assert_allclose(steady.numpy(), scipy.signal.lfilter_zi(numerator, denominator), atol=1e-12)
    expected = scipy.signal.filtfilt(numerator, denominator, x, axis, padtype, padlen)
    got = signal.filtfilt(ag.tensor(numerator), denominator, x, axis, padtype, padlen)
    np.testing.assert_allclose(got.numpy(), expected, rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize("function", ["convolve", "correlate", "fftconvolve", "oaconvolve", "correlate2d"])
@pytest.mark.parametrize("mode", ["full", "same", "valid"])
def test_complex_convolution_to_second_order(function: str, mode: str) -> None:
    arguments = [normal(0, 3, 4, complex=True), normal(1, 2, 3, complex=True)]
    check_grads(lambda x, y: getattr(signal, function)(x, y, mode), arguments)
    check_grads(lambda x: getattr(signal, function)(x, arguments[1], mode), [arguments[0].real])


@given(
    shape=st.sampled_from([(1,), (5,), (2, 7), (6, 2)]),
    axis=st.sampled_from([0, -1]),
    type=st.sampled_from(["linear", "constant"]),
    breaks=st.lists(st.integers(0, 5), max_size=2),
)
def test_detrend_equals_scipy(shape: Any, axis: int, type: str, breaks: list[int]) -> None:
    x = normal(0, *shape)
    bp = [b for b in breaks if b <= x.shape[axis]]
    assert_equals_scipy("detrend", x, axis=axis, type=type, bp=bp or 0)
    assert_equals_scipy("detrend", x + 1j, axis=axis, type=type, bp=bp or 0)


@given(n=st.integers(1, 7), N=st.none() | st.integers(1, 9), axis=st.sampled_from([0, -1]))
def test_hilbert_equals_scipy(n: int, N: int | None, axis: int) -> None:
    assert_equals_scipy("hilbert", normal(0, n, n), N=N, axis=axis)


def test_float32_stays_float32_by_every_method() -> None:
    x = ag.tensor(np.ones((3, 4), np.float32), requires_grad=True)
    kernel = np.ones((2, 3), np.float32)
    for y in (
        signal.convolve(x, kernel, method="direct"),
        signal.fftconvolve(x, kernel, "same"),
        signal.oaconvolve(x, kernel, "valid"),
        signal.convolve2d(x, kernel, "same", "wrap"),
        signal.lfilter(kernel[0], kernel[1], x),
        signal.detrend(x),
        signal.hilbert(x).imag,
    ):
        assert y.dtype == np.float32
        (gradient,) = ag.backprop([ag.sum(y * y)], [x])
        assert gradient.dtype == np.float32


def test_integers_are_exact_constants() -> None:
    large = ag.tensor([2**40, 3])
    got = signal.convolve(large, ag.tensor([2**20, 1]))
    assert got.dtype == np.int64
    assert got.tolist() == [2**60, 2**40 + 3 * 2**20, 3]
    for rows in (1, 2):
        assert_equals_scipy("convolve", np.arange(6).reshape(2, 3), np.arange(2 * rows).reshape(rows, 2))
    assert signal.lfilter([1, 2], [1.0, 0.5], ag.tensor([1, 2])).tolist() == [1.0, 3.5]


def test_mistakes_are_explained() -> None:
    x = ag.tensor(normal(0, 3, 4))
    with pytest.raises(
        ShapeError, match=r"convolve: expected two arrays with as many axes.*\(3, 4\) and \(2,\)"
    ):
        signal.convolve(x, np.ones(2))
    with pytest.raises(ShapeError, match=r"correlate: .*none of length 0"):
        signal.correlate(x, np.ones((0, 2)))
    with pytest.raises(ShapeError, match=r"fftconvolve: mode='valid' expected one array at least as long"):
        signal.fftconvolve(x, np.ones((4, 3)), "valid")
    with pytest.raises(
        ShapeError, match=r"oaconvolve: expected lengths that broadcast along the axes not in"
    ):
        signal.oaconvolve(x, np.ones((3, 3)), axes=0)
    with pytest.raises(ArgumentError, match="expected mode to be 'full', 'valid' or 'same', got 'other'"):
        signal.convolve(x, x, "other")  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="expected method to be 'auto', 'direct' or 'fft', got 'slow'"):
        signal.convolve(x, x, method="slow")
    with pytest.raises(ArgumentError, match="expected boundary to be"):
        signal.convolve2d(x, x, boundary="none")  # type: ignore[arg-type]
    with pytest.raises(ShapeError, match=r"convolve: expected two sequences.*\(3, 4\)"):
        np.convolve(x, [1.0])
    with pytest.raises(ArgumentError, match=r"lfilter: expected a\[0\] other than 0"):
        signal.lfilter([1.0], [0.0, 1.0], x)
    with pytest.raises(ShapeError, match=r"lfilter: expected zi of shape \(3, 1\).*got \(1,\)"):
        signal.lfilter([1.0], [1.0, 0.5], x, zi=[0.0])
    with pytest.raises(ShapeError, match=r"lfilter: expected b to be 1-d.*\(3, 4\)"):
        signal.lfilter(x, [1.0], x)
    with pytest.raises(ArgumentError, match=r"sosfilt: expected 1 for a\[0\]"):
        signal.sosfilt(np.ones((1, 6)) * 2, x)
    with pytest.raises(DtypeError, match="lfilter: expected floating or complex numbers, got int64"):
        signal.lfilter([1], [1, 2], ag.tensor([1, 2]))
    with pytest.raises(ArgumentError, match="lfilter_zi: expected"):
        signal.lfilter_zi([1.0], ag.tensor([1.0, -1.0]))
    with pytest.raises(ShapeError, match=r"filtfilt: expected x to be longer than padlen=6"):
        signal.filtfilt([1.0], [1.0, 0.5], x)
    with pytest.raises(UnsupportedError, match="filtfilt: method='gust' is not supported"):
        signal.filtfilt([1.0], [1.0, 0.5], x, method="gust")
    with pytest.raises(DtypeError, match="hilbert: expected real numbers, got complex128"):
        signal.hilbert(x + 1j)
    with pytest.raises(ArgumentError, match="detrend: expected breakpoints from 0 to 4"):
        signal.detrend(x, bp=5)


@pytest.mark.parametrize("name", ["convolve", "correlate", "fftconvolve", "oaconvolve", "convolve2d"])
def test_scipy_itself_raises_and_names_ours(name: str) -> None:
    x = ag.tensor([[1.0, 2.0]], requires_grad=True)
    with pytest.raises(UnsupportedError, match=r"ag\.signal"):
        getattr(scipy.signal, name)(x, np.ones((1, 2)))


def test_scipy_lfilter_raises() -> None:
    """Its C code replaces our message by its own."""
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises((UnsupportedError, ValueError)):
        scipy.signal.lfilter([1.0], [1.0, 0.5], x)


def test_sequences_need_no_scipy() -> None:
    program = (
        "import sys, numpy as np, autograd_cnn as ag\n"
        "x = ag.tensor([1.0, 2.0], requires_grad=True)\n"
        "np.sum(np.convolve(x, [1.0, 10.0])).backward()\n"
        "assert 'scipy' not in sys.modules\n"
        "print(x.grad.tolist())"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[11.0, 11.0]"


def test_correlate2d_of_complex_numbers_conjugates_as_scipy() -> None:
    generator = np.random.default_rng(0)
    short, long = (generator.normal(size=n) + 1j * generator.normal(size=n) for n in ((2, 3), (3, 4)))
    for first, second in ((short, long), (long, short)):
        ours = signal.correlate2d(first, second, "valid")
        np.testing.assert_allclose(ours, scipy.signal.correlate2d(first, second, "valid"))
