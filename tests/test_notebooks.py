"""The notebooks run from a clean kernel without an error or a warning, and hold no old outputs.

``python tests/test_notebooks.py`` executes them and rewrites the files: with their outputs, where these
are small and the same on every machine, and without any elsewhere.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

import autograd_cnn

PACKAGE = str(Path(autograd_cnn.__file__).resolve().parents[1])
FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(path.name for path in FOLDER.glob("*.ipynb"))
WITH_OUTPUTS = {"01_backpropagation.ipynb"}
CELL_TIMEOUT = 240  # seconds; the slowest cell takes about 5 on an idle machine
LARGEST = 500_000  # bytes


def execute(path: Path) -> Any:
    """Run a notebook in a fresh kernel of this very interpreter; return it with its outputs."""
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        kernel = Path(folder) / "kernels" / "python3"
        kernel.mkdir(parents=True)
        arguments = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        description = {
            "argv": arguments,
            "display_name": "Python 3",
            "language": "python",
            # The package under test, from wherever this interpreter has it.
            "env": {"PYTHONPATH": os.pathsep.join(filter(None, [PACKAGE, os.environ.get("PYTHONPATH")]))},
        }
        (kernel / "kernel.json").write_text(json.dumps(description))
        manager = AsyncKernelManager(
            kernel_name="python3",
            kernel_spec_manager=KernelSpecManager(kernel_dirs=[str(kernel.parent)]),
            # Files in our own folder: parallel tests cannot take each other's ports.
            transport="tcp" if sys.platform == "win32" else "ipc",
            connection_file=str(Path(folder) / "connection.json"),
        )
        where = {"metadata": {"path": folder}}
        client = NotebookClient(
            notebook,
            km=manager,
            timeout=CELL_TIMEOUT,
            resources=where,
            coalesce_streams=True,  # the kernel sends what is printed in one piece or in several
        )
        client.execute(cleanup_kc=True)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)  # when each cell ran
    notebook.metadata.pop("widgets", None)
    notebook.metadata.language_info = {"name": "python"}
    return notebook


def outputs(notebook: Any) -> list[tuple[str, Any]]:
    return [(cell.id, output) for cell in notebook.cells for output in cell.get("outputs", ())]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_runs_without_warnings_and_its_outputs_are_fresh(name: str) -> None:
    committed = nbformat.read(FOLDER / name, as_version=4)
    executed = execute(FOLDER / name)
    warned = [(cell, output.text) for cell, output in outputs(executed) if output.get("name") == "stderr"]
    assert warned == []
    if name in WITH_OUTPUTS:
        assert outputs(committed) == outputs(executed), "run python tests/test_notebooks.py"


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_committed_notebook_is_clean(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    assert len(text) < LARGEST
    assert "/home/" not in text
    assert sys.prefix not in text
    if name in WITH_OUTPUTS:
        counts = [cell.execution_count for cell in notebook.cells if cell.cell_type == "code"]
        assert counts == list(range(1, len(counts) + 1))
    else:
        assert outputs(notebook) == []
    cells = [cell for cell in notebook.cells if cell.cell_type == "markdown"]
    assert len(cells) >= 0.5 * len(notebook.cells), "a notebook is to be read: explain what the code does"


def test_there_are_notebooks() -> None:
    assert set(NOTEBOOKS) >= WITH_OUTPUTS


def rewrite() -> None:
    for name in NOTEBOOKS:
        notebook = execute(FOLDER / name)
        if name not in WITH_OUTPUTS:
            for cell in notebook.cells:
                if cell.cell_type == "code":
                    cell.outputs, cell.execution_count = [], None
        nbformat.write(notebook, FOLDER / name)


if __name__ == "__main__":
    rewrite()
