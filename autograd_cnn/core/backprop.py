"""`backprop`: gradients as a pure function, under ``Tensor.backward`` and the transforms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd_cnn.core.tensor import Tensor, gradients_of
from autograd_cnn.errors import ArgumentError, GraphError

__all__ = ["backprop"]


def backprop(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    cotangents: Any = None,
    create_graph: bool = False,
    retain_graph: bool | None = None,
) -> Any:
    """Gradients of Σ ⟨cotangent, output⟩ with respect to ``inputs``; nothing is stored.

    ``outputs`` and ``inputs`` are tensors, or sequences of them; ``cotangents`` match the outputs (None:
    1, for a single number). Returns a tensor, or a tuple, of the shapes of ``inputs``; None for an input
    that the outputs do not depend on. Inputs may be intermediate results. With ``create_graph`` the
    gradients are recorded, so they can be differentiated again; the graph is kept for a further pass
    with ``retain_graph`` (by default what ``create_graph`` is).

    >>> import autograd_cnn as ag
    >>> x = ag.tensor(2.0, requires_grad=True)
    >>> first = ag.backprop(x**3, x, create_graph=True)
    >>> ag.backprop(first, x)
    tensor(12.)
    """
    outputs_ = [outputs] if isinstance(outputs, Tensor) else list(outputs)
    inputs_ = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    cotangents_ = [cotangents] if isinstance(outputs, Tensor) else list(cotangents or [None] * len(outputs_))
    if len(cotangents_) != len(outputs_):
        raise ArgumentError(
            f"backprop: expected a cotangent for each of {len(outputs_)} outputs, got {len(cotangents_)}"
        )
    for x in inputs_:
        if not isinstance(x, Tensor) or x._source is None:
            raise GraphError("backprop: an input does not require grad; set requires_grad=True before using it")
    targets = frozenset(x._source for x in inputs_ if x._source is not None)
    found = gradients_of(outputs_, targets, cotangents_, create_graph, retain_graph, "backprop")
    results = tuple(found.get(x._source) for x in inputs_ if x._source is not None)
    return results[0] if isinstance(inputs, Tensor) else results
