"""Padded and packed sequences: there and back, PyTorch's layout, and recurrent layers that take them."""

import copy
import pickle

import numpy as np
import pytest
from recorded import flat

import autograd_cnn as ag
from autograd_cnn import nn
from autograd_cnn.errors import ArgumentError, DtypeError, ShapeError, UnsupportedError
from autograd_cnn.nn.packed_sequence import (
    PackedSequence,
    invert_permutation,
    pack_padded_sequence,
    pack_sequence,
    pad_packed_sequence,
    pad_sequence,
    unpack_sequence,
    unpad_sequence,
)
from autograd_cnn.testing import check_grads

LENGTHS = [2, 4, 1, 4]


def sequences(dtype="float64", lengths=LENGTHS):
    generator = np.random.default_rng(0)
    return [generator.standard_normal((length, 3)).astype(dtype) for length in lengths]


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("lengths", [LENGTHS, [0, 2], [0, 0]])
def test_padding(batch_first, side, lengths):
    given = sequences(lengths=lengths)
    padded = pad_sequence(given, batch_first, -1.5, side)
    longest = max(lengths)
    expected = np.full((len(given), longest, 3), -1.5)
    for row, sequence in zip(expected, given, strict=True):
        row[slice(longest - len(sequence), None) if side == "left" else slice(len(sequence))] = sequence
    np.testing.assert_array_equal(padded, expected if batch_first else expected.swapaxes(0, 1))
    if side == "right":
        for ours, sequence in zip(unpad_sequence(padded, lengths, batch_first), given, strict=True):
            np.testing.assert_array_equal(ours, sequence)


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("kind", [np.asarray, ag.tensor])
def test_packing_and_back(batch_first, kind):
    padded = pad_sequence(list(map(kind, sequences())), batch_first)
    packed = pack_padded_sequence(padded, LENGTHS, batch_first, enforce_sorted=False)
    assert isinstance(packed.data, ag.Tensor) == (kind is ag.tensor)
    assert packed.batch_sizes.tolist() == [4, 3, 2, 2]
    assert packed.sorted_indices.tolist() == [1, 3, 0, 2]
    assert packed.unsorted_indices.tolist() == [2, 0, 3, 1]
    again, lengths = pad_packed_sequence(packed, batch_first, total_length=6, padding_value=9.0)
    assert lengths.tolist() == LENGTHS
    again = np.asarray(again if batch_first else again.swapaxes(0, 1))
    for row, sequence in zip(again, sequences(), strict=True):
        np.testing.assert_array_equal(row[: len(sequence)], sequence)
        np.testing.assert_array_equal(row[len(sequence) :], 9)
    for ours, sequence in zip(unpack_sequence(packed), sequences(), strict=True):
        np.testing.assert_array_equal(np.asarray(ours), sequence)


def test_integers_stay_integers():
    given = [np.array([1, 2]), np.array([3])]
    assert pad_sequence(given).dtype == int
    assert pack_sequence(given).data.tolist() == [1, 3, 2]
    assert pad_packed_sequence(pack_sequence(given))[0].dtype == int


def test_indices_follow_from_each_other():
    packed = PackedSequence(np.zeros(3), np.array([3]), np.array([2, 0, 1]))
    assert packed.unsorted_indices.tolist() == [1, 2, 0]
    assert invert_permutation(None) is None
    assert pack_sequence([np.zeros(2), np.zeros(2)]).sorted_indices is None


def test_copies_and_pickles():
    packed = pack_sequence(sequences(), enforce_sorted=False)
    for other in (copy.deepcopy(packed), pickle.loads(pickle.dumps(packed))):
        assert type(other) is PackedSequence
        for ours, theirs in zip(packed, other, strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_gradients():
    def there_and_back(*given):
        packed = pack_sequence(given, enforce_sorted=False)
        return packed.data, pad_packed_sequence(packed)[0] ** 2, pad_sequence(given, padding_side="left")

    check_grads(there_and_back, sequences(), order=2)


LAYERS = [nn.RNN, nn.LSTM, nn.GRU]


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("kind", LAYERS)
def test_packed_sequences_give_what_each_alone_gives(kind, bidirectional):
    layer = kind(3, 4, num_layers=2, bidirectional=bidirectional, dtype="float64")
    given = sequences()
    states = np.random.default_rng(1).standard_normal((2, 4 if bidirectional else 2, 4, 4))
    hx = tuple(states) if kind is nn.LSTM else states[0]
    output, final = layer(pack_sequence(given, enforce_sorted=False), hx)
    assert isinstance(output, PackedSequence)
    for number, (ours, sequence) in enumerate(zip(unpack_sequence(output), given, strict=True)):
        own = tuple(state[:, number] for state in states) if kind is nn.LSTM else states[0][:, number]
        alone, end = layer(sequence, own)
        np.testing.assert_allclose(ours.detach().numpy(), alone.detach().numpy(), rtol=1e-12, atol=1e-14)
        for last, expected in zip(flat(final), flat(end), strict=True):
            np.testing.assert_allclose(
                last.detach().numpy()[:, number], expected.detach().numpy(), rtol=1e-12, atol=1e-14
            )


X = np.zeros((3, 2, 4), "float32")
PACKED = pack_padded_sequence(X, [3, 1])

MISTAKES = [
    (lambda: pad_sequence([]), ArgumentError, "pad_sequence: expected sequences, got none"),
    (lambda: pad_sequence([X], padding_side="top"), ArgumentError, "expected padding_side"),
    (lambda: pad_sequence([[1.0]]), UnsupportedError, "expected each sequence to be a tensor"),
    (lambda: pad_sequence([X, X[:, :1]]), ShapeError, r"expected sequences \(length, \*\)"),
    (lambda: pad_sequence([X, X.astype(float)]), DtypeError, "expected one dtype"),
    (lambda: unpad_sequence(X, [3]), ShapeError, "unpad_sequence: expected 2 lengths"),
    (lambda: unpad_sequence(X, [4, 1]), ArgumentError, "unpad_sequence: expected lengths from 0 to 3"),
    (lambda: pack_padded_sequence(X, [1, 3]), ArgumentError, "expected lengths from the longest"),
    (lambda: pack_padded_sequence(X, [3, 0]), ArgumentError, "expected lengths from 1 to 3"),
    (lambda: pack_padded_sequence(X, [3.0, 1.0]), ShapeError, "expected 2 lengths, integers"),
    (lambda: pack_padded_sequence(X[:, 0, 0], [3]), ShapeError, "expected input of at least two axes"),
    (lambda: pack_padded_sequence([[1]], [1]), UnsupportedError, "expected input to be a tensor"),
    (lambda: pack_padded_sequence(X[0, 0], [3], batch_first=True), ShapeError, "expected at least two axes"),
    (lambda: pad_packed_sequence(X), UnsupportedError, "expected a PackedSequence"),
    (lambda: pad_packed_sequence(PACKED, total_length=2), ArgumentError, "total_length of at least 3"),
    (lambda: nn.GRU(3, 2)(PACKED), ShapeError, r"GRU: expected packed sequences of shape \(length, 3\)"),
    (lambda: nn.GRU(4, 2, dtype="float64")(PACKED), DtypeError, "GRU: expected one dtype"),
    (lambda: nn.GRU(4, 2)(PACKED, X), ShapeError, r"GRU: expected hx of shape \(1, 2, 2\)"),
]


@pytest.mark.parametrize(("mistake", "error", "message"), MISTAKES, ids=[m[2][:40] for m in MISTAKES])
def test_mistake(mistake, error, message):
    with pytest.raises(error, match=message) as caught:
        mistake()
    assert caught.value.__class__ is error
