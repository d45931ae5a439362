"""Digital filters, with the names and signatures of `scipy.signal`.

y = lfilter(b, a, x) solves Σₖ a[k] y[n - k] = Σₖ b[k] x[n - k]: a convolution, then `all_pole`. The transpose
of the latter is itself in reversed time, so the family is closed: derivatives of any order are filters.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autograd_cnn.core.composite import composite
from autograd_cnn.core.primitive import primitive
from autograd_cnn.core.registry import case
from autograd_cnn.errors import ArgumentError, DtypeError, ShapeError, UnsupportedError
from autograd_cnn.ops.linear_convolution import convolve_full, convolve_valid, plain
from autograd_cnn.ops.padding import pad_zeros
from autograd_cnn.ops.reduction import cumsum
from autograd_cnn.ops.shape import broadcast_to, concatenate, flip, moveaxis


def _reversed_time(g: Any, a: Any) -> Any:
    return flip(all_pole(a, flip(g, 1)), 1)


def _all_pole_coefficients(g: Any, a: Any, out: Any) -> Any:
    # Σₖ a[k] y[n - k] = x[n] for any a: so ā[k] = -Σₙ x̄[n] y[n - k], a valid convolution.
    adjoint = pad_zeros(_reversed_time(g, a), ((0, 0), (0, a.shape[0] - 1)))
    return -convolve_valid(adjoint, flip(out), (0, 1))[0]


@primitive(
    domain=(1.0, 3.0),
    samples=[case((3,), (1, 5)), case((2,), (3, 4)), case((4,), (2, 2))],
    a=_all_pole_coefficients,
    x=_reversed_time,
)
def all_pole(a: Any, x: Any) -> Any:
    """Solution y of Σₖ a[k] y[n - k] = x[n] in each row of ``x`` (rows, n), at rest before.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.filtering import all_pole
    >>> all_pole(ag.tensor([1.0, -0.5]), ag.tensor([[1.0, 0.0, 0.0]]))
    tensor([[1.  , 0.5 , 0.25]])
    """
    import scipy.signal  # type: ignore[import-untyped]

    a, x = np.asarray(a), np.asarray(x)
    return scipy.signal.lfilter(np.ones(1, a.dtype), a, x)


@composite(
    domain=(1.0, 3.0),
    samples=[
        case((2,), (3,), (5,)),
        case((3,), (2,), (2, 4)),
        case((3,), (1,), (4, 2), axis=0),
        case((1,), (3,), (2, 4)),
        case((2,), (3,), (2, 4), zi=np.array([[0.5, -1.0]], np.float32)),
        case((2,), (3,), (1,), zi=np.array([0.5, -1.0], np.float32)),
    ],
)
def lfilter(b: Any, a: Any, x: Any, axis: int = -1, zi: Any = None) -> Any:
    """Filter ``x`` along ``axis`` with the rational transfer function of numerator ``b``, denominator ``a``.

    a[0] y[n] = b[0] x[n] + ... + b[M] x[n - M] - a[1] y[n - 1] - ... - a[N] y[n - N]. ``b`` and ``a`` are
    1-d. ``zi``: state of the delays at the start, as ``x`` but of length max(len(a), len(b)) - 1 along
    ``axis``, other axes broadcast; with it the result is (y, zf), zf the state at the end. Differentiable in
    b, a, x and zi. Raises `ShapeError` for other shapes, `DtypeError` if all are integers, `ArgumentError`
    if a[0] is 0.

    >>> import autograd_cnn as ag, autograd_cnn.signal
    >>> ag.signal.lfilter([1.0], ag.tensor([1.0, -0.5]), [1.0, 0.0, 0.0])
    tensor([1.  , 0.5 , 0.25])
    """
    b, a, x = _coefficients("b", b), _coefficients("a", a), plain(x)
    if x.ndim == 0:
        raise ShapeError("lfilter: expected x to have one axis or more, got a number")
    dtype = np.result_type(b.dtype, a.dtype, x.dtype)
    if dtype.kind not in "fc":
        raise DtypeError(f"lfilter: expected floating or complex numbers, got {dtype}; use x.astype(float)")
    b, a, x = (v if v.dtype == dtype else v.astype(dtype) for v in (b, a, x))
    if a[0] == 0:
        raise ArgumentError("lfilter: expected a[0] other than 0, got 0; drop leading zeros of a and delay b")
    axis = normalize_axis_index(axis, x.ndim)
    lanes = moveaxis(x, axis, -1)
    shape, length = lanes.shape, lanes.shape[-1]
    rows, order = math.prod(shape[:-1]), max(len(a), len(b)) - 1
    driven = convolve_full(lanes.reshape(rows, length), b.reshape(1, len(b)), (0, 1))
    if zi is not None:
        state = _state(zi, lanes.shape[:-1], order, axis, x.shape)
        driven = _padded(driven, length + order) + _padded(state * a[0], length + order)
    y = all_pole(a, driven[:, :length]) if len(a) > 1 else driven[:, :length] / a[0]
    filtered = moveaxis(y.reshape(shape), -1, axis)
    if zi is None:
        return filtered
    rest = driven - _padded(convolve_full(y, a.reshape(1, len(a)), (0, 1)), length + order)
    final = (rest[:, length:] / a[0]).reshape((*shape[:-1], order))
    return filtered, moveaxis(final, -1, axis)


def _coefficients(name: str, x: Any) -> Any:
    x = plain(x)
    x = x.reshape(1) if x.ndim == 0 else x
    if x.ndim != 1 or not x.size:
        raise ShapeError(f"lfilter: expected {name} to be 1-d, of one entry or more, got shape {x.shape}")
    return x


def _padded(rows: Any, length: int) -> Any:
    return pad_zeros(rows, ((0, 0), (0, length - rows.shape[1]))) if rows.shape[1] < length else rows


def _state(zi: Any, lead: tuple[int, ...], order: int, axis: int, x_shape: tuple[int, ...]) -> Any:
    zi = plain(zi)
    expected = (*lead[:axis], order, *lead[axis:])
    if zi.ndim != len(expected) or any(
        have != want and (have != 1 or place == axis)
        for place, (have, want) in enumerate(zip(zi.shape, expected, strict=True))
    ):
        raise ShapeError(
            f"lfilter: expected zi of shape {expected} (1 where it broadcasts) for {order} delays along axis "
            f"{axis} of x, of shape {x_shape}, got {zi.shape}"
        )
    return broadcast_to(moveaxis(zi, axis, -1), (*lead, order)).reshape(math.prod(lead), order)


_SECTIONS = np.array([[1.0, 0.5, 0.2, 1.0, -0.3, 0.1], [0.7, 0.0, -0.2, 1.0, 0.4, 0.2]], np.float32)


@composite(
    samples=[
        case((5,), sos=_SECTIONS),
        case((4, 2), sos=_SECTIONS[:1], axis=0),
        case((2, 4), sos=_SECTIONS, zi=np.ones((2, 2, 2), np.float32)),
    ],
)
def sosfilt(sos: Any, x: Any, axis: int = -1, zi: Any = None) -> Any:
    """Filter ``x`` along ``axis`` with a cascade of second-order sections ``sos`` (sections, 6).

    A row is b[0], b[1], b[2], 1, a[1], a[2]. ``zi``: state at the start, as ``x`` but of length 2 along
    ``axis``, with an axis of sections in front; with it the result is (y, zf). Differentiable in all of them.

    >>> import autograd_cnn as ag, autograd_cnn.signal
    >>> ag.signal.sosfilt([[1.0, 0, 0, 1.0, -0.5, 0]], ag.tensor([1.0, 0.0, 0.0]))
    tensor([1.  , 0.5 , 0.25])
    """
    sos, x = plain(sos), plain(x)
    if sos.ndim != 2 or sos.shape[1] != 6 or not len(sos):
        raise ShapeError(f"sosfilt: expected sos of shape (sections, 6), got {sos.shape}")
    if not np.all(np.asarray(sos[:, 3].detach() if hasattr(sos, "detach") else sos[:, 3]) == 1):
        raise ArgumentError("sosfilt: expected 1 for a[0] in every section, sos[:, 3]; divide the rows by it")
    if zi is None:
        for section in range(len(sos)):
            x = lfilter(sos[section, :3], sos[section, 3:], x, axis)
        return x
    zi = plain(zi)
    if zi.shape[:1] != (len(sos),):
        raise ShapeError(f"sosfilt: expected zi with a first axis of {len(sos)} sections, got {zi.shape}")
    finals = []
    for section in range(len(sos)):
        x, final = lfilter(sos[section, :3], sos[section, 3:], x, axis, zi[section])
        finals.append(final[None])
    return x, concatenate(finals, 0)


@composite(
    domain=(1.0, 3.0),
    samples=[case((3,), (3,)), case((2,), (4,)), case((4,), (2,)), case((2,), (1,))],
)
def lfilter_zi(b: Any, a: Any) -> Any:
    """State of the delays of `lfilter` for which the answer to a constant input 1 is constant from the start.

    Length max(len(a), len(b)) - 1. Raises `ArgumentError` if the sum of ``a`` or a[0] is 0: there is none.

    >>> import autograd_cnn as ag, autograd_cnn.signal
    >>> zi = ag.signal.lfilter_zi([1.0], ag.tensor([1.0, -0.5]))
    >>> ag.signal.lfilter([1.0], [1.0, -0.5], ag.ones(3), zi=zi)[0]
    tensor([2., 2., 2.])
    """
    b, a = _coefficients("b", b), _coefficients("a", a)
    if a[0] == 0 or a.sum() == 0:
        raise ArgumentError("lfilter_zi: expected a[0] and the sum of a other than 0; no answer is constant")
    order = max(len(a), len(b))
    b, a = (pad_zeros(x / a[0], (0, order - len(x))) for x in (b, a))
    # The constant answer is Σb / Σa; what each delay holds of it follows from the last one backwards, and as
    # the sum of all entries is 0, from the first one forwards (SciPy's documentation of lfilter_zi).
    answer = b.sum() / a.sum()
    return cumsum(a * answer - b, 0)[:-1]


def _extended(x: Any, width: int, padtype: str) -> Any:
    """``x`` with ``width`` entries more at both ends of its last axis, mirrored or repeated."""
    first, last = x[..., :1], x[..., -1:]
    if padtype == "constant":
        shape = (*x.shape[:-1], width)
        return concatenate([broadcast_to(first, shape), x, broadcast_to(last, shape)], -1)
    before, after = flip(x[..., 1 : width + 1], -1), flip(x[..., -width - 1 : -1], -1)
    if padtype == "odd":
        before, after = 2 * first - before, 2 * last - after
    return concatenate([before, x, after], -1)


@composite(
    domain=(1.0, 3.0),
    samples=[
        case((2,), (2,), (8,)),
        case((2,), (2,), (2, 8), padtype="even"),
        case((1,), (2,), (8, 2), axis=0, padtype="constant", padlen=3),
        case((2,), (1,), (2, 8), padtype=None),
    ],
)
def filtfilt(
    b: Any,
    a: Any,
    x: Any,
    axis: int = -1,
    padtype: str | None = "odd",
    padlen: int | None = None,
    method: str = "pad",
    irlen: int | None = None,
) -> Any:
    """`lfilter` forwards and then backwards along ``axis``: no delay, and the square of its amplitude.

    ``x`` is extended by ``padlen`` entries (None: 3 max(len(a), len(b))) at both ends: mirrored through the
    end point (``padtype="odd"``), mirrored (``"even"``), repeated (``"constant"``), or not at all (None).
    ``method="gust"`` raises `UnsupportedError`, an ``x`` that is not longer than ``padlen`` `ShapeError`.

    >>> import autograd_cnn as ag, autograd_cnn.signal
    >>> ag.signal.filtfilt([0.5, 0.5], [1.0], ag.arange(8.0))
    tensor([0., 1., 2., 3., 4., 5., 6., 7.])
    """
    if method != "pad":
        raise UnsupportedError(f"filtfilt: method={method!r} is not supported; expected 'pad'")
    if padtype not in ("odd", "even", "constant", None):
        raise ArgumentError(f"filtfilt: expected padtype 'odd', 'even', 'constant' or None, got {padtype!r}")
    b, a, x = _coefficients("b", b), _coefficients("a", a), plain(x)
    lanes = moveaxis(x, axis, -1)
    length = lanes.shape[-1]
    width = 0 if padtype is None else 3 * max(len(a), len(b)) if padlen is None else padlen
    if not 0 <= width < length:
        raise ShapeError(
            f"filtfilt: expected x to be longer than padlen={width} (0 or more), got {length} entries along "
            f"axis {axis}"
        )
    steady = lfilter_zi(b, a)
    lanes = _extended(lanes, width, padtype) if padtype and width else lanes
    for _ in range(2):
        lanes, _final = lfilter(b, a, lanes, zi=steady * lanes[..., :1])
        lanes = flip(lanes, -1)
    return moveaxis(lanes[..., width : width + length], -1, axis)
