"""Differences, slopes and integrals of numbers along an axis, and interpolation between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autograd_cnn.core.composite import composite
from autograd_cnn.core.registry import case
from autograd_cnn.core.tensor import Tensor
from autograd_cnn.errors import ArgumentError, ShapeError
from autograd_cnn.ops.elementwise import where
from autograd_cnn.ops.reduction import sum
from autograd_cnn.ops.scans import along
from autograd_cnn.ops.shape import broadcast_to, concatenate, reshape
from autograd_cnn.ops.ufuncs import remainder, value_of


@composite(
    np.diff, samples=[case((2, 5)), case((4, 2), n=2, axis=0), case((3,), n=0), case((3,), prepend=0.0)]
)
def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """Differences of neighbours along ``axis``, taken ``n`` times.

    ``prepend`` and ``append`` are joined to ``a`` first: numbers, or arrays that match but along ``axis``.

    >>> import autograd_cnn as ag
    >>> ag.diff(ag.tensor([1.0, 4.0, 9.0]))
    tensor([3., 5.])
    """
    if n < 0:
        raise ArgumentError(f"diff: expected n of 0 or more, got {n}")
    if n == 0:
        return a
    edges = [_as_edge(edge, a, axis) for edge in (prepend, append)]
    parts = [part for part in (edges[0], a, edges[1]) if part is not None]
    if len(parts) > 1:
        a = concatenate(parts, axis)
    after, before = along(axis, a.ndim, 1, None), along(axis, a.ndim, -1)
    for _ in range(n):
        a = np.not_equal(a[after], a[before]) if a.dtype == np.bool_ else a[after] - a[before]
    return a


def _as_edge(edge: Any, a: Any, axis: int) -> Any:
    if edge is None:
        return None
    if np.ndim(edge) == 0:
        shape = tuple(1 if i == axis % a.ndim else n for i, n in enumerate(a.shape))
        return broadcast_to(np.asarray(edge, a.dtype) if isinstance(edge, (int, float)) else edge, shape)
    return edge


@composite(np.ediff1d, samples=[case((2, 3)), case((4,), to_begin=0.5, to_end=[1, 2])])
def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    """Differences of neighbours of the flattened array, between ``to_begin`` and ``to_end``.

    >>> import autograd_cnn as ag
    >>> ag.ediff1d(ag.tensor([1.0, 4.0, 9.0]), to_begin=0.0)
    tensor([0., 3., 5.])
    """
    flat = reshape(ary, (-1,))
    ends: Sequence[Any] = [
        None if end is None else reshape(end if hasattr(end, "dtype") else np.asarray(end, flat.dtype), (-1,))
        for end in (to_begin, to_end)
    ]
    return concatenate([part for part in (ends[0], flat[1:] - flat[:-1], ends[1]) if part is not None])


@composite(
    np.trapezoid,
    samples=[
        case((2, 5)),
        case((4, 2), dx=0.5, axis=0),
        case((2, 4), (4,)),
        case((2, 4), (2, 4)),
    ],
)
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    """Integral of ``y`` along ``axis`` by the trapezoidal rule, over points ``x``, or ``dx`` apart.

    >>> import autograd_cnn as ag
    >>> ag.trapezoid(ag.tensor([1.0, 2.0, 3.0]))
    tensor(4.)
    """
    y = y if hasattr(y, "ndim") else np.asarray(y)
    if x is None:
        widths = dx
    else:
        x = x if hasattr(x, "ndim") else np.asarray(x)
        widths = x[1:] - x[:-1] if x.ndim == 1 else diff(x, axis=axis)
        if x.ndim == 1:
            widths = reshape(widths, [-1 if i == axis % y.ndim else 1 for i in range(y.ndim)])
    heights = y[along(axis, y.ndim, 1, None)] + y[along(axis, y.ndim, -1)]
    return sum(widths * heights / 2, axis)


@composite(np.gradient, samples=[case((5,)), case((4,), edge_order=2), case((3, 4), axis=1), case((3, 4))])
def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """Slope of ``f`` along each axis (one: an array, several: a tuple), by central differences.

    ``varargs``: distances between neighbours, one number for all axes, or for each axis a number or an
    array of coordinates. At the ends the differences are one-sided, of order ``edge_order``, 1 or 2.

    >>> import autograd_cnn as ag
    >>> ag.gradient(ag.tensor([0.0, 1.0, 4.0, 9.0]))
    tensor([1., 2., 4., 5.])
    """
    f = f if isinstance(f, Tensor) else np.asarray(f)
    axes = tuple(range(f.ndim)) if axis is None else normalize_axis_tuple(axis, f.ndim)
    spacings = (
        varargs * len(axes)
        if len(varargs) == 1 and np.ndim(varargs[0]) == 0
        else varargs or (1.0,) * len(axes)
    )
    if len(spacings) != len(axes):
        raise ArgumentError(
            f"gradient: expected one spacing, or one for each of {len(axes)} axes, got {len(varargs)}"
        )
    if edge_order not in (1, 2):
        raise ArgumentError(f"gradient: expected edge_order 1 or 2, got {edge_order}")
    slopes = tuple(_slope(f, h, a, edge_order) for h, a in zip(spacings, axes, strict=True))
    return slopes[0] if len(slopes) == 1 else slopes


def _slope(f: Any, spacing: Any, axis: int, edge_order: int) -> Any:
    count = f.shape[axis]
    if count <= edge_order:
        raise ShapeError(
            f"gradient: expected at least {edge_order + 1} entries along axis {axis} for edge_order="
            f"{edge_order}, got shape {f.shape}"
        )
    if (np.ndim(spacing) == 1 and np.shape(spacing) != (count,)) or np.ndim(spacing) > 1:
        raise ShapeError(
            f"gradient: expected a number or {count} coordinates along axis {axis}, got shape "
            f"{np.shape(spacing)}"
        )
    left, centre, right = (f[along(axis, f.ndim, i, count - 2 + i)] for i in range(3))
    if np.ndim(spacing) == 0:
        inner = (right - left) / (2 * spacing)
        first = second = last = last_but_one = spacing
    else:
        points = spacing if isinstance(spacing, Tensor) else np.asarray(spacing)
        steps = reshape(points[1:] - points[:-1], [-1 if i == axis else 1 for i in range(f.ndim)])
        before, after = steps[along(axis, f.ndim, -1)], steps[along(axis, f.ndim, 1, None)]
        # The slope at the middle one of three points of the parabola through them, as NumPy has it.
        inner = (
            right * (before / (after * (before + after)))
            - left * (after / (before * (before + after)))
            + centre * ((after - before) / (before * after))
        )
        first, second = steps[along(axis, f.ndim, 0, 1)], steps[along(axis, f.ndim, 1, 2)]
        last, last_but_one = steps[along(axis, f.ndim, -1, None)], steps[along(axis, f.ndim, -2, -1)]
    start = _one_sided([f[along(axis, f.ndim, i, i + 1)] for i in range(edge_order + 1)], first, second)
    end = _one_sided(
        [f[along(axis, f.ndim, count - 1 - i, count - i)] for i in range(edge_order + 1)],
        -last,
        -last_but_one,
    )
    return concatenate([start, inner, end], axis)


def _one_sided(entries: Sequence[Any], first: Any, second: Any) -> Any:
    """Slope at the first of two or three entries that are steps ``first`` and ``second`` apart."""
    if len(entries) == 2:
        return (entries[1] - entries[0]) / first
    both = first + second
    return (
        entries[1] * (both / (first * second))
        - entries[0] * ((first + both) / (first * both))
        - entries[2] * (first / (second * both))
    )


@composite(
    np.interp,
    domain=(-1.9, 1.9),
    samples=[
        case((2, 3), (4,), xp=[-1.87, -0.5, 0.7, 1.87]),
        case((7,), (4,), xp=[-1.0, -0.5, 0.7, 1.0], left=-3.0, right=0.0),
        case((7,), (3,), xp=[-0.13, 0.5, 0.2], period=1.07),
        case((), (1,), xp=[0.0]),
    ],
)
def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: float | None = None) -> Any:
    """Piecewise linear interpolation at ``x`` between the points (``xp``, ``fp``), differentiable by all.

    ``x`` has any shape; ``xp``, ascending unless there is a ``period``, and ``fp`` have one axis. Beyond
    the points the result is ``left`` and ``right``, by default the first and last of ``fp``. At a point
    the slope is that of the next interval, at the last point that of the one before.

    >>> import autograd_cnn as ag
    >>> x = ag.tensor([0.5, 1.5, 9.0], requires_grad=True)
    >>> y = ag.interp(x, [0.0, 1.0, 2.0], [0.0, 10.0, 40.0])
    >>> y.detach()
    tensor([ 5., 25., 40.])
    >>> y.sum().backward()
    >>> x.grad
    tensor([10., 30.,  0.])
    """
    dtype = np.result_type(np.float16, *(v.dtype for v in (x, xp, fp) if isinstance(v, Tensor)))
    x, xp, fp = (_numbers(v, dtype) for v in (x, xp, fp))
    if xp.ndim != 1 or xp.shape != fp.shape or xp.shape == (0,):
        raise ShapeError(
            f"interp: expected xp and fp of one axis and of one length, not empty, got {xp.shape} and "
            f"{fp.shape}"
        )
    if period is not None:
        if period == 0:
            raise ArgumentError("interp: expected a period other than 0, got 0")
        period = abs(period)
        x, xp = remainder(x, period), remainder(xp, period)
        order = np.argsort(value_of(xp))
        xp, fp = xp[order], fp[order]
        xp = concatenate([xp[-1:] - period, xp, xp[:1] + period])
        fp = concatenate([fp[-1:], fp, fp[:1]])
        left = right = None
    points, where_x = value_of(xp), value_of(x)
    last = len(points) - 1
    here = np.clip(np.searchsorted(points, where_x, side="right") - 1, 0, max(last - 1, 0))
    there = np.minimum(here + 1, last)
    width = xp[there] - xp[here]
    slope = (fp[there] - fp[here]) / where(width == 0, 1, width)
    inside = fp[here] + (x - xp[here]) * slope
    inside = where(where_x < points[0], fp[0] if left is None else left, inside)
    return where(where_x > points[-1], fp[-1] if right is None else right, inside)


def _numbers(x: Any, dtype: Any) -> Any:
    """An array as it is; numbers that have no dtype of their own take that of the tensors."""
    if isinstance(x, (Tensor, np.ndarray, np.generic)):
        return x
    return np.asarray(x, dtype if np.isrealobj(x) else None)
