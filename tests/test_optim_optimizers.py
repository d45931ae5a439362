"""Every optimiser against PyTorch's recorded trajectories; groups, state and errors."""

import copy
import json
from pathlib import Path

import numpy as np
import pytest

import autograd_cnn as ag
from autograd_cnn import nn, optim
from autograd_cnn.errors import ArgumentError, DtypeError, GraphError, UnsupportedError
from autograd_cnn.optim.chunks import CHUNK

ANSWERS = np.load(Path(__file__).with_name("torch_optim.npz"))
INDEX = json.loads(ANSWERS["index"].item())
CASES = INDEX["optimizers"]
GRADIENTS = [[ANSWERS[name] for name in both] for both in INDEX["gradients"]]
STEPS = len(GRADIENTS)

# Those that see a problem as a whole, and need a closure: tests/test_optim_closures.py.
WITH_CLOSURE = {"LBFGS", "ScipyMinimize"}
OTHERS = {"Optimizer", "lr_scheduler", "swa_utils", *WITH_CLOSURE}
OPTIMIZERS = [getattr(optim, name) for name in optim.__all__ if name not in OTHERS]


def identify(case):
    return f"{case['name']}-{'-'.join(f'{k}={v}' for k, v in case['arguments'].items())}"


def make(case, dtype=np.float64):
    """The recorded optimiser: two groups of one parameter, the second with a learning rate of its own."""
    params = [ag.tensor(value, dtype, requires_grad=True) for value in INDEX["initial"]]
    groups = [{"params": [params[0]]}, {"params": params[1], "lr": 0.02}]
    return params, getattr(optim, case["name"])(groups, **case["arguments"])


def run(params, optimizer, steps):
    trajectory = []
    for step in steps:
        for param, gradient in zip(params, GRADIENTS[step], strict=True):
            param.grad = ag.tensor(gradient, param.dtype)
        if step == 3:
            params[1].grad = None
        optimizer.step()
        trajectory.append(np.concatenate([param.detach().numpy().ravel() for param in params]))
    return np.array(trajectory)


def check_state(ours, theirs):
    assert {str(number): set(state) for number, state in ours.items()} == {
        number: set(state) for number, state in theirs.items()
    }
    for number, state in theirs.items():
        for key, value in state.items():
            if value is not None:
                np.testing.assert_allclose(np.asarray(ours[int(number)][key]), value, rtol=1e-10, atol=1e-12)


def test_every_optimizer_has_a_recorded_trajectory():
    assert {getattr(optim, case["name"]) for case in CASES} == set(OPTIMIZERS)


@pytest.mark.parametrize("case", CASES, ids=identify)
def test_trajectory_is_that_of_pytorch(case):
    params, optimizer = make(case)
    trajectory = run(params, optimizer, range(STEPS))
    np.testing.assert_allclose(trajectory, ANSWERS[case["trajectory"]], rtol=1e-10, atol=1e-12)
    check_state(optimizer.state_dict()["state"], case["states"][1])


@pytest.mark.parametrize("case", CASES, ids=identify)
def test_trajectory_in_single_precision(case):
    params, optimizer = make(case, np.float32)
    trajectory = run(params, optimizer, range(STEPS))
    assert trajectory.dtype == np.float32
    if case["name"] != "Rprop":  # whose steps depend on signs alone
        np.testing.assert_allclose(trajectory, ANSWERS[case["trajectory32"]], rtol=1e-5, atol=1e-5)
    for state in optimizer.state.values():
        assert all(v.dtype == np.float32 for v in state.values() if isinstance(v, np.ndarray))


