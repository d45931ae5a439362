"""Records what PyTorch answers, in double precision, for the tests of losses, attention and recurrent layers.

Run ``python tests/record_torch_losses.py`` where torch 2.13 is installed; it writes torch_losses.npz. A case
is a class of torch.nn, or a function of torch.nn.functional; its arguments; and its inputs, in order or by
name: ``drawn`` at random, then mapped by a function ``through`` to where the input may lie (the gradient is
that by what was drawn); ``constant``; or several.
"""

import functools
import json
import warnings

import numpy as np
import torch
from record_torch_answers import ARRAYS, HERE, arguments, draw, keep
from torch import nn
from torch.nn import functional

THROUGH = {
    None: lambda x: x,
    "log_softmax": lambda x: x.log_softmax(-1),
    "softmax": lambda x: x.softmax(-1),
    "sigmoid": torch.sigmoid,
    "exp": torch.exp,
}


def drawn(*shape, through=None):
    return {"shape": shape, "through": through}


def constant(value):
    return {"constant": value}


LOGITS, PAIR = drawn(3, 4), [drawn(2, 3), drawn(2, 3)]
PROBABILITIES = [drawn(2, 3, through="sigmoid"), drawn(2, 3, through="sigmoid")]
DISTRIBUTIONS = [drawn(2, 3, through="log_softmax"), drawn(2, 3, through="softmax")]
CLASSES, YES_NO, SIGNS = (
    constant([0, 3, 1]),
    constant([[1.0, 0.0, 1.0], [0.0, 0.0, 1.0]]),
    constant([[1.0, -1.0, -1.0], [1.0, 1.0, -1.0]]),
)
COUNTS = constant([[0.0, 1.0, 5.0], [2.0, 3.0, 1.0]])
TRIPLE = [drawn(4, 3), drawn(4, 3), drawn(4, 3)]
SPOKEN = drawn(7, 3, 4, through="log_softmax")
SPELLED = [SPOKEN, constant([[1, 2, 2], [3, 1, 0], [1, 0, 0]]), constant([7, 5, 6]), constant([3, 2, 1])]
IMPOSSIBLE = [SPOKEN, constant([[1, 1, 1], [3, 1, 0], [1, 0, 0]]), constant([4, 5, 6]), constant([3, 2, 0])]


def adaptive(**options):
    return {"in_features": 16, "n_classes": 9, "cutoffs": [3, 6]} | options


