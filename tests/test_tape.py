"""The tape: what it keeps, what it frees, what it refuses."""

from __future__ import annotations

import asyncio
import copy
import gc
import pickle
import threading
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_cnn as ag
from autograd_cnn.core.primitive import primitive
from autograd_cnn.core.registry import FUNCTIONS
from autograd_cnn.core.tape import Node
from autograd_cnn.errors import GraphError, ShapeError, UnsupportedError


def recorded_nodes() -> int:
    return sum(type(thing) is Node for thing in gc.get_objects())


@pytest.fixture
def collector_off():
    gc.collect()
    gc.disable()
    yield
    gc.enable()
    gc.collect()


def test_a_million_nodes_differentiate_and_are_freed(collector_off: None) -> None:
    x = ag.tensor(1.0, requires_grad=True)
    y = x
    for _ in range(500_000):
        y = y * 1.0
        y = y + 0.5
    before = recorded_nodes()
    assert before >= 1_000_000
    y.backward()
    assert x.grad.item() == 1.0
    del y
    assert recorded_nodes() == 0


def test_a_million_nodes_are_freed_without_a_backward_pass(collector_off: None) -> None:
    y = ag.tensor(1.0, requires_grad=True)
    for _ in range(1_000_000):
        y = -y
    del y
    assert recorded_nodes() == 0


def memory_of_training(step: Callable[[ag.Tensor], Any], steps: int = 1000) -> tuple[int, int]:
    """How many nodes and bytes more there are after a thousand steps than after the first few."""
    weights = ag.tensor(np.ones((20, 20)), requires_grad=True)
    for _ in range(2500):  # Python keeps up to 2000 freed tuples of each length for reuse
        step(weights)
    tracemalloc.start()
    nodes, (size, _) = recorded_nodes(), tracemalloc.get_traced_memory()
    for _ in range(steps):
        step(weights)
    grown = recorded_nodes() - nodes, tracemalloc.get_traced_memory()[0] - size
    tracemalloc.stop()
    return grown


def training_step(weights: ag.Tensor) -> ag.Tensor:
    loss = np.sum(np.tanh(weights @ weights) ** 2)
    loss.backward()
    with ag.no_grad():
        weights -= 1e-6 * weights.grad
    weights.grad = None
    return loss


def test_memory_is_flat_over_a_thousand_steps(collector_off: None) -> None:
    nodes, size = memory_of_training(training_step)
    assert nodes == 0
    assert size < 20_000


def test_a_planted_cycle_is_noticed(collector_off: None) -> None:
    def leaking_step(weights: ag.Tensor) -> None:
        cycle: list[Any] = [training_step(weights)]
        cycle.append(cycle)

    nodes, size = memory_of_training(leaking_step, steps=100)
    assert nodes >= 100
    assert size > 20_000


def test_a_backward_pass_frees_as_it_goes() -> None:
    freed: list[bool] = []
    x = ag.tensor(np.ones(10), requires_grad=True)
    y = np.exp(x)
    z = y * 2.0
    node = y._source
    z.sum().backward()
    freed.append(node.held == ())
    assert freed == [True]


def test_only_what_a_vjp_reads_is_kept() -> None:
    mask = np.ones(3)
    x = ag.tensor(np.ones(3), requires_grad=True)
    held = (x * mask)._source.saved
    assert held[0] is None
    assert held[1] is not None
    assert held[2] is None
    assert (x + mask)._source.saved == (None, None, None)
    assert np.sum(x)._source.saved[:2] == (None, None)


def test_a_second_backward_raises_and_says_what_to_do() -> None:
    x = ag.tensor(2.0, requires_grad=True)
    y = x * x
    y.backward()
    with pytest.raises(GraphError, match="retain_graph=True"):
        y.backward()
    y = x * x
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad.item() == 12.0


def test_gradients_accumulate_over_losses_and_uses() -> None:
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    y = np.exp(x)
    (y * y).sum().backward(retain_graph=True)  # a diamond
    y.sum().backward()
    e = np.exp([1.0, 2.0])
    np.testing.assert_allclose(x.grad.numpy(), 2 * e * e + e)


def test_grad_is_recorded_only_with_create_graph() -> None:
    x = ag.tensor(3.0, requires_grad=True)
    (x**3).backward(create_graph=True)
    assert x.grad.requires_grad
    (x**3).backward()  # added to a gradient that is recorded
    assert x.grad.item() == 54.0
    assert not x.grad.requires_grad


