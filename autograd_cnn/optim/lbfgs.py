"""L-BFGS: Newton's method with the Hessian guessed from the last gradients."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograd_cnn.core.tensor import Tensor
from autograd_cnn.errors import ArgumentError
from autograd_cnn.optim.chunks import Array
from autograd_cnn.optim.flat import evaluate, flat_gradient, flat_values, require_closure, write_flat
from autograd_cnn.optim.line_search import Point, strong_wolfe
from autograd_cnn.optim.optimizer import Optimizer, Parameters

__all__ = ["LBFGS"]


class LBFGS(Optimizer):
    """Limited-memory BFGS: for smooth losses of the whole data, not of batches.

    One ``step(closure)`` takes up to ``max_iter`` iterations and ``max_eval`` (by default 5/4 of that)
    evaluations, and ends earlier when the largest gradient is at most ``tolerance_grad``, or neither the
    parameters nor the loss change by more than ``tolerance_change``. The inverse Hessian is built from the
    last ``history_size`` changes. ``line_search_fn`` is "strong_wolfe", or None for steps of ``lr``. There
    is one parameter group. Liu and Nocedal, *On the limited memory BFGS method for large scale
    optimization* (1989), in the form of PyTorch.

    Raises `ArgumentError` for options that make no sense, and for a step without a closure.

    >>> import autograd_cnn as ag
    >>> x = ag.tensor([-1.2, 1.0], requires_grad=True)
    >>> optimizer = ag.optim.LBFGS([x], max_iter=100, line_search_fn="strong_wolfe")
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2
    ...     loss.backward()
    ...     return loss
    >>> round(optimizer.step(closure).item(), 6)
    24.2
    >>> x.detach().round(3)
    tensor([1., 1.])
    """

    def __init__(
        self,
        params: Parameters,
        lr: float = 1.0,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        options = {
            "lr": lr,
            "max_iter": max_iter,
            "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad,
            "tolerance_change": tolerance_change,
            "history_size": history_size,
            "line_search_fn": line_search_fn,
        }
        super().__init__(params, options)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add the one group of parameters that there is."""
        if self.param_groups:
            raise ArgumentError("LBFGS: expected one group, got several: all parameters are stepped together")
        super().add_param_group(param_group)

    def check_options(self, group: dict[str, Any]) -> None:
        """Raise `ArgumentError` for options that make no sense."""
        self._check_not_negative(group, "lr", "tolerance_grad", "tolerance_change")
        if group["history_size"] < 1 or group["max_iter"] < 1:
            raise ArgumentError(
                f"LBFGS: expected max_iter and history_size of at least 1, got {group['max_iter']} and "
                f"{group['history_size']}"
            )
        if group["line_search_fn"] not in (None, "strong_wolfe"):
            raise ArgumentError(
                f"LBFGS: expected line_search_fn None or 'strong_wolfe', got {group['line_search_fn']!r}"
            )

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Take the iterations of one step; returns what ``closure`` returned at first."""
        closure = require_closure("LBFGS", closure)
        (group,) = self.param_groups
        params = group["params"]
        # The state is that of all parameters, and stands with the first, as in PyTorch.
        state = self.state.setdefault(params[0], {})
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)

        first, loss = evaluate(closure)
        evaluations = 1
        gradient = flat_gradient(params)
        position = flat_values(params)
        if np.abs(gradient).max() > group["tolerance_grad"]:
            for iteration in range(1, group["max_iter"] + 1):
                state["n_iter"] += 1
                direction = self._direction(state, gradient, group["history_size"])
                state["d"], state["prev_flat_grad"], state["prev_loss"] = direction, gradient, loss
                size = group["lr"]
                if state["n_iter"] == 1:
                    size *= min(1.0, 1.0 / float(np.abs(gradient).sum()))
                state["t"] = size
                slope = float(gradient @ direction)
                if slope > -group["tolerance_change"]:
                    break

                last = iteration == group["max_iter"]
                line = _Line(closure, params, position, direction)
                if group["line_search_fn"] is not None:
                    point, looked = strong_wolfe(
                        line.look,
                        Point(0.0, loss, gradient, slope),
                        size,
                        float(np.abs(direction).max()),
                        group["max_eval"] - evaluations,
                    )
                    _, loss, gradient, _ = point
                    state["t"] = point.step
                    evaluations += looked
                elif not last:
                    _, loss, gradient, _ = line.look(size)
                    evaluations += 1
                change = state["t"] * direction
                position = position + change
                write_flat(params, position, "LBFGS.step")
                if (
                    last
                    or evaluations >= group["max_eval"]
                    or np.abs(gradient).max() <= group["tolerance_grad"]
                    or np.abs(change).max() <= group["tolerance_change"]
                    or abs(loss - state["prev_loss"]) < group["tolerance_change"]
                ):
                    break
        state["func_evals"] += evaluations
        return first

    def _direction(self, state: dict[str, Any], gradient: Array, history_size: int) -> Array:
        """Minus the gradient times the inverse Hessian, as far as that is known: the two-loop recursion."""
        if state["n_iter"] == 1:
            state["old_dirs"], state["old_stps"], state["ro"], state["H_diag"] = [], [], [], 1.0
            return np.negative(gradient)
        changes, steps, inverses = state["old_dirs"], state["old_stps"], state["ro"]
        change, step = gradient - state["prev_flat_grad"], state["d"] * state["t"]
        product = float(change @ step)
        if product > 1e-10:
            for history, new in ((changes, change), (steps, step), (inverses, 1.0 / product)):
                history.append(new)
                del history[:-history_size]
            state["H_diag"] = product / float(change @ change)
        direction = np.negative(gradient)
        shares = []
        for change, step, inverse in zip(reversed(changes), reversed(steps), reversed(inverses), strict=True):
            shares.append(inverse * float(step @ direction))
            direction -= shares[-1] * change
        direction *= state["H_diag"]
        for change, step, inverse in zip(changes, steps, inverses, strict=True):
            direction += (shares.pop() - inverse * float(change @ direction)) * step
        return direction

    def _loaded(self, param: Tensor, state: Mapping[str, Any]) -> dict[str, Any]:
        size = sum(param.size for param in self._params())
        loaded = {key: _plain(value, param.dtype) for key, value in state.items() if key != "al"}
        for key in ("d", "prev_flat_grad", "old_dirs", "old_stps"):
            arrays = loaded.get(key, [])
            for array in arrays if isinstance(arrays, list) else [arrays]:
                if array.shape != (size,):
                    raise ArgumentError(
                        f"LBFGS.load_state_dict: expected {key} of {size} entries, as many as the "
                        f"parameters have, got shape {array.shape}; nothing was loaded"
                    )
        return loaded


class _Line:
    """The loss along a direction."""

    def __init__(
        self, closure: Callable[[], Any], params: list[Tensor], start: Array, direction: Array
    ) -> None:
        self.closure = closure
        self.params = params
        self.start = start
        self.direction = direction

    def look(self, step: float) -> Point:
        """Evaluate at ``start + step * direction``, and leave the parameters there."""
        write_flat(self.params, self.start + step * self.direction, "LBFGS.step")
        _, loss = evaluate(self.closure)
        gradient = flat_gradient(self.params)
        return Point(step, loss, gradient, float(gradient @ self.direction))


def _plain(value: Any, dtype: Any) -> Any:
    """Numbers as Python's, vectors as arrays."""
    if isinstance(value, list):
        return [_plain(item, dtype) for item in value]
    value = value._value if isinstance(value, Tensor) else value
    if value is None or np.ndim(value) == 0:
        return value.item() if hasattr(value, "item") else value
    return np.asarray(value).astype(dtype)
