"""Where HIPS autograd 1.9.1, MyGrad 2.5.0, JAX 0.10.2 and PyTorch 2.13 fall short, and what is right.

Each docstring says what a peer answered when it was run, on its own functions and in double precision;
each test, what is answered here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.special

import autograd_cnn as ag
from autograd_cnn.errors import AnomalyError
from autograd_cnn.testing import check_grads

INF, NAN = np.inf, np.nan


def gradients(function: Callable[..., Any], *args: Any) -> list[Any]:
    """The gradient of the sum of a function by each of its arguments."""
    numbers = tuple(range(len(args)))
    found = ag.grad(lambda *xs: ag.sum(function(*xs)), argnums=numbers)(*map(np.asarray, args))
    return [np.asarray(gradient).tolist() for gradient in found]


# --- Plain code ---------------------------------------------------------------------------------------


def test_assignment_to_a_result() -> None:
    """HIPS autograd: TypeError, an ArrayBox does not support item assignment. JAX: TypeError, immutable."""

    def f(x: Any) -> Any:
        y = x * 1
        y[0] = 0.0
        return y

    assert gradients(f, [1.0, 1.0]) == [[0.0, 1.0]]


def test_assignment_into_zeros() -> None:
    """HIPS autograd: ValueError, setting an array element with a sequence. JAX: TypeError, immutable."""

    def f(x: Any) -> Any:
        y = ag.zeros(3)
        y[0] = x[0]
        y[1:] += x * x
        return y

    assert gradients(f, [1.0, 3.0]) == [[3.0, 6.0]]


def test_numpys_own_functions() -> None:
    """JAX: TracerArrayConversionError at np.sin. PyTorch: RuntimeError, can't call numpy() on Tensor."""
    assert gradients(np.sin, 0.0) == [1.0]


@pytest.mark.parametrize(
    "function",
    [
        np.sort,
        lambda x: np.fft.fft(x).real,
        np.diff,
        np.median,
        lambda x: np.linalg.inv(np.outer(x, x) + np.eye(3)),
    ],
)
def test_more_of_numpys_functions(function: Callable[[Any], Any]) -> None:
    """MyGrad: TypeError, no implementation found, for each of these on its tensors."""
    check_grads(function, [np.array([0.3, 1.2, -0.7])])


def test_complex_numbers() -> None:
    """MyGrad: TypeError, tensor data must be floating, integer or boolean."""
    check_grads(lambda z: abs(z * z), [np.array([1 + 2j, 0.5 - 1j])])


# --- Functions without a derivative there -------------------------------------------------------------


def test_sort_in_two_dimensions() -> None:
    """HIPS autograd: NotImplementedError, sort not implemented for multi-dimensional arrays."""
    assert gradients(lambda x: np.sort(x) * [1, 2, 3], [[3.0, 1.0, 2.0]] * 2) == [[[3.0, 1.0, 2.0]] * 2]


def test_partition_in_two_dimensions() -> None:
    """HIPS autograd: NotImplementedError, partition not implemented for multi-dimensional arrays."""
    found = gradients(lambda x: np.partition(x, 1) * [1, 2, 3], [[3.0, 1.0, 2.0]] * 2)
    assert found == [[[3.0, 1.0, 2.0]] * 2]


@pytest.mark.parametrize(
    "function",
    [
        np.cumprod,
        np.median,
        lambda x: np.quantile(x, 0.3),
        lambda x: np.percentile(x, 30),
        lambda x: np.interp(x, np.arange(3.0), np.arange(3.0) ** 2),
        np.nansum,
        lambda x: np.take_along_axis(x, np.array([2, 0]), 0),
    ],
)
def test_functions_whose_vjp_is_not_defined(function: Callable[[Any], Any]) -> None:
    """HIPS autograd: NotImplementedError, VJP not defined, for each of these."""
    check_grads(function, [np.array([0.3, 1.2, 0.7])])


def test_repeat_with_a_count_for_each_entry() -> None:
    """HIPS autograd: TypeError, only integer scalar arrays can be converted to a scalar index."""
    assert gradients(lambda x: np.repeat(x, np.array([1, 2, 3])), np.ones(3)) == [[1.0, 2.0, 3.0]]


def test_pad_by_reflection() -> None:
    """HIPS autograd: AssertionError, only constant mode padding is supported."""
    assert gradients(lambda x: np.pad(x, 1, "reflect"), np.ones(3)) == [[1.0, 3.0, 1.0]]


