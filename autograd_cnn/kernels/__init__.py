"""Fast convolution and pooling, forward and backward, on raw arrays; and the thread pool they share."""

from autograd_cnn.kernels.convolution import (
    convolution,
    convolution_input_gradient,
    convolution_weight_gradient,
)
from autograd_cnn.kernels.geometry import Window, ceil_padding, resolve_window
from autograd_cnn.kernels.pooling import (
    average_pool,
    average_pool_backward,
    max_pool,
    max_pool_backward,
    max_pool_gather,
)
from autograd_cnn.kernels.threads import get_num_threads, run_chunks, set_num_threads

__all__ = [
    "Window",
    "average_pool",
    "average_pool_backward",
    "ceil_padding",
    "convolution",
    "convolution_input_gradient",
    "convolution_weight_gradient",
    "get_num_threads",
    "max_pool",
    "max_pool_backward",
    "max_pool_gather",
    "resolve_window",
    "run_chunks",
    "set_num_threads",
]
