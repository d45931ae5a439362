"""Every loss against PyTorch's recorded answers and finite differences; far out; and what a mistake says."""

import numpy as np
import pytest
from recorded import INDEX, as_function, check_against_torch, flat, identify, inputs, make

import autograd_cnn as ag
from autograd_cnn import nn
from autograd_cnn.errors import ArgumentError, DtypeError, ShapeError, UnsupportedError
from autograd_cnn.nn import distance, linear_loss, loss, margin_loss
from autograd_cnn.ops.ufuncs import value_of
from autograd_cnn.testing import check_grads

F = nn.functional
LOSSES = INDEX["losses"]
CASES = LOSSES + INDEX["functions"]


def test_every_loss_has_a_recorded_answer():
    modules = (loss, margin_loss, linear_loss, distance)
    assert {case["name"] for case in LOSSES} == {name for module in modules for name in module.__all__}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("case", CASES, ids=identify)
def test_answers_as_pytorch(case, dtype):
    check_against_torch(case, dtype)


@pytest.mark.parametrize("case", LOSSES, ids=identify)
def test_repr_and_state_are_those_of_pytorch(case):
    assert repr(make(case)) == case["repr"]
    assert list(make(case).state_dict()) == list(case["state"])


# Below eps = 1, the derivative by a variance is deliberately that of 1.
SMOOTH = [case for case in CASES if case["arguments"].get("eps") != 1.0]


@pytest.mark.parametrize("case", SMOOTH, ids=identify)
def test_gradients(case):
    function, values = as_function(case)
    check_grads(function, values, order=2)


@pytest.mark.parametrize("case", CASES, ids=identify)
def test_arrays_give_an_array_of_the_same_value(case):
    function = make(case)
    leaves, passed, _ = inputs(case)
    args, named = passed([ag.tensor(leaf) for leaf in leaves])
    plain = [value_of(x) for x in args]
    of_arrays = function(*plain, **{key: value_of(x) for key, x in named.items()})
    for ours, of_tensor in zip(flat(of_arrays), flat(function(*args, **named)), strict=True):
        np.testing.assert_array_equal(value_of(ours), value_of(of_tensor))


# --- Numbers ------------------------------------------------------------------------------------------

LN2 = np.log(2)

# Of the logits ±1000 and the target 1, 1, 0, 0: the loss, its value and its gradient.
FAR_OUT = {
    "binary cross-entropy": (
        lambda x, t: F.binary_cross_entropy_with_logits(x, t, reduction="none"),
        [0, 1000, 1000, 0],
        [0, -1, 1, 0],
    ),
    "soft margin": (
        lambda x, t: F.soft_margin_loss(x, 2 * t - 1, reduction="none"),
        [0, 1000, 1000, 0],
        [0, -1, 1, 0],
    ),
    "multi-label soft margin": (F.multilabel_soft_margin_loss, 500, [0, -0.25, 0.25, 0]),
    "cross-entropy": (lambda x, t: F.cross_entropy(x[None], [1]), 2000 + LN2, [0.5, -1, 0.5, 0]),
    "cross-entropy of probabilities": (
        lambda x, t: F.cross_entropy(x[None], t[None] / 2),
        1000 + LN2,
        [0, -0.5, 0.5, 0],
    ),
    "likelihood": (
        lambda x, t: F.nll_loss(F.log_softmax(x[None], 1), [1], reduction="sum"),
        2000 + LN2,
        [0.5, -1, 0.5, 0],
    ),
    "divergence": (
        lambda x, t: F.kl_div(F.log_softmax(x, 0), t / 2, reduction="sum"),
        1000,
        [0, -0.5, 0.5, 0],
    ),
    "Huber": (lambda x, t: F.huber_loss(x, 0 * t, "none"), [999.5] * 4, [1, -1, 1, -1]),
    "multi-margin": (lambda x, t: F.multi_margin_loss(x, 1), 1000.75, [0.25, -0.75, 0.25, 0.25]),
    "alignment": (
        # Of two frames, one is the label: 2 paths of 2000.
        lambda x, t: F.ctc_loss(F.log_softmax(x.reshape(2, 1, 2), 2), [[1]], [2], [1]),
        2000 - LN2,
        [0.5, -0.5, 0.5, -0.5],
    ),
}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", FAR_OUT)
def test_far_out_logits_are_exact(name, dtype):
    function, value, gradient = FAR_OUT[name]
    x = ag.tensor([1000.0, -1000.0, 1000.0, -1000.0], dtype=dtype, requires_grad=True)
    loss = function(x, np.array([1, 1, 0, 0], dtype))
    ulps = 4 * np.finfo(dtype).eps
    assert loss.dtype == dtype
    np.testing.assert_allclose(loss.detach().numpy(), value, rtol=ulps)
    loss.sum().backward(create_graph=True)
    np.testing.assert_allclose(x.grad.detach().numpy(), gradient, atol=1000 * ulps)
    if x.grad.requires_grad:
        (second,) = ag.backprop((x.grad * x.grad).sum(), [x])
        assert np.isfinite(second.numpy()).all()


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_logarithm_of_a_sum_of_many_is_that_of_numpy(dtype):
    special = np.array([np.inf, -np.inf, np.nan, 0, 1, -1, 1000, -1000, 1e38, -1e38], dtype)
    drawn = 20 * np.random.default_rng(0).standard_normal((2, 2000)).astype(dtype)
    pairs = np.concatenate([np.array(np.meshgrid(special, special)).reshape(2, -1), drawn], axis=1)
    with np.errstate(invalid="ignore", over="ignore"):
        expected = np.logaddexp(*pairs)
    ours = np.logaddexp(*map(ag.tensor, pairs))
    assert ours.dtype == dtype
    np.testing.assert_allclose(ours.numpy(), expected, rtol=8 * np.finfo(dtype).eps)