LOSSES = [
    ("CrossEntropyLoss", {}, [LOGITS, CLASSES]),
    ("CrossEntropyLoss", {"reduction": "sum"}, [drawn(4), constant(2)]),
    ("CrossEntropyLoss", {"reduction": "none"}, [drawn(2, 3, 2, 2), constant([[[0, 2], [1, 1]]] * 2)]),
    ("CrossEntropyLoss", {"weight": [1.0, 2.0, 0.5, 3.0], "label_smoothing": 0.1}, [LOGITS, CLASSES]),
    ("CrossEntropyLoss", {"ignore_index": 3, "weight": [1.0, 2.0, 0.5, 3.0]}, [LOGITS, CLASSES]),
    ("CrossEntropyLoss", {"label_smoothing": 0.2}, [LOGITS, constant([0, -100, 1])]),
    ("CrossEntropyLoss", {"label_smoothing": 0.1}, [drawn(2, 3), drawn(2, 3, through="softmax")]),
    ("CrossEntropyLoss", {"weight": [1.0, 2.0, 3.0], "reduction": "sum"}, [drawn(2, 3, 2), drawn(2, 3, 2)]),
    ("NLLLoss", {}, [drawn(3, 4, through="log_softmax"), CLASSES]),
    ("NLLLoss", {"weight": [1.0, 2.0, 0.5, 3.0], "ignore_index": 0}, [LOGITS, CLASSES]),
    ("NLLLoss", {"reduction": "none"}, [drawn(2, 3, 2), constant([[0, 2], [1, 1]])]),
    ("BCELoss", {}, PROBABILITIES),
    ("BCELoss", {"reduction": "none", "weight": [1.0, 2.0, 3.0]}, [PROBABILITIES[0], YES_NO]),
    ("BCEWithLogitsLoss", {}, PAIR),
    ("BCEWithLogitsLoss", {"weight": [1.0, 2.0, 3.0], "pos_weight": [2.0, 0.5, 1.0]}, [PAIR[0], YES_NO]),
    ("BCEWithLogitsLoss", {"reduction": "sum", "pos_weight": [2.0]}, PAIR),
    ("KLDivLoss", {"reduction": "batchmean"}, DISTRIBUTIONS),
    ("KLDivLoss", {"reduction": "mean"}, DISTRIBUTIONS),
    ("KLDivLoss", {"reduction": "none", "log_target": True}, [DISTRIBUTIONS[0]] * 2),
    ("KLDivLoss", {"reduction": "sum"}, [DISTRIBUTIONS[0], YES_NO]),
    ("MSELoss", {}, PAIR),
    ("MSELoss", {"reduction": "none"}, PAIR),
    ("L1Loss", {}, PAIR),
    ("L1Loss", {"reduction": "sum"}, PAIR),
    ("SmoothL1Loss", {}, PAIR),
    ("SmoothL1Loss", {"beta": 0.3, "reduction": "none"}, PAIR),
    ("SmoothL1Loss", {"beta": 0.0}, PAIR),
    ("HuberLoss", {}, PAIR),
    ("HuberLoss", {"delta": 0.4, "reduction": "sum"}, PAIR),
    ("GaussianNLLLoss", {}, [*PAIR, drawn(2, 3, through="exp")]),
    ("GaussianNLLLoss", {"full": True, "reduction": "none"}, [*PAIR, drawn(2, through="exp")]),
    ("GaussianNLLLoss", {"eps": 1.0, "reduction": "sum"}, [*PAIR, drawn(2, 1, through="exp")]),
    ("GaussianNLLLoss", {}, [*PAIR, constant(0.5)]),
    ("PoissonNLLLoss", {}, [PAIR[0], COUNTS]),
    ("PoissonNLLLoss", {"full": True, "reduction": "none"}, [PAIR[0], COUNTS]),
    ("PoissonNLLLoss", {"log_input": False, "eps": 0.01}, [drawn(2, 3, through="exp"), COUNTS]),
    ("PoissonNLLLoss", {"full": True, "reduction": "sum"}, [PAIR[0], drawn(2, 3, through="exp")]),
    ("CTCLoss", {}, SPELLED),
    ("CTCLoss", {"reduction": "none"}, SPELLED),
    ("CTCLoss", {"reduction": "sum"}, [SPOKEN, constant([1, 2, 2, 3, 1, 1]), *SPELLED[2:]]),
    (
        "CTCLoss",
        {"blank": 3},
        [SPOKEN, constant([[0, 0], [2, 1], [1, 2]]), *[constant([7, 7, 7])], constant([2, 1, 2])],
    ),
    ("CTCLoss", {"zero_infinity": True}, IMPOSSIBLE),
    ("CTCLoss", {}, [drawn(5, 3, through="log_softmax"), constant([1, 2]), constant(5), constant(2)]),
    ("MarginRankingLoss", {}, [*PAIR, SIGNS]),
    ("MarginRankingLoss", {"margin": 0.5, "reduction": "none"}, [*PAIR, SIGNS]),
    ("HingeEmbeddingLoss", {}, [PAIR[0], SIGNS]),
    ("HingeEmbeddingLoss", {"margin": 0.5, "reduction": "none"}, [PAIR[0], SIGNS]),
    ("CosineEmbeddingLoss", {}, [*PAIR, constant([1, -1])]),
    ("CosineEmbeddingLoss", {"margin": -0.5, "reduction": "none"}, [*PAIR, constant([-1, -1])]),
    ("CosineEmbeddingLoss", {"reduction": "sum"}, [drawn(3), drawn(3), constant(1)]),
    ("SoftMarginLoss", {}, [PAIR[0], SIGNS]),
    ("SoftMarginLoss", {"reduction": "none"}, [PAIR[0], YES_NO]),
    ("TripletMarginLoss", {}, TRIPLE),
    ("TripletMarginLoss", {"margin": 2.0, "p": 1.0, "swap": True, "reduction": "none"}, TRIPLE),
    ("TripletMarginLoss", {"p": 3.0, "reduction": "sum"}, [drawn(3), drawn(3), drawn(3)]),
    ("TripletMarginWithDistanceLoss", {}, TRIPLE),
    ("TripletMarginWithDistanceLoss", {"margin": 2.0, "swap": True, "reduction": "none"}, TRIPLE),
    ("MultiMarginLoss", {}, [LOGITS, CLASSES]),
    ("MultiMarginLoss", {"p": 2, "margin": 0.5, "weight": [1.0, 2.0, 0.5, 3.0]}, [LOGITS, CLASSES]),
    ("MultiMarginLoss", {"reduction": "none"}, [drawn(4), constant(2)]),
    ("MultiLabelMarginLoss", {}, [LOGITS, constant([[3, 0, -1, 1], [-1, 0, 1, 2], [1, 1, 2, -1]])]),
    ("MultiLabelMarginLoss", {"reduction": "none"}, [LOGITS, constant([[3, 0, 2, 1]] * 3)]),
    ("MultiLabelMarginLoss", {"reduction": "sum"}, [drawn(4), constant([1, 2, -1, -1])]),
    ("MultiLabelSoftMarginLoss", {}, [PAIR[0], YES_NO]),
    ("MultiLabelSoftMarginLoss", {"weight": [1.0, 2.0, 0.5], "reduction": "none"}, [PAIR[0], YES_NO]),
    ("LinearCrossEntropyLoss", {"in_features": 3, "num_classes": 4}, [drawn(2, 3), constant([3, 0])]),
    (
        "LinearCrossEntropyLoss",
        {"in_features": 3, "num_classes": 2, "out_features": [2], "bias": True, "ignore_index": 5},
        [drawn(2, 3), constant([[1, 0], [0, 5]])],
    ),
    ("AdaptiveLogSoftmaxWithLoss", adaptive(), [drawn(5, 16), constant([0, 5, 8, 1, 6])]),
    (
        "AdaptiveLogSoftmaxWithLoss",
        adaptive(div_value=2.0, head_bias=True),
        [drawn(4, 16), constant([3, 6, 5, 7])],
    ),
    ("PairwiseDistance", {}, PAIR),
    ("PairwiseDistance", {"p": 1.0, "eps": 0.1, "keepdim": True}, [drawn(2, 3), drawn(1, 3)]),
    ("CosineSimilarity", {}, PAIR),
    ("CosineSimilarity", {"dim": 0, "eps": 0.1}, [drawn(3, 2), drawn(3, 1)]),
]

