"""Module: what it is made of, its state, and what is done to all of it; the containers."""

import copy
import gc
import subprocess
import sys
import weakref

import numpy as np
import pytest

import autograd_cnn as ag
from autograd_cnn import nn
from autograd_cnn.errors import ArgumentError, DtypeError, UnsupportedError


class Block(nn.Module):
    """A module with everything: parameters, one of them None, buffers of both kinds, and submodules."""

    def __init__(self):
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(3, 2), nn.ReLU())
        self.scale = nn.Parameter(np.ones(2, np.float32))
        self.register_parameter("shift", None)
        self.register_buffer("mean", ag.zeros(2, "float32"))
        self.register_buffer("count", ag.tensor(0), persistent=False)
        self.drop = nn.Dropout()

    def forward(self, x):
        return self.drop(self.inner(x)) * self.scale - self.mean


def test_names_come_in_the_order_of_pytorch():
    block = Block()
    assert [name for name, _ in block.named_parameters()] == ["scale", "inner.0.weight", "inner.0.bias"]
    assert [name for name, _ in block.named_buffers()] == ["mean", "count"]
    assert [name for name, _ in block.named_children()] == ["inner", "drop"]
    assert [name for name, _ in block.named_modules()] == ["", "inner", "inner.0", "inner.1", "drop"]
    assert list(block.state_dict()) == ["scale", "mean", "inner.0.weight", "inner.0.bias"]
    assert list(block.children()) == [block.inner, block.drop]
    assert len(list(block.parameters())) == 3
    assert len(list(block.parameters(recurse=False))) == 1
    assert next(block.named_parameters(prefix="net"))[0] == "net.scale"
    assert list(block.inner.state_dict(prefix="a.")) == ["a.0.weight", "a.0.bias"]


def test_what_is_shared_comes_once_but_is_saved_under_each_name():
    tied = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    tied[1].weight = tied[0].weight
    again = nn.Sequential(tied[0], tied[0])
    assert [name for name, _ in tied.named_parameters()] == ["0.weight", "0.bias", "1.bias"]
    assert "1.weight" in tied.state_dict()
    assert len(list(again.parameters())) == 2
    assert list(again.state_dict()) == ["0.weight", "0.bias", "1.weight", "1.bias"]


def test_a_subclass_need_not_call_super_init():
    class Plain(nn.Module):
        def __init__(self):
            self.weight = nn.Parameter([1.0])

    assert list(Plain().state_dict()) == ["weight"]


def test_train_and_eval_reach_all_modules():
    block = Block()
    assert block.eval() is block
    assert not any(module.training for module in block.modules())
    block.train()
    assert all(module.training for module in block.modules())


def test_state_dict_is_a_copy():
    linear = nn.Linear(2, 2)
    state = linear.state_dict()
    before = state["weight"].numpy().copy()
    nn.init.zeros_(linear.weight)
    np.testing.assert_array_equal(state["weight"].numpy(), before)
    assert not state["weight"].requires_grad


def test_state_dict_round_trip():
    first, second = Block(), Block()
    state = first.state_dict()
    state["mean"] = ag.tensor([5.0, 6.0])  # a float64 value for a float32 buffer
    assert second.load_state_dict(state) == ([], [])
    for key, value in second.state_dict().items():
        assert value.dtype == np.float32
        np.testing.assert_array_equal(value.numpy(), state[key].numpy())
    assert second.scale.requires_grad
    assert second.load_state_dict({key: value.numpy() for key, value in state.items()}) == ([], [])


def test_load_state_dict_lists_all_that_does_not_fit_and_loads_nothing():
    block = Block()
    before = block.state_dict()
    state = dict(before, extra=ag.zeros(1), scale=ag.zeros(3))
    state["inner.0.bias"] = np.zeros(2, complex)
    del state["mean"]
    with pytest.raises(ArgumentError, match="nothing was loaded") as caught:
        block.load_state_dict(state)
    message = str(caught.value)
    assert "missing: mean" in message
    assert "unexpected: extra" in message
    assert "scale: expected shape (2,), got (3,)" in message
    assert "inner.0.bias: expected float32, got complex128" in message
    for key, value in block.state_dict().items():
        np.testing.assert_array_equal(value.numpy(), before[key].numpy())


