"""Parameters that keep a float32 argument float32."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_cnn.core.op import numbers


def weakly(function: Any, *arguments: Any) -> Any:
    """Call a function of SciPy; Python numbers among the arguments do not promote the others.

    SciPy's ufuncs that have a loop for double before that for single precision, or for integers, answer
    ``gammainc(1.5, x)`` in float64 for any x. NumPy's rule (NEP 50) is that 1.5 takes the dtype of x.
    """
    result = function(*arguments)
    dtype = np.result_type(*map(numbers, arguments))
    return result.astype(dtype) if dtype.kind in "fc" and dtype.itemsize < result.dtype.itemsize else result
