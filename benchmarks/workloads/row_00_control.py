"""Row 0, the control: the same NumPy code in two processes. What its ratio is away from 1 is noise."""

from __future__ import annotations

from typing import Any

from benchmarks.workload import Measure, Prepared, Workload, timed

control = Workload(
    __name__,
    row=0,
    title="control: NumPy against itself",
    measures=(Measure("time", "ms"),),
    threaded=True,
    subject="NumPy",
)
WORKLOADS = [control]


@control.variant("NumPy", module="numpy")
@control.variant("NumPy again", module="numpy")
def product_and_maximum(np: Any) -> Prepared:
    matrix = np.random.default_rng(0).standard_normal((512, 512), dtype=np.float32)

    def step() -> Any:
        return np.maximum(matrix @ matrix, 0)

    return Prepared(timed(step, repeats=20, scale=1e3), computed={"product": step()})
