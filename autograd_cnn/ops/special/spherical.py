"""Spherical Bessel functions, differentiable in their argument; the order is an integer of 0 or more.

(2n + 1) fₙ' = n fₙ₋₁ ∓ (n + 1) fₙ₊₁ (DLMF 10.51.2, 10.51.5), which is exact at 0, where SciPy's own
``derivative=True`` divides by z.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.special as scipy  # type: ignore[import-untyped]

from autograd_cnn.core.composite import composite
from autograd_cnn.core.op import numbers
from autograd_cnn.core.primitive import primitive
from autograd_cnn.core.registry import case
from autograd_cnn.ops.special.weak import weakly

_POSITIVE = (0.3, 3.0)
_ORDERS: Any = [case((2, 3), n=1), case((), n=0), case((2,), n=3)]
_BOTH: Any = [*_ORDERS, *(case(*c.shapes, **c.parameters, derivative=True) for c in _ORDERS)]


def _slope(function: Callable[[Any, Any], Any], n: Any, z: Any, lower: int, upper: int) -> Any:
    n = numbers(n)
    before = max(n - 1, 0) if isinstance(n, int) else np.maximum(n - 1, 0)  # it stands beside a factor 0
    neighbours = function(before, z) * (lower * n) + function(n + 1, z) * (upper * (n + 1))
    return neighbours / (2 * n + 1)


@primitive(domain=_POSITIVE, samples=_ORDERS, z=lambda g, n, z: g * _slope(spherical_j, n, z, 1, -1))
def spherical_j(n: Any, z: Any) -> Any:
    """Spherical Bessel function of the first kind.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.special.spherical import spherical_j
    >>> spherical_j(0, ag.tensor([0.0]))
    tensor([1.])
    """
    return weakly(scipy.spherical_jn, n, z)


@primitive(domain=_POSITIVE, samples=_ORDERS, z=lambda g, n, z: g * _slope(spherical_y, n, z, 1, -1))
def spherical_y(n: Any, z: Any) -> Any:
    """Spherical Bessel function of the second kind.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.special.spherical import spherical_y
    >>> spherical_y(0, ag.tensor([0.0]))
    tensor([-inf])
    """
    return weakly(scipy.spherical_yn, n, z)


@primitive(domain=_POSITIVE, samples=_ORDERS, z=lambda g, n, z: g * _slope(spherical_i, n, z, 1, 1))
def spherical_i(n: Any, z: Any) -> Any:
    """Modified spherical Bessel function of the first kind.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.special.spherical import spherical_i
    >>> spherical_i(0, ag.tensor([0.0]))
    tensor([1.])
    """
    return weakly(scipy.spherical_in, n, z)


@primitive(domain=_POSITIVE, samples=_ORDERS, z=lambda g, n, z: g * _slope(spherical_k, n, z, -1, -1))
def spherical_k(n: Any, z: Any) -> Any:
    """Modified spherical Bessel function of the second kind.

    >>> import autograd_cnn as ag
    >>> from autograd_cnn.ops.special.spherical import spherical_k
    >>> spherical_k(0, ag.tensor([0.0]))
    tensor([inf])
    """
    return weakly(scipy.spherical_kn, n, z)


@composite(domain=_POSITIVE, samples=_BOTH)
def spherical_jn(n: Any, z: Any, derivative: bool = False) -> Any:
    """Spherical Bessel function of the first kind, of order ``n``, or its ``derivative``.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.spherical_jn(1, ag.tensor([0.0]), derivative=True)
    tensor([0.33333333])
    """
    return _slope(spherical_j, n, z, 1, -1) if derivative else spherical_j(n, z)


@composite(domain=_POSITIVE, samples=_BOTH)
def spherical_yn(n: Any, z: Any, derivative: bool = False) -> Any:
    """Spherical Bessel function of the second kind, of order ``n``, or its ``derivative``.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.spherical_yn(0, ag.tensor([1.0]))
    tensor([-0.54030231])
    """
    return _slope(spherical_y, n, z, 1, -1) if derivative else spherical_y(n, z)


@composite(domain=_POSITIVE, samples=_BOTH)
def spherical_in(n: Any, z: Any, derivative: bool = False) -> Any:
    """Modified spherical Bessel function of the first kind, of order ``n``, or its ``derivative``.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.spherical_in(1, ag.tensor([0.0]), derivative=True)
    tensor([0.33333333])
    """
    return _slope(spherical_i, n, z, 1, 1) if derivative else spherical_i(n, z)


@composite(domain=_POSITIVE, samples=_BOTH)
def spherical_kn(n: Any, z: Any, derivative: bool = False) -> Any:
    """Modified spherical Bessel function of the second kind, of order ``n``, or its ``derivative``.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.spherical_kn(0, ag.tensor([1.0]))
    tensor([0.57786367])
    """
    return _slope(spherical_k, n, z, -1, -1) if derivative else spherical_k(n, z)
