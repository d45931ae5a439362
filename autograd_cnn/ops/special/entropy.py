"""Entropies and divergences, and losses that are robust against outliers."""

from __future__ import annotations

import functools
from typing import Any

import scipy.special as scipy  # type: ignore[import-untyped]

from autograd_cnn.core.elementwise import elementwise
from autograd_cnn.ops.elementwise import hypot, log, log1p, sign, where

_special = functools.partial(elementwise, namespace="ag.special")

# --- Entropies: at (0, 0) every derivative is finite, and elsewhere what the mathematics says -----------


def _both_zero(x: Any, y: Any) -> Any:
    return (x == 0) & (y == 0)


def _log_of_second(g: Any, x: Any, y: Any) -> Any:
    return g * log(where(_both_zero(x, y), 1, y))


def _ratio(x: Any, y: Any) -> Any:
    """x / y, and 0 where both are 0."""
    return x / where(_both_zero(x, y), 1, y)


def _log_ratio(x: Any, y: Any) -> Any:
    """log(x / y), and 0 where both are 0."""
    origin = _both_zero(x, y)
    return log(where(origin, 1, x) / where(origin, 1, y))


xlogy = _special(
    scipy.xlogy,
    "x log(y), 0 where x is 0; its derivatives at (0, 0) are 0.",
    domain=(0.3, 2.0),
    x=_log_of_second,
    y=lambda g, x, y: g * _ratio(x, y),
)
xlog1py = _special(
    scipy.xlog1py,
    "x log(1 + y), 0 where x is 0; its derivatives at (0, -1) are 0.",
    domain=(-0.5, 2.0),
    x=lambda g, x, y: g * log1p(where(_both_zero(x, 1 + y), 0, y)),
    y=lambda g, x, y: g * _ratio(x, 1 + y),
)
entr = _special(
    scipy.entr,
    "Entropy -x log(x), 0 at 0, where its derivative is infinite.",
    domain=(0.2, 3.0),
    x=lambda g, x: -g * (log(x) + 1),
)
rel_entr = _special(
    scipy.rel_entr,
    "Relative entropy x log(x / y); its derivatives at (0, 0) are 0.",
    domain=(0.3, 2.0),
    x=lambda g, x, y: g * where(_both_zero(x, y), 0, _log_ratio(x, y) + 1),
    y=lambda g, x, y: -g * _ratio(x, y),
)
kl_div = _special(
    scipy.kl_div,
    "Kullback-Leibler divergence x log(x / y) - x + y; its derivatives at (0, 0) are 0 and 1.",
    domain=(0.3, 2.0),
    x=lambda g, x, y: g * _log_ratio(x, y),
    y=lambda g, x, y: g * (1 - _ratio(x, y)),
)

# --- Robust losses ------------------------------------------------------------------------------------


def _over_length(g: Any, numerator: Any, length: Any) -> Any:
    return g * (numerator / where(length == 0, 1, length))


def _pseudo_huber_delta(g: Any, delta: Any, r: Any) -> Any:
    length = hypot(delta, r)
    # length - delta, without cancellation: r² / (length + delta).
    excess = r * r / where(length == 0, 1, length + delta)
    return _over_length(g, excess * excess, length)


def _pseudo_huber_residual(g: Any, delta: Any, r: Any) -> Any:
    return _over_length(g, delta * r, hypot(delta, r))


huber = _special(
    scipy.huber,
    "Huber's loss: r² / 2 where |r| ≤ delta, delta (|r| - delta / 2) elsewhere.",
    domain=(0.3, 2.0),
    delta=lambda g, delta, r: g * where(abs(r) <= delta, 0, abs(r) - delta),
    r=lambda g, delta, r: g * where(abs(r) <= delta, r, delta * sign(r)),
)
pseudo_huber = _special(
    scipy.pseudo_huber,
    "Smooth Huber loss delta² (√(1 + (r / delta)²) - 1).",
    domain=(0.3, 2.0),
    delta=_pseudo_huber_delta,
    r=_pseudo_huber_residual,
)
