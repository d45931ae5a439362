"""Programs as scientists write them, in plain NumPy, differentiated unchanged; each ends on a number."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize

import autograd_cnn as ag
from autograd_cnn.data import MNIST
from autograd_cnn.transforms.tree import flatten, unflatten


def adam(gradient: Any, parameters: Any, steps: int, rate: float) -> Any:
    """Adam on a nested structure of arrays, in NumPy (Kingma and Ba 2015)."""
    leaves = [np.array(leaf) for leaf in flatten(parameters)]
    mean = [np.zeros_like(leaf) for leaf in leaves]
    square = [np.zeros_like(leaf) for leaf in leaves]
    for step in range(1, steps + 1):
        slopes = flatten(gradient(unflatten(parameters, leaves), step))
        for i, slope in enumerate(slopes):
            mean[i] = 0.9 * mean[i] + 0.1 * slope
            square[i] = 0.999 * square[i] + 0.001 * slope**2
            unbiased = mean[i] / (1 - 0.9**step), square[i] / (1 - 0.999**step)
            leaves[i] = leaves[i] - rate * unbiased[0] / (np.sqrt(unbiased[1]) + 1e-8)
    return unflatten(parameters, leaves)


def test_a_neural_net() -> None:
    """Two layers learn the sine."""
    rng = np.random.default_rng(0)
    x = np.linspace(-3, 3, 60)[:, None]
    target = np.sin(x)

    def predict(layers: Any, inputs: Any) -> Any:
        for weight, bias in layers[:-1]:
            inputs = np.tanh(np.dot(inputs, weight) + bias)
        weight, bias = layers[-1]
        return np.dot(inputs, weight) + bias

    def loss(layers: Any) -> Any:
        return np.mean((predict(layers, x) - target) ** 2)

    sizes = [1, 20, 20, 1]
    layers = [(rng.normal(size=(n, m)) / np.sqrt(n), np.zeros(m)) for n, m in pairwise(sizes)]
    layers = adam(lambda p, _: ag.grad(loss)(p), layers, steps=400, rate=0.01)
    assert loss(layers) < 1e-3


def test_a_convnet_of_sliding_windows() -> None:
    """A convolution and a pooling written out in NumPy tell apart real digits."""
    rng = np.random.default_rng(0)
    data = MNIST("train")
    chosen = np.flatnonzero(np.isin(data.labels, [0, 1]))[:200]
    images, labels = data.images[chosen, 0] / 255.0, data.labels[chosen]

    def convolve(x: Any, filters: Any) -> Any:
        size = x.shape[-1] - filters.shape[-1] + 1
        taps = [x[:, i : i + size : 2, j : j + size : 2] for i in range(5) for j in range(5)]
        return np.tensordot(np.stack(taps, axis=-1), filters.reshape(-1, 25), axes=((3,), (1,)))

    def logits(p: Any, x: Any) -> Any:
        hidden = np.maximum(convolve(x, p["filters"]), 0)
        return np.mean(hidden, axis=(1, 2)) @ p["weight"] + p["bias"]

    def loss(p: Any) -> Any:
        z = logits(p, images)
        return np.mean(np.logaddexp(0, z) - labels * z)

    p = {"filters": rng.normal(size=(6, 5, 5)) * 0.2, "weight": rng.normal(size=6), "bias": np.zeros(())}
    p = adam(lambda p, _: ag.grad(loss)(p), p, steps=60, rate=0.05)
    assert np.mean((np.asarray(logits(p, images)) > 0) == labels) > 0.95


def test_an_lstm() -> None:
    """Remembers the first of ten numbers (Hochreiter and Schmidhuber 1997)."""
    rng = np.random.default_rng(0)
    hidden, steps, batch = 12, 10, 64
    inputs = rng.uniform(-1, 1, size=(steps, batch, 1))
    target = inputs[0, :, 0]

    def sigmoid(x: Any) -> Any:
        return 0.5 * (np.tanh(x / 2) + 1)

    def predict(p: Any) -> Any:
        h, c = np.zeros((batch, hidden)), np.zeros((batch, hidden))
        for x in inputs:
            gates = np.concatenate([x, h], axis=1) @ p["gates"] + p["bias"]
            forget, write, read, candidate = np.split(gates, 4, axis=1)
            c = sigmoid(forget) * c + sigmoid(write) * np.tanh(candidate)
            h = sigmoid(read) * np.tanh(c)
        return (h @ p["out"])[:, 0]

    def loss(p: Any) -> Any:
        return np.mean((predict(p) - target) ** 2)

    p = {
        "gates": rng.normal(size=(1 + hidden, 4 * hidden)) * 0.3,
        "bias": np.concatenate([np.full(hidden, 2.0), np.zeros(3 * hidden)]),
        "out": rng.normal(size=(hidden, 1)) * 0.3,
    }
    assert loss(p) > 0.2
    p = adam(lambda p, _: ag.grad(loss)(p), p, steps=200, rate=0.03)
    assert loss(p) < 0.01


def test_a_gaussian_mixture_by_gradient_ascent() -> None:
    """Finds three clusters: the log-likelihood rises to that of the parameters that made the data."""
    rng = np.random.default_rng(0)
    centres = np.array([[0.0, 3.0], [-3.0, -2.0], [3.0, -2.0]])
    x = np.concatenate([rng.normal(c, 0.5, size=(100, 2)) for c in centres])

    def log_likelihood(p: Any) -> Any:
        weights = p["logits"] - ag.ops.reduction.logsumexp(p["logits"])
        distance = (x[:, None, :] - p["means"]) / np.exp(p["scales"])
        log_density = -0.5 * np.sum(distance**2, axis=2) - np.sum(p["scales"], axis=1) - np.log(2 * np.pi)
        return np.mean(ag.ops.reduction.logsumexp(weights + log_density, axis=1))

    truth = {"logits": np.zeros(3), "means": centres, "scales": np.full((3, 2), np.log(0.5))}
    start = {"logits": np.zeros(3), "means": centres * 0.3, "scales": np.zeros((3, 2))}
    found = adam(lambda p, _: ag.grad(lambda q: -log_likelihood(q))(p), start, steps=300, rate=0.05)
    assert float(log_likelihood(found)) > float(log_likelihood(truth)) - 0.01


def test_black_box_variational_inference() -> None:
    """A Gaussian fitted to a Gaussian posterior, by reparameterised draws (Kingma and Welling 2014)."""
    rng = np.random.default_rng(0)
    data = rng.normal(2.0, 1.0, size=50)
    precision = 1 + len(data)  # a standard normal prior on the mean of unit normals
    exact = data.sum() / precision, 1 / np.sqrt(precision)

    def negative_bound(p: Any, noise: Any) -> Any:
        draws = p["mean"] + np.exp(p["log_scale"]) * noise
        log_joint = -0.5 * draws**2 - 0.5 * np.sum((data[:, None] - draws) ** 2, axis=0)
        return -(np.mean(log_joint) + p["log_scale"])

    def gradient(p: Any, step: int) -> Any:
        noise = np.random.default_rng(step).normal(size=100)
        return ag.grad(negative_bound)(p, noise)

    found = adam(gradient, {"mean": np.zeros(()), "log_scale": np.zeros(())}, steps=600, rate=0.02)
    assert found["mean"] == pytest.approx(exact[0], abs=0.03)
    assert np.exp(found["log_scale"]) == pytest.approx(exact[1], rel=0.15)


def test_a_wave_optimised_through_time() -> None:
    """Which initial heights make a given wave after thirty steps of a simulation? (An inverse problem.)"""
    cells = 40
    x = np.arange(cells) / cells

    def simulate(height: Any) -> Any:
        velocity = np.zeros(cells)
        for _ in range(30):
            left = np.concatenate([height[-1:], height[:-1]])
            right = np.concatenate([height[1:], height[:1]])
            velocity = velocity + 0.3 * (left - 2 * height + right)
            height = height + velocity
        return height

    wanted = simulate(np.exp(-100 * (x - 0.5) ** 2))

    def misfit(height: Any) -> Any:
        return np.sum((simulate(height) - wanted) ** 2)

    found = minimize(ag.value_and_grad(misfit), np.zeros(cells), jac=True, method="L-BFGS-B")
    assert found.fun < 1e-6


def test_scipy_optimize_with_gradient_and_hessian_products() -> None:
    def rosenbrock(x: Any) -> Any:
        return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)

    found = minimize(
        rosenbrock,
        np.full(20, -1.0),
        jac=ag.grad(rosenbrock),
        hessp=lambda x, v: ag.hvp(rosenbrock, x, v),
        method="trust-ncg",
        options={"gtol": 1e-8},
    )
    np.testing.assert_allclose(found.x, np.ones(20), atol=1e-5)
