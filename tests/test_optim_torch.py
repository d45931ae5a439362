"""Where PyTorch is installed: it goes on from the states of our optimisers, and ours from its own."""

import json
from pathlib import Path

import numpy as np
import pytest

import autograd_cnn as ag
from autograd_cnn import optim

torch = pytest.importorskip("torch")

ANSWERS = np.load(Path(__file__).with_name("torch_optim.npz"))
INDEX = json.loads(ANSWERS["index"].item())
GRADIENTS = [[ANSWERS[name] for name in both] for both in INDEX["gradients"]]
STEPS = len(GRADIENTS)


@pytest.fixture(autouse=True)
def double():
    """Numbers in PyTorch's states are of its default dtype."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def identify(case):
    return f"{case['name']}-{'-'.join(f'{k}={v}' for k, v in case['arguments'].items())}"


def both(case):
    """Ours and PyTorch's, each with its parameters and with how it makes a tensor."""
    given = {name: tuple(v) if isinstance(v, list) else v for name, v in case["arguments"].items()}
    made = []
    for make, package in ((ag.tensor, optim), (torch.tensor, torch.optim)):
        params = [make(value, requires_grad=True) for value in INDEX["initial"]]
        groups = [{"params": [params[0]]}, {"params": [params[1]], "lr": 0.02}]
        made.append((make, params, getattr(package, case["name"])(groups, **given)))
    return made


def run(make, params, optimizer, steps):
    for step in steps:
        for param, gradient in zip(params, GRADIENTS[step], strict=True):
            param.grad = make(gradient)
        optimizer.step()
    return np.concatenate([param.detach().numpy().ravel() for param in params])


def remade(value, make):
    if isinstance(value, list):
        return [remade(item, make) for item in value]
    return make(value.numpy().copy()) if hasattr(value, "numpy") else value


def carried(state_dict, make):
    """A state with its tensors made anew."""
    state = {
        number: {key: remade(value, make) for key, value in s.items()}
        for number, s in state_dict["state"].items()
    }
    return {"state": state, "param_groups": state_dict["param_groups"]}


@pytest.mark.parametrize("case", INDEX["optimizers"], ids=identify)
@pytest.mark.parametrize("ours_first", [True, False])
def test_the_other_goes_on(case, ours_first):
    first, second = both(case) if ours_first else both(case)[::-1]
    run(*first, range(STEPS // 2))
    for source, target in zip(first[1], second[1], strict=True):
        with torch.no_grad(), ag.no_grad():
            target[...] = second[0](source.detach().numpy().copy())
    second[2].load_state_dict(carried(first[2].state_dict(), second[0]))
    rest = range(STEPS // 2, STEPS)
    np.testing.assert_allclose(run(*second, rest), run(*first, rest), rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("case", INDEX["closures"], ids=lambda case: str(case["arguments"]))
@pytest.mark.parametrize("ours_first", [True, False])
def test_the_other_goes_on_with_lbfgs(case, ours_first):
    def step(params, optimizer):
        def closure():
            optimizer.zero_grad()
            x, y = params
            loss = ((x - 1) ** 4).sum() + 10 * ((x.sum() - y) ** 2).sum() + (y**2).sum()
            loss.backward()
            return loss

        optimizer.step(closure)

    pair = []
    for make, package in ((ag.tensor, optim), (torch.tensor, torch.optim)):
        params = [make(value, requires_grad=True) for value in INDEX["initial"]]
        pair.append((make, params, package.LBFGS(params, **case["arguments"])))
    first, second = pair if ours_first else pair[::-1]
    for _ in range(3):
        step(*first[1:])
    for source, target in zip(first[1], second[1], strict=True):
        with torch.no_grad(), ag.no_grad():
            target[...] = second[0](source.detach().numpy().copy())
    second[2].load_state_dict(carried(first[2].state_dict(), second[0]))
    for _ in range(3):
        step(*first[1:])
        step(*second[1:])
    for ours, theirs in zip(first[1], second[1], strict=True):
        np.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), rtol=1e-9, atol=1e-9)


def falls(epoch):
    return 1 / (1 + 0.3 * epoch)


def made(package, make, case):
    """An optimiser of ours or of PyTorch, and its schedule."""

    def schedule(name, given):
        given = {key: falls if value == "falls" else value for key, value in given.items()}
        if "schedulers" in given:
            given["schedulers"] = [schedule(*part) for part in given["schedulers"]]
        if name == "ChainedScheduler":
            return package.lr_scheduler.ChainedScheduler(**given)
        module = package.swa_utils if name == "SWALR" else package.lr_scheduler
        return getattr(module, name)(optimizer, **given)

    optimizer = getattr(package, case["optimizer"])([make([1.0], requires_grad=True)], **case["options"])
    return optimizer, schedule(case["name"], case["arguments"])


@pytest.mark.filterwarnings("ignore:Detected call of")
@pytest.mark.parametrize("case", INDEX["schedulers"], ids=lambda case: case["name"])
@pytest.mark.parametrize("ours_first", [True, False])
def test_the_other_goes_on_with_a_schedule(case, ours_first):
    pair = [made(optim, ag.tensor, case), made(torch.optim, torch.tensor, case)]
    first, second = pair if ours_first else pair[::-1]
    stop = len(case["settings"]) // 2
    for _ in range(stop):
        first[1].step()
    second[0].load_state_dict(first[0].state_dict())
    second[1].load_state_dict(first[1].state_dict())
    for rate, _ in case["settings"][stop + 1 :]:
        second[1].step()
        assert second[0].param_groups[0]["lr"] == pytest.approx(rate, rel=1e-9, abs=1e-12)
