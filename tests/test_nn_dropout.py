"""Dropout: what is kept, how it is scaled, and that a seed gives the same draws."""

import numpy as np
import pytest

import autograd_cnn as ag
from autograd_cnn import nn

F = nn.functional


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_share_of_zeros_and_scale(p):
    y = F.dropout(np.ones(100_000, np.float32), p, generator=np.random.default_rng(0))
    kept = y[y != 0]
    assert np.all(kept == np.float32(1 / (1 - p)))
    # Five standard deviations of a binomial share.
    assert abs(1 - len(kept) / y.size - p) < 5 * np.sqrt(p * (1 - p) / y.size)


def test_neighbours_are_independent():
    y = F.dropout(np.ones((300, 300), np.float32), 0.5, generator=np.random.default_rng(1)) - 1
    for axis in (0, 1):
        shifted = np.roll(y, 1, axis)
        assert abs(np.mean(y * shifted)) < 5 / np.sqrt(y.size)


def test_a_seed_gives_the_same_draws_in_both_dtypes_and_for_arrays():
    x = ag.ones(50, "float32")
    ag.manual_seed(7)
    first, second = F.dropout(x), F.dropout(x)
    ag.manual_seed(7)
    np.testing.assert_array_equal(F.dropout(x).numpy(), first.numpy())
    assert (first != second).any()
    ag.manual_seed(7)
    doubled = F.dropout(np.ones(50))
    assert doubled.dtype == np.float64
    np.testing.assert_array_equal(doubled, first.numpy())


def test_the_gradient_passes_what_was_kept():
    x = ag.ones((20, 20), "float32").requires_grad_()
    y = F.dropout(x, 0.3, generator=np.random.default_rng(0))
    cotangent = np.random.default_rng(1).standard_normal(y.shape).astype(np.float32)
    y.backward(cotangent)
    np.testing.assert_array_equal(x.grad.numpy(), cotangent * y.detach().numpy())
    assert x.grad.dtype == np.float32


def test_nothing_happens_in_evaluation_or_with_probability_zero():
    x = ag.ones(4)
    layer = nn.Dropout(0.5)
    assert (layer(ag.ones(1000)) == 0).any()
    assert layer.eval()(x) is x
    assert F.dropout(x, 0.5, training=False) is x
    assert F.dropout(x, 0.0) is x


def test_probability_one_drops_everything():
    x = ag.ones(4, "float32").requires_grad_()
    y = F.dropout(x, 1.0)
    assert y.tolist() == [0, 0, 0, 0]
    y.sum().backward()
    assert x.grad.tolist() == [0, 0, 0, 0]


CHANNELS = [(F.dropout1d, 1), (F.dropout2d, 2), (F.dropout3d, 3), (F.feature_alpha_dropout, 2)]


@pytest.mark.parametrize(("function", "axes"), CHANNELS)
def test_whole_channels_are_dropped_and_the_mean_stays(function, axes):
    x = np.ones((60, 50, *(2,) * axes))
    y = function(x, 0.3, training=True, generator=np.random.default_rng(0)).reshape(3000, -1)
    assert (y == y[:, :1]).all()
    values, counts = np.unique(y[:, 0], return_counts=True)
    assert len(values) == 2
    assert 0.27 < counts[0] / 3000 < 0.33
    if function is not F.feature_alpha_dropout:
        np.testing.assert_allclose(values, [0, 1 / 0.7])
        one = function(x[0], 0.3, generator=np.random.default_rng(1))
        assert one.shape == x[0].shape
        assert (one.reshape(50, -1) == one.reshape(50, -1)[:, :1]).all()


def test_alpha_dropout_keeps_mean_and_variance():
    x = np.random.default_rng(0).normal(size=200_000)
    y = F.alpha_dropout(x, 0.4, training=True, generator=np.random.default_rng(1))
    assert abs(y.mean()) < 0.02
    assert abs(y.std() - 1) < 0.02
    assert np.unique(y, return_counts=True)[1].max() / len(y) == pytest.approx(0.4, abs=0.01)


@pytest.mark.parametrize("function", [F.alpha_dropout, F.feature_alpha_dropout, F.rrelu])
def test_off_by_default_and_seeded_in_training(function):
    x = ag.tensor(np.random.default_rng(0).normal(size=(4, 5, 6)).astype(np.float32))
    np.testing.assert_array_equal(function(x).numpy(), function(x).numpy())
    draws = []
    for _ in range(2):
        ag.manual_seed(3)
        draws.append(function(x, training=True))
    np.testing.assert_array_equal(draws[0].numpy(), draws[1].numpy())
    assert draws[0].dtype == np.float32
    assert not np.array_equal(function(x, training=True).numpy(), draws[0].numpy())


@pytest.mark.parametrize("function", [F.alpha_dropout, F.feature_alpha_dropout])
def test_all_dropped(function):
    assert not function(np.ones((2, 3, 4)), 1.0, training=True).any()


def test_slopes_of_rrelu_lie_between_lower_and_upper():
    x = -np.ones(10_000)
    slopes = -F.rrelu(x, 0.2, 0.6, training=True, generator=np.random.default_rng(0))
    assert slopes.min() >= 0.2
    assert slopes.max() < 0.6
    assert abs(slopes.mean() - 0.4) < 0.01


def test_gumbel_softmax_draws_by_the_probabilities_and_has_the_soft_gradient():
    logits = ag.tensor(np.log([[0.2, 0.3, 0.5]] * 20_000), requires_grad=True)
    hard = F.gumbel_softmax(logits, hard=True, generator=np.random.default_rng(0))
    np.testing.assert_allclose(hard.detach().numpy().mean(0), [0.2, 0.3, 0.5], atol=0.02)
    soft = F.gumbel_softmax(logits, generator=np.random.default_rng(0))
    cotangent = np.random.default_rng(1).normal(size=hard.shape)
    (first,) = ag.backprop(hard, [logits], cotangent)
    (second,) = ag.backprop(soft, [logits], cotangent)
    np.testing.assert_allclose(first.numpy(), second.numpy())


def test_embedding_of_a_given_table():
    table = np.arange(6.0).reshape(3, 2)
    layer = nn.Embedding.from_pretrained(table, padding_idx=1)
    np.testing.assert_array_equal(layer(np.array([2, 1])).numpy(), table[[2, 1]])
    assert not layer.weight.requires_grad
    assert nn.Embedding.from_pretrained(table, freeze=False).weight.requires_grad
    assert not nn.Embedding(3, 2, padding_idx=1).weight.detach().numpy()[1].any()