def test_load_state_dict_that_is_not_strict_passes_over_names_but_not_shapes():
    linear = nn.Linear(2, 2)
    keys = linear.load_state_dict({"weight": np.ones((2, 2)), "other": np.ones(1)}, strict=False)
    assert keys.missing_keys == ["bias"]
    assert keys.unexpected_keys == ["other"]
    assert (linear.weight.detach() == 1).all()
    with pytest.raises(ArgumentError, match="weight: expected shape"):
        linear.load_state_dict({"weight": np.ones((3, 2))}, strict=False)


@pytest.mark.parametrize("layer", [nn.Conv1d(1, 1, 3), nn.Linear(3, 1)])
def test_loading_does_not_reach_what_was_recorded_before(layer):
    x = ag.ones((1, 1, 3), "float32").requires_grad_()
    weight = np.array(layer.weight.detach())
    y = layer(x).sum()
    layer.load_state_dict({name: np.zeros_like(value) for name, value in layer.state_dict().items()})
    y.backward()
    np.testing.assert_array_equal(x.grad.numpy().ravel(), weight.ravel())
    assert not layer.weight.detach().numpy().any()


def test_freezing_and_zero_grad():
    linear = nn.Linear(2, 1)
    linear(np.ones((1, 2), np.float32)).backward([[1.0]])
    assert linear.weight.grad is not None
    linear.zero_grad(set_to_none=False)
    assert linear.weight.grad.tolist() == [[0.0, 0.0]]
    linear.zero_grad()
    assert linear.weight.grad is None
    linear.requires_grad_(False)
    assert not linear(np.ones((1, 2), np.float32)).requires_grad
    linear.zero_grad(set_to_none=False)  # there is nothing to set


def test_apply_visits_those_below_first():
    seen = []
    block = Block()
    assert block.apply(lambda module: seen.append(type(module).__name__)) is block
    assert seen == ["Linear", "ReLU", "Sequential", "Dropout", "Block"]


def test_conversion_keeps_the_parameters_themselves():
    block = Block()
    weight = block.inner[0].weight
    block(np.ones((1, 3), np.float32)).sum().backward()
    values = weight.detach().numpy().copy()
    assert block.double() is block
    assert block.inner[0].weight is weight
    assert weight.dtype == weight.grad.dtype == block.mean.dtype == np.float64
    assert block.count.dtype == np.int64
    assert weight.requires_grad
    block.float()
    np.testing.assert_array_equal(weight.detach().numpy(), values)
    assert block.to("float16").scale.dtype == np.float16
    with pytest.raises(DtypeError, match="floating"):
        block.to(int)
    assert block.to("cpu").scale.dtype == np.float16
    with pytest.raises(UnsupportedError, match="expected a floating dtype or 'cpu', got 'cuda'"):
        block.to("cuda")


def test_conversion_does_not_reach_what_was_recorded_before():
    layer = nn.Conv1d(1, 1, 3)
    x = ag.ones((1, 1, 3), "float32").requires_grad_()
    weight = np.array(layer.weight.detach())
    y = layer(x).sum()
    layer.double()
    y.backward()
    np.testing.assert_array_equal(x.grad.numpy(), weight)


def test_deepcopy_shares_nothing_and_keeps_what_is_tied():
    tied = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    tied[1].weight = tied[0].weight
    copied = copy.deepcopy(tied)
    nn.init.zeros_(copied[0].weight)
    assert copied[1].weight is copied[0].weight
    assert isinstance(copied[0].weight, nn.Parameter)
    assert tied[0].weight.detach().numpy().any()
    block = copy.deepcopy(Block())
    assert list(block.state_dict()) == list(Block().state_dict())
    block.register_buffer("other", ag.zeros(1))
    assert "other" not in Block().state_dict()


def test_assignment_keeps_parameters_and_buffers_what_they_are():
    block = Block()
    with pytest.raises(UnsupportedError, match=r"Block\.scale: expected a Parameter"):
        block.scale = ag.ones(2)
    with pytest.raises(UnsupportedError, match=r"Block\.mean: expected a tensor"):
        block.mean = 3.0
    block.mean = ag.ones(2)
    assert "mean" in block.state_dict()
    block.scale = None
    assert "scale" not in block.state_dict()
    del block.mean
    assert "mean" not in block.state_dict()
    with pytest.raises(AttributeError):
        _ = block.mean


