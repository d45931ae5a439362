"""Sequences of different lengths in one tensor: padded, or packed without padding; ``torch.nn.utils.rnn``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Self

import numpy as np

from autograd_cnn.errors import ArgumentError, DtypeError, ShapeError, UnsupportedError
from autograd_cnn.nn.functional.checks import check_array, like, raw
from autograd_cnn.ops.elementwise import where
from autograd_cnn.ops.shape import concatenate, reshape, swapaxes

__all__ = [
    "PackedSequence",
    "invert_permutation",
    "pack_padded_sequence",
    "pack_sequence",
    "pad_packed_sequence",
    "pad_sequence",
    "unpack_sequence",
    "unpad_sequence",
]


class _Fields(NamedTuple):
    data: Any
    batch_sizes: Any
    sorted_indices: Any
    unsorted_indices: Any


class PackedSequence(_Fields):
    """Sequences without padding, entry by entry: the first of all of them, then the second of all, and so on.

    ``data`` (entries, \\*) has them from the longest sequence to the shortest; ``batch_sizes`` (T,) says how
    many sequences have so many entries. ``sorted_indices`` (B,) are the places that the sequences had before
    they were sorted, ``unsorted_indices`` those that they have now, None if they were sorted. Made by
    `pack_sequence` and `pack_padded_sequence`.
    """

    __slots__ = ()

    def __new__(
        cls, data: Any, batch_sizes: Any, sorted_indices: Any = None, unsorted_indices: Any = None
    ) -> Self:
        """Each of the indices follows from the other."""
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)


def invert_permutation(permutation: Any) -> Any:
    """Return where each of 0, 1, … stands in a permutation; None stands for none, and gives None.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.nn.packed_sequence import invert_permutation
    >>> invert_permutation(ag.tensor([2, 0, 1]))
    tensor([1, 2, 0])
    """
    return None if permutation is None else like(permutation, np.argsort(raw(permutation)))


def pad_sequence(
    sequences: Iterable[Any],
    batch_first: bool = False,
    padding_value: float = 0.0,
    padding_side: str = "right",
) -> Any:
    """Join B sequences (length, \\*), made equally long by ``padding_value``: (T, B, \\*).

    With ``batch_first``, (B, T, \\*). ``padding_side`` is "right" or "left".

    Raises `ShapeError`, `DtypeError`, `UnsupportedError` or `ArgumentError`.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.nn.packed_sequence import pad_sequence
    >>> pad_sequence([ag.tensor([1.0, 2.0]), ag.tensor([3.0])], batch_first=True)
    tensor([[1., 2.],
            [3., 0.]])
    """
    given = list(sequences)
    if padding_side not in ("left", "right"):
        raise ArgumentError(f"pad_sequence: expected padding_side 'left' or 'right', got {padding_side!r}")
    if not given:
        raise ArgumentError("pad_sequence: expected sequences, got none")
    for sequence in given:
        check_array("pad_sequence", "each sequence", sequence)
        if not sequence.shape or sequence.shape[1:] != given[0].shape[1:]:
            shapes = [one.shape for one in given]
            raise ShapeError(f"pad_sequence: expected sequences (length, *), alike but for it, got {shapes}")
        if sequence.dtype != given[0].dtype:
            raise DtypeError(f"pad_sequence: expected one dtype, got {given[0].dtype} and {sequence.dtype}")
    lengths = np.array([sequence.shape[0] for sequence in given])
    longest = lengths.max()
    places = np.arange(longest) - (longest - lengths if padding_side == "left" else 0 * lengths)[:, None]
    filled = (places >= 0) & (places < lengths[:, None])
    places = places + (np.cumsum(lengths) - lengths)[:, None]
    if not batch_first:
        places, filled = places.T, filled.T
    return _padded(concatenate(given), places, filled, padding_value)


def unpad_sequence(padded_sequences: Any, lengths: Any, batch_first: bool = False) -> list[Any]:
    """Return the sequences (length, \\*) of (T, B, \\*), or with ``batch_first`` of (B, T, \\*).

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.nn.packed_sequence import unpad_sequence
    >>> unpad_sequence(ag.tensor([[1.0, 2.0], [3.0, 0.0]]), [2, 1], batch_first=True)
    [tensor([1., 2.]), tensor([3.])]
    """
    name = "unpad_sequence"
    check_array(name, "padded_sequences", padded_sequences)
    turned = padded_sequences if batch_first else _turned(name, padded_sequences)
    given = _checked_lengths(name, lengths, turned.shape, minimum=0)
    return [turned[number, :length] for number, length in enumerate(given.tolist())]


def pack_padded_sequence(
    input: Any, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """Leave out the padding of (T, B, \\*), or with ``batch_first`` of (B, T, \\*).

    ``lengths`` (B,) are those of the sequences, at least 1, from the longest to the shortest unless
    ``enforce_sorted`` is False.

    Raises `ShapeError`, `ArgumentError` or `UnsupportedError`.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.nn.packed_sequence import pack_padded_sequence
    >>> packed = pack_padded_sequence(ag.tensor([[1, 2, 3], [4, 0, 0]]), [3, 1], batch_first=True)
    >>> packed.data, packed.batch_sizes
    (tensor([1, 4, 2, 3]), tensor([2, 1, 1]))
    """
    name = "pack_padded_sequence"
    check_array(name, "input", input)
    x = _turned(name, input) if batch_first else input
    if len(x.shape) < 2:
        raise ShapeError(f"{name}: expected input of at least two axes, length and batch, got {x.shape}")
    time, batch = x.shape[:2]
    given = _checked_lengths(name, lengths, (batch, time), minimum=1)
    order = np.arange(batch) if enforce_sorted else np.argsort(-given, kind="stable")
    falling = given[order]
    if (np.diff(falling) > 0).any():
        raise ArgumentError(
            f"{name}: expected lengths from the longest to the shortest, got {given.tolist()}; or pass "
            "enforce_sorted=False"
        )
    present = np.arange(falling[0])[:, None] < falling  # by entry and sequence
    entries, sequences = np.nonzero(present)
    data = reshape(x, (time * batch, *x.shape[2:]))[entries * batch + order[sequences]]
    sizes = like(input, present.sum(1))
    return PackedSequence(data, sizes, None if enforce_sorted else like(input, order))


def pad_packed_sequence(
    sequence: PackedSequence,
    batch_first: bool = False,
    padding_value: float = 0.0,
    total_length: int | None = None,
) -> tuple[Any, Any]:
    """Return the padded sequences (T, B, \\*), in the order before packing, and their lengths (B,).

    With ``batch_first``, (B, T, \\*). T is the longest length, or ``total_length``.

    Raises `ArgumentError` or `UnsupportedError`.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.nn.packed_sequence import pack_sequence, pad_packed_sequence
    >>> packed = pack_sequence([ag.tensor([1.0]), ag.tensor([2.0, 3.0])], enforce_sorted=False)
    >>> pad_packed_sequence(packed, batch_first=True)
    (tensor([[1., 0.],
            [2., 3.]]), tensor([1, 2]))
    """
    name = "pad_packed_sequence"
    if not isinstance(sequence, PackedSequence):
        raise UnsupportedError(f"{name}: expected a PackedSequence, got {type(sequence).__name__}")
    sizes = raw(sequence.batch_sizes)
    total = len(sizes) if total_length is None else total_length
    if total < len(sizes):
        raise ArgumentError(
            f"{name}: expected total_length of at least {len(sizes)}, the longest length, got {total}"
        )
    sizes = np.append(sizes, np.zeros(total - len(sizes), sizes.dtype))
    columns = np.arange(sizes[0])
    if sequence.unsorted_indices is not None:
        columns = raw(sequence.unsorted_indices)
    filled = columns < sizes[:, None]
    places = columns + (np.cumsum(sizes) - sizes)[:, None]
    lengths = like(sequence.data, filled.sum(0))
    if batch_first:
        places, filled = places.T, filled.T
    return _padded(sequence.data, places, filled, padding_value), lengths


def pack_sequence(sequences: Sequence[Any], enforce_sorted: bool = True) -> PackedSequence:
    """Pack sequences (length, \\*), from the longest to the shortest unless ``enforce_sorted`` is False.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.nn.packed_sequence import pack_sequence
    >>> pack_sequence([ag.tensor([1, 2, 3]), ag.tensor([4, 5]), ag.tensor([6])]).data
    tensor([1, 4, 6, 2, 5, 3])
    """
    padded = pad_sequence(sequences)
    return pack_padded_sequence(padded, [len(one) for one in sequences], enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Any]:
    """Return the sequences (length, \\*) that were packed, in their order.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.nn.packed_sequence import pack_sequence, unpack_sequence
    >>> unpack_sequence(pack_sequence([ag.tensor([1, 2]), ag.tensor([3])]))
    [tensor([1, 2]), tensor([3])]
    """
    padded, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths, batch_first=True)


def _padded(data: Any, places: Any, filled: Any, padding_value: float) -> Any:
    """The entries of ``data`` at these places, and padding where nothing is filled."""
    if not data.shape[0]:
        return like(data, np.full((*places.shape, *data.shape[1:]), padding_value, data.dtype))
    mask = filled.reshape(*filled.shape, *(1,) * (len(data.shape) - 1))
    return where(mask, data[np.where(filled, places, 0)], data.dtype.type(padding_value))


def _turned(name: str, x: Any) -> Any:
    """(T, B, \\*) as (B, T, \\*), or the reverse."""
    if len(x.shape) < 2:
        raise ShapeError(f"{name}: expected at least two axes, length and batch, got {x.shape}")
    return swapaxes(x, 0, 1)


def _checked_lengths(name: str, lengths: Any, shape: tuple[int, ...], minimum: int) -> Any:
    """The lengths of B sequences of at most T entries, as an array; ``shape`` begins with (B, T)."""
    given = raw(lengths)
    if given.dtype.kind not in "iu" or given.shape != shape[:1] or not given.size:
        raise ShapeError(
            f"{name}: expected {shape[0]} lengths, integers, one for each sequence and at least one, got "
            f"{lengths!r}"
        )
    if not minimum <= given.min() <= given.max() <= shape[1]:
        raise ArgumentError(
            f"{name}: expected lengths from {minimum} to {shape[1]}, the length of the padded sequences, got "
            f"{given.tolist()}"
        )
    return given.astype(np.int64)
