"""The loop that `vmap` stands for, written out, and what compares the two."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

import autograd_cnn as ag
from autograd_cnn.core.tensor import Tensor
from autograd_cnn.transforms import vectorize


@contextmanager
def no_loop() -> Iterator[None]:
    """Inside, a function that cannot be vectorized fails."""

    def refuse(*args: Any) -> Any:
        raise AssertionError("vmap called the function once an example")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vectorize, "_looped", refuse)
        yield


def leaves(tree: Any) -> list[Any]:
    if isinstance(tree, dict):
        tree = list(tree.values())
    return [x for branch in tree for x in leaves(branch)] if isinstance(tree, (list, tuple)) else [tree]


def array(x: Any) -> np.ndarray:
    return np.asarray(x.detach() if isinstance(x, Tensor) else x)


def by_hand(function: Callable[..., Any], args: Any, in_axes: Any = 0, out_axes: int = 0) -> list[np.ndarray]:
    """What `vmap` has to give: a call an example, and the results stacked."""
    axes = in_axes if isinstance(in_axes, (list, tuple)) else [in_axes] * len(args)
    size = next(np.shape(a)[axis] for a, axis in zip(args, axes, strict=True) if axis is not None)
    results = [
        leaves(
            function(
                *(
                    a if axis is None else ag.tensor(np.take(array(a), i, axis))
                    for a, axis in zip(args, axes, strict=True)
                )
            )
        )
        for i in range(size)
    ]
    return [np.stack([array(x) for x in column], out_axes) for column in zip(*results, strict=True)]


def assert_same(got: Any, expected: list[np.ndarray], rtol: float = 1e-9) -> None:
    for ours, theirs in zip(map(array, leaves(got)), expected, strict=True):
        assert ours.shape == theirs.shape
        assert ours.dtype == theirs.dtype
        np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=1e-11)


def check(function: Callable[..., Any], *args: Any, in_axes: Any = 0, out_axes: int = 0) -> None:
    """Vectorized, and equal to the loop."""
    expected = by_hand(function, args, in_axes, out_axes)
    with no_loop():
        assert_same(ag.vmap(function, in_axes, out_axes)(*args), expected)
