"""The convolution kernel: im2col that copies the kernel's columns only, and takes its rows as a sliding slab.

The input of a chunk of images is copied to ``(groups, rows, channels, taps, images, *positions)``, once for
each tap of all spatial axes but the first. In that layout the input rows that one output row reads are
adjacent in memory: ``kernel[0] * channels * taps`` rows of one matrix. So the product with the weight needs
no copy for each kernel row, and neighbouring output rows use overlapping slabs of the same memory.

Where there are few output channels, one product makes several output rows at once, by a banded weight: the
filter shifted down by one row for each. It multiplies by zeros, but a matrix of a few rows wastes more of the
processor than that.

This holds for a first axis of stride and dilation 1; otherwise an axis of length 1 is put in front, and all
taps are copied.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import DTypeLike, NDArray

from autograd_cnn.kernels.geometry import reach
from autograd_cnn.kernels.threads import get_num_threads, run_chunks, scratch

__all__ = ["Problem", "correlate", "correlate_weight_gradient"]

Array = NDArray[Any]

# The columns of a chunk and their product stay in the L2 cache of a core (1 MiB here).
_CHUNK_BYTES = 512 * 1024
# Fewer rows than this in the left matrix leave most of the product's registers idle.
_PRODUCT_ROWS = 24


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
    band = plan.band(weight)
    target = plan.rows_first(out, plan.filters)
    offset = None if bias is None else bias.reshape(plan.groups, 1, plan.filters, 1, *plan.ones)

    def run(start: int, stop: int) -> None:
        for images, first, last in plan.units[start:stop]:
            slabs = plan.slabs(images, first, last)
            groups, blocks, _, width = slabs.shape
            made = scratch("product", (groups, blocks, band.shape[2], width), out.dtype)
            np.matmul(band, slabs, out=made)
            rows = made.reshape(groups, blocks * plan.block, plan.filters, -1, *plan.positions)
            rows = rows[:, : last - first]
            place = target[:, first:last, :, images]
            if offset is None:
                np.copyto(place, rows)
            else:
                np.add(rows, offset, out=place)

    run_chunks(run, len(plan.units), 1)


def correlate_weight_gradient(x: Array, g: Array, problem: Problem, out: Array) -> None:
    """Write the gradient of the weight of `correlate` into ``out``, for ``g`` (N, O, *output)."""
    plan = _Plan(x, g.shape[1], problem, out.dtype)
    source = plan.rows_first(g, plan.filters)
    share = max(1, -(-len(plan.units) // get_num_threads()))
    partial = np.zeros((-(-len(plan.units) // share), *plan.band_shape), out.dtype)

    def run(start: int, stop: int) -> None:
        total = partial[start // share]
        for images, first, last in plan.units[start:stop]:
            slabs = plan.slabs(images, first, last)
            groups, blocks, _, width = slabs.shape
            rows = scratch(
                "gradient",
                (groups, blocks * plan.block, plan.filters, images.stop - images.start, *plan.positions),
                out.dtype,
            )
            rows[:, last - first :] = 0
            np.copyto(rows[:, : last - first], source[:, first:last, :, images])
            left = rows.reshape(groups, blocks, -1, width)
            made = scratch("product", (groups, blocks, *total.shape[2:]), out.dtype)
            np.matmul(left, slabs.swapaxes(-1, -2), out=made)
            for block in range(blocks):
                total[:, 0] += made[:, block]

    run_chunks(run, len(plan.units), share)
    plan.unband(np.add.reduce(partial, axis=0), out)


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
        self.ones = (1,) * len(self.positions)
        self.taps = math.prod(problem.kernel[1:])
        self.x = self.rows_first(x, self.channels)
        rows = problem.output[0]
        self.block = max(1, min(rows, _PRODUCT_ROWS // max(self.filters, 1)))
        self.slab_rows = self.block + problem.kernel[0] - 1
        self.band_shape = (
            self.groups,
            1,
            self.block * self.filters,
            self.slab_rows * self.channels * self.taps,
        )
        self.units = list(self._units(len(x), rows))

    def rows_first(self, array: Array, channels: int) -> Array:
        """A view (groups, rows, channels, images, *rest) of an array (images, all channels, rows, *rest)."""
        spatial = array.shape[2:]
        if self.leading:
            spatial = (1, *spatial)
        # Splitting an axis and adding one of length 1 never copies, which matters where this is written to.
        view = array.reshape(len(array), self.groups, channels, *spatial)
        return view.transpose(1, 3, 2, 0, *range(4, view.ndim))

    def _units(self, images: int, rows: int) -> Iterator[tuple[slice, int, int]]:
        """Chunks (images, first output row, last) as large as the cache allows, enough for all threads."""
        threads = get_num_threads()
        row_bytes = (
            max(1, self.groups * self.channels * self.taps * math.prod(self.positions)) * self.dtype.itemsize
        )
        fitting_rows = _CHUNK_BYTES // row_bytes
        image_chunk = max(1, min(-(-images // threads), fitting_rows // (rows + self.slab_rows)))
        row_chunk = rows
        if fitting_rows < rows + self.slab_rows:
            row_chunk = max(1, (fitting_rows - self.slab_rows) // self.block) * self.block
        if images < threads:
            row_chunk = min(row_chunk, -(-rows // (threads * self.block)) * self.block)
        for image in range(0, images, image_chunk):
            for row in range(0, rows, row_chunk):
                yield slice(image, min(image + image_chunk, images)), row, min(row + row_chunk, rows)

    def band(self, weight: Array) -> Array:
        """The weight as a banded matrix: for each of ``block`` output rows the filters, one row lower."""
        kernel = self.problem.kernel[0]
        filters = weight.reshape(self.groups, self.filters, self.channels, kernel, self.taps)
        band = np.zeros(
            (self.groups, self.block, self.filters, self.slab_rows, self.channels, self.taps), self.dtype
        )
        for row in range(self.block):
            band[:, row, :, row : row + kernel] = filters.swapaxes(2, 3)
        return band.reshape(self.band_shape)

    def unband(self, band: Array, out: Array) -> None:
        """The transpose of `band`: add the filters of all ``block`` output rows up into ``out``."""
        kernel = self.problem.kernel[0]
        rows = band.reshape(self.groups, self.block, self.filters, self.slab_rows, self.channels, self.taps)
        total = rows[:, 0, :, :kernel].copy()
        for row in range(1, self.block):
            total += rows[:, row, :, row : row + kernel]
        out[...] = total.swapaxes(2, 3).reshape(out.shape)

    def slabs(self, images: slice, first: int, last: int) -> Array:
        """The overlapping matrices (groups, blocks, slab, images * positions) for these output rows."""
        blocks = -(-(last - first) // self.block)
        count = images.stop - images.start
        columns = scratch(
            "columns",
            (
                self.groups,
                blocks * self.block + self.problem.kernel[0] - 1,
                self.channels,
                self.taps,
                count,
                *self.positions,
            ),
            self.dtype,
        )
        self._fill(columns, self.x[:, :, :, images], first)
        width = count * math.prod(self.positions)
        row = self.channels * self.taps * width * columns.itemsize
        return as_strided(
            columns,
            (self.groups, blocks, self.slab_rows * self.channels * self.taps, width),
            (columns.strides[0], self.block * row, width * columns.itemsize, columns.itemsize),
        )

    def _fill(self, columns: Array, x: Array, first: int) -> None:
        problem = self.problem
        begin = first - problem.low[0]
        rows, read = reach(begin, 1, columns.shape[1], x.shape[1])
        source = x[:, read]
        axes: list[list[tuple[slice, slice]]] = [
            [reach(tap * dilation - low, stride, out, size) for tap in range(kernel)]
            for kernel, stride, dilation, low, out, size in zip(
                problem.kernel[1:],
                problem.stride[1:],
                problem.dilation[1:],
                problem.low[1:],
                self.positions,
                x.shape[4:],
                strict=True,
            )
        ]
        whole = rows == slice(0, columns.shape[1]) and all(
            put == slice(0, out) for axis, out in zip(axes, self.positions, strict=True) for put, _ in axis
        )
        if not whole:
            columns.fill(0)
        target = columns[:, rows]
        for tap, reached in enumerate(product(*axes)):
            put = tuple(p for p, _ in reached)
            take = tuple(t for _, t in reached)
            target[:, :, :, tap][:, :, :, :, *put] = source[:, :, :, :, *take]
