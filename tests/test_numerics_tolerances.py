"""The numerics contract: how exact derivatives are. (`check_grads` keeps to the finite differences.)"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_cnn as ag
import autograd_cnn.special  # declares its functions when imported
from autograd_cnn import testing
from autograd_cnn.core.registry import FUNCTIONS, Record
from autograd_cnn.errors import GradientError

NOT_ANALYTIC = {"absolute", "conjugate", "sign", "isfinite"}  # their complex forms are not the real ones
IMPRECISE = {"expi", "rgamma"}  # SciPy's complex loops lose a tiny imaginary part


def _analytic(record: Record) -> bool:
    loops = getattr(record.reference, "types", [])
    needed = {letter * len(record.inputs) + f"->{letter}" for letter in "dD"}
    return record.kind == "elementwise" and needed <= {*loops} and record.name not in NOT_ANALYTIC | IMPRECISE


def complex_step(function: Callable[..., Any], xs: list[Any], directions: list[Any], cotangent: Any) -> float:
    """⟨ȳ, f'(x) u⟩ = Im ⟨ȳ, f(x + i h u)⟩ / h: no difference is taken, so h may be tiny, and exact it is.

    Squire and Trapp, *Using complex variables to estimate derivatives of real functions*, 1998.
    """
    step = 1e-30
    moved = [x + 1j * step * u for x, u in zip(xs, directions, strict=True)]
    return float(np.sum(cotangent * np.imag(function(*moved))) / step)


def check(function: Callable[..., Any], xs: list[Any], by: Callable[..., Any] | None = None) -> None:
    generator = np.random.default_rng(0)
    variables = [ag.tensor(x, requires_grad=True) for x in xs]
    y = function(*variables)
    cotangent = generator.standard_normal(y.shape)
    directions = [generator.standard_normal(x.shape) for x in xs]
    exact = complex_step(by or function, xs, directions, cotangent)
    y.backward(cotangent)
    products = [np.sum(v.grad.numpy() * u) for v, u in zip(variables, directions, strict=True)]
    assert sum(products) == pytest.approx(exact, rel=1e-10)


@pytest.mark.parametrize("record", [pytest.param(r, id=k) for k, r in FUNCTIONS.items() if _analytic(r)])
def test_elementwise_against_complex_step(record: Record) -> None:
    low, high = record.domain
    generator = np.random.default_rng(1)
    xs = [generator.uniform(low + 0.01 * (high - low), high, 20) for _ in record.inputs]
    if record.name in ("power", "float_power"):
        xs[0] = abs(xs[0]) + 0.1
    check(record.function, xs, record.reference)


@pytest.mark.parametrize(
    ("function", "shapes"),
    [
        (np.prod, [(5,)]),
        (lambda x: np.cumprod(x, axis=1), [(3, 4)]),
        (lambda x: np.mean((x - np.mean(x)) ** 2), [(3, 4)]),
        (lambda x, y: x @ y, [(3, 4), (4, 2)]),
        (lambda x, y: np.einsum("bij,bj->bi", x, y), [(2, 3, 4), (2, 4)]),
        (np.linalg.inv, [(2, 3, 3)]),
        (np.linalg.det, [(2, 3, 3)]),
        (np.linalg.solve, [(3, 3), (3, 2)]),
        (lambda x: np.linalg.matrix_power(x, 5), [(3, 3)]),
        (lambda x: np.log(np.sum(np.exp(x), axis=0)), [(3, 4)]),
        (np.outer, [(3,), (4,)]),
        (np.trapezoid, [(5,)]),
        (np.gradient, [(6,)]),
        (lambda x: x[[0, 0, 2]] ** 3, [(4,)]),
    ],
)
def test_compositions_against_complex_step(function: Callable[..., Any], shapes: list[Any]) -> None:
    generator = np.random.default_rng(2)
    check(function, [generator.standard_normal(shape) for shape in shapes])


F = ag.nn.functional


@pytest.mark.parametrize(
    ("function", "shapes"),
    [
        (lambda x, w: F.conv2d(x, w, padding=1), [(2, 8, 12, 12), (16, 8, 3, 3)]),
        (lambda x, w: F.conv2d(x, w, stride=2, padding=2), [(2, 8, 12, 12), (16, 8, 5, 5)]),
        (F.linear, [(16, 64), (32, 64)]),
        (lambda x: F.softmax(x, 1), [(16, 100)]),
        (lambda x: F.cross_entropy(x, np.arange(16)), [(16, 100)]),
        (lambda x: np.std(x, axis=1), [(16, 100)]),
        (np.prod, [(10,)]),
        (np.linalg.norm, [(16, 100)]),
    ],
)
def test_float32_against_float64(function: Callable[..., Any], shapes: list[Any]) -> None:
    generator = np.random.default_rng(3)
    arrays = [generator.standard_normal(shape).astype(np.float32) for shape in shapes]
    cotangent = generator.standard_normal(function(*arrays).shape).astype(np.float32)
    gradients = []
    for dtype in (np.float32, np.float64):
        variables = [ag.tensor(a.astype(dtype), requires_grad=True) for a in arrays]
        function(*variables).backward(cotangent.astype(dtype))
        gradients.append([v.grad.numpy() for v in variables])
    for single, double in zip(*gradients, strict=True):
        np.testing.assert_allclose(single, double, rtol=0, atol=1e-5 * np.max(np.abs(double)))


def test_linear_algebra_in_float32_is_as_exact_as_its_condition_number_allows() -> None:
    generator = np.random.default_rng(4)
    basis = np.linalg.qr(generator.standard_normal((6, 6)))[0]
    for condition in (1e1, 1e3):
        matrix = (basis * np.geomspace(1, condition, 6)) @ basis.T
        cotangent = generator.standard_normal((6, 6))
        single, double = (
            ag.vjp(np.linalg.inv, matrix.astype(dtype))[1](cotangent.astype(dtype))[0]
            for dtype in (np.float32, np.float64)
        )
        error = np.max(np.abs(single - double)) / np.max(np.abs(double))
        assert error < 1e-5 * condition


def test_checks_draw_their_cotangents() -> None:
    """A VJP that forgets which entry its cotangent belongs to passes with a cotangent of ones alone."""

    @ag.core.primitive.primitive(x=lambda g, x: g[::-1] * 2 * x)
    def reversed_by_mistake(x: Any) -> Any:
        """Squares."""
        return x * x

    FUNCTIONS.pop("test_numerics_tolerances.reversed_by_mistake")
    x = np.array([1.0, 2.0, 3.0])
    np.testing.assert_array_equal(ag.vjp(reversed_by_mistake, x)[1](np.ones(3))[0], 2 * x)
    with pytest.raises(GradientError):
        testing.check_grads(reversed_by_mistake, [x])
