"""Every layer against PyTorch's recorded answers, and its gradients against finite differences."""

import json
from pathlib import Path

import numpy as np
import pytest

import autograd_cnn as ag
from autograd_cnn import nn
from autograd_cnn.testing import check_grads

ANSWERS = np.load(Path(__file__).with_name("torch_answers.npz"))
INDEX = json.loads(ANSWERS["index"].item())
CASES = INDEX["layers"]
LOSSES = INDEX["losses"]

# Modules that are not a layer with an answer of its own: tested in test_nn_module.
STRUCTURE = {"Module", "ModuleDict", "ModuleList", "ParameterDict", "ParameterList", "Sequential"}


def identify(case):
    return f"{case['name']}-{'-'.join(map(str, case['arguments'].values()))}"


def arguments(case):
    given = {k: tuple(v) if isinstance(v, list) else v for k, v in case["arguments"].items()}
    if "weight" in given:
        given["weight"] = ag.tensor(given["weight"], dtype="float32")
    return given


def make(case):
    layer = getattr(nn, case["name"])(**arguments(case))
    if "state" in case:
        layer.load_state_dict({key: ANSWERS[name] for key, name in case["state"].items()})
    return layer.eval() if case["arguments"].get("p") else layer


def close(ours, answer):
    expected = ANSWERS[answer]
    assert ours.shape == expected.shape
    assert ours.dtype == expected.dtype
    np.testing.assert_allclose(ours.detach().numpy(), expected, rtol=1e-5, atol=2e-6)


def apart(shape, seed=0):
    """Numbers in random order, no two of them, nor one and 0, as near as the step of finite differences."""
    size = int(np.prod(shape))
    return np.random.default_rng(seed).permutation((np.arange(size) - size / 2) * 0.05 + 0.01).reshape(shape)


def as_function(layer):
    """The layer as a function of its input and its parameters, which are plain attributes."""
    names = [name for name, _ in layer.named_parameters()]

    def function(x, *values):
        vars(layer).update(zip(names, values, strict=True))
        return layer(x)

    return function, [parameter.detach() for parameter in layer.parameters()]


def test_every_layer_and_loss_has_a_recorded_answer():
    public = {
        name for name in nn.__all__ if isinstance(getattr(nn, name), type) and name != "Parameter"
    } - STRUCTURE
    assert {case["name"] for case in CASES + LOSSES} == public


@pytest.mark.parametrize("case", CASES, ids=identify)
def test_layer_answers_as_pytorch(case):
    layer = make(case)
    x = ag.tensor(ANSWERS[case["input"]], requires_grad=True)
    y = layer(x)
    close(y, case["output"])
    y.backward(ANSWERS[case["cotangent"]])
    close(x.grad, case["input_gradient"])
    for key, parameter in layer.named_parameters():
        close(parameter.grad, case["gradients"][key])


@pytest.mark.parametrize("case", CASES + LOSSES, ids=identify)
def test_repr_is_that_of_pytorch(case):
    assert repr(make(case)) == case["repr"]


@pytest.mark.parametrize("case", CASES, ids=identify)
def test_state_dict_has_the_keys_and_layouts_of_pytorch(case):
    state = make(case).state_dict()
    assert list(state) == list(case["state"])
    for key, name in case["state"].items():
        np.testing.assert_array_equal(state[key].numpy(), ANSWERS[name])


@pytest.mark.parametrize("case", CASES, ids=identify)
def test_gradients_of_layer(case):
    function, parameters = as_function(make(case).double())
    check_grads(function, [apart(ANSWERS[case["input"]].shape), *parameters], order=2)


@pytest.mark.parametrize("case", CASES, ids=identify)
def test_layer_takes_arrays_and_keeps_the_dtype(case):
    layer = make(case)
    array = ANSWERS[case["input"]]
    of_array, of_tensor = layer(array), layer(ag.tensor(array))
    assert of_array.dtype == np.float32
    plain = of_array.detach() if isinstance(of_array, ag.Tensor) else of_array
    assert isinstance(of_array, ag.Tensor) == bool(case["state"])
    np.testing.assert_array_equal(np.asarray(plain), of_tensor.detach().numpy())
    in_double = layer.double()(array.astype(np.float64))
    assert in_double.dtype == np.float64


@pytest.mark.parametrize("case", [c for c in CASES if len(ANSWERS[c["input"]].shape) > 1], ids=identify)
def test_layer_does_not_change_what_it_is_given(case):
    array = ANSWERS[case["input"]].copy()
    x = ag.from_numpy(array).requires_grad_()
    layer = make(case)
    layer(x).backward(ANSWERS[case["cotangent"]])
    np.testing.assert_array_equal(array, ANSWERS[case["input"]])
    for key, name in case["state"].items():
        np.testing.assert_array_equal(layer.state_dict()[key].numpy(), ANSWERS[name])


BATCHED = [
    case
    for case in CASES
    if len(ANSWERS[case["input"]].shape) == {"1d": 3, "2d": 4, "3d": 5}.get(case["name"][-2:], 2)
]


def test_a_batched_case_of_every_layer():
    assert {case["name"] for case in BATCHED} >= {case["name"] for case in CASES} - {"Flatten", "Identity"}


@pytest.mark.parametrize("case", BATCHED, ids=identify)
def test_empty_batch(case):
    layer = make(case)
    array = ANSWERS[case["input"]][:0]
    if case["arguments"].get("dim") == 0:
        pytest.skip("a softmax over the batch itself")
    x = ag.tensor(array, requires_grad=True)
    y = layer(x)
    assert y.shape == (0, *ANSWERS[case["output"]].shape[1:])
    y.sum().backward()
    assert x.grad.shape == array.shape
    for parameter in layer.parameters():
        assert not parameter.grad.numpy().any()


@pytest.mark.parametrize("layer", [nn.Flatten(), nn.Identity()], ids=repr)
def test_empty_batch_of_images(layer):
    assert layer(ag.zeros((0, 3, 4))).shape[0] == 0


@pytest.mark.parametrize("case", LOSSES, ids=identify)
def test_loss_answers_as_pytorch(case):
    loss = make(case)
    x = ag.tensor(ANSWERS[case["input"]], requires_grad=True)
    target = np.array(case["target"])
    target = target.astype(np.float32) if target.dtype.kind == "f" else target
    y = loss(x, target)
    close(y, case["output"])
    y.backward(ANSWERS[case["cotangent"]])
    close(x.grad, case["input_gradient"])
    of_tensor = loss(x, ag.tensor(target))
    np.testing.assert_array_equal(of_tensor.detach().numpy(), y.detach().numpy())


FINITE = [case for case in LOSSES if np.isfinite(ANSWERS[case["output"]]).all()]


@pytest.mark.parametrize("case", FINITE, ids=identify)
def test_gradients_of_loss(case):
    loss = make(case)
    if isinstance(getattr(loss, "weight", None), ag.Tensor):
        loss.double()
    target = np.array(case["target"])
    check_grads(lambda x: loss(x, target), [apart(ANSWERS[case["input"]].shape)], order=2)


def test_gradients_flow_into_target_probabilities_and_targets():
    x, p = apart((2, 3)), np.array([[0.2, 0.3, 0.5], [0.6, 0.3, 0.1]])
    check_grads(lambda x, p: nn.functional.cross_entropy(x, p, label_smoothing=0.1), [x, p])
    check_grads(nn.functional.mse_loss, [x, p])
