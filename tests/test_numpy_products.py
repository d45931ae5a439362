"""einsum and its like: what the registry's samples do not reach."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st

import autograd_cnn as ag
from autograd_cnn.core.registry import NUMPY
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


A, B = normal(3, 4), normal(2, 3, 4)

# --- einsum --------------------------------------------------------------------------------------------


@examples(80)
@given(st.data())
def test_einsum_is_numpys(data: st.DataObject) -> None:
    """Random subscripts, with repeated indices, axes of length 1, an ellipsis, outputs given and implied."""
    lengths = dict(zip("abcd", data.draw(st.tuples(*[st.integers(1, 3)] * 4)), strict=True))
    terms, arrays = [], []
    generator = np.random.default_rng(0)
    dots = data.draw(st.booleans())
    for _ in range(data.draw(st.integers(1, 3))):
        term = data.draw(st.text("abcd", max_size=3))
        ones = {letter: data.draw(st.booleans()) for letter in term}
        shape = [1 if ones[letter] else lengths[letter] for letter in term]
        if dots and data.draw(st.booleans()):
            free = data.draw(st.sampled_from([(), (2,), (3, 2), (1, 2), (3, 1)]))
            place = data.draw(st.integers(0, len(term)))
            term, shape = f"{term[:place]}...{term[place:]}", [*shape[:place], *free, *shape[place:]]
        terms.append(term)
        arrays.append(generator.standard_normal(shape))
    letters = sorted(set("".join(terms)) - {"."})
    subscripts = ",".join(terms)
    if data.draw(st.booleans()):
        kept = data.draw(st.permutations([letter for letter in letters if data.draw(st.booleans())]))
        subscripts += "->" + "".join(kept[:1]) + ("..." if "..." in subscripts else "") + "".join(kept[1:])
    optimize = data.draw(st.sampled_from([False, True, "optimal"]))
    expected = np.einsum(subscripts, *arrays)
    tensors = [ag.tensor(a, requires_grad=True) for a in arrays]
    result = np.einsum(subscripts, *tensors, optimize=optimize)
    np.testing.assert_allclose(result.detach().numpy(), expected, rtol=1e-10, atol=1e-12)
    assert result.shape == expected.shape
    gradients = ag.backprop([result], tensors, [np.ones(result.shape)])
    # It is linear in each operand, so that each gradient gives the whole sum back (Euler).
    for array, gradient in zip(arrays, gradients, strict=True):
        assert gradient.shape == array.shape
        np.testing.assert_allclose((gradient.numpy() * array).sum(), expected.sum(), rtol=1e-9, atol=1e-9)


def test_einsum_of_operands_and_lists() -> None:
    x, y = ag.tensor(A, requires_grad=True), ag.tensor(B)
    same(np.einsum(x, [0, 1], y, [2, 0, 1], [2, 0]), np.einsum(A, [0, 1], B, [2, 0, 1], [2, 0]))
    same(np.einsum(x, [0, 1], y, [2, 0, 1]), np.einsum(A, [0, 1], B, [2, 0, 1]))
    same(np.einsum(x, [..., 3], [3, ...]), np.einsum(A, [..., 3], [3, ...]))


def test_einsum_takes_a_path() -> None:
    path: Any = ["einsum_path", (1, 2), (0, 1)]
    x = ag.tensor(A, requires_grad=True)
    same(np.einsum("ij,jk,kl->il", x, A.T, A, optimize=path), np.einsum("ij,jk,kl->il", A, A.T, A))


def test_einsum_dtypes() -> None:
    x = A.astype(np.float32)
    same(np.einsum("ij->j", ag.tensor(x)), np.einsum("ij->j", x))
    same(np.einsum("ij,ij", ag.tensor(x), x, dtype=np.float64), np.einsum("ij,ij", x, x, dtype=np.float64))
    same(np.einsum("ij,kj->ik", ag.tensor([[1, 2]]), [[3, 4]]), np.einsum("ij,kj->ik", [[1, 2]], [[3, 4]]))
    with pytest.raises(TypeError, match="cannot be cast to float32"):
        np.einsum("ij->j", ag.tensor(A), dtype=np.float32)


def test_einsum_of_complex_numbers() -> None:
    check_grads(
        lambda x, y, z: np.einsum("ij,jk,kk->i", x, y, z),
        [normal(2, 3) + 1j * normal(2, 3), normal(3, 2) + 1j * normal(3, 2), normal(2, 2)],
    )


def test_einsum_of_one_tensor_with_itself() -> None:
    check_grads(lambda x: np.einsum("ij,jk,ki->", x, x, x), [normal(3, 3)], order=3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: np.einsum("ij,jk->ik", x, x), "one length for the index 'j', got 4 and 3"),
        (lambda x: np.einsum("ii->i", x), "one length for the index 'i', got 3 and 4"),
        (lambda x: np.einsum("ii->i", x[:1]), "a diagonal along 'i' of axes of one length"),
        (lambda x: np.einsum("ijk->i", x), "an operand with 3 axes for the indices 'ijk', got 2"),
        (lambda x: np.einsum("i->i", x), "an operand with 1 axes"),
        (lambda x: np.einsum("ij->iz", x), "an output of distinct indices that an operand has, got 'iz'"),
        (lambda x: np.einsum("ij->ii", x), "an output of distinct indices"),
        (lambda x: np.einsum("i?->i", x), "expected letters"),
        (lambda x: np.einsum("ij,jk", x), "expected 2 operands"),
        (lambda x: np.einsum("...j->j", x), "the output needs"),
    ],
)
def test_einsum_explains_mistakes(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call(ag.tensor(A))


# --- Other products --------------------------------------------------------------------------------------


def test_products_of_complex_numbers() -> None:
    x, y = normal(2, 3) + 1j * normal(2, 3), normal(2, 3) + 1j * normal(2, 3)
    for call in (np.vecdot, np.vdot, np.kron, lambda a, b: np.cross(a, b)):
        same(call(ag.tensor(x), y), call(x, y))
        check_grads(call, [x, y])
    for name in ("matvec", "vecmat"):
        if hasattr(np, name):
            call = getattr(np, name)
            square = x[:, :2]
            args = [square, x[:, 0]]
            same(
                call(ag.tensor(args[0]), args[1]) if name == "matvec" else call(ag.tensor(args[1]), square),
                call(*args) if name == "matvec" else call(args[1], square),
            )


def test_cross_of_vectors_in_the_plane() -> None:
    x, y, z = ag.tensor([1.0, 2.0]), ag.tensor([3.0, 5.0]), ag.tensor([1.0, 2.0, 3.0])
    assert np.cross(x, y).item() == -1
    np.testing.assert_array_equal(np.cross(x, z).numpy(), [6, -3, 0])
    with pytest.raises(ValueError, match="vectors of length 3"):
        np.cross(z, ag.ones(4))


def test_options_of_generalised_ufuncs_are_not_lost() -> None:
    x = ag.tensor(B, requires_grad=True)
    with pytest.raises(TypeError, match="'axes'"):
        np.matmul(x, x, axes=[(0, 1), (0, 1), (0, 1)])
    with pytest.raises(TypeError, match="'axes'"):
        np.vecdot(x, x, axes=[0, 0, ()])


def test_multi_dot_takes_the_cheapest_order() -> None:
    from autograd_cnn.ops.products import _cheapest_cuts

    # Cormen et al., figure 15.5: ((A1 (A2 A3)) ((A4 A5) A6))
    cuts = _cheapest_cuts((30, 35, 15, 5, 10, 20, 25))
    assert (cuts[0, 5], cuts[0, 2], cuts[3, 5]) == (2, 0, 4)


def test_mistakes_in_products_name_shapes() -> None:
    x = ag.tensor(A)
    for call, message in [
        (lambda: np.vecdot(x, x.T), r"vecdot: .* got shapes \(3, 4\) and \(4, 3\)"),
        (lambda: np.linalg.matrix_power(x, 2), "square matrices"),
        (lambda: np.linalg.multi_dot([x]), "two or more arrays"),
        (lambda: np.linalg.multi_dot([x, x[None], x]), "matrices"),
        (lambda: np.vdot(x, x[0]), "as many entries in both"),
        (lambda: np.linalg.cross(x, x), "length 3"),
        (lambda: np.linalg.outer(x, x), "two 1-d arrays"),
    ]:
        with pytest.raises(ValueError, match=message):
            call()


def test_negative_matrix_powers_are_those_of_the_inverse() -> None:
    x = normal(2, 2) + 3 * np.eye(2)
    if np.linalg.inv not in NUMPY:
        with pytest.raises(TypeError, match="inv"):
            np.linalg.matrix_power(ag.tensor(x, requires_grad=True), -2)
        return
    same(np.linalg.matrix_power(ag.tensor(x, requires_grad=True), -2), np.linalg.matrix_power(x, -2))
    check_grads(lambda a: np.linalg.matrix_power(a, -2), [x])
