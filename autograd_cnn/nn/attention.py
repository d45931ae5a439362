"""The layer of attention."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_cnn.errors import ArgumentError
from autograd_cnn.nn import functional as F  # noqa: N812 - the field's name for it
from autograd_cnn.nn import init
from autograd_cnn.nn.functional.checks import check_array
from autograd_cnn.nn.functional.dropout import check_probability
from autograd_cnn.nn.linear import Linear
from autograd_cnn.nn.module import Module
from autograd_cnn.nn.parameter import Parameter
from autograd_cnn.ops.shape import swapaxes

__all__ = ["MultiheadAttention"]


class MultiheadAttention(Module):
    """Attention of several heads, each with projections of its own, to ``embed_dim`` numbers again.

    ``kdim`` and ``vdim`` are the widths of keys and values, by default ``embed_dim``. ``add_bias_kv``
    appends a learnt key and value to all sequences, ``add_zero_attn`` one of zeros. ``dropout`` drops
    weights in training. Parameters: ``in_proj_weight`` (3 embed_dim, embed_dim), or, if the widths differ,
    ``q_proj_weight``, ``k_proj_weight`` and ``v_proj_weight``; ``in_proj_bias``, ``bias_k``, ``bias_v``, and
    the layer ``out_proj``. Vaswani et al., *Attention is all you need*, 2017.

    Raises `ArgumentError`, `ShapeError` or `DtypeError`.

    >>> import autograd_cnn as ag
    >>> x = ag.ones((2, 5, 8), "float32")
    >>> y, weights = ag.nn.MultiheadAttention(8, num_heads=2, batch_first=True)(x, x, x)
    >>> y.shape, weights.shape
    ((2, 5, 8), (2, 5, 5))
    """

    in_proj_weight: Parameter | None
    q_proj_weight: Parameter | None
    k_proj_weight: Parameter | None
    v_proj_weight: Parameter | None
    in_proj_bias: Parameter | None
    bias_k: Parameter | None
    bias_v: Parameter | None

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        dtype: Any = np.float32,
    ) -> None:
        super().__init__()
        if embed_dim < 1 or num_heads < 1 or embed_dim % num_heads:
            raise ArgumentError(
                "MultiheadAttention: expected num_heads of at least 1 that divide embed_dim, got "
                f"{num_heads} and {embed_dim}"
            )
        check_probability("MultiheadAttention", dropout)
        self.embed_dim = embed_dim
        self.num_heads = num_heads
        self.dropout = dropout
        self.add_zero_attn = add_zero_attn
        self.kdim = embed_dim if kdim is None else kdim
        self.vdim = embed_dim if vdim is None else vdim
        self.batch_first = batch_first

        def parameter(wanted: bool, *shape: int) -> Parameter | None:
            return Parameter(np.zeros(shape, dtype)) if wanted else None

        packed = self.kdim == self.vdim == embed_dim
        self.in_proj_weight = parameter(packed, 3 * embed_dim, embed_dim)
        self.q_proj_weight = parameter(not packed, embed_dim, embed_dim)
        self.k_proj_weight = parameter(not packed, embed_dim, self.kdim)
        self.v_proj_weight = parameter(not packed, embed_dim, self.vdim)
        self.in_proj_bias = parameter(bias, 3 * embed_dim)
        self.bias_k = parameter(add_bias_kv, 1, 1, embed_dim)
        self.bias_v = parameter(add_bias_kv, 1, 1, embed_dim)
        self.out_proj = Linear(embed_dim, embed_dim, bias, dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the weights anew from Glorot's distributions, and set the biases to 0, as PyTorch does."""
        for weight in (self.in_proj_weight, self.q_proj_weight, self.k_proj_weight, self.v_proj_weight):
            if weight is not None:
                init.xavier_uniform_(weight)
        for bias in (self.in_proj_bias, self.out_proj.bias):
            if bias is not None:
                init.zeros_(bias)
        for extra in (self.bias_k, self.bias_v):
            if extra is not None:
                init.xavier_normal_(extra)

    def forward(
        self,
        query: Any,
        key: Any,
        value: Any,
        key_padding_mask: Any = None,
        need_weights: bool = True,
        attn_mask: Any = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Any, Any]:
        """(L, N, embed_dim), (S, N, kdim) and (S, N, vdim) to (L, N, embed_dim) and weights (N, L, S).

        With ``batch_first`` N is the first axis; there may be none. ``key_padding_mask`` (N, S) and
        ``attn_mask`` (L, S), or (N heads, L, S), are of booleans, True for what is hidden, or of numbers
        that are added to the scores. For a query that sees no key, the weights are zeros, where PyTorch
        has NaN. Those returned are the mean over the heads, or (``average_attn_weights=False``) (N, heads,
        L, S), or (without ``need_weights``) None. ``is_causal`` only says that ``attn_mask`` is.
        """
        turn = self.batch_first and getattr(query, "ndim", 0) == 3
        if turn:
            same = query is key and key is value
            for argument, x in (("key", key), ("value", value)):
                check_array("MultiheadAttention", argument, x)
            query = swapaxes(query, 0, 1)
            key, value = (query, query) if same else (swapaxes(key, 0, 1), swapaxes(value, 0, 1))
        output, weights = F.multi_head_attention_forward(
            query,
            key,
            value,
            self.embed_dim,
            self.num_heads,
            self.in_proj_weight,
            self.in_proj_bias,
            self.bias_k,
            self.bias_v,
            self.add_zero_attn,
            self.dropout,
            self.out_proj.weight,
            self.out_proj.bias,
            self.training,
            key_padding_mask,
            need_weights,
            attn_mask,
            self.in_proj_weight is None,
            self.q_proj_weight,
            self.k_proj_weight,
            self.v_proj_weight,
            average_attn_weights=average_attn_weights,
            is_causal=is_causal,
        )
        return (swapaxes(output, 0, 1) if turn else output), weights
