"""Padding layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from autograd_cnn.errors import ArgumentError
from autograd_cnn.nn import functional as F  # noqa: N812 - the field's name for it
from autograd_cnn.nn.module import Module

__all__ = [
    "CircularPad1d",
    "CircularPad2d",
    "CircularPad3d",
    "ConstantPad1d",
    "ConstantPad2d",
    "ConstantPad3d",
    "ReflectionPad1d",
    "ReflectionPad2d",
    "ReflectionPad3d",
    "ReplicationPad1d",
    "ReplicationPad2d",
    "ReplicationPad3d",
    "ZeroPad1d",
    "ZeroPad2d",
    "ZeroPad3d",
]

Widths = int | Sequence[int]


class _Pad(Module):
    """What all padding layers have in common: one width for all ends, or those of `functional.pad`."""

    spatial_axes: ClassVar[int]
    mode: ClassVar[str]

    def __init__(self, padding: Widths) -> None:
        super().__init__()
        widths = (padding,) * (2 * self.spatial_axes) if isinstance(padding, int) else tuple(padding)
        if len(widths) != 2 * self.spatial_axes:
            raise ArgumentError(
                f"{type(self).__name__}: expected padding as an int or {2 * self.spatial_axes} ints, "
                f"(before, after) of the last axis first, got {padding}"
            )
        self.padding = widths

    def forward(self, input: Any) -> Any:
        """(N, C, \\*spatial), or (C, \\*spatial), with the spatial axes padded."""
        return F.pad(input, self.padding, self.mode)

    def extra_repr(self) -> str:
        """Return the widths as PyTorch prints them."""
        return f"{self.padding}"


class _ConstantPad(_Pad):
    """Padding with one value."""

    mode = "constant"

    def __init__(self, padding: Widths, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input: Any) -> Any:
        """(\\*, \\*spatial) with the spatial axes padded."""
        return F.pad(input, self.padding, self.mode, self.value)

    def extra_repr(self) -> str:
        """Return the arguments as PyTorch prints them."""
        return f"padding={self.padding}, value={self.value}"


class _ZeroPad(_Pad):
    """Padding with zeros."""

    mode = "constant"


class _ReflectionPad(_Pad):
    """Padding with the entries before the edge, in reversed order."""

    mode = "reflect"


class _ReplicationPad(_Pad):
    """Padding with the edge."""

    mode = "replicate"


class _CircularPad(_Pad):
    """Padding with the entries of the other end."""

    mode = "circular"


class CircularPad1d(_CircularPad):
    """Pads the last axis with the entries of the other end; see `functional.pad`.

    >>> import autograd_cnn as ag
    >>> ag.nn.CircularPad1d(1)(ag.tensor([[1.0, 2.0, 3.0]]))[0].tolist()
    [3.0, 1.0, 2.0, 3.0, 1.0]
    """

    spatial_axes = 1


class CircularPad2d(_CircularPad):
    """Pads the last two axes with the entries of the other end; see `functional.pad`.

    >>> import autograd_cnn as ag
    >>> ag.nn.CircularPad2d(1)(ag.ones((1, 2, 3, 4))).shape
    (1, 2, 5, 6)
    """

    spatial_axes = 2


class CircularPad3d(_CircularPad):
    """Pads the last three axes with the entries of the other end; see `functional.pad`.

    >>> import autograd_cnn as ag
    >>> ag.nn.CircularPad3d(1)(ag.ones((1, 2, 2, 3, 4))).shape
    (1, 2, 4, 5, 6)
    """

    spatial_axes = 3


class ConstantPad1d(_ConstantPad):
    """Pads the last axis with one ``value``; see `functional.pad`.

    >>> import autograd_cnn as ag
    >>> ag.nn.ConstantPad1d(1, value=5.0)(ag.tensor([[1.0, 2.0, 3.0]]))[0].tolist()
    [5.0, 1.0, 2.0, 3.0, 5.0]
    """

    spatial_axes = 1


class ConstantPad2d(_ConstantPad):
    """Pads the last two axes with one ``value``; see `functional.pad`.

    >>> import autograd_cnn as ag
    >>> ag.nn.ConstantPad2d(1, value=5.0)(ag.ones((1, 2, 3, 4))).shape
    (1, 2, 5, 6)
    """

    spatial_axes = 2


class ConstantPad3d(_ConstantPad):
    """Pads the last three axes with one ``value``; see `functional.pad`.

    >>> import autograd_cnn as ag
    >>> ag.nn.ConstantPad3d(1, value=5.0)(ag.ones((1, 2, 2, 3, 4))).shape
    (1, 2, 4, 5, 6)
    """

    spatial_axes = 3


class ReflectionPad1d(_ReflectionPad):
    """Pads the last axis with the reflected entries before the edge; see `functional.pad`.

    >>> import autograd_cnn as ag
    >>> ag.nn.ReflectionPad1d(1)(ag.tensor([[1.0, 2.0, 3.0]]))[0].tolist()
    [2.0, 1.0, 2.0, 3.0, 2.0]
    """

    spatial_axes = 1


class ReflectionPad2d(_ReflectionPad):
    """Pads the last two axes with the reflected entries before the edge; see `functional.pad`.

    >>> import autograd_cnn as ag
    >>> ag.nn.ReflectionPad2d(1)(ag.ones((1, 2, 3, 4))).shape
    (1, 2, 5, 6)
    """

    spatial_axes = 2


class ReflectionPad3d(_ReflectionPad):
    """Pads the last three axes with the reflected entries before the edge; see `functional.pad`.

    >>> import autograd_cnn as ag
    >>> ag.nn.ReflectionPad3d(1)(ag.ones((1, 2, 2, 3, 4))).shape
    (1, 2, 4, 5, 6)
    """

    spatial_axes = 3


class ReplicationPad1d(_ReplicationPad):
    """Pads the last axis with the edge, repeated; see `functional.pad`.

    >>> import autograd_cnn as ag
    >>> ag.nn.ReplicationPad1d(1)(ag.tensor([[1.0, 2.0, 3.0]]))[0].tolist()
    [1.0, 1.0, 2.0, 3.0, 3.0]
    """

    spatial_axes = 1


class ReplicationPad2d(_ReplicationPad):
    """Pads the last two axes with the edge, repeated; see `functional.pad`.

    >>> import autograd_cnn as ag
    >>> ag.nn.ReplicationPad2d(1)(ag.ones((1, 2, 3, 4))).shape
    (1, 2, 5, 6)
    """

    spatial_axes = 2


class ReplicationPad3d(_ReplicationPad):
    """Pads the last three axes with the edge, repeated; see `functional.pad`.

    >>> import autograd_cnn as ag
    >>> ag.nn.ReplicationPad3d(1)(ag.ones((1, 2, 2, 3, 4))).shape
    (1, 2, 4, 5, 6)
    """

    spatial_axes = 3


class ZeroPad1d(_ZeroPad):
    """Pads the last axis with zeros; see `functional.pad`.

    >>> import autograd_cnn as ag
    >>> ag.nn.ZeroPad1d(1)(ag.tensor([[1.0, 2.0, 3.0]]))[0].tolist()
    [0.0, 1.0, 2.0, 3.0, 0.0]
    """

    spatial_axes = 1


class ZeroPad2d(_ZeroPad):
    """Pads the last two axes with zeros; see `functional.pad`.

    >>> import autograd_cnn as ag
    >>> ag.nn.ZeroPad2d(1)(ag.ones((1, 2, 3, 4))).shape
    (1, 2, 5, 6)
    """

    spatial_axes = 2


class ZeroPad3d(_ZeroPad):
    """Pads the last three axes with zeros; see `functional.pad`.

    >>> import autograd_cnn as ag
    >>> ag.nn.ZeroPad3d(1)(ag.ones((1, 2, 2, 3, 4))).shape
    (1, 2, 4, 5, 6)
    """

    spatial_axes = 3
