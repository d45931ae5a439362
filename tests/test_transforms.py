"""`grad` and `value_and_grad`: nesting, mixing with the tape, plain results."""

from __future__ import annotations

import itertools

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


# --- Products and matrices ----------------------------------------------------------------------------

RNG = np.random.default_rng(0)
A, B, C = RNG.normal(size=(3, 4)), RNG.normal(size=4), RNG.normal(size=3)


def layer(weight, x):
    return np.tanh(weight @ x)


def test_vjp_and_jvp_are_adjoint() -> None:
    value, pullback = ag.vjp(layer, A, B)
    moved = ag.jvp(layer, (A, B), (A * 0.3, B * 0.7))
    np.testing.assert_allclose(value, layer(A, B))
    np.testing.assert_allclose(moved[0], layer(A, B))
    for _ in range(2):  # it may be pulled back more than once
        to_weight, to_x = pullback(C)
        assert np.sum(to_weight * A * 0.3) + np.sum(to_x * B * 0.7) == pytest.approx(np.sum(C * moved[1]))
    step = 1e-6
    numeric = (layer(A * (1 + 0.3 * step), B * (1 + 0.7 * step)) - layer(A, B)) / step
    np.testing.assert_allclose(moved[1], numeric, rtol=1e-4)


def test_products_of_complex_functions_are_adjoint() -> None:
    def f(z, x):
        return z * z * x, np.abs(z)

    z, v = RNG.normal(size=2) + 1j * RNG.normal(size=2), RNG.normal(size=2) + 1j * RNG.normal(size=2)
    x, u = RNG.normal(size=2), RNG.normal(size=2)
    cotangents = RNG.normal(size=2) + 1j * RNG.normal(size=2), RNG.normal(size=2)
    _, tangents = ag.jvp(f, (z, x), (v, u))
    _, pullback = ag.vjp(f, z, x)
    to_z, to_x = pullback(cotangents)
    forward = sum(np.sum(np.conj(c) * t).real for c, t in zip(cotangents, tangents, strict=True))
    assert forward == pytest.approx(np.sum(np.conj(to_z) * v).real + np.sum(to_x * u))


def test_nested_arguments_and_results() -> None:
    def f(p, x):
        hidden = np.tanh(p["w"] @ x + p["b"][0])
        return {"sum": np.sum(hidden), "parts": [hidden, p["b"][0]]}

    parameters = {"w": A, "b": (C,)}
    value, pullback = ag.vjp(f, parameters, B)
    assert set(value) == {"sum", "parts"}
    to_parameters, to_x = pullback({"sum": 1.0, "parts": [np.zeros(3), np.ones(3)]})
    slope = 1 - np.tanh(A @ B + C) ** 2
    np.testing.assert_allclose(to_parameters["b"][0], slope + 1)
    np.testing.assert_allclose(to_x, A.T @ slope)
    gradient = ag.grad(lambda p: f(p, B)["sum"])(parameters)
    np.testing.assert_allclose(gradient["w"], np.outer(slope, B))
    value, tangent = ag.jvp(f, (parameters, B), ({"w": A * 0, "b": (np.ones(3),)}, B * 0))
    np.testing.assert_allclose(tangent["parts"][0], slope)
    np.testing.assert_allclose(tangent["parts"][1], np.ones(3))


@pytest.mark.parametrize("outputs", [1, 3, 40])  # row by row, and column by column
def test_jacobian(outputs: int) -> None:
    matrix = RNG.normal(size=(outputs, 4))
    x = RNG.normal(size=(2, 2))
    found = ag.jacobian(lambda x: np.sin(matrix @ x.reshape(4)))(x)
    expected = (np.cos(matrix @ x.ravel())[:, None] * matrix).reshape(outputs, 2, 2)
    np.testing.assert_allclose(found, expected)


