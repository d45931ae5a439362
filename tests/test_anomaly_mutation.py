"""Anomaly detection: an array that the backward pass needs, and that was written to since."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_cnn as ag
from autograd_cnn.core.inplace import writable
from autograd_cnn.errors import AnomalyError


def test_both_lines_are_named() -> None:
    array = np.ones(2)
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    with ag.detect_anomaly():
        shared = ag.from_numpy(array)  # shared here
        y = np.sum(x * shared)  # recorded here
        array[0] = 100
        with pytest.raises(AnomalyError) as raised:
            y.backward()
    what, recorded, owner, given, remedy = str(raised.value).splitlines()
    assert what == (
        "backward: 'multiply' needs its 'x2' of shape (2,), but that array was written to after the "
        "operation was called here:"
    )
    assert recorded.strip().startswith("test_anomaly_mutation.py:")
    assert recorded.endswith("# recorded here")
    assert owner.endswith("by the owner of an array that was given to ag.from_numpy here:")
    assert given.endswith("# shared here")
    assert "use ag.tensor, which copies" in remedy
    assert x.grad is None  # raised before a wrong gradient was stored


def test_what_was_shared_outside_or_through_a_view_is_noticed_too() -> None:
    array = np.ones((2, 3))
    before = ag.from_numpy(array)
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    with ag.detect_anomaly():
        y = np.sum(before.T[1] * x)
        array[:, 1] = 7
        with pytest.raises(AnomalyError, match="by the owner of an array that shares its memory"):
            y.backward()
        y = np.sum(ag.from_numpy(array[:, 1])[::-1] * x)
        array[:] = 9
        with pytest.raises(AnomalyError, match=r"given to ag.from_numpy here:\n.*y = np.sum"):
            y.backward()


def test_a_variable_that_is_shared_and_a_second_derivative() -> None:
    array = np.array([1.0, 2.0])
    x = ag.from_numpy(array).requires_grad_()
    with ag.detect_anomaly():
        y = np.sum(x**3)
        array *= 2
        with pytest.raises(AnomalyError, match="'power' needs its 'x1'"):
            y.backward()
        first = ag.backprop(np.sum(x**3), x, create_graph=True)
        array *= 2
        with pytest.raises(AnomalyError, match="written to after"):
            ag.backprop(first.sum(), x)


def test_only_what_is_read_must_be_as_it_was() -> None:
    array = np.array([1.0, 2.0])
    x = ag.tensor([3.0, 4.0], requires_grad=True)
    with ag.detect_anomaly():
        y = np.sum(x + ag.from_numpy(array))  # no VJP of a sum reads anything
        array[:] = 0
        y.backward()
    assert x.grad.tolist() == [1.0, 1.0]


def write_index(w: ag.Tensor) -> None:
    w[0] = 100.0


def write_in_place(w: ag.Tensor) -> None:
    w *= 100.0


def write_buffer(w: ag.Tensor) -> None:
    writable(w)[...] = 100.0


def write_data(w: ag.Tensor) -> None:
    w.data[0] = 100.0


@pytest.mark.parametrize("write", [write_index, write_in_place, write_buffer, write_data])
@pytest.mark.parametrize("shared", [False, True])
def test_writes_to_tensors_never_reach_what_was_recorded(
    write: Callable[[ag.Tensor], None], shared: bool
) -> None:
    owned = np.array([3.0, 4.0])
    w = ag.from_numpy(owned) if shared else ag.tensor([3.0, 4.0])
    w.requires_grad_()
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    with ag.detect_anomaly():
        y = np.sum(w * x)
        with ag.no_grad():
            write(w)
        y.backward()
    assert x.grad.tolist() == [3.0, 4.0]
    assert owned.tolist() == [3.0, 4.0]


def sources(index: Any) -> list[Callable[[ag.Tensor], ag.Tensor]]:
    return [
        lambda x: x[index],
        lambda x: x[index,],
        lambda x: np.take(x, index),
        lambda x: np.repeat(x, index),
        lambda x: ag.concatenate([x, x])[index],
    ]


@pytest.mark.parametrize("call", range(5))
@pytest.mark.parametrize("kind", [list, np.array])
def test_an_index_that_changes_later_has_no_effect(kind: Any, call: int) -> None:
    gradients = []
    for changes in (False, True):
        index = kind([2, 0, 1])
        x = ag.tensor([1.0, 2.0, 3.0], requires_grad=True)
        y = sources(index)[call](x)
        if changes:
            index[:] = [0, 0, 0]
        y.backward(np.arange(1.0, len(y) + 1))
        gradients.append(x.grad.tolist())
    assert gradients[0] == gradients[1]


def test_it_leaves_no_cycles() -> None:
    gc.collect()
    gc.disable()
    try:
        with ag.detect_anomaly():
            x = ag.tensor(np.ones(3), requires_grad=True)
            y = np.exp(x * x)
            alive = weakref.ref(y)
            del x, y
        assert alive() is None
        assert gc.collect() == 0
    finally:
        gc.enable()
