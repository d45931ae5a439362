"""Cases of record_torch_losses.py: transformers, bags of embeddings, fractional pooling, packed sequences."""


def drawn(*shape, through=None):
    """Random numbers, then mapped by a function ``through`` to where the input may lie."""
    return {"shape": shape, "through": through}


def constant(value):
    """An input that is always the same, and has no gradient."""
    return {"constant": value}


def model(**options):
    return {"d_model": 4, "nhead": 2, "dim_feedforward": 3, "dropout": 0.0} | options


SOURCE, TARGET = drawn(3, 2, 4), drawn(2, 2, 4)
LATER = constant([[False, True, True], [False, False, True], [False, False, False]])
PADDING = constant([[False, False, True], [False, False, False]])

TRANSFORMERS = [
    ("TransformerEncoderLayer", model(), [SOURCE], {"src_mask": LATER, "src_key_padding_mask": PADDING}),
    (
        "TransformerEncoderLayer",
        model(activation="gelu", norm_first=True, batch_first=True, bias=False, layer_norm_eps=0.01),
        [drawn(2, 3, 4)],
        {"src_mask": drawn(3, 3), "src_key_padding_mask": PADDING},
    ),
    (
        "TransformerDecoderLayer",
        model(bias=False),
        [drawn(3, 4), drawn(2, 4)],
        {"tgt_mask": LATER, "memory_key_padding_mask": constant([False, True])},
    ),
    (
        "TransformerEncoder",
        {
            "encoder_layer": {"class": "TransformerEncoderLayer", **model(bias=False)},
            "num_layers": 1,
            "norm": {"class": "LayerNorm", "normalized_shape": 4},
        },
        [SOURCE],
        {"mask": LATER, "is_causal": constant(True)},
    ),
    (
        "TransformerDecoder",
        {
            "decoder_layer": {"class": "TransformerDecoderLayer", **model(norm_first=True)},
            "num_layers": 1,
        },
        [TARGET, SOURCE],
        {"memory_mask": constant([[False, True, False], [False, False, True]])},
    ),
    (
        "Transformer",
        model(num_encoder_layers=1, num_decoder_layers=1, batch_first=True),
        [drawn(2, 3, 4), drawn(2, 3, 4)],
        {"tgt_mask": LATER, "tgt_is_causal": constant(True), "memory_key_padding_mask": PADDING},
    ),
]


def table(**options):
    return {"num_embeddings": 5, "embedding_dim": 3} | options


PADDED = constant([[0, 2, 2], [4, 4, 1], [2, 2, 2]])
NUMBERS, OFFSETS = constant([1, 3, 3, 0, 4, 1]), constant([0, 2, 2, 5])

BAGS = [
    ("EmbeddingBag", table(), [PADDED]),
    ("EmbeddingBag", table(mode="max", padding_idx=2), [PADDED]),
    ("EmbeddingBag", table(mode="max"), [NUMBERS, OFFSETS]),
    ("EmbeddingBag", table(mode="mean", padding_idx=-2), [NUMBERS, OFFSETS]),
    ("EmbeddingBag", table(mode="sum", include_last_offset=True), [NUMBERS, constant([0, 2, 2, 6])]),
    ("EmbeddingBag", table(mode="sum", max_norm=1.0, norm_type=1.0), [PADDED]),
    ("EmbeddingBag", table(mode="sum", padding_idx=3), [NUMBERS, OFFSETS, drawn(6)]),
    ("embedding_bag", {"mode": "sum"}, [PADDED, drawn(5, 2)], {"per_sample_weights": drawn(3, 3)}),
]

# With one window on each axis, the samples do not matter.
WHOLE = [
    ("FractionalMaxPool2d", {"kernel_size": 2, "output_size": 1}, [drawn(2, 2, 2, 2)]),
    ("FractionalMaxPool3d", {"kernel_size": (2, 1, 2), "output_ratio": (0.4, 0.4, 0.3)}, [drawn(2, 3, 3, 4)]),
]


def samples(*shape):
    return {"_random_samples": drawn(*shape, through="fraction")}


FRACTIONAL = [
    (
        "fractional_max_pool2d",
        {"kernel_size": 2, "output_size": (4, 3)},
        [drawn(2, 2, 7, 6)],
        samples(2, 2, 2),
    ),
    (
        "fractional_max_pool2d",
        {"kernel_size": (3, 2), "output_ratio": (0.5, 0.7), "return_indices": True},
        [drawn(2, 9, 8)],
        samples(1, 2, 2),
    ),
    (
        "fractional_max_pool3d",
        {"kernel_size": (1, 2, 3), "output_size": (2, 3, 2)},
        [drawn(1, 2, 5, 7, 6)],
        samples(1, 2, 3),
    ),
    (
        "fractional_max_pool3d",
        {"kernel_size": 2, "output_ratio": (0.4, 0.5, 0.6), "return_indices": True},
        [drawn(1, 6, 6, 5)],
        samples(1, 1, 3),
    ),
]

RAGGED = drawn(3, 3, 2, through="packed")

PACKED = [
    ("RNN", {"input_size": 2, "hidden_size": 3}, [RAGGED]),
    ("GRU", {"input_size": 2, "hidden_size": 2, "bidirectional": True}, [RAGGED, drawn(2, 3, 2)]),
    (
        "LSTM",
        {"input_size": 2, "hidden_size": 2, "bidirectional": True, "num_layers": 2, "bias": False},
        [RAGGED, [drawn(4, 3, 2), drawn(4, 3, 2)]],
    ),
]

FURTHER = TRANSFORMERS + BAGS + WHOLE + FRACTIONAL + PACKED
