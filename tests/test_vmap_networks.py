"""`vmap` of layers and networks, and modules as pure functions of their parameters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from vmap_loop import array, assert_same, by_hand, no_loop

import autograd_cnn as ag
from autograd_cnn import nn
from autograd_cnn.nn import functional as F  # noqa: N812 - the field's name for it

RNG = np.random.default_rng(0)
B = RNG.normal(size=(5, 3))


def test_dropout_draws_for_each_example() -> None:
    x = np.ones((4, 100))
    with no_loop():
        dropped = ag.vmap(lambda x: F.dropout(x, 0.5))(x)
        same_input = ag.vmap(lambda i: F.dropout(x[0], 0.5) + i)(np.zeros(4))
        nested = ag.vmap(ag.vmap(lambda x: F.dropout(x, 0.5)))(x.reshape(2, 2, 100))
        own = ag.vmap(lambda x: F.dropout(x, 0.5, generator=np.random.default_rng(0)))(x)
    for rows in (dropped, same_input, nested.reshape(4, 100), own):
        assert set(np.unique(rows)) == {0.0, 2.0}
        assert len({row.tobytes() for row in rows}) == 4
    ag.manual_seed(0)
    np.testing.assert_array_equal(ag.vmap(lambda x: F.dropout(x, 0.5))(x), dropped)


def test_a_function_that_draws_itself_loops() -> None:
    rows = ag.vmap(lambda x: x + ag.default_generator().normal(size=3))(np.zeros((4, 3)))
    assert len(np.unique(rows)) == 12
    generator = np.random.default_rng(0)
    rows = ag.vmap(lambda x: x + ag.random.normal(size=3, generator=generator))(np.zeros((4, 3)))
    assert len(np.unique(rows)) == 12


def test_a_module_does_not_keep_what_belongs_to_an_example() -> None:
    class Mean(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("mean", ag.zeros(3))

        def forward(self, x: Any) -> Any:
            self.mean = 0.5 * self.mean + 0.5 * x
            return x - self.mean

    module = Mean()
    assert_same(ag.vmap(module)(B), by_hand(Mean(), (B,)))
    expected = np.zeros(3)
    for x in B:
        expected = (expected + x) / 2
    np.testing.assert_allclose(module.mean.numpy(), expected)


@pytest.mark.parametrize("pooling", ["max", "avg"])
def test_gradients_of_the_examples_of_a_convolutional_network(pooling: str) -> None:
    model = nn.models.LeNet5(pooling=pooling)
    parameters = {name: p.detach() for name, p in model.named_parameters()}
    x = RNG.normal(size=(4, 1, 28, 28)).astype(np.float32)
    y = np.array([3, 0, 9, 3])

    def loss(parameters: Any, x: Any, y: Any) -> Any:
        return F.cross_entropy(nn.functional_call(model, parameters, x[None]), y[None])

    with no_loop():
        got = ag.vmap(ag.value_and_grad(loss), (None, 0, 0))(parameters, x, y)
        none = ag.vmap(ag.grad(loss), (None, 0, 0))(parameters, x[:0], y[:0])
    each = [ag.value_and_grad(loss)(parameters, a, b) for a, b in zip(x, y, strict=True)]
    np.testing.assert_allclose(array(got[0]), [value for value, _ in each], rtol=1e-5)
    for name, parameter in parameters.items():
        expected = np.stack([array(gradient[name]) for _, gradient in each])
        assert got[1][name].shape == (4, *parameter.shape)
        assert got[1][name].dtype == np.float32
        np.testing.assert_allclose(array(got[1][name]), expected, rtol=1e-4, atol=1e-6)
        assert none[name].shape == (0, *parameter.shape)


# --- functional_call ----------------------------------------------------------------------------------


class Tied(nn.Module):
    """A weight that two layers share, and a buffer."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(3, 3), nn.Linear(3, 3)
        self.second.weight = self.first.weight
        self.register_buffer("shift", ag.ones(3, dtype=np.float32))

    def forward(self, x: Any, scale: float = 1.0) -> Any:
        if scale == 0:
            raise ZeroDivisionError
        return self.second(self.first(x)) * scale + self.shift


def test_functional_call_is_the_module_with_other_parameters() -> None:
    model, other = Tied(), Tied()
    x = RNG.normal(size=(2, 3)).astype(np.float32)
    values = {name: p.detach() for name, p in other.named_parameters()}
    before = dict(model.named_parameters())
    np.testing.assert_array_equal(array(nn.functional_call(model, values, x)), array(other(x)))
    shifted = nn.functional_call(model, {"shift": other.shift * 3}, (x,), {"scale": 2.0})
    np.testing.assert_allclose(array(shifted), array(model(x, 2.0)) + 2, rtol=1e-5)
    assert all(p is before[name] for name, p in model.named_parameters())
    assert model.second.weight is model.first.weight


def test_functional_call_replaces_what_is_shared_under_either_name() -> None:
    model = Tied()
    x = np.ones((1, 3), np.float32)
    zeros = np.zeros((3, 3), np.float32)
    for name in ("first.weight", "second.weight"):
        expected = model.second.bias.detach() + 1
        np.testing.assert_allclose(array(nn.functional_call(model, {name: zeros}, x))[0], array(expected))


def test_functional_call_restores_after_an_error() -> None:
    model = Tied()
    weight = model.first.weight
    with pytest.raises(ZeroDivisionError):
        nn.functional_call(model, {"first.weight": weight.detach() * 2}, B.astype(np.float32), {"scale": 0})
    with pytest.raises(ValueError, match="weight has 2 inputs"):
        nn.functional_call(model, {"first.weight": np.ones((3, 2), np.float32)}, np.ones((1, 3), np.float32))
    assert model.first.weight is weight
    assert model.second.weight is weight


def test_functional_call_names_what_is_near() -> None:
    with pytest.raises(ValueError, match=r"no parameter or buffer 'first.wieght'; did you mean first.weight"):
        nn.functional_call(Tied(), {"first.wieght": np.ones(3)}, np.ones(3))
    with pytest.raises(ValueError, match="did you mean"):
        nn.functional_call(Tied(), {"first": np.ones(3)}, np.ones(3))


def test_functional_call_is_differentiable_by_the_parameters() -> None:
    model = Tied()
    x = B.astype(np.float32)
    values = {name: p.detach() for name, p in model.named_parameters()}
    gradients = ag.grad(lambda v: nn.functional_call(model, v, x).sum())(values)
    model(x).sum().backward()
    for name, parameter in model.named_parameters():
        np.testing.assert_allclose(array(gradients[name]), array(parameter.grad), rtol=1e-5)
