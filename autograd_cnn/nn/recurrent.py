"""Recurrent layers: a step for each entry of a sequence, in one or both directions, layer upon layer."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd_cnn.errors import ArgumentError, ShapeError, UnsupportedError
from autograd_cnn.nn import functional as F  # noqa: N812 - the field's name for it
from autograd_cnn.nn import init
from autograd_cnn.nn.functional.checks import check_array, check_same_dtype
from autograd_cnn.nn.functional.dropout import check_probability
from autograd_cnn.nn.module import Module
from autograd_cnn.nn.parameter import Parameter
from autograd_cnn.nn.recurrent_cells import (
    STEPS,
    State,
    check_sizes,
    initial_state,
    mode_of,
)
from autograd_cnn.ops.joining import unstack
from autograd_cnn.ops.shape import concatenate, expand_dims, squeeze, stack, swapaxes

__all__ = ["GRU", "LSTM", "RNN"]


class _Recurrent(Module):
    """What the recurrent layers have in common: all but the step.

    Parameters are named as in PyTorch: ``weight_ih_l0`` (gates * hidden_size, input_size), ``weight_hh_l0``
    (gates * hidden_size, hidden_size), ``bias_ih_l0`` and ``bias_hh_l0`` (gates * hidden_size,), with the
    number of the layer and, for the way back, "_reverse".
    """

    gates: int
    states: tuple[str, ...] = ("hx",)

    def __init__(
        self,
        mode: str,
        input_size: int,
        hidden_size: int,
        num_layers: int,
        bias: bool,
        batch_first: bool,
        dropout: float,
        bidirectional: bool,
        dtype: Any,
        proj_size: int = 0,
    ) -> None:
        super().__init__()
        name = type(self).__name__
        check_sizes(name, input_size, hidden_size)
        check_probability(name, dropout)
        if num_layers < 1:
            raise ArgumentError(f"{name}: expected num_layers of at least 1, got {num_layers}")
        if not 0 <= proj_size < hidden_size:
            raise ArgumentError(
                f"{name}: expected proj_size from 0 (none) to {hidden_size - 1}, below hidden_size, got "
                f"{proj_size}"
            )
        if dropout and num_layers == 1:
            warnings.warn(
                f"{name}: dropout={dropout} has no effect: it is applied between layers, and num_layers is 1",
                stacklevel=3,
            )
        self.mode = mode
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = float(dropout)
        self.bidirectional = bidirectional
        self.proj_size = proj_size
        output_size = proj_size or hidden_size
        rows = self.gates * hidden_size
        for number, suffixes in enumerate(self._suffixes()):
            width = input_size if number == 0 else output_size * len(suffixes)
            for suffix in suffixes:
                shapes: dict[str, tuple[int, ...]] = {
                    "weight_ih": (rows, width),
                    "weight_hh": (rows, output_size),
                }
                if bias:
                    shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
                if proj_size:
                    shapes["weight_hr"] = (proj_size, hidden_size)
                for role, shape in shapes.items():
                    self.register_parameter(role + suffix, Parameter(np.empty(shape, dtype)))
        self.reset_parameters()

    def _suffixes(self) -> Iterable[list[str]]:
        """For each layer, the ends of its parameters' names: one for each direction."""
        ends = ("", "_reverse") if self.bidirectional else ("",)
        for number in range(self.num_layers):
            yield [f"_l{number}{end}" for end in ends]

    def reset_parameters(self) -> None:
        """Draw all parameters anew, uniformly within ±1 / √hidden_size, as PyTorch does."""
        bound = 1 / math.sqrt(self.hidden_size)
        for parameter in self.parameters():
            init.uniform_(parameter, -bound, bound)

    def flatten_parameters(self) -> None:
        """Do nothing: PyTorch needs it for GPUs, and so models call it."""

    def _run(self, input: Any, initial: tuple[Any, ...]) -> tuple[Any, State]:
        """The output of the last layer, and the last state of every layer."""
        name = type(self).__name__
        check_array(name, "input", input)
        if len(input.shape) not in (2, 3) or input.shape[-1] != self.input_size:
            order = "batch, length" if self.batch_first else "length, batch"
            raise ShapeError(
                f"{name}: expected input of shape ({order}, {self.input_size}) or (length, "
                f"{self.input_size}), got {input.shape}"
            )
        check_same_dtype(name, input, vars(self)["weight_ih_l0"], None)
        batched = len(input.shape) == 3
        x = input if batched else expand_dims(input, 1)
        if batched and self.batch_first:
            x = swapaxes(x, 0, 1)
        if not x.shape[0]:
            raise ShapeError(f"{name}: expected a sequence of at least one entry, got none {input.shape}")
        states = self._initial(name, initial, x, batched)
        ends: list[State] = []
        for number, suffixes in enumerate(self._suffixes()):
            if number:
                x = F.dropout(x, self.dropout, self.training)
            ways = []
            for suffix in suffixes:
                outputs, end = self._pass(x, tuple(state[len(ends)] for state in states), suffix)
                ways.append(stack(outputs))
                ends.append(end)
            x = concatenate(ways, -1) if len(ways) > 1 else ways[0]
        final = tuple(stack(list(parts)) for parts in zip(*ends, strict=True))
        if not batched:
            return squeeze(x, 1), tuple(squeeze(state, 1) for state in final)
        return (swapaxes(x, 0, 1) if self.batch_first else x), final

    def _initial(self, name: str, given: tuple[Any, ...], x: Any, batched: bool) -> list[tuple[Any, ...]]:
        """Each initial state, apart for every layer and direction."""
        states = []
        widths = (self.proj_size or self.hidden_size, self.hidden_size)
        passes = self.num_layers * (2 if self.bidirectional else 1)
        for argument, state, width in zip(self.states, given, widths, strict=False):
            shape: tuple[int, ...] = (passes, x.shape[1], width) if batched else (passes, width)
            state = initial_state(name, argument, state, shape, x.dtype)
            states.append(unstack(state if batched else expand_dims(state, 1)))
        return states

    def _pass(self, x: Any, state: State, suffix: str) -> tuple[list[Any], State]:
        """The outputs of one layer in one direction, in the order of time, and its last state."""
        weights = vars(self)
        # The products with the whole input are one; those with the state have to wait for each other.
        steps = list(unstack(F.linear(x, weights["weight_ih" + suffix], weights.get("bias_ih" + suffix))))
        backwards = suffix.endswith("_reverse")
        recurrent = [weights["weight_hh" + suffix], weights.get("bias_hh" + suffix)]
        if self.proj_size:
            recurrent.append(weights["weight_hr" + suffix])
        step = STEPS[self.mode]
        outputs = []
        for from_input in reversed(steps) if backwards else steps:
            state = step(from_input, state, *recurrent)
            outputs.append(state[0])
        return outputs[::-1] if backwards else outputs, state

    def extra_repr(self) -> str:
        """Return the arguments as PyTorch prints them."""
        defaults = {
            "proj_size": 0,
            "num_layers": 1,
            "bias": True,
            "batch_first": False,
            "dropout": 0.0,
            "bidirectional": False,
        }
        given = [f"{key}={vars(self)[key]}" for key, value in defaults.items() if vars(self)[key] != value]
        return ", ".join([str(self.input_size), str(self.hidden_size), *given])


