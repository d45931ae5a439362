"""Normalised weights against PyTorch's, parametrisations of one's own, and fused batch normalisation."""

import copy
import json
from pathlib import Path

import numpy as np
import pytest

import autograd_cnn as ag
from autograd_cnn import nn
from autograd_cnn.errors import ArgumentError, ShapeError, UnsupportedError
from autograd_cnn.nn.utils import parametrizations, parametrize

INDEX = json.loads(np.load(Path(__file__).with_name("torch_optim.npz"))["index"].item())
NORMALIZE = {
    "parametrizations.weight_norm": parametrizations.weight_norm,
    "parametrizations.spectral_norm": parametrizations.spectral_norm,
    "weight_norm": nn.utils.weight_norm,
}


def close(ours, theirs):
    np.testing.assert_allclose(ours.detach().numpy(), theirs, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(
    "case", INDEX["norms"], ids=lambda c: f"{c['kind']}-{c['layer']}-{list(c['options'].items())}"
)
def test_normalised_weights_are_those_of_pytorch(case):
    layer = getattr(nn, case["layer"])(**case["arguments"], dtype="float64")
    assert NORMALIZE[case["kind"]](layer, **case["options"]) is layer
    assert list(layer.state_dict()) == list(case["state"])
    layer.load_state_dict({key: np.array(value) for key, value in case["state"].items()})
    layer = copy.deepcopy(layer)
    output = layer(np.array(case["input"]))
    close(output, case["output"])
    (output**2).sum().backward()
    for key, parameter in layer.named_parameters():
        close(parameter.grad, case["gradients"][key])
    close(layer.eval()(np.array(case["input"])), case["evaluated"])
    for key, value in layer.state_dict().items():
        close(value, case["state_after"][key])


@pytest.mark.parametrize("kind", ["parametrizations.weight_norm", "weight_norm"])
def test_weight_norm_changes_no_value_and_can_be_removed(kind):
    layer = nn.Linear(3, 2)
    before = layer.weight.detach().numpy().copy()
    NORMALIZE[kind](layer)
    np.testing.assert_allclose(layer.weight.detach().numpy(), before, rtol=1e-6)
    assert layer.weight.dtype == np.float32
    if kind == "weight_norm":
        assert nn.utils.remove_weight_norm(layer) is layer
    else:
        with pytest.raises(UnsupportedError, match="from several originals"):
            parametrize.remove_parametrizations(layer, "weight", leave_parametrized=False)
        parametrize.remove_parametrizations(layer, "weight")
    assert type(layer) is nn.Linear
    assert list(layer.state_dict()) == ["bias", "weight"]
    np.testing.assert_allclose(layer.weight.detach().numpy(), before, rtol=1e-6)


def test_spectral_norm_finds_the_largest_singular_value():
    for layer, dim in ((nn.Linear(5, 4), 0), (nn.Conv1d(3, 4, 2), 1)):
        parametrizations.spectral_norm(layer, n_power_iterations=60, dim=dim)
        matrix = np.moveaxis(layer.weight.detach().numpy(), dim, 0)
        assert np.linalg.norm(matrix.reshape(len(matrix), -1), 2) == pytest.approx(1, abs=1e-4)


class Doubled(nn.Module):
    def forward(self, x):
        return x * 2

    def right_inverse(self, x):
        return x / 2


class Square(nn.Module):
    def forward(self, x):
        return x**2


def test_parametrisations_of_ones_own_are_applied_in_order():
    layer = nn.Linear(2, 1)
    bias, weight = layer.bias, layer.weight
    parametrize.register_parametrization(layer, "bias", Square())
    assert layer.parametrizations.bias.original is bias  # which an optimiser may hold
    parametrize.register_parametrization(layer, "weight", Doubled())
    before = layer.weight.detach().numpy()
    np.testing.assert_array_equal(before, weight.detach().numpy())
    parametrize.register_parametrization(layer, "weight", Square())
    np.testing.assert_allclose(layer.weight.detach().numpy(), before**2)
    assert "ParametrizedLinear" in repr(layer)
    assert parametrize.is_parametrized(layer, "weight")
    assert list(layer.state_dict()) == [
        "parametrizations.bias.original",
        "parametrizations.weight.original",
    ]
    copied = copy.deepcopy(layer)
    parametrize.remove_parametrizations(layer, "bias", leave_parametrized=False)
    np.testing.assert_array_equal(layer.bias.detach().numpy(), bias.detach().numpy())
    assert parametrize.is_parametrized(copied, "bias")
    assert not parametrize.is_parametrized(layer, "bias")
    layer(np.ones((1, 2), np.float32)).sum().backward()
    assert layer.parametrizations.weight.original.grad is not None


def test_an_assignment_goes_to_the_original():
    layer = nn.Linear(2, 1)
    parametrize.register_parametrization(layer, "weight", Doubled())
    layer.weight = ag.tensor([[6.0, 8.0]])
    assert layer.weight.tolist() == [[6.0, 8.0]]
    assert layer.parametrizations.weight.original.tolist() == [[3.0, 4.0]]


def test_mistakes_of_parametrisations():
    layer = nn.Linear(2, 1)

    class Flat(nn.Module):
        def forward(self, x):
            return x.ravel()

    with pytest.raises(ShapeError, match=r"expected a result of float32 and shape \(1, 2\)"):
        parametrize.register_parametrization(layer, "weight", Flat())
    assert list(layer.state_dict()) == ["weight", "bias"]
    parametrize.register_parametrization(layer, "weight", Flat(), unsafe=True)
    assert layer.weight.shape == (2,)
    with pytest.raises(ArgumentError, match="expected the name of a parameter of ParametrizedLinear"):
        parametrize.register_parametrization(layer, "wait", Flat())
    with pytest.raises(ArgumentError, match="expected a parametrised tensor of Linear, got 'bias'"):
        parametrize.remove_parametrizations(nn.Linear(1, 1), "bias")
    with pytest.raises(ArgumentError, match="weight_norm: expected the name of a parameter of Linear"):
        nn.utils.weight_norm(nn.Linear(1, 1), "wait")
    with pytest.raises(ArgumentError, match="remove_weight_norm: expected a weight of Linear"):
        nn.utils.remove_weight_norm(nn.Linear(1, 1))
    with pytest.raises(ArgumentError, match="spectral_norm: expected the name"):
        parametrizations.spectral_norm(nn.Linear(1, 1), "wait")
    with pytest.raises(ArgumentError, match="expected n_power_iterations of at least 1"):
        parametrizations.spectral_norm(nn.Linear(1, 1), n_power_iterations=0)
    with pytest.raises(ArgumentError, match="expected dim from -2 to 1, got 2"):
        parametrizations.spectral_norm(nn.Linear(1, 1), dim=2)


# --- Batch normalisation ------------------------------------------------------------------------------


class Norm(nn.Module):
    """Batch normalisation in evaluation: what fusing asks of one."""

    def __init__(self, features, affine):
        super().__init__()
        random = np.random.default_rng(1)
        self.eps = 1e-2
        self.weight = nn.Parameter(random.standard_normal(features)) if affine else None
        self.bias = nn.Parameter(random.standard_normal(features)) if affine else None
        self.register_buffer("running_mean", ag.tensor(random.standard_normal(features)))
        self.register_buffer("running_var", ag.tensor(random.uniform(0.5, 2, features)))

    def forward(self, x):
        shape = (-1,) + (1,) * (x.ndim - 2)
        x = (x - self.running_mean.reshape(shape)) / np.sqrt(self.running_var.reshape(shape) + self.eps)
        return x if self.weight is None else x * self.weight.reshape(shape) + self.bias.reshape(shape)


@pytest.mark.parametrize("affine", [True, False])
@pytest.mark.parametrize("bias", [True, False])
def test_fused_convolution(affine, bias):
    conv = nn.Conv2d(2, 4, 3, groups=2, bias=bias, dtype="float64").eval()
    norm = Norm(4, affine).eval()
    x = np.random.default_rng(0).standard_normal((2, 2, 5, 5))
    fused = nn.utils.fuse_conv_bn_eval(conv, norm)
    close(fused(x), norm(conv(x)).detach().numpy())
    assert type(fused) is nn.Conv2d
    assert fused.bias.requires_grad
    assert (conv.bias is None) != bias


@pytest.mark.parametrize("features", [3, 1])
def test_fused_linear_layer(features):
    linear = nn.Linear(2, 3, bias=features == 3, dtype="float64").eval()
    norm = Norm(features, True).eval()
    x = np.random.default_rng(0).standard_normal((4, 2))
    fused = nn.utils.fuse_linear_bn_eval(linear, norm)
    close(fused(x), norm(linear(x)).detach().numpy())
    assert fused.bias.shape == (3,)


def test_fused_weight_of_a_transposed_convolution():
    weight = np.random.default_rng(0).standard_normal((2, 3, 2))
    norm = Norm(3, True)
    fused, bias = nn.utils.fuse_conv_bn_weights(
        ag.tensor(weight), None, norm.running_mean, norm.running_var, norm.eps, norm.weight, norm.bias, True
    )
    scale = norm.weight.detach().numpy() / np.sqrt(norm.running_var.numpy() + norm.eps)
    close(fused, weight * scale[:, None])
    close(bias, norm.bias.detach().numpy() - norm.running_mean.numpy() * scale)
    assert not fused.requires_grad


def test_mistakes_of_fusing():
    conv, norm = nn.Conv1d(1, 3, 1), Norm(3, True)
    with pytest.raises(ArgumentError, match="expected both layers in evaluation"):
        nn.utils.fuse_conv_bn_eval(conv.eval(), norm)
    with pytest.raises(ShapeError, match=r"expected a normalisation of 2 features.* got 3"):
        nn.utils.fuse_linear_bn_eval(nn.Linear(1, 2).eval(), norm.eval())
    norm.running_mean = None
    with pytest.raises(ArgumentError, match="expected a normalisation with running statistics"):
        nn.utils.fuse_conv_bn_eval(conv, norm)