def test_a_jacobian_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograd_cnn.transforms.matrices._ENTRIES", 9)
    x = RNG.normal(size=4)
    for outputs in (3, 40):
        matrix = RNG.normal(size=(outputs, 4))
        expected = np.cos(matrix @ x)[:, None] * matrix
        np.testing.assert_allclose(ag.jacobian(lambda x: np.sin(matrix @ x))(x), expected)  # noqa: B023
    assert ag.jacobian(lambda x: x[:0])(x).shape == (0, 4)
    np.testing.assert_array_equal(ag.jacobian(lambda x: x)(x), np.eye(4))


def test_hessian_and_its_product() -> None:
    def f(x):
        return np.sum(np.tanh(A @ x) ** 2) + x[0] ** 3 * x[1]

    hessian = ag.hessian(f)(B)
    assert hessian.shape == (4, 4)
    np.testing.assert_allclose(hessian, hessian.T)
    direction = RNG.normal(size=4)
    np.testing.assert_allclose(ag.hvp(f, B, direction), hessian @ direction)
    step = 1e-5
    numeric = (ag.grad(f)(B + step * direction) - ag.grad(f)(B - step * direction)) / (2 * step)
    np.testing.assert_allclose(hessian @ direction, numeric, rtol=1e-6)


def test_transforms_compose() -> None:
    def f(x):
        return np.sum(np.exp(x) * x)

    x = RNG.normal(size=3)
    second = np.diag(np.exp(x) * (2 + x))
    np.testing.assert_allclose(ag.jacobian(ag.grad(f))(x), second)
    np.testing.assert_allclose(ag.jacobian(ag.jacobian(f))(x), second)
    derivative = ag.jvp(ag.grad(f), (x,), (np.ones(3),))[1]
    np.testing.assert_allclose(derivative, np.exp(x) * (2 + x))
    third = ag.grad(lambda x: np.sum(ag.jvp(ag.grad(f), (x,), (np.ones(3),))[1]))(x)
    np.testing.assert_allclose(third, np.exp(x) * (3 + x))
    twice = ag.jvp(lambda x: ag.jvp(np.sin, (x,), (1.0,))[1], (0.5,), (1.0,))[1]
    assert twice == pytest.approx(-np.sin(0.5))
    # Perturbation confusion, in forward mode (Siskind and Pearlmutter 2005).
    assert ag.jvp(lambda x: x * ag.jvp(lambda y: x + y, (2.0,), (1.0,))[1], (3.0,), (1.0,))[1] == 1.0


def test_a_product_that_depends_on_an_outer_variable_is_recorded() -> None:
    w = ag.tensor(2.0, requires_grad=True)
    value, tangent = ag.jvp(lambda x: w * x * x, (3.0,), (1.0,))
    assert (value.item(), tangent.item()) == (18.0, 12.0)
    tangent.backward()
    assert w.grad.item() == 6.0
    _, pullback = ag.vjp(lambda x: w * x * x, 3.0)
    w.grad = None
    pullback(1.0)[0].backward()
    assert w.grad.item() == 6.0


def test_errors_of_products() -> None:
    with pytest.raises(ValueError, match="expected tangents of the shapes"):
        ag.jvp(np.sin, (np.ones(2),), (np.ones(3),))
    with pytest.raises(ValueError, match="expected 1 cotangents"):
        ag.vjp(np.sin, np.ones(2))[1]((np.ones(2), np.ones(2)))
    with pytest.raises(ValueError, match="expected v of the shapes of x"):
        ag.hvp(lambda x: np.sum(x), np.ones(2), np.ones(3))
    with pytest.raises(ValueError, match="one array in and one out"):
        ag.jacobian(lambda x: (x, x))(np.ones(2))
    with pytest.raises(ValueError, match="use jacobian"):
        ag.grad(lambda x: [x])(1.0)


def test_what_does_not_depend_has_derivative_zero() -> None:
    assert ag.jvp(lambda x: 5.0, (2.0,), (1.0,)) == (5.0, 0.0)
    np.testing.assert_array_equal(ag.jacobian(lambda x: np.ones(2))(np.ones(3)), np.zeros((2, 3)))
    value, tangent = ag.jvp(lambda x: (x * 2, 7.0), (2.0,), (1.0,))
    assert (value, tangent) == ((4.0, 7.0), (2.0, 0.0))


