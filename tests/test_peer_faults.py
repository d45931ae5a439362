"""Real faults in the nearest peers, found by the kit through its adapters; ours answers each rightly.

MyGrad 2.5.0 and HIPS autograd 1.9.1. Each function is smooth at its point, or has one sensible gradient.
A release that mends one of them fails here: then the row goes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

import autograd_cnn as ag
from autograd_cnn.errors import GradientError
from autograd_cnn.testing import adapters, check_grads

X = np.array([0.5, 1.5])


class Fault(NamedTuple):
    """A function of a NumPy-like namespace, where it goes wrong, and what the peer answers there."""

    function: Callable[[Any], Callable[..., Any]]
    at: np.ndarray
    wrong: list[tuple[int, ...]]
    nan: bool = True


NORM = Fault(lambda np: lambda x: np.linalg.norm(x) ** 2, np.zeros(3), [(0,), (1,), (2,)])
STD = Fault(lambda np: lambda x: np.std(x) ** 2, np.ones(3), [(0,), (1,), (2,)])
FAULTS = {
    # The gradient of a maximum of equals is lost on both ways, instead of shared.
    "mygrad-maximum": Fault(lambda np: lambda x: np.maximum(x, x), X, [(0,), (1,)], nan=False),
    "mygrad-minimum": Fault(lambda np: lambda x: np.minimum(x, x), X, [(0,), (1,)], nan=False),
    # 0 / 0 where the function is flat.
    "mygrad-norm": NORM,
    "mygrad-std": STD,
    "autograd-norm": NORM,
    "autograd-std": STD,
    # A product divided by its own zero factor.
    "autograd-prod": Fault(lambda np: lambda x: np.prod(x), np.array([0.0, 2.0, 3.0]), [(0,)]),
    "autograd-sinc": Fault(lambda np: lambda x: np.sinc(x), np.array([0.0, 0.5]), [(0,)]),
}


def of_peer(peer: str, function: Callable[[Any], Callable[..., Any]]) -> Any:
    namespace = pytest.importorskip("mygrad" if peer == "mygrad" else "autograd.numpy")
    return getattr(adapters, peer)(function(namespace))


@pytest.mark.parametrize("name", FAULTS)
def test_the_kit_finds_it(name: str) -> None:
    peer, fault = name.split("-")[0], FAULTS[name]
    with pytest.raises(GradientError) as caught:
        check_grads(of_peer(peer, fault.function), [fault.at], order=1)
    failure = caught.value.failure
    assert failure.argument == 0
    assert sorted(entry.index for entry in failure.entries) == fault.wrong
    for entry in failure.entries:
        assert np.isnan(entry.verdict.analytic) if fault.nan else entry.verdict.analytic == 0
        assert np.isfinite(entry.verdict.numeric)


@pytest.mark.parametrize("name", FAULTS)
def test_ours_is_right_there(name: str) -> None:
    fault = FAULTS[name]
    check_grads(fault.function(np), [fault.at], order=1)


def test_float32_comes_back_as_float64_from_hips_autograd() -> None:
    with pytest.raises(GradientError, match=r"float32, got \(2,\), float64"):
        check_grads(of_peer("autograd", lambda np: np.mean), [X.astype(np.float32)], order=1)
    check_grads(np.mean, [X.astype(np.float32)], order=1)


def test_a_script_reproduces_it() -> None:
    with pytest.raises(GradientError) as caught:
        check_grads(of_peer("mygrad", lambda np: lambda x: np.maximum(x, x)), [X], order=1)
    script = caught.value.failure.script
    assert "from autograd_cnn.testing import adapters" in script
    assert "check_grads(adapters.mygrad(f), [" in script


# --- What is right in a peer passes -------------------------------------------------------------------

A, B, C = (np.random.default_rng(seed).normal(size=(2, 2)) for seed in range(3))
Z = A + 1j * B


def test_hips_autograd_passes() -> None:
    check_grads(of_peer("autograd", lambda np: lambda a, b: np.tanh(np.dot(a, b))), [A, B], order=3)
    check_grads(of_peer("autograd", lambda np: lambda a, b: (np.sin(a), a**2)), [A, B])
    check_grads(of_peer("autograd", lambda np: lambda z: z * np.conj(z) + z**3), [Z])


def test_mygrad_passes() -> None:
    check_grads(of_peer("mygrad", lambda np: lambda a, b: np.tanh(np.matmul(a, b))), [A, B], order=1)
    check_grads(of_peer("mygrad", lambda np: lambda a, b: (np.sin(a), a**2)), [A, B], order=1)
    with pytest.raises(TypeError, match="no derivatives of gradients here; pass order=1"):
        check_grads(of_peer("mygrad", lambda np: np.sin), [A])


def test_jax_passes_and_its_norm_of_zeros_does_not() -> None:
    jnp = pytest.importorskip("jax.numpy")
    check_grads(adapters.jax(lambda a, b: jnp.tanh(a @ b)), [A, B])
    check_grads(adapters.jax(lambda z: z * z.conj() + z**3), [Z])
    with pytest.raises(GradientError, match="nan"):
        check_grads(adapters.jax(lambda x: jnp.linalg.norm(x) ** 2), [np.zeros(3)])


def test_torch_functions_and_modules_pass() -> None:
    torch = pytest.importorskip("torch")
    check_grads(adapters.torch(lambda a, b: torch.tanh(a @ b)), [A, B])
    check_grads(adapters.torch(lambda z: z * z.conj() + z**3), [Z])
    layers = torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1)
    check_grads(adapters.torch(torch.nn.Sequential(*layers).double()), [A])


def test_a_peer_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ag.errors.ArgumentError, match="'torch' is not installed; pip install torch"):
        check_grads(adapters.torch(np.sin), [A])
