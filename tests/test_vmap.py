"""`vmap` nested, with every other transform, of trees, of nothing, and where it has to loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from vmap_loop import array, assert_same, by_hand, check, leaves, no_loop

import autograd_cnn as ag
from autograd_cnn.core.batched import Batched, active
from autograd_cnn.core.tensor import Tensor
from autograd_cnn.nn import functional as F  # noqa: N812 - the field's name for it

RNG = np.random.default_rng(0)
PAIRS = RNG.integers(0, 3, (5, 2))
A, B, C = RNG.normal(size=(4, 3)), RNG.normal(size=(5, 3)), RNG.normal(size=(6, 2, 3))


def scalar(w: Any, x: Any) -> Any:
    return np.sum(np.tanh(w @ x) ** 2) * x[0] + np.sum(w * w)


def test_nested() -> None:
    kernel = ag.vmap(ag.vmap(lambda x, y: np.exp(-np.sum((x - y) ** 2)), (None, 0)), (0, None))
    with no_loop():
        got = kernel(A, B)
    np.testing.assert_allclose(got, np.exp(-np.sum((A[:, None] - B) ** 2, axis=-1)))
    with no_loop():
        got = ag.vmap(
            ag.vmap(ag.vmap(lambda x, y, z: x @ y + z, (0, None, None)), (None, 0, 0), 1), (None, 1, 0)
        )(A, C, np.arange(12.0).reshape(2, 6))
    expected = np.einsum("ak,bck->cab", A, C) + np.arange(12.0).reshape(2, 1, 6)
    np.testing.assert_allclose(got, expected)


def test_nested_over_indices_and_convolutions() -> None:
    images, weights = RNG.normal(size=(3, 2, 1, 4, 4)), RNG.normal(size=(5, 2, 1, 3, 3))
    with no_loop():
        got = ag.vmap(ag.vmap(F.conv2d, (None, 0)), (0, None))(images, weights)
        picked = ag.vmap(ag.vmap(lambda x, i: x[i], (None, 0)), (0, None))(A, PAIRS)
    expected = [[array(F.conv2d(image, weight)) for weight in weights] for image in images]
    np.testing.assert_allclose(got, expected)
    np.testing.assert_array_equal(picked, A[:, PAIRS])


@pytest.mark.parametrize(
    "of_one",
    [
        ag.grad(scalar),
        ag.grad(scalar, (0, 1)),
        ag.value_and_grad(scalar, 1),
        ag.hessian(scalar, 1),
        ag.jacobian(lambda w, x: np.sin(w @ x), 1),
        ag.jacobian(lambda w, x: np.sin(w @ x)[:1], 0),
        lambda w, x: ag.jvp(scalar, (w, x), (w * 0.5, x * 2)),
        lambda w, x: ag.jvp(scalar, (w, x), (np.ones((4, 3)), np.ones(3)))[1],
        lambda w, x: ag.hvp(lambda x: scalar(w, x), x, x * x),
        lambda w, x: ag.vjp(scalar, w, x)[1](2.0),
        lambda w, x: ag.vmap(ag.vjp(lambda x: np.sin(w @ x), x)[1])(np.eye(4)),
        lambda w, x: ag.grad(lambda x: np.sum(ag.grad(scalar)(w, x) * w))(x),
        lambda w, x: ag.grad(lambda w: np.sum(ag.vmap(scalar, (None, 0))(w, B) * x[0]))(w),
        lambda w, x: ag.vmap(ag.grad(scalar, 1), (None, 0))(w, B * x),
        lambda w, x: ag.jacobian(lambda x: ag.vmap(lambda r: np.sin(r * x))(w))(x),
        lambda w, x: ag.grad(lambda t: np.sum(t * w))(np.ones(3)) + ag.grad(lambda t: 3.0)(x),
        lambda w, x: ag.grad(lambda t: ag.grad(lambda s: s * t * np.sum(x))(2.0) * t)(3.0),
    ],
)
def test_transforms_inside(of_one: Any) -> None:
    check(of_one, A, B, in_axes=(None, 0))
    check(of_one, np.stack([A, A + 1]), B[:2])
    inner = ag.vmap(of_one, (None, 0))
    with no_loop():
        got = ag.vmap(inner)(np.stack([A, A * 2]), np.stack([B, B - 1]))
    assert_same(
        got,
        [
            np.stack(x)
            for x in zip(*(by_hand(of_one, a, (None, 0)) for a in ((A, B), (A * 2, B - 1))), strict=True)
        ],
    )


def test_transforms_outside() -> None:
    def total(w: Any) -> Any:
        return np.sum(ag.vmap(scalar, (None, 0))(w, B) ** 2)

    def plain_total(w: Any) -> Any:
        return sum(scalar(w, x) ** 2 for x in B)

    with no_loop():
        for transform in (ag.grad, ag.hessian, lambda f: ag.jacobian(ag.grad(f))):
            np.testing.assert_allclose(transform(total)(A), transform(plain_total)(A), rtol=1e-10)
        np.testing.assert_allclose(ag.hvp(total, A, A * 2), ag.hvp(plain_total, A, A * 2))
        each = ag.jacobian(lambda w: ag.vmap(scalar, (None, 0))(w, B))(A)
        tangent = ag.jvp(total, (A,), (A,))[1]
    np.testing.assert_allclose(each, [ag.grad(scalar)(A, x) for x in B])
    assert tangent == pytest.approx(ag.jvp(plain_total, (A,), (A,))[1])


def test_gradients_of_examples_that_are_differentiated_again() -> None:
    """The norm of the gradient of each example: grad, vmap and grad again."""

    def norms(w: Any) -> Any:
        return np.sum(ag.vmap(ag.grad(scalar), (None, 0))(w, B) ** 2)

    with no_loop():
        got = ag.grad(norms)(A)
    np.testing.assert_allclose(got, ag.grad(lambda w: sum(np.sum(ag.grad(scalar)(w, x) ** 2) for x in B))(A))


def test_backprop_of_an_example_by_what_is_common_to_all() -> None:
    """The tape holds the sum over the examples of that; each example is to have its own."""
    w = ag.tensor(A, requires_grad=True)
    got = ag.vmap(lambda x: ag.backprop(scalar(w, x), w))(B)
    np.testing.assert_allclose(got, [ag.grad(scalar)(A, x) for x in B])
    ag.vmap(lambda x: scalar(w, x).backward() or 0.0)(B)
    np.testing.assert_allclose(w.grad.numpy(), sum(ag.grad(scalar)(A, x) for x in B))
    doubled, w.grad = w * 2, None
    ag.vmap(lambda g: doubled.backward(g, retain_graph=True) or 0.0)(np.stack([A, A]))
    np.testing.assert_allclose(w.grad.numpy(), 4 * A)


def test_what_is_recorded_stays_recorded() -> None:
    w = ag.tensor(A, requires_grad=True)
    x = B.copy()
    with no_loop():
        recorded = ag.vmap(lambda x: ag.grad(scalar, 1)(w, x))(x)
    x[...] = 0  # it was copied
    assert recorded.requires_grad
    recorded.sum().backward()
    expected = ag.grad(lambda w: sum(np.sum(ag.grad(scalar, 1)(w, x)) for x in B))(A)
    np.testing.assert_allclose(w.grad.numpy(), expected)
    with ag.no_grad(), no_loop():
        assert isinstance(ag.vmap(lambda x: scalar(w, x))(B), np.ndarray)


def test_complex() -> None:
    z = RNG.normal(size=(4, 3)) + 1j * RNG.normal(size=(4, 3))
    check(lambda z: np.abs(z) * z.conj() + z.real, z)
    check(ag.grad(lambda z: np.sum(np.abs(z * z[0]) ** 2)), z)


# --- What goes in and comes out -----------------------------------------------------------------------


def test_trees_axes_and_types() -> None:
    def f(p: Any, x: Any) -> Any:
        return {"a": p["w"][0] * x, "b": (p["w"][1].sum(), 3.0, np.arange(2))}

    tree = {"w": [A, (RNG.normal(size=(4, 2)))]}
    with no_loop():
        got = ag.vmap(f, (0, None), out_axes=-1)(tree, 2.0)
    assert set(got) == {"a", "b"}
    np.testing.assert_allclose(got["a"], 2 * A.T)
    np.testing.assert_array_equal(got["b"][1], [3.0] * 4)
    np.testing.assert_array_equal(got["b"][2], [[0] * 4, [1] * 4])
    assert all(isinstance(leaf, np.ndarray) and leaf.flags.writeable for leaf in leaves(got))
    assert ag.vmap(lambda x: x * 2)(A.astype(np.float32)).dtype == np.float32
    assert isinstance(ag.vmap(lambda x: x * 2)(ag.tensor(A)), Tensor)
    check(lambda x, y: x * y, A, A.T, in_axes=(0, -1), out_axes=1)


def test_no_examples() -> None:
    none = np.zeros((0, 3))
    with no_loop():
        assert ag.vmap(lambda x: np.sum(np.exp(x)))(none).shape == (0,)
        assert ag.vmap(lambda w, x: w @ x, (None, 0))(A, none).shape == (0, 4)
        assert ag.vmap(ag.grad(scalar), (None, 0))(A, none).shape == (0, 4, 3)
        assert ag.vmap(np.linalg.pinv)(np.zeros((0, 2, 3))).shape == (0, 3, 2)  # without a rule
        assert ag.vmap(F.conv2d)(np.zeros((0, 2, 1, 4, 4)), np.zeros((0, 5, 1, 3, 3))).shape == (
            0,
            2,
            5,
            2,
            2,
        )
    with pytest.raises(ValueError, match="there are no examples"):
        ag.vmap(lambda x: x if x[0] > 0 else -x)(none)


def counting(function: Callable[..., Any]) -> tuple[Callable[..., Any], list[None]]:
    calls: list[None] = []

    def counted(*args: Any) -> Any:
        calls.append(None)
        return function(*args)

    return counted, calls


def in_place(x: Any) -> Any:
    x = x * 1
    x[0] = 5.0
    x += x[1]
    return x


def own_argument(x: Any) -> Any:
    x[0] = 5.0
    return x


def gathered(x: Any) -> Any:
    total = ag.zeros(3)
    for i in range(3):
        total[i] = x[i] * 2
    return total


def trained(x: Any) -> Any:
    w = ag.tensor(2.0, requires_grad=True)
    (w * x).sum().backward()
    return w.grad


def hooked(x: Any) -> Any:
    w = ag.tensor(A, requires_grad=True)
    y = w @ x
    y.register_hook(lambda g: g * 2)
    return ag.backprop(y.sum(), w)


def leaf_of_its_own(x: Any) -> Any:
    variable = x.detach()
    variable.requires_grad_()
    (variable**2).sum().backward()
    return variable.grad


def swallowed(x: Any) -> Any:
    try:
        return x * 2 if float(x[0]) > 0 else x
    except Exception:
        return x * 100


NOT_AT_ONCE = [
    lambda x: x * 2 if x[0] > 0 else -x,
    lambda x: float(x[0]) * np.ones(2),
    lambda x: int(x[0] * 10) + x,
    lambda x: x[: int(x[0] > 0) + 1].sum(),
    lambda x: x.item() if x.ndim == 0 else x[1].item(),
    lambda x: np.asarray(x) + 1,
    lambda x: np.array([x[0], x[1]]),
    lambda x: ag.tensor(x) * 2,
    lambda x: x.numpy() * 2,
    lambda x: np.array(x.tolist()),
    lambda x: A[x.argmax()],
    lambda x: len(f"{x[0]:.3f}") + x,
    lambda x: {True: x, False: -x}[bool(x[0] > x[1])],
    lambda x: 1.0 if 0.0 in x else x[0],
    in_place,
    own_argument,
    gathered,
    trained,
    hooked,
    leaf_of_its_own,
    swallowed,
]


@pytest.mark.parametrize("function", NOT_AT_ONCE)
def test_it_loops_where_it_must(function: Any) -> None:
    before = B.copy()
    counted, calls = counting(function)
    assert_same(ag.vmap(counted)(B), by_hand(function, (B,)))
    assert len(calls) == len(B) + 1
    assert_same(
        ag.vmap(ag.vmap(function))(np.stack([B, -B])),
        [np.stack(x) for x in zip(*(by_hand(function, (b,)) for b in (B, -B)), strict=True)],
    )
    np.testing.assert_array_equal(B, before)
    assert active.get() == ()


def test_a_composite_that_needs_values_loops_by_itself() -> None:
    counted, calls = counting(lambda x: np.median(x * 2) + x)
    np.testing.assert_allclose(ag.vmap(counted)(B), np.median(B * 2, axis=1)[:, None] + B)
    assert len(calls) == 1


def test_an_example_prints_as_a_batch() -> None:
    seen = []
    ag.vmap(lambda x: (seen.append(repr(x)), x)[1])(np.array([1.0, 2.0]))
    assert seen == ["batched(tensor([1., 2.]))"]


def test_errors_of_axes() -> None:
    with pytest.raises(ValueError, match=r"no axis 2 to map over in an argument of shape \(5, 3\)"):
        ag.vmap(lambda x: x, 2)(B)
    with pytest.raises(ValueError, match=r"no axis 0 .* shape \(\); None in in_axes"):
        ag.vmap(lambda x, y: x * y)(B, 2.0)
    with pytest.raises(ValueError, match="expected an axis or None"):
        ag.vmap(lambda x: x, ({"w": 0},))({"w": B})
    with pytest.raises(ValueError, match="one form and one shape"):
        ag.vmap(lambda x: [x, x] if x[0] > 0 else x)(B)


def test_errors_are_those_of_one_example() -> None:
    with pytest.raises(ValueError, match=r"\(3,\) float64, \(2,\)"):
        ag.vmap(lambda x: x + np.ones(2))(B)
    with pytest.raises(ZeroDivisionError):
        ag.vmap(lambda x: x * (1 // 0))(B)
    with pytest.raises(TypeError, match="results, got str"):
        ag.vmap(lambda x: "x")(B)
    with pytest.raises(ValueError, match="axis"):
        ag.vmap(lambda x: x.sum(axis=-2))(B)


def test_a_value_that_escapes() -> None:
    kept: list[Any] = []
    ag.vmap(lambda x: (kept.append(x), x)[1])(B)
    assert isinstance(kept[0], Batched)
    with pytest.raises(RuntimeError, match="after the function that was mapped had ended"):
        kept[0] + 1
