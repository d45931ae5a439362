"""Optimisers that see a problem as a whole: LBFGS against PyTorch's trajectories, and SciPy's minimisers."""

import json
from pathlib import Path

import numpy as np
import pytest

import autograd_cnn as ag
from autograd_cnn import nn, optim
from autograd_cnn.errors import ArgumentError, GraphError

ANSWERS = np.load(Path(__file__).with_name("torch_optim.npz"))
INDEX = json.loads(ANSWERS["index"].item())
CASES = INDEX["closures"]
STEPS = len(INDEX["gradients"])


def initial():
    return [ag.tensor(value, requires_grad=True) for value in INDEX["initial"]]


def valley(x, y):
    return ((x - 1) ** 4).sum() + 10 * ((x.sum() - y) ** 2).sum() + (y**2).sum()


def closure_of(optimizer, loss_of, **backward):
    def closure():
        optimizer.zero_grad()
        loss = loss_of(*optimizer.param_groups[0]["params"])
        loss.backward(**backward)
        return loss

    return closure


def flat(params):
    return np.concatenate([param.detach().numpy().ravel() for param in params])


def converted(value):
    """The recorded state of PyTorch, vectors as tensors."""
    if isinstance(value, list):
        return [converted(v) for v in value] if not value or isinstance(value[0], list) else ag.tensor(value)
    return value


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["arguments"]))
def test_lbfgs_goes_where_pytorch_goes(case):
    params = initial()
    optimizer = optim.LBFGS(params, **case["arguments"])
    closure = closure_of(optimizer, valley)
    trajectory, losses = [], []
    for _ in range(STEPS):
        losses.append(optimizer.step(closure).item())
        trajectory.append(flat(params))
    np.testing.assert_allclose(trajectory, ANSWERS[case["trajectory"]], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(losses, case["losses"], rtol=1e-9, atol=1e-9)
    ours, theirs = optimizer.state_dict()["state"][0], case["states"][1]["0"]
    assert set(ours) == set(theirs)
    assert (ours["n_iter"], ours["func_evals"]) == (theirs["n_iter"], theirs["func_evals"])
    assert len(ours["old_dirs"]) == len(theirs["old_dirs"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["arguments"]))
def test_lbfgs_goes_on_from_a_state_of_pytorch(case):
    params = initial()
    optimizer = optim.LBFGS(params, **case["arguments"])
    state = {
        key: [float(v) for v in value] if key == "ro" else converted(value)
        for key, value in case["states"][0]["0"].items()
    }
    group = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": {0: state}, "param_groups": group})
    with ag.no_grad():
        middle = ANSWERS[case["trajectory"]][3]
        params[0][...] = middle[:6].reshape(3, 2)
        params[1][...] = middle[6:]
    for _ in range(4):
        optimizer.step(closure_of(optimizer, valley))
    np.testing.assert_allclose(flat(params), ANSWERS[case["trajectory"]][7], rtol=1e-9, atol=1e-9)


def test_lbfgs_trains_a_module_and_stops_where_the_gradient_vanishes():
    x = np.random.default_rng(0).standard_normal((20, 3))
    layer = nn.Linear(3, 1).double()
    target = x @ [[1.0], [-2.0], [0.5]] + 0.25
    optimizer = optim.LBFGS(layer.parameters(), max_iter=50, line_search_fn="strong_wolfe")
    closure = closure_of(optimizer, lambda *_: nn.functional.mse_loss(layer(x), target))
    optimizer.step(closure)
    np.testing.assert_allclose(layer.weight.detach().numpy(), [[1.0, -2.0, 0.5]], atol=1e-5)
    evaluations = optimizer.state_dict()["state"][0]["func_evals"]
    before = flat(layer.parameters())
    optimizer.param_groups[0]["tolerance_grad"] = 1e-3
    optimizer.step(closure)
    assert optimizer.state_dict()["state"][0]["func_evals"] == evaluations + 1
    np.testing.assert_array_equal(flat(layer.parameters()), before)


def test_lbfgs_refuses_a_state_of_another_size():
    optimizer = optim.LBFGS(initial())
    optimizer.step(closure_of(optimizer, valley))
    other = optim.LBFGS([ag.tensor([1.0], requires_grad=True), ag.tensor([1.0], requires_grad=True)])
    with pytest.raises(ArgumentError, match=r"expected d of 2 entries.*; nothing was loaded"):
        other.load_state_dict(optimizer.state_dict())


# --- SciPy --------------------------------------------------------------------------------------------

FIRST_ORDER = ["Nelder-Mead", "Powell", "CG", "BFGS", "L-BFGS-B", "TNC", "COBYLA", "SLSQP", "Newton-CG"]
SECOND_ORDER = ["Newton-CG", "trust-ncg", "trust-krylov", "trust-exact", "dogleg", "trust-constr"]


def bowl(x, y):
    """Convex, with its minimum, 1.5, where x is (1, -1) and y is 0.5."""
    return ((x - np.array([1.0, -1.0])) ** 2).sum() + (x[0] - 1) ** 4 + (y - 0.5) ** 2 + 1.5


@pytest.mark.parametrize("method", [*FIRST_ORDER, "trust-constr"])
def test_a_method_without_second_derivatives(method):
    params = [ag.tensor([3.0, 2.0], requires_grad=True), ag.tensor(0.0, requires_grad=True)]
    optimizer = optim.ScipyMinimize(params, method=method)
    loss = optimizer.step(closure_of(optimizer, bowl))
    assert isinstance(loss, float)
    assert loss == pytest.approx(1.5, abs=1e-6)
    np.testing.assert_allclose(flat(params), [1.0, -1.0, 0.5], atol=2e-3)
    np.testing.assert_array_equal(flat(params), optimizer.result.x)


@pytest.mark.parametrize("method", SECOND_ORDER)
def test_a_method_with_second_derivatives(method):
    params = [ag.tensor([3.0, 2.0], requires_grad=True), ag.tensor(0.0, requires_grad=True)]
    optimizer = optim.ScipyMinimize(params, method=method)
    optimizer.step(closure_of(optimizer, bowl, create_graph=True))
    np.testing.assert_allclose(flat(params), [1.0, -1.0, 0.5], atol=1e-4)
    assert optimizer.result.get("nhev", 0) > 0


def test_second_derivatives_must_be_recorded():
    optimizer = optim.ScipyMinimize([ag.tensor([1.0], requires_grad=True)], method="trust-ncg")
    with pytest.raises(GraphError, match=r"trust-ncg uses second.*backward\(create_graph=True\)"):
        optimizer.step(closure_of(optimizer, lambda x: (x**2).sum()))


def test_bounds_options_and_maximize():
    x = ag.tensor([0.2, 0.3], requires_grad=True)
    optimizer = optim.ScipyMinimize([x], bounds=[(0, 1), (0, 0.5)], options={"maxiter": 50}, maximize=True)
    assert optimizer.step(closure_of(optimizer, lambda x: x.sum())) == pytest.approx(1.5)
    np.testing.assert_allclose(x.detach().numpy(), [1.0, 0.5])


def test_an_error_in_the_closure_leaves_the_parameters_as_they_were():
    x = ag.tensor([1.0], requires_grad=True)
    optimizer = optim.ScipyMinimize([x])
    calls = []

    def loss_of(x):
        calls.append(1)
        if len(calls) == 3:
            raise ZeroDivisionError
        return (x**4 - 30 * x).sum()

    with pytest.raises(ZeroDivisionError):
        optimizer.step(closure_of(optimizer, loss_of))
    assert x.item() == 1.0


def test_it_trains_a_module_in_single_precision():
    x = np.random.default_rng(0).standard_normal((20, 3)).astype(np.float32)
    layer = nn.Linear(3, 1)
    target = (x @ [[1.0], [-2.0], [0.5]]).astype(np.float32)
    optimizer = optim.ScipyMinimize(layer.parameters(), method="BFGS")
    loss = optimizer.step(closure_of(optimizer, lambda *_: nn.functional.mse_loss(layer(x), target)))
    assert loss < 1e-8
    assert layer.weight.dtype == np.float32


MISTAKES = [
    (lambda x: optim.LBFGS([x]).step(), "LBFGS.step: expected a closure"),
    (lambda x: optim.ScipyMinimize([x]).step(), "ScipyMinimize.step: expected a closure"),
    (lambda x: optim.LBFGS([{"params": x}, {"params": ag.tensor([1.0])}]), "LBFGS: expected one group"),
    (lambda x: optim.ScipyMinimize([{"params": x}, {"params": ag.tensor([1.0])}]), "expected one group"),
    (lambda x: optim.LBFGS([x], line_search_fn="armijo"), "None or 'strong_wolfe', got 'armijo'"),
    (lambda x: optim.LBFGS([x], history_size=0), "LBFGS: expected max_iter and history_size of at least 1"),
    (lambda x: optim.ScipyMinimize([x], method=3), "expected the name of a method"),
]


@pytest.mark.parametrize(("mistake", "message"), MISTAKES, ids=[m[1][:30] for m in MISTAKES])
def test_mistake(mistake, message):
    with pytest.raises(ArgumentError, match=message):
        mistake(ag.tensor([1.0], requires_grad=True))
