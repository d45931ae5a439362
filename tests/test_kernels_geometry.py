import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_cnn.errors import ArgumentError, ShapeError
from autograd_cnn.kernels.geometry import Window, ceil_padding, reach, resolve_window


def test_ints_are_for_all_axes_and_none_is_the_kernel_as_stride():
    assert resolve_window("max_pool2d", 2, 3, None, 1, 2) == Window((3, 3), (3, 3), ((1, 1), (1, 1)), (2, 2))


def test_one_number_or_pair_for_each_axis():
    window = resolve_window("conv3d", 3, (1, 2, 3), [1, 2, 1], (0, (1, 2), 3), 1)
    assert window == Window((1, 2, 3), (1, 2, 1), ((0, 0), (1, 2), (3, 3)), (1, 1, 1))
    assert hash(window) == hash(Window(*window))


def test_same_padding_keeps_the_size_and_puts_the_odd_one_at_the_end():
    window = resolve_window("conv2d", 2, (4, 3), 1, "same", (1, 2))
    assert window.padding == ((1, 2), (2, 2))
    assert window.output_shape((7, 9)) == (7, 9)
    assert resolve_window("conv1d", 1, 3, 2, "valid").padding == ((0, 0),)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kernel": 0}, r"conv2d: expected kernel as an int or 2 ints, each at least 1, got 0; give one"),
        ({"kernel": (3, 3, 3)}, r"conv2d: expected kernel .* got \(3, 3, 3\)"),
        ({"kernel": 2.5}, r"conv2d: expected kernel .* got 2.5"),
        ({"stride": 0}, r"conv2d: expected stride .* got 0"),
        ({"stride": True}, r"conv2d: expected stride .* got True"),
        ({"dilation": (1, -1)}, r"conv2d: expected dilation .* got \(1, -1\)"),
        ({"padding": -1}, r"conv2d: expected padding as an int, or 2 ints or \(low, high\) pairs.* got -1"),
        ({"padding": (1, 2, 3)}, r"conv2d: expected padding .* got \(1, 2, 3\)"),
        ({"padding": ((1, 2, 3), 1)}, r"conv2d: expected padding .* got \(\(1, 2, 3\), 1\)"),
        ({"padding": "full"}, r"""conv2d: expected padding as numbers, "same" or "valid", got 'full'"""),
        (
            {"padding": "same", "stride": 2},
            r"conv2d: expected stride 1 with padding=\"same\", got stride \(2, 2\)",
        ),
    ],
)
def test_arguments_that_make_no_sense(arguments, message):
    with pytest.raises(ArgumentError, match=message):
        resolve_window("conv2d", 2, **{"kernel": 3, **arguments})


def test_kernel_larger_than_its_padded_input():
    window = resolve_window("conv2d", 2, 3, 1, 1, 2)
    with pytest.raises(
        ShapeError, match=r"kernel larger than its padded input.* at least \(5, 5\), got \(6, 4\)"
    ):
        window.output_shape((4, 2))


def test_wrong_number_of_spatial_axes():
    with pytest.raises(ShapeError, match="expected 2 spatial axes"):
        resolve_window("conv2d", 2, 3).output_shape((5,))


# PyTorch 2.13: max_pool1d(ones(1, 1, size), kernel, stride, padding, dilation, ceil_mode=True).shape[-1]
CEIL_SIZES = {
    (5, 2, 2, 0, 1): 3,
    (6, 2, 2, 0, 1): 3,
    (5, 2, 2, 1, 1): 3,
    (6, 2, 3, 1, 1): 3,
    (7, 3, 3, 1, 1): 3,
    (7, 3, 5, 1, 1): 2,
    (8, 3, 4, 0, 2): 2,
    (3, 2, 2, 1, 1): 2,
    (1, 2, 2, 1, 1): 1,
    (4, 2, 5, 1, 1): 1,
    (9, 3, 4, 1, 1): 3,
}


@pytest.mark.parametrize("case", CEIL_SIZES)
def test_ceil_mode_is_pytorchs(case):
    size, kernel, stride, padding, dilation = case
    window = resolve_window("max_pool1d", 1, kernel, stride, padding, dilation)
    assert ceil_padding(window, (size,)).output_shape((size,)) == (CEIL_SIZES[case],)


@given(st.integers(-6, 6), st.integers(1, 4), st.integers(0, 6), st.integers(0, 6))
def test_reach_is_the_positions_that_read_inside(offset, stride, output, size):
    put, take = reach(offset, stride, output, size)
    inside = [i for i in range(output) if 0 <= i * stride + offset < size]
    assert list(range(output)[put]) == inside
    assert list(range(size)[take]) == [i * stride + offset for i in inside]
