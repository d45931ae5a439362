"""Problems that bring their arguments: a call of a function, with what it was called with."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import count
from typing import Any

import numpy as np

from autograd_cnn.testing.culprit import Call, Variable
from autograd_cnn.testing.gradients import check_grads
from autograd_cnn.testing.problem import Array, Problem, TensorProblem
from autograd_cnn.transforms.tree import map_leaves

__all__ = ["CallProblem", "PosedProblem", "name_of", "parameters_of", "shown"]


class PosedProblem(TensorProblem):
    """A function together with the arguments, ``args``, at which to look at it."""

    args: Sequence[Array]

    def check(self, order: int = 2, **options: Any) -> None:
        """`check_grads` of the function at the arguments, with its options."""
        check_grads(self, self.args, order, **options)

    def __call__(self, *args: Any) -> Any:
        """Call the function: with its own arguments, or others in their places."""
        return self.function(*(args or self.args))


class CallProblem(PosedProblem):
    """A call ``function(*given, **options)``, differentiated by the floating arrays among all of these.

    Arguments whose names are in ``constants`` are none of them. The arrays are its ``args``, and the function
    is ``called``; `repeated` calls another one in the same way: the same layer of another library, or its
    definition.

    >>> import numpy as np
    >>> from autograd_cnn.testing import CallProblem
    >>> problem = CallProblem(np.sum, [np.ones((2, 3))], {"axis": 1})
    >>> problem
    sum(float64 (2, 3), axis=1)
    >>> problem.check()
    """

    def __init__(
        self,
        function: Callable[..., Any],
        given: Sequence[Any],
        options: Mapping[str, Any] | None = None,
        constants: Collection[str] = (),
    ) -> None:
        super().__init__(self._call)
        self.called, self.given, self.options = function, tuple(given), dict(options or {})
        arguments = (
            tuple(
                arg if name in constants else _variables(name, arg)
                for name, arg in zip(_positional(function), self.given, strict=False)
            ),
            {name: arg if name in constants else _variables(name, arg) for name, arg in self.options.items()},
        )
        self.call = Call(
            function.__name__, function, arguments, ""
        )  # what the script of a failure is made of
        self.args = self.call.point()

    @property
    def name(self) -> str:
        """The name of the function."""
        return self.call.name

    def label(self, number: int) -> str:
        """The name of an argument."""
        return f"argument {self.call.variables()[number].name!r}"

    def repeated(self, function: Callable[..., Any], *args: Any) -> Any:
        """Call another function in the same way, with ``args`` in the place of the floating arrays."""
        remaining = iter(args or self.args)
        given, options = map_leaves(
            lambda leaf: next(remaining) if isinstance(leaf, Variable) else leaf, self.call.arguments
        )
        return function(*given, **options)

    def _call(self, *args: Any) -> Any:
        return self.repeated(self.called, *args)

    def __repr__(self) -> str:
        return f"{self.name}({shown(self.given, self.options)})"


def shown(given: Sequence[Any], options: Mapping[str, Any]) -> str:
    """The arguments of a call as they would be written, with arrays in few words."""
    given, options = map_leaves(_Shown, (tuple(given), dict(options)))
    return ", ".join([*map(repr, given), *(f"{name}={value!r}" for name, value in options.items())])


class _Shown:
    """An argument in few words: an array by its dtype and shape, or its values if they are few integers."""

    def __init__(self, leaf: Any) -> None:
        self.leaf = leaf

    def __repr__(self) -> str:
        if not isinstance(self.leaf, np.ndarray):
            return repr(self.leaf)
        if self.leaf.dtype.kind in "biu" and self.leaf.size <= 24:
            return f"np.array({self.leaf.tolist()})"
        return f"{self.leaf.dtype} {self.leaf.shape}"


def _variables(name: str, arg: Any) -> Any:
    """The argument, with variables in the place of its floating arrays."""

    def variable(leaf: Any) -> Any:
        floating = isinstance(leaf, np.ndarray) and leaf.dtype.kind in "fc"
        return Variable(name, leaf) if floating else leaf

    return map_leaves(variable, arg)


def _positional(function: Callable[..., Any]) -> Iterator[str]:
    """The names of positional arguments, without an end if any number is taken."""
    for parameter in parameters_of(function).values():
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            yield from (f"{parameter.name}[{number}]" for number in count())
        yield parameter.name


def parameters_of(function: Any) -> Mapping[str, inspect.Parameter]:
    """The parameters of a function, of a module's ``forward``, or of the function of a problem.

    Where a function does not tell, they are any number of ``x``.
    """
    if isinstance(function, Problem):
        function = function.function
    try:
        return inspect.signature(getattr(function, "forward", function)).parameters
    except (TypeError, ValueError):
        return {"x": inspect.Parameter("x", inspect.Parameter.VAR_POSITIONAL)}


def name_of(function: Any) -> str:
    """What to call a function in a message."""
    if isinstance(function, Problem):
        return function.name
    return str(getattr(function, "__name__", type(function).__name__))