FUNCTIONS = [
    ("mse_loss", {}, PAIR, {"weight": drawn(2, 3, through="exp")}),
    ("mse_loss", {"reduction": "sum"}, PAIR, {"weight": drawn(2, 3, through="exp")}),
    ("l1_loss", {}, PAIR, {"weight": drawn(2, 3, through="exp")}),
    ("huber_loss", {"delta": 0.5, "reduction": "none"}, PAIR, {"weight": drawn(2, 3, through="exp")}),
    ("huber_loss", {}, PAIR, {"weight": drawn(2, 3, through="exp")}),
]

SEQUENCE = drawn(3, 2, 3)


def sizes(**options):
    return {"input_size": 3, "hidden_size": 4} | options


LAYERS = [
    ("RNN", sizes(), [SEQUENCE]),
    ("RNN", sizes(nonlinearity="relu", num_layers=2, bias=False), [SEQUENCE, drawn(2, 2, 4)]),
    ("RNN", sizes(bidirectional=True), [drawn(4, 3), drawn(2, 4)]),
    ("LSTM", sizes(), [SEQUENCE]),
    ("LSTM", sizes(num_layers=2, bidirectional=True), [SEQUENCE, [drawn(4, 2, 4), drawn(4, 2, 4)]]),
    ("LSTM", sizes(batch_first=True, bias=False), [SEQUENCE, [drawn(1, 3, 4), drawn(1, 3, 4)]]),
    (
        "LSTM",
        sizes(num_layers=2, proj_size=2, bidirectional=True),
        [SEQUENCE, [drawn(4, 2, 2), drawn(4, 2, 4)]],
    ),
    ("LSTM", sizes(proj_size=2), [drawn(4, 3)]),
    ("GRU", sizes(), [SEQUENCE]),
    ("GRU", sizes(num_layers=2, bidirectional=True, batch_first=True), [SEQUENCE, drawn(4, 3, 4)]),
    ("GRU", sizes(bias=False), [drawn(4, 3), drawn(1, 4)]),
    ("RNNCell", sizes(), [drawn(2, 3), drawn(2, 4)]),
    ("RNNCell", sizes(nonlinearity="relu", bias=False), [drawn(3)]),
    ("LSTMCell", sizes(), [drawn(2, 3), [drawn(2, 4), drawn(2, 4)]]),
    ("LSTMCell", sizes(bias=False), [drawn(3), [drawn(4), drawn(4)]]),
    ("LSTMCell", sizes(), [drawn(2, 3)]),
    ("GRUCell", sizes(), [drawn(2, 3), drawn(2, 4)]),
    ("GRUCell", sizes(bias=False), [drawn(3)]),
]

