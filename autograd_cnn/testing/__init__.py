"""Gradients that are proven: checks of derivatives, of our functions and of those of other engines.

`check_grads` and `gradcheck` raise or pass. Under them, for tools that want to know more: a `Problem` is a
function with its derivatives, of any engine, and `findings` yields what does not hold of it.
"""

from autograd_cnn.testing.diagnosis import Entry, Failure, told
from autograd_cnn.testing.findings import Options, explained, findings
from autograd_cnn.testing.gradients import check_grads
from autograd_cnn.testing.problem import Problem, TensorProblem, problem_of
from autograd_cnn.testing.pytorch import gradcheck, gradgradcheck

__all__ = [
    "Entry",
    "Failure",
    "Options",
    "Problem",
    "TensorProblem",
    "check_grads",
    "explained",
    "findings",
    "gradcheck",
    "gradgradcheck",
    "problem_of",
    "told",
]
