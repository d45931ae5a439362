"""A training made from its settings: the data, the model, the optimiser and the schedule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd_cnn.core.grad_mode import no_grad
from autograd_cnn.core.random import manual_seed
from autograd_cnn.data import MNIST, DataLoader, Normalize
from autograd_cnn.data.transforms import Compose
from autograd_cnn.errors import DataError, RunError, ShapeError
from autograd_cnn.nn import Module
from autograd_cnn.nn.functional import cross_entropy
from autograd_cnn.nn.models import make_model, model_options
from autograd_cnn.optim.lr_scheduler import OneCycleLR
from autograd_cnn.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from autograd_cnn.training.augmentation import AUGMENTATIONS
from autograd_cnn.training.callbacks import Callback
from autograd_cnn.training.config import OPTIMIZERS, Config
from autograd_cnn.training.loop import Trainer

__all__ = ["Experiment", "make_test_loader", "normalization"]

_WARM_UP = 0.2  # of all steps, in which the learning rate rises
_EVALUATION_BATCH = 500
_STATISTICS_CHUNK = 2000


class Experiment:
    """Everything that is to be trained, ready for `fit`.

    The seed fixes the initial weights, the order of the images and how they are varied.

    Attributes
    ----------
    config : Config
        The settings, with what was computed from the data.
    train_loader, test_loader : DataLoader
    trainer : Trainer

    Raises
    ------
    DataError
        if the data cannot be read, or if the model does not take images of that size.
    """

    def __init__(self, config: Config, callbacks: Sequence[Callback] = ()) -> None:
        train = MNIST("train", config.data_dir)
        self.config = config = _with_statistics(config, train)
        augmentation = AUGMENTATIONS[config.augment]
        train.transform = normalization(config)
        if augmentation is not None:
            train.transform = Compose([augmentation, train.transform])
        self.train_loader = DataLoader(train, config.batch_size, shuffle=True, generator=config.seed)
        self.test_loader = make_test_loader(config)

        manual_seed(config.seed)
        model = make_model(config.model, **config.model_options)
        _check_takes(model, config, train)
        choice = OPTIMIZERS[config.optimizer]
        optimizer = choice.make(model.parameters(), lr=config.lr, **choice.options)
        steps = config.epochs * len(self.train_loader)
        scheduler = OneCycleLR(optimizer, config.lr, steps, pct_start=_WARM_UP)
        self.trainer = Trainer(
            model,
            optimizer,
            partial(cross_entropy, label_smoothing=config.label_smoothing),
            scheduler,
            test_loss=cross_entropy,
            averaged=_averaged(model, config.ema),
            callbacks=callbacks,
        )

    def fit(self) -> list[dict[str, Any]]:
        """Train, or go on, to the last epoch; return the history."""
        return self.trainer.fit(self.train_loader, self.config.epochs, self.test_loader)


def make_test_loader(config: Config) -> DataLoader:
    """The test images of a run, normalised as its training images were.

    Raises `DataError` if they cannot be read, or have classes that the training images had not.
    """
    test = MNIST("test", config.data_dir, transform=normalization(config))
    _check_labels(test, config.data_dir, config.model_options["num_classes"])
    return DataLoader(test, _EVALUATION_BATCH)


def _with_statistics(config: Config, train: MNIST) -> Config:
    """The settings with what only the training images can tell."""
    if len(train) == 0:
        raise DataError(f"{config.data_dir}: no training images; expected at least one")
    classes = max(int(train.labels.max()) + 1, 2)
    options = {"num_classes": classes, **config.model_options}
    if "in_channels" in model_options(config.model):
        options["in_channels"] = train.images.shape[1]
    _check_labels(train, config.data_dir, options["num_classes"])
    mean, std = (
        (MNIST.MEAN, MNIST.STD) if config.data_dir is None else _statistics(train.images, config.data_dir)
    )
    if config.mean is not None and config.std is not None:
        mean, std = config.mean, config.std
    return replace(config, model_options=options, mean=mean, std=std)


def _check_labels(data: MNIST, folder: str | None, num_classes: int) -> None:
    labels = data.labels
    if labels.size and not 0 <= labels.min() <= labels.max() < num_classes:
        raise DataError(
            f"{folder}: expected labels from 0 to {num_classes - 1}, as the model has {num_classes} classes; "
            f"got {labels.min()} to {labels.max()}"
        )


def _statistics(images: NDArray[np.uint8], folder: str) -> tuple[float, float]:
    """Mean and standard deviation of the pixels in [0, 1], by counting how often each grey occurs."""
    counts = np.zeros(256, np.int64)
    for start in range(0, len(images), _STATISTICS_CHUNK):  # bincount makes 8 bytes of each pixel
        counts += np.bincount(images[start : start + _STATISTICS_CHUNK].ravel(), minlength=256)
    if np.count_nonzero(counts) == 1:
        raise DataError(f"{folder}: all training images are of one grey; expected pictures")
    greys = np.arange(256) / 255
    mean = float(counts @ greys / counts.sum())
    std = float(np.sqrt(counts @ (greys - mean) ** 2 / counts.sum()))
    return mean, std


def normalization(config: Config) -> Normalize:
    """The transform of a run's images. Raises `RunError` if its settings do not tell."""
    if config.mean is None or config.std is None:
        raise RunError("the settings have no mean and std; expected those that `Experiment` filled in")
    return Normalize(config.mean, config.std)


def _averaged(model: Module, decay: float | None) -> AveragedModel | None:
    if decay is None:
        return None
    # The running statistics belong to the averaged weights, not to the last ones.
    return AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(decay), use_buffers=True)


def _check_takes(model: Module, config: Config, train: MNIST) -> None:
    image, _ = train[0]
    try:
        with no_grad():
            model.eval()(image[np.newaxis])
            model.train()
    except ShapeError as error:
        height, width = image.shape[1:]
        raise DataError(
            f"{config.data_dir}: the model {config.model} takes no images of {height} × {width} pixels "
            f"({error})"
        ) from error
