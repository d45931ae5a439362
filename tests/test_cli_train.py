"""``autograd-cnn train`` as it is typed: runs, resumed runs, Ctrl-C, and each mistake in one line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from autograd_cnn.cli.main import run_command
from autograd_cnn.data import MNIST
from autograd_cnn.training import Trainer

COMMAND = [sys.executable, "-m", "autograd_cnn"]
FINISHED = ["config.json", "curves.png", "metrics.jsonl", "model.safetensors"]


def write_idx(path: Path, array: np.ndarray) -> None:
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    path.write_bytes(header + array.astype(np.uint8).tobytes())


@pytest.fixture
def digits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of 400 + 100 images of MNIST; relative paths are below the test's own folder."""
    test = MNIST("test")
    folder = tmp_path / "digits"
    folder.mkdir()
    for prefix, part in (("train", slice(400)), ("t10k", slice(400, 500))):
        write_idx(folder / f"{prefix}-images-idx3-ubyte", test.images[part, 0])
        write_idx(folder / f"{prefix}-labels-idx1-ubyte", test.labels[part])
    monkeypatch.chdir(tmp_path)
    return folder


def train(*options: str | Path) -> int:
    return run_command(["train", *map(str, options)])


def one_error_line(capsys: pytest.CaptureFixture[str]) -> str:
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith("error: ")
    return lines[0]


