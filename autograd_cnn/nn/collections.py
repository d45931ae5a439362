"""Modules and parameters by name, and parameters by number."""

from __future__ import annotations

from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from typing import Any, Generic, Self, TypeVar

from autograd_cnn.core.tensor import Tensor
from autograd_cnn.errors import UnsupportedError
from autograd_cnn.nn.module import Module
from autograd_cnn.nn.parameter import Parameter

__all__ = ["ModuleDict", "ParameterDict", "ParameterList"]

Item = TypeVar("Item")
Pairs = Mapping[str, Any] | Iterable[tuple[str, Any]]


class _Holder(Module, Generic[Item]):
    """A module that is nothing but what it holds."""

    _kind: type[Item]

    def _accepted(self, value: Any) -> Item:
        """The value as it is held; raise `UnsupportedError` for what is not held here."""
        raise NotImplementedError

    def _held(self) -> dict[str, Item]:
        return {name: value for name, value in vars(self).items() if isinstance(value, self._kind)}

    def _put(self, name: str, value: Any) -> None:
        if name not in self._held():
            self._check_name(name)
        setattr(self, name, self._accepted(value))

    def _refused(self, value: Any, expected: str) -> UnsupportedError:
        return UnsupportedError(f"{type(self).__name__}: expected {expected}, got {type(value).__name__}")

    def __len__(self) -> int:
        return len(self._held())

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Raise: it does not say in which way what it holds is used."""
        raise UnsupportedError(f"{type(self).__name__}: it is a collection, not a layer; call what it holds")


class _Dict(_Holder[Item]):
    """What is held, by name."""

    def __init__(self, values: Pairs | None = None) -> None:
        super().__init__()
        if values is not None:
            self.update(values)

    def __getitem__(self, key: str) -> Item:
        return self._held()[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._put(key, value)

    def __delitem__(self, key: str) -> None:
        self.pop(key)

    def __iter__(self) -> Iterator[str]:
        return iter(self._held())

    def __contains__(self, key: object) -> bool:
        return key in self._held()

    def keys(self) -> KeysView[str]:
        """Return the names."""
        return self._held().keys()

    def values(self) -> ValuesView[Item]:
        """Return what is held."""
        return self._held().values()

    def items(self) -> ItemsView[str, Item]:
        """Return names with what is held."""
        return self._held().items()

    def pop(self, key: str) -> Item:
        """Take out what is held by a name, and return it."""
        value = self._held()[key]
        delattr(self, key)
        return value

    def clear(self) -> None:
        """Take out everything."""
        for key in self._held():
            delattr(self, key)

    def update(self, values: Pairs) -> None:
        """Take in what a dictionary, or pairs of a name and a value, hold."""
        for key, value in values.items() if isinstance(values, (Mapping, _Dict)) else values:
            self._put(key, value)


class ModuleDict(_Dict[Module]):
    """Modules by name, that belong to the module it is assigned to.

    >>> from autograd_cnn import nn
    >>> heads = nn.ModuleDict({"class": nn.Linear(4, 10), "box": nn.Linear(4, 4)})
    >>> list(heads.state_dict())
    ['class.weight', 'class.bias', 'box.weight', 'box.bias']
    """

    _kind = Module

    def _accepted(self, value: Any) -> Module:
        if not isinstance(value, Module):
            raise self._refused(value, "modules")
        return value


class _OfParameters(_Holder[Parameter]):
    _kind = Parameter

    def _accepted(self, value: Any) -> Parameter:
        if not isinstance(value, Tensor):
            raise self._refused(value, "parameters or tensors")
        return value if isinstance(value, Parameter) else Parameter(value)

    def __repr__(self) -> str:
        held = self._held().items()
        lines = [f"  ({name}): Parameter of {p.dtype}, shape {p.shape}" for name, p in held]
        return "\n".join([f"{type(self).__name__}(", *lines, ")"]) if lines else f"{type(self).__name__}()"


class ParameterDict(_OfParameters, _Dict[Parameter]):
    """Parameters by name, that belong to the module it is assigned to; tensors become parameters.

    >>> import autograd_cnn as ag
    >>> ag.nn.ParameterDict({"scale": ag.ones(3), "shift": ag.zeros(3)})
    ParameterDict(
      (scale): Parameter of float64, shape (3,)
      (shift): Parameter of float64, shape (3,)
    )
    """


class ParameterList(_OfParameters):
    """A list of parameters that belong to the module it is assigned to; tensors become parameters.

    >>> import autograd_cnn as ag
    >>> scales = ag.nn.ParameterList([ag.ones(3), ag.ones(2)])
    >>> len(scales), list(scales.state_dict())
    (2, ['0', '1'])
    """

    def __init__(self, values: Iterable[Any] = ()) -> None:
        super().__init__()
        self.extend(values)

    def append(self, value: Any) -> Self:
        """Add a parameter at the end; returns the list."""
        self._put(str(len(self)), value)
        return self

    def extend(self, values: Iterable[Any]) -> Self:
        """Add parameters at the end; returns the list."""
        if isinstance(values, Tensor):
            raise self._refused(values, "a list of parameters")
        for value in values:
            self.append(value)
        return self

    def __iter__(self) -> Iterator[Parameter]:
        return iter(self._held().values())

    def __getitem__(self, index: Any) -> Any:
        held = list(self._held().values())
        return ParameterList(held[index]) if isinstance(index, slice) else held[index]

    def __setitem__(self, index: int, value: Any) -> None:
        setattr(self, list(self._held())[index], self._accepted(value))
