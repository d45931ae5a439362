"""Checking gradients against finite differences."""

from autograd_cnn.testing.gradients import check_grads

__all__ = ["check_grads"]
