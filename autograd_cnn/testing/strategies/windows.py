"""Calls of convolution and pooling, in one to three dimensions, with every option and often at its edge."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from autograd_cnn.errors import ArgumentError
from autograd_cnn.nn import functional
from autograd_cnn.testing.posed import CallProblem
from autograd_cnn.testing.strategies.numbers import distinct, normal

__all__ = ["conv_problems", "pool_problems"]


@st.composite
def conv_problems(draw: st.DrawFn, ndim: int | None = None, max_side: int = 3) -> CallProblem:
    """Calls of `conv1d`, `conv2d` and `conv3d`, or of the one with ``ndim`` dimensions.

    Kernels of 1 to 3; stride, dilation, groups, padding (a number, one for each axis, "same", "valid"); with
    and without a bias; of a batch, an empty one too, or a single image. An input is as large as the kernel,
    dilated, or up to ``max_side`` larger.
    """
    n = _dimensions(draw, ndim, "conv_problems")
    kernel, dilation = _lengths(draw, n, 1, 3), _lengths(draw, n, 1, 2)
    padding: Any = draw(st.sampled_from([0, "number", "axes", "same", "valid"]))
    if padding == "number":
        padding = draw(st.integers(1, 2))
    elif padding == "axes":
        padding = _lengths(draw, n, 0, 2)
    stride: Any = 1 if padding == "same" else draw(st.sampled_from([1, _lengths(draw, n, 1, 3)]))
    groups = draw(st.integers(1, 3))
    channels, outputs = (groups * draw(st.integers(1, 2)) for _ in range(2))
    around = [0] * n if isinstance(padding, str) else [padding] * n if isinstance(padding, int) else padding
    spatial = [
        max(1, (k - 1) * d + 1 - 2 * p) + draw(st.integers(0, max_side))
        for k, d, p in zip(kernel, dilation, around, strict=True)
    ]
    batch = draw(st.sampled_from([(), (1,), (2,), (3,), (0,)]))
    given = [draw(normal((*batch, channels, *spatial))), draw(normal((outputs, channels // groups, *kernel)))]
    if draw(st.booleans()):
        given.append(draw(normal((outputs,))))
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    return CallProblem(getattr(functional, f"conv{n}d"), given, options)


@st.composite
def pool_problems(
    draw: st.DrawFn, ndim: int | None = None, kind: str | None = None, max_side: int = 3
) -> CallProblem:
    """Calls of `max_pool1d` to `avg_pool3d`; ``kind`` is "max" or "avg".

    Kernels of 1 to 3, stride, padding up to half a kernel, ``ceil_mode``, dilation (max), divisors (avg).
    Entries are distinct: in a window there are no ties.
    """
    n = _dimensions(draw, ndim, "pool_problems")
    if kind not in (None, "max", "avg"):
        raise ArgumentError(f'pool_problems: expected kind "max" or "avg", got {kind!r}')
    kind = kind or draw(st.sampled_from(["max", "avg"]))
    kernel = _lengths(draw, n, 1, 3)
    options: dict[str, Any] = {
        "stride": draw(st.sampled_from([None, _lengths(draw, n, 1, 3)])),
        "padding": tuple(draw(st.integers(0, k // 2)) for k in kernel),
        "ceil_mode": draw(st.booleans()),
    }
    dilation = (1,) * n
    if kind == "max":
        # With both, a window may lie in the padding alone, whose maximum is -inf.
        dilation = tuple(1 if p else draw(st.integers(1, 2)) for p in options["padding"])
        options["dilation"] = dilation
    else:
        options["count_include_pad"] = draw(st.booleans())
        if n > 1:
            options["divisor_override"] = draw(st.sampled_from([None, 1, 5]))
    spatial = [
        max(1, (k - 1) * d + 1 - 2 * p) + draw(st.integers(0, max_side))
        for k, d, p in zip(kernel, dilation, options["padding"], strict=True)
    ]
    batch = draw(st.sampled_from([(), (1,), (2,)]))
    given = draw(distinct((*batch, draw(st.integers(1, 2)), *spatial)))
    return CallProblem(getattr(functional, f"{kind}_pool{n}d"), [given, kernel], options)


def _dimensions(draw: st.DrawFn, ndim: int | None, name: str) -> int:
    if ndim not in (None, 1, 2, 3):
        raise ArgumentError(f"{name}: expected ndim 1, 2 or 3, got {ndim}")
    return ndim or draw(st.integers(1, 3))


def _lengths(draw: st.DrawFn, ndim: int, low: int, high: int) -> tuple[int, ...]:
    return tuple(draw(st.integers(low, high)) for _ in range(ndim))
