"""`Module`: the base of every layer and network.

A module's parameters, buffers and submodules are simply its attributes: parameters are those that are a
`Parameter`, submodules those that are a `Module`, buffers those registered by name. There is no second
table to keep in step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self

import numpy as np

from autograd_cnn.core.batched import Batched, CannotVectorize
from autograd_cnn.core.tensor import Tensor, tensor
from autograd_cnn.errors import ArgumentError, DtypeError, UnsupportedError
from autograd_cnn.nn.hooks import Hookable
from autograd_cnn.nn.parameter import Parameter
from autograd_cnn.nn.state import IncompatibleKeys, copy_into, fit, stand_in

__all__ = ["Module"]


class Module(Hookable):
    """Base class of layers and networks: subclass it, assign layers and parameters, define ``forward``.

    >>> import autograd_cnn as ag
    >>> class Scale(ag.nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.factor = ag.nn.Parameter(2.0)
    ...
    ...     def forward(self, x):
    ...         return x * self.factor
    >>> Scale()(ag.tensor(3.0)).item()
    6.0
    """

    training: bool = True
    _persistent: dict[str, bool]  # the buffers by name, and whether state_dict() contains them

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Prepare the module, whether or not a subclass calls ``super().__init__()``."""
        module = object.__new__(cls)
        object.__setattr__(module, "_persistent", {})
        return module

    # --- What it is made of -----------------------------------------------------------------------

    def __setattr__(self, name: str, value: Any) -> None:
        held = self.__dict__.get(name)
        if isinstance(held, Parameter) and not (value is None or isinstance(value, Parameter)):
            raise UnsupportedError(
                f"{type(self).__name__}.{name}: expected a Parameter, as it is one, got "
                f"{type(value).__name__}; assign nn.Parameter(...), or write its entries under no_grad"
            )
        if name in self._persistent and not (value is None or isinstance(value, Tensor)):
            raise UnsupportedError(
                f"{type(self).__name__}.{name}: expected a tensor, as it is a buffer, got "
                f"{type(value).__name__}; assign ag.tensor(...)"
            )
        if isinstance(value, Batched):
            raise CannotVectorize  # it would outlive the vmap that made it
        object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        object.__delattr__(self, name)
        self._persistent.pop(name, None)

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Assign a parameter to an attribute of this name; None says that there is none."""
        self._check_name(name)
        setattr(self, name, param)

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Assign a tensor that is part of the module's state but is not trained, as a running mean.

        Only persistent buffers are in ``state_dict()``.
        """
        self._check_name(name)
        self._persistent[name] = persistent
        setattr(self, name, tensor)

    def add_module(self, name: str, module: Module | None) -> None:
        """Assign a submodule to an attribute of this name."""
        self._check_name(name)
        setattr(self, name, module)

    def register_module(self, name: str, module: Module | None) -> None:
        """Assign a submodule to an attribute of this name, as `add_module`."""
        self.add_module(name, module)

    def get_submodule(self, target: str) -> Module:
        """Return the module of a name such as "encoder.0"; of "", this one."""
        found: Any = self
        for name in target.split(".") if target else ():
            found = vars(found).get(name)
            if not isinstance(found, Module):
                raise ArgumentError(
                    f"{type(self).__name__}: expected the name of a module, got {target!r}, where {name!r} "
                    "is none; see named_modules()"
                )
        return found  # type: ignore[no-any-return]

    def get_parameter(self, target: str) -> Parameter:
        """Return the parameter of a name such as "encoder.0.weight"."""
        found: Parameter = self._get(
            target, "parameter", lambda owner, name: isinstance(vars(owner).get(name), Parameter)
        )
        return found

    def get_buffer(self, target: str) -> Tensor:
        """Return the buffer of a name such as "encoder.0.running_mean"."""
        found: Tensor = self._get(target, "buffer", lambda owner, name: name in owner._persistent)
        return found

    def _get(self, target: str, what: str, fits: Callable[[Module, str], bool]) -> Any:
        path, _, name = target.rpartition(".")
        owner = self.get_submodule(path)
        if not fits(owner, name):
            raise ArgumentError(
                f"{type(self).__name__}: expected the name of a {what}, got {target!r}; see named_{what}s()"
            )
        return vars(owner)[name]

    def _check_name(self, name: str) -> None:
        if not name or "." in name or hasattr(self, name):
            why = "is taken" if name and hasattr(self, name) else "is empty or contains a dot"
            raise ArgumentError(
                f"{type(self).__name__}: expected the name of a new attribute, got {name!r}, which {why}; "
                "choose another name"
            )

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """Yield the submodules that are attributes of this module, each once, with their names."""
        seen: set[Module] = set()
        for name, value in vars(self).items():
            if isinstance(value, Module) and value not in seen:
                seen.add(value)
                yield name, value

    def children(self) -> Iterator[Module]:
        """Yield the submodules that are attributes of this module, each once."""
        return (module for _, module in self.named_children())

    def named_modules(
        self, memo: set[Module] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Module]]:
        """Yield this module and all below it, with names such as "encoder.0".

        Each comes once, or (``remove_duplicate=False``) under each of its names.
        """
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self
        for name, module in vars(self).items():
            if isinstance(module, Module):
                path = f"{prefix}.{name}" if prefix else name
                yield from module.named_modules(memo, path, remove_duplicate)

    def modules(self) -> Iterator[Module]:
        """Yield this module and all below it, each once."""
        return (module for _, module in self.named_modules())

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """Yield the parameters with names such as "conv1.weight".

        One that is shared comes once, or (``remove_duplicate=False``) under each of its names.
        """
        for name, value in self._named_values(prefix, recurse, remove_duplicate):
            if isinstance(value, Parameter):
                yield name, value

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """Yield the parameters of this module, and (``recurse``) of all below it."""
        return (parameter for _, parameter in self.named_parameters(recurse=recurse))

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """Yield the buffers with their names, persistent or not, as `named_parameters`."""
        for name, value in self._named_values(prefix, recurse, remove_duplicate):
            if not isinstance(value, Parameter):
                yield name, value

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """Yield the buffers of this module, and (``recurse``) of all below it."""
        return (buffer for _, buffer in self.named_buffers(recurse=recurse))

    def _named_values(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """Parameters and buffers in the order of PyTorch: a module's own first, then those below it."""
        seen: set[Tensor] = set()
        modules = self.named_modules(None, prefix, remove_duplicate) if recurse else [(prefix, self)]
        for path, module in modules:
            for name, value in module._own_values():
                if value not in seen:
                    yield (f"{path}.{name}" if path else name), value
                    if remove_duplicate:
                        seen.add(value)

    def _own_values(self, persistent_only: bool = False) -> Iterator[tuple[str, Tensor]]:
        for name, value in vars(self).items():
            if isinstance(value, Parameter):
                yield name, value
        for name, persistent in self._persistent.items():
            value = vars(self)[name]
            if value is not None and (persistent or not persistent_only):
                yield name, value

    # --- Its state --------------------------------------------------------------------------------

    def state_dict(self, prefix: str = "") -> dict[str, Tensor]:
        """Return copies of all parameters and persistent buffers by name, in the order of PyTorch.

        They are copies, where PyTorch shares memory: training on does not change what was taken.

        >>> from autograd_cnn import nn
        >>> list(nn.Sequential(nn.Linear(2, 3), nn.ReLU()).state_dict())
        ['0.weight', '0.bias']
        """
        return {prefix + name: tensor(value) for name, value in self._state_entries()}

    def _state_entries(self, prefix: str = "") -> Iterator[tuple[str, Tensor]]:
        # Unlike named_modules, this gives what is shared under each of its names.
        for name, value in self._own_values(persistent_only=True):
            yield prefix + name, value
        for name, module in vars(self).items():
            if isinstance(module, Module):
                yield from module._state_entries(f"{prefix}{name}.")

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> IncompatibleKeys:
        """Copy values into the parameters and persistent buffers of the same names.

        ``state_dict`` maps names to tensors or arrays of the same shapes; they are converted to the
        module's dtypes. With ``assign`` they take the place of the module's own, in their dtypes: an
        optimiser is to be made afterwards. With ``strict`` its names must be those of ``state_dict()``,
        otherwise the missing and unexpected ones are returned. Nothing is changed unless all of it fits.
        Raises `ArgumentError` with a list of all that is missing, unexpected or of another shape or kind.

        >>> from autograd_cnn import nn
        >>> first, second = nn.Linear(2, 3), nn.Linear(2, 3)
        >>> second.load_state_dict(first.state_dict())
        <All keys matched successfully>
        """
        entries = dict(self._state_entries())
        keys = fit(type(self).__name__, entries, state_dict, strict, assign)
        for name, value in entries.items():
            if name not in state_dict:
                continue
            if assign:
                path, _, own_name = name.rpartition(".")
                setattr(self.get_submodule(path), own_name, stand_in(value, state_dict[name]))
            else:
                copy_into(value, state_dict[name])
        return keys

    # --- What is done to all of it ----------------------------------------------------------------

    def train(self, mode: bool = True) -> Self:
        """Switch this module and all below it to training (or, with False, to evaluation)."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        """Switch this module and all below it to evaluation: dropout, for example, then does nothing."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Make all parameters variables, or (with False) constants: frozen."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters, or (``set_to_none=False``) set them to zeros."""
        for parameter in self.parameters():
            if parameter.grad is not None:
                parameter.grad = None if set_to_none else tensor(np.zeros(parameter.shape, parameter.dtype))

    def apply(self, fn: Callable[[Module], Any]) -> Self:
        """Call ``fn`` with every module, those below before those above; for example to initialise."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def to(self, *target: Any, dtype: Any = None, device: Any = None) -> Self:
        """Convert all floating parameters and buffers, in place, to a floating dtype or that of a tensor.

        The one device, "cpu", may be named as well, and changes nothing.
        """
        name = type(self).__name__
        for wanted in (*target, device):
            if isinstance(wanted, Tensor):
                dtype = wanted.dtype
            elif wanted is not None and wanted != "cpu":
                dtype = wanted
        if dtype is None:
            return self
        try:
            dtype = np.dtype(dtype)
        except TypeError:
            raise UnsupportedError(
                f"{name}.to: expected a floating dtype or 'cpu', got {dtype!r}; there is only the CPU"
            ) from None
        if dtype.kind not in "fc":
            raise DtypeError(f"{name}.to: expected a floating dtype, got {dtype}; use float32")
        for module in self.modules():
            for name, value in list(module._own_values()):
                if value.dtype.kind not in "fc":
                    continue
                if isinstance(value, Parameter):
                    value._convert(dtype)
                elif value.dtype != dtype:
                    setattr(module, name, value.detach().astype(dtype))
        return self

    def float(self) -> Self:
        """Convert all floating parameters and buffers to float32, in place."""
        return self.to(np.float32)

    def double(self) -> Self:
        """Convert all floating parameters and buffers to float64, in place."""
        return self.to(np.float64)

    def half(self) -> Self:
        """Convert all floating parameters and buffers to float16, in place."""
        return self.to(np.float16)

    # --- How it prints ----------------------------------------------------------------------------

    def extra_repr(self) -> str:
        """Return what stands between the parentheses, in a layer's own line."""
        return ""

    def __repr__(self) -> str:
        lines = [f"({name}): {text}".replace("\n", "\n  ") for name, text in self._shown_children()]
        extra = self.extra_repr()
        if not lines:
            return f"{type(self).__name__}({extra})"
        return "\n  ".join([f"{type(self).__name__}(", *([extra] if extra else []), *lines]) + "\n)"

    def _shown_children(self) -> Iterator[tuple[str, str]]:
        """What stands for each submodule in the ``repr``: its name, and its own."""
        return ((name, repr(value)) for name, value in vars(self).items() if isinstance(value, Module))
