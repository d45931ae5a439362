"""Row 11: how long `import autograd_cnn` takes: a whole process of `python -c "import …"`.

The first round, which the harness throws away, writes the .pyc files.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import Any

from benchmarks.workload import OURS, Goal, Measure, Prepare, Prepared, Workload

importing = Workload(
    __name__,
    row=11,
    title="import in a new process, interpreter included",
    measures=(Measure("time", "s", Goal(1.5, "NumPy")),),
)
WORKLOADS = [importing]

MODULES = {
    OURS: "autograd_cnn",
    "NumPy": "numpy",
    "HIPS autograd": "autograd",
    "JAX": "jax",
    "PyTorch": "torch",
}


def import_of(module: str) -> Prepare:
    def prepare(_: Any) -> Prepared:
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}

        def repeat() -> dict[str, float]:
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", f"import {module}"], check=True, env=environment)
            return {"time": time.perf_counter() - start}

        return Prepared(repeat)

    return prepare


for label, module in MODULES.items():
    importing.variant(label, module=module)(import_of(module))
