"""Modules made of modules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any, Self

from autograd_cnn.errors import ArgumentError, UnsupportedError
from autograd_cnn.nn.module import Module

__all__ = ["ModuleList", "Sequential"]


class _Numbered(Module):
    """Submodules in an order, named "0", "1", … unless names were given."""

    def _append(self, module: Module) -> None:
        self._insert(str(len(self)), module)

    def _insert(self, name: str, module: Module) -> None:
        if not isinstance(module, Module):
            raise UnsupportedError(
                f"{type(self).__name__}: expected modules, got {type(module).__name__}; for a function "
                "take its layer, as nn.ReLU()"
            )
        self.add_module(name, module)

    def _held(self) -> dict[str, Module]:
        # Not named_children: a module that stands here twice counts twice.
        return {name: value for name, value in vars(self).items() if isinstance(value, Module)}

    def __len__(self) -> int:
        return len(self._held())

    def __iter__(self) -> Iterator[Module]:
        return iter(self._held().values())

    def __getitem__(self, index: Any) -> Any:
        held = self._held()
        if isinstance(index, slice):
            return self._of(dict(list(held.items())[index]))
        return held[self._name(index)]

    def __setitem__(self, index: int, module: Module) -> None:
        name = self._name(index)
        if not isinstance(module, Module):
            raise UnsupportedError(
                f"{type(self).__name__}[{index}]: expected a module, got {type(module).__name__}"
            )
        setattr(self, name, module)

    def _name(self, index: int) -> str:
        names = list(self._held())
        if not -len(names) <= index < len(names):
            raise IndexError(f"{type(self).__name__}: index {index} of {len(names)} modules")
        return names[index]

    def _of(self, modules: dict[str, Module]) -> Module:
        raise NotImplementedError


class Sequential(_Numbered):
    """Calls modules one after the other; takes them as arguments, or as one dict of named ones.

    >>> from autograd_cnn import nn
    >>> nn.Sequential(nn.Linear(4, 2), nn.ReLU())
    Sequential(
      (0): Linear(in_features=4, out_features=2, bias=True)
      (1): ReLU()
    )
    """

    def __init__(self, *modules: Any) -> None:
        super().__init__()
        if len(modules) == 1 and isinstance(modules[0], dict):
            for name, module in modules[0].items():
                self._insert(name, module)
        else:
            for module in modules:
                self._append(module)

    def forward(self, input: Any) -> Any:
        """Pass the input through all modules."""
        for module in self:
            input = module(input)
        return input

    def append(self, module: Module) -> Self:
        """Add a module at the end; returns the container."""
        self._append(module)
        return self

    def _of(self, modules: dict[str, Module]) -> Module:
        return Sequential(modules)


class ModuleList(_Numbered):
    """A list of modules that belong to the module it is assigned to.

    >>> from autograd_cnn import nn
    >>> layers = nn.ModuleList(nn.Linear(n, n + 1) for n in (2, 3))
    >>> len(layers), list(layers.state_dict())
    (2, ['0.weight', '0.bias', '1.weight', '1.bias'])
    """

    def __init__(self, modules: Iterable[Module] = ()) -> None:
        super().__init__()
        self.extend(modules)

    def append(self, module: Module) -> Self:
        """Add a module at the end; returns the list."""
        self._append(module)
        return self

    def extend(self, modules: Iterable[Module]) -> Self:
        """Add modules at the end; returns the list."""
        if isinstance(modules, Module) and not isinstance(modules, _Numbered):
            raise ArgumentError(f"ModuleList: expected a list of modules, got one {type(modules).__name__}")
        for module in modules:
            self._append(module)
        return self

    def _shown_children(self) -> Iterator[tuple[str, str]]:
        """Equal neighbours in one: the six layers of a transformer."""
        for text, equal in groupby(super()._shown_children(), itemgetter(1)):
            names = [name for name, _ in equal]
            if len(names) == 1:
                yield names[0], text
            else:
                yield f"{names[0]}-{names[-1]}", f"{len(names)} x {text}"

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Raise: a list does not say in which way its modules are called."""
        raise UnsupportedError(
            "ModuleList: it is a list, not a layer; call its modules, or use nn.Sequential"
        )

    def _of(self, modules: dict[str, Module]) -> Module:
        return ModuleList(modules.values())
