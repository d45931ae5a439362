"""Row 6: what an operation costs besides its arithmetic: 2 000 on 4 elements, forward and backward."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.workload import OURS, Goal, Measure, Prepared, Workload, timed
from benchmarks.workloads.chain import chain, constants

overhead = Workload(
    __name__,
    row=6,
    title="2 000 × and + on 4 elements, forward and backward",
    measures=(Measure("time", "µs an op", Goal(0.6)),),
)
WORKLOADS = [overhead]

PAIRS = 1_000
SCALE = 1e6 / (2 * PAIRS)
REPEATS = 5


@overhead.variant(OURS, module="autograd_cnn")
@overhead.variant("PyTorch", module="torch")
def imperative(framework: Any) -> Prepared:
    x_array, w_array, b_array = constants(PAIRS, np.float32, (4,))
    w, b = framework.tensor(w_array), framework.tensor(b_array)

    def step() -> Any:
        x = framework.tensor(x_array, requires_grad=True)
        chain(x, w, b, PAIRS).sum().backward()
        return x.grad

    return Prepared(timed(step, repeats=REPEATS, scale=SCALE), computed={"gradient": step().numpy()})


@overhead.variant("HIPS autograd", module="autograd")
def hips(autograd: Any) -> Prepared:
    x, w, b = constants(PAIRS, np.float32, (4,))
    gradient = autograd.grad(lambda x: chain(x, w, b, PAIRS).sum())

    def step() -> Any:
        return gradient(x)

    return Prepared(timed(step, repeats=REPEATS, scale=SCALE), computed={"gradient": step()})


@overhead.variant("MyGrad", module="mygrad")
def mygrad(mg: Any) -> Prepared:
    x_array, w_array, b_array = constants(PAIRS, np.float32, (4,))
    w, b = mg.tensor(w_array, constant=True), mg.tensor(b_array, constant=True)

    def step() -> Any:
        x = mg.tensor(x_array)
        chain(x, w, b, PAIRS).sum().backward()
        return x.grad

    return Prepared(timed(step, repeats=REPEATS, scale=SCALE), computed={"gradient": step()})


@overhead.variant("NumPy, forward only", module="numpy", reference=True)
def numpy(np: Any) -> Prepared:
    x, w, b = constants(PAIRS, np.float32, (4,))

    def step() -> Any:
        return chain(x, w, b, PAIRS).sum()

    gradient = chain(x, w, np.zeros_like(b), PAIRS)  # dy/dx = wⁿ: the chain is linear and x is 1
    return Prepared(timed(step, repeats=REPEATS, scale=SCALE), computed={"gradient": gradient})
