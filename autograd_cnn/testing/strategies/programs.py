"""Random differentiable programs, composed from the op registry."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

from autograd_cnn.core.registry import FUNCTIONS
from autograd_cnn.errors import ArgumentError
from autograd_cnn.testing.strategies.arrays import arrays
from autograd_cnn.testing.strategies.building import ARITHMETIC, DEFAULT, REACH, Seed, built
from autograd_cnn.testing.strategies.program import Program
from autograd_cnn.testing.strategies.shapes import shapes
from autograd_cnn.testing.strategies.vocabulary import Word, vocabulary

__all__ = ["programs"]

NAMES = "xyz"
MANY = 2**12  # words, more than there are: what is drawn remains the same when ops are added
SIMPLEST_FIRST = ("elementwise", "linear", "primitive", "composite")


def programs(
    functions: Iterable[Callable[..., Any]] | None = None,
    *,
    max_statements: int = 10,
    max_arguments: int = 2,
    in_place: bool = True,
    branches: bool = True,
) -> st.SearchStrategy[Program]:
    """Differentiable programs in NumPy: readable source, run as it stands.

    Their statements apply ops to values computed before, any number of times each; update values in place
    (``a[...] = b``, ``a += b``); and branch, for the whole array (``if np.sum(a) > 1:``) or for each entry
    (``np.where``). What nothing reads is returned. ``functions`` are the ops to use beside arithmetic, by
    default all in the registry (``autograd-cnn ops``), a user's own too, but for those that take invertible
    or otherwise special matrices. Each gets values from its declared domain, and no kink is nearby.
    ``in_place=False`` and ``branches=False`` leave these out, for engines that do not have them.

    Failing programs shrink to few statements on few numbers.
    """
    if max_statements < 1 or not 1 <= max_arguments <= len(NAMES):
        raise ArgumentError(
            f"programs: expected max_statements of 1 or more and max_arguments from 1 to {len(NAMES)}, got "
            f"{max_statements} and {max_arguments}"
        )
    chosen = None if functions is None else vocabulary(functions)
    # What comes first is simplest to Hypothesis; an op may be a whole program in itself.
    kinds = ["arithmetic"] * 2 + ["write"] * in_place + ["branch"] * branches + ["apply"] * 2
    # Reading the whole table takes a third of a second: when the first program is drawn, not before.
    return st.deferred(
        lambda: _programs(vocabulary() if chosen is None else chosen, kinds, max_statements, max_arguments)
    )


def _programs(
    words: Sequence[Word], kinds: Sequence[str], max_statements: int, max_arguments: int
) -> st.SearchStrategy[Program]:
    arithmetic = vocabulary(FUNCTIONS[f"elementwise.{name}"].function for name in ARITHMETIC)
    words = sorted(words, key=_simplicity)
    word = st.integers(0, MANY - 1)
    statement = st.builds(
        Seed, st.sampled_from(kinds), word, st.integers(0, REACH**2 - 1), st.integers(0, 31)
    )
    small = shapes(max_dims=2, max_side=3)
    # From -2 to 2, the simplest 1: at 0 a product has no derivative to be wrong, and a quotient is no value.
    argument = arrays(small, domain=(-3.0, 1.0), layout="contiguous").map(
        lambda x: np.asarray(np.round(x + 1, 2))
    )
    arguments = st.lists(argument, min_size=1, max_size=max_arguments).map(
        lambda drawn: dict(zip(NAMES, drawn, strict=False))
    )
    statements = st.lists(statement, min_size=1, max_size=max_statements)
    return st.builds(lambda given, seeds: built(given, seeds, arithmetic, words), arguments, statements)


def _simplicity(word: Word) -> tuple[int, int, bool]:
    """What words are sorted by: first an op that is one operation of the tape, and at home everywhere.

    So what failing programs shrink to depends little on how many ops there are.
    """
    record = word.record
    place = ARITHMETIC.index(record.name) if record.name in ARITHMETIC else len(ARITHMETIC)
    return place, SIMPLEST_FIRST.index(record.kind), record.domain != DEFAULT
