"""Whether a fault changes anything: on fresh points, of fresh shapes, in all that a VJP is used for."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
from op_samples import Sample

import autograd_cnn as ag
from autograd_cnn.core.tensor import Tensor

__all__ = ["differs", "right_behaviour"]

SEEDS = (101, 102, 103)  # the ordinary tests use 0 to 2
LONGER = (0, 1, 2)  # by how much
# Kinks, poles, ends of domains, far out: also there, wherever the op is finite, a fault must not show.
AWKWARD = (-40.0, -12.5, -8.0, -3.0, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0, 5.5, 12.0, 40.0, 300.0)


Behaviour = list[np.ndarray]


def right_behaviour(samples: Sequence[Sample]) -> list[tuple[Sample, list[Any], Behaviour]]:
    """What an op does without a fault at many points: of which sample, with which arguments, and what."""
    found = []
    for sample in samples:
        for arguments in _points(sample):
            behaviour = _behaviour(sample, arguments, nullcontext())
            if behaviour is not None:
                found.append((sample, arguments, behaviour))
    return found


def differs(
    right: Sequence[tuple[Sample, list[Any], Behaviour]], planted: Callable[[], AbstractContextManager[None]]
) -> bool:
    """Whether the op behaves otherwise with the fault at any point; so it is said if there are no points."""
    return not right or any(
        not _same(without, _behaviour(sample, arguments, planted())) for sample, arguments, without in right
    )


def _points(sample: Sample) -> Iterator[list[Any]]:
    """Arguments that no ordinary test uses: other numbers, longer axes, float32, complex and awkward ones."""
    for seed in SEEDS:
        for more in LONGER:
            shapes = tuple(_longer(shape, more) for shape in sample.shapes)
            wider = sample._replace(shapes=shapes)
            yield wider.flat(wider.arrays(seed=seed))
        yield sample.flat(sample.arrays(np.float32, seed=seed))
        real, imaginary = (sample.flat(sample.arrays(seed=s)) for s in (seed, seed + 50))
        yield [np.asarray(a + 0.2j * b) for a, b in zip(real, imaginary, strict=True)]
    for seed in range(40 if sample.record.kind == "elementwise" else 12):
        generator = np.random.default_rng(seed)
        yield [np.asarray(generator.choice(AWKWARD, size=a.shape)) for a in sample.flat(sample.arrays())]


def _longer(shape: Any, more: int) -> Any:
    if isinstance(shape, list):
        return [_longer(s, more) for s in shape]
    return tuple(n + more if n > 1 else n for n in shape)


def _behaviour(
    sample: Sample, arguments: list[Any], planted: AbstractContextManager[None]
) -> Behaviour | None:
    """All that follows from the VJPs here: raw results, gradients, second derivatives, what is written to.

    None if the op does not take these arguments, or fails.
    """
    generator = np.random.default_rng(5)
    try:
        with planted, np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ag.manual_seed(0)
            variables = [ag.from_numpy(np.array(a)).requires_grad_() for a in arguments]
            outputs = sample.of_flat(*variables)
            if not all(np.isfinite(_value(o)).all() for o in outputs):
                return None
            source: Any = outputs[0]._source
            node = getattr(source, "node", source)
            several = type(node.dtype) is list
            shapes = list(zip(node.shape, node.dtype, strict=True)) if several else [(node.shape, node.dtype)]
            cotangents = [_normal(shape, dtype, generator) for shape, dtype in shapes]
            g: Any = tuple(cotangents) if several else cotangents[0]
            seen = [np.array(vjp(g, node.held)) for vjp in node.op.vjps[: len(variables)]]
            if several:
                for place in range(len(g)):
                    alone = tuple(c if k == place else None for k, c in enumerate(g))
                    seen += [np.array(vjp(alone, node.held)) for vjp in node.op.vjps[: len(variables)]]
            kept = [v for v in node.saved if isinstance(v, np.ndarray)]
            seen += [np.array(a) for a in (*cotangents, *kept, *map(_value, variables))]
            starts = [ag.tensor(_normal(o.shape, o.dtype, generator), requires_grad=True) for o in outputs]
            firsts = ag.backprop(outputs, variables, starts, create_graph=True)
            seen += _values(firsts)
            recorded = [f for f in firsts if f is not None and f.requires_grad]
            if recorded:
                directions = [_normal(f.shape, f.dtype, generator) for f in recorded]
                seen += _values(ag.backprop(recorded, [*variables, *starts], directions))
            return seen
    except Exception:
        return None


def _normal(shape: tuple[int, ...], dtype: Any, generator: np.random.Generator) -> np.ndarray:
    numbers = generator.standard_normal(shape)
    if np.dtype(dtype).kind == "c":
        numbers = numbers + 1j * generator.standard_normal(shape)
    return np.asarray(numbers).astype(dtype)


def _value(x: Any) -> Any:
    return x._value if isinstance(x, Tensor) else x


def _values(found: Sequence[Any]) -> list[np.ndarray]:
    return [np.zeros(()) if x is None else np.array(_value(x)) for x in found]


def _same(first: Behaviour, second: Behaviour | None) -> bool:
    """To ten digits, as near as the complex step tells; to rounding error in float32."""
    if second is None or len(first) != len(second):
        return False
    for a, b in zip(first, second, strict=True):
        if a.shape != b.shape or a.dtype != b.dtype:
            return False
        digits = 1e-10 if a.dtype in (np.float64, np.complex128) else 1e-6
        size = max(1.0, float(np.max(np.abs(a[np.isfinite(a)]), initial=0.0)))
        if not np.allclose(a, b, rtol=digits, atol=digits * size, equal_nan=True):
            return False
    return True
