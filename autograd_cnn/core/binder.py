"""Call arguments bound to a signature, quickly."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from autograd_cnn.errors import UnsupportedError


class Binder:
    """Turns call arguments into a list in the order of the signature: 0.4 µs, where inspect takes 5."""

    def __init__(self, function: Callable[..., Any]) -> None:
        plain: Any = inspect.unwrap(function)  # the signature is that of what was decorated
        code = plain.__code__
        self.function = function
        self.positional = code.co_argcount
        self.names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        defaults = dict(
            zip(self.names[: self.positional][::-1], (plain.__defaults__ or ())[::-1], strict=False)
        )
        defaults.update(plain.__kwdefaults__ or {})
        self.defaults = [defaults.get(name, _MISSING) for name in self.names]
        self.position = {name: index for index, name in enumerate(self.names)}
        self.required = max((i + 1 for i, v in enumerate(self.defaults) if v is _MISSING), default=0)
        self.keyword_only = self.names[self.positional :]

    def bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any]:
        """Arguments in the order of the signature; unset options of NumPy (``out=None``) are let through."""
        if len(args) > self.positional:
            raise TypeError(
                f"{self.function.__name__}: expected at most {self.positional} positional arguments "
                f"({', '.join(self.names[: self.positional])}), got {len(args)}"
            )
        bound = self.defaults.copy()
        bound[: len(args)] = args
        if not kwargs and len(args) >= self.required:
            return bound
        for name, value in kwargs.items():
            position = self.position.get(name)
            if position is None:
                refuse(self.function.__name__, self.names, name, value)
            elif position < len(args):
                raise TypeError(f"{self.function.__name__}: argument {name!r} was given twice")
            else:
                bound[position] = value
        for value in bound:
            if value is _MISSING:
                missing = [n for n, v in zip(self.names, bound, strict=True) if v is _MISSING]
                raise TypeError(f"{self.function.__name__}: missing argument {', '.join(missing)}")
        return bound

    def call(self, bound: list[Any]) -> Any:
        """Run the function on a bound list."""
        if not self.keyword_only:
            return self.function(*bound)
        args, kwargs = self.arguments(bound)
        return self.function(*args, **kwargs)

    def arguments(self, bound: list[Any]) -> tuple[list[Any], dict[str, Any]]:
        """The positional and the keyword arguments of a bound list."""
        keywords = dict(zip(self.keyword_only, bound[self.positional :], strict=True))
        return bound[: self.positional], keywords


def refuse(function: str, names: Iterable[str], name: str, value: Any) -> None:
    """Raise for an argument that a function does not have, unless it is one of NumPy's left unset."""
    if value is None or value is np._NoValue:
        return
    hint = {
        "out": "write a = f(a), a new tensor",
        "where": "use ag.where",
        "dim": "use axis=",
        "keepdim": "use keepdims=",
    }.get(name, f"it takes {', '.join(names)}")
    raise UnsupportedError(f"{function}: no argument {name!r} on tensors; {hint}")


class _Missing:
    pass


_MISSING = _Missing()
