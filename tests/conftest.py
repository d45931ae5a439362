"""Settings for the whole suite."""

import pytest
from hypothesis import HealthCheck, settings

import autograd_cnn as ag
from autograd_cnn.core.registry import FUNCTIONS

# No deadline: the machines that run this are shared, and a slow example is not a wrong one. The seed
# below is set once for a test function, as it should be for all examples of a property.
settings.register_profile(
    "default",
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
settings.load_profile("default")


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