def test_one_tensor_in_every_place() -> None:
    x = ag.tensor(3.0, requires_grad=True)
    (x * x - x / x + x).backward()
    assert x.grad.item() == 7.0


def test_grad_of_a_non_leaf_warns_and_retain_grad_keeps_it() -> None:
    x = ag.tensor(3.0, requires_grad=True)
    y = x * x
    with pytest.warns(UserWarning, match=r"retain_grad\(\)"):
        assert y.grad is None
    y.retain_grad()
    (2.0 * y).backward()
    assert y.grad.item() == 2.0
    with pytest.raises(GraphError, match="does not require grad"):
        ag.tensor(1.0).retain_grad()


def test_retain_grad_of_one_of_several_outputs() -> None:
    x = ag.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
    first, second = ag.split(x, 2)
    second.retain_grad()
    (second * second).sum().backward()
    np.testing.assert_array_equal(second.grad.numpy(), [6.0, 8.0])
    np.testing.assert_array_equal(x.grad.numpy(), [0.0, 0.0, 6.0, 8.0])
    del first


def test_backward_needs_a_number_or_a_cotangent() -> None:
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(ShapeError, match="reduce it"):
        (x * 2).backward()
    with pytest.raises(ShapeError, match=r"expected a cotangent of shape \(2,\), got \(3,\)"):
        (x * 2).backward(np.ones(3))
    (x * 2).backward(np.array([1.0, 10.0]))
    np.testing.assert_array_equal(x.grad.numpy(), [2.0, 20.0])
    with pytest.raises(GraphError, match="requires_grad=True"):
        ag.tensor(1.0).backward()


def test_an_unused_input() -> None:
    x, unused = ag.tensor(1.0, requires_grad=True), ag.tensor(1.0, requires_grad=True)
    assert ag.backprop(x * 2, [x, unused])[1] is None
    assert unused.grad is None
    assert ag.grad(lambda a, b: a * 2, argnums=(0, 1))(1.0, 5.0) == (2.0, 0.0)


def test_backprop_stores_nothing_and_stops_at_its_inputs() -> None:
    x = ag.tensor(3.0, requires_grad=True)
    y = x * x
    z = y * y
    (gradient,) = ag.backprop(z, [y])
    assert gradient.item() == 18.0
    assert x.grad is None
    assert not gradient.requires_grad


def test_only_wanted_gradients_are_computed() -> None:
    def unwanted(g: Any) -> Any:
        raise AssertionError("nobody asked for this gradient")

    @primitive(x=lambda g: g, y=unwanted)
    def add_both(x: Any, y: Any) -> Any:
        """x + y."""
        return x + y

    x, y = (ag.tensor(1.0, requires_grad=True) for _ in range(2))
    FUNCTIONS.pop("test_tape.add_both")
    assert ag.backprop(add_both(x, y), x).item() == 1.0


def test_backprop_of_several_outputs() -> None:
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    gradient = ag.backprop([x * 2, np.sum(x * x)], x, [np.array([1.0, 1.0]), None])
    np.testing.assert_array_equal(gradient.numpy(), [4.0, 6.0])
    with pytest.raises(ValueError, match="a cotangent for each of 2 outputs"):
        ag.backprop([x * 2, x], x, [None])


def test_create_graph_and_third_derivatives() -> None:
    x = ag.tensor(2.0, requires_grad=True)
    y = x**4
    for expected in (32.0, 48.0, 48.0, 24.0 * 2.0 / 2.0):
        (y,) = ag.backprop(y, [x], create_graph=True)
        assert y.item() == pytest.approx(expected)
    x = ag.tensor(2.0, requires_grad=True)
    (x**3).backward(create_graph=True)
    first = x.grad
    x.grad = None
    first.backward()
    assert x.grad.item() == 12.0
    x.grad = None


def test_a_float32_leaf_gets_a_float32_gradient() -> None:
    x = ag.tensor(np.ones(2, np.float32), requires_grad=True)
    y = x * np.ones(2, np.float64)
    assert y.dtype == np.float64
    y.sum().backward()
    assert x.grad.dtype == np.float32
    assert (x * 2.5).dtype == np.float32


