"""The fused convolution family is what its definition says: value, gradients, second order, every option."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st

import autograd_cnn as ag
from autograd_cnn.errors import DtypeError
from autograd_cnn.kernels.geometry import Window, resolve_window
from autograd_cnn.ops.convolution import (
    convolution,
    convolution_by_definition,
    convolution_input_gradient,
    convolution_weight_gradient,
)
from autograd_cnn.ops.pooling import max_pool, max_pool_by_definition
from autograd_cnn.testing import check_grads


@st.composite
def windows(draw: Any, ndim: int) -> tuple[Window, tuple[int, ...]]:
    """A window, and a spatial shape that it fits: every option, often at its edge."""
    kernel = tuple(draw(st.integers(1, 3)) for _ in range(ndim))
    dilation = tuple(draw(st.integers(1, 2)) for _ in range(ndim))
    kind = draw(st.sampled_from(["int", "pairs", "same", "valid"]))
    stride: Any = 1 if kind == "same" else tuple(draw(st.integers(1, 3)) for _ in range(ndim))
    padding: Any = {
        "int": draw(st.integers(0, 2)),
        "pairs": [(draw(st.integers(0, 2)), draw(st.integers(0, 2))) for _ in range(ndim)],
    }.get(kind, kind)
    window = resolve_window("conv", ndim, kernel, stride, padding, dilation)
    least = [
        max(1, (k - 1) * d + 1 - low - high)
        for k, d, (low, high) in zip(kernel, dilation, window.padding, strict=True)
    ]
    return window, tuple(n + draw(st.integers(0, 3)) for n in least)


@st.composite
def conv_problems(draw: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray | None, Window, int]:
    window, spatial = draw(windows(draw(st.integers(1, 3))))
    groups = draw(st.integers(1, 3))
    channels, outputs = (groups * draw(st.integers(1, 2)) for _ in range(2))
    generator = np.random.default_rng(draw(st.integers(0, 2**32)))
    x = generator.standard_normal((draw(st.integers(0, 3)), channels, *spatial))
    weight = generator.standard_normal((outputs, channels // groups, *window.kernel))
    bias = generator.standard_normal(outputs) if draw(st.booleans()) else None
    return x, weight, bias, window, groups


def gradients(function: Any, arrays: list[np.ndarray], cotangent: np.ndarray, directions: list[Any]) -> Any:
    """First-order gradients, and the gradients of their inner product with ``directions``."""
    variables = [ag.tensor(a, requires_grad=True) for a in arrays]
    y = function(*variables)
    first = ag.backprop(y, variables, cotangent, create_graph=True)
    total = sum((np.sum(g * d) for g, d in zip(first, directions, strict=True)), start=0.0)
    # Of a map that is linear where it is smooth (max-pooling), the gradient is a constant.
    second = ag.backprop(total, variables) if total.requires_grad else [None] * len(arrays)
    zeros = [np.zeros(a.shape) for a in arrays]
    return (
        y.detach().numpy(),
        [g.detach().numpy() for g in first],
        [z if g is None else g.numpy() for g, z in zip(second, zeros, strict=True)],
    )


@given(conv_problems())
@examples(150)
def test_fused_equals_definition(problem: Any) -> None:
    x, weight, bias, window, groups = problem
    arrays = [x, weight] if bias is None else [x, weight, bias]
    generator = np.random.default_rng(0)
    cotangent = generator.standard_normal((len(x), len(weight), *window.output_shape(x.shape[2:])))
    directions = [generator.standard_normal(a.shape) for a in arrays]

    def bound(function: Any) -> Any:
        return lambda x, w, b=None: function(x, w, b, window, groups)

    fused = gradients(bound(convolution), arrays, cotangent, directions)
    defined = gradients(bound(convolution_by_definition), arrays, cotangent, directions)
    np.testing.assert_allclose(fused[0], defined[0], rtol=1e-10, atol=1e-10)
    for order in (1, 2):
        for ours, theirs in zip(fused[order], defined[order], strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)


@given(conv_problems())
@examples(40)
@pytest.mark.parametrize("function", [convolution, convolution_by_definition])
def test_both_pass_finite_differences(function: Any, problem: Any) -> None:
    x, weight, bias, window, groups = problem
    arrays = [x, weight] if bias is None else [x, weight, bias]
    check_grads(lambda x, w, b=None: function(x, w, b, window, groups), arrays, order=2, directions=1)


@given(conv_problems())
@examples(40)
def test_the_family_is_closed_under_differentiation(problem: Any) -> None:
    x, weight, _, window, groups = problem
    y = np.random.default_rng(1).standard_normal((len(x), len(weight), *window.output_shape(x.shape[2:])))
    check_grads(
        lambda y, w: convolution_input_gradient(y, w, x.shape[2:], window, groups), [y, weight], directions=1
    )
    check_grads(lambda x, y: convolution_weight_gradient(x, y, window, groups), [x, y], directions=1)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_float32_is_as_near_as_im2col_can_be(dtype: Any) -> None:
    generator = np.random.default_rng(0)
    x, weight = generator.standard_normal((4, 8, 14, 14)), generator.standard_normal((16, 8, 3, 3))
    window = resolve_window("conv2d", 2, 3, padding=1)
    exact = convolution_by_definition(x, weight, None, window)
    ours = convolution(x.astype(dtype), weight.astype(dtype), None, window)
    assert ours.dtype == dtype
    assert np.max(np.abs(ours - exact)) < (1e-5 if dtype is np.float32 else 1e-12) * np.max(np.abs(exact))


def test_one_tensor_as_image_and_weight() -> None:
    x = np.random.default_rng(0).standard_normal((2, 2, 3, 3))
    window = resolve_window("conv2d", 2, 3, padding=1)
    check_grads(lambda t: convolution(t, t, None, window), [x])


def test_the_first_convolution_computes_no_input_gradient() -> None:
    x = np.ones((1, 1, 4, 4))
    weight = ag.tensor(np.ones((1, 1, 3, 3)), requires_grad=True)
    node = convolution(x, weight, None, resolve_window("conv2d", 2, 3))._source
    assert node.parents[0] is None
    kept = dict(zip(node.op.slots, node.saved, strict=True))
    assert kept["x"] is not None
    assert kept["weight"] is None  # only the input gradient would read it


@given(st.data())
@examples(60)
def test_max_pool_equals_its_definition(data: Any) -> None:
    window, spatial = data.draw(windows(data.draw(st.integers(1, 2))))
    generator = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    # Few different values, so that there are ties, and negative ones, so that padding could win.
    x = generator.integers(-3, 0, (2, 3, *spatial)).astype(float)
    window = window._replace(
        padding=tuple(
            (min(p[0], k // 2), min(p[1], k // 2)) for p, k in zip(window.padding, window.kernel, strict=True)
        )
    )
    try:
        cotangent = generator.standard_normal((2, 3, *window.output_shape(spatial)))
    except ValueError:
        return  # less padding than was drawn: the kernel no longer fits
    fused = gradients(lambda t: max_pool(t, window), [x], cotangent, [x])
    defined = gradients(lambda t: max_pool_by_definition(t, window), [x], cotangent, [x])
    np.testing.assert_array_equal(fused[0], defined[0])
    np.testing.assert_allclose(fused[1][0], defined[1][0], atol=1e-12)


def test_complex_numbers_have_no_largest() -> None:
    with pytest.raises(
        DtypeError, match="max_pool: expected real numbers, which have an order, got complex128"
    ):
        max_pool(np.ones((1, 1, 4)) * 1j, resolve_window("max_pool", 1, 2))
