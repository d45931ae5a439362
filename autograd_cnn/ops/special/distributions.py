"""Distribution functions and their inverses, made of the incomplete gamma and beta functions.

All are differentiable in the last argument; the parameters of the distributions are fixed, but for the
scale of the gamma distribution and what the normal distribution has.
"""

from __future__ import annotations

import math
from typing import Any

import scipy.special as scipy  # type: ignore[import-untyped]

from autograd_cnn.core.composite import composite
from autograd_cnn.core.primitive import primitive
from autograd_cnn.core.registry import case
from autograd_cnn.ops.special.error import ndtri
from autograd_cnn.ops.special.incomplete import (
    betainc,
    betaincc,
    betainccinv,
    betaincinv,
    gammainc,
    gammaincc,
    gammainccinv,
    gammaincinv,
    student_density,
)
from autograd_cnn.ops.special.weak import weakly

_PROBABILITY = (0.1, 0.9)
_BINOMIAL = [case((2, 3), k=2, n=5), case((), k=0, n=3)]
_F = [case((2, 3), dfn=3, dfd=4.5), case((), dfn=2, dfd=2)]


def _whole(k: Any) -> Any:
    """The integer below, of a number or of an array."""
    return math.floor(k) if isinstance(k, (int, float)) else scipy.round(k - 0.5)


@composite(scipy.bdtr, domain=_PROBABILITY, samples=_BINOMIAL)
def bdtr(k: Any, n: Any, p: Any) -> Any:
    """Probability of at most ``k`` successes in ``n`` trials; differentiable in ``p``, that of one.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.bdtr(1, 2, ag.tensor([0.5]))
    tensor([0.75])
    """
    return betaincc(_whole(k) + 1, n - _whole(k), p)


@composite(scipy.bdtrc, domain=_PROBABILITY, samples=_BINOMIAL)
def bdtrc(k: Any, n: Any, p: Any) -> Any:
    """Probability of more than ``k`` successes in ``n`` trials; differentiable in ``p``.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.bdtrc(1, 2, ag.tensor([0.5]))
    tensor([0.25])
    """
    return betainc(_whole(k) + 1, n - _whole(k), p)


@composite(scipy.bdtri, domain=_PROBABILITY, samples=_BINOMIAL)
def bdtri(k: Any, n: Any, y: Any) -> Any:
    """Probability ``p`` for which bdtr(k, n, p) is ``y``; differentiable in ``y``.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.bdtri(1, 2, ag.tensor([0.75]))
    tensor([0.5])
    """
    return betainccinv(_whole(k) + 1, n - _whole(k), y)


@composite(scipy.nbdtr, domain=_PROBABILITY, samples=_BINOMIAL)
def nbdtr(k: Any, n: Any, p: Any) -> Any:
    """Probability of at most ``k`` failures before the ``n``-th success; differentiable in ``p``.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.nbdtr(1, 1, ag.tensor([0.5]))
    tensor([0.75])
    """
    return betainc(n, _whole(k) + 1, p)


@composite(scipy.nbdtrc, domain=_PROBABILITY, samples=_BINOMIAL)
def nbdtrc(k: Any, n: Any, p: Any) -> Any:
    """Probability of more than ``k`` failures before the ``n``-th success; differentiable in ``p``.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.nbdtrc(1, 1, ag.tensor([0.5]))
    tensor([0.25])
    """
    return betaincc(n, _whole(k) + 1, p)


@composite(scipy.nbdtri, domain=_PROBABILITY, samples=_BINOMIAL)
def nbdtri(k: Any, n: Any, y: Any) -> Any:
    """Probability ``p`` for which nbdtr(k, n, p) is ``y``; differentiable in ``y``.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.nbdtri(1, 1, ag.tensor([0.75]))
    tensor([0.5])
    """
    return betaincinv(n, _whole(k) + 1, y)


@composite(scipy.pdtr, domain=(0.3, 3.0), samples=[case((2, 3), k=2), case((), k=0)])
def pdtr(k: Any, m: Any) -> Any:
    """Probability of at most ``k`` events where ``m`` is Poisson's mean; differentiable in ``m``.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.pdtr(1, ag.tensor([0.0]))
    tensor([1.])
    """
    return gammaincc(_whole(k) + 1, m)


@composite(scipy.pdtrc, domain=(0.3, 3.0), samples=[case((2, 3), k=2), case((), k=0)])
def pdtrc(k: Any, m: Any) -> Any:
    """Probability of more than ``k`` events of a Poisson process; differentiable in ``m``.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.pdtrc(1, ag.tensor([0.0]))
    tensor([0.])
    """
    return gammainc(_whole(k) + 1, m)


@composite(scipy.pdtri, domain=_PROBABILITY, samples=[case((2, 3), k=2), case((), k=0)])
def pdtri(k: Any, y: Any) -> Any:
    """Mean ``m`` for which pdtr(k, m) is ``y``; differentiable in ``y``.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.pdtri(1, ag.tensor([1.0]))
    tensor([0.])
    """
    return gammainccinv(_whole(k) + 1, y)