QKV = [drawn(3, 2, 4), drawn(5, 2, 4), drawn(5, 2, 4)]
HIDDEN_KEYS = constant([[False, False, True, False, True], [False] * 5])
HIDDEN_PAIRS = constant([[False, True, False, False, False], [False, False, False, True, False], [False] * 5])


def heads(**options):
    return {"embed_dim": 4, "num_heads": 2} | options


ATTENTION = [
    ("MultiheadAttention", heads(), QKV),
    ("MultiheadAttention", heads(bias=False), QKV, {"key_padding_mask": HIDDEN_KEYS}),
    ("MultiheadAttention", heads(add_bias_kv=True, add_zero_attn=True), QKV, {"attn_mask": HIDDEN_PAIRS}),
    (
        "MultiheadAttention",
        heads(add_zero_attn=True),
        QKV,
        {"attn_mask": drawn(4, 3, 5), "key_padding_mask": drawn(2, 5)},
    ),
    (
        "MultiheadAttention",
        heads(kdim=3, vdim=5, batch_first=True),
        [drawn(2, 3, 4), drawn(2, 5, 3), drawn(2, 5, 5)],
        {"attn_mask": HIDDEN_PAIRS, "key_padding_mask": HIDDEN_KEYS, "average_attn_weights": constant(0)},
    ),
    (
        "MultiheadAttention",
        heads(kdim=3, bias=False),
        [drawn(3, 4), drawn(5, 3), drawn(5, 4)],
        {"need_weights": constant(0), "key_padding_mask": constant([False, False, True, False, True])},
    ),
    ("MultiheadAttention", heads(), [drawn(3, 4), drawn(5, 4), drawn(5, 4)], {"attn_mask": drawn(3, 5)}),
]
BATCH = [drawn(2, 2, 3, 4), drawn(2, 2, 5, 4), drawn(2, 2, 5, 3)]
FUNCTIONS += [
    ("scaled_dot_product_attention", {}, BATCH, {}),
    ("scaled_dot_product_attention", {"is_causal": True}, BATCH, {}),
    ("scaled_dot_product_attention", {"scale": 0.3}, BATCH, {"attn_mask": HIDDEN_PAIRS}),
    (
        "scaled_dot_product_attention",
        {},
        BATCH,
        {"attn_mask": constant([[[True] * 5, [False] * 5, [True] * 5]])},
    ),
    ("scaled_dot_product_attention", {}, BATCH, {"attn_mask": drawn(2, 1, 3, 5)}),
    ("scaled_dot_product_attention", {}, [drawn(3, 4), drawn(5, 4), drawn(5, 2)], {}),
    (
        "scaled_dot_product_attention",
        {"enable_gqa": True},
        [drawn(2, 4, 3, 4), drawn(2, 2, 5, 4), drawn(2, 2, 5, 3)],
        {},
    ),
]


