"""The code of the README and of docs/ runs as it stands; the README's picture is what it draws."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = sorted((ROOT / "docs").glob("*.md"))


def blocks_of(page: Path) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


BLOCKS = blocks_of(ROOT / "README.md")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """All blocks, one after the other, in one namespace: what they print, and where they wrote."""
    folder = tmp_path_factory.mktemp("readme")
    printed: list[str] = []
    namespace = {"print": lambda *values: printed.append(" ".join(map(str, values)))}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for block in BLOCKS:
            exec(compile(block, "README.md", "exec"), namespace)
    return "\n".join(printed), folder


def test_it_prints_what_it_says(run: tuple[str, Path]) -> None:
    gradient, third, loss = run[0].splitlines()
    assert gradient.startswith("tensor([ 2.47308")
    assert third == "-1.0"
    assert float(loss) < 0.6


def test_the_picture_is_the_one_it_draws(run: tuple[str, Path]) -> None:
    committed = ROOT / "notebooks" / "pictures" / "tape.svg"
    assert (run[1] / "tape.svg").read_text(encoding="utf-8") == committed.read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_run_and_give_what_they_say(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, registry: object
) -> None:
    """Block after block, in one namespace; what is written as a session also gives the answers shown."""
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {}
    for number, block in enumerate(blocks_of(page), start=1):
        name = f"{page.name}, block {number}"
        if ">>> " in block:
            session = doctest.DocTestParser().get_doctest(block, namespace, name, str(page), 0)
            assert doctest.DocTestRunner().run(session, clear_globs=False).failed == 0
            namespace = session.globs
        else:
            exec(compile(block, name, "exec"), namespace)


def test_every_link_leads_somewhere() -> None:
    texts = ["README.md", "CONTRIBUTING.md", "benchmarks/README.md"]
    for page in (*texts, *(f"docs/{page.name}" for page in PAGES)):
        text = (ROOT / page).read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#]+)\)", text):
            if not target.startswith("http"):
                assert ((ROOT / page).parent / target).exists(), f"{page}: {target}"
