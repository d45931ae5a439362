"""The matrix product on the thread pool of the kernels, so that the threads of BLAS never wake."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd_cnn.kernels.threads import get_num_threads, one_blas_thread, run_chunks

__all__ = ["matmul"]

# Below this many entries OpenBLAS uses one thread by itself.
_SERIAL_SIZE = 4096
# Below this many multiplications (80 µs on one core) a second thread does not pay.
_SERIAL_WORK = 2**23


def matmul(a: NDArray[Any], b: NDArray[Any]) -> NDArray[Any]:
    """``np.matmul(a, b)``, with large products split over the threads of `run_chunks`.

    >>> matmul(np.eye(2), np.array([[1., 2.], [3., 4.]]))
    array([[1., 2.],
           [3., 4.]])
    """
    if a.size < _SERIAL_SIZE and b.size < _SERIAL_SIZE:
        return np.matmul(a, b)  # type: ignore[no-any-return]
    fits = a.ndim > 1 and b.ndim > 1 and a.shape[-1] == b.shape[-2]
    if not fits or a.size * b.shape[-1] < _SERIAL_WORK:
        with one_blas_thread():
            return np.matmul(a, b)  # type: ignore[no-any-return]
    rows, columns = a.shape[-2], b.shape[-1]
    shape = (*np.broadcast_shapes(a.shape[:-2], b.shape[:-2]), rows, columns)
    out = np.empty(shape, np.result_type(a, b))
    pieces = get_num_threads()

    def multiply_rows(start: int, stop: int) -> None:
        np.matmul(a[..., start:stop, :], b, out=out[..., start:stop, :])

    def multiply_columns(start: int, stop: int) -> None:
        np.matmul(a, b[..., start:stop], out=out[..., start:stop])

    if rows >= columns:
        run_chunks(multiply_rows, rows, -(-rows // pieces))
    else:
        run_chunks(multiply_columns, columns, -(-columns // pieces))
    return out
