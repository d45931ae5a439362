"""NumPy's own functions on tensors: ``np.exp(t)``, ``np.sum(t)``, ``array + t``.

NumPy asks the tensor (`NEP 13 <https://numpy.org/neps/nep-0013-ufunc-overrides.html>`_ for ufuncs,
`NEP 18 <https://numpy.org/neps/nep-0018-array-function-protocol.html>`_ for the rest), and the tensor
looks the function up in the table that the declarations filled. What is not there raises: nothing
falls back silently to a constant.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_cnn.core.folds import METHODS
from autograd_cnn.core.registry import NUMPY, find
from autograd_cnn.errors import UnsupportedError

_AXES = ("axis", "axes", "keepdims")  # of a generalised ufunc: matmul, vecdot


def array_ufunc(self: Any, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
    """``__array_ufunc__`` of `Tensor`."""
    function = find(ufunc)
    if method == "__call__" and function is not None:
        if not options:
            return function(*inputs)
        for option, value in options.items():
            _refuse_option(ufunc.__name__, option, value)
        return function(*inputs, **{name: options[name] for name in _AXES if name in options})
    own = NUMPY.get((ufunc, method))
    if own is not None:
        return _by_own_op(own, f"{ufunc.__name__}.{method}", *inputs, **options)
    if method in METHODS and function is not None and ufunc.nout == 1:
        return _by_definition(ufunc, method, *inputs, **options)
    called = ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}"
    if method == "at":
        raise UnsupportedError(f"np.{called} writes into an array; use x.at[index].add(values) of the tensor")
    owner = "np." if getattr(np, ufunc.__name__, None) is ufunc else "ufunc "
    raise UnsupportedError(
        f"{owner}{called} has no derivative here; use .detach() to compute a constant with it, or compose it "
        "of the functions that `autograd-cnn ops` lists"
    )


def _refuse_option(name: str, option: str, value: Any) -> None:
    if option == "out":
        raise UnsupportedError(
            f"np.{name}: a result that requires grad cannot be written into an existing array (out=, or "
            "a += t on an ndarray a); write a = a + t"
        )
    if option == "where" and value is not True:
        raise UnsupportedError(f"np.{name}: where= is not recorded; use ag.where(condition, f(x), otherwise)")
    if option in ("dtype", "signature", "sig") and value is not None:
        raise UnsupportedError(f"np.{name}: {option}= is not recorded; convert with x.astype(dtype) first")


def _by_own_op(
    own: Any, name: str, array: Any, axis: Any = 0, dtype: Any = None, out: Any = None, **options: Any
) -> Any:
    if out is not None:
        _refuse_option(name, "out", out)
    return own(array if dtype is None else array.astype(dtype), axis=axis, **options)


def _by_definition(ufunc: Any, method: str, array: Any, *inputs: Any, **options: Any) -> Any:
    if method != "outer" and options.get("dtype") is not None:
        array = array.astype(options.pop("dtype"))
    for option in ("dtype", "out", "where"):
        value = options.pop(option, None)
        if value is not None:
            _refuse_option(f"{ufunc.__name__}.{method}", option, value)
    return METHODS[method](ufunc, array, *inputs, **options)


def array_function(self: Any, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
    """``__array_function__`` of `Tensor`."""
    ours = find(function)
    if ours is not None:
        return ours(*args, **kwargs)
    name = f"{function.__module__}.{function.__name__}"
    raise UnsupportedError(
        f"{name} is not implemented for tensors, and a constant would lose the gradient; use .detach() to "
        "compute a constant with it, or compose it of the functions that `autograd-cnn ops` lists"
    )
