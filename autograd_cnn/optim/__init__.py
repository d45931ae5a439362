"""Optimisers and learning-rate schedules, with the names, arguments and formulas of ``torch.optim``."""

from autograd_cnn.optim import lr_scheduler
from autograd_cnn.optim.adam import Adam, AdamW
from autograd_cnn.optim.optimizer import Optimizer
from autograd_cnn.optim.sgd import SGD

__all__ = ["SGD", "Adam", "AdamW", "Optimizer", "lr_scheduler"]
