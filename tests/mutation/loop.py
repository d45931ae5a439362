"""The faults that are planted in the loop of the tape, and around it: other code in the place of a line."""

from __future__ import annotations

import inspect
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, NamedTuple

from autograd_cnn.core import backprop, broadcasting, tape

__all__ = ["FAULTS", "LoopFault", "planted"]


class LoopFault(NamedTuple):
    """In the source of a function, ``new`` in the place of ``old``."""

    module: ModuleType
    function: str
    what: str
    old: str
    new: str

    def changed(self) -> Callable[..., Any]:
        """The function with the fault, in the namespace of its module."""
        source = textwrap.dedent(inspect.getsource(getattr(self.module, self.function)))
        assert source.count(self.old) == 1, f"{self.what}: {self.old!r} has to occur once in {self.function}"
        source = source.replace("@method\n", "").replace(self.old, self.new)
        made: dict[str, Any] = {}
        future = "from __future__ import annotations\n"
        exec(compile(future + source, self.module.__file__ or "", "exec"), vars(self.module), made)
        return made[self.function]  # type: ignore[no-any-return]


def _in(module: Any, function: str, *rows: tuple[str, str, str]) -> list[LoopFault]:
    return [LoopFault(module, function, *row) for row in rows]


ADDED = "contribution if before is None else before + contribution"
REPAIRED = "repair(contribution, parent.shape, parent.dtype)"
CONDITION = "contribution.shape != parent.shape or contribution.dtype is not parent.dtype"
SEEN = "cotangent = node.box.seen(cotangent) if node.box else cotangent"

FAULTS = [
    *_in(
        tape,
        "gradients",
        ("accumulation lost", ADDED, "contribution"),
        ("only the first contribution counts", ADDED, "contribution if before is None else before"),
        ("contributions are subtracted", ADDED, "contribution if before is None else before - contribution"),
        ("an output given twice counts once", "arrived[root] + cotangent if root in arrived else ", ""),
        ("order wrong", "nodes.pop()", "nodes.pop(0)"),
        ("broadcast not repaired", REPAIRED, "contribution.astype(parent.dtype)"),
        ("dtype not repaired", REPAIRED, "repair(contribution, parent.shape, contribution.dtype)"),
        ("dtype repaired with the shape alone", CONDITION, "contribution.shape != parent.shape"),
        ("shape repaired with the dtype alone", CONDITION, "contribution.dtype is not parent.dtype"),
        ("a hook does not see a gradient", SEEN, "cotangent = cotangent"),
        ("what a hook returns is not passed on", SEEN, SEEN.removeprefix("cotangent = ")),
        (
            "a hook does not see a leaf's gradient",
            "source.box.seen(cotangent) if source.box else cotangent",
            "cotangent",
        ),
        ("an input in the middle is not found", "node.box is not None or node in asked_for", "node.box"),
        ("unwanted gradients computed", "or (wanted is not None and parent not in wanted)", ""),
        ("the graph is never freed", "if not retain_graph:", "if False:"),
        ("the graph is always freed", "if not retain_graph:", "if True:"),
        ("values frozen", "node.op.held_as_tensors(node) if create_graph else node.held", "node.held"),
        (
            "values frozen, as tensors",
            "node.op.held_as_tensors(node) if",
            "node.op.held_as_tensors(node, recorded=False) if",
        ),
        ("gradients not recorded", "recording(create_graph)", "recording(False)"),
        ("division by zero warns", 'np.errstate(all="ignore")', 'np.errstate(all="warn")'),
    ),
    *_in(
        tape,
        "reachable",
        ("the wrong way round", 'key=attrgetter("number")', "key=lambda node: -node.number"),
        ("what was freed is not noticed", "if not node.held:", "if False:"),
        ("nodes before the start are walked", "and node.number >= since", ""),
    ),
    *_in(
        tape,
        "_leading_to",
        ("only the targets", "wanted.update(points(node))", "pass"),
        ("not the targets", "set(targets)", "set()"),
        ("one step only", "not wanted.isdisjoint(node.parents)", "not targets.isdisjoint(node.parents)"),
    ),
    *_in(
        tape,
        "_cotangents_of_outputs",
        (
            "unused output filled with zeros",
            "arrived.pop(output, None)",
            "arrived.pop(output, np.zeros(output.shape, output.dtype))",
        ),
        (
            "a used output counts as unused",
            "arrived.pop(output, None) for output in outputs",
            "arrived.pop(output, None) if output.place == 0 else None for output in outputs",
        ),
        ("outputs in the wrong order", "outputs = points(node)", "outputs = points(node)[::-1]"),
        (
            "a hook does not see an output's gradient",
            "output.box.seen(cotangent) if output.box and",
            "cotangent if",
        ),
        ("an output in the middle is not found", "found.update((output, c)", "dict((output, c)"),
    ),
    *_in(
        broadcasting,
        "repair",
        ("a real variable keeps an imaginary part", "cotangent = cotangent.real", "return cotangent"),
        ("the dtype stays", "cotangent = cotangent.astype(dtype)", "pass"),
        ("the shape stays", "cotangent = sum_to_shape(cotangent, shape)", "pass"),
    ),
    *_in(
        broadcasting,
        "sum_to_shape",
        ("stretched axes are averaged", ".sum(axis=axes, keepdims=True)", ".mean(axis=axes, keepdims=True)"),
        ("stretched axes not summed", "axes = (*range(new), *stretched)", "axes = (*range(new),)"),
        ("new axes not summed", "axes = (*range(new), *stretched)", "axes = stretched"),
        ("half precision sums", "half = array.dtype == np.float16", "half = False"),
    ),
    *_in(
        backprop,
        "backward",
        (".grad is replaced", "arrived if box.grad is None else box.grad + arrived", "arrived"),
        (".grad is recorded", "set_grad_enabled(create_graph)", "set_grad_enabled(True)"),
        ("hooks after it are not called", "hook()", "pass"),
    ),
    *_in(
        backprop,
        "gradients_of",
        ("cotangents not conjugated", "output).conj()", "output)"),
        ("gradients not conjugated", "wrap(gradient, None)).conj()", "wrap(gradient, None))"),
        (
            "freed under create_graph",
            "create_graph if retain_graph is None else retain_graph",
            "bool(retain_graph)",
        ),
    ),
]


@contextmanager
def planted(fault: LoopFault) -> Iterator[None]:
    """The fault wherever the package names the function, inside of a ``with`` block."""
    right = getattr(fault.module, fault.function)
    wrong = fault.changed()
    named = [
        (module, name)
        for key, module in list(sys.modules.items())
        if key.startswith("autograd_cnn")
        for name, value in list(vars(module).items())
        if value is right
    ]
    tensor = backprop.Tensor
    method = getattr(tensor, fault.function, None) is right
    try:
        for module, name in named:
            setattr(module, name, wrong)
        if method:
            setattr(tensor, fault.function, wrong)
        yield
    finally:
        for module, name in named:
            setattr(module, name, right)
        if method:
            setattr(tensor, fault.function, right)
