"""The thread pool under the kernels, BLAS held to one thread inside it, and scratch memory.

NumPy's copies, large ufuncs and matrix products release the interpreter lock, so that threads over chunks of
the batch run at the same time. What a chunk computes never depends on the thread that runs it.
"""

from __future__ import annotations

import math
import os
import queue
import threading
from collections.abc import Callable, Hashable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from autograd_cnn.errors import ArgumentError

__all__ = [
    "Workspace",
    "get_num_threads",
    "one_blas_thread",
    "run_chunks",
    "scratch",
    "set_num_threads",
    "workspaces",
]

ChunkFunction = Callable[[int, int], None]

# A larger buffer is not kept: a rare huge layer would hold its memory for ever.
_LARGEST_KEPT_BUFFER = 32 * 2**20
_ALIGNMENT = 64
_NO_BUFFER: tuple[NDArray[np.uint8], Hashable] = np.empty(0, np.uint8), None


def get_num_threads() -> int:
    """How many threads the kernels use.

    Until `set_num_threads` is called: ``AUTOGRAD_CNN_NUM_THREADS`` or ``OMP_NUM_THREADS`` of the environment,
    or else the number of cores that this process may use.
    """
    return _pool.num_threads


def set_num_threads(count: int) -> None:
    """Let the kernels use this many threads (at least 1); 1 runs everything in the calling thread.

    Raises ArgumentError for a count below 1.
    """
    if count < 1:
        raise ArgumentError(
            f"set_num_threads: expected at least 1 thread, got {count!r}; use 1 for no threads"
        )
    _pool.num_threads = count


def run_chunks(function: ChunkFunction, count: int, chunk: int) -> None:
    """Call ``function(start, stop)`` on consecutive ranges of at most ``chunk`` that cover ``range(count)``.

    The calling thread works too, and returns when all is done. The ranges depend on ``count`` and ``chunk``
    alone; which thread runs one, and when, is left open: ``function`` may write to its own range only.
    An exception of ``function`` is raised here. Inside ``function``, a further call runs in its own thread.

    >>> total = np.zeros(10)
    >>> def fill(start, stop):
    ...     total[start:stop] = start
    >>> run_chunks(fill, count=10, chunk=4)
    >>> total
    array([0., 0., 0., 0., 4., 4., 4., 4., 8., 8.])
    """
    starts = range(0, count, max(chunk, 1))
    job = _Job(function, [(start, min(start + starts.step, count)) for start in starts])
    if _local.inside_job:
        job.work()
    else:
        with one_blas_thread():
            _pool.invite(job, min(_pool.num_threads, len(starts)) - 1)
            job.work()
            job.wait()
    if job.error is not None:
        raise job.error


def one_blas_thread() -> AbstractContextManager[None]:
    """Hold the BLAS of this process to one thread; it has its own number again after the last leaves.

    Threads of OpenBLAS spin for tens of milliseconds after a product, and take the cores from those of this
    pool: a convolution of 8.5 ms took 16 after a product that woke them. Enter and leave take 4 µs.
    """
    return _blas


class Workspace:
    """Memory for temporary arrays that is used again and again; one thread at a time may use it."""

    def __init__(self) -> None:
        self._buffers: dict[str, tuple[NDArray[np.uint8], Hashable]] = {}

    def array(
        self, role: str, shape: Sequence[int], dtype: DTypeLike, zeroed_for: Hashable | None = None
    ) -> NDArray[Any]:
        """A contiguous array; two in use at the same time need two ``role`` names.

        It is uninitialised; with ``zeroed_for`` it holds zeros where nothing has been written since the role
        was first asked for with this same key, shape and dtype without another in between.
        """
        dtype = np.dtype(dtype)
        size = math.prod(shape) * dtype.itemsize
        buffer, last_key = self._buffers.get(role, _NO_BUFFER)
        if buffer.nbytes < size:
            memory = np.empty(size + _ALIGNMENT, np.uint8)
            buffer, last_key = memory[-memory.ctypes.data % _ALIGNMENT :], None
        key = None if zeroed_for is None else (zeroed_for, tuple(shape), dtype)
        if key is not None and key != last_key:
            buffer[:size] = 0
        if size <= _LARGEST_KEPT_BUFFER:
            self._buffers[role] = buffer, key
        return buffer[:size].view(dtype).reshape(shape)


