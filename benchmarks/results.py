"""The results: one line of the table for each measure of each workload, and the file they are kept in."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.harness import Outcome, Summary, pairwise_ratios
from benchmarks.workload import Goal, Measure

__all__ = ["Result", "load", "machine", "merge", "results_of", "save"]


@dataclass(frozen=True)
class Result:
    """What one measure came to: every engine's numbers, and the subject's ratio to each peer.

    `references` are the engines that are shown and do not count. `against` is the peer that the goal is
    about: the best one, unless the goal names another; `limit` what the ratio to it may be. `met` is None
    where there is no goal or nothing to judge it by.
    """

    row: int
    title: str
    measure: str
    unit: str
    threads: int
    subject: str
    engines: dict[str, Summary]
    ratios: dict[str, Summary]
    references: list[str]
    against: str | None
    goal: str | None
    limit: float | None
    met: bool | None
    versions: dict[str, str]
    absent: dict[str, str]
    measured_at: str
    commit: str

    @property
    def key(self) -> tuple[int, str, str, int]:
        """What a newer result must share with this one to replace it."""
        return self.row, self.title, self.measure, self.threads

    @property
    def ratio(self) -> Summary | None:
        """The subject ÷ the peer that counts."""
        return self.ratios[self.against] if self.against else None

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Result:
        summaries = {
            name: {label: Summary(**numbers) for label, numbers in content[name].items()}
            for name in ("engines", "ratios")
        }
        return cls(**content | summaries)


def results_of(outcome: Outcome) -> list[Result]:
    """Return one result for each measure of the outcome's workload."""
    return [_result(outcome, measure) for measure in outcome.workload.measures]


def _result(outcome: Outcome, measure: Measure) -> Result:
    workload = outcome.workload
    samples = {label: by_measure[measure.name] for label, by_measure in outcome.samples.items()}
    ours = samples.get(workload.subject)
    ratios = {
        label: Summary.of(pairwise_ratios(ours, samples[label]))
        for label in workload.peers
        if ours is not None and label in samples
    }
    against = _peer_that_counts(outcome, measure, ratios)
    return Result(
        row=workload.row,
        title=workload.title,
        measure=measure.name,
        unit=measure.unit,
        threads=outcome.threads,
        subject=workload.subject,
        engines={label: Summary.of(numbers) for label, numbers in samples.items()},
        ratios=ratios,
        references=[label for label in ratios if workload.variants[label].reference],
        against=against,
        goal=str(measure.goal) if measure.goal else None,
        limit=measure.goal.limit if isinstance(measure.goal, Goal) else None,
        met=_judge(measure, ours, ratios[against] if against else None),
        versions=outcome.versions,
        absent=outcome.absent,
        measured_at=datetime.now(UTC).isoformat(timespec="seconds"),
        commit=_commit(),
    )


def _peer_that_counts(outcome: Outcome, measure: Measure, ratios: dict[str, Summary]) -> str | None:
    """Return the peer named by the goal, or else the one that makes us look slowest."""
    if isinstance(measure.goal, Goal) and measure.goal.peer:
        return measure.goal.peer if measure.goal.peer in ratios else None
    candidates = [label for label in ratios if not outcome.workload.variants[label].reference]
    return max(candidates, key=lambda label: ratios[label].median, default=None)


def _judge(measure: Measure, ours: Sequence[float] | None, ratio: Summary | None) -> bool | None:
    if measure.goal is None or ours is None:
        return None
    if isinstance(measure.goal, Goal):
        return ratio.median <= measure.goal.limit if ratio else None
    return measure.goal.low <= Summary.of(ours).median <= measure.goal.high


def machine() -> dict[str, Any]:
    """Return what the numbers depend on besides the code."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"


def _commit() -> str:
    """Return git's short name of the commit, with + if the working tree differs from it."""
    command = ["git", "describe", "--always", "--dirty=+", "--exclude=*"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parent)
    return answer.stdout.strip() or "unknown"


def merge(old: Sequence[Result], new: Sequence[Result]) -> list[Result]:
    """Return the results in the order of the table, new ones in the place of old ones."""
    merged = {result.key: result for result in (*old, *new)}
    return sorted(merged.values(), key=lambda result: (result.row, -result.threads))


def load(path: Path) -> list[Result]:
    """Return the results kept at `path` that were measured on a machine like this one."""
    if not path.exists():
        return []
    content = json.loads(path.read_text(encoding="utf-8"))
    return (
        [Result.from_json(result) for result in content["results"]] if content["machine"] == machine() else []
    )


def save(path: Path, results: Sequence[Result]) -> None:
    """Write the results and the machine to `path`."""
    content = {"machine": machine(), "results": [asdict(result) for result in results]}
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
