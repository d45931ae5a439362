"""Accuracy, running means and the confusion matrix."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_cnn.errors import ArgumentError, ShapeError
from autograd_cnn.training import RunningMean, accuracy, confusion_matrix


def test_accuracy_is_the_share_of_rows_whose_largest_entry_is_the_target() -> None:
    outputs = np.array([[3.0, 1.0, 2.0], [0.0, 0.0, 1.0], [-3.0, -1.0, -2.0], [5.0, 6.0, 7.0]])
    assert accuracy(outputs, np.array([0, 2, 1, 0])) == 0.75


@pytest.mark.parametrize(("outputs", "targets"), [((4,), (4,)), ((4, 3), (3,)), ((4, 3), (4, 1))])
def test_accuracy_of_other_shapes_is_an_error(outputs: tuple[int, ...], targets: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match="expected outputs"):
        accuracy(np.zeros(outputs), np.zeros(targets, int))


@given(st.lists(st.tuples(st.floats(-10, 10), st.integers(1, 50)), min_size=1))
def test_a_running_mean_weighs_each_value_by_its_examples(parts: list[tuple[float, int]]) -> None:
    mean = RunningMean()
    for value, count in parts:
        mean.add(value, count)
    values, counts = zip(*parts, strict=True)
    assert mean.value == pytest.approx(np.average(values, weights=counts), abs=1e-9)
    assert mean.count == sum(counts)


def test_the_mean_of_nothing_is_nan() -> None:
    assert math.isnan(RunningMean().value)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3))))
def test_the_confusion_matrix_counts_every_pair(pairs: list[tuple[int, int]]) -> None:
    predictions, targets = np.array(pairs, dtype=int).reshape(-1, 2).T
    matrix = confusion_matrix(predictions, targets, num_classes=4)
    assert matrix.shape == (4, 4)
    for target in range(4):
        for prediction in range(4):
            assert matrix[target, prediction] == pairs.count((prediction, target))


@pytest.mark.parametrize(("prediction", "target"), [(3, 0), (0, 3), (-1, 0), (0, -1)])
def test_a_class_out_of_range_is_an_error(prediction: int, target: int) -> None:
    with pytest.raises(ArgumentError, match="from 0 to 2"):
        confusion_matrix(np.array([prediction]), np.array([target]), num_classes=3)
