"""Max-pooling by a factor that need not be whole, with windows at random places."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_cnn.core.random import default_generator
from autograd_cnn.errors import ArgumentError, DtypeError, ShapeError
from autograd_cnn.kernels.geometry import per_axis
from autograd_cnn.nn.functional.checks import like, on_batch, raw
from autograd_cnn.nn.functional.pooling import Lengths
from autograd_cnn.ops.indexing import take_along_axis
from autograd_cnn.ops.shape import reshape

Ratios = float | Sequence[float]


def fractional_max_pool2d(
    input: Any,
    kernel_size: Lengths,
    output_size: Lengths | None = None,
    output_ratio: Ratios | None = None,
    return_indices: bool = False,
    _random_samples: Any = None,
) -> Any:
    """Take the largest entry of windows of (N, C, H, W), or (C, H, W), that begin at random places.

    Either ``output_size`` or ``output_ratio``, below 1, says how many windows there are on each axis. On one
    of length n, the o windows of length k begin at ⌊(i + u) a⌋ - ⌊u a⌋, a = (n - k) / (o - 1), and the last
    one at n - k. The u are uniform in [0, 1): ``_random_samples`` (N, C, 2), of which the first is for
    W and the second for H, as in PyTorch; or else drawn by the generator of `autograd_cnn.manual_seed`.
    ``return_indices`` is that of `max_pool2d`. Graham, *Fractional max-pooling*, 2014.

    Raises `ShapeError`, `DtypeError` or `ArgumentError`.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.fractional_max_pool2d(ag.ones((1, 3, 9, 9)), 2, output_ratio=0.7).shape
    (1, 3, 6, 6)
    """
    return _pool(
        "fractional_max_pool2d",
        2,
        input,
        kernel_size,
        output_size,
        output_ratio,
        return_indices,
        _random_samples,
    )


def fractional_max_pool3d(
    input: Any,
    kernel_size: Lengths,
    output_size: Lengths | None = None,
    output_ratio: Ratios | None = None,
    return_indices: bool = False,
    _random_samples: Any = None,
) -> Any:
    """Take the largest entry of windows of (N, C, D, H, W), or (C, D, H, W), that begin at random places.

    As `fractional_max_pool2d`, but ``_random_samples`` (N, C, 3) are for D, H and W, in this order.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.fractional_max_pool3d(ag.ones((1, 3, 9, 9, 9)), 2, output_size=(4, 6, 5)).shape
    (1, 3, 4, 6, 5)
    """
    return _pool(
        "fractional_max_pool3d",
        3,
        input,
        kernel_size,
        output_size,
        output_ratio,
        return_indices,
        _random_samples,
    )


def check_output(name: str, ndim: int, size: Lengths | None, ratio: Ratios | None) -> Any:
    """Return size and ratio, for each axis or None; raise `ArgumentError` unless there is one of them."""
    if (size is None) == (ratio is None):
        raise ArgumentError(
            f"{name}: expected either output_size or output_ratio, got {size!r} and {ratio!r}"
        )
    if size is not None:
        return per_axis(name, "output_size", size, ndim), None
    ratios: tuple[Any, ...] = tuple(ratio) if isinstance(ratio, (tuple, list)) else (ratio,) * ndim
    if len(ratios) != ndim or not all(0 < r < 1 for r in ratios):
        raise ArgumentError(f"{name}: expected an output_ratio between 0 and 1, or {ndim}, got {ratio!r}")
    return None, ratios


def _pool(
    name: str,
    ndim: int,
    input: Any,
    kernel_size: Lengths,
    output_size: Lengths | None,
    output_ratio: Ratios | None,
    return_indices: bool,
    samples: Any,
) -> Any:
    kernel = per_axis(name, "kernel", kernel_size, ndim)
    sizes, ratios = check_output(name, ndim, output_size, output_ratio)

    def pool(x: Any) -> Any:
        if x.dtype.kind != "f":
            raise DtypeError(
                f'{name}: expected a floating input, got {x.dtype}; convert: x.astype("float32")'
            )
        shape, spatial = x.shape, x.shape[2:]
        outputs = sizes or tuple(int(n * ratio) for n, ratio in zip(spatial, ratios, strict=True))
        if any(o < 1 or k + o - 1 > n for n, k, o in zip(spatial, kernel, outputs, strict=True)):
            raise ShapeError(
                f"{name}: expected at least one window, and no more than fit at different places, got "
                f"{outputs} windows {kernel} for the spatial shape {spatial}"
            )
        given = _samples(name, samples, (*shape[:2], ndim), x.dtype)
        # The place in a flat channel of each entry of each window: (N, C, o₁, o₂, …, k₁, k₂, …).
        places = np.zeros((1,) * (2 + 2 * ndim), np.int64)
        for axis, (n, k, o) in enumerate(zip(spatial, kernel, outputs, strict=True)):
            # The order of the axes in PyTorch's samples.
            sample = given[..., ndim - 1 - axis if ndim == 2 else axis]
            reach = _starts(sample, n, k, o)[..., None] + np.arange(k)
            along = [*shape[:2], *(1,) * (2 * ndim)]
            along[2 + axis], along[2 + ndim + axis] = o, k
            places = places * n + reach.reshape(along)
        windows, entries = math.prod(outputs), math.prod(kernel)
        flat = reshape(x, (*shape[:2], math.prod(spatial)))
        found = np.take_along_axis(raw(flat), places.reshape(*shape[:2], windows * entries), -1)
        best = found.reshape(*shape[:2], windows, entries).argmax(axis=-1)
        places = places.reshape(*shape[:2], windows, entries)
        indices = np.take_along_axis(places, best[..., None], -1)[..., 0]
        largest = reshape(take_along_axis(flat, indices, -1), (*shape[:2], *outputs))
        return (largest, like(x, indices.reshape(*shape[:2], *outputs))) if return_indices else largest

    return on_batch(name, ndim, input, pool)


def _samples(name: str, given: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    """The samples that were given, or else drawn."""
    if given is None:
        drawn = default_generator().random(shape, np.float32 if dtype == np.float32 else np.float64)
        return drawn.astype(dtype)
    samples = raw(given)
    if samples.shape != shape or samples.dtype != dtype:
        raise ShapeError(
            f"{name}: expected _random_samples of shape {shape} and {dtype}, got {samples.shape} of "
            f"{samples.dtype}"
        )
    if not ((samples >= 0) & (samples <= 1)).all():
        raise ArgumentError(
            f"{name}: expected _random_samples from 0 to 1, got {samples.min()} to {samples.max()}"
        )
    return samples


def _starts(sample: Any, n: int, k: int, o: int) -> Any:
    """Where each window begins: (N, C, o), computed in the input's precision as PyTorch does."""
    kind = sample.dtype.type
    starts = np.full((*sample.shape, o), n - k)
    if o > 1:
        step, u = kind(n - k) / kind(o - 1), sample[..., None]
        raised = ((np.arange(o - 1, dtype=kind) + u) * step).astype(np.int64)
        # In half precision, a long axis could round up to beyond its end.
        starts[..., :-1] = np.minimum(raised - (u * step).astype(np.int64), n - k)
    return starts
