"""Run folders: made, kept, replaced, opened, and what a full disk leaves of them."""

from __future__ import annotations

import errno
import json
import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd_cnn as ag
from autograd_cnn.data import DataLoader, TensorDataset
from autograd_cnn.errors import ArgumentError, RunError
from autograd_cnn.nn.models import make_model
from autograd_cnn.optim import SGD
from autograd_cnn.training import Callback, Config, Run, Trainer, default_folder

CONFIG = Config(model="mlp", model_options={"num_classes": 2, "hidden": 4}, epochs=2, mean=0.1, std=0.3)
FINISHED = ["config.json", "curves.png", "metrics.jsonl", "model.safetensors"]
LOADER = DataLoader(TensorDataset(np.ones((12, 1, 28, 28), np.float32), np.zeros(12, np.int64)), batch_size=4)


def trainer(*callbacks: Callback) -> Trainer:
    ag.manual_seed(0)
    model = make_model(CONFIG.model, **CONFIG.model_options)
    return Trainer(model, SGD(model.parameters(), lr=0.01), callbacks=callbacks)


def finished_run(folder: Path) -> Run:
    run = Run.create(folder, CONFIG)
    trainer(run).fit(LOADER, CONFIG.epochs, LOADER)
    return run


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_finished_run_holds_four_files(tmp_path: Path) -> None:
    run = finished_run(tmp_path / "runs" / "first")
    assert sorted(os.listdir(run.folder)) == FINISHED
    assert run.is_finished
    lines = (run.folder / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line)["epoch"] for line in lines] == [1, 2]
    assert Run.open(run.folder).config == CONFIG
    assert not Run.open(run.folder).load_model().training


def test_an_unfinished_run_holds_a_checkpoint_too(tmp_path: Path) -> None:
    class Stop(Callback):
        def on_batch_end(self, trainer: Trainer) -> None:
            trainer.stop_requested = trainer.batch == 2

    run = Run.create(tmp_path / "run", CONFIG)
    assert os.listdir(run.folder) == ["config.json"]
    assert not run.is_finished
    trainer(run, Stop()).fit(LOADER, CONFIG.epochs)
    assert sorted(os.listdir(run.folder)) == sorted([*FINISHED, "checkpoint.safetensors"])
    assert not run.is_finished

    resumed = trainer(run)
    run.resume(resumed)
    assert (resumed.epoch, resumed.batch) == (0, 2)
    resumed.fit(LOADER, CONFIG.epochs)
    assert run.is_finished


def test_a_run_without_a_checkpoint_begins_at_the_beginning(tmp_path: Path) -> None:
    resumed = trainer()
    Run.create(tmp_path / "run", CONFIG).resume(resumed)
    assert (resumed.epoch, resumed.batch) == (0, 0)


def test_a_checkpoint_of_another_model_is_an_error(tmp_path: Path) -> None:
    class Stop(Callback):
        def on_batch_end(self, trainer: Trainer) -> None:
            trainer.stop_requested = True

    run = Run.create(tmp_path / "run", CONFIG)
    trainer(run, Stop()).fit(LOADER, epochs=2)
    other = make_model("mlp", hidden=5)
    with pytest.raises(RunError, match=r"checkpoint\.safetensors: does not fit the settings in config\.json"):
        run.resume(Trainer(other, SGD(other.parameters())))


def test_an_existing_run_is_never_touched(tmp_path: Path) -> None:
    before = contents(finished_run(tmp_path / "run").folder)
    with pytest.raises(
        RunError, match=r"run: exists already; choose another folder with --out, or .*--overwrite"
    ):
        Run.create(tmp_path / "run", CONFIG)
    assert contents(tmp_path / "run") == before


def test_a_file_or_a_folder_of_other_things_in_the_way_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "thesis.tex").write_text("mine")
    for name in ("file", "folder"):
        with pytest.raises(RunError, match=f"{name}: exists already"):
            Run.create(tmp_path / name, CONFIG)
    with pytest.raises(RunError, match="cannot be made a run folder"):
        Run.create(tmp_path / "file", CONFIG, overwrite=True)
    with pytest.raises(RunError, match=r"holds more than a run \(thesis\.tex\); nothing was deleted"):
        Run.create(tmp_path / "folder", CONFIG, overwrite=True)
    with pytest.raises(RunError, match="cannot be made a run folder"):
        Run.create(tmp_path / "file" / "below", CONFIG)
    assert (tmp_path / "file").read_text() == "mine"
    assert contents(tmp_path / "folder") == {"thesis.tex": b"mine"}


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    Run.create(tmp_path, CONFIG)
    assert os.listdir(tmp_path) == ["config.json"]


def test_overwrite_replaces_a_run(tmp_path: Path) -> None:
    folder = finished_run(tmp_path / "run").folder
    (folder / ".model.safetensors.tmp").write_bytes(b"left by a kill")
    Run.create(folder, CONFIG, overwrite=True)
    assert os.listdir(folder) == ["config.json"]


