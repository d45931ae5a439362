"""The command line: `make bench`, or `python -m benchmarks.run` in an environment that has the peers."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks import harness, picture, report, results
from benchmarks.agreement import DisagreementError
from benchmarks.workload import Workload
from benchmarks.workloads import discover

HERE = Path(__file__).parent
README, LATEST, PICTURE = HERE / "README.md", HERE / "results/latest.json", HERE / "results/latest.svg"
FEWEST_PAIRS = 15


def integers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.run", description="Side by side with the peers.")
    parser.add_argument("--rows", type=integers, help="only these rows, such as 1,6 (default: all)")
    parser.add_argument("--pairs", type=int, default=FEWEST_PAIRS, help="rounds (default: %(default)s)")
    parser.add_argument(
        "--threads",
        type=integers,
        default=[2, 1],
        help="threads of each engine; after the first, only for rows where it matters (default: 2,1)",
    )
    parser.add_argument("--list", action="store_true", help="list the workloads and stop")
    return parser.parse_args(arguments)


def selected(workloads: Sequence[Workload], rows: Sequence[int] | None) -> list[Workload]:
    """Return the workloads of these rows, and the control, without which the others say little."""
    unknown = set(rows or ()) - {workload.row for workload in workloads}
    if unknown:
        known = sorted({workload.row for workload in workloads})
        raise SystemExit(f"--rows: there is no row {sorted(unknown)}; there are {known}")
    return [workload for workload in workloads if rows is None or workload.row in {0, *rows}]


def scattered(ratios: Sequence[float]) -> int:
    """Return how many of the control's ratios, which should be 1, are off by more than a quarter."""
    return sum(not 0.8 <= ratio <= 1.25 for ratio in ratios)


def warn_if_noisy(control: harness.Outcome) -> None:
    """Say so if the machine is too busy with something else for the figures to mean much."""
    first, second = (samples["time"] for samples in control.samples.values())
    bad = scattered(harness.pairwise_ratios(first, second))
    if bad > len(first) / 5:
        print(f"NOISE: {bad} of {len(first)} control ratios are off by more than a quarter", file=sys.stderr)


def write(new: Sequence[results.Result]) -> None:
    """Put the new results among the former ones: the file, the table and the picture."""
    merged = results.merge(results.load(LATEST), new)
    results.save(LATEST, merged)
    picture.draw(merged, PICTURE)
    machine = results.machine()
    measured_on = (
        f"{machine['processor']}, {machine['cores']} cores, {machine['system']}, Python {machine['python']}"
    )
    versions = {label: version for result in merged for label, version in result.versions.items()}
    peers = ", ".join(f"{label} {version}" for label, version in versions.items())
    content = f"{report.table(merged)}\n\nMeasured on {measured_on}, with {peers}."
    README.write_text(report.replace_between_markers(README.read_text("utf-8"), content), "utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print, write; return 1 if engines disagreed or one died."""
    options = parse(arguments)
    workloads = selected(discover(), options.rows)
    if options.list:
        print("\n".join(f"{workload.row:>3}  {workload.title}" for workload in workloads))
        return 0
    measured: list[results.Result] = []
    failures = 0
    for place, threads in enumerate(options.threads):
        for workload in workloads:
            if place > 0 and not workload.threaded:
                continue
            print(f"row {workload.row}: {workload.title}, {threads} threads …", file=sys.stderr, flush=True)
            try:
                outcome = harness.run(workload, pairs=options.pairs, threads=threads)
            except (DisagreementError, harness.WorkerError) as error:
                failures += 1
                print(f"FAILED: {error}", file=sys.stderr)
                continue
            if workload.row == 0:
                warn_if_noisy(outcome)
            for label, reason in outcome.absent.items():
                print(f"absent: {label} ({reason})", file=sys.stderr)
            measured += results.results_of(outcome)
    print(report.table(results.merge([], measured)))
    if options.pairs < FEWEST_PAIRS:
        print(f"fewer than {FEWEST_PAIRS} pairs: nothing was written", file=sys.stderr)
    else:
        write(measured)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
