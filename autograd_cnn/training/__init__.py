"""Training: the loop, what is called on its way, and the folder that a run leaves behind."""

from autograd_cnn.training.augmentation import AUGMENTATIONS
from autograd_cnn.training.callbacks import Callback
from autograd_cnn.training.checkpoint import load_model, load_state, save_model, save_state
from autograd_cnn.training.config import OPTIMIZERS, RECIPES, Config
from autograd_cnn.training.curves import draw_curves
from autograd_cnn.training.experiment import Experiment
from autograd_cnn.training.interrupt import stop_on_interrupt
from autograd_cnn.training.loop import Trainer, evaluate, predict
from autograd_cnn.training.metrics import RunningMean, accuracy, confusion_matrix
from autograd_cnn.training.progress import EpochLines, ProgressBar
from autograd_cnn.training.run import Run, default_folder

__all__ = [
    "AUGMENTATIONS",
    "OPTIMIZERS",
    "RECIPES",
    "Callback",
    "Config",
    "EpochLines",
    "Experiment",
    "ProgressBar",
    "Run",
    "RunningMean",
    "Trainer",
    "accuracy",
    "confusion_matrix",
    "default_folder",
    "draw_curves",
    "evaluate",
    "load_model",
    "load_state",
    "predict",
    "save_model",
    "save_state",
    "stop_on_interrupt",
]
