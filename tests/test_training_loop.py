"""The training loop: it learns, clips, schedules, reports, and goes on where it stopped to the same bits."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import autograd_cnn as ag
from autograd_cnn import nn
from autograd_cnn.data import DataLoader, TensorDataset
from autograd_cnn.errors import ArgumentError
from autograd_cnn.optim import SGD, Adam
from autograd_cnn.optim.lr_scheduler import OneCycleLR, StepLR
from autograd_cnn.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from autograd_cnn.training import Callback, Trainer, evaluate, load_state, predict, save_state

X = np.random.default_rng(0).normal(size=(80, 4)).astype(np.float32)
Y = (X @ [1, -1, 2, 0.5] > 0).astype(np.int64)
BATCHES = 5


def loader() -> DataLoader:
    return DataLoader(TensorDataset(X, Y), batch_size=16, shuffle=True, generator=3)


def held_out() -> DataLoader:
    return DataLoader(TensorDataset(X, Y), batch_size=40)


def trainer(*callbacks: Callback, epochs: int = 4, **options: Any) -> Trainer:
    """A network with dropout, whose masks come from the generator that a resumed run must restore."""
    ag.manual_seed(1)
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(0.2), nn.Linear(8, 2))
    optimizer = Adam(model.parameters(), lr=0.05)
    scheduler = OneCycleLR(optimizer, 0.05, epochs * BATCHES)
    return Trainer(model, optimizer, scheduler=scheduler, callbacks=callbacks, **options)


class StopAt(Callback):
    """Requests a stop after so many batches in all."""

    def __init__(self, batches: int) -> None:
        self.left = batches

    def on_batch_end(self, trainer: Trainer) -> None:
        self.left -= 1
        trainer.stop_requested = self.left == 0


class Recorder(Callback):
    """Writes down which event came, at which epoch and batch."""

    def __init__(self) -> None:
        self.events: list[tuple[str, int, int]] = []

    def on_epoch_start(self, trainer: Trainer) -> None:
        self.events.append(("start", trainer.epoch, trainer.batch))

    def on_batch_end(self, trainer: Trainer) -> None:
        self.events.append(("batch", trainer.epoch, trainer.batch))

    def on_epoch_end(self, trainer: Trainer) -> None:
        self.events.append(("end", trainer.epoch, trainer.batch))

    def on_stop(self, trainer: Trainer) -> None:
        self.events.append(("stop", trainer.epoch, trainer.batch))

    def on_fit_end(self, trainer: Trainer) -> None:
        self.events.append(("fit end", trainer.epoch, trainer.batch))


def weights(trained: Trainer) -> dict[str, list[Any]]:
    return {name: value.tolist() for name, value in trained.model.state_dict().items()}


def figures(history: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows without the only thing in them that no two runs share."""
    return [{name: value for name, value in row.items() if name != "seconds"} for row in history]


def test_it_learns_and_reports_a_row_an_epoch() -> None:
    history = trainer().fit(loader(), epochs=4, test_loader=held_out())
    assert [row["epoch"] for row in history] == [1, 2, 3, 4]
    assert list(history[0]) == [
        *("epoch", "train_loss", "train_accuracy", "test_loss", "test_accuracy"),
        *("lr", "seconds", "batch_losses"),
    ]
    assert history[-1]["test_accuracy"] > 0.9
    assert history[-1]["test_loss"] < history[0]["test_loss"]
    assert [len(row["batch_losses"]) for row in history] == [BATCHES] * 4
    assert history[0]["train_loss"] == pytest.approx(np.mean(history[0]["batch_losses"]), rel=1e-3)


def test_a_long_epoch_is_reported_as_fifty_means() -> None:
    small = DataLoader(TensorDataset(X, Y), batch_size=1)
    row = trainer(epochs=100).fit(small, epochs=1)[0]
    assert len(row["batch_losses"]) == 50
    assert row["train_loss"] == pytest.approx(np.mean(row["batch_losses"]), rel=0.1)


