"""Modules and parameters by name, and parameters by number."""

import numpy as np
import pytest

import autograd_cnn as ag
from autograd_cnn import nn
from autograd_cnn.errors import ArgumentError, UnsupportedError


class Holds(nn.Module):
    def __init__(self):
        super().__init__()
        self.modules_by_name = nn.ModuleDict([["a", nn.Linear(2, 1)]])
        self.by_name = nn.ParameterDict({"w": ag.ones(2)})
        self.by_number = nn.ParameterList([ag.zeros(1), nn.Parameter([5.0])])

    def forward(self, x):
        return self.modules_by_name["a"](x) * self.by_number[1]


def test_all_belong_to_the_module():
    module = Holds()
    names = ["modules_by_name.a.weight", "modules_by_name.a.bias", "by_name.w", "by_number.0", "by_number.1"]
    assert [name for name, _ in module.named_parameters()] == names
    module(np.ones((1, 2), np.float32)).sum().backward()
    assert module.by_number[1].grad is not None
    other = Holds()
    other.load_state_dict(module.state_dict())
    np.testing.assert_array_equal(
        other.modules_by_name["a"].weight.detach().numpy(),
        module.modules_by_name["a"].weight.detach().numpy(),
    )


def test_a_dict_of_modules_is_a_dict():
    first, second = nn.ReLU(), nn.Tanh()
    modules = nn.ModuleDict({"first": first})
    modules["second"] = second
    modules["first"] = second
    assert list(modules) == list(modules.keys()) == ["first", "second"]
    assert list(modules.values()) == [second, second]
    assert dict(modules.items())["second"] is second
    assert "first" in modules
    assert len(modules) == 2
    assert modules.pop("first") is second
    del modules["second"]
    modules.update(nn.ModuleDict({"x": first}))
    assert list(modules) == ["x"]
    modules.clear()
    assert len(modules) == 0
    assert repr(nn.ModuleDict({"act": first})) == "ModuleDict(\n  (act): ReLU()\n)"
    with pytest.raises(KeyError):
        modules["x"]


def test_a_list_of_parameters_is_a_list():
    parameters = nn.ParameterList([ag.ones(1)])
    assert parameters.append(ag.ones(2)).extend([ag.ones(3)]) is parameters
    assert [p.shape for p in parameters] == [(1,), (2,), (3,)]
    assert isinstance(parameters[0], nn.Parameter)
    assert [p.shape for p in parameters[1:]] == [(2,), (3,)]
    parameters[-1] = ag.ones(4)
    assert parameters[2].shape == (4,)
    assert repr(parameters[:1]) == "ParameterList(\n  (0): Parameter of float64, shape (1,)\n)"


def test_a_parameter_keeps_its_identity():
    parameter = nn.Parameter([1.0])
    assert nn.ParameterDict({"w": parameter})["w"] is parameter
    assert nn.ParameterList([parameter])[0] is parameter


def test_mistakes():
    with pytest.raises(UnsupportedError, match="ModuleDict: expected modules, got function"):
        nn.ModuleDict({"f": nn.functional.relu})
    with pytest.raises(UnsupportedError, match="ParameterList: expected parameters or tensors, got int"):
        nn.ParameterList([1])
    with pytest.raises(UnsupportedError, match="ParameterList: expected a list of parameters, got Tensor"):
        nn.ParameterList(ag.ones(2))
    with pytest.raises(ArgumentError, match="'pop', which is taken"):
        nn.ModuleDict({"pop": nn.ReLU()})
    with pytest.raises(UnsupportedError, match="ModuleDict: it is a collection, not a layer"):
        nn.ModuleDict()(1)