def workspaces(count: int) -> list[Workspace]:
    """The first ``count`` workspaces of the calling thread, which may lend them to its helpers."""
    own = _local.workspaces
    own.extend(Workspace() for _ in range(count - len(own)))
    return own[:count]


def scratch(role: str, shape: Sequence[int], dtype: DTypeLike) -> NDArray[Any]:
    """An uninitialised array from the first workspace of the calling thread; see `Workspace.array`."""
    return workspaces(1)[0].array(role, shape, dtype)


class _Local(threading.local):
    """What each thread has of its own."""

    def __init__(self) -> None:
        self.inside_job = False
        self.workspaces: list[Workspace] = []


class _Job:
    """Chunks that several threads take one after the other until none is left."""

    __slots__ = ("_active", "_chunks", "_function", "_idle", "_lock", "_next", "error")

    def __init__(self, function: ChunkFunction, chunks: list[tuple[int, int]]) -> None:
        self._function = function
        self._chunks = chunks
        self._next = 0
        self._active = 0
        self._lock = threading.Lock()
        self._idle = threading.Condition(self._lock)
        self.error: BaseException | None = None

    def work(self) -> None:
        outer, _local.inside_job = _local.inside_job, True
        with self._lock:
            self._active += 1
        try:
            while True:
                with self._lock:
                    position = self._next
                    if position == len(self._chunks) or self.error is not None:
                        break
                    self._next += 1
                self._function(*self._chunks[position])
        except BaseException as error:
            with self._lock:
                self.error = self.error or error
        finally:
            _local.inside_job = outer
            with self._lock:
                self._active -= 1
                self._idle.notify_all()

    def wait(self) -> None:
        """Return when no thread works on this job; chunks that nobody has begun are never waited for."""
        with self._lock:
            while self._active:
                self._idle.wait()


class _Pool:
    """Daemon threads that wait for jobs, started when first needed."""

    def __init__(self) -> None:
        self.num_threads = _default_num_threads()
        self.forget_threads()

    def forget_threads(self) -> None:
        """Begin without threads: none of them lives on in a forked child."""
        self._jobs: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        self._started = 0
        self._lock = threading.Lock()

    def invite(self, job: _Job, helpers: int) -> None:
        with self._lock:
            while self._started < helpers:
                threading.Thread(target=self._serve, args=(self._jobs,), daemon=True).start()
                self._started += 1
        for _ in range(helpers):
            self._jobs.put(job)

    @staticmethod
    def _serve(jobs: queue.SimpleQueue[_Job]) -> None:
        while True:
            jobs.get().work()


class _Blas(AbstractContextManager[None]):
    """The BLAS libraries of this process, held to one thread while any job runs."""

    def __init__(self) -> None:
        self._controllers: list[Any] | None = None
        self._counts: list[int] = []
        self._holders = 0
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        with self._lock:
            if self._controllers is None:
                # Looking them up walks all loaded libraries (milliseconds); calling one takes about 1 µs.
                from threadpoolctl import ThreadpoolController

                self._controllers = ThreadpoolController().select(user_api="blas").lib_controllers
            if self._holders == 0:
                self._counts = [controller.get_num_threads() for controller in self._controllers]
                self._set([1] * len(self._controllers))
            self._holders += 1

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._holders -= 1
            if self._holders == 0:
                self._set(self._counts)

    def forget_holders(self) -> None:
        """Begin without holders: those of the parent do not live on in a forked child."""
        self._lock = threading.Lock()
        if self._holders:
            self._holders = 0
            self._set(self._counts)

    def _set(self, counts: Sequence[int]) -> None:
        for controller, count in zip(self._controllers or (), counts, strict=True):
            controller.set_num_threads(count)


def _default_num_threads() -> int:
    for variable in ("AUTOGRAD_CNN_NUM_THREADS", "OMP_NUM_THREADS"):
        value = os.environ.get(variable, "")
        if value.isdecimal() and int(value) > 0:
            return int(value)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _after_fork_in_child() -> None:
    _pool.forget_threads()
    _blas.forget_holders()


_local = _Local()
_pool = _Pool()
_blas = _Blas()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
