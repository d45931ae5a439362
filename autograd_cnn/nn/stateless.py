"""A module as a pure function of its parameters, for `grad`, `vmap` and their like."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from autograd_cnn.core.tensor import Tensor
from autograd_cnn.errors import ArgumentError
from autograd_cnn.nn.module import Module

__all__ = ["functional_call"]


def functional_call(
    module: Module,
    parameters_and_buffers: Mapping[str, Any],
    args: Any = (),
    kwargs: Mapping[str, Any] | None = None,
) -> Any:
    """``module(*args, **kwargs)`` with other parameters and buffers, as ``torch.func.functional_call``.

    ``parameters_and_buffers`` maps names, those of ``named_parameters()`` and ``named_buffers()``, to tensors
    or arrays; what it does not name stays as it is, and what modules share is replaced for all of them.
    ``args`` is a tuple, or the only argument. Afterwards, also after an error, the module is what it was;
    meanwhile no other thread may use it. Raises `ArgumentError` for a name that the module does not have.

    The gradient of each example by itself (``detach``, or else the gradients are recorded, too):

    >>> import autograd_cnn as ag, numpy as np
    >>> model = ag.nn.Linear(3, 2)
    >>> def loss(parameters, x, y):
    ...     return ag.nn.functional.cross_entropy(functional_call(model, parameters, x), y)
    >>> parameters = {name: p.detach() for name, p in model.named_parameters()}
    >>> x, y = np.ones((5, 3), np.float32), np.array([0, 1, 0, 1, 1])
    >>> gradients = ag.vmap(ag.grad(loss), in_axes=(None, 0, 0))(parameters, x, y)
    >>> {name: gradient.shape for name, gradient in gradients.items()}
    {'weight': (5, 2, 3), 'bias': (5, 2)}
    """
    replacements = {
        id(held): (held, parameters_and_buffers[name])
        for name in parameters_and_buffers
        for held in [_held(module, name)]
    }
    places = [
        (vars(owner), attribute, value)
        for owner in module.modules()
        for attribute, value in vars(owner).items()
        if id(value) in replacements
    ]
    try:
        # Not by setattr, which takes nothing but a Parameter in the place of one.
        for attributes, attribute, value in places:
            attributes[attribute] = replacements[id(value)][1]
        return module(*(args if isinstance(args, tuple) else (args,)), **(kwargs or {}))
    finally:
        for attributes, attribute, value in places:
            attributes[attribute] = value


def _held(module: Module, name: str) -> Tensor:
    """The parameter or buffer of this name."""
    owner: Any = module
    for part in name.split("."):
        owner = vars(owner).get(part) if isinstance(owner, Module) else None
    if isinstance(owner, Tensor):
        return owner
    names = [known for known, _ in module._named_values()]
    near = difflib.get_close_matches(name, names) or names
    raise ArgumentError(
        f"functional_call: {type(module).__name__} has no parameter or buffer {name!r}; did you mean "
        f"{', '.join(near)}?"
    )
