"""DataLoader: batches of a dataset, in order or shuffled."""

from __future__ import annotations

import operator
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

import numpy as np
from numpy.random import SeedSequence
from numpy.typing import NDArray

from autograd_cnn.core.random import manual_seed
from autograd_cnn.data.dataset import Dataset, get_batch
from autograd_cnn.data.generator import as_generator
from autograd_cnn.errors import ArgumentError

__all__ = ["DataLoader"]


class DataLoader:
    """Batches of `dataset`, to be iterated once an epoch; every sample comes exactly once.

    Parameters
    ----------
    dataset
        Anything with `len()` and integer indexing. One with `get_batch(indices)`, as all of this package
        have, is asked once a batch and not once a sample.
    batch_size
        Samples in a batch; the last batch is smaller when they do not divide evenly.
    shuffle
        Draw a new order at each epoch.
    drop_last
        Leave the smaller last batch out.
    collate_fn
        Makes a batch of the list of samples, instead of `default_collate`.
    num_workers, prefetch_factor
        Threads that make batches while the caller works on former ones, and how many each is ahead. 0 makes
        each batch when it is asked for. Threads help where making a batch waits for a disk, or spends its
        time outside of Python, as Pillow and large array operations do, on a processor that has nothing
        better to do. They change no batch.
    generator
        Where the order and the random transforms come from. A seed makes both a function of the seed and of
        `epoch`: a run repeats itself, and continues where it stopped with ``loader.epoch = 5``. From a
        `numpy.random.Generator` the next permutation is drawn at each epoch; to resume, restore its
        ``bit_generator.state``. None is the generator that `ag.manual_seed` seeds. While a batch is made,
        `ag.default_generator()` is one of that batch.

    Attributes
    ----------
    epoch : int
        The number of the next pass over the data; `iter()` fixes the order of that pass and adds one.

    Raises
    ------
    ArgumentError
        if an argument makes no sense: `batch_size=0`, a dataset without length.

    Examples
    --------
    >>> from autograd_cnn.data import TensorDataset
    >>> loader = DataLoader(TensorDataset(np.arange(5), np.arange(5) ** 2), batch_size=2)
    >>> for x, y in loader:
    ...     print(x, y)
    [0 1] [0 1]
    [2 3] [4 9]
    [4] [16]
    """

    def __init__(
        self,
        dataset: Dataset,
        batch_size: int = 1,
        shuffle: bool = False,
        *,
        collate_fn: Callable[[list[Any]], Any] | None = None,
        drop_last: bool = False,
        num_workers: int = 0,
        prefetch_factor: int = 2,
        generator: np.random.Generator | int | None = None,
    ) -> None:
        if not isinstance(dataset, Dataset):
            raise ArgumentError(
                f"DataLoader: expected a dataset with __len__ and __getitem__, got {type(dataset).__name__}; "
                "put the samples in a list, or arrays in a TensorDataset"
            )
        self.dataset = dataset
        self.batch_size = _integer("batch_size", batch_size, least=1)
        self.shuffle = shuffle
        self.collate_fn = collate_fn
        self.drop_last = drop_last
        self.num_workers = _integer("num_workers", num_workers, least=0)
        self.prefetch_factor = _integer("prefetch_factor", prefetch_factor, least=1)
        if generator is not None:
            as_generator(generator)  # a wrong one is an error here, not at the first epoch
        self.generator = generator
        self.epoch = 0

    def __len__(self) -> int:
        """Count the batches of an epoch."""
        full, rest = divmod(len(self.dataset), self.batch_size)
        return full + (rest > 0 and not self.drop_last)

    def __iter__(self) -> Iterator[Any]:
        size = len(self.dataset)
        generator = as_generator(self.generator, epoch=self.epoch)
        order = generator.permutation(size) if self.shuffle else np.arange(size)
        self.epoch += 1
        batches = [order[batch * self.batch_size :][: self.batch_size] for batch in range(len(self))]
        # A generator for each batch: what a batch is does not depend on who makes it, and when.
        seeds: Sequence[SeedSequence] = generator.bit_generator.seed_seq.spawn(len(batches))  # type: ignore[attr-defined]
        if self.num_workers:
            return self._prefetched(batches, seeds)
        return (self._fetch(*batch) for batch in zip(batches, seeds, strict=True))

    def _fetch(self, indices: NDArray[np.intp], seed: SeedSequence) -> Any:
        return copy_context().run(self._make, indices, seed)

    def _make(self, indices: NDArray[np.intp], seed: SeedSequence) -> Any:
        manual_seed(seed)  # of this context alone
        if self.collate_fn is None:
            return get_batch(self.dataset, indices)
        return self.collate_fn([self.dataset[int(index)] for index in indices])

    def _prefetched(
        self, batches: Sequence[NDArray[np.intp]], seeds: Sequence[SeedSequence]
    ) -> Iterator[Any]:
        ahead = self.num_workers * self.prefetch_factor
        made: deque[Future[Any]] = deque()
        pool = ThreadPoolExecutor(self.num_workers, thread_name_prefix="DataLoader")
        try:
            for batch in zip(batches, seeds, strict=True):
                made.append(pool.submit(self._fetch, *batch))
                if len(made) > ahead:
                    yield made.popleft().result()
            while made:
                yield made.popleft().result()
        finally:  # also where the loop over the batches is left early
            pool.shutdown(wait=False, cancel_futures=True)


def _integer(name: str, given: int, least: int) -> int:
    try:
        checked = operator.index(given)
    except TypeError:
        checked = least - 1
    if checked < least or isinstance(given, bool):
        raise ArgumentError(f"DataLoader: expected {name} to be an integer >= {least}, got {given!r}")
    return checked
