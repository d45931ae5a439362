"""The zoo against PyTorch: names and shapes of the state, outputs, and files of weights both ways.

What PyTorch answers is recorded (`record_torch_models.py`), and asked again where torch is installed.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from model_weights import images, weights
from safetensors.numpy import load_file, save_file
from zoo_cases import CASES, CIFAR_RESNETS, FULL, VGGS, fingerprint

import autograd_cnn as ag
from autograd_cnn.errors import ArgumentError
from autograd_cnn.nn import init, models

RECORDED = json.loads(Path(__file__).with_name("torch_models.json").read_text())


def build(name, num_classes, **options):
    if name == "unet":
        return models.UNet(3, num_classes, **options)
    return models.make_model(name, num_classes=num_classes, **options)


@pytest.fixture
def unfilled(monkeypatch):
    """Leave weights as they come, for models that are too large to be filled for a look at them."""
    for function in ("kaiming_uniform_", "kaiming_normal_", "uniform_", "normal_", "zeros_", "ones_"):
        monkeypatch.setattr(init, function, lambda tensor, *args, **kwargs: tensor)


def shapes(model):
    return {name: value.shape for name, value in model._state_entries()}


def evaluated(case):
    name, options, _ = CASES[case]
    model = build(name, 10, **options).eval()
    model.load_state_dict(weights(shapes(model)))
    return model


def logits(model, case):
    with ag.no_grad():
        return model(images(CASES[case][2])).numpy()


def assert_equal_outputs(actual, expected):
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())


def test_every_name_is_compared_with_pytorch():
    assert {*models.MODELS, "unet"} - {"mlp"} == set(FULL) == {name for name, _, _ in CASES.values()}


@pytest.mark.parametrize("name", FULL)
def test_names_and_shapes_of_the_state_are_those_of_pytorch(name, unfilled):
    assert fingerprint(shapes(build(name, 1000))) == RECORDED["states"][name]


@pytest.mark.parametrize("case", CASES)
def test_outputs_are_those_of_pytorch(case, unfilled):
    outputs = logits(evaluated(case), case)
    assert_equal_outputs(outputs.ravel()[:20], RECORDED["outputs"][case])


@pytest.mark.parametrize("case", CASES)
def test_files_of_weights_move_both_ways(case, unfilled, tmp_path):
    """Live: what PyTorch saves is loaded here, and what is saved here is loaded there, to equal outputs."""
    torch = pytest.importorskip("torch")
    pytest.importorskip("torchvision")
    import safetensors.torch
    from torch_models import build as build_in_torch

    name, options, shape = CASES[case]
    theirs = build_in_torch(name, 10, **options)
    state = weights({key: value.shape for key, value in theirs.state_dict().items()})
    theirs.load_state_dict({key: torch.from_numpy(value) for key, value in state.items()})
    safetensors.torch.save_file(theirs.state_dict(), tmp_path / "theirs.safetensors")
    ours = build(name, 10, **options).eval()
    ours.load_state_dict(load_file(tmp_path / "theirs.safetensors"))
    with torch.no_grad():
        expected = theirs(torch.from_numpy(images(shape))).numpy()
    assert_equal_outputs(logits(ours, case), expected)

    save_file({key: value.numpy() for key, value in ours.state_dict().items()}, tmp_path / "ours.safetensors")
    loaded = build_in_torch(name, 10, **options)
    loaded.load_state_dict(safetensors.torch.load_file(tmp_path / "ours.safetensors"))
    with torch.no_grad():
        np.testing.assert_array_equal(loaded(torch.from_numpy(images(shape))).numpy(), expected)


@pytest.mark.parametrize("case", ["resnet8", "vgg11_bn", "mobilenet_v2 of 0.35", "unet"])
def test_a_file_of_weights_holds_all_of_a_model(case, unfilled, tmp_path):
    model = evaluated(case)
    arrays = {key: value.numpy() for key, value in model.state_dict().items()}
    save_file(arrays, tmp_path / "model.safetensors")
    name, options, _ = CASES[case]
    again = build(name, 10, **options).eval()
    again.load_state_dict(load_file(tmp_path / "model.safetensors"))
    np.testing.assert_array_equal(logits(again, case), logits(model, case))


@pytest.mark.parametrize(
    "case", ["resnet8", "resnet18", "vgg11_bn", "mobilenet_v2 of 0.35", "densenet121", "bilinear unet"]
)
def test_every_parameter_of_a_fresh_model_is_trained(case):
    name, options, _ = CASES[case]
    ag.manual_seed(0)
    model = build(name, 7, **options)
    y = model(images((2, 3, 40, 32)))
    assert y.shape == ((2, 7, 40, 32) if name == "unet" else (2, 7))
    y.backward(np.random.default_rng(1).standard_normal(y.shape))
    for key, parameter in model.named_parameters():
        # Before a batch normalisation in its first state, a bias changes nothing.
        if not (name == "vgg11_bn" and key.startswith("features") and key.endswith("bias")):
            assert parameter.grad.numpy().any(), key


def test_fresh_weights_have_the_distribution_of_torchvision():
    ag.manual_seed(0)
    resnet, vgg = models.resnet8(), models.vgg11(hidden=64, num_classes=10)
    mobilenet, densenet = models.mobilenet_v2(), models.densenet121(num_classes=10)
    expected = [  # a kernel, and by which of its fans 2 is divided
        (resnet.layer3[0].conv2.weight, 64 * 9),
        (vgg.features[8].weight, 256 * 9),
        (mobilenet.features[1].conv[1].weight, 16),
        (densenet.features[4].denselayer1.conv2.weight, 128 * 9),
    ]
    for weight, fan in expected:
        assert np.std(weight.detach().numpy()) == pytest.approx((2 / fan) ** 0.5, rel=0.06)
    for layer in (vgg.classifier[3], mobilenet.classifier[1]):
        assert np.std(layer.weight.detach().numpy()) == pytest.approx(0.01, rel=0.06)
        assert not layer.bias.detach().numpy().any()


def test_zero_init_residual_starts_every_block_as_the_identity():
    block = models.resnet18(num_classes=2, zero_init_residual=True).layer1[1]
    x = np.abs(images((2, 64, 8, 8)))
    np.testing.assert_array_equal(block(x).detach().numpy(), x)
    bottleneck = models.ResNet(models.Bottleneck, (1,), 2, widths=(8,), zero_init_residual=True).layer1[0]
    assert not bottleneck.bn3.weight.detach().numpy().any()


def test_dropout_of_a_model_is_an_option():
    for name in ("vgg11", "mobilenet_v2"):
        options = {"hidden": 8} if name == "vgg11" else {"width_mult": 0.1}
        model = build(name, 4, dropout=1.0, **options)
        assert (
            model(images((2, 3, 32, 32))).detach().numpy() == model.classifier[-1].bias.detach().numpy()
        ).all()
    dense = models.DenseNet(4, (2,), 8, drop_rate=1.0, num_classes=3)
    x = dense.features[:4](images((2, 3, 32, 32)))
    block = dense.features[4](x)
    np.testing.assert_array_equal(block[:, :8].detach().numpy(), x.detach().numpy())
    assert not block[:, 8:].detach().numpy().any()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: models.cifar_resnet(18), "expected a depth of 6 n [+] 2, as 8 or 20, got 18"),
        (lambda: models.cifar_resnet(2), "got 2"),
        (
            lambda: models.ResNet(models.BasicBlock, (1, 1)),
            r"layers=\(1, 1\) and widths=\(64, 128, 256, 512\)",
        ),
        (lambda: models.ResNet(models.BasicBlock, (), widths=()), "expected one width for each stage"),
        (lambda: models.VGG((1, 1)), r"VGG: expected layers of 5 stages, got \(1, 1\)"),
        (lambda: models.make_model("resnet50", width=3), "has no option 'width'; did you mean 'widths'"),
        (lambda: models.make_model("resnet50", layers=[1]), "has no option 'layers'"),
        (lambda: models.make_model("vgg16bn"), "did you mean 'vgg16_bn'"),
    ],
)
def test_mistakes(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()


@pytest.mark.parametrize("name", CIFAR_RESNETS[:2] + VGGS[:1])
def test_images_of_another_size_and_channels(name):
    options = {"hidden": 8} if name in VGGS else {}
    model = build(name, 4, in_channels=1, **options).eval()
    with ag.no_grad():
        assert model(images((2, 1, 45, 33))).shape == (2, 4)
