"""docs/coming_from.md: every line of ours runs, and what it says about values is so."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

PAGE = Path(__file__).parent.parent / "docs" / "coming_from.md"
TEXT = PAGE.read_text(encoding="utf-8")
SETUP = "\n".join(re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL))


def cells() -> dict[str, list[str]]:
    """Our pieces of code in the right column of the table, by section."""
    sections = re.split(r"^## From ", TEXT, flags=re.MULTILINE)[1:]
    return {
        section.split("\n", 1)[0]: [
            code
            for row in re.findall(r"^\| `.*$", section, re.MULTILINE)
            for code in re.findall(r"`([^`]+)`", row.split(" | ")[1])
        ]
        for section in sections
    }


def namespace() -> dict[str, Any]:
    """What the page assumes, and SciPy, which it names."""
    names: dict[str, Any] = {}
    exec(compile("import scipy.special\n" + SETUP, PAGE.name, "exec"), names)
    return names


@pytest.mark.parametrize("peer", ["HIPS autograd", "MyGrad", "PyTorch", "JAX"])
def test_our_lines_run(peer: str) -> None:
    lines = cells()[peer]
    assert len(lines) >= 9
    names = namespace()
    for line in lines:
        # An import of ours as np is for code that does not go through NumPy; here np stays NumPy.
        exec(compile(line, PAGE.name, "exec"), names if not line.startswith("import") else {})


def test_there_is_a_section_for_each_peer() -> None:
    assert list(cells()) == ["HIPS autograd", "MyGrad", "PyTorch", "JAX"]


def test_lines_that_should_agree_agree() -> None:
    names = namespace()
    for peer, line, expected in [
        ("HIPS autograd", "ag.grad(f)(x)", "np.cos(x) * x + np.sin(x)"),
        ("HIPS autograd", "ag.hvp(f, x, v)", "(2 * np.cos(x) - np.sin(x) * x) * v"),
        ("JAX", "ag.hessian(f)(x)", "np.diag(2 * np.cos(x) - np.sin(x) * x)"),
        ("JAX", "ag.jacobian(np.sin)(x)", "np.diag(np.cos(x))"),
        ("JAX", "ag.jvp(f, (x,), (v,))", "(f(x), (np.cos(x) * x + np.sin(x)) @ v)"),
        ("PyTorch", "ag.vmap(ag.grad(f))(np.stack([x, v]))", "np.stack([ag.grad(f)(x), ag.grad(f)(v)])"),
    ]:
        assert line in cells()[peer]
        np.testing.assert_allclose(eval(line, names), eval(expected, names), rtol=1e-12)


def test_what_the_page_says_differs() -> None:
    names = namespace()
    statements = """
y = ag.zeros(3); y[0] = x[0]
w = ag.tensor([1.0, 2.0], requires_grad=True)
w.data[0] = 5.0
assert w.tolist() == [1.0, 2.0]
assert w.at[0].add(1.0).tolist() == [2.0, 2.0]
assert ag.tensor([1.0]).dtype == np.float64 and nn.Linear(1, 1).weight.dtype == np.float32
assert type(ag.grad(np.sin)(0.0)) is float and type(ag.grad(f)(x)) is np.ndarray
"""
    for statement in statements.strip().splitlines():
        exec(compile(statement, PAGE.name, "exec"), names)
