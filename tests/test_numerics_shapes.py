"""The numerics contract: shapes, memory layouts, and layers at their limits."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_cnn as ag
from autograd_cnn.errors import ShapeError
from autograd_cnn.kernels.geometry import Window
from autograd_cnn.ops.convolution import convolution, convolution_by_definition
from autograd_cnn.testing import check_grads

F = ag.nn.functional


def gradient(function: Any, *args: Any) -> list[Any]:
    found = ag.grad(lambda *xs: ag.sum(function(*xs)), argnums=tuple(range(len(args))))(
        *map(np.asarray, args)
    )
    return [np.asarray(g).tolist() for g in found]


def test_empty_and_zero_dimensional() -> None:
    assert gradient(lambda a, b: a + b, np.ones((0, 3)), np.ones(3)) == [[], [0.0, 0.0, 0.0]]
    assert gradient(np.sum, np.ones((0, 3))) == [[]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NumPy's own, for the mean of nothing
        assert gradient(np.mean, np.ones((0, 3))) == [[]]
    assert gradient(lambda a: a.T @ a, np.ones((0, 2))) == [[]]


@pytest.mark.parametrize("place", range(3))
def test_a_broadcast_axis_in_any_position(place: int) -> None:
    shape = [2, 3, 4]
    shape[place] = 1
    generator = np.random.default_rng(0)
    check_grads(lambda a, b: a * b, [generator.standard_normal((2, 3, 4)), generator.standard_normal(shape)])


def test_repeated_indices_accumulate() -> None:
    assert gradient(lambda x: x[np.array([0, 0, 2])], [1.0, 2.0, 3.0]) == [[2.0, 0.0, 1.0]]


def test_overlapping_windows_of_one_buffer() -> None:
    buffer = np.arange(6.0)
    windows = np.lib.stride_tricks.sliding_window_view(buffer, 3)
    x = ag.from_numpy(windows).requires_grad_()
    np.sum(x * x).backward()
    np.testing.assert_array_equal(x.grad.numpy(), 2 * windows)


# --- Layouts ------------------------------------------------------------------------------------------

GENERATOR = np.random.default_rng(0)
OPERATIONS: list[Callable[[Any], Any]] = [
    lambda x: np.sum(x * x, axis=0),
    lambda x: np.max(x, axis=1),
    lambda x: np.cumprod(x, axis=-1),
    lambda x: np.sort(x, axis=0),
    lambda x: x @ x.T,
    lambda x: np.einsum("ij,ij->i", x, x),
    lambda x: x[1:, ::-1][[0, 0]],
    lambda x: F.softmax(x, 1),
    lambda x: F.conv1d(x[None], np.ones((2, 4, 3)), padding=1),
    lambda x: F.max_pool1d(x[None], 2),
    lambda x: ag.concatenate([x, x]).reshape(-1),
    lambda x: np.linalg.svd(x, full_matrices=False)[1],
]


def layouts(x: np.ndarray) -> dict[str, np.ndarray]:
    """The same numbers, laid out differently in memory."""
    wide = np.zeros((2 * x.shape[0], 3 * x.shape[1]))
    wide[::2, ::3] = x
    read_only = x.copy()
    read_only.flags.writeable = False
    return {
        "Fortran": np.asfortranarray(x),
        "negative strides": np.ascontiguousarray(x[::-1, ::-1])[::-1, ::-1],
        "every third": wide[::2, ::3],
        "transposed": np.ascontiguousarray(x.T).T,
        "read-only": read_only,
        "unaligned": np.frombuffer(b"\0" + x.tobytes(), np.float64, offset=1).reshape(x.shape),
    }


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_layout_gives_the_answer_of_a_fresh_copy(operation: Callable[[Any], Any]) -> None:
    x = GENERATOR.standard_normal((4, 6))
    cotangent = None
    answers = {}
    for name, array in {"fresh": x, **layouts(x)}.items():
        before = array.copy()
        t = ag.from_numpy(array).requires_grad_()
        y = operation(t)
        if cotangent is None:
            cotangent = GENERATOR.standard_normal(y.shape)
            cotangent.flags.writeable = False
            kept = cotangent.copy()
        y.backward(cotangent)
        answers[name] = y.detach().numpy(), t.grad.numpy()
        np.testing.assert_array_equal(array, before, err_msg=f"the op changed its input ({name})")
    np.testing.assert_array_equal(cotangent, kept)
    for name, (value, grad) in answers.items():
        np.testing.assert_allclose(value, answers["fresh"][0], rtol=1e-12, atol=1e-14, err_msg=name)
        np.testing.assert_allclose(grad, answers["fresh"][1], rtol=1e-12, atol=1e-12, err_msg=name)


# --- One tensor in several places ---------------------------------------------------------------------


def test_the_same_tensor_as_both_operands() -> None:
    x = GENERATOR.standard_normal((3, 3))
    check_grads(lambda a: a * a + a @ a + a ** a.sum(), [abs(x)])
    check_grads(lambda a: ag.where(a > 0, a, a * a), [x])


def test_one_tensor_as_image_and_weight_of_a_convolution() -> None:
    x = GENERATOR.standard_normal((2, 2, 3, 3))
    check_grads(lambda a: F.conv2d(a, a, padding=1), [x])


def test_the_diamond() -> None:
    def diamond(x: Any) -> Any:
        y = np.sin(x)
        left, right = y * x, np.exp(y)
        return left * right + left

    check_grads(diamond, [GENERATOR.standard_normal(4)], order=3)


# --- Layers at their limits ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "layer",
    [
        lambda x: F.conv2d(x, np.ones((4, 3, 3, 3)), np.ones(4)),
        lambda x: F.max_pool2d(x, 2),
        lambda x: F.avg_pool2d(x, 2),
        lambda x: F.linear(x, np.ones((5, 6))),
        lambda x: F.softmax(x, 1),
        lambda x: F.dropout(F.flatten(x, 1), 0.5),
    ],
)
def test_an_empty_batch(layer: Callable[[Any], Any]) -> None:
    x = ag.tensor(np.zeros((0, 3, 6, 6)), requires_grad=True)
    y = layer(x)
    assert y.shape[0] == 0
    y.sum().backward()
    assert x.grad.shape == x.shape


@pytest.mark.parametrize(
    "layer", [lambda x: F.conv2d(x, np.ones((1, 1, 5, 5))), lambda x: F.max_pool2d(x, 5)]
)
def test_a_kernel_larger_than_its_padded_input(layer: Callable[[Any], Any]) -> None:
    with pytest.raises(ShapeError, match=r"kernel larger than its padded input: expected .*got \(2, 2\)"):
        layer(ag.tensor(np.ones((1, 1, 2, 2))))


def test_strides_that_do_not_tile_round_down() -> None:
    x = np.ones((1, 1, 6, 8))
    assert F.conv2d(x, np.ones((1, 1, 3, 3)), stride=2).shape == (1, 1, 2, 3)
    assert F.max_pool2d(x, 3, stride=2).shape == (1, 1, 2, 3)
    check_grads(lambda a: F.conv2d(a, np.ones((1, 1, 3, 3)), stride=2), [GENERATOR.normal(size=x.shape)])


def test_with_ceil_mode_no_window_starts_in_the_end_padding() -> None:
    # A third window would start at 3, past the three entries: PyTorch drops it, and so do we.
    x = np.arange(1.0, 4.0).reshape(1, 1, 3)
    pooled = F.max_pool1d(x, 2, stride=2, padding=1, ceil_mode=True)
    assert pooled.tolist() == [[[1.0, 3.0]]]
    x = np.arange(1.0, 5.0).reshape(1, 1, 4)
    assert F.max_pool1d(x, 3, stride=2, ceil_mode=True).tolist() == [[[3.0, 4.0]]]


@pytest.mark.parametrize(
    ("count_include_pad", "expected"),
    [(True, [1.0, 3.0, 5.0, 3.0]), (False, [1.5, 3.0, 5.0, 6.0])],  # what torch 2.13 answers
)
def test_count_include_pad_counts_as_pytorch_counts(count_include_pad: bool, expected: list[float]) -> None:
    x = np.arange(1.0, 7.0).reshape(1, 1, 6)
    pooled = F.avg_pool1d(x, 3, stride=2, padding=1, ceil_mode=True, count_include_pad=count_include_pad)
    np.testing.assert_allclose(pooled, [[expected]], rtol=1e-15)


def test_dilation_stride_groups_and_asymmetric_padding_together() -> None:
    x, w = GENERATOR.standard_normal((2, 4, 7, 8)), GENERATOR.standard_normal((6, 2, 2, 3))
    window = Window((2, 3), (2, 3), ((1, 2), (0, 3)), (3, 2))
    fused, defined = (
        lambda a, b, function=function: function(a, b, None, window, 2)
        for function in (convolution, convolution_by_definition)
    )
    np.testing.assert_allclose(fused(x, w), defined(x, w), rtol=1e-12)
    check_grads(fused, [x, w])
    check_grads(
        lambda a, b: F.conv2d(a, b, padding="same", dilation=(3, 2), groups=2), [x, w]
    )  # "same" of an even kernel


# --- What a transform returns -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "function",
    [
        lambda a, b: np.sum(a + b),
        lambda a, b: np.sum(np.sin(a + b.T)),
        lambda a, b: np.sum(np.cos(np.concatenate([a, b]))),
        lambda a, b: np.sum(a.reshape(-1)) + b[0, 0],
    ],
)
def test_gradients_are_arrays_of_their_own(function: Callable[[Any, Any], Any]) -> None:
    a, b = GENERATOR.standard_normal((2, 3, 3))
    both = ag.grad(function, argnums=(0, 1))
    first, second = both(a, b)
    kept = second.copy()
    first *= 2
    np.testing.assert_array_equal(second, kept)
    second += 1
    np.testing.assert_array_equal(first, 2 * both(a, b)[0])