def test_limits_hold_in_half_precision_too():
    x = ag.tensor([0.0, 1.0], dtype="float16", requires_grad=True)
    F.binary_cross_entropy(x, ag.tensor([1.0, 0.0], dtype="float16"), reduction="sum").backward()
    assert x.grad.dtype == np.float16
    np.testing.assert_allclose(x.grad.numpy(), [-1.64e4, 1.64e4], rtol=1e-3)
    zeros = ag.zeros((2, 3), "float16").requires_grad_()
    F.cosine_embedding_loss(zeros, ag.ones((2, 3), "float16"), [1, -1]).backward()
    assert np.isfinite(zeros.grad.numpy()).all()


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_binary_cross_entropy_of_certain_probabilities(dtype):
    x = ag.tensor([0.0, 1.0, 0.0, 1.0], dtype=dtype, requires_grad=True)
    loss = F.binary_cross_entropy(x, np.array([0, 1, 1, 0], dtype), reduction="none")
    np.testing.assert_array_equal(loss.detach().numpy(), [0, 0, 100, 100])
    loss.sum().backward()
    # PyTorch has 0 in place of 1 and -1, the derivatives of -log(1 - x) at 0 and of -log(x) at 1.
    np.testing.assert_allclose(x.grad.numpy(), [1, -1, -1e12, 1e12], rtol=1e-6)


def test_binary_cross_entropy_keeps_the_digits_of_small_probabilities():
    x = ag.tensor([1e-6], dtype="float32")
    assert F.binary_cross_entropy(x, ag.zeros(1, "float32")).item() == pytest.approx(1e-6, rel=1e-6)


def test_second_derivative_of_huber_is_one_at_zero_and_none_outside():
    x = ag.tensor([0.0, 0.5, 3.0])
    hessian = ag.hessian(lambda x: F.huber_loss(x, np.zeros(3), "sum"))(x.numpy())
    np.testing.assert_array_equal(hessian, np.diag([1.0, 1.0, 0.0]))


def test_huge_differences_do_not_overflow():
    x = ag.tensor([1e38, -1e38], dtype="float32", requires_grad=True)
    loss = F.smooth_l1_loss(x, ag.zeros(2, "float32"), reduction="none")
    loss.sum().backward()
    np.testing.assert_allclose(loss.detach().numpy(), 1e38, rtol=1e-6)
    np.testing.assert_array_equal(x.grad.numpy(), [1, -1])


def test_a_variance_below_eps_can_grow():
    var = ag.tensor([0.0], requires_grad=True)
    loss = F.gaussian_nll_loss(ag.tensor([1.0]), ag.tensor([0.0]), var, eps=1e-2)
    loss.backward()
    assert loss.item() == pytest.approx(0.5 * (np.log(1e-2) + 100))
    assert var.grad.item() == pytest.approx(0.5 * (100 - 1e4))


