"""Tensors of which each entry along a hidden axis belongs to one example: what `vmap` runs a function on.

A `Batched` tensor looks like one example, and holds all of them in a *physical* tensor with an axis more,
in front. An op that is called with one hands the call over to `apply`, which calls it on the physical
tensors instead, in the way that the op's *batching rule* says (the table is filled by
`transforms.batching`), or once an example if there is no rule. The tape only ever sees physical tensors.

Where `vmap` runs inside another one, the physical tensor of the inner is itself batched: each running
`vmap` is a `Level`, and the innermost one is served first.

Whatever needs the values of a single example, such as a branch on them, cannot be done for all examples at
once: it raises `CannotVectorize`, and `vmap` calls the function once an example instead.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from typing import Any, NoReturn

import numpy as np

from autograd_cnn.core.registry import BATCHING
from autograd_cnn.core.tape import Source
from autograd_cnn.core.tensor import Tensor, wrap
from autograd_cnn.errors import GraphError

__all__ = [
    "Batched",
    "CannotVectorize",
    "Level",
    "active",
    "aligned",
    "apply",
    "batch",
    "batched_among",
    "elementwise",
    "every_value",
    "holds",
    "levels_of",
    "lift",
    "lift_like",
    "lower",
    "lower_like",
    "per_example",
    "random_draw",
]


class Level:
    """A running `vmap`: how many others it runs inside, and how many examples it has."""

    __slots__ = ("number", "size")

    def __init__(self, number: int, size: int) -> None:
        self.number = number
        self.size = size


# The levels that run here and now, outermost first.
active: ContextVar[tuple[Level, ...]] = ContextVar("active", default=())


class CannotVectorize(BaseException):
    """The values of a single example are needed. Not an Exception: no handler of a user's may catch it."""