# --- vmap ---------------------------------------------------------------------------------------------


def test_vmap_is_the_loop() -> None:
    x, weight = RNG.normal(size=(5, 4)), ag.tensor(A, requires_grad=True)
    np.testing.assert_allclose(ag.vmap(layer, in_axes=(None, 0))(A, x), np.tanh(x @ A.T))
    np.testing.assert_allclose(ag.vmap(layer, (None, 1), out_axes=1)(A, x.T), np.tanh(A @ x.T))
    recorded = ag.vmap(layer, in_axes=(None, 0))(weight, x)
    recorded.sum().backward()
    np.testing.assert_allclose(weight.grad.numpy(), (1 - np.tanh(x @ A.T) ** 2).T @ x)
    pairs = ag.vmap(lambda p: {"product": p["a"] * p["b"][0], "a": p["a"]})({"a": x, "b": [x]})
    np.testing.assert_allclose(pairs["product"], x * x)


def test_gradients_of_each_example() -> None:
    x, y = RNG.normal(size=(6, 4)), RNG.normal(size=(6, 3))

    def loss(weight, x, y):
        return np.sum((layer(weight, x) - y) ** 2)

    each = ag.vmap(ag.grad(loss), in_axes=(None, 0, 0))(A, x, y)
    assert each.shape == (6, 3, 4)
    whole = ag.grad(lambda weight: np.sum((np.tanh(x @ weight.T) - y) ** 2))(A)
    np.testing.assert_allclose(each.sum(axis=0), whole)
    nested = ag.grad(lambda weight: np.sum(ag.vmap(loss, (None, 0, 0))(weight, x, y)))(A)
    np.testing.assert_allclose(nested, whole)


def test_vmap_errors() -> None:
    with pytest.raises(ValueError, match=r"one length, got \[2, 3\]"):
        ag.vmap(lambda a, b: a)(np.ones(2), np.ones(3))
    with pytest.raises(ValueError, match="an axis for each of 2 arguments"):
        ag.vmap(lambda a, b: a, in_axes=(0,))(np.ones(2), np.ones(3))
    with pytest.raises(ValueError, match="to map over, found none"):
        ag.vmap(lambda a: a, in_axes=None)(np.ones(2))


def test_forward_and_reverse_mode_nest_in_any_order() -> None:
    def along(f):
        return lambda x: ag.jvp(f, (x,), (1.0,))[1]

    def chain(f, modes):
        for mode in modes:
            f = mode(f)
        return f

    x = 0.3
    t = np.tanh(x)
    third = (6 * t**2 - 2) * (1 - t**2)
    for modes in itertools.product([along, ag.grad], repeat=3):
        assert chain(np.tanh, modes)(x) == pytest.approx(third, rel=1e-12)
    # Nested directional derivatives keep their variables apart.
    inner = lambda x: ag.jvp(lambda y: x * y, (2.0,), (1.0,))[1]  # noqa: E731
    assert ag.jvp(lambda x: x * inner(x), (3.0,), (1.0,))[1] == pytest.approx(6.0)


def test_jacobian_of_complex_functions() -> None:
    z = RNG.normal(size=3) + 1j * RNG.normal(size=3)
    np.testing.assert_allclose(ag.jacobian(lambda z: z * z)(z), np.diag(2 * z))
    np.testing.assert_allclose(ag.jacobian(lambda z: np.sum(z * z))(z), 2 * z)
    np.testing.assert_allclose(
        ag.jacobian(lambda x: np.exp(1j * x))(z.real), np.diag(1j * np.exp(1j * z.real))
    )
    for f in (np.abs, np.conj, np.real):
        with pytest.raises(TypeError, match="holomorphic"):
            ag.jacobian(f)(z)
