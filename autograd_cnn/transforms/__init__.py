"""Functions of functions: `grad` and `value_and_grad`. Arrays in, arrays out."""

from autograd_cnn.transforms.gradient import grad, value_and_grad

__all__ = ["grad", "value_and_grad"]
