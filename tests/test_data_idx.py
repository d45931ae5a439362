"""The IDX reader: every dtype and shape comes back, and no damaged file gets through or escapes DataError."""

from __future__ import annotations

import contextlib
import gzip
import math
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_cnn.data import read_idx
from autograd_cnn.errors import DataError

CODES = {"uint8": 0x08, "int8": 0x09, "int16": 0x0B, "int32": 0x0C, "float32": 0x0D, "float64": 0x0E}


def idx_bytes(array: np.ndarray) -> bytes:
    header = bytes([0, 0, CODES[array.dtype.name], array.ndim])
    sizes = np.array(array.shape, dtype=">u4").tobytes()
    return header + sizes + array.astype(array.dtype.newbyteorder(">")).tobytes()


def zipped(content: bytes) -> bytes:
    """Compress to the same bytes each time: they are part of the names of tests."""
    return gzip.compress(content, compresslevel=1, mtime=0)


def written(folder: Path, content: bytes, name: str = "file.idx") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


SMALL = idx_bytes(np.arange(12, dtype=np.int16).reshape(3, 4))


@given(
    array=hnp.arrays(
        dtype=st.sampled_from(sorted(CODES)),
        shape=hnp.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=4),
    ),
    compress=st.sampled_from([bytes, zipped]),
)
def test_round_trip_of_every_dtype_and_shape(
    tmp_path: Path, array: np.ndarray, compress: Callable[[bytes], bytes]
) -> None:
    read = read_idx(written(tmp_path, compress(idx_bytes(array))))
    assert read.dtype == array.dtype
    assert read.dtype.isnative
    assert read.shape == array.shape
    assert read.tobytes() == array.tobytes()  # bit for bit, NaNs too
    assert read.flags.writeable
    assert read.flags.c_contiguous


def test_gzip_is_told_by_content_not_by_name(tmp_path: Path) -> None:
    plain = read_idx(written(tmp_path, SMALL, "plain.gz"))
    unzipped = read_idx(written(tmp_path, zipped(SMALL), "zipped"))
    np.testing.assert_array_equal(plain, unzipped)


def test_gzip_of_several_members_is_one_file(tmp_path: Path) -> None:
    content = zipped(SMALL[:7]) + zipped(SMALL[7:])
    assert read_idx(written(tmp_path, content)).shape == (3, 4)


@pytest.mark.parametrize("compress", [bytes, zipped])
def test_every_truncation_is_a_data_error(tmp_path: Path, compress: Callable[[bytes], bytes]) -> None:
    content = compress(SMALL)
    for length in range(len(content)):
        path = written(tmp_path, content[:length])
        with pytest.raises(DataError) as caught:
            read_idx(path)
        assert str(caught.value).startswith(f"{path}: ")
        assert "\n" not in str(caught.value)
        assert "truncated" in str(caught.value)


@given(position=st.integers(0, 11), value=st.integers(0, 255))
def test_a_wrong_byte_in_the_header_is_a_data_error_or_another_array(
    tmp_path: Path, position: int, value: int
) -> None:
    content = bytearray(SMALL)
    content[position] = value
    try:
        read = read_idx(written(tmp_path, bytes(content)))
    except DataError:
        return
    assert read.nbytes + 4 + 4 * read.ndim == len(content)


@given(content=st.binary(max_size=40))
def test_arbitrary_bytes_never_escape_data_error(tmp_path: Path, content: bytes) -> None:
    for prefix in (b"", b"\0\0", b"\0\0\x08", b"\x1f\x8b\x08"):
        with contextlib.suppress(DataError):
            read_idx(written(tmp_path, prefix + content))


@given(position=st.integers(10, len(zipped(SMALL)) - 1), flip=st.integers(1, 255))
def test_a_flipped_byte_of_gzip_data_is_a_data_error_or_harmless(
    tmp_path: Path, position: int, flip: int
) -> None:
    content = bytearray(zipped(SMALL))
    content[position] ^= flip
    with contextlib.suppress(DataError):
        read = read_idx(written(tmp_path, bytes(content)))
        np.testing.assert_array_equal(
            read, np.arange(12).reshape(3, 4)
        )  # the bits that deflate leaves unused


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"truncated header: expected at least 4 bytes, got 0"),
        (SMALL[:9], r"truncated header: expected 12 bytes for 2 dimensions, got 9"),
        (SMALL[:-1], r"truncated: got 23; expected 24 bytes for shape \(3, 4\) of int16"),
        (SMALL + b"\0", r"trailing bytes: got more; expected 24 bytes for shape \(3, 4\) of int16"),
        (zipped(SMALL + b"\0"), r"trailing bytes"),
        (b"PK" + SMALL[2:], r"not an IDX file: expected it to begin with 00 00, got 50 4b"),
        (b"\0\0\x0a" + SMALL[3:], r"unknown IDX dtype code 0x0A; expected one of 0x08, 0x09, 0x0B"),
        (zipped(SMALL) + b"rubbish", r"corrupt gzip data"),
        (b"\0\0\x08\x41" + b"\0\0\0\1" * 65 + b"\0", r"NumPy cannot hold an array of shape"),
        (b"\0\0\x08\4" + b"\xff" * 12 + b"\0" * 4, r"NumPy cannot hold an array of shape"),
    ],
)
def test_message_names_the_fault(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_idx(written(tmp_path, content))


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"absent: cannot be read: No such file"):
        read_idx(tmp_path / "absent")
    with pytest.raises(DataError, match=r"cannot be read: Is a directory"):
        read_idx(tmp_path)


@pytest.mark.parametrize("compress", [bytes, zipped])
def test_a_claimed_size_is_not_allocated(tmp_path: Path, compress: Callable[[bytes], bytes]) -> None:
    sizes = (2**31, 2**31)
    path = written(tmp_path, compress(b"\0\0\x0e\2" + np.array(sizes, ">u4").tobytes() + bytes(100)))
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match=f"got 100; expected {8 * math.prod(sizes)} bytes"):
            read_idx(path)
        assert tracemalloc.get_traced_memory()[1] < 20e6
    finally:
        tracemalloc.stop()


def test_a_gzip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    bomb = b"\0\0\x08\1" + (10).to_bytes(4, "big") + bytes(40_000_000)
    path = written(tmp_path, zipped(bomb))
    del bomb
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match="trailing bytes"):
            read_idx(path)
        assert tracemalloc.get_traced_memory()[1] < 20e6
    finally:
        tracemalloc.stop()
