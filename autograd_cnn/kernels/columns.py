"""The convolution kernel: im2col that copies the kernel's columns only, and reads its rows as sliding slabs.

The input of a chunk of images is copied once for each tap of all spatial axes but the first, in one of two
layouts. With the rows outermost, ``(groups, rows, channels, taps, images, *positions)``, the input rows that
one output row reads are adjacent: a matrix of ``kernel[0] * channels * taps`` rows, whose product with the
weight is that output row. With the rows inside, ``(groups, channels, taps, rows, images, *positions)``, the
input rows that one kernel row reads are adjacent: a matrix of ``channels * taps`` rows, whose product with
the output's gradient is the gradient of that kernel row. Neighbouring slabs overlap in memory, so nothing is
copied for each kernel row, and no product has to be added to another.

This holds for a first axis of stride and dilation 1; otherwise an axis of length 1 is put in front, and all
taps are copied.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import DTypeLike, NDArray

from autograd_cnn.kernels.geometry import reach
from autograd_cnn.kernels.threads import Workspace, get_num_threads, run_chunks, workspaces

__all__ = ["Problem", "correlate", "correlate_weight_gradient"]

Array = NDArray[Any]
Unit = tuple[slice, int, int]
Step = Callable[[], None]
Runs = tuple[Array, Array]

# The columns of a chunk stay in the cache. Of 0.6, 1, 2 and 4 MiB this was the best over 20 shapes, on a core
# with 1 MiB of L2 and a share of 32 MiB of L3: smaller chunks pay more for Python than they win in the cache.
_CHUNK_BYTES = 2 * 2**20
# Products of up to a million multiplications take OpenBLAS's path without packing: 100 GFLOP/s on one core
# for (16, 150) x (150, 256), where (16, 150) x (150, 1024) makes 47.
_SMALL_PRODUCT = 10**6
# Matrices narrower than this leave that path half idle: 60 GFLOP/s at 10 columns.
_SMALL_WIDTH = 32
# Not for so few images, though: a chunk costs about 40 µs of Python.
_FEW_IMAGES = 3


@dataclass(frozen=True)
class Problem:
    """One correlation: output position i, tap t read input position ``i * stride + t * dilation - low``.

    ``low`` may be negative, and any position outside the input reads zero.
    """

    output: tuple[int, ...]
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    low: tuple[int, ...]
    groups: int

    @property
    def slides(self) -> bool:
        """Whether neighbouring output rows read overlapping slabs of input rows."""
        return len(self.kernel) > 1 and self.stride[0] == 1 and (self.dilation[0] == 1 or self.kernel[0] == 1)

    def with_leading_axis(self) -> Problem:
        """The same problem with an axis of length 1 in front."""
        return Problem(
            (1, *self.output),
            (1, *self.kernel),
            (1, *self.stride),
            (1, *self.dilation),
            (0, *self.low),
            self.groups,
        )


def correlate(x: Array, weight: Array, bias: Array | None, problem: Problem, out: Array) -> None:
    """Write the correlation of ``x`` (N, C, *spatial) with ``weight`` (O, C/groups, *kernel) into ``out``."""
    plan = _Plan(x, len(weight), problem, out.dtype)
    matrix = plan.filter_matrix(weight)
    target = plan.rows_first(out, plan.filters)
    offset = None if bias is None else bias.reshape(plan.groups, 1, plan.filters, 1)

    def prepare(unit: Unit, share: int, workspace: Workspace) -> Step:
        images, first, last = unit
        slabs, fill = plan.row_slabs(unit, workspace)
        made = workspace.array("product", (*slabs.shape[:2], plan.filters, slabs.shape[-1]), out.dtype)
        rows = made.reshape(*made.shape[:3], images.stop - images.start, *plan.positions)
        place, rows = _as_runs(target[:, first:last, :, images], rows)

        def step() -> None:
            for put, take in fill:
                np.copyto(put, take, casting="unsafe")
            np.matmul(matrix, slabs, out=made)
            if offset is not None:
                np.add(made, offset, out=made)
            np.copyto(place, rows)

        return step

    _run_units(plan.units(plan.problem.kernel[0]), prepare)


def correlate_weight_gradient(x: Array, g: Array, problem: Problem, out: Array) -> None:
    """Write the gradient of the weight of `correlate` into ``out``, for ``g`` (N, O, *output)."""
    plan = _Plan(x, g.shape[1], problem, out.dtype)
    source = plan.rows_first(g, plan.filters).swapaxes(1, 2)
    # Each share has its own total, and they are added up in order: the bits depend on the thread count alone.
    shape = (plan.groups, plan.problem.kernel[0], plan.channels * plan.taps, plan.filters)
    totals = np.zeros((get_num_threads(), *shape), out.dtype)

    def prepare(unit: Unit, share: int, workspace: Workspace) -> Step:
        images, first, last = unit
        slabs, fill = plan.kernel_slabs(unit, workspace)
        part = source[:, :, first:last, images]
        left = workspace.array("gradient", part.shape, out.dtype)
        right = left.reshape(plan.groups, 1, plan.filters, -1).swapaxes(-1, -2)
        left, part = _as_runs(left, part)
        made = workspace.array("product", shape, out.dtype)
        total = totals[share]

        def step() -> None:
            for put, take in fill:
                np.copyto(put, take, casting="unsafe")
            np.copyto(left, part, casting="unsafe")
            np.matmul(slabs, right, out=made)
            np.add(total, made, out=total)

        return step

    _run_units(plan.units(plan.problem.output[0]), prepare)
    total = np.add.reduce(totals, axis=0).reshape(*shape[:2], plan.channels, plan.taps, plan.filters)
    out[...] = total.transpose(0, 4, 2, 1, 3).reshape(out.shape)


def _run_units(units: list[Unit], prepare: Callable[[Unit, int, Workspace], Step]) -> None:
    """Run the step that ``prepare`` makes of each unit: the same consecutive share of them in each thread.

    The first step of each share is made before the threads start, where they would fight over the interpreter
    lock: a LeNet-5 convolution takes 0.40 ms so, and 0.58 otherwise.
    """
    share = max(1, -(-len(units) // get_num_threads()))
    spaces = workspaces(-(-len(units) // share))
    ready = [prepare(units[index * share], index, space) for index, space in enumerate(spaces)]

    def run(start: int, stop: int) -> None:
        index = start // share
        ready[index]()
        for unit in units[start + 1 : stop]:
            prepare(unit, index, spaces[index])()

    run_chunks(run, len(units), share)


class _Plan:
    """How a correlation is cut into chunks, and the arrays of one chunk."""

    def __init__(self, x: Array, out_channels: int, problem: Problem, dtype: DTypeLike) -> None:
        self.leading = not problem.slides
        if self.leading:
            problem = problem.with_leading_axis()
        self.problem = problem
        self.dtype = np.dtype(dtype)
        self.groups = problem.groups
        self.channels = x.shape[1] // problem.groups
        self.filters = out_channels // problem.groups
        self.positions = problem.output[1:]
        self.taps = math.prod(problem.kernel[1:])
        self.x = self.rows_first(x, self.channels)
        # Where the taps begin to read along all axes but the first, and how many positions they read there.
        self.begins = tuple(-low for low in problem.low[1:])
        self.reads = tuple(
            (out - 1) * stride + (kernel - 1) * dilation + 1
            for out, stride, kernel, dilation in zip(
                self.positions, problem.stride[1:], problem.kernel[1:], problem.dilation[1:], strict=True
            )
        )
        self.inside = all(
            begin >= 0 and begin + n <= size
            for begin, n, size in zip(self.begins, self.reads, self.x.shape[4:], strict=True)
        )

    def rows_first(self, array: Array, channels: int) -> Array:
        """A view (groups, rows, channels, images, *rest) of an array (images, all channels, rows, *rest)."""
        spatial = array.shape[2:]
        if self.leading:
            spatial = (1, *spatial)
        # Splitting an axis and adding one of length 1 never copies, which matters where this is written to.
        view = array.reshape(len(array), self.groups, channels, *spatial)
        return view.transpose(1, 3, 2, 0, *range(4, view.ndim))

    def filter_matrix(self, weight: Array) -> Array:
        """The weight as one matrix for each group, its columns in the order of a slab's rows."""
        kernel = self.problem.kernel[0]
        filters = weight.reshape(self.groups, 1, self.filters, self.channels, kernel, self.taps)
        matrix = filters.swapaxes(3, 4).reshape(self.groups, 1, self.filters, -1)
        # BLAS takes no reversed rows, which the transpose of a depthwise convolution has here.
        return np.ascontiguousarray(matrix, self.dtype)

    def units(self, product_rows: int) -> list[Unit]:
        """Chunks (images, first output row, last) as large as the cache allows, enough for all threads.

        A product takes ``product_rows`` rows of columns at a time.
        """
        images, threads = self.x.shape[3], get_num_threads()
        kernel, rows = self.problem.kernel[0], self.problem.output[0]
        width = max(1, math.prod(self.positions))
        depth = max(1, self.channels * self.taps)
        fitting_rows = _CHUNK_BYTES // (self.groups * depth * width * self.dtype.itemsize)
        small = _SMALL_PRODUCT // (max(1, self.filters) * product_rows * depth * width)
        fitting = fitting_rows // (rows + kernel - 1)
        limit = max(min(fitting, small if small > _FEW_IMAGES else fitting), -(-_SMALL_WIDTH // width))
        share = -(-images // threads)
        image_chunk = max(1, -(-share // -(-share // limit))) if share else 1
        row_chunk = rows
        if fitting_rows < rows + kernel - 1:
            row_chunk = max(1, fitting_rows - kernel + 1)
        if images < threads:
            row_chunk = min(row_chunk, -(-rows // threads))
        return [
            (slice(image, min(image + image_chunk, images)), row, min(row + row_chunk, rows))
            for image in range(0, images, image_chunk)
            for row in range(0, rows, row_chunk)
        ]

    def row_slabs(self, unit: Unit, workspace: Workspace) -> tuple[Array, list[Runs]]:
        """The matrices (groups, output rows, kernel rows * channels * taps, images * positions) of a unit.

        With them the targets and sources of the copies that fill them.
        """
        images, first, last = unit
        rows = last - first + self.problem.kernel[0] - 1
        count = images.stop - images.start
        shape = (self.groups, rows, self.channels, *self.problem.kernel[1:], count, *self.positions)
        columns = workspace.array("columns", shape, self.dtype, ("rows first", *self._zeros_of(first)))
        fill = self._fill(columns, images, first, workspace)
        depth, width = self.channels * self.taps, count * math.prod(self.positions)
        row, size = columns.strides[1], columns.itemsize
        slabs = (self.groups, last - first, self.problem.kernel[0] * depth, width)
        strides = (columns.strides[0], row, width * size, size)
        return np.ndarray(slabs, self.dtype, columns, 0, strides), fill

    def kernel_slabs(self, unit: Unit, workspace: Workspace) -> tuple[Array, list[Runs]]:
        """The matrices (groups, kernel rows, channels * taps, output rows * images * positions) of a unit.

        With them the targets and sources of the copies that fill them.
        """
        images, first, last = unit
        rows = last - first + self.problem.kernel[0] - 1
        count = images.stop - images.start
        shape = (self.groups, self.channels, *self.problem.kernel[1:], rows, count, *self.positions)
        columns = workspace.array("columns", shape, self.dtype, ("rows inside", *self._zeros_of(first)))
        row_axis = 1 + len(self.problem.kernel)
        order = (0, row_axis, *range(1, row_axis), *range(row_axis + 1, columns.ndim))
        fill = self._fill(columns.transpose(order), images, first, workspace)
        depth, width = self.channels * self.taps, count * math.prod(self.positions)
        row, size = width * columns.itemsize, columns.itemsize
        slabs = (self.groups, self.problem.kernel[0], depth, (last - first) * width)
        strides = (columns.strides[0], row, rows * row, size)
        return np.ndarray(slabs, self.dtype, columns, 0, strides), fill

    def _fill(self, columns: Array, images: slice, first: int, workspace: Workspace) -> list[Runs]:
        """What to copy where to fill ``columns`` (groups, rows, channels, *taps, images, *positions).

        All taps in one copy, of a view where they are axes: each call more fights for the interpreter lock.
        """
        problem = self.problem
        put, take = reach(first - problem.low[0], 1, columns.shape[1], self.x.shape[1])
        x, pad = self._padded(self.x[:, take, :, images], workspace)
        group, row, channel, image, *axes = x.strides
        taps = (axis * dilation for axis, dilation in zip(axes, problem.dilation[1:], strict=True))
        positions = (axis * stride for axis, stride in zip(axes, problem.stride[1:], strict=True))
        target = columns[:, put]
        source = as_strided(x, target.shape, (group, row, channel, *taps, image, *positions))
        return [*pad, _as_runs(target, source)]

    def _padded(self, x: Array, workspace: Workspace) -> tuple[Array, list[Runs]]:
        """What the columns read of ``x`` along all axes but the first, with zeros for what lies outside.

        A view of x where that is enough, or memory and the copy that fills it.
        """
        if self.inside:
            reads = (slice(begin, begin + n) for begin, n in zip(self.begins, self.reads, strict=True))
            return x[:, :, :, :, *reads], []
        shape = (x.shape[3], x.shape[0], x.shape[2], x.shape[1], *self.reads)
        padded = workspace.array("padded", shape, x.dtype, (self.begins, x.shape[4:]))
        padded = padded.transpose(1, 3, 2, 0, *range(4, padded.ndim))
        axes = [
            reach(begin, 1, n, size)
            for begin, n, size in zip(self.begins, self.reads, x.shape[4:], strict=True)
        ]
        target = padded[:, :, :, :, *(put for put, _ in axes)]
        return padded, [_as_runs(target, x[:, :, :, :, *(take for _, take in axes)])]

    def _zeros_of(self, first: int) -> tuple[Any, ...]:
        """What decides where columns from output row ``first`` on have zeros, beside their shape."""
        return self.problem.low[0] - first, self.x.shape[1]


def _as_runs(target: Array, source: Array) -> Runs:
    """Both arrays seen as runs along the last axis, if they can be, so that copying is fast.

    A run is copied as one opaque element: 3 ns instead of 7 for a run of 10 numbers.
    """
    size = target.itemsize
    if target.dtype == source.dtype and target.strides[-1] == source.strides[-1] == size and target.size:
        run = np.dtype((np.void, target.shape[-1] * size))
        return target.view(run), source.view(run)
    return target, source