@composite(scipy.chdtri, domain=_PROBABILITY, samples=[case((2, 3), v=3.0), case((), v=1.0)])
def chdtri(v: Any, p: Any) -> Any:
    """Inverse of `chdtrc` for fixed degrees of freedom ``v``; differentiable in ``p``.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.chdtri(3, ag.tensor([1.0]))
    tensor([0.])
    """
    return 2 * gammainccinv(v / 2, p)


@composite(scipy.fdtr, domain=(0.3, 3.0), samples=_F)
def fdtr(dfn: Any, dfd: Any, x: Any) -> Any:
    """Distribution function of F with ``dfn`` and ``dfd`` degrees of freedom; differentiable in ``x``.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.fdtr(2, 2, ag.tensor([0.0]))
    tensor([0.])
    """
    return betaincc(dfd / 2, dfn / 2, dfd / (dfd + dfn * x))


@composite(scipy.fdtrc, domain=(0.3, 3.0), samples=_F)
def fdtrc(dfn: Any, dfd: Any, x: Any) -> Any:
    """Survival function of F with ``dfn`` and ``dfd`` degrees of freedom; differentiable in ``x``.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.fdtrc(2, 2, ag.tensor([0.0]))
    tensor([1.])
    """
    return betainc(dfd / 2, dfn / 2, dfd / (dfd + dfn * x))


@composite(scipy.fdtri, domain=_PROBABILITY, samples=_F)
def fdtri(dfn: Any, dfd: Any, p: Any) -> Any:
    """Inverse of `fdtr`; differentiable in ``p``.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.fdtri(2, 2, ag.tensor([0.5]))
    tensor([1.])
    """
    return betaincinv(dfn / 2, dfd / 2, p) / betainccinv(dfd / 2, dfn / 2, p) * (dfd / dfn)


@composite(scipy.gdtr, domain=(0.3, 3.0), samples=[case((2, 3), (3,), b=1.5), case((), (), b=2)])
def gdtr(a: Any, b: Any, x: Any) -> Any:
    """Gamma distribution function with rate ``a`` and shape ``b``; differentiable in ``a`` and ``x``.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.gdtr(1.0, 2.0, ag.tensor([0.0]))
    tensor([0.])
    """
    return gammainc(b, a * x)


@composite(scipy.gdtrc, domain=(0.3, 3.0), samples=[case((2, 3), (3,), b=1.5), case((), (), b=2)])
def gdtrc(a: Any, b: Any, x: Any) -> Any:
    """Survival function of the gamma distribution, 1 - `gdtr`; differentiable in ``a`` and ``x``.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.gdtrc(1.0, 2.0, ag.tensor([0.0]))
    tensor([1.])
    """
    return gammaincc(b, a * x)


@composite(scipy.gdtrix, domain=_PROBABILITY, samples=[case((2, 3), (3,), b=1.5), case((), (), b=2)])
def gdtrix(a: Any, b: Any, p: Any) -> Any:
    """Inverse of `gdtr` by its last argument; differentiable in ``a``, ``p``.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.gdtrix(1.0, 2.0, ag.tensor([0.0]))
    tensor([0.])
    """
    return gammaincinv(b, p) / a


@composite(scipy.nrdtrimn, domain=_PROBABILITY, samples=[case((2, 3), (3,), ()), case((), (), ())])
def nrdtrimn(p: Any, std: Any, x: Any) -> Any:
    """Mean of the normal distribution with deviation ``std`` for which P(X ≤ ``x``) is ``p``.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.nrdtrimn(0.5, 1.0, ag.tensor([3.0]))
    tensor([3.])
    """
    return x - std * ndtri(p)


@composite(scipy.nrdtrisd, domain=(0.55, 0.9), samples=[case((2, 3), (3,), ()), case((), (), ())])
def nrdtrisd(mn: Any, p: Any, x: Any) -> Any:
    """Deviation of the normal distribution with mean ``mn`` for which P(X ≤ ``x``) is ``p``.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.nrdtrisd(0.0, ag.special.ndtr(1.0), ag.tensor([3.0]))
    tensor([3.])
    """
    return (x - mn) / ndtri(p)


@primitive(
    scipy.stdtrit,
    domain=_PROBABILITY,
    samples=[case((2, 3), df=3.0), case((), df=1.0)],
    p=lambda g, df, out: g / student_density(df, out),
)
def stdtrit(df: Any, p: Any) -> Any:
    """Inverse of `stdtr` for fixed degrees of freedom ``df``; differentiable in ``p``.

    >>> import autograd_cnn as ag, autograd_cnn.special
    >>> ag.special.stdtrit(3, ag.tensor([0.5]))
    tensor([0.])
    """
    return weakly(scipy.stdtrit, df, p)
