"""Fast convolution, pooling and matrix products on raw arrays, and the thread pool they share."""

from autograd_cnn.kernels.convolution import (
    convolution,
    convolution_input_gradient,
    convolution_weight_gradient,
)
from autograd_cnn.kernels.geometry import Window, ceil_padding, resolve_window
from autograd_cnn.kernels.memory import keep_freed_memory
from autograd_cnn.kernels.normalization import (
    channel_moments,
    channel_products,
    channel_sums,
    scale_channels,
)
from autograd_cnn.kernels.pooling import (
    average_pool,
    average_pool_backward,
    max_pool,
    max_pool_backward,
    max_pool_gather,
)
from autograd_cnn.kernels.products import matmul
from autograd_cnn.kernels.threads import get_num_threads, one_blas_thread, run_chunks, set_num_threads

__all__ = [
    "Window",
    "average_pool",
    "average_pool_backward",
    "ceil_padding",
    "channel_moments",
    "channel_products",
    "channel_sums",
    "convolution",
    "convolution_input_gradient",
    "convolution_weight_gradient",
    "get_num_threads",
    "matmul",
    "max_pool",
    "max_pool_backward",
    "max_pool_gather",
    "one_blas_thread",
    "resolve_window",
    "run_chunks",
    "scale_channels",
    "set_num_threads",
]

keep_freed_memory()
