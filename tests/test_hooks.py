"""Hooks on tensors: what they see, what they replace, and that they leave no trace."""

from __future__ import annotations

import gc

import numpy as np
import pytest

import autograd_cnn as ag
from autograd_cnn.errors import GraphError, ShapeError


def test_a_hook_sees_the_whole_gradient_once() -> None:
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    y = np.exp(x)
    seen: list[list[float]] = []
    handle = y.register_hook(lambda gradient: seen.append(gradient.tolist()))
    (y * 2 + y * 3).sum().backward()  # two uses, one gradient
    assert seen == [[5.0, 5.0]]
    with pytest.warns(UserWarning, match="retain_grad"):
        assert y.grad is None  # a hook alone keeps nothing
    handle.remove()
    handle.remove()
    (np.exp(x) * 2).sum().backward()
    assert len(seen) == 1


def test_what_a_hook_returns_takes_the_place_of_the_gradient() -> None:
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    y.retain_grad()
    y.register_hook(lambda gradient: gradient * 10)
    y.register_hook(lambda gradient: gradient + 1)  # in the order in which they were registered
    y.sum().backward()
    assert y.grad.tolist() == [11.0, 11.0]
    assert x.grad.tolist() == [22.0, 44.0]


def test_a_hook_on_a_leaf_and_on_one_of_several_outputs() -> None:
    x = ag.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
    first, second = ag.split(x, 2)
    second.register_hook(lambda gradient: gradient * 2)
    x.register_hook(lambda gradient: -gradient)
    (first.sum() + second.sum()).backward()
    assert x.grad.tolist() == [-1.0, -1.0, -2.0, -2.0]
    assert ag.backprop(x.sum(), x).tolist() == [-1.0] * 4  # the pure function passes them too


def test_a_hook_is_differentiated_with_create_graph() -> None:
    x = ag.tensor(3.0, requires_grad=True)
    y = x * x
    y.register_hook(lambda gradient: gradient * y.detach() * x)
    (first,) = ag.backprop(y, [x], create_graph=True)  # 9 x · 2 x
    assert first.item() == 162.0
    assert ag.backprop(first, x).item() == 108.0


def test_a_hook_sees_the_gradient_in_pytorchs_convention() -> None:
    z = ag.tensor(1 + 2j, requires_grad=True)
    seen: list[complex] = []
    z.register_hook(lambda gradient: seen.append(gradient.item()))
    (np.abs(z) ** 2).backward()
    assert seen == [pytest.approx(2 * (1 + 2j))]
    assert z.grad.item() == pytest.approx(2 * (1 + 2j))


def test_post_accumulate_hooks_run_when_grad_is_there() -> None:
    x = ag.tensor([1.0, 2.0], requires_grad=True)

    def descend(leaf: ag.Tensor) -> None:
        with ag.no_grad():
            leaf -= 0.1 * leaf.grad
        leaf.grad = None

    handle = x.register_post_accumulate_grad_hook(descend)
    (x * x).sum().backward()
    np.testing.assert_allclose(x.detach().numpy(), [0.8, 1.6])
    assert x.grad is None
    handle.remove()
    (x * x).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), [1.6, 3.2])


def test_hooks_make_no_cycles() -> None:
    gc.collect()
    gc.disable()
    try:
        x = ag.tensor([1.0], requires_grad=True)
        x.register_hook(lambda gradient: None)
        x.register_post_accumulate_grad_hook(lambda leaf: None)
        y = x * x
        y.register_hook(lambda gradient: gradient)
        y.sum().backward()
        del x, y
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_errors() -> None:
    with pytest.raises(GraphError, match="no gradient will reach it"):
        ag.tensor(1.0).register_hook(print)
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(GraphError, match="expected a leaf"):
        (x * 2).register_post_accumulate_grad_hook(print)
    x.register_hook(lambda gradient: gradient.sum())
    with pytest.raises(ShapeError, match=r"a tensor of shape \(2,\) from the hook, got \(\)"):
        x.sum().backward()
