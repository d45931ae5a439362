"""Smooth activations, and the softmax; those with kinks are in `rectifiers`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_cnn.core.random import default_generator
from autograd_cnn.errors import ArgumentError, ShapeError
from autograd_cnn.nn.functional.checks import axis_of, check_array, raw
from autograd_cnn.ops import activation, elementwise
from autograd_cnn.ops.elementwise import where


def tanh(input: Any) -> Any:
    """Return the hyperbolic tangent of every entry.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.tanh(ag.tensor([0.0]))
    tensor([0.])
    """
    return elementwise.tanh(input)


def sigmoid(input: Any) -> Any:
    """Return 1 / (1 + e ** -x) of every entry.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.sigmoid(ag.tensor([0.0]))
    tensor([0.5])
    """
    return activation.sigmoid(input)


def softmax(input: Any, dim: int | None = None, dtype: Any = None) -> Any:
    """Return e ** x / Σ e ** x along the axis ``dim``, computed in ``dtype`` if one is given.

    Raises `ArgumentError` without ``dim``: PyTorch guesses it, and so will the reader.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.softmax(ag.tensor([[0.0, 0.0]]), dim=1)
    tensor([[0.5, 0.5]])
    """
    return _along(activation.softmax, "softmax", input, dim, dtype)


def log_softmax(input: Any, dim: int | None = None, dtype: Any = None) -> Any:
    """Return x - log Σ e ** x along the axis ``dim``, computed in ``dtype`` if one is given; exact far out.

    Raises `ArgumentError` without ``dim``.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.log_softmax(ag.tensor([[1000.0, 0.0]]), dim=1)
    tensor([[    0., -1000.]])
    """
    return _along(activation.log_softmax, "log_softmax", input, dim, dtype)


def softmin(input: Any, dim: int | None = None, dtype: Any = None) -> Any:
    """Return the softmax of -x along the axis ``dim``.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.softmin(ag.tensor([[0.0, 0.0]]), dim=1)
    tensor([[0.5, 0.5]])
    """
    check_array("softmin", "input", input)
    return _along(activation.softmax, "softmin", -input, dim, dtype)


def gumbel_softmax(
    logits: Any,
    tau: float = 1.0,
    hard: bool = False,
    dim: int = -1,
    generator: np.random.Generator | None = None,
) -> Any:
    """Draw from the relaxed one-hot distribution with these logits and the temperature ``tau``.

    With ``hard`` the result is one-hot, and the gradient that of the soft one. Jang, Gu and Poole,
    *Categorical reparameterization with Gumbel-softmax* (2017).

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.gumbel_softmax(ag.ones((2, 3)), hard=True).sum(1)
    tensor([1., 1.])
    """
    check_array("gumbel_softmax", "logits", logits)
    noise = (generator or default_generator()).gumbel(size=logits.shape).astype(logits.dtype)
    soft = _along(activation.softmax, "gumbel_softmax", (logits + noise) / tau, dim, None)
    if not hard:
        return soft
    values = raw(soft)
    one_hot = np.zeros_like(values)
    np.put_along_axis(one_hot, values.argmax(dim, keepdims=True), 1, dim)
    return soft + (one_hot - values)


def gelu(input: Any, approximate: str = "none") -> Any:
    """Return x Φ(x), Φ the normal distribution; with "tanh" the approximation of Hendrycks and Gimpel (2016).

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.gelu(ag.tensor([0.0, 1.0])).round(3).tolist()
    [0.0, 0.841]
    """
    check_array("gelu", "input", input)
    if approximate == "none":
        from autograd_cnn.ops.special.error import ndtr  # here, as SciPy's functions take long to load

        return input * ndtr(input)
    if approximate != "tanh":
        raise ArgumentError(f"gelu: expected approximate to be none or tanh, got {approximate!r}")
    inner = math.sqrt(2 / math.pi) * (input + 0.044715 * input * input * input)
    return 0.5 * input * (1 + elementwise.tanh(inner))


def silu(input: Any, inplace: bool = False) -> Any:
    """Return x · sigmoid(x): the swish.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.silu(ag.tensor([0.0, 1.0])).round(3).tolist()
    [0.0, 0.731]
    """
    return input * activation.sigmoid(input)


def softplus(input: Any, beta: float = 1.0, threshold: float = 20.0) -> Any:
    """Return log(1 + e ** (``beta`` x)) / ``beta``, and x itself where ``beta`` x exceeds ``threshold``.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.softplus(ag.tensor([0.0, 1000.0])).round(3).tolist()
    [0.693, 1000.0]
    """
    check_array("softplus", "input", input)
    scaled = input * beta
    return where(scaled > threshold, input, elementwise.logaddexp(scaled, 0) / beta)


def logsigmoid(input: Any) -> Any:
    """Return log sigmoid(x): exact far out.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.logsigmoid(ag.tensor([-1000.0, 0.0])).round(3).tolist()
    [-1000.0, -0.693]
    """
    check_array("logsigmoid", "input", input)
    return -elementwise.logaddexp(-input, 0)


def mish(input: Any, inplace: bool = False) -> Any:
    """Return x · tanh(softplus(x)). Misra (2019).

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.mish(ag.tensor([0.0, 1.0])).round(3).tolist()
    [0.0, 0.865]
    """
    return input * elementwise.tanh(softplus(input))


def softsign(input: Any) -> Any:
    """Return x / (1 + \\|x\\|).

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.softsign(ag.tensor([1.0, -3.0]))
    tensor([ 0.5 , -0.75])
    """
    return input / (elementwise.absolute(input) + 1)


def tanhshrink(input: Any) -> Any:
    """Return x - tanh(x).

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.tanhshrink(ag.tensor([0.0, 1.0])).round(3).tolist()
    [0.0, 0.238]
    """
    return input - elementwise.tanh(input)


def glu(input: Any, dim: int = -1) -> Any:
    """Return a · sigmoid(b), a and b the two halves along the axis ``dim``. Dauphin et al. (2016).

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.glu(ag.tensor([2.0, 0.0]))
    tensor([1.])
    """
    check_array("glu", "input", input)
    axis = axis_of("glu", len(input.shape), dim)
    n = input.shape[axis] if input.shape else 1
    if n % 2:
        raise ShapeError(f"glu: expected an even length along dim={dim}, got shape {input.shape}")
    before = (slice(None),) * axis
    return input[(*before, slice(n // 2))] * activation.sigmoid(input[(*before, slice(n // 2, None))])


def _along(function: Any, name: str, input: Any, dim: int | None, dtype: Any) -> Any:
    check_array(name, "input", input)
    axis = axis_of(name, input.ndim, dim)
    if dtype is not None and input.dtype != np.dtype(dtype):
        input = input.astype(dtype)
    if input.ndim == 0:
        return function(input.reshape((1,)), 0).reshape(())
    return function(input, axis)
