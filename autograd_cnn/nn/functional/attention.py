"""Attention: means of values, weighted by how well keys answer queries."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_cnn.errors import ArgumentError, DtypeError, ShapeError, UnsupportedError
from autograd_cnn.nn.functional.checks import check_array
from autograd_cnn.nn.functional.dropout import check_probability, dropout
from autograd_cnn.nn.functional.linear import linear
from autograd_cnn.nn.functional.reduction import check_broadcasts, check_floating, of_dtype
from autograd_cnn.ops.activation import softmax
from autograd_cnn.ops.contraction import matmul
from autograd_cnn.ops.elementwise import where
from autograd_cnn.ops.reduction import mean
from autograd_cnn.ops.shape import broadcast_to, concatenate, expand_dims, reshape, split, squeeze, swapaxes
from autograd_cnn.ops.shape import transpose as transpose_axes
from autograd_cnn.ops.tiling import repeat
from autograd_cnn.ops.ufuncs import value_of


def scaled_dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Any:
    """softmax(scale query keyᵀ + mask) value: (\\*, L, E), (\\*, S, E) and (\\*, S, V) give (\\*, L, V).

    ``attn_mask`` broadcasts to (\\*, L, S): booleans, True for the keys that a query sees, or numbers that
    are added. ``is_causal`` lets query i see the keys up to i, and excludes a mask. A query that sees no key
    gets zeros. ``scale`` is by default 1 / √E. ``dropout_p`` drops weights, in evaluation too: pass 0 there.
    With ``enable_gqa``, each head (the third axis from the end) of key and value serves several of query.
    Vaswani et al., *Attention is all you need*, 2017.

    Raises `ShapeError`, `DtypeError` or `ArgumentError`.

    >>> import autograd_cnn as ag
    >>> x = ag.tensor([[1.0, 0.0], [0.0, 1.0]])
    >>> ag.nn.functional.scaled_dot_product_attention(x, x, x, is_causal=True)[0]
    tensor([1., 0.])
    """
    name = "scaled_dot_product_attention"
    check_probability(name, dropout_p)
    check_floating(name, "query", query)
    key, value = of_dtype(name, "key", key, query), of_dtype(name, "value", value, query)
    if min(query.ndim, key.ndim, value.ndim) < 2 or not (
        query.shape[-1] == key.shape[-1] and key.shape[-2] == value.shape[-2]
    ):
        raise ShapeError(
            f"{name}: expected query (..., L, E), key (..., S, E) and value (..., S, V), got {query.shape}, "
            f"{key.shape} and {value.shape}"
        )
    if enable_gqa:
        key, value = (_for_each_head(name, x, query) for x in (key, value))
    if is_causal:
        if attn_mask is not None:
            raise ArgumentError(f"{name}: expected no attn_mask with is_causal=True, got both; combine them")
        attn_mask = np.tri(query.shape[-2], key.shape[-2], dtype=bool)
    weights = _weights(name, query, key, attn_mask, scale)
    return matmul(dropout(weights, dropout_p), value)


def _for_each_head(name: str, x: Any, query: Any) -> Any:
    """Keys or values with as many heads as the queries."""
    heads, given = (y.shape[-3] if y.ndim > 2 else 0 for y in (query, x))
    if not given or heads % given:
        raise ShapeError(
            f"{name}: expected heads of key and value that divide those of query, got {x.shape} and "
            f"{query.shape}"
        )
    return x if heads == given else repeat(x, heads // given, -3)


def _weights(name: str, query: Any, key: Any, mask: Any, scale: float | None) -> Any:
    """The weight of each key for each query."""
    scores = matmul(
        query * (1 / math.sqrt(query.shape[-1]) if scale is None else scale), swapaxes(key, -1, -2)
    )
    if mask is None:
        return softmax(scores, -1)
    check_array(name, "attn_mask", mask)
    check_broadcasts(name, "attn_mask", mask, scores.shape)
    if mask.dtype == bool:
        scores = where(value_of(mask), scores, -math.inf)
    else:
        scores = scores + of_dtype(name, "attn_mask", mask, query)
    largest = np.maximum.reduce(value_of(scores), axis=-1, keepdims=True, initial=-math.inf)
    none = largest == -math.inf
    if not none.any():
        return softmax(scores, -1)
    return where(none, 0, softmax(where(none, 0, scores), -1))


def multi_head_attention_forward(
    query: Any,
    key: Any,
    value: Any,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Any,
    in_proj_bias: Any,
    bias_k: Any,
    bias_v: Any,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Any,
    out_proj_bias: Any,
    training: bool = True,
    key_padding_mask: Any = None,
    need_weights: bool = True,
    attn_mask: Any = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: Any = None,
    k_proj_weight: Any = None,
    v_proj_weight: Any = None,
    static_k: Any = None,
    static_v: Any = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
) -> tuple[Any, Any]:
    """Compute what `MultiheadAttention`, which says what the arguments mean, does with its parameters.

    ``query`` is (L, N, E), or (L, E), ``key`` and ``value`` are (S, N, ...) or (S, ...). Returns the output,
    of the shape of ``query``, and the weights (N, L, S), (N, heads, L, S) or None. ``static_k`` and
    ``static_v`` are not supported.

    >>> import autograd_cnn as ag
    >>> x = ag.ones((5, 2, 4))
    >>> y, weights = ag.nn.functional.multi_head_attention_forward(
    ...     x, x, x, 4, 2, ag.ones((12, 4)), None, None, None, False, 0.0, ag.ones((4, 4)), None
    ... )
    >>> y.shape, weights.shape
    ((5, 2, 4), (2, 5, 5))
    """
    name = "multi_head_attention_forward"
    if static_k is not None or static_v is not None:
        raise UnsupportedError(
            f"{name}: expected no static_k and static_v, which are not supported; pass key and value"
        )
    if is_causal and attn_mask is None:
        raise ArgumentError(
            f"{name}: expected attn_mask with is_causal=True, which only says of what kind it is; pass "
            "np.triu(np.ones((L, S), bool), 1)"
        )
    batched = _check_sequences(name, query, key, value, embed_dim_to_check, num_heads)
    if not batched:
        same = query is key and key is value
        query, key, value = (expand_dims(x, 1) for x in (query, key, value))
        if same:
            key = value = query
        if key_padding_mask is not None:
            check_array(name, "key_padding_mask", key_padding_mask)
            key_padding_mask = expand_dims(key_padding_mask, 0)
    if use_separate_proj_weight:
        weights = [q_proj_weight, k_proj_weight, v_proj_weight]
        biases = [None] * 3 if in_proj_bias is None else split(in_proj_bias, 3)
        q, k, v = (linear(x, w, b) for x, w, b in zip((query, key, value), weights, biases, strict=True))
    else:
        q, k, v = _projected(query, key, value, in_proj_weight, in_proj_bias)
    lengths, examples = (query.shape[0], key.shape[0]), query.shape[1]
    mask = _merged_mask(name, attn_mask, key_padding_mask, lengths, examples, num_heads, query.dtype)
    extra = 0
    if bias_k is not None:
        width = (1, examples, embed_dim_to_check)
        k, v = (concatenate([x, broadcast_to(b, width)]) for x, b in ((k, bias_k), (v, bias_v)))
        extra += 1
    q, k, v = (_heads(x, num_heads) for x in (q, k, v))
    if add_zero_attn:
        zeros = np.zeros((*k.shape[:2], 1, k.shape[3]), query.dtype)
        k, v = concatenate([k, zeros], 2), concatenate([v, zeros], 2)
        extra += 1
    if mask is not None and extra:
        mask = concatenate([mask, np.zeros((*mask.shape[:3], extra), query.dtype)], 3)
    attention = dropout(_weights(name, q, k, mask, None), dropout_p, training)
    output = reshape(transpose_axes(matmul(attention, v), (2, 0, 1, 3)), query.shape)
    output = linear(output, out_proj_weight, out_proj_bias)
    if not need_weights:
        return (output if batched else squeeze(output, 1)), None
    if average_attn_weights:
        attention = mean(attention, axis=1)
    return (output, attention) if batched else (squeeze(output, 1), squeeze(attention, 0))


def _check_sequences(name: str, query: Any, key: Any, value: Any, width: int, heads: int) -> bool:
    for argument, x in (("query", query), ("key", key), ("value", value)):
        check_array(name, argument, x)
    ndim = len(query.shape)
    if (
        ndim not in (2, 3)
        or query.shape[-1] != width
        or key.shape[:-1] != value.shape[:-1]
        or len(key.shape) != ndim
        or query.shape[1:-1] != key.shape[1:-1]
    ):
        raise ShapeError(
            f"{name}: expected query of shape (L, N, {width}), key (S, N, ...) and value (S, N, ...), or all "
            f"without N, got {query.shape}, {key.shape} and {value.shape}; with N first, pass "
            "batch_first=True to MultiheadAttention"
        )
    if width % heads:
        raise ArgumentError(f"{name}: expected num_heads that divide embed_dim={width}, got {heads}")
    return ndim == 3


def _projected(query: Any, key: Any, value: Any, weight: Any, bias: Any) -> Any:
    """Queries, keys and values by one matrix; if all come from the same, in one product."""
    if query is key and key is value:
        return split(linear(query, weight, bias), 3, -1)
    biases = [None] * 3 if bias is None else split(bias, 3)
    weights = split(weight, 3)
    return [linear(x, w, b) for x, w, b in zip((query, key, value), weights, biases, strict=True)]


def _heads(x: Any, heads: int) -> Any:
    """(S, N, E) as (N, heads, S, E / heads)."""
    length, examples, width = x.shape
    return transpose_axes(reshape(x, (length, examples, heads, width // heads)), (1, 2, 0, 3))


def _merged_mask(
    name: str,
    attn_mask: Any,
    key_padding_mask: Any,
    lengths: tuple[int, int],
    examples: int,
    heads: int,
    dtype: Any,
) -> Any:
    """What to add to the scores (N, heads, L, S), or None."""
    mask = None
    if attn_mask is not None:
        attn_mask = _additive(name, "attn_mask", attn_mask, dtype)
        if attn_mask.shape not in (lengths, (examples * heads, *lengths)):
            raise ShapeError(
                f"{name}: expected attn_mask of shape {lengths} or {(examples * heads, *lengths)}, got "
                f"{attn_mask.shape}"
            )
        shape = (1, 1, *lengths) if attn_mask.ndim == 2 else (examples, heads, *lengths)
        mask = reshape(attn_mask, shape)
    if key_padding_mask is not None:
        padding = _additive(name, "key_padding_mask", key_padding_mask, dtype)
        if padding.shape != (examples, lengths[1]):
            raise ShapeError(
                f"{name}: expected key_padding_mask of shape {(examples, lengths[1])}, got {padding.shape}"
            )
        padding = reshape(padding, (examples, 1, 1, lengths[1]))
        mask = padding if mask is None else mask + padding
    return mask


def _additive(name: str, argument: str, mask: Any, dtype: Any) -> Any:
    """A mask of numbers; of booleans, True is -inf: here it says what is hidden, as in PyTorch."""
    check_array(name, argument, mask)
    if mask.dtype == bool:
        return np.where(value_of(mask), -math.inf, 0).astype(dtype)
    if mask.dtype != dtype:
        raise DtypeError(
            f"{name}: expected {argument} of booleans or {dtype}, the dtype of query, got {mask.dtype}"
        )
    return mask
