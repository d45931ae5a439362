"""The harness of the benchmarks measures what it says: its own logic, without any engine and any timing."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import autograd_cnn as ag
from benchmarks import picture, report, results, run, setup
from benchmarks.agreement import Digest, DisagreementError, check_agreement, digest
from benchmarks.harness import Outcome, Summary, Worker, WorkerError, collect, pairwise_ratios
from benchmarks.harness import run as run_workload
from benchmarks.workload import OURS, Goal, Measure, Prepared, Range, Workload
from benchmarks.workloads import discover, row_01_lenet, row_06_overhead, row_07_scalars

arrays = hnp.arrays(
    np.float64, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0), elements=st.floats(-1e3, 1e3)
)


def workload_with(goal: Goal | Range | None, peers: dict[str, bool]) -> Workload:
    """A workload with one measure, ours and some peers, which are references or not."""
    workload = Workload(__name__, row=99, title="toy", measures=(Measure("time", "ms", goal),))
    workload.variant(OURS, module="numpy")(lambda _: Prepared(dict))
    for label, reference in peers.items():
        workload.variant(label, module="numpy", reference=reference)(lambda _: Prepared(dict))
    return workload


def result_of(
    goal: Goal | Range | None, times: dict[str, list[float]], references: frozenset[str] = frozenset()
) -> results.Result:
    workload = workload_with(goal, {label: label in references for label in times if label != OURS})
    outcome = Outcome(workload, threads=2, samples={label: {"time": list(t)} for label, t in times.items()})
    (result,) = results.results_of(outcome)
    return result


# Agreement


@given(arrays)
def test_an_array_agrees_with_itself_through_json(array: np.ndarray) -> None:
    there_and_back = Digest.from_json(digest(array).to_json())
    assert digest(array).relative_difference(there_and_back) == 0


@given(st.floats(1e-6, 1e-1), st.integers(0, 1000))
def test_the_digest_estimates_the_relative_distance(size: float, seed: int) -> None:
    random = np.random.default_rng(seed)
    array, change = random.standard_normal((2, 30, 40))
    other = array + size * change
    exact = np.linalg.norm(array - other) / max(np.linalg.norm(array), np.linalg.norm(other))
    assert exact / 5 < digest(array).relative_difference(digest(other)) < exact * 5


def test_other_shapes_and_nan_never_agree() -> None:
    assert digest(np.ones(4)).relative_difference(digest(np.ones((2, 2)))) == np.inf
    bad = digest(np.array([1.0, np.nan]))
    assert bad.relative_difference(bad) == np.inf


def test_a_difference_in_any_engine_is_named() -> None:
    good, bad = {"gradient": digest(np.arange(5.0))}, {"gradient": digest(np.arange(5.0) + 0.01)}
    check_agreement({"A": good, "B": good}, tolerance=1e-6)
    check_agreement({"A": good, "B": bad}, tolerance=0.1)
    with pytest.raises(DisagreementError, match="gradient: A and C differ"):
        check_agreement({"A": good, "B": good, "C": bad}, tolerance=1e-6)
    with pytest.raises(DisagreementError, match="B computed"):
        check_agreement({"A": good, "B": {}}, tolerance=1e-6)


# Rounds and ratios


class Recorder:
    """A sampler that writes its name into a common log and counts its calls."""

    def __init__(self, label: str, log: list[str]) -> None:
        self.label, self.log = label, log

    def measure(self) -> dict[str, float]:
        self.log.append(self.label)
        return {"call": float(self.log.count(self.label))}


def test_engines_take_turns_in_reversing_order_and_the_first_round_is_dropped() -> None:
    log: list[str] = []
    samples = collect({label: Recorder(label, log) for label in "ABC"}, rounds=3, settle=0)
    assert "".join(log) == "ABCCBAABCCBA"
    assert all([sample["call"] for sample in samples[label]] == [2, 3, 4] for label in "ABC")


def test_ratios_are_taken_within_a_round() -> None:
    assert pairwise_ratios([2.0, 30.0, 4.0], [1.0, 10.0, 8.0]) == [2.0, 3.0, 0.5]
    with pytest.raises(ValueError, match="longer"):
        pairwise_ratios([1.0], [1.0, 2.0])


def test_the_median_ratio_is_not_the_ratio_of_the_medians() -> None:
    result = result_of(None, {OURS: [1.0, 2.0, 9.0], "peer": [1.0, 8.0, 3.0]})
    assert result.ratios["peer"] == Summary(median=1.0, minimum=0.25, maximum=3.0, count=3)


# Goals


def test_the_best_peer_counts_and_a_reference_never_does() -> None:
    times = {OURS: [2.0], "slow": [8.0], "fast": [4.0], "bare": [0.1]}
    result = result_of(Goal(0.6), times, references=frozenset({"bare"}))
    assert (result.against, result.met) == ("fast", True)
    assert result_of(Goal(0.6), times).against == "bare"
    assert result_of(Goal(0.3, "slow"), times).against == "slow"


@pytest.mark.parametrize(
    ("goal", "ours", "met"),
    [
        (Goal(0.5), 2.0, True),
        (Goal(0.5), 2.1, False),
        (Goal(0.5, "not there"), 2.0, None),
        (Range(0.9, 1.1), 1.05, True),
        (Range(0.9, 1.1), 0.8, False),
        (Range(0.9, 1.1), 1.2, False),
        (None, 2.0, None),
    ],
)
def test_a_goal_is_met_or_not(goal: Goal | Range | None, ours: float, met: bool | None) -> None:
    assert result_of(goal, {OURS: [ours], "peer": [4.0]}).met is met


def test_without_ours_there_is_nothing_to_judge() -> None:
    result = result_of(Goal(0.5), {"peer": [4.0]})
    assert (result.ratios, result.against, result.met) == ({}, None, None)
    assert "| absent | peer 4.00 | – |" in report.table([result])


# Results and report


def test_results_survive_the_file_and_new_ones_replace_old(tmp_path: Path) -> None:
    path = tmp_path / "results/latest.json"
    assert results.load(path) == []
    old = result_of(Goal(0.5), {OURS: [2.0], "peer": [1.0]})
    new = result_of(Goal(0.5), {OURS: [1.0], "peer": [4.0]})
    results.save(path, [old])
    assert results.load(path) == [old]
    assert results.merge(results.load(path), [new]) == [new]


def test_results_of_another_machine_are_not_mixed_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "latest.json"
    results.save(path, [result_of(None, {OURS: [2.0], "peer": [1.0]})])
    monkeypatch.setattr(results, "machine", lambda: {"processor": "another"})
    assert results.load(path) == []


def test_the_table_replaces_only_what_is_between_the_markers() -> None:
    text = f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n"
    written = report.replace_between_markers(text, "new")
    assert written == text.replace("old", "new")
    assert report.replace_between_markers(written, "new") == written
    with pytest.raises(ValueError, match="results: begin"):
        report.replace_between_markers("no markers", "new")


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.4321, "0.432"), (1.0, "1.00"), (12.34, "12.3"), (640.2, "640"), (1234567.0, "1234567")],
)
def test_numbers_have_three_digits(value: float, text: str) -> None:
    assert report.number(value) == text


def test_the_picture_is_the_same_for_the_same_results(tmp_path: Path) -> None:
    shown = [result_of(Goal(0.5), {OURS: [2.0, 3.0], "PyTorch": [1.0, 4.0], "MyGrad": [9.0, 9.0]})]
    for name in ("one.svg", "two.svg"):
        picture.draw(shown, tmp_path / name)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
    assert b"<svg" in (tmp_path / "one.svg").read_bytes()


# Workloads and the command line


def test_every_workload_has_ours_a_peer_and_a_title_of_its_own() -> None:
    workloads = discover()
    assert len({workload.title for workload in workloads}) == len(workloads)
    for workload in workloads:
        assert workload.subject in workload.variants
        assert workload.peers
        assert workload.measures
        assert workload.row == int(workload.module.rpartition("row_")[2][:2])
    assert {workload.row for workload in workloads if workload.subject == OURS} >= {1, 6, 7, 8, 11}


def test_a_label_is_registered_once() -> None:
    workload = workload_with(None, {"peer": False})
    with pytest.raises(ValueError, match="two variants called 'peer'"):
        workload.variant("peer", module="numpy")


def test_rows_are_selected_with_the_control() -> None:
    assert {workload.row for workload in run.selected(discover(), [6])} == {0, 6}
    with pytest.raises(SystemExit, match="no row"):
        run.selected(discover(), [999])


def test_a_noisy_control_is_said_aloud(capsys: pytest.CaptureFixture[str]) -> None:
    workload = workload_with(None, {"again": False})
    for first, words in ([1.0, 1.1, 0.9, 1.2, 0.85], ""), ([1.0, 3.0, 0.5, 1.0, 1.0], "2 of 5 control"):
        samples = {OURS: {"time": first}, "again": {"time": [1.0] * 5}}
        run.warn_if_noisy(Outcome(workload, threads=2, samples=samples))
        assert words in capsys.readouterr().err if words else not capsys.readouterr().err


def test_ours_computes_what_the_overhead_rows_ask_for() -> None:
    computed = {
        variant.label: {name: digest(array) for name, array in variant.prepare(engine).computed.items()}
        for variant, engine in (
            (row_06_overhead.overhead.variants[OURS], ag),
            (row_06_overhead.overhead.variants["NumPy, forward only"], np),
        )
    }
    check_agreement(computed, row_06_overhead.overhead.tolerance)
    by_x, by_w, by_b = row_07_scalars.scalars.variants[OURS].prepare(ag).computed["gradients"]
    n, w = row_07_scalars.PAIRS, 1 + 1 / row_07_scalars.PAIRS
    assert by_x == pytest.approx(w**n)
    assert by_b == pytest.approx((w**n - 1) / (w - 1))
    # with x = 1 and b = w - 1 the value before the k-th product is 2wᵏ - 1
    assert by_w == pytest.approx(sum((2 * w**k - 1) * w ** (n - 1 - k) for k in range(n)))


def test_ours_trains_the_lenet_row() -> None:
    pytest.importorskip("autograd_cnn.nn")
    computed = row_01_lenet.lenet.variants[OURS].prepare(ag).computed
    losses = computed["losses"]
    assert losses[0] > losses[1] > losses[2]
    assert all(np.abs(computed[name]).max() > 0 for name in row_01_lenet.initial_parameters())


# Processes

TOY = """
from benchmarks.workload import Measure, Prepared, Workload
import numpy as np
import os, sys
toy = Workload(__name__, row=0, title="toy", measures=(Measure("calls", ""), Measure("process", "")),
               subject="good", fresh={fresh})
