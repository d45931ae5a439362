"""Runs the engines of one workload side by side, and turns what they measured into ratios.

Every engine lives in its own process and waits while another one works. A round asks each engine for one
repetition; the order is reversed every other round (A B, B A, A B, …), so that a machine that slows down
slows all of them. A ratio is taken within a round, never between two runs.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import IO, Any, Protocol

from benchmarks.agreement import Digest, check_agreement
from benchmarks.worker import thread_environment
from benchmarks.workload import Workload

__all__ = ["Outcome", "Summary", "Worker", "WorkerError", "collect", "pairwise_ratios", "run"]

SETTLE_SECONDS = 0.1
"""Idle BLAS and OpenMP threads spin before they sleep. With 0.02 s the control's second process took 2 to 3
times as long as its first, with 0.1 s and with 0.3 s as long as its first (two cores, OpenBLAS)."""

Sample = Mapping[str, float]


class WorkerError(Exception):
    """A worker died; the message ends with what it wrote to standard error."""


class Sampler(Protocol):
    """Whatever can be asked for one repetition."""

    def measure(self) -> Sample: ...


class Worker:
    """One engine's process, started on entering the context and ended on leaving it.

    If the workload asks for fresh processes, each measurement has its own.
    """

    def __init__(self, workload: Workload, label: str, threads: int) -> None:
        self.workload = workload
        self.label = label
        self.threads = threads
        self.absent: str | None = None
        self.version = ""
        self.computed: dict[str, Digest] = {}
        self._process: subprocess.Popen[str] | None = None
        self._errors: IO[str] | None = None

    def __enter__(self) -> Worker:
        self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def measure(self) -> dict[str, float]:
        """Run one repetition and return its measures."""
        if self._process is None:
            self._start()
        values: dict[str, float] = self._ask("measure\n")
        if self.workload.fresh:
            self._stop()
        return values

    def _start(self) -> None:
        self._errors = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115 (it lives as long as the process)
        arguments = [self.workload.module, self.workload.title, self.label, str(self.threads)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            encoding="utf-8",
            env=os.environ | thread_environment(self.threads),
        )
        greeting = self._ask("")
        self.absent = greeting.get("absent")
        self.version = greeting.get("version", "")
        self.computed = {
            name: Digest.from_json(content) for name, content in greeting.get("computed", {}).items()
        }

    def _stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None
        if self._errors is not None:
            self._errors.close()
            self._errors = None

    def _ask(self, line: str) -> dict[str, Any]:
        """Send a line (or none) and return the answer."""
        if self._process is None or self._process.stdin is None or self._process.stdout is None:
            raise WorkerError(f"{self.label} was asked outside its context")
        try:
            self._process.stdin.write(line)
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            last_words = self._last_words()
            self._stop()
            raise WorkerError(f"{self.workload.title}: {self.label} died\n{last_words}")
        content: dict[str, Any] = json.loads(answer)
        return content

    def _last_words(self) -> str:
        if self._process is None or self._errors is None:
            return ""
        self._process.wait()
        self._errors.seek(0)
        return self._errors.read()[-4000:]


@dataclass(frozen=True)
class Summary:
    """Median, minimum and maximum of some numbers."""

    median: float
    minimum: float
    maximum: float
    count: int

    @classmethod
    def of(cls, numbers: Sequence[float]) -> Summary:
        return cls(statistics.median(numbers), min(numbers), max(numbers), len(numbers))


@dataclass
class Outcome:
    """What came of one workload: every sample of every engine, by label and measure."""

    workload: Workload
    threads: int
    versions: dict[str, str] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)
    samples: dict[str, dict[str, list[float]]] = field(default_factory=dict)


def collect(
    engines: Mapping[str, Sampler], rounds: int, settle: float = SETTLE_SECONDS
) -> dict[str, list[Sample]]:
    """Ask each engine for one repetition a round, in an order that reverses every round.

    A first round is thrown away: it warms up what preparation has not.
    """
    samples: dict[str, list[Sample]] = {label: [] for label in engines}
    order = list(engines)
    for number in range(rounds + 1):
        for label in order:
            time.sleep(settle)
            sample = engines[label].measure()
            if number > 0:
                samples[label].append(sample)
        order.reverse()
    return samples


def pairwise_ratios(subject: Sequence[float], peer: Sequence[float]) -> list[float]:
    """Divide the subject's number by the peer's, round by round."""
    return [ours / theirs for ours, theirs in zip(subject, peer, strict=True)]


def run(workload: Workload, *, pairs: int, threads: int) -> Outcome:
    """Run a workload in every engine that is installed.

    Raises DisagreementError if they did not compute the same numbers, WorkerError if one died.
    """
    outcome = Outcome(workload, threads)
    with ExitStack() as stack:
        engines: dict[str, Worker] = {}
        for label in workload.variants:
            worker = stack.enter_context(Worker(workload, label, threads))
            if worker.absent is not None:
                outcome.absent[label] = worker.absent
            else:
                engines[label] = worker
                outcome.versions[label] = worker.version
        check_agreement({label: worker.computed for label, worker in engines.items()}, workload.tolerance)
        for label, samples in collect(engines, pairs).items():
            outcome.samples[label] = {
                measure.name: [sample[measure.name] for sample in samples] for measure in workload.measures
            }
    return outcome