@pytest.mark.parametrize("name", ["forward", "inner", "a.b", ""])
def test_names_of_new_attributes(name):
    for register in ("register_buffer", "register_parameter", "add_module"):
        with pytest.raises(ArgumentError, match="new attribute"):
            getattr(Block(), register)(name, None)


def test_a_module_without_forward_says_so():
    with pytest.raises(UnsupportedError, match=r"Module: expected a method forward\(\)"):
        nn.Module()(1)


def test_repr_nests_and_shows_extra_repr():
    assert repr(Block()) == (
        "Block(\n"
        "  (inner): Sequential(\n"
        "    (0): Linear(in_features=3, out_features=2, bias=True)\n"
        "    (1): ReLU()\n"
        "  )\n"
        "  (drop): Dropout(p=0.5, inplace=False)\n"
        ")"
    )


def test_a_module_is_freed_with_its_last_reference():
    gc.disable()
    try:
        block = Block()
        block(np.ones((1, 3), np.float32)).sum().backward()
        gone = weakref.ref(block)
        del block
        assert gone() is None
    finally:
        gc.enable()


# --- Parameter ----------------------------------------------------------------------------------------


def test_parameter_copies_and_keeps_the_dtype_of_arrays():
    array = np.ones(2)
    parameter = nn.Parameter(array)
    array[0] = 5
    assert parameter.tolist() == [1.0, 1.0]
    assert parameter.dtype == np.float64
    assert nn.Parameter([1, 2]).dtype == np.float32
    assert nn.Parameter(ag.tensor([1.0], dtype="float32")).dtype == np.float32
    assert not nn.Parameter([1.0], requires_grad=False).requires_grad
    assert nn.Parameter(np.ones((2, 3)).T)._value.flags.c_contiguous


def test_parameter_is_a_tensor_to_every_op():
    parameter = nn.Parameter([1.0, 2.0])
    y = (np.exp(parameter) + parameter * 2 - [1, 1]).sum()
    y.backward()
    np.testing.assert_allclose(parameter.grad.numpy(), np.exp([1.0, 2.0]) + 2, rtol=1e-6)
    assert type(parameter.detach()) is ag.Tensor
    assert repr(parameter).startswith("Parameter containing:\ntensor([1., 2.]")


def test_parameter_refuses_what_has_no_gradient():
    with pytest.raises(DtypeError, match="only floating"):
        nn.Parameter(np.array([1, 2]))
    with pytest.raises(DtypeError, match="expected numbers"):
        nn.Parameter(np.array(["a"]))


# --- Containers ---------------------------------------------------------------------------------------


def test_sequential_is_a_sequence():
    layers = [nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1)]
    sequential = nn.Sequential(*layers)
    assert len(sequential) == 3
    assert list(sequential) == layers
    assert sequential[-1] is layers[2]
    assert list(sequential[:2]) == layers[:2]
    assert list(sequential[1:].state_dict()) == ["2.weight", "2.bias"]
    sequential[1] = nn.Tanh()
    x = np.ones((1, 2), np.float32)
    expected = layers[2](np.tanh(layers[0](x)))
    np.testing.assert_array_equal(sequential(x).detach().numpy(), expected.detach().numpy())
    assert sequential.append(nn.Sigmoid()) is sequential
    assert len(sequential) == 4
    with pytest.raises(IndexError, match="index 4 of 4"):
        sequential[4]
    with pytest.raises(UnsupportedError, match="expected modules, got function"):
        nn.Sequential(nn.functional.relu)
    with pytest.raises(UnsupportedError, match="expected a module"):
        sequential[0] = 1


def test_sequential_of_named_modules():
    sequential = nn.Sequential({"first": nn.Linear(2, 1), "then": nn.ReLU()})
    assert list(sequential.state_dict()) == ["first.weight", "first.bias"]
    with pytest.raises(ArgumentError, match="'train', which is taken"):
        nn.Sequential({"train": nn.ReLU()})


def test_a_module_that_stands_twice_is_called_twice():
    layer = nn.Linear(2, 2)
    sequential = nn.Sequential(layer, layer)
    x = np.ones((1, 2), np.float32)
    np.testing.assert_array_equal(sequential(x).detach().numpy(), layer(layer(x)).detach().numpy())
    assert len(sequential) == 2