def test_distances_of_equal_vectors_have_gradients():
    x = ag.tensor([[1.0, 2.0], [0.0, 0.0]], requires_grad=True)
    F.pairwise_distance(x, x.detach(), eps=0.0).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), 0)
    x.grad = None
    F.cosine_similarity(x, x.detach()).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), 0, atol=1e-15)


def test_divergence_from_what_is_impossible_is_finite():
    p = ag.tensor([0.0, 1.0], requires_grad=True)
    loss = F.kl_div(ag.tensor([-3.0, -0.05]), p, reduction="sum")
    assert loss.item() == 0.05
    loss.backward()
    np.testing.assert_allclose(p.grad.numpy(), [3.0, 1.05])


@pytest.mark.parametrize("zero_infinity", [False, True])
def test_a_target_that_no_path_spells(zero_infinity):
    x = ag.tensor(np.zeros((2, 1, 3)), requires_grad=True)
    loss = F.ctc_loss(F.log_softmax(x, 2), [[1, 1]], [2], [2], zero_infinity=zero_infinity)
    assert loss.item() == (0 if zero_infinity else np.inf)
    loss.backward(create_graph=True)
    assert not x.grad.detach().numpy().any()


def test_ctc_is_the_sum_over_all_paths():
    logits = np.random.default_rng(0).standard_normal((4, 3))
    log_probabilities = F.log_softmax(logits, 1)
    total = 0.0
    for path in np.ndindex(3, 3, 3, 3):
        merged = [k for before, k in zip((None, *path), path, strict=False) if k != before]
        if [k for k in merged if k] == [1, 1]:
            total += np.exp(sum(log_probabilities[t, k] for t, k in enumerate(path)))
    loss = F.ctc_loss(log_probabilities, [1, 1], 4, 2, reduction="none")
    assert loss.shape == ()
    assert float(loss) == pytest.approx(-np.log(total), rel=1e-12)


def test_ctc_of_no_frames_and_of_empty_targets():
    x = F.log_softmax(np.zeros((3, 3, 2)), 2)
    losses = F.ctc_loss(x, np.zeros((3, 1), int) + 1, [0, 0, 2], [0, 1, 0], reduction="none")
    np.testing.assert_allclose(losses, [0, np.inf, 2 * LN2])


EMPTY = ag.zeros((0, 3))


@pytest.mark.parametrize(
    "loss",
    [
        lambda **r: F.binary_cross_entropy(EMPTY, EMPTY, **r),
        lambda **r: F.binary_cross_entropy_with_logits(EMPTY, EMPTY, **r),
        lambda **r: F.kl_div(EMPTY, EMPTY, **r),
        lambda **r: F.smooth_l1_loss(EMPTY, EMPTY, **r),
        lambda **r: F.gaussian_nll_loss(EMPTY, EMPTY, EMPTY, **r),
        lambda **r: F.triplet_margin_loss(EMPTY, EMPTY, EMPTY, **r),
        lambda **r: F.hinge_embedding_loss(EMPTY, np.zeros((0, 3)), **r),
        lambda **r: F.cosine_embedding_loss(EMPTY, EMPTY, np.zeros(0), **r),
        lambda **r: F.multi_margin_loss(EMPTY, np.zeros(0, int), **r),
        lambda **r: F.multilabel_margin_loss(EMPTY, np.zeros((0, 3), int), **r),
        lambda **r: F.ctc_loss(ag.zeros((2, 0, 3)), np.zeros((0, 1), int), [], [], **r),
    ],
)
def test_an_empty_batch_has_a_sum_of_zero_and_a_mean_of_nan(loss):
    assert loss(reduction="sum").item() == 0
    assert np.isnan(loss(reduction="mean").item())


