"""The backward pass of large gathers, which takes other ways than that of the registry's small samples."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograd_cnn.ops.indexing import scatter_add


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64, np.complex128, np.float16])
@pytest.mark.parametrize("shape", [(300,), (10, 30)])
@pytest.mark.parametrize("row", [(8,), (2, 3), ()])
def test_many_repeated_rows(shape: Any, row: Any, dtype: Any) -> None:
    random = np.random.default_rng(0)
    index = random.integers(-20, 20, shape)
    values = random.standard_normal((*shape, *row)).astype(dtype)
    expected = np.zeros((20, *row), dtype)
    np.add.at(expected, index, values)
    result = scatter_add(values, index, (20, *row))
    assert result.dtype == dtype
    np.testing.assert_allclose(result, expected, rtol=1e-5, atol=1e-5)


def test_repeated_pairs_and_masks() -> None:
    random = np.random.default_rng(0)
    rows, columns, values = random.integers(-5, 5, (9, 1)), random.integers(-4, 4, 7), random.random((9, 7))
    expected = np.zeros((5, 4))
    np.add.at(expected, (rows, columns), values)
    np.testing.assert_allclose(scatter_add(values, (rows, columns), (5, 4)), expected, rtol=1e-12)
    mask = random.random((5, 4)) > 0.5
    np.testing.assert_array_equal(scatter_add(values.ravel()[: mask.sum()], mask, (5, 4))[~mask], 0)
