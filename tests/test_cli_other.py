"""``autograd-cnn evaluate``, ``predict``, ``ops``, ``--help`` and ``--version``, as they are typed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from autograd_cnn import surface
from autograd_cnn.cli.main import run_command
from autograd_cnn.core.registry import FUNCTIONS
from autograd_cnn.data import MNIST

COMMAND = [sys.executable, "-m", "autograd_cnn"]


def write_idx(path: Path, array: np.ndarray) -> None:
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    path.write_bytes(header + array.astype(np.uint8).tobytes())


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with data of 3 000 + 500 images, a run trained on them, and pictures of ten digits."""
    folder = tmp_path_factory.mktemp("world")
    test = MNIST("test")
    (folder / "digits").mkdir()
    for prefix, part in (("train", slice(3000)), ("t10k", slice(3000, 3500))):
        write_idx(folder / "digits" / f"{prefix}-images-idx3-ubyte", test.images[part, 0])
        write_idx(folder / "digits" / f"{prefix}-labels-idx1-ubyte", test.labels[part])
    arguments = [
        "--data-dir",
        folder / "digits",
        "--out",
        folder / "run",
        "--batch-size",
        "50",
        "--model",
        "mlp",
    ]
    assert run_command(["train", *map(str, arguments)]) == 0
    for digit in range(10):
        image = Image.fromarray(255 - test.images[np.flatnonzero(test.labels == digit)[0], 0])
        image.resize((140, 140)).save(folder / f"{digit}.png")
    (folder / "note.png").write_text("not a picture")
    Image.new("L", (50, 50), 200).save(folder / "blank.jpg")
    return folder