def test_gradients_in_half_precision_are_added_up_in_single() -> None:
    # Beyond 2048, float16 counts by twos; NumPy adds it up in float32 along the last axis alone.
    x = ag.tensor(np.zeros(2, np.float16), requires_grad=True)
    (x + np.zeros((10_000, 2), np.float16)).sum().backward()
    assert x.grad.dtype == np.float16
    np.testing.assert_array_equal(x.grad.numpy(), [10_000, 10_000])


def test_complex_gradients_follow_pytorch() -> None:
    # d|z|²/dz̄ convention: the gradient of |z|² is 2z, so that descending shrinks |z|.
    z = ag.tensor([1 + 2j, -3j], requires_grad=True)
    np.sum(np.abs(z) ** 2).backward()
    np.testing.assert_allclose(z.grad.numpy(), 2 * z.detach().numpy())
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    ((x * (1 + 2j)) * np.array([1j, 1.0])).sum().real.backward()
    np.testing.assert_allclose(x.grad.numpy(), [-2.0, 1.0])
    z = ag.tensor(1 + 2j, requires_grad=True)
    (z * z).imag.backward()
    assert z.grad.item() == pytest.approx(np.conj(2 * (1 + 2j) * -1j))


def test_no_grad_is_of_one_thread() -> None:
    x = ag.tensor(1.0, requires_grad=True)
    results = []

    def in_another_thread() -> None:
        results.append((x * 2).requires_grad)

    with ag.no_grad():
        thread = threading.Thread(target=in_another_thread)
        thread.start()
        thread.join()
        assert not (x * 2).requires_grad
    assert results == [True]


def test_no_grad_is_of_one_async_task() -> None:
    x = ag.tensor(1.0, requires_grad=True)

    async def without() -> bool:
        with ag.no_grad():
            await asyncio.sleep(0.01)
            return (x * 2).requires_grad

    async def recording() -> bool:
        await asyncio.sleep(0.005)
        return (x * 2).requires_grad

    async def both() -> list[bool]:
        return await asyncio.gather(without(), recording())

    assert asyncio.run(both()) == [False, True]


def test_grad_mode_as_decorator_and_switch() -> None:
    x = ag.tensor(1.0, requires_grad=True)

    @ag.no_grad()
    def double(t):
        return t * 2

    @ag.set_grad_enabled(False)
    def triple(t):
        return t * 3

    assert not double(x).requires_grad
    assert ag.is_grad_enabled()
    assert not triple(x).requires_grad
    assert ag.is_grad_enabled()
    with ag.set_grad_enabled(False):
        assert not ag.is_grad_enabled()
        with ag.enable_grad():
            assert (x * 2).requires_grad
    assert ag.is_grad_enabled()


def test_threads_share_leaves_but_not_passes() -> None:
    x = ag.tensor(np.ones(100), requires_grad=True)
    found: list[Any] = []

    def work(scale: float) -> None:
        found.extend(ag.backprop(np.sum(np.sin(x) * scale), x).numpy()[0] / scale for _ in range(50))

    threads = [threading.Thread(target=work, args=(s,)) for s in (1.0, 2.0, 3.0)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    np.testing.assert_allclose(found, np.cos(1.0))
    assert len(found) == 150


def test_integers_cannot_require_grad() -> None:
    with pytest.raises(TypeError, match="int64"):
        ag.tensor([1, 2], requires_grad=True)
    index = ag.tensor([1, 0])
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    (x[index] * ag.tensor([True, False])).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [0.0, 1.0])


def test_nothing_loses_a_gradient_silently() -> None:
    import math

    x = ag.tensor([1.0, 2.0], requires_grad=True)
    for lose in (
        lambda: np.asarray(x),
        lambda: np.array([x[0], x[1]]),
        lambda: math.exp(x[0]),
        lambda: float(x[0]),
        lambda: complex(x[0]),
        lambda: x.numpy(),
        lambda: x.__dlpack__(),
        lambda: np.sum(np.ones(2), initial=x[0]),
        lambda: np.where(x, 1.0, 2.0),
        lambda: np.savetxt("x", x),
    ):
        with pytest.raises((TypeError, ValueError)) as raised:
            lose()
        causes = [str(raised.value), str(raised.value.__cause__)]
        assert any("detach" in text for text in causes), causes


