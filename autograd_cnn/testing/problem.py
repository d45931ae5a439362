"""`Problem`: a function of arrays and its derivatives, in some engine. All that a check needs to know.

Every check of this package is written on it. `TensorProblem` is ours; `autograd_cnn.testing.adapters` has
those of other engines. Gradients follow PyTorch's convention for complex numbers: x̄ is such that
Re⟨x̄, dx⟩ = Re⟨ȳ, df⟩, where ⟨a, b⟩ = Σ conj(a) · b.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar, TypeAlias

import numpy as np

from autograd_cnn import transforms
from autograd_cnn.core.backprop import backprop
from autograd_cnn.core.tensor import Tensor, from_numpy, tensor
from autograd_cnn.errors import DtypeError, UnsupportedError
from autograd_cnn.transforms.tree import flatten

__all__ = ["Array", "Arrays", "Problem", "TensorProblem", "problem_of"]

Array: TypeAlias = np.ndarray[Any, Any]
Arrays: TypeAlias = Sequence[Array]
Function: TypeAlias = Callable[..., Any]


class Problem(ABC):
    """A function of arrays, with its derivatives as some engine computes them.

    A subclass says how to compute `value` and `vjp`; `jvp`, if its engine has forward mode (``modes``),
    and `pullback`, if it can differentiate its own gradients. ``complex_step`` says that the function may
    be called with complex arrays in place of real ones.
    """

    engine: ClassVar[str]
    adapter: ClassVar[str] = ""  # its name in `autograd_cnn.testing.adapters`
    modes: ClassVar[tuple[str, ...]] = ("rev",)
    complex_step: bool = False

    def __init__(self, function: Function) -> None:
        self.function = function

    @property
    def name(self) -> str:
        """What to call the function in a message."""
        return getattr(self.function, "__name__", type(self.function).__name__)

    def label(self, number: int) -> str:
        """What to call an argument in a message."""
        return f"argument {number}"

    def point(self, args: Sequence[Any]) -> list[Array]:
        """Where to check: copies of the arguments as arrays, and what the function carries with it."""
        return [checked(arg, f"argument {number}") for number, arg in enumerate(args)]

    @abstractmethod
    def value(self, point: Arrays) -> list[Array]:
        """All floating and complex outputs, in order."""

    @abstractmethod
    def vjp(self, point: Arrays, cotangents: Sequence[Array | None]) -> list[Array]:
        """A gradient for each argument; zeros where it does not matter."""

    def jvp(self, point: Arrays, tangents: Arrays) -> list[Array]:
        """The derivative of each output along the tangents."""
        raise UnsupportedError(f'check_grads: {self.engine} has no forward mode here; pass modes=("rev",)')

    def pullback(self, count: int) -> Problem:
        """The problem whose arguments are ``count`` of this one and its cotangents, and its value the VJP."""
        raise UnsupportedError(
            f"check_grads: {self.engine} has no derivatives of gradients here; pass order=1"
        )

    def other_vjps(
        self, point: Arrays, cotangents: Sequence[Array | None]
    ) -> Iterator[tuple[str, list[Array]]]:
        """The same gradients, computed in the other ways that the engine has, each with its name."""
        return iter(())


def checked(arg: Any, what: str) -> Array:
    """A copy of an argument, refused unless it can be differentiated by."""
    array = np.array(arg._value if isinstance(arg, Tensor) else arg)
    if array.dtype.kind not in "fc":
        raise DtypeError(
            f"check_grads: expected floating or complex arguments, {what} is {array.dtype}; "
            "close over it: lambda x: f(x, constant)"
        )
    return array


class TensorProblem(Problem):
    """A function of tensors, on the tape of this package."""

    engine = "autograd_cnn"
    modes = ("rev", "fwd")
    complex_step = True

    def outputs(self, *args: Any) -> list[Any]:
        """What the function returns, flat; integers and booleans, which have no derivative, left out."""
        return [x for x in flatten(self.function(*args)) if _kind(x) in "fc"]

    def value(self, point: Arrays) -> list[Array]:  # noqa: D102 - the base says it
        return [np.array(_raw(output)) for output in self.outputs(*map(_constant, point))]

    def vjp(self, point: Arrays, cotangents: Sequence[Array | None]) -> list[Array]:  # noqa: D102
        return self._gradients(point, cotangents, create_graph=False)

    def other_vjps(  # noqa: D102
        self, point: Arrays, cotangents: Sequence[Array | None]
    ) -> Iterator[tuple[str, list[Array]]]:
        yield "create_graph=True", self._gradients(point, cotangents, create_graph=True)

    def _gradients(
        self, point: Arrays, cotangents: Sequence[Array | None], create_graph: bool
    ) -> list[Array]:
        variables = [_constant(x).requires_grad_() for x in point]
        outputs = self.outputs(*variables)
        used = [
            (output, _constant(cotangent))
            for output, cotangent in zip(outputs, cotangents, strict=True)
            if cotangent is not None and isinstance(output, Tensor) and output.requires_grad
        ]
        found: Sequence[Any] = [None] * len(variables)
        if used:
            found = backprop(
                [output for output, _ in used], variables, [c for _, c in used], create_graph=create_graph
            )
        return [
            np.zeros(x.shape, x.dtype) if gradient is None else np.array(_raw(gradient))
            for x, gradient in zip(point, found, strict=True)
        ]

    def jvp(self, point: Arrays, tangents: Arrays) -> list[Array]:  # noqa: D102
        return [np.asarray(_raw(x)) for x in transforms.jvp(self.outputs, point, tangents)[1]]

    def pullback(self, count: int) -> TensorProblem:  # noqa: D102
        return _Pullback(self, count)


class _Pullback(TensorProblem):
    """Arguments and cotangents ↦ gradients."""

    complex_step = False  # the conjugates of the convention are not analytic

    def __init__(self, inner: TensorProblem, count: int) -> None:
        super().__init__(self._gradients_of)
        self.inner, self.count = inner, count

    @property
    def name(self) -> str:
        return self.inner.name

    def label(self, number: int) -> str:
        if number < self.count:
            return self.inner.label(number)
        return f"the cotangent of output {number - self.count}"

    def _gradients_of(self, *both: Any) -> Any:
        _, pull_back = transforms.vjp(self.inner.outputs, *both[: self.count])
        return list(pull_back(list(both[self.count :])))


class _ModuleProblem(TensorProblem):
    """A module: its parameters are arguments too, after those of its call."""

    def __init__(self, module: Any) -> None:
        super().__init__(self._call)
        self.inputs = 0  # of its call
        self.module = module
        self.parameters = {name: p for name, p in module.named_parameters() if p.requires_grad}

    @property
    def name(self) -> str:
        return type(self.module).__name__

    def label(self, number: int) -> str:
        names = list(self.parameters)
        return f"argument {number}" if number < self.inputs else f"parameter {names[number - self.inputs]!r}"

    def point(self, args: Sequence[Any]) -> list[Array]:
        self.inputs = len(args)
        return [*super().point(args), *(np.array(p._value) for p in self.parameters.values())]

    def _call(self, *both: Any) -> Any:
        """Call the module with each parameter standing where the variable of its place stands."""
        count = len(both) - len(self.parameters)
        changed = (*self.parameters.values(), *self.module.buffers())  # a layer may keep statistics
        before = [(x, x._value, x._source) for x in changed]
        try:
            for parameter, variable in zip(self.parameters.values(), both[count:], strict=True):
                parameter._value, parameter._source = variable._value, variable._source
            return self.module(*both[:count])
        finally:
            for x, value, source in before:
                x._value, x._source = value, source


def problem_of(function: Any) -> Problem:
    """A problem as it is; a module with its parameters; any other function as one of tensors."""
    if isinstance(function, Problem):
        return function
    return _ModuleProblem(function) if hasattr(function, "named_parameters") else TensorProblem(function)


def _kind(x: Any) -> str:
    dtype = getattr(x, "dtype", None)
    return dtype.kind if isinstance(dtype, np.dtype) else np.asarray(x).dtype.kind


def _constant(x: Array) -> Tensor:
    """A tensor that shares the array, so that a function that writes to it is noticed."""
    return from_numpy(x) if x.ndim else tensor(x)


def _raw(x: Any) -> Any:
    return x._value if isinstance(x, Tensor) else x
