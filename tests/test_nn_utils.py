"""Clipping of gradients, and parameters as one vector."""

import json
from pathlib import Path

import numpy as np
import pytest

import autograd_cnn as ag
from autograd_cnn import nn
from autograd_cnn.errors import ArgumentError, ShapeError

ANSWERS = np.load(Path(__file__).with_name("torch_answers.npz"))
INDEX = json.loads(ANSWERS["index"].item())


def with_gradients(*gradients):
    parameters = [nn.Parameter(np.zeros(np.shape(gradient))) for gradient in gradients]
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = ag.tensor(gradient)
    return parameters


@pytest.mark.parametrize("case", INDEX["clipping"], ids=lambda c: f"{c['norm_type']}-{c['max_norm']}")
def test_clip_grad_norm_answers_as_pytorch(case):
    parameters = with_gradients(*(ANSWERS[name] for name in INDEX["clipped"]))
    parameters.append(nn.Parameter([1.0]))  # without a gradient
    norm = nn.utils.clip_grad_norm_(iter(parameters), case["max_norm"], case["norm_type"])
    assert norm.item() == pytest.approx(case["norm"], rel=1e-12)
    for parameter, name in zip(parameters, case["gradients"], strict=False):
        np.testing.assert_allclose(parameter.grad.numpy(), ANSWERS[name], rtol=1e-12)


def test_a_gradient_that_two_leaves_share_is_scaled_once():
    a, b = nn.Parameter(np.zeros(2)), nn.Parameter(np.zeros(2))
    (a + b).backward([3.0, 4.0])
    kept = a.grad
    nn.utils.clip_grad_norm_([a, b], 1.0)
    np.testing.assert_allclose(a.grad.numpy(), np.array([3, 4]) / 50**0.5, rtol=1e-6)
    np.testing.assert_array_equal(a.grad.numpy(), b.grad.numpy())
    assert kept.tolist() == [3.0, 4.0]


def test_gradients_stay_in_single_precision_and_large_ones_do_not_overflow():
    parameter = nn.Parameter([0.0, 0.0])
    parameter.grad = ag.tensor([3e30, 4e30], dtype="float32")
    norm = nn.utils.clip_grad_norm_(parameter, 5.0)
    assert norm.dtype == parameter.grad.dtype == np.float32
    assert norm.item() == pytest.approx(5e30)
    np.testing.assert_allclose(parameter.grad.numpy(), [3, 4], rtol=1e-6)


def test_a_norm_that_is_not_finite():
    (parameter,) = with_gradients([np.nan, 1.0])
    with pytest.raises(ArgumentError, match="expected gradients with a finite norm, got nan"):
        nn.utils.clip_grad_norm_([parameter], 1.0, error_if_nonfinite=True)
    assert parameter.grad.numpy()[1] == 1.0
    assert np.isnan(nn.utils.clip_grad_norm_([parameter], 1.0).item())
    assert np.isnan(parameter.grad.numpy()).all()


def test_clip_grad_value():
    first, second = with_gradients([-5.0, 0.5], [[3.0]])
    nn.utils.clip_grad_value_([first, second, nn.Parameter([1.0])], 1.0)
    assert first.grad.tolist() == [-1.0, 0.5]
    assert second.grad.tolist() == [[1.0]]


def test_mistakes():
    (parameter,) = with_gradients([1.0])
    with pytest.raises(ArgumentError, match="expected a norm_type above 0"):
        nn.utils.clip_grad_norm_(parameter, 1.0, norm_type=0)
    with pytest.raises(ArgumentError, match="expected a clip_value of 0 or more"):
        nn.utils.clip_grad_value_(parameter, -1)
    with pytest.raises(ArgumentError, match="expected a max_norm of 0 or more"):
        nn.utils.clip_grad_norm_(parameter, -1)
    assert nn.utils.clip_grad_norm_([], 1.0).item() == 0


def test_parameters_as_one_vector_and_back():
    layer, other = nn.Linear(3, 2), nn.Linear(3, 2)
    vector = nn.utils.parameters_to_vector(layer.parameters())
    np.testing.assert_array_equal(vector.detach().numpy()[6:], layer.bias.detach().numpy())
    nn.utils.vector_to_parameters(vector.detach(), other.parameters())
    for ours, theirs in zip(layer.parameters(), other.parameters(), strict=True):
        np.testing.assert_array_equal(ours.detach().numpy(), theirs.detach().numpy())
    vector.backward(np.arange(8))
    assert layer.bias.grad.tolist() == [6, 7]
    with pytest.raises(ShapeError, match="expected a vector of 8 entries"):
        nn.utils.vector_to_parameters(np.zeros(7), layer.parameters())
    with pytest.raises(ArgumentError, match="expected parameters, got none"):
        nn.utils.parameters_to_vector([])


def test_the_largest_entry_does_not_hide_a_nan():
    parameters = with_gradients([1.0], [np.nan], [2.0])
    assert np.isnan(nn.utils.clip_grad_norm_(parameters, 1.0, np.inf).item())


def test_the_norm_and_the_clipping_apart():
    parameters = with_gradients([3.0, 0.0], [[4.0]])
    norm = nn.utils.get_total_norm([parameter.grad for parameter in parameters])
    assert norm.item() == 5
    assert nn.utils.get_total_norm(ag.tensor([1.0, -7.0]), float("inf")).item() == 7
    assert nn.utils.get_total_norm([]).item() == 0
    nn.utils.clip_grads_with_norm_(parameters, 10.0, norm)
    assert parameters[0].grad.tolist() == [3.0, 0.0]
    nn.utils.clip_grads_with_norm_(parameters, 1.0, norm, foreach=True)
    np.testing.assert_allclose(parameters[1].grad.numpy(), [[0.8]], rtol=1e-6)
    with pytest.raises(ArgumentError, match="expected a max_norm of 0 or more"):
        nn.utils.clip_grads_with_norm_(parameters, -1.0, norm)
