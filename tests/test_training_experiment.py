"""An experiment made from its settings: real images, own IDX folders, and the same bits for the same seed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import autograd_cnn as ag
from autograd_cnn.data import MNIST
from autograd_cnn.errors import DataError, RunError
from autograd_cnn.nn.functional import cross_entropy
from autograd_cnn.training import RECIPES, Config, Experiment, evaluate
from autograd_cnn.training.experiment import make_test_loader, normalization


def write_idx(folder: Path, split: str, images: np.ndarray, labels: np.ndarray) -> None:
    prefix = {"train": "train", "test": "t10k"}[split]
    for name, array in ((f"{prefix}-images-idx3-ubyte", images), (f"{prefix}-labels-idx1-ubyte", labels)):
        header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
        (folder / name).write_bytes(header + array.astype(np.uint8).tobytes())


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of 800 + 200 images of MNIST."""
    folder = tmp_path_factory.mktemp("digits")
    test = MNIST("test")
    write_idx(folder, "train", test.images[:800, 0], test.labels[:800])
    write_idx(folder, "test", test.images[800:1000, 0], test.labels[800:1000])
    return folder


def test_one_epoch_on_a_few_hundred_images_beats_chance_clearly(digits: Path) -> None:
    experiment = Experiment(Config(data_dir=str(digits), epochs=1, batch_size=20))
    row = experiment.fit()[0]
    assert row["test_accuracy"] > 0.6


def test_the_seed_fixes_all_bits_and_another_changes_them(digits: Path) -> None:
    def weights(seed: int) -> np.ndarray:
        experiment = Experiment(Config(model="mlp", data_dir=str(digits), epochs=1, seed=seed))
        experiment.fit()
        values: np.ndarray = experiment.trainer.model.state_dict()["fc1.weight"].numpy()
        return values

    first = weights(0)
    np.testing.assert_array_equal(weights(0), first)
    assert not np.array_equal(weights(1), first)


def test_own_images_are_normalised_by_their_own_statistics(digits: Path) -> None:
    experiment = Experiment(Config(data_dir=str(digits)))
    images = np.concatenate([images for images, _ in experiment.train_loader])
    assert images.mean() == pytest.approx(0, abs=1e-4)
    assert images.std() == pytest.approx(1, abs=1e-4)


def test_mnist_is_normalised_by_its_known_statistics() -> None:
    config = Experiment(Config(model="mlp")).config
    assert (config.mean, config.std) == (MNIST.MEAN, MNIST.STD)
    assert config.model_options == {"num_classes": 10}


def test_statistics_that_are_given_are_kept(digits: Path) -> None:
    config = Experiment(Config(data_dir=str(digits), mean=0.5, std=0.25)).config
    assert (config.mean, config.std) == (0.5, 0.25)


def test_settings_without_statistics_cannot_normalise() -> None:
    with pytest.raises(RunError, match="no mean and std"):
        normalization(Config())


def test_as_many_classes_as_there_are_labels(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (30, 28, 28))
    write_idx(tmp_path, "train", images, np.arange(30) % 26)
    write_idx(tmp_path, "test", images, np.arange(30) % 26)
    experiment = Experiment(Config(data_dir=str(tmp_path), epochs=1))
    assert experiment.config.model_options == {"num_classes": 26}
    experiment.fit()
    assert evaluate(experiment.trainer.model, make_test_loader(experiment.config))["loss"] > 0


@pytest.mark.parametrize(
    ("shape", "train_labels", "test_labels", "message"),
    [
        ((4, 28, 28), [0, 1, 2, 1], [0, 1, 3, 1], "expected labels from 0 to 2, .* got 0 to 3"),
        ((4, 20, 28), [0, 1, 2, 1], [0, 1, 2, 1], "lenet5 takes no images of 20 × 28 pixels"),
        ((0, 28, 28), [], [], "no training images"),
    ],
)
def test_data_that_do_not_fit_are_an_error(
    shape: tuple[int, ...], train_labels: list[int], test_labels: list[int], message: str, tmp_path: Path
) -> None:
    images = np.random.default_rng(0).integers(0, 256, shape)
    write_idx(tmp_path, "train", images, np.array(train_labels))
    write_idx(tmp_path, "test", images, np.array(test_labels))
    with pytest.raises(DataError, match=message):
        Experiment(Config(data_dir=str(tmp_path)))


def test_a_recipe_is_what_its_name_says_but_for_what_is_given() -> None:
    config = Config.from_recipe("resnet8", epochs=2, seed=3)
    assert (config.model, config.augment, config.epochs, config.seed) == ("resnet8", "affine", 2, 3)
    assert Config.from_recipe("lenet5") == Config()
    other = Config.from_recipe("resnet8", model="mlp")
    assert (other.model_options, other.augment) == ({}, "affine")
    assert Config.from_recipe("resnet8", model="mlp", model_options={"hidden": 5}).model_options == {
        "hidden": 5
    }
    for name in RECIPES:
        assert Config.from_json(Config.from_recipe(name).to_json()) == Config.from_recipe(name)


def test_the_residual_recipe_trains_and_saves_the_average(digits: Path) -> None:
    config = Config.from_recipe("resnet8", data_dir=str(digits), epochs=1, batch_size=100, ema=0.5)
    experiment = Experiment(config)
    assert experiment.config.model_options["in_channels"] == 1
    row = experiment.fit()[0]
    assert row["train_accuracy"] > 0.2
    trainer = experiment.trainer
    assert trainer.trained_model is trainer.averaged.module
    assert evaluate(trainer.trained_model, experiment.test_loader)["loss"] == row["test_loss"]
    for average, last in zip(trainer.trained_model.buffers(), trainer.model.buffers(), strict=True):
        assert not np.array_equal(average.numpy(), last.numpy()) or average.ndim == 0
    # Only the training loss is smoothed.
    smoothed = trainer.loss(ag.tensor([[100.0, 0.0]]), [0]).item()
    assert smoothed == pytest.approx(5)
    assert trainer.test_loss is cross_entropy


def test_training_images_vary_from_epoch_to_epoch_and_test_images_do_not(digits: Path) -> None:
    experiment = Experiment(Config(model="mlp", data_dir=str(digits), augment="affine", batch_size=800))
    (first, labels), (second, others) = (next(iter(experiment.train_loader)) for _ in range(2))
    by_label = [
        images[np.argsort(order, kind="stable")] for images, order in ((first, labels), (second, others))
    ]
    assert not np.allclose(by_label[0].mean(axis=0), by_label[1].mean(axis=0))
    for one, other in zip(*(list(experiment.test_loader) for _ in range(2)), strict=True):
        np.testing.assert_array_equal(one[0], other[0])


def test_images_of_one_grey_are_an_error(tmp_path: Path) -> None:
    write_idx(tmp_path, "train", np.full((4, 28, 28), 7), np.zeros(4))
    write_idx(tmp_path, "test", np.full((4, 28, 28), 7), np.zeros(4))
    with pytest.raises(DataError, match="all training images are of one grey"):
        Experiment(Config(data_dir=str(tmp_path)))
