"""Functions called around a module's forward and backward."""

import copy
import gc
import weakref

import numpy as np
import pytest

import autograd_cnn as ag
from autograd_cnn import nn
from autograd_cnn.errors import ShapeError, UnsupportedError


class Scaled(nn.Module):
    """Two inputs, an option, two outputs."""

    def forward(self, x, y=None, factor=2.0):
        return x * factor, (x if y is None else x * y)


def leaf(*values):
    return ag.tensor(values, requires_grad=True)


def test_pre_hooks_see_and_replace_the_arguments():
    layer, seen = Scaled(), []
    layer.register_forward_pre_hook(lambda module, args: seen.append((module, args)))
    handle = layer.register_forward_pre_hook(lambda module, args: args[0] + 1)
    layer.register_forward_pre_hook(
        lambda module, args, kwargs: (args, {**kwargs, "factor": kwargs["factor"] * 10}), with_kwargs=True
    )
    x = ag.tensor([1.0])
    assert layer(x, factor=3.0)[0].tolist() == [60.0]
    assert seen[0][0] is layer
    assert seen[0][1][0] is x
    handle.remove()
    assert layer(x, factor=3.0)[0].tolist() == [30.0]


def test_forward_hooks_see_and_replace_the_output():
    layer, seen = nn.Identity(), []
    layer.register_forward_hook(lambda module, args, output: seen.append((args[0].item(), output.item())))
    handle = layer.register_forward_hook(lambda module, args, output: output * 2)
    layer.register_forward_hook(
        lambda module, args, kwargs, output: seen.append((kwargs, output.item())), with_kwargs=True
    )
    assert layer(ag.tensor(3.0)).item() == 6.0
    assert seen == [(3.0, 3.0), ({}, 6.0)]
    handle.remove()
    handle.remove()  # a second time changes nothing
    assert layer(ag.tensor(3.0)).item() == 3.0


def test_prepend_puts_a_hook_first():
    layer, order = nn.Identity(), []
    for name, prepend in (("first", False), ("second", False), ("before", True)):
        layer.register_forward_hook(lambda *_, name=name: order.append(name), prepend=prepend)
    layer(1.0)
    assert order == ["before", "first", "second"]


def test_always_call_is_called_where_forward_fails():
    class Broken(nn.Module):
        def forward(self, x):
            raise ZeroDivisionError

    layer, seen = Broken(), []
    layer.register_forward_hook(lambda module, args, output: seen.append("no"))
    layer.register_forward_hook(lambda module, args, output: seen.append(output), always_call=True)
    with pytest.raises(ZeroDivisionError):
        layer(1.0)
    assert seen == [None]


def test_backward_hooks_see_gradients_of_inputs_and_outputs():
    layer, seen = Scaled(), []
    layer.register_full_backward_hook(lambda module, given, out: seen.append((module, given, out)))
    x, y = leaf(1.0, 2.0), leaf(5.0, 7.0)
    first, second = layer(x, y)
    (first * 3 + second * ag.tensor([1.0, 10.0])).sum().backward()
    ((module, given, out),) = seen
    assert module is layer
    assert [g.tolist() for g in out] == [[3.0, 3.0], [1.0, 10.0]]
    assert [g.tolist() for g in given] == [[6 + 5.0, 6 + 70.0], [1.0, 20.0]]
    assert x.grad.tolist() == [11.0, 76.0]
    assert y.grad.tolist() == [1.0, 20.0]


def test_backward_hooks_replace_the_gradients_of_inputs():
    layer = Scaled()
    layer.register_full_backward_hook(lambda module, given, out: (given[0] * 10, None))
    layer.register_full_backward_hook(lambda module, given, out: (given[0] + 1, given[1]))
    x, y = leaf(1.0), leaf(5.0)
    first, second = layer(x, y)
    (first + second).sum().backward()
    assert x.grad.tolist() == [71.0]
    assert y.grad.tolist() == [0.0]


def test_backward_pre_hooks_replace_the_gradients_of_outputs():
    layer, seen = nn.Tanh(), []
    layer.register_full_backward_pre_hook(lambda module, out: out[0] * 5)
    layer.register_full_backward_hook(lambda module, given, out: seen.append(out[0].tolist()))
    x = leaf(0.0)
    layer(x).sum().backward()
    assert x.grad.tolist() == [5.0]
    assert seen == [[5.0]]


