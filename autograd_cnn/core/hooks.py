"""Functions that are called when a gradient arrives at a tensor."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from itertools import count
from typing import Any

from autograd_cnn.core import tape
from autograd_cnn.core.declare import method
from autograd_cnn.core.tensor import Tensor, wrap
from autograd_cnn.errors import GraphError, ShapeError

__all__ = ["Handle"]

_next_key = count().__next__


class Handle:
    """What registering a hook returns: ``remove()`` takes the hook away again."""

    def __init__(self, hooks: dict[int, Any], hook: Callable[..., Any]) -> None:
        self._hooks = hooks
        self._key = _next_key()
        hooks[self._key] = hook

    def remove(self) -> None:
        """Call the hook no more."""
        self._hooks.pop(self._key, None)


@method
def register_hook(self: Tensor, hook: Callable[[Tensor], Any]) -> Handle:
    """Call ``hook(gradient)`` whenever the whole gradient of this tensor has been computed.

    What it returns, if anything, takes the gradient's place: for what comes before this tensor, and in
    ``.grad``. Raises `GraphError` if the tensor does not require grad.

    >>> import autograd_cnn as ag
    >>> x = ag.tensor([1.0, 2.0], requires_grad=True)
    >>> handle = x.register_hook(lambda gradient: gradient * 10)
    >>> (x * x).sum().backward()
    >>> x.grad
    tensor([20., 40.])
    """
    if self._source is None:
        raise GraphError("register_hook: this tensor does not require grad, no gradient will reach it")
    shape = self.shape

    def on_cotangent(cotangent: Any) -> Any:
        # On the tape a cotangent is the conjugate of the gradient, and a raw array unless it is recorded.
        recorded = isinstance(cotangent, Tensor)
        given = hook((cotangent if recorded else wrap(cotangent, None)).conj())
        if given is None:
            return cotangent
        if not isinstance(given, Tensor) or given.shape != shape:
            got = given.shape if isinstance(given, Tensor) else type(given).__name__
            raise ShapeError(f"register_hook: expected a tensor of shape {shape} from the hook, got {got}")
        return given.conj() if recorded else given.conj()._value

    return Handle(tape.box_at(self._source).hooks, on_cotangent)


@method
def register_post_accumulate_grad_hook(self: Tensor, hook: Callable[[Tensor], Any]) -> Handle:
    """Call ``hook(tensor)`` each time ``.backward()`` has added to the ``.grad`` of this leaf.

    An optimiser step can be taken here, and the gradient freed. Raises `GraphError` for what is no leaf
    that requires grad.

    >>> import autograd_cnn as ag
    >>> x = ag.tensor([1.0, 2.0], requires_grad=True)
    >>> handle = x.register_post_accumulate_grad_hook(lambda x: print(x.grad))
    >>> (x * x).sum().backward()
    tensor([2., 4.])
    """
    if not isinstance(self._source, tape.Leaf):
        raise GraphError("register_post_accumulate_grad_hook: expected a leaf that requires grad")
    here = weakref.ref(self)  # the box is the tensor's own: a reference back would be a cycle

    def on_accumulated() -> None:
        tensor = here()
        if tensor is not None:
            hook(tensor)

    return Handle(tape.box_at(self._source).after, on_accumulated)
