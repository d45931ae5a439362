"""`gradcheck` and `gradgradcheck`, with PyTorch's names and signatures."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_cnn.core.tensor import Tensor
from autograd_cnn.errors import ArgumentError, GradientError, KinkError, UnsupportedError
from autograd_cnn.testing.derivatives import normal
from autograd_cnn.testing.diagnosis import told
from autograd_cnn.testing.findings import Options, explained, findings
from autograd_cnn.testing.problem import Array, Problem, problem_of

__all__ = ["gradcheck", "gradgradcheck"]


def gradcheck(
    func: Any,
    inputs: Any,
    *,
    eps: float | None = None,
    atol: float | None = None,
    rtol: float | None = None,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = True,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
) -> bool:
    """Check first derivatives, as `torch.autograd.gradcheck`: every entry of the Jacobian.

    ``inputs`` is a tensor or a tuple of arguments; derivatives are taken by the tensors that require grad,
    and by arrays of floating or complex numbers if no tensor does; the rest is handed over as it is.
    ``func`` may be a module or an adapted function of another engine, too. ``fast_mode`` takes random
    directions instead. Returns True; where a check fails, raises `GradientError` or `KinkError`, or, without
    ``raise_exception``, returns False.

    Other than in PyTorch, the step ``eps`` and the tolerances are chosen by dtype and scale unless given
    (see `check_grads`), and dtypes of gradients are always checked: ``check_grad_dtypes`` may be set, but
    changes nothing. ``nondet_tol`` is how far repeated calls may differ, ``check_undefined_grad`` leaves out
    cotangents of single outputs. ``check_batched_grad``, ``check_batched_forward_grad`` and ``masked`` raise
    `UnsupportedError`: `vmap` here is a loop, and there are no sparse tensors.

    >>> import autograd_cnn as ag, numpy as np
    >>> from autograd_cnn.testing import gradcheck
    >>> gradcheck(np.cumsum, ag.tensor([0.3, 0.7], requires_grad=True))
    True
    """
    _refuse(
        check_batched_grad=check_batched_grad,
        check_batched_forward_grad=check_batched_forward_grad,
        masked=masked,
    )
    modes = _modes(rev=check_backward_ad, fwd=check_forward_ad)
    problem, point = _differentiated(func, inputs)
    options = Options(1, modes, rtol, atol, eps, 2, not fast_mode, 0, nondet_tol, check_undefined_grad)
    return _run(problem, point, options, raise_exception)


def gradgradcheck(
    func: Any,
    inputs: Any,
    grad_outputs: Any = None,
    *,
    eps: float | None = None,
    atol: float | None = None,
    rtol: float | None = None,
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = True,
    check_batched_grad: bool = False,
    check_fwd_over_rev: bool = False,
    check_rev_over_rev: bool = True,
    fast_mode: bool = False,
    masked: bool = False,
) -> bool:
    """Check second derivatives, as `torch.autograd.gradgradcheck`: those of the gradients.

    The function checked maps the inputs and ``grad_outputs`` (the cotangents; random numbers by default, of
    another memory layout with ``gen_non_contig_grad_outputs``) to the gradients. First derivatives are taken
    to be right: `gradcheck`, which has the same options, looks at them.

    >>> import autograd_cnn as ag, numpy as np
    >>> from autograd_cnn.testing import gradgradcheck
    >>> gradgradcheck(np.tanh, ag.tensor([0.3, 0.7], requires_grad=True))
    True
    """
    _refuse(check_batched_grad=check_batched_grad, masked=masked)
    modes = _modes(rev=check_rev_over_rev, fwd=check_fwd_over_rev)
    problem, point = _differentiated(func, inputs)
    outputs = problem.value(point)
    if grad_outputs is None:
        generator = np.random.default_rng(1)
        cotangents = [normal(output, generator) for output in outputs]
    else:
        cotangents = [_array(c) for c in _sequence(grad_outputs)]
    shapes = [output.shape for output in outputs]
    if [c.shape for c in cotangents] != shapes:
        raise ArgumentError(
            f"gradgradcheck: expected grad_outputs of the shapes of the outputs, {shapes}, got "
            f"{[c.shape for c in cotangents]}"
        )
    if gen_non_contig_grad_outputs:
        cotangents = [np.stack([c, c], axis=-1)[..., 0] for c in cotangents]
    options = Options(
        1, modes, rtol or 1e-5, atol, eps, 2, not fast_mode, 0, nondet_tol, check_undefined_grad
    )
    return _run(problem.pullback(len(point)), [*point, *cotangents], options, raise_exception)


def _run(problem: Problem, point: list[Array], options: Options, raise_exception: bool) -> bool:
    error: GradientError | KinkError
    for failure in findings(problem, point, options):
        if not raise_exception:
            return False
        error = told(explained(problem, point, failure, options))
        raise error
    return True


def _refuse(**options: Any) -> None:
    for name, value in options.items():
        if value:
            raise UnsupportedError(
                f"gradcheck: {name}={value!r} has no meaning here (vmap is a loop over examples, and no "
                "tensor is sparse); leave it out"
            )


def _modes(*, rev: bool, fwd: bool) -> tuple[str, ...]:
    return (("rev",) if rev else ()) + (("fwd",) if fwd else ())


def _differentiated(func: Any, inputs: Any) -> tuple[Problem, list[Array]]:
    """The problem of the inputs by which derivatives are taken, the others bound to their places."""
    given = _sequence(inputs)
    wanted = [isinstance(x, Tensor) and x.requires_grad for x in given]
    if not any(wanted):
        wanted = [isinstance(x, (np.ndarray, np.generic)) and x.dtype.kind in "fc" for x in given]
    if not any(wanted):
        raise ArgumentError(
            "gradcheck: expected an input that requires grad, or an array of floating numbers, got none"
        )
    problem = problem_of(func)
    if not all(wanted):
        problem = copy.copy(problem)
        problem.function = _bound(problem.function, problem.name, given, wanted)
    return problem, problem.point([x for x, yes in zip(given, wanted, strict=True) if yes])


def _bound(
    function: Callable[..., Any], name: str, given: Sequence[Any], wanted: Sequence[bool]
) -> Callable[..., Any]:
    """A function with the inputs that are not wanted in their places; parameters follow the inputs."""

    def bound(*varied: Any) -> Any:
        remaining = iter(varied)
        inputs = [next(remaining) if yes else x for x, yes in zip(given, wanted, strict=True)]
        return function(*inputs, *remaining)

    bound.__name__ = name
    return bound


def _sequence(x: Any) -> list[Any]:
    return list(x) if isinstance(x, (tuple, list)) else [x]


def _array(x: Any) -> Array:
    return np.array(x._value if isinstance(x, Tensor) else x)
