"""What the public names of `torch.nn` and `torch.optim` are here: present, or absent for a reason.

The names are PyTorch 2.13's, written down, since PyTorch is not needed here; what is present is read off our
own packages. `python -m autograd_cnn.surface.pytorch` prints the page ``docs/pytorch.md``.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator

__all__ = ["ABSENT", "NAMES", "document", "present"]

NAMES: dict[str, str] = {
    "nn": """
        AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveAvgPool3d AdaptiveLogSoftmaxWithLoss
        AdaptiveMaxPool1d AdaptiveMaxPool2d AdaptiveMaxPool3d AlphaDropout AvgPool1d AvgPool2d
        AvgPool3d BCELoss BCEWithLogitsLoss BatchNorm1d BatchNorm2d BatchNorm3d Bilinear Buffer CELU
        CTCLoss ChannelShuffle CircularPad1d CircularPad2d CircularPad3d ConstantPad1d ConstantPad2d
        ConstantPad3d Container Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d
        CosineEmbeddingLoss CosineSimilarity CrossEntropyLoss CrossMapLRN2d DataParallel Dropout
        Dropout1d Dropout2d Dropout3d ELU Embedding EmbeddingBag FeatureAlphaDropout Flatten Fold
        FractionalMaxPool2d FractionalMaxPool3d GELU GLU GRU GRUCell GaussianNLLLoss GroupNorm
        Hardshrink Hardsigmoid Hardswish Hardtanh HingeEmbeddingLoss HuberLoss Identity InstanceNorm1d
        InstanceNorm2d InstanceNorm3d KLDivLoss L1Loss LPPool1d LPPool2d LPPool3d LSTM LSTMCell
        LayerNorm LazyBatchNorm1d LazyBatchNorm2d LazyBatchNorm3d LazyConv1d LazyConv2d LazyConv3d
        LazyConvTranspose1d LazyConvTranspose2d LazyConvTranspose3d LazyInstanceNorm1d
        LazyInstanceNorm2d LazyInstanceNorm3d LazyLinear LeakyReLU Linear LinearCrossEntropyLoss
        LinearCrossEntropyOptions LocalResponseNorm LogSigmoid LogSoftmax MSELoss MarginRankingLoss
        MaxPool1d MaxPool2d MaxPool3d MaxUnpool1d MaxUnpool2d MaxUnpool3d Mish Module ModuleDict
        ModuleList MultiLabelMarginLoss MultiLabelSoftMarginLoss MultiMarginLoss MultiheadAttention
        NLLLoss NLLLoss2d PReLU PairwiseDistance Parameter ParameterDict ParameterList PixelShuffle
        PixelUnshuffle PoissonNLLLoss RMSNorm RNN RNNBase RNNCell RNNCellBase RReLU ReLU ReLU6
        ReflectionPad1d ReflectionPad2d ReflectionPad3d ReplicationPad1d ReplicationPad2d
        ReplicationPad3d SELU Sequential SiLU Sigmoid SmoothL1Loss SoftMarginLoss Softmax Softmax2d
        Softmin Softplus Softshrink Softsign SyncBatchNorm Tanh Tanhshrink Threshold Transformer
        TransformerDecoder TransformerDecoderLayer TransformerEncoder TransformerEncoderLayer
        TripletMarginLoss TripletMarginWithDistanceLoss Unflatten Unfold UninitializedBuffer
        UninitializedParameter Upsample UpsamplingBilinear2d UpsamplingNearest2d ZeroPad1d ZeroPad2d
        ZeroPad3d
    """,
    "nn.functional": """
        adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool1d
        adaptive_max_pool1d_with_indices adaptive_max_pool2d adaptive_max_pool2d_with_indices
        adaptive_max_pool3d adaptive_max_pool3d_with_indices affine_grid alpha_dropout avg_pool1d
        avg_pool2d avg_pool3d batch_norm bilinear binary_cross_entropy
        binary_cross_entropy_with_logits celu celu_ channel_shuffle conv1d conv2d conv3d conv_tbc
        conv_transpose1d conv_transpose2d conv_transpose3d cosine_embedding_loss cosine_similarity
        cross_entropy ctc_loss dropout dropout1d dropout2d dropout3d elu elu_ embedding embedding_bag
        feature_alpha_dropout fold fractional_max_pool2d fractional_max_pool2d_with_indices
        fractional_max_pool3d fractional_max_pool3d_with_indices gaussian_nll_loss gelu glu
        grid_sample group_norm grouped_mm gumbel_softmax hardshrink hardsigmoid hardswish hardtanh
        hardtanh_ hinge_embedding_loss huber_loss instance_norm interpolate kl_div l1_loss layer_norm
        leaky_relu leaky_relu_ linear linear_cross_entropy local_response_norm log_softmax logsigmoid
        lp_pool1d lp_pool2d lp_pool3d margin_ranking_loss max_pool1d max_pool1d_with_indices
        max_pool2d max_pool2d_with_indices max_pool3d max_pool3d_with_indices max_unpool1d
        max_unpool2d max_unpool3d mish mse_loss multi_head_attention_forward multi_margin_loss
        multilabel_margin_loss multilabel_soft_margin_loss native_channel_shuffle nll_loss normalize
        one_hot pad pairwise_distance pdist pixel_shuffle pixel_unshuffle poisson_nll_loss prelu relu
        relu6 relu_ rms_norm rrelu rrelu_ scaled_dot_product_attention scaled_grouped_mm scaled_mm
        selu selu_ sigmoid silu smooth_l1_loss soft_margin_loss softmax softmin softplus softshrink
        softsign tanh tanhshrink threshold threshold_ triplet_margin_loss
        triplet_margin_with_distance_loss unfold upsample upsample_bilinear upsample_nearest
    """,
    "nn.init": """
        calculate_gain constant constant_ dirac dirac_ eye eye_ kaiming_normal kaiming_normal_
        kaiming_uniform kaiming_uniform_ normal normal_ ones_ orthogonal orthogonal_ sparse sparse_
        trunc_normal_ uniform uniform_ xavier_normal xavier_normal_ xavier_uniform xavier_uniform_
        zeros_
    """,
    "optim": """
        ASGD Adadelta Adafactor Adagrad Adam AdamW Adamax LBFGS Muon NAdam Optimizer RAdam RMSprop
        Rprop SGD SparseAdam swap_in_optimizer_params_and_state
    """,
    "optim.lr_scheduler": """
        ChainedScheduler ConstantLR CosineAnnealingLR CosineAnnealingWarmRestarts CyclicLR
        ExponentialLR LRScheduler LambdaLR LinearLR MultiStepLR MultiplicativeLR OneCycleLR
        PolynomialLR ReduceLROnPlateau SequentialLR StepLR
    """,
}

_LAZY = "take their shape from the first batch; say the shape, which also says what the network is"
_WINDOWS = "their windows are drawn by PyTorch's own generator"
_DEVICES = "of several devices or processes of PyTorch"
_FORMATS = "multiply groups of matrices, or in formats of eight bits that NumPy does not have"
_SPARSE = "gradients are dense here; `Adam`, and `Embedding` with a sum, compute the same"
_IN_PLACE = "write into their input; without the underscore they return a new tensor, at the same cost"

ABSENT: dict[str, dict[str, str]] = {
    "nn": {
        _LAZY: """
            LazyBatchNorm1d LazyBatchNorm2d LazyBatchNorm3d LazyConv1d LazyConv2d LazyConv3d
            LazyConvTranspose1d LazyConvTranspose2d LazyConvTranspose3d LazyInstanceNorm1d LazyInstanceNorm2d
            LazyInstanceNorm3d LazyLinear UninitializedBuffer UninitializedParameter
        """,
        _WINDOWS: "FractionalMaxPool2d FractionalMaxPool3d",
        _DEVICES: "DataParallel SyncBatchNorm",
        "options of GPU kernels": "LinearCrossEntropyOptions",
        _SPARSE: "EmbeddingBag",
        "what others build on; here the layers share private bases": "RNNBase RNNCellBase",
        "not there yet": """
            Transformer TransformerDecoder TransformerDecoderLayer TransformerEncoder TransformerEncoderLayer
        """,
        "another name: `Module`, `NLLLoss`, `LocalResponseNorm`": "Container NLLLoss2d CrossMapLRN2d",
        "`Module.register_buffer` does the same": "Buffer",
    },
    "nn.functional": {
        _IN_PLACE: "celu_ elu_ hardtanh_ leaky_relu_ relu_ rrelu_ selu_ threshold_",
        "`return_indices=True` does the same": """
            adaptive_max_pool1d_with_indices adaptive_max_pool2d_with_indices adaptive_max_pool3d_with_indices
            max_pool1d_with_indices max_pool2d_with_indices max_pool3d_with_indices
        """,
        _WINDOWS: """
            fractional_max_pool2d fractional_max_pool2d_with_indices fractional_max_pool3d
            fractional_max_pool3d_with_indices
        """,
        _FORMATS: "grouped_mm scaled_grouped_mm scaled_mm",
        _SPARSE: "embedding_bag",
        "deprecated in PyTorch; `interpolate` does the same": "upsample upsample_bilinear upsample_nearest",
        "another name, or layout: `channel_shuffle`, `conv1d`": "native_channel_shuffle conv_tbc",
    },
    "nn.init": {
        "deprecated in PyTorch; the same name with an underscore": """
            constant dirac eye kaiming_normal kaiming_uniform normal orthogonal sparse uniform xavier_normal
            xavier_uniform
        """,
    },
    "optim": {
        _SPARSE: "SparseAdam",
        "orthogonalises in bfloat16, which NumPy does not have": "Muon",
        "of PyTorch's compiler": "swap_in_optimizer_params_and_state",
    },
    "optim.lr_scheduler": {},
}

_INTRODUCTION = """\
# PyTorch's names

Every public name of these parts of PyTorch 2.13, as it is here: under the same name, with the same signature,
defaults and state, or absent for the reason given. Written by `make docs`; do not edit. What differs in
detail stands in the documentation of each class and function.
"""


def present(part: str) -> list[str]:
    """The names of a part, such as ``"nn"``, that are here.

    >>> "Conv2d" in present("nn")
    True
    """
    module = importlib.import_module(f"autograd_cnn.{part}")
    return [name for name in NAMES[part].split() if hasattr(module, name)]


def document() -> str:
    """The text of ``docs/pytorch.md``."""
    return "\n".join([_INTRODUCTION, *("\n".join(_section(part)) for part in NAMES)])


def _section(part: str) -> Iterator[str]:
    here = present(part)
    yield f"## torch.{part}\n"
    yield f"**Present** ({len(here)} of {len(NAMES[part].split())}): {_listed(here)}.\n"
    if ABSENT[part]:
        yield "**Absent**\n"
        yield from (f"- {reason}: {_listed(names.split())}." for reason, names in ABSENT[part].items())
        yield ""


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    print(document(), end="")
