"""Einstein summation, composed of diagonals, sums and batched matrix products.

An operand is first rid of what is no product: an axis of length 1 that stands against a longer one is
dropped, an index that it has twice becomes a diagonal. Then two operands at a time are multiplied, along
the path that NumPy's optimiser finds: the indices that both have and that are still needed are a batch,
those not needed any more are summed by a matrix product, which is BLAS and has a VJP already.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from autograd_cnn.core.composite import composite, constant
from autograd_cnn.core.registry import case
from autograd_cnn.errors import ArgumentError, DtypeError, ShapeError
from autograd_cnn.ops.contraction import matmul
from autograd_cnn.ops.diagonal import diagonal
from autograd_cnn.ops.elementwise import multiply
from autograd_cnn.ops.reduction import sum
from autograd_cnn.ops.shape import reshape, transpose

Labels = tuple[Hashable, ...]


class _Term(NamedTuple):
    """An array, and a label for each of its axes."""

    array: Any
    labels: Labels


_SAMPLES = [
    ("ij,jk->ik", (2, 3), (3, 4)),
    ("ij,jk", (2, 3), (3, 2)),
    ("ii->i", (3, 3)),
    ("ii", (3, 3)),
    ("iji->j", (2, 3, 2)),
    ("ij->ji", (2, 3)),
    ("ba", (2, 3)),
    ("ij->", (2, 3)),
    ("i,j->ij", (2,), (3,)),
    ("ij,ij->i", (2, 3), (2, 3)),
    ("bij,bjk->bik", (2, 3, 2), (2, 2, 3)),
    ("bij,bjk->bik", (1, 3, 2), (2, 2, 3)),
    ("ij,jk->ik", (2, 1), (3, 2)),
    ("ij,ij->ij", (2, 1), (1, 3)),
    ("...ij,...jk->...ik", (2, 2, 3), (3, 2)),
    ("i...,i...->...", (2, 3), (2, 4, 1)),
    ("...i", (2, 3)),
    (",ij->ji", (), (2, 3)),
    ("ij,jk,kl->il", (2, 3), (3, 2), (2, 3)),
    ("i,ij,j->", (2,), (2, 3), (3,)),
    ("ij,jk,ki->", (2, 3), (3, 2), (2, 2)),
    ("ik,jk,lk->ijl", (2, 2), (2, 2), (3, 2)),
    ("iij,jkk->ik", (2, 2, 3), (3, 2, 2)),
    ("ij,kl->i", (2, 3), (2, 1)),
    ("ij,jk->ik", (0, 3), (3, 2)),
    ("ij,jk->ik", (2, 0), (0, 3)),
]


@composite(np.einsum, samples=[case(*shapes, subscripts=s) for s, *shapes in _SAMPLES])
def einsum(
    subscripts: Any,
    *operands: Any,
    optimize: Any = False,
    dtype: Any = None,
    order: str = "K",
    casting: Any = "safe",
) -> Any:
    """Sum of products of ``operands`` over the indices that the output does not have.

    ``subscripts`` is a string ("ij,jk->ik"; "ii->i" takes a diagonal, "..." stands for any axes, without
    "->" the indices that occur once are the output, in alphabetical order), or operands and lists of
    integers alternate: ``einsum(a, [0, 1], b, [1, 2], [0, 2])``. An axis of length 1 broadcasts.
    ``optimize`` names the way NumPy looks for the order of products of three and more operands ("greedy"
    unless told otherwise, as none of them is a loop over all indices). ``order`` has no effect.
    Raises `ShapeError` where lengths or numbers of axes do not fit, `ArgumentError` for a malformed string.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.einsum import einsum
    >>> einsum("ij,j->i", ag.tensor([[1.0, 2.0], [3.0, 4.0]]), ag.tensor([1.0, 1.0]))
    tensor([3., 7.])
    """
    inputs, output, factors = _given(subscripts, operands)
    arrays = [_converted(x if hasattr(x, "ndim") else np.asarray(x), dtype, casting) for x in factors]
    labels, output = _without_ellipsis(inputs, output, tuple(a.ndim for a in arrays))
    lengths = _lengths(labels, [a.shape for a in arrays])
    terms = [_simplified(a, term, lengths) for a, term in zip(arrays, labels, strict=True)]
    for places in _path(terms, output, optimize):
        chosen = [terms[place] for place in places]
        terms = [term for place, term in enumerate(terms) if place not in places]
        needed = set(output).union(*(term.labels for term in terms))
        while len(chosen) > 1:
            first, second, *chosen = chosen
            chosen.append(_product(first, second, needed.union(*(term.labels for term in chosen))))
        terms += chosen
    return _arranged(_summed(terms[0], set(output)), output)


def _converted(array: Any, dtype: Any, casting: Any) -> Any:
    if dtype is None or array.dtype == dtype:
        return array
    if not np.can_cast(array.dtype, dtype, casting):
        raise DtypeError(
            f"einsum: {array.dtype} cannot be cast to {np.dtype(dtype)} with casting={casting!r}"
        )
    return array.astype(dtype)


# --- What the subscripts say --------------------------------------------------------------------------


def _given(subscripts: Any, operands: Sequence[Any]) -> tuple[tuple[Labels, ...], Labels | None, list[Any]]:
    """Labels of each operand and of the output (None: implied), and the operands, of both call forms."""
    if isinstance(subscripts, str):
        inputs, output = _parsed(subscripts)
        arrays: Any = list(operands)
    else:
        everything = [subscripts, *operands]
        arrays = everything[0 : len(everything) // 2 * 2 : 2]
        inputs = tuple(map(tuple, everything[1::2]))
        output = tuple(everything[-1]) if len(everything) % 2 else None
    if len(inputs) != len(arrays) or not arrays:
        raise ArgumentError(f"einsum: expected {len(inputs)} operands, one for each term, got {len(arrays)}")
    return inputs, output, arrays


@lru_cache(maxsize=256)
def _parsed(subscripts: str) -> tuple[tuple[Labels, ...], Labels | None]:
    left, arrow, right = subscripts.replace(" ", "").partition("->")

    def labels(term: str) -> Labels:
        before, dots, after = term.partition("...")
        wrong = [letter for letter in before + after if not (letter.isascii() and letter.isalpha())]
        if wrong:
            raise ArgumentError(
                f"einsum: expected letters, ',', '...' and '->' in the subscripts, got {wrong[0]!r} in "
                f"{subscripts!r}"
            )
        return (*before, *([Ellipsis] if dots else []), *after)

    return tuple(map(labels, left.split(","))), labels(right) if arrow else None


@lru_cache(maxsize=256)
def _without_ellipsis(
    inputs: tuple[Labels, ...], output: Labels | None, ndims: tuple[int, ...]
) -> tuple[list[Labels], Labels]:
    """Each ellipsis replaced by labels of its own, counted from the last axis; the output made explicit."""
    labels, widest = [], 0
    for term, ndim in zip(inputs, ndims, strict=True):
        free = ndim - len(term) + (Ellipsis in term)
        if free < 0 or (free > 0 and Ellipsis not in term):
            raise ShapeError(
                f"einsum: expected an operand with {len(term) - (Ellipsis in term)} axes for the indices "
                f"{_text(term)}, got {ndim} axes"
            )
        widest = max(widest, free)
        labels.append(_expanded(term, free))
    if output is None:
        everything = [label for term in inputs for label in term if label is not Ellipsis]
        once: Any = [label for label in everything if everything.count(label) == 1]
        output = (Ellipsis, *sorted(once))
    elif widest and Ellipsis not in output:
        raise ArgumentError("einsum: the operands have axes in '...', so the output needs '...' as well")
    output = _expanded(output, widest)
    known = set().union(*labels)
    if len(set(output)) < len(output) or not known.issuperset(output):
        raise ArgumentError(
            f"einsum: expected an output of distinct indices that an operand has, got {_text(output)}"
        )
    return labels, output


def _expanded(term: Labels, free: int) -> Labels:
    if Ellipsis not in term:
        return term
    place = term.index(Ellipsis)
    return (*term[:place], *((Ellipsis, axis) for axis in range(-free, 0)), *term[place + 1 :])


def _text(term: Labels) -> str:
    return repr("".join("..." if label is Ellipsis else str(label) for label in term))


def _lengths(labels: Sequence[Labels], shapes: Sequence[tuple[int, ...]]) -> dict[Hashable, int]:
    """The length of each index; an axis of length 1 goes with any other."""
    lengths: dict[Hashable, int] = {}
    for term, shape in zip(labels, shapes, strict=True):
        for label, n in zip(term, shape, strict=True):
            known = lengths.setdefault(label, n)
            if known == 1:
                lengths[label] = n
            elif n not in (1, known):
                raise ShapeError(
                    f"einsum: expected one length for the index {_text((label,))}, got {known} and {n} (of "
                    f"shapes {', '.join(map(str, shapes))})"
                )
        for label in {label for label in term if term.count(label) > 1}:
            own = {n for other, n in zip(term, shape, strict=True) if other == label}
            if len(own) > 1:
                raise ShapeError(
                    f"einsum: expected a diagonal along {_text((label,))} of axes of one length, got {shape}"
                )
    return lengths


# --- Products -----------------------------------------------------------------------------------------


def _simplified(array: Any, labels: Labels, lengths: dict[Hashable, int]) -> _Term:
    """The operand without axes that broadcast, and with a diagonal for each repeated index."""
    kept = [n == lengths[label] for label, n in zip(labels, array.shape, strict=True)]
    if not all(kept):
        array = reshape(array, tuple(n for n, keep in zip(array.shape, kept, strict=True) if keep))
        labels = tuple(label for label, keep in zip(labels, kept, strict=True) if keep)
    while len(set(labels)) < len(labels):
        label = next(label for label in labels if labels.count(label) > 1)
        first = labels.index(label)
        second = labels.index(label, first + 1)
        array = diagonal(array, 0, first, second)
        labels = (*labels[:first], *labels[first + 1 : second], *labels[second + 1 :], label)
    return _Term(array, labels)


def _path(terms: Sequence[_Term], output: Labels, optimize: Any) -> Sequence[tuple[int, ...]]:
    """Which terms to multiply, round by round; a product joins the end of the row."""
    if len(terms) < 3:
        return [tuple(range(len(terms)))]
    numbers: dict[Hashable, int] = {}
    given: list[Any] = []
    for term in terms:
        given.append(np.broadcast_to(0.0, term.array.shape))  # only its shape is looked at
        given.append([numbers.setdefault(label, len(numbers)) for label in term.labels])
    given.append([numbers[label] for label in output])
    path, _ = np.einsum_path(*given, optimize=optimize or "greedy")
    return path[1:]


def _summed(term: _Term, needed: set[Hashable]) -> _Term:
    """The sum over the indices that are not needed."""
    axes = tuple(axis for axis, label in enumerate(term.labels) if label not in needed)
    if not axes:
        return term
    return _Term(sum(term.array, axes), tuple(label for label in term.labels if label in needed))


def _arranged(term: _Term, labels: Labels) -> Any:
    """The array with its axes in the order of ``labels``."""
    if term.labels == labels:
        return term.array
    return transpose(term.array, tuple(term.labels.index(label) for label in labels))


def _shaped(array: Any, shape: tuple[int, ...]) -> Any:
    return array if array.shape == shape else reshape(array, shape)


def _product(a: _Term, b: _Term, needed: set[Hashable]) -> _Term:
    """The product of two terms, summed over what only they have and nobody needs."""
    a, b = _summed(a, needed.union(b.labels)), _summed(b, needed.union(a.labels))
    shared = [label for label in a.labels if label in b.labels]
    batch = tuple(label for label in shared if label in needed)
    summed = tuple(label for label in shared if label not in needed)
    left = tuple(label for label in a.labels if label not in shared)
    right = tuple(label for label in b.labels if label not in shared)
    n = {**dict(zip(a.labels, a.array.shape, strict=True)), **dict(zip(b.labels, b.array.shape, strict=True))}

    def lengths(labels: Labels) -> tuple[int, ...]:
        return tuple(n[label] for label in labels)

    labels = batch + left + right
    if not summed:
        columns = _shaped(_arranged(a, batch + left), lengths(batch + left) + (1,) * len(right))
        rows = _shaped(_arranged(b, batch + right), lengths(batch) + (1,) * len(left) + lengths(right))
        return _Term(multiply(columns, rows), labels)
    inner, batches = math.prod(lengths(summed)), lengths(batch)
    matrices = _shaped(_arranged(a, batch + left + summed), (*batches, math.prod(lengths(left)), inner))
    others = _shaped(_arranged(b, batch + summed + right), (*batches, inner, math.prod(lengths(right))))
    return _Term(_shaped(matmul(matrices, others), lengths(labels)), labels)


einsum_path = constant(np.einsum_path)
