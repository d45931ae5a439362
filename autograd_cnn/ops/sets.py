"""Sets, bits, and questions about arrays: constants."""

from __future__ import annotations

import numpy as np

from autograd_cnn.core.composite import constant

array_equiv = constant(np.array_equiv)
common_type = constant(np.common_type)
diag_indices = constant(np.diag_indices)
intersect1d = constant(np.intersect1d)
mask_indices = constant(np.mask_indices)
may_share_memory = constant(np.may_share_memory)
min_scalar_type = constant(np.min_scalar_type)
packbits = constant(np.packbits)
setdiff1d = constant(np.setdiff1d)
setxor1d = constant(np.setxor1d)
shares_memory = constant(np.shares_memory)
union1d = constant(np.union1d)
unpackbits = constant(np.unpackbits)
