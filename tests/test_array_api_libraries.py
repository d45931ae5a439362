"""Libraries written to the array API standard compute on tensors, and gradients flow through them."""

from __future__ import annotations

import doctest
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import array_api_compat
import einops.array_api
import numpy as np
import pytest
import scipy

import autograd_cnn as ag

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "array_api.md").read_text(encoding="utf-8")


def python(*arguments: str, array_api: bool) -> str:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    environment.pop("SCIPY_ARRAY_API", None)
    if array_api:
        environment["SCIPY_ARRAY_API"] = "1"
    done = subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def outcomes(*arguments: str, array_api: bool) -> dict[str, str]:
    found: dict[str, str] = json.loads(
        python(str(Path(__file__).with_name("array_api_routes.py")), *arguments, array_api=array_api)
    )
    return found


def names_below(heading: str) -> set[str]:
    """The names of functions in a section of the page, up to the next heading."""
    section = re.split(r"^#+ ", PAGE.partition(heading)[2], maxsplit=1, flags=re.MULTILINE)[0]
    text = re.sub(r"```.*?```", "", section, flags=re.DOTALL)
    names = set(re.findall(r"`((?:[a-z_]+\.)+\w+)`", text))
    return {name for name in names if not name.startswith(("ag.", "sklearn."))}


# --- array-api-compat ---------------------------------------------------------------------------------


def test_array_api_compat_finds_the_namespace() -> None:
    x = ag.tensor([1.0, 2.0])
    assert array_api_compat.array_namespace(x, ag.ones(3), 1.0) is ag
    assert array_api_compat.is_array_api_obj(x)
    assert array_api_compat.device(x) == "cpu"
    assert array_api_compat.to_device(x, "cpu") is x
    assert array_api_compat.size(x) == 2
    with pytest.raises(TypeError, match="Multiple namespaces"):
        array_api_compat.array_namespace(x, np.ones(2))


# --- einops -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "pattern", "options"),
    [
        ("rearrange", "a (b c) d -> (d c) (a b)", {"c": 2}),
        ("rearrange", "a b d -> d a 1 b", {}),
        ("reduce", "a (b 2) d -> d b", {"reduction": "mean"}),
        ("reduce", "a b d -> d", {"reduction": "sum"}),
        ("reduce", "a b d -> a 1", {"reduction": "max"}),
        ("reduce", "a b d -> b", {"reduction": "prod"}),
        ("repeat", "a b d -> a (b k) e d", {"k": 2, "e": 3}),
    ],
)
def test_einops(function: str, pattern: str, options: dict[str, Any]) -> None:
    x = np.random.default_rng(0).uniform(0.5, 1.5, (2, 4, 3))
    ours = getattr(einops.array_api, function)(ag.tensor(x), pattern, **options)
    assert isinstance(ours, ag.Tensor)
    np.testing.assert_allclose(ours.numpy(), getattr(einops, function)(x, pattern, **options))
    ag.testing.check_grads(
        lambda t: getattr(einops.array_api, function)(ag.asarray(t), pattern, **options), (x,), order=2
    )


def test_einops_packs_and_unpacks() -> None:
    def sums(x: Any, y: Any) -> Any:
        packed, shapes = einops.array_api.pack([ag.asarray(x), ag.asarray(y)], "a *")
        first, second = einops.array_api.unpack(packed * packed, shapes, "a *")
        return first.sum() + (second * x).sum()

    generator = np.random.default_rng(1)
    ag.testing.check_grads(
        sums, (generator.standard_normal((2, 3)), generator.standard_normal((2, 3))), order=2
    )


# --- SciPy, which decides at import -------------------------------------------------------------------


@pytest.mark.parametrize("array_api", [False, True], ids=["plain", "SCIPY_ARRAY_API=1"])
def test_scipy_records_what_the_page_says(array_api: bool) -> None:
    found = outcomes(array_api=array_api)
    assert {name: outcome for name, outcome in found.items() if outcome.startswith("wrong")} == {}
    recorded = {name for name, outcome in found.items() if outcome == "records"}
    both = names_below("### In both modes")
    constant = {name for name, outcome in found.items() if outcome == "constant"}
    if np.lib.NumpyVersion(scipy.__version__) < "1.17.0":
        assert "fft.fftshift" in recorded
        assert recorded <= both | names_below("### With SCIPY_ARRAY_API=1")
        assert constant <= {"stats.rankdata", "stats.spearmanr"}
        return
    if not array_api:
        assert recorded == both
        assert constant == set()
        return
    assert recorded | constant == both | names_below("### With SCIPY_ARRAY_API=1")
    assert constant == {"stats.rankdata", "stats.spearmanr"}
    raised = {name for name, outcome in found.items() if outcome == "raises"}
    assert raised == names_below("### In neither")


def test_the_example_of_the_page_for_scipy() -> None:
    """In a process of its own, since SciPy reads the variable when it is imported."""
    block = re.findall(r"```python with SCIPY_ARRAY_API=1\n(.*?)```", PAGE, re.DOTALL)[0]
    program = (
        "import doctest, sys\n"
        "test = doctest.DocTestParser().get_doctest(sys.argv[1], {}, 'page', None, None)\n"
        "sys.exit(doctest.DocTestRunner().run(test).failed)\n"
    )
    assert doctest.DocTestParser().get_examples(block)
    if np.lib.NumpyVersion(scipy.__version__) >= "1.17.0":
        python("-c", program, block, array_api=True)


# --- scikit-learn -------------------------------------------------------------------------------------


def test_scikit_learn_records_what_the_page_says() -> None:
    sklearn = pytest.importorskip("sklearn")
    if np.lib.NumpyVersion(sklearn.__version__) < "1.9.0":
        pytest.skip("earlier versions route less")
    found = outcomes("sklearn", array_api=True)
    assert set(found) == names_below("## scikit-learn") - {"preprocessing.StandardScaler"}
    raised = {"metrics.mean_squared_error", "metrics.r2_score", "mixture.GaussianMixture"}
    assert {name for name, outcome in found.items() if outcome == "raises"} == raised
    assert {outcome for name, outcome in found.items() if name not in raised} == {"records"}
