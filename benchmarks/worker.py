"""The process of one engine: `python -m benchmarks.worker MODULE TITLE LABEL THREADS`.

It speaks JSON lines. First it says that its engine is absent, or that it is ready, with the version and what
it computed; then it answers every line on its standard input with the measures of one repetition. It ends
when its standard input does.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import json
import os
import sys
from typing import TextIO

from benchmarks.agreement import digest
from benchmarks.workload import Variant, Workload

__all__ = ["main", "thread_environment"]


def thread_environment(threads: int) -> dict[str, str]:
    """Return the variables by which each engine and each BLAS learns how many threads it may use."""
    names = (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "NPROC",  # XLA's CPU client sizes its thread pool by it
        "AUTOGRAD_CNN_NUM_THREADS",
    )
    return dict.fromkeys(names, str(threads))


def find(module: str, title: str) -> Workload:
    """Return the workload of that title in the module's `WORKLOADS`."""
    workloads: list[Workload] = importlib.import_module(module).WORKLOADS
    return next(workload for workload in workloads if workload.title == title)


def protocol_stream() -> TextIO:
    """Return the real standard output, and send whatever the engines print to standard error instead."""
    stream = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1, encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return stream


def is_installed(variant: Variant) -> bool:
    return importlib.util.find_spec(variant.module.partition(".")[0]) is not None


def version(variant: Variant) -> str:
    try:
        return importlib.metadata.version(variant.module.partition(".")[0])
    except importlib.metadata.PackageNotFoundError:
        return "not installed, run from its source"


def main(module: str, title: str, label: str, threads: str) -> None:
    """Serve one variant until standard input ends."""
    answers = protocol_stream()
    variant = find(module, title).variants[label]
    if not is_installed(variant):
        print(json.dumps({"absent": f"{variant.module} is not installed"}), file=answers)
        return
    engine = __import__(variant.module)  # as `import a.b` does, it returns a, of which b is now an attribute
    if variant.module == "torch":
        engine.set_num_threads(int(threads))
    prepared = variant.prepare(engine)
    computed = {name: digest(array).to_json() for name, array in prepared.computed.items()}
    print(json.dumps({"version": version(variant), "computed": computed}), file=answers)
    for _ in sys.stdin:
        print(json.dumps(dict(prepared.repeat())), file=answers)


if __name__ == "__main__":
    main(*sys.argv[1:])