class RNN(_Recurrent):
    """The simple recurrence h = tanh(W x + b + V h + d), or with "relu", along sequences.

    ``num_layers`` are stacked, with ``dropout`` between them in training. ``bidirectional`` layers run
    both ways, and their outputs are joined. Sequences are (length, batch, input_size), with
    ``batch_first`` (batch, length, input_size), or (length, input_size). There is no PackedSequence, which
    leaves out the padding of shorter sequences for speed on GPUs: mask what comes after their ends instead.

    Raises `ArgumentError`, `ShapeError` or `DtypeError`.

    >>> import autograd_cnn as ag
    >>> output, h = ag.nn.RNN(10, 20, num_layers=2)(ag.ones((5, 3, 10), "float32"))
    >>> output.shape, h.shape
    ((5, 3, 20), (2, 3, 20))
    """

    gates = 1

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        dtype: Any = np.float32,
    ) -> None:
        super().__init__(
            mode_of("RNN", nonlinearity),
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            dtype,
        )
        self.nonlinearity = nonlinearity

    def forward(self, input: Any, hx: Any = None) -> tuple[Any, Any]:
        """Sequences and states (layers * directions, N, hidden_size), or None for zeros, to the same."""
        output, (h,) = self._run(input, (hx,))
        return output, h


class LSTM(_Recurrent):
    """A long short-term memory along sequences; the arguments, shapes and errors are those of `RNN`.

    With ``proj_size``, h is projected to so many numbers by ``weight_hr_l0`` (proj_size, hidden_size).

    >>> import autograd_cnn as ag
    >>> output, (h, c) = ag.nn.LSTM(10, 20, bidirectional=True)(ag.ones((5, 3, 10), "float32"))
    >>> output.shape, h.shape, c.shape
    ((5, 3, 40), (2, 3, 20), (2, 3, 20))
    """

    gates = 4
    states = ("the first of hx", "the second of hx")

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        dtype: Any = np.float32,
    ) -> None:
        super().__init__(
            "LSTM",
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            dtype,
            proj_size,
        )

    def forward(self, input: Any, hx: tuple[Any, Any] | None = None) -> tuple[Any, tuple[Any, Any]]:
        """Sequences, and states (h, c), zeros if None, to outputs and states (h, c)."""
        if hx is not None and not (isinstance(hx, (tuple, list)) and len(hx) == 2):
            raise UnsupportedError(f"LSTM: expected hx to be a pair (h, c), got {type(hx).__name__}")
        output, (h, c) = self._run(input, (None, None) if hx is None else tuple(hx))
        return output, (h, c)


class GRU(_Recurrent):
    """A gated recurrent unit along sequences; the arguments, shapes and errors are those of `RNN`.

    >>> import autograd_cnn as ag
    >>> output, h = ag.nn.GRU(10, 20, batch_first=True)(ag.ones((3, 5, 10), "float32"))
    >>> output.shape, h.shape
    ((3, 5, 20), (1, 3, 20))
    """

    gates = 3

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        dtype: Any = np.float32,
    ) -> None:
        super().__init__(
            "GRU", input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, dtype
        )

    def forward(self, input: Any, hx: Any = None) -> tuple[Any, Any]:
        """Sequences and states (layers * directions, N, hidden_size), or None for zeros, to the same."""
        output, (h,) = self._run(input, (hx,))
        return output, h
