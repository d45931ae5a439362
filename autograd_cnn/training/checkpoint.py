"""Models and the state of trainings as safetensors files: arrays and JSON, never code."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd_cnn.core.tensor import Tensor
from autograd_cnn.errors import AutogradCnnError, RunError
from autograd_cnn.nn import Module
from autograd_cnn.nn.models import make_model
from autograd_cnn.training.files import write_atomically

__all__ = ["load_model", "load_state", "save_model", "save_state"]

Arrays = dict[str, NDArray[Any]]
# All that a file says about itself is one entry: safetensors writes several in a random order, and then the
# same run would not give the same bytes.
_ENTRY = "autograd_cnn"
_ARRAY = "array"  # marks where the JSON of a state refers to one of the file's arrays


def save_model(path: str | os.PathLike[str], model: Module, name: str, options: dict[str, Any]) -> None:
    """Write a model that ``make_model(name, **options)`` made, with its name and options, atomically.

    Raises `RunError` if the file cannot be written; a former one is then as it was.
    """
    arrays = {key: value.numpy() for key, value in model.state_dict().items()}
    _write(path, arrays, {"model": name, "options": options})


def load_model(path: str | os.PathLike[str]) -> Module:
    """Make the model that `save_model` wrote. Raises `RunError` if the file is missing or damaged.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "model.safetensors"
    >>> save_model(path, make_model("mlp", hidden=8), "mlp", {"hidden": 8})
    >>> load_model(path).fc1.weight.shape
    (8, 784)
    """
    arrays, description = _read(path)
    try:
        model = make_model(description["model"], **description["options"])
        model.load_state_dict(arrays)
    except (KeyError, TypeError, AutogradCnnError) as error:
        raise RunError(f"{path}: holds no model that this version can make: {_one_line(error)}") from error
    return model


def save_state(path: str | os.PathLike[str], state: dict[str, Any]) -> None:
    """Write nested dicts and lists of tensors, numbers, strings and None, atomically.

    Raises `RunError` if the file cannot be written; a former one is then as it was.
    """
    arrays: Arrays = {}
    description = {"state": _take_arrays(state, "", arrays)}
    _write(path, arrays, description)


def load_state(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read what `save_state` wrote. JSON has turned the keys of dicts into strings, tuples into lists.

    Raises `RunError` if the file is missing or damaged.
    """
    arrays, description = _read(path)
    try:
        state: dict[str, Any] = _give_arrays(description["state"], arrays)
    except (KeyError, TypeError) as error:
        raise RunError(f"{path}: holds no state of a training") from error
    return state


def _write(path: str | os.PathLike[str], arrays: Arrays, description: dict[str, Any]) -> None:
    from safetensors.numpy import save

    # ascontiguousarray would make vectors of numbers.
    contiguous = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    write_atomically(path, save(contiguous, {_ENTRY: json.dumps(description)}))


def _read(path: str | os.PathLike[str]) -> tuple[Arrays, dict[str, Any]]:
    from safetensors import SafetensorError, safe_open

    path = Path(path)
    try:
        with safe_open(path, framework="numpy") as file:
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is no dict
            description = json.loads((file.metadata() or {})[_ENTRY])
    except OSError as error:
        raise RunError(f"{path}: cannot be read: {error.strerror or error}") from error
    except SafetensorError as error:
        raise RunError(f"{path}: damaged or no safetensors file ({_one_line(error)})") from error
    except (KeyError, ValueError) as error:
        raise RunError(f"{path}: was not written by autograd_cnn: it does not say what it holds") from error
    return arrays, description


def _take_arrays(value: Any, name: str, arrays: Arrays) -> Any:
    """The value as JSON, its tensors moved to ``arrays`` under names such as "optimizer.state.0.exp_avg"."""
    if isinstance(value, Tensor):
        arrays[name] = value.detach().numpy()
        return {_ARRAY: name}
    if isinstance(value, dict):
        return {
            str(key): _take_arrays(item, f"{name}.{key}".lstrip("."), arrays) for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_take_arrays(item, f"{name}.{index}", arrays) for index, item in enumerate(value)]
    return value


def _give_arrays(value: Any, arrays: Arrays) -> Any:
    if isinstance(value, dict):
        if value.keys() == {_ARRAY}:
            return arrays[value[_ARRAY]]
        return {key: _give_arrays(item, arrays) for key, item in value.items()}
    if isinstance(value, list):
        return [_give_arrays(item, arrays) for item in value]
    return value


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
