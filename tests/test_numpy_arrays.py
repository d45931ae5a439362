"""Joining, tiling, padding and selecting: what the registry's samples do not reach."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st

import autograd_cnn as ag
from autograd_cnn.core.tensor import Tensor
from autograd_cnn.testing import check_grads

GENERATOR = np.random.default_rng(3)


def normal(*shape: int) -> Any:
    return GENERATOR.standard_normal(shape)


def same(ours: Any, theirs: Any) -> None:
    """Equal values, shapes and dtypes; ours are tensors."""
    if isinstance(theirs, (list, tuple)):
        assert len(ours) == len(theirs)
        for our, their in zip(ours, theirs, strict=True):
            same(our, their)
        return
    assert isinstance(ours, Tensor)
    value = ours.detach().numpy()
    np.testing.assert_allclose(value, theirs, rtol=1e-12, atol=1e-14)
    assert value.shape == np.shape(theirs)
    assert value.dtype == np.asarray(theirs).dtype


# --- Every call of NumPy on a tensor gives what it gives on the array ----------------------------------

A, B, V = normal(3, 4), normal(2, 3, 4), normal(4)
CALLS: dict[str, Any] = {
    "hstack-dtype": lambda x: np.hstack([x, x], dtype=np.float32),
    "stack-dtype": lambda x: np.stack([x, x], dtype=np.float32),
    "ravel-f": lambda x: np.ravel(x, order="F"),
    "block": lambda x: np.block([[x, np.ones((3, 1))], [np.zeros((1, 5))]]),
    "block-3": lambda x: np.block([[[x], [x]], [[x], [x]]]),
    "append": lambda x: np.append(x, [1.0, 2.0]),
    "insert-empty": lambda x: np.insert(x, [], [], axis=1),
    "insert-many-at-one": lambda x: np.insert(x, 1, np.ones((2, 3)), axis=1),
    "delete-nothing": lambda x: np.delete(x, [], axis=1),
    "repeat-zero": lambda x: np.repeat(x, 0, axis=1),
    "tile-zero": lambda x: np.tile(x, (0, 2)),
    "tile-fewer": lambda x: np.tile(x, 2),
    "resize-larger": lambda x: np.resize(x, (5, 7)),
    "resize-0": lambda x: np.resize(x, 0),
    "resize-of-nothing": lambda x: np.resize(x[:0], (2, 2)),
    "roll-far": lambda x: np.roll(x, (17, -9), (0, 1)),
    "trim-all": lambda x: np.trim_zeros(x[0] * 0),
    "trim-back": lambda x: np.trim_zeros(np.concatenate([[0.0], x[0], [0.0]]), "b"),
    "meshgrid-ij": lambda x: np.meshgrid(x[0], x[1], indexing="ij"),
    "meshgrid-sparse": lambda x: np.meshgrid(x[0], x[1], sparse=True),
    "windows-of-0": lambda x: np.lib.stride_tricks.sliding_window_view(x, 0, axis=1),
    "tril-bool": lambda x: np.tril(x > 0),
    "trace-dtype": lambda x: np.trace(x, dtype=np.float32),
    "vander-0": lambda x: np.vander(x[0], 0),
    "vander-int": lambda x: np.vander((x[0] * 10).astype(np.int32), 3),
    "take-scalar": lambda x: np.take(x, 5),
    "take-method": lambda x: x.take([[0, 1], [2, 2]], axis=1),
    "take-nothing": lambda x: np.take(x, np.array([], int), axis=0),
    "compress-by-itself": lambda x: np.compress(x[0] > 0, x, axis=1),
    "extract-by-itself": lambda x: np.extract(x > 0, x),
    "choose-array": lambda x: np.choose(np.array([2, 0, 1, 1]), x),
    "select": lambda x: np.select([x > 1, x > 0], [x, x**2], -1),
    "select-number": lambda x: np.select([x > 1], [2.0], x),
    "piecewise-one-condition": lambda x: np.piecewise(x[0], x[0] > 0, [np.sqrt, lambda z: -z]),
    "piecewise-arguments": lambda x: np.piecewise(x, [x > 0], [lambda z, k, p: k * z**p], 3, p=2),
    "piecewise-overlap": lambda x: np.piecewise(x, [x > 0, x > 1], [1.0, 2.0]),
    "apply-along-constant": lambda x: np.apply_along_axis(np.argmax, 0, x),
    "nonzero": lambda x: np.nonzero(x > 0),
    "argwhere": lambda x: np.argwhere(x > 0),
    "flatnonzero": lambda x: np.flatnonzero(x > 0),
    "triu-from": lambda x: np.triu_indices_from(x),
    "unravel": lambda x: np.unravel_index(np.argmax(x, axis=1), (2, 2)),
    "ravel-index": lambda x: np.ravel_multi_index((np.argmax(x, 1), np.argmin(x, 1)), x.shape),
    "ix": lambda x: x[np.ix_([2, 0], [1, 3])],
    "outer-ufunc": lambda x: np.multiply.outer(x, x[0]),
    "outer-subtract": lambda x: np.subtract.outer(x[0], [1.0, 2.0]),
    "outer-constant": lambda x: np.greater.outer(x[0], x[1]),
    "vecdot-axis": lambda x: np.vecdot(x, x * 2, axis=0),
    "vecdot-keepdims": lambda x: np.linalg.vecdot(x, x),
    "vdot-shapes": lambda x: np.vdot(x, np.ones((4, 3))),
    "tensordot-int64": lambda x: np.tensordot(x, x.T, axes=np.int64(1)),
    "cross-linalg": lambda x: np.linalg.cross(x[:, :3], x[:, 1:]),
    "outer-linalg": lambda x: np.linalg.outer(x[0], x[1]),
    "diagonal-linalg": lambda x: np.linalg.diagonal(x[None], offset=1),
    "trace-linalg": lambda x: np.linalg.trace(x[None], offset=-1),
    "transpose-linalg": lambda x: np.linalg.matrix_transpose(x),
    "matmul-linalg": lambda x: np.linalg.matmul(x, x.T),
    "matrix-power-0": lambda x: np.linalg.matrix_power(x[:, :3], 0),
    "copy": lambda x: np.copy(x),
}


@pytest.mark.parametrize("name", CALLS)
def test_calls_agree_with_numpy(name: str) -> None:
    same(CALLS[name](ag.tensor(A, requires_grad=True)), CALLS[name](A))


@pytest.mark.parametrize("name", ["vander-0", "vander-int", "tril-bool", "outer-constant", "select-number"])
def test_constants_too(name: str) -> None:
    same(CALLS[name](ag.tensor(A)), CALLS[name](A))


# --- np.pad --------------------------------------------------------------------------------------------

MODES = ["edge", "reflect", "symmetric", "wrap", "linear_ramp", "maximum", "minimum", "mean", "median"]


@examples(60)
@given(st.data())
def test_pad_is_numpys(data: st.DataObject) -> None:
    mode = data.draw(st.sampled_from(MODES))
    shape = data.draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    widths = data.draw(st.tuples(*[st.tuples(st.integers(0, 9), st.integers(0, 9))] * 2))
    options: dict[str, Any] = {}
    if mode in ("reflect", "symmetric"):
        options["reflect_type"] = data.draw(st.sampled_from(["even", "odd"]))
    if mode == "linear_ramp":
        options["end_values"] = data.draw(st.sampled_from([0, 2.5, (1, 2), ((1, 2), (3, 4))]))
    if mode in ("maximum", "minimum", "mean", "median"):
        options["stat_length"] = data.draw(st.sampled_from([None, 1, 2, (1, 3), ((1, 2), (3, 9))]))
    array = np.random.default_rng(0).standard_normal(shape)
    same(
        np.pad(ag.tensor(array, requires_grad=True), widths, mode, **options),
        np.pad(array, widths, mode, **options),
    )


def test_pad_keeps_infinities_apart() -> None:
    x = np.array([np.inf, 1.0, 2.0, -0.0])
    for mode in ("edge", "reflect", "symmetric", "wrap", "constant"):
        same(np.pad(ag.tensor(x), 3, mode), np.pad(x, 3, mode))
    padded = np.pad(ag.tensor(x), 1, constant_values=np.inf).numpy()
    assert np.signbit(padded[-2])


def test_pad_of_integers_and_nothing() -> None:
    x = np.array([[1, 4, 2]])
    for mode in MODES:
        same(np.pad(ag.tensor(x), 2, mode), np.pad(x, 2, mode))
    empty = np.zeros((0, 2))
    same(np.pad(ag.tensor(empty), ((0, 0), (1, 1)), "reflect"), np.pad(empty, ((0, 0), (1, 1)), "reflect"))
    with pytest.raises(ValueError, match="an empty axis has nothing to pad with, but axis 0"):
        np.pad(ag.tensor(empty), 1, "edge")


def test_pad_refuses_what_it_cannot() -> None:
    x = ag.tensor(A, requires_grad=True)
    with pytest.raises(TypeError, match="a function as mode writes in place"):
        np.pad(x, 1, lambda *a: None)
    with pytest.raises(ValueError, match="expected mode to be one of constant"):
        np.pad(x, 1, "nonsense")
    with pytest.raises(ValueError, match="stat_length of 1 or more"):
        np.pad(x, 1, "mean", stat_length=0)


# --- Selecting, and what is refused ----------------------------------------------------------------------


def test_singular_pieces_do_no_harm() -> None:
    x = ag.tensor([-1.0, 0.0, 4.0], requires_grad=True)
    np.piecewise(x, [x > 0], [np.sqrt, lambda z: 3 * z]).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [3, 3, 0.25])  # type: ignore[union-attr]


def test_insertion_at_a_mask() -> None:
    x = ag.tensor([1.0, 2.0, 3.0], requires_grad=True)
    result = np.insert(x, np.array([True, False, True]), [8.0, 9.0])
    np.testing.assert_array_equal(result.detach().numpy(), [8, 1, 2, 9, 3])


def test_trimming_several_axes() -> None:
    from autograd_cnn.ops.tiling import trim_zeros

    x = np.zeros((4, 5))
    x[1:3, 2:4] = A[:2, :2]
    same(trim_zeros(ag.tensor(x)), A[:2, :2])
    same(trim_zeros(ag.tensor(x), "f", axis=1), x[:, 2:])
    same(trim_zeros(ag.tensor(x * 0), axis=0), x[:0])


def test_slices_are_one_op() -> None:
    """So that the backward pass is linear in their number."""
    x = ag.tensor(A, requires_grad=True)
    first, *_, last = np.unstack(x) if hasattr(np, "unstack") else ag.ops.joining.unstack(x)
    assert first._source.parents[0].node is last._source.parents[0].node  # type: ignore[union-attr]
    (first * 2 + last).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [[2] * 4, [0] * 4, [1] * 4])  # type: ignore[union-attr]
    assert ag.ops.joining.unstack(ag.zeros((0, 2))) == ()


def test_conversions_to_another_dtype() -> None:
    if not hasattr(getattr(np, "astype", None), "_implementation"):
        pytest.skip("np.astype dispatches since NumPy 2.1")
    same(np.astype(ag.tensor(A, requires_grad=True), np.float32), A.astype(np.float32))


def test_triangles_are_made_and_shield_what_they_drop() -> None:
    same(ag.ops.diagonal.tri(3, 4, -1), np.tri(3, 4, -1))
    x = np.array([[1.0, np.inf], [2.0, np.nan]])
    same(np.tril(ag.tensor(x), -1), [[0.0, 0.0], [2.0, 0.0]])


def test_where_alone_gives_indices() -> None:
    x = ag.tensor(A, requires_grad=True)
    same(x[np.where(x > 0)], A[np.where(A > 0)])
    same(x[ag.where(x > 0)], A[np.where(A > 0)])


def test_vander_and_matrix_power_at_zero() -> None:
    check_grads(lambda x: np.vander(x, 4), [np.array([0.0, 2.0])], order=3)
    check_grads(lambda x: np.linalg.matrix_power(x, 3), [np.zeros((2, 2))], order=3)
    np.testing.assert_array_equal(np.vander(ag.tensor([np.inf]), 1).numpy(), [[1.0]])


def test_repeats_accumulate() -> None:
    x = ag.tensor(np.ones(3, np.float16), requires_grad=True)
    np.repeat(x, 5000).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [5000] * 3)  # type: ignore[union-attr]
    y = ag.tensor([1.0, 2.0], requires_grad=True)
    (np.take(y, [0, 0, 1]) * np.array([1.0, 2.0, 3.0])).sum().backward()
    np.testing.assert_array_equal(y.grad.numpy(), [3, 3])  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "write",
    [
        lambda a, t: np.copyto(a, t),
        lambda a, t: np.put(a, [0], t),
        lambda a, t: np.place(a, a > 0, t),
        lambda a, t: np.putmask(a, a > 0, t),
        lambda a, t: np.put_along_axis(t, np.zeros((3, 1), int), 1.0, 1),
        lambda a, t: np.fill_diagonal(t, 1.0),
    ],
)
def test_writing_into_an_array_is_refused(write: Any) -> None:
    before = A.copy()
    with pytest.raises(TypeError, match=r"writes into an array.*\.at\["):
        write(A, ag.tensor(A, requires_grad=True))
    np.testing.assert_array_equal(A, before)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: np.take(x, 99), IndexError, "out of bounds"),
        (lambda x: np.take(x, [0.5]), TypeError, "integer indices"),
        (lambda x: np.take(x, 0, mode="nonsense"), ValueError, "'raise', 'wrap' or 'clip'"),
        (lambda x: np.choose([0, 5, 0, 0], x), ValueError, "numbers from 0 to 2"),
        (lambda x: np.select([x], [x]), TypeError, "boolean conditions"),
        (lambda x: np.select([x > 0], []), ValueError, "as many choices"),
        (lambda x: np.piecewise(x, [x > 0], [1, 2, 3]), ValueError, "1 or 2 functions for 1"),
        (lambda x: np.compress(x > 0, x), ValueError, "one axis"),
        (lambda x: np.block([[x], x]), ValueError, "nested equally deep"),
        (lambda x: np.block([x, []]), ValueError, "an empty list"),
        (lambda x: np.vsplit(x[0], 2), ValueError, "vsplit: expected 2 or more axes"),
        (lambda x: np.array_split(x, 0), ValueError, "1 or more sections"),
        (lambda x: np.fliplr(x[0]), ValueError, "fliplr: expected 2 or more axes"),
        (lambda x: np.diag(x[None]), ValueError, "diag: expected one or two axes"),
        (lambda x: np.resize(x, -1), ValueError, "lengths of 0 or more"),
        (lambda x: np.meshgrid(x[0], indexing="no"), ValueError, "'xy' or 'ij'"),
        (lambda x: np.lib.stride_tricks.sliding_window_view(x, 5, axis=1), ValueError, "lengths of 0 to 4"),
        (lambda x: np.lib.stride_tricks.sliding_window_view(x, 2), ValueError, "a window length for each"),
        (lambda x: np.apply_along_axis(np.sum, 0, x[:, :0]), ValueError, "no slices"),
        (lambda x: np.insert(x, 9, 1.0, axis=0), IndexError, "out of bounds"),
        (lambda x: np.vander(x), ValueError, "one axis"),
        (lambda x: np.hstack([x, x], dtype=int, casting="safe"), TypeError, "Cannot cast"),
        (lambda x: np.take(x, [0], out=np.zeros(1)), TypeError, "no argument 'out' on tensors; write a"),
        (lambda x: np.reshape(x, 12, order="A"), ValueError, "order='C' or 'F'"),
    ],
)
def test_mistakes_are_explained(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call(ag.tensor(A, requires_grad=True))


def test_array_joins_tensors_and_copies() -> None:
    def f(x):
        return ag.sum(ag.array([[x[0], x[1] ** 2], [1.0, x[0] * x[1]]]) ** 2)

    check_grads(f, [np.array([0.5, -1.5])])
    x = ag.tensor([1.0, 2.0])
    assert ag.array(x) is not x
    assert ag.array(x, ndmin=3).shape == (1, 1, 2)
    assert ag.array([1, 2], np.float32).dtype == np.float32
