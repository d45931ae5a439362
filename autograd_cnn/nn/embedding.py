"""Tables of vectors that are looked up by number, one by one or in bags."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from autograd_cnn.core.grad_mode import no_grad
from autograd_cnn.core.inplace import writable
from autograd_cnn.errors import ArgumentError, ShapeError
from autograd_cnn.nn import functional as F  # noqa: N812 - the field's name for it
from autograd_cnn.nn import init
from autograd_cnn.nn.functional.checks import raw
from autograd_cnn.nn.functional.embedding_bag import check_mode
from autograd_cnn.nn.module import Module
from autograd_cnn.nn.parameter import Parameter

__all__ = ["Embedding", "EmbeddingBag"]


class Embedding(Module):
    """A table of vectors that are looked up by number; see `functional.embedding`.

    ``weight`` (num_embeddings, embedding_dim) is learnt, at first normal with variance 1, and zeros in the
    row ``padding_idx``.

    >>> import autograd_cnn as ag
    >>> ag.nn.Embedding(10, 3)(ag.tensor([[1, 2], [4, 9]])).shape
    (2, 2, 3)
    """

    weight: Parameter

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
        dtype: Any = np.float32,
    ) -> None:
        super().__init__()
        _check_table("Embedding", num_embeddings, embedding_dim, padding_idx)
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.padding_idx = None if padding_idx is None else padding_idx % num_embeddings
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        self.sparse = sparse
        self.weight = Parameter(np.empty((num_embeddings, embedding_dim), dtype))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weight anew."""
        _draw_table(self.weight, self.padding_idx)

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Any,
        freeze: bool = True,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
    ) -> Self:
        """Make a layer of a given table, which is not trained unless ``freeze`` is False."""
        table = _given_table("Embedding", embeddings)
        rows, entries = table.shape
        layer = cls(rows, entries, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse)
        layer.weight = Parameter(table, requires_grad=not freeze)
        return layer

    def forward(self, input: Any) -> Any:
        """Integers (\\*) to (\\*, embedding_dim)."""
        return F.embedding(
            input,
            self.weight,
            self.padding_idx,
            self.max_norm,
            self.norm_type,
            self.scale_grad_by_freq,
            self.sparse,
        )

    def extra_repr(self) -> str:
        """Return the arguments that are not the defaults, as PyTorch prints them."""
        parts = [f"{self.num_embeddings}, {self.embedding_dim}"]
        if self.padding_idx is not None:
            parts.append(f"padding_idx={self.padding_idx}")
        if self.max_norm is not None:
            parts.append(f"max_norm={self.max_norm}")
        if self.norm_type != 2:
            parts.append(f"norm_type={self.norm_type}")
        return ", ".join(parts)


class EmbeddingBag(Module):
    """A table of vectors, of which the sum, mean or maximum of each bag is taken; see `embedding_bag`.

    ``weight`` (num_embeddings, embedding_dim) is learnt, at first normal with variance 1, and zeros in the
    row ``padding_idx``, which bags may contain but which counts for nothing.

    >>> import autograd_cnn as ag
    >>> ag.nn.EmbeddingBag(10, 3, mode="sum")(ag.tensor([[1, 2], [4, 9]])).shape
    (2, 3)
    """

    weight: Parameter

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
        dtype: Any = np.float32,
    ) -> None:
        super().__init__()
        _check_table("EmbeddingBag", num_embeddings, embedding_dim, padding_idx)
        check_mode("EmbeddingBag", mode)
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        self.mode = mode
        self.sparse = sparse
        self.include_last_offset = include_last_offset
        self.padding_idx = None if padding_idx is None else padding_idx % num_embeddings
        self.weight = Parameter(np.empty((num_embeddings, embedding_dim), dtype))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weight anew."""
        _draw_table(self.weight, self.padding_idx)

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Any,
        freeze: bool = True,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
    ) -> Self:
        """Make a layer of a given table, which is not trained unless ``freeze`` is False."""
        table = _given_table("EmbeddingBag", embeddings)
        rows, entries = table.shape
        layer = cls(
            rows,
            entries,
            max_norm,
            norm_type,
            scale_grad_by_freq,
            mode,
            sparse,
            include_last_offset,
            padding_idx,
        )
        layer.weight = Parameter(table, requires_grad=not freeze)
        return layer

    def forward(self, input: Any, offsets: Any = None, per_sample_weights: Any = None) -> Any:
        """Integers (B, N), or (N,) with ``offsets`` (B,), to (B, embedding_dim)."""
        return F.embedding_bag(
            input,
            self.weight,
            offsets,
            self.max_norm,
            self.norm_type,
            self.scale_grad_by_freq,
            self.mode,
            self.sparse,
            per_sample_weights,
            self.include_last_offset,
            self.padding_idx,
        )

    def extra_repr(self) -> str:
        """Return the arguments as PyTorch prints them."""
        parts = [f"{self.num_embeddings}, {self.embedding_dim}"]
        if self.max_norm is not None:
            parts.append(f"max_norm={self.max_norm}")
        if self.norm_type != 2:
            parts.append(f"norm_type={self.norm_type}")
        if self.scale_grad_by_freq:
            parts.append("scale_grad_by_freq=True")
        parts.append(f"mode={self.mode!r}")
        if self.padding_idx is not None:
            parts.append(f"padding_idx={self.padding_idx}")
        return ", ".join(parts)


def _check_table(name: str, rows: int, entries: int, padding_idx: int | None) -> None:
    if rows < 1 or entries < 1:
        raise ArgumentError(
            f"{name}: expected num_embeddings and embedding_dim of at least 1, got {rows} and {entries}"
        )
    if padding_idx is not None and not -rows <= padding_idx < rows:
        raise ArgumentError(f"{name}: expected padding_idx to be one of {rows} rows, got {padding_idx}")


def _draw_table(weight: Parameter, padding_idx: int | None) -> None:
    init.normal_(weight)
    if padding_idx is not None:
        with no_grad():
            writable(weight, "Embedding")[padding_idx] = 0


def _given_table(name: str, embeddings: Any) -> Any:
    table = raw(embeddings)
    if table.ndim != 2:
        raise ShapeError(
            f"{name}.from_pretrained: expected a table of shape (rows, entries), got {table.shape}"
        )
    return table
