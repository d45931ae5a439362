"""Every layer against PyTorch's recorded answers, and its gradients against finite differences."""

import functools
import json
from pathlib import Path

import numpy as np
import pytest
from examples import noting
from recorded import INDEX as INDEX_OF_LOSSES

import autograd_cnn as ag
from autograd_cnn import nn
from autograd_cnn.errors import DtypeError
from autograd_cnn.testing import check_grads

ANSWERS = np.load(Path(__file__).with_name("torch_answers.npz"))
INDEX = json.loads(ANSWERS["index"].item())
CASES = INDEX["layers"]
FUNCTIONS = INDEX["functions"]
LOSSES = INDEX["losses"]

ELSEWHERE = {case["name"] for part in INDEX_OF_LOSSES.values() if type(part) is list for case in part}

# Modules that are not a layer with an answer of its own: tested in test_nn_module.
STRUCTURE = {"Module", "ModuleDict", "ModuleList", "ParameterDict", "ParameterList", "Sequential"}


def identify(case):
    return f"{case['name']}-{'-'.join(map(str, case['arguments'].values()))}"


def arguments(case):
    given = {k: tuple(v) if isinstance(v, list) else v for k, v in case["arguments"].items()}
    if "weight" in given:
        given["weight"] = ag.tensor(given["weight"], dtype="float32")
    return given


class Function(nn.Module):
    """A function as a layer without parameters."""

    def __init__(self, name, **given):
        self.function = functools.partial(getattr(nn.functional, name), **given)

    def forward(self, *inputs):
        return self.function(*inputs)


def make(case, dtype="float32"):
    kind = getattr(nn, case["name"], functools.partial(Function, case["name"]))
    layer = kind(**arguments(case)).to(dtype)
    if "state" in case:
        layer.load_state_dict({key: ANSWERS[name] for key, name in case["state"].items()})
    return layer.eval() if case.get("evaluation") else layer


def inputs_of(case, dtype="float32"):
    arrays = [ANSWERS[name] for name in case["inputs"]]
    return [array.astype(dtype) if array.dtype.kind == "f" else array for array in arrays]


def variables(arrays):
    return [ag.tensor(array, requires_grad=array.dtype.kind == "f") for array in arrays]


def several(outputs):
    return outputs if isinstance(outputs, tuple) else (outputs,)


def close(ours, answer):
    """Equal to 1e-9 in float64; in float32 to 1e-5, or half of that of the largest entry."""
    expected = ANSWERS[answer]
    assert ours.shape == expected.shape
    if ours.dtype == np.float64:
        tolerance = {"rtol": 1e-9, "atol": 1e-11}
    else:
        tolerance = {"rtol": 1e-5, "atol": 5e-6 * np.abs(expected).max(initial=1)}
    np.testing.assert_allclose(ours.detach().numpy(), expected, **tolerance)


def apart(shape, seed=0):
    """Numbers in random order, no two of them, nor one and 0, as near as the step of finite differences."""
    size = int(np.prod(shape))
    return np.random.default_rng(seed).permutation((np.arange(size) - size / 2) * 0.05 + 0.01).reshape(shape)


def as_function(layer, arrays):
    """The layer as a function of its floating inputs and its parameters, which are plain attributes."""
    names = [name for name, _ in layer.named_parameters()]
    floating = [array.dtype.kind == "f" for array in arrays]

    def function(*values):
        given = iter(values)
        xs = [next(given) if moves else array for moves, array in zip(floating, arrays, strict=True)]
        vars(layer).update(zip(names, given, strict=True))
        return several(layer(*xs))[0]

    start = [apart(x.shape, seed) for seed, x in enumerate(arrays) if floating[seed]]
    return function, [*start, *(parameter.detach() for parameter in layer.parameters())]


def test_every_layer_and_loss_has_a_recorded_answer():
    public = {
        name for name in nn.__all__ if isinstance(getattr(nn, name), type) and name != "Parameter"
    } - STRUCTURE
    recorded = {case["name"] for case in CASES + LOSSES} | ELSEWHERE
    assert {name for name in recorded if name[0].isupper()} == public


@pytest.mark.parametrize("case", CASES + FUNCTIONS, ids=identify)
def test_layer_answers_as_pytorch(case):
    check_answers(case, "float32")
    if case["name"] != "Hardsigmoid":  # PyTorch's derivative is 1 / 6 rounded to float32
        check_answers(case, "float64")


def check_answers(case, dtype):
    layer = make(case, dtype)
    xs = variables(inputs_of(case, dtype))
    outputs = several(layer(*xs))
    for output, answer in zip(outputs, case["outputs"], strict=True):
        close(output, answer)
        assert output.dtype in (np.dtype(dtype), ANSWERS[answer].dtype)
    outputs[0].backward(ANSWERS[case["cotangent"]].astype(dtype))
    for x, answer in zip(xs, case["input_gradients"], strict=True):
        if answer is not None and x.grad is None:
            assert not ANSWERS[answer].any()  # a grid that only selects
        elif answer is not None:
            close(x.grad, answer)
            assert x.grad.dtype == dtype
    for key, parameter in layer.named_parameters():
        close(parameter.grad, case["gradients"][key])
    for key, answer in (case["state_after"] or {}).items():
        close(layer.state_dict()[key], answer)


