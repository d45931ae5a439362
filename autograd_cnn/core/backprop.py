"""Gradients of tensors: `backprop`, a pure function, and ``Tensor.backward``, which stores what it finds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_cnn.core import tape
from autograd_cnn.core.batched import Batched, CannotVectorize, levels_of, lift_like, lower_like
from autograd_cnn.core.declare import method
from autograd_cnn.core.grad_mode import set_grad_enabled
from autograd_cnn.core.tensor import Tensor, wrap
from autograd_cnn.errors import ArgumentError, GraphError, ShapeError

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
            raise GraphError(
                "backprop: an input does not require grad; set requires_grad=True before using it"
            )
    if any(not {*levels_of(y)} <= {*levels_of(x)} for x in inputs_ for y in outputs_):
        raise CannotVectorize  # the tape would add up the gradients of all examples
    targets = frozenset(x._source for x in inputs_ if x._source is not None)
    found = gradients_of(outputs_, targets, cotangents_, create_graph, retain_graph, "backprop")
    results = tuple(lift_like(found[x._source], x) if x._source in found else None for x in inputs_)
    return results[0] if isinstance(inputs, Tensor) else results


@method
def backward(
    self: Tensor,
    gradient: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
) -> None:
    """Add the gradients of this tensor to ``.grad`` of every leaf that it depends on.

    ``gradient`` is the cotangent: of this tensor's shape; may be left out for a single number. The
    graph is freed on the way, unless ``retain_graph`` (by default what ``create_graph`` is). With
    ``create_graph`` the gradients are themselves recorded, so they can be differentiated again.
    Raises `GraphError` if nothing was recorded, or if the graph was freed before.

    >>> import autograd_cnn as ag
    >>> x = ag.tensor(3.0, requires_grad=True)
    >>> (x * x).backward()
    >>> x.grad
    tensor(6.)
    """
    if isinstance(gradient, Batched):
        raise CannotVectorize  # leaves outside of `vmap` keep the sum of the gradients of all examples
    found = gradients_of([self], None, [gradient], create_graph, retain_graph, "backward")
    for point, arrived in found.items():
        box = point.box
        if box is not None and box.keeps:
            with set_grad_enabled(create_graph):
                box.grad = arrived if box.grad is None else box.grad + arrived
            for hook in tuple(box.after.values()):
                hook()


def gradients_of(
    outputs: Sequence[Tensor],
    targets: frozenset[tape.Source] | None,
    cotangents: Sequence[Any],
    create_graph: bool,
    retain_graph: bool | None,
    what: str,
) -> dict[tape.Source, Tensor]:
    """`tape.gradients` on tensors: cotangents checked, complex conjugates taken where they belong.

    The tape transposes derivatives without conjugating; PyTorch's gradient is the conjugate of that, so
    that ``x - rate * x.grad`` descends: conjugate what goes in and what comes out. The tape knows physical
    tensors only: so are the gradients, and `lift_like` makes them those of an example.
    """
    roots, starts = [], []
    for output, cotangent in zip(outputs, cotangents, strict=True):
        if output._source is None:
            raise GraphError(
                f"{what}: this tensor does not require grad: no leaf with requires_grad=True led to "
                "it, or it was computed under no_grad"
            )
        start = lower_like(_cotangent_like(output, cotangent, what), output).conj()
        roots.append(output._source)
        starts.append(start if create_graph or isinstance(start, Batched) else start._value)
    found = tape.gradients(
        roots,
        starts,
        targets,
        create_graph=create_graph,
        retain_graph=create_graph if retain_graph is None else retain_graph,
    )
    for point, gradient in found.items():
        found[point] = (gradient if isinstance(gradient, Tensor) else wrap(gradient, None)).conj()
    return found


def _cotangent_like(output: Tensor, cotangent: Any, what: str) -> Tensor:
    """A cotangent checked against its output; of a single number it is 1 by default."""
    if cotangent is None:
        if output.size != 1:
            raise ShapeError(
                f"{what}: only a single number has an implicit cotangent, this tensor has shape "
                f"{output.shape}; reduce it (.sum(), .mean()) or pass a cotangent of its shape"
            )
        return wrap(np.ones(output.shape, output.dtype), None)
    given: Tensor = cotangent if isinstance(cotangent, Tensor) else wrap(np.array(cotangent), None)
    if given.shape != output.shape:
        raise ShapeError(f"{what}: expected a cotangent of shape {output.shape}, got {given.shape}")
    return given if given.dtype == output.dtype else given.astype(output.dtype)
