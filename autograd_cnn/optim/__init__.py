"""Optimisers and learning-rate schedules, with the names, arguments and formulas of ``torch.optim``.

Of PyTorch's optimisers two are left out: SparseAdam, as there are no sparse gradients, and Muon, which
orthogonalises in bfloat16, a type that NumPy does not have. `ScipyMinimize` is an addition.
"""

from autograd_cnn.optim import lr_scheduler, swa_utils
from autograd_cnn.optim.adafactor import Adafactor
from autograd_cnn.optim.adagrad import Adadelta, Adagrad, RMSprop
from autograd_cnn.optim.adam import Adam, AdamW
from autograd_cnn.optim.adam_variants import Adamax, NAdam, RAdam
from autograd_cnn.optim.lbfgs import LBFGS
from autograd_cnn.optim.optimizer import Optimizer
from autograd_cnn.optim.rprop import Rprop
from autograd_cnn.optim.scipy_minimize import ScipyMinimize
from autograd_cnn.optim.sgd import ASGD, SGD

__all__ = [
    "ASGD",
    "LBFGS",
    "SGD",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "NAdam",
    "Optimizer",
    "RAdam",
    "RMSprop",
    "Rprop",
    "ScipyMinimize",
    "lr_scheduler",
    "swa_utils",
]
