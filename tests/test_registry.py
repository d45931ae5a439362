"""Every declared function through every property: what follows from one declaration.

The samples come from the declarations themselves; nothing here knows a particular op.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import op_samples
import pytest
from op_samples import Sample, each_sample, samples_of, takes_complex

import autograd_cnn as ag
from autograd_cnn.core.primitive import primitive
from autograd_cnn.core.registry import FUNCTIONS
from autograd_cnn.core.tensor import Tensor
from autograd_cnn.errors import AutogradCnnError
from autograd_cnn.testing import check_grads

DIFFERENTIABLE = samples_of(*op_samples.DIFFERENTIABLE)
WITH_VJP = samples_of("elementwise", "linear", "primitive")


def those(condition: Callable[[Sample], bool]) -> dict[str, Sample]:
    """The samples that fulfil a condition."""
    return {name: sample for name, sample in DIFFERENTIABLE.items() if condition(sample)}


def values(results: list[Any]) -> list[np.ndarray]:
    return [np.asarray(r.detach() if isinstance(r, Tensor) else r) for r in results]


def recorded(sample: Sample, arguments: list[Any], dtype: Any = None) -> tuple[list[Tensor], list[Tensor]]:
    variables = [ag.tensor(a, requires_grad=True) for a in sample.flat(arguments)]
    return variables, sample.of_flat(*variables)


def pull_back(outputs: list[Tensor], variables: list[Tensor], seed: int = 1, **options: Any) -> list[Any]:
    generator = np.random.default_rng(seed)
    cotangents = [np.asarray(generator.standard_normal(o.shape)).astype(o.dtype) for o in outputs]
    for cotangent in cotangents:
        cotangent.flags.writeable = False
    return ag.backprop(outputs, variables, cotangents, **options)


def test_a_name_that_is_used_twice_is_refused() -> None:
    """A residual called like a parameter would otherwise be read in its place."""
    with pytest.raises(ValueError, match="shares its name"):
        primitive(residuals=("order",), x=lambda g, order: g)(lambda x, order=None: (x, order))


def test_every_declaration_has_samples() -> None:
    missing = [
        key for key, r in FUNCTIONS.items() if r.kind not in ("elementwise", "constant") and not r.samples
    ]
    assert missing == []


@each_sample(DIFFERENTIABLE)
def test_forward_is_the_reference(sample: Sample) -> None:
    arguments = sample.arrays()
    expected = sample.call(arguments, sample.record.reference)
    for tensors in (arguments, [ag.tensor(a) for a in sample.flat(arguments)]):
        got = sample.call(arguments) if tensors is arguments else sample.of_flat(*tensors)
        for ours, theirs in zip(values(got), expected, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-14, strict=False)
            assert ours.shape == np.shape(theirs)
            assert ours.dtype == np.asarray(theirs).dtype


@each_sample(DIFFERENTIABLE)
def test_arrays_give_arrays_and_tensors_tensors(sample: Sample) -> None:
    arguments = sample.arrays()
    creates = "generator" in inspect.signature(sample.record.function).parameters  # what is drawn is new
    assert all(isinstance(r, Tensor) == creates for r in sample.call(arguments))
    assert all(
        isinstance(r, Tensor) and not r.requires_grad
        for r in sample.of_flat(*map(ag.tensor, sample.flat(arguments)))
    )
    assert all(r.requires_grad for r in recorded(sample, arguments)[1])


@each_sample(those(lambda sample: sample.record.reference is not None))
def test_numpy_dispatches_here(sample: Sample) -> None:
    arguments = sample.arrays()
    variables = [ag.tensor(a, requires_grad=True) for a in sample.flat(arguments)]
    given = [variables] if isinstance(sample.shapes[0], list) else variables
    results = sample.call(given, sample.record.reference)
    assert all(isinstance(r, Tensor) and r.requires_grad for r in results)


@each_sample(DIFFERENTIABLE)
def test_first_and_second_order(sample: Sample) -> None:
    check_grads(sample.of_flat, sample.flat(sample.arrays()), order=2, directions=1)


# rfft takes real numbers; singular and eigenvectors have arbitrary phases.
REAL_ONLY = {"rfft", "thin_svd", "eigh", "eig"}


def complex_arguments(sample: Sample) -> list[Any]:
    real, imaginary = sample.flat(sample.arrays(seed=1)), sample.flat(sample.arrays(seed=2))
    return [np.asarray(a + 0.2j * b) for a, b in zip(real, imaginary, strict=True)]


def works_on_complex(sample: Sample) -> bool:
    """Whether an op takes complex numbers, as far as its reference or its forward says."""
    record = sample.record
    if record.name in REAL_ONLY or {"dtype", "mode"} & {*sample.parameters}:
        return False
    if record.kind == "linear" or takes_complex(record):
        return True
    if record.kind in ("composite", "elementwise"):
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", np.exceptions.ComplexWarning)  # it took their real parts
            results = sample.of_flat(*complex_arguments(sample))
    except (TypeError, ValueError, AutogradCnnError, np.exceptions.ComplexWarning):
        return False
    return all(np.asarray(result).dtype.kind in "fc" for result in results)


@each_sample(those(works_on_complex))
def test_complex_first_and_second_order(sample: Sample) -> None:
    arguments = complex_arguments(sample)
    check_grads(sample.of_flat, arguments, order=2, directions=1)
    _check_adjoint(sample, arguments, 1e-9)


def _inner(first: Any, second: Any) -> float:
    """The real inner product of two lists of arrays."""
    return sum(float(np.sum(np.conj(a) * b).real) for a, b in zip(first, second, strict=True))


def _check_adjoint(sample: Sample, arguments: list[Any], rtol: float) -> None:
    """Re⟨v, J u⟩ = Re⟨Jᴴ v, u⟩, for J u with nothing and with something outside that is recorded."""
    generator = np.random.default_rng(3)

    def normal(like: Any) -> Any:
        imaginary = 1j * generator.standard_normal(like.shape) if like.dtype.kind == "c" else 0
        return np.asarray(generator.standard_normal(like.shape) + imaginary).astype(like.dtype)

    directions = [normal(a) for a in arguments]
    _, tangents = ag.jvp(sample.of_flat, arguments, directions)
    variables = [ag.tensor(a, requires_grad=True) for a in arguments]
    outputs = sample.of_flat(*variables)
    cotangents = [normal(o) for o in outputs]
    gradients = ag.backprop(outputs, variables, cotangents)
    pulled = [0 * v if g is None else g.numpy() for v, g in zip(arguments, gradients, strict=True)]
    tangents = [np.asarray(t) for t in tangents]
    for tangent, output in zip(tangents, outputs, strict=True):
        assert tangent.shape == output.shape
        assert tangent.dtype == output.dtype or tangent.ndim == 0
    expected = _inner(pulled, directions)
    scale = abs(expected) + max(_inner(tangents, tangents) * _inner(cotangents, cotangents), 1) ** 0.5
    assert abs(_inner(cotangents, tangents) - expected) <= rtol * scale
    again = ag.jvp(sample.of_flat, variables, [ag.tensor(d) for d in directions])[1]
    for recorded_tangent, tangent in zip(again, tangents, strict=True):
        np.testing.assert_allclose(values([recorded_tangent])[0], tangent, rtol=rtol, atol=rtol * scale)


@each_sample(DIFFERENTIABLE)
def test_forward_mode_is_the_adjoint_of_reverse_mode(sample: Sample) -> None:
    _check_adjoint(sample, [np.asarray(a) for a in sample.flat(sample.arrays())], 1e-9)
    if "dtype" not in sample.parameters:
        single = [np.asarray(a) for a in sample.flat(sample.arrays(np.float32))]
        rtol = 1e-2 if sample.seed else 1e-4  # among many draws some are ill conditioned
        _check_adjoint(sample, single, rtol)


@each_sample(those(lambda sample: len(sample.flat_shapes()) > 1))
def test_each_argument_alone(sample: Sample) -> None:
    """Only what is wanted is computed and kept; the rest are constants, and the derivatives are the same."""
    arguments = sample.flat(sample.arrays())
    generator = np.random.default_rng(1)
    cotangents = [
        np.asarray(generator.standard_normal(o.shape)).astype(o.dtype) for o in sample.of_flat(*arguments)
    ]
    for place, x in enumerate(arguments):

        def with_others(x: Any, *cotangents: Any, place: int = place) -> Any:
            pullback = ag.vjp(sample.of_flat, *arguments[:place], x, *arguments[place + 1 :])[1]
            return pullback(list(cotangents))[place]

        def alone(x: Any, *cotangents: Any, place: int = place) -> Any:
            before, after = arguments[:place], arguments[place + 1 :]
            return ag.vjp(lambda x: sample.of_flat(*before, x, *after), x)[1](list(cotangents))[0]

        direction = generator.standard_normal(x.shape)
        expected, got = (
            values([gradient, *pullback(direction)])
            for gradient, pullback in (ag.vjp(f, x, *cotangents) for f in (with_others, alone))
        )
        for ours, theirs in zip(got, expected, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9 * _size([theirs]))


@each_sample(DIFFERENTIABLE)
def test_float32_stays_float32(sample: Sample) -> None:
    if "dtype" in sample.parameters:
        return
    arguments = sample.arrays(np.float32)
    variables, outputs = recorded(sample, arguments)
    assert all(o.dtype in (np.float32, np.complex64) for o in outputs)
    exact, exact_outputs = recorded(sample, sample.arrays(np.float64))
    if [o.shape for o in outputs] != [o.shape for o in exact_outputs]:
        assert sample.record.name == "polydiv"  # what is left of a coefficient decides on the length
        return
    rounded, rounded_outputs = recorded(sample, [_widened(x) for x in arguments])
    for gradient, expected, moved in zip(
        pull_back(outputs, variables),
        pull_back(exact_outputs, exact),
        pull_back(rounded_outputs, rounded),
        strict=True,
    ):
        assert gradient.dtype == np.float32
        scale = max(1.0, float(np.max(np.abs(expected.numpy()), initial=0)))
        rtol, atol = 1e-4, 1e-5 * scale
        if sample.seed:  # among many draws some are ill conditioned: as far as rounding x changes it
            condition = float(np.max(np.abs(expected.numpy() - moved.numpy()), initial=0))
            rtol, atol = 1e-3, 1e-4 * scale + 1e3 * condition
        np.testing.assert_allclose(gradient.numpy(), expected.numpy(), rtol=rtol, atol=atol)


def _widened(x: Any) -> Any:
    return [_widened(item) for item in x] if isinstance(x, list) else x.astype(np.float64)


@each_sample(WITH_VJP)
def test_raw_vjp_keeps_dtype_and_equals_the_recorded_one(sample: Sample) -> None:
    if "dtype" in sample.parameters:
        return
    arguments = sample.arrays(np.float32)
    variables, outputs = recorded(sample, arguments)
    source = outputs[0]._source
    node: Any = getattr(source, "node", source)
    several = type(node.dtype) is list
    generator = np.random.default_rng(2)
    shapes = node.shape if several else [node.shape]
    cotangents = tuple(generator.standard_normal(s).astype(np.float32) for s in shapes)
    g = cotangents if several else cotangents[0]
    raw = [vjp(g, node.held) for vjp in node.op.vjps[: len(variables)]]
    _check_residuals(sample, node)
    held = node.op.held_as_tensors(node)
    tensors = tuple(map(ag.tensor, cotangents)) if several else ag.tensor(cotangents[0])
    for place, (vjp, array) in enumerate(zip(node.op.vjps, raw, strict=False)):
        assert not isinstance(array, Tensor)
        assert array.dtype in (np.float32, np.complex64), f"the VJP of argument {place} promoted the dtype"
        again = vjp(tensors, held)
        np.testing.assert_allclose(values([again])[0], array, rtol=1e-6, atol=1e-6)
        if several:
            alone = [vjp(_only(place, g), node.held) for place in range(len(g))]
            np.testing.assert_allclose(array, np.sum(alone, axis=0), rtol=1e-4, atol=1e-5 * _size(alone))


def _only(place: int, cotangents: tuple[Any, ...]) -> tuple[Any, ...]:
    """The cotangents when a single output is used."""
    return tuple(c if place == k else None for k, c in enumerate(cotangents))


def _size(arrays: list[Any]) -> float:
    return max(1.0, *(float(np.max(np.abs(a), initial=0)) for a in arrays))


def _check_residuals(sample: Sample, node: Any) -> None:
    """What is saved beside inputs, outputs and parameters is a constant: a float would stop derivatives."""
    first = node.op.output_slots.stop
    parameters = set(inspect.signature(sample.record.function).parameters)
    for name, value in zip(node.op.slots[first:], node.saved[first:], strict=True):
        if isinstance(value, np.ndarray) and name not in parameters:
            assert value.dtype.kind in "biu", f"the residual {name!r} is {value.dtype}"


def laid_out(a: Any, layout: str) -> Any:
    """An array of the same values, that lies in memory in some way."""
    if isinstance(a, list):
        return [laid_out(item, layout) for item in a]
    if layout == "fortran" and a.ndim:
        return np.asfortranarray(a)
    if layout == "reversed" and a.ndim:
        return np.ascontiguousarray(a[::-1])[::-1]
    if layout == "strided" and a.ndim:
        wide = np.zeros((*a.shape[:-1], 2 * a.shape[-1]), a.dtype)
        wide[..., ::2] = a
        return wide[..., ::2]
    a = a.copy()
    a.flags.writeable = False
    return a


@each_sample(DIFFERENTIABLE)
def test_memory_layout_does_not_matter(sample: Sample) -> None:
    plain = sample.arrays()
    expected_variables, expected = recorded(sample, plain)
    expected_gradients = pull_back(expected, expected_variables)
    for layout in ("fortran", "reversed", "strided", "read-only"):
        arguments = sample.flat([laid_out(a, layout) for a in plain])
        variables = [ag.from_numpy(np.asarray(a)).requires_grad_() for a in arguments]
        outputs = sample.of_flat(*variables)
        for ours, theirs in zip(values(outputs), values(expected), strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12, err_msg=layout)
        for ours, theirs in zip(pull_back(outputs, variables), expected_gradients, strict=True):
            np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-10, atol=1e-10, err_msg=layout)


@each_sample(DIFFERENTIABLE)
def test_inputs_outputs_and_cotangents_are_not_written_to(sample: Sample) -> None:
    arguments = sample.flat(sample.arrays())
    before = [a.copy() for a in arguments]
    variables = [ag.from_numpy(a).requires_grad_() for a in arguments]
    outputs = sample.of_flat(*variables)
    generator = np.random.default_rng(1)
    cotangents = [np.asarray(generator.standard_normal(o.shape)) for o in outputs]
    kept = [c.copy() for c in cotangents]
    results = [o.copy() for o in values(outputs)]
    ag.backprop(outputs, variables, [ag.from_numpy(c) for c in cotangents], create_graph=True)
    ag.backprop(outputs, variables, [ag.from_numpy(c) for c in cotangents])
    given = [*arguments, *cotangents, *values(outputs)]
    for now, then in zip(given, [*before, *kept, *results], strict=True):
        np.testing.assert_array_equal(now, then)


@each_sample(samples_of("linear"))
def test_linear_ops_are_linear(sample: Sample) -> None:
    if "dtype" in sample.parameters:
        return
    first, second = sample.flat(sample.arrays(seed=1)), sample.flat(sample.arrays(seed=2))
    combined = sample.of_flat(*(2 * a - 3 * b for a, b in zip(first, second, strict=True)))
    separate = zip(sample.of_flat(*first), sample.of_flat(*second), strict=True)
    for whole, (a, b) in zip(values(combined), separate, strict=True):
        np.testing.assert_allclose(whole, 2 * np.asarray(a) - 3 * np.asarray(b), atol=1e-12)


def test_every_function_is_documented_with_an_example() -> None:
    documentation = {key: inspect.getdoc(record.function) or "" for key, record in FUNCTIONS.items()}
    assert [key for key, words in documentation.items() if not words] == []
    differentiable = {key for key, record in FUNCTIONS.items() if record.kind != "constant"}
    assert [key for key in differentiable if ">>>" not in documentation[key]] == []