@pytest.mark.parametrize("case", CASES, ids=identify)
def test_a_state_of_pytorch_is_loaded_and_ours_has_its_form(case):
    params, optimizer = make(case)
    middle = ANSWERS[case["trajectory"]][STEPS // 2 - 1]
    state = {
        int(number): {key: ag.tensor(value) for key, value in state.items() if value is not None}
        for number, state in case["states"][0].items()
    }
    groups = [{**options, "params": [number]} for number, options in enumerate(case["options"])]
    for group in optimizer.param_groups:
        group["lr"] = 77.0
    optimizer.load_state_dict({"state": state, "param_groups": groups})
    with ag.no_grad():
        params[0][...] = middle[:6].reshape(3, 2)
        params[1][...] = middle[6:]
    rest = run(params, optimizer, range(STEPS // 2, STEPS))
    np.testing.assert_allclose(rest, ANSWERS[case["trajectory"]][STEPS // 2 :], rtol=1e-10, atol=1e-12)
    ours = optimizer.state_dict()["param_groups"]
    switches = {"foreach", "fused", "capturable", "differentiable"}
    for group, options in zip(ours, case["options"], strict=True):
        ignored = switches | ({"decoupled_weight_decay"} if case["name"] in ("Adam", "AdamW") else set())
        assert set(group) - {"params"} - ignored == set(options) - ignored


@pytest.mark.parametrize("case", CASES, ids=identify)
def test_to_stop_and_go_on_changes_no_bit(case):
    params, optimizer = make(case)
    whole = run(params, optimizer, range(STEPS))
    params, optimizer = make(case)
    run(params, optimizer, range(6))
    state = copy.deepcopy(optimizer.state_dict())
    resumed, other = make(case)
    for old, new in zip(params, resumed, strict=True):
        with ag.no_grad():
            new[...] = old.detach()
    other.param_groups[0]["lr"] = 77.0
    other.load_state_dict(state)
    run(params, optimizer, range(6, 8))  # going on here must not change the state that was taken
    np.testing.assert_array_equal(run(resumed, other, range(6, STEPS)), whole[6:])


ENTRYWISE = [case for case in CASES if case["name"] != "Adafactor"]


@pytest.mark.parametrize("case", ENTRYWISE, ids=identify)
def test_arrays_of_several_chunks_are_updated_as_small_ones(case):
    size = 2 * CHUNK + 5
    generator = np.random.default_rng(0)
    start, gradients = generator.standard_normal(size), generator.standard_normal((3, size))
    large = ag.tensor(start, requires_grad=True)
    # Here in Fortran order, and a gradient that no view can flatten.
    folded = ag.from_numpy(np.asfortranarray(start[: 2 * CHUNK].reshape(2, CHUNK))).requires_grad_()
    small = [ag.tensor(start[:10], requires_grad=True), ag.tensor(start[-10:], requires_grad=True)]
    optimizer = getattr(optim, case["name"])([large, folded, *small], **case["arguments"])
    for gradient in gradients:
        large.grad = ag.from_numpy(gradient)
        folded.grad = ag.from_numpy(gradient[: 2 * CHUNK].reshape(2, CHUNK).T.copy().T)
        small[0].grad, small[1].grad = ag.tensor(gradient[:10]), ag.tensor(gradient[-10:])
        kept = gradient.copy()
        optimizer.step()
        np.testing.assert_array_equal(gradient, kept)
    values = large.detach().numpy()
    np.testing.assert_allclose(values[:10], small[0].detach().numpy(), rtol=1e-14)
    np.testing.assert_allclose(values[-10:], small[1].detach().numpy(), rtol=1e-14)
    np.testing.assert_allclose(folded.detach().numpy().ravel(), values[: 2 * CHUNK], rtol=1e-14)


@pytest.mark.parametrize("make_optimizer", OPTIMIZERS)
def test_it_finds_the_minimum_of_a_parabola(make_optimizer):
    target = np.random.default_rng(0).standard_normal(5)
    x = nn.Parameter(np.zeros(5))
    optimizer = make_optimizer([x], lr=10.0 if make_optimizer is optim.Adadelta else 0.05)

    def closure():
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(x, target) * 5
        loss.backward()
        return loss

    first = optimizer.step(closure).item()
    for _ in range(300):
        last = optimizer.step(closure).item()
    assert last < 1e-3 * first


@pytest.mark.parametrize("make_optimizer", OPTIMIZERS)
def test_a_number_can_be_optimized(make_optimizer):
    x = ag.tensor(1.0, requires_grad=True)
    optimizer = make_optimizer([x], lr=0.1)
    (x * x).backward()
    optimizer.step()
    assert x.shape == ()
    assert x.item() < 1
    state = optimizer.state_dict()
    optimizer.load_state_dict(state)
    optimizer.step()


@pytest.mark.parametrize("make_optimizer", OPTIMIZERS)
def test_switches_of_pytorch(make_optimizer):
    x = ag.tensor([1.0], requires_grad=True)
    optimizer = make_optimizer([{"params": [x], "foreach": False}], foreach=True, differentiable=False)
    assert "foreach" not in optimizer.param_groups[0]
    with pytest.raises(UnsupportedError, match="expected capturable=False, got True; there are no CUDA"):
        make_optimizer([x], capturable=True)
    with pytest.raises(UnsupportedError, match="it has no argument 'rate'"):
        make_optimizer([x], rate=1.0)


def test_a_step_does_not_reach_what_was_recorded_before():
    x = ag.tensor([2.0], requires_grad=True)
    optimizer = optim.SGD([x], lr=0.1)
    loss = (x * x).sum()
    x.grad = ag.tensor([1.0])
    optimizer.step()
    x.grad = None
    loss.backward()
    assert x.item() == pytest.approx(1.9)
    assert x.grad.tolist() == [4.0]


def test_the_closure_records_even_under_no_grad():
    x = ag.tensor([2.0], requires_grad=True)
    optimizer = optim.SGD([x], lr=0.1)

    def closure():
        optimizer.zero_grad()
        loss = (x * x).sum()
        loss.backward()
        return loss

    with ag.no_grad():
        assert optimizer.step(closure).item() == 4
    assert x.item() == pytest.approx(1.6)


def test_gradients_of_several_batches_accumulate():
    layer, other = nn.Linear(3, 2), nn.Linear(3, 2)
    other.load_state_dict(layer.state_dict())
    x = np.random.default_rng(0).standard_normal((6, 3)).astype(np.float32)
    for model, batches in ((layer, (x[:2], x[2:])), (other, (x,))):
        optimizer = optim.AdamW(model.parameters(), lr=0.1)
        for batch in batches:
            ((model(batch) ** 2).sum() / len(x)).backward()
        optimizer.step()
    np.testing.assert_allclose(layer.weight.detach().numpy(), other.weight.detach().numpy(), rtol=1e-4)


def test_zero_grad():
    x = ag.tensor([2.0], requires_grad=True)
    optimizer = optim.SGD([x, ag.tensor([1.0], requires_grad=True)])
    x.grad = ag.tensor([1.0])
    optimizer.zero_grad(set_to_none=False)
    assert x.grad.tolist() == [0.0]
    optimizer.zero_grad()
    assert x.grad is None
    optimizer.step()
    assert x.item() == 2


def test_groups_have_options_of_their_own_that_may_change():
    x, y, z = (ag.tensor([1.0], requires_grad=True) for _ in range(3))
    optimizer = optim.SGD([{"params": x}, {"params": [y], "lr": 0.5}], lr=0.1)
    optimizer.add_param_group({"params": z, "lr": 0.0})
    optimizer.param_groups[0]["lr"] = 0.2
    for param in (x, y, z):
        param.grad = ag.tensor([1.0])
    optimizer.step()
    assert (x.item(), y.item(), z.item()) == (0.8, 0.5, 1.0)


def test_state_dict_has_the_form_of_pytorch():
    x, y = (ag.tensor([1.0, 2.0], requires_grad=True) for _ in range(2))
    optimizer = optim.SGD([{"params": [x]}, {"params": [y]}], lr=0.1, momentum=0.9)
    y.grad = ag.tensor([1.0, 1.0])
    optimizer.step()
    state = optimizer.state_dict()
    assert [group["params"] for group in state["param_groups"]] == [[0], [1]]
    assert state["param_groups"][0]["momentum"] == 0.9
    assert list(state["state"]) == [1]
    assert isinstance(state["state"][1]["momentum_buffer"], ag.Tensor)
    assert "momentum: 0.9" in repr(optimizer)


def test_a_state_that_does_not_fit_changes_nothing():
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    optimizer = optim.Adam([x])
    x.grad = ag.tensor([1.0, 1.0])
    optimizer.step()
    state = optimizer.state_dict()
    other = optim.Adam([ag.tensor([1.0], requires_grad=True)], lr=5.0)
    with pytest.raises(
        ArgumentError, match=r"expected exp_avg of shape \(1,\).*got \(2,\); nothing was loaded"
    ):
        other.load_state_dict(state)
    with pytest.raises(ArgumentError, match=r"expected groups of \[2\] parameters, got \[1\]"):
        optim.Adam([x, ag.tensor([1.0])]).load_state_dict(state)
    assert other.param_groups[0]["lr"] == 5.0
    assert not other.state


X = ag.tensor([1.0], requires_grad=True)

MISTAKES = [
    (lambda: optim.SGD([], lr=0.1), ArgumentError, "SGD: expected parameters, got none"),
    (
        lambda: optim.SGD(X),
        UnsupportedError,
        r"expected a list of parameters, got one tensor; write \[tensor\]",
    ),
    (lambda: optim.SGD([1.0]), UnsupportedError, "SGD: expected parameters that are tensors, got float"),
    (lambda: optim.SGD([X * 2]), GraphError, "SGD: expected leaves"),
    (lambda: optim.Adam([X, X]), ArgumentError, "Adam: a parameter of shape .* was given twice"),
    (lambda: optim.Adam([{"params": [X]}, {"params": [X]}]), ArgumentError, "given twice"),
    (lambda: optim.Adam([{"lr": 1.0}]), ArgumentError, 'expected a group with "params"'),
    (
        lambda: optim.Adam([{"params": [X], "momentum": 1}]),
        ArgumentError,
        "unknown options momentum; it may have lr, betas",
    ),
    (
        lambda: optim.Adam([ag.tensor([1j])]),
        DtypeError,
        "expected real floating parameters, got one of complex128",
    ),
    (lambda: optim.SGD([X], lr=-1), ArgumentError, "SGD: expected lr of 0 or more, got -1"),
    (lambda: optim.SGD([X], momentum=-1), ArgumentError, "SGD: expected momentum"),
    (lambda: optim.SGD([X], nesterov=True), ArgumentError, "SGD: expected momentum above 0 and no dampening"),
    (lambda: optim.SGD([X], 0.1, 0.9, 0.1, nesterov=True), ArgumentError, "dampening=0.1"),
    (lambda: optim.SGD([{"params": [X], "lr": -2}]), ArgumentError, "got -2"),
    (lambda: optim.Adam([X], lr=float("nan")), ArgumentError, "Adam: expected lr of 0 or more, got nan"),
    (lambda: optim.Rprop([X], etas=(0.5, 0.9)), ArgumentError, "Rprop: expected etas with 0 < etas"),
    (lambda: optim.Rprop([X], step_sizes=(2, 1)), ArgumentError, "Rprop: expected step_sizes"),
    (lambda: optim.Adadelta([X], rho=1.5), ArgumentError, "Adadelta: expected rho from 0 to 1"),
    (lambda: optim.NAdam([X], momentum_decay=-1), ArgumentError, "NAdam: expected momentum_decay"),
    (lambda: optim.RAdam([X], betas=(1.0, 0.9)), ArgumentError, "RAdam: expected two betas"),
    (lambda: optim.Adamax([X], eps=-1), ArgumentError, "Adamax: expected eps"),
    (lambda: optim.Adagrad([X], lr_decay=-1), ArgumentError, "Adagrad: expected lr_decay"),
    (lambda: optim.RMSprop([X], alpha=-1), ArgumentError, "RMSprop: expected alpha"),
    (lambda: optim.ASGD([X], weight_decay=-1), ArgumentError, "ASGD: expected weight_decay"),
    (lambda: optim.Adafactor([X], beta2_decay=1), ArgumentError, "Adafactor: expected beta2_decay of 0 or"),
    (lambda: optim.Adafactor([X], d=0.5), ArgumentError, "Adafactor: expected d of 1 or more"),
    (lambda: optim.Adafactor([X], eps=(-1, 0)), ArgumentError, "Adafactor: expected two eps"),
    (
        lambda: optim.AdamW([X], betas=(0.9, 1.0)),
        ArgumentError,
        "AdamW: expected two betas from 0 to below 1",
    ),
    (lambda: optim.AdamW([X], eps=-1), ArgumentError, "AdamW: expected eps"),
]


@pytest.mark.parametrize(("mistake", "error", "message"), MISTAKES, ids=[m[2][:40] for m in MISTAKES])
def test_mistake(mistake, error, message):
    with pytest.raises(error, match=message):
        mistake()


def test_an_optimizer_defines_its_update():
    class Half(optim.Optimizer):
        def update(self, values, gradient, state, group):
            values *= 0.5

    x = ag.tensor([4.0], requires_grad=True)
    optimizer = Half([x], {})
    x.grad = ag.tensor([0.0])
    optimizer.step()
    assert x.item() == 2
    broken = optim.Optimizer([x], {})
    with pytest.raises(UnsupportedError, match=r"expected a method update\(\)"):
        broken.step()