def test_without_metrics_it_trains_any_task() -> None:
    ag.manual_seed(0)
    model = nn.Linear(4, 1)
    target = (X @ np.array([[1.0], [-1], [2], [0.5]])).astype(np.float32)
    regression = Trainer(model, SGD(model.parameters(), lr=0.1), nn.MSELoss(), metrics={})
    batches = DataLoader(TensorDataset(X, target), batch_size=16, shuffle=True, generator=0)
    history = regression.fit(batches, epochs=10, test_loader=batches)
    assert history[-1]["test_loss"] < 1e-3
    assert "test_accuracy" not in history[-1]


def test_epochs_of_several_fits_add_up() -> None:
    twice, once = trainer(), trainer()
    ag.manual_seed(5)
    twice.fit(loader(), epochs=1)
    assert len(twice.fit(loader(), epochs=3)) == 3
    ag.manual_seed(5)
    once.fit(loader(), epochs=3)
    assert weights(twice) == weights(once)


@pytest.mark.parametrize("stop_at", [1, 4, 5, 6, 12, 19])
def test_a_stopped_run_goes_on_to_the_same_bits(stop_at: int, tmp_path: Any) -> None:
    whole = trainer()
    whole.fit(loader(), epochs=4, test_loader=held_out())

    stopped = trainer(StopAt(stop_at))
    stopped.fit(loader(), epochs=4, test_loader=held_out())
    assert stopped.epoch * BATCHES + stopped.batch == stop_at
    save_state(tmp_path / "state", stopped.state_dict())

    resumed = trainer()
    ag.manual_seed(99)  # the state brings its own
    resumed.load_state_dict(load_state(tmp_path / "state"))
    assert resumed.examples == stopped.examples
    resumed.fit(loader(), epochs=4, test_loader=held_out())
    assert weights(resumed) == weights(whole)
    assert figures(resumed.history) == figures(whole.history)


def test_the_average_of_the_weights_is_evaluated_and_goes_on_with_the_run(tmp_path: Any) -> None:
    def averaging(*callbacks: Callback) -> Trainer:
        made = trainer(*callbacks)
        made.averaged = AveragedModel(made.model, multi_avg_fn=get_ema_multi_avg_fn(0.9))
        return made

    whole = averaging()
    row = whole.fit(loader(), epochs=2, test_loader=held_out())[-1]
    assert whole.trained_model is whole.averaged.module
    assert row["test_loss"] == evaluate(whole.averaged.module, held_out())["loss"]
    assert row["test_loss"] != evaluate(whole.model, held_out())["loss"]
    assert weights(whole) == weights_after(2)  # the training itself does not change

    stopped = averaging(StopAt(7))
    stopped.fit(loader(), epochs=2, test_loader=held_out())
    save_state(tmp_path / "state", stopped.state_dict())
    resumed = averaging()
    resumed.load_state_dict(load_state(tmp_path / "state"))
    resumed.fit(loader(), epochs=2, test_loader=held_out())
    assert figures(resumed.history) == figures(whole.history)


def weights_after(epochs: int) -> dict[str, list[Any]]:
    plain = trainer()
    plain.fit(loader(), epochs=epochs)
    return weights(plain)


def test_the_test_loss_may_be_another() -> None:
    row = trainer(test_loss=lambda outputs, targets: outputs.sum() * 0 + 42).fit(loader(), 1, held_out())[0]
    assert row["test_loss"] == 42
    assert row["train_loss"] < 2


def test_a_stop_counts_for_one_fit() -> None:
    stopped = trainer(StopAt(3))
    stopped.fit(loader(), epochs=2)
    assert (stopped.epoch, stopped.batch, stopped.stop_requested) == (0, 3, False)
    stopped.fit(loader(), epochs=2)
    assert (stopped.epoch, stopped.batch) == (2, 0)


def test_the_order_of_events() -> None:
    recorder = Recorder()
    trainer(recorder, StopAt(BATCHES + 2)).fit(loader(), epochs=4)
    assert recorder.events == [
        ("start", 0, 0),
        *(("batch", 0, batch) for batch in range(1, BATCHES + 1)),
        ("end", 1, 0),
        ("start", 1, 0),
        ("batch", 1, 1),
        ("batch", 1, 2),
        ("stop", 1, 2),
        ("fit end", 1, 2),
    ]


