"""The walk forward along the tape: tangents, from the same declarations as gradients.

`gradients` pulls cotangents back; `tangents` pushes ẋ forward, through ẏ = ∂f/∂x · ẋ at each node. No op
declares that product, since it follows from its VJP V: ȳ ↦ ȳ·∂f/∂x.

- Where an op works entry by entry, ∂f/∂x is diagonal, so V applied to a tangent is the product.
- A linear op maps tangents as it maps values; one that is linear in each input obeys the product rule.
- Otherwise V is a linear function of ȳ, and its transpose is the product. The tape finds transposes:
  V, recorded on a stand-in for ȳ, is differentiated along ẋ (J. Townsend, *A new trick for calculating
  Jacobian vector products*, 2017), node by node, so nothing is recorded for longer than its turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_cnn.core import tape
from autograd_cnn.core.broadcasting import repair
from autograd_cnn.core.tensor import wrap

__all__ = ["tangents"]


def tangents(roots: Sequence[tape.Source], seeds: tape.Gradients, *, create_graph: bool) -> tape.Gradients:
    """Tangents of all points that move, up to the roots, as those in ``seeds`` move along theirs.

    With ``create_graph`` the tangents are tensors, and what is done to them is recorded.
    """
    nodes = tape.reachable(roots)
    used = set(roots).union(*(node.parents for node in nodes))
    moved = dict(seeds)
    with np.errstate(all="ignore"), tape.recording(create_graph):
        for node in nodes:  # parents before children
            along = [moved.get(parent) for parent in node.parents]  # type: ignore[arg-type]
            if node in seeds or all(tangent is None for tangent in along):
                continue
            points = tape.points(node)
            wanted = [point in used and point not in seeds for point in points]
            pushed = zip(points, _pushed(node, along, wanted, create_graph), strict=True)
            moved.update((point, tangent) for point, tangent in pushed if tangent is not None)
    return moved


def _pushed(node: tape.Node, along: list[Any], wanted: list[bool], create_graph: bool) -> Sequence[Any]:
    """The tangent of each output of a node, None where it is not wanted or does not move."""
    op = node.op
    real = all(source is None or source.dtype.kind != "c" for source in (*node.parents, *tape.points(node)))
    if op.entrywise and real:  # the derivative of a complex function may conjugate
        held = op.held_as_tensors(node) if create_graph else node.held
        products = [
            vjp(tangent, held) for tangent, vjp in zip(along, op.vjps, strict=True) if tangent is not None
        ]
        total = products[0] if len(products) == 1 else products[0] + products[1]
        if total.shape != node.shape:
            total = np.broadcast_to(total, node.shape)
        return [total if total.dtype == node.dtype else total.astype(node.dtype)]
    if op.linear and all(tangent is not None for tangent in along):
        results = op.again(along, node.held)
        return results if isinstance(results, (list, tuple)) else [results]
    if op.multilinear:
        return [_product_rule(node, along, create_graph)]
    return _transposed(node, along, wanted, create_graph)


def _product_rule(node: tape.Node, along: list[Any], create_graph: bool) -> Any:
    """Σ f(…, ẋᵢ, …) over the inputs that move; an input that no VJP reads is one that is added."""
    op = node.op
    factors = [slot for slot in range(len(along)) if any(slot in reads for reads in op.reads)]
    values = (op.held_as_tensors(node) if create_graph else node.held)[len(along) :]
    moving = [slot for slot in factors if along[slot] is not None]
    terms = [
        op.again(
            [
                along[slot] if slot == mover else values[slot] if slot in factors else None
                for slot in range(len(along))
            ],
            node.held,
        )
        for mover in moving
    ]
    added = [None if slot in factors else tangent for slot, tangent in enumerate(along)]
    if any(tangent is not None for tangent in added):
        terms += _transposed(node, added, [True], create_graph)
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


def _transposed(node: tape.Node, along: list[Any], wanted: list[bool], create_graph: bool) -> list[Any]:
    """J ẋ as the gradient of Σ ⟨V(ȳ), ẋ⟩ by a stand-in for ȳ; as V is linear, any ȳ will do."""
    held = node.op.held_as_tensors(node, recorded=create_graph)
    start = tape.next_number()
    several = type(node.dtype) is list
    points = tape.points(node)
    leaves = [tape.Leaf(p.shape, p.dtype) if want else None for p, want in zip(points, wanted, strict=True)]
    stand_ins = tuple(
        None if leaf is None else wrap(np.zeros(leaf.shape, leaf.dtype), leaf) for leaf in leaves
    )
    with tape.recording(True):
        pulled = [
            (repair(vjp(stand_ins if several else stand_ins[0], held), parent.shape, parent.dtype), tangent)
            for parent, vjp, tangent in zip(node.parents, node.op.vjps, along, strict=True)
            if parent is not None and tangent is not None
        ]
    recorded = [(p._source, tangent) for p, tangent in pulled if getattr(p, "_source", None) is not None]
    found = tape.gradients(
        [source for source, _ in recorded],
        [tangent for _, tangent in recorded],
        frozenset(leaf for leaf in leaves if leaf is not None),
        create_graph=create_graph,
        retain_graph=create_graph,
        since=start,
    )
    return [None if leaf is None else found.get(leaf) for leaf in leaves]
