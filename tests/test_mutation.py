"""The machinery that plants faults: that it plants them, tells equal ones apart, and puts everything back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from mutation import loop, ordinary, planting
from mutation.equality import differs, right_behaviour
from mutation.faults import faults_of
from mutation.outcome import Outcome
from mutation.report import report, unexplained
from mutation.rewriting import without_a_term

import autograd_cnn as ag
from autograd_cnn.testing import gradients


@pytest.fixture(autouse=True)
def without_explanations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gradients, "explained", lambda base, point, failure, options: failure)


@pytest.mark.parametrize(
    "key", ["elementwise.divide", "reduction.logsumexp", "contraction.matmul", "shape.concatenate"]
)
def test_every_fault_in_these_is_caught(key: str) -> None:
    found = list(planting.outcomes(key, ordinary.checks()[key]))
    assert [outcome for outcome in found if outcome.verdict != "caught"] == []
    assert {"wrong sign", "cotangent ignored", "written to", "dtype promoted", "factor 1.001"} <= {
        outcome.kind for outcome in found
    }


def test_a_fault_without_tests_survives_and_one_without_effect_is_equal() -> None:
    forward_only = [
        c for c in ordinary.checks()["elementwise.exp"] if c.name == "test_forward_is_the_reference"
    ]
    samples = [check.sample for check in forward_only]
    nodes = [node for sample in samples if (node := planting.recorded_node(sample))]
    fault = next(f for f in faults_of(samples[0].record, nodes) if f.kind == "wrong sign")
    right = right_behaviour(samples)
    assert differs(right, lambda: planting.planted(fault, nodes))
    harmless = fault._replace(plant=lambda op, place: op.vjps[place])
    assert not differs(right, lambda: planting.planted(harmless, nodes))


def test_a_planted_fault_is_taken_out_again() -> None:
    x = ag.tensor(1.0, requires_grad=True)
    sample = ordinary.checks()["elementwise.exp"][0].sample
    nodes = [planting.recorded_node(sample)]
    fault = next(f for f in faults_of(sample.record, nodes) if f.kind == "wrong sign")
    with planting.planted(fault, nodes):
        assert ag.backprop(ag.exp(x), x).item() == -np.e
    assert ag.backprop(ag.exp(x), x).item() == np.e


def outer(k: float) -> Any:
    return lambda g, x: g * x + k - 1


def test_a_term_is_dropped_from_the_source() -> None:
    left = {what: function(3.0, 2.0) for what, function in without_a_term(outer(10.0))}
    assert left == {
        "g * x + k - 1 → g * x + k": 16.0,
        "g * x + k - 1 → -1": -1,
        "g * x + k → g * x": 5.0,
        "g * x + k → k": 9.0,
    }


@pytest.mark.parametrize("fault", loop.FAULTS, ids=lambda fault: fault.what)
def test_every_fault_of_the_loop_can_be_planted(fault: loop.LoopFault) -> None:
    before = getattr(fault.module, fault.function)
    with loop.planted(fault):
        assert getattr(fault.module, fault.function) is not before
    assert getattr(fault.module, fault.function) is before


def test_the_report_counts_what_can_be_caught() -> None:
    found = [
        Outcome("a.f", "wrong sign", "x", "", "caught", "test_it"),
        Outcome("a.f", "wrong sign", "y", "", "survived"),
        Outcome("a.g", "wrong sign", "x", "", "equal"),
    ]
    assert "1 of 2 planted faults were caught: 50.00 %; 1 more change nothing" in report(found, 1.0)
    assert unexplained(found) == [found[1]]
