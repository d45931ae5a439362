import numpy as np
import pytest
from blas import blas_threads, two_blas_threads
from hypothesis import given
from hypothesis import strategies as st

from autograd_cnn.kernels import matmul, one_blas_thread

SIZES = st.integers(0, 90)


@given(SIZES, SIZES, SIZES, st.sampled_from([((), ()), ((2,), ()), ((3, 1), (2,)), ((2,), (2,))]))
def test_equals_numpy(m, k, n, batches):
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(*batches[0], m, k)), rng.normal(size=(*batches[1], k, n))
    product = matmul(a, b)
    expected = np.matmul(a, b)
    assert product.dtype == expected.dtype
    np.testing.assert_allclose(product, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("shape", [(700, 300, 200), (200, 300, 700), (2000, 64, 100)])
def test_large_products_in_pieces_have_the_same_bits_each_time(shape):
    m, k, n = shape
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(m, k)).astype(np.float32), rng.normal(size=(n, k)).astype(np.float32).T
    product = matmul(a, b)
    np.testing.assert_allclose(product, a.astype(float) @ b.astype(float), atol=2e-4)
    np.testing.assert_array_equal(matmul(a, b), product)


def test_vectors_and_integers():
    rng = np.random.default_rng(2)
    a, v = rng.integers(0, 9, (100, 100)), rng.integers(0, 9, 100)
    np.testing.assert_array_equal(matmul(a, v), a @ v)
    np.testing.assert_array_equal(matmul(v, a), v @ a)
    np.testing.assert_array_equal(matmul(a, a), a @ a)


def test_shapes_that_do_not_fit_are_numpys_error():
    with pytest.raises(ValueError, match="matmul"):
        matmul(np.ones((100, 50)), np.ones((100, 50)))


def test_blas_is_held_to_one_thread_until_the_last_leaves():
    with two_blas_threads():
        before = blas_threads()
        with one_blas_thread():
            with one_blas_thread():
                pass
            assert blas_threads() == [1] * len(before)
        assert blas_threads() == before
