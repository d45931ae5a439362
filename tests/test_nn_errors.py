"""A user's mistakes: every error of the functional layers and of the layers' arguments."""

import numpy as np
import pytest

import autograd_cnn as ag
from autograd_cnn import nn
from autograd_cnn.errors import ArgumentError, DtypeError, ShapeError, UnsupportedError

F = nn.functional


def ones(*shape, dtype="float32"):
    return ag.ones(shape, dtype)


IMAGES = ones(2, 4, 8, 8)

MISTAKES = [
    # Convolution
    (
        lambda: F.conv2d(ones(2, 64, 8, 8), ones(32, 16, 3, 3), groups=2),
        ShapeError,
        r"conv2d: weight has 16 input channels per group \(shape \(32, 16, 3, 3\)\), but input has 64 "
        r"channels and groups=2; expected 32 input channels",
    ),
    (
        lambda: F.conv2d(ones(4, 4), ones(4, 4, 3, 3)),
        ShapeError,
        r"conv2d: expected input of shape \(batch, channels, height, width\), .* got 2 axes",
    ),
    (
        lambda: F.conv1d(IMAGES, ones(4, 4, 3)),
        ShapeError,
        r"conv1d: expected input of shape \(batch, channels, length\)",
    ),
    (lambda: F.conv3d(ones(2, 4), ones(4, 4, 3, 3, 3)), ShapeError, "conv3d: expected input"),
    (lambda: F.conv2d(IMAGES, ones(4, 4, 3)), ShapeError, "conv2d: expected a weight of 4 axes"),
    (
        lambda: F.conv2d(IMAGES, ones(4, 4, 3, 3), ones(3)),
        ShapeError,
        r"conv2d: expected a bias of shape \(4,\)",
    ),
    (lambda: F.conv2d(IMAGES, ones(4, 4, 9, 9)), ShapeError, "conv2d: kernel larger than its padded input"),
    (
        lambda: F.conv2d(IMAGES[0], ones(4, 4, 9, 9)),
        ShapeError,
        "conv2d: kernel larger than its padded input",
    ),
    (
        lambda: F.conv2d(IMAGES, ones(4, 4, 3, 3, dtype="float64")),
        DtypeError,
        "conv2d: expected one dtype, got input of float32 and weight of float64",
    ),
    (lambda: F.conv2d(IMAGES, ones(4, 4, 3, 3), ones(4, dtype="float64")), DtypeError, "bias of float64"),
    (lambda: nn.Conv2d(4, 4, 3)(ones(2, 4, 8, 8, dtype="float64")), DtypeError, r'x\.astype\("float32"\)'),
    (lambda: nn.Conv2d(4, 4, 3)(np.ones((2, 4, 8, 8), np.uint8)), DtypeError, "input of uint8"),
    (
        lambda: F.conv2d(IMAGES, ones(4, 2, 3, 3), groups=3),
        ArgumentError,
        "conv2d: expected groups that divide the 4 output channels",
    ),
    (lambda: F.conv2d(IMAGES, ones(4, 4, 3, 3), groups=0), ArgumentError, "groups=0"),
    (lambda: F.conv2d(IMAGES, ones(4, 4, 3, 3), stride=0), ArgumentError, "conv2d: expected stride"),
    (
        lambda: F.conv2d(IMAGES, ones(4, 4, 3, 3), stride=2, padding="same"),
        ArgumentError,
        'conv2d: expected stride 1 with padding="same"',
    ),
    (lambda: F.conv2d(IMAGES, ones(4, 4, 3, 3), padding="full"), ArgumentError, "conv2d: expected padding"),
    (
        lambda: F.conv2d([[1.0]], ones(4, 4, 3, 3)),
        UnsupportedError,
        "conv2d: expected input to be a tensor or an array, got list",
    ),
    (
        lambda: F.conv2d(IMAGES, None),
        UnsupportedError,
        "conv2d: expected weight to be a tensor or an array, got NoneType",
    ),
    (lambda: nn.Conv2d(4, 6, 3, groups=4), ArgumentError, "Conv2d: expected groups that divide"),
    (lambda: nn.Conv2d(0, 6, 3), ArgumentError, "in_channels=0"),
    (lambda: nn.Conv2d(4, 6, (3, 3, 3)), ArgumentError, "Conv2d: expected kernel as an int or 2 ints"),
    (
        lambda: nn.Conv1d(4, 6, 3, padding_mode="mirror"),
        ArgumentError,
        "Conv1d: expected padding_mode to be one of zeros, reflect, replicate, circular, got 'mirror'",
    ),
    (
        lambda: nn.ConvTranspose2d(4, 6, 3, padding_mode="reflect"),
        ArgumentError,
        "ConvTranspose2d: expected padding_mode to be one of zeros",
    ),
    (lambda: nn.ConvTranspose2d(4, 6, 3, padding="same"), ArgumentError, "expected padding as an int or 2"),
    (
        lambda: nn.ConvTranspose2d(4, 6, 3, output_padding=1)(IMAGES),
        ArgumentError,
        r"conv_transpose2d: expected an output_padding smaller than stride \(1, 1\)",
    ),
    (lambda: nn.ConvTranspose2d(4, 6, 3)(IMAGES, (20, 10)), ShapeError, r"output_size from \[10, 10\]"),
    (lambda: nn.ConvTranspose2d(3, 6, 3)(IMAGES), ShapeError, "weight has 3 input channels"),
    (lambda: nn.ConvTranspose2d(4, 6, 3)(IMAGES.astype("float64")), DtypeError, "expected one dtype"),
    (lambda: F.conv_transpose2d(IMAGES, ones(4, 2, 3)), ShapeError, "expected a weight of 4 axes"),
    (lambda: F.conv_transpose2d(IMAGES, ones(4, 2, 3, 3), ones(3)), ShapeError, r"bias of shape \(2,\)"),
    (
        lambda: F.conv_transpose2d(IMAGES, ones(4, 2, 3, 3), groups=3),
        ArgumentError,
        "groups that divide the 4",
    ),
    (lambda: F.conv_transpose2d(IMAGES, ones(4, 2, 3, 3), padding=9), ShapeError, "nothing is left"),
    # Padding and folding
    (lambda: F.pad(IMAGES, (1, 1, 1)), ArgumentError, "pad: expected two widths for each of at most 4 axes"),
    (lambda: F.pad(IMAGES, (1, 1), mode="mirror"), ArgumentError, "pad: expected mode constant, reflect"),
    (
        lambda: F.pad(IMAGES, (1, 1), mode="reflect"),
        ShapeError,
        "pad: with mode='reflect' expected 1 to 3 axes",
    ),
    (lambda: F.pad(IMAGES[0], (8, 1), mode="reflect"), ShapeError, "widths of at most 7"),
    (lambda: F.pad(IMAGES[0], (9, 1), mode="circular"), ShapeError, "widths of at most 8"),
    (lambda: F.pad(IMAGES, (-5, -4)), ShapeError, "widths that leave something"),
    (lambda: F.pad(IMAGES[0], (1, 1), mode="reflect", value=1.0), ArgumentError, "expected no value"),
    (lambda: F.pad(IMAGES[0], (6, -3), mode="circular"), ShapeError, "widths of at most 5"),
    (lambda: nn.ZeroPad2d((1, 1)), ArgumentError, "ZeroPad2d: expected padding as an int or 4 ints"),
    (lambda: F.unfold(ones(4), 2), ShapeError, "unfold: expected input of shape"),
    (lambda: F.fold(ones(1, 4, 3), (4, 4), 2), ShapeError, "fold: expected columns of shape"),
    # Activations, dropout, distances, embedding
    (lambda: F.hardtanh(IMAGES, 2, 1), ArgumentError, "hardtanh: expected min_val of at most max_val"),
    (lambda: F.prelu(IMAGES, ones(3)), ShapeError, "prelu: expected a weight of one number, or of 4"),
    (lambda: F.prelu(IMAGES, ones(4, dtype="float64")), DtypeError, "prelu: expected one dtype"),
    (lambda: F.rrelu(IMAGES, 2, 1), ArgumentError, "rrelu: expected lower of at most upper"),
    (lambda: F.celu(IMAGES, 0), ArgumentError, "celu: expected an alpha that is not 0"),
    (lambda: F.softshrink(IMAGES, -1), ArgumentError, "softshrink: expected a lambd of at least 0"),
    (lambda: F.gelu(IMAGES, "erf"), ArgumentError, "gelu: expected approximate to be none or tanh"),
    (lambda: F.glu(ones(2, 3)), ShapeError, "glu: expected an even length along dim=-1"),
    (lambda: F.elu([1.0]), UnsupportedError, "elu: expected input to be a tensor or an array"),
    (lambda: nn.PReLU(0), ArgumentError, "PReLU: expected num_parameters"),
    (lambda: nn.Softmax2d()(ones(2, 3)), ShapeError, "Softmax2d: expected an input"),
    (lambda: nn.Dropout2d(-0.1), ArgumentError, "Dropout2d: expected a probability"),
    (lambda: F.dropout2d(ones(2, 3)), ShapeError, "dropout2d: expected an input"),
    (lambda: F.feature_alpha_dropout(ones(3)), ShapeError, "feature_alpha_dropout: expected an input"),
    (lambda: F.cosine_similarity(ones(3), ones(3)), ShapeError, "cosine_similarity: expected dim from -"),
    (lambda: F.pdist(ones(3)), ShapeError, "pdist: expected an input of 2 axes"),
    (lambda: F.embedding(ones(3), ones(4, 2)), DtypeError, "embedding: expected integers, got float32"),
    (
        lambda: F.embedding(np.array([4]), ones(4, 2)),
        ArgumentError,
        "numbers of rows from 0 to 3, got 4 to 4",
    ),
    (lambda: F.embedding(np.array([0]), ones(4)), ShapeError, "embedding: expected a weight of shape"),
    (lambda: F.embedding(np.array([0]), ones(4, 2), 5), ArgumentError, "expected padding_idx"),
    (lambda: F.embedding(np.array([0]), ones(4, 2), sparse=True), UnsupportedError, "gradients are dense"),
    (lambda: nn.Embedding(0, 2), ArgumentError, "Embedding: expected num_embeddings"),
    (lambda: nn.Embedding(3, 2, padding_idx=3), ArgumentError, "Embedding: expected padding_idx"),
    (lambda: nn.Embedding.from_pretrained(ones(3)), ShapeError, "expected a table of shape"),
    (lambda: F.one_hot(ones(3)), DtypeError, "one_hot: expected integers"),
    (lambda: F.one_hot(np.array([3]), 2), ArgumentError, "one_hot: expected integers from 0 to 1"),
    (lambda: F.one_hot(np.array([], int)), ArgumentError, "one_hot: expected num_classes"),
    (lambda: nn.Unflatten(1, 3), ArgumentError, "Unflatten: expected unflattened_size as a tuple"),
    (lambda: nn.Unflatten(1, (3, -1))(ones(2, 4)), ShapeError, "Unflatten: expected unflattened_size"),
    (lambda: nn.Bilinear(2, 0, 3), ArgumentError, "Bilinear: expected in1_features"),
    (lambda: nn.Bilinear(2, 3, 4)(ones(5, 2), ones(5, 4)), ShapeError, "bilinear: expected inputs"),
    (lambda: F.bilinear(ones(2), ones(3), ones(4, 2, 3), ones(3)), ShapeError, r"bilinear: expected a bias"),
    # Resizing, sampling and shuffling
    (lambda: F.interpolate(IMAGES), ArgumentError, "interpolate: expected either size or scale_factor"),
    (lambda: F.interpolate(IMAGES, 4, 2), ArgumentError, "expected either size or scale_factor"),
    (lambda: F.interpolate(IMAGES, 4, mode="cubic"), ArgumentError, "expected mode to be one of nearest"),
    (lambda: F.interpolate(IMAGES, 4, mode="linear"), ShapeError, "with 1 spatial axes for mode='linear'"),
    (lambda: F.interpolate(IMAGES, 4, align_corners=True), ArgumentError, "expected align_corners=None"),
    (lambda: F.interpolate(IMAGES, 4, antialias=True), ArgumentError, "expected antialias with bilinear"),
    (lambda: F.interpolate(IMAGES, (4, 4, 4)), ArgumentError, "expected 2 sizes"),
    (lambda: F.interpolate(IMAGES, scale_factor=0.1), ArgumentError, "expected 2 sizes of at least 1"),
    (lambda: F.interpolate(IMAGES[:, :0], 4), ShapeError, "not empty"),
    (
        lambda: F.interpolate(np.ones((1, 1, 4, 4), int), 4, mode="bilinear"),
        DtypeError,
        "interpolate: expected a floating input, got int64",
    ),
    (lambda: F.grid_sample(IMAGES, ones(1, 2, 2, 2)), ShapeError, "grid_sample: expected an input"),
    (lambda: F.grid_sample(IMAGES, ones(2, 2, 2, 2, dtype="float64")), DtypeError, "one dtype"),
    (lambda: F.grid_sample(IMAGES, ones(2, 2, 2, 2), mode="linear"), ArgumentError, "expected mode bilinear"),
    (
        lambda: F.grid_sample(IMAGES, ones(2, 2, 2, 2), padding_mode="edge"),
        ArgumentError,
        "expected padding_mode",
    ),
    (lambda: F.grid_sample(IMAGES[:, :0], ones(2, 2, 2, 2)), ShapeError, "not empty"),
    (lambda: F.affine_grid(ones(1, 2, 2), (1, 1, 2, 2)), ShapeError, "affine_grid: expected theta"),
    (lambda: F.pixel_shuffle(IMAGES, 3), ShapeError, "pixel_shuffle: expected an input"),
    (lambda: F.pixel_unshuffle(IMAGES, 3), ShapeError, "pixel_unshuffle: expected an input"),
    (lambda: F.channel_shuffle(IMAGES, 3), ShapeError, "channel_shuffle: expected an input"),
    # Pooling
    (lambda: F.max_pool2d(ones(4), 2), ShapeError, "max_pool2d: expected input"),
    (lambda: F.max_pool2d(IMAGES, 9), ShapeError, "max_pool2d: kernel larger"),
    (
        lambda: F.max_pool2d(IMAGES, 2, padding=2),
        ArgumentError,
        "max_pool2d: expected padding of at most half the window",
    ),
    (
        lambda: F.avg_pool2d(IMAGES, 2, padding=2),
        ArgumentError,
        "avg_pool2d: expected padding of at most half",
    ),
    (lambda: F.avg_pool2d(IMAGES, 9), ShapeError, "avg_pool2d: kernel larger"),
    (
        lambda: F.avg_pool2d(IMAGES, 2, divisor_override=0),
        ArgumentError,
        "avg_pool2d: expected a divisor_override",
    ),
    (
        lambda: F.avg_pool2d(np.ones((1, 1, 4, 4), int), 2),
        DtypeError,
        "avg_pool2d: expected a floating input, got int64",
    ),
    (lambda: F.max_pool1d(IMAGES, 2), ShapeError, "max_pool1d: expected input"),
    (lambda: F.max_pool3d(IMAGES[0], 2), ShapeError, "max_pool3d: expected input"),
    (lambda: F.avg_pool1d(IMAGES, 2), ShapeError, "avg_pool1d: expected input"),
    (lambda: F.avg_pool3d(IMAGES[0], 2), ShapeError, "avg_pool3d: expected input"),
    (lambda: F.max_pool2d([[1.0]], 2), UnsupportedError, "max_pool2d: expected input to be a tensor"),
    (lambda: nn.MaxPool2d(0), ArgumentError, "MaxPool2d: expected kernel"),
    (lambda: F.adaptive_avg_pool2d(IMAGES, 0), ArgumentError, "adaptive_avg_pool2d: expected output_size"),
    (lambda: F.adaptive_max_pool2d(IMAGES, (1, 2, 3)), ArgumentError, "output_size as an int of at least 1"),
    (lambda: F.adaptive_avg_pool1d(np.ones((1, 2, 3), int), 2), DtypeError, "expected a floating input"),
    (lambda: F.adaptive_max_pool1d(ones(1, 2, 0), 2), ShapeError, "axes that are not empty"),
    (lambda: F.lp_pool2d(IMAGES, 0, 2), ArgumentError, "lp_pool2d: expected a norm_type that is not 0"),
    (lambda: nn.LPPool2d(0, 2), ArgumentError, "LPPool2d: expected a norm_type"),
    (lambda: F.max_unpool2d(IMAGES, IMAGES, 2), DtypeError, "max_unpool2d: expected integer indices"),
    (lambda: F.max_unpool1d(ones(1, 2, 3), np.zeros((1, 2, 2), int), 2), ShapeError, "indices of the shape"),
    (lambda: F.max_unpool1d(ones(1, 1, 1), np.array([[[9]]]), 2), ArgumentError, "indices from 0 to 1"),
    (
        lambda: F.max_unpool1d(ones(1, 1, 1), np.array([[[0]]]), 2, output_size=(5,)),
        ShapeError,
        "expected an output_size within",
    ),
    (lambda: nn.AvgPool2d(2, stride=(1, 1, 1)), ArgumentError, "AvgPool2d: expected stride"),
    (lambda: nn.AvgPool1d(2, padding=-1), ArgumentError, "AvgPool1d: expected padding"),
    # Linear and reshaping
    (
        lambda: F.linear(ones(2, 3), ones(4, 5)),
        ShapeError,
        r"linear: weight has 5 inputs \(shape \(4, 5\)\), but input has the shape \(2, 3\)",
    ),
    (lambda: F.linear(ag.tensor(1.0), ones(4, 5)), ShapeError, r"expected \(\.\.\., 5\)"),
    (lambda: F.linear(ones(2, 5), ones(4, 5, 1)), ShapeError, "linear: expected a weight of shape"),
    (
        lambda: F.linear(ones(2, 5), ones(4, 5), ones(5)),
        ShapeError,
        r"linear: expected a bias of shape \(4,\)",
    ),
    (
        lambda: nn.Linear(5, 4)(np.ones((2, 5))),
        DtypeError,
        "linear: expected one dtype, got input of float64 and weight of float32 and bias of float32",
    ),
    (lambda: nn.Linear(0, 4), ArgumentError, "Linear: expected in_features"),
    (lambda: F.flatten(IMAGES, 2, 1), ArgumentError, "flatten: expected start_dim before end_dim"),
    (lambda: F.flatten(IMAGES, 4), ArgumentError, "flatten: expected dim from -4 to 3 for 4 axes, got 4"),
    (lambda: F.flatten([1.0]), UnsupportedError, "flatten: expected input to be a tensor"),
    # Softmax and dropout
    (lambda: F.softmax(IMAGES), ArgumentError, "softmax: expected dim"),
    (lambda: nn.Softmax()(IMAGES), ArgumentError, "softmax: expected dim"),
    (lambda: F.log_softmax(IMAGES, -5), ArgumentError, "log_softmax: expected dim from -4 to 3"),
    (lambda: F.log_softmax([1.0], 0), UnsupportedError, "log_softmax: expected input"),
    (lambda: F.dropout(IMAGES, 1.5), ArgumentError, "dropout: expected a probability p from 0 to 1, got 1.5"),
    (lambda: F.dropout([1.0]), UnsupportedError, "dropout: expected input"),
    (lambda: nn.Dropout(-0.1), ArgumentError, "Dropout: expected a probability"),
    # Losses
    (
        lambda: F.cross_entropy(ones(2, 3), [0, 1, 2]),
        ShapeError,
        r"cross_entropy: expected a target of shape \(2,\).*got \(3,\)",
    ),
    (lambda: F.cross_entropy(ones(2, 3), [[0], [1]]), ShapeError, "cross_entropy: expected a target"),
    (
        lambda: F.cross_entropy(ones(2, 3), [0, 3]),
        ArgumentError,
        "cross_entropy: expected target classes from 0 to 2, got 0 to 3",
    ),
    (lambda: F.cross_entropy(ones(2, 3), [-1, 0]), ArgumentError, "got -1 to 0"),
    (
        lambda: F.cross_entropy(ones(2, 3), [0.0, 1.0]),
        DtypeError,
        "cross_entropy: expected integer classes as target, got float64",
    ),
    (
        lambda: F.cross_entropy(ones(2, 3), ones(2)),
        ShapeError,
        "cross_entropy: expected a floating target to give the probability",
    ),
    (
        lambda: F.cross_entropy(ones(2, 3), np.ones((2, 3))),
        DtypeError,
        "cross_entropy: expected target probabilities of float32",
    ),
    (
        lambda: F.cross_entropy(ones(2, 3), [0, 1], ones(2)),
        ShapeError,
        "cross_entropy: expected a weight for each of the 3 classes",
    ),
    (
        lambda: F.cross_entropy(ones(2, 3), [0, 1], np.ones(3)),
        DtypeError,
        "cross_entropy: expected a weight of float32",
    ),
    (
        lambda: F.cross_entropy(ones(2, 3), [0, 1], [1, 1, 1]),
        UnsupportedError,
        "cross_entropy: expected weight to be",
    ),
    (
        lambda: F.cross_entropy(ones(2, 3), [0, 1], reduction="average"),
        ArgumentError,
        "cross_entropy: expected reduction",
    ),
    (
        lambda: F.cross_entropy(ones(2, 3), [0, 1], label_smoothing=2),
        ArgumentError,
        "cross_entropy: expected label_smoothing",
    ),
    (
        lambda: F.cross_entropy(np.ones((2, 3), int), [0, 1]),
        DtypeError,
        "cross_entropy: expected a floating input",
    ),
    (lambda: F.cross_entropy(ag.tensor(1.0), 0), ShapeError, "cross_entropy: expected a floating input"),
    (lambda: F.nll_loss(ones(2, 3), [0, 3]), ArgumentError, "nll_loss: expected target classes"),
    (lambda: F.nll_loss([[1.0]], [0]), UnsupportedError, "nll_loss: expected input"),
    (
        lambda: F.mse_loss(ones(2, 1), ones(2)),
        ShapeError,
        r"mse_loss: expected input and target of one shape, got \(2, 1\) and \(2,\)",
    ),
    (lambda: F.mse_loss(ones(2), np.ones(2)), DtypeError, "mse_loss: expected input and target of one dtype"),
    (lambda: F.mse_loss(ones(2), [1, 1]), UnsupportedError, "mse_loss: expected target"),
    (lambda: F.mse_loss(ones(2), ones(2), reduction=None), ArgumentError, "mse_loss: expected reduction"),
    (lambda: nn.CrossEntropyLoss(reduction="average"), ArgumentError, "CrossEntropyLoss: expected reduction"),
    (lambda: nn.MSELoss("average"), ArgumentError, "MSELoss: expected reduction"),
]


