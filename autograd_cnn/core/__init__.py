"""The engine: tensors, the tape, and how an op is declared. It knows no particular op.

Read `tape` first: the backward loop is the chain rule. Then `op` (what a declaration says), `tensor`,
and `elementwise`, `primitive` and `composite`, the three verbs that declare.
"""

from autograd_cnn.core import backprop, hooks, inplace

__all__ = ["backprop", "hooks", "inplace"]
