"""Methods of `Tensor` that are not simply a function of the same signature.

First NumPy's, then PyTorch's where they contradict none of NumPy's: one-line compositions.
"""

from __future__ import annotations

import math
from typing import Any

from autograd_cnn.core.declare import attribute, method
from autograd_cnn.core.tensor import Tensor
from autograd_cnn.errors import ShapeError
from autograd_cnn.ops import contraction, elementwise, indexing, norms
from autograd_cnn.ops import shape as shapes
from autograd_cnn.ops.indexing import At

# --- NumPy's ------------------------------------------------------------------------------------------


@method
def reshape(self: Tensor, *shape: Any) -> Any:
    """Give the tensor another shape with as many entries; one length may be -1."""
    return shapes.reshape(self, shape[0] if len(shape) == 1 else shape)


@method
def transpose(self: Tensor, *axes: Any) -> Any:
    """Permute the axes (none given: reverse them), as NumPy does."""
    return shapes.transpose(self, axes[0] if len(axes) == 1 else axes or None)


@method
def flatten(self: Tensor, start_dim: int = 0, end_dim: int = -1) -> Any:
    """Merge the axes from ``start_dim`` to ``end_dim`` into one (default: all)."""
    if self.ndim == 0:
        return shapes.reshape(self, (1,))
    first, last = start_dim % self.ndim, end_dim % self.ndim
    if first > last:
        raise ShapeError(f"flatten: expected start_dim before end_dim, got {start_dim} and {end_dim}")
    merged = math.prod(self.shape[first : last + 1])
    return shapes.reshape(self, (*self.shape[:first], merged, *self.shape[last + 1 :]))


@method
def copy(self: Tensor) -> Any:
    """Return a copy, recorded."""
    return shapes.astype(self, self.dtype)


@attribute
def T(self: Tensor) -> Any:  # noqa: N802 - NumPy's name
    """The tensor with its axes reversed."""
    return shapes.transpose(self)


@attribute
def mT(self: Tensor) -> Any:  # noqa: N802 - NumPy's name
    """The tensor with its last two axes exchanged."""
    return shapes.swapaxes(self, -1, -2)


@attribute
def real(self: Tensor) -> Any:
    """Real part."""
    return elementwise.real(self) if self.dtype.kind == "c" else self


@attribute
def imag(self: Tensor) -> Any:
    """Imaginary part."""
    return elementwise.imag(self)


@method
def conj(self: Tensor) -> Any:
    """Complex conjugate."""
    return elementwise.conjugate(self) if self.dtype.kind == "c" else self


@attribute
def at(self: Tensor) -> At:
    """``x.at[index].set(v)``, ``.add(v)``, ``.multiply(v)``: a new tensor that differs at ``index``."""
    return At(self)


@method
def _with_entries(self: Tensor, index: Any, values: Any, reuse_buffer: bool) -> Any:
    return indexing.set_entries(self, values, index, reuse_buffer)


# --- PyTorch's ----------------------------------------------------------------------------------------


@method
def view(self: Tensor, *shape: Any) -> Any:
    """Give the tensor another shape with as many entries (as `reshape`)."""
    return reshape(self, *shape)


@method
def permute(self: Tensor, *dims: Any) -> Any:
    """Permute the axes."""
    return transpose(self, *dims)


@method
def unsqueeze(self: Tensor, dim: int) -> Any:
    """Insert an axis of length 1."""
    return shapes.expand_dims(self, dim)


@method
def expand(self: Tensor, *sizes: int) -> Any:
    """Repeat along axes of length 1, without copying; -1 keeps a length."""
    new = len(sizes) - self.ndim
    return shapes.broadcast_to(
        self, tuple(self.shape[axis - new] if size == -1 else size for axis, size in enumerate(sizes))
    )


@method
def contiguous(self: Tensor) -> Any:
    """Return the tensor itself: where its entries lie is our concern."""
    return self


@method
def clamp(self: Tensor, min: Any = None, max: Any = None) -> Any:
    """Limit the entries to an interval."""
    return elementwise.clip(self, min, max)


@method
def masked_fill(self: Tensor, mask: Any, value: Any) -> Any:
    """Replace the entries where ``mask`` is true."""
    return elementwise.where(mask, value, self)


@method
def unbind(self: Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """Return the slices along an axis, as a tuple."""
    return tuple(shapes.moveaxis(self, dim, 0))


@method
def chunk(self: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """Split into at most ``chunks`` parts along an axis; the last may be smaller."""
    step = -(-self.shape[dim] // chunks)
    return tuple(shapes.split(self, range(step, self.shape[dim], step), axis=dim))


@method
def bmm(self: Tensor, mat2: Any) -> Any:
    """Matrix product of two batches of matrices."""
    return contraction.matmul(self, mat2)


@method
def mm(self: Tensor, mat2: Any) -> Any:
    """Matrix product of two matrices."""
    return contraction.matmul(self, mat2)


@method
def numel(self: Tensor) -> int:
    """Number of entries."""
    return self.size


@method
def norm(self: Tensor) -> Any:
    """Euclidean length of all entries; its derivative at 0 is 0."""
    return norms.norm(self)
