"""What is asked of every engine that differentiates, this one and its peers, so that answers compare.

For each sample of each op: the values, the gradients of a random linear form of them, and the product of
its Hessian with a random vector. All of it between real numbers: a complex argument is made of two real
ones, and a complex value enters the form as two, so that no convention on complex gradients matters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import op_samples
from op_samples import Sample, samples_of


class Question(NamedTuple):
    """An op at a sample: numbers to put in, and the random vectors of the first and second derivative."""

    sample: Sample
    inputs: list[np.ndarray]
    complex: bool

    @property
    def directions(self) -> list[np.ndarray]:
        random = np.random.RandomState(2)  # whose stream is the same in every version of NumPy
        return [random.standard_normal(x.shape) for x in self.inputs]

    def arguments(self, xs: Sequence[Any]) -> Sequence[Any]:
        """The arguments of the op, out of the real variables ``xs``."""
        if not self.complex:
            return xs
        half = len(xs) // 2
        return [real + 1j * imaginary for real, imaginary in zip(xs[:half], xs[half:], strict=True)]


def questions() -> dict[str, Question]:
    """All of them by name; those with complex arguments, where the op takes them, end in " complex"."""
    asked = {}
    for name, sample in samples_of(*op_samples.DIFFERENTIABLE).items():
        record = sample.record
        if ".random_" in record.module and record.name != "gamma_quantile":
            continue  # each engine draws other numbers
        if ".special." in record.module and record.kind == "elementwise" and not name.endswith("-0"):
            continue  # how shapes broadcast is the loop's affair, and asked of other functions
        real = sample.flat(sample.arrays())
        asked[name] = Question(sample, real, False)
        if "dtype" not in sample.parameters:
            imaginary = [0.2 * np.asarray(x) for x in sample.flat(sample.arrays(seed=2))]
            asked[f"{name} complex"] = Question(sample, [*real, *imaginary], True)
    return asked


# A vector of an eigen- or singular value may come with either sign, or any phase: compare what does not.
def _projectors(v: Any) -> Any:
    return v[..., :, None, :] * v.conj()[..., None, :, :]


def _of_svd(u: Any, s: Any, vh: Any) -> list[Any]:
    return [s, u[..., :, :, None] * vh[..., None, :, :]]


COMPARABLE: dict[str, Callable[..., list[Any]]] = {
    "eigh": lambda w, v: [w, _projectors(v)],
    "eig": lambda w, v: [w, _projectors(v)],
    "thin_svd": _of_svd,
    "svd": lambda *factors: _of_svd(*factors) if len(factors) == 3 else list(factors),
}


def answers(
    question: Question,
    function: Callable[..., list[Any]],
    grad: Callable[..., Callable[..., Any]],
    array: Callable[[Any], Any] = lambda x: x,
    real: Callable[[Any], Any] = lambda z: z.real,
    imag: Callable[[Any], Any] = lambda z: z.imag,
) -> list[Any]:
    """Values (real parts, then imaginary ones), gradients and Hessian products.

    ``function`` takes the flat arguments and returns a list; ``grad(f)`` differentiates a scalar function by
    all of its arguments, which ``array`` makes of NumPy's.
    """
    comparable = COMPARABLE.get(question.sample.record.name, lambda *outputs: list(outputs))

    def parts(*xs: Any) -> list[Any]:
        found = comparable(*function(*question.arguments(xs)))
        complex_ones = ["complex" in str(y.dtype) for y in found]
        reals = [real(y) if c else y for y, c in zip(found, complex_ones, strict=True)]
        return reals + [imag(y) for y, c in zip(found, complex_ones, strict=True) if c]

    inputs = [array(x) for x in question.inputs]
    directions = [array(v) for v in question.directions]
    values = parts(*inputs)
    random = np.random.RandomState(1)
    cotangents = [array(random.standard_normal(tuple(y.shape))) for y in values]

    def form(*xs: Any) -> Any:
        terms = [(y * c).sum() for y, c in zip(parts(*xs), cotangents, strict=True)]
        return sum(terms[1:], terms[0])

    def along(*xs: Any) -> Any:
        terms = [(g * v).sum() for g, v in zip(grad(form)(*xs), directions, strict=True)]
        return sum(terms[1:], terms[0])

    return [*values, *grad(form)(*inputs), *grad(along)(*inputs)]
