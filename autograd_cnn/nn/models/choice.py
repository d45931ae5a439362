"""Choosing by name, and what to say to a name that does not exist."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import TypeVar

from autograd_cnn.errors import ArgumentError

__all__ = ["choose", "near"]

Choice = TypeVar("Choice")


def choose(name: str, what: str, table: Mapping[str, Choice], key: str) -> Choice:
    """Return the entry of a table. Raises `ArgumentError` for a key that it has not, with the near ones."""
    if key not in table:
        raise ArgumentError(f"{name}: expected {what} of {', '.join(table)}, got {key!r}{near(key, table)}")
    return table[key]


def near(word: str, words: Iterable[str]) -> str:
    """Return "; did you mean …?" with the words that are like a word, or nothing."""
    matches = difflib.get_close_matches(str(word).lower(), list(words), cutoff=0.75)
    return f"; did you mean {' or '.join(map(repr, matches))}?" if matches else ""
