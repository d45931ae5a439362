"""Functions that are called around a module's ``forward``, and when gradients come back through it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

from autograd_cnn.core.hooks import Handle
from autograd_cnn.core.tensor import Tensor
from autograd_cnn.core.watching import watched
from autograd_cnn.errors import UnsupportedError

__all__ = ["Hookable"]

Hook = Callable[..., Any]


class Hookable:
    """What can be called, through ``forward``, and can be given hooks."""

    _hooks: _Hooks | None = None  # most modules have none, and pay one look at this

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module computes; ``module(x)`` calls it. Every subclass defines it."""
        raise UnsupportedError(f"{type(self).__name__}: expected a method forward(), got none; define it")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:  # noqa: D102 - forward says what it does
        if self._hooks is None:
            return self.forward(*args, **kwargs)
        return self._hooks.called(self, args, kwargs)

    def register_forward_pre_hook(
        self, hook: Hook, *, prepend: bool = False, with_kwargs: bool = False
    ) -> Handle:
        """Call ``hook(module, args)`` before ``forward``; what it returns, if anything, replaces ``args``.

        With ``with_kwargs``, ``hook(module, args, kwargs)``, which may return both. ``prepend`` puts it
        before the hooks that there are. ``remove()`` of the returned handle takes it away again.

        >>> import autograd_cnn as ag
        >>> layer = ag.nn.Identity()
        >>> handle = layer.register_forward_pre_hook(lambda module, args: args[0] * 2)
        >>> layer(ag.tensor([1.0]))
        tensor([2.])
        """
        return self._registered("before", hook, with_kwargs, prepend=prepend)

    def register_forward_hook(
        self, hook: Hook, *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False
    ) -> Handle:
        """Call ``hook(module, args, output)`` after ``forward``; what it returns, if anything, is the output.

        With ``with_kwargs``, ``hook(module, args, kwargs, output)``. With ``always_call`` it is called, with
        None as the output, also where an exception is on its way.

        >>> import autograd_cnn as ag
        >>> shapes = []
        >>> layer = ag.nn.Flatten()
        >>> handle = layer.register_forward_hook(lambda module, args, output: shapes.append(output.shape))
        >>> _ = layer(ag.ones((2, 3, 4)))
        >>> shapes
        [(2, 12)]
        """
        return self._registered("after", hook, with_kwargs, always_call, prepend=prepend)

    def register_full_backward_pre_hook(self, hook: Hook, prepend: bool = False) -> Handle:
        """Call ``hook(module, grad_output)`` when the gradients of the outputs are complete.

        ``grad_output`` is a tuple; what the hook returns, if anything, replaces it.
        """
        return self._registered("backward_before", hook, prepend=prepend)

    def register_full_backward_hook(self, hook: Hook, prepend: bool = False) -> Handle:
        """Call ``hook(module, grad_input, grad_output)`` when gradients have come back to the inputs.

        Both are tuples: of the gradients by the positional arguments (None for those that do not require
        grad), and by the outputs. What the hook returns, if anything, replaces ``grad_input``.

        >>> import autograd_cnn as ag
        >>> layer = ag.nn.Tanh()
        >>> def look(module, grad_input, grad_output):
        ...     print(grad_input[0], grad_output[0])
        >>> handle = layer.register_full_backward_hook(look)
        >>> layer(ag.tensor([0.0], requires_grad=True)).backward([3.0])
        tensor([3.]) tensor([3.])
        """
        return self._registered("backward", hook, prepend=prepend)

    def _registered(self, kind: str, hook: Hook, *options: bool, prepend: bool) -> Handle:
        if self._hooks is None:
            object.__setattr__(self, "_hooks", _Hooks())
        hooks: dict[int, Any] = getattr(self._hooks, kind)
        earlier = dict(hooks) if prepend else {}
        if prepend:
            hooks.clear()
        entry: Any = (hook, *options) if options else hook
        handle = Handle(hooks, entry)
        hooks.update(earlier)
        return handle


