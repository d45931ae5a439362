"""Discrete Fourier transforms, with NumPy's names.

The matrix of `fft` is symmetric, so `fft` is its own transpose (a VJP does not conjugate). `rfft` takes
real numbers to the first half of their transform. Its transpose takes the real part of Σ g_k w ** jk over
that half: `hfft`, which adds the other half as its mirror image, of g with all but its unpaired entries
halved. `irfft` and `ihfft` are related in the same way. Transforms over several axes are compositions, as
in NumPy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autograd_cnn.core.composite import composite
from autograd_cnn.core.primitive import primitive
from autograd_cnn.core.registry import case
from autograd_cnn.core.tensor import Tensor, check_device, wrap
from autograd_cnn.errors import ArgumentError, ShapeError
from autograd_cnn.ops.padding import pad

Axes: TypeAlias = Sequence[int] | int | None
Norm: TypeAlias = Literal["backward", "ortho", "forward"] | None

_SAMPLES = [
    case((2, 4)),
    case((5,)),
    case((4, 2), n=3, axis=0),
    case((3, 2), n=6, axis=0, norm="ortho"),
    case((2, 5), norm="forward"),
    case((2, 1)),
]
_HALF_SAMPLES = [
    *_SAMPLES[1:3],
    case((2, 4)),
    case((2, 4), n=7, norm="ortho"),
    case((2, 4), n=8),
    case((3, 2), n=4, axis=0, norm="forward"),
]
_ND_SAMPLES = [
    case((2, 3, 4)),
    case((2, 3, 4), axes=(0, 2), norm="ortho"),
    case((2, 4), s=(3, 3), axes=(-1, 0), norm="forward"),
]


def fit(x: Any, length: int, axis: int) -> Any:
    """Crop ``x``, or append zeros to it, along ``axis``: what ``n=`` does before a transform."""
    missing = length - x.shape[axis]
    axis %= len(x.shape)
    if missing < 0:
        return x[(slice(None),) * axis + (slice(length),)]
    return pad(x, [(0, missing if a == axis else 0) for a in range(len(x.shape))]) if missing else x


def _weighted(x: Any, n: int, axis: int, weight: float) -> Any:
    """Multiply the entries of a half spectrum of ``n`` numbers that stand for two by ``weight``."""
    weights = np.full(x.shape[axis], weight, np.finfo(x.dtype).dtype)
    weights[0] = 1
    if n % 2 == 0:
        weights[-1] = 1
    return x * weights.reshape([-1 if a == axis % len(x.shape) else 1 for a in range(len(x.shape))])


@primitive(
    np.fft.fft,
    kind="linear",
    samples=_SAMPLES,
    a=lambda g, a_shape, axis, norm: fit(fft(g, axis=axis, norm=norm), a_shape[axis], axis),
)
def fft(a: Any, n: int | None = None, axis: int = -1, norm: Norm = None) -> Any:
    """Discrete Fourier transform Σⱼ aⱼ e ** (-2πijk / n) along ``axis``; complex.

    ``n``: length along the axis, cropped or padded with zeros. ``norm``: which way is divided by n,
    ``"backward"`` (the inverse), ``"forward"``, or both by √n, ``"ortho"``. An n of less than 1, or another
    norm, raises `ShapeError`.

    >>> import autograd_cnn as ag, autograd_cnn.fft
    >>> ag.fft.fft(ag.tensor([1.0, 0.0])).shape
    (2,)
    """
    return np.fft.fft(a, n, normalize_axis_index(axis, np.ndim(a)), norm)


@primitive(
    np.fft.ifft,
    kind="linear",
    samples=_SAMPLES,
    a=lambda g, a_shape, axis, norm: fit(ifft(g, axis=axis, norm=norm), a_shape[axis], axis),
)
def ifft(a: Any, n: int | None = None, axis: int = -1, norm: Norm = None) -> Any:
    """Inverse of `fft`, with the same parameters.

    >>> import autograd_cnn as ag, autograd_cnn.fft
    >>> x = ag.tensor([1.0, 2.0])
    >>> bool(ag.allclose(ag.fft.ifft(ag.fft.fft(x)), x))
    True
    """
    return np.fft.ifft(a, n, normalize_axis_index(axis, np.ndim(a)), norm)


def _rfft_vjp(g: Any, a_shape: tuple[int, ...], n: int | None, axis: int, norm: Norm) -> Any:
    length = a_shape[axis] if n is None else n
    return fit(hfft(_weighted(g, length, axis, 0.5), length, axis, norm), a_shape[axis], axis)


@primitive(np.fft.rfft, kind="linear", samples=_HALF_SAMPLES, a=_rfft_vjp)
def rfft(a: Any, n: int | None = None, axis: int = -1, norm: Norm = None) -> Any:
    """First n // 2 + 1 entries of `fft` of real numbers, which determine the others.

    >>> import autograd_cnn as ag, autograd_cnn.fft
    >>> ag.fft.rfft(ag.ones(6)).shape
    (4,)
    """
    return np.fft.rfft(a, n, normalize_axis_index(axis, np.ndim(a)), norm)


def _irfft_vjp(g: Any, a_shape: tuple[int, ...], axis: int, norm: Norm) -> Any:
    n = g.shape[axis]
    return fit(_weighted(ihfft(g, n, axis, norm), n, axis, 2.0), a_shape[axis], axis)


@primitive(np.fft.irfft, kind="linear", samples=_HALF_SAMPLES, a=_irfft_vjp)
def irfft(a: Any, n: int | None = None, axis: int = -1, norm: Norm = None) -> Any:
    """Inverse of `rfft`: ``n`` real numbers (by default 2 (m - 1) of m; say it for an odd number).

    >>> import autograd_cnn as ag, autograd_cnn.fft
    >>> ag.fft.irfft(ag.fft.rfft(ag.tensor([1.0, 2.0, 3.0])), n=3)
    tensor([1., 2., 3.])
    """
    return np.fft.irfft(a, n, normalize_axis_index(axis, np.ndim(a)), norm)


def swapped(norm: Norm) -> Norm:
    """The norm that divides the other way."""
    return norm if norm == "ortho" else "backward" if norm == "forward" else "forward"


@composite(np.fft.hfft, samples=_HALF_SAMPLES)
def hfft(a: Any, n: int | None = None, axis: int = -1, norm: Norm = None) -> Any:
    """`fft` of a signal with Hermitian symmetry, given by its first half: ``n`` real numbers.

    >>> import autograd_cnn as ag, autograd_cnn.fft
    >>> ag.fft.hfft(ag.tensor([1.0, 0.0, 0.0])).shape
    (4,)
    """
    return irfft(np.conjugate(a), n, axis, swapped(norm))


@composite(np.fft.ihfft, samples=_HALF_SAMPLES)
def ihfft(a: Any, n: int | None = None, axis: int = -1, norm: Norm = None) -> Any:
    """Inverse of `hfft`: the first half of a signal with Hermitian symmetry.

    >>> import autograd_cnn as ag, autograd_cnn.fft
    >>> ag.fft.ihfft(ag.ones(4)).shape
    (3,)
    """
    return np.conjugate(rfft(a, n, axis, swapped(norm)))


# --- Several axes -------------------------------------------------------------------------------------


def resolved(name: str, a: Any, s: Axes, axes: Axes) -> tuple[list[int | None], list[int]]:
    """Lengths (None: as it is) and axes of a transform over several of them."""
    lengths: list[int | None] | None = None if s is None else [s] if isinstance(s, int) else list(s)
    ndim = np.ndim(a)
    if axes is None:
        places = list(range(ndim)) if lengths is None else list(range(-len(lengths), 0))
    else:
        places = [axes] if isinstance(axes, int) else list(axes)
    places = [normalize_axis_index(axis, ndim) for axis in places]
    if lengths is None:
        lengths = [None] * len(places)
    if len(lengths) != len(places):
        raise ShapeError(f"{name}: expected a length in s for each of {len(places)} axes, got {len(lengths)}")
    return [None if length == -1 else length for length in lengths], places


def _each_axis(transform: Callable[..., Any], a: Any, s: Any, axes: Any, norm: Norm) -> Any:
    lengths, places = resolved(f"{transform.__name__}n", a, s, axes)
    for length, axis in zip(reversed(lengths), reversed(places), strict=True):
        a = transform(a, length, axis, norm)
    return a


@composite(np.fft.fftn, samples=_ND_SAMPLES)
def fftn(a: Any, s: Any = None, axes: Any = None, norm: Norm = None) -> Any:
    """`fft` along ``axes`` (None: all, or the last ones if ``s``, their lengths, is given).

    >>> import autograd_cnn as ag, autograd_cnn.fft
    >>> ag.fft.fftn(ag.ones((2, 3))).shape
    (2, 3)
    """
    return _each_axis(fft, a, s, axes, norm)


@composite(np.fft.ifftn, samples=_ND_SAMPLES)
def ifftn(a: Any, s: Any = None, axes: Any = None, norm: Norm = None) -> Any:
    """Inverse of `fftn`.

    >>> import autograd_cnn as ag, autograd_cnn.fft
    >>> ag.fft.ifftn(ag.ones((2, 3))).shape
    (2, 3)
    """
    return _each_axis(ifft, a, s, axes, norm)


@composite(np.fft.rfftn, samples=_ND_SAMPLES)
def rfftn(a: Any, s: Any = None, axes: Any = None, norm: Norm = None) -> Any:
    """`rfft` along the last of ``axes``, then `fft` along the others.

    >>> import autograd_cnn as ag, autograd_cnn.fft
    >>> ag.fft.rfftn(ag.ones((2, 4))).shape
    (2, 3)
    """
    lengths, places = resolved("rfftn", a, s, axes)
    a = rfft(a, lengths[-1], places[-1], norm)
    for length, axis in zip(reversed(lengths[:-1]), reversed(places[:-1]), strict=True):
        a = fft(a, length, axis, norm)
    return a


@composite(np.fft.irfftn, samples=_ND_SAMPLES)
def irfftn(a: Any, s: Any = None, axes: Any = None, norm: Norm = None) -> Any:
    """Inverse of `rfftn`; an odd last length must be said in ``s``.

    >>> import autograd_cnn as ag, autograd_cnn.fft
    >>> ag.fft.irfftn(ag.ones((2, 3))).shape
    (2, 4)
    """
    lengths, places = resolved("irfftn", a, s, axes)
    for length, axis in zip(lengths[:-1], places[:-1], strict=True):
        a = ifft(a, length, axis, norm)
    return irfft(a, lengths[-1], places[-1], norm)


_2D_SAMPLES = [case((2, 3, 4)), case((3, 4), s=(4, 3), norm="ortho"), case((3, 2, 4), axes=(0, 2))]


@composite(np.fft.fft2, samples=_2D_SAMPLES)
def fft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Norm = None) -> Any:
    """`fftn` over the last two axes.

    >>> import autograd_cnn as ag, autograd_cnn.fft
    >>> ag.fft.fft2(ag.ones((2, 3))).shape
    (2, 3)
    """
    return fftn(a, s, axes, norm)


@composite(np.fft.ifft2, samples=_2D_SAMPLES)
def ifft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Norm = None) -> Any:
    """`ifftn` over the last two axes.

    >>> import autograd_cnn as ag, autograd_cnn.fft
    >>> ag.fft.ifft2(ag.ones((2, 3))).shape
    (2, 3)
    """
    return ifftn(a, s, axes, norm)


@composite(np.fft.rfft2, samples=_2D_SAMPLES)
def rfft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Norm = None) -> Any:
    """`rfftn` over the last two axes.

    >>> import autograd_cnn as ag, autograd_cnn.fft
    >>> ag.fft.rfft2(ag.ones((2, 4))).shape
    (2, 3)
    """
    return rfftn(a, s, axes, norm)


@composite(np.fft.irfft2, samples=_2D_SAMPLES)
def irfft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Norm = None) -> Any:
    """`irfftn` over the last two axes.

    >>> import autograd_cnn as ag, autograd_cnn.fft
    >>> ag.fft.irfft2(ag.ones((2, 3))).shape
    (2, 4)
    """
    return irfftn(a, s, axes, norm)


# --- Order and frequencies ----------------------------------------------------------------------------

_SHIFT_SAMPLES = [case((5,)), case((3, 4)), case((3, 4), axes=0), case((3, 4, 5), axes=(0, -1))]


@primitive(np.fft.fftshift, kind="linear", samples=_SHIFT_SAMPLES, x=lambda g, axes: ifftshift(g, axes))
def fftshift(x: Any, axes: Axes = None) -> Any:
    """Move frequency 0 to the middle of ``axes`` (None: of all).

    >>> import autograd_cnn as ag, autograd_cnn.fft
    >>> ag.fft.fftshift(ag.tensor([0.0, 1.0, -1.0]))
    tensor([-1.,  0.,  1.])
    """
    return np.fft.fftshift(x, axes)


@primitive(np.fft.ifftshift, kind="linear", samples=_SHIFT_SAMPLES, x=lambda g, axes: fftshift(g, axes))
def ifftshift(x: Any, axes: Axes = None) -> Any:
    """Inverse of `fftshift`.

    >>> import autograd_cnn as ag, autograd_cnn.fft
    >>> ag.fft.ifftshift(ag.tensor([-1.0, 0.0, 1.0]))
    tensor([ 0.,  1., -1.])
    """
    return np.fft.ifftshift(x, axes)


def fftfreq(n: int, d: float = 1.0, *, dtype: Any = None, device: str | None = None) -> Tensor:
    """Frequencies that the entries of `fft` belong to: cycles per unit of the sample spacing ``d``.

    >>> import autograd_cnn as ag, autograd_cnn.fft
    >>> ag.fft.fftfreq(4)
    tensor([ 0.  ,  0.25, -0.5 , -0.25])
    """
    check_device("fftfreq", device)
    return wrap(np.fft.fftfreq(_count("fftfreq", n), d).astype(dtype or float, copy=False), None)


def rfftfreq(n: int, d: float = 1.0, *, dtype: Any = None, device: str | None = None) -> Tensor:
    """Frequencies that the entries of `rfft` belong to: cycles per unit of the sample spacing ``d``.

    >>> import autograd_cnn as ag, autograd_cnn.fft
    >>> ag.fft.rfftfreq(4)
    tensor([0.  , 0.25, 0.5 ])
    """
    check_device("rfftfreq", device)
    return wrap(np.fft.rfftfreq(_count("rfftfreq", n), d).astype(dtype or float, copy=False), None)


def _count(name: str, n: int) -> int:
    if not isinstance(n, (int, np.integer)) or n < 1:
        raise ArgumentError(f"{name}: expected a number of samples of 1 or more, got {n!r}")
    return int(n)
