"""Anomaly detection names the user's own line: in a script, below a model, and in a notebook."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd_cnn as ag
from autograd_cnn import nn
from autograd_cnn.errors import AnomalyError


def report(function: Callable[[], Any]) -> str:
    with ag.detect_anomaly(), np.errstate(all="ignore"), pytest.raises(AnomalyError) as raised:
        function()
    return str(raised.value)


def leaf(*entries: float) -> ag.Tensor:
    return ag.tensor(list(entries), requires_grad=True)


@pytest.mark.parametrize(
    ("function", "first", "remedy"),
    [
        (
            lambda: ag.where(np.array([False, True]), np.log(leaf(0.0, 1.0)), 0),
            "forward: the result of 'log' (-inf at [0])",
            "clip its argument",
        ),
        (
            lambda: ag.where(np.array([False, True]), np.sqrt(leaf(0.0, 1.0)), 0).sum().backward(),
            "backward: the gradient of 'sqrt' by its argument 'x' (nan at [0])",
            "mask the argument as well",
        ),
        (
            lambda: np.sqrt(leaf(0.0, 1.0)).sum().backward(),
            "backward: the gradient of 'sqrt' by its argument 'x' (inf at [0])",
            "the derivative of sqrt at 0 is infinite",
        ),
        (
            lambda: leaf(0.0, 1.0) * np.array([np.inf, 1.0]),
            "forward: the result of 'multiply' (nan at [0])",
            "0 · inf is NaN",
        ),
        (
            lambda: (leaf(1.0, 1.0) * np.array([1e308, 1.0])).backward(np.array([10.0, 1.0])),
            "backward: the gradient of 'multiply' by its argument 'x1' (inf at [0])",
            "large numbers overflow",
        ),
        (
            lambda: np.exp(leaf(1.0, 1000.0)),
            "forward: the result of 'exp' (inf at [1])",
            "exp overflows above 709",
        ),
        (
            lambda: np.exp(leaf(1.0, 700.0)).backward(np.array([1.0, 1e10])),
            "backward: the gradient of 'exp' by its argument 'x' (inf at [1])",
            "subtract the maximum",
        ),
        (
            lambda: np.cosh(leaf(1.0, 1000.0)),
            "forward: the result of 'cosh' (inf at [1])",
            "exp overflows",
        ),
        (
            lambda: np.reciprocal(leaf(0.0, 1.0)),
            "forward: the result of 'reciprocal' (inf at [0])",
            "divided by 0",
        ),
        (
            lambda: (leaf(0.0, 1.0) ** 0.5).sum().backward(),
            "backward: the gradient of 'power' by its argument 'x1' (inf at [0])",
            "exponent below 1",
        ),
    ],
)
def test_the_four_traps_and_their_like(function: Callable[[], Any], first: str, remedy: str) -> None:
    lines = report(function).splitlines()
    assert lines[0].replace(" has 1 entry that is not finite", "") == first
    assert lines[1].strip() == "the operation has a result of shape (2,), and was called here:"
    assert lines[2].strip().startswith("test_anomaly_places.py:")
    assert "lambda:" in lines[2]
    assert remedy in lines[3]


class Squared(nn.Module):
    """A user's own layer."""

    def forward(self, x: ag.Tensor) -> ag.Tensor:
        """Square of the root, needlessly."""
        return np.sqrt(x) ** 2  # the user's layer


def test_below_a_model_the_line_is_that_of_the_users_layer() -> None:
    model = nn.Sequential(nn.ReLU(), Squared())
    text = report(lambda: model(leaf(-1.0, 1.0)).sum().backward())
    assert "return np.sqrt(x) ** 2  # the user's layer\n" in text


def test_below_our_layers_they_are_named() -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.Linear(2, 1), nn.ReLU()))
    with ag.no_grad():
        model[1][0].weight[:] = np.inf
    text = report(lambda: model(np.ones((3, 2), np.float32)))  # the call
    assert "# the call  (in Sequential > Sequential > Linear)" in text


NOTEBOOK = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell()
shell.run_cell("import autograd_cnn as ag, numpy as np\\nx = ag.tensor([0.0], requires_grad=True)")
shell.run_cell(
    "with ag.detect_anomaly():\\n    y = np.sqrt(x)  # in a cell\\n    try: y.sum().backward()\\n"
    "    except ag.errors.AnomalyError as error: print(error)"
)
"""


def test_the_line_of_a_notebook_cell(tmp_path: Path) -> None:
    pytest.importorskip("IPython")
    environment = {**os.environ, "IPYTHONDIR": str(tmp_path)}
    run = subprocess.run(
        [sys.executable, "-c", NOTEBOOK], env=environment, capture_output=True, text=True, check=True
    )
    assert ":2: y = np.sqrt(x)  # in a cell" in run.stdout
