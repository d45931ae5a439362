"""`grad` and `value_and_grad`: nesting, mixing with the tape, plain results."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

import autograd_cnn as ag


def test_derivatives_of_any_order() -> None:
    derivative = np.tanh
    x, expected = 0.3, np.tanh(0.3)
    expected = [1 - expected**2, -2 * expected * (1 - expected**2), (6 * expected**2 - 2) * (1 - expected**2)]
    for order in range(3):
        derivative = ag.grad(derivative)
        assert derivative(x) == pytest.approx(expected[order], rel=1e-12)


def test_no_perturbation_confusion() -> None:
    assert ag.grad(lambda x: x * ag.grad(lambda y: x + y)(2.0))(3.0) == 1.0
    assert ag.grad(lambda x: x * ag.grad(lambda y: x * y * y)(x))(3.0) == pytest.approx(2 * 3 * 9.0)


def test_mixed_partials() -> None:
    def f(x, y):
        return np.sin(x) * y**3

    assert ag.grad(ag.grad(f, 0), 1)(0.5, 2.0) == pytest.approx(np.cos(0.5) * 12)
    assert ag.grad(ag.grad(f, 1), 0)(0.5, 2.0) == pytest.approx(np.cos(0.5) * 12)


def test_plain_in_plain_out() -> None:
    gradient = ag.grad(lambda x: np.sum(x**2))(np.array([1.0, 2.0]))
    assert type(gradient) is np.ndarray
    value, derivative = ag.value_and_grad(np.sin)(0.5)
    assert type(value) is float
    assert type(derivative) is float
    assert ag.grad(lambda x: np.sum(x))(np.ones(2, np.float32)).dtype == np.float32


def test_a_gradient_that_depends_on_an_outer_variable_is_recorded() -> None:
    w = ag.tensor(2.0, requires_grad=True)
    gradient = ag.grad(lambda x: w * x * x)(3.0)
    assert gradient.item() == 12.0
    gradient.backward()
    assert w.grad.item() == 6.0
    x = ag.tensor(3.0, requires_grad=True)
    ag.grad(lambda t: t**3)(x).backward()
    assert x.grad.item() == 18.0


def test_it_records_even_under_no_grad() -> None:
    with ag.no_grad():
        assert ag.grad(np.sin)(0.0) == 1.0


def test_several_arguments_and_unused_ones() -> None:
    a, b = ag.grad(lambda x, y, z: np.sum(x * y), argnums=(0, 2))(np.ones(2), 3.0, np.ones(3))
    np.testing.assert_array_equal(a, [3.0, 3.0])
    np.testing.assert_array_equal(b, np.zeros(3))
    assert ag.grad(lambda x: 5.0)(2.0) == 0.0


def test_errors() -> None:
    with pytest.raises(ValueError, match="argnums is 2, but the call has 1"):
        ag.grad(np.sin, 2)(1.0)
    with pytest.raises(TypeError, match=r"2\.0 instead of 2"):
        ag.grad(np.sin)(2)
    with pytest.raises(ValueError, match="single number"):
        ag.grad(np.sin)(np.ones(2))


def test_scipy_optimize() -> None:
    def rosenbrock(x):
        return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)

    found = minimize(ag.value_and_grad(rosenbrock), np.zeros(10), jac=True, method="BFGS")
    np.testing.assert_allclose(found.x, np.ones(10), atol=1e-4)
