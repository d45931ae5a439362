"""The package of data as a whole: light to import, its names public."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys

import pytest

import autograd_cnn.data

MODULES = [
    "autograd_cnn.data",
    *(f"autograd_cnn.data.{module.name}" for module in pkgutil.iter_modules(autograd_cnn.data.__path__)),
]


def test_import_loads_neither_pillow_nor_scipy() -> None:
    script = "import sys, autograd_cnn.data; print(sorted({'PIL', 'scipy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", MODULES)
def test_public_names(name: str) -> None:
    module = importlib.import_module(name)
    assert all(hasattr(module, public) for public in module.__all__)
