"""Every schedule against PyTorch's recorded rates and momenta; its state and errors."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

import autograd_cnn as ag
from autograd_cnn import optim
from autograd_cnn.errors import ArgumentError
from autograd_cnn.optim import lr_scheduler

INDEX = json.loads(np.load(Path(__file__).with_name("torch_answers.npz"))["index"].item())
CASES = INDEX["schedulers"]


def make(case):
    optimizer = getattr(optim, case["optimizer"])([ag.tensor([1.0], requires_grad=True)], **case["options"])
    return optimizer, getattr(lr_scheduler, case["name"])(optimizer, **case["arguments"])


def setting(optimizer):
    group = optimizer.param_groups[0]
    return group["lr"], group["betas"][0] if "betas" in group else group["momentum"]


def identify(case):
    return f"{case['name']}-{case['optimizer']}-{'-'.join(map(str, case['arguments'].values()))}"


def sgd(*rates):
    return optim.SGD(
        [{"params": ag.tensor([1.0], requires_grad=True), "lr": rate} for rate in rates], momentum=0.5
    )


def test_every_schedule_is_recorded_but_the_one_that_is_a_function():
    public = set(lr_scheduler.__all__) - {"LRScheduler", "LambdaLR"}
    assert {case["name"] for case in CASES} == public


@pytest.mark.parametrize("case", CASES, ids=identify)
def test_rates_and_momenta_are_those_of_pytorch(case):
    optimizer, scheduler = make(case)
    rates, momenta = [], []
    for step in range(len(case["rates"])):
        rate, momentum = setting(optimizer)
        assert scheduler.get_last_lr() == [rate]
        rates.append(rate)
        momenta.append(momentum)
        if step + 1 < len(case["rates"]):
            scheduler.step()
    np.testing.assert_allclose(rates, case["rates"], rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(momenta, case["momenta"], rtol=1e-12)


@pytest.mark.parametrize("case", CASES, ids=identify)
def test_to_stop_and_go_on_changes_no_bit(case):
    optimizer, scheduler = make(case)
    for _ in range(4):
        scheduler.step()
    saved = json.loads(json.dumps(scheduler.state_dict())), optimizer.state_dict()
    other_optimizer, other = make(case)
    other_optimizer.load_state_dict(saved[1])
    other.load_state_dict(saved[0])
    assert setting(other_optimizer) == setting(optimizer)
    for _ in range(4):
        scheduler.step()
        other.step()
        assert setting(other_optimizer) == setting(optimizer)


def test_lambda_lr_has_a_function_for_each_group():
    optimizer = sgd(1.0, 10.0)
    scheduler = lr_scheduler.LambdaLR(optimizer, [lambda epoch: 0.5**epoch, lambda epoch: 1 / (2 + epoch)])
    assert scheduler.get_last_lr() == [1.0, 5.0]
    scheduler.step()
    scheduler.step()
    assert scheduler.get_last_lr() == [0.25, 2.5]
    assert "lr_lambdas" not in scheduler.state_dict()
    other = lr_scheduler.LambdaLR(sgd(1.0, 10.0), lambda epoch: 0.1)
    other.load_state_dict(scheduler.state_dict())
    assert other.get_last_lr() == [0.25, 2.5]


def test_one_cycle_has_a_peak_for_each_group():
    optimizer = sgd(1.0, 1.0)
    scheduler = lr_scheduler.OneCycleLR(optimizer, max_lr=[1.0, 2.0], total_steps=4, pct_start=0.5)
    scheduler.step()
    assert scheduler.get_last_lr() == [1.0, 2.0]
    assert optimizer.param_groups[1]["momentum"] == 0.85


def test_going_on_from_an_epoch():
    optimizer = sgd(1.0)
    first = lr_scheduler.StepLR(optimizer, 2, 0.5)
    for _ in range(4):
        first.step()
    second = lr_scheduler.StepLR(optimizer, 2, 0.5, last_epoch=3)
    assert second.get_last_lr() == first.get_last_lr() == [0.25]


def test_a_schedule_of_ones_own():
    class Warmup(lr_scheduler.LRScheduler):
        def get_lr(self):
            return [base * math.tanh(self.last_epoch) for base in self.base_lrs]

    scheduler = Warmup(sgd(2.0))
    scheduler.step()
    assert scheduler.get_last_lr() == [2 * math.tanh(1)]


MISTAKES = [
    (lambda: lr_scheduler.StepLR(sgd(1.0), 0), "StepLR: expected step_size of at least 1"),
    (lambda: lr_scheduler.StepLR(sgd(1.0), 1, last_epoch=3), "StepLR: expected initial_lr in every group"),
    (lambda: lr_scheduler.CosineAnnealingLR(sgd(1.0), 0), "CosineAnnealingLR: expected T_max of at least 1"),
    (lambda: lr_scheduler.LambdaLR(sgd(1.0, 2.0), [abs]), "LambdaLR: expected one function or 2"),
    (lambda: lr_scheduler.OneCycleLR(sgd(1.0), 1.0), "OneCycleLR: expected total_steps"),
    (lambda: lr_scheduler.OneCycleLR(sgd(1.0), 1.0, 0), "got 0, None and None"),
    (lambda: lr_scheduler.OneCycleLR(sgd(1.0), 1.0, epochs=2), "got None, 2 and None"),
    (lambda: lr_scheduler.OneCycleLR(sgd(1.0), 1.0, 9, pct_start=2.0), "expected pct_start from 0 to 1"),
    (
        lambda: lr_scheduler.OneCycleLR(sgd(1.0), 1.0, 9, anneal_strategy="exp"),
        "'cos' or 'linear', got 'exp'",
    ),
    (lambda: lr_scheduler.OneCycleLR(sgd(1.0), [1.0, 2.0], 9), "expected max_lr as one number or 1"),
]


@pytest.mark.parametrize(("mistake", "message"), MISTAKES, ids=[m[1][:40] for m in MISTAKES])
def test_mistake(mistake, message):
    with pytest.raises(ArgumentError, match=message):
        mistake()


def test_one_cycle_ends():
    scheduler = lr_scheduler.OneCycleLR(sgd(1.0), 1.0, total_steps=3)
    for _ in range(3):
        scheduler.step()
    with pytest.raises(ArgumentError, match="expected at most 3 steps"):
        scheduler.step()


def test_one_cycle_needs_a_momentum_to_cycle():
    class Plain(optim.Optimizer):
        pass

    optimizer = Plain([ag.tensor([1.0])], {"lr": 1.0})
    with pytest.raises(ArgumentError, match="expected an optimizer with momentum or betas, got Plain"):
        lr_scheduler.OneCycleLR(optimizer, 1.0, total_steps=3)
    assert lr_scheduler.OneCycleLR(optimizer, 1.0, total_steps=3, cycle_momentum=False).get_last_lr()


def test_a_schedule_defines_its_rates():
    with pytest.raises(NotImplementedError):
        lr_scheduler.LRScheduler(sgd(1.0))