@pytest.fixture
def here(world: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """Be in that folder, with nothing printed yet."""
    monkeypatch.chdir(world)
    capsys.readouterr()
    return world


def lines(capsys: pytest.CaptureFixture[str]) -> tuple[list[list[str]], list[str]]:
    out, err = capsys.readouterr()
    return [line.split("\t") for line in out.splitlines()], err.splitlines()


def test_evaluate_prints_accuracy_and_the_confusion_matrix(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["evaluate", "run"]) == 0
    rows, err = lines(capsys)
    assert err == []
    labels = MNIST("test").labels[3000:3500]
    matrix = np.array([[int(cell) for cell in row[3:]] for row in rows[2:]])
    assert matrix.shape == (10, 10)
    assert matrix.sum(axis=1).tolist() == np.bincount(labels, minlength=10).tolist()
    accuracy = matrix.trace() / 500
    assert accuracy > 0.8
    assert rows[0][0].startswith(f"accuracy {accuracy:.2%} of 500 images, loss 0.")
    assert rows[2][1] == f"{matrix[0, 0] / matrix[0].sum():.2%}"
    assert rows[2][2] == f"{matrix[0, 0] / matrix[:, 0].sum():.2%}"


def test_evaluate_takes_other_data(here: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    test = MNIST("test")
    write_idx(tmp_path / "t10k-images-idx3-ubyte", test.images[-50:, 0])
    write_idx(tmp_path / "t10k-labels-idx1-ubyte", test.labels[-50:])
    assert run_command(["evaluate", "run", "--data-dir", str(tmp_path)]) == 0
    assert " of 50 images" in capsys.readouterr().out


def test_predict_tells_the_digits(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    images = [f"{digit}.png" for digit in range(10)]
    assert run_command(["predict", "run", *images]) == 0
    rows, err = lines(capsys)
    assert err == []
    assert rows[0] == ["image", "digit", "probability", "runner-up", "its probability"]
    assert [row[0] for row in rows[1:]] == images
    assert sum(row[1] == str(digit) for digit, row in enumerate(rows[1:])) >= 8
    for _, digit, probability, second, its_probability in rows[1:]:
        assert digit != second
        assert 100 >= float(probability.rstrip("%")) >= float(its_probability.rstrip("%")) >= 0


def test_a_bad_image_does_not_stop_the_others(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["predict", "run", "0.png", "note.png", "missing.png", "blank.jpg", "7.png"]) == 2
    rows, err = lines(capsys)
    assert [row[0] for row in rows[1:]] == ["0.png", "7.png"]
    assert [line.split(":")[:2] for line in err] == [
        ["error", " note.png"],
        ["error", " missing.png"],
        ["error", " blank.jpg"],
    ]


def test_bad_images_alone_print_no_table(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["predict", "run", "note.png"]) == 2
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("command", [["evaluate"], ["predict"]])
@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        (None, None, "no such run folder"),
        ("config.json", None, "is no run folder, for it has no config.json"),
        ("config.json", b"{", "config.json: not the settings of a run"),
        ("model.safetensors", None, "holds no model yet"),
        ("model.safetensors", b"half", "model.safetensors: damaged or no safetensors file"),
    ],
)
def test_a_missing_or_damaged_run_is_one_line(
    command: list[str],
    file: str | None,
    content: bytes | None,
    message: str,
    here: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run = tmp_path / "copy"
    if file is not None:
        shutil.copytree("run", run)
        (run / file).unlink()
        if content is not None:
            (run / file).write_bytes(content)
    arguments = [*command, str(run), *(["0.png"] if command == ["predict"] else [])]
    assert run_command(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith("error: ")
    assert message in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["evaluate"], "Missing argument 'RUN'"),
        (["predict", "run"], "Missing argument 'IMAGE...'"),
        (["trian"], "No such command 'trian'"),
        (["--verbose"], "No such option: --verbose"),
        (["ops", "--kind", "linaer"], "got 'linaer'; did you mean linear?"),
        (["evaluate", "run", "--data-dir", "missing"], "missing: no such folder"),
    ],
)
def test_a_mistake_is_one_line_and_status_2(
    arguments: list[str], message: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith("error: ")
    assert message in err


def test_the_table_of_operations(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["ops"]) == 0
    rows, _ = lines(capsys)
    assert rows[0] == ["name", "kind", "gradient", "source"]
    table = {row[0]: row for row in rows[1:]}
    assert len(rows) - 1 == len(FUNCTIONS)
    assert table["multiply"][1:3] == ["elementwise", "x1: g * x2; x2: g * x1"]
    assert table["exp"][2] == "x: g * out"
    assert table["convolution"][2].startswith("x: convolution_input_gradient(g, weight, ")
    package = Path(sys.modules["autograd_cnn"].__file__ or "").parent
    for name, _, gradient, source in rows[1:]:
        file, _, number = source.partition(":")
        text = (package / file).read_text(encoding="utf-8").splitlines()
        if gradient and ": _" not in gradient:
            assert any(name in line for line in text[max(int(number) - 30, 0) : int(number) + 30]), name


def test_operations_of_a_kind_and_their_number(capsys: pytest.CaptureFixture[str]) -> None:
    linear = sum(record.kind == "linear" for record in FUNCTIONS.values())
    assert run_command(["ops", "--kind", "linear"]) == 0
    rows, _ = lines(capsys)
    assert {row[1] for row in rows[1:]} == {"linear"}
    assert len(rows) == 1 + linear
    assert run_command(["ops", "--kind", "linear", "--count"]) == 0
    assert capsys.readouterr().out == f"{surface.count()['linear']}\n"


def test_how_many_functions_of_numpy_and_scipy_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["ops", "--count"]) == 0
    rows, _ = lines(capsys)
    numbers = {kind: int(number) for kind, number in rows[1:]}
    kinds = ("elementwise", "linear", "primitive", "composite")
    assert [*numbers] == [*kinds, "differentiable", "further", "constant", "creation", "absent"]
    assert numbers["differentiable"] == sum(numbers[kind] for kind in kinds) >= 300


def test_the_page_of_operations(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["ops", "--markdown"]) == 0
    assert capsys.readouterr().out == surface.document()


def test_tables_are_drawn_in_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "120")
    assert run_command(["ops", "--kind", "elementwise"]) == 0
    out = capsys.readouterr().out
    assert "\t" not in out
    assert "g * x2" in out


WITHOUT_HEAVY = """
import sys
from autograd_cnn.cli.main import run_command
status = run_command(sys.argv[1:])
heavy = {"scipy", "PIL", "safetensors", "matplotlib", "IPython"} & sys.modules.keys()
sys.exit(f"imported {heavy}" if heavy else status)
"""


@pytest.mark.parametrize("arguments", [["--help"], ["train", "--help"], ["--version"], []])
def test_what_only_prints_imports_nothing_heavy(arguments: list[str]) -> None:
    child = subprocess.run(
        [sys.executable, "-c", WITHOUT_HEAVY, *arguments], capture_output=True, text=True, check=False
    )
    assert (child.returncode, child.stderr) == (0, "")
    assert child.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="pipes break differently there")
def test_a_reader_that_leaves_is_no_error() -> None:
    read, write = os.pipe()
    os.close(read)
    child = subprocess.run([*COMMAND, "ops"], stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    os.close(write)
    assert child.stderr == ""


def test_module_and_version() -> None:
    child = subprocess.run([*COMMAND, "--version"], capture_output=True, text=True, check=True)
    assert child.stdout.startswith("autograd-cnn")
