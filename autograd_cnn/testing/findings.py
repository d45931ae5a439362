"""All checks of a problem, level by level, and what they find."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from autograd_cnn.errors import ArgumentError, AutogradCnnError
from autograd_cnn.testing.culprit import calls
from autograd_cnn.testing.derivatives import Pulled, Setting, disagreements, normal
from autograd_cnn.testing.diagnosis import Failure, located
from autograd_cnn.testing.evaluation import evaluated
from autograd_cnn.testing.judgement import Tolerances
from autograd_cnn.testing.problem import Arrays, Problem, TensorProblem
from autograd_cnn.testing.properties import Violations
from autograd_cnn.testing.script import script

__all__ = ["Options", "explained", "findings"]


@dataclass(frozen=True)
class Options:
    """The options of `check_grads`, by its names, and those that only `gradcheck` has."""

    order: int = 2
    modes: tuple[str, ...] = ("rev", "fwd")
    rtol: float | None = None
    atol: float | None = None
    eps: float | None = None
    directions: int = 2
    full: bool = False
    seed: int = 0
    nondeterminism: float = 0.0
    unused_outputs: bool = True

    def __post_init__(self) -> None:
        if self.order < 1:
            raise ArgumentError(f"check_grads: expected an order of 1 or more, got {self.order}")
        if not self.modes or set(self.modes) - {"rev", "fwd"}:
            raise ArgumentError(f'check_grads: expected modes out of ("rev", "fwd"), got {self.modes}')

    def setting(self, level: int, modes: tuple[str, ...], point: Arrays) -> Setting:
        """What to compare at a level, and how closely: less closely for smaller dtypes."""
        precision = max((float(np.finfo(x.dtype).eps) for x in point), default=float(np.finfo(float).eps))
        relative = self.rtol or max(1e-6 if level == 1 else 1e-5, 20 * precision**0.5)
        tolerances = Tolerances(relative, self.atol, self.eps, complex_step=self.rtol is None)
        return Setting(modes, self.directions, self.full, tolerances)


def findings(problem: Problem, point: Arrays, options: Options) -> Iterator[Failure]:
    """What does not hold, in the order of the checks."""
    modes = tuple(mode for mode in options.modes if mode in problem.modes)
    if not modes:
        raise ArgumentError(f"check_grads: {problem.engine} has {problem.modes}, got modes={options.modes}")
    generator = np.random.default_rng(options.seed)
    evaluation = evaluated(problem, point)
    if not evaluation.outputs:
        raise ArgumentError(
            f"check_grads: expected {problem.name!r} to return floating or complex numbers, got none: "
            "there is no derivative to check"
        )
    properties = Violations(evaluation, modes, generator, options.nondeterminism, options.unused_outputs)
    for words in properties:
        yield Failure(problem.name, 1, modes[0], reason=words)
    pulled: Pulled | None = properties.pulled
    for level in range(1, options.order + 1):
        if level > 1:
            evaluation = evaluation.pullback([normal(output, generator) for output in evaluation.outputs])
            pulled = None
        # What is adjoint to reverse mode is as right as that, and sampling need not be asked twice.
        confirmed = level == 1 and properties.adjoint and "rev" in modes and not options.full
        setting = options.setting(level, ("rev",) if confirmed else modes, evaluation.point)
        for fault in disagreements(evaluation, setting, generator, pulled):
            yield located(evaluation, fault, level, setting)


def explained(problem: Problem, point: Arrays, failure: Failure, options: Options) -> Failure:
    """The failure, with the op at fault if one can be found, and a script to reproduce it.

    It is undecided if no op is wrong by itself, but one is at a kink: relu(x) - relu(-x) has the derivative 1
    at 0, and by the chain rule 0. So it is, at a kink, if there are no ops to look at. Composites are looked
    at if their ops are all right: what they select, as a median does, is on the tape by constant indices.
    """
    if failure.undecided:
        return failure
    at_a_kink = failure.at_kinks() if failure.outside else None
    if isinstance(problem, TensorProblem):
        alone = dataclasses.replace(options, order=failure.order, full=False)
        for call in calls(problem, point):
            if call.composed and (at_a_kink or not failure.entries):
                break
            local, operands = call.problem(), call.point()
            found = _worst(local, operands, alone)
            if found is None:
                continue
            if call.composed:
                if not found.entries:
                    continue  # it draws random numbers, or the like
                if found.outside:
                    found = found.at_kinks()  # which may meet within it
            if not found.undecided:
                code = script(local, operands, found.order, found.mode)
                return dataclasses.replace(failure, op=found, line=call.line, script=code)
            if failure.finite and found.entries[0].verdict.kind == "kink":
                at_a_kink = failure.at_kinks(found, call.line)
    return at_a_kink or dataclasses.replace(
        failure, script=script(problem, point, failure.order, failure.mode)
    )


def _worst(problem: TensorProblem, point: Arrays, options: Options) -> Failure | None:
    """A finding about an op by itself: that something is wrong, or else that it is undecided."""
    undecided = None
    try:
        for found in findings(problem, point, options):
            if not found.undecided:
                return found
            undecided = undecided or found
    except (AutogradCnnError, ArithmeticError, ValueError, TypeError):
        pass  # an op that does not work alone is not named
    return undecided