def value(spec):
    """What is passed to torch, and what is recorded of it."""
    if isinstance(spec, list):
        values, records = zip(*map(value, spec), strict=True)
        return tuple(values), list(records)
    if "constant" in spec:
        given = spec["constant"]
        dtype = torch.float64 if isinstance(np.ravel(given)[0], np.floating) else None
        return given if isinstance(given, float) else torch.tensor(given, dtype=dtype), spec
    leaf = torch.from_numpy(draw(spec["shape"])).double().requires_grad_()
    return THROUGH[spec["through"]](leaf), {"leaf": leaf, "through": spec["through"]}


def kept(record):
    """The record with arrays in place of leaves."""
    if isinstance(record, list):
        return [kept(item) for item in record]
    if "leaf" not in record:
        return record
    leaf = record["leaf"]
    gradient = torch.zeros_like(leaf) if leaf.grad is None else leaf.grad
    return {"array": keep(leaf.detach().float()), "through": record["through"], "gradient": keep(gradient)}


def flat(outputs):
    if isinstance(outputs, torch.Tensor):
        return [outputs]
    return [leaf for output in outputs if output is not None for leaf in flat(output)]


def record(name, given, inputs, named=None):
    values, records = value(inputs)
    keywords = {key: value(spec) for key, spec in (named or {}).items()}
    case = {"name": name, "arguments": given}
    options = {key: torch.tensor(v) if "weight" in key else v for key, v in arguments(given).items()}
    if name[0].isupper():
        layer = getattr(nn, name)(**options).double()
        with torch.no_grad():
            for parameter in layer.parameters():
                parameter.copy_(torch.from_numpy(draw(parameter.shape)) / 2)
        case["repr"] = repr(layer)
        case["state"] = {key: keep(entry.float()) for key, entry in layer.state_dict().items()}
    else:
        layer = functools.partial(getattr(functional, name), **options)
    outputs = flat(layer(*values, **{key: pair[0] for key, pair in keywords.items()}))
    cotangents = [torch.from_numpy(draw(y.shape)).double() for y in outputs]
    sum((y * g).sum() for y, g in zip(outputs, cotangents, strict=True)).backward()
    if name[0].isupper():
        case["gradients"] = {key: keep(p.grad) for key, p in layer.named_parameters()}
    return case | {
        "inputs": kept(records),
        "named": {key: kept(pair[1]) for key, pair in keywords.items()},
        "outputs": [keep(y) for y in outputs],
        "cotangents": [keep(g.float()) for g in cotangents],
    }


def main():
    warnings.simplefilter("ignore")  # PyTorch's opinion of reduction="mean"
    index = {
        "torch": torch.__version__,
        "losses": [record(*case) for case in LOSSES],
        "layers": [record(*case) for case in LAYERS + ATTENTION],
        "functions": [record(*case) for case in FUNCTIONS],
    }
    np.savez_compressed(HERE / "torch_losses.npz", index=np.array(json.dumps(index)), **ARRAYS)
    print(f"{len(ARRAYS)} arrays, {(HERE / 'torch_losses.npz').stat().st_size // 1024} KB")


if __name__ == "__main__":
    main()
