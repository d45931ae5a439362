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

INDEX = json.loads(np.load(Path(__file__).with_name("torch_optim.npz"))["index"].item())
CASES = INDEX["schedulers"]


def falls(epoch):
    return 1 / (1 + 0.3 * epoch)


def make_scheduler(optimizer, name, given):
    given = {key: falls if value == "falls" else value for key, value in given.items()}
    if "schedulers" in given:
        given["schedulers"] = [make_scheduler(optimizer, *part) for part in given["schedulers"]]
    if name == "ChainedScheduler":
        return lr_scheduler.ChainedScheduler(**given)
    return getattr(optim.swa_utils if name == "SWALR" else lr_scheduler, name)(optimizer, **given)


def make(case):
    optimizer = getattr(optim, case["optimizer"])([ag.tensor([1.0], requires_grad=True)], **case["options"])
    return optimizer, make_scheduler(optimizer, case["name"], case["arguments"])


def setting(optimizer):
    group = optimizer.param_groups[0]
    return group["lr"], group["betas"][0] if "betas" in group else group["momentum"]


def identify(case):
    return f"{case['name']}-{case['optimizer']}-{'-'.join(map(str, case['arguments'].values()))}"


def sgd(*rates):
    return optim.SGD(
        [{"params": ag.tensor([1.0], requires_grad=True), "lr": rate} for rate in rates], momentum=0.5
    )


def test_every_schedule_is_recorded():
    public = set(lr_scheduler.__all__) - {"LRScheduler", "ReduceLROnPlateau"} | {"SWALR"}
    assert {case["name"] for case in CASES} == public


@pytest.mark.parametrize("case", CASES, ids=identify)
def test_rates_and_momenta_are_those_of_pytorch(case):
    optimizer, scheduler = make(case)
    settings = [setting(optimizer)]
    for _ in case["settings"][1:]:
        scheduler.step()
        settings.append(setting(optimizer))
        assert scheduler.get_last_lr() == [settings[-1][0]]
    np.testing.assert_allclose(settings, case["settings"], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("case", INDEX["plateaus"], ids=lambda case: str(case["arguments"]))
def test_plateaus_are_those_of_pytorch(case):
    optimizer = sgd(0.8)
    scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, **case["arguments"])
    rates = []
    for number, measure in enumerate(case["measures"]):
        if number == 3:  # go on in another
            state = json.loads(json.dumps(scheduler.state_dict()))
            scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, **case["arguments"])
            scheduler.load_state_dict(state)
        scheduler.step(ag.tensor(float(measure)) if number % 2 else measure)
        rates.append(optimizer.param_groups[0]["lr"])
        assert scheduler.get_last_lr() == rates[-1:]
    np.testing.assert_allclose(rates, case["rates"], rtol=1e-12)


@pytest.mark.parametrize("case", CASES, ids=identify)
def test_to_stop_and_go_on_changes_no_bit(case):
    optimizer, scheduler = make(case)
    stop = len(case["settings"]) // 2
    for _ in range(stop):
        scheduler.step()
    saved = json.loads(json.dumps(scheduler.state_dict())), optimizer.state_dict()
    other_optimizer, other = make(case)
    other_optimizer.load_state_dict(saved[1])
    other.load_state_dict(saved[0])
    assert setting(other_optimizer) == setting(optimizer)
    for _ in case["settings"][stop + 1 :]:
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
    assert scheduler.state_dict()["lr_lambdas"] == [None, None]
    other = lr_scheduler.LambdaLR(sgd(1.0, 10.0), lambda epoch: 0.1)
    other.load_state_dict(scheduler.state_dict())
    assert other.get_last_lr() == [0.25, 2.5]


def test_a_step_keeps_what_else_changed_the_rate():
    optimizer = sgd(1.0)
    scheduler = lr_scheduler.ExponentialLR(optimizer, 0.5)
    optimizer.param_groups[0]["lr"] = 8.0
    scheduler.step()
    assert scheduler.get_last_lr() == [4.0]


def test_constant_from_nothing_comes_back():
    scheduler = lr_scheduler.ConstantLR(sgd(0.8), factor=0.0, total_iters=1)
    assert scheduler.get_last_lr() == [0.0]
    scheduler.step()
    assert scheduler.get_last_lr() == [0.8]


def test_milestones_survive_json():
    scheduler = lr_scheduler.MultiStepLR(sgd(1.0), [1, 2, 2], 0.5)
    other = lr_scheduler.MultiStepLR(sgd(1.0), [9])
    other.load_state_dict(json.loads(json.dumps(scheduler.state_dict())))
    other.step()
    other.step()
    assert other.get_last_lr() == [0.125]


