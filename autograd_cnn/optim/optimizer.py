"""`Optimizer`: parameter groups, state, and the step that every optimiser takes."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from autograd_cnn.core.grad_mode import enable_grad, no_grad
from autograd_cnn.core.inplace import writable
from autograd_cnn.core.tensor import Tensor, tensor
from autograd_cnn.errors import ArgumentError, DtypeError, GraphError, UnsupportedError
from autograd_cnn.optim.chunks import Array

__all__ = ["Optimizer"]

# How PyTorch computes a step; here there is one way.
_SWITCHES = ("foreach", "fused", "capturable", "differentiable")

Parameters = Iterable[Tensor] | Iterable[dict[str, Any]]


class Optimizer:
    """Base of all optimisers. A subclass checks its options and defines `update`.

    ``params`` are leaf tensors, or dicts with "params" and options of their own (*groups*).
    ``param_groups`` is a list of such dicts, each with all options: change ``group["lr"]`` at any time.

    ``switches`` are what else PyTorch's optimisers take: ``foreach`` and ``fused`` choose among ways of
    computing the same numbers there, and nothing here; ``capturable`` and ``differentiable`` raise
    `UnsupportedError` unless they are off.
    """

    numbers: tuple[str, ...] = ("step",)  # the entries of a parameter's state that are single numbers

    def __init__(
        self, params: Parameters, defaults: dict[str, Any], switches: Mapping[str, Any] | None = None
    ) -> None:
        self._refuse_switches(switches or {})
        self.defaults = dict(defaults)
        self.defaults.setdefault("maximize", False)
        self.param_groups: list[dict[str, Any]] = []
        self.state: dict[Tensor, dict[str, Any]] = {}
        if isinstance(params, Tensor):
            raise UnsupportedError(
                f"{self._name}: expected a list of parameters, got one tensor; write [tensor]"
            )
        groups = list(params)
        if not groups:
            raise ArgumentError(f"{self._name}: expected parameters, got none; was the iterator used up?")
        if isinstance(groups[0], dict):
            for group in groups:
                self.add_param_group(group)  # type: ignore[arg-type]
        else:
            self.add_param_group({"params": groups})

    @property
    def _name(self) -> str:
        return type(self).__name__

    def update(self, values: Array, gradient: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Write one parameter's next ``values`` over the old ones. ``gradient`` is not to be written to."""
        raise UnsupportedError(f"{self._name}: expected a method update(), got none; define it")

    def check_options(self, group: dict[str, Any]) -> None:
        """Raise `ArgumentError` for options of a group that make no sense."""

    def _refuse_switches(self, switches: Mapping[str, Any]) -> None:
        for name, value in switches.items():
            if name not in _SWITCHES:
                raise UnsupportedError(
                    f"{self._name}: it has no argument {name!r}; its options are those of its docstring"
                )
            if value and name in ("capturable", "differentiable"):
                raise UnsupportedError(
                    f"{self._name}: expected {name}=False, got {value!r}; there are no CUDA graphs, and "
                    "steps are not recorded: for a gradient through an update, write it with operations"
                )

    def _check_not_negative(self, group: Mapping[str, Any], *options: str) -> None:
        for option in options:
            if not group[option] >= 0:
                raise ArgumentError(f"{self._name}: expected {option} of 0 or more, got {group[option]}")

    def _check_betas(self, group: Mapping[str, Any]) -> None:
        betas = group["betas"]
        if len(betas) != 2 or not all(0 <= beta < 1 for beta in betas):
            raise ArgumentError(f"{self._name}: expected two betas from 0 to below 1, got {betas}")

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a dict with "params" (a tensor or several), and with options where they differ."""
        group = dict(param_group)
        given = group.pop("params", None)
        if given is None:
            raise ArgumentError(f'{self._name}: expected a group with "params", got one with {sorted(group)}')
        params = [given] if isinstance(given, Tensor) else list(given)
        known = {id(p) for g in self.param_groups for p in g["params"]}
        for param in params:
            if not isinstance(param, Tensor):
                raise UnsupportedError(
                    f"{self._name}: expected parameters that are tensors, got {type(param).__name__}; write "
                    "model.parameters()"
                )
            if not param.is_leaf:
                raise GraphError(
                    f"{self._name}: expected leaves, got the result of a recorded operation (shape "
                    f"{param.shape}); optimise what it was computed from"
                )
            if param.dtype.kind != "f":
                raise DtypeError(
                    f"{self._name}: expected real floating parameters, got one of {param.dtype}; keep "
                    "real and imaginary parts apart"
                )
            if id(param) in known:
                raise ArgumentError(
                    f"{self._name}: a parameter of shape {param.shape} was given twice; give each once"
                )
            known.add(id(param))
        self._refuse_switches({name: group.pop(name) for name in _SWITCHES if name in group})
        unknown = [option for option in group if option not in {*self.defaults, "initial_lr"}]
        if unknown:
            raise ArgumentError(
                f"{self._name}: a group has the unknown options {', '.join(unknown)}; it may have "
                f"{', '.join(self.defaults)}"
            )
        group = {"params": params, **self.defaults, **group}
        self.check_options(group)
        self.param_groups.append(group)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget all gradients, or (``set_to_none=False``) set them to zeros."""
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    param.grad = None if set_to_none else tensor(np.zeros(param.shape, param.dtype))

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient, in place.

        ``closure`` computes the loss anew, calls ``backward()`` and returns it; it is called first, and
        what it returns is returned.
        """
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        with no_grad():
            for group in self.param_groups:
                for param in group["params"]:
                    grad = param.grad
                    if grad is not None:
                        gradient = np.asarray(grad._value)
                        if group["maximize"]:
                            gradient = np.negative(gradient)
                        values = writable(param, f"{self._name}.step")
                        self.update(values, gradient, self.state.setdefault(param, {}), group)
        return loss

    # --- State ------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """Return a copy of the state and options, in PyTorch's form: parameters are numbered.

        ``{"state": {0: {"momentum_buffer": tensor, …}, …}, "param_groups": [{"lr": …, "params": [0, …]}]}``
        """
        number = {id(param): index for index, param in enumerate(self._params())}
        return {
            "state": {
                number[id(param)]: {key: _exported(value) for key, value in state.items()}
                for param, state in self.state.items()
                if state
            },
            "param_groups": [
                {**copy.deepcopy(_options(group)), "params": [number[id(param)] for param in group["params"]]}
                for group in self.param_groups
            ],
        }

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over state and options that `state_dict` returned, of an optimiser of the same groups.

        Raises `ArgumentError` if groups or shapes differ; nothing is changed then.
        """
        groups = state_dict["param_groups"]
        expected = [len(group["params"]) for group in self.param_groups]
        if [len(group["params"]) for group in groups] != expected:
            raise ArgumentError(
                f"{self._name}.load_state_dict: expected groups of {expected} parameters, got "
                f"{[len(group['params']) for group in groups]}; make the optimiser as it was when "
                "saved"
            )
        numbers = [number for group in groups for number in group["params"]]
        params = dict(zip(numbers, self._params(), strict=True))
        state = {params[number]: self._loaded(params[number], s) for number, s in state_dict["state"].items()}
        self.state = state
        for group, saved in zip(self.param_groups, groups, strict=True):
            options = {name: value for name, value in _options(saved).items() if name not in _SWITCHES}
            group.update(copy.deepcopy(options))

    def _loaded(self, param: Tensor, state: Mapping[str, Any]) -> dict[str, Any]:
        loaded: dict[str, Any] = {}
        for key, value in state.items():
            array = value._value if isinstance(value, Tensor) else value
            if key in self.numbers:
                loaded[key] = array.item() if hasattr(array, "item") else array
                continue
            expected = self.state_shape(key, param)
            if np.shape(array) != expected:
                raise ArgumentError(
                    f"{self._name}.load_state_dict: expected {key} of shape {expected}, as its parameter "
                    f"has shape {param.shape}, got {np.shape(array)}; nothing was loaded"
                )
            loaded[key] = np.asarray(array).astype(param.dtype, order="C")  # a copy
        return loaded

    def state_shape(self, key: str, param: Tensor) -> tuple[int, ...]:
        """Return the shape of an entry of a parameter's state: that of the parameter."""
        return param.shape

    def _params(self) -> Iterator[Tensor]:
        return (param for group in self.param_groups for param in group["params"])

    def __repr__(self) -> str:
        lines = [f"{self._name} ("]
        for index, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {index}")
            lines += [f"    {option}: {value}" for option, value in sorted(_options(group).items())]
        return "\n".join([*lines, ")"])


def _exported(value: Any) -> Any:
    if isinstance(value, list):
        return [_exported(item) for item in value]
    return tensor(value) if isinstance(value, np.ndarray) else value


def _options(group: Mapping[str, Any]) -> dict[str, Any]:
    return {option: value for option, value in group.items() if option != "params"}
