"""How many threads NumPy's BLAS has."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from threadpoolctl import threadpool_info, threadpool_limits


def blas_threads() -> list[int]:
    """Of the BLAS that NumPy multiplies with; SciPy may bring its own, later."""
    libraries = [library for library in threadpool_info() if library["user_api"] == "blas"]
    numpys = [library for library in libraries if "scipy" not in Path(library["filepath"]).parent.name]
    return [library["num_threads"] for library in numpys or libraries]


@contextmanager
def two_blas_threads() -> Iterator[None]:
    """Whatever it has outside: `make test` gives it one, as there are as many workers as cores."""
    with threadpool_limits(2, user_api="blas"):
        assert set(blas_threads()) == {2}
        yield
