"""Recurrent layers and attention against PyTorch's recorded answers and finite differences."""

import copy
import pickle

import numpy as np
import pytest
from recorded import INDEX, as_function, check_against_torch, flat, identify, make

import autograd_cnn as ag
from autograd_cnn import nn
from autograd_cnn.errors import ArgumentError, DtypeError, ShapeError, UnsupportedError
from autograd_cnn.testing import check_grads

F = nn.functional
CASES = INDEX["layers"]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("case", CASES, ids=identify)
def test_answers_as_pytorch(case, dtype):
    check_against_torch(case, dtype)


@pytest.mark.parametrize("case", CASES, ids=identify)
def test_repr_and_state_are_those_of_pytorch(case):
    assert repr(make(case)) == case["repr"].replace("NonDynamicallyQuantizableLinear", "Linear")
    assert list(make(case).state_dict()) == list(case["state"])


@pytest.mark.parametrize("case", CASES, ids=identify)
def test_gradients(case):
    function, values = as_function(case)
    check_grads(function, values, order=2, directions=1)


def drawn(*shape, dtype="float32"):
    return np.random.default_rng(0).standard_normal(shape).astype(dtype)


# --- Recurrent layers ---------------------------------------------------------------------------------

LAYERS = [nn.RNN, nn.LSTM, nn.GRU]
CELLS = {nn.RNN: nn.RNNCell, nn.LSTM: nn.LSTMCell, nn.GRU: nn.GRUCell}


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_is_its_cell_step_by_step(layer):
    whole, cell = layer(3, 4), CELLS[layer](3, 4)
    cell.load_state_dict({key.removesuffix("_l0"): value for key, value in whole.state_dict().items()})
    x, state = drawn(5, 2, 3), None
    outputs = []
    for entry in x:
        state = cell(entry, state)
        outputs.append(flat(state)[0].detach().numpy())
    output, final = whole(x)
    np.testing.assert_allclose(output.detach().numpy(), np.stack(outputs), rtol=1e-6, atol=1e-7)
    for ours, expected in zip(flat(final), flat(state), strict=True):
        np.testing.assert_allclose(ours.detach().numpy()[0], expected.detach().numpy(), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("layer", LAYERS)
def test_initial_values_are_uniform_within_the_bound_of_pytorch(layer):
    made = layer(30, 100, 2)
    values = np.concatenate([parameter.detach().numpy().ravel() for parameter in made.parameters()])
    assert np.abs(values).max() <= 0.1
    # The standard deviation of a uniform distribution; five standard errors of it, at most.
    assert abs(values.std() - 0.1 / np.sqrt(3)) < 5 * 0.1 / np.sqrt(values.size)
    assert abs(values.mean()) < 5 * 0.1 / np.sqrt(3 * values.size)


def test_dropout_is_between_layers_and_in_training_only():
    layer = nn.GRU(3, 50, num_layers=2, dropout=0.5)
    x = drawn(2, 4, 3)
    first, second = layer(x)[0], layer(x)[0]
    assert (first != second).any()
    layer.eval()
    np.testing.assert_array_equal(layer(x)[0].detach().numpy(), layer(x)[0].detach().numpy())
    # What is dropped is the first layer's output, and not its state.
    layer.train()
    final = layer(x)[1].detach().numpy()[0]
    np.testing.assert_array_equal(final, layer.eval()(x)[1].detach().numpy()[0])


def test_dropout_without_a_second_layer_warns():
    with pytest.warns(UserWarning, match="GRU: dropout=0.5 has no effect") as caught:
        nn.GRU(3, 4, dropout=0.5)
    assert caught[0].filename == __file__


@pytest.mark.parametrize("layer", LAYERS)
def test_batches_and_single_sequences_agree(layer):
    made = layer(3, 4, num_layers=2, bidirectional=True)
    x = drawn(5, 2, 3)
    output, state = made(x)
    one, one_state = made(x[:, 1])
    np.testing.assert_allclose(one.detach().numpy(), output.detach().numpy()[:, 1], rtol=1e-6, atol=1e-7)
    for ours, whole in zip(flat(one_state), flat(state), strict=True):
        np.testing.assert_allclose(ours.detach().numpy(), whole.detach().numpy()[:, 1], rtol=1e-6, atol=1e-7)
    assert made(x[:, :0])[0].shape == (5, 0, 8)


@pytest.mark.parametrize(
    "made", [nn.LSTM(2, 3), nn.RNN(2, 3, nonlinearity="relu"), nn.GRUCell(2, 3)], ids=repr
)
def test_copies_and_pickles_compute_the_same(made):
    x = drawn(4, 2)
    made.flatten_parameters() if isinstance(made, nn.LSTM) else None
    expected = flat(made(x))[0].detach().numpy()
    for other in (copy.deepcopy(made), pickle.loads(pickle.dumps(made))):
        np.testing.assert_array_equal(flat(other(x))[0].detach().numpy(), expected)


def test_the_gradient_of_a_long_sequence_is_finite():
    layer = nn.LSTM(1, 2)
    x = ag.tensor(drawn(1000, 1, 1), requires_grad=True)
    output, _ = layer(x)
    output.sum().backward()
    assert np.isfinite(x.grad.numpy()).all()


# --- Attention ----------------------------------------------------------------------------------------


def test_a_query_that_sees_no_key_gets_zeros_and_no_gradient():
    x = ag.tensor(drawn(3, 4, dtype="float64"), requires_grad=True)
    mask = np.array([[True, True, False], [False, False, False], [True, False, False]])
    y = F.scaled_dot_product_attention(x, x.detach(), x.detach(), mask)
    np.testing.assert_array_equal(y.detach().numpy()[1], 0)
    y.sum().backward(create_graph=True)
    np.testing.assert_array_equal(x.grad.detach().numpy()[1], 0)
    assert np.isfinite(x.grad.detach().numpy()).all()
    added = np.where(mask, 0, -np.inf)
    of_numbers = F.scaled_dot_product_attention(x, x.detach(), x.detach(), added)
    np.testing.assert_array_equal(of_numbers.detach().numpy(), y.detach().numpy())


def test_scores_far_out_do_not_overflow():
    x = np.array([[1000.0, 0.0], [-1000.0, 0.0]])
    np.testing.assert_array_equal(F.scaled_dot_product_attention(x, x, x), x)


def test_a_causal_output_does_not_depend_on_what_comes_later():
    x = ag.tensor(drawn(5, 4), requires_grad=True)
    F.scaled_dot_product_attention(x, x, x, is_causal=True)[1].sum().backward()
    gradient = x.grad.numpy()
    assert gradient[:2].any()
    assert not gradient[2:].any()


def test_dropout_of_attention():
    x = drawn(1, 20, 4)
    dropped = F.scaled_dot_product_attention(x, x, x, dropout_p=0.5)
    assert (dropped != F.scaled_dot_product_attention(x, x, x)).any()
    layer = nn.MultiheadAttention(4, 2, dropout=0.5, batch_first=True)
    _, weights = layer(x, x, x, average_attn_weights=False)
    # Five standard deviations of a binomial share.
    share = (weights.detach().numpy() == 0).mean()
    assert abs(share - 0.5) < 2.5 / np.sqrt(weights.size)
    np.testing.assert_allclose(layer.eval()(x, x, x)[1].detach().numpy().sum(-1), 1, rtol=1e-6)


def test_attention_to_itself_in_one_product_is_that_in_three():
    layer = nn.MultiheadAttention(4, 2)
    x = ag.tensor(drawn(5, 3, 4))
    for given in (x, x[:, 0]):
        together, apart = layer(given, given, given)[0], layer(given, given + 0, given + 0)[0]
        np.testing.assert_allclose(together.detach().numpy(), apart.detach().numpy(), rtol=1e-5, atol=1e-6)


def test_initial_values_of_attention():
    layer = nn.MultiheadAttention(40, 2, add_bias_kv=True)
    weight = layer.in_proj_weight.detach().numpy()
    bound = np.sqrt(6 / (40 + 120))
    assert 0.95 * bound < np.abs(weight).max() <= bound
    assert not layer.in_proj_bias.detach().numpy().any()
    assert not layer.out_proj.bias.detach().numpy().any()
    assert layer.bias_k.detach().numpy().std() > 0


# --- Mistakes -----------------------------------------------------------------------------------------

X = drawn(5, 2, 3)
Q = drawn(5, 2, 4)
MHA = nn.MultiheadAttention(4, 2)

MISTAKES = [
    (lambda: nn.LSTM(0, 4), ArgumentError, "LSTM: expected input_size and hidden_size of at least 1"),
    (lambda: nn.LSTM(3, 4, num_layers=0), ArgumentError, "LSTM: expected num_layers of at least 1"),
    (lambda: nn.LSTM(3, 4, proj_size=4), ArgumentError, "LSTM: expected proj_size from 0"),
    (lambda: nn.GRU(3, 4, dropout=2), ArgumentError, "GRU: expected a probability"),
    (lambda: nn.RNN(3, 4, nonlinearity="gelu"), ArgumentError, "RNN: expected nonlinearity 'tanh' or 'relu'"),
    (lambda: nn.RNNCell(3, 4, nonlinearity="gelu"), ArgumentError, "RNNCell: expected nonlinearity"),
    (lambda: nn.GRU(4, 4)(X), ShapeError, r"GRU: expected input of shape \(length, batch, 4\)"),
    (lambda: nn.GRU(3, 4, batch_first=True)(X[0, 0]), ShapeError, r"shape \(batch, length, 3\)"),
    (lambda: nn.GRU(3, 4)(X[:0]), ShapeError, "GRU: expected a sequence of at least one entry"),
    (lambda: nn.GRU(3, 4)(X.astype(float)), DtypeError, "GRU: expected one dtype"),
    (lambda: nn.GRU(3, 4)([[1.0]]), UnsupportedError, "GRU: expected input to be a tensor or an array"),
    (lambda: nn.GRU(3, 4)(X, drawn(1, 3, 4)), ShapeError, r"GRU: expected hx of shape \(1, 2, 4\)"),
    (lambda: nn.GRU(3, 4)(X, np.zeros((1, 2, 4))), DtypeError, "GRU: expected hx of float32"),
    (lambda: nn.LSTM(3, 4)(X, drawn(1, 2, 4)), UnsupportedError, r"LSTM: expected hx to be a pair \(h, c\)"),
    (
        lambda: nn.LSTM(3, 4, proj_size=2)(X, (drawn(1, 2, 4), drawn(1, 2, 4))),
        ShapeError,
        r"LSTM: expected the first of hx of shape \(1, 2, 2\)",
    ),
    (lambda: nn.LSTMCell(3, 4)(X), ShapeError, r"LSTMCell: expected input of shape \(batch, 3\)"),
    (lambda: nn.LSTMCell(0, 4), ArgumentError, "LSTMCell: expected input_size"),
    (lambda: nn.GRUCell(3, 4)(X[0], drawn(2, 3)), ShapeError, r"GRUCell: expected hx of shape \(2, 4\)"),
    (lambda: nn.GRUCell(3, 4)(X[0].astype(float)), DtypeError, "GRUCell: expected one dtype"),
    (lambda: nn.MultiheadAttention(4, 3), ArgumentError, "MultiheadAttention: expected num_heads"),
    (lambda: nn.MultiheadAttention(4, 2, dropout=-1), ArgumentError, "MultiheadAttention: expected a prob"),
    (lambda: MHA(X, X, X), ShapeError, "expected query of shape .* batch_first=True"),
    (lambda: MHA(Q, Q, Q[:, :1]), ShapeError, "expected query of shape"),
    (
        lambda: MHA(Q, Q, Q, attn_mask=np.zeros((5, 4), bool)),
        ShapeError,
        r"expected attn_mask of shape \(5, 5\)",
    ),
    (
        lambda: MHA(Q, Q, Q, np.zeros((5, 2), bool)),
        ShapeError,
        r"expected key_padding_mask of shape \(2, 5\)",
    ),
    (
        lambda: MHA(Q, Q, Q, np.zeros((2, 5), int)),
        DtypeError,
        "expected key_padding_mask of booleans or float32",
    ),
    (
        lambda: MHA(Q[0], Q[0], Q[0], [True, False]),
        UnsupportedError,
        "expected key_padding_mask to be a tensor",
    ),
    (lambda: MHA(Q, Q, Q, is_causal=True), ArgumentError, "expected attn_mask with is_causal=True"),
    (lambda: MHA(Q.astype(float), Q, Q), DtypeError, "linear: expected one dtype"),
    (
        lambda: F.multi_head_attention_forward(
            Q,
            Q,
            Q,
            4,
            2,
            MHA.in_proj_weight,
            None,
            None,
            None,
            False,
            0.0,
            MHA.out_proj.weight,
            None,
            static_k=Q,
        ),
        UnsupportedError,
        "expected no static_k",
    ),
    (
        lambda: F.scaled_dot_product_attention(Q, X, X),
        ShapeError,
        "scaled_dot_product_attention: expected query",
    ),
    (
        lambda: F.scaled_dot_product_attention(Q, Q, Q, is_causal=True, attn_mask=Q),
        ArgumentError,
        "no attn_mask",
    ),
    (lambda: F.scaled_dot_product_attention(Q, Q, Q, Q), ShapeError, "expected attn_mask that broadcasts"),
    (lambda: F.scaled_dot_product_attention(Q, Q, Q, dropout_p=2), ArgumentError, "expected a probability"),
    (
        lambda: F.scaled_dot_product_attention(Q, Q, Q.astype(float)),
        DtypeError,
        "input and value of one dtype",
    ),
    (
        lambda: F.scaled_dot_product_attention(
            drawn(3, 2, 4), drawn(2, 2, 4), drawn(2, 2, 4), enable_gqa=True
        ),
        ShapeError,
        "expected heads of key and value that divide those of query",
    ),
]


@pytest.mark.parametrize(("mistake", "error", "message"), MISTAKES, ids=[m[2][:40] for m in MISTAKES])
def test_mistake(mistake, error, message):
    with pytest.raises(error, match=message) as caught:
        mistake()
    assert caught.value.__class__ is error
