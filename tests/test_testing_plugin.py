"""`gradient_test`, its pytest plugin, and ``autograd-cnn gradcheck``."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import settings

import autograd_cnn as ag
from autograd_cnn import nn
from autograd_cnn.cli.main import run_command
from autograd_cnn.core.primitive import primitive
from autograd_cnn.errors import ArgumentError, GradientError
from autograd_cnn.testing import adapters, gradient_test
from autograd_cnn.testing.strategies import arrays, axes, tensors
from autograd_cnn.testing.tally import PROFILES, Tally, tally

few = settings(max_examples=10)
ROOT = str(Path(ag.__file__).resolve().parents[1])


# --- The decorator ----------------------------------------------------------------------------------


@gradient_test(x=tensors((2, 3)), axis=axes(2))
def test_a_function_with_constants(x: Any, axis: Any) -> Any:
    """It is a test of this module as it stands, which pytest collects."""
    return np.sum(x * x, axis=axis)


@gradient_test(settings=few)
def test_arguments_without_a_strategy_are_any_tensors(x: Any) -> Any:
    return 2 * np.tanh(x)


test_kinks_are_passed_over = gradient_test(x=arrays((2,)), settings=few)(np.abs)
test_a_module = gradient_test(input=arrays((2, 3)), settings=few)(nn.Linear(3, 2).double())


def test_a_function_of_another_engine() -> None:
    anp = pytest.importorskip("autograd.numpy")
    gradient_test(x=arrays((2,)), modes=("rev",), settings=few)(
        adapters.autograd(lambda x: anp.sum(anp.sin(x)))
    )()


def test_a_wrong_gradient_fails_with_a_small_example(registry: object) -> None:
    @primitive(x=lambda g, x: 2 * g * x * (x.sum() < 1))
    def square(x: Any) -> Any:
        return x * x

    test = gradient_test(x=arrays((2,)))(lambda x: square(x))
    with pytest.raises(GradientError) as caught:
        test()
    told = "\n".join(caught.value.__notes__)
    assert "x=array([" in told
    assert caught.value.failure.op.function == "square"


def test_mistakes_are_explained() -> None:
    with pytest.raises(ArgumentError, match="has the arguments \\['x'\\], got strategies for \\['y'\\]"):
        gradient_test(y=tensors())(lambda x: x)
    with pytest.raises(ArgumentError, match="expected a strategy for 'x', such as"):
        gradient_test(x=3.0)(lambda x: x)
    with pytest.raises(ArgumentError, match="expected an argument that is a floating"):
        gradient_test(axis=axes(1))(lambda axis: axis)()


def test_a_run_is_counted() -> None:
    run = Tally(order=1, examples=7)
    token = tally.set(run)
    try:
        gradient_test(x=tensors((2,)))(lambda x: x**2)()
    finally:
        tally.reset(token)
    assert (run.checked, run.kinks, run.highest) == (7, 0, 1)


# --- The plugin -------------------------------------------------------------------------------------

SUITE = """
import numpy as np
from autograd_cnn.testing import gradient_test
from autograd_cnn.testing.strategies import tensors

@gradient_test(x=tensors((2,)))
def test_tanh(x):
    return np.tanh(x)

@gradient_test(x=tensors((2,)))
def test_jump(x):
    return np.where(x.detach() > 0, 2 * x, x + 1)

def test_plain():
    pass
