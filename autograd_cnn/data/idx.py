"""Reader of IDX files, the format of MNIST: an array of any dtype and number of dimensions, big endian.

The layout, from http://yann.lecun.com/exdb/mnist::

    2 bytes   zero
    1 byte    dtype: 0x08 uint8, 0x09 int8, 0x0B int16, 0x0C int32, 0x0D float32, 0x0E float64
    1 byte    number of dimensions
    4 bytes   size of each dimension, big endian, unsigned
    ...       the elements in C order, big endian
"""

from __future__ import annotations

import gzip
import math
import os
import zlib
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from autograd_cnn.errors import DataError

__all__ = ["read_idx"]

_DTYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_GZIP_MAGIC = b"\x1f\x8b"  # cannot be the start of an IDX file, which is two zero bytes
_CHUNK_BYTES = 1 << 20


def read_idx(path: str | os.PathLike[str]) -> NDArray[Any]:
    """Read the array in the IDX file at `path`, gzipped or not (told by its content, not by its name).

    Returns a new, writable, C-contiguous array of native byte order. Raises `DataError`, naming the file
    and the fault, if the file is missing, is not IDX, is truncated, has trailing bytes or fails its gzip
    checksum. Memory grows with what the file holds, never with what its header claims.

    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "squares.idx"
    >>> _ = path.write_bytes(bytes([0, 0, 0x08, 1]) + (4).to_bytes(4, "big") + bytes([0, 1, 4, 9]))
    >>> read_idx(path)
    array([0, 1, 4, 9], dtype=uint8)
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            gzipped = file.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
            file.seek(0)
            if gzipped:
                with gzip.GzipFile(fileobj=file) as unzipped:
                    return _read(unzipped, path)
            return _read(file, path)
    except (gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{path}: corrupt gzip data ({error}); fetch the file again") from error
    except EOFError as error:
        raise DataError(f"{path}: the gzip data is truncated; fetch the file again") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error


def _read(stream: BinaryIO | gzip.GzipFile, path: Path) -> NDArray[Any]:
    magic = _read_up_to(stream, 4)
    if len(magic) < 4:
        raise DataError(f"{path}: truncated header: expected at least 4 bytes, got {len(magic)}")
    if magic[:2] != b"\0\0":
        raise DataError(f"{path}: not an IDX file: expected it to begin with 00 00, got {magic[:2].hex(' ')}")
    code, ndim = magic[2:]
    if code not in _DTYPES:
        known = ", ".join(f"0x{known:02X}" for known in _DTYPES)
        raise DataError(f"{path}: unknown IDX dtype code 0x{code:02X}; expected one of {known}")

    sizes = _read_up_to(stream, 4 * ndim)
    if len(sizes) < 4 * ndim:
        raise DataError(
            f"{path}: truncated header: expected {4 + 4 * ndim} bytes for {ndim} dimensions, "
            f"got {4 + len(sizes)}"
        )
    shape = tuple(int(size) for size in np.frombuffer(sizes, ">u4"))
    dtype = np.dtype(_DTYPES[code])

    # One byte more than expected: it shows trailing bytes, and reaching the end checks the gzip checksum.
    expected = math.prod(shape) * dtype.itemsize
    body = _read_up_to(stream, expected + 1)
    if len(body) != expected:
        fault = f"truncated: got {len(body)}" if len(body) < expected else "trailing bytes: got more"
        raise DataError(f"{path}: {fault}; expected {expected} bytes for shape {shape} of {dtype.name}")
    try:
        array = np.frombuffer(body, dtype).reshape(shape)
    except ValueError as error:  # more dimensions than NumPy has, or (4294967295, 4294967295, 4294967295, 0)
        raise DataError(f"{path}: NumPy cannot hold an array of shape {shape}: {error}") from error
    return array.astype(dtype.newbyteorder("="), copy=False)


def _read_up_to(stream: BinaryIO | gzip.GzipFile, count: int) -> bytearray:
    """Read `count` bytes, or as many as there are; a bytearray, so that the array on it is writable."""
    content = bytearray()
    while chunk := stream.read(min(_CHUNK_BYTES, count - len(content))):
        content += chunk
    return content
