"""DataLoader: batches of a dataset, in order or shuffled."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

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
    generator
        Where the order comes from. A seed makes the order a function of the seed and of `epoch`: a run
        repeats itself, and continues where it stopped with ``loader.epoch = 5``. From a
        `numpy.random.Generator` the next permutation is drawn at each epoch; to resume, restore its
        ``bit_generator.state``. None is the generator that `ag.manual_seed` seeds.

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
        generator: np.random.Generator | int | None = None,
    ) -> None:
        if not isinstance(dataset, Dataset):
            raise ArgumentError(
                f"DataLoader: expected a dataset with __len__ and __getitem__, got {type(dataset).__name__}; "
                "put the samples in a list, or arrays in a TensorDataset"
            )
        self.dataset = dataset
        self.batch_size = _positive_int(batch_size)
        self.shuffle = shuffle
        self.collate_fn = collate_fn
        self.drop_last = drop_last
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
        if self.shuffle:
            order = as_generator(self.generator, epoch=self.epoch).permutation(size)
        else:
            order = np.arange(size)
        self.epoch += 1
        batches = (order[batch * self.batch_size :][: self.batch_size] for batch in range(len(self)))
        if self.collate_fn is None:
            return (get_batch(self.dataset, indices) for indices in batches)
        collate = self.collate_fn
        return (collate([self.dataset[int(index)] for index in indices]) for indices in batches)


def _positive_int(batch_size: int) -> int:
    try:
        checked = operator.index(batch_size)
    except TypeError:
        checked = 0
    if checked < 1 or isinstance(batch_size, bool):
        raise ArgumentError(f"DataLoader: expected batch_size to be an integer >= 1, got {batch_size!r}")
    return checked
