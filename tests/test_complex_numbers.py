"""Complex numbers beyond what the registry draws."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import pytest

import autograd_cnn as ag
from autograd_cnn.testing import check_grads


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64, np.complex128])
@pytest.mark.parametrize("shape", [(), (2,)])
@pytest.mark.parametrize(
    "operation", [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow]
)
def test_a_python_complex_before_a_tensor(operation: Any, shape: Any, dtype: Any) -> None:
    """``1j * np.float64(2)`` is a number of Python's, with neither shape nor dtype."""
    x = np.full(shape, 2, dtype)
    variable = ag.tensor(x, requires_grad=True)
    result = operation(1j, variable)
    expected = operation(1j, np.full((1,), 2, dtype)).dtype
    assert (result.dtype, result.shape) == (expected, shape)
    np.testing.assert_allclose(result.detach().numpy(), operation(1j, x), rtol=1e-6)
    (gradient,) = ag.backprop([abs(result).sum()], [variable])
    assert (gradient.dtype, gradient.shape) == (dtype, shape)


def test_the_logistic_function_of_complex_numbers() -> None:
    x = np.array([1 + 2j, -1 - 2j, 0.5j, 700 + 1j, -700 + 1j])
    np.testing.assert_allclose(ag.tensor(x).sigmoid().numpy(), 1 / (1 + np.exp(-x)), rtol=1e-14)
    check_grads(lambda x: x.sigmoid(), [x[:3]])
