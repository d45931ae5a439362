"""Datasets of arrays, parts of datasets, random splits and collation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_cnn.data import Dataset, Subset, TensorDataset, default_collate, get_batch, random_split
from autograd_cnn.errors import ArgumentError, DtypeError, ShapeError


class Items(Dataset):
    """A dataset without get_batch, that counts how often it is indexed."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.fetched: list[Any] = []

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, index: int, /) -> tuple[int, dict[str, float]]:
        self.fetched.append(index)
        return index, {"half": index / 2}


def assert_same(left: Any, right: Any) -> None:
    assert type(left) is type(right)
    if isinstance(left, tuple):
        assert len(left) == len(right)
        for a, b in zip(left, right, strict=True):
            assert_same(a, b)
    else:
        assert left.dtype == right.dtype
        np.testing.assert_array_equal(left, right)


def test_a_dataset_must_define_length_and_samples() -> None:
    class Lengthless(Dataset):
        def __getitem__(self, index: int, /) -> int:
            return index

    with pytest.raises(TypeError, match="__len__"):
        Lengthless()  # type: ignore[abstract]


@given(st.lists(st.integers(0, 8), min_size=1, max_size=12))
def test_get_batch_of_arrays_is_the_collated_samples(indices: list[int]) -> None:
    rng = np.random.default_rng(0)
    dataset = TensorDataset(rng.normal(size=(9, 2, 3)).astype(np.float32), np.arange(9))
    one_by_one = default_collate([dataset[index] for index in indices])
    assert_same(get_batch(dataset, np.array(indices)), one_by_one)
    assert_same(get_batch(Subset(dataset, range(9)), np.array(indices)), one_by_one)


def test_get_batch_without_the_method_collates_samples() -> None:
    numbers, halves = get_batch(Items(9), np.array([4, 1]))
    np.testing.assert_array_equal(numbers, [4, 1])
    np.testing.assert_array_equal(halves["half"], [2.0, 0.5])


def test_a_batch_is_a_copy() -> None:
    array = np.zeros((3, 2))
    get_batch(TensorDataset(array), np.arange(3))[0][:] = 1
    assert not array.any()


@pytest.mark.parametrize("shapes", [[(3, 2), (4,)], [(3,), ()], [()]])
def test_tensor_dataset_of_unequal_lengths(shapes: list[tuple[int, ...]]) -> None:
    with pytest.raises(ShapeError, match=r"the number of samples; got shapes \["):
        TensorDataset(*(np.zeros(shape) for shape in shapes))


def test_tensor_dataset_of_nothing() -> None:
    with pytest.raises(ArgumentError, match="at least one array"):
        TensorDataset()


def test_iterating_a_dataset_ends() -> None:
    assert [int(row) for (row,) in TensorDataset(np.arange(4))] == [0, 1, 2, 3]  # type: ignore[attr-defined]


def test_subset_of_a_subset_fetches_only_its_samples() -> None:
    items = Items(10)
    inner = Subset(Subset(items, [9, 7, 5, 3]), np.array([3, 1]))
    assert len(inner) == 2
    assert [inner[0][0], inner[1][0], inner[-1][0]] == [3, 7, 7]
    np.testing.assert_array_equal(get_batch(inner, np.array([1, 0]))[0], [7, 3])
    assert items.fetched == [3, 7, 7, 7, 3]


def test_empty_subset() -> None:
    assert len(Subset(Items(3), [])) == 0


@pytest.mark.parametrize("indices", [[0, 3], [-1]])
def test_subset_outside_the_dataset(indices: list[int]) -> None:
    with pytest.raises(ArgumentError, match=r"expected indices from 0 to 2, got indices from -?\d to -?\d"):
        Subset(Items(3), indices)


@pytest.mark.parametrize("indices", [[0.5], [[0]], [True, False, True]])
def test_subset_of_no_indices(indices: Any) -> None:
    with pytest.raises(DtypeError, match="flat sequence of integer indices"):
        Subset(Items(3), indices)


@given(st.lists(st.integers(0, 20), min_size=1, max_size=5), st.integers(0, 2**32))
def test_random_split_is_a_partition(lengths: list[int], seed: int) -> None:
    size = sum(lengths)
    parts = random_split(Items(size), lengths, generator=seed)
    assert [len(part) for part in parts] == lengths
    assert sorted(index for part in parts for index in part.indices) == list(range(size))
    again = random_split(Items(size), lengths, generator=seed)
    assert [part.indices.tolist() for part in parts] == [part.indices.tolist() for part in again]


def test_random_split_shuffles_and_depends_on_the_seed() -> None:
    orders = [random_split(Items(50), [50], generator=seed)[0].indices.tolist() for seed in (0, 1)]
    assert orders[0] != orders[1]
    assert list(range(50)) not in orders
    drawn = random_split(Items(50), [50], generator=np.random.default_rng(3))[0].indices
    np.testing.assert_array_equal(drawn, np.random.default_rng(3).permutation(50))


@pytest.mark.parametrize(
    ("fractions", "expected"),
    [
        ([0.9, 0.1], [10, 1]),
        ([0.5, 0.5], [6, 5]),
        ([1.0], [11]),
        ([1.0, 0.0], [11, 0]),
        ([1 / 3] * 3, [4, 4, 3]),
    ],
)
def test_random_split_by_fractions(fractions: list[float], expected: list[int]) -> None:
    assert [len(part) for part in random_split(Items(11), fractions, generator=0)] == expected


@pytest.mark.parametrize(
    "lengths",
    [[5, 5], [12, -1], [], [0.5, 0.4], [1.5, -0.5], [5.5, 5.5], [float("nan"), 0.5], [float("inf")]],
)
def test_random_split_that_does_not_add_up(lengths: list[float]) -> None:
    with pytest.raises(ArgumentError, match="sum to the 11 samples, or fractions that sum to 1; got"):
        random_split(Items(11), lengths, generator=0)


def test_collate_keeps_dtype_and_structure() -> None:
    samples = [(np.full(2, i, np.float32), {"name": f"s{i}", "label": i}, True, 0.5) for i in range(3)]
    arrays, fields, flags, floats = default_collate(samples)
    assert arrays.dtype == np.float32
    np.testing.assert_array_equal(arrays, [[0, 0], [1, 1], [2, 2]])
    assert fields["name"] == ["s0", "s1", "s2"]
    np.testing.assert_array_equal(fields["label"], [0, 1, 2])
    assert fields["label"].dtype == np.int64
    assert flags.dtype == np.bool_
    assert floats.dtype == np.float64


def test_collate_of_what_does_not_fit() -> None:
    with pytest.raises(ShapeError, match=r"one shape, got \[\(2,\), \(3,\)\]"):
        default_collate([np.zeros(2), np.zeros(3)])
    with pytest.raises(ShapeError, match=r"samples of \[1, 2\] parts"):
        default_collate([(1,), (1, 2)])
    with pytest.raises(DtypeError, match="type NoneType; expected arrays"):
        default_collate([None, None])
