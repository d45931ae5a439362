"""How the layers without images are made and called: activations, dropout, features, sequences and losses.

Each function draws for the layers of a family what one is called with and what it is made with.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from autograd_cnn.core.tensor import tensor
from autograd_cnn.testing.strategies.choices import Choices, Given
from autograd_cnn.testing.strategies.losses import LOSSES, REDUCTIONS

__all__ = ["OTHER_LAYERS"]


# --- Activations and dropout ------------------------------------------------------------------------


def _elementwise(options: Callable[[Choices], dict[str, Any]], c: Choices) -> Given:
    """Numbers that are not near those at which an activation has a kink: 0, 0.3, 0.5, 1, 3, 6."""
    shape = c.sizes(c.size(0, 3), 0, 3)
    return [np.asarray(c.one_of(1, 5, 20) * c.distinct(*shape))], options(c)


def _along_an_axis(name: str, c: Choices) -> Given:
    shape = c.sizes(c.size(1, 3))
    return [c.normal(*shape)], {name: c.size(-len(shape), len(shape) - 1)}


def _gated(c: Choices) -> Given:
    shape = list(c.sizes(c.size(1, 3)))
    axis = c.size(-len(shape), len(shape) - 1)
    shape[axis] *= 2
    return [c.normal(*shape)], {"dim": axis}


def _channelwise(c: Choices) -> Given:
    return [c.normal(*c.batch(), c.size(), *c.sizes(2))], {}


def _learned_slope(c: Choices) -> Given:
    channels = c.size()
    x = c.distinct(c.size(0, 3), channels, *c.sizes(c.size(0, 2)))
    return [c.one_of(1, 20) * x], {"num_parameters": c.one_of(1, channels)}


def _dropout(axes: int, c: Choices) -> Given:
    """Of single numbers, or of channels with this number of axes after them."""
    shape = (*c.batch(), c.size(), *c.sizes(axes)) if axes else c.sizes(c.size(0, 3), 0, 3)
    return [c.normal(*shape)], {"p": c.one_of(0.5, 0.3, 0.0, 1.0)}


def _feature_dropout(c: Choices) -> Given:
    return [c.normal(c.size(), c.size(), *c.sizes(2))], {"p": c.one_of(0.5, 0.3, 0.0, 1.0)}


# --- Features ---------------------------------------------------------------------------------------


def _linear(c: Choices) -> Given:
    features = c.size()
    first = c.sizes(c.size(0, 2), 0, 3)
    return [c.normal(*first, features)], {
        "in_features": features,
        "out_features": c.size(),
        "bias": c.one_of(True, False),
    }


def _bilinear(c: Choices) -> Given:
    first, one, other = c.sizes(c.size(0, 2), 0, 3), c.size(), c.size()
    options = {"in1_features": one, "in2_features": other, "out_features": c.size()}
    return [c.normal(*first, one), c.normal(*first, other)], {**options, "bias": c.one_of(True, False)}


def _flatten(c: Choices) -> Given:
    shape = c.sizes(c.size(1, 4), 0, 3)
    start = c.size(0, len(shape) - 1)
    end = c.size(start, len(shape) - 1) - c.one_of(0, len(shape))
    return [c.normal(*shape)], {"start_dim": start, "end_dim": end}


def _unflatten(c: Choices) -> Given:
    shape = [*c.sizes(c.size(1, 3))]
    axis, parts = c.size(-len(shape), len(shape) - 1), c.sizes(2)
    shape[axis] = int(np.prod(parts))
    return [c.normal(*shape)], {"dim": axis, "unflattened_size": parts}


def _embedding(c: Choices) -> Given:
    """Of rows other than that of the padding, which has no gradient by intent."""
    count = c.size(2, 4)
    padding = c.one_of(None, count - 1, -1)
    indices = c.below(count - (padding is not None), *c.sizes(c.size(0, 2), 0, 3))
    return [indices], {"num_embeddings": count, "embedding_dim": c.size(), "padding_idx": padding}


def _bag(c: Choices) -> Given:
    """Of bags that may be empty; the largest of a bag has no ties, as the weights are random."""
    count, mode = c.size(2, 4), c.one_of("sum", "mean", "max")
    indices = c.below(count, c.size(2, 5))
    given = [indices, np.asarray([0, c.size(0, len(indices)), len(indices)])]
    if mode == "sum" and c.flag():
        given.append(c.normal(len(indices)))
    return given, {
        "num_embeddings": count,
        "embedding_dim": c.size(),
        "mode": mode,
        "include_last_offset": True,
    }


def _similarity(c: Choices) -> Given:
    shape = (c.size(), c.size(2, 4), c.size(2, 3))
    other = 0.025 + np.flip(c.distinct(*c.one_of(shape, (1, *shape[1:]))))  # not parallel
    return [c.distinct(*shape), other], {"dim": c.one_of(1, -1, 2)}


def _distance(c: Choices) -> Given:
    shape = (*c.batch(), c.size())
    return [c.distinct(*shape), 0.025 - c.distinct(*shape)[..., ::-1]], {
        "p": c.one_of(2.0, 1.0, 3.0, 4.0),
        "keepdim": c.flag(),
    }


def _pairwise_distances(c: Choices) -> Given:
    return [c.distinct(c.size(0, 4), c.size())], {"p": c.one_of(2.0, 1.0, 3.0, 4.0)}


def _gumbel_softmax(c: Choices) -> Given:
    given, options = _along_an_axis("dim", c)
    return given, {**options, "tau": c.one_of(1.0, 0.5, 2.0)}


# --- Sequences --------------------------------------------------------------------------------------


def _recurrent(kind: str, c: Choices) -> Given:
    features, hidden, layers, both = c.size(), c.size(2, 3), c.size(1, 2), c.flag()
    options = {
        "input_size": features,
        "hidden_size": hidden,
        "num_layers": layers,
        "bias": c.one_of(True, False),
        "batch_first": c.flag(),
        "bidirectional": both,
        "dropout": c.one_of(0.0, 0.5) if layers > 1 else 0.0,
    }
    sizes = [hidden]
    if kind == "LSTM":
        options["proj_size"] = c.size(0, hidden - 1)
        sizes = [options["proj_size"] or hidden, hidden]
    elif kind == "RNN":
        options["nonlinearity"] = c.one_of("tanh", "relu")
    batch, times = c.batch(), c.size()
    first = (*batch, times) if options["batch_first"] else (times, *batch)
    given: list[Any] = [c.normal(*first, features)]
    if c.flag():
        states = tuple(c.normal(layers * (1 + both), *batch, size) for size in sizes)
        given.append(states if kind == "LSTM" else states[0])
    return given, options


def _cell(kind: str, c: Choices) -> Given:
    features, hidden, batch = c.size(), c.size(), c.batch()
    options = {"input_size": features, "hidden_size": hidden, "bias": c.one_of(True, False)}
    if kind == "RNN":
        options["nonlinearity"] = c.one_of("tanh", "relu")
    given: list[Any] = [c.normal(*batch, features)]
    if c.flag():
        states = [c.normal(*batch, hidden) for _ in range(2)]
        given.append(tuple(states) if kind == "LSTM" else states[0])
    return given, options


def _mask(c: Choices, *shape: int) -> Any:
    """None, numbers that are added, or which keys a query does not see, never all of them."""
    hidden = c.below(2, *shape).astype(bool)
    hidden[..., 0] = False
    return c.one_of(None, hidden, c.normal(*shape))


def _multihead_attention(c: Choices) -> Given:
    heads, keys, queries, batch = c.size(1, 2), c.size(), c.size(), c.batch()
    width = heads * c.size(1, 2)
    key_width, value_width = c.one_of(None, 3), c.one_of(None, 2)
    batch_first = c.flag()

    def sequence(length: int, features: int) -> Any:
        return c.normal(*((*batch, length) if batch_first else (length, *batch)), features)

    given = [
        sequence(queries, width),
        sequence(keys, key_width or width),
        sequence(keys, value_width or width),
    ]
    shape = c.one_of((queries, keys), ((*batch, 1)[0] * heads, queries, keys))
    return [*given, None, c.flag(), _mask(c, *shape), c.flag()], {
        "embed_dim": width,
        "num_heads": heads,
        "dropout": c.one_of(0.0, 0.5),
        "bias": c.one_of(True, False),
        "add_bias_kv": c.flag(),
        "add_zero_attn": c.flag(),
        "kdim": key_width,
        "vdim": value_width,
        "batch_first": batch_first,
    }


def _transformer(parts: int, c: Choices) -> Given:
    """An encoder layer (1 part), a decoder layer (2), or a transformer of one of each."""
    heads, batch, batch_first = c.size(1, 2), c.batch(), c.flag()
    width = 2 * heads

    def sequence() -> Any:
        length = c.size()
        return c.normal(*((*batch, length) if batch_first else (length, *batch)), width)

    depth = {"num_encoder_layers": 1, "num_decoder_layers": 1} if parts == 3 else {}
    return [sequence() for _ in range(min(parts, 2))], {
        "d_model": width,
        "nhead": heads,
        "dim_feedforward": c.size(),
        "dropout": c.one_of(0.0, 0.5),
        "activation": "gelu",  # the other, relu, has a kink
        "layer_norm_eps": 0.1,  # smooth where all features are nearly equal
        "batch_first": batch_first,
        "norm_first": c.flag(),
        "bias": c.one_of(True, False),
        **depth,
    }


def _scaled_dot_product_attention(c: Choices) -> Given:
    first, queries, keys, features = c.one_of((), (2,), (1, 2)), c.size(), c.size(), c.size()
    given = [c.normal(*first, length, features) for length in (queries, keys, keys)]
    options = {"dropout_p": c.one_of(0.0, 0.5), "scale": c.one_of(None, 0.7)}
    if c.flag():
        return given, {**options, "is_causal": True}
    return [*given, _mask(c, queries, keys)], options


# --- Losses -----------------------------------------------------------------------------------------


def _loss(name: str, c: Choices) -> Given:
    reduction = c.draw(REDUCTIONS)
    given, options = LOSSES[name](c.draw, 1 if reduction == "mean" else 0)
    weights = {key: tensor(value) for key, value in options.items() if isinstance(value, np.ndarray)}
    return given, {**options, **weights, "reduction": reduction}


def _linear_cross_entropy(c: Choices) -> Given:
    rows, features, classes, further = c.size(), c.size(), c.size(1, 4), c.one_of((), (2,))
    return [c.normal(rows, features), c.below(classes, rows, *further)], {
        "in_features": features,
        "num_classes": classes,
        "out_features": further,
        "bias": c.flag(),
        "reduction": c.draw(REDUCTIONS),
        "label_smoothing": c.one_of(0.0, 0.1),
    }


def _adaptive_log_softmax(c: Choices) -> Given:
    cutoffs = c.one_of([2], [1, 3], [2, 3])
    rows, classes = c.one_of((2,), (), (3,)), cutoffs[-1] + c.size()  # its loss is a mean
    return [c.normal(*rows, 4), c.below(classes, *rows)], {
        "in_features": 4,
        "n_classes": classes,
        "cutoffs": cutoffs,
        "div_value": c.one_of(2.0, 1.0),
        "head_bias": c.flag(),
    }


# --- All of them ------------------------------------------------------------------------------------

ACTIVATIONS: dict[str, Callable[[Choices], dict[str, Any]]] = {
    "CELU": lambda c: {"alpha": c.one_of(1.0, 2.0)},
    "ELU": lambda c: {"alpha": c.one_of(1.0, 0.7)},
    "GELU": lambda c: {"approximate": c.one_of("none", "tanh")},
    "Hardshrink": lambda c: {"lambd": c.one_of(0.5, 0.3)},
    "Hardsigmoid": lambda c: {},
    "Hardswish": lambda c: {"inplace": c.flag()},
    "Hardtanh": lambda c: {"min_val": c.one_of(-1.0, -0.5), "max_val": c.one_of(1.0, 0.25)},
    "Identity": lambda c: {},
    "LeakyReLU": lambda c: {"negative_slope": c.one_of(0.01, 0.2), "inplace": c.flag()},
    "LogSigmoid": lambda c: {},
    "Mish": lambda c: {},
    "RReLU": lambda c: {"lower": 0.1, "upper": c.one_of(0.3, 0.1)},
    "ReLU": lambda c: {"inplace": c.flag()},
    "ReLU6": lambda c: {},
    "SELU": lambda c: {},
    "SiLU": lambda c: {},
    "Sigmoid": lambda c: {},
    "Softplus": lambda c: {"beta": c.one_of(1.0, 2.0), "threshold": c.one_of(20.0, 1.0)},
    "Softshrink": lambda c: {"lambd": c.one_of(0.5, 0.3)},
    "Softsign": lambda c: {},
    "Tanh": lambda c: {},
    "Tanhshrink": lambda c: {},
    "Threshold": lambda c: {"threshold": c.one_of(0.0, 0.2), "value": c.one_of(0.0, -1.5)},
}

LOSS_LAYERS = {
    "BCELoss": "binary_cross_entropy",
    "BCEWithLogitsLoss": "binary_cross_entropy_with_logits",
    "CTCLoss": "ctc_loss",
    "CosineEmbeddingLoss": "cosine_embedding_loss",
    "CrossEntropyLoss": "cross_entropy",
    "GaussianNLLLoss": "gaussian_nll_loss",
    "HingeEmbeddingLoss": "hinge_embedding_loss",
    "HuberLoss": "huber_loss",
    "KLDivLoss": "kl_div",
    "L1Loss": "l1_loss",
    "MSELoss": "mse_loss",
    "MarginRankingLoss": "margin_ranking_loss",
    "MultiLabelMarginLoss": "multilabel_margin_loss",
    "MultiLabelSoftMarginLoss": "multilabel_soft_margin_loss",
    "MultiMarginLoss": "multi_margin_loss",
    "NLLLoss": "nll_loss",
    "PoissonNLLLoss": "poisson_nll_loss",
    "SmoothL1Loss": "smooth_l1_loss",
    "SoftMarginLoss": "soft_margin_loss",
    "TripletMarginLoss": "triplet_margin_loss",
    "TripletMarginWithDistanceLoss": "triplet_margin_with_distance_loss",
}

OTHER_LAYERS: dict[str, Callable[[Choices], Given]] = {
    **{name: partial(_elementwise, options) for name, options in ACTIVATIONS.items()},
    **{name: partial(_along_an_axis, "dim") for name in ("Softmax", "Softmin", "LogSoftmax")},
    "GLU": _gated,
    "Softmax2d": _channelwise,
    "PReLU": _learned_slope,
    "gumbel_softmax": _gumbel_softmax,
    "Dropout": partial(_dropout, 0),
    "AlphaDropout": partial(_dropout, 0),
    **{f"Dropout{axes}d": partial(_dropout, axes) for axes in (1, 2, 3)},
    "FeatureAlphaDropout": _feature_dropout,
    "Linear": _linear,
    "Bilinear": _bilinear,
    "Flatten": _flatten,
    "Unflatten": _unflatten,
    "Embedding": _embedding,
    "EmbeddingBag": _bag,
    "CosineSimilarity": _similarity,
    "PairwiseDistance": _distance,
    "pdist": _pairwise_distances,
    **{kind: partial(_recurrent, kind) for kind in ("RNN", "LSTM", "GRU")},
    **{f"{kind}Cell": partial(_cell, kind) for kind in ("RNN", "LSTM", "GRU")},
    "MultiheadAttention": _multihead_attention,
    "TransformerEncoderLayer": partial(_transformer, 1),
    "TransformerDecoderLayer": partial(_transformer, 2),
    "Transformer": partial(_transformer, 3),
    "scaled_dot_product_attention": _scaled_dot_product_attention,
    **{layer: partial(_loss, name) for layer, name in LOSS_LAYERS.items()},
    "LinearCrossEntropyLoss": _linear_cross_entropy,
    "AdaptiveLogSoftmaxWithLoss": _adaptive_log_softmax,
}