@pytest.mark.parametrize("subscripts", ["ii", "ii->i", "iij->j"])
def test_einsum_with_a_repeated_index(subscripts: str) -> None:
    """HIPS autograd: ValueError, output subscript 'i' multiple times, for each of these."""
    shape = (2, 2, 3)[: len(subscripts.split("->")[0])]
    check_grads(lambda x: np.einsum(subscripts, x), [np.random.default_rng(0).standard_normal(shape)])


@pytest.mark.parametrize(
    ("subscripts", "shapes"),
    [
        ("ij,ij->ij", [(1, 3), (2, 3)]),
        ("ij,ij->", [(2, 1), (2, 3)]),
        ("...i,...i->...", [(3,), (2, 3)]),
        ("...ij,...jk->...ik", [(1, 2, 3), (5, 3, 4)]),
        ("ii,i->i", [(2, 2), (2,)]),
    ],
)
def test_einsum_with_broadcast_indices_has_gradients_of_the_right_shape(
    subscripts: str, shapes: list[Any]
) -> None:
    """HIPS autograd: ValueError for the last of these; the others it answers right as well."""
    generator = np.random.default_rng(0)
    check_grads(lambda x, y: np.einsum(subscripts, x, y), [generator.standard_normal(s) for s in shapes])


# --- NaN where there is a derivative ------------------------------------------------------------------


def test_prod_of_a_zero() -> None:
    """HIPS autograd: nan, 0, 0; for two zeros: nan, nan, 0."""
    assert gradients(np.prod, [0.0, 2.0, 3.0]) == [[6.0, 0.0, 0.0]]
    assert gradients(np.prod, [0.0, 0.0, 3.0]) == [[0.0, 0.0, 0.0]]


def test_second_derivative_of_prod_with_zeros() -> None:
    """HIPS autograd: NaN everywhere."""
    found = ag.hessian(np.prod)(np.array([0.0, 0.0, 3.0]))
    np.testing.assert_array_equal(found, [[0, 3, 0], [3, 0, 0], [0, 0, 0]])


def test_nested_derivatives_of_cumprod_with_zeros() -> None:
    """PyTorch: jacfwd(jacfwd(f)) at (2, 0, 3) is not symmetric; jacrev(jacfwd(f)) is NaN everywhere."""

    def derivative(f: Callable[[Any], Any], along: Any) -> Callable[[Any], Any]:
        return lambda x: ag.jvp(f, (x,), (along,))[1]

    x, (one, two, _) = np.array([2.0, 0.0, 3.0]), np.eye(3)
    last = [[0, 3, 0], [3, 0, 2], [0, 2, 0]]  # of 2 · 0 · 3, the last running product
    np.testing.assert_array_equal(ag.jacobian(ag.jacobian(np.cumprod))(x)[2], last)
    for first, second in ((one, two), (two, one)):
        forward = derivative(derivative(np.cumprod, first), second)(x)
        np.testing.assert_array_equal(forward, [0.0, 1.0, 3.0])
    np.testing.assert_array_equal(ag.jacobian(derivative(np.cumprod, one))(x)[2], last[0])


def test_sinc_at_zero() -> None:
    """HIPS autograd: NaN."""
    assert gradients(np.sinc, 0.0) == [0.0]


@pytest.mark.parametrize("order", [None, 2, 3])
def test_norm_of_zeros(order: Any) -> None:
    """HIPS autograd: NaN; MyGrad and JAX: NaN, for order 3 as well."""
    assert gradients(lambda x: np.linalg.norm(x, ord=order), [0.0, 0.0]) == [[0.0, 0.0]]


def test_second_derivative_of_the_norm_of_zeros() -> None:
    """PyTorch and HIPS autograd: NaN everywhere."""
    np.testing.assert_array_equal(ag.hessian(np.linalg.norm)(np.zeros(2)), np.zeros((2, 2)))


def test_nuclear_norm_of_a_zero_matrix() -> None:
    """JAX and PyTorch: the identity, which depends on arbitrary singular vectors."""
    assert gradients(lambda x: np.linalg.norm(x, "nuc"), np.zeros((2, 2))) == [[[0.0, 0.0], [0.0, 0.0]]]


def test_std_of_constants() -> None:
    """HIPS autograd, MyGrad and JAX: NaN."""
    assert gradients(np.std, [2.0, 2.0, 2.0]) == [[0.0, 0.0, 0.0]]


def test_arctan2_at_the_origin() -> None:
    """HIPS autograd, MyGrad and JAX: NaN."""
    assert gradients(np.arctan2, 0.0, 0.0) == [0.0, 0.0]


def test_hypot_at_the_origin() -> None:
    """HIPS autograd and PyTorch: NaN; JAX: 0.5, 0.5."""
    assert gradients(np.hypot, 0.0, 0.0) == [0.0, 0.0]


