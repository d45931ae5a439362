"""The ordinary registry tests of one op, as calls: read off the marks that pytest reads."""

from __future__ import annotations

import functools
import itertools
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import test_registry
from op_samples import Sample

import autograd_cnn as ag

__all__ = ["Check", "checks"]


class Check(NamedTuple):
    """One test of pytest's: a test function with its arguments."""

    name: str
    function: Callable[..., None]
    sample: Sample
    arguments: dict[str, Any]

    def __call__(self) -> None:
        ag.manual_seed(0)  # as the fixture does
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            self.function(sample=self.sample, **self.arguments)


@functools.cache
def checks() -> dict[str, list[Check]]:
    """All checks that go through samples, by the function ("ufuncs.exp") that a sample is of."""
    found: dict[str, list[Check]] = defaultdict(list)
    for name, function in vars(test_registry).items():
        for arguments in _parameters(function):
            if "sample" in arguments:
                sample = arguments.pop("sample")
                module = sample.record.module.rsplit(".", 1)[-1]
                found[f"{module}.{sample.record.name}"].append(Check(name, function, sample, arguments))
    return dict(found)


def _parameters(function: Any) -> Iterator[dict[str, Any]]:
    """The arguments of each of a test function's calls."""
    marks = [mark.args for mark in getattr(function, "pytestmark", ()) if mark.name == "parametrize"]
    for combination in itertools.product(*(values for _, values in marks)) if marks else ():
        yield {
            name: getattr(value, "values", (value,))[0]
            for (name, _), value in zip(marks, combination, strict=True)
        }
