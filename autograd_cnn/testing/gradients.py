"""`check_grads`: derivatives of any order against finite differences, and every property beside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd_cnn.testing.diagnosis import told
from autograd_cnn.testing.findings import Options, explained, findings
from autograd_cnn.testing.problem import problem_of

__all__ = ["check_grads"]


def check_grads(
    function: Any,
    args: Sequence[Any],
    order: int = 2,
    modes: Sequence[str] = ("rev", "fwd"),
    *,
    rtol: float | None = None,
    atol: float | None = None,
    eps: float | None = None,
    directions: int = 2,
    full: bool = False,
    seed: int = 0,
) -> None:
    """Raise `GradientError` unless the derivatives of ``function`` at ``args`` are right, up to ``order``.

    ``function`` takes a tensor for each of ``args`` (arrays, tensors or numbers of any shape) and returns a
    tensor, or nested lists, tuples and dicts of them. It may be a `Module`, whose parameters are checked
    too, or a function of another engine, through `autograd_cnn.testing.adapters`.

    The outputs are contracted with random cotangents ȳ. For each argument x and random unit direction u,
    ⟨x̄, u⟩ (``"rev"``) must equal the derivative of ⟨ȳ, f(x + t·u)⟩: by a central difference, of two steps and
    extrapolated where one does not agree, and where f takes complex numbers and is analytic, by the complex
    step. All arguments move at once, and each alone if the sum is off by what the smallest part may be.
    ⟨ȳ, J u⟩ (``"fwd"``) must equal ⟨x̄, u⟩, and else that derivative. ``full`` takes every entry of arguments
    and outputs in turn. Order 2 checks in the same way the function that maps arguments and cotangents to
    gradients, and so on.

    Beside that: calls can be repeated, write to nothing they are given, and give gradients of the right shape
    and dtype; VJPs are linear in the cotangent, agree raw and recorded, and are adjoint to JVPs.

    Use float64: the relative tolerance, by default 1e-6 for first order and 1e-5 for higher ones, widens by
    itself for smaller dtypes; by the complex step it is 1e-10 of the sum's terms. ``rtol`` replaces both, and
    leaves out the complex step; ``atol`` replaces the allowance for rounding, ``eps`` the first step.
    Raises `KinkError` where the function has no derivative, `ArgumentError` and `DtypeError` for arguments
    that cannot be checked. The error's ``failure`` has the facts of its message as fields.

    >>> import autograd_cnn as ag, numpy as np
    >>> from autograd_cnn.testing import check_grads
    >>> check_grads(lambda x: np.sin(x) * x, [np.array([0.5, 1.5])], order=3)
    """
    base = problem_of(function)
    options = Options(order, tuple(modes), rtol, atol, eps, directions, full, seed)
    point = base.point(args)
    for failure in findings(base, point, options):
        raise told(explained(base, point, failure, options))