def test_log_probabilities_of_an_adaptive_softmax():
    layer = nn.AdaptiveLogSoftmaxWithLoss(16, 9, [3, 6])
    x = np.random.default_rng(0).standard_normal((9, 16)).astype("float32")
    log_probabilities = layer.log_prob(x)
    np.testing.assert_allclose(np.exp(log_probabilities.detach().numpy()).sum(1), 1, rtol=1e-6)
    output = layer(x, np.arange(9)).output.detach().numpy()
    np.testing.assert_allclose(log_probabilities.detach().numpy().diagonal(), output, rtol=1e-5)
    assert layer(x[4], 7).output.shape == ()
    np.testing.assert_array_equal(layer.predict(x), log_probabilities.detach().numpy().argmax(1))
    before = layer.head.weight.detach().numpy().copy()
    layer.reset_parameters()
    assert (layer.head.weight.detach().numpy() != before).all()


# --- Mistakes -----------------------------------------------------------------------------------------

X, T = ag.ones((2, 3)), ag.ones((2, 3))
SPELLED = (ag.zeros((4, 2, 3)), [[1, 2], [1, 1]], [4, 4], [2, 1])


def spelled(**changes):
    names = ("log_probs", "targets", "input_lengths", "target_lengths")
    return F.ctc_loss(**dict(zip(names, SPELLED, strict=True)) | changes)


