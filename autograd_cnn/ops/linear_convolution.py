"""Linear convolution, and NumPy's `convolve` and `correlate` made of it.

Two bilinear ops are each other's derivatives, whatever the number of axes. With y = a * v in full,
ȳ · (a * v) = a · (ȳ * reversed v where they overlap wholly), and likewise for v; so the VJPs of the full
convolution are valid ones, and those of the valid convolution a full one and a valid one.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from autograd_cnn.core.composite import composite
from autograd_cnn.core.primitive import primitive
from autograd_cnn.core.registry import case
from autograd_cnn.core.tensor import Tensor
from autograd_cnn.errors import ArgumentError, ShapeError
from autograd_cnn.ops.shape import flip

Mode: TypeAlias = Literal["full", "valid", "same"]
Method: TypeAlias = Literal["direct", "fft", "overlap-add"]

_FULL = [
    case((4,), (3,), axes=(0,)),
    case((2,), (5,), axes=(0,)),
    case((3, 4), (1, 3), axes=(0, 1)),
    case((3, 4), (2, 3), axes=(0, 1)),
    case((2, 3, 2), (2, 2, 3), axes=(0, 1, 2)),
    case((3, 4), (2, 3), axes=(0, 1), method="fft"),
    case((3, 4), (1, 3), axes=(1,), method="fft"),
    case((7, 1), (3, 2), axes=(0,), method="overlap-add"),
]
_VALID = [
    case((4,), (3,), axes=(0,)),
    case((3, 4), (1, 4), axes=(0, 1)),
    case((3, 4), (3, 2), axes=(0, 1)),
    case((3, 4), (2, 3), axes=(0, 1)),
    case((2, 3, 2), (2, 2, 1), axes=(0, 1, 2)),
    case((3, 4), (2, 4), axes=(0, 1), method="fft"),
    case((1, 4), (3, 3), axes=(1,), method="fft"),
    case((7, 1), (3, 2), axes=(0,), method="overlap-add"),
]


@primitive(
    samples=_FULL,
    a=lambda g, v, axes, method: convolve_valid(g, flip(v, axes), axes, method),
    v=lambda g, a, axes, method: convolve_valid(g, flip(a, axes), axes, method),
)
def convolve_full(a: Any, v: Any, axes: tuple[int, ...], method: Method = "direct") -> Any:
    """All of the convolution of ``a`` with ``v``: Σₖ a[n - k] v[k], of length Nₐ + Nᵥ - 1 along ``axes``.

    The other axes broadcast; the direct method takes no others.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.linear_convolution import convolve_full
    >>> convolve_full(ag.tensor([1.0, 2.0]), ag.tensor([1.0, 10.0]), (0,))
    tensor([ 1., 12., 20.])
    """
    return _convolve(np.asarray(a), np.asarray(v), axes, method, "full")


@primitive(
    samples=_VALID,
    a=lambda g, v, axes, method: convolve_full(g, flip(v, axes), axes, method),
    v=lambda g, a, axes, method: convolve_valid(flip(a, axes), g, axes, method),
)
def convolve_valid(a: Any, v: Any, axes: tuple[int, ...], method: Method = "direct") -> Any:
    """Where ``v`` lies wholly within ``a``: the part of `convolve_full` of length Nₐ - Nᵥ + 1 along ``axes``.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.linear_convolution import convolve_valid
    >>> convolve_valid(ag.tensor([1.0, 2.0]), ag.tensor([1.0, 10.0]), (0,))
    tensor([12.])
    """
    return _convolve(np.asarray(a), np.asarray(v), axes, method, "valid")


def _convolve(a: Any, v: Any, axes: tuple[int, ...], method: Method, mode: Literal["full", "valid"]) -> Any:
    if method == "direct" and a.ndim == 1 and a.size and v.size:
        return np.convolve(a, v, mode)
    import scipy.signal  # type: ignore[import-untyped]  # a second's work for what few need

    if method == "fft":
        return scipy.signal.fftconvolve(a, v, mode, axes)
    if method == "overlap-add":
        return scipy.signal.oaconvolve(a, v, mode, axes)
    if a.ndim == 2 and np.result_type(a, v).char in "fdFD":
        # SciPy's convolution of n axes takes 57 ms for 32 rows of 10 000 with one of 16, 4.5 are needed here;
        # and 162 for 256 x 256 with 9 x 9, where its convolve2d takes 22.
        if len(v) == 1:
            row, one = v[0], np.array([1, 0], v.dtype)
            if mode == "valid":
                return scipy.signal.lfilter(row, one, a)[:, len(row) - 1 :]
            return scipy.signal.lfilter(row, one, np.pad(a, ((0, 0), (0, len(row) - 1))))
        if len(v) == len(a) and mode == "valid":
            windows = sliding_window_view(a, v.shape[1], axis=1)
            return np.einsum("rkn,rn->k", windows, v[::-1, ::-1])[None]
        return scipy.signal.convolve2d(a, v, mode)
    return scipy.signal.convolve(a, v, mode, method="direct")


def in_mode(mode: Mode, a: Any, v: Any, axes: tuple[int, ...], method: Method = "direct") -> Any:
    """Convolution in one of NumPy's and SciPy's modes; "same" is the middle of "full", of the shape of a."""
    if mode == "valid":
        return convolve_valid(a, v, axes, method)
    full = convolve_full(a, v, axes, method)
    return full if mode == "full" else centred(full, a.shape)


def centred(full: Any, shape: tuple[int, ...], late: bool = False) -> Any:
    """The middle of an array, of the given shape; the earlier or the later one, if there are two."""
    starts = [(n - length + late) // 2 for n, length in zip(full.shape, shape, strict=True)]
    return full[tuple(slice(start, start + n) for start, n in zip(starts, shape, strict=True))]


def check_mode(name: str, mode: Any) -> None:
    """Raise unless ``mode`` is one of the three."""
    if mode not in ("full", "valid", "same"):
        raise ArgumentError(f"{name}: expected mode to be 'full', 'valid' or 'same', got {mode!r}")


def plain(x: Any) -> Any:
    """A tensor as it is, anything else as an array."""
    return x if isinstance(x, Tensor) else np.asarray(x)


def _vectors(name: str, a: Any, v: Any, mode: Any) -> tuple[Any, Any]:
    check_mode(name, mode)
    a, v = plain(a), plain(v)
    a, v = (x.reshape(1) if x.ndim == 0 else x for x in (a, v))
    if a.ndim > 1 or v.ndim > 1 or not a.size or not v.size:
        raise ShapeError(
            f"{name}: expected two sequences (1-d) of one entry or more, got shapes {a.shape} and {v.shape}; "
            "for more axes, use ag.signal"
        )
    return a, v


_SEQUENCES = [
    case((5,), (3,), mode="full"),
    case((3,), (5,), mode="full"),
    case((5,), (2,), mode="same"),
    case((2,), (5,), mode="same"),
    case((5,), (3,), mode="valid"),
    case((2,), (4,), mode="valid"),
    case((3,), (3,), mode="same"),
]


@composite(np.convolve, samples=[case((4,), (2,)), *_SEQUENCES])
def convolve(a: Any, v: Any, mode: Any = "full") -> Any:
    """Convolution Σₖ a[n - k] v[k] of two sequences.

    ``mode``: ``"full"``, of length N + M - 1; ``"same"``, its middle, of the length of the longer one;
    ``"valid"``, where they overlap wholly, of length |N - M| + 1. Other shapes raise `ShapeError`.

    >>> import autograd_cnn as ag, numpy as np
    >>> np.convolve(ag.tensor([1.0, 2.0]), [1.0, 10.0])
    tensor([ 1., 12., 20.])
    """
    a, v = _vectors("convolve", a, v, mode)
    return in_mode(mode, *((v, a) if len(v) > len(a) else (a, v)), (0,))


@composite(np.correlate, samples=[case((4,), (2,)), *_SEQUENCES])
def correlate(a: Any, v: Any, mode: Any = "valid") -> Any:
    """Cross-correlation Σₙ a[n + k] v̄[n] of two sequences; ``mode`` as for `convolve`.

    >>> import autograd_cnn as ag, numpy as np
    >>> np.correlate(ag.tensor([1.0, 2.0]), [1.0, 10.0])
    tensor([21.])
    """
    a, v = _vectors("correlate", a, v, mode)
    if len(v) > len(a):
        return flip(np.conjugate(correlate(v, a, mode)))
    return in_mode(mode, a, flip(np.conjugate(v)), (0,))
