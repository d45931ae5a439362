"""The list as a page of Markdown: ``docs/operations.md``."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from importlib.metadata import version

from autograd_cnn.core.declare import SYMBOLS
from autograd_cnn.surface.absent import ABSENT
from autograd_cnn.surface.listing import DIFFERENTIABLE, NAMESPACES, Entry, count, entries

__all__ = ["document"]

_INTRODUCTION = """\
# Operations

What the public functions of NumPy {numpy} and SciPy {scipy} are here. Written by `make docs` from the
declarations of the ops; do not edit.

- **elementwise**, **linear**, **primitive**: with a vector-Jacobian product of its own;
- **composite**: made of those, and differentiable through them;
- **constant**: piecewise constant, or about shapes and dtypes: its result carries no gradient;
- **creation**: makes new tensors;
- **absent**: raises for a tensor that requires grad, for the reason given.

A function with `*` is called under our name (`ag.linalg.expm`), since SciPy's or NumPy's own does not ask
its arguments; all others may be called under either name. Names on one line are one function. Classes and
modules are not listed. `autograd-cnn ops` shows every VJP.

{counts}

Ufuncs of two arguments have their methods: `reduce`, `accumulate`, `reduceat` and `outer`. `at` writes into
an array, and is refused; `x.at[index].add(values)` does not.
"""


def document() -> str:
    """The text of ``docs/operations.md``, for the installed versions of NumPy and SciPy."""
    counts = count()
    total = sum(counts[kind] for kind in DIFFERENTIABLE)
    parts = [f"{counts[kind]} {kind}" for kind in DIFFERENTIABLE]
    counted = (
        f"**{total} differentiable functions**: {', '.join(parts)}. "
        f"{counts['further']} further composites, which the registry's tests do not cover, but their own; "
        f"{counts['constant']} constant, {counts['creation']} creation, {counts['absent']} absent."
    )
    text = _INTRODUCTION.format(numpy=_release("numpy"), scipy=_release("scipy"), counts=counted)
    every = entries()
    seen: set[int] = set()
    sections = [
        "\n".join(_section(namespace, [entry for entry in every if entry.namespace == namespace], seen))
        for namespace in NAMESPACES
    ]
    return "\n".join([text, *sections])


def _release(package: str) -> str:
    """Major and minor version: public names do not come with patches."""
    return ".".join(version(package).split(".")[:2])


def _section(namespace: str, listed: list[Entry], seen: set[int]) -> Iterator[str]:
    """The lines about a namespace; ``seen`` are the functions of those before it."""
    yield f"## {namespace}\n"
    names: dict[int, list[Entry]] = {}
    for entry in listed:
        if entry.function is not None:
            names.setdefault(id(entry.function), []).append(entry)
    again = sorted(entry.name for key, group in names.items() if key in seen for entry in group)
    new = [group for key, group in names.items() if key not in seen]
    new.sort(key=lambda group: _first(group).name)
    seen.update(names)
    if rows := [_row(namespace, group) for group in new if group[0].kind in DIFFERENTIABLE]:
        yield from ("| function | kind | method, operator | |", "|---|---|---|---|", *rows, "")
    for kind in ("constant", "creation"):
        if of_kind := [_names(namespace, group) for group in new if group[0].kind == kind]:
            yield f"**{kind.capitalize()}**: {', '.join(of_kind)}.\n"
    if again:
        yield f"**Another name of a function above**: {', '.join(f'`{name}`' for name in again)}.\n"
    absent = {entry.name for entry in listed if entry.kind == "absent"}
    groups = [
        (reason, [f"`{name}`" for name in sorted(names.split()) if name in absent])
        for reason, names in ABSENT.get(namespace, {}).items()
    ]
    if any(names for _, names in groups):
        yield "**Absent**\n"
        yield from (f"- {reason}: {', '.join(names)}." for reason, names in groups if names)
        yield ""


def _names(namespace: str, group: list[Entry]) -> str:
    """The names of a function, that of the op first."""
    first = _first(group)
    ordered = [first, *(entry for entry in group if entry is not first)]
    return ", ".join(f"`{entry.name}`{'' if entry.dispatches else '*'}" for entry in ordered)


def _first(group: list[Entry]) -> Entry:
    return min(group, key=lambda entry: (getattr(entry.function, "__name__", "") != entry.name, entry.name))


def _row(namespace: str, group: list[Entry]) -> str:
    record = group[0].record
    called = []
    if record is not None and record.method:
        called.append(f"`x.{record.method}`")
    if record is not None and record.operator:
        symbol = SYMBOLS.get(record.operator)
        called.append(f"`{symbol}`" if symbol and symbol != "|" else f"`__{record.operator}__`")
    summary = (inspect.getdoc(group[0].function) or "").split("\n\n")[0].replace("\n", " ")
    cells = [_names(namespace, group), group[0].kind, " ".join(called), summary.replace("|", r"\|")]
    return f"| {' | '.join(cells)} |"
