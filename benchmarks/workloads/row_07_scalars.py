"""Row 7: the chain of row 6 on scalars, where micrograd, which has only Python floats, is the one to beat.

micrograd differentiates with respect to everything, so here all engines do, and in double precision.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from benchmarks.workload import OURS, Goal, Measure, Prepared, Workload, timed
from benchmarks.workloads.chain import chain, constants

scalars = Workload(
    __name__,
    row=7,
    title="2 000 × and + on scalars, forward and backward",
    measures=(Measure("time", "µs an op", Goal(1.0)),),
    tolerance=1e-12,
)
WORKLOADS = [scalars]

PAIRS = 1_000
SCALE = 1e6 / (2 * PAIRS)
REPEATS = 5


@scalars.variant(OURS, module="autograd_cnn")
@scalars.variant("PyTorch", module="torch")
def imperative(framework: Any) -> Prepared:
    arrays = constants(PAIRS, np.float64)

    def step() -> Any:
        x, w, b = (framework.tensor(array, requires_grad=True) for array in arrays)
        chain(x, w, b, PAIRS).backward()
        return x, w, b

    gradients = np.array([tensor.grad.item() for tensor in step()])
    return Prepared(timed(step, repeats=REPEATS, scale=SCALE), computed={"gradients": gradients})


@scalars.variant("micrograd", module="micrograd.engine")
def micrograd(micrograd: Any) -> Prepared:
    sys.setrecursionlimit(10 * PAIRS)  # it sorts its graph recursively
    numbers = [float(array) for array in constants(PAIRS, np.float64)]

    def step() -> Any:
        x, w, b = (micrograd.engine.Value(number) for number in numbers)
        chain(x, w, b, PAIRS).backward()
        return x, w, b

    gradients = np.array([value.grad for value in step()])
    return Prepared(timed(step, repeats=REPEATS, scale=SCALE), computed={"gradients": gradients})
