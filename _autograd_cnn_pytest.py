"""The pytest plugin of autograd_cnn: options for gradient tests, and a summary of what they checked.

It stands beside the package, and imports neither it nor NumPy: a suite without gradient tests pays for three
options and a look at an attribute of each test.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

PROPERTY = "autograd_cnn"  # of a report, which xdist brings home


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--grad-order``, ``--grad-examples`` and ``--grad-profile``."""
    group = parser.getgroup("autograd_cnn", "gradient tests (autograd_cnn)")
    group.addoption("--grad-order", type=int, metavar="N", help="Check derivatives to this order.")
    group.addoption("--grad-examples", type=int, metavar="N", help="Try each gradient test on N examples.")
    group.addoption(
        "--grad-profile",
        choices=["dev", "ci", "thorough"],
        help="How many examples: 20, 100 or 5000; --grad-examples goes before.",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Refuse numbers that make no sense, before anything runs."""
    for name in ("order", "examples"):
        number = config.getoption(f"grad_{name}")
        if number is not None and number < 1:
            raise pytest.UsageError(f"--grad-{name}: expected 1 or more, got {number}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Tell a gradient test what is wanted, and note what it did."""
    if not getattr(getattr(item, "obj", None), "gradient_test", False):
        return (yield)
    from autograd_cnn.testing.tally import PROFILES, Tally, tally

    profile = item.config.getoption("grad_profile")
    examples = item.config.getoption("grad_examples") or PROFILES.get(profile)
    run = Tally(item.config.getoption("grad_order"), examples)
    token = tally.set(run)
    try:
        return (yield)
    finally:
        tally.reset(token)
        item.user_properties.append((PROPERTY, [run.checked, run.kinks, run.highest]))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """List the gradient tests: how many examples each was checked on, and to which order."""
    rows = [
        (report.nodeid, report.outcome, value)
        for reports in terminalreporter.stats.values()
        for report in reports
        for name, value in getattr(report, "user_properties", ())
        if name == PROPERTY and report.when == "call"
    ]
    if not rows:
        return
    terminalreporter.section("gradients checked")
    for nodeid, outcome, (checked, kinks, order) in sorted(rows):
        passed_over = f", {kinks} at kinks passed over" if kinks else ""
        verdict = "" if outcome == "passed" else f"  {outcome.upper()}"
        terminalreporter.line(f"{nodeid}: {checked} examples, order {order}{passed_over}{verdict}")
    total = sum(checked for _, _, (checked, _, _) in rows)
    terminalreporter.line(f"{len(rows)} functions, {total} examples")
