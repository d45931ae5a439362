"""What the array API standard asks for and NumPy's functions do not bring: inspection, dtypes, namespaces.

The `standard <https://data-apis.org/array-api/2024.12/>`_ lets a library compute on arrays of any other:
it asks an array for its namespace, and finds the functions there. `docs/array_api.md` tells what that
gives, and where we deviate.
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from autograd_cnn.core.composite import constant
from autograd_cnn.core.declare import method
from autograd_cnn.core.tensor import Tensor, check_device
from autograd_cnn.errors import ArgumentError

__array_api_version__ = "2024.12"
_KINDS: dict[str, tuple[str, ...]] = {
    "bool": ("bool",),
    "signed integer": ("int8", "int16", "int32", "int64"),
    "unsigned integer": ("uint8", "uint16", "uint32", "uint64"),
    "real floating": ("float32", "float64"),
    "complex floating": ("complex64", "complex128"),
}
_KINDS["integral"] = _KINDS["signed integer"] + _KINDS["unsigned integer"]
_KINDS["numeric"] = _KINDS["integral"] + _KINDS["real floating"] + _KINDS["complex floating"]
_EARLIER_VERSIONS = ("2021.12", "2022.12", "2023.12")


class ArrayNamespaceInfo:
    """What there is in this namespace: dtypes, devices, and what the standard leaves open.

    >>> import autograd_cnn as ag
    >>> ag.__array_namespace_info__().default_device()
    'cpu'
    """

    def capabilities(self) -> dict[str, Any]:
        """Return what the standard leaves open: shapes may depend on data; at most 64 axes."""
        return {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": 64}

    def default_device(self) -> str:
        """Return the only device there is."""
        return "cpu"

    def devices(self) -> list[str]:
        """Return all devices there are: one."""
        return ["cpu"]

    def default_dtypes(self, *, device: str | None = None) -> dict[str, np.dtype[Any]]:
        """Return the dtype that a result has when nothing asks for another, by kind."""
        check_device("default_dtypes", device)
        return {
            "real floating": np.dtype(np.float64),
            "complex floating": np.dtype(np.complex128),
            "integral": np.dtype(np.int_),
            "indexing": np.dtype(np.intp),
        }

    def dtypes(
        self, *, device: str | None = None, kind: str | tuple[str, ...] | None = None
    ) -> dict[str, np.dtype[Any]]:
        """Return the standard's dtypes of a ``kind`` (or of several, or all) by name.

        >>> import autograd_cnn as ag
        >>> sorted(ag.__array_namespace_info__().dtypes(kind="real floating"))
        ['float32', 'float64']
        """
        check_device("dtypes", device)
        kinds = ("bool", "numeric") if kind is None else kind if isinstance(kind, tuple) else (kind,)
        for name in kinds:
            if name not in _KINDS:
                raise ArgumentError(f"dtypes: expected a kind among {', '.join(_KINDS)}, got {name!r}")
        return {name: np.dtype(name) for kind in kinds for name in _KINDS[kind]}


def __array_namespace_info__() -> ArrayNamespaceInfo:  # noqa: N807
    """Return what there is in this namespace, to be asked for dtypes, devices and capabilities.

    >>> import autograd_cnn as ag
    >>> ag.__array_namespace_info__().devices()
    ['cpu']
    """
    return ArrayNamespaceInfo()


@method
def __array_namespace__(self: Tensor, *, api_version: str | None = None) -> Any:  # noqa: N807
    """Return the namespace of functions on tensors that the array API standard describes: the package.

    Raises `ArgumentError` for a version of the standard later than ours, 2024.12.
    """
    if api_version not in (None, __array_api_version__, *_EARLIER_VERSIONS):
        raise ArgumentError(
            f"__array_namespace__: expected api_version {__array_api_version__!r} or earlier, got "
            f"{api_version!r}"
        )
    return importlib.import_module("autograd_cnn")


@method
def to_device(self: Tensor, device: str, /, *, stream: None = None) -> Tensor:
    """Return the tensor itself: "cpu", where it is, is the only device."""
    check_device("to_device", device)
    if stream is not None:
        raise ArgumentError(f"to_device: the CPU has no streams; expected stream=None, got {stream!r}")
    return self


def isdtype(dtype: Any, kind: Any) -> bool:
    """Whether a dtype is of a ``kind``: a dtype, a name such as "real floating", or a tuple of those.

    >>> import autograd_cnn as ag
    >>> ag.isdtype(ag.float32, "real floating"), ag.isdtype(ag.int8, ("bool", "integral"))
    (True, True)
    """
    return np.isdtype(dtype, kind)


can_cast = constant(np.can_cast)
broadcast_shapes = constant(np.broadcast_shapes)
