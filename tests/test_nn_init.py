"""Initial values: PyTorch's distributions, reproducible, in place."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

import autograd_cnn as ag
from autograd_cnn import nn
from autograd_cnn.errors import ArgumentError, GraphError, ShapeError

INDEX = json.loads(np.load(Path(__file__).with_name("torch_answers.npz"))["index"].item())
init = nn.init

# A weight (64, 32, 3, 3): fan_in 288, fan_out 576. Each line: function, and the distribution it draws from.
FAN_IN, FAN_OUT = 288, 576
UNIFORM = [
    (lambda t, g: init.uniform_(t, -2.0, 3.0, g), -2.0, 3.0),
    (lambda t, g: init.xavier_uniform_(t, 0.5, g), -0.5 * math.sqrt(6 / 864), 0.5 * math.sqrt(6 / 864)),
    (lambda t, g: init.kaiming_uniform_(t, generator=g), -math.sqrt(6 / FAN_IN), math.sqrt(6 / FAN_IN)),
    (lambda t, g: init.kaiming_uniform_(t, a=math.sqrt(5), generator=g), -(FAN_IN**-0.5), FAN_IN**-0.5),
    (
        lambda t, g: init.kaiming_uniform_(t, mode="fan_out", nonlinearity="tanh", generator=g),
        -5 / 3 * math.sqrt(3 / FAN_OUT),
        5 / 3 * math.sqrt(3 / FAN_OUT),
    ),
]
NORMAL = [
    (lambda t, g: init.normal_(t, 1.0, 0.5, g), 1.0, 0.5),
    (lambda t, g: init.xavier_normal_(t, 2.0, g), 0.0, 2 * math.sqrt(2 / 864)),
    (lambda t, g: init.kaiming_normal_(t, nonlinearity="relu", generator=g), 0.0, math.sqrt(2 / FAN_IN)),
]


def weight(dtype="float32"):
    return nn.Parameter(np.zeros((64, 32, 3, 3), dtype))


@pytest.mark.parametrize(("fill", "low", "high"), UNIFORM)
def test_uniform_distributions(fill, low, high):
    tensor = weight()
    assert fill(tensor, np.random.default_rng(0)) is tensor
    values = tensor.detach().numpy()
    assert tensor.requires_grad
    assert values.dtype == np.float32
    margin = (high - low) * 1e-3
    assert low * 1.000001 <= values.min() < low + margin
    assert high - margin < values.max() <= high * 1.000001
    # The distribution function, against which the largest deviation is of order 1 / √size.
    shares = (np.sort(values.ravel()) - low) / (high - low)
    assert np.abs(shares - np.linspace(0, 1, values.size)).max() < 2 / math.sqrt(values.size)


@pytest.mark.parametrize(("fill", "mean", "std"), NORMAL)
def test_normal_distributions(fill, mean, std):
    from scipy.special import ndtr

    tensor = weight()
    fill(tensor, np.random.default_rng(0))
    values = tensor.detach().numpy().astype(float)
    shares = ndtr((np.sort(values.ravel()) - mean) / std)
    assert np.abs(shares - np.linspace(0, 1, values.size)).max() < 2 / math.sqrt(values.size)


@pytest.mark.parametrize(
    ("mean", "std", "a", "b"),
    [(0.0, 1.0, -2.0, 2.0), (1.0, 0.5, 1.5, 4.0), (0.0, 1.0, 9.0, 10.0), (0.0, 1.0, -10.0, -9.0)],
)
def test_truncated_normal(mean, std, a, b):
    from scipy.stats import truncnorm

    tensor = nn.Parameter(np.zeros(20_000))
    init.trunc_normal_(tensor, mean, std, a, b, np.random.default_rng(0))
    values = np.sort(tensor.detach().numpy())
    assert a <= values[0]
    assert values[-1] <= b
    shares = truncnorm.cdf(values, (a - mean) / std, (b - mean) / std, loc=mean, scale=std)
    assert np.abs(shares - np.linspace(0, 1, values.size)).max() < 2 / math.sqrt(values.size)


@pytest.mark.parametrize("shape", [(4, 9), (9, 4), (4, 3, 3), (5, 5)])
def test_orthogonal(shape):
    tensor = nn.Parameter(np.zeros(shape))
    init.orthogonal_(tensor, gain=2.0, generator=np.random.default_rng(0))
    matrix = tensor.detach().numpy().reshape(shape[0], -1)
    product = matrix @ matrix.T if len(matrix) <= matrix.shape[1] else matrix.T @ matrix
    np.testing.assert_allclose(product, 4 * np.eye(len(product)), atol=1e-12)


def test_orthogonal_is_uniform_over_signs():
    generator = np.random.default_rng(0)
    corners = [
        init.orthogonal_(nn.Parameter(np.zeros((2, 2))), generator=generator)[0, 0].item() for _ in range(400)
    ]
    assert 140 < sum(corner > 0 for corner in corners) < 260


def test_constants():
    tensor = nn.Parameter(np.zeros(3))
    assert init.constant_(tensor, 2.5).tolist() == [2.5] * 3
    assert init.ones_(tensor).tolist() == [1.0] * 3
    assert init.zeros_(tensor).tolist() == [0.0] * 3


def test_gains_are_those_of_pytorch():
    for name, gain in INDEX["gains"].items():
        assert init.calculate_gain(name) == pytest.approx(gain, rel=1e-15)
    assert init.calculate_gain("leaky_relu", 0.2) == pytest.approx(math.sqrt(2 / 1.04))
    with pytest.raises(ArgumentError, match="expected a nonlinearity of"):
        init.calculate_gain("gelu")


def test_a_seed_gives_the_same_values_in_both_dtypes():
    ag.manual_seed(3)
    single = init.kaiming_uniform_(weight()).detach().numpy()
    ag.manual_seed(3)
    double = init.kaiming_uniform_(weight("float64")).detach().numpy()
    np.testing.assert_array_equal(single, double.astype(np.float32))
    ag.manual_seed(3)
    first = nn.Conv2d(3, 6, 5)
    ag.manual_seed(3)
    second = nn.Conv2d(3, 6, 5)
    np.testing.assert_array_equal(first.weight.detach().numpy(), second.weight.detach().numpy())
    np.testing.assert_array_equal(first.bias.detach().numpy(), second.bias.detach().numpy())


@pytest.mark.parametrize(
    "layer",
    [
        nn.Conv2d(32, 64, 3, groups=2),
        nn.Conv1d(40, 64, 5),
        nn.ConvTranspose2d(64, 128, 3, groups=4),
        nn.Linear(250, 400),
        nn.Bilinear(250, 1, 400),
    ],
    ids=repr,
)
def test_layers_begin_with_the_distribution_of_pytorch(layer):
    bound = 1 / math.sqrt(layer.weight[0].size)
    for values in (layer.weight.detach().numpy(), layer.bias.detach().numpy()):
        assert 0.9 * bound < np.abs(values).max() <= bound * 1.000001
    assert layer.weight.detach().numpy().std() == pytest.approx(bound / math.sqrt(3), rel=0.05)


def test_embeddings_begin_with_the_normal_distribution():
    values = nn.Embedding(500, 100).weight.detach().numpy()
    assert values.mean() == pytest.approx(0, abs=0.02)
    assert values.std() == pytest.approx(1, rel=0.02)


def test_mistakes():
    with pytest.raises(ShapeError, match="a weight of two axes or more"):
        init.xavier_uniform_(nn.Parameter(np.zeros(3)))
    with pytest.raises(ShapeError, match="orthogonal_: expected two axes"):
        init.orthogonal_(nn.Parameter(np.zeros(3)))
    with pytest.raises(ArgumentError, match="expected mode 'fan_in' or 'fan_out', got 'fan'"):
        init.kaiming_normal_(weight(), mode="fan")
    with pytest.raises(ArgumentError, match="expected a < b"):
        init.trunc_normal_(weight(), a=1, b=1)
    with pytest.raises(GraphError, match="expected a leaf"):
        init.zeros_(weight() * 2)


def test_eye_and_dirac_pass_their_input_on():
    x = np.random.default_rng(0).standard_normal((2, 4, 5))
    conv = nn.Conv1d(4, 4, 3, padding=1, groups=2, bias=False, dtype="float64")
    assert init.dirac_(conv.weight, groups=2) is conv.weight
    np.testing.assert_array_equal(conv(x).detach().numpy(), x)
    for ndim in (1, 2, 3):
        tensor = init.dirac_(nn.Parameter(np.ones((3, 2) + (3,) * ndim)))
        assert tensor.detach().numpy().sum() == 2
        assert tensor[(1, 1) + (1,) * ndim].item() == 1
    linear = nn.Linear(3, 2)
    np.testing.assert_array_equal(init.eye_(linear.weight).detach().numpy(), np.eye(2, 3))


def test_sparse():
    from scipy.stats import kstest

    values = init.sparse_(nn.Parameter(np.ones((400, 50))), 0.3, 0.5, np.random.default_rng(0))
    values = values.detach().numpy()
    np.testing.assert_array_equal((values == 0).sum(axis=0), 120)
    assert np.ptp((values == 0).sum(axis=1)) > 0  # not the same rows in all columns
    assert kstest(values[values != 0] / 0.5, "norm").pvalue > 0.01
    assert values[values != 0].std() == pytest.approx(0.5, rel=0.02)


def test_mistakes_of_the_structured_ones():
    with pytest.raises(ShapeError, match="eye_: expected a matrix"):
        init.eye_(ag.zeros(3))
    with pytest.raises(ShapeError, match="dirac_: expected the weight of a convolution"):
        init.dirac_(ag.zeros((3, 3)))
    with pytest.raises(ArgumentError, match="dirac_: expected groups that divide 3 output channels, got 2"):
        init.dirac_(ag.zeros((3, 3, 3)), groups=2)
    with pytest.raises(ShapeError, match="sparse_: expected a matrix"):
        init.sparse_(ag.zeros(3), 0.1)
    with pytest.raises(ArgumentError, match="sparse_: expected a sparsity from 0 to 1"):
        init.sparse_(ag.zeros((3, 3)), 2)
    assert init.calculate_gain("conv_transpose2d") == 1
