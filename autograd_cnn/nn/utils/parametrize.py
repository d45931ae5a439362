"""Parameters that are computed from others, with the names and state of ``torch.nn.utils.parametrize``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd_cnn.core.grad_mode import no_grad
from autograd_cnn.core.tensor import Tensor
from autograd_cnn.errors import ArgumentError, ShapeError, UnsupportedError
from autograd_cnn.nn.collections import ModuleDict
from autograd_cnn.nn.module import Module
from autograd_cnn.nn.parameter import Parameter

__all__ = ["is_parametrized", "register_parametrization", "remove_parametrizations"]


class ParametrizationList(Module):
    """The parametrisations "0", "1", … of one parameter, and the original it is computed from.

    The original is ``original``, or ``original0``, ``original1``, … where the first parametrisation takes
    several, which its ``right_inverse`` finds from the value.
    """

    def __init__(self, parametrization: Module, value: Parameter) -> None:
        super().__init__()
        self.add_module("0", parametrization)
        self.count = 1
        with no_grad():
            found = _undone(parametrization, value)
        self.several = isinstance(found, tuple)
        # Where the value itself is the original, so is the parameter: an optimiser may hold it.
        if found is value:
            self.original = value
        else:
            for name, original in zip(self.names(found), _listed(found), strict=True):
                setattr(self, name, Parameter(original, value.requires_grad))

    def names(self, found: Any = None) -> list[str]:
        """Return the names of the originals."""
        if not self.several:
            return ["original"]
        if found is None:
            return [name for name in vars(self) if name.startswith("original")]
        return [f"original{place}" for place in range(len(found))]

    def append(self, parametrization: Module) -> None:
        """Add a parametrisation after the others."""
        self.add_module(str(self.count), parametrization)
        self.count += 1

    def forward(self) -> Any:
        """Compute the parameter."""
        value = getattr(self, "0")(*(getattr(self, name) for name in self.names()))
        for place in range(1, self.count):
            value = getattr(self, str(place))(value)
        return value

    def right_inverse(self, value: Any) -> None:
        """Write to the originals so that the parameter becomes this value."""
        with no_grad():
            for place in reversed(range(self.count)):
                value = _undone(getattr(self, str(place)), value)
            for name, original in zip(self.names(), _listed(value), strict=True):
                getattr(self, name)[...] = original.detach()


def register_parametrization(
    module: Module, tensor_name: str, parametrization: Module, *, unsafe: bool = False
) -> Module:
    """Make a parameter of a module the result of another module; returns the module.

    ``module.weight`` is then computed as ``parametrization(original)`` whenever it is read, and the module's
    state holds "parametrizations.weight.original" in place of "weight". Assigning to ``module.weight``
    writes what ``parametrization.right_inverse`` finds to the original. Several that are registered on one
    parameter are applied in their order. An optimiser that holds the parameter goes on to train the
    original if there is no ``right_inverse``.

    Raises `ArgumentError` if there is no such parameter, and, unless ``unsafe``, `ShapeError` if its shape
    or dtype would change; nothing is changed then.

    >>> import autograd_cnn as ag
    >>> class Symmetric(ag.nn.Module):
    ...     def forward(self, x):
    ...         return (x + x.T) / 2
    >>> layer = ag.nn.Linear(3, 3)
    >>> _ = ag.nn.utils.parametrize.register_parametrization(layer, "weight", Symmetric())
    >>> bool((layer.weight == layer.weight.T).all()), list(layer.state_dict())
    (True, ['bias', 'parametrizations.weight.original'])
    """
    value = getattr(module, tensor_name, None)
    if not isinstance(value, Tensor) or not (
        is_parametrized(module, tensor_name) or isinstance(value, Parameter)
    ):
        raise ArgumentError(
            f"register_parametrization: expected the name of a parameter of {type(module).__name__}, got "
            f"{tensor_name!r}"
        )
    if not unsafe:
        with no_grad():
            result = parametrization(*_listed(_undone(parametrization, value)))
        if result.shape != value.shape or result.dtype != value.dtype:
            raise ShapeError(
                f"register_parametrization: expected a result of {value.dtype} and shape {value.shape}, as "
                f"{tensor_name!r} is, got {result.dtype} and {result.shape}; unsafe=True allows it"
            )
    if is_parametrized(module, tensor_name):
        module.parametrizations[tensor_name].append(parametrization)  # type: ignore[attr-defined]
        return module
    held = ParametrizationList(parametrization, value)  # type: ignore[arg-type]
    delattr(module, tensor_name)
    if not is_parametrized(module):
        module.add_module("parametrizations", ModuleDict())
    vars(module)["parametrizations"][tensor_name] = held
    compute(
        module,
        tensor_name,
        lambda owner: owner.parametrizations[tensor_name](),
        lambda owner, value: owner.parametrizations[tensor_name].right_inverse(value),
    )
    return module


def remove_parametrizations(module: Module, tensor_name: str, leave_parametrized: bool = True) -> Module:
    """Make a parameter an ordinary one again; returns the module.

    Its value is the present one, or with ``leave_parametrized=False`` the original.
    """
    if not is_parametrized(module, tensor_name):
        raise ArgumentError(
            f"remove_parametrizations: expected a parametrised tensor of {type(module).__name__}, got "
            f"{tensor_name!r}"
        )
    all_held = vars(module)["parametrizations"]
    held = all_held[tensor_name]
    if not leave_parametrized and held.several:
        raise UnsupportedError(
            f"remove_parametrizations: expected leave_parametrized=True, as {tensor_name!r} is computed from "
            "several originals"
        )
    with no_grad():
        value = held() if leave_parametrized else held.original
    originals = [getattr(held, name) for name in held.names()]
    uncompute(module, tensor_name)
    del all_held[tensor_name]
    if not all_held:
        delattr(module, "parametrizations")
    setattr(module, tensor_name, Parameter(value, any(one.requires_grad for one in originals)))
    return module


def is_parametrized(module: Module, tensor_name: str | None = None) -> bool:
    """Whether a module has parametrisations, or one of this name."""
    held = vars(module).get("parametrizations")
    return isinstance(held, ModuleDict) and (tensor_name is None or tensor_name in held)


def compute(
    module: Module, name: str, get: Callable[[Any], Any], put: Callable[[Any, Any], None] | None = None
) -> None:
    """Make an attribute of one module a property, by giving it a class of its own."""
    _derive(module, {**_computed(module), name: property(get, put)})


def uncompute(module: Module, name: str) -> None:
    """Undo `compute`."""
    _derive(module, {other: made for other, made in _computed(module).items() if other != name})


def _computed(module: Module) -> dict[str, property]:
    return getattr(module, "_computed_attributes", {})


def _derive(module: Module, computed: dict[str, property]) -> None:
    # A new class each time: copies of the module share the one that they have.
    base = getattr(module, "_class_before", type(module))
    names = {**computed, "_computed_attributes": computed, "_class_before": base}
    module.__class__ = type(f"Parametrized{base.__name__}", (base,), names) if computed else base


def _undone(parametrization: Module, value: Any) -> Any:
    inverse = getattr(parametrization, "right_inverse", None)
    return value if inverse is None else inverse(value)


def _listed(values: Any) -> tuple[Any, ...]:
    return values if isinstance(values, tuple) else (values,)