def test_warm_restarts_at_fractions_of_an_epoch():
    scheduler = lr_scheduler.CosineAnnealingWarmRestarts(sgd(1.0), T_0=2, T_mult=2)
    for epoch, share in ((0.5, 0.25), (1.5, 0.75), (2.0, 0.0), (3.0, 0.25), (6.0, 0.0), (7.0, 0.125)):
        scheduler.step(epoch)
        assert scheduler.get_last_lr()[0] == pytest.approx((1 + math.cos(math.pi * share)) / 2)


def test_a_chain_within_a_sequence_begins_anew():
    optimizer = sgd(1.0)
    chain = lr_scheduler.ChainedScheduler(
        [lr_scheduler.ExponentialLR(optimizer, 0.5), lr_scheduler.ConstantLR(optimizer, 0.5, 2)]
    )
    first = lr_scheduler.ConstantLR(optimizer, 0.25, 9)
    scheduler = lr_scheduler.SequentialLR(optimizer, [first, chain], [2])
    rates = []
    for _ in range(5):
        rates += scheduler.get_last_lr()
        scheduler.step()
    assert rates == [0.25, 0.25, 0.5, 0.25, 0.25]


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
    (lambda: lr_scheduler.MultiplicativeLR(sgd(1.0), []), "MultiplicativeLR: expected one function or 1"),
    (lambda: lr_scheduler.ConstantLR(sgd(1.0), 2.0), "ConstantLR: expected factor from 0 to 1, got 2.0"),
    (lambda: lr_scheduler.LinearLR(sgd(1.0), 0), "LinearLR: expected a start_factor above 0"),
    (lambda: lr_scheduler.LinearLR(sgd(1.0), total_iters=0), "LinearLR: expected total_iters of at least 1"),
    (lambda: lr_scheduler.PolynomialLR(sgd(1.0), 0), "PolynomialLR: expected total_iters"),
    (lambda: lr_scheduler.CosineAnnealingWarmRestarts(sgd(1.0), 0), "expected T_0 and T_mult of at least 1"),
    (lambda: lr_scheduler.CosineAnnealingWarmRestarts(sgd(1.0), 1).step(-1), "expected an epoch of 0 or"),
    (lambda: lr_scheduler.CyclicLR(sgd(1.0), 0, 1, mode="saw"), "CyclicLR: expected mode"),
    (lambda: lr_scheduler.CyclicLR(sgd(1.0), 0, 1, scale_mode="x"), "CyclicLR: expected scale_mode"),
    (lambda: lr_scheduler.CyclicLR(sgd(1.0), 0, 1, 0), "expected step_size_up and step_size_down above 0"),
    (lambda: lr_scheduler.CyclicLR(sgd(1.0), [0, 1], 1), "CyclicLR: expected base_lr as one number or 1"),
    (lambda: lr_scheduler.ReduceLROnPlateau(sgd(1.0), "low"), "expected mode 'min' or 'max', got 'low'"),
    (lambda: lr_scheduler.ReduceLROnPlateau(sgd(1.0), factor=1), "expected a factor below 1"),
    (lambda: lr_scheduler.ReduceLROnPlateau(sgd(1.0), threshold_mode="x"), "expected threshold_mode"),
    (lambda: lr_scheduler.ReduceLROnPlateau(sgd(1.0)).step(), "expected the measure to watch, got none"),
    (lambda: lr_scheduler.ChainedScheduler([]), "ChainedScheduler: expected schedules, got none"),
    (
        lambda: lr_scheduler.ChainedScheduler([lr_scheduler.ReduceLROnPlateau(sgd(1.0))]),
        "got ReduceLROnPlateau; step it yourself",
    ),
    (
        lambda: lr_scheduler.SequentialLR(sgd(1.0), [lr_scheduler.StepLR(sgd(1.0), 1)], []),
        "SequentialLR: expected schedules of one optimizer, got StepLR of another",
    ),
    (
        lambda: lr_scheduler.SequentialLR(None, [lr_scheduler.StepLR(sgd(1.0), 1)], [3]),
        "expected a milestone between each two schedules, 0, got 1",
    ),
    (lambda: optim.swa_utils.SWALR(sgd(1.0), 0.1, anneal_strategy="exp"), "SWALR: expected anneal_strategy"),
    (lambda: optim.swa_utils.SWALR(sgd(1.0), 0.1, -1), "SWALR: expected anneal_epochs of 0 or more"),
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
