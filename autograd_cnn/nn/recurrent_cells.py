"""One step of a recurrence: the formulas, and the layers that compute them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_cnn.errors import ArgumentError, DtypeError, ShapeError
from autograd_cnn.nn import init
from autograd_cnn.nn.functional.checks import check_array, check_same_dtype
from autograd_cnn.nn.module import Module
from autograd_cnn.nn.parameter import Parameter
from autograd_cnn.ops.activation import sigmoid
from autograd_cnn.ops.contraction import affine
from autograd_cnn.ops.elementwise import relu, tanh
from autograd_cnn.ops.shape import expand_dims, reshape, split

__all__ = ["GRUCell", "LSTMCell", "RNNCell"]

State = tuple[Any, ...]
Step = Callable[..., State]


def tanh_step(from_input: Any, state: State, weight: Any, bias: Any) -> State:
    """Return h' = tanh(x̂ + W h + b), with the input's part x̂; Elman, *Finding structure in time*, 1990."""
    return (tanh(from_input + affine(state[0], weight, bias)),)


def relu_step(from_input: Any, state: State, weight: Any, bias: Any) -> State:
    """Return h' = max(0, x̂ + W h + b)."""
    return (relu(from_input + affine(state[0], weight, bias)),)


def lstm_step(from_input: Any, state: State, weight: Any, bias: Any, projection: Any = None) -> State:
    """Return h' = o tanh c' (projected, if asked for) and c' = f c + i g, with the gates i, f, g, o.

    Hochreiter and Schmidhuber, *Long short-term memory*, 1997; Gers et al., *Learning to forget*, 2000;
    projection: Sak et al., 2014.
    """
    h, c = state
    into, forget, candidate, out = split(from_input + affine(h, weight, bias), 4, -1)
    c = sigmoid(forget) * c + sigmoid(into) * tanh(candidate)
    h = sigmoid(out) * tanh(c)
    return (h if projection is None else affine(h, projection, None)), c


def gru_step(from_input: Any, state: State, weight: Any, bias: Any) -> State:
    """Return h' = n + z (h - n), with n = tanh(x̂ₙ + r (W h + b)ₙ) and the gates r and z.

    Cho et al., *Learning phrase representations using RNN encoder-decoder*, 2014, with the reset gate after
    the product, as in PyTorch.
    """
    (h,) = state
    reset_x, update_x, new_x = split(from_input, 3, -1)
    reset_h, update_h, new_h = split(affine(h, weight, bias), 3, -1)
    new = tanh(new_x + sigmoid(reset_x + reset_h) * new_h)
    return (new + sigmoid(update_x + update_h) * (h - new),)


# By PyTorch's names of the modes.
STEPS: dict[str, Step] = {"RNN_TANH": tanh_step, "RNN_RELU": relu_step, "LSTM": lstm_step, "GRU": gru_step}


def mode_of(name: str, nonlinearity: str) -> str:
    """Return the mode of a simple recurrence; raise `ArgumentError` for an unknown nonlinearity."""
    mode = f"RNN_{str(nonlinearity).upper()}"
    if mode not in STEPS:
        raise ArgumentError(f"{name}: expected nonlinearity 'tanh' or 'relu', got {nonlinearity!r}")
    return mode


def check_sizes(name: str, input_size: int, hidden_size: int) -> None:
    """Raise `ArgumentError` unless both are at least 1."""
    if input_size < 1 or hidden_size < 1:
        raise ArgumentError(
            f"{name}: expected input_size and hidden_size of at least 1, got {input_size} and {hidden_size}"
        )


