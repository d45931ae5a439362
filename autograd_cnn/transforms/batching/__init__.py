"""Batching rules: how `vmap` calls an op for all examples at once. Importing this fills their table.

A rule is the op on physical tensors, whose first axis is that of the examples: it moves the numbers of
axes by one, or folds the examples into a batch that the op has anyway. Elementwise ops need none
(`core.batched.elementwise` serves them all), composites run through their ops, and an op without a rule is
called once an example.
"""

from autograd_cnn.transforms.batching import axes, entries, indexing, layers

__all__ = ["axes", "entries", "indexing", "layers"]
