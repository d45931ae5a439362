"""Batching rules of `where` and `clip`, and of functions of shape and dtype alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_cnn.core.batched import Batched, Level, elementwise
from autograd_cnn.core.registry import BATCHING
from autograd_cnn.core.tensor import wrap
from autograd_cnn.ops import elementwise as entrywise
from autograd_cnn.ops import shape


def _where(level: Level, condition: Any, x: Any = None, y: Any = None) -> Any:
    # With the condition alone, each example has another number of results.
    return NotImplemented if x is None else elementwise(entrywise.where, (condition, x, y))


def _clip(
    level: Level, a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None
) -> Any:
    return elementwise(entrywise.clip, (a, a_min if min is None else min, a_max if max is None else max))


BATCHING[entrywise.where] = _where
BATCHING[entrywise.clip] = _clip


def _metadata(function: Callable[..., Any], reference: Callable[..., Any]) -> None:
    """What depends on shape and dtype only is the same for every example."""

    def rule(level: Level, *args: Any, **kwargs: Any) -> Any:
        like = [
            np.broadcast_to(np.empty((), x.dtype), x.shape) if isinstance(x, Batched) else x for x in args
        ]
        result = reference(*like, **kwargs)
        return wrap(result, None) if isinstance(result, np.ndarray) else result

    BATCHING[function] = rule


for _name in ("shape", "ndim", "size", "zeros_like", "ones_like", "empty_like", "result_type"):
    _metadata(getattr(shape, _name), getattr(np, _name))
for _name in ("iscomplexobj", "isrealobj"):
    _metadata(getattr(shape, _name), getattr(np, _name))
