"""Datasets: what they promise, arrays as a dataset, parts of a dataset, and how samples become a batch."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autograd_cnn.data.generator import as_generator
from autograd_cnn.errors import ArgumentError, DtypeError, ShapeError

__all__ = ["Dataset", "Subset", "TensorDataset", "default_collate", "get_batch", "random_split"]


@runtime_checkable
class Dataset(Protocol):
    """Anything with a length and samples 0 … length - 1: a list will do, or a subclass of this.

    A dataset that can fetch many samples at once may also define `get_batch(indices)`, which takes an integer
    array and returns what `default_collate` would make of those samples. `DataLoader` then calls it once a
    batch, with no Python loop over the samples.

    >>> class Squares(Dataset):
    ...     def __len__(self):
    ...         return 10
    ...
    ...     def __getitem__(self, index):
    ...         return index, index**2
    >>> get_batch(Squares(), np.array([2, 5]))
    (array([2, 5]), array([ 4, 25]))
    """

    @abstractmethod
    def __len__(self) -> int:
        """Count the samples."""
        ...

    @abstractmethod
    def __getitem__(self, index: int, /) -> Any:
        """Return one sample: an array, a number, or a tuple or dict of them."""
        ...


def get_batch(dataset: Dataset, indices: NDArray[np.intp]) -> Any:
    """Return the samples of `dataset` at `indices` as one batch."""
    vectorised = getattr(dataset, "get_batch", None)
    if vectorised is not None:
        return vectorised(indices)
    return default_collate([dataset[int(index)] for index in indices])


class TensorDataset(Dataset):
    """Arrays of equal first dimension n as n samples; sample i is the tuple of every array's row i.

    The arrays are shared, not copied. An index array or a slice gives a whole batch. Raises `ShapeError` if
    the first dimensions differ.

    >>> dataset = TensorDataset(np.eye(3), np.array([10, 20, 30]))
    >>> dataset[1]
    (array([0., 1., 0.]), np.int64(20))
    >>> dataset[[2, 0]]
    (array([[0., 0., 1.],
           [1., 0., 0.]]), array([30, 10]))
    """

    def __init__(self, *arrays: ArrayLike) -> None:
        if not arrays:
            raise ArgumentError("TensorDataset: expected at least one array, got none")
        self.arrays = tuple(np.asarray(array) for array in arrays)
        shapes = [array.shape for array in self.arrays]
        if any(shape[:1] != shapes[0][:1] or shape == () for shape in shapes):
            raise ShapeError(
                f"TensorDataset: expected arrays of one first dimension, "
                f"the number of samples; got shapes {shapes}"
            )

    def __len__(self) -> int:
        return len(self.arrays[0])

    def __getitem__(self, index: Any, /) -> tuple[Any, ...]:
        return tuple(array[index] for array in self.arrays)

    def get_batch(self, indices: NDArray[np.intp]) -> tuple[NDArray[Any], ...]:
        """Return every array's rows at `indices`, as copies."""
        return self[indices]


class Subset(Dataset):
    """The samples of `dataset` at `indices`, in that order.

    Raises `DtypeError` if the indices are not integers, `ArgumentError` if one is outside the dataset.

    >>> list(Subset(["a", "b", "c"], [2, 0]))
    ['c', 'a']
    """

    def __init__(self, dataset: Dataset, indices: Sequence[int] | NDArray[np.integer[Any]]) -> None:
        checked = np.asarray(indices)
        if checked.size == 0:
            checked = checked.astype(np.intp)  # NumPy makes an empty list float64
        if checked.dtype.kind not in "iu" or checked.ndim != 1:
            raise DtypeError(
                f"Subset: expected a flat sequence of integer indices, "
                f"got shape {checked.shape} of {checked.dtype}"
            )
        if checked.size and (checked.min() < 0 or checked.max() >= len(dataset)):
            raise ArgumentError(
                f"Subset: expected indices from 0 to {len(dataset) - 1}, "
                f"got indices from {checked.min()} to {checked.max()}"
            )
        self.dataset = dataset
        self.indices = checked.astype(np.intp)

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, index: int, /) -> Any:
        return self.dataset[int(self.indices[index])]

    def get_batch(self, indices: NDArray[np.intp]) -> Any:
        """Return a batch of the underlying dataset, which is fetched at once if that dataset can."""
        return get_batch(self.dataset, self.indices[indices])


def random_split(
    dataset: Dataset, lengths: Sequence[int | float], generator: np.random.Generator | int | None = None
) -> list[Subset]:
    """Split `dataset` into disjoint random parts of the given lengths.

    `lengths` are either counts that sum to the size of the dataset, or fractions that sum to 1; samples left
    over by rounding go to the first parts, one each. `generator` is a seed or a `numpy.random.Generator`;
    None follows `ag.manual_seed`. Raises `ArgumentError` if the lengths do not add up.

    >>> train, held_out = random_split(range(10), [0.8, 0.2], generator=0)
    >>> len(train), len(held_out), sorted([*train, *held_out]) == list(range(10))
    (8, 2, True)
    """
    counts = _counts(lengths, len(dataset))
    order = as_generator(generator).permutation(len(dataset))
    ends = np.cumsum(counts)
    return [Subset(dataset, order[end - count : end]) for count, end in zip(counts, ends, strict=True)]


def _counts(lengths: Sequence[int | float], size: int) -> list[int]:
    if all(isinstance(length, int | np.integer) for length in lengths):
        if sum(lengths) == size and all(length >= 0 for length in lengths):
            return [int(length) for length in lengths]
    elif math.isclose(sum(lengths), 1) and all(length >= 0 for length in lengths):
        counts = [math.floor(size * length) for length in lengths]
        for part in range(size - sum(counts)):
            counts[part] += 1
        return counts
    raise ArgumentError(
        f"random_split: expected lengths >= 0 that sum to the {size} samples, or fractions that sum to 1; "
        f"got {list(lengths)}"
    )


def default_collate(samples: Sequence[Any]) -> Any:
    """Make one batch of equally built samples: arrays and numbers are stacked along a new first dimension.

    A tuple or dict of them becomes a tuple or dict of batches; strings stay a list. Raises `ShapeError` if
    the arrays differ in shape, `DtypeError` if a sample is of another kind.

    >>> default_collate([(np.zeros(2), 7), (np.ones(2), 8)])
    (array([[0., 0.],
           [1., 1.]]), array([7, 8]))
    """
    first = samples[0]
    if isinstance(first, Mapping):
        return {key: default_collate([sample[key] for sample in samples]) for key in first}
    if isinstance(first, tuple | list):
        lengths = {len(sample) for sample in samples}
        if len(lengths) > 1:
            raise ShapeError(f"default_collate: samples of {sorted(lengths)} parts do not make one batch")
        return tuple(default_collate(parts) for parts in zip(*samples, strict=True))
    if isinstance(first, str | bytes):
        return list(samples)
    if not isinstance(first, int | float | complex | np.generic) and not hasattr(first, "shape"):
        raise DtypeError(
            f"default_collate: cannot batch samples of type {type(first).__name__}; expected arrays, "
            "numbers, strings, or tuples or dicts of them; pass collate_fn= for anything else"
        )
    shapes = {np.shape(sample) for sample in samples}
    if len(shapes) > 1:
        raise ShapeError(
            f"default_collate: expected samples of one shape, got {sorted(shapes)}; "
            "make them equal or pass collate_fn="
        )
    return np.stack(samples)
