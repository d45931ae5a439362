"""Calls of norms: of vectors and matrices, and the normalisations of networks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

import autograd_cnn as ag
from autograd_cnn.errors import ArgumentError
from autograd_cnn.nn import functional
from autograd_cnn.testing.posed import CallProblem
from autograd_cnn.testing.strategies.numbers import distinct, normal, positive
from autograd_cnn.testing.strategies.shapes import axes, shapes, sides

__all__ = ["NORMS", "norm_problems"]

Given = tuple[list[Any], dict[str, Any]]  # the arguments of a call


@st.composite
def norm_problems(draw: st.DrawFn, norms: Sequence[str] | None = None) -> CallProblem:
    """Calls of the norms of `autograd_cnn.linalg` and the normalisations of `autograd_cnn.nn.functional`.

    ``norms`` are names of functions, by default of all: ``["batch_norm", "vector_norm"]``. Entries are
    distinct and none is 0, where norms have kinks.
    """
    present = {name: found for name in NORMS if (found := _function(name)) is not None}
    names = list(present) if norms is None else list(norms)
    if not names or not set(names) <= set(present):
        raise ArgumentError(f"norm_problems: expected norms out of {sorted(NORMS)}, got {norms}")
    name = draw(st.sampled_from(names))
    given, options = NORMS[name](draw)
    return CallProblem(present[name], given, options, constants=("running_mean", "running_var"))


def _function(name: str) -> Callable[..., Any] | None:
    return getattr(functional, name, None) or getattr(ag.linalg, name, None)


def _vector_norm(draw: st.DrawFn) -> Given:
    shape = draw(shapes(min_dims=1, max_dims=3, min_side=1, max_side=3))
    order = draw(st.sampled_from([2, 1, 3, 0.5, np.inf, -np.inf]))
    keepdims = draw(st.booleans())
    axis = draw(axes(shape, several=False))
    return [draw(distinct(shape))], {"axis": axis, "ord": order, "keepdims": keepdims}


def _matrix_norm(draw: st.DrawFn) -> Given:
    shape = draw(shapes(min_dims=2, max_dims=3, min_side=1, max_side=3))
    order = draw(st.sampled_from(["fro", 1, -1, np.inf, -np.inf]))
    x = draw(normal(shape, decimals=9))  # no two sums over rows or columns are equal
    return [x], {"ord": order, "keepdims": draw(st.booleans())}


def _norm(draw: st.DrawFn) -> Given:
    given, options = _vector_norm(draw)
    if options["axis"] is None and given[0].ndim > 1:
        options["ord"] = None
    return given, options


def _images(draw: st.DrawFn, channels: int, least: int = 2) -> Any:
    """(N, C, …), with at least ``least`` numbers in each channel of each image."""
    spatial = draw(shapes(min_dims=1, max_dims=2, min_side=least, max_side=4))
    return draw(distinct((draw(sides(3, 1)), channels, *spatial)))


def _affine(draw: st.DrawFn, size: tuple[int, ...], names: Sequence[str] = ("weight", "bias")) -> Any:
    return {name: draw(normal(size)) for name in names} if draw(st.booleans()) else {}


def _batch_norm(draw: st.DrawFn) -> Given:
    channels = draw(st.integers(1, 3))
    image = _images(draw, channels)
    if draw(st.booleans()):
        return [image, None, None], {"training": True, **_affine(draw, (channels,))}
    running = draw(normal((channels,))), draw(positive((channels,), 0.5, 2.0))
    return [image, *running], _affine(draw, (channels,))


def _instance_norm(draw: st.DrawFn) -> Given:
    channels = draw(st.integers(1, 3))
    return [_images(draw, channels)], _affine(draw, (channels,))


def _group_norm(draw: st.DrawFn) -> Given:
    groups = draw(st.integers(1, 3))
    channels = groups * draw(st.integers(1, 2))
    return [_images(draw, channels), groups], _affine(draw, (channels,))


def _last_axes(draw: st.DrawFn, names: Sequence[str]) -> Given:
    last = draw(shapes(min_dims=1, max_dims=2, min_side=2, max_side=4))
    first = draw(shapes(max_dims=2, min_side=0, max_side=3))
    return [draw(distinct((*first, *last))), last], _affine(draw, last, names)


def _layer_norm(draw: st.DrawFn) -> Given:
    return _last_axes(draw, ("weight", "bias"))


def _rms_norm(draw: st.DrawFn) -> Given:
    return _last_axes(draw, ("weight",))


def _local_response_norm(draw: st.DrawFn) -> Given:
    options = {"alpha": draw(st.sampled_from([1e-4, 1.0])), "k": draw(st.sampled_from([1.0, 2.0]))}
    return [_images(draw, draw(st.integers(1, 4))), draw(st.integers(1, 4))], options


def _normalize(draw: st.DrawFn) -> Given:
    shape = draw(shapes(min_dims=2, max_dims=3, min_side=2, max_side=3))  # of one number nothing is left
    return [draw(distinct(shape))], {"p": draw(st.sampled_from([2.0, 1.0, 3.0]))}


NORMS: dict[str, Callable[[st.DrawFn], Given]] = {
    "batch_norm": _batch_norm,
    "group_norm": _group_norm,
    "instance_norm": _instance_norm,
    "layer_norm": _layer_norm,
    "local_response_norm": _local_response_norm,
    "matrix_norm": _matrix_norm,
    "norm": _norm,
    "normalize": _normalize,
    "rms_norm": _rms_norm,
    "vector_norm": _vector_norm,
}