def test_fit_end_comes_after_an_exception_too() -> None:
    class Fault(Callback):
        def on_batch_end(self, trainer: Trainer) -> None:
            raise OSError("planted")

    recorder = Recorder()
    with pytest.raises(OSError, match="planted"):
        trainer(recorder, Fault()).fit(loader(), epochs=1)
    assert recorder.events[-1] == ("fit end", 0, 1)


@pytest.mark.parametrize(("interval", "steps"), [("batch", 2 * BATCHES), ("epoch", 2)])
def test_the_schedule_is_stepped_after_each(interval: Any, steps: int) -> None:
    model = nn.Linear(4, 2)
    optimizer = SGD(model.parameters(), lr=1e-3)
    scheduler = StepLR(optimizer, step_size=1, gamma=0.5)
    Trainer(model, optimizer, scheduler=scheduler, scheduler_interval=interval).fit(loader(), epochs=2)
    assert optimizer.param_groups[0]["lr"] == 1e-3 * 0.5**steps


def test_an_unknown_scheduler_interval_is_an_error() -> None:
    with pytest.raises(ArgumentError, match='"batch" or "epoch", got \'step\''):
        trainer(scheduler_interval="step")


def change_of_one_step(**clipping: float) -> np.ndarray:
    """What one step of plain gradient descent with rate 1 changes: the gradient, as it was clipped."""
    ag.manual_seed(0)
    model = nn.Linear(4, 2)
    before = nn.utils.parameters_to_vector(model.parameters()).detach().numpy().copy()
    whole = DataLoader(TensorDataset(100 * X, Y), batch_size=len(X))
    Trainer(model, SGD(model.parameters(), lr=1.0), **clipping).fit(whole, epochs=1)
    after: np.ndarray = nn.utils.parameters_to_vector(model.parameters()).detach().numpy()
    return after - before


def test_clipping_by_norm_keeps_the_direction_and_by_value_each_entry() -> None:
    free = change_of_one_step()
    assert np.linalg.norm(free) > 10
    by_norm = change_of_one_step(max_norm=0.5)
    assert np.linalg.norm(by_norm) == pytest.approx(0.5, rel=1e-4)
    np.testing.assert_allclose(by_norm, free * 0.5 / np.linalg.norm(free), rtol=1e-3, atol=1e-5)
    by_value = change_of_one_step(clip_value=0.25)
    np.testing.assert_allclose(by_value, free.clip(-0.25, 0.25), rtol=1e-3, atol=1e-5)


def test_a_loss_that_is_not_finite_ends_the_training_and_says_where() -> None:
    broken = X.copy()
    broken[40] = np.nan
    batches = DataLoader(TensorDataset(broken, Y), batch_size=16)
    with pytest.raises(ArgumentError, match=r"loss is nan in epoch 1, batch 3; .* lower the learning rate"):
        trainer().fit(batches, epochs=1)


def test_nothing_to_train_on_is_an_error() -> None:
    with pytest.raises(ArgumentError, match="expected a loader with batches, got an empty one"):
        trainer().fit(DataLoader(TensorDataset(X[:3], Y[:3]), batch_size=4, drop_last=True), epochs=1)


def test_evaluation_is_the_mean_over_all_examples_with_dropout_off() -> None:
    trained = trainer()
    uneven = DataLoader(TensorDataset(X, Y), batch_size=33)
    model = trained.model.eval()
    outputs = model(X)
    expected = {
        "loss": nn.functional.cross_entropy(outputs, Y).item(),
        "accuracy": float((outputs.detach().numpy().argmax(axis=1) == Y).mean()),
    }
    model.train()
    assert evaluate(model, uneven) == pytest.approx(expected, rel=1e-6)


def test_evaluation_leaves_every_module_in_its_mode_and_records_nothing() -> None:
    model = trainer().model
    frozen = next(module for module in model.modules() if isinstance(module, nn.Dropout))
    model.train()
    frozen.eval()
    modes = []
    for outputs, _ in predict(model, loader()):
        modes.append(any(module.training for module in model.modules()))
        assert isinstance(outputs, np.ndarray)
    assert modes == [False] * BATCHES
    assert model.training
    assert not frozen.training


def test_rows_are_json() -> None:
    history = trainer().fit(loader(), epochs=1, test_loader=held_out())
    assert json.loads(json.dumps(history)) == history
