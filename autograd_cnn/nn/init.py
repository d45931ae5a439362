"""Initial values, with the names, arguments and distributions of ``torch.nn.init``.

Each function overwrites a leaf in place and returns it. What is random is drawn, in float64, from
``generator`` or from that of `autograd_cnn.manual_seed`: so one seed gives the same values in every dtype.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_cnn.core.grad_mode import no_grad
from autograd_cnn.core.inplace import writable
from autograd_cnn.core.random import default_generator
from autograd_cnn.core.tensor import Tensor
from autograd_cnn.errors import ArgumentError, GraphError, ShapeError

__all__ = [
    "calculate_gain",
    "constant_",
    "dirac_",
    "eye_",
    "kaiming_normal_",
    "kaiming_uniform_",
    "normal_",
    "ones_",
    "orthogonal_",
    "sparse_",
    "trunc_normal_",
    "uniform_",
    "xavier_normal_",
    "xavier_uniform_",
    "zeros_",
]

Generator = np.random.Generator

_GAINS = {"tanh": 5 / 3, "relu": math.sqrt(2), "selu": 3 / 4} | dict.fromkeys(
    (
        "linear",
        "conv1d",
        "conv2d",
        "conv3d",
        "conv_transpose1d",
        "conv_transpose2d",
        "conv_transpose3d",
        "sigmoid",
    ),
    1.0,
)


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """Factor that keeps the variance through a nonlinearity; ``param`` is the slope of "leaky_relu".

    >>> from autograd_cnn import nn
    >>> nn.init.calculate_gain("relu") ** 2
    2.0000000000000004
    """
    if nonlinearity == "leaky_relu":
        return math.sqrt(2 / (1 + (0.01 if param is None else param) ** 2))
    if nonlinearity not in _GAINS:
        raise ArgumentError(
            f"calculate_gain: expected a nonlinearity of {', '.join([*_GAINS, 'leaky_relu'])}, got "
            f"{nonlinearity!r}; for another one give the values yourself"
        )
    return _GAINS[nonlinearity]


def constant_(tensor: Tensor, val: float) -> Tensor:
    """Fill with one value.

    >>> import autograd_cnn as ag
    >>> ag.nn.init.constant_(ag.zeros(2), 3.0)
    tensor([3., 3.])
    """
    return _fill(tensor, val)


def zeros_(tensor: Tensor) -> Tensor:
    """Fill with zeros."""
    return _fill(tensor, 0)


def ones_(tensor: Tensor) -> Tensor:
    """Fill with ones."""
    return _fill(tensor, 1)


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Draw from the uniform distribution on [``a``, ``b``)."""
    return _fill(tensor, _random(generator).uniform(a, b, tensor.shape))


def normal_(
    tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Generator | None = None
) -> Tensor:
    """Draw from the normal distribution of this mean and standard deviation."""
    return _fill(tensor, _random(generator).normal(mean, std, tensor.shape))


def trunc_normal_(
    tensor: Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: Generator | None = None,
) -> Tensor:
    """Draw from the normal distribution restricted to [``a``, ``b``] (``a`` and ``b`` are values, not σ)."""
    from scipy.special import ndtr, ndtri  # type: ignore[import-untyped]  # here, because importing it takes longer than all of NumPy

    if not a < b:
        raise ArgumentError(f"trunc_normal_: expected a < b, got a={a} and b={b}")
    # Uniform between the distribution function's values at the ends, through its inverse. In the upper
    # tail these are all but 1, so the mirror image is drawn there instead.
    sign = -1 if a > mean else 1
    low, high = sorted((sign * (a - mean) / std, sign * (b - mean) / std))
    draws = ndtri(_random(generator).uniform(ndtr(low), ndtr(high), tensor.shape))
    return _fill(tensor, np.clip(mean + sign * std * draws, a, b))


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Draw uniformly with variance ``gain``² · 2 / (fan_in + fan_out).

    Glorot and Bengio, *Understanding the difficulty of training deep feedforward neural networks* (2010).
    """
    bound = gain * math.sqrt(6 / _sum_of_fans(tensor))
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Draw normally with variance ``gain``² · 2 / (fan_in + fan_out), as `xavier_uniform_`."""
    return normal_(tensor, 0, gain * math.sqrt(2 / _sum_of_fans(tensor)), generator)