def test_logaddexp_of_nothing() -> None:
    """HIPS autograd, MyGrad, JAX and PyTorch: NaN."""
    assert np.isfinite(gradients(np.logaddexp, -INF, -INF)).all()


def test_logsumexp_of_nothing() -> None:
    """HIPS autograd, JAX and PyTorch: NaN."""
    assert gradients(ag.special.logsumexp, [-INF, -INF]) == [[0.0, 0.0]]


def test_xlogy_at_zero() -> None:
    """JAX: -inf, NaN. PyTorch: 0, NaN. HIPS autograd does not have it."""
    assert gradients(scipy.special.xlogy, 0.0, 0.0) == [0.0, 0.0]


def test_zero_to_the_power_of_zero() -> None:
    """JAX: NaN by the base."""
    assert gradients(np.power, 0.0, 0.0) == [0.0, 0.0]


def test_sqrt_of_zero() -> None:
    """HIPS autograd: ZeroDivisionError for a Python float."""
    assert ag.grad(np.sqrt)(0.0) == INF


# --- Kinks and ties -----------------------------------------------------------------------------------


def test_max_with_ties() -> None:
    """MyGrad: 1, 0, 0."""
    assert gradients(np.max, [1.0, 1.0, 0.0]) == [[0.5, 0.5, 0.0]]


def test_maximum_of_equals() -> None:
    """MyGrad: 0, 0; for minimum too."""
    assert gradients(np.maximum, 1.0, 1.0) == [0.5, 0.5]
    assert gradients(np.minimum, 1.0, 1.0) == [0.5, 0.5]


def test_max_with_a_nan() -> None:
    """HIPS autograd and JAX: NaN everywhere."""
    assert gradients(np.max, [1.0, NAN, 2.0]) == [[0.0, 1.0, 0.0]]


def test_clip_at_its_ends() -> None:
    """HIPS autograd and MyGrad: 0, 0. JAX: 0.5, 0.5. (PyTorch, as here: 1, 1.)"""
    assert gradients(lambda x: np.clip(x, 0, 1), [0.0, 1.0]) == [[1.0, 1.0]]


def test_abs_at_zero() -> None:
    """JAX: 1."""
    assert gradients(np.abs, 0.0) == [0.0]


# --- Orders, dtypes, memory ---------------------------------------------------------------------------


def test_a_gradient_can_be_differentiated() -> None:
    """MyGrad: first order only; ``.grad`` is an ndarray."""
    x = ag.tensor(3.0, requires_grad=True)
    (x**3).backward(create_graph=True)
    assert ag.backprop(x.grad, x).item() == 18.0


def test_python_scalars_do_not_promote() -> None:
    """MyGrad: float32 * 2.0, + 1 and 1 / float32 are float64."""
    x = ag.tensor(np.ones(2, np.float32), requires_grad=True)
    assert (x * 2.0).dtype == (x + 1).dtype == (1 / x).dtype == np.float32


def test_a_float32_gradient_stays_float32() -> None:
    """HIPS autograd: float64 for sum(mean(x * 2.0 + 1) / 3)."""
    found = ag.grad(lambda x: np.sum(np.mean(x * 2.0 + 1) / 3))(np.ones(2, np.float32))
    assert found.dtype == np.float32


def test_a_write_through_data_does_not_reach_the_tape() -> None:
    """PyTorch: the gradient is 100, 1, without a word."""
    weights = ag.tensor([1.0, 1.0], requires_grad=True)
    x = ag.tensor([1.0, 1.0], requires_grad=True)
    y = np.sum(weights * x)
    weights.data[0] = 100.0
    y.backward()
    assert x.grad.tolist() == [1.0, 1.0]


def test_a_shared_array_that_changes_is_reported_in_anomaly_mode() -> None:
    """PyTorch: the gradient is 100, 1, without a word."""
    array = np.ones(2)
    x = ag.tensor([1.0, 1.0], requires_grad=True)
    with ag.detect_anomaly():
        y = np.sum(x * ag.from_numpy(array))
        array[0] = 100.0
        with pytest.raises(AnomalyError, match="written to after the operation"):
            y.backward()


def test_the_trap_of_where_is_named() -> None:
    """HIPS autograd, MyGrad, JAX and PyTorch: NaN at 0, without a word about where it comes from."""

    def f(x: Any) -> Any:
        return ag.sum(ag.where(x > 0, np.sqrt(x), 0.0))

    assert np.isnan(ag.grad(f)(np.array([0.0, 4.0]))[0])
    with ag.detect_anomaly(), pytest.raises(AnomalyError, match=r"'sqrt'.*\n.*\n.*np.sqrt\(x\).*\n.*mask"):
        ag.grad(f)(np.array([0.0, 4.0]))
