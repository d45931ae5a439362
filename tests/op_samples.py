"""The samples that every test of the ops goes through: made of the declarations alone."""

from __future__ import annotations

import functools
import math
import os
from collections.abc import Callable, Mapping
from inspect import Parameter, signature
from itertools import takewhile
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pytest

from autograd_cnn import fft, linalg, random, signal, special
from autograd_cnn.core.registry import FUNCTIONS, Record
from autograd_cnn.errors import KinkError

LOADED = (fft, linalg, random, signal, special)  # they declare their functions when imported

SHAPES_1: list[tuple[Any, ...]] = [((2, 3),), ((),), ((0, 3),), ((1,),)]
SHAPES_2: list[tuple[Any, ...]] = [
    ((2, 3), (2, 3)),
    ((2, 3), (3,)),
    ((), (2,)),
    ((2, 1), (1, 3)),
    ((0, 3), (3,)),
    ((), ()),
]


Key: TypeAlias = str | int  # the name of a parameter, or the number of an array


@functools.cache  # 10 % of the time of the registry's tests without
def places(
    function: Callable[..., Any], parameters: tuple[str, ...], count: int
) -> tuple[list[Key], dict[str, Key]]:
    """What a call with these parameters and as many arrays gives by position, and what by name."""
    declared = signature(function)
    kinds = {n: p.kind for n, p in declared.parameters.items()}
    if {Parameter.VAR_POSITIONAL, Parameter.POSITIONAL_ONLY} & {*kinds.values()}:
        before = [n for n, kind in kinds.items() if kind is not Parameter.KEYWORD_ONLY]
        leading = list(takewhile(parameters.__contains__, before))  # f(leading, *arrays, rest=…)
        return [*leading, *range(count)], {n: n for n in parameters if n not in leading}
    inputs = [name for name in kinds if name not in parameters]
    keys: dict[str, Key] = {n: n for n in parameters}
    bound = declared.bind(**keys, **dict(zip(inputs, range(count), strict=False)))
    return list(bound.args), dict(bound.kwargs)


class Sample(NamedTuple):
    record: Record
    shapes: tuple[Any, ...]
    parameters: dict[str, Any]
    seed: int = 0

    def arrays(self, dtype: Any = np.float64, seed: int = 0) -> list[Any]:
        """Random arrays in the op's domain, no two entries near each other: no ties, no kinks."""
        low, high = self.record.domain
        steps = np.linspace(low, high, 1010 if self.seed else 1009)[1:-1]  # of an even number none is 0
        generator = np.random.default_rng(seed + 1000 * self.seed)

        def draw(shape: tuple[int, ...]) -> np.ndarray:
            nonlocal steps
            if self.seed:  # of all arguments: with many draws some would tie
                steps = generator.permutation(steps)
                taken, steps = np.split(steps, [math.prod(shape)])
                return taken.reshape(shape).astype(dtype)
            return np.asarray(generator.choice(steps, size=shape, replace=False)).astype(dtype)

        return [[draw(s) for s in shape] if isinstance(shape, list) else draw(shape) for shape in self.shapes]

    def call(self, arguments: list[Any], function: Any = None) -> list[Any]:
        """Call it, or its reference, by position wherever that is possible: names differ between versions."""
        by_position, by_name = places(self.record.function, tuple(self.parameters), len(arguments))
        given = {**self.parameters, **dict(enumerate(arguments))}
        kwargs = {name: given[key] for name, key in by_name.items()}
        result = (function or self.record.function)(*(given[key] for key in by_position), **kwargs)
        return list(result) if isinstance(result, (list, tuple)) else [result]

    def of_flat(self, *flat: Any) -> list[Any]:
        """The function on separate arrays, where it takes a sequence of them."""
        return self.call([list(flat)] if isinstance(self.shapes[0], list) else list(flat))

    def flat_shapes(self) -> tuple[Any, ...]:
        return tuple(self.shapes[0]) if isinstance(self.shapes[0], list) else self.shapes

    def __str__(self) -> str:
        given = "".join(f", {name}={value!r}" for name, value in self.parameters.items())
        return f"{self.record.name}({', '.join(map(str, self.shapes))}{given}), seed={self.seed}"

    def flat(self, arguments: list[Any]) -> list[Any]:
        return arguments[0] if isinstance(self.shapes[0], list) else arguments


def samples_of(*kinds: str) -> dict[str, Sample]:
    """All samples of the functions of these kinds, by name: "elementwise.add-0"."""
    found = {}
    for key, record in FUNCTIONS.items():
        if record.kind not in kinds:
            continue
        if record.kind == "elementwise":
            shapes = SHAPES_1 if len(record.inputs) == 1 else SHAPES_2
            sampled = [Sample(record, s, {}) for s in shapes]
        else:
            sampled = [Sample(record, c.shapes, c.parameters) for c in record.samples]
        found.update({f"{key}-{number}": sample for number, sample in enumerate(sampled)})
    return found


def each_sample(samples: Mapping[str, Sample]) -> Callable[[Callable[..., None]], Any]:
    """Parametrize a test of a ``sample`` by function: it goes through all samples, and tells which fails.

    A test for each of them would be 23 000 tests, of which pytest takes 3 ms for each.

    With REGISTRY_SEEDS=50 it takes fifty draws of the numbers of each. A draw but the first that is at a
    kink, such as a bound of clip, is passed over; if every second draw is at one, that is wrong.
    """
    groups: dict[str, list[Sample]] = {}
    for name, sample in samples.items():
        groups.setdefault(name.rpartition("-")[0], []).append(sample)
    seeds = int(os.environ.get("REGISTRY_SEEDS", "1"))

    def decorate(test: Callable[..., None]) -> Any:
        @functools.wraps(test)
        def run(sample: list[Sample], **arguments: Any) -> None:
            for one in sample:
                kinks = 0
                for drawn in (one._replace(seed=seed) for seed in range(seeds)):
                    try:
                        test(sample=drawn, **arguments)
                    except BaseException as error:
                        kinks += isinstance(error, KinkError)
                        if not isinstance(error, KinkError) or not drawn.seed or 2 * kinks > seeds:
                            error.add_note(f"sample {drawn}")
                            raise

        params = [pytest.param(group, id=name) for name, group in groups.items()]
        return pytest.mark.parametrize("sample", params)(run)

    return decorate


DIFFERENTIABLE = ("elementwise", "linear", "primitive", "composite")


def takes_complex(record: Record) -> bool:
    """Whether NumPy has a complex loop for it, that gives a complex or (abs) a real result."""
    letters = "D" * len(record.inputs)
    return any(t.startswith(f"{letters}->") for t in getattr(record.reference, "types", []))
