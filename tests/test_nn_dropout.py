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
