"""Declaring ops of any other kind: bind the arguments, run the forward, record."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from autograd_cnn.core import batched, tape
from autograd_cnn.core.binder import Binder
from autograd_cnn.core.declare import declare
from autograd_cnn.core.op import VJP, Op, arguments, constant_value, explained, on_held, operand, own
from autograd_cnn.core.registry import Case, Kind
from autograd_cnn.core.tensor import Tensor, wrap

Function = TypeVar("Function", bound=Callable[..., Any])


def primitive(
    reference: Callable[..., Any] | None = None,
    *,
    kind: Kind = "primitive",
    multilinear: bool = False,
    outputs: Sequence[str] = ("out",),
    hidden: Sequence[str] = (),
    residuals: Sequence[str] = (),
    method: bool | str = False,
    operator: str | None = None,
    domain: tuple[float, float] = (-2.0, 2.0),
    samples: Sequence[Case] = (),
    **vjps: VJP,
) -> Callable[[Function], Function]:
    """Declare the decorated forward, on raw arrays, as an op; arguments without a VJP are parameters.

    ``reference`` is the NumPy function that dispatches here, and the oracle of the tests. A forward with
    several outputs, hidden outputs (floats that a VJP reads: on the tape, but not returned) or residuals
    returns a tuple of all of them in this order. ``outputs=()`` means a list whose length varies.
    A first input named ``arrays`` is a sequence; its VJP may name ``index``, the place of the input
    in it, and ``arrays_shape``, the tuple of all shapes. A ``multilinear`` op is linear in each input alone,
    but for those that no VJP reads, which are added and may be None.
    """

    def decorate(forward: Function) -> Function:
        call = _General(
            forward,
            tuple(vjps),
            tuple(outputs),
            tuple(hidden),
            tuple(residuals),
            vjps,
            kind == "linear",
            multilinear,
        ).function()
        declare(call, kind, reference, method, operator, tuple(vjps), vjps, domain, samples)
        return call  # type: ignore[return-value]

    return decorate


class _General:
    """Binds arguments, runs the forward, records: the general path of `primitive`."""

    def __init__(
        self,
        forward: Callable[..., Any],
        inputs: tuple[str, ...],
        outputs: tuple[str, ...],
        hidden: tuple[str, ...],
        residuals: tuple[str, ...],
        vjps: dict[str, VJP],
        linear: bool,
        multilinear: bool,
    ) -> None:
        self.forward = forward
        self.linear = linear
        self.multilinear = multilinear
        self.name = forward.__name__
        self.binder = Binder(forward)
        names = self.binder.names
        self.input_positions = tuple(names.index(name) for name in inputs)
        self.parameter_positions = tuple(i for i, name in enumerate(names) if name not in inputs)
        self.inputs = inputs
        self.visible = len(outputs)
        self.outputs = outputs + hidden
        self.residuals = residuals
        self.several = len(outputs) + len(hidden) != 1
        self.tupled = self.several or bool(residuals)
        self.vjps = vjps
        self.variadic = inputs[0] == "arrays"
        self.shapes = tuple(f"{name}_shape" for name in inputs)
        self.rest = (*residuals, *self.shapes, *(names[i] for i in self.parameter_positions))
        self.op = self._op_of_arity(1) if self.variadic else self._op()
        self.arities = {1: self.op}

    def _op(self) -> Op:
        return self._with_again(
            Op(self.name, self.inputs, self.outputs, self.rest, tuple(self.vjps.values()))
        )

    def _op_of_arity(self, arity: int) -> Op:
        vjp = self.vjps["arrays"]
        names = tuple(f"arrays[{index}]" for index in range(arity))
        rest = (*self.rest, *(f"index={index}" for index in range(arity)))
        op = Op(self.name, names, self.outputs, rest, [_no_vjp] * arity)
        position = {slot: index for index, slot in enumerate(op.slots)}
        op.reads = tuple(
            tuple(position[f"index={i}" if slot == "index" else slot] for slot in arguments(vjp)[1:])
            for i in range(arity)
        )
        op.vjps = tuple(on_held(vjp, reads, arity) for reads in op.reads)
        return self._with_again(op)

    def _with_again(self, op: Op) -> Op:
        op.linear = self.linear
        op.multilinear = self.multilinear
        op.again = self._again
        return op

    def _again(self, inputs: Sequence[Any], held: Sequence[Any]) -> Any:
        """The op on other inputs, with the parameters that a node holds."""
        parameters = len(self.parameter_positions)
        stop = len(held) - (len(inputs) if self.variadic else 0)
        bound: list[Any] = [None] * (parameters + len(self.input_positions))
        for position, value in zip(self.parameter_positions, held[stop - parameters : stop], strict=True):
            bound[position] = value
        given = [list(inputs)] if self.variadic else inputs
        for position, value in zip(self.input_positions, given, strict=True):
            bound[position] = value
        try:
            return self._called(bound, inputs)
        except batched.CannotVectorize:
            return batched.apply(self.call, *self.binder.arguments(bound))

    def function(self) -> Callable[..., Any]:
        """The public function: the forward's signature and docstring, on tensors as well."""

        @functools.wraps(self.forward)
        def call(*args: Any, **kwargs: Any) -> Any:
            bound = self.binder.bind(args, kwargs)
            inputs = [bound[position] for position in self.input_positions]
            try:
                return self._called(bound, list(inputs[0]) if self.variadic else inputs)
            except batched.CannotVectorize:  # among the arguments is one whose value is not to be had
                return batched.apply(call, args, kwargs)

        self.call = call
        return call

    def _called(self, bound: list[Any], inputs: Sequence[Any]) -> Any:
        for x in inputs:
            if isinstance(x, Tensor):
                return self._on_tensors(bound, list(inputs))
        return self._on_arrays(bound)

    def _on_arrays(self, bound: list[Any]) -> Any:
        for position in self.parameter_positions:
            bound[position] = constant_value(bound[position], self.name)
        results = self.binder.call(bound)
        return self._visible(results, results) if self.tupled else results

    def _visible(self, outs: tuple[Any, ...], results: Any) -> Any:
        """What the caller gets; a named tuple, such as NumPy's ``EighResult``, if the forward gave one."""
        if not self.visible:
            return list(outs)
        if hasattr(results, "_make"):
            return results._make(outs)
        return outs[0] if self.visible == 1 else outs[: self.visible]

    def _on_tensors(self, bound: list[Any], inputs: list[Any]) -> Any:
        values, parents = [], []
        for x in inputs:
            if x is None:  # an optional input
                value: Any = None
                source: Any = None
            else:
                value, source = operand(x, self.name)
            values.append(value)
            parents.append(source)
        if self.variadic:
            bound[self.input_positions[0]] = values
        else:
            for position, value in zip(self.input_positions, values, strict=True):
                bound[position] = value
        for position in self.parameter_positions:
            bound[position] = constant_value(bound[position], self.name)
        try:
            results = self.binder.call(bound)
        except (ValueError, TypeError) as error:
            raise explained(self.name, error, values) from None
        outs = (results if self.several else results[:1]) if self.tupled else (results,)
        if self.several:
            outs = results[: len(results) - len(self.residuals)]
        recorder = tape.recorder.get()
        if recorder is None or all(parent is None for parent in parents):
            return self._visible(tuple(wrap(out, None) for out in outs), results)
        node = self._record(recorder, bound, inputs, values, parents, results, outs)
        if self.several:
            points: list[Any] = [tape.Output(node, index) for index in range(len(outs))]
        else:
            points = [node]
        return self._visible(
            tuple(wrap(out, point) for out, point in zip(outs, points, strict=True)), results
        )

    def _record(
        self,
        recorder: type[tape.Node],
        bound: list[Any],
        inputs: list[Any],
        values: list[Any],
        parents: list[Any],
        results: Any,
        outs: Any,
    ) -> tape.Node:
        op = self.op
        shapes: list[Any] = [np.shape(value) for value in values]
        indices: range | tuple[()] = ()
        if self.variadic:
            shapes = [tuple(shapes)]
            indices = range(len(values))
            op = self.arities.get(len(values)) or self.arities.setdefault(
                len(values), self._op_of_arity(len(values))
            )
        kept = op.kept(tuple(parent is not None for parent in parents))
        for slot, (x, value) in enumerate(zip(inputs, values, strict=True)):
            if kept[slot] and value is x:
                values[slot] = own(value)
        slots = [
            *values,
            *(outs if self.outputs else ()),
            *(results[len(outs) :] if self.residuals else ()),
            *shapes,
            *(own(bound[position]) for position in self.parameter_positions),
            *indices,
        ]
        saved = [value if keep else None for value, keep in zip(slots, kept, strict=True)]
        return recorder(op, (*parents, *saved), tape.Outputs(outs) if self.several else outs[0])


def _no_vjp(g: Any) -> Any:
    raise NotImplementedError
