"""The convolution kernels against loops over taps, and against each other by the adjoint identity."""

from itertools import product

import numpy as np
import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st

from autograd_cnn.errors import ShapeError
from autograd_cnn.kernels import (
    Window,
    convolution,
    convolution_input_gradient,
    convolution_weight_gradient,
    get_num_threads,
    resolve_window,
    set_num_threads,
)


def reference(x, weight, bias, window, groups):
    """Tap by tap, in float64 (or complex128), from the definition."""
    padded = np.pad(x, ((0, 0), (0, 0), *window.padding)).astype(np.result_type(x, np.float64))
    output = window.output_shape(x.shape[2:])
    filters, channels = len(weight) // groups, weight.shape[1]
    y = np.zeros((len(x), len(weight), *output), np.result_type(padded, weight))
    for tap in product(*map(range, window.kernel)):
        seen = padded[
            :,
            :,
            *(
                slice(t * d, t * d + (out - 1) * s + 1, s)
                for t, d, s, out in zip(tap, window.dilation, window.stride, output, strict=True)
            ),
        ]
        for group in range(groups):
            o = slice(group * filters, (group + 1) * filters)
            c = slice(group * channels, (group + 1) * channels)
            y[:, o] += np.einsum("nc...,oc->no...", seen[:, c], weight[o, :, *tap])
    return y if bias is None else y + bias.reshape(-1, *(1,) * len(output))


@st.composite
def problems(draw, min_batch=0):
    """A window, groups, and the shapes (input, weight) of a convolution that they fit."""
    ndim = draw(st.integers(1, 3))
    small = st.integers(1, 3)
    axes = st.tuples(*(small,) * ndim)
    window = Window(
        draw(st.tuples(*(st.integers(1, 4),) * ndim)),
        draw(axes),
        draw(st.tuples(*(st.tuples(st.integers(0, 4), st.integers(0, 3)),) * ndim)),
        draw(axes),
    )
    extra = draw(st.tuples(*(st.integers(0, 6 if ndim < 3 else 3),) * ndim))
    spatial = tuple(
        max(1, span - low - high) + more
        for span, (low, high), more in zip(window.span, window.padding, extra, strict=True)
    )
    groups, channels, filters = draw(small), draw(small), draw(small)
    batch = draw(st.integers(min_batch, 5))
    x_shape = (batch, groups * channels, *spatial)
    return window, groups, x_shape, (groups * filters, channels, *window.kernel)


def dressed(array, dress):
    """The same numbers in another memory layout."""
    if dress == "reversed":
        array = array[..., ::-1].copy()[..., ::-1]
    elif dress == "fortran":
        array = np.asfortranarray(array)
    elif dress == "strided":
        array = np.repeat(array, 2, axis=-1)[..., ::2]
    array.flags.writeable = False
    return array


dresses = st.sampled_from(["contiguous", "reversed", "fortran", "strided"])


@given(problems(), st.sampled_from([np.float32, np.float64, np.complex64]), dresses, st.booleans(), st.data())
def test_equals_the_definition(problem, dtype, dress, has_bias, data):
    window, groups, x_shape, weight_shape = problem
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    x = dressed(
        (rng.normal(size=x_shape) + 1j * rng.normal(size=x_shape)).astype(dtype, casting="unsafe")
        if dtype is np.complex64
        else rng.normal(size=x_shape).astype(dtype),
        dress,
    )
    weight = dressed(rng.normal(size=weight_shape).astype(dtype), dress)
    bias = rng.normal(size=weight_shape[0]).astype(dtype) if has_bias else None
    y = convolution(x, weight, bias, window, groups)
    assert y.dtype == dtype
    tolerance = 1e-12 if dtype is np.float64 else 1e-5
    np.testing.assert_allclose(
        y, reference(x, weight, bias, window, groups), rtol=tolerance, atol=tolerance * 10
    )