class Batched(Tensor):
    """One example of a batch, to look at; all of them in ``physical``, along its first axis."""

    __slots__ = ("level", "physical")

    level: Level
    physical: Tensor

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each axis of one example."""
        return self.physical.shape[1:]

    @property
    def ndim(self) -> int:
        """Number of axes of one example."""
        return self.physical.ndim - 1

    @property
    def size(self) -> int:
        """Number of entries of one example."""
        return math.prod(self.shape)

    @property
    def dtype(self) -> np.dtype[Any]:
        """NumPy dtype of the entries."""
        return self.physical.dtype

    @property
    def itemsize(self) -> int:
        """Bytes of one entry."""
        return self.physical.itemsize

    @property
    def nbytes(self) -> int:
        """Bytes of one example."""
        return self.size * self.itemsize

    @property
    def _source(self) -> Source | None:
        return self.physical._source

    @_source.setter
    def _source(self, source: Source | None) -> NoReturn:
        raise CannotVectorize

    @property
    def _value(self) -> Any:
        raise CannotVectorize

    @_value.setter
    def _value(self, value: Any) -> NoReturn:
        raise CannotVectorize

    @property
    def grad(self) -> NoReturn:
        """What a backward pass left at one example."""
        raise CannotVectorize

    @grad.setter
    def grad(self, value: Any) -> NoReturn:
        raise CannotVectorize

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise CannotVectorize

    backward = retain_grad = register_hook = register_post_accumulate_grad_hook = _refuse

    def detach(self) -> Tensor:
        """Return the same value, as a constant."""
        return batch(self.level, self.physical.detach())

    @property
    def data(self) -> Tensor:
        """The same value, as a constant."""
        return self.detach()

    def __repr__(self) -> str:
        return f"batched({self.physical!r})"


_new: Any = object.__new__


def batch(level: Level, physical: Tensor) -> Batched:
    """Make a tensor of one example from that of all of them."""
    result: Batched = _new(Batched)
    result.level = level
    result.physical = physical
    return result


# --- Ops ----------------------------------------------------------------------------------------------


def elementwise(call: Callable[..., Any], args: Sequence[Any]) -> Any:
    """Call a function that works entry by entry: on physical tensors of equally many axes."""
    level = _innermost(args)
    ndim = max(map(np.ndim, args))
    result = call(*(aligned(x, level, ndim) for x in args))
    return result if result is NotImplemented else batch(level, result)


def aligned(x: Any, level: Level, ndim: int) -> Any:
    """The physical tensor, of examples brought to ``ndim`` axes as broadcasting does it."""
    if not holds(level, x):
        return x
    missing = ndim - x.ndim
    return x.physical.reshape(level.size, *(1,) * missing, *x.shape) if missing else x.physical


def apply(function: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """Call an op for all examples: by its batching rule, or once an example."""
    level = _innermost((args, kwargs))
    rule = BATCHING.get(function)
    if rule is not None:
        result = rule(level, *args, **kwargs)
        if result is not NotImplemented:
            return result
    # Of no examples, the shape of the results is that for an example of zeros.
    results = [
        function(*_example(args, level, index), **_example(kwargs, level, index))
        for index in range(level.size or 1)
    ]
    if isinstance(results[0], (list, tuple)):
        columns = [_stacked(level, column) for column in zip(*results, strict=True)]
        return getattr(results[0], "_make", type(results[0]))(columns)
    return _stacked(level, results)


def _stacked(level: Level, results: Sequence[Any]) -> Batched:
    if not all(isinstance(x, (Tensor, np.ndarray, np.generic, bool, int, float, complex)) for x in results):
        raise CannotVectorize
    stacked: Any = np.stack(results)[: level.size]
    return batch(level, stacked if isinstance(stacked, Tensor) else wrap(stacked, None))


def _innermost(args: Any) -> Level:
    level = max((x.level for x in batched_among(args)), key=lambda level: level.number, default=None)
    if level is None:
        raise CannotVectorize
    if level not in active.get():
        raise GraphError(
            "vmap: the value of one example was used after the function that was mapped had ended; return it "
            "from the function"
        )
    return level


def batched_among(tree: Any) -> Iterator[Batched]:
    """The batched tensors in nested lists, tuples and dicts."""
    if isinstance(tree, Batched):
        yield tree
    elif isinstance(tree, (list, tuple)):
        for branch in tree:
            yield from batched_among(branch)
    elif isinstance(tree, dict):
        yield from batched_among(tuple(tree.values()))


def _example(tree: Any, level: Level, index: int) -> Any:
    """Arguments with one example in place of each batch."""
    if holds(level, tree):
        return tree.physical[index] if level.size else wrap(np.zeros(tree.shape, tree.dtype), None)
    if type(tree) in (list, tuple):
        return type(tree)(_example(branch, level, index) for branch in tree)
    return {k: _example(v, level, index) for k, v in tree.items()} if type(tree) is dict else tree


# --- Levels -------------------------------------------------------------------------------------------


def holds(level: Level, x: Any) -> bool:
    """Whether ``x`` is the innermost tensor of this level."""
    return isinstance(x, Batched) and x.level is level


def levels_of(x: Any) -> tuple[Level, ...]:
    """The levels at which ``x`` is batched, innermost first."""
    return (x.level, *levels_of(x.physical)) if isinstance(x, Batched) else ()


def lower(x: Any, level: Level) -> Tensor:
    """All examples of a level along a new first axis; what is the same for all of them is repeated."""
    if holds(level, x):
        return x.physical  # type: ignore[no-any-return]
    if isinstance(x, Batched) and x.level.number > level.number:
        return batch(x.level, lower(x.physical, level).swapaxes(0, 1))
    if not isinstance(x, Tensor):
        x = wrap(np.array(x), None)
    return x.expand(level.size, *x.shape)  # type: ignore[no-any-return]


def lift(x: Tensor, level: Level) -> Batched:
    """The inverse of `lower`: hide the first axis."""
    if isinstance(x, Batched) and x.level.number > level.number:
        return batch(x.level, lift(x.physical.swapaxes(0, 1), level))
    return batch(level, x)


def lower_like(x: Tensor, like: Tensor) -> Tensor:
    """Lower from every level at which ``like`` is batched: to go with its place on the tape."""
    for level in levels_of(like):
        x = lower(x, level)
    return x


def lift_like(x: Tensor, like: Tensor) -> Tensor:
    """The inverse of `lower_like`."""
    for level in reversed(levels_of(like)):
        x = lift(x, level)
    return x


def per_example(x: Any) -> Any:
    """``x``, batched at every level that runs: each example has one of its own."""
    for level in active.get():
        if level not in levels_of(x):
            x = lift(lower(x, level), level)
    return x


def every_value(x: Any) -> Any:
    """The values of a tensor; of a batched one, those of all examples, the hidden axes in front."""
    while isinstance(x, Batched):
        x = x.physical
    return x._value if isinstance(x, Tensor) else x


def random_draw(draw: Callable[[tuple[int, ...]], Any], shape: tuple[int, ...]) -> Any:
    """Random numbers ``draw(shape)``: inside `vmap`, a tensor with numbers of its own for each example."""
    levels = active.get()
    if not levels:
        return draw(shape)
    token = active.set(())
    try:
        result = wrap(draw((*(level.size for level in levels), *shape)), None)
    finally:
        active.reset(token)
    for level in reversed(levels):
        result = lift(result, level)
    return result
