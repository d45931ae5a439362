"""Hypothesis strategies for differentiable code: arrays, indices, calls of layers, networks and programs.

Values are drawn from an op's domain, on a grid that people can read; shapes are often those at the edge: 0-d,
size 0, size 1. What ``…_problems`` draw can be called, checked (``problem.check()``) and given to
`check_grads`; what they print says what was called with what.
"""

try:
    import hypothesis  # noqa: F401 - to say in one line what is missing
except ImportError:
    raise ImportError(
        "autograd_cnn.testing.strategies needs Hypothesis: pip install 'autograd-cnn[test]'"
    ) from None

from autograd_cnn.testing.strategies.arrays import LAYOUTS, arrays, laid_out, tensors
from autograd_cnn.testing.strategies.building import ARITHMETIC
from autograd_cnn.testing.strategies.contractions import einsum_problems
from autograd_cnn.testing.strategies.indices import INDEX_KINDS, indices
from autograd_cnn.testing.strategies.layers import LAYERS, LayerProblem, layer_problems
from autograd_cnn.testing.strategies.losses import LOSSES, loss_problems
from autograd_cnn.testing.strategies.networks import Network, modules
from autograd_cnn.testing.strategies.norms import NORMS, norm_problems
from autograd_cnn.testing.strategies.program import Program
from autograd_cnn.testing.strategies.programs import programs
from autograd_cnn.testing.strategies.shapes import axes, broadcastable_shapes, shapes
from autograd_cnn.testing.strategies.windows import conv_problems, pool_problems

__all__ = [
    "ARITHMETIC",
    "INDEX_KINDS",
    "LAYERS",
    "LAYOUTS",
    "LOSSES",
    "NORMS",
    "LayerProblem",
    "Network",
    "Program",
    "arrays",
    "axes",
    "broadcastable_shapes",
    "conv_problems",
    "einsum_problems",
    "indices",
    "laid_out",
    "layer_problems",
    "loss_problems",
    "modules",
    "norm_problems",
    "pool_problems",
    "programs",
    "shapes",
    "tensors",
]
