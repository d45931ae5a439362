"""What every draw needs: a generator, the shape and dtype of the result, noise, and checks of parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from autograd_cnn.core.batched import CannotVectorize, active
from autograd_cnn.core.random import default_generator
from autograd_cnn.core.tensor import Tensor, wrap
from autograd_cnn.errors import ArgumentError, DtypeError, ShapeError

Size: TypeAlias = int | Sequence[int] | None
Generator: TypeAlias = np.random.Generator | int | None

_WEAK = (bool, int, float)  # but not their subclass np.float64


def generator_of(generator: Generator) -> np.random.Generator:
    """A generator itself; a new one for a seed; for None the context's, which `manual_seed` seeds."""
    if generator is None:
        return default_generator()
    if isinstance(generator, np.random.Generator):
        if active.get():
            raise CannotVectorize  # each example is to have draws of its own
        return generator
    if isinstance(generator, (int, np.integer)) and not isinstance(generator, bool) and generator >= 0:
        return np.random.default_rng(int(generator))
    raise ArgumentError(
        f"generator: expected a seed (an int >= 0), a numpy.random.Generator or None, got {generator!r}"
    )


def prepared(name: str, parameters: Sequence[Any], size: Size, dtype: Any) -> tuple[list[Any], Any, Any]:
    """Parameters in the dtype of the result, its shape, and its dtype.

    Python numbers are weak, as in NumPy: the dtype is that of the other parameters, float64 without any.
    """
    given = [p if isinstance(p, Tensor) or type(p) in _WEAK else np.asarray(p) for p in parameters]
    strong = [p.dtype for p in given if type(p) not in _WEAK]
    found = np.dtype(dtype) if dtype is not None else np.result_type(*strong) if strong else np.dtype(float)
    if dtype is None and found.kind in "biu":
        found = np.dtype(float)
    if found not in (np.dtype(np.float32), np.dtype(np.float64)):
        raise DtypeError(f"{name}: expected float32 or float64 as dtype and parameters, got {found}")
    shape = _shape(name, [np.shape(p) for p in given], size)
    cast = [found.type(p) if type(p) in _WEAK else p if p.dtype == found else p.astype(found) for p in given]
    return cast, shape, found


def _shape(name: str, shapes: Sequence[tuple[int, ...]], size: Size) -> tuple[int, ...]:
    wanted = None if size is None else (int(size),) if np.ndim(size) == 0 else tuple(size)  # type: ignore[arg-type]
    try:
        common = np.broadcast_shapes(*shapes, *(() if wanted is None else (wanted,)))
    except ValueError:
        common = None
    if common is None or (wanted is not None and common != wanted):
        raise ShapeError(
            f"{name}: expected parameters that broadcast together, and to size if it is given; got shapes "
            f"{', '.join(map(str, shapes))} and size={size}"
        )
    return common


def noise(kind: str, shape: tuple[int, ...], dtype: Any, generator: np.random.Generator) -> Tensor:
    """Draws of a distribution without parameters: the constant that a draw is a function of.

    They are drawn in double precision, so that float32 gives the same numbers, rounded.
    """
    return wrap(np.asarray(getattr(generator, kind)(size=shape)).astype(dtype), None)


def uniform_noise(shape: tuple[int, ...], dtype: Any, generator: np.random.Generator) -> Tensor:
    """Uniform draws from [0, 1); in float32 they are cut to 24 bits, as rounding could give 1."""
    draws = np.asarray(generator.random(size=shape))
    if dtype == np.float32:
        draws = np.floor(draws * 2.0**24) / 2.0**24
    return wrap(draws.astype(dtype), None)


def value_of(x: Any) -> Any:
    """A parameter as a number or an array."""
    return x._value if isinstance(x, Tensor) else x


def not_negative(name: str, **parameters: Any) -> None:
    """Raise for a parameter with an entry below 0."""
    _check(name, "of 0 or more", lambda value: value >= 0, parameters)


def above_zero(name: str, **parameters: Any) -> None:
    """Raise for a parameter with an entry of 0 or less."""
    _check(name, "above 0", lambda value: value > 0, parameters)


def _check(name: str, expected: str, condition: Any, parameters: dict[str, Any]) -> None:
    for parameter, given in parameters.items():
        value = np.asarray(value_of(given))
        if not np.all(condition(value) | np.isnan(value)):
            raise ArgumentError(f"{name}: expected {parameter} {expected}, got {np.min(value)}")
