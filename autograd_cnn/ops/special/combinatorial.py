"""Counting, continued to real numbers; and powers, degrees and the profile of Voigt."""

from __future__ import annotations

import functools
import math
from typing import Any

import scipy.special as scipy  # type: ignore[import-untyped]

from autograd_cnn.core.composite import composite, constant
from autograd_cnn.core.elementwise import elementwise
from autograd_cnn.core.registry import case
from autograd_cnn.core.tensor import Tensor
from autograd_cnn.errors import ArgumentError
from autograd_cnn.ops.elementwise import log, where
from autograd_cnn.ops.polynomials import as_array
from autograd_cnn.ops.special.gamma import binom, gamma, poch

_special = functools.partial(elementwise, namespace="ag.special")


def _exactly(name: str, exact: bool, *arguments: Any) -> bool:
    """Whether Python's exact integers are asked for, which have no derivative."""
    if exact and any(isinstance(x, Tensor) for x in arguments):
        raise ArgumentError(f"{name}: exact=True counts with integers; leave it out for tensors")
    return exact


def _countable(N: Any, k: Any) -> tuple[Any, Any, Any]:
    """N and k, but 1 and k where there is nothing to count; and where there is. A number k stays one."""
    N, k = as_array(N), k if isinstance(k, (int, float)) else as_array(k)
    there = (k <= N) & (N >= 0) & (k >= 0)
    return where(there, N, 1), k if isinstance(k, (int, float)) else where(there, k, 1), there


@composite(domain=(0.3, 3.0), samples=[case((2, 3), k=0.2), case((), k=2), case((2,), k=5)])
def comb(N: Any, k: Any, *, exact: bool = False, repetition: bool = False) -> Any:
    """Ways to choose ``k`` of ``N`` things, as `scipy.special.comb`; 0 for k > N, and for negative ones.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.comb(ag.tensor([4.0]), 2)
    tensor([6.])
    """
    if _exactly("comb", exact, N, k):
        return scipy.comb(N, k, exact=True, repetition=repetition)
    if repetition:
        return comb(as_array(N) + k - 1, k)
    N, k, there = _countable(N, k)
    return where(there, binom(N, k), 0)


@composite(domain=(0.3, 3.0), samples=[case((2, 3), k=1), case((), k=2), case((2,), k=5)])
def perm(N: Any, k: Any, exact: bool = False) -> Any:
    """Ways to arrange ``k`` of ``N`` things, as `scipy.special.perm`; 0 for k > N, and for negative ones.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.perm(ag.tensor([4.0]), 2)
    tensor([12.])
    """
    if _exactly("perm", exact, N, k):
        return scipy.perm(N, k, exact=True)
    N, k, there = _countable(N, k)
    return where(there, poch(N - k + 1, k), 0)


@composite(domain=(0.3, 3.0), samples=[case((2, 3)), case(())])
def factorial(n: Any, exact: bool = False) -> Any:
    """Γ(n + 1), and 0 for negative ``n``; as `scipy.special.factorial`.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.factorial(ag.tensor([4.0]))
    tensor([24.])
    """
    if _exactly("factorial", exact, n):
        return scipy.factorial(n, exact=True)
    n = as_array(n)
    return where(n < 0, 0, gamma(where(n < 0, 0, n) + 1))


powm1 = _special(
    scipy.powm1,
    "x ** y - 1, precise where the power is near 1.",
    domain=(0.3, 2.0),
    x=lambda g, x, y: g * (y * x ** (y - 1)),
    y=lambda g, x, out: g * where(x == 0, 0, log(where(x == 0, 1, x)) * (out + 1)),
)


@composite(scipy.radian, samples=[case((2, 3), (3,), ()), case((), (), ())])
def radian(d: Any, m: Any, s: Any) -> Any:
    """Radians of ``d`` degrees, ``m`` minutes and ``s`` seconds.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.radian(ag.tensor([180.0]), 0, 0)
    tensor([3.14159265])
    """
    return (d + m / 60 + s / 3600) * (math.pi / 180)


# The scaled complementary error function of -iz: w' = -2zw + 2i/√π (DLMF 7.10.2).
wofz = _special(
    scipy.wofz,
    "Faddeeva function e ** -z² erfc(-iz); complex.",
    forward=lambda x: scipy.wofz(x + 0j),  # a real float32 would become complex128
    x=lambda g, x, out: g * (-2 * x * out + 2j / math.sqrt(math.pi)),
)


@composite(
    scipy.voigt_profile,
    domain=(0.3, 2.0),
    samples=[case((2, 3), (3,), ()), case((), (), ())],
)
def voigt_profile(x: Any, sigma: Any, gamma: Any) -> Any:
    """Density at ``x`` of a normal variable of deviation ``sigma`` plus a Cauchy one of width ``gamma``.

    Re w((x + iγ) / (σ√2)) / (σ√(2π)); where ``sigma`` is 0, Cauchy's density.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.voigt_profile(ag.tensor([0.0]), 1.0, 0.0)
    tensor([0.39894228])
    """
    x, sigma, gamma = as_array(x), as_array(sigma), as_array(gamma)
    narrow = sigma == 0
    width = where(narrow, 1, sigma) * math.sqrt(2)
    voigt = wofz((x + 1j * gamma) / width).real / (width * math.sqrt(math.pi))
    square = where(narrow, x * x + gamma * gamma, 1)
    cauchy = gamma / (math.pi * where(square == 0, 1, square))
    return where(narrow, where(square == 0, math.inf, cauchy), voigt)


round = constant(scipy.round)
