"""Elliptic integrals and functions in their argument, and the arithmetic-geometric mean."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
import scipy.special as scipy  # type: ignore[import-untyped]

from autograd_cnn.core.composite import composite
from autograd_cnn.core.elementwise import elementwise
from autograd_cnn.core.primitive import primitive
from autograd_cnn.core.registry import case
from autograd_cnn.ops.elementwise import cos, sin, where
from autograd_cnn.ops.special.hypergeometric import ellipe, hyp2f1
from autograd_cnn.ops.special.orthogonal import eval_chebyu
from autograd_cnn.ops.special.weak import weakly

_special = functools.partial(elementwise, namespace="ag.special")
_FIXED: Any = [case((2, 3), m=0.5), case((), m=0.0), case((2,), m=-1.3)]


def _slope_of_ellipkm1(p: Any, out: Any) -> Any:
    # Near p = 0 as it stands; near 1, where that is 0 / 0, dK/dm = π/8 ₂F₁(3/2, 3/2; 2; m) with m = 1 - p.
    small = p < 0.5
    q = where(small, p, 0.25)
    near = (ellipe(1 - q) - q * out) / (2 * q * (1 - q))
    m = where(small, 0.25, 1 - p)
    return -where(small, near, hyp2f1(1.5, 1.5, 2.0, m) * (math.pi / 8))


ellipkm1 = _special(
    scipy.ellipkm1,
    "Complete elliptic integral of the first kind of m = 1 - p, precise near p = 0.",
    domain=(0.1, 0.9),
    p=lambda g, p, out: g * _slope_of_ellipkm1(p, out),
)


@primitive(
    scipy.ellipkinc,
    domain=(-1.2, 1.2),
    samples=_FIXED,
    phi=lambda g, phi, m: g * (1 - m * sin(phi) ** 2) ** -0.5,
)
def ellipkinc(phi: Any, m: Any) -> Any:
    """Incomplete elliptic integral of the first kind ∫ (1 - m sin²t) ** -½ dt from 0 to ``phi``.

    ``m`` is a parameter; differentiable in ``phi``.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.ellipkinc(ag.tensor([1.0]), 0.0)
    tensor([1.])
    """
    return weakly(scipy.ellipkinc, phi, m)


@primitive(
    scipy.ellipeinc,
    domain=(-1.2, 1.2),
    samples=_FIXED,
    phi=lambda g, phi, m: g * (1 - m * sin(phi) ** 2) ** 0.5,
)
def ellipeinc(phi: Any, m: Any) -> Any:
    """Incomplete elliptic integral of the second kind ∫ (1 - m sin²t) ** ½ dt from 0 to ``phi``.

    ``m`` is a parameter; differentiable in ``phi``.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.ellipeinc(ag.tensor([1.0]), 0.0)
    tensor([1.])
    """
    return weakly(scipy.ellipeinc, phi, m)


def _ellipj_vjp(g: Any, m: Any, sn: Any, cn: Any, dn: Any) -> Any:
    slopes = (cn * dn, -sn * dn, -m * sn * cn, dn)  # DLMF 22.13.1-3, and of the amplitude
    parts = [cotangent * slope for cotangent, slope in zip(g, slopes, strict=True) if cotangent is not None]
    return sum(parts[1:], parts[0])


@primitive(
    scipy.ellipj,
    outputs=("sn", "cn", "dn", "ph"),
    samples=[case((2, 3), m=0.5), case((), m=0.3), case((2,), m=0.9)],
    u=_ellipj_vjp,
)
def ellipj(u: Any, m: Any) -> Any:
    """Jacobi's elliptic functions sn, cn, dn and the amplitude; ``m`` is a parameter, 0 ≤ m ≤ 1.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> sn, cn, dn, ph = ag.special.ellipj(ag.tensor([0.0]), 0.5)
    >>> sn, dn
    (tensor([0.]), tensor([1.]))
    """
    dtype = np.result_type(u, m)
    return tuple(result.astype(dtype, copy=False) for result in scipy.ellipj(u, m))


@composite(scipy.agm, domain=(0.3, 3.0), samples=[case((2, 3), (2, 3)), case((), ()), case((2, 1), (3,))])
def agm(a: Any, b: Any) -> Any:
    """Arithmetic-geometric mean of positive numbers: π/4 (a + b) / K(((a - b) / (a + b))²).

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.agm(ag.tensor([3.0]), 3.0)
    tensor([3.])
    """
    total = a + b
    return math.pi / 4 * total / ellipkm1(4 * a * b / (total * total))


# --- Periodic sinc ------------------------------------------------------------------------------------


@composite(samples=[case((2, 3), n=5), case((), n=2), case((2,), n=1)])
def diric(x: Any, n: int) -> Any:
    """Dirichlet's kernel sin(n x / 2) / (n sin(x / 2)), for an integer ``n`` of 1 or more.

    Chebyshev's polynomial Uₙ₋₁(cos(x / 2)) / n, and so exact where both sines are 0.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.diric(ag.tensor([0.0]), 4)
    tensor([1.])
    """
    return eval_chebyu(n - 1, cos(x / 2)) / n
