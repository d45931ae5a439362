"""Draws of whole numbers, which are constants, and of entries of an array, which take its gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_cnn.core.composite import composite
from autograd_cnn.core.declare import declare, declaring_module
from autograd_cnn.core.registry import case
from autograd_cnn.core.tensor import Tensor, wrap
from autograd_cnn.errors import ArgumentError
from autograd_cnn.ops.random_draws import Generator, Size, generator_of, value_of
from autograd_cnn.ops.selection import take


def _discrete(name: str, summary: str, call: str) -> Callable[..., Any]:
    """Declare a method of `numpy.random.Generator` that draws integers; its parameters are constants."""

    def draw(*args: Any, generator: Generator = None, **kwargs: Any) -> Tensor:
        method = getattr(generator_of(generator), name)
        try:
            drawn = method(*map(value_of, args), **{key: value_of(value) for key, value in kwargs.items()})
        except ValueError as error:
            raise ArgumentError(f"{name}: {error}") from None
        return wrap(np.asarray(drawn)[()], None)

    draw.__name__ = draw.__qualname__ = name
    draw.__module__ = declaring_module()
    draw.__doc__ = (
        f"{summary}; as `numpy.random.Generator.{name}`, and with ``generator=``. A constant tensor.\n\n"
        f">>> import autograd_cnn as ag, autograd_cnn.random\n>>> ag.random.{call}.shape\n(3,)\n"
    )
    declare(draw, "constant", None, False, None, (), {}, (-2.0, 2.0), ())
    return draw


integers = _discrete("integers", "Integers from low up to high, exclusive", "integers(10, size=3)")
poisson = _discrete("poisson", "Draws of the Poisson distribution", "poisson(2.0, 3)")
binomial = _discrete("binomial", "Successes among n trials of probability p", "binomial(5, 0.5, 3)")
negative_binomial = _discrete(
    "negative_binomial", "Failures before n successes of probability p", "negative_binomial(5, 0.5, 3)"
)
geometric = _discrete("geometric", "Trials up to the first success of probability p", "geometric(0.5, 3)")
hypergeometric = _discrete(
    "hypergeometric", "Good ones among nsample drawn without replacement", "hypergeometric(5, 5, 3, 3)"
)
logseries = _discrete("logseries", "Draws of the logarithmic series distribution", "logseries(0.5, 3)")
zipf = _discrete("zipf", "Draws of the zeta distribution", "zipf(2.0, 3)")
multinomial = _discrete(
    "multinomial",
    "Counts of n trials whose outcomes have probabilities pvals",
    "multinomial(5, [0.2, 0.3, 0.5])",
)


@composite(samples=[case((4,), generator=0), case((3, 2), axis=1, generator=1), case((0, 2), generator=0)])
def permutation(x: Any, axis: int = 0, *, generator: Generator = None) -> Any:
    """Entries of ``x`` along ``axis`` in random order; of an integer, those of ``arange(x)``.

    >>> import autograd_cnn as ag, autograd_cnn.random
    >>> ag.sort(ag.random.permutation(3))
    tensor([0, 1, 2])
    """
    source = generator_of(generator)
    if isinstance(x, (int, np.integer)):
        return wrap(source.permutation(x), None)
    x = x if isinstance(x, Tensor) else wrap(np.asarray(x), None)
    if x.ndim == 0:
        raise ArgumentError("permutation: expected an integer or an array with an axis, got a number")
    return take(x, source.permutation(x.shape[axis]), axis)


@composite(
    samples=[
        case((4,), size=(2, 3), generator=0),
        case((4, 2), size=3, replace=False, generator=1),
        case((2, 4), axis=1, p=[0.1, 0.2, 0.3, 0.4], generator=2),
    ]
)
def choice(
    a: Any,
    size: Size = None,
    replace: bool = True,
    p: Any = None,
    axis: int = 0,
    shuffle: bool = True,
    *,
    generator: Generator = None,
) -> Any:
    """Entries drawn from ``a`` along ``axis``, with probabilities ``p``; of an integer, from ``arange(a)``.

    Their gradients go to the entries of ``a``; ``p`` is a constant.

    >>> import autograd_cnn as ag, autograd_cnn.random
    >>> ag.random.choice(ag.tensor([5.0, 5.0]), 3)
    tensor([5., 5., 5.])
    """
    source = generator_of(generator)
    whole = isinstance(a, (int, np.integer))
    if not whole:
        a = a if isinstance(a, Tensor) else wrap(np.asarray(a), None)
        if a.ndim == 0:
            raise ArgumentError("choice: expected an integer or an array with an axis, got a number")
    count = a if whole else a.shape[axis]
    try:
        indices = source.choice(count, size, replace, value_of(p), shuffle=shuffle)
    except ValueError as error:
        raise ArgumentError(f"choice: {error}") from None
    return wrap(np.asarray(indices)[()], None) if whole else take(a, indices, axis)
