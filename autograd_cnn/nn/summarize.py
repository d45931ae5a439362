"""What a network consists of and costs, layer by layer."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from typing import Any, NamedTuple

import numpy as np

from autograd_cnn.core import tape
from autograd_cnn.core.hooks import Handle
from autograd_cnn.core.tensor import Tensor, tensor
from autograd_cnn.errors import ArgumentError
from autograd_cnn.nn.module import Module

__all__ = ["Row", "Summary", "summary"]


class Row(NamedTuple):
    """One module, and what it does itself: without the modules below it, so that columns add up."""

    name: str
    kind: str
    depth: int
    output_shape: str
    parameters: int
    multiply_adds: int
    memory: int


class Summary:
    """The rows of `summary`, and their totals; prints as a table, in a notebook as well."""

    def __init__(self, rows: list[Row], trainable: int) -> None:
        self.rows = rows
        self.parameters = sum(row.parameters for row in rows)
        self.trainable_parameters = trainable
        self.multiply_adds = sum(row.multiply_adds for row in rows)
        self.memory = sum(row.memory for row in rows)

    _titles = ("Layer", "Output shape", "Parameters", "Multiply-adds", "Kept for backward")

    def _cells(self) -> Iterator[tuple[str, ...]]:
        for row in self.rows:
            name = "  " * row.depth + (f"{row.name}: {row.kind}" if row.name else row.kind)
            yield name, row.output_shape, *_numbers(row.parameters, row.multiply_adds, row.memory)
        yield "Total", "", *_numbers(self.parameters, self.multiply_adds, self.memory)

    def __repr__(self) -> str:
        table = [self._titles, *self._cells()]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines = [
            "  ".join(
                cell.ljust(width) if place < 2 else cell.rjust(width)
                for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
            ).rstrip()
            for cells in table
        ]
        rule = "─" * max(map(len, lines))
        return "\n".join([lines[0], rule, *lines[1:-1], rule, lines[-1], self._frozen()]).rstrip()

    def _frozen(self) -> str:
        frozen = self.parameters - self.trainable_parameters
        return f"{frozen:,} of the parameters are frozen" if frozen else ""

    def _repr_html_(self) -> str:
        def line(cells: tuple[str, ...], tag: str) -> str:
            made = []
            for place, cell in enumerate(cells):
                text = escape(cell.lstrip())
                indent = (len(cell) - len(cell.lstrip())) / 2
                style = f"text-align:left;padding-left:{indent + 0.5}em" if place < 2 else "text-align:right"
                made.append(f'<{tag} style="{style}">{text}</{tag}>')
            return f"<tr>{''.join(made)}</tr>"

        *body, total = self._cells()
        rows = "".join(line(cells, "td") for cells in body)
        return (
            f"<table><thead>{line(self._titles, 'th')}</thead><tbody>{rows}</tbody>"
            f"<tfoot>{line(total, 'th')}</tfoot></table>{escape(self._frozen())}"
        )


def summary(model: Module, input: Any) -> Summary:
    """Run a model once, in evaluation, and say what each of its modules does.

    ``input`` is a tensor or array, or a tuple of several; or the shape of one, as (1, 3, 32, 32). Each line
    has the module's output shape, its parameters, the multiply-adds of its matrix products and
    convolutions, and the bytes that it keeps for the backward pass beside parameters: what it does itself,
    without the modules below it. A module that is called several times has one line with the sums; a
    parameter that is shared counts where it is first. The model is left as it was.

    >>> from autograd_cnn import nn
    >>> nn.summary(nn.Sequential(nn.Conv2d(1, 6, 5), nn.ReLU()), (2, 1, 28, 28))
    Layer        Output shape    Parameters  Multiply-adds  Kept for backward
    ─────────────────────────────────────────────────────────────────────────
    Sequential   (2, 6, 24, 24)           –              –                  –
      0: Conv2d  (2, 6, 24, 24)         156        172,800             6.1 KB
      1: ReLU    (2, 6, 24, 24)           –              –            27.0 KB
    ─────────────────────────────────────────────────────────────────────────
    Total                               156        172,800            33.1 KB
    """
    paths: dict[Module, str] = {module: path for path, module in model.named_modules()}
    counter = _Counter(model)
    with _watched(model, counter):
        model(*_arguments(model, input))
    seen: set[Tensor] = set()
    rows = []
    for module, path in paths.items():
        own = [parameter for parameter in module.parameters(recurse=False) if parameter not in seen]
        seen.update(own)
        rows.append(
            Row(
                name=path.rpartition(".")[2],
                kind=type(module).__name__,
                depth=path.count(".") + 1 if path else 0,
                output_shape=counter.shapes.get(module, "–"),
                parameters=sum(parameter.size for parameter in own),
                multiply_adds=counter.multiply_adds.get(module, 0),
                memory=counter.memory.get(module, 0),
            )
        )
    return Summary(rows, sum(p.size for p in model.parameters() if p.requires_grad))


class _Counter:
    """Adds up what is recorded, for the module whose ``forward`` is running."""

    def __init__(self, model: Module) -> None:
        self.running = [model]
        self.shapes: dict[Module, str] = {}
        self.multiply_adds: dict[Module, int] = {}
        self.memory: dict[Module, int] = {}
        # Arrays that were counted, or are not to be; held, so that no other gets their identity.
        self.seen = {id(value): value for value in map(_root, (*model.parameters(), *model.buffers()))}

    def enter(self, module: Module, args: Any) -> None:
        self.running.append(module)

    def leave(self, module: Module, args: Any, output: Any) -> None:
        self.running.pop()
        self.shapes[module] = _shape(output)

    def recorded(self, node: tape.Node) -> None:
        module = self.running[-1]
        if node.op.name in _PRODUCTS:
            count = _PRODUCTS[node.op.name](node)
            self.multiply_adds[module] = self.multiply_adds.get(module, 0) + count
        for value in node.saved:
            root = _root(value)
            if isinstance(root, np.ndarray) and id(root) not in self.seen:
                self.seen[id(root)] = root
                self.memory[module] = self.memory.get(module, 0) + root.nbytes


@contextmanager
def _watched(model: Module, counter: _Counter) -> Iterator[None]:
    """Let the counter see what the model does; in evaluation, with all parameters as variables."""

    class CountedNode(tape.Node):
        __slots__ = ()

        def __init__(self, op: Any, held: tuple[Any, ...], out: Any) -> None:
            super().__init__(op, held, out)
            counter.recorded(self)

    handles: list[Handle] = []
    without_hooks = [module for module in model.modules() if module._hooks is None]
    training = {module: module.training for module in model.modules()}
    frozen = [p for p in model.parameters() if not p.requires_grad and p.dtype.kind in "fc"]
    token = tape.recorder.set(CountedNode)
    enabled = tape.recorder_when_enabled.set(CountedNode)
    try:
        for module in training:
            module.training = False
            handles.append(module.register_forward_pre_hook(counter.enter, prepend=True))
            handles.append(module.register_forward_hook(counter.leave))
        for parameter in frozen:
            parameter.requires_grad_()
        yield
    finally:
        tape.recorder_when_enabled.reset(enabled)
        tape.recorder.reset(token)
        for handle in handles:
            handle.remove()
        for module in without_hooks:
            del module.__dict__["_hooks"]  # a call is then again as short as it was
        for module, mode in training.items():
            module.training = mode
        for parameter in frozen:
            parameter.requires_grad_(False)


def _operand(node: tape.Node, name: str) -> tuple[int, ...]:
    """Shape of an input of a node, recorded or constant."""
    place = node.op.slots.index(name)
    source = node.parents[place]
    shape: tuple[int, ...] = np.shape(node.saved[place]) if source is None else source.shape
    return shape


# An output entry of these ops sums as many products as the second factor says.
_PRODUCTS: dict[str, Callable[[tape.Node], int]] = {
    "matmul": lambda node: math.prod(node.shape) * _operand(node, "x1")[-1],
    "affine": lambda node: math.prod(node.shape) * _operand(node, "weight")[1],
    "convolution": lambda node: math.prod(node.shape) * math.prod(_operand(node, "weight")[1:]),
    "convolution_input_gradient": lambda node: (
        math.prod(_operand(node, "y")) * math.prod(_operand(node, "weight")[1:])
    ),
}


def _root(value: Any) -> Any:
    """The array that owns the memory."""
    value = value._value if isinstance(value, Tensor) else value
    while isinstance(value, np.ndarray) and isinstance(value.base, np.ndarray):
        value = value.base
    return value


def _arguments(model: Module, input: Any) -> tuple[Any, ...]:
    if isinstance(input, (Tensor, np.ndarray)):
        return (input,)
    if isinstance(input, (tuple, list)):
        if input and all(isinstance(length, (int, np.integer)) for length in input):
            dtype = next((parameter.dtype for parameter in model.parameters()), np.float32)
            return (tensor(np.zeros(input, dtype)),)
        return tuple(input)
    raise ArgumentError(
        f"summary: expected an input or its shape, got {type(input).__name__}; pass for example "
        "(1, 3, 32, 32)"
    )


def _shape(output: Any) -> str:
    if isinstance(output, (Tensor, np.ndarray)):
        return str(output.shape)
    if isinstance(output, (tuple, list)):
        return ", ".join(map(_shape, output))
    if isinstance(output, dict):
        return ", ".join(f"{key}: {_shape(value)}" for key, value in output.items())
    return type(output).__name__


def _numbers(parameters: int, multiply_adds: int, memory: int) -> tuple[str, str, str]:
    return _count(parameters), _count(multiply_adds), _bytes(memory)


def _count(count: int) -> str:
    return f"{count:,}" if count else "–"


def _bytes(count: int) -> str:
    if not count:
        return "–"
    for unit, size in (("GB", 2**30), ("MB", 2**20), ("KB", 2**10)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} B"
