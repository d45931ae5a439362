"""One file a row. Every file lists its workloads in `WORKLOADS`; nothing else has to be edited."""

from __future__ import annotations

import importlib
import pkgutil

from benchmarks.workload import Workload

__all__ = ["discover"]


def discover() -> list[Workload]:
    """Return the workloads of every `row_*.py`, in the order of the rows."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__) if module.name.startswith("row_"))
    return [
        workload for name in names for workload in importlib.import_module(f"{__name__}.{name}").WORKLOADS
    ]
