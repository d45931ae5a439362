"""Transformers, bags of embeddings and fractional pooling: PyTorch's answers, and what they promise."""

import copy
import pickle

import numpy as np
import pytest
from recorded import INDEX, as_function, check_against_torch, identify, make

import autograd_cnn as ag
from autograd_cnn import nn
from autograd_cnn.errors import ArgumentError, DtypeError, ShapeError, UnsupportedError
from autograd_cnn.testing import check_grads

F = nn.functional
CASES = INDEX["further"]
LAYERS = [case for case in CASES if case["name"][0].isupper()]
# They are made of layers whose gradients are checked; finite differences of them take seconds.
MODELS = {"Transformer", "TransformerEncoder", "TransformerDecoder"}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("case", CASES, ids=identify)
def test_answers_as_pytorch(case, dtype):
    check_against_torch(case, dtype)


@pytest.mark.parametrize("case", LAYERS, ids=identify)
def test_repr_and_state_are_those_of_pytorch(case):
    assert repr(make(case)) == case["repr"].replace("NonDynamicallyQuantizableLinear", "Linear")
    assert list(make(case).state_dict()) == list(case["state"])


@pytest.mark.parametrize("case", [case for case in CASES if case["name"] not in MODELS], ids=identify)
def test_gradients(case):
    if "max_norm" in case["arguments"]:
        pytest.skip("the norm by which rows are scaled down counts as a constant, in PyTorch too")
    function, values = as_function(case)
    check_grads(function, values, order=2, directions=1)


