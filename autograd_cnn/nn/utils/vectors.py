"""All parameters as one vector, and back."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from autograd_cnn.core.grad_mode import no_grad
from autograd_cnn.core.inplace import writable
from autograd_cnn.core.tensor import Tensor
from autograd_cnn.errors import ArgumentError, ShapeError
from autograd_cnn.ops.shape import concatenate, reshape

__all__ = ["parameters_to_vector", "vector_to_parameters"]


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """Return all entries of all parameters as one vector, recorded.

    >>> from autograd_cnn import nn
    >>> nn.utils.parameters_to_vector(nn.Linear(3, 2).parameters()).shape
    (8,)
    """
    vectors = [reshape(parameter, (parameter.size,)) for parameter in parameters]
    if not vectors:
        raise ArgumentError("parameters_to_vector: expected parameters, got none; was the iterator used up?")
    return concatenate(vectors)  # type: ignore[no-any-return]


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Copy the entries of a vector into the parameters, the inverse of `parameters_to_vector`."""
    parameters = list(parameters)
    vector = np.asarray(vec._value if isinstance(vec, Tensor) else vec)
    expected = sum(parameter.size for parameter in parameters)
    if vector.shape != (expected,):
        raise ShapeError(
            f"vector_to_parameters: expected a vector of {expected} entries, as many as the parameters have, "
            f"got shape {vector.shape}"
        )
    start = 0
    with no_grad():
        for parameter in parameters:
            part = vector[start : start + parameter.size]
            writable(parameter, "vector_to_parameters")[...] = part.reshape(parameter.shape)
            start += parameter.size
