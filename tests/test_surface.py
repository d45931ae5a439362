"""The list of NumPy's and SciPy's public functions: it is complete and true, and the docs follow it."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import numpy as np
import pytest

import autograd_cnn as ag
from autograd_cnn.surface import (
    ABSENT,
    DIFFERENTIABLE,
    GONE,
    NAMESPACES,
    count,
    document,
    entries,
    public_names,
)
from autograd_cnn.surface.listing import answer

PAGE = Path(__file__).parent.parent / "docs" / "operations.md"
WRITTEN_FOR = re.search(r"NumPy (\S+) and SciPy (\S+)", PAGE.read_text(encoding="utf-8"))
INSTALLED = tuple(
    ".".join(importlib.import_module(package).__version__.split(".")[:2]) for package in ("numpy", "scipy")
)
newest_only = pytest.mark.skipif(
    WRITTEN_FOR is None or WRITTEN_FOR.groups() != INSTALLED, reason="the page is that of other versions"
)


def absent(namespace: str) -> list[str]:
    return [name for names in ABSENT[namespace].values() for name in names.split()]


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_every_public_function_is_accounted_for(namespace: str) -> None:
    missing = [
        entry.name
        for entry in entries()
        if entry.namespace == namespace and entry.kind == "absent" and not entry.reason
    ]
    assert missing == [], "implement them, or say in surface/absent.py why they are absent"


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_what_is_absent_is_absent(namespace: str) -> None:
    here = set(public_names(namespace))
    assert [name for name in absent(namespace) if name in here and answer(namespace, name)[0]] == []


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_an_absent_name_has_one_reason(namespace: str) -> None:
    names = absent(namespace)
    assert sorted(set(names)) == sorted(names)


@newest_only
@pytest.mark.parametrize("namespace", NAMESPACES)
def test_absent_names_are_those_of_numpy_and_scipy(namespace: str) -> None:
    unknown = set(absent(namespace)) - set(public_names(namespace))
    assert unknown == set(GONE.get(namespace, "").split())


def test_what_dispatches_is_exported_too() -> None:
    """`import autograd_cnn as np` has every function that takes a tensor under NumPy's own name."""
    hidden = [
        f"{entry.namespace}.{entry.name}"
        for entry in entries()
        if entry.dispatches and entry.name not in importlib.import_module(NAMESPACES[entry.namespace]).__all__
    ]
    assert hidden == []


def test_there_are_three_hundred_differentiable_functions() -> None:
    assert sum(count()[kind] for kind in DIFFERENTIABLE) >= 300


def test_absent_functions_raise_for_a_tensor() -> None:
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    for name in ("put", "fill_diagonal", "savetxt", "isnat"):
        with pytest.raises(TypeError):
            getattr(np, name)(x, x, x)


@newest_only
def test_the_page_is_that_of_the_registry() -> None:
    assert PAGE.read_text(encoding="utf-8") == document(), "the registry changed: run `make docs`"
