"""Settings for the whole suite."""

from hypothesis import settings

# No deadline: the machines that run this are shared, and a slow example is not a wrong one.
settings.register_profile("default", deadline=None, print_blob=True)
settings.load_profile("default")
