"""Losses, recurrent layers and attention in random configurations: reductions, second order, and PyTorch."""

import warnings

import numpy as np
import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from recorded import flat

import autograd_cnn as ag
from autograd_cnn import nn
from autograd_cnn.nn import loss, margin_loss
from autograd_cnn.testing import check_grads

try:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import torch
except ImportError:
    torch = None

SEEDS = st.integers(0, 2**32 - 1)


class Draw:
    """A configuration: shapes, arguments and inputs, all from one seed."""

    def __init__(self, seed):
        self.generator = np.random.default_rng(seed)
        self.shape = tuple(self.generator.integers(1, 4, self.generator.integers(1, 4)))
        self.examples, self.classes = (int(n) for n in self.generator.integers(1, 5, 2))

    def normal(self, *shape):
        return self.generator.standard_normal(shape or self.shape)

    def one_of(self, *values):
        return values[self.generator.integers(len(values))]

    def below(self, limit, *shape):
        return self.generator.integers(0, limit, shape)

    def shares(self):
        return 1 / (1 + np.exp(-self.normal()))

    def signs(self, *shape):
        return 2.0 * self.below(2, *(shape or self.shape)) - 1

    def maybe(self, value):
        return self.one_of(None, value)

    def scores(self):
        """Logits, classes, and perhaps a weight for each class."""
        extra = tuple(self.generator.integers(1, 3, self.generator.integers(0, 3)))
        logits, labels = (
            self.normal(self.examples, self.classes, *extra),
            self.below(self.classes, self.examples, *extra),
        )
        return [logits, labels], self.maybe(np.exp(self.normal(self.classes)))


def of_classes(draw):
    inputs, weight = draw.scores()
    return {"weight": weight, "ignore_index": draw.one_of(-100, 0)}, inputs


def of_smoothed_classes(draw):
    arguments, inputs = of_classes(draw)
    return arguments | {"label_smoothing": draw.one_of(0.0, 0.3)}, inputs


def of_alignments(draw):
    frames, labels = draw.below(4, draw.examples) + 3, draw.below(3, draw.examples)
    logits = draw.normal(7, draw.examples, 4)
    log_probabilities = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    targets = draw.generator.permutation(np.arange(1, 4))[None].repeat(draw.examples, 0)[:, :2]
    return {"zero_infinity": draw.one_of(True, False)}, [log_probabilities, targets, frames, labels]


def of_one_label(draw):
    weight = draw.maybe(np.exp(draw.normal(draw.classes)))
    arguments = {"p": draw.one_of(1, 2), "margin": draw.one_of(1.0, 0.3), "weight": weight}
    return arguments, [draw.normal(draw.examples, draw.classes), draw.below(draw.classes, draw.examples)]


def of_labels(draw):
    targets = draw.generator.integers(-1, draw.classes, (draw.examples, draw.classes))
    return {}, [draw.normal(draw.examples, draw.classes), targets]


def of_triplets(draw):
    arguments = {"margin": draw.one_of(1.0, 0.3), "swap": draw.one_of(True, False)}
    return arguments, [draw.normal(draw.examples, 3) for _ in range(3)]


def of_variances(draw):
    full, last = draw.shape, (*draw.shape[:-1], 1)
    variances = np.exp(draw.normal(*draw.one_of(full, last)))
    return {"full": draw.one_of(True, False)}, [draw.normal(), draw.normal(), variances]


CONFIGURATIONS = {
    "NLLLoss": of_classes,
    "CrossEntropyLoss": of_smoothed_classes,
    "CTCLoss": of_alignments,
    "BCELoss": lambda d: ({"weight": d.maybe(np.exp(d.normal()))}, [d.shares(), d.shares()]),
    "BCEWithLogitsLoss": lambda d: (
        {"weight": d.maybe(np.exp(d.normal())), "pos_weight": d.maybe(np.exp(d.normal(d.shape[-1])))},
        [d.normal(), d.shares()],
    ),
    "KLDivLoss": lambda d: ({"log_target": d.one_of(True, False)}, [-np.exp(d.normal()), d.shares()]),
    "MSELoss": lambda d: ({}, [d.normal(), d.normal()]),
    "L1Loss": lambda d: ({}, [d.normal(), d.normal()]),
    "SmoothL1Loss": lambda d: ({"beta": d.one_of(0.0, 0.4, 1.0)}, [d.normal(), d.normal()]),
    "HuberLoss": lambda d: ({"delta": d.one_of(0.4, 1.0)}, [d.normal(), d.normal()]),
    "GaussianNLLLoss": of_variances,
    "PoissonNLLLoss": lambda d: (
        {"log_input": d.one_of(True, False), "full": d.one_of(True, False)},
        [np.exp(d.normal()), np.exp(d.normal())],
    ),
    "MarginRankingLoss": lambda d: ({"margin": d.one_of(0.0, 0.5)}, [d.normal(), d.normal(), d.signs()]),
    "HingeEmbeddingLoss": lambda d: ({"margin": d.one_of(1.0, 0.5)}, [d.normal(), d.signs()]),
    "CosineEmbeddingLoss": lambda d: (
        {"margin": d.one_of(0.0, 0.5)},
        [d.normal(d.examples, 3), d.normal(d.examples, 3), d.signs(d.examples)],
    ),
    "SoftMarginLoss": lambda d: ({}, [d.normal(), d.signs()]),
    "TripletMarginLoss": lambda d: (of_triplets(d)[0] | {"p": d.one_of(1.0, 2.0, 3.5)}, of_triplets(d)[1]),
    "TripletMarginWithDistanceLoss": of_triplets,
    "MultiMarginLoss": of_one_label,
    "MultiLabelMarginLoss": of_labels,
    "MultiLabelSoftMarginLoss": lambda d: ({"weight": d.maybe(np.exp(d.normal()))}, [d.normal(), d.shares()]),
}