@pytest.mark.parametrize(
    ("call", "help_"),
    [
        (lambda x: np.exp(x, where=np.array([True, False])), "ag.where"),
        (lambda x: np.exp(x, out=np.empty(2)), "write a = a \\+ t"),
        (lambda x: np.exp(x, dtype=np.float32), "astype"),
        (lambda x: np.sum(x, where=np.array([True, False])), "ag.where"),
        (lambda x: x.sum(dim=0), "axis="),
        (lambda x: x.sum(keepdim=True), "keepdims="),
        (lambda x: x.sum(0, 1, 2, 3), "at most"),
        (lambda x: np.add.at(x, [0], 1.0), "writes into an array"),
        (lambda x: np.concatenate([x, "a"]), "expected a tensor"),
        (lambda x: ag.multiply(x, "a"), "expected a tensor"),
    ],
)
def test_calls_that_are_refused_say_what_to_do(call: Callable[[Any], Any], help_: str) -> None:
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(TypeError, match=help_):
        call(x)


def test_operators_let_other_classes_try() -> None:
    class Other:
        def __radd__(self, other: Any) -> str:
            return "theirs"

        def __add__(self, other: Any) -> str:
            return "theirs"

        __matmul__ = __rmatmul__ = __add__

    x = ag.tensor([1.0])
    assert x + Other() == Other() + x == x @ Other() == Other() @ x == "theirs"
    with pytest.raises(TypeError, match="unsupported operand"):
        x + "a"
    with pytest.raises(TypeError, match="unsupported operand"):
        "a" - x


def test_numpy_scalars_and_arrays_on_the_left() -> None:
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    for left in (np.float64(3.0), np.array(3.0), np.array([3.0, 3.0]), 3.0, 3, [3.0, 3.0]):
        y = left * x
        assert isinstance(y, ag.Tensor)
        assert y.requires_grad
        np.testing.assert_array_equal(ag.backprop(y.sum(), x).numpy(), [3.0, 3.0])


def test_copies() -> None:
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward()
    for copied in (copy.copy(x), copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        assert copied.requires_grad
        assert copied.is_leaf
        assert copied is not x
        np.testing.assert_array_equal(copied.detach().numpy(), [1.0, 2.0])
    assert copy.deepcopy(x).grad is not x.grad
    with pytest.raises(GraphError, match="detach"):
        copy.deepcopy(x * 2)
    with pytest.raises(GraphError, match="detach"):
        pickle.dumps(x * 2)


def test_tensor_as_a_python_object() -> None:
    x = ag.tensor([[1.0, 2.0], [3.0, 4.0]])
    assert len({x, x.detach()}) == 2  # hashed by identity
    assert len(x) == 2
    assert [row.tolist() for row in x] == [[1.0, 2.0], [3.0, 4.0]]
    assert 3.0 in x
    assert 9.0 not in x
    assert x.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    with pytest.raises(ValueError, match=r"\.any\(\) or \.all\(\)"):
        bool(x)
    assert bool(ag.tensor(1.0))
    assert not bool(ag.tensor(0))
    assert [10, 20, 30][ag.tensor(1)] == 20
    assert f"{ag.tensor(1.5):.2f}" == "1.50"
    assert f"{x}".startswith("tensor(")
    assert (
        repr(ag.tensor(np.float32(1.0), requires_grad=True))
        == "tensor(1., dtype=float32, requires_grad=True)"
    )
    assert repr(ag.tensor(2.0, requires_grad=True) * 2) == "tensor(4., op=multiply)"
    with pytest.raises(UnsupportedError, match="0-d"):
        len(ag.tensor(1.0))
    with pytest.raises(UnsupportedError, match="0-d"):
        iter(ag.tensor(1.0))
    assert ag.Tensor([1.0], requires_grad=True).requires_grad
    assert (x.size, x.ndim, x.itemsize, x.nbytes, x.device, x.numel()) == (4, 2, 8, 32, "cpu", 4)


def test_requires_grad_switch() -> None:
    x = ag.tensor([1.0])
    x.requires_grad = True
    assert x.is_leaf
    assert x.requires_grad
    x.requires_grad_(False)
    assert not x.requires_grad
    with pytest.raises(GraphError, match="only leaves"):
        (x.requires_grad_() * 2).requires_grad_(False)
    with pytest.raises(ShapeError, match="expected shape"):
        x.grad = ag.ones(3)