def test_reprs_are_those_of_pytorch():
    assert [repr(make(case)) for case in CASES + LOSSES] == [case["repr"] for case in CASES + LOSSES]


def test_state_dicts_have_the_keys_and_layouts_of_pytorch():
    for case in CASES:
        with noting(identify(case)):
            state = make(case).state_dict()
            assert list(state) == list(case["state"])
            for key, name in case["state"].items():
                np.testing.assert_array_equal(state[key].numpy(), ANSWERS[name])


@pytest.mark.parametrize("case", CASES + FUNCTIONS, ids=identify)
def test_gradients_of_layer(case):
    if {"max_norm", "padding_idx"} & {*case["arguments"]}:
        pytest.skip("rows that were scaled down, or that pad, count as constants, in PyTorch too")
    function, start = as_function(make(case, "float64"), inputs_of(case, "float64"))
    check_grads(function, start, order=2)


@pytest.mark.parametrize("case", CASES + FUNCTIONS, ids=identify)
def test_layer_takes_arrays_and_keeps_the_dtype(case):
    arrays = inputs_of(case)
    of_array, of_tensor = make(case)(*arrays), make(case)(*map(ag.tensor, arrays))
    for ours, same in zip(several(of_array), several(of_tensor), strict=True):
        assert isinstance(ours, ag.Tensor) == bool(case["gradients"])
        plain = ours.detach() if isinstance(ours, ag.Tensor) else ours
        np.testing.assert_array_equal(np.asarray(plain), same.detach().numpy())
    assert several(of_array)[0].dtype == np.float32


@pytest.mark.parametrize("case", CASES + FUNCTIONS, ids=identify)
def test_layer_does_not_change_what_it_is_given(case):
    arrays = inputs_of(case)
    xs = [ag.from_numpy(array) for array in arrays]
    for x in xs:
        x.requires_grad_(x.dtype == np.float32)
    layer = make(case)
    several(layer(*xs))[0].backward(ANSWERS[case["cotangent"]])
    for array, expected in zip(arrays, inputs_of(case), strict=True):
        np.testing.assert_array_equal(array, expected)
    if case["state_after"] is None:
        for key, name in case["state"].items():
            np.testing.assert_array_equal(layer.state_dict()[key].numpy(), ANSWERS[name])


WITH_PARAMETERS = [case for case in CASES if case["gradients"]]


@pytest.mark.parametrize("case", WITH_PARAMETERS, ids=identify)
def test_float64_for_float32_parameters_is_refused(case):
    if all(array.dtype.kind != "f" for array in inputs_of(case)):
        pytest.skip("takes integers")
    with pytest.raises(DtypeError, match="float64"):
        make(case)(*inputs_of(case, "float64"))


BATCHED = [case for case in CASES if case["batched"]]


def test_a_batched_case_of_every_layer():
    assert {case["name"] for case in BATCHED} == {case["name"] for case in CASES}


@pytest.mark.parametrize("case", BATCHED, ids=identify)
def test_empty_batch(case):
    layer = make(case)
    xs = variables([array[:0] for array in inputs_of(case)])
    y = several(layer(*xs))[0]
    assert y.shape == (0, *ANSWERS[case["outputs"][0]].shape[1:])
    y.sum().backward()
    for x in xs:
        assert not x.requires_grad or x.grad.shape == x.shape
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


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize("mode", ["bilinear", "nearest", "bicubic"])
def test_a_point_that_is_not_finite_samples_nothing(mode):
    points = [[[[np.nan, 0.0], [np.inf, 0.0], [0.1, 0.2]]]]
    grid = ag.tensor(points, requires_grad=True)
    image = ag.tensor(apart((1, 2, 4, 4)), requires_grad=True)
    y = nn.functional.grid_sample(image, grid, mode)
    assert not y.detach().numpy()[..., :2].any()
    y.sum().backward()
    assert np.isfinite(image.grad.numpy()).all()
    assert grid.grad is None or not grid.grad.numpy()[:, :, :2].any()


def test_nan_in_pooling_wins():
    x = np.ones((1, 1, 5, 5))
    x[0, 0, 2, 2] = np.nan
    y, indices = nn.functional.adaptive_max_pool2d(x, 3, return_indices=True)
    assert np.isnan(y[0, 0, 1, 1])
    assert indices[0, 0, 1, 1] == 12
    y, indices = nn.functional.max_pool2d(x, 3, 2, return_indices=True)
    assert np.isnan(y).all()
    assert (indices == 12).all()