"""


def pytest_in(folder: Path, *options: str, plugin: bool = True) -> str:
    (folder / "test_suite.py").write_text(SUITE)
    loaded = (
        ["-p", "_autograd_cnn_pytest"] if plugin else ["-p", "no:_autograd_cnn_pytest"]
    )  # installed, pytest would load it
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *loaded, *options]
    storage = os.environ["HYPOTHESIS_STORAGE_DIRECTORY"]
    environment = {"PYTHONPATH": ROOT, "PATH": "", "HYPOTHESIS_STORAGE_DIRECTORY": storage}
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return ran.stdout + ran.stderr


def test_options_and_summary(tmp_path: Path) -> None:
    told = pytest_in(tmp_path, "--grad-order=3", "--grad-examples=8")
    assert "gradients checked" in told
    assert "test_suite.py::test_tanh: 8 examples, order 3" in told
    assert "kinks passed over" in told
    assert "3 passed" in told


def test_the_summary_of_parallel_runs(tmp_path: Path) -> None:
    told = pytest_in(tmp_path, "--grad-profile=dev", "-n1", "-k", "tanh")
    assert f"test_suite.py::test_tanh: {PROFILES['dev']} examples, order 2" in told
    assert "1 functions, 20 examples" in told


def test_without_the_plugin_the_tests_run_too(tmp_path: Path) -> None:
    told = pytest_in(tmp_path, "-k", "tanh or plain", plugin=False)
    assert "2 passed" in told
    assert "gradients checked" not in told


def test_options_that_make_no_sense(tmp_path: Path) -> None:
    assert "--grad-order: expected 1 or more, got 0" in pytest_in(tmp_path, "--grad-order=0")


def test_the_plugin_loads_nothing_of_ours() -> None:
    code = (
        "import _autograd_cnn_pytest, sys; print([m for m in sys.modules if m in ('numpy', 'autograd_cnn')])"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": ROOT}, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"


# --- The command ------------------------------------------------------------------------------------

MODULE = """
import numpy as np
import autograd_cnn as ag

@ag.primitive(x=lambda g, out: 2 * g * out)
def forgotten(x):
    return np.exp(x)

def entropy(p, base: float = 2.0, axis=0):
    return -np.sum(p * np.log(p), axis=axis) / np.log(base)

def power(x, n: int):
    return x**n

class Net(ag.nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = ag.nn.Linear(3, 2)

    def forward(self, x):
        return np.tanh(self.linear(x))
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, registry: object) -> str:
    (tmp_path / "users_module.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "users_module", raising=False)
    return "users_module"


def test_what_is_right(module: str, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--domain=0.1,2", "--shape", "p=4", "--value", "axis=-1"]
    assert run_command(["gradcheck", f"{module}:entropy", *options]) == 0
    told = capsys.readouterr().out
    assert "users_module:entropy(p: float64 (4,), base: float64 (), axis: -1)" in told
    assert "right to order 2, in reverse and forward mode, at 3 random points" in told
    assert run_command(["gradcheck", f"{module}:Net"]) == 0
    assert run_command(["gradcheck", "numpy:tanh", "--order", "3"]) == 0


def test_what_is_wrong_is_explained(module: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["gradcheck", f"{module}:forgotten"]) == 1
    told = capsys.readouterr().out
    assert "WRONG at random point 1 of 3" in told
    assert told.count("analytic / numeric is 2 in all of them: a wrong factor?") == 1
    assert "it is an operation itself" in told
    assert "from users_module import forgotten" in told


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["numpy"], "expected module:function, such as numpy:sin, got 'numpy'"),
        (["numpy:nonsense"], "has no attribute 'nonsense'"),
        (["no_such_module:f"], "No module named"),
        (["numpy:pi"], "expected a function or a module, got float"),
        (["users_module:power"], "give it by --value n=…"),
        (["users_module:power", "--value", "n"], "expected name=…, got 'n'"),
        (["users_module:power", "--shape", "x=two"], "expected numbers, such as 2,3, got 'two'"),
        (["users_module:power", "--shape", "y=2"], "has the arguments x, n; got y"),
        (["users_module:power", "--value", "n=2", "--domain", "1"], "expected low,high"),
        (["users_module:power", "--value", "n=two"], "cannot be called with these arguments"),
        (["autograd_cnn.nn:Conv2d"], "layer = Conv2d(...)"),
        (["numpy:matmul"], "shapes (2, 3) and (2, 3)"),
    ],
)
def test_misuse(module: str, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["gradcheck", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_points_that_are_all_at_kinks(
    module: str, capsys: pytest.CaptureFixture[str], recwarn: pytest.WarningsRecorder
) -> None:
    with np.errstate(all="ignore"):
        assert run_command(["gradcheck", f"{module}:entropy"]) == 2
    assert "every random point was at a kink" in capsys.readouterr().err
