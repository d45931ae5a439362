"""Arrays and tensors: of any shape, dtype, domain and memory layout."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograd_cnn.core.registry import FUNCTIONS, find
from autograd_cnn.core.tensor import Tensor, from_numpy, tensor
from autograd_cnn.errors import ArgumentError, DtypeError
from autograd_cnn.testing.problem import Array
from autograd_cnn.testing.strategies.shapes import Shape, shapes

__all__ = ["LAYOUTS", "Domain", "arrays", "domain_of", "laid_out", "tensors"]

Domain: TypeAlias = tuple[float, float] | Callable[..., Any]
LAYOUTS = ("contiguous", "fortran", "strided", "reversed", "broadcast", "read-only")
STEPS = 100  # of the grid, to a length of about 1


@st.composite
def arrays(
    draw: st.DrawFn,
    shape: Shape | st.SearchStrategy[Shape] | None = None,
    dtype: Any = np.float64,
    *,
    domain: Domain = (-2.0, 2.0),
    layout: str | Sequence[str] = LAYOUTS,
    unique: bool = False,
) -> Array:
    """Arrays of floating or complex numbers.

    ``shape`` and ``dtype`` may be strategies; by default shapes are small, and often those at the edge.
    ``domain`` is an open interval (of real and imaginary parts), or a function of this package or of NumPy,
    whose declared domain it then is: ``domain=np.arccosh``. Numbers lie on a grid of about a hundredth of it,
    so they print short, and what shrinks goes to the one nearest to 0; ``unique`` draws each at most once: no
    ties. ``layout`` is one of, or several out of

    - contiguous, fortran (column-major), strided (each second entry of a larger array along the last axis),
      reversed (negative strides), read-only;
    - broadcast: a read-only view whose entries along an axis are the same memory.

    >>> from autograd_cnn.testing.strategies import arrays
    >>> import numpy as np
    >>> found = arrays((2, 3), domain=np.log, layout="fortran").example()  # doctest: +SKIP
    >>> bool((found > 0.2).all()), found.flags.f_contiguous  # doctest: +SKIP
    (True, True)
    """
    size = shape if isinstance(shape, tuple) else draw(shapes() if shape is None else shape)
    kind = np.dtype(draw(dtype) if isinstance(dtype, st.SearchStrategy) else dtype)
    if kind.kind not in "fc":
        raise DtypeError(
            f"arrays: expected a floating or complex dtype, got {kind}; integers are those of "
            "hypothesis.extra.numpy.arrays"
        )
    layouts = (layout,) if isinstance(layout, str) else tuple(layout)
    if not layouts or set(layouts) - set(LAYOUTS):
        raise ArgumentError(f"arrays: expected a layout out of {LAYOUTS}, got {layout!r}")
    grid = _grid(*domain_of(domain))
    drawn = [
        draw(hnp.arrays(np.float64, size, elements=grid, fill=st.nothing(), unique=unique))
        for _ in range(2 if kind.kind == "c" else 1)
    ]
    array = drawn[0] + 1j * drawn[1] if kind.kind == "c" else drawn[0]
    return laid_out(np.asarray(array, kind), draw(st.sampled_from(layouts)))


def tensors(
    shape: Shape | st.SearchStrategy[Shape] | None = None,
    dtype: Any = np.float64,
    *,
    domain: Domain = (-2.0, 2.0),
    layout: str | Sequence[str] = LAYOUTS,
    unique: bool = False,
    requires_grad: bool = True,
) -> st.SearchStrategy[Tensor]:
    """Tensors: `arrays` with the same options, that ask for a gradient unless ``requires_grad`` is False."""

    def wrapped(array: Array) -> Tensor:
        made = from_numpy(array) if array.ndim else tensor(array)
        return made.requires_grad_() if requires_grad else made

    return arrays(shape, dtype, domain=domain, layout=layout, unique=unique).map(wrapped)


def domain_of(domain: Domain) -> tuple[float, float]:
    """The interval, or that which an op was declared with."""
    if isinstance(domain, tuple):
        low, high = domain
        if not low < high:
            raise ArgumentError(f"arrays: expected a domain (low, high) with low < high, got {domain}")
        return float(low), float(high)
    ours = find(domain) or domain
    record = next((r for r in FUNCTIONS.values() if r.function is ours), None)
    if record is None or record.kind == "constant":
        raise ArgumentError(
            f"arrays: expected as domain (low, high), or an op of this package or of NumPy, got {domain!r}"
        )
    return record.domain


def _grid(low: float, high: float) -> st.SearchStrategy[float]:
    """Decimal numbers inside of an interval, the simplest the one nearest to 0."""
    step = 10.0 ** -math.floor(math.log10(high - low) + 1e-9) * STEPS
    first, last = math.floor(low * step) + 1, math.ceil(high * step) - 1
    return st.integers(first, last).map(lambda n: n / step)


def laid_out(array: Array, layout: str) -> Array:
    """An array of the same values (for ``"broadcast"``, of some of them) in another memory layout."""
    if layout == "read-only":
        array = array.copy()
        array.flags.writeable = False
    elif array.ndim == 0 or layout == "contiguous":
        return array
    elif layout == "fortran":
        return np.asfortranarray(array)
    elif layout == "reversed":
        backwards = (slice(None, None, -1),) * array.ndim
        return np.ascontiguousarray(array[backwards])[backwards]
    elif layout == "strided":
        wide = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), array.dtype)
        wide[..., ::2] = array
        return wide[..., ::2]
    elif array.size:  # broadcast, along the longest axis
        longest = int(np.argmax(array.shape))
        return np.broadcast_to(array.take([0], axis=longest), array.shape)
    return array
