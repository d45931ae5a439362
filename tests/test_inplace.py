"""Writing in place: recorded, and never a silently wrong gradient."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_cnn as ag
from autograd_cnn.core.inplace import writable
from autograd_cnn.errors import DtypeError, GraphError, ShapeError
from autograd_cnn.testing import check_grads


def test_assignment_is_recorded() -> None:
    def f(x, v):
        y = x * 1.0
        y[1] = v * v
        y[0, ::2] = 0.0
        y[y.detach().numpy() > 100] = 5.0
        return y * x

    check_grads(f, [np.arange(6.0).reshape(2, 3) + 1, np.array([2.0, 3.0, 4.0])])


def test_augmented_assignment_is_recorded() -> None:
    def f(x):
        y = x * 1.0
        y += x
        y *= 3
        y /= x + 4
        y[0] += x[1] * x[1]
        y[:, 1:] -= 2 * x[:, 1:]
        return y

    x = np.arange(6.0).reshape(2, 3)
    check_grads(f, [x])
    expected = (x + x) * 3 / (x + 4)
    expected[0] += x[1] * x[1]
    expected[:, 1:] -= 2 * x[:, 1:]
    np.testing.assert_allclose(f(ag.tensor(x)).numpy(), expected)


def test_a_write_does_not_reach_what_was_computed_before() -> None:
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    y = x * 1.0
    square = y * y
    other = y.detach()
    y[0] = 100.0
    square.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [2.0, 4.0])
    np.testing.assert_array_equal(other.numpy(), [1.0, 2.0])


def test_a_constant_saved_by_the_tape_is_copied_on_write() -> None:
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    weights = ag.tensor([3.0, 4.0])
    y = x * weights
    weights[0] = 100.0
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [3.0, 4.0])


def test_the_buffer_is_reused_when_nobody_else_holds_it() -> None:
    x = ag.tensor(np.zeros(1000), requires_grad=True)
    y = x + 1.0
    address = y._value.ctypes.data
    y[3] = 2.0
    assert y._value.ctypes.data == address
    kept = y.detach()
    y[3] = 5.0
    assert y._value.ctypes.data != address
    assert kept.numpy()[3] == 2.0


def test_a_raw_operand_is_copied_when_recorded() -> None:
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    raw = np.array([3.0, 4.0])
    mask = np.array([True, False])
    index = np.array([1, 1])
    y = x * raw + ag.where(mask, x, 0) + x[index] + x[(index,)]
    raw[:], mask[:], index[:] = 100.0, False, 0
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [3.0 + 1.0, 4.0 + 4.0])


def test_numpy_view_is_read_only() -> None:
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(ValueError, match="read-only"):
        x.detach().numpy()[0] = 5.0
    assert np.array(x.detach()).flags.writeable


@pytest.mark.parametrize("write", ["x[0] = 5.0", "x += 1", "x *= 2"])
def test_a_recorded_leaf_refuses_to_be_written_to(write: str) -> None:
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(GraphError, match="no_grad"):
        exec(write, {"x": x})
    np.testing.assert_array_equal(x.detach().numpy(), [1.0, 2.0])


def test_a_view_refuses_to_be_written_to() -> None:
    for x in (ag.ones((2, 3)), ag.tensor(np.ones((2, 3)), requires_grad=True) * 1.0):
        row = x[0]
        with pytest.raises(GraphError, match=r"x\.at\[index\]\.set"):
            row += 1
        with pytest.raises(GraphError, match=r"x\.at\[index\]\.set"):
            row[0] = 1.0
        np.testing.assert_array_equal(x.detach().numpy(), np.ones((2, 3)))


@pytest.mark.parametrize("through_a_view", [False, True])
def test_a_write_under_no_grad_does_not_reach_what_was_recorded(through_a_view: bool) -> None:
    array = np.array([[1.0, 2.0]])
    w = ag.from_numpy(array).requires_grad_()
    x = ag.tensor([[3.0], [5.0]], requires_grad=True)
    y = (x.T @ w.T if through_a_view else x.T * w).sum()
    with ag.no_grad():
        w -= 0.5
        w[0, 1] = 7.0
    y.backward()
    np.testing.assert_array_equal(x.grad.numpy(), [[1.0], [2.0]])
    np.testing.assert_array_equal(w.grad.numpy(), [[3.0, 5.0]])
    np.testing.assert_array_equal(w.detach().numpy(), [[0.5, 7.0]])
    np.testing.assert_array_equal(array, [[1.0, 2.0]])


def test_an_update_copies_nothing_once_the_graph_is_gone() -> None:
    w = ag.tensor(np.ones((3, 3)), requires_grad=True)
    for _ in range(3):
        address = w._value.ctypes.data
        loss = np.sum((w @ w.T) ** 2)
        loss.backward()
        with ag.no_grad():
            w -= 0.01 * w.grad
            writable(w)[:] *= 2
        assert w._value.ctypes.data == address


def test_writable_needs_no_grad() -> None:
    x = ag.tensor([1.0], requires_grad=True)
    with pytest.raises(GraphError, match="no_grad"):
        writable(x, "step")
    with ag.no_grad():
        writable(x, "step")[0] = 3.0
    assert x.item() == 3.0


def test_in_place_keeps_shape_and_dtype() -> None:
    x = ag.tensor(np.ones(2, np.float32))
    x += np.ones(2)
    assert x.dtype == np.float32
    with pytest.raises(ShapeError, match="does not fit"):
        x += np.ones((3, 2))
    counts = ag.tensor([1, 2])
    with pytest.raises(DtypeError, match="int64"):
        counts += 0.5


@pytest.mark.parametrize("index", [1, (slice(None), 0), np.array([0, 0]), np.array([True, False])])
def test_at(index: object) -> None:
    x = np.arange(6.0).reshape(2, 3)
    added = x.copy()
    np.add.at(added, index, 2.0)
    np.testing.assert_array_equal(ag.tensor(x).at[index].add(2.0).numpy(), added)
    written = x.copy()
    written[index] = 2.0
    np.testing.assert_array_equal(ag.tensor(x).at[index].set(2.0).numpy(), written)
    check_grads(lambda t: t.at[index].add(t[index] * 2), [x])
    check_grads(lambda t, v: t.at[index].set(v * v), [x, np.array(3.0)])
    check_grads(lambda t, v: t.at[index].multiply(v), [x, np.array(3.0)])


def test_array_plus_equals_tensor_raises() -> None:
    array, x = np.ones(2), ag.tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(TypeError, match="write a = a \\+ t"):
        array += x
    with pytest.raises((TypeError, ValueError)) as raised:
        array[0] = x[0]
    assert "requires grad" in str(raised.value.__cause__)  # NumPy puts its own words on top
    with pytest.raises(TypeError, match=r"at\[index\]\.add"):
        np.add.at(x, [0], 1.0)
