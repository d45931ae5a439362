"""Reverse-mode automatic differentiation with a tape, on NumPy."""
from autograd_cnn.core.tensor import Tensor, from_numpy, tensor
from autograd_cnn import ops
from autograd_cnn.ops.elementwise import *
from autograd_cnn.ops.reduction import *
from autograd_cnn.ops.shape import *
