"""Functions of other engines, in the form that every check here understands.

Each adapter turns a function, written for its engine, into a `Problem`. Its package is imported at the
first use, and need not be there otherwise. Nothing else of a check differs:

>>> import numpy as np
>>> from autograd_cnn.testing import adapters, check_grads
>>> check_grads(adapters.autograd(f), [np.ones(3)])  # doctest: +SKIP
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd_cnn.errors import ArgumentError
from autograd_cnn.testing.problem import Array, Arrays, Problem
from autograd_cnn.transforms.tree import flatten

__all__ = ["autograd", "jax", "mygrad", "torch"]


def autograd(function: Callable[..., Any]) -> Problem:
    """A function written on ``autograd.numpy`` (HIPS autograd): reverse mode, of any order."""
    return _Autograd(function)


def jax(function: Callable[..., Any]) -> Problem:
    """A function of JAX arrays: both modes, of any order, in the dtypes of the arguments (x64 enabled)."""
    return _Jax(function)


def mygrad(function: Callable[..., Any]) -> Problem:
    """A function of MyGrad tensors: reverse mode of first order, which is what MyGrad has."""
    return _MyGrad(function)


def torch(function: Callable[..., Any]) -> Problem:
    """A function of PyTorch tensors, or a ``torch.nn.Module`` with its parameters: both modes, any order."""
    return _TorchModule(function) if hasattr(function, "named_parameters") else _Torch(function)


def _peer(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        package = name.split(".")[0]
        raise ArgumentError(
            f"adapters.{package}: the package {package!r} is not installed; pip install {package}"
        ) from None


def _arrays(tree: Any) -> list[Array]:
    return [np.array(leaf) for leaf in flatten(tree)]


class _Nested(Problem):
    """What engines share that compose their transforms: gradients of gradients are functions again."""

    count = 0  # of the arguments that are not cotangents; 0 if this is no pullback
    of: _Nested | None = None

    def pullback(self, count: int) -> Problem:
        nested = type(self)(lambda *both: self.pulled(both[:count], list(both[count:])))
        nested.count, nested.of = count, self
        return nested

    def pulled(self, args: Sequence[Any], cotangents: list[Any]) -> list[Any]:
        """Gradients, as values of the engine."""
        raise NotImplementedError

    @property
    def name(self) -> str:
        return self.of.name if self.of is not None else super().name

    def label(self, number: int) -> str:
        if self.of is None:
            return super().label(number)
        return (
            self.of.label(number) if number < self.count else f"the cotangent of output {number - self.count}"
        )


class _Autograd(_Nested):
    engine = "HIPS autograd"
    adapter = "autograd"

    def value(self, point: Arrays) -> list[Array]:
        with _quiet():
            return _arrays(self.function(*point))

    def vjp(self, point: Arrays, cotangents: Sequence[Array | None]) -> list[Array]:
        with _quiet():
            return _arrays(self.pulled(point, list(cotangents)))

    def pulled(self, args: Sequence[Any], cotangents: list[Any]) -> list[Any]:
        joined = _peer("autograd.builtins").list

        def outputs(*args: Any) -> Any:
            flat = flatten(self.function(*args))
            return flat[0] if len(flat) == 1 else joined(flat)

        def gradient(number: int) -> Any:
            pull_back, value = _peer("autograd").make_vjp(outputs, number)(*args)
            values = [value] if len(cotangents) == 1 else [value[k] for k in range(len(cotangents))]
            start = [_conjugate(0 * y if c is None else c) for c, y in zip(cotangents, values, strict=True)]
            found = pull_back(start[0] if len(start) == 1 else joined(start))
            if found is None or np.shape(found) == () != np.shape(args[number]):  # nothing arrives
                return 0 * args[number]
            return _conjugate(found)

        return [gradient(number) for number in range(len(args))]


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the remarks of HIPS autograd: that a gradient is 0, and that NumPy divided by it."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Output seems independent of input")
        yield


class _Jax(_Nested):
    engine = "JAX"
    adapter = "jax"
    modes = ("rev", "fwd")

    def value(self, point: Arrays) -> list[Array]:
        with _peer("jax").enable_x64(True):
            return _arrays(self._outputs(*map(_peer("jax.numpy").asarray, point)))

    def vjp(self, point: Arrays, cotangents: Sequence[Array | None]) -> list[Array]:
        with _peer("jax").enable_x64(True):
            return _arrays(self.pulled([_peer("jax.numpy").asarray(x) for x in point], list(cotangents)))

    def jvp(self, point: Arrays, tangents: Arrays) -> list[Array]:
        with _peer("jax").enable_x64(True):
            return _arrays(_peer("jax").jvp(self._outputs, tuple(point), tuple(tangents))[1])

    def pulled(self, args: Sequence[Any], cotangents: list[Any]) -> list[Any]:
        outputs, pull_back = _peer("jax").vjp(self._outputs, *args)
        start = [_conjugate(0 * y if c is None else c) for c, y in zip(cotangents, outputs, strict=True)]
        return [_conjugate(gradient) for gradient in pull_back(start)]

    def _outputs(self, *args: Any) -> list[Any]:
        return flatten(self.function(*args))


class _MyGrad(Problem):
    engine = "MyGrad"
    adapter = "mygrad"

    def value(self, point: Arrays) -> list[Array]:
        return [np.array(y.data) for y in self._outputs(point)[1]]

    def vjp(self, point: Arrays, cotangents: Sequence[Array | None]) -> list[Array]:
        variables, outputs = self._outputs(point)
        pairs = [(y, c) for y, c in zip(outputs, cotangents, strict=True) if c is not None]
        with np.errstate(all="ignore"):
            if len(pairs) == 1:
                pairs[0][0].backward(pairs[0][1])
            else:  # its backward pass frees the graph, so all outputs have to be in one
                total: Any = 0
                for output, cotangent in pairs:
                    total = total + _peer("mygrad").sum(output * cotangent)
                total.backward()
        return [np.zeros_like(v.data) if v.grad is None else np.array(v.grad) for v in variables]

    def _outputs(self, point: Arrays) -> tuple[list[Any], list[Any]]:
        variables = [_peer("mygrad").tensor(x) for x in point]
        return variables, flatten(self.function(*variables))


class _Torch(_Nested):
    engine = "PyTorch"
    adapter = "torch"
    modes = ("rev", "fwd")

    def value(self, point: Arrays) -> list[Array]:
        return self._raw(flatten(self.function(*self._tensors(point))))

    def vjp(self, point: Arrays, cotangents: Sequence[Array | None]) -> list[Array]:
        given = [None if c is None else self._tensors([c])[0] for c in cotangents]
        return self._raw(self.pulled(self._tensors(point), given))

    def jvp(self, point: Arrays, tangents: Arrays) -> list[Array]:
        forward = _peer("torch.autograd.forward_ad")
        with forward.dual_level(), warnings.catch_warnings():
            warnings.filterwarnings("ignore", ".*torch.jit.script", DeprecationWarning)  # PyTorch's own
            moving = [
                forward.make_dual(x.requires_grad_(), u)
                for x, u in zip(self._tensors(point), self._tensors(tangents), strict=True)
            ]
            outputs = [forward.unpack_dual(y) for y in flatten(self.function(*moving))]
            return self._raw([0 * y.primal if y.tangent is None else y.tangent for y in outputs])

    def pulled(self, args: Sequence[Any], cotangents: list[Any]) -> list[Any]:
        variables = [x if x.requires_grad else x.detach().requires_grad_() for x in args]
        outputs = flatten(self.function(*variables))
        used = [(y, c) for y, c in zip(outputs, cotangents, strict=True) if c is not None and y.requires_grad]
        found: Sequence[Any] = [None] * len(variables)
        if used:
            ys, cs = zip(*used, strict=True)
            found = _peer("torch").autograd.grad(ys, variables, cs, create_graph=True, allow_unused=True)
        return [0 * x if g is None else g for x, g in zip(variables, found, strict=True)]

    @staticmethod
    def _tensors(arrays: Arrays) -> list[Any]:
        return [_peer("torch").tensor(x) for x in arrays]

    @staticmethod
    def _raw(tensors: Sequence[Any]) -> list[Array]:
        return [x.detach().resolve_conj().numpy().copy() for x in tensors]


class _TorchModule(_Torch):
    """A module of PyTorch: its parameters are arguments too, after those of its call."""

    inputs = 0  # of its call

    def __init__(self, module: Any) -> None:
        if not hasattr(module, "named_parameters"):  # a pullback
            super().__init__(module)
            return
        self.module = module
        self.parameters = dict(module.named_parameters())
        super().__init__(self._call)

    @property
    def name(self) -> str:
        return type(self.module).__name__ if self.of is None else self.of.name

    def point(self, args: Sequence[Any]) -> list[Array]:
        self.inputs = len(args)
        return [*super().point(args), *self._raw(list(self.parameters.values()))]

    def label(self, number: int) -> str:
        names = list(self.parameters) if self.of is None else []
        return (
            f"parameter {names[number - self.inputs]!r}"
            if number >= self.inputs and names
            else super().label(number)
        )

    def _call(self, *both: Any) -> Any:
        count = len(both) - len(self.parameters)
        named = dict(zip(self.parameters, both[count:], strict=True))
        return _peer("torch").func.functional_call(self.module, named, both[:count])


def _conjugate(x: Any) -> Any:
    """The conjugate, which JAX and HIPS autograd leave out of their convention; real numbers as they are."""
    if getattr(x, "dtype", np.dtype(float)).kind != "c":
        return x
    return x.conj() if hasattr(x, "conj") else _peer("autograd.numpy").conj(x)
