"""Numbers that are spaced evenly between two ends, and differentiable in them."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_cnn.core.composite import composite
from autograd_cnn.core.registry import case
from autograd_cnn.errors import ArgumentError, UnsupportedError
from autograd_cnn.ops.elementwise import log10, power
from autograd_cnn.ops.polynomials import as_array
from autograd_cnn.ops.shape import concatenate, expand_dims, moveaxis
from autograd_cnn.ops.ufuncs import value_of

_CASES: Any = [
    case((), (), num=5),
    case((2, 1), (3,), num=4, axis=-1),
    case((2,), (2,), num=3, endpoint=False),
    case((), (), num=1),
]


def _spaced(start: Any, stop: Any, num: int, endpoint: bool, name: str) -> Any:
    """The numbers along a new first axis; the last one is ``stop`` itself, not up to rounding."""
    start, stop = as_array(start), as_array(stop)
    if num < 0:
        raise ArgumentError(f"{name}: expected num of 0 or more, got {num}")
    both = start + stop * 0.0, stop + start * 0.0
    dtype = both[0].dtype
    steps = max(num - 1 if endpoint else num, 1)
    weights = np.arange(num).reshape(-1, *(1,) * both[0].ndim).astype(dtype.type(0).real.dtype)
    numbers = both[0] + weights * ((both[1] - both[0]) / steps)
    if endpoint and num > 1:
        numbers = concatenate([numbers[:-1], expand_dims(both[1], 0)])
    return numbers


def _finished(numbers: Any, dtype: Any, axis: int) -> Any:
    numbers = moveaxis(numbers, 0, axis)
    if dtype is None:
        return numbers
    return (np.floor(numbers) if np.dtype(dtype).kind in "iu" else numbers).astype(dtype)


@composite(np.linspace, samples=_CASES)
def linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
    *,
    device: str | None = None,
) -> Any:
    """``num`` evenly spaced numbers from ``start`` to ``stop``, along a new ``axis``; linear in both.

    ``stop`` is the last one, or with ``endpoint=False`` would be the next. With ``retstep`` also the step.

    >>> import autograd_cnn as ag
    >>> ag.linspace(ag.tensor(0.0), 1.0, 3)
    tensor([0. , 0.5, 1. ])
    """
    numbers = _finished(_spaced(start, stop, num, endpoint, "linspace"), dtype, axis)
    steps = num - 1 if endpoint else num
    return (numbers, (stop - start) / steps if steps > 0 else np.nan) if retstep else numbers


@composite(np.logspace, samples=[*_CASES, case((), (), num=3, base=2.0)])
def logspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    base: Any = 10.0,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """``num`` numbers from ``base`` ** ``start`` to ``base`` ** ``stop``, with evenly spaced logarithms.

    >>> import autograd_cnn as ag
    >>> ag.logspace(ag.tensor(0.0), 2.0, 3)
    tensor([  1.,  10., 100.])
    """
    if np.ndim(base):
        start, stop = start + base * 0, stop + base * 0
    return _finished(power(base, _spaced(start, stop, num, endpoint, "logspace")), dtype, axis)


@composite(np.geomspace, domain=(0.5, 9.0), samples=_CASES)
def geomspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0
) -> Any:
    """``num`` numbers from ``start`` to ``stop``, each a fixed multiple of the one before.

    Both ends have the same sign, and are not 0; complex ones are not supported.

    >>> import autograd_cnn as ag
    >>> ag.geomspace(ag.tensor(1.0), 16.0, 3)
    tensor([ 1.,  4., 16.])
    """
    start, stop = as_array(start), as_array(stop)
    if "c" in (start.dtype.kind, stop.dtype.kind):
        raise UnsupportedError("geomspace: expected real ends, got complex ones; use ag.exp(ag.linspace(…))")
    if np.any(value_of(start) * value_of(stop) <= 0):
        raise ArgumentError("geomspace: expected ends of the same sign, neither of them 0")
    signs = np.sign(value_of(start))
    logarithms = _spaced(log10(start * signs), log10(stop * signs), num, endpoint, "geomspace")
    numbers = power(10.0, logarithms) * signs
    if num > 0:  # the ends themselves, not up to rounding
        first, last = expand_dims(start + stop * 0.0, 0), expand_dims(stop + start * 0.0, 0)
        exact = [last] if endpoint and num > 1 else []
        numbers = concatenate([first, numbers[1 : num - len(exact)], *exact])
    return _finished(numbers, dtype, axis)
