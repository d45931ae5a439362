"""`Tensor`: a NumPy array that remembers where it came from.

A tensor holds two things: a value, and a *source*, its place on the tape (None for a constant, a
`Leaf` for a variable, a `Node` for a result). What can be done with it is declared in
`autograd_cnn.ops`: each declaration there adds its own method or operator to this class.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_cnn.core import tape
from autograd_cnn.core.protocols import array_function, array_ufunc
from autograd_cnn.errors import ArgumentError, DtypeError, GraphError, ShapeError, UnsupportedError

if TYPE_CHECKING:
    from autograd_cnn.core._methods import TensorMethods
else:

    class TensorMethods:
        """What `autograd_cnn.ops` adds; typed in the generated stub ``_methods.pyi``."""

        __slots__ = ()


class Tensor(TensorMethods):
    """An n-dimensional array on the tape.

    Make one with `autograd_cnn.tensor` (copies) or `autograd_cnn.from_numpy` (shares); compute with it
    as with an ndarray, through operators, methods or NumPy's own functions.

    >>> import autograd_cnn as ag, numpy as np
    >>> x = ag.tensor([1.0, 2.0, 3.0], requires_grad=True)
    >>> y = np.sum(x * x)
    >>> y.backward()
    >>> x.grad
    tensor([2., 4., 6.])
    """

    __slots__ = ("__weakref__", "_source", "_value")

    _value: Any  # an ndarray, or the NumPy scalar that NumPy gives in place of a 0-d array
    _source: tape.Source | None

    __array_ufunc__ = array_ufunc
    __array_function__ = array_function
    __hash__ = object.__hash__

    def __new__(cls, data: Any, requires_grad: bool = False) -> Tensor:
        """Make a tensor as `autograd_cnn.tensor` does."""
        return tensor(data, requires_grad=requires_grad)

    # --- What it is -----------------------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each axis."""
        return self._value.shape  # type: ignore[no-any-return]

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self._value.ndim  # type: ignore[no-any-return]

    @property
    def size(self) -> int:
        """Number of entries (as in NumPy)."""
        return self._value.size  # type: ignore[no-any-return]

    @property
    def dtype(self) -> np.dtype[Any]:
        """NumPy dtype of the entries."""
        return self._value.dtype  # type: ignore[no-any-return]

    @property
    def itemsize(self) -> int:
        """Bytes of one entry."""
        return self._value.itemsize  # type: ignore[no-any-return]

    @property
    def nbytes(self) -> int:
        """Bytes of all entries."""
        return self._value.nbytes  # type: ignore[no-any-return]

    @property
    def device(self) -> str:
        """Where the entries live: always the CPU."""
        return "cpu"

    # --- Its place on the tape ------------------------------------------------------------------

    @property
    def requires_grad(self) -> bool:
        """Whether operations on this tensor are recorded. Can be set on a leaf."""
        return self._source is not None

    @requires_grad.setter
    def requires_grad(self, flag: bool) -> None:
        self.requires_grad_(flag)

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Make a leaf a variable, or (with False) a constant, in place; returns the tensor.

        Raises `DtypeError` for integer and boolean tensors, `GraphError` for the result of an operation.
        """
        if not self.is_leaf:
            raise GraphError(
                "requires_grad: this tensor is the result of a recorded operation; only leaves can be "
                "switched; use .detach() for a constant copy of its place"
            )
        if not requires_grad:
            self._source = None
        elif self._source is None:
            if self.dtype.kind not in "fc":
                raise DtypeError(
                    f"requires_grad: only floating and complex tensors can require grad, this one is "
                    f"{self.dtype}; convert it first: .astype(float)"
                )
            self._source = tape.Leaf(self.shape, self.dtype)
        return self

    @property
    def is_leaf(self) -> bool:
        """Whether it was made by the user, not by a recorded operation."""
        return self._source is None or isinstance(self._source, tape.Leaf)

    @property
    def grad(self) -> Tensor | None:
        """Gradient left here by ``.backward()``; None if there is none (yet).

        Only leaves, and tensors on which ``retain_grad()`` was called, keep a gradient.
        """
        source = self._source
        if source is None:
            return None
        if source.box is None or not source.box.keeps:
            warnings.warn(
                "grad: the gradient of a non-leaf tensor is not kept; call .retain_grad() on it before "
                ".backward()",
                UserWarning,
                stacklevel=2,
            )
            return None
        return source.box.grad

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        if self._source is None or self._source.box is None:
            raise GraphError(
                "grad: only a leaf that requires grad, or a retained tensor, has a gradient to set"
            )
        if value is not None and value.shape != self.shape:
            raise ShapeError(f"grad: expected shape {self.shape}, that of the tensor, got {value.shape}")
        self._source.box.grad = value

    def retain_grad(self) -> None:
        """Keep the gradient of this intermediate result in ``.grad`` when ``.backward()`` passes it."""
        if self._source is None:
            raise GraphError("retain_grad: this tensor does not require grad, no gradient will reach it")
        tape.box_at(self._source).keeps = True

    def detach(self) -> Tensor:
        """Return the same value, as a constant."""
        return wrap(self._value, None)

    @property
    def data(self) -> Tensor:
        """The same value, as a constant (as `detach`)."""
        return wrap(self._value, None)

    # --- To Python and NumPy --------------------------------------------------------------------

    def numpy(self) -> np.ndarray[Any, Any]:
        """Return the value as a read-only ndarray that shares memory; copy it to write to it.

        Raises `UnsupportedError` for a tensor that requires grad: say ``.detach().numpy()``.
        """
        view: np.ndarray[Any, Any] = np.asarray(self._constant("numpy()")).view()
        view.flags.writeable = False
        return view

    def item(self) -> Any:
        """Return the single entry as a Python number."""
        return self._value.item()

    def tolist(self) -> Any:
        """Return the entries as nested lists of Python numbers."""
        return self._value.tolist()

    def _constant(self, what: str) -> Any:
        if self._source is not None:
            raise UnsupportedError(
                f"{what} of a tensor that requires grad would lose its gradient; use .detach() first "
                "for its value as a constant, or .item() for a number"
            )
        return self._value

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        if self._source is None:
            return np.array(self.numpy(), dtype=dtype, copy=copy)
        raise UnsupportedError(
            "conversion to an ndarray of a tensor that requires grad would lose its gradient; use .detach() "
            "first for its value as a constant (.item() for a number). Functions that convert what they are "
            "given are ours under another name: ag.linalg, ag.signal, ag.special and ag.random instead of "
            "SciPy's and NumPy's, and ag.array([x, y]) instead of np.array"
        )

    def __dlpack__(
        self,
        *,
        stream: Any = None,
        max_version: tuple[int, int] | None = None,
        dl_device: tuple[int, int] | None = None,
        copy: bool | None = None,
    ) -> Any:
        value = self._constant("__dlpack__()")
        read_only = (max_version or (0,)) >= (1, 0) and np.lib.NumpyVersion(np.__version__) >= "2.1.0"
        if copy is False and not read_only:
            raise BufferError(
                "__dlpack__(): without a copy, the memory can only be lent read-only, which DLPack has from "
                "version 1.0 (and NumPy 2.1) on; allow a copy (copy=None), or ask for max_version=(1, 0)"
            )
        # Older exchanges cannot say that memory is read-only: their consumers get memory of their own.
        array = self.numpy() if read_only and not copy else np.array(value)
        options: dict[str, Any] = {"max_version": max_version, "dl_device": dl_device}
        return array.__dlpack__(
            stream=stream, **{name: option for name, option in options.items() if option is not None}
        )

    def __dlpack_device__(self) -> Any:
        return np.asarray(self._value).__dlpack_device__()

    def __float__(self) -> float:
        return float(self._constant("float()"))

    def __complex__(self) -> complex:
        return complex(self._constant("complex()"))

    def __int__(self) -> int:
        return int(self._constant("int()"))

    def __index__(self) -> int:
        return self._constant("an index").__index__()  # type: ignore[no-any-return]

    def __bool__(self) -> bool:
        if self.size != 1:
            raise ArgumentError(
                f"the truth value of a tensor of shape {self.shape} is ambiguous; use .any() or .all()"
            )
        return bool(self._value)

    def __len__(self) -> int:
        if self.ndim == 0:
            raise UnsupportedError("len() of a 0-d tensor: it has no axis to count along")
        return self.shape[0]

    def __iter__(self) -> Iterator[Tensor]:
        if self.ndim == 0:
            raise UnsupportedError("iteration over a 0-d tensor: it has no axis to iterate along")
        return (self[index] for index in range(len(self)))

    def __contains__(self, value: Any) -> bool:
        return bool((np.asarray(self._value) == getattr(value, "_value", value)).any())

    def __repr__(self) -> str:
        text = np.array2string(np.asarray(self._value), separator=", ", prefix="tensor(")
        if self.dtype not in (np.dtype(np.float64), np.dtype(np.int64), np.dtype(np.bool_)):
            text += f", dtype={self.dtype}"
        if isinstance(self._source, tape.Leaf):
            text += ", requires_grad=True"
        elif self._source is not None:
            node = self._source.node if isinstance(self._source, tape.Output) else self._source
            text += f", op={node.op.name}"
        return f"tensor({text})"

    def __format__(self, specification: str) -> str:
        return format(self.item(), specification) if self.ndim == 0 and specification else repr(self)

    def __setitem__(self, index: Any, value: Any) -> None:
        self._set_item(index, value)  # in core.inplace

    # --- Copies ---------------------------------------------------------------------------------

    def _rebuild_arguments(self, what: str) -> tuple[np.ndarray[Any, Any], bool]:
        if not self.is_leaf:
            raise GraphError(
                f"{what}: only leaves can be copied or pickled, this is the result of a recorded operation; "
                "use .detach() first"
            )
        return np.array(self._value), self.requires_grad

    def __copy__(self) -> Tensor:
        return _rebuild(type(self), *self._rebuild_arguments("copy"))

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        copied = memo[id(self)] = _rebuild(type(self), *self._rebuild_arguments("deepcopy"))
        if self._source is not None and self.grad is not None:
            copied.grad = wrap(np.array(self.grad._value), None)
        return copied

    def __reduce__(self) -> Any:
        return _rebuild, (type(self), *self._rebuild_arguments("pickle"))


def wrap(value: Any, source: tape.Source | None) -> Tensor:
    """Make a tensor of a NumPy value and its place on the tape: no copy, no check, 120 ns."""
    result: Tensor = _new(Tensor)
    result._value = value
    result._source = source
    return result


_new: Any = object.__new__


def _rebuild(cls: type[Tensor], value: np.ndarray[Any, Any], requires_grad: bool) -> Tensor:
    result: Tensor = _new(cls)
    result._value = value
    result._source = tape.Leaf(value.shape, value.dtype) if requires_grad else None
    return result


def tensor(data: Any, dtype: Any = None, *, requires_grad: bool = False) -> Tensor:
    """Copy data into a new tensor.

    ``data`` is a number, an array, another tensor or nested lists of them. Dtypes are NumPy's: lists of
    floats become float64. Raises `DtypeError` for what is not numeric.

    >>> import autograd_cnn as ag
    >>> ag.tensor([1.0, 2.0], requires_grad=True)
    tensor([1., 2.], requires_grad=True)
    """
    if isinstance(data, Tensor):
        data = data._value
    value = np.array(data, dtype=dtype)
    if value.dtype.kind not in "biufc":
        raise DtypeError(f"tensor: expected numbers, got data of dtype {value.dtype}")
    # A NumPy scalar, as NumPy itself gives: arithmetic on it takes 64 ns, on a 0-d array 330 or more.
    result = wrap(value if value.ndim else value[()], None)
    return result.requires_grad_() if requires_grad else result


def check_device(function: str, device: str | None) -> None:
    """Raise unless a ``device`` argument is the one there is."""
    if device not in (None, "cpu"):
        raise ArgumentError(f"{function}: expected device='cpu', got {device!r}; tensors live nowhere else")


def from_numpy(array: np.ndarray[Any, Any]) -> Tensor:
    """Make a tensor that shares the memory of an ndarray.

    The tape does not copy it either: if its owner writes to the array between forward and backward
    pass, gradients that read it are those of the new values, and `detect_anomaly` raises.
    `autograd_cnn.tensor` copies.

    >>> import autograd_cnn as ag, numpy as np
    >>> array = np.zeros(2)
    >>> shared = ag.from_numpy(array)
    >>> array[0] = 5
    >>> shared
    tensor([5., 0.])
    """
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "biufc":
        raise DtypeError(f"from_numpy: expected a numeric ndarray, got {type(array).__name__}; use ag.tensor")
    tape.recorder_when_enabled.get().shares(array)
    return wrap(array, None)
