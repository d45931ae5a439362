"""Batch normalisation and its kernels against their definition; running statistics; the user's mistakes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_cnn as ag
from autograd_cnn import kernels, nn
from autograd_cnn.errors import ArgumentError, DtypeError, ShapeError
from autograd_cnn.kernels import normalization as kernel
from autograd_cnn.ops.normalization import batch_norm, batch_norm_by_definition
from autograd_cnn.testing import check_grads

F = nn.functional
SHAPES = [(2, 3), (4, 2, 5), (3, 2, 4, 3), (2, 2, 2, 3, 2), (1, 3, 6)]


def arrays(shape, seed=0):
    random = np.random.default_rng(seed)
    return random.normal(1, 2, shape), random.normal(size=shape[1]), random.normal(size=shape[1])


def gradients(function, shape, **options):
    """Gradients of random multiples of all three outputs, and of their squares."""
    variables = [ag.tensor(x, requires_grad=True) for x in arrays(shape)]
    outputs = function(*variables, eps=0.1)
    random = np.random.default_rng(1)
    cotangents = [random.normal(size=output.shape) for output in outputs]
    first = ag.backprop(outputs, variables, cotangents, create_graph=True)
    second = ag.backprop(sum((g * g).sum() for g in first), variables)
    return [*outputs, *first, *second[:2]]  # nothing depends on the bias twice


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_batch_norm_is_its_definition(shape):
    pairs = zip(gradients(batch_norm, shape), gradients(batch_norm_by_definition, shape), strict=True)
    for ours, definition in pairs:
        expected = definition.detach().numpy()
        np.testing.assert_allclose(
            ours.detach().numpy(), expected, rtol=1e-9, atol=1e-9 * abs(expected).max()
        )


@given(
    examples=st.integers(1, 5),
    channels=st.integers(1, 5),
    length=st.integers(1, 7),
    block=st.sampled_from([1, 64, 200, 2**19]),
    threads=st.integers(1, 2),
)
def test_kernels_are_their_definition_in_blocks_of_any_size(examples, channels, length, block, threads):
    x, y = np.random.default_rng(0).normal(3, 1, (2, examples, channels, length))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernel, "_BLOCK_BYTES", block)
        before = kernels.get_num_threads()
        kernels.set_num_threads(threads)
        try:
            mean, variance = kernels.channel_moments(x)
            np.testing.assert_allclose(kernels.channel_sums(x), x.sum((0, 2)), rtol=1e-12)
            np.testing.assert_allclose(kernels.channel_products(x, y), (x * y).sum((0, 2)), rtol=1e-12)
            np.testing.assert_allclose(mean, x.mean((0, 2)), rtol=1e-12)
            np.testing.assert_allclose(variance, x.var((0, 2)), rtol=1e-10, atol=1e-13)
            scaled = kernels.scale_channels(x, mean, variance, y, mean)
            np.testing.assert_allclose(
                scaled, (x + y) * mean[:, None] + variance[:, None], rtol=1e-12, atol=1e-12
            )
        finally:
            kernels.set_num_threads(before)


def test_variance_does_not_cancel_beside_a_large_mean():
    x = np.random.default_rng(0).normal(1000, 1, (32, 4, 8, 8)).astype(np.float32)
    mean, variance = kernels.channel_moments(x)
    np.testing.assert_allclose(mean, x.mean((0, 2, 3), dtype=float), rtol=1e-6)
    np.testing.assert_allclose(variance, x.var((0, 2, 3), dtype=float), rtol=1e-5)


def test_zero_variance_is_finite():
    x = ag.tensor(np.full((3, 2, 4), 7.0), requires_grad=True)
    y = F.batch_norm(x, None, None, training=True)
    y.backward(np.random.default_rng(0).normal(size=y.shape))
    assert not y.detach().numpy().any()
    assert np.isfinite(x.grad.numpy()).all()


def test_float16():
    x = np.random.default_rng(0).normal(size=(64, 3, 8, 8)).astype(np.float16)
    y = F.batch_norm(x, None, None, training=True)
    assert y.dtype == np.float16
    np.testing.assert_allclose(y.std((0, 2, 3), dtype=float), 1, atol=1e-2)


def test_running_statistics_are_the_mean_over_all_batches_without_momentum():
    layer = nn.BatchNorm1d(3, momentum=None).double()
    batches = np.random.default_rng(0).normal(size=(4, 5, 3))
    for batch in batches:
        layer(batch)
    np.testing.assert_allclose(layer.running_mean.numpy(), batches.mean((0, 1)))
    np.testing.assert_allclose(layer.running_var.numpy(), batches.var(1, ddof=1).mean(0))
    assert layer.num_batches_tracked.item() == 4
    layer.reset_running_stats()
    assert layer.num_batches_tracked.item() == 0
    assert layer.running_mean.numpy().tolist() == [0, 0, 0]


def test_an_empty_batch_leaves_the_running_statistics():
    layer = nn.BatchNorm2d(2)
    layer(np.zeros((0, 2, 3, 3), np.float32))
    assert layer.running_mean.numpy().tolist() == [0, 0]
    assert layer.running_var.numpy().tolist() == [1, 1]


def test_evaluation_does_not_change_the_state_nor_later_training_the_graph():
    layer = nn.BatchNorm1d(2).eval()
    x = ag.tensor(np.random.default_rng(0).normal(size=(4, 2)).astype(np.float32), requires_grad=True)
    y = layer(x)
    expected = (layer.running_var.numpy() + layer.eps) ** -0.5
    layer.train()(x)
    y.sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), np.broadcast_to(expected, (4, 2)), rtol=1e-6)


def test_moments_of_the_op_are_differentiable():
    x = np.random.default_rng(0).normal(size=(3, 2, 2))
    check_grads(lambda x: batch_norm(x)[2], [x])
    check_grads(lambda x: batch_norm(x)[1] ** 2, [x])


@pytest.mark.parametrize("p", [1.0, 2.0, 3.0, np.inf])
def test_normalize(p):
    x = np.random.default_rng(0).normal(size=(3, 4))
    norms = np.linalg.norm(F.normalize(x, p), p, axis=1)
    np.testing.assert_allclose(norms, 1)
    assert not F.normalize(np.zeros((2, 3)), p).any()
    check_grads(lambda x: F.normalize(x, p), [x])


IMAGES = np.ones((2, 4, 3, 3), np.float32)
MISTAKES = [
    (lambda: F.batch_norm(IMAGES, None, None), ArgumentError, "batch_norm: expected running_mean"),
    (lambda: F.batch_norm(np.ones(4), None, None, training=True), ShapeError, "at least 2 axes"),
    (lambda: nn.BatchNorm2d(4)(IMAGES[:1, :, :1, :1]), ShapeError, "more than one value per channel"),
    (lambda: nn.BatchNorm2d(4)(IMAGES[0]), ShapeError, "BatchNorm2d: expected an input of 4 axes"),
    (lambda: nn.BatchNorm1d(4)(IMAGES), ShapeError, "BatchNorm1d: expected an input of 2 or 3 axes"),
    (lambda: nn.BatchNorm2d(3)(IMAGES), ShapeError, r"running_mean of shape \(4,\)"),
    (lambda: nn.BatchNorm2d(4, affine=False)(IMAGES.astype(float)), DtypeError, "one dtype"),
    (lambda: F.batch_norm(IMAGES.astype(int), None, None, training=True), DtypeError, "floating input"),
    (lambda: nn.BatchNorm2d(0), ArgumentError, "num_features of at least 1"),
    (lambda: nn.GroupNorm(3, 4), ArgumentError, "num_groups that divide"),
    (lambda: F.group_norm(IMAGES, 3), ArgumentError, "num_groups that divide the 4 channels"),
    (lambda: F.group_norm(np.ones((1, 2, 1)), 2), ShapeError, "more than one value per group"),
    (lambda: nn.LayerNorm(4)(IMAGES), ShapeError, r"last axes are normalized_shape \(4,\)"),
    (lambda: F.layer_norm(IMAGES, (3,), np.ones(2)), ShapeError, "layer_norm: expected weight"),
    (lambda: nn.InstanceNorm2d(3)(IMAGES), ShapeError, "an input of 3 channels"),
    (lambda: nn.InstanceNorm2d(4)(IMAGES[..., :1, :1]), ShapeError, "more than one spatial entry"),
    (lambda: F.local_response_norm(IMAGES, 0), ArgumentError, "size of at least 1"),
]


@pytest.mark.parametrize(("mistake", "error", "message"), MISTAKES)
def test_mistakes(mistake, error, message):
    with pytest.raises(error, match=message):
        mistake()
