"""Row 8: does a node of a very deep graph cost more than a node of a shallow one? In time, and in memory.

A chain of 1 000 000 operations against chains of 1 000, of which many are run to have something to measure.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from benchmarks.workload import OURS, Goal, Measure, Prepared, Range, Workload
from benchmarks.workloads.chain import chain, constants

deep_time = Workload(
    __name__,
    row=8,
    title="a chain of 1 000 000 ops, forward and backward: time",
    measures=(
        Measure("a node, against 1 000 ops", "×", Goal(1.0)),
        Measure("a node", "µs"),
    ),
    tolerance=1e-3,  # half a million float32 roundings
)
deep_memory = Workload(
    __name__,
    row=8,
    title="a chain of 1 000 000 ops, forward: resident memory",
    measures=(
        Measure("a node, against 1 000 ops", "×", Range(0.9, 1.1)),
        Measure("a node", "bytes"),
    ),
    fresh=True,
)
WORKLOADS = [deep_time, deep_memory]

LONG, SHORT = 1_000_000, 1_000
SHORT_CHAINS = 100


def leaves(framework: Any, length: int) -> tuple[Any, Any, Any]:
    """Return x, which requires its gradient, and the constants w and b."""
    x, w, b = constants(length // 2, np.float32, (4,))
    return framework.tensor(x, requires_grad=True), framework.tensor(w), framework.tensor(b)


@deep_time.variant(OURS, module="autograd_cnn")
@deep_time.variant("PyTorch", module="torch")
def time_a_node(framework: Any) -> Prepared:
    def gradient(length: int) -> Any:
        x, w, b = leaves(framework, length)
        chain(x, w, b, length // 2).sum().backward()
        return x.grad

    def seconds_a_node(length: int, chains: int) -> float:
        start = time.perf_counter()
        for _ in range(chains):
            gradient(length)
        return (time.perf_counter() - start) / (length * chains)

    def repeat() -> dict[str, float]:
        shallow = seconds_a_node(SHORT, SHORT_CHAINS)
        deep = seconds_a_node(LONG, 1)
        return {"a node, against 1 000 ops": deep / shallow, "a node": deep * 1e6}

    return Prepared(repeat, computed={"gradient": gradient(LONG).numpy()})


@deep_memory.variant(OURS, module="autograd_cnn")
@deep_memory.variant("PyTorch", module="torch")
def bytes_a_node(framework: Any) -> Prepared:
    import psutil  # type: ignore[import-untyped]

    process = psutil.Process()
    alive: list[Any] = []

    def bytes_of(length: int, chains: int) -> float:
        before = process.memory_info().rss
        alive.extend(chain(*leaves(framework, length), length // 2) for _ in range(chains))
        return float(process.memory_info().rss - before) / (length * chains)

    def repeat() -> dict[str, float]:
        bytes_of(SHORT, 1)  # what the first use of an engine allocates belongs to no node
        shallow = bytes_of(SHORT, SHORT_CHAINS)
        deep = bytes_of(LONG, 1)
        return {"a node, against 1 000 ops": deep / shallow, "a node": deep}

    return Prepared(repeat)
