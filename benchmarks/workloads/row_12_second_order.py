"""Row 12: what scientists differentiate: Hessian-vector products, a Jacobian, and scipy.optimize."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import minimize

from benchmarks.workload import OURS, Goal, Measure, Prepared, Workload, timed

TIME = (Measure("time", "ms", Goal(1.0)),)
product = Workload(__name__, row=12, title="Hessian-vector product of an MLP", measures=TIME, tolerance=1e-4)
matrix = Workload(__name__, row=12, title="Jacobian of a 100 → 100 map", measures=TIME, tolerance=1e-4)
valley = Workload(
    __name__,
    row=12,
    title="Rosenbrock in 1 000 dimensions, 50 steps of L-BFGS",
    measures=TIME,
    tolerance=1e-4,
)
WORKLOADS = [product, matrix, valley]

RNG = np.random.default_rng(0)
WIDTH, BATCH, DIMENSIONS = 100, 64, 1_000
WEIGHTS = [(RNG.standard_normal((WIDTH, WIDTH)) / 10).astype(np.float32) for _ in range(3)]
DIRECTIONS = [RNG.standard_normal((WIDTH, WIDTH)).astype(np.float32) for _ in range(3)]
IMAGES = RNG.standard_normal((BATCH, WIDTH)).astype(np.float32)
START = RNG.uniform(-1, 1, DIMENSIONS)


def network(tanh: Callable[[Any], Any], weights: Any, x: Any) -> Any:
    for weight in weights[:-1]:
        x = tanh(x @ weight)
    return x @ weights[-1]


def rosenbrock(x: Any) -> Any:
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def minimized(value_and_gradient: Callable[[Any], Any]) -> Any:
    """Fifty iterations from the same start, each of them a value and a gradient or a few."""
    return minimize(value_and_gradient, START, jac=True, method="L-BFGS-B", options={"maxiter": 50})


def prepared_minimization(value_and_gradient: Callable[[Any], Any]) -> Prepared:
    value, gradient = value_and_gradient(START)
    return Prepared(
        timed(lambda: minimized(value_and_gradient), repeats=2, scale=1e3),
        computed={"value": np.asarray(value), "gradient": np.asarray(gradient)},
    )


@product.variant(OURS, module="autograd_cnn")
def our_product(ag: Any) -> Prepared:
    def loss(weights: Any) -> Any:
        return np.sum(network(np.tanh, weights, IMAGES) ** 2)

    def step() -> Any:
        return ag.hvp(loss, WEIGHTS, DIRECTIONS)

    return Prepared(timed(step, repeats=20, scale=1e3), computed={"product": np.stack(step())})


@product.variant("PyTorch", module="torch")
def torch_product(torch: Any) -> Prepared:
    weights = tuple(map(torch.tensor, WEIGHTS))
    directions = tuple(map(torch.tensor, DIRECTIONS))
    x = torch.tensor(IMAGES)

    def loss(*weights: Any) -> Any:
        return (network(torch.tanh, weights, x) ** 2).sum()

    def step() -> Any:
        return torch.autograd.functional.hvp(loss, weights, directions)[1]

    return Prepared(
        timed(step, repeats=20, scale=1e3), computed={"product": np.stack([p.numpy() for p in step()])}
    )


@product.variant("JAX jit", module="jax")
def jax_product(jax: Any) -> Prepared:
    weights, directions, x = jax.tree.map(jax.numpy.asarray, (WEIGHTS, DIRECTIONS, IMAGES))

    def loss(weights: Any) -> Any:
        return (network(jax.numpy.tanh, weights, x) ** 2).sum()

    compiled = jax.jit(lambda w, v: jax.jvp(jax.grad(loss), (w,), (v,))[1])

    def step() -> Any:
        return jax.block_until_ready(compiled(weights, directions))

    return Prepared(timed(step, repeats=20, scale=1e3), computed={"product": np.stack(step())})


@product.variant("HIPS autograd", module="autograd")
def hips_product(autograd: Any) -> Prepared:
    from autograd import numpy as anp

    def loss(weights: Any) -> Any:
        return anp.sum(network(anp.tanh, weights, IMAGES) ** 2)

    product_of = autograd.hessian_vector_product(loss)

    def step() -> Any:
        return product_of(WEIGHTS, DIRECTIONS)

    return Prepared(timed(step, repeats=20, scale=1e3), computed={"product": np.stack(step())})


@matrix.variant(OURS, module="autograd_cnn")
def our_matrix(ag: Any) -> Prepared:
    of = ag.jacobian(lambda x: network(np.tanh, WEIGHTS, x))

    def step() -> Any:
        return of(IMAGES[0])

    return Prepared(timed(step, repeats=10, scale=1e3), computed={"matrix": step()})


@matrix.variant("PyTorch", module="torch")
def torch_matrix(torch: Any) -> Prepared:
    weights, x = list(map(torch.tensor, WEIGHTS)), torch.tensor(IMAGES[0])
    of = torch.func.jacrev(lambda x: network(torch.tanh, weights, x))

    def step() -> Any:
        return of(x)

    return Prepared(timed(step, repeats=10, scale=1e3), computed={"matrix": step().numpy()})


@matrix.variant("JAX jit", module="jax")
def jax_matrix(jax: Any) -> Prepared:
    weights, x = jax.tree.map(jax.numpy.asarray, (WEIGHTS, IMAGES[0]))
    compiled = jax.jit(jax.jacrev(lambda x: network(jax.numpy.tanh, weights, x)))

    def step() -> Any:
        return jax.block_until_ready(compiled(x))

    return Prepared(timed(step, repeats=10, scale=1e3), computed={"matrix": np.asarray(step())})


@matrix.variant("HIPS autograd", module="autograd")
def hips_matrix(autograd: Any) -> Prepared:
    from autograd import numpy as anp

    of = autograd.jacobian(lambda x: network(anp.tanh, WEIGHTS, x))

    def step() -> Any:
        return of(IMAGES[0])

    return Prepared(timed(step, repeats=10, scale=1e3), computed={"matrix": step()})


@valley.variant(OURS, module="autograd_cnn")
def our_valley(ag: Any) -> Prepared:
    return prepared_minimization(ag.value_and_grad(rosenbrock))


@valley.variant("PyTorch", module="torch")
def torch_valley(torch: Any) -> Prepared:
    def value_and_gradient(array: Any) -> Any:
        x = torch.tensor(array, requires_grad=True)
        value = rosenbrock(x)
        value.backward()
        return value.item(), x.grad.numpy()

    return prepared_minimization(value_and_gradient)


@valley.variant("JAX jit", module="jax")
def jax_valley(jax: Any) -> Prepared:
    jax.config.update("jax_enable_x64", True)
    compiled = jax.jit(jax.value_and_grad(rosenbrock))

    def value_and_gradient(array: Any) -> Any:
        value, gradient = compiled(array)
        return float(value), np.asarray(gradient)

    return prepared_minimization(value_and_gradient)


@valley.variant("HIPS autograd", module="autograd")
def hips_valley(autograd: Any) -> Prepared:
    from autograd import numpy as anp

    def value(x: Any) -> Any:
        return anp.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)

    return prepared_minimization(autograd.value_and_grad(value))
