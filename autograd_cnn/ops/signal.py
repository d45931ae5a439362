"""Convolution over any axes, and what is near to it, with the names and signatures of `scipy.signal`.

`scipy.signal` does not ask its arguments, so these are called under our name: ``ag.signal.convolve(x, y)``.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from autograd_cnn.core.composite import composite
from autograd_cnn.core.registry import case
from autograd_cnn.core.tensor import Tensor
from autograd_cnn.errors import ArgumentError, DtypeError, ShapeError
from autograd_cnn.ops.fft import fft, ifft
from autograd_cnn.ops.linear_convolution import (
    Method,
    Mode,
    centred,
    check_mode,
    convolve_valid,
    in_mode,
    plain,
)
from autograd_cnn.ops.padding import pad
from autograd_cnn.ops.shape import concatenate, flip, moveaxis

Boundary = Literal["fill", "wrap", "symm"]

_MODES = [
    case((4,), (3,)),
    case((), ()),
    case((2, 4), (3, 2)),
    case((3, 4), (2, 3), mode="same"),
    case((2, 3), (3, 4), mode="valid"),
    case((3, 1, 2), (2, 2, 2), mode="same"),
]
_METHODS = [
    *_MODES,
    case((3, 4), (2, 3), mode="same", method="direct"),
    case((3, 4), (2, 3), mode="valid", method="fft"),
    case((5,), (2,), method="fft"),
]
_AXES = [
    *_MODES,
    case((3, 4), (1, 3), axes=1),
    case((1, 4), (3, 2), mode="same", axes=-1),
    case((2, 3, 4), (2, 2, 4), mode="valid", axes=(1, 2)),
    case((3, 1), (1, 4), mode="valid"),
]


@composite(samples=_METHODS)
def convolve(in1: Any, in2: Any, mode: Mode = "full", method: str = "auto") -> Any:
    """Convolution Σₖ in1[n - k] in2[k] over all axes of two arrays with as many axes.

    ``mode``: ``"full"``, of shape N + M - 1; ``"same"``, its middle, of the shape of ``in1``; ``"valid"``,
    where they overlap wholly, which needs one to be at least as long as the other in every axis. ``method``:
    ``"direct"``, ``"fft"``, or ``"auto"``, whichever SciPy estimates to be faster. Shapes that do not fit, or
    have no entries, raise `ShapeError`.

    >>> import autograd_cnn as ag, autograd_cnn.signal
    >>> ag.signal.convolve(ag.tensor([1.0, 2.0]), [1.0, 10.0])
    tensor([ 1., 12., 20.])
    """
    in1, in2 = plain(in1), plain(in2)
    check_mode("convolve", mode)
    return _over_all_axes("convolve", in1, in2, mode, method)


@composite(samples=_METHODS)
def correlate(in1: Any, in2: Any, mode: Mode = "full", method: str = "auto") -> Any:
    """Cross-correlation Σₙ in1[n + k] conj(in2[n]) over all axes; parameters as for `convolve`.

    >>> import autograd_cnn as ag, autograd_cnn.signal
    >>> ag.signal.correlate(ag.tensor([1.0, 2.0]), [1.0, 10.0])
    tensor([10., 21.,  2.])
    """
    in1, in2 = plain(in1), plain(in2)
    check_mode("correlate", mode)
    return _over_all_axes("correlate", in1, flip(np.conjugate(in2)), mode, method)


def _over_all_axes(name: str, in1: Any, in2: Any, mode: Mode, method: str) -> Any:
    if method not in ("auto", "direct", "fft"):
        raise ArgumentError(f"{name}: expected method to be 'auto', 'direct' or 'fft', got {method!r}")
    _check_shapes(name, in1.shape, in2.shape)
    if mode == "valid":  # whichever method is chosen
        in1, in2 = _longer_first(name, in1, in2, tuple(range(in1.ndim)))
    if in1.dtype.kind in "biu" and in2.dtype.kind in "biu":
        method = "direct"  # exact, and nothing to differentiate
    elif method == "auto":
        method = _faster(in1, in2, mode)
    return _convolve(name, in1, in2, mode, None, "fft" if method == "fft" else "direct")


def _faster(in1: Any, in2: Any, mode: Mode) -> str:
    import scipy.signal  # type: ignore[import-untyped]

    values = (x._value if isinstance(x, Tensor) else x for x in (in1, in2))
    return str(scipy.signal.choose_conv_method(*map(np.asarray, values), mode))


@composite(samples=_AXES)
def fftconvolve(in1: Any, in2: Any, mode: Mode = "full", axes: Any = None) -> Any:
    """Convolution along ``axes`` (None: all) by Fourier transforms; other axes broadcast.

    Faster than the direct sum for two long signals. ``mode`` as for `convolve`.

    >>> import autograd_cnn as ag, autograd_cnn.signal
    >>> ag.signal.fftconvolve(ag.ones((2, 5)), ag.ones((1, 3)), axes=1).shape
    (2, 7)
    """
    in1, in2 = plain(in1), plain(in2)
    check_mode("fftconvolve", mode)
    _check_shapes("fftconvolve", in1.shape, in2.shape)
    return _convolve("fftconvolve", in1, in2, mode, axes, "fft")


@composite(samples=_AXES)
def oaconvolve(in1: Any, in2: Any, mode: Mode = "full", axes: Any = None) -> Any:
    """Convolution by the overlap-add method: as `fftconvolve`, for one signal much longer than the other.

    >>> import autograd_cnn as ag, autograd_cnn.signal
    >>> ag.signal.oaconvolve(ag.ones((2, 5)), ag.ones((1, 3)), "valid", axes=1).shape
    (2, 3)
    """
    in1, in2 = plain(in1), plain(in2)
    check_mode("oaconvolve", mode)
    _check_shapes("oaconvolve", in1.shape, in2.shape)
    return _convolve("oaconvolve", in1, in2, mode, axes, "overlap-add")


def _check_shapes(name: str, first: tuple[int, ...], second: tuple[int, ...]) -> None:
    if len(first) != len(second) or 0 in first or 0 in second:
        raise ShapeError(
            f"{name}: expected two arrays with as many axes, none of length 0, got shapes {first} and "
            f"{second}"
        )


def _longer_first(name: str, in1: Any, in2: Any, axes: tuple[int, ...]) -> tuple[Any, Any]:
    shorter = any(in1.shape[axis] < in2.shape[axis] for axis in axes)
    if shorter and any(in1.shape[axis] > in2.shape[axis] for axis in axes):
        raise ShapeError(
            f"{name}: mode='valid' expected one array at least as long as the other in every axis, got "
            f"shapes {in1.shape} and {in2.shape}"
        )
    return (in2, in1) if shorter else (in1, in2)


def _convolve(name: str, in1: Any, in2: Any, mode: Mode, axes: Any, method: Method) -> Any:
    first, second = in1.shape, in2.shape
    if not first:
        return in1 * in2
    summed = tuple(range(len(first))) if axes is None else normalize_axis_tuple(axes, len(first))
    if not summed:
        raise ArgumentError(f"{name}: expected one axis or more in axes, got none")
    for axis in range(len(first)):
        if axis not in summed and first[axis] != second[axis] and 1 not in (first[axis], second[axis]):
            raise ShapeError(
                f"{name}: expected lengths that broadcast along the axes not in axes={axes}, got "
                f"shapes {first} and {second}"
            )
    if method != "direct":  # along an axis of length 1, convolution is multiplication
        summed = tuple(axis for axis in summed if 1 not in (first[axis], second[axis]))
    if mode == "valid":
        in1, in2 = _longer_first(name, in1, in2, summed)
    if summed:
        return in_mode(mode, in1, in2, summed, method)
    product = in1 * in2
    return centred(product, first) if mode == "same" else product


_PLANE: list[Any] = [
    case((3, 4), (2, 3)),
    case((4, 3), (2, 2), mode="same"),
    case((4, 3), (2, 3), mode="valid", boundary="wrap"),
    case((2, 3), (3, 4), mode="valid"),
    case((3, 4), (2, 3), mode="full", boundary="wrap"),
    case((4, 3), (3, 2), mode="same", boundary="symm"),
    case((3, 4), (2, 2), mode="same", fillvalue=2.0),
]


@composite(samples=_PLANE)
def convolve2d(
    in1: Any, in2: Any, mode: Mode = "full", boundary: Boundary = "fill", fillvalue: float = 0
) -> Any:
    """`convolve` of two matrices, where ``boundary`` says how ``in1`` goes on beyond its edges.

    ``"fill"`` with ``fillvalue``, a number; ``"wrap"``: again from the other side; ``"symm"``: mirrored.

    >>> import autograd_cnn as ag, autograd_cnn.signal
    >>> ag.signal.convolve2d(ag.tensor([[1.0, 2.0]]), [[1.0, 10.0]], "same", "wrap")
    tensor([[21., 12.]])
    """
    return _plane("convolve2d", plain(in1), plain(in2), mode, boundary, fillvalue)


@composite(samples=_PLANE)
def correlate2d(
    in1: Any, in2: Any, mode: Mode = "full", boundary: Boundary = "fill", fillvalue: float = 0
) -> Any:
    """`correlate` of two matrices; parameters as for `convolve2d`.

    >>> import autograd_cnn as ag, autograd_cnn.signal
    >>> ag.signal.correlate2d(ag.tensor([[1.0, 2.0]]), [[1.0, 10.0]], "valid")
    tensor([[21.]])
    """
    in1, in2 = plain(in1), plain(in2)
    lengths = in1.shape, in2.shape
    if mode == "valid" and lengths[0] != lengths[1] and all(n <= m for n, m in zip(*lengths, strict=False)):
        # SciPy conjugates the shorter one, whichever is given first; its `correlate` always the second.
        in1, in2 = in2, in1
        return flip(_plane("correlate2d", in1, flip(np.conjugate(in2)), mode, boundary, fillvalue))
    return _plane("correlate2d", in1, flip(np.conjugate(in2)), mode, boundary, fillvalue)


def _plane(name: str, in1: Any, in2: Any, mode: Mode, boundary: Any, fillvalue: float) -> Any:
    check_mode(name, mode)
    _check_shapes(name, in1.shape, in2.shape)
    if in1.ndim != 2:
        raise ShapeError(f"{name}: expected two matrices, got shapes {in1.shape} and {in2.shape}")
    if boundary not in ("fill", "wrap", "symm"):
        raise ArgumentError(f"{name}: expected boundary to be 'fill', 'wrap' or 'symm', got {boundary!r}")
    if mode == "valid":
        return _convolve(name, in1, in2, mode, None, "direct")
    widths = [(n - 1, n - 1) for n in in2.shape]
    if boundary == "fill":
        extended = pad(in1, widths, constant_values=fillvalue)
    else:
        extended = pad(in1, widths, "wrap" if boundary == "wrap" else "symmetric")
    full = convolve_valid(extended, in2, (0, 1))
    # Of two middles SciPy's correlate2d takes the later one, all other functions the earlier.
    return full if mode == "full" else centred(full, in1.shape, late=name == "correlate2d")


@composite(
    samples=[case((5,)), case((2, 6)), case((4, 2), axis=0), case((2, 5), N=8), case((2, 5), N=3), case((1,))]
)
def hilbert(x: Any, N: int | None = None, axis: int = -1) -> Any:
    """Analytic signal: ``x``, real, plus i times its Hilbert transform, over ``N`` samples along ``axis``.

    Complex numbers raise `DtypeError`. The method is that of Marple (1999), *Computing the discrete-time
    "analytic" signal via FFT*: negative frequencies are set to 0, positive ones doubled.

    >>> import autograd_cnn as ag, autograd_cnn.signal
    >>> ag.signal.hilbert(ag.tensor([1.0, 0.0, -1.0, 0.0])).imag
    tensor([ 0.,  1.,  0., -1.])
    """
    x = plain(x)
    if x.dtype.kind == "c":
        raise DtypeError(f"hilbert: expected real numbers, got {x.dtype}")
    if x.ndim == 0:
        raise ShapeError("hilbert: expected an array with one axis or more, got a number")
    spectrum = fft(x, N, axis)
    axis = normalize_axis_index(axis, spectrum.ndim)
    length = spectrum.shape[axis]
    weights = np.zeros(length, spectrum.real.dtype)
    weights[1 : (length + 1) // 2] = 2
    weights[[0, length // 2] if length % 2 == 0 else [0]] = 1
    return ifft(spectrum * weights.reshape([-1 if a == axis else 1 for a in range(spectrum.ndim)]), axis=axis)


@composite(
    samples=[
        case((5,)),
        case((2, 6), type="constant"),
        case((6, 2), axis=0, bp=[3]),
        case((2, 7), bp=[2, 5]),
        case((2, 7), bp=3, type="constant"),
    ]
)
def detrend(
    data: Any, axis: int = -1, type: str = "linear", bp: Any = 0, overwrite_data: bool = False
) -> Any:
    """Subtract the best line (``type="constant"``: the mean) from ``data`` along ``axis``.

    A line for each of the segments that begin at the indices ``bp``. ``overwrite_data`` has no effect.

    >>> import autograd_cnn as ag, autograd_cnn.signal
    >>> ag.signal.detrend(ag.tensor([1.0, 2.0, 6.0]), type="constant")
    tensor([-2., -1.,  3.])
    """
    if type not in ("linear", "l", "constant", "c"):
        raise ArgumentError(f"detrend: expected type to be 'linear' or 'constant', got {type!r}")
    data = plain(data)
    if data.dtype.kind not in "fc":
        data = data.astype(float)
    if data.ndim == 0:
        raise ShapeError("detrend: expected an array with one axis or more, got a number")
    rows = moveaxis(data, axis, -1)
    length = rows.shape[-1]
    if type in ("constant", "c"):  # SciPy, too, ignores the segments here
        return data - data.mean(axis, keepdims=True)
    ends = sorted({0, length, *np.atleast_1d(np.asarray(bp)).tolist()})
    if not all(0 <= end <= length for end in ends):
        raise ArgumentError(f"detrend: expected breakpoints from 0 to {length}, the length, got {bp}")
    parts = [_without_line(rows[..., start:end]) for start, end in pairwise(ends)]
    return moveaxis(parts[0] if len(parts) == 1 else concatenate(parts, -1), -1, axis)


def _without_line(rows: Any) -> Any:
    length = rows.shape[-1]
    columns = np.stack([np.ones(length), np.linspace(-1, 1, length)], 1)
    # An orthonormal basis of the lines; of one sample there is only the constant.
    basis = np.linalg.qr(columns)[0][:, : min(length, 2)].astype(rows.dtype)
    return rows - (rows @ basis) @ basis.T
