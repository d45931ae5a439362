"""The numerics contract: which dtypes come out, and how half precision is added up."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd_cnn as ag


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize(
    "function",
    [
        lambda x: x * 2 + 1,
        lambda x: 1.5 / x - x**2,
        lambda x: np.exp(x).sum(axis=0),
        lambda x: x.mean(),
        lambda x: x.max(axis=1),
        lambda x: x.softmax(),
        lambda x: ag.where(x > 1, x, 0.0),
        lambda x: np.clip(x, 0.0, 1.5),
        lambda x: np.std(x),
    ],
)
def test_python_scalars_never_promote(function: Any, dtype: Any) -> None:
    x = ag.tensor(np.array([[0.5, 1.0], [1.5, 2.0]], dtype), requires_grad=True)
    y = function(x)
    assert y.dtype == dtype
    y.sum().backward()
    assert x.grad.dtype == dtype


def test_seventy_thousand_ties_do_not_underflow_in_float16() -> None:
    x = ag.tensor(np.zeros(70_000, np.float16), requires_grad=True)
    x.max().backward(np.float16(1000.0))
    assert x.grad.numpy().sum(dtype=np.float64) == pytest.approx(1000.0, rel=0.01)


def test_float16_is_summed_in_float32() -> None:
    x = ag.tensor(np.full(10_000, 0.1, np.float16), requires_grad=True)
    bias = ag.tensor(np.float16(0.0), requires_grad=True)
    exact = 10_000 * float(np.float16(0.1))
    assert float(np.sum(x).detach()) == pytest.approx(exact, rel=1e-3)
    (x + bias).backward(np.full(10_000, 0.1, np.float16))
    assert float(bias.grad) == pytest.approx(exact, rel=1e-3)
    assert bias.grad.dtype == np.float16


@pytest.mark.parametrize(
    "function",
    [np.var, np.std, np.mean, np.nanvar, np.nanstd, np.nanmean, np.linalg.norm, np.linalg.vector_norm],
)
def test_seventy_thousand_halves_are_reduced_as_singles(function: Any) -> None:
    halves = np.tile(np.array([0.0, 2.0], np.float16), 35_000)
    x = ag.tensor(halves, requires_grad=True)
    exact = ag.tensor(halves.astype(np.float64), requires_grad=True)
    y, wanted = function(x), function(exact)
    y.backward(np.float16(1000.0))
    wanted.backward(1000.0)
    assert y.dtype == x.grad.dtype == np.float16
    assert float(y.detach()) == pytest.approx(float(wanted.detach()), rel=1e-3)
    np.testing.assert_allclose(x.grad.numpy(), exact.grad.numpy(), rtol=1e-2, atol=1e-4)


@pytest.mark.parametrize(
    ("function", "entry"),
    [
        (np.cumsum, 0.01),
        (np.cumprod, 1.0),
        (np.prod, 1.0),
        (np.nansum, 0.01),
        (ag.special.logsumexp, 0.0),
        (ag.special.softmax, 0.0),
        (ag.special.log_softmax, 0.0),
        (lambda x: np.average(x, weights=np.ones(70_000, x.dtype)), 0.5),
        (lambda x: ag.nn.functional.cross_entropy(x[None], np.array([3])), 0.0),
    ],
)
def test_long_sums_and_products_of_halves(function: Any, entry: float) -> None:
    x = ag.tensor(np.full(70_000, entry, np.float16), requires_grad=True)
    exact = ag.tensor(x.detach().numpy().astype(np.float64), requires_grad=True)
    y, wanted = function(x), function(exact)
    assert y.dtype == np.float16
    np.testing.assert_allclose(y.detach().numpy(), wanted.detach().numpy(), rtol=2e-3)
    cotangent = np.zeros(y.shape, np.float16)
    cotangent.reshape(-1)[-1] = 1.0
    y.backward(cotangent)
    wanted.backward(cotangent.astype(np.float64))
    np.testing.assert_allclose(x.grad.numpy(), exact.grad.numpy(), rtol=2e-3, atol=1e-7)


def test_a_dtype_that_is_asked_for_is_kept() -> None:
    x = ag.tensor(np.ones(3, np.float16), requires_grad=True)
    for function in (np.sum, np.mean, np.prod, np.cumsum, np.cumprod, np.var, np.std, np.nanvar, np.nanmean):
        assert function(x, dtype=np.float32).dtype == np.float32
        assert function(x, dtype=np.float64).dtype == np.float64


F = ag.nn.functional


@pytest.mark.parametrize(
    ("function", "shapes"),
    [
        (F.linear, [(2, 3), (4, 3), (4,)]),
        (F.conv1d, [(2, 3, 8), (4, 3, 3)]),
        (F.conv2d, [(2, 3, 8, 8), (4, 3, 3, 3)]),
        (F.conv3d, [(1, 2, 4, 4, 4), (2, 2, 3, 3, 3)]),
        (lambda x: F.max_pool2d(x, 2), [(1, 1, 4, 4)]),
        (lambda x: F.avg_pool2d(x, 2), [(1, 1, 4, 4)]),
        (F.relu, [(2, 3)]),
        (F.tanh, [(2, 3)]),
        (lambda x: F.dropout(x, 0.5), [(2, 3)]),
        (lambda x: F.cross_entropy(x, np.array([0, 1])), [(2, 3)]),
        (lambda x: F.cross_entropy(x, np.array([0, 1]), label_smoothing=0.1), [(2, 3)]),
        (lambda x: F.nll_loss(F.log_softmax(x, 1), np.array([0, 1])), [(2, 3)]),
        (F.mse_loss, [(2, 3), (2, 3)]),
    ],
)
@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_layers_keep_the_dtype(function: Any, shapes: Any, dtype: Any) -> None:
    generator = np.random.default_rng(0)
    xs = [ag.tensor(generator.normal(size=s).astype(dtype), requires_grad=True) for s in shapes]
    y = function(*xs)
    assert y.dtype == dtype
    y.sum().backward()
    assert all(x.grad.dtype == dtype and np.isfinite(x.grad.numpy()).all() for x in xs)


@pytest.mark.parametrize("name", ["inv", "det", "solve", "cholesky", "qr", "svd", "eigh", "eig", "pinv"])
def test_linear_algebra_of_halves_is_a_type_error_that_helps(name: str) -> None:
    matrix = np.eye(2, dtype=np.float16)
    x = ag.tensor(matrix, requires_grad=True)
    arguments = (x, matrix) if name == "solve" else (x,)
    with pytest.raises(TypeError, match=r"float16.*astype\(np.float32\)"):
        getattr(np.linalg, name)(*arguments)


@pytest.mark.parametrize(
    "function", [np.fft.fft, np.fft.rfft, np.fft.irfft, ag.fft.dct, ag.linalg.expm, ag.special.erf]
)
def test_where_numpy_and_scipy_take_halves_so_do_we(function: Any) -> None:
    array = np.array([[1.0, 0.5], [0.25, 1.0]], np.float16)
    x = ag.tensor(array, requires_grad=True)
    y = function(x)
    assert y.dtype == np.asarray(function(array)).dtype
    abs(y).sum().backward()
    assert x.grad.dtype == np.float16
    exact = ag.tensor(array.astype(np.float64), requires_grad=True)
    abs(function(exact)).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), exact.grad.numpy(), rtol=2e-2, atol=1e-3)


def test_a_float64_operand_promotes_the_result_and_not_the_gradient() -> None:
    x = ag.tensor(np.ones(2, np.float32), requires_grad=True)
    y = x * np.ones(2)
    assert y.dtype == np.float64
    y.sum().backward()
    assert x.grad.dtype == np.float32


@pytest.mark.parametrize("data", [[1, 2], [True, False]])
def test_integers_and_booleans_cannot_require_grad_but_pass_through(data: Any) -> None:
    with pytest.raises(TypeError, match="only floating and complex tensors can require grad"):
        ag.tensor(data, requires_grad=True)
    x = ag.tensor([3.0, 4.0], requires_grad=True)
    constant = ag.tensor(data)
    (x * constant).sum().backward()
    assert x.grad.tolist() == [float(number) for number in data]
    assert not (constant & constant).requires_grad


def test_indices_masks_and_labels_may_be_tensors() -> None:
    x = ag.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    picked = x[ag.tensor([1, 1])].sum() + x[ag.tensor([True, False])].sum()
    (picked + F.cross_entropy(x, ag.tensor([0, 1])) * 0).backward()
    assert x.grad.tolist() == [[1.0, 1.0], [2.0, 2.0]]


def test_complex_gradients_are_pytorchs() -> None:
    z = ag.tensor(3.0 + 4.0j, requires_grad=True)
    abs(z).backward()
    assert z.grad.item() == pytest.approx(0.6 + 0.8j)  # what torch 2.13 answers
    z.grad = None
    (z * (1 + 2j)).real.backward()
    assert z.grad.item() == 1 - 2j
    real = ag.tensor(2.0, requires_grad=True)
    (real * 1j).imag.backward()
    assert (real.grad.dtype, real.grad.item()) == (np.float64, 1.0)