def test_module_list():
    layers = nn.ModuleList([nn.ReLU()])
    assert layers.append(nn.Linear(2, 2)).extend([nn.Tanh()]) is layers
    assert len(layers) == 3
    assert isinstance(layers[1:], nn.ModuleList)
    assert list(layers[1:].state_dict()) == ["0.weight", "0.bias"]
    with pytest.raises(UnsupportedError, match="a list, not a layer"):
        layers(1)
    with pytest.raises(ArgumentError, match="a list of modules, got one ReLU"):
        nn.ModuleList(nn.ReLU())


def test_a_list_shows_equal_neighbours_as_one():
    """As PyTorch does."""
    layers = nn.ModuleList([nn.ReLU(), nn.Linear(2, 2), nn.Linear(2, 2), nn.ReLU()])
    assert repr(layers) == (
        "ModuleList(\n"
        "  (0): ReLU()\n"
        "  (1-2): 2 x Linear(in_features=2, out_features=2, bias=True)\n"
        "  (3): ReLU()\n"
        ")"
    )
    assert repr(nn.Sequential(nn.ReLU(), nn.ReLU())).count("ReLU") == 2


def test_importing_the_package_does_not_import_nn():
    code = "import sys, autograd_cnn; print({'autograd_cnn.nn', 'autograd_cnn.optim'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


# --- Names, and values by name ------------------------------------------------------------------------


def test_what_is_shared_under_each_of_its_names():
    layer = nn.Linear(2, 2)
    twice = nn.Sequential(layer, layer)
    assert [name for name, _ in twice.named_modules(remove_duplicate=False)] == ["", "0", "1"]
    names = [name for name, _ in twice.named_parameters(remove_duplicate=False)]
    assert names == ["0.weight", "0.bias", "1.weight", "1.bias"]
    layer.register_buffer("mean", ag.zeros(1))
    assert [name for name, _ in twice.named_buffers(remove_duplicate=False)] == ["0.mean", "1.mean"]
    assert [name for name, _ in twice.named_buffers()] == ["0.mean"]


def test_things_by_name():
    block = Block()
    assert block.get_submodule("inner.0") is block.inner[0]
    assert block.get_submodule("") is block
    assert block.get_parameter("inner.0.weight") is block.inner[0].weight
    assert block.get_buffer("mean") is block.mean
    with pytest.raises(ArgumentError, match=r"the name of a module, got 'inner\.7\.x', where '7' is none"):
        block.get_submodule("inner.7.x")
    with pytest.raises(ArgumentError, match="expected the name of a parameter, got 'mean'"):
        block.get_parameter("mean")
    with pytest.raises(ArgumentError, match="expected the name of a buffer, got 'scale'"):
        block.get_buffer("scale")
    block.register_module("last", nn.ReLU())
    assert isinstance(block.last, nn.ReLU)


def test_load_state_dict_with_assign_takes_the_values_themselves():
    block = Block()
    block.scale.requires_grad_(False)
    taken = nn.Parameter(np.ones(2))
    state = {**block.state_dict(), "mean": ag.ones(2), "inner.0.bias": taken}
    state["scale"] = np.zeros(2)
    assert repr(block.load_state_dict(state, assign=True)) == "<All keys matched successfully>"
    assert block.inner[0].bias is taken
    assert block.mean is state["mean"]
    assert block.scale.dtype == np.float64
    assert isinstance(block.scale, nn.Parameter)
    assert not block.scale.requires_grad
    assert block.inner[0].weight.requires_grad
    with pytest.raises(ArgumentError, match="scale: expected shape"):
        block.load_state_dict({**state, "scale": np.zeros(3)}, assign=True)
    assert "missing_keys=['mean'" in repr(block.load_state_dict({}, strict=False)).replace("'scale', ", "")


def test_to_takes_a_dtype_a_tensor_or_the_device():
    layer = nn.Linear(1, 1)
    assert layer.to("cpu", np.float64).weight.dtype == np.float64
    assert layer.to(ag.ones(1, dtype="float32")).weight.dtype == np.float32
    assert layer.to(device="cpu").weight.dtype == np.float32
    assert layer.to(dtype="float64", device="cpu").weight.dtype == np.float64
    assert layer.half().weight.dtype == np.float16
