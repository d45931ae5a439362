"""A file is written as a whole or not at all: full disks, kills, folders in the way."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from autograd_cnn.errors import RunError
from autograd_cnn.training.files import write_atomically


def test_a_new_file_and_a_replaced_one(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_atomically(path, b"first")
    write_atomically(path, b"second")
    assert path.read_bytes() == b"second"
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_full_disk_leaves_the_former_file(call: str, tmp_path: Path, monkeypatch: Any) -> None:
    path = tmp_path / "file"
    write_atomically(path, b"former")

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os if call == "fsync" else Path, call, full)
    with pytest.raises(
        RunError, match=r"file: cannot be written: No space left on device; the former file is"
    ):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"former"
    assert os.listdir(tmp_path) == ["file"]


IN_A_CHILD = """
import os, resource, signal, sys
from pathlib import Path
from autograd_cnn.training.files import write_atomically
path, fault = Path(sys.argv[1]), sys.argv[2]
if fault == "limit":
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
else:
    os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
write_atomically(path, b"x" * 100_000)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs the limits and signals of POSIX")
@pytest.mark.parametrize("fault", ["limit", "kill"])
def test_a_write_that_the_system_cuts_short_leaves_the_former_file(fault: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_atomically(path, b"former")
    child = subprocess.run([sys.executable, "-c", IN_A_CHILD, path, fault], capture_output=True, text=True)
    assert child.returncode != 0
    if fault == "limit":
        assert "RunError" in child.stderr
        assert "File too large; the former file is as it was" in child.stderr
    assert path.read_bytes() == b"former"
    write_atomically(path, b"later")  # what the kill left beside it is in nobody's way
    assert path.read_bytes() == b"later"
    assert os.listdir(tmp_path) == ["file"]


def test_a_folder_in_the_way_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").mkdir()
    with pytest.raises(RunError, match="cannot be written: "):
        write_atomically(tmp_path / "file", b"new")
    assert os.listdir(tmp_path) == ["file"]


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="No such file or directory; nothing was written"):
        write_atomically(tmp_path / "missing" / "file", b"new")
