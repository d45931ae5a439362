"""LeNet-5 against PyTorch's recorded answers, its options, and models by name."""

import json
from pathlib import Path

import numpy as np
import pytest

from autograd_cnn import nn
from autograd_cnn.errors import ArgumentError
from autograd_cnn.nn.models import MLP, LeNet5, make_model

ANSWERS = np.load(Path(__file__).with_name("torch_answers.npz"))
LENET = json.loads(ANSWERS["index"].item())["lenet"]


def waves(model):
    """The weights of the recorded model: cosines, which need no file."""
    return {
        key: np.cos(np.arange(value.size)).reshape(value.shape) * (2 / value[0].size) ** 0.5
        for key, value in model.state_dict().items()
    }


def test_lenet_answers_as_pytorch():
    model = LeNet5()
    model.load_state_dict(waves(model))
    logits = model(ANSWERS[LENET["input"]])
    np.testing.assert_allclose(logits.detach().numpy(), ANSWERS[LENET["logits"]], rtol=1e-4, atol=1e-5)
    loss = nn.functional.cross_entropy(logits, [1, 7, 7])
    assert loss.item() == pytest.approx(LENET["loss"], rel=1e-5)
    loss.backward()
    for key, parameter in model.named_parameters():
        norm = np.linalg.norm(parameter.grad.numpy().astype(float))
        assert norm == pytest.approx(LENET["gradient_norms"][key], rel=1e-4)


def test_lenet_has_the_state_and_repr_of_pytorch():
    model = LeNet5()
    assert {key: list(value.shape) for key, value in model.state_dict().items()} == LENET["shapes"]
    assert list(model.state_dict()) == list(LENET["shapes"])
    assert repr(model) == LENET["repr"]
    assert sum(parameter.size for parameter in model.parameters()) == 61_706


@pytest.mark.parametrize("name", ["lenet5", "mlp"])
def test_every_model_maps_images_to_logits_and_trains_all_parameters(name):
    model = make_model(name, num_classes=7)
    x = np.random.default_rng(0).standard_normal((4, 1, 28, 28)).astype(np.float32)
    y = model(x)
    assert y.shape == (4, 7)
    y.backward(np.random.default_rng(1).standard_normal(y.shape))
    for key, parameter in model.named_parameters():
        assert parameter.grad.numpy().any(), key
    assert model(x[:0]).shape == (0, 7)


def test_options_change_what_is_computed():
    x = np.random.default_rng(0).standard_normal((2, 1, 28, 28)).astype(np.float32)
    outputs = []
    for options in ({}, {"activation": "tanh"}, {"activation": "sigmoid"}, {"pooling": "avg"}):
        model = make_model("lenet5", **options)
        model.load_state_dict(waves(model))
        outputs.append(model(x).detach().numpy())
    for i, first in enumerate(outputs):
        for second in outputs[:i]:
            assert np.abs(first - second).max() > 1e-3
    assert MLP(hidden=5).fc1.out_features == 5


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: make_model("lenet"),
            "a model of lenet5, mlp, .*, got 'lenet'; did you mean 'lenet5'",
        ),
        (lambda: make_model("LeNet5"), "did you mean 'lenet5'"),
        (lambda: make_model("vit"), "got 'vit'$"),
        (
            lambda: make_model("mlp", pooling="avg"),
            "make_model: 'mlp' has no option 'pooling'; it has num_classes, hidden",
        ),
        (
            lambda: make_model("lenet5", activations="relu"),
            "has no option 'activations'; did you mean 'activation'",
        ),
        (
            lambda: LeNet5(activation="gelu"),
            "LeNet5: expected activation of relu, tanh, sigmoid, got 'gelu'; did you mean 'relu'",
        ),
        (lambda: LeNet5(pooling="mean"), "LeNet5: expected pooling of max, avg, got 'mean'"),
    ],
)
def test_mistakes(call, message):
    with pytest.raises(ArgumentError, match=message.replace("?", r"\?")):
        call()
