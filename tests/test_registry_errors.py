"""What bad input gets, for every declared function: its name, what was expected, what came."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from itertools import takewhile
from typing import Any

import numpy as np
import pytest
from examples import noting

import autograd_cnn as ag
from autograd_cnn.core.registry import FUNCTIONS, Record
from autograd_cnn.errors import AutogradCnnError, ShapeError

DECLARED = {k: r for k, r in FUNCTIONS.items() if r.kind not in ("constant", "composite")}
BINARY = {k: r for k, r in DECLARED.items() if r.kind == "elementwise" and len(r.inputs) == 2}
WITH_AXIS = {
    k: r
    for k, r in DECLARED.items()
    if "axis" in inspect.signature(r.function).parameters and r.inputs != ("arrays",)
}


def arguments(record: Record) -> tuple[list[Any], dict[str, Any]]:
    if record.kind == "elementwise":
        return [ag.tensor(np.ones(3)) for _ in record.inputs], {}
    case = record.samples[0]
    tensors = [
        [ag.tensor(np.ones(s)) for s in shape] if isinstance(shape, list) else ag.tensor(np.ones(shape))
        for shape in case.shapes
    ]
    return tensors, dict(case.parameters)


def call(record: Record, tensors: list[Any], parameters: dict[str, Any]) -> Any:
    names = list(inspect.signature(record.function).parameters)
    leading = [parameters.pop(n) for n in takewhile(tuple(parameters).__contains__, names)]
    return record.function(*leading, *tensors, **parameters)


def each(records: dict[str, Record]) -> Callable[[Callable[[Record], None]], Callable[[], None]]:
    """A test of a record made one of all of these, which tells at which it fails."""

    def decorate(test: Callable[[Record], None]) -> Callable[[], None]:
        def run() -> None:
            assert records
            for key, record in records.items():
                with noting(key):
                    test(record)

        return run

    return decorate


@each(BINARY)
def test_shapes_that_do_not_broadcast(record: Record) -> None:
    with pytest.raises(ShapeError) as raised:
        record.function(ag.tensor(np.ones((2, 3))), np.ones(4))
    assert str(raised.value) == (
        f"{record.name}: expected shapes that broadcast together (counted from the last axis, lengths equal "
        "or 1), got (2, 3) float64, (4,) float64; reshape one of them, or insert an axis: x[:, None]"
    )


@each(WITH_AXIS)
def test_an_axis_that_is_not_there(record: Record) -> None:
    tensors, parameters = arguments(record)
    with pytest.raises((AutogradCnnError, IndexError)) as raised:
        call(record, tensors, parameters | {"axis": 7})
    assert "7" in str(raised.value)


@each(DECLARED)
def test_what_is_not_a_number(record: Record) -> None:
    tensors, parameters = arguments(record)
    if isinstance(tensors[0], list):
        tensors[0].append("words")
    elif len(tensors) > 1:
        tensors[-1] = "words"
    else:
        return  # one argument that is no tensor: not ours to answer
    with pytest.raises(TypeError, match="expected a tensor, an array or a number, got str"):
        call(record, tensors, parameters)


@each(DECLARED)
def test_arguments_that_it_does_not_have(record: Record) -> None:
    tensors, parameters = arguments(record)
    with pytest.raises(TypeError, match=r"nonsense|keyword"):
        call(record, tensors, parameters | {"nonsense": 1})


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda x: x.reshape(4, 2), r"reshape: cannot reshape array of size 6 into shape \(4,2\)"),
        (lambda x: ag.transpose(x, (0, 0)), "transpose: repeated axis in transpose"),
        (lambda x: ag.broadcast_to(x, (5, 5)), r"broadcast_to: .*got \(2, 3\) float64"),
        (lambda x: ag.concatenate([x, x[0]]), "concatenate: .*same number of dimensions.* it was given"),
        (lambda x: ag.concatenate([x, x.T]), "concatenate: .*must match exactly"),
        (lambda x: ag.split(x, 2, axis=1), "split: array split does not result in an equal division"),
        (
            lambda x: ag.pad(x, ((1, 1), (1, 1), (1, 1))),
            "pad: expected a number, a pair, or a pair for each of 2",
        ),
        (lambda x: ag.pad(x, -1), "pad: expected widths of 0 or more"),
        (lambda x: ag.pad(x, 1, mode="odd"), "pad: expected mode to be one of constant, .*, got 'odd'"),
        (lambda x: x @ x, r"matmul: expected the last axis .* got shapes \(2, 3\) and \(2, 3\); transpose"),
        (lambda x: ag.tensordot(x, x, axes=1), r"tensordot: expected summed axes of equal lengths"),
        (lambda x: ag.take_along_axis(x, np.array([0]), 1), "take_along_axis: .*given"),
        (lambda x: ag.max(x[:0]), "max: zero-size array to reduction operation"),
        (lambda x: x.flatten(1, 0), "flatten: expected start_dim before end_dim"),
        (lambda x: ag.where(np.ones(4, bool), x, 0), r"where: expected shapes that broadcast"),
        (lambda x: ag.clip(x, np.ones(4), None), "clip: expected shapes that broadcast"),
    ],
)
def test_shape_errors_name_the_op_and_the_shapes(wrong: Any, message: str) -> None:
    x = ag.tensor(np.ones((2, 3)), requires_grad=True)
    with pytest.raises(ValueError, match=message):
        wrong(x)


def test_an_index_out_of_bounds_is_an_index_error() -> None:
    with pytest.raises(IndexError, match="index 5 is out of bounds for axis 0 with size 2"):
        ag.ones((2, 3))[5]


def test_data_that_is_not_numeric() -> None:
    with pytest.raises(TypeError, match="expected numbers, got data of dtype"):
        ag.tensor(["a"])
    with pytest.raises(TypeError, match=r"use ag\.tensor"):
        ag.from_numpy([1.0])  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"Python objects; to join tensors, use ag\.stack"):
        ag.tensor([1.0]) * np.array([object()])