WORKLOADS = [toy]

@toy.variant("good", module="numpy")
@toy.variant("other", module="numpy.linalg")
def good(engine):
    print("an engine that talks on standard output")
    calls = 0
    def repeat():
        nonlocal calls
        calls += 1
        return {{"calls": calls, "process": os.getpid()}}
    return Prepared(repeat, computed={{"sum": engine.linalg.norm(engine.ones(4)) * engine.ones(3)}})

@toy.variant("missing", module="no_such_engine")
def missing(engine):
    raise AssertionError

@toy.variant("{last}", module="numpy")
def last(engine):
    if "{last}" == "broken":
        raise RuntimeError("the engine is on fire")
    return Prepared(dict, computed={{"sum": np.ones(3)}})
"""

MakeToy = Callable[..., Workload]


@pytest.fixture
def make_toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeToy]:
    """Write a workload file that both this process and the workers can import."""
    root = Path(run.__file__).parent.parent
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{root}")
    monkeypatch.syspath_prepend(tmp_path)

    def make(*, fresh: bool = False, last: str = "broken") -> Workload:
        (tmp_path / "toy_workload.py").write_text(TOY.format(fresh=fresh, last=last))
        toy: Workload = importlib.import_module("toy_workload").toy
        return toy

    yield make
    sys.modules.pop("toy_workload", None)


def without(workload: Workload, label: str) -> Workload:
    del workload.variants[label]
    return workload


def test_a_warm_worker_serves_every_repetition_and_an_absent_engine_is_reported(make_toy: MakeToy) -> None:
    outcome = run_workload(without(make_toy(), "broken"), pairs=2, threads=1)
    assert outcome.absent == {"missing": "no_such_engine is not installed"}
    assert outcome.versions == dict.fromkeys(("good", "other"), np.__version__)
    for label in ("good", "other"):
        assert outcome.samples[label]["calls"] == [2, 3]
        assert len(set(outcome.samples[label]["process"])) == 1


def test_fresh_repetitions_have_a_process_each(make_toy: MakeToy) -> None:
    with Worker(make_toy(fresh=True), "good", threads=1) as worker:
        first, second = worker.measure(), worker.measure()
    assert first["calls"] == second["calls"] == 1
    assert first["process"] != second["process"]


def test_a_worker_that_dies_says_why(make_toy: MakeToy) -> None:
    with pytest.raises(WorkerError, match="the engine is on fire"), Worker(make_toy(), "broken", threads=1):
        pass


def test_engines_that_disagree_are_not_timed(make_toy: MakeToy) -> None:
    with pytest.raises(DisagreementError, match="sum: "):
        run_workload(make_toy(last="wrong"), pairs=2, threads=1)


# Setup


def test_setup_installs_once_and_retries_what_failed(tmp_path: Path) -> None:
    stamp = tmp_path / "installed"
    asked: list[str] = []

    def install(*arguments: str) -> bool:
        asked.extend(arguments)
        return arguments != ("unreachable==1",)

    wanted = {"peer": ["peer==1"], "unreachable": ["unreachable==1"], "tool": ["tool==1"]}
    assert setup.install_missing(wanted, stamp, install) == ["unreachable"]
    assert asked == ["peer==1", "unreachable==1", "tool==1"]
    asked.clear()
    assert setup.install_missing(wanted, stamp, install) == ["unreachable"]
    assert asked == ["unreachable==1"]
