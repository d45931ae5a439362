"""The house: which part may import which, what an import loads, what is public, and the generated stubs."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import autograd_cnn
from autograd_cnn.core.stubs import stubs

PACKAGE = Path(autograd_cnn.__file__).parent

# What each part may import, besides itself. Read top down: nothing points back.
MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "kernels": {"errors"},
    "core": {"errors"},
    "ops": {"errors", "core", "kernels"},
    "transforms": {"errors", "core", "ops"},
    "surface": {"errors", "core", "ops", "nn", "optim"},
    "testing": {"errors", "core", "ops", "kernels", "transforms", "nn"},
    "nn": {"errors", "core", "ops", "kernels", "transforms"},
    "optim": {"errors", "core", "ops", "kernels", "nn"},
    "data": {"errors", "core"},
    "viz": {"errors", "core", "ops", "nn"},
    "training": {"errors", "core", "ops", "kernels", "nn", "optim", "data", "viz"},
    "cli": {
        "errors",
        "core",
        "ops",
        "kernels",
        "nn",
        "optim",
        "data",
        "viz",
        "training",
        "testing",
        "surface",
    },
}


def part_of(path: Path) -> str:
    relative = path.relative_to(PACKAGE)
    return relative.parts[0] if len(relative.parts) > 1 else relative.stem


def imported_parts(path: Path) -> set[str]:
    """The parts that a module imports, anywhere in it: also inside functions and for type checkers."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide where they point"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        found.update(name.split(".")[1] for name in names if name.startswith("autograd_cnn."))
    return found


MODULES = sorted(PACKAGE.rglob("*.py"))
INNER = [m for m in MODULES if m.parent != PACKAGE or m.stem == "errors"]


def test_imports_point_one_way() -> None:
    assert {*map(part_of, INNER)} == {*MAY_IMPORT}, "a part is new, or gone: say above what it may import"
    against = {
        str(path.relative_to(PACKAGE)): imported_parts(path) - MAY_IMPORT[part] - {part, "__version__"}
        for path, part in ((path, part_of(path)) for path in INNER)
    }
    assert {name: parts for name, parts in against.items() if parts} == {}


def test_the_direction_is_one() -> None:
    """The table itself has no cycle."""
    order: list[str] = []
    while len(order) < len(MAY_IMPORT):
        ready = [part for part, uses in MAY_IMPORT.items() if part not in order and uses <= set(order)]
        assert ready, f"a cycle among {set(MAY_IMPORT) - set(order)}"
        order += ready


def test_an_import_against_the_direction_is_noticed(tmp_path: Path) -> None:
    module = tmp_path / "bad.py"
    module.write_text("def f():\n    from autograd_cnn.nn import Module\n")
    assert imported_parts(module) - MAY_IMPORT["core"] == {"nn"}


def test_every_module_is_of_a_readable_size() -> None:
    lengths = {
        str(module.relative_to(PACKAGE)): len(module.read_text(encoding="utf-8").splitlines())
        for module in MODULES
        if module != PACKAGE / "__init__.py"  # the public names, one a line
    }
    assert {name: length for name, length in lengths.items() if length > 420} == {}


def loaded_by(statement: str) -> set[str]:
    code = f"{statement}; import sys; print(*sys.modules)"
    return set(
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.split()
    )


def test_the_package_loads_numpy_and_nothing_heavier() -> None:
    loaded = loaded_by("import autograd_cnn")
    heavy = {"scipy", "matplotlib", "rich", "typer", "PIL", "safetensors", "threadpoolctl", "hypothesis"}
    assert loaded & heavy == set()
    ours = {name.split(".")[1] for name in loaded if name.startswith("autograd_cnn.")}
    assert ours == {"core", "ops", "kernels", "transforms", "errors"}


def test_subpackages_load_when_first_used() -> None:
    for name in autograd_cnn.SUBPACKAGES:
        assert getattr(autograd_cnn, name).__name__ == f"autograd_cnn.{name}"
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        autograd_cnn.nonsense  # noqa: B018


def test_public_names() -> None:
    assert len(set(autograd_cnn.__all__)) == len(autograd_cnn.__all__)
    for name in autograd_cnn.__all__:
        assert hasattr(autograd_cnn, name)


@pytest.mark.parametrize("path", list(stubs()), ids=lambda path: path.name)
def test_stubs_are_those_of_the_registry(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == stubs()[path], "the registry changed: run `make stubs`"
