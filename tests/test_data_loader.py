"""The loader: every sample once an epoch, orders that repeat, batches fetched at once."""

from __future__ import annotations

import threading
import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_cnn as ag
from autograd_cnn.data import DataLoader, Dataset, Subset, TensorDataset
from autograd_cnn.errors import ArgumentError


def numbers(size: int) -> TensorDataset:
    return TensorDataset(np.arange(size))


def epoch(loader: DataLoader) -> list[int]:
    return [int(number) for (batch,) in loader for number in batch]


@given(
    size=st.integers(0, 40),
    batch_size=st.integers(1, 50),
    shuffle=st.booleans(),
    drop_last=st.booleans(),
    seed=st.integers(0, 2**64),
)
def test_an_epoch_holds_every_sample_once(
    size: int, batch_size: int, shuffle: bool, drop_last: bool, seed: int
) -> None:
    loader = DataLoader(numbers(size), batch_size, shuffle, drop_last=drop_last, generator=seed)
    for _ in range(2):
        batches = [batch for (batch,) in loader]
        assert len(batches) == len(loader)
        seen = [int(number) for batch in batches for number in batch]
        assert len(set(seen)) == len(seen)
        assert len(seen) == (size - size % batch_size if drop_last else size)
        assert all(len(batch) == batch_size for batch in batches[:-1])
        if not shuffle:
            assert seen == list(range(len(seen)))


def test_a_seed_repeats_the_run_and_epochs_differ() -> None:
    first, second = (DataLoader(numbers(100), 7, shuffle=True, generator=5) for _ in range(2))
    orders = [epoch(first) for _ in range(3)]
    assert orders == [epoch(second) for _ in range(3)]
    assert len({tuple(order) for order in orders}) == 3
    assert epoch(DataLoader(numbers(100), 7, shuffle=True, generator=6)) not in orders


def test_the_order_does_not_depend_on_the_batch_size() -> None:
    orders = [epoch(DataLoader(numbers(50), size, shuffle=True, generator=5)) for size in (1, 8, 50)]
    assert orders[0] == orders[1] == orders[2]


def test_a_run_continues_from_its_epoch() -> None:
    whole = DataLoader(numbers(30), shuffle=True, generator=5)
    orders = [epoch(whole) for _ in range(4)]
    assert whole.epoch == 4
    resumed = DataLoader(numbers(30), shuffle=True, generator=5)
    resumed.epoch = 2
    assert [epoch(resumed), epoch(resumed)] == orders[2:]


def test_an_abandoned_pass_does_not_change_the_next() -> None:
    loader = DataLoader(numbers(30), 4, shuffle=True, generator=5)
    next(iter(loader))
    untouched = DataLoader(numbers(30), 4, shuffle=True, generator=5)
    epoch(untouched)
    assert epoch(loader) == epoch(untouched)


def test_two_passes_at_once_keep_their_own_order() -> None:
    loader = DataLoader(numbers(20), 1, shuffle=True, generator=5)
    one, two = iter(loader), iter(loader)
    interleaved = [(int(a[0]), int(b[0])) for (a,), (b,) in zip(one, two, strict=True)]
    alone = DataLoader(numbers(20), 1, shuffle=True, generator=5)
    assert [a for a, _ in interleaved] == epoch(alone)
    assert [b for _, b in interleaved] == epoch(alone)


def test_a_generator_is_drawn_from_and_resumes_from_its_state() -> None:
    generator = np.random.default_rng(1)
    loader = DataLoader(numbers(30), shuffle=True, generator=generator)
    first = epoch(loader)
    state = generator.bit_generator.state
    second = epoch(loader)
    expected = np.random.default_rng(1)
    assert [first, second] == [expected.permutation(30).tolist() for _ in range(2)]
    generator.bit_generator.state = state
    assert epoch(loader) == second


def test_arrays_are_fetched_a_batch_at_a_time() -> None:
    class Counting(TensorDataset):
        calls = 0

        def __getitem__(self, index: Any, /) -> tuple[Any, ...]:
            self.calls += 1
            return super().__getitem__(index)

    dataset = Counting(np.arange(100))
    epoch(DataLoader(Subset(dataset, range(90)), 30, shuffle=True, generator=0))
    assert dataset.calls == 3


def test_a_list_is_a_dataset() -> None:
    samples = [(np.full(2, float(i)), "even" if i % 2 == 0 else "odd") for i in range(3)]
    (first, names), (last, _) = DataLoader(samples, 2)
    np.testing.assert_array_equal(first, [[0, 0], [1, 1]])
    assert names == ["even", "odd"]
    assert last.shape == (1, 2)