@given(problems(min_batch=1), dresses, st.integers(0, 99))
def test_the_gradients_are_its_transposes(problem, dress, seed):
    window, groups, x_shape, weight_shape = problem
    rng = np.random.default_rng(seed)
    x, weight = rng.normal(size=x_shape), rng.normal(size=weight_shape)
    y = convolution(x, weight, None, window, groups)
    g = dressed(rng.normal(size=y.shape), dress)
    dx = convolution_input_gradient(g, weight, x_shape[2:], window, groups)
    dw = convolution_weight_gradient(dressed(x, dress), g, window, groups)
    assert dx.shape == x_shape
    assert dw.shape == weight_shape
    # Every entry, not the sum alone: each direction of x and of the weight meets its own random number.
    expected = np.vdot(g, y)
    scale = np.abs(g).sum() * (1 + np.abs(y).max())
    assert abs(np.vdot(dx, x) - expected) <= 1e-13 * scale
    assert abs(np.vdot(dw, weight) - expected) <= 1e-13 * scale


@pytest.mark.parametrize("groups", [1, 2])
def test_integers_and_mixed_dtypes(groups):
    rng = np.random.default_rng(0)
    x = rng.integers(-9, 9, (2, 4, 5, 6))
    weight = rng.integers(-9, 9, (6, 4 // groups, 2, 3))
    window = resolve_window("conv2d", 2, (2, 3), 2, 1)
    y = convolution(x, weight, None, window, groups)
    assert y.dtype == np.int64
    np.testing.assert_array_equal(y, reference(x, weight, None, window, groups))
    mixed = convolution(x.astype(np.float32), weight.astype(np.float64), None, window, groups)
    assert mixed.dtype == np.float64
    np.testing.assert_array_equal(mixed, y)


# Large enough for several chunks of images, of rows, and for both threads.
LARGE = [
    ((64, 1, 28, 28), (6, 1, 5, 5), {"padding": 2}, 1),
    ((64, 6, 14, 14), (16, 6, 5, 5), {}, 1),
    ((9, 32, 32, 32), (48, 32, 3, 3), {"padding": "same"}, 1),
    ((1, 16, 90, 90), (32, 16, 3, 3), {"padding": ((1, 0), (0, 1))}, 1),
    ((3, 24, 60, 60), (24, 1, 3, 3), {"padding": 1}, 24),
    ((5, 32, 31, 33), (40, 16, 3, 3), {"padding": 1, "stride": 2}, 2),
    ((6, 64, 32, 32), (64, 64, 1, 1), {}, 1),
    ((6, 64, 32, 32), (64, 32, 1, 1), {"stride": 2}, 2),
    ((4, 8, 700), (16, 8, 9), {"padding": 4}, 1),
]


@pytest.mark.parametrize(("x_shape", "weight_shape", "options", "groups"), LARGE)
def test_large_cases_in_float32(x_shape, weight_shape, options, groups):
    rng = np.random.default_rng(1)
    ndim = len(x_shape) - 2
    window = resolve_window("conv", ndim, weight_shape[2:], **options)
    x = rng.normal(size=x_shape).astype(np.float32)
    weight = rng.normal(size=weight_shape).astype(np.float32)
    bias = rng.normal(size=weight_shape[0]).astype(np.float32)
    y = convolution(x, weight, bias, window, groups)
    expected = reference(x, weight, bias, window, groups)
    np.testing.assert_allclose(y, expected, atol=2e-6 * np.abs(expected).max() * np.sqrt(weight[0].size))
    g = rng.normal(size=y.shape).astype(np.float32)
    dx = convolution_input_gradient(g, weight, x_shape[2:], window, groups)
    dw = convolution_weight_gradient(x, g, window, groups)
    g64, x64, weight64 = (a.astype(np.float64) for a in (g, x, weight))
    dx64 = convolution_input_gradient(g64, weight64, x_shape[2:], window, groups)
    dw64 = convolution_weight_gradient(x64, g64, window, groups)
    np.testing.assert_allclose(dx, dx64, atol=1e-5 * np.abs(dx64).max())
    np.testing.assert_allclose(dw, dw64, atol=1e-5 * np.abs(dw64).max())
    inner = np.vdot(g64, expected - bias.reshape(-1, *(1,) * ndim))
    assert np.vdot(dx64, x64) == pytest.approx(inner, abs=1e-11 * np.abs(g).sum() * np.abs(expected).max())
    assert np.vdot(dw64, weight64) == pytest.approx(
        inner, abs=1e-11 * np.abs(g).sum() * np.abs(expected).max()
    )


@pytest.mark.parametrize(("x_shape", "weight_shape", "options", "groups"), LARGE)
def test_the_same_bits_each_time_and_no_shared_memory(x_shape, weight_shape, options, groups):
    rng = np.random.default_rng(2)
    window = resolve_window("conv", len(x_shape) - 2, weight_shape[2:], **options)
    x = rng.normal(size=x_shape).astype(np.float32)
    weight = rng.normal(size=weight_shape).astype(np.float32)

    def results():
        y = convolution(x, weight, None, window, groups)
        g = y + 1
        dx = convolution_input_gradient(g, weight, x_shape[2:], window, groups)
        return y, dx, convolution_weight_gradient(x, g, window, groups)

    first = results()
    kept = [a.copy() for a in first]
    for _ in range(3):
        for a, b, c in zip(results(), first, kept, strict=True):
            assert not np.shares_memory(a, b)
            np.testing.assert_array_equal(a, c)
            np.testing.assert_array_equal(b, c)


def test_one_thread_gives_the_same_numbers():
    rng = np.random.default_rng(3)
    x, weight = rng.normal(size=(7, 6, 14, 14)), rng.normal(size=(16, 6, 5, 5))
    window = resolve_window("conv2d", 2, 5)
    threads = get_num_threads()
    try:
        answers = []
        for count in (1, 2, 5):
            set_num_threads(count)
            y = convolution(x, weight, None, window)
            answers.append((y, convolution_weight_gradient(x, y, window)))
    finally:
        set_num_threads(threads)
    for y, dw in answers[1:]:
        np.testing.assert_allclose(y, answers[0][0], rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(dw, answers[0][1], rtol=1e-12)


@examples(30)
@given(problems())
def test_empty_batch_and_zero_gradient(problem):
    window, groups, x_shape, weight_shape = problem
    x, weight = np.zeros((0, *x_shape[1:]), np.float32), np.ones(weight_shape, np.float32)
    y = convolution(x, weight, None, window, groups)
    assert y.shape == (0, weight_shape[0], *window.output_shape(x_shape[2:]))
    assert convolution_input_gradient(y, weight, x_shape[2:], window, groups).shape == x.shape
    np.testing.assert_array_equal(convolution_weight_gradient(x, y, window, groups), np.zeros(weight_shape))


@pytest.mark.parametrize(
    ("x_shape", "weight_shape", "bias_shape", "groups", "message"),
    [
        (
            (1, 64, 8, 8),
            (32, 16, 3, 3),
            None,
            2,
            r"weight has 16 input channels per group \(shape \(32, 16, 3, 3\)\), but "
            r"input has 64 channels and groups=2; expected the shape \(32, 32, 3, 3\)",
        ),
        (
            (64, 8, 8),
            (32, 64, 3, 3),
            None,
            1,
            r"expected an input of 4 axes .* got the shape \(64, 8, 8\); add",
        ),
        (
            (1, 6, 8, 8),
            (4, 2, 3, 3),
            None,
            4,
            r"expected groups that divide the 6 input and 4 output channels",
        ),
        ((1, 6, 8, 8), (4, 6, 3, 3), (3,), 1, r"expected a bias of shape \(4,\).* got \(3,\)"),
        ((1, 6, 2, 8), (4, 6, 3, 3), None, 1, r"kernel larger than its padded input"),
    ],
)
def test_shapes_that_do_not_fit(x_shape, weight_shape, bias_shape, groups, message):
    bias = None if bias_shape is None else np.ones(bias_shape)
    with pytest.raises(ShapeError, match=message):
        convolution(np.ones(x_shape), np.ones(weight_shape), bias, resolve_window("conv2d", 2, 3), groups)
