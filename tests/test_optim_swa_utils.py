"""Averages of weights against PyTorch's, and the statistics of batch normalisation for them."""

import copy
import json
from pathlib import Path

import numpy as np
import pytest

import autograd_cnn as ag
from autograd_cnn import nn
from autograd_cnn.errors import ArgumentError
from autograd_cnn.optim import swa_utils

ANSWERS = np.load(Path(__file__).with_name("torch_optim.npz"))
INDEX = json.loads(ANSWERS["index"].item())

OPTIONS = {
    "equal": lambda: {},
    "ema": lambda: {"avg_fn": swa_utils.get_ema_avg_fn(0.9)},
    "ema_multi": lambda: {"multi_avg_fn": swa_utils.get_ema_multi_avg_fn(0.9)},
    "swa_multi": lambda: {"multi_avg_fn": swa_utils.get_swa_multi_avg_fn()},
}


class Counted(nn.Module):
    """A parameter, and buffers of both kinds of numbers."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(np.zeros(3))
        self.register_buffer("mean", ag.zeros(2))
        self.register_buffer("count", ag.tensor(0))

    def forward(self, x):
        return x * self.weight


def set_to(model, step):
    weights, means = (ANSWERS[name] for name in INDEX["weights"])
    with ag.no_grad():
        model.weight[...] = weights[step]
    model.mean = ag.tensor(means[step])
    model.count = ag.tensor(7 * step)


@pytest.mark.parametrize("case", INDEX["averages"], ids=lambda case: f"{case['kind']}-{case['use_buffers']}")
def test_averages_are_those_of_pytorch(case):
    model = Counted()
    averaged = swa_utils.AveragedModel(model, use_buffers=case["use_buffers"], **OPTIONS[case["kind"]]())
    assert list(averaged.state_dict()) == case["keys"]
    trajectory = []
    for step in range(len(ANSWERS[case["trajectory"]])):
        set_to(model, step)
        averaged.update_parameters(model)
        trajectory.append(np.concatenate([np.ravel(value) for value in averaged.state_dict().values()]))
    np.testing.assert_allclose(trajectory, ANSWERS[case["trajectory"]], rtol=1e-12, atol=1e-12)
    assert averaged.module.count.dtype == np.int64


def test_equal_mean_of_integers_in_place():
    model = Counted()
    averaged = swa_utils.AveragedModel(model, multi_avg_fn=swa_utils.get_swa_multi_avg_fn(), use_buffers=True)
    for step in range(3):
        set_to(model, step)
        averaged.update_parameters(model)
    assert averaged.module.count.item() == 6  # of 0, 7 and 14: 0, then 3 of 3.5, then 6 of 6.67


def test_the_copy_is_called_as_the_model_and_does_not_follow_it():
    model = Counted()
    set_to(model, 0)
    averaged = swa_utils.AveragedModel(model)
    averaged.update_parameters(model)
    before = averaged(np.ones(3)).detach().numpy().copy()
    set_to(model, 1)
    np.testing.assert_array_equal(averaged(np.ones(3)).detach().numpy(), before)
    copied = copy.deepcopy(averaged)
    copied.load_state_dict(averaged.state_dict())
    assert copied.n_averaged.item() == 1
    assert averaged.module.weight.requires_grad


def test_a_function_of_ones_own_may_write_in_place():
    def larger(averages, present, count):
        for average, now in zip(averages, present, strict=True):
            average[...] = np.maximum(average.detach(), now)

    model = Counted()
    averaged = swa_utils.AveragedModel(model, multi_avg_fn=larger)
    weights = ANSWERS[INDEX["weights"][0]]
    for step in range(len(weights)):
        set_to(model, step)
        averaged.update_parameters(model)
    np.testing.assert_array_equal(averaged.module.weight.detach().numpy(), weights.max(axis=0))


class Norm(nn.Module):
    """What `update_bn` asks of a batch normalisation."""

    def __init__(self):
        super().__init__()
        self.momentum = 0.1
        self.register_buffer("running_mean", ag.zeros(2))
        self.register_buffer("batches", ag.tensor(0))

    def reset_running_stats(self):
        self.running_mean, self.batches = ag.zeros(2), ag.tensor(0)

    def forward(self, x):
        if self.training:
            self.batches = self.batches + 1
            share = 1 / self.batches.item() if self.momentum is None else self.momentum
            self.running_mean = self.running_mean * (1 - share) + x.detach().mean(axis=0) * share
        return x - self.running_mean


def test_update_bn_takes_the_equal_mean_over_all_batches():
    model = nn.Sequential(nn.Linear(2, 2).double(), Norm()).eval()
    model[1].running_mean = ag.tensor([5.0, 5.0])
    batches = [np.random.default_rng(0).standard_normal((4, 2)) for _ in range(3)]
    swa_utils.update_bn([(batches[0], 1), [batches[1]], batches[2]], model)
    expected = model[0](np.concatenate(batches)).detach().numpy().mean(axis=0)
    np.testing.assert_allclose(model[1].running_mean.numpy(), expected)
    assert (model.training, model[1].momentum) == (False, 0.1)
    assert model[0].weight.grad is None
    with pytest.raises(ZeroDivisionError):
        swa_utils.update_bn((1 / 0 for _ in range(1)), model)
    assert (model.training, model[1].momentum) == (False, 0.1)


def test_update_bn_of_a_model_without_one_reads_no_data():
    swa_utils.update_bn(iter(lambda: 1 / 0, None), nn.Linear(2, 2))


def test_mistakes():
    with pytest.raises(ArgumentError, match="expected avg_fn or multi_avg_fn, got both"):
        swa_utils.AveragedModel(Counted(), avg_fn=max, multi_avg_fn=max)
    for make in (swa_utils.get_ema_avg_fn, swa_utils.get_ema_multi_avg_fn):
        with pytest.raises(ArgumentError, match="expected a decay from 0 to 1, got 2"):
            make(2)
