"""Anomaly detection: what it names, and that it costs nothing when it is off."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import autograd_cnn as ag
from autograd_cnn.core.tape import Node
from autograd_cnn.errors import AnomalyError


def lines(raised: pytest.ExceptionInfo[AnomalyError]) -> list[str]:
    return [line.strip() for line in str(raised.value).splitlines()]


def test_a_backward_nan_names_op_argument_line_entries_and_remedy() -> None:
    x = ag.tensor([[1.0, 0.0], [4.0, 0.0]], requires_grad=True)
    with ag.detect_anomaly():
        y = np.sqrt(x)  # this line
        with pytest.raises(AnomalyError) as raised:
            (y * y).sum().backward()
    first, shape, line, remedy = lines(raised)
    # The gradient of y * y at 0 is 0, and 0 · inf is NaN.
    assert first == (
        "backward: the gradient of 'sqrt' by its argument 'x' has 2 entries that are not finite "
        "(nan at [0, 1], nan at [1, 1])"
    )
    assert shape == "the operation has a result of shape (2, 2), and was called here:"
    assert line.startswith("test_anomaly.py:")
    assert line.endswith("y = np.sqrt(x)  # this line")
    assert "mask the argument" in remedy


def test_the_trap_of_where_is_found_where_it_springs() -> None:
    x = ag.tensor([0.0, 4.0], requires_grad=True)
    with ag.detect_anomaly():
        y = ag.where(x > 0, np.sqrt(x), 0).sum()
        with pytest.raises(AnomalyError, match=r"gradient of 'sqrt' .*nan at \[0\]"):
            y.backward()
        cured = ag.where(x > 0, np.sqrt(ag.where(x > 0, x, 1)), 0).sum()
        cured.backward()
    assert x.grad.tolist() == [0.0, 0.25]


@pytest.mark.parametrize(
    ("function", "op", "remedy"),
    [
        (lambda x: np.exp(1000 * x), "exp", "overflows"),
        (lambda x: np.log(x - 1), "log", "clip its argument"),
        (lambda x: 1 / (x - 1), "divide", "divided by 0"),
        (lambda x: np.split(x * np.inf, 2)[0], "multiply", "size of both factors"),
        (lambda x: ag.matmul(x, np.full(2, 1e308)), "matmul", "gradient clipping may help"),
    ],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_forward(function, op: str, remedy: str) -> None:
    x = ag.tensor([1.0, 1.0], requires_grad=True)
    with ag.detect_anomaly(), pytest.raises(AnomalyError, match=f"forward: the result of '{op}'") as raised:
        function(x)
    assert remedy in lines(raised)[-1]


def test_many_entries_are_counted() -> None:
    x = ag.tensor(np.zeros(10), requires_grad=True)
    with ag.detect_anomaly(), pytest.raises(AnomalyError, match=r"10 entries .* and 7 more"):
        np.sqrt(x).sum().backward()


def test_what_is_finite_passes_and_gradients_are_the_same() -> None:
    x = np.random.default_rng(0).normal(size=(4, 3))

    def f(x):
        first, second = ag.split(np.tanh(x), 2)
        return np.sum(ag.concatenate([first * 2, second]) @ x.T)

    plain = ag.grad(f)(x), ag.hessian(f)(x)
    with ag.detect_anomaly():
        watched = ag.grad(f)(x), ag.hessian(f)(x)
    for ours, theirs in zip(watched, plain, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_it_is_off_outside_in_other_threads_and_under_no_grad() -> None:
    x = ag.tensor([0.0], requires_grad=True)
    kinds: list[type] = []
    with ag.detect_anomaly():
        thread = threading.Thread(target=lambda: kinds.append(type((x * 2)._source)))
        thread.start()
        thread.join()
        with ag.no_grad():
            assert not (x * 2).requires_grad
            with ag.enable_grad():
                assert type((x * 2)._source) is not Node
        assert type((x * 2)._source) is not Node
    assert kinds == [Node]
    assert type((x * 2)._source) is Node  # nothing of it is left in the path of an operation
