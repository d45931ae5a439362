"""``autograd-cnn gradcheck``: is the gradient of a function in some module right?"""

from __future__ import annotations

import ast
import importlib
import inspect
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_cnn.errors import ArgumentError, AutogradCnnError, GradientError, KinkError
from autograd_cnn.testing.posed import parameters_of
from autograd_cnn.testing.property import checked_at

__all__ = ["check_function"]

SHAPE = (2, 3)  # of an argument of which nothing is known
POINTS = 3


def check_function(
    target: str,
    shapes: Sequence[str],
    values: Sequence[str],
    domain: str,
    dtype: str,
    order: int,
    seed: int,
) -> bool:
    """Check the function at some random points, print what was checked, and return whether it is right."""
    function = _found(target)
    parameters = parameters_of(function)
    given_shapes = {name: _numbers(text, int, "--shape") for name, text in _pairs(shapes, "--shape")}
    given_values = {name: _literal(text) for name, text in _pairs(values, "--value")}
    unknown = [name for name in (*given_shapes, *given_values) if name not in parameters]
    if unknown:
        raise ArgumentError(f"{target} has the arguments {', '.join(parameters)}; got {', '.join(unknown)}")
    low, high = _interval(domain)
    generator = np.random.default_rng(seed)
    passed = 0
    told = ""
    for point in range(POINTS):
        arguments = {
            name: _argument(parameter, given_shapes, given_values, (low, high), dtype, generator)
            for name, parameter in parameters.items()
            if _is_wanted(parameter, given_shapes, given_values)
        }
        if point == 0:
            print(f"{target}({', '.join(f'{name}: {_words(value)}' for name, value in arguments.items())})")
        try:
            checked_at(function, arguments, order)
        except KinkError as error:
            told = str(error)
            continue
        except GradientError as error:
            print(f"WRONG at random point {point + 1} of {POINTS}, numbers from {low:g} to {high:g}:")
            print(error)
            return False
        except AutogradCnnError:
            raise
        except Exception as error:
            raise ArgumentError(
                f"{target} cannot be called with these arguments ({type(error).__name__}: {error}); "
                "give their shapes by --shape name=2,3 and what is no array by --value name=…"
            ) from error
        passed += 1
    if not passed:
        raise ArgumentError(f"every random point was at a kink; choose another --domain or --seed. {told}")
    kinks = f" ({POINTS - passed} more were at a kink)" if passed < POINTS else ""
    print(f"right to order {order}, in reverse and forward mode, at {passed} random points{kinks}")
    return True


def _found(target: str) -> Any:
    module, colon, path = target.partition(":")
    if not colon or not path:
        raise ArgumentError(f"expected module:function, such as numpy:sin, got {target!r}")
    sys.path.insert(0, "")  # as python -m does
    try:
        found: Any = importlib.import_module(module)
        for name in path.split("."):
            found = getattr(found, name)
    except (ImportError, AttributeError) as error:
        raise ArgumentError(f"{target}: {error}") from error
    finally:
        sys.path.remove("")
    if inspect.isclass(found) and hasattr(found, "forward"):
        try:
            found = found()  # a module: with its default arguments
        except TypeError as error:
            raise ArgumentError(
                f"{target} cannot be made without arguments ({error}); put one into a variable of your "
                f"module, layer = {found.__name__}(...), and name that"
            ) from error
    if not callable(found):
        raise ArgumentError(f"{target}: expected a function or a module, got {type(found).__name__}")
    if hasattr(found, "double"):
        found.double()
    return found


def _is_wanted(parameter: inspect.Parameter, *given: Any) -> bool:
    if any(parameter.name in names for names in given):
        return True
    if parameter.kind is parameter.VAR_KEYWORD or isinstance(parameter.default, bool):
        return False
    return parameter.default is parameter.empty or _is_floating(parameter.default)


def _is_floating(value: Any) -> bool:
    return isinstance(value, (float, np.ndarray)) and np.asarray(value).dtype.kind == "f"


def _argument(
    parameter: inspect.Parameter,
    shapes: dict[str, tuple[int, ...]],
    values: dict[str, Any],
    domain: tuple[float, float],
    dtype: str,
    generator: np.random.Generator,
) -> Any:
    """By --value, by --shape, by its default, by its annotation (float: a number), or of shape (2, 3)."""
    name, default = parameter.name, parameter.default
    if name in values:
        return values[name]
    if name not in shapes and default is not parameter.empty:
        return np.asarray(default, dtype)
    annotation = str(getattr(parameter.annotation, "__name__", parameter.annotation))
    if name not in shapes and annotation in ("int", "str", "bool"):
        raise ArgumentError(f"the argument {name!r} is {annotation}: give it by --value {name}=…")
    shape = shapes.get(name, () if annotation == "float" else SHAPE)
    return np.asarray(generator.uniform(*domain, shape)).astype(dtype)


def _words(value: Any) -> str:
    return f"{value.dtype} {value.shape}" if isinstance(value, np.ndarray) else repr(value)


def _pairs(texts: Sequence[str], option: str) -> list[tuple[str, str]]:
    for text in texts:
        if "=" not in text:
            raise ArgumentError(f"{option}: expected name=…, got {text!r}")
    return [(text.partition("=")[0].strip(), text.partition("=")[2]) for text in texts]


def _numbers(text: str, kind: Any, option: str) -> tuple[Any, ...]:
    try:
        return tuple(kind(part) for part in text.strip("()").split(",") if part.strip())
    except ValueError:
        raise ArgumentError(f"{option}: expected numbers, such as 2,3, got {text!r}") from None


def _interval(text: str) -> tuple[float, float]:
    numbers = _numbers(text, float, "--domain")
    if len(numbers) != 2 or not numbers[0] < numbers[1]:
        raise ArgumentError(f"--domain: expected low,high, such as 0.1,2, got {text!r}")
    return numbers[0], numbers[1]


def _literal(text: str) -> Any:
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
    return np.array(value) if isinstance(value, list) else value
