"""The notebooks run from a clean kernel, without an error or a warning, and hold no old outputs.

``python tests/test_notebooks.py`` executes them and rewrites the outputs of those that are committed with
them.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import nbformat
import pytest

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
WITH_OUTPUTS = {"01_backpropagation.ipynb"}  # small, and the same on every machine
TIMEOUT = 120  # seconds for a cell