def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:
    """Draw uniformly with variance gain² / fan, where ``a`` is the slope of "leaky_relu".

    He et al., *Delving deep into rectifiers* (2015).

    >>> import autograd_cnn as ag
    >>> _ = ag.manual_seed(0)
    >>> weight = ag.nn.init.kaiming_uniform_(ag.nn.Parameter(ag.zeros((6, 3, 5, 5))), nonlinearity="relu")
    >>> bool(abs(weight.detach()).max() < (6 / 75) ** 0.5)
    True
    """
    bound = math.sqrt(3) * _kaiming_std(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:
    """Draw normally with variance gain² / fan, as `kaiming_uniform_`."""
    return normal_(tensor, 0, _kaiming_std(tensor, a, mode, nonlinearity), generator)


def orthogonal_(tensor: Tensor, gain: float = 1, generator: Generator | None = None) -> Tensor:
    """Fill with ``gain`` times a random matrix of orthonormal rows or columns (axes after the first merged).

    Saxe et al., *Exact solutions to the nonlinear dynamics of learning in deep linear networks* (2014).
    """
    if tensor.ndim < 2:
        raise ShapeError(f"orthogonal_: expected two axes or more, got shape {tensor.shape}")
    if not tensor.size:
        return tensor
    rows, columns = len(tensor), tensor.size // len(tensor)
    draws = _random(generator).normal(size=(max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(draws)
    q = q * np.sign(np.diagonal(r))  # makes the distribution uniform over the orthogonal matrices
    return _fill(tensor, gain * (q if rows >= columns else q.T).reshape(tensor.shape))


def eye_(tensor: Tensor) -> Tensor:
    """Fill a matrix with ones on its diagonal and zeros elsewhere: a linear layer then passes its input on.

    >>> import autograd_cnn as ag
    >>> ag.nn.init.eye_(ag.zeros((2, 3)))
    tensor([[1., 0., 0.],
            [0., 1., 0.]])
    """
    if tensor.ndim != 2:
        raise ShapeError(f"eye_: expected a matrix, got shape {tensor.shape}; dirac_ is for convolutions")
    rows, columns = tensor.shape
    return _fill(tensor, np.eye(rows, columns))


def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """Fill the weight of a convolution so that it passes on, in each group, as many channels as it can.

    Each of the first channels has a one in the middle of its kernel; all else is zeros. Zagoruyko and
    Komodakis, *DiracNets* (2017).

    >>> import autograd_cnn as ag
    >>> ag.nn.init.dirac_(ag.ones((2, 1, 3)), groups=2).tolist()
    [[[0.0, 1.0, 0.0]], [[0.0, 1.0, 0.0]]]
    """
    if tensor.ndim not in (3, 4, 5):
        raise ShapeError(f"dirac_: expected the weight of a convolution, got shape {tensor.shape}")
    outputs, inputs, *kernel = tensor.shape
    if groups < 1 or outputs % groups:
        raise ArgumentError(f"dirac_: expected groups that divide {outputs} output channels, got {groups}")
    values = np.zeros(tensor.shape)
    middle = [length // 2 for length in kernel]
    passed = np.arange(min(outputs // groups, inputs))
    for group in range(groups):
        place: tuple[Any, ...] = (group * (outputs // groups) + passed, passed, *middle)
        values[place] = 1
    return _fill(tensor, values)


def sparse_(tensor: Tensor, sparsity: float, std: float = 0.01, generator: Generator | None = None) -> Tensor:
    """Draw a matrix normally, with zeros for a share ``sparsity`` of the entries of each column.

    Martens, *Deep learning via Hessian-free optimization* (2010).

    >>> import autograd_cnn as ag
    >>> int((ag.nn.init.sparse_(ag.ones((10, 3)), sparsity=0.25) == 0).sum())
    9
    """
    if tensor.ndim != 2:
        raise ShapeError(f"sparse_: expected a matrix, got shape {tensor.shape}")
    if not 0 <= sparsity <= 1:
        raise ArgumentError(f"sparse_: expected a sparsity from 0 to 1, got {sparsity}")
    random = _random(generator)
    values = random.normal(0, std, tensor.shape)
    ranks = random.permuted(np.tile(np.arange(len(tensor))[:, None], tensor.shape[1]), axis=0)
    values[ranks < math.ceil(sparsity * len(tensor))] = 0
    return _fill(tensor, values)


def fans(tensor: Tensor) -> tuple[int, int]:
    """Return how many inputs an output of this weight (O, I, \\*kernel) has, and outputs an input."""
    if tensor.ndim < 2:
        raise ShapeError(
            f"fan_in and fan_out: expected a weight of two axes or more, got shape {tensor.shape}; for a "
            "bias use zeros_ or uniform_"
        )
    taps = math.prod(tensor.shape[2:])
    return tensor.shape[1] * taps, tensor.shape[0] * taps


def _sum_of_fans(tensor: Tensor) -> int:
    return sum(fans(tensor)) or 1


def _kaiming_std(tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    if mode not in ("fan_in", "fan_out"):
        raise ArgumentError(f"kaiming: expected mode 'fan_in' or 'fan_out', got {mode!r}")
    fan = fans(tensor)[mode == "fan_out"]
    return calculate_gain(nonlinearity, a) / math.sqrt(fan or 1)


def _random(generator: Generator | None) -> Generator:
    return generator or default_generator()


def _fill(tensor: Tensor, values: Any) -> Tensor:
    if not tensor.is_leaf:
        raise GraphError(
            "init: expected a leaf, got the result of a recorded operation; initialise the parameter itself"
        )
    with no_grad():
        writable(tensor, "init")[...] = values
    return tensor
