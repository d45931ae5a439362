"""Whether operations are recorded: a switch of the present thread and async task."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ContextDecorator
from contextvars import Token
from types import TracebackType
from typing import Any, TypeAlias, TypeVar

from autograd_cnn.core.tape import Node, recorder, switch_recording

__all__ = ["enable_grad", "is_grad_enabled", "no_grad", "set_grad_enabled"]

Function = TypeVar("Function", bound=Callable[..., Any])
Tokens: TypeAlias = list[Token[type[Node] | None]]


class set_grad_enabled:  # noqa: N801 - PyTorch's name
    """Switch recording on or off, at once and until the end of a ``with`` block.

    >>> import autograd_cnn as ag
    >>> x = ag.tensor([1.0, 2.0], requires_grad=True)
    >>> with ag.set_grad_enabled(False):
    ...     y = x * 2
    >>> y.requires_grad
    False
    """

    def __init__(self, mode: bool) -> None:
        self._mode = bool(mode)
        self._tokens: Tokens = [switch_recording(self._mode)]

    def __enter__(self) -> set_grad_enabled:
        return self

    def __call__(self, function: Function) -> Function:
        """Decorate a function: switch while it runs, and not now."""
        recorder.reset(self._tokens.pop())
        return (enable_grad if self._mode else no_grad)()(function)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        recorder.reset(self._tokens.pop())


class _Switch(ContextDecorator):
    """A block, or a decorated function, inside which recording is on or off."""

    _mode: bool

    def __init__(self) -> None:
        self._tokens: Tokens = []

    def _recreate_cm(self) -> _Switch:
        return type(self)()  # a decorated function may run in several threads at once

    def __enter__(self) -> None:
        self._tokens.append(switch_recording(self._mode))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        recorder.reset(self._tokens.pop())


class no_grad(_Switch):  # noqa: N801 - PyTorch's name
    """Record nothing inside a ``with`` block or a decorated function.

    >>> import autograd_cnn as ag
    >>> x = ag.tensor(3.0, requires_grad=True)
    >>> with ag.no_grad():
    ...     y = x * x
    >>> y.requires_grad
    False
    """

    _mode = False


class enable_grad(_Switch):  # noqa: N801 - PyTorch's name
    """Record again inside a ``with`` block, within `no_grad`.

    >>> import autograd_cnn as ag
    >>> x = ag.tensor(3.0, requires_grad=True)
    >>> with ag.no_grad(), ag.enable_grad():
    ...     y = x * x
    >>> y.requires_grad
    True
    """

    _mode = True


def is_grad_enabled() -> bool:
    """Whether operations on tensors that require grad are recorded, here and now.

    >>> import autograd_cnn as ag
    >>> ag.is_grad_enabled()
    True
    """
    return recorder.get() is not None