def initial_state(name: str, argument: str, state: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    """Return an initial state, zeros if there is none; raise unless it has this shape and dtype."""
    if state is None:
        return np.zeros(shape, dtype)
    check_array(name, argument, state)
    if state.shape != shape:
        raise ShapeError(f"{name}: expected {argument} of shape {shape}, got {state.shape}")
    if state.dtype != dtype:
        raise DtypeError(
            f"{name}: expected {argument} of {dtype}, the dtype of input, got {state.dtype}; convert it: "
            f'.astype("{dtype}")'
        )
    return state


class _Cell(Module):
    """The parameters of one step, and what surrounds it."""

    gates: int
    weight_ih: Parameter
    weight_hh: Parameter
    bias_ih: Parameter | None
    bias_hh: Parameter | None

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, dtype: Any = np.float32) -> None:
        super().__init__()
        check_sizes(type(self).__name__, input_size, hidden_size)
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias
        rows = self.gates * hidden_size
        self.weight_ih = Parameter(np.empty((rows, input_size), dtype))
        self.weight_hh = Parameter(np.empty((rows, hidden_size), dtype))
        self.bias_ih = Parameter(np.empty(rows, dtype)) if bias else None
        self.bias_hh = Parameter(np.empty(rows, dtype)) if bias else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw all parameters anew, uniformly within ±1 / √hidden_size, as PyTorch does."""
        bound = 1 / math.sqrt(self.hidden_size)
        for parameter in self.parameters():
            init.uniform_(parameter, -bound, bound)

    def _advance(self, step: Step, input: Any, states: dict[str, Any]) -> State:
        """The next state; ``states`` are the present ones by the name of their argument, None for zeros."""
        name = type(self).__name__
        check_array(name, "input", input)
        if len(input.shape) not in (1, 2) or input.shape[-1] != self.input_size:
            raise ShapeError(
                f"{name}: expected input of shape (batch, {self.input_size}) or ({self.input_size},), got "
                f"{input.shape}"
            )
        check_same_dtype(name, input, self.weight_ih, self.bias_ih)
        shape = (*input.shape[:-1], self.hidden_size)
        present = [
            initial_state(name, argument, state, shape, input.dtype) for argument, state in states.items()
        ]
        if len(input.shape) == 1:
            input, present = expand_dims(input, 0), [expand_dims(state, 0) for state in present]
        from_input = affine(input, self.weight_ih, self.bias_ih)
        after = step(from_input, tuple(present), self.weight_hh, self.bias_hh)
        return tuple(reshape(state, shape) for state in after)

    def extra_repr(self) -> str:
        """Return the arguments as PyTorch prints them."""
        return f"{self.input_size}, {self.hidden_size}" + ("" if self.bias else ", bias=False")


class RNNCell(_Cell):
    """One step of the simple recurrence h' = tanh(W x + b + V h + d), or with "relu".

    >>> import autograd_cnn as ag
    >>> ag.nn.RNNCell(10, 20)(ag.ones((3, 10), "float32")).shape
    (3, 20)
    """

    gates = 1

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        dtype: Any = np.float32,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, dtype)
        self.mode = mode_of("RNNCell", nonlinearity)
        self.nonlinearity = nonlinearity

    def forward(self, input: Any, hx: Any = None) -> Any:
        """Input (N, input_size) and state (N, hidden_size), zeros if None, or both without N, to a state."""
        return self._advance(STEPS[self.mode], input, {"hx": hx})[0]

    def extra_repr(self) -> str:
        """Return the arguments as PyTorch prints them."""
        other = "" if self.nonlinearity == "tanh" else f", nonlinearity={self.nonlinearity}"
        return super().extra_repr() + other


class LSTMCell(_Cell):
    """One step of a long short-term memory.

    >>> import autograd_cnn as ag
    >>> h, c = ag.nn.LSTMCell(10, 20)(ag.ones((3, 10), "float32"))
    >>> h.shape, c.shape
    ((3, 20), (3, 20))
    """

    gates = 4

    def forward(self, input: Any, hx: tuple[Any, Any] | None = None) -> tuple[Any, Any]:
        """Input (N, input_size) and state (h, c) of (N, hidden_size), zeros if None, to a state (h, c)."""
        h, c = hx if hx is not None else (None, None)
        h, c = self._advance(lstm_step, input, {"the first of hx": h, "the second of hx": c})
        return h, c


class GRUCell(_Cell):
    """One step of a gated recurrent unit.

    >>> import autograd_cnn as ag
    >>> ag.nn.GRUCell(10, 20)(ag.ones((3, 10), "float32")).shape
    (3, 20)
    """

    gates = 3

    def forward(self, input: Any, hx: Any = None) -> Any:
        """Input (N, input_size) and state (N, hidden_size), zeros if None, or both without N, to a state."""
        return self._advance(gru_step, input, {"hx": hx})[0]