class _Hooks:
    """The hooks of one module, by the moment at which they are called."""

    def __init__(self) -> None:
        self.before: dict[int, tuple[Hook, bool]] = {}
        self.after: dict[int, tuple[Hook, bool, bool]] = {}
        self.backward_before: dict[int, Hook] = {}
        self.backward: dict[int, Hook] = {}

    def called(self, module: Hookable, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call the module's ``forward``, with all that is to happen before and after."""
        asked: set[int] = set()
        try:
            for before, takes_kwargs in tuple(self.before.values()):
                if takes_kwargs:
                    args, kwargs = before(module, args, kwargs) or (args, kwargs)
                elif (given := before(module, args)) is not None:
                    args = given if isinstance(given, tuple) else (given,)
            passage = _Passage(module, self) if self.backward or self.backward_before else None
            if passage is not None:
                args = passage.entered(args)
            output = module.forward(*args, **kwargs)
            for key, (after, takes_kwargs, _) in tuple(self.after.items()):
                asked.add(key)
                given = after(module, args, kwargs, output) if takes_kwargs else after(module, args, output)
                output = output if given is None else given
            return output if passage is None else passage.left(output)
        except BaseException:
            for key, (after, takes_kwargs, always) in tuple(self.after.items()):
                if always and key not in asked:
                    after(module, args, kwargs, None) if takes_kwargs else after(module, args, None)
            raise


class _Passage:
    """One call of a module, whose gradients the backward hooks are to see."""

    def __init__(self, module: Hookable, hooks: _Hooks) -> None:
        self.module = module
        self.hooks = hooks
        self.inputs = 0
        self.places: list[int] = []  # of the inputs that require grad
        self.grad_output: tuple[Tensor | None, ...] = ()

    def entered(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        self.inputs = len(args)
        self.places = _requiring_grad(args)
        return tuple(_with(args, self.places, self.on_inputs))

    def left(self, output: Any) -> Any:
        if isinstance(output, Tensor):
            return _with([output], _requiring_grad([output]), self.on_outputs)[0]
        if not isinstance(output, (tuple, list)):
            warnings.warn(
                f"{type(self.module).__name__}: its backward hooks are not called, as it returns a "
                f"{type(output).__name__}; return a tensor or a tuple of tensors",
                UserWarning,
                stacklevel=4,
            )
            return output
        changed = _with(output, _requiring_grad(output), self.on_outputs)
        return output._make(changed) if hasattr(output, "_make") else type(output)(changed)

    def on_outputs(self, gradients: list[Tensor | None]) -> Any:
        self.grad_output = tuple(gradients)
        for hook in tuple(self.hooks.backward_before.values()):
            given = hook(self.module, self.grad_output)
            if given is not None:
                self.grad_output = given if isinstance(given, tuple) else (given,)
        if not self.places:  # no gradient goes on from here
            self.on_inputs([])
        return self.grad_output

    def on_inputs(self, gradients: list[Tensor | None]) -> Any:
        grad_input: list[Tensor | None] = [None] * self.inputs
        for place, gradient in zip(self.places, gradients, strict=True):
            grad_input[place] = gradient
        for hook in tuple(self.hooks.backward.values()):
            given = hook(self.module, tuple(grad_input), self.grad_output)
            if given is not None:
                grad_input = list(given) if isinstance(given, (tuple, list)) else [given]
                if len(grad_input) != self.inputs or not self.places:
                    raise UnsupportedError(
                        f"{type(self.module).__name__}: expected None or {self.inputs} gradients from a "
                        f"backward hook, one for each input, got {len(grad_input)}"
                        + ("" if self.places else "; no input requires grad, so there is none to replace")
                    )
        return [grad_input[place] for place in self.places]


def _requiring_grad(values: Sequence[Any]) -> list[int]:
    return [place for place, value in enumerate(values) if isinstance(value, Tensor) and value.requires_grad]


def _with(values: Sequence[Any], places: list[int], see: Callable[[list[Tensor | None]], Any]) -> list[Any]:
    """The values, with those at the places watched together."""
    changed = list(values)
    if places:
        for place, value in zip(places, watched([values[place] for place in places], see), strict=True):
            changed[place] = value
    return changed
