"""Writing a file so that there is always a whole one: the former or the new."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from autograd_cnn.errors import RunError

__all__ = ["write_atomically"]


def write_atomically(path: str | os.PathLike[str], content: bytes) -> None:
    """Write ``content`` to the file at ``path``, or leave the file there as it was.

    The new file is written beside it, brought to the disk, and then takes its name: neither a full disk nor
    a kill leaves half a file. Raises `RunError`, naming the file and the fault.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "settings.json"
    >>> write_atomically(path, b"{}")
    >>> path.read_bytes()
    b'{}'
    """
    path = Path(path)
    beside = path.with_name(f".{path.name}.tmp")
    try:
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            beside.unlink()
        fate = "the former file is as it was" if path.exists() else "nothing was written"
        raise RunError(f"{path}: cannot be written: {error.strerror or error}; {fate}") from error
