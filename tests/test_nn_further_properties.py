"""Transformers, bags, fractional pooling and packed sequences in random configurations, where PyTorch is."""

import warnings

import numpy as np
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from test_nn_loss_properties import SEEDS, Draw, compare, needs_torch, same_parameters, torch

from autograd_cnn import nn
from autograd_cnn.nn import packed_sequence


def options_of(draw):
    return {
        "dim_feedforward": 3,
        "dropout": 0.0,
        "activation": draw.one_of("relu", "gelu"),
        "layer_norm_eps": draw.one_of(1e-5, 0.1),
        "batch_first": draw.one_of(True, False),
        "norm_first": draw.one_of(True, False),
        "bias": draw.one_of(True, False),
    }


@needs_torch
@given(seed=SEEDS)
@examples(10)
def test_transformer_as_pytorch(seed):
    draw = Draw(seed)
    options = options_of(draw)
    batched = draw.one_of(True, False)

    def sequence(length):
        if not batched:
            return draw.normal(length, 4)
        return draw.normal(*((2, length) if options["batch_first"] else (length, 2)), 4)

    def mask(queries, keys):
        hidden = draw.below(2, queries, keys).astype(bool)
        hidden[:, 0] = False  # of a query that sees nothing, PyTorch makes NaN
        return draw.one_of(None, hidden, draw.normal(queries, keys))

    def padding(length):
        hidden = draw.below(2, *((2, length) if batched else (length,))).astype(bool)
        hidden[..., 0] = False
        # PyTorch warns if a mask of numbers stands beside one of booleans.
        return draw.one_of(None, np.where(hidden, -np.inf, 0.0))

    masks = {"src_mask": mask(5, 5), "tgt_mask": mask(3, 3), "memory_mask": mask(3, 5)}
    masks = {
        key: np.where(m, -np.inf, 0.0) if m is not None and m.dtype == bool else m for key, m in masks.items()
    }
    masks |= {
        "src_key_padding_mask": padding(5),
        "tgt_key_padding_mask": padding(3),
        "memory_key_padding_mask": padding(5),
    }
    theirs = {key: None if m is None else torch.tensor(m) for key, m in masks.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that its inference will take the slow path
        other = torch.nn.Transformer(4, 2, 1, 1, **options)
    ours, other = same_parameters(nn.Transformer(4, 2, 1, 1, **options), other)
    inputs = [[sequence(5)], [sequence(3)]]
    compare(lambda *x: ours(*x, **masks), lambda *x: [other(*x, **theirs)], inputs)


@needs_torch
@given(seed=SEEDS, mode=st.sampled_from(["sum", "mean", "max"]))
@examples(25)
def test_bag_as_pytorch(seed, mode):
    draw = Draw(seed)
    last = draw.one_of(True, False)
    options = {"mode": mode, "padding_idx": draw.one_of(None, 1, -1), "include_last_offset": last}
    numbers, offsets = draw.below(6, 4, 5), None
    if draw.one_of(True, False):
        numbers = numbers.ravel()
        offsets = np.array([0, *sorted(draw.below(21, 3)), *[20] * last])
    weights = [[draw.normal(*numbers.shape)]] if mode == "sum" and draw.one_of(True, False) else []

    def bag(functional, kind):
        def call(weight, per_sample_weights=None):
            given_ = None if offsets is None else kind(offsets)
            return functional.embedding_bag(
                kind(numbers), weight, given_, per_sample_weights=per_sample_weights, **options
            )

        return call

    theirs = bag(torch.nn.functional, torch.tensor)
    compare(bag(nn.functional, np.asarray), lambda *x: [theirs(*x)], [[draw.normal(6, 3)], *weights])


@needs_torch
@given(seed=SEEDS, ndim=st.sampled_from([2, 3]))
@examples(25)
def test_fractional_pooling_as_pytorch(seed, ndim):
    draw = Draw(seed)
    shape = draw.below(6, ndim) + 4
    kernel = draw.below(3, ndim) + 1
    # In three dimensions, PyTorch refuses as many windows as there are places.
    size = tuple(int(n) for n in draw.below(shape - kernel, ndim) + 1)
    name, kernel = f"fractional_max_pool{ndim}d", tuple(map(int, kernel))
    samples = draw.generator.random((2, 2, ndim))

    def ours(x):
        return getattr(nn.functional, name)(x, kernel, size, _random_samples=samples)

    def theirs(x):
        function = getattr(torch.nn.functional, name)
        return [function(x, kernel, size, _random_samples=torch.tensor(samples))]

    compare(ours, theirs, [[draw.normal(2, 2, *shape)]])


@needs_torch
@given(seed=SEEDS, name=st.sampled_from(["RNN", "LSTM", "GRU"]))
@examples(15)
def test_packed_sequences_as_pytorch(seed, name):
    draw = Draw(seed)
    options = {"num_layers": draw.one_of(1, 2), "bidirectional": draw.one_of(True, False)}
    ours, theirs = same_parameters(
        getattr(nn, name)(3, 2, **options), getattr(torch.nn, name)(3, 2, **options)
    )
    lengths = (draw.below(4, 3) + 1).tolist()
    first = draw.one_of(True, False)

    def through(layer, utilities):
        def call(x):
            packed = utilities.pack_padded_sequence(x, lengths, first, enforce_sorted=False)
            output, state = layer(packed)
            padded, again = utilities.pad_packed_sequence(output, first, 0.5, total_length=5)
            assert again.tolist() == lengths
            return [padded, *(state if isinstance(state, tuple) else (state,))]

        return call

    x = draw.normal(*((3, 5) if first else (5, 3)), 3)
    compare(through(ours, packed_sequence), through(theirs, torch.nn.utils.rnn), [[x]])
