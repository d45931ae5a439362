"""The embedding layer."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from autograd_cnn.core.grad_mode import no_grad
from autograd_cnn.core.inplace import writable
from autograd_cnn.errors import ArgumentError, ShapeError
from autograd_cnn.nn import functional as F  # noqa: N812 - the field's name for it
from autograd_cnn.nn import init
from autograd_cnn.nn.functional.checks import raw
from autograd_cnn.nn.module import Module
from autograd_cnn.nn.parameter import Parameter

__all__ = ["Embedding"]


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
        if num_embeddings < 1 or embedding_dim < 1:
            raise ArgumentError(
                "Embedding: expected num_embeddings and embedding_dim of at least 1, got "
                f"{num_embeddings} and {embedding_dim}"
            )
        if padding_idx is not None and not -num_embeddings <= padding_idx < num_embeddings:
            raise ArgumentError(
                f"Embedding: expected padding_idx to be one of {num_embeddings} rows, got {padding_idx}"
            )
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
        init.normal_(self.weight)
        if self.padding_idx is not None:
            with no_grad():
                writable(self.weight, "Embedding")[self.padding_idx] = 0

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
        table = raw(embeddings)
        if table.ndim != 2:
            raise ShapeError(
                f"Embedding.from_pretrained: expected a table of shape (rows, entries), got {table.shape}"
            )
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