@pytest.mark.parametrize(("mistake", "error", "message"), MISTAKES, ids=[m[2][:40] for m in MISTAKES])
def test_mistake(mistake, error, message):
    with pytest.raises(error, match=message) as caught:
        mistake()
    assert caught.value.__class__ is error


def test_a_layer_of_double_precision_takes_double():
    assert nn.Conv2d(1, 2, 3, dtype=np.float64)(np.ones((1, 1, 4, 4))).dtype == np.float64
    assert nn.Linear(3, 2).double()(np.ones((1, 3))).dtype == np.float64


def test_classes_may_be_a_list_and_of_any_integer_dtype():
    for target in ([0, 1], np.array([0, 1], np.uint8), ag.tensor([0, 1]), (0, 1)):
        assert F.cross_entropy(ones(2, 3), target).item() == pytest.approx(np.log(3), rel=1e-6)


def test_an_empty_batch_has_a_loss_of_nan_without_a_warning():
    empty = ag.zeros((0, 3), "float32").requires_grad_()
    loss = F.cross_entropy(empty, [])
    assert np.isnan(loss.item())
    loss.backward()
    assert empty.grad.shape == (0, 3)
    assert np.isnan(F.mse_loss(ones(0, 2), ones(0, 2)).item())
    assert F.cross_entropy(empty, [], reduction="sum").item() == 0


def test_losses_far_out_are_exact():
    logits = ag.tensor([[1000.0, -1000.0], [-1000.0, 1000.0]], requires_grad=True)
    loss = F.cross_entropy(logits, [0, 0])
    assert loss.item() == 1000
    loss.backward()
    np.testing.assert_array_equal(logits.grad.numpy(), [[0, 0], [-0.5, 0.5]])


def test_mse_loss_with_integer_targets_stays_in_single_precision():
    assert F.mse_loss(ones(2), np.array([1, 3])).dtype == np.float32
