import multiprocessing
import os
import threading

import numpy as np
import pytest
from blas import blas_threads, two_blas_threads

from autograd_cnn.errors import ArgumentError
from autograd_cnn.kernels.threads import (
    Workspace,
    get_num_threads,
    run_chunks,
    scratch,
    set_num_threads,
    workspaces,
)


@pytest.fixture(autouse=True)
def three_threads():
    before = get_num_threads()
    set_num_threads(3)
    yield
    set_num_threads(before)


@pytest.mark.parametrize(("count", "chunk"), [(0, 4), (1, 4), (10, 3), (12, 3), (100, 1)])
def test_the_chunks_cover_the_range_once_and_do_not_depend_on_the_threads(count, chunk):
    seen = []
    run_chunks(lambda start, stop: seen.append((start, stop)), count, chunk)
    assert sorted(seen) == [(start, min(start + chunk, count)) for start in range(0, count, chunk)]


def test_several_threads_work_and_the_caller_is_one_of_them():
    together = threading.Barrier(3, timeout=10)
    names = set()

    def meet(start, stop):
        names.add(threading.get_ident())
        together.wait()

    run_chunks(meet, 3, 1)
    assert len(names) == 3
    assert threading.get_ident() in names


def test_an_exception_comes_out_and_the_pool_works_on():
    def fail(start, stop):
        if start == 5:
            raise KeyError("five")

    with pytest.raises(KeyError, match="five"):
        run_chunks(fail, 10, 1)
    total = np.zeros(10)

    def fill(start, stop):
        total[start:stop] = 1

    run_chunks(fill, 10, 1)
    assert total.sum() == 10


def test_nested_calls_run_in_their_own_thread():
    inner = []

    def outer(start, stop):
        thread = threading.get_ident()
        run_chunks(lambda a, b: inner.append(threading.get_ident() == thread), 4, 1)

    run_chunks(outer, 6, 1)
    assert inner == [True] * 24


def test_calls_from_many_threads_at_once():
    totals = np.zeros((8, 200))

    def caller(row):
        def add(start, stop):
            totals[row, start:stop] += np.ones(stop - start)

        for _ in range(20):
            run_chunks(add, 200, 7)

    threads = [threading.Thread(target=caller, args=(row,)) for row in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert (totals == 20).all()


def test_blas_has_one_thread_inside_and_its_own_number_after():
    inside = []
    with two_blas_threads():
        before = blas_threads()
        run_chunks(lambda start, stop: inside.append(blas_threads()), 4, 1)
        assert blas_threads() == before
    assert inside == [[1] * len(before)] * 4


def _child(send):
    total = np.zeros(64)

    def fill(start, stop):
        total[start:stop] = 1

    run_chunks(fill, 64, 4)
    send.send(float(total.sum()))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_works_in_a_forked_child():
    run_chunks(lambda start, stop: None, 8, 1)
    context = multiprocessing.get_context("fork")
    receive, send = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(send,))
    process.start()
    assert receive.poll(20)
    assert receive.recv() == 64
    process.join(20)


def test_a_workspace_gives_one_memory_for_each_role():
    (workspace,) = workspaces(1)
    a = workspace.array("a", (4, 5), np.float32)
    assert a.shape == (4, 5)
    assert a.dtype == np.float32
    assert a.ctypes.data % 64 == 0
    assert np.shares_memory(a, workspaces(2)[0].array("a", (3,), np.int8))
    assert not np.shares_memory(a, workspace.array("b", (4, 5), np.float32))
    assert not np.shares_memory(a, workspaces(2)[1].array("a", (4, 5), np.float32))
    assert np.shares_memory(a, scratch("a", (5,), np.float32))
    elsewhere = []
    thread = threading.Thread(target=lambda: elsewhere.extend(workspaces(1)))
    thread.start()
    thread.join()
    assert elsewhere != [workspace]


def test_a_workspace_keeps_its_zeros_for_the_same_key_only():
    workspace = Workspace()
    workspace.array("a", (4,), np.float64).fill(7)
    a = workspace.array("a", (4,), np.float64, "key")
    assert (a == 0).all()
    a[:2] = 5
    np.testing.assert_array_equal(workspace.array("a", (4,), np.float64, "key"), [5, 5, 0, 0])
    assert (workspace.array("a", (2, 2), np.float64, "key") == 0).all()
    workspace.array("a", (4,), np.float64).fill(7)
    assert (workspace.array("a", (4,), np.float64, "key") == 0).all()


def test_a_huge_buffer_is_not_kept():
    workspace = Workspace()
    huge = workspace.array("huge", (40 * 2**20,), np.uint8)
    assert not np.shares_memory(huge, workspace.array("huge", (10,), np.uint8))


def test_number_of_threads_below_one():
    with pytest.raises(ArgumentError, match="expected at least 1 thread, got 0"):
        set_num_threads(0)