MISTAKES = [
    (lambda: F.l1_loss(X, T, reduction="batchmean"), ArgumentError, "l1_loss: expected reduction 'mean'"),
    (lambda: F.cross_entropy(X, T, ignore_index=0), ArgumentError, "expected no ignore_index with prob"),
    (
        lambda: F.linear_cross_entropy(X, T, [0, 1], options="chunks"),
        UnsupportedError,
        "linear_cross_entropy: expected options=None, got 'chunks'",
    ),
    (lambda: F.linear_cross_entropy(X, T[0], [0, 1]), ShapeError, "expected linear_weight of shape"),
    (lambda: nn.LinearCrossEntropyLoss(3, 2, options=1), UnsupportedError, "expected options=None, got 1"),
    (lambda: nn.AdaptiveLogSoftmaxWithLoss(8, 9, [3, 3]), ArgumentError, "expected one or more cutoffs"),
    (lambda: nn.AdaptiveLogSoftmaxWithLoss(8, 9, []), ArgumentError, "expected one or more cutoffs"),
    (
        lambda: nn.AdaptiveLogSoftmaxWithLoss(8, 9, [9]),
        ArgumentError,
        r"at most n_classes - 1 = 8, got \[9\]",
    ),
    (
        lambda: nn.AdaptiveLogSoftmaxWithLoss(3, 9, [3], div_value=2)(X.astype("float32"), [0, 9]),
        ArgumentError,
        "AdaptiveLogSoftmaxWithLoss: expected target classes from 0 to 8, got 0 to 9",
    ),
    (lambda: F.kl_div(X, T, reduction="average"), ArgumentError, "kl_div: expected reduction 'batchmean'"),
    (lambda: F.l1_loss(X, T, False), ArgumentError, "got size_average=False.*reduction='sum'"),
    (lambda: F.l1_loss(X, T, reduce=True), ArgumentError, "got reduce=True"),
    (lambda: nn.L1Loss("sum"), ArgumentError, "L1Loss: expected reduction .* got size_average='sum'"),
    (lambda: nn.HuberLoss("average"), ArgumentError, "HuberLoss: expected reduction"),
    (lambda: nn.CTCLoss(reduction="batchmean"), ArgumentError, "CTCLoss: expected reduction"),
    (lambda: F.l1_loss(X, ag.ones(3)), ShapeError, "l1_loss: expected input and target of one shape"),
    (lambda: F.l1_loss(X, T.astype("float32")), DtypeError, "l1_loss: expected input and target of one"),
    (lambda: F.l1_loss(np.ones(2, int), np.ones(2)), DtypeError, "l1_loss: expected a floating input"),
    (lambda: F.l1_loss(X, T, weight=ag.ones(3)), ShapeError, "l1_loss: expected a weight of the shape"),
    (lambda: F.smooth_l1_loss(X, T, beta=-1), ArgumentError, "smooth_l1_loss: expected a threshold beta"),
    (lambda: nn.SmoothL1Loss(beta=-1), ArgumentError, "SmoothL1Loss: expected a threshold beta"),
    (lambda: F.huber_loss(X, T, delta=0), ArgumentError, "huber_loss: expected a threshold delta above 0"),
    (lambda: nn.HuberLoss(delta=0), ArgumentError, "HuberLoss: expected a threshold delta above 0"),
    (lambda: F.gaussian_nll_loss(X, T, -1.0), ArgumentError, "expected variances from 0, got -1.0"),
    (lambda: F.gaussian_nll_loss(X, T, ag.ones((1, 1))), ShapeError, "gaussian_nll_loss: expected a number"),
    (lambda: F.binary_cross_entropy(2 * X, T), ArgumentError, "expected probabilities from 0 to 1 as input"),
    (
        lambda: F.binary_cross_entropy(X, T, ag.ones(2)),
        ShapeError,
        r"expected weight that broadcasts to the shape \(2, 3\), got \(2,\)",
    ),
    (
        lambda: F.binary_cross_entropy_with_logits(X, T, pos_weight=ag.ones((1, 2, 3))),
        ShapeError,
        "expected pos_weight that broadcasts",
    ),
    (lambda: F.hinge_embedding_loss(X, [1, 0]), ShapeError, "hinge_embedding_loss: expected a target"),
    (lambda: F.hinge_embedding_loss(X[0], [1, 0, 1]), ArgumentError, "expected a target of 1 and -1"),
    (lambda: F.cosine_embedding_loss(X[None], T[None], [1]), ShapeError, "expected inputs of shape"),
    (lambda: F.margin_ranking_loss(X, X[0], T), ShapeError, "expected input and input2 of one shape"),
    (lambda: F.triplet_margin_loss(X, X, X[0]), ShapeError, "expected input and negative of one shape"),
    (lambda: F.triplet_margin_loss(X, X, X, margin=0), ArgumentError, "expected a margin above 0, got 0"),
    (lambda: nn.TripletMarginLoss(margin=-1), ArgumentError, "TripletMarginLoss: expected a margin above"),
    (lambda: F.multi_margin_loss(X, [0, 3]), ArgumentError, "multi_margin_loss: expected target classes"),
    (lambda: F.multi_margin_loss(X, [0, 1], p=3), ArgumentError, "expected a power p of 1 or 2, got 3"),
    (lambda: nn.MultiMarginLoss(p=0), ArgumentError, "MultiMarginLoss: expected a power p"),
    (lambda: F.multi_margin_loss(X[None], [[0]]), ShapeError, "multi_margin_loss: expected input of shape"),
    (lambda: F.multilabel_margin_loss(X, [[0, 3, -1]] * 2), ArgumentError, "expected target classes below 3"),
    (lambda: F.multilabel_margin_loss(X, [0, 1]), ShapeError, "multilabel_margin_loss: expected input of"),
    (lambda: F.multilabel_margin_loss(X, T), DtypeError, "expected integer classes as target"),
    (lambda: F.multilabel_soft_margin_loss(X.sum(), T.sum()), ShapeError, "expected input of shape"),
    (lambda: F.cosine_similarity(X, T, dim=2), ShapeError, "cosine_similarity: expected dim from -2 to 1"),
    (
        lambda: F.pairwise_distance([1.0], X),
        UnsupportedError,
        "pairwise_distance: expected x1 to be a tensor",
    ),
    (lambda: spelled(log_probs=X[0]), ShapeError, r"expected log_probs of shape \(T, N, C\)"),
    (lambda: spelled(blank=3), ArgumentError, "expected blank from 0 to 2, got 3"),
    (lambda: spelled(targets=[[1, 0], [1, 1]]), ArgumentError, "expected target classes from 0 to 2 other"),
    (lambda: spelled(targets=[1, 2]), ShapeError, r"expected targets of shape \(N, S\) with N = 2"),
    (lambda: spelled(targets=[[1.0, 2.0], [1, 1]]), DtypeError, "expected integer classes as targets"),
    (lambda: spelled(input_lengths=[4, 5]), ArgumentError, "expected input_lengths from 0 to 4"),
    (lambda: spelled(target_lengths=[2]), ShapeError, "expected target_lengths to be 2"),
    (lambda: spelled(target_lengths=[2.0, 1.0]), DtypeError, "expected integers as target_lengths"),
]


@pytest.mark.parametrize(("mistake", "error", "message"), MISTAKES, ids=[m[2][:40] for m in MISTAKES])
def test_mistake(mistake, error, message):
    with pytest.raises(error, match=message) as caught:
        mistake()
    assert caught.value.__class__ is error
