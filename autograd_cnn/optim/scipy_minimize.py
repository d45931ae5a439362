"""SciPy's minimisers as optimisers of a module's parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_cnn.core.backprop import backprop
from autograd_cnn.core.grad_mode import enable_grad
from autograd_cnn.core.tensor import Tensor, wrap
from autograd_cnn.errors import ArgumentError, GraphError
from autograd_cnn.optim.chunks import Array
from autograd_cnn.optim.flat import evaluate, flat_gradient, flat_values, require_closure, write_flat
from autograd_cnn.optim.optimizer import Optimizer, Parameters

__all__ = ["ScipyMinimize"]

_WITHOUT_GRADIENT = {"nelder-mead", "powell", "cobyla", "cobyqa"}
_WITH_HESSIAN = {"dogleg", "trust-exact"}
_WITH_PRODUCT = {"trust-ncg", "trust-krylov"}  # of the Hessian with a vector
_MAY_USE_PRODUCT = {"newton-cg", "trust-constr"}


class ScipyMinimize(Optimizer):
    """Any method of ``scipy.optimize.minimize``, driving the parameters together as one vector.

    ``step(closure)`` minimises until the method stops, leaves the parameters at the best point, and returns
    the loss there; ``result`` is then SciPy's `OptimizeResult`. ``bounds``, ``constraints``, ``tol`` and
    ``options`` go to SciPy as they are, and speak of that vector. Methods that use second derivatives
    ("trust-ncg", "trust-krylov", "trust-exact", "dogleg"; "Newton-CG" and "trust-constr" can) need a closure
    that calls ``loss.backward(create_graph=True)``; the exact Hessian, or its product with a vector, is
    then taken from the recorded gradient. SciPy works in float64: a float64 module reaches its tolerances.

    Raises `ArgumentError` for a step without a closure, `GraphError` if second derivatives are needed and
    the gradient was not recorded.

    >>> import autograd_cnn as ag
    >>> x = ag.tensor([-1.2, 1.0], requires_grad=True)
    >>> optimizer = ag.optim.ScipyMinimize([x], method="trust-ncg")
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2
    ...     loss.backward(create_graph=True)
    ...     return loss
    >>> optimizer.step(closure) < 1e-8
    True
    >>> x.detach().round(4)
    tensor([1., 1.])
    """

    result: Any = None

    def __init__(
        self,
        params: Parameters,
        method: str = "L-BFGS-B",
        *,
        bounds: Any = None,
        constraints: Any = (),
        tol: float | None = None,
        options: dict[str, Any] | None = None,
        maximize: bool = False,
    ) -> None:
        if not isinstance(method, str):
            raise ArgumentError(
                f"ScipyMinimize: expected the name of a method of scipy.optimize.minimize, got {method!r}"
            )
        defaults = {
            "method": method,
            "bounds": bounds,
            "constraints": constraints,
            "tol": tol,
            "options": options,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add the one group of parameters that there is."""
        if self.param_groups:
            raise ArgumentError("ScipyMinimize: expected one group, got several: all are one vector")
        super().add_param_group(param_group)

    def step(self, closure: Callable[[], Any] | None = None) -> float:
        """Minimise; returns the loss at the point that was found, where the parameters then are."""
        from scipy.optimize import minimize  # type: ignore[import-untyped]  # when used: it loads slowly

        closure = require_closure("ScipyMinimize", closure)
        (group,) = self.param_groups
        method = group["method"].lower()
        problem = _Problem(closure, group["params"], -1.0 if group["maximize"] else 1.0)
        start = flat_values(group["params"]).astype(np.float64)
        derivatives: dict[str, Any] = {} if method in _WITHOUT_GRADIENT else {"jac": problem.gradient}
        problem.loss(start)
        if method in _WITH_HESSIAN | _WITH_PRODUCT and not problem.is_recorded:
            raise GraphError(
                f"ScipyMinimize: {group['method']} uses second derivatives, but the gradient was not "
                "recorded; call loss.backward(create_graph=True) in the closure"
            )
        if method in _WITH_HESSIAN:
            derivatives["hess"] = problem.hessian
        elif method in _WITH_PRODUCT or (method in _MAY_USE_PRODUCT and problem.is_recorded):
            derivatives["hessp"] = problem.hessian_product
        settings = {name: group[name] for name in ("method", "bounds", "constraints", "tol", "options")}
        try:
            self.result = minimize(problem.loss, start, **settings, **derivatives)
            start = self.result.x
        finally:
            problem.go_to(start)
        return problem.sign * float(self.result.fun)


class _Problem:
    """The loss and its derivatives as functions of one vector, each point evaluated once."""

    def __init__(self, closure: Callable[[], Any], params: list[Tensor], sign: float) -> None:
        self.closure = closure
        self.params = params
        self.sign = sign
        self.point: Array | None = None
        self.value = 0.0

    def go_to(self, point: Array) -> None:
        write_flat(self.params, np.asarray(point), "ScipyMinimize.step")

    def loss(self, point: Array) -> float:
        if self.point is None or not np.array_equal(point, self.point):
            self.go_to(point)
            _, self.value = evaluate(self.closure)
            self.point = np.array(point)
        return self.sign * self.value

    def gradient(self, point: Array) -> Array:
        self.loss(point)
        return self.sign * flat_gradient(self.params).astype(np.float64)

    @property
    def is_recorded(self) -> bool:
        return any(param.grad is not None and param.grad.requires_grad for param in self.params)

    def hessian_product(self, point: Array, vector: Array) -> Array:
        self.loss(point)
        outputs, cotangents, start = [], [], 0
        for param in self.params:
            part = np.asarray(vector)[start : start + param.size].reshape(param.shape)
            start += param.size
            if param.grad is not None and param.grad.requires_grad:
                outputs.append(param.grad)
                cotangents.append(wrap(part.astype(param.dtype), None))
        with enable_grad():
            found = backprop(outputs, self.params, cotangents, retain_graph=True)
        parts = [
            np.zeros(param.size) if product is None else np.ravel(product._value)
            for param, product in zip(self.params, found, strict=True)
        ]
        return self.sign * np.concatenate(parts).astype(np.float64)

    def hessian(self, point: Array) -> Array:
        columns = [self.hessian_product(point, unit) for unit in np.eye(len(point))]
        return np.stack(columns, axis=1)
