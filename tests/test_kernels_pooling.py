"""The pooling kernels against windows taken one by one, and against answers of PyTorch 2.13."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_cnn.kernels import (
    Window,
    average_pool,
    average_pool_backward,
    ceil_padding,
    max_pool,
    max_pool_backward,
    max_pool_gather,
    resolve_window,
)


@st.composite
def problems(draw):
    ndim = draw(st.integers(1, 3))
    kernel = draw(st.tuples(*(st.integers(1, 4),) * ndim))
    window = Window(
        kernel,
        draw(st.sampled_from([kernel, (2,) * ndim, (1,) * ndim, (3,) * ndim])),
        tuple((draw(st.integers(0, k // 2)), draw(st.integers(0, k // 2))) for k in kernel),
        draw(st.sampled_from([(1,) * ndim, (1,) * ndim, (2,) * ndim])),
    )
    extra = draw(st.tuples(*(st.integers(0, 5),) * ndim))
    spatial = tuple(
        max(1, span - low - high) + more
        for span, (low, high), more in zip(window.span, window.padding, extra, strict=True)
    )
    if draw(st.booleans()):
        window = ceil_padding(window, spatial)
    return window, (draw(st.integers(0, 4)), draw(st.integers(1, 3)), *spatial)


def taps_of(window, position, input_shape):
    """Each tap of the window at this output position, and the input position it reads or None for padding."""
    for tap, offsets in enumerate(product(*map(range, window.kernel))):
        place = tuple(
            i * s + t * d - low
            for i, t, s, d, (low, _) in zip(
                position, offsets, window.stride, window.dilation, window.padding, strict=True
            )
        )
        inside = all(0 <= p < n for p, n in zip(place, input_shape, strict=True))
        yield tap, place if inside else None


def reference_max_pool(x, window):
    lowest = -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min
    output = window.output_shape(x.shape[2:])
    y = np.empty((*x.shape[:2], *output), x.dtype)
    indices = np.empty(y.shape, int)
    for n, c in np.ndindex(*x.shape[:2]):
        for position in np.ndindex(*output):
            taps = [(t, p) for t, p in taps_of(window, position, x.shape[2:]) if p is not None]
            if not taps:
                y[n, c, *position], indices[n, c, *position] = lowest, 0
                continue
            best = int(np.argmax([x[n, c, *p] for _, p in taps]))
            indices[n, c, *position], place = taps[best]
            y[n, c, *position] = x[n, c, *place]
    return y, indices


def values(shape, kind, seed):
    rng = np.random.default_rng(seed)
    if kind == "ties":
        return rng.integers(-2, 2, shape).astype(np.float32)
    if kind == "negative":
        return -1 - rng.random(shape)
    if kind == "nan":
        x = rng.normal(size=shape)
        x[rng.random(shape) < 0.2] = np.nan
        return x
    if kind == "infinite":
        return rng.choice([-np.inf, np.inf, 0.0, -0.0], size=shape)
    if kind == "integers":
        return rng.integers(-5, 5, shape)
    x = rng.normal(size=(*shape[:-1], 2 * shape[-1]))[..., ::-2]
    x.flags.writeable = False
    return x


kinds = st.sampled_from(["ties", "negative", "nan", "infinite", "integers", "strided"])


@given(problems(), kinds, st.integers(0, 99))
def test_max_pool_equals_the_windows_one_by_one(problem, kind, seed):
    window, shape = problem
    x = values(shape, kind, seed)
    before = x.copy()
    y, indices = max_pool(x, window)
    expected, expected_indices = reference_max_pool(x, window)
    assert y.dtype == x.dtype
    np.testing.assert_array_equal(y, expected)
    np.testing.assert_array_equal(indices, expected_indices)
    np.testing.assert_array_equal(x, before)
    on_input = expected != (-np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min)
    gathered = max_pool_gather(x, indices, window)
    np.testing.assert_array_equal(gathered[on_input], expected[on_input])


@given(problems(), st.integers(0, 99))
def test_max_pool_backward_is_the_transpose_of_gather(problem, seed):
    window, shape = problem
    rng = np.random.default_rng(seed)
    y, indices = max_pool(rng.normal(size=shape), window)
    x, g = rng.normal(size=shape), rng.normal(size=y.shape)
    g.flags.writeable = False
    dx = max_pool_backward(g, indices, window, shape[2:])
    assert dx.shape == shape
    expected = np.zeros(shape)
    for at in np.ndindex(*y.shape):
        places = dict(taps_of(window, at[2:], shape[2:]))
        place = places[int(indices[at])]
        if place is not None:
            expected[*at[:2], *place] += g[at]
    np.testing.assert_allclose(dx, expected, rtol=1e-13, atol=1e-13)
    gathered = max_pool_gather(x, indices, window)
    assert np.vdot(g, gathered) == pytest.approx(np.vdot(dx, x), abs=1e-12 * (1 + np.abs(g).sum()))


# PyTorch 2.13, max_pool2d(x, 2, 2, padding=1 and 0, ceil_mode=True) of the x below.
PYTORCH_MAX_PADDED = [[[[3, 3, 2], [1, 3, np.nan]]]]
PYTORCH_MAX = [[[[3, 2, np.nan], [-2, -1, -1]]]]

# PyTorch 2.13, avg_pool2d(arange(1, 11).reshape(1, 1, 2, 5), kernel, 2, …): the answer, and the gradient for
# the cotangent 1, 2, 3, …
PYTORCH_AVERAGE = [
    (
        {"kernel": (2, 3), "padding": 1},
        [[0.5, 1.5, 1.5], [13 / 6, 4, 19 / 6]],
        [[1 / 6, 0.5, 1 / 3, 5 / 6, 0.5], [2 / 3, 1.5, 5 / 6, 11 / 6, 1]],
    ),
    (
        {"kernel": (2, 3), "padding": 1, "include_pad": False},
        [[1.5, 3, 4.5], [6.5, 8, 9.5]],
        [[0.5, 7 / 6, 2 / 3, 13 / 6, 1.5], [2, 11 / 3, 5 / 3, 14 / 3, 3]],
    ),
    (
        {"kernel": (2, 3), "padding": 1, "ceil_mode": False},
        [[0.5, 1.5, 1.5], [13 / 6, 4, 19 / 6]],
        [[1 / 6, 0.5, 1 / 3, 5 / 6, 0.5], [2 / 3, 1.5, 5 / 6, 11 / 6, 1]],
    ),
    ({"kernel": 2}, [[4, 6, 7.5]], [[0.25, 0.25, 0.5, 0.5, 1.5]] * 2),
    ({"kernel": 2, "override": 3}, [[16 / 3, 8, 5]], [[1 / 3, 1 / 3, 2 / 3, 2 / 3, 1]] * 2),
]


def test_max_pool_equals_pytorch():
    nan = np.nan
    x = np.array([[[[3.0, 3, -1, 2, 2], [1, 3, -5, 2, nan], [-4, -2, -3, -1, -1]]]])
    window = resolve_window("max_pool2d", 2, 2, 2, 1)
    y, _ = max_pool(x, ceil_padding(window, x.shape[2:]))
    np.testing.assert_array_equal(y, PYTORCH_MAX_PADDED)
    window = resolve_window("max_pool2d", 2, 2, 2)
    y, _ = max_pool(x, ceil_padding(window, x.shape[2:]))
    np.testing.assert_array_equal(y, PYTORCH_MAX)


@given(problems(), st.booleans(), st.sampled_from([None, 3]), st.booleans(), st.integers(0, 99))
def test_average_pool_equals_the_windows_one_by_one(problem, include_pad, override, ceil_mode, seed):
    window, shape = problem
    rng = np.random.default_rng(seed)
    x = rng.normal(size=shape)
    x.flags.writeable = False
    options = (include_pad, override, ceil_mode)
    y = average_pool(x, window, *options)
    wide = ceil_padding(window, shape[2:]) if ceil_mode else window
    ends = [n + high for n, (_, high) in zip(shape[2:], window.padding, strict=True)]
    expected = np.zeros(y.shape)
    for position in np.ndindex(*y.shape[2:]):
        total, on_input, on_padding = 0.0, 0, 0
        for tap, place in taps_of(wide, position, shape[2:]):
            if place is not None:
                total = total + x[:, :, *place]
                on_input += 1
            offsets = np.unravel_index(tap, window.kernel)
            at = [
                i * s + t * d - low
                for i, t, s, d, (low, _) in zip(
                    position, offsets, window.stride, window.dilation, window.padding, strict=True
                )
            ]
            on_padding += all(p < end for p, end in zip(at, ends, strict=True))
        count = override or (on_padding if include_pad else on_input)
        expected[:, :, *position] = total / max(count, 1)
    np.testing.assert_allclose(y, expected, rtol=1e-12, atol=1e-12)
    g = rng.normal(size=y.shape)
    g.flags.writeable = False
    dx = average_pool_backward(g, window, shape[2:], *options)
    assert dx.shape == shape
    assert np.vdot(g, y) == pytest.approx(np.vdot(dx, x), abs=1e-12 * (1 + np.abs(g).sum()))


@pytest.mark.parametrize("case", range(5))
def test_average_pool_equals_pytorch(case):
    options, expected, gradient = PYTORCH_AVERAGE[case]
    x = np.arange(1.0, 11.0, dtype=np.float32).reshape(1, 1, 2, 5)
    window = resolve_window("avg_pool2d", 2, options["kernel"], 2, options.get("padding", 0))
    flags = (options.get("include_pad", True), options.get("override"), options.get("ceil_mode", True))
    y = average_pool(x, window, *flags)
    assert y.dtype == np.float32
    np.testing.assert_allclose(y[0, 0], expected, rtol=1e-6)
    g = np.arange(1.0, y.size + 1, dtype=np.float32).reshape(y.shape)
    dx = average_pool_backward(g, window, (2, 5), *flags)
    np.testing.assert_allclose(dx[0, 0], gradient, rtol=1e-6)


@pytest.mark.parametrize("kernel", [2, 3])
def test_the_same_bits_each_time_and_no_shared_memory(kernel):
    x = np.random.default_rng(0).normal(size=(64, 6, 28, 28)).astype(np.float32)
    window = resolve_window("pool", 2, kernel, 2)

    def results():
        y, indices = max_pool(x, window)
        mean = average_pool(x, window)
        return (
            y,
            indices,
            mean,
            max_pool_backward(y, indices, window, (28, 28)),
            average_pool_backward(mean, window, (28, 28)),
        )

    first = results()
    kept = [a.copy() for a in first]
    assert all(a.dtype == np.float32 for a in kept[:1] + kept[2:])
    for a, b, c in zip(results(), first, kept, strict=True):
        assert not np.shares_memory(a, b)
        np.testing.assert_array_equal(a, c)
        np.testing.assert_array_equal(b, c)


def test_many_taps_need_a_wider_index():
    x = np.arange(400.0).reshape(1, 1, 400)
    y, indices = max_pool(x, resolve_window("max_pool1d", 1, 300, 50))
    np.testing.assert_array_equal(y, [[[299, 349, 399]]])
    np.testing.assert_array_equal(indices, [[[299, 299, 299]]])