# Whose mean is not that of what reduction="none" gives.
WEIGHTED_MEANS = {"NLLLoss", "CrossEntropyLoss", "CTCLoss"}


def configured(name, draw, reduction):
    given, inputs = CONFIGURATIONS[name](draw)
    given = {key: ag.tensor(v) if isinstance(v, np.ndarray) else v for key, v in given.items()}
    return getattr(nn, name)(**given, reduction=reduction), inputs, given


def test_every_loss_has_configurations():
    assert set(CONFIGURATIONS) == {*loss.__all__, *margin_loss.__all__}


@pytest.mark.parametrize("name", CONFIGURATIONS)
@given(seed=SEEDS)
@examples(15)
def test_reductions_agree(name, seed):
    losses, total, mean = (
        np.asarray(getattr(made(*inputs), "_value", made(*inputs)))
        for reduction in ("none", "sum", "mean")
        for made, inputs, _ in [configured(name, Draw(seed), reduction)]
    )
    np.testing.assert_allclose(total, losses.sum(), rtol=1e-12)
    if name not in WEIGHTED_MEANS:
        np.testing.assert_allclose(mean, losses.mean(), rtol=1e-12)


SMOOTH = ["NLLLoss", "CrossEntropyLoss", "CTCLoss", "BCEWithLogitsLoss", "KLDivLoss", "MSELoss"]
SMOOTH += ["GaussianNLLLoss", "PoissonNLLLoss", "SoftMarginLoss", "MultiLabelSoftMarginLoss"]


@pytest.mark.parametrize("name", SMOOTH)
@given(seed=SEEDS)
@examples(5)
def test_second_order_of_smooth_losses(name, seed):
    made, inputs, _ = configured(name, Draw(seed), "sum")
    variables = [x for x in inputs[:1] if x.dtype.kind == "f"]
    if name == "PoissonNLLLoss":
        variables = [x + 0.1 for x in variables]  # 0 is a pole, if log_input is False
    check_grads(lambda x: made(x, *inputs[1:]), variables, order=2, directions=1)


# --- Against PyTorch, where it is installed -----------------------------------------------------------

needs_torch = pytest.mark.skipif(torch is None, reason="PyTorch is not installed; its recorded answers are")


def compare(ours, theirs, inputs):
    """Outputs and gradients of two layers with the same parameters; inputs may contain pairs."""
    mine = [[ag.tensor(x, requires_grad=x.dtype.kind == "f") for x in group] for group in inputs]
    other = [[torch.tensor(x, requires_grad=x.dtype.kind == "f") for x in group] for group in inputs]

    def passed(groups):
        return [group[0] if len(group) == 1 else tuple(group) for group in groups]

    outputs, expected = flat(ours(*passed(mine))), list(theirs(*passed(other)))
    generator = np.random.default_rng(0)
    total, expected_total = 0, 0
    for y, z in zip(outputs, expected, strict=True):
        np.testing.assert_allclose(y.detach().numpy(), z.detach().numpy(), rtol=1e-9, atol=1e-12)
        cotangent = generator.standard_normal(y.shape)
        total, expected_total = (
            total + (y * cotangent).sum(),
            expected_total + (z * torch.tensor(cotangent)).sum(),
        )
    if not np.isfinite(total.item()):
        return
    total.backward()
    expected_total.backward()
    for x, z in zip([x for g in mine for x in g], [x for g in other for x in g], strict=True):
        if z.grad is not None:
            np.testing.assert_allclose(x.grad.numpy(), z.grad.numpy(), rtol=1e-9, atol=1e-11)


