"""Where a sliding window lies on its input: kernel, stride, padding and dilation in one value."""

from __future__ import annotations

import math
from collections.abc import Sequence
from operator import index
from typing import Any, NamedTuple

from autograd_cnn.errors import ArgumentError, ShapeError

__all__ = ["Padding", "Window", "ceil_padding", "per_axis", "reach", "resolve_window"]

Padding = int | str | Sequence[int | tuple[int, int]]


class Window(NamedTuple):
    """The geometry of a convolution or pooling, one entry for each spatial axis.

    Tap ``t`` of output position ``i`` reads input position ``i * stride + t * dilation - padding[0]``.

    >>> window = Window(kernel=(3,), stride=(2,), padding=((1, 1),), dilation=(1,))
    >>> window.output_shape((8,))
    (4,)
    """

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[tuple[int, int], ...]
    dilation: tuple[int, ...]

    @property
    def ndim(self) -> int:
        """The number of spatial axes."""
        return len(self.kernel)

    @property
    def taps(self) -> int:
        """The number of positions in one kernel."""
        return math.prod(self.kernel)

    @property
    def span(self) -> tuple[int, ...]:
        """How far a kernel reaches along each axis, from its first tap to its last, inclusive."""
        return tuple((k - 1) * d + 1 for k, d in zip(self.kernel, self.dilation, strict=True))

    def output_shape(self, input_shape: Sequence[int]) -> tuple[int, ...]:
        """The spatial shape of the output for an input of this spatial shape, rounded down as PyTorch does.

        Raises ShapeError where the kernel is larger than its padded input.
        """
        if len(input_shape) != self.ndim:
            raise ShapeError(
                f"expected {self.ndim} spatial axes for a window with kernel {self.kernel}, got the spatial "
                f"shape {tuple(input_shape)}; give an input of shape (batch, channels, *spatial)"
            )
        room = self._room(input_shape)
        if any(r < 0 for r in room):
            padded = tuple(n + lo + hi for n, (lo, hi) in zip(input_shape, self.padding, strict=True))
            raise ShapeError(
                f"kernel larger than its padded input: expected a padded input of at least {self.span}, got "
                f"{padded} (spatial shape {tuple(input_shape)}, padding {self.padding}, kernel "
                f"{self.kernel}, dilation {self.dilation}); use a larger input, more padding, or a "
                f"smaller kernel"
            )
        return tuple(r // s + 1 for r, s in zip(room, self.stride, strict=True))

    def _room(self, input_shape: Sequence[int]) -> tuple[int, ...]:
        """How far the window can move along each axis; negative where it does not fit at all."""
        return tuple(
            n + lo + hi - span for n, (lo, hi), span in zip(input_shape, self.padding, self.span, strict=True)
        )


def ceil_padding(window: Window, input_shape: Sequence[int]) -> Window:
    """The window whose output is rounded up (PyTorch's ``ceil_mode``): its end padding is extended to that.

    A window never starts in the end padding: such a last one is dropped.

    >>> window = resolve_window("max_pool1d", 1, kernel=2, stride=2)
    >>> window.output_shape((5,)), ceil_padding(window, (5,)).output_shape((5,))
    ((2,), (3,))
    """
    if len(input_shape) != window.ndim or any(
        r <= -s for r, s in zip(window._room(input_shape), window.stride, strict=True)
    ):
        window.output_shape(input_shape)  # raises: there is no window, even rounded up
    padding = []
    for n, (lo, hi), stride, span, room in zip(
        input_shape, window.padding, window.stride, window.span, window._room(input_shape), strict=True
    ):
        wanted = -(-room // stride) + 1
        if (wanted - 1) * stride >= n + lo:
            wanted -= 1
        end = hi if wanted == room // stride + 1 else (wanted - 1) * stride + span - n - lo
        padding.append((lo, end))
    return window._replace(padding=tuple(padding))


def reach(offset: int, stride: int, output: int, size: int) -> tuple[slice, slice]:
    """Which output positions of one axis lie on the input for one tap, and what they read there.

    The tap reads ``position * stride + offset`` on an axis of ``size``. Both slices are empty if none does.

    >>> reach(offset=-1, stride=2, output=3, size=4)
    (slice(1, 3, None), slice(1, 4, 2))
    """
    first = max(0, -(offset // stride))
    stop = min(output, -((offset - size) // stride))
    if stop <= first:
        return slice(0, 0), slice(0, 0)
    begin = first * stride + offset
    return slice(first, stop), slice(begin, begin + (stop - first - 1) * stride + 1, stride)


def resolve_window(
    name: str,
    ndim: int,
    kernel: int | Sequence[int],
    stride: int | Sequence[int] | None = 1,
    padding: Padding = 0,
    dilation: int | Sequence[int] = 1,
) -> Window:
    """The window that the arguments of a layer function mean; ``name`` is that function's, for the errors.

    Each of ``kernel``, ``stride`` and ``dilation`` is an int for all ``ndim`` axes or one int for each;
    a ``stride`` of None is the kernel itself, as pooling has it. ``padding`` is an int, one int or one pair
    (low, high) for each axis, "valid" (none), or "same": the output is as large as the input, the odd one of
    the padding is at the end, and the stride must be 1 (PyTorch's rule).

    Raises ArgumentError for a value that makes no sense.

    >>> resolve_window("conv2d", 2, kernel=(3, 4), padding="same").padding
    ((1, 1), (1, 2))
    """
    kernels = per_axis(name, "kernel", kernel, ndim)
    strides = kernels if stride is None else per_axis(name, "stride", stride, ndim)
    dilations = per_axis(name, "dilation", dilation, ndim)
    paddings: tuple[tuple[int, int], ...]
    if padding == "valid":
        paddings = ((0, 0),) * ndim
    elif padding == "same":
        if any(s != 1 for s in strides):
            raise ArgumentError(
                f'{name}: expected stride 1 with padding="same", got stride {strides}; '
                f"give the padding as numbers, or use stride 1"
            )
        totals = [(k - 1) * d for k, d in zip(kernels, dilations, strict=True)]
        paddings = tuple((total // 2, total - total // 2) for total in totals)
    elif isinstance(padding, str):
        raise ArgumentError(
            f'{name}: expected padding as numbers, "same" or "valid", got {padding!r}; use one of these'
        )
    else:
        paddings = _pairs(name, padding, ndim)
    return Window(kernels, strides, paddings, dilations)


def per_axis(
    name: str, argument: str, value: int | Sequence[int], ndim: int, minimum: int = 1
) -> tuple[int, ...]:
    """The ints that an argument means, one for each axis; raises ArgumentError, in the name of a function.

    >>> per_axis("conv2d", "stride", 2, ndim=2)
    (2, 2)
    """
    values: Sequence[Any] = value if isinstance(value, (tuple, list)) else (value,) * ndim
    try:
        if any(isinstance(v, bool) for v in values):
            raise TypeError
        numbers = tuple(index(v) for v in values)
    except TypeError:
        numbers = ()
    if len(numbers) != ndim or any(v < minimum for v in numbers):
        raise ArgumentError(
            f"{name}: expected {argument} as an int or {ndim} ints, each at least {minimum}, got {value!r}; "
            f"give one int for all axes or one for each"
        )
    return numbers


def _pairs(
    name: str, padding: int | Sequence[int | tuple[int, int]], ndim: int
) -> tuple[tuple[int, int], ...]:
    entries = padding if isinstance(padding, (tuple, list)) else (padding,) * ndim
    try:
        pairs = tuple(
            per_axis(name, "padding", entry if isinstance(entry, (tuple, list)) else (entry, entry), 2, 0)
            for entry in entries
        )
    except ArgumentError:
        pairs = ()
    if len(pairs) != ndim:
        raise ArgumentError(
            f"{name}: expected padding as an int, or {ndim} ints or (low, high) pairs, each at least 0, got "
            f'{padding!r}; give one number for all axes, one or a pair for each, "same" or "valid"'
        )
    return tuple((low, high) for low, high in pairs)
