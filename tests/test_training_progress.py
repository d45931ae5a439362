"""The progress bar and the lines, in a terminal and in a pipe."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from rich.console import Console

import autograd_cnn as ag
from autograd_cnn.data import DataLoader, TensorDataset
from autograd_cnn.training import Callback, EpochLines, ProgressBar, Trainer, progress


def printed(callback: Any, terminal: bool, *more: Callback) -> str:
    console = Console(file=io.StringIO(), force_terminal=terminal, width=80, force_interactive=terminal)
    ag.manual_seed(0)
    model = ag.nn.Linear(4, 2)
    for parameter in model.parameters():
        ag.nn.init.zeros_(parameter)  # the loss starts at log 2, and falls
    batches = DataLoader(TensorDataset(np.ones((24, 4), np.float32), np.zeros(24, np.int64)), batch_size=4)
    trainer = Trainer(model, ag.optim.SGD(model.parameters()), callbacks=[callback(console), *more])
    trainer.fit(batches, epochs=2, test_loader=batches)
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


@pytest.fixture(autouse=True)
def draw_at_every_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_SECONDS_BETWEEN_DRAWINGS", 0.0)


def test_the_bar_shows_epoch_loss_and_rate_in_a_terminal() -> None:
    text = printed(ProgressBar, terminal=True)
    for piece in ("epoch 1/2", "epoch 2/2", "50 %", "100 %", "loss ", "examples/s"):
        assert piece in text


def test_the_bar_is_silent_in_a_pipe() -> None:
    assert printed(ProgressBar, terminal=False) == ""


def test_the_bar_is_gone_after_an_exception() -> None:
    class Fault(Callback):
        def on_batch_end(self, trainer: Trainer) -> None:
            raise OSError("planted")

    with pytest.raises(OSError, match="planted"):
        printed(ProgressBar, True, Fault())
    assert "epoch 1/2" in printed(ProgressBar, terminal=True)  # no bar is left that would forbid another


def test_a_line_for_each_epoch() -> None:
    lines = printed(EpochLines, terminal=False).splitlines()
    assert [line.split("  ")[0] for line in lines] == ["epoch 1/2", "epoch 2/2"]
    for line in lines:
        assert "train loss " in line
        assert "test loss " in line
        assert "test accuracy 100.00%" in line or "test accuracy 0.00%" in line
        assert line.endswith(" s")