def test_collate_fn_gets_the_list_of_samples() -> None:
    ragged = [np.arange(size) for size in range(5)]
    loader = DataLoader(ragged, 2, collate_fn=lambda samples: [len(sample) for sample in samples])
    assert list(loader) == [[0, 1], [2, 3], [4]]
    pairs = DataLoader(numbers(3), 2, collate_fn=list)
    assert list(pairs) == [[(0,), (1,)], [(2,)]]


def test_an_empty_dataset_has_no_batches() -> None:
    for shuffle in (False, True):
        loader = DataLoader(numbers(0), 4, shuffle, generator=0)
        assert len(loader) == 0
        assert list(loader) == []


@pytest.mark.parametrize("batch_size", [0, -1, 2.0, "8", None, True])
def test_batch_size_that_makes_no_sense(batch_size: Any) -> None:
    with pytest.raises(ArgumentError, match="expected batch_size to be an integer >= 1, got"):
        DataLoader(numbers(3), batch_size)


@pytest.mark.parametrize("generator", [-1, 0.5, "seed", True, np.random.RandomState(0)])
def test_generator_that_makes_no_sense(generator: Any) -> None:
    with pytest.raises(ArgumentError, match=r"a numpy\.random\.Generator or None, got"):
        DataLoader(numbers(3), shuffle=True, generator=generator)


def test_a_dataset_needs_a_length() -> None:
    with pytest.raises(
        ArgumentError, match="__len__ and __getitem__, got generator; put the samples in a list"
    ):
        DataLoader(i for i in range(3))  # type: ignore[arg-type]


def test_numpy_integers_will_do() -> None:
    loader = DataLoader(numbers(5), np.int64(2), shuffle=True, generator=np.uint8(5))  # type: ignore[arg-type]
    assert epoch(loader) == epoch(DataLoader(numbers(5), 2, shuffle=True, generator=5))
    assert isinstance(loader.dataset, Dataset)


# --- Workers ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_workers_change_nothing(workers: int) -> None:
    alone = DataLoader(numbers(50), 7, shuffle=True, generator=5)
    helped = DataLoader(numbers(50), 7, shuffle=True, generator=5, num_workers=workers)
    assert [epoch(helped), epoch(helped)] == [epoch(alone), epoch(alone)]
    assert list(DataLoader(numbers(0), 4, num_workers=workers)) == []


def test_workers_are_no_further_ahead_than_told_and_end_with_the_loop() -> None:
    class Counting(TensorDataset):
        fetched = 0

        def get_batch(self, indices: Any) -> tuple[Any, ...]:
            self.fetched += 1
            return super().get_batch(indices)

    dataset = Counting(np.arange(100))
    batches = iter(DataLoader(dataset, 1, num_workers=1, prefetch_factor=3))
    assert dataset.fetched == 0  # nothing is made before it is asked for
    next(batches)
    deadline = time.monotonic() + 10
    while dataset.fetched < 4 and time.monotonic() < deadline:
        time.sleep(0.001)
    assert dataset.fetched == 4
    batches.close()  # type: ignore[attr-defined] # as where the loop is left
    while any(thread.name.startswith("DataLoader") for thread in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.001)
    assert dataset.fetched == 4


def test_an_error_in_a_worker_is_raised_at_its_batch() -> None:
    class Broken(TensorDataset):
        def get_batch(self, indices: Any) -> tuple[Any, ...]:
            if 4 in indices:
                raise OSError("the disk is gone")
            return super().get_batch(indices)

    batches = iter(DataLoader(Broken(np.arange(10)), 2, num_workers=2))
    assert [next(batches)[0].tolist() for _ in range(2)] == [[0, 1], [2, 3]]
    with pytest.raises(OSError, match="the disk is gone"):
        next(batches)


@pytest.mark.parametrize("workers", [0, 2])
def test_each_batch_has_random_numbers_of_its_own(workers: int) -> None:
    class Noise(TensorDataset):
        def get_batch(self, indices: Any) -> tuple[Any, ...]:
            return (ag.default_generator().random(2),)

    def draws(generator: Any) -> list[Any]:
        loader = DataLoader(Noise(np.arange(6)), 2, generator=generator, num_workers=workers)
        return [batch.tolist() for _ in range(2) for (batch,) in loader]

    ag.manual_seed(0)
    before = ag.default_generator().bit_generator.state
    assert draws(3) == draws(3) != draws(4)
    assert draws(np.random.default_rng(3)) == draws(np.random.default_rng(3))
    assert len({tuple(draw) for draw in draws(3)}) == 6
    assert ag.default_generator().bit_generator.state == before
    first = draws(None)
    ag.manual_seed(0)
    assert draws(None) == first


@pytest.mark.parametrize(
    ("option", "value"), [("num_workers", -1), ("prefetch_factor", 0), ("num_workers", "2")]
)
def test_workers_that_make_no_sense(option: str, value: Any) -> None:
    with pytest.raises(ArgumentError, match=f"expected {option} to be an integer >= "):
        DataLoader(numbers(3), **{option: value})