# PyTorch does not differentiate these by their target.
CONSTANT_TARGET = {"SoftMarginLoss", "MarginRankingLoss"}


@needs_torch
@pytest.mark.parametrize("name", CONFIGURATIONS)
@given(seed=SEEDS)
@examples(25)
def test_loss_as_pytorch(name, seed):
    draw = Draw(seed)
    ours, inputs, given_ = configured(name, draw, draw.one_of("mean", "sum", "none"))
    options = {k: torch.tensor(v.numpy()) if isinstance(v, ag.Tensor) else v for k, v in given_.items()}
    theirs = getattr(torch.nn, name)(**options, reduction=ours.reduction)
    if name == "CTCLoss":
        # The derivative by log-probabilities is compared in test_nn_losses: by the logits.
        value = ours(*map(ag.tensor, inputs)).numpy()
        np.testing.assert_allclose(value, theirs(*map(torch.tensor, inputs)).numpy(), rtol=1e-9)
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of reduction="mean" for a divergence
        if name in CONSTANT_TARGET:
            target = inputs[-1]
            compare(
                lambda *x: ours(*x, target),
                lambda *x: [theirs(*x, torch.tensor(target))],
                [[x] for x in inputs[:-1]],
            )
        else:
            compare(ours, lambda *x: [theirs(*x)], [[x] for x in inputs])


def same_parameters(ours, theirs):
    theirs = theirs.double()
    ours.double().load_state_dict({key: value.numpy() for key, value in theirs.state_dict().items()})
    return ours, theirs


@needs_torch
@pytest.mark.parametrize("name", ["RNN", "LSTM", "GRU"])
@given(seed=SEEDS)
@examples(10)
def test_recurrent_layer_as_pytorch(name, seed):
    draw = Draw(seed)
    hidden, layers, both = int(draw.below(3)) + 2, int(draw.below(2)) + 1, draw.one_of(True, False)
    given_ = {
        "num_layers": layers,
        "bias": draw.one_of(True, False),
        "batch_first": draw.one_of(True, False),
        "bidirectional": both,
    }
    width = hidden
    if name == "LSTM":
        given_["proj_size"] = int(draw.below(hidden))
        width = given_["proj_size"] or hidden
    if name == "RNN":
        given_["nonlinearity"] = draw.one_of("tanh", "relu")
    ours, theirs = same_parameters(
        getattr(nn, name)(3, hidden, **given_), getattr(torch.nn, name)(3, hidden, **given_)
    )
    x = draw.normal(*draw.one_of((3, 2, 3), (3, 3)))
    examples = () if x.ndim == 2 else (3 if given_["batch_first"] else 2,)
    passes = layers * (2 if both else 1)
    states = [
        draw.normal(passes, *examples, size) for size in ((width, hidden) if name == "LSTM" else (width,))
    ]
    inputs = [[x], states] if draw.one_of(True, False) else [[x]]

    def flattened(*args):
        y, state = theirs(*args)
        return [y, *(state if isinstance(state, tuple) else (state,))]

    compare(ours, flattened, inputs)


@needs_torch
@given(seed=SEEDS)
@examples(25)
def test_attention_as_pytorch(seed):
    draw = Draw(seed)
    kdim, vdim = draw.one_of(None, 3), draw.one_of(None, 5)
    batch_first, batched = draw.one_of(True, False), draw.one_of(True, False)
    given_ = {"kdim": kdim, "vdim": vdim, "batch_first": batch_first, "bias": draw.one_of(True, False)}
    given_ |= {"add_bias_kv": draw.one_of(True, False), "add_zero_attn": draw.one_of(True, False)}
    ours, theirs = same_parameters(
        nn.MultiheadAttention(4, 2, **given_), torch.nn.MultiheadAttention(4, 2, **given_)
    )

    def sequence(length, width):
        if not batched:
            return draw.normal(length, width)
        return draw.normal(*((2, length) if batch_first else (length, 2)), width)

    inputs = [[sequence(3, 4)], [sequence(5, kdim or 4)], [sequence(5, vdim or 4)]]
    hidden = draw.below(2, 3, 5).astype(bool)
    hidden[:, 0] = False  # of a query that sees nothing, PyTorch makes NaN
    mask = draw.one_of(None, hidden, draw.normal(3, 5), draw.normal(4 if batched else 2, 3, 5))
    options = {"need_weights": draw.one_of(True, False), "average_attn_weights": draw.one_of(True, False)}
    their_mask = None if mask is None else torch.tensor(mask)

    def flattened(*args):
        return [y for y in theirs(*args, attn_mask=their_mask, **options) if y is not None]

    compare(lambda *args: ours(*args, attn_mask=mask, **options), flattened, inputs)
