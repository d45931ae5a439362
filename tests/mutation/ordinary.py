"""The ordinary tests of one op, as calls: read off the marks that pytest reads.

They are all tests of the registry that go through its samples; then, where finite differences say nothing,
the rows of what ops promise at awkward points.
"""

from __future__ import annotations

import functools
import inspect
import itertools
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any, NamedTuple

import test_awkward_points
import test_checkpoint
import test_complex_numbers
import test_hooks
import test_numerics
import test_numerics_types
import test_numpy_ufuncs
import test_registry
import test_special
import test_tape
import test_transforms
from op_samples import Sample

import autograd_cnn as ag

__all__ = ["Check", "awkward", "checks", "of_the_tape"]


class Check(NamedTuple):
    """One test of pytest's: a test function with its arguments."""

    name: str
    function: Callable[..., None]
    arguments: dict[str, Any]

    @property
    def sample(self) -> Sample:
        """The sample that it tests."""
        return self.arguments["sample"]  # type: ignore[no-any-return]

    def __call__(self) -> None:
        ag.manual_seed(0)  # as the fixture does
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            self.function(**self.arguments)


@functools.cache
def checks() -> dict[str, list[Check]]:
    """The tests of the registry, by the function ("ufuncs.exp") that their sample is of."""
    found: dict[str, list[Check]] = defaultdict(list)
    for check in _parametrised(test_registry):
        if "sample" in check.arguments:
            record = check.sample.record
            found[f"{record.module.rsplit('.', 1)[-1]}.{record.name}"].append(check)
    return dict(found)


@functools.cache
def awkward() -> list[Check]:
    """The tests at awkward points, of any op."""
    modules = (test_numerics, test_numpy_ufuncs, test_special, test_awkward_points)
    return [check for module in modules for check in _parametrised(module) if "awkward" in check.name]


@functools.cache
def of_the_tape() -> list[Check]:
    """The tests of the tape, if they need no fixture; then those of one sample of every tenth op."""
    modules = (
        test_tape,
        test_hooks,
        test_transforms,
        test_checkpoint,
        test_complex_numbers,
        test_numerics_types,
    )
    plain = [
        Check(name, function, {})
        for module in modules
        for name, function in vars(module).items()
        if name.startswith("test_") and not inspect.signature(function).parameters
    ]
    rows = [check for module in modules for check in _parametrised(module)]
    ops = [
        check for found in [*checks().values()][::10] for check in found if check.sample is found[0].sample
    ]
    return [*plain, *rows, *awkward(), *ops]


def _parametrised(module: ModuleType) -> Iterator[Check]:
    """A check for each call of each test function that pytest would make."""
    for name, function in vars(module).items():
        marks = [mark.args for mark in getattr(function, "pytestmark", ()) if mark.name == "parametrize"]
        for rows in itertools.product(*(values for _, values in marks)) if marks else ():
            arguments: dict[str, Any] = {}
            for (names, _), row in zip(marks, rows, strict=True):
                several = isinstance(names, (tuple, list))
                values = row.values if hasattr(row, "values") else row if several else (row,)
                arguments.update(zip(names if several else (names,), values, strict=True))
            if arguments.keys() != inspect.signature(function).parameters.keys():
                continue  # it has fixtures
            samples = arguments.get("sample")
            if isinstance(samples, list):
                test = function.__wrapped__
                yield from (Check(name, test, {**arguments, "sample": sample}) for sample in samples)
            else:
                yield Check(name, function, arguments)
