"""Gradients that are proven: checks of derivatives, of our functions and of those of other engines.

`check_grads` and `gradcheck` raise or pass; `gradient_test` makes a function a property test, whose inputs
come from `autograd_cnn.testing.strategies` (which needs Hypothesis). Under them, for tools that want to know
more: a `Problem` is a function with its derivatives, of any engine, and `findings` yields what does not hold
of it.
"""

from autograd_cnn.testing.diagnosis import Entry, Failure, told
from autograd_cnn.testing.findings import Options, explained, findings
from autograd_cnn.testing.gradients import check_grads
from autograd_cnn.testing.posed import CallProblem, PosedProblem
from autograd_cnn.testing.problem import Problem, TensorProblem, problem_of
from autograd_cnn.testing.property import gradient_test
from autograd_cnn.testing.pytorch import gradcheck, gradgradcheck

__all__ = [
    "CallProblem",
    "Entry",
    "Failure",
    "Options",
    "PosedProblem",
    "Problem",
    "TensorProblem",
    "check_grads",
    "explained",
    "findings",
    "gradcheck",
    "gradgradcheck",
    "gradient_test",
    "problem_of",
    "told",
]
