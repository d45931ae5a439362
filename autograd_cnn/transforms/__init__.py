"""Functions of functions. Arrays in, arrays out; nested to any depth, without confusion of variables."""

from autograd_cnn.transforms.checkpoint import checkpoint
from autograd_cnn.transforms.gradient import grad, value_and_grad
from autograd_cnn.transforms.matrices import hessian, jacobian
from autograd_cnn.transforms.products import hvp, jvp, vjp
from autograd_cnn.transforms.vectorize import vmap

__all__ = ["checkpoint", "grad", "hessian", "hvp", "jacobian", "jvp", "value_and_grad", "vjp", "vmap"]