def test_a_run_folder_with_a_stranger_in_it_is_not_overwritten(tmp_path: Path) -> None:
    folder = finished_run(tmp_path / "run").folder
    (folder / "notes.txt").write_text("mine")
    before = contents(folder)
    with pytest.raises(RunError, match=r"holds more than a run \(notes\.txt\)"):
        Run.create(folder, CONFIG, overwrite=True)
    assert contents(folder) == before


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"model": "lenet5"}', "\udcff", "null"])
def test_damaged_settings_are_an_error_that_names_the_file(text: str, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(RunError, match=r"config\.json: "):
        Run.open(tmp_path)


def test_settings_with_a_wrong_value_are_an_error_that_names_it(tmp_path: Path) -> None:
    values = json.loads(CONFIG.to_json())
    (tmp_path / "config.json").write_text(json.dumps({**values, "epochs": -1}))
    with pytest.raises(RunError, match=r"config\.json: .*epochs: expected an integer of at least 1, got -1"):
        Run.open(tmp_path)


def test_what_is_no_run_folder_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no such run folder"):
        Run.open(tmp_path / "missing")
    with pytest.raises(RunError, match=r"is no run folder, for it has no config\.json"):
        Run.open(tmp_path)


def test_a_run_without_a_model_says_how_to_get_one(tmp_path: Path) -> None:
    run = Run.create(tmp_path / "run", CONFIG)
    with pytest.raises(RunError, match=r"holds no model yet; .* autograd-cnn train --resume .*run"):
        run.load_model()


@pytest.mark.parametrize("file", ["checkpoint", "model", "metrics", "curves"])
def test_a_full_disk_leaves_the_run_of_the_epoch_before(
    file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class FullDisk(Callback):
        """From the second epoch on, every file whose name begins so finds the disk full."""

        def on_epoch_start(self, trainer: Trainer) -> None:
            if trainer.epoch == 1:
                monkeypatch.setattr(Path, "open", open_unless_full)

    def open_unless_full(path: Path, *arguments: Any) -> Any:
        if path.name.startswith(f".{file}."):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return unhindered(path, *arguments)

    unhindered = Path.open

    run = Run.create(tmp_path / "run", CONFIG)
    with pytest.raises(RunError, match=rf"{file}\.\w+: cannot be written: No space left on device"):
        trainer(FullDisk(), run).fit(LOADER, CONFIG.epochs, LOADER)
    monkeypatch.undo()

    assert not any(name.endswith(".tmp") for name in os.listdir(run.folder))
    run.load_model()
    resumed = trainer(run)
    run.resume(resumed)
    assert resumed.epoch == (1 if file == "checkpoint" else 2)
    resumed.fit(LOADER, CONFIG.epochs, LOADER)
    assert run.is_finished
    whole = contents(finished_run(tmp_path / "whole").folder)
    assert (run.folder / "model.safetensors").read_bytes() == whole["model.safetensors"]
    assert sorted(os.listdir(run.folder)) == FINISHED


def test_the_default_folder_tells_what_was_trained_and_never_exists(tmp_path: Path) -> None:
    names = []
    for _ in range(3):
        folder = default_folder(Config(seed=7), tmp_path)
        folder.mkdir()
        names.append(folder.name)
    assert names == ["lenet5-mnist-seed7", "lenet5-mnist-seed7-2", "lenet5-mnist-seed7-3"]
    assert default_folder(Config(seed=7), tmp_path, overwrite=True).name == names[0]
    assert default_folder(Config(model="mlp", data_dir="/data/letters"), tmp_path).name == "mlp-letters-seed0"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"model": "lenet"}, "densenet201, got 'lenet'; did you mean 'lenet5'?"),
        ({"model": "LeNet5"}, "did you mean 'lenet5'?"),
        ({"optimizer": "adamm"}, "did you mean 'adam' or 'adamw'?"),
        ({"optimizer": "xyz"}, "optimizer: expected one of adamw, adam, sgd, got 'xyz'"),
        ({"epochs": 0}, "epochs: expected an integer of at least 1, got 0"),
        ({"epochs": True}, "epochs: expected an integer of at least 1, got True"),
        ({"batch_size": 0}, "batch_size: expected an integer of at least 1, got 0"),
        ({"seed": -1}, "seed: expected an integer of at least 0, got -1"),
        ({"lr": float("nan")}, "lr: expected a finite number above 0, got nan"),
        ({"lr": float("inf")}, "lr: expected a finite number above 0, got inf"),
        ({"lr": 0.0}, "lr: expected a finite number above 0, got 0.0"),
    ],
)
def test_settings_that_make_no_sense_are_an_error(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=re.escape(message)):
        Config(**settings)
