"""Weight and spectral normalisation, with the names and state of ``torch.nn.utils.parametrizations``."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_cnn.core.random import default_generator
from autograd_cnn.core.tensor import Tensor, tensor
from autograd_cnn.errors import ArgumentError
from autograd_cnn.nn.module import Module
from autograd_cnn.nn.utils.parametrize import register_parametrization
from autograd_cnn.nn.utils.weight_norm import norm_except, with_norm

__all__ = ["spectral_norm", "weight_norm"]


def weight_norm(module: Module, name: str = "weight", dim: int | None = 0) -> Module:
    """Train a weight as its lengths along an axis and its direction; returns the module.

    weight = g · v / ‖v‖, with a norm for each entry along ``dim``, or one in all for None; g is "original0"
    in the state, v "original1". Salimans and Kingma, *Weight normalization* (2016).

    >>> import autograd_cnn as ag
    >>> layer = ag.nn.utils.parametrizations.weight_norm(ag.nn.Linear(3, 2))
    >>> list(layer.state_dict())
    ['bias', 'parametrizations.weight.original0', 'parametrizations.weight.original1']
    """
    return register_parametrization(module, name, _WeightNorm(dim), unsafe=True)


def spectral_norm(
    module: Module,
    name: str = "weight",
    n_power_iterations: int = 1,
    eps: float = 1e-12,
    dim: int | None = None,
) -> Module:
    """Divide a weight by its largest singular value; returns the module.

    That is of the weight as a matrix, with a row for each entry along ``dim``: by default 0, and 1 for
    transposed convolutions. It is found by ``n_power_iterations`` of the power method whenever the weight is
    read in training, from the last vectors, which are buffers. A vector is divided by its norm. Miyato et
    al., *Spectral normalization for generative adversarial networks* (2018).

    Raises `ArgumentError` for arguments that make no sense.

    >>> import autograd_cnn as ag
    >>> layer = ag.nn.utils.parametrizations.spectral_norm(ag.nn.Linear(4, 3))
    >>> for _ in range(100):
    ...     weight = layer.weight
    >>> bool(abs(ag.linalg.norm(weight.detach(), 2) - 1) < 1e-4)
    True
    """
    weight = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise ArgumentError(
            f"spectral_norm: expected the name of a parameter of {type(module).__name__}, got {name!r}"
        )
    if dim is None:
        dim = int(any(base.__name__.startswith("ConvTranspose") for base in type(module).__mro__))
    return register_parametrization(module, name, _SpectralNorm(weight, n_power_iterations, dim, eps))


class _WeightNorm(Module):
    def __init__(self, dim: int | None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, length: Any, direction: Any) -> Any:
        return with_norm(length, direction, self.dim)

    def right_inverse(self, weight: Any) -> tuple[Any, Any]:
        return norm_except(weight, self.dim), weight


class _SpectralNorm(Module):
    _u: Tensor
    _v: Tensor

    def __init__(self, weight: Tensor, iterations: int, dim: int, eps: float) -> None:
        super().__init__()
        if iterations < 1:
            raise ArgumentError(f"spectral_norm: expected n_power_iterations of at least 1, got {iterations}")
        if not -weight.ndim <= dim < weight.ndim:
            raise ArgumentError(
                f"spectral_norm: expected dim from {-weight.ndim} to {weight.ndim - 1}, got {dim}"
            )
        self.dim = dim % weight.ndim
        self.eps = eps
        if weight.ndim > 1:
            self.n_power_iterations = iterations
            matrix = self._matrix(np.asarray(weight._value))
            generator = default_generator()
            for name, length in zip(("_u", "_v"), matrix.shape, strict=True):
                draw = self._normalized(generator.normal(size=length))
                self.register_buffer(name, tensor(draw.astype(matrix.dtype)))
            self._iterate(matrix, 15)

    def forward(self, weight: Any) -> Any:
        if weight.ndim == 1:
            return weight / np.maximum(np.sqrt((weight * weight).sum()), self.eps)
        matrix = self._matrix(weight)
        if self.training:
            self._iterate(np.asarray(matrix._value if isinstance(matrix, Tensor) else matrix))
        return weight / (self._u * (matrix @ self._v)).sum()

    def _iterate(self, matrix: Any, times: int | None = None) -> None:
        left, right = np.asarray(self._u._value), np.asarray(self._v._value)
        for _ in range(self.n_power_iterations if times is None else times):
            left = self._normalized(matrix @ right)
            right = self._normalized(matrix.T @ left)
        self._u, self._v = tensor(left), tensor(right)

    def _normalized(self, vector: Any) -> Any:
        return vector / max(float(np.linalg.norm(vector)), self.eps)

    def _matrix(self, weight: Any) -> Any:
        axes = (self.dim, *(axis for axis in range(weight.ndim) if axis != self.dim))
        return weight.transpose(axes).reshape(weight.shape[self.dim], -1)
