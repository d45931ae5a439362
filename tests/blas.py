"""How many threads NumPy's BLAS has."""

from pathlib import Path

from threadpoolctl import threadpool_info


def blas_threads() -> list[int]:
    """Of the BLAS that NumPy multiplies with; SciPy may bring its own, later."""
    libraries = [library for library in threadpool_info() if library["user_api"] == "blas"]
    numpys = [library for library in libraries if "scipy" not in Path(library["filepath"]).parent.name]
    return [library["num_threads"] for library in numpys or libraries]
