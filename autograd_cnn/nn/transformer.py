"""Transformers: blocks of attention and a small network, each added to its input and normalised."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_cnn.core.tensor import Tensor, from_numpy
from autograd_cnn.errors import ArgumentError, ShapeError
from autograd_cnn.nn import functional as F  # noqa: N812 - the field's name for it
from autograd_cnn.nn import init
from autograd_cnn.nn.attention import MultiheadAttention
from autograd_cnn.nn.containers import ModuleList
from autograd_cnn.nn.dropout import Dropout
from autograd_cnn.nn.functional.checks import check_array
from autograd_cnn.nn.linear import Linear
from autograd_cnn.nn.module import Module
from autograd_cnn.nn.normalization import LayerNorm

__all__ = [
    "Transformer",
    "TransformerDecoder",
    "TransformerDecoderLayer",
    "TransformerEncoder",
    "TransformerEncoderLayer",
]

Function = Callable[[Any], Any]
Activation = str | Function

_ACTIVATIONS: dict[str, Function] = {"relu": F.relu, "gelu": F.gelu}


class _TransformerLayer(Module):
    """What the layers of encoder and decoder have in common: all but what they attend to."""

    attentions: tuple[str, ...]

    linear1: Linear
    linear2: Linear
    dropout: Dropout

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = F.relu,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        dtype: Any = np.float32,
    ) -> None:
        super().__init__()
        if isinstance(activation, str) and activation not in _ACTIVATIONS:
            raise ArgumentError(
                f"{type(self).__name__}: expected activation 'relu', 'gelu' or a function, got {activation!r}"
            )
        # The order is PyTorch's, and with it that of the state_dict.
        for name in self.attentions:
            attention = MultiheadAttention(
                d_model, nhead, dropout, bias, batch_first=batch_first, dtype=dtype
            )
            setattr(self, name, attention)
        self.linear1 = Linear(d_model, dim_feedforward, bias, dtype=dtype)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias, dtype=dtype)
        self.norm_first = norm_first
        blocks = range(1, len(self.attentions) + 2)
        for number in blocks:
            setattr(self, f"norm{number}", LayerNorm(d_model, layer_norm_eps, bias=bias, dtype=dtype))
        for number in blocks:
            setattr(self, f"dropout{number}", Dropout(dropout))
        self.activation = _ACTIVATIONS[activation] if isinstance(activation, str) else activation

    def _through(self, x: Any, blocks: Sequence[Function]) -> Any:
        """Add to x what each block makes of it; normalise before the block, or after the sum."""
        modules = vars(self)
        for number, block in enumerate(blocks, start=1):
            norm, dropout = modules[f"norm{number}"], modules[f"dropout{number}"]
            x = x + dropout(block(norm(x))) if self.norm_first else norm(x + dropout(block(x)))
        return x

    def _feed_forward(self, x: Any) -> Any:
        return self.linear2(self.dropout(self.activation(self.linear1(x))))

    def _attend(self, name: str, x: Any, memory: Any, padding: Any, mask: Any, causal: bool) -> Any:
        attention = vars(self)[name]
        return attention(x, memory, memory, padding, need_weights=False, attn_mask=mask, is_causal=causal)[0]


class TransformerEncoderLayer(_TransformerLayer):
    """Attention of a sequence to itself, then a network of two linear layers for each entry.

    ``dim_feedforward`` is the width between the two, with ``activation`` "relu", "gelu" or a function.
    What a block computes is dropped out, added to its input and normalised; with ``norm_first`` it is the
    block's input that is normalised. Vaswani et al., *Attention is all you need*, 2017; Xiong et al., *On
    layer normalization in the Transformer architecture*, 2020.

    Raises `ArgumentError`, `ShapeError` or `DtypeError`.

    >>> import autograd_cnn as ag
    >>> layer = ag.nn.TransformerEncoderLayer(8, nhead=2, dim_feedforward=16, batch_first=True)
    >>> layer(ag.ones((3, 5, 8), "float32")).shape
    (3, 5, 8)
    """

    attentions = ("self_attn",)

    def forward(
        self, src: Any, src_mask: Any = None, src_key_padding_mask: Any = None, is_causal: bool = False
    ) -> Any:
        """(L, N, d_model), or with ``batch_first`` (N, L, d_model), or (L, d_model), to the same.

        The masks are those of `MultiheadAttention`; ``is_causal`` only says that ``src_mask`` is.
        """
        check_array("TransformerEncoderLayer", "src", src)

        def attend(x: Any) -> Any:
            return self._attend("self_attn", x, x, src_key_padding_mask, src_mask, is_causal)

        return self._through(src, [attend, self._feed_forward])


class TransformerDecoderLayer(_TransformerLayer):
    """Attention of a sequence to itself, then to a memory, then a network of two linear layers.

    The arguments and errors are those of `TransformerEncoderLayer`.

    >>> import autograd_cnn as ag
    >>> layer = ag.nn.TransformerDecoderLayer(8, nhead=2, dim_feedforward=16)
    >>> layer(ag.ones((4, 3, 8), "float32"), memory=ag.ones((5, 3, 8), "float32")).shape
    (4, 3, 8)
    """

    attentions = ("self_attn", "multihead_attn")

    def forward(
        self,
        tgt: Any,
        memory: Any,
        tgt_mask: Any = None,
        memory_mask: Any = None,
        tgt_key_padding_mask: Any = None,
        memory_key_padding_mask: Any = None,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Any:
        """(T, N, d_model) and a memory (S, N, d_model) to (T, N, d_model); see `TransformerEncoderLayer`.

        The masks beginning with ``tgt`` are for the attention to itself, the others for that to the memory.
        """
        check_array("TransformerDecoderLayer", "tgt", tgt)

        def attend(x: Any) -> Any:
            return self._attend("self_attn", x, x, tgt_key_padding_mask, tgt_mask, tgt_is_causal)

        def recall(x: Any) -> Any:
            return self._attend(
                "multihead_attn", x, memory, memory_key_padding_mask, memory_mask, memory_is_causal
            )

        return self._through(tgt, [attend, recall, self._feed_forward])


class TransformerEncoder(Module):
    """Copies of a layer, one after the other, and at the end ``norm``, if there is one.

    All copies start with the same parameters, as in PyTorch. ``enable_nested_tensor`` and ``mask_check``
    are accepted and do nothing: they speed up PyTorch's inference, and there leave zeros where the padding
    is.

    >>> import autograd_cnn as ag
    >>> encoder = ag.nn.TransformerEncoder(ag.nn.TransformerEncoderLayer(8, 2, 16), num_layers=2)
    >>> encoder(ag.ones((5, 3, 8), "float32")).shape
    (5, 3, 8)
    """

    def __init__(
        self,
        encoder_layer: Module,
        num_layers: int,
        norm: Module | None = None,
        enable_nested_tensor: bool = True,
        mask_check: bool = True,
    ) -> None:
        super().__init__()
        self.layers = _copies("TransformerEncoder", encoder_layer, num_layers)
        self.num_layers = num_layers
        self.norm = norm

    def forward(
        self,
        src: Any,
        mask: Any = None,
        src_key_padding_mask: Any = None,
        is_causal: bool | None = None,
    ) -> Any:
        """What `TransformerEncoderLayer` takes and returns."""
        for layer in self.layers:
            src = layer(
                src,
                src_mask=mask,
                src_key_padding_mask=src_key_padding_mask,
                is_causal=bool(is_causal),
            )
        return src if self.norm is None else self.norm(src)


class TransformerDecoder(Module):
    """Copies of a layer, one after the other, and at the end ``norm``, if there is one.

    >>> import autograd_cnn as ag
    >>> decoder = ag.nn.TransformerDecoder(ag.nn.TransformerDecoderLayer(8, 2, 16), num_layers=2)
    >>> decoder(ag.ones((4, 3, 8), "float32"), ag.ones((5, 3, 8), "float32")).shape
    (4, 3, 8)
    """

    def __init__(self, decoder_layer: Module, num_layers: int, norm: Module | None = None) -> None:
        super().__init__()
        self.layers = _copies("TransformerDecoder", decoder_layer, num_layers)
        self.num_layers = num_layers
        self.norm = norm

    def forward(
        self,
        tgt: Any,
        memory: Any,
        tgt_mask: Any = None,
        memory_mask: Any = None,
        tgt_key_padding_mask: Any = None,
        memory_key_padding_mask: Any = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Any:
        """What `TransformerDecoderLayer` takes and returns."""
        for layer in self.layers:
            tgt = layer(
                tgt,
                memory,
                tgt_mask=tgt_mask,
                memory_mask=memory_mask,
                tgt_key_padding_mask=tgt_key_padding_mask,
                memory_key_padding_mask=memory_key_padding_mask,
                tgt_is_causal=bool(tgt_is_causal),
                memory_is_causal=memory_is_causal,
            )
        return tgt if self.norm is None else self.norm(tgt)


class Transformer(Module):
    """An encoder of one sequence, and a decoder of another that attends to it.

    ``custom_encoder`` and ``custom_decoder`` take the place of a `TransformerEncoder` and a
    `TransformerDecoder`, which end with a `LayerNorm`; the other arguments are those of their layers.
    Matrices are drawn by `init.xavier_uniform_`. Vaswani et al., *Attention is all you need*, 2017.

    Raises `ArgumentError`, `ShapeError` or `DtypeError`.

    >>> import autograd_cnn as ag
    >>> model = ag.nn.Transformer(8, 2, num_encoder_layers=1, num_decoder_layers=1, dim_feedforward=16)
    >>> src, tgt = ag.ones((5, 3, 8), "float32"), ag.ones((4, 3, 8), "float32")
    >>> model(src, tgt, tgt_mask=model.generate_square_subsequent_mask(4)).shape
    (4, 3, 8)
    """

    def __init__(
        self,
        d_model: int = 512,
        nhead: int = 8,
        num_encoder_layers: int = 6,
        num_decoder_layers: int = 6,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = F.relu,
        custom_encoder: Module | None = None,
        custom_decoder: Module | None = None,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        dtype: Any = np.float32,
    ) -> None:
        super().__init__()
        options = (
            d_model,
            nhead,
            dim_feedforward,
            dropout,
            activation,
            layer_norm_eps,
            batch_first,
            norm_first,
            bias,
            dtype,
        )

        def norm() -> LayerNorm:
            return LayerNorm(d_model, layer_norm_eps, bias=bias, dtype=dtype)

        if custom_encoder is None:
            encoder_layer = TransformerEncoderLayer(*options)
            custom_encoder = TransformerEncoder(encoder_layer, num_encoder_layers, norm())
        if custom_decoder is None:
            decoder_layer = TransformerDecoderLayer(*options)
            custom_decoder = TransformerDecoder(decoder_layer, num_decoder_layers, norm())
        self.encoder = custom_encoder
        self.decoder = custom_decoder
        self.d_model = d_model
        self.nhead = nhead
        self.batch_first = batch_first
        for parameter in self.parameters():
            if parameter.ndim > 1:
                init.xavier_uniform_(parameter)

    def forward(
        self,
        src: Any,
        tgt: Any,
        src_mask: Any = None,
        tgt_mask: Any = None,
        memory_mask: Any = None,
        src_key_padding_mask: Any = None,
        tgt_key_padding_mask: Any = None,
        memory_key_padding_mask: Any = None,
        src_is_causal: bool | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Any:
        """(S, N, d_model) and (T, N, d_model) to (T, N, d_model); with ``batch_first`` N is the first axis.

        Without a batch there is no N. The masks are those of `MultiheadAttention`: of the source to itself,
        of the target to itself and to the encoded source ("memory"). The ``is_causal`` only say that the
        masks are.
        """
        for argument, x in (("src", src), ("tgt", tgt)):
            check_array("Transformer", argument, x)
        batch = 0 if self.batch_first else 1
        shapes, ndim = (src.shape, tgt.shape), len(src.shape)
        if (
            ndim not in (2, 3)
            or len(tgt.shape) != ndim
            or any(shape[-1] != self.d_model for shape in shapes)
            or (ndim == 3 and src.shape[batch] != tgt.shape[batch])
        ):
            order = "batch, length" if self.batch_first else "length, batch"
            raise ShapeError(
                f"Transformer: expected src and tgt of shape ({order}, {self.d_model}), or both without the "
                f"batch, got {src.shape} and {tgt.shape}"
            )
        memory = self.encoder(
            src, mask=src_mask, src_key_padding_mask=src_key_padding_mask, is_causal=src_is_causal
        )
        return self.decoder(
            tgt,
            memory,
            tgt_mask=tgt_mask,
            memory_mask=memory_mask,
            tgt_key_padding_mask=tgt_key_padding_mask,
            memory_key_padding_mask=memory_key_padding_mask,
            tgt_is_causal=tgt_is_causal,
            memory_is_causal=memory_is_causal,
        )

    @staticmethod
    def generate_square_subsequent_mask(sz: int, dtype: Any = np.float32) -> Tensor:
        """Return what hides from each entry those after it: (sz, sz), -inf above the diagonal, else 0.

        >>> import autograd_cnn as ag
        >>> ag.nn.Transformer.generate_square_subsequent_mask(2, dtype="float64")
        tensor([[  0., -inf],
                [  0.,   0.]])
        """
        return from_numpy(np.triu(np.full((sz, sz), -np.inf, dtype), 1))


def _copies(name: str, layer: Module, number: int) -> ModuleList:
    if number < 0:
        raise ArgumentError(f"{name}: expected num_layers of 0 or more, got {number}")
    return ModuleList(copy.deepcopy(layer) for _ in range(number))