def test_a_run_says_what_it_does_and_what_to_type_next(
    digits: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train("--data-dir", digits, "--epochs", "2", "--model", "mlp", "--seed", "3") == 0
    out, err = capsys.readouterr()
    assert err == ""
    lines = out.splitlines()
    assert lines[0].startswith("mlp, 101,770 weights, on ")
    assert "400 training and 100 test images" in lines[0]
    assert lines[2].startswith("epoch 1/2  train loss ")
    assert lines[3].startswith("epoch 2/2  train loss ")
    assert "of the test images are right" in lines[4]
    assert lines[5] == "  autograd-cnn evaluate runs/mlp-digits-seed3"
    assert sorted(os.listdir("runs/mlp-digits-seed3")) == FINISHED


def test_without_out_each_run_has_a_new_folder(digits: Path) -> None:
    for _ in range(2):
        assert train("--data-dir", digits, "--epochs", "1") == 0
    assert sorted(os.listdir("runs")) == ["lenet5-digits-seed0", "lenet5-digits-seed0-2"]


def test_all_options_reach_the_run(digits: Path) -> None:
    options = {"model": "lenet5", "epochs": 1, "batch_size": 50, "lr": 0.02, "optimizer": "sgd", "seed": 5}
    pairs = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    assert train(*pairs, "--data-dir", "digits", "--out", "mine") == 0
    config = json.loads(Path("mine/config.json").read_text())
    assert {name: config[name] for name in options} == options
    assert config["data_dir"] == str(digits)  # evaluate finds it from wherever it is typed
    assert len(json.loads(Path("mine/metrics.jsonl").read_text())["batch_losses"]) == 8


def test_a_recipe_and_what_changes_it(digits: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--recipe", "resnet8", "--model", "mlp", "--epochs", "1", "--ema", "0.5", "--out", "mine"]
    assert train(*options, "--data-dir", digits) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[2] == ("affine augmentation, label smoothing 0.1, moving average of the weights, decay 0.5")
    config = json.loads(Path("mine/config.json").read_text())
    expected = {"model": "mlp", "epochs": 1, "batch_size": 128, "augment": "affine", "ema": 0.5}
    assert {name: config[name] for name in expected} == expected
    assert run_command(["evaluate", "mine"]) == 0


def test_the_same_seed_gives_the_same_bits_in_another_process(digits: Path) -> None:
    arguments = ["train", "--data-dir", str(digits), "--epochs", "1"]
    models = []
    for number, hash_seed in enumerate(["1", "2"]):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        subprocess.run([*COMMAND, *arguments, "--out", f"run{number}"], env=environment, check=True)
        models.append(Path(f"run{number}/model.safetensors").read_bytes())
    assert models[0] == models[1]


@pytest.mark.skipif(threading.current_thread() is not threading.main_thread(), reason="signals need it")
@pytest.mark.parametrize(("batch", "varied"), [(1, False), (5, False), (8, False), (8, True), (11, False)])
def test_ctrl_c_saves_all_and_resume_goes_on_to_the_same_bits(
    batch: int,
    varied: bool,
    digits: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    options = ["--data-dir", digits, "--model", "mlp", "--epochs", "3", "--batch-size", "80"]
    if varied:
        options += ["--augment", "affine", "--label-smoothing", "0.1", "--ema", "0.9"]
    assert train(*options, "--out", "whole") == 0

    left = [batch]
    step = Trainer._step

    def step_until_ctrl_c(self: Trainer, inputs: object, targets: object) -> None:
        left[0] -= 1
        if left[0] == 0:
            signal.raise_signal(signal.SIGINT)  # in the midst of a step
        step(self, inputs, targets)

    monkeypatch.setattr(Trainer, "_step", step_until_ctrl_c)
    capsys.readouterr()
    assert train(*options, "--out", "stopped") == 130
    monkeypatch.undo()
    monkeypatch.chdir(digits.parent)
    out, err = capsys.readouterr()
    assert "all is saved. Go on with:\n  autograd-cnn train --resume stopped\n" in out
    assert err == ""
    assert run_command(["evaluate", "stopped"]) == 0

    assert train("--resume", "stopped") == 0
    assert f"going on after epoch {batch // 5}, batch {batch % 5}" in capsys.readouterr().out
    assert sorted(os.listdir("stopped")) == FINISHED
    assert Path("stopped/model.safetensors").read_bytes() == Path("whole/model.safetensors").read_bytes()


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal to a process")
def test_ctrl_c_in_a_process_of_its_own(digits: Path) -> None:
    arguments = ["train", "--data-dir", str(digits), "--epochs", "100000", "--model", "mlp", "--out", "run"]
    with subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        deadline = time.monotonic() + 60
        while not Path("run/metrics.jsonl").exists() and process.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err == ""
    assert "autograd-cnn train --resume run" in out


@pytest.mark.skipif(threading.current_thread() is not threading.main_thread(), reason="signals need it")
@pytest.mark.parametrize("inherited", [signal.default_int_handler, signal.SIG_IGN])
def test_a_second_ctrl_c_ends_it_at_once(
    inherited: object, digits: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def impatient(self: Trainer, inputs: object, targets: object) -> None:
        for _ in range(2):
            signal.raise_signal(signal.SIGINT)
        raise RuntimeError("not reached")

    monkeypatch.setattr(Trainer, "_step", impatient)
    former = signal.signal(signal.SIGINT, inherited)
    try:
        assert train("--data-dir", digits) == 130
    finally:
        signal.signal(signal.SIGINT, former)
    assert capsys.readouterr().err == ""


def test_an_existing_folder_is_kept_unless_told_otherwise(
    digits: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--data-dir", digits, "--epochs", "1", "--out", "run"]
    assert train(*options) == 0
    before = Path("run/model.safetensors").read_bytes()
    capsys.readouterr()
    assert train(*options, "--seed", "1") == 2
    assert "run: exists already; choose another folder with --out" in one_error_line(capsys)
    assert Path("run/model.safetensors").read_bytes() == before
    assert train(*options, "--seed", "1", "--overwrite") == 0
    assert Path("run/model.safetensors").read_bytes() != before


def test_a_mistake_with_overwrite_costs_nothing(digits: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train("--data-dir", digits, "--epochs", "1", "--out", "run") == 0
    before = {path.name: path.read_bytes() for path in Path("run").iterdir()}
    for mistake in (["--data-dir", "missing"], ["--epochs", "0"], ["--model", "lenet"]):
        capsys.readouterr()
        assert train(*mistake, "--out", "run", "--overwrite") == 2
        one_error_line(capsys)
    assert {path.name: path.read_bytes() for path in Path("run").iterdir()} == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--model", "lenet"], "densenet201, got 'lenet'; did you mean 'lenet5'?"),
        (["--optimizer", "adamx"], "did you mean 'adam"),
        (["--epochs", "0"], "epochs: expected an integer of at least 1, got 0"),
        (["--epochs", "two"], "Invalid value for '--epochs': "),
        (["--epochs", "2.5"], "Invalid value for '--epochs': "),
        (["--batch-size", "-3"], "batch_size: expected an integer of at least 1, got -3"),
        (["--seed", "-1"], "seed: expected an integer of at least 0, got -1"),
        (["--lr", "nan"], "lr: expected a finite number above 0, got nan"),
        (["--recipe", "resnet"], "recipe: expected one of lenet5, resnet8, got 'resnet'; did you mean"),
        (["--augment", "afine"], "augment: expected one of none, affine, got 'afine'; did you mean 'affine'"),
        (["--label-smoothing", "1"], "label_smoothing: expected a number from 0 to below 1, got 1.0"),
        (["--ema", "-0.5"], "ema: expected a number from 0 to below 1, got -0.5"),
        (["--lr", "0"], "lr: expected a finite number above 0, got 0"),
        (["--lr", "1e30"], "the loss is"),
        (["--data-dir", "missing"], "missing: no such folder"),
        (["--data-dir", "."], "no train-images file; looked for train-images-idx3-ubyte, "),
        (["--epoch", "3"], "No such option: --epoch"),
        (["lenet5"], "extra argument"),
        (["--resume", "missing"], "missing: no such run folder"),
        (["--resume", "digits"], "digits: is no run folder, for it has no config.json"),
        (["--resume", "run", "--epochs", "4", "--out", "x"], "leave out --epochs, --out"),
        (["--out", "digits", "--overwrite"], "digits: holds more than a run"),
        (["--out", "digits/train-images-idx3-ubyte/run"], "cannot be made a run folder"),
    ],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of an overflow, before the loss is found infinite
def test_a_mistake_is_one_line_and_status_2(
    arguments: list[str], message: str, digits: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path.name: path.read_bytes() for path in digits.iterdir()}
    data = [] if "--data-dir" in arguments or "--resume" in arguments else ["--data-dir", digits]
    assert train(*arguments, *data) == 2
    line = one_error_line(capsys)
    assert message in line
    assert "Traceback" not in line
    assert {path.name: path.read_bytes() for path in digits.iterdir()} == before


@pytest.mark.parametrize(
    ("file", "fault", "message"),
    [
        ("train-images-idx3-ubyte", lambda content: content[:-1], "truncated: got"),
        ("train-images-idx3-ubyte", lambda content: content[:7], "truncated header"),
        ("train-images-idx3-ubyte", lambda content: b"\x01" + content[1:], "not an IDX file"),
        ("train-labels-idx1-ubyte", lambda content: content[:2] + b"\x07" + content[3:], "dtype code 0x07"),
        ("train-labels-idx1-ubyte", lambda content: b"\0\0\x08\x01\0\0\0\x01\x05", "1 labels, but"),
        ("t10k-images-idx3-ubyte", lambda content: b"\x1f\x8b" + content[2:], "corrupt gzip data"),
        ("t10k-labels-idx1-ubyte", lambda content: content[:-1] + b"\x0a", "expected labels from 0 to 9"),
    ],
)
def test_damaged_data_are_one_line_that_names_the_file(
    file: str, fault: object, message: str, digits: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert callable(fault)
    (digits / file).write_bytes(fault((digits / file).read_bytes()))
    assert train("--data-dir", digits) == 2
    line = one_error_line(capsys)
    assert message in line
    assert str(digits) in line
    assert not Path("runs").exists()


def test_a_finished_run_cannot_be_resumed(digits: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train("--data-dir", digits, "--epochs", "1", "--out", "run") == 0
    capsys.readouterr()
    assert train("--resume", "run") == 2
    assert "run: has finished its 1 epochs" in one_error_line(capsys)


def test_a_damaged_checkpoint_is_one_line(digits: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train("--data-dir", digits, "--epochs", "1", "--out", "run") == 0
    Path("run/checkpoint.safetensors").write_bytes(b"half")
    capsys.readouterr()
    assert train("--resume", "run") == 2
    assert "run/checkpoint.safetensors: damaged or no safetensors file" in one_error_line(capsys)
