"""Settings for the whole suite: HYPOTHESIS_PROFILE is dev, ci (by default) or thorough."""

import gc
import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

import autograd_cnn as ag
from autograd_cnn.core.registry import FUNCTIONS
from autograd_cnn.testing.tally import PROFILES

# Processes that tests start have it too: it takes Hypothesis 2 s to collect the constants in our sources.
os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(Path(__file__).parents[1] / ".hypothesis"))

# No deadline: the machines that run this are shared, and a slow example is not a wrong one. The seed
# below is set once for a test function, and a tmp_path is made once: all examples of a property share them.
for name, examples in PROFILES.items():
    settings.register_profile(
        name,
        max_examples=examples,
        deadline=None,
        print_blob=True,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.fixture(autouse=True)
def seeded() -> None:
    """The same random numbers at every run of a test, alone or among others."""
    ag.manual_seed(0)


@pytest.fixture
def registry():
    """The registry, put back as it was afterwards."""
    before = dict(FUNCTIONS)
    yield FUNCTIONS
    FUNCTIONS.clear()
    FUNCTIONS.update(before)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, Any, Any]:
    """What is there by now stays: to look at it whenever garbage is collected takes 8 % of the time."""
    gc.disable()
    result = yield
    gc.collect()
    gc.freeze()
    gc.enable()
    return result
