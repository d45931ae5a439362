"""``make mutation``: plant every fault, run the tests, report which were caught."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from mutation import parts
from mutation.outcome import Outcome
from mutation.report import report, unexplained

RESULTS = Path(__file__).with_name("RESULTS.md")


def main() -> int:
    """Run from the command line; the exit code is 1 if a survivor is not explained."""
    parser = argparse.ArgumentParser(prog="make mutation ARGS=…", description=__doc__)
    parser.add_argument("--only", default="", help="ops whose name contains this (default: all)")
    parser.add_argument("--jobs", type=int, default=2, help="processes (default: 2)")
    arguments = parser.parse_args()
    started = time.perf_counter()
    found = sorted(_all_outcomes(arguments.only, arguments.jobs))
    text = report(found, time.perf_counter() - started)
    print(text)
    if not arguments.only:
        RESULTS.write_text(text, encoding="utf-8")
    return 1 if unexplained(found) or not found else 0


def _all_outcomes(only: str, jobs: int) -> Iterator[Outcome]:
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # of the processes that are started: one core each
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as pool:
        names = [name for name in pool.submit(parts.names).result() if only in name]
        for done, found in enumerate(pool.map(parts.outcomes, names), start=1):
            print(f"\r{done}/{len(names)} {found[0].op if found else '':50}", end="", file=sys.stderr)
            yield from found
    print(file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
