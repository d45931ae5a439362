"""Settings for the whole suite: HYPOTHESIS_PROFILE is dev, ci (by default) or thorough."""

import inspect
import os

import pytest
from hypothesis import HealthCheck, settings
from op_samples import Sample

import autograd_cnn as ag
from autograd_cnn.core.registry import FUNCTIONS
from autograd_cnn.errors import KinkError
from autograd_cnn.testing.tally import PROFILES

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
def pytest_pyfunc_call(pyfuncitem):
    """With REGISTRY_SEEDS=50, a test of a sample of an op runs on fifty draws of its numbers.

    A draw at a kink, such as a bound of clip, is passed over; if every second draw is at one, that is wrong.
    """
    result = yield
    sample = pyfuncitem.funcargs.get("sample")
    if isinstance(sample, Sample):
        arguments = {name: pyfuncitem.funcargs[name] for name in inspect.signature(pyfuncitem.obj).parameters}
        kinks, seeds = 0, int(os.environ.get("REGISTRY_SEEDS", "1"))
        for seed in range(1, seeds):
            try:
                pyfuncitem.obj(**{**arguments, "sample": sample._replace(seed=seed)})
            except KinkError:
                kinks += 1
                if 2 * kinks > seeds:
                    raise
            except BaseException as error:
                error.add_note(f"with seed={seed} of the sample")
                raise
    return result