def drawn(*shape, dtype="float32", seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


# --- Transformers -------------------------------------------------------------------------------------


def small(kind, **options):
    return kind(4, 2, dim_feedforward=3, **{"dropout": 0.0} | options)


@pytest.mark.parametrize("norm_first", [False, True])
def test_the_batch_may_come_first_or_not_at_all(norm_first):
    layer = small(nn.TransformerDecoderLayer, norm_first=norm_first)
    first = small(nn.TransformerDecoderLayer, norm_first=norm_first, batch_first=True)
    first.load_state_dict(layer.state_dict())
    tgt, memory = drawn(3, 2, 4), drawn(5, 2, 4, seed=1)
    y = layer(tgt, memory).detach().numpy()
    turned = first(tgt.swapaxes(0, 1), memory.swapaxes(0, 1)).detach().numpy()
    np.testing.assert_allclose(turned.swapaxes(0, 1), y, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(layer(tgt[:, 1], memory[:, 1]).detach().numpy(), y[:, 1], rtol=1e-5, atol=1e-6)


def test_with_a_causal_mask_nothing_depends_on_what_comes_later():
    model = small(nn.Transformer, num_encoder_layers=1, num_decoder_layers=2)
    tgt = ag.tensor(drawn(5, 1, 4), requires_grad=True)
    mask = model.generate_square_subsequent_mask(5)
    y = model(drawn(3, 1, 4), tgt, tgt_mask=mask, tgt_is_causal=True)
    (y[2] * drawn(1, 4, seed=1)).sum().backward()
    gradient = abs(tgt.grad.numpy()).max(axis=(1, 2))
    assert (gradient[:3] > 0).all()
    np.testing.assert_array_equal(gradient[3:], 0)


def test_a_mask_of_booleans_is_that_of_numbers():
    numbers = nn.Transformer.generate_square_subsequent_mask(4)
    assert numbers.dtype == np.float32
    layer, x = small(nn.TransformerEncoderLayer), drawn(4, 2, 4)
    of_booleans = layer(x, src_mask=np.triu(np.ones((4, 4), bool), 1))
    np.testing.assert_array_equal(layer(x, numbers).detach().numpy(), of_booleans.detach().numpy())


def test_activations_by_name_and_as_functions_and_layers():
    x = drawn(3, 2, 4)
    by_name = small(nn.TransformerEncoderLayer, activation="gelu")
    for activation in (F.gelu, nn.GELU()):
        other = small(nn.TransformerEncoderLayer, activation=activation)
        other.load_state_dict(by_name.state_dict())
        np.testing.assert_array_equal(other(x).detach().numpy(), by_name(x).detach().numpy())


def test_the_copies_of_a_layer_start_equal_and_are_trained_apart():
    layer = small(nn.TransformerEncoderLayer)
    encoder = nn.TransformerEncoder(layer, 2, nn.LayerNorm(4))
    one, two = encoder.layers
    assert one.linear1.weight is not two.linear1.weight
    np.testing.assert_array_equal(one.linear1.weight.detach().numpy(), two.linear1.weight.detach().numpy())
    (encoder(drawn(3, 2, 4)) * drawn(3, 2, 4, seed=1)).sum().backward()
    assert layer.linear1.weight.grad is None
    assert (one.norm1.bias.grad != two.norm1.bias.grad).any()


def test_dropout_of_a_transformer_is_for_training_only():
    layer, x = small(nn.TransformerEncoderLayer, dropout=0.5), drawn(3, 2, 4)
    assert (layer(x) != layer(x)).any()
    layer.eval()
    np.testing.assert_array_equal(layer(x).detach().numpy(), layer(x).detach().numpy())


def test_the_matrices_of_a_transformer_are_drawn_by_xavier_uniform():
    model = nn.Transformer(8, 2, 1, 1, 24)
    for name, parameter in model.named_parameters():
        values = abs(parameter.detach().numpy())
        if parameter.ndim > 1:
            bound = np.sqrt(6 / sum(parameter.shape))
            assert 0.9 * bound < values.max() <= bound, name


def test_own_encoder_and_decoder():
    class Own(nn.Module):
        def forward(self, src, **_):
            return src

    class Sum(nn.Module):
        def forward(self, tgt, memory, **_):
            return tgt + memory

    x = drawn(3, 2, 4)
    model = nn.Transformer(4, 2, custom_encoder=Own(), custom_decoder=Sum())
    np.testing.assert_array_equal(model(x, x), 2 * x)
    assert not list(model.parameters())


def test_copies_and_pickles_of_a_transformer_compute_the_same():
    model = small(nn.Transformer, num_encoder_layers=1, num_decoder_layers=1, activation="gelu")
    x = drawn(3, 2, 4)
    expected = model(x, x).detach().numpy()
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(other(x, x).detach().numpy(), expected)


# --- Bags of embeddings -------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
def test_a_bag_is_a_reduction_of_the_rows(mode, dtype):
    weight = drawn(50, 4, dtype=dtype)
    numbers = np.random.default_rng(1).integers(0, 50, 200)
    lengths = [0, 3, 120, 0, 1, 70, 6, 0]
    offsets = np.cumsum([0, *lengths[:-1]])
    y = F.embedding_bag(numbers, weight, offsets, mode=mode)
    assert y.dtype == dtype
    parts = np.split(weight[numbers], offsets[1:])
    expected = [getattr(part, mode)(0) if len(part) else np.zeros(4) for part in parts]
    np.testing.assert_allclose(y, expected, rtol=1e-5 if dtype == "float32" else 1e-13, atol=1e-6)


@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
def test_empty_bags_are_zeros_and_give_no_gradient(mode):
    weight = ag.tensor(drawn(3, 2), requires_grad=True)
    none, padding = np.array([], int), np.array([[1, 1]])
    for numbers, options in [
        (none, {"offsets": [0, 0]}),
        (none.reshape(2, 0), {}),
        (padding, {"padding_idx": 1}),
    ]:
        y = F.embedding_bag(numbers, weight, mode=mode, **options)
        np.testing.assert_array_equal(y.detach().numpy(), 0)
        y.sum().backward()
        np.testing.assert_array_equal(weight.grad.numpy(), 0)
    assert F.embedding_bag(none.reshape(0, 3), weight, mode=mode).shape == (0, 2)


def test_the_gradient_of_equal_maxima_goes_to_the_first():
    weight = ag.tensor([[1.0, 5.0], [1.0, 2.0], [0.0, 5.0]], requires_grad=True)
    F.embedding_bag([[1, 0, 2]], weight, mode="max").sum().backward()
    np.testing.assert_array_equal(weight.grad.numpy(), [[0, 1], [1, 0], [0, 0]])


def test_a_maximum_shows_nan():
    weight = np.array([[1.0, 2.0], [np.nan, 0.0], [3.0, 0.0]])
    np.testing.assert_array_equal(F.embedding_bag([[0, 1, 2]], weight, mode="max"), [[np.nan, 2]])


def test_what_pads_a_bag_counts_for_nothing():
    layer = nn.EmbeddingBag(4, 2, mode="mean", padding_idx=3)
    np.testing.assert_array_equal(layer.weight.detach().numpy()[3], 0)
    np.testing.assert_array_equal(
        layer(np.array([[0, 3, 1]])).detach().numpy(), layer(np.array([[0, 1]])).detach().numpy()
    )


def test_a_bag_of_a_given_table():
    table = drawn(3, 2)
    layer = nn.EmbeddingBag.from_pretrained(table, mode="sum")
    assert not layer.weight.requires_grad
    np.testing.assert_allclose(
        layer(np.array([[0, 2]])).detach().numpy(), table[[0, 2]].sum(0)[None], rtol=1e-6
    )
    assert nn.EmbeddingBag.from_pretrained(table, freeze=False).weight.requires_grad


# --- Fractional pooling -------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "k", "o"), [(25, 2, 18), (7, 3, 5), (5, 5, 1), (9, 2, 8), (8, 1, 2)])
def test_windows_of_fractional_pooling_lie_within_and_reach_the_end(n, k, o):
    x = np.arange(n * n, dtype="float64").reshape(1, 1, n, n)
    for _ in range(20):
        y, indices = F.fractional_max_pool2d(x, k, o, return_indices=True)
        np.testing.assert_array_equal(x.reshape(-1)[indices], y)
        # The largest entry is the last of each window.
        ends = indices[0, 0, :, 0] // n
        assert ends[0] == k - 1 or o == 1
        assert ends[-1] == n - 1
        assert set(np.diff(ends)) <= {(n - k) // max(o - 1, 1), -(-(n - k) // max(o - 1, 1))}


def test_each_channel_has_windows_of_its_own_that_the_seed_determines():
    x = np.broadcast_to(np.arange(400.0).reshape(20, 20), (2, 3, 20, 20))
    ag.manual_seed(0)
    y = F.fractional_max_pool2d(x, 2, output_ratio=0.6)
    assert len({channel.tobytes() for image in y for channel in image}) == 6
    ag.manual_seed(0)
    np.testing.assert_array_equal(nn.FractionalMaxPool2d(2, output_ratio=0.6)(x), y)


def test_fractional_pooling_of_an_empty_batch_and_of_half_precision():
    y, indices = F.fractional_max_pool2d(drawn(0, 2, 6, 6), 2, 3, return_indices=True)
    assert y.shape == indices.shape == (0, 2, 3, 3)
    assert F.fractional_max_pool3d(drawn(1, 2, 6, 6, 6, dtype="float16"), 2, 3).dtype == np.float16


def test_indices_of_fractional_pooling_serve_unpooling():
    x = drawn(2, 3, 6, 6, 6)
    y, indices = nn.FractionalMaxPool3d(2, output_size=3, return_indices=True)(x)
    places = F.max_unpool3d(y, indices, 2)
    np.testing.assert_array_equal(places[places != 0], x[places != 0])


def test_given_samples_are_a_buffer():
    samples = ag.tensor(np.full((1, 1, 2), 0.5, "float32"))
    layer = nn.FractionalMaxPool2d(2, 3, _random_samples=samples)
    assert list(layer.state_dict()) == ["_random_samples"]
    x = drawn(1, 1, 7, 7)
    np.testing.assert_array_equal(layer(x), layer(x))


# --- Mistakes -----------------------------------------------------------------------------------------

X = drawn(5, 2, 4)
W = drawn(4, 2)
IMAGE = drawn(1, 1, 6, 6)
ENCODER = small(nn.TransformerEncoderLayer)
TRANSFORMER = small(nn.Transformer, num_encoder_layers=1, num_decoder_layers=1)

MISTAKES = [
    (
        lambda: small(nn.TransformerEncoderLayer, activation="tanh"),
        ArgumentError,
        "expected activation 'relu'",
    ),
    (lambda: nn.TransformerEncoderLayer(4, 3), ArgumentError, "expected num_heads"),
    (lambda: nn.TransformerEncoder(ENCODER, -1), ArgumentError, "TransformerEncoder: expected num_layers"),
    (lambda: ENCODER([[1.0]]), UnsupportedError, "TransformerEncoderLayer: expected src to be a tensor"),
    (lambda: ENCODER(X[..., :3]), ShapeError, r"expected query of shape \(L, N, 4\)"),
    (lambda: ENCODER(X.astype(float)), DtypeError, "expected one dtype"),
    (lambda: ENCODER(X, is_causal=True), ArgumentError, "expected attn_mask with is_causal"),
    (lambda: TRANSFORMER(X, X[:, :1]), ShapeError, "Transformer: expected src and tgt of shape"),
    (lambda: TRANSFORMER(X, X[:, 0]), ShapeError, "Transformer: expected src and tgt of shape"),
    (lambda: TRANSFORMER([1], X), UnsupportedError, "Transformer: expected src to be a tensor"),
    (lambda: nn.EmbeddingBag(0, 3), ArgumentError, "EmbeddingBag: expected num_embeddings"),
    (lambda: nn.EmbeddingBag(3, 3, padding_idx=3), ArgumentError, "EmbeddingBag: expected padding_idx"),
    (lambda: nn.EmbeddingBag(3, 3, mode="min"), ArgumentError, "EmbeddingBag: expected mode 'sum'"),
    (lambda: nn.EmbeddingBag.from_pretrained(W[0]), ShapeError, "EmbeddingBag.from_pretrained: expected"),
    (lambda: F.embedding_bag([[1]], W, mode="min"), ArgumentError, "embedding_bag: expected mode 'sum'"),
    (lambda: F.embedding_bag([[4]], W), ArgumentError, "embedding_bag: expected numbers of rows from 0 to 3"),
    (lambda: F.embedding_bag([[0.5]], W), DtypeError, "embedding_bag: expected integers"),
    (lambda: F.embedding_bag([[0]], W[0]), ShapeError, "embedding_bag: expected a weight of shape"),
    (lambda: F.embedding_bag([[0]], W, sparse=True), UnsupportedError, "gradients are dense"),
    (lambda: F.embedding_bag([[0]], W, [0]), ArgumentError, "expected no offsets"),
    (
        lambda: F.embedding_bag([0], W),
        ShapeError,
        r"expected input of shape \(B, N\), or \(N,\) with offsets",
    ),
    (lambda: F.embedding_bag([0], W, [0.0]), ShapeError, "expected integer offsets"),
    (lambda: F.embedding_bag([0, 1], W, [1]), ArgumentError, "expected offsets from 0, in ascending order"),
    (lambda: F.embedding_bag([0, 1], W, [0, 3]), ArgumentError, "to at most 2"),
    (lambda: F.embedding_bag([0, 1], W, [0, 2, 1]), ArgumentError, "in ascending order"),
    (
        lambda: F.embedding_bag([0, 1], W, [0, 1], include_last_offset=True),
        ArgumentError,
        "with include_last_offset, 2 the last",
    ),
    (lambda: F.embedding_bag([[0]], W, padding_idx=4), ArgumentError, "expected padding_idx"),
    (lambda: F.embedding_bag([[0]], W, per_sample_weights=W[:1, :1]), ArgumentError, "expected mode='sum'"),
    (
        lambda: F.embedding_bag([[0]], W, mode="sum", per_sample_weights=W),
        ShapeError,
        "expected per_sample_weights of the shape",
    ),
    (
        lambda: F.embedding_bag([[0]], W, mode="sum", per_sample_weights=np.ones((1, 1))),
        DtypeError,
        "expected per_sample_weights of float32",
    ),
    (lambda: F.fractional_max_pool2d(IMAGE, 2), ArgumentError, "expected either output_size or output_ratio"),
    (lambda: nn.FractionalMaxPool2d(2, 3, 0.5), ArgumentError, "FractionalMaxPool2d: expected either"),
    (lambda: nn.FractionalMaxPool3d(2, output_ratio=1), ArgumentError, "expected an output_ratio between"),
    (lambda: nn.FractionalMaxPool2d(2, output_ratio=(0.5,) * 3), ArgumentError, "expected an output_ratio"),
    (lambda: F.fractional_max_pool2d(IMAGE, 2, 6), ShapeError, "expected at least one window"),
    (lambda: F.fractional_max_pool2d(IMAGE, 2, output_ratio=0.1), ShapeError, "expected at least one window"),
    (lambda: F.fractional_max_pool2d(IMAGE[0, 0], 2, 2), ShapeError, "fractional_max_pool2d: expected input"),
    (lambda: F.fractional_max_pool2d(IMAGE.astype(int), 2, 2), DtypeError, "expected a floating input"),
    (
        lambda: F.fractional_max_pool2d(IMAGE, 2, 2, _random_samples=np.zeros((1, 1, 3), "float32")),
        ShapeError,
        "expected _random_samples of shape",
    ),
    (
        lambda: F.fractional_max_pool2d(IMAGE, 2, 2, _random_samples=np.full((1, 1, 2), 2, "float32")),
        ArgumentError,
        "expected _random_samples from 0 to 1",
    ),
]


@pytest.mark.parametrize(("mistake", "error", "message"), MISTAKES, ids=[m[2][:40] for m in MISTAKES])
def test_mistake(mistake, error, message):
    with pytest.raises(error, match=message) as caught:
        mistake()
    assert caught.value.__class__ is error
