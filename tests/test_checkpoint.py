"""`checkpoint`: the same results and gradients, with less kept."""

from __future__ import annotations

import gc

import numpy as np
import pytest

import autograd_cnn as ag
from autograd_cnn import nn
from autograd_cnn.core import tape
from autograd_cnn.errors import GraphError
from autograd_cnn.nn import functional
from autograd_cnn.testing import check_grads

RNG = np.random.default_rng(0)


def block(x, w):
    hidden = np.tanh(x @ w)
    return {"out": np.sin(hidden) * hidden, "more": [np.sum(hidden), 7.0]}


def test_values_and_derivatives_of_any_order() -> None:
    x, w = RNG.normal(size=(4, 3)), RNG.normal(size=(3, 3))
    kept = ag.checkpoint(block)
    assert kept(x, w)["more"][1] == 7.0
    np.testing.assert_array_equal(kept(x, w)["out"], block(x, w)["out"])

    def loss(x, w):
        result = kept(np.cos(x), w)
        return np.sum(result["out"] ** 2) * result["more"][0]

    check_grads(loss, [x, w], order=3, directions=1)
    check_grads(lambda x: kept(x, w)["out"], [x])  # one of the results is used, one argument is recorded

    def plain(x, w):
        return np.sum(block(np.cos(x), w)["out"] ** 2) * block(np.cos(x), w)["more"][0]

    directions = RNG.normal(size=x.shape), RNG.normal(size=w.shape)
    for found, expected in zip(
        ag.jvp(loss, (x, w), directions), ag.jvp(plain, (x, w), directions), strict=True
    ):
        np.testing.assert_allclose(found, expected)


def test_gradients_reach_what_the_function_takes_from_outside() -> None:
    ag.manual_seed(0)
    layers = nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Dropout(0.5), nn.Linear(5, 2))
    x = ag.tensor(RNG.normal(size=(8, 3)).astype(np.float32), requires_grad=True)
    gradients = []
    for run in (layers, ag.checkpoint(layers)):
        ag.manual_seed(1)
        layers.zero_grad()
        x.grad = None
        functional.cross_entropy(run(x), np.arange(8) % 2).backward()
        drawn = ag.default_generator().normal()
        gradients.append([x.grad.numpy(), *(p.grad.numpy() for p in layers.parameters()), drawn])
    for found, expected in zip(*gradients, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_what_was_recorded_before_is_not_gone_through_by_the_second_run() -> None:
    x = ag.tensor(0.5, requires_grad=True)
    y = np.exp(x)
    loss = ag.checkpoint(np.sin)(y) + y  # the way from x to y is taken once, with both contributions
    loss.backward()
    assert x.grad.item() == pytest.approx((np.cos(np.exp(0.5)) + 1) * np.exp(0.5))


def test_nothing_in_between_is_kept() -> None:
    x = ag.tensor(np.ones(3), requires_grad=True)

    def deep(x):
        for _ in range(50):
            x = np.sin(x)
        return x

    y = ag.checkpoint(deep)(ag.checkpoint(deep)(x))
    gc.collect()
    assert len(tape.reachable([y._source])) == 2
    y.sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), ag.grad(lambda x: np.sum(deep(deep(x))))(np.ones(3)))
    with pytest.raises(GraphError, match="freed"):
        y.sum().backward()


def test_it_is_nested_and_gone_through_twice() -> None:
    x = ag.tensor(0.3, requires_grad=True)
    inner = ag.checkpoint(np.sin)
    y = ag.checkpoint(lambda x: inner(inner(x)) * x)(x)
    y.backward(retain_graph=True)
    y.backward()
    derivative = np.cos(np.sin(0.3)) * np.cos(0.3) * 0.3 + np.sin(np.sin(0.3))
    assert x.grad.item() == pytest.approx(2 * derivative)


def test_a_function_that_changes_between_its_runs_is_noticed() -> None:
    generator = np.random.default_rng(0)
    x = ag.tensor(np.ones(3), requires_grad=True)
    y = ag.checkpoint(lambda x: x * generator.normal(size=3))(x)
    with pytest.raises(GraphError, match="another result"):
        y.sum().backward()


def test_constants_and_no_grad_pass_through() -> None:
    assert isinstance(ag.checkpoint(np.sin)(np.ones(2)), np.ndarray)
    with ag.no_grad():
        assert not ag.checkpoint(np.sin)(ag.tensor([1.0], requires_grad=True)).requires_grad
