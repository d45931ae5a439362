"""Every example in a docstring runs and gives what it says."""

from __future__ import annotations

import doctest
import importlib
import linecache
import pkgutil

import pytest

import autograd_cnn

MODULES = ["autograd_cnn"] + [
    module.name
    for module in pkgutil.walk_packages(autograd_cnn.__path__, "autograd_cnn.")
    if not module.name.endswith("__main__")
]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    linecache.clearcache()  # doctest asks the disk about each file in it: 10 ms for every module
    failures, _ = doctest.testmod(importlib.import_module(name))
    assert failures == 0


def test_there_are_many() -> None:
    finder = doctest.DocTestFinder()
    modules = [importlib.import_module(name) for name in MODULES]
    assert sum(bool(test.examples) for module in modules for test in finder.find(module)) > 200
