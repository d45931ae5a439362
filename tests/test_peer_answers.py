"""Every op against what JAX, PyTorch, HIPS autograd or mpmath answered: values, gradients, Hessian products.

``record_peer_answers.py`` asked them. An op that is added, or whose samples change, must be recorded again.
"""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np
import op_samples
import pytest
from op_samples import samples_of
from peer_exceptions import PASSED_OVER
from peer_questions import answers, questions

import autograd_cnn as ag

with np.load(Path(__file__).parent / "peer_answers.npz", allow_pickle=False) as _file:
    INDEX = json.loads(bytes(_file["index"]))["questions"]
    NUMBERS = _file["numbers"]

# What no engine has, or has no two derivatives of, with the reason why it is right all the same.
NOBODY = {
    "decompositions.further_vectors": "internal; test_linalg has svd and qr with it",
    "filtering.filtfilt": "made of lfilter and lfilter_zi, which have one; JAX takes minutes to compile it",
    "normalization.batch_norm": "test_nn_layers has PyTorch's answers for the layers that are made of it",
    "normalization.channel_products": "internal; the derivatives of batch_norm are made of it",
    "normalization.channel_sums": "internal; the derivatives of batch_norm are made of it",
    "normalization.scale_channels": "internal; the derivatives of batch_norm are made of it",
    "tiling.trim_zeros": "JAX's needs to know the zeros before it compiles, the others have none",
}
# A random draw is a function of its parameters and of noise, and each engine draws other noise: test_random
# has the distributions, and the gradients for noise that is held fixed. What is hard in them, the derivative
# of a gamma variate by its shape, is an op of its own (random_gamma.gamma_quantile), and has a peer.
DRAWS = ("random_continuous.", "random_discrete.", "random_gamma.")


def recorded() -> dict[str, list[Any]]:
    """The recorded answers, by question."""
    found, start = {}, 0
    for name, (_, shapes) in INDEX.items():
        found[name] = []
        for shape in shapes:
            end = start + int(np.prod(shape))
            found[name].append(NUMBERS[start:end].reshape(shape))
            start = end
    return found


RECORDED = recorded()
QUESTIONS = questions()


def function_name(question: str) -> str:
    """The op of a question: "scans.prod" of "scans.prod-0 complex"."""
    return question.removesuffix(" complex").rsplit("-", 1)[0]


def grad(function: Any) -> Any:
    """The gradient by all arguments."""
    return lambda *xs: ag.grad(function, tuple(range(len(xs))))(*xs)


GROUPS: dict[str, list[str]] = {}  # the names of the questions, by function
for _name in RECORDED:
    GROUPS.setdefault(function_name(_name), []).append(_name)


@pytest.mark.parametrize("names", GROUPS.values(), ids=GROUPS)
def test_a_peer_answers_the_same(names: list[str]) -> None:
    for name in names:
        assert name in QUESTIONS, "the samples have changed: run record_peer_answers.py again"
        question = QUESTIONS[name]
        ours = answers(question, question.sample.of_flat, grad, ag.tensor)
        for answer, peer in zip(ours, RECORDED[name], strict=True):
            value = answer.detach().numpy() if isinstance(answer, ag.Tensor) else answer
            np.testing.assert_allclose(value, peer, rtol=1e-9, atol=1e-9, strict=True, err_msg=name)


def test_every_op_has_a_peer() -> None:
    """Or is listed; and none is listed without need."""
    ops = {function_name(name) for name in samples_of(*op_samples.DIFFERENTIABLE)}
    without = ops - {function_name(name) for name in RECORDED}
    draws = {name for name in without if name.startswith(DRAWS)}
    assert without - draws == set(NOBODY)


def test_who_is_passed_over_is_not_recorded() -> None:
    """Another engine is, if another has the function; it agrees, says the test above."""
    for pattern, engine, _ in PASSED_OVER:
        questions = [name for name in QUESTIONS if fnmatchcase(name, pattern)]
        assert questions, pattern
        assert engine not in {INDEX[name][0] for name in questions if name in RECORDED}
