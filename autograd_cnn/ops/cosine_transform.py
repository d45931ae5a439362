"""Discrete cosine and sine transforms, with SciPy's names.

With ``orthogonalize`` a transform is an orthogonal matrix times a number, so its transpose is the inverse,
divided the other way (``norm`` swapped). Without it, some entries at the ends of the input or of the output
are larger by √2; the transpose has the same factors, at the other side.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autograd_cnn.core.composite import composite
from autograd_cnn.core.primitive import primitive
from autograd_cnn.core.registry import case
from autograd_cnn.ops.fft import Norm, fit, resolved, swapped

_SAMPLES = [
    *(case((2, 4), type=kind) for kind in (1, 2, 3, 4)),
    *(case((3, 2), type=kind, axis=0, norm="ortho") for kind in (1, 2, 3, 4)),
    case((5,), n=3, norm="forward"),
    case((3, 2), type=3, n=5, axis=0),
    case((2, 4), norm="ortho", orthogonalize=False),
    case((2, 4), type=1, orthogonalize=True),
]
_ND_SAMPLES = [
    case((2, 3)),
    case((2, 3, 4), type=3, axes=(0, 2), norm="ortho"),
    case((2, 4), type=1, s=(3, 3)),
]

# Where a transform without orthogonalize has an extra √2: at the input (divided away before the orthogonal
# one), at the output (multiplied after it). See "Notes" of scipy.fft.dct and scipy.fft.dst.
_INPUT_ENDS = {("dct", 1): (0, -1), ("dct", 3): (0,), ("dst", 3): (-1,)}
_OUTPUT_ENDS = {("dct", 1): (0, -1), ("dct", 2): (0,), ("dst", 2): (-1,)}
_INVERSE_TYPE = {1: 1, 2: 3, 3: 2, 4: 4}


def _with_ends(x: Any, axis: int, ends: tuple[int, ...], factor: float) -> Any:
    factors = np.ones(x.shape[axis], np.finfo(x.dtype).dtype)
    factors[list(ends)] = factor
    return x * factors.reshape([-1 if a == axis % len(x.shape) else 1 for a in range(len(x.shape))])


def _of_real_and_imaginary(
    name: str,
    x: Any,
    kind: int,
    n: int | None,
    axis: int,
    norm: Norm,
    workers: int | None,
    orthogonalize: bool | None,
) -> Any:
    from scipy import fft as scipy  # type: ignore[import-untyped]  # heavy: at the first call

    axis = normalize_axis_index(axis, np.ndim(x))
    transform = getattr(scipy, name)
    options = {"workers": workers, "orthogonalize": orthogonalize}
    if not np.iscomplexobj(x):
        return transform(x, kind, n, axis, norm, **options)
    # SciPy forgets orthogonalize for complex numbers (1.17: _pocketfft/realtransforms.py, _r2r).
    return transform(x.real, kind, n, axis, norm, **options) + 1j * transform(
        x.imag, kind, n, axis, norm, **options
    )


def _dct_vjp(g: Any, x_shape: Any, type: int, axis: int, norm: Norm, orthogonalize: bool | None) -> Any:
    return _transposed(dct, g, x_shape[axis], type, axis, norm, orthogonalize)


def _dst_vjp(g: Any, x_shape: Any, type: int, axis: int, norm: Norm, orthogonalize: bool | None) -> Any:
    return _transposed(dst, g, x_shape[axis], type, axis, norm, orthogonalize)


def _transposed(
    transform: Any, g: Any, length: int, kind: int, axis: int, norm: Norm, orthogonalize: bool | None
) -> Any:
    plain = not (norm == "ortho" if orthogonalize is None else orthogonalize)
    name = transform.__name__
    if plain and (name, kind) in _OUTPUT_ENDS:
        g = _with_ends(g, axis, _OUTPUT_ENDS[name, kind], math.sqrt(2))
    # The type of the inverse, and its norm swapped; swapped again, since the inverse is written forward.
    x = transform(g, _INVERSE_TYPE[kind], axis=axis, norm=norm, orthogonalize=True)
    if plain and (name, kind) in _INPUT_ENDS:
        x = _with_ends(x, axis, _INPUT_ENDS[name, kind], math.sqrt(0.5))
    return fit(x, length, axis)


@primitive(kind="linear", samples=_SAMPLES, x=_dct_vjp)
def dct(
    x: Any,
    type: int = 2,
    n: int | None = None,
    axis: int = -1,
    norm: Norm = None,
    overwrite_x: bool = False,
    workers: int | None = None,
    orthogonalize: bool | None = None,
) -> Any:
    """Discrete cosine transform of a ``type`` along ``axis``.

    ``type``: 1 to 4. ``n``: length along ``axis``, cropped or padded with zeros. ``norm``: which way is
    divided by twice the length, ``"backward"`` (the inverse), ``"forward"``, or both by its root,
    ``"ortho"``. ``orthogonalize`` (None: with ``norm="ortho"``) scales the ends so that the matrix is
    orthogonal. ``overwrite_x`` is accepted, and ignored.

    >>> import autograd_cnn as ag, autograd_cnn.fft
    >>> ag.fft.dct(ag.ones(4)).shape
    (4,)
    """
    return _of_real_and_imaginary("dct", x, type, n, axis, norm, workers, orthogonalize)


@composite(samples=_SAMPLES)
def idct(
    x: Any,
    type: int = 2,
    n: int | None = None,
    axis: int = -1,
    norm: Norm = None,
    overwrite_x: bool = False,
    workers: int | None = None,
    orthogonalize: bool | None = None,
) -> Any:
    """Inverse of `dct`, with the same parameters.

    >>> import autograd_cnn as ag, autograd_cnn.fft
    >>> ag.fft.idct(ag.fft.dct(ag.ones(2)))
    tensor([1., 1.])
    """
    if orthogonalize is None:
        orthogonalize = norm == "ortho"
    kind = _INVERSE_TYPE.get(type, type)
    return dct(x, kind, n, axis, swapped(norm), overwrite_x, workers, orthogonalize)


@primitive(kind="linear", samples=_SAMPLES, x=_dst_vjp)
def dst(
    x: Any,
    type: int = 2,
    n: int | None = None,
    axis: int = -1,
    norm: Norm = None,
    overwrite_x: bool = False,
    workers: int | None = None,
    orthogonalize: bool | None = None,
) -> Any:
    """Discrete sine transform of a ``type`` along ``axis``.

    ``type``: 1 to 4. ``n``: length along ``axis``, cropped or padded with zeros. ``norm``: which way is
    divided by twice the length, ``"backward"`` (the inverse), ``"forward"``, or both by its root,
    ``"ortho"``. ``orthogonalize`` (None: with ``norm="ortho"``) scales the ends so that the matrix is
    orthogonal. ``overwrite_x`` is accepted, and ignored.

    >>> import autograd_cnn as ag, autograd_cnn.fft
    >>> ag.fft.dst(ag.ones(4)).shape
    (4,)
    """
    return _of_real_and_imaginary("dst", x, type, n, axis, norm, workers, orthogonalize)


@composite(samples=_SAMPLES)
def idst(
    x: Any,
    type: int = 2,
    n: int | None = None,
    axis: int = -1,
    norm: Norm = None,
    overwrite_x: bool = False,
    workers: int | None = None,
    orthogonalize: bool | None = None,
) -> Any:
    """Inverse of `dst`, with the same parameters.

    >>> import autograd_cnn as ag, autograd_cnn.fft
    >>> ag.fft.idst(ag.fft.dst(ag.ones(2)))
    tensor([1., 1.])
    """
    if orthogonalize is None:
        orthogonalize = norm == "ortho"
    kind = _INVERSE_TYPE.get(type, type)
    return dst(x, kind, n, axis, swapped(norm), overwrite_x, workers, orthogonalize)


@composite(samples=_ND_SAMPLES)
def dctn(
    x: Any,
    type: int = 2,
    s: Any = None,
    axes: Any = None,
    norm: Norm = None,
    overwrite_x: bool = False,
    workers: int | None = None,
    *,
    orthogonalize: bool | None = None,
) -> Any:
    """`dct` along each of ``axes`` (None: all, or the last ones if ``s``, their lengths, is given).

    >>> import autograd_cnn as ag, autograd_cnn.fft
    >>> ag.fft.dctn(ag.ones((2, 3))).shape
    (2, 3)
    """
    return _each_axis(dct, x, type, s, axes, norm, workers, orthogonalize)


@composite(samples=_ND_SAMPLES)
def idctn(
    x: Any,
    type: int = 2,
    s: Any = None,
    axes: Any = None,
    norm: Norm = None,
    overwrite_x: bool = False,
    workers: int | None = None,
    *,
    orthogonalize: bool | None = None,
) -> Any:
    """`idct` along each of ``axes`` (None: all, or the last ones if ``s``, their lengths, is given).

    >>> import autograd_cnn as ag, autograd_cnn.fft
    >>> ag.fft.idctn(ag.ones((2, 3))).shape
    (2, 3)
    """
    return _each_axis(idct, x, type, s, axes, norm, workers, orthogonalize)


@composite(samples=_ND_SAMPLES)
def dstn(
    x: Any,
    type: int = 2,
    s: Any = None,
    axes: Any = None,
    norm: Norm = None,
    overwrite_x: bool = False,
    workers: int | None = None,
    *,
    orthogonalize: bool | None = None,
) -> Any:
    """`dst` along each of ``axes`` (None: all, or the last ones if ``s``, their lengths, is given).

    >>> import autograd_cnn as ag, autograd_cnn.fft
    >>> ag.fft.dstn(ag.ones((2, 3))).shape
    (2, 3)
    """
    return _each_axis(dst, x, type, s, axes, norm, workers, orthogonalize)


@composite(samples=_ND_SAMPLES)
def idstn(
    x: Any,
    type: int = 2,
    s: Any = None,
    axes: Any = None,
    norm: Norm = None,
    overwrite_x: bool = False,
    workers: int | None = None,
    *,
    orthogonalize: bool | None = None,
) -> Any:
    """`idst` along each of ``axes`` (None: all, or the last ones if ``s``, their lengths, is given).

    >>> import autograd_cnn as ag, autograd_cnn.fft
    >>> ag.fft.idstn(ag.ones((2, 3))).shape
    (2, 3)
    """
    return _each_axis(idst, x, type, s, axes, norm, workers, orthogonalize)


def _each_axis(
    transform: Any,
    x: Any,
    kind: int,
    s: Any,
    axes: Any,
    norm: Norm,
    workers: int | None,
    orthogonalize: bool | None,
) -> Any:
    lengths, places = resolved(f"{transform.__name__}n", x, s, axes)
    for length, axis in zip(lengths, places, strict=True):
        x = transform(x, kind, length, axis, norm, workers=workers, orthogonalize=orthogonalize)
    return x