def test_what_is_not_used_or_requires_no_grad_is_none():
    layer, seen = Scaled(), []
    layer.register_full_backward_hook(lambda module, given, out: seen.append((given, out)))
    x = leaf(1.0)
    first, _ = layer(x, ag.tensor([2.0]))
    first.sum().backward()
    ((given, out),) = seen
    assert given[1] is None
    assert out[1] is None
    assert given[0].tolist() == [2.0]


def test_without_an_input_that_requires_grad_hooks_see_the_outputs():
    layer, seen = nn.Linear(2, 1), []
    layer.register_full_backward_hook(lambda module, given, out: seen.append((given, out[0].tolist())))
    layer(np.ones((1, 2), np.float32)).backward([[3.0]])
    assert seen == [((None,), [[3.0]])]
    assert layer.bias.grad.tolist() == [3.0]
    layer.register_full_backward_hook(lambda module, given, out: (out[0],))
    with pytest.raises(UnsupportedError, match="there is none to replace"):
        layer(np.ones((1, 2), np.float32)).backward([[3.0]])


def test_hooks_under_create_graph_are_differentiated():
    layer = nn.Tanh()
    layer.register_full_backward_hook(lambda module, given, out: (given[0] * 3,))
    x = leaf(0.5)
    y = layer(x).sum()
    first = ag.backprop(y, x, create_graph=True)
    second = ag.backprop(first.sum(), x)
    tanh = np.tanh(0.5)
    np.testing.assert_allclose(first.detach().numpy(), [3 * (1 - tanh**2)])
    # The second pass comes back through the module as well, and is multiplied once more.
    np.testing.assert_allclose(second.numpy(), [3 * 3 * -2 * tanh * (1 - tanh**2)])


def test_complex_gradients_are_those_of_pytorch_and_not_their_conjugates():
    layer, seen = nn.Identity(), []
    layer.register_full_backward_hook(lambda module, given, out: seen.append(given[0].item()))
    x = ag.tensor([1 + 2j], requires_grad=True)
    layer(x).backward([3 + 4j])
    assert seen == [3 + 4j]
    assert x.grad.item() == 3 + 4j


def test_hooks_wait_for_the_whole_gradient():
    layer, seen = nn.Identity(), []
    layer.register_full_backward_hook(lambda module, given, out: seen.append(given[0].item()))
    x = leaf(2.0)
    y = layer(x)
    (y * 3 + y * y + y).sum().backward()
    assert seen == [8.0]


def test_backward_hooks_under_no_grad_and_in_forward_mode():
    layer, seen = nn.Tanh(), []
    layer.register_full_backward_hook(lambda *_: seen.append(1))
    with ag.no_grad():
        layer(leaf(0.5))
    _, tangent = ag.jvp(layer, [np.array(0.5)], [np.array(2.0)])
    assert tangent == pytest.approx(2 * (1 - np.tanh(0.5) ** 2))
    assert seen == []


def test_mistakes_of_backward_hooks():
    layer = Scaled()
    layer.register_full_backward_hook(lambda module, given, out: (given[0],))
    with pytest.raises(UnsupportedError, match="expected None or 2 gradients from a backward hook"):
        layer(leaf(1.0), leaf(1.0))[1].sum().backward()
    layer = nn.Identity()
    layer.register_full_backward_hook(lambda module, given, out: (ag.ones(3),))
    with pytest.raises(ShapeError, match=r"expected a gradient of shape \(1,\) from it, got \(3,\)"):
        layer(leaf(1.0)).sum().backward()

    class Named(nn.Module):
        def forward(self, x):
            return {"x": x}

    layer = Named()
    layer.register_full_backward_hook(lambda *_: None)
    with pytest.warns(UserWarning, match="Named: its backward hooks are not called, as it returns a dict"):
        layer(leaf(1.0))


def test_hooks_are_copied_and_freed_with_the_module():
    gc.disable()
    try:
        layer, seen = nn.Linear(1, 1), []
        layer.register_full_backward_hook(lambda *_: seen.append(1))
        copied = copy.deepcopy(layer)
        copied(ag.ones((1, 1), dtype="float32")).sum().backward()
        assert seen == [1]
        layer(ag.ones((1, 1), dtype="float32")).sum().backward()
        gone = weakref.ref(layer)
        del layer
        assert gone() is None
    finally:
        gc.enable()
