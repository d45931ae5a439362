"""Declaring ops of any other kind: bind the arguments, run the forward, record."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np

from autograd_cnn.core import batched, tape
from autograd_cnn.core.binder import Binder
from autograd_cnn.core.declare import declare
from autograd_cnn.core.op import (
    VJP,
    Op,
    arguments,
    constant_value,
    explained,
    is_entrywise,
    numbers,
    on_held,
    operand,
    own,
)
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
            is_entrywise(reference),
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
        entrywise: bool = False,
    ) -> None:
        self.forward = forward
        self.linear = linear
        self.multilinear = multilinear
        self.entrywise = entrywise
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
        self.plans: dict[tuple[bool, ...], _Plan] = {}

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

    def _parameter(self, value: Any) -> Any:
        value = constant_value(value, self.name)
        return numbers(value) if self.entrywise else value

    def _called(self, bound: list[Any], inputs: Sequence[Any]) -> Any:
        for x in inputs:
            if isinstance(x, Tensor):
                return self._on_tensors(bound, inputs)
        return self._on_arrays(bound)

    def _on_arrays(self, bound: list[Any]) -> Any:
        for position in self.parameter_positions:
            if type(bound[position]) not in PLAIN:
                bound[position] = self._parameter(bound[position])
        results = self.binder.call(bound)
        return self._visible(results, results) if self.tupled else results

    def _visible(self, outs: tuple[Any, ...], results: Any) -> Any:
        """What the caller gets; a named tuple, such as NumPy's ``EighResult``, if the forward gave one."""
        if not self.visible:
            return list(outs)
        if hasattr(results, "_make"):
            return results._make(outs)
        return outs[0] if self.visible == 1 else outs[: self.visible]

    def _on_tensors(self, bound: list[Any], inputs: Sequence[Any]) -> Any:
        values: list[Any] = []
        parents: list[Any] = []
        for x in inputs:
            if type(x) is Tensor:
                values.append(x._value)
                parents.append(x._source)
            else:  # None stands for an optional input
                value, source = (None, None) if x is None else operand(x, self.name)
                values.append(value)
                parents.append(source)
        if self.variadic:
            bound[self.input_positions[0]] = values
        else:
            for position, value in zip(self.input_positions, values, strict=True):
                bound[position] = value
        for position in self.parameter_positions:
            if type(bound[position]) not in PLAIN:
                bound[position] = self._parameter(bound[position])
        try:
            results = self.binder.call(bound)
        except (ValueError, TypeError) as error:
            raise explained(self.name, error, values) from None
        recorder = tape.recorder.get()
        recorded = tuple([parent is not None for parent in parents])
        if recorder is None or True not in recorded:
            if not self.tupled:
                return wrap(results, None)
            outs = results[: len(results) - len(self.residuals)]
            return self._visible(tuple(wrap(out, None) for out in outs), results)
        outs = results[: len(results) - len(self.residuals)] if self.tupled else (results,)
        node = self._record(recorder, bound, inputs, values, parents, recorded, results, outs)
        if not self.tupled:
            return wrap(results, node)
        points = tape.points(node)
        return self._visible(
            tuple(wrap(out, point) for out, point in zip(outs, points, strict=True)), results
        )

    def _record(
        self,
        recorder: type[tape.Node],
        bound: list[Any],
        inputs: Sequence[Any],
        values: list[Any],
        parents: list[Any],
        recorded: tuple[bool, ...],
        results: Any,
        outs: Any,
    ) -> tape.Node:
        arity = len(values)
        plan = self.plans.get(recorded) or self.plans.setdefault(recorded, self._plan(recorded))
        held = [*parents, *plan.blank]
        for slot, index in plan.values:
            value = values[index]
            held[slot] = own(value) if value is inputs[index] else value
        for slot, index in plan.results:
            held[slot] = results[index] if self.tupled else results
        for slot, index in plan.shapes:
            held[slot] = (
                tuple(map(np.shape, values)) if self.variadic else getattr(values[index], "shape", ())
            )
        for slot, position in plan.parameters:
            held[slot] = bound[position] if type(bound[position]) in PLAIN_SCALARS else own(bound[position])
        op = self.arities[arity] if self.variadic else self.op
        return recorder(op, tuple(held), tape.Outputs(outs) if self.several else outs[0])

    def _plan(self, recorded: tuple[bool, ...]) -> _Plan:
        """What to keep, and where, when these inputs are recorded."""
        arity = len(recorded)
        if self.variadic and arity not in self.arities:
            self.arities[arity] = self._op_of_arity(arity)
        kept = (self.arities[arity] if self.variadic else self.op).kept(recorded)
        first = arity  # what a node holds begins with the parents
        groups = []
        for count in (
            arity,
            len(self.outputs) + len(self.residuals),
            len(self.shapes),
            len(self.parameter_positions),
        ):
            groups.append([(first + i, i) for i in range(count) if kept[first - arity + i]])
            first += count
        values, results, shapes, parameters = groups
        return _Plan(
            blank=(*[None] * (first - arity), *(range(arity) if self.variadic else ())),
            values=values,
            results=results,
            shapes=shapes,
            parameters=[(slot, self.parameter_positions[i]) for slot, i in parameters],
        )


class _Plan(NamedTuple):
    """What a node holds beside its parents: a blank, and by slot what is put there, found once."""

    blank: tuple[Any, ...]
    values: list[tuple[int, int]]
    results: list[tuple[int, int]]
    shapes: list[tuple[int, int]]
    parameters: list[tuple[int, int]]


PLAIN_SCALARS = frozenset({int, bool, type(None), str, float, slice})
PLAIN = PLAIN_SCALARS | {np.ndarray}


def _no_vjp(g: Any) -> Any:
    raise NotImplementedError
