"""The checking kit: it passes what is right, and finds, locates and explains what is wrong."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from examples import seeds

import autograd_cnn as ag
from autograd_cnn.core.composite import composite
from autograd_cnn.core.primitive import primitive
from autograd_cnn.core.registry import FUNCTIONS
from autograd_cnn.errors import ArgumentError, DtypeError, GradientError, KinkError, UnsupportedError
from autograd_cnn.testing import (
    Failure,
    Options,
    Problem,
    TensorProblem,
    check_grads,
    findings,
    gradcheck,
    gradgradcheck,
)

RNG = np.random.default_rng(0)
A, B = RNG.normal(size=(2, 3)), RNG.normal(size=(3, 2))


def failure_of(function: Any, args: Any, **options: Any) -> Failure:
    with pytest.raises(GradientError) as caught:
        check_grads(function, args, **options)
    found = caught.value.failure
    assert isinstance(found, Failure)
    return found


@pytest.fixture
def declared() -> Any:
    """Declare ops of a user's; they leave the registry again."""
    before = dict(FUNCTIONS)
    yield lambda forward, **vjps: primitive(**vjps)(forward)
    FUNCTIONS.clear()
    FUNCTIONS.update(before)


# --- Right functions pass ---------------------------------------------------------------------------


def test_nothing_but_rounding_is_right() -> None:
    """Second derivatives of a constant, in which large parts cancel each other and leave no zero."""
    check_grads(lambda x: np.sin(x) ** 2 + np.cos(x) ** 2, [A])
    check_grads(lambda x: x / x, [A], order=3)
    check_grads(ag.linalg.signm, [np.array([[2.28, 1.32], [0.8, 2.25]])])
    check_grads(lambda x: x * x * (x / (x * x)) - x, [np.array(1.0)], order=1)  # exactly 0 below 1
    check_grads(lambda x: x / np.tanh(x) * np.tanh(x) - x, [np.array(1.0)], order=1)
    weight = np.array([0.2, -0.2])  # it makes of two opposite numbers equal ones, and those of mean 0
    norm = ag.nn.functional.layer_norm
    check_grads(lambda x: norm(norm(x, (2,), weight, eps=0.1), (2,), eps=0.1), [A[:, :2]], order=1)


def test_a_function_that_is_computed_in_single_precision(declared: Any) -> None:
    """It is a staircase, of which single steps are not looked at."""

    def square(x: Any) -> Any:
        return np.square(x, dtype=np.float32).astype(float)

    for x in ([0.3], [0.3, 0.7], [1.23456789]):
        check_grads(declared(square, x=lambda g, x: 2 * g * x), [np.array(x)], order=1)
        with pytest.raises(GradientError):
            check_grads(declared(square, x=lambda g, x: 2.01 * g * x), [np.array(x)], order=1)


def test_what_differences_cannot_tell_is_not_called_wrong(declared: Any) -> None:
    def square(x: Any) -> Any:
        return np.square(x, dtype=np.float16).astype(float)

    undecided = []
    for seed in range(10):  # it is nothing but rounding, and by chance may look right
        try:
            check_grads(lambda x: (x + x) * (x / (x + x)) - x, [np.array(0.99)], order=1, seed=seed)
        except KinkError as error:
            undecided.append(str(error))
    assert undecided
    assert all("finite differences are only good to" in words for words in undecided)
    with pytest.raises(KinkError, match="finite differences are only good to 0"):
        check_grads(declared(square, x=lambda g, x: 2 * g * x), [np.array([0.3])], order=1)


def test_a_small_kink_is_one() -> None:
    """Where the slopes on both sides differ by less than a thousandth."""
    with pytest.raises(KinkError, match="the slope is"):
        check_grads(lambda x: x + 2e-4 * ag.nn.functional.relu(x), [np.zeros(1)], order=1)


def test_scales_from_tiny_to_huge_are_right() -> None:
    """Steps follow the numbers: none of these is in the range of a fixed step of 1e-3."""
    check_grads(np.log, [np.array([1e-9, 3e-9])], order=1)
    check_grads(np.log, [np.array([1e-4, 1e6])])
    check_grads(np.log, [np.array([1e-9, 1e6])])
    check_grads(lambda x: x + np.sin(1e3 * x), [A])
    check_grads(lambda x: (1e6 + x) - 1e6, [A], rtol=1e-4)
    check_grads(lambda x: np.log(x) * 3, [np.array([1e12, 1e15])])
    check_grads(np.sin, [np.array([1e6, 3e6])])
    check_grads(lambda x: 1e-12 * x**2, [np.array([1e-9, 1e-8])])
    check_grads(lambda x: np.exp(100 * x), [np.array([0.1, -0.1])])
    check_grads(lambda x: 1e20 * np.tanh(x), [np.array([0.1, -0.1])])


def test_a_gradient_that_is_nothing_but_rounding_is_right() -> None:
    check_grads(lambda x: (1.25 + np.tanh(x)) / (1.25 + np.tanh(x)), [np.array([0.0, 0.03])], order=1)


def test_calls_are_repeated_in_the_memory_layout_of_the_arguments() -> None:
    """Sums round by the order of memory: another one would look like a function that is not repeatable."""
    x = np.asfortranarray(np.array([[0.0, 0.0, 0.01], [0.39, 0.98, 0.0]]))
    check_grads(lambda t: np.sqrt(np.sum(t * t) + 0.1), [x])


def test_small_dtypes_have_wider_tolerances() -> None:
    check_grads(lambda x, y: np.tanh(x @ y), [A.astype(np.float32), B.astype(np.float32)])
    check_grads(lambda x: x * x, [A.astype(np.float16)], order=1)


def test_a_kink_or_a_tie_nearby_does_no_harm() -> None:
    check_grads(ag.nn.functional.relu, [np.array([1e-6, -1e-7, 0.4])])
    check_grads(np.max, [np.array([1.0, 1.0 + 1e-7, 0.2])])


def test_modules_are_checked_with_their_parameters() -> None:
    module = ag.nn.Sequential(ag.nn.Linear(3, 4), ag.nn.Tanh(), ag.nn.Linear(4, 2)).double()
    kept = [p.detach().numpy().copy() for p in module.parameters()]
    check_grads(module, [A])
    for parameter, before in zip(module.parameters(), kept, strict=True):
        assert parameter.is_leaf
        assert parameter.grad is None
        np.testing.assert_array_equal(parameter.detach().numpy(), before)


def test_nested_outputs_and_outputs_without_a_derivative() -> None:
    check_grads(lambda x: {"a": [x**2, np.argmax(x)], "b": (np.sin(x), np.zeros(3))}, [A])
    check_grads(lambda x, y: x * 1.0, [A, B])


def test_full_jacobian_of_complex_functions() -> None:
    check_grads(lambda z, x: z * z.conj() + z**2 * x, [A[0] + 1j * A[1], A[0]], full=True)


# --- Wrong ones are explained -----------------------------------------------------------------------


def forgotten_factor(declared: Callable[..., Any]) -> tuple[Any, list[Any], str, str, tuple[int, ...]]:
    def area(radius: Any) -> Any:
        return 3.0 * radius**2

    op = declared(area, radius=lambda g, radius: g * 3.0 * radius)
    return lambda x: np.tanh(op(np.sin(x))).sum(), [np.array([0.3, 1.0])], "area", "radius", (0,)


def transposed_matrix(declared: Callable[..., Any]) -> tuple[Any, list[Any], str, str, tuple[int, ...]]:
    def apply(matrix: Any, vector: Any) -> Any:
        return matrix @ vector

    op = declared(apply, matrix=lambda g, vector: g[:, None] * vector, vector=lambda g, matrix: matrix @ g)
    square = np.array([[1.0, 2.0, 0.0], [0.5, 3.0, 0.0], [0.0, 0.0, 1.0]])
    return (
        lambda m, v: (op(m, v * 2.0) ** 2).sum(),
        [square, np.array([1.0, -1.0, 2.0])],
        "apply",
        "vector",
        (1,),
    )


def broadcast_not_summed(declared: Callable[..., Any]) -> tuple[Any, list[Any], str, str, tuple[int, ...]]:
    def shifted(rows: Any, shift: Any) -> Any:
        return rows + shift

    op = declared(shifted, rows=lambda g: g, shift=lambda g: g[0])
    return lambda x, b: np.exp(op(x, b)).sum(), [A, B[:, 0]], "shifted", "shift", (0,)


@pytest.mark.parametrize(
    ("make", "argument"), [(forgotten_factor, 0), (transposed_matrix, 1), (broadcast_not_summed, 1)]
)
def test_a_wrong_vjp_is_named_with_op_argument_and_entry(
    make: Callable[..., Any], argument: int, declared: Any
) -> None:
    function, args, name, operand, entry = make(declared)
    failure = failure_of(function, args)
    assert failure.argument == argument
    assert (failure.shape, failure.dtype) == (args[argument].shape, np.float64)
    assert failure.op is not None
    assert failure.op.function == name
    assert failure.op.label == f"argument {operand!r}"
    assert failure.line.startswith("test_testing_checks.py:")
    wrong = {e.index: e.verdict for e in failure.op.entries}
    assert entry in wrong
    for verdict in wrong.values():
        assert verdict.relative_error > 1e-3
    if make is transposed_matrix:
        assert (2,) not in wrong  # the matrix is symmetric there


def test_a_wrong_vjp_of_one_array_among_several(declared: Any) -> None:
    def added(arrays: Any, scale: float = 1.0) -> Any:
        return scale * (arrays[0] + arrays[1])

    op = declared(added, arrays=lambda g, index, scale: g * scale * (1 + 0.01 * index))
    failure = failure_of(lambda x: op([x, x**2], scale=3.0)[0], [A])
    assert failure.op is not None
    assert failure.op.label == "argument 'arrays[1]'"
    assert "added([x0, x1], scale=3.0)" in failure.script


def test_the_message_says_all_of_it(declared: Any) -> None:
    function, args, *_ = forgotten_factor(declared)
    with pytest.raises(GradientError) as caught:
        check_grads(function, args)
    text = str(caught.value)
    for part in (
        "argument 0",
        "(shape (2,), float64)",
        "analytic",
        "numeric",
        "rel. error",
        "analytic / numeric is 0.5 in all of them",
        "the op at fault is 'area', called at test_testing_checks.py",
        "argument 'radius' of 'area'",
        "check_grads(lambda x0: area(x0), [",
    ):
        assert part in text


def test_the_script_reproduces_the_failure(tmp_path: Path) -> None:
    """Of a function that can be imported, the script stands alone."""
    (tmp_path / "mine.py").write_text(
        "from autograd_cnn.core.primitive import primitive\n"
        "@primitive(x=lambda g, factor: g * factor)\n"
        "def scaled(x, factor=1.0, offset=None):\n"
        "    return 2 * factor * x\n"
    )
    make = "import numpy as np\nfrom autograd_cnn.testing import check_grads\nfrom mine import scaled\n"
    call = "check_grads(lambda x: scaled(x, factor=np.array([3.0, 0.1])).sum(), [np.array([0.1, 1 / 3])])\n"

    def run(code: str) -> str:
        (tmp_path / "run.py").write_text(code)
        done = subprocess.run(
            [sys.executable, "run.py"], cwd=tmp_path, capture_output=True, text=True, env=environment
        )
        assert done.returncode == 1
        return done.stderr.split("GradientError: ", 1)[1]

    environment = {"PYTHONPATH": str(Path(ag.__file__).parents[1])}
    text = run(make + call)
    script = text.split("to reproduce it:\n", 1)[1]
    code = "\n".join(line[4:] for line in script.splitlines())
    again = run(code)
    assert "argument 0 of '<lambda>'" in again
    assert "0.5 in all of them" in again


def test_the_worst_entry_of_a_large_argument_is_found_by_halving(declared: Any) -> None:
    def kept(x: Any) -> Any:
        return x + 0.0

    def vjp(g: Any) -> Any:
        wrong = np.ones((40, 50))
        wrong[17, 31] = 1.5
        return g * wrong

    failure = failure_of(declared(kept, x=vjp), [RNG.normal(size=(40, 50))])
    assert failure.index == (17, 31)
    assert failure.entries[0].verdict.relative_error == pytest.approx(1 / 3)


def test_a_wrong_second_derivative_is_found(declared: Any) -> None:
    """A float computed outside of the graph is a constant there: right at first order only."""

    def cube(x: Any) -> Any:
        return x**3

    op = declared(cube, x=lambda g, x: g * 3 * np.square(getattr(x, "_value", x)))
    check_grads(op, [A], order=1, modes=("rev",))
    failure = failure_of(op, [A], modes=("rev",))
    assert failure.order == 2
    assert failure.op is not None
    assert failure.op.function == "cube"


def test_the_complex_step_sees_what_differences_cannot(declared: Any) -> None:
    def doubled(x: Any) -> Any:
        return 2 * x

    op = declared(doubled, x=lambda g: g * (2 + 1e-8))
    failure = failure_of(op, [A])
    assert "complex step" in failure.reason


def test_a_small_part_that_is_not_analytic_does_not_count_against_a_gradient() -> None:
    """Singular values are real, whatever the matrix: the complex step sees 0 for their derivative."""

    def program(x: Any) -> Any:
        saturated = 1.25 + 0.675 * np.tanh(np.linalg.cond(1.6 + 1.26 * np.tanh(x)))
        return saturated / (1.25 + 0.675 * np.tanh(x))

    check_grads(program, [np.array([[1.0, 1.0], [1.0, 0.2]])], order=1)


def test_a_function_that_is_zero_where_it_is_real_but_not_analytic() -> None:
    check_grads(lambda x: x * np.angle(x), [np.array(1.0)], order=1)
    check_grads(lambda x: 4 * x * np.angle(1.15 + 0.765 * np.tanh(4 * x), deg=True), [np.array(1.0)], order=1)


@seeds(8)
def test_the_complex_step_rounds_too(seed: int) -> None:
    check_grads(lambda x: np.cross(x, x), [np.array([1.0, 1.01, 1.0])], order=1, seed=seed)
    check_grads(lambda x: np.sin(np.arcsin(x)) - x, [np.array(0.44)], order=1, seed=seed)


@seeds(3)
def test_a_second_derivative_that_jumps_leaves_the_first_right(seed: int, declared: Any) -> None:
    """Central differences are wrong by a sixth of the step there."""
    zeros = np.zeros(3)
    check_grads(lambda x: np.abs(x) * x, [zeros], order=1, seed=seed)
    check_grads(lambda x: ag.nn.functional.relu(x) ** 2, [zeros], order=1, seed=seed)
    check_grads(lambda x, y: np.maximum(x, y) ** 2, [zeros, zeros], order=1, seed=seed)

    def signed_square(x: Any) -> Any:
        return np.abs(x) * x

    wrong = declared(signed_square, x=lambda g, x: g * (2 * np.abs(x) + 1e-4))
    assert failure_of(wrong, [zeros], order=1, seed=seed).index is not None


@pytest.mark.parametrize("seed", range(3))  # of some seeds, all directions lie where the gradient is right
def test_ties_are_told_from_wrong_gradients(seed: int) -> None:
    """Both sides of a tie may agree along any line, and yet there is no derivative."""
    weights = np.arange(1.0, 5.0)
    for function in (np.median, np.nanmedian, lambda x: np.sort(x) * weights):
        with pytest.raises(KinkError):
            check_grads(function, [np.ones(4)], order=1, seed=seed)
    with pytest.raises(KinkError):
        check_grads(lambda x: np.linalg.eigvalsh(x + x.T), [np.eye(3)], order=1, seed=seed)


def test_a_wrong_gradient_is_found_where_the_function_is_smooth_at_a_tie(declared: Any) -> None:
    def mean(x: Any) -> Any:
        return np.sort(x).mean()

    wrong = declared(mean, x=lambda g, x: g * np.array([0.2, 0.3, 0.2, 0.3]))
    assert failure_of(wrong, [np.ones(4)], order=1).index is not None


@seeds(5)
def test_a_gradient_that_is_nothing_but_rounding_is_not_called_wrong(seed: int) -> None:
    """The parabola through y = x at three places that are close is the same for all of them."""
    points = np.array([1.0, 1.0, 1.01, 0.99, 1.0])
    with pytest.raises(KinkError, match=r"changes by rounding|finite differences are only good to"):
        check_grads(lambda x: np.polyfit(x, x, deg=2), [points], order=1, seed=seed)


def test_forward_mode_is_checked_by_itself() -> None:
    class Wrong(TensorProblem):
        def jvp(self, point: Any, tangents: Any) -> Any:
            return [2 * tangent for tangent in super().jvp(point, tangents)]

    check_grads(Wrong(np.sin), [A], modes=("rev",))
    assert "not adjoint" in failure_of(Wrong(np.sin), [A]).reason
    failure = failure_of(Wrong(np.sin), [A], modes=("fwd",))
    assert failure.mode == "fwd"
    assert failure.op is None


def test_forward_mode_is_checked_where_reverse_mode_is_not_finite() -> None:
    class Wrong(TensorProblem):
        def jvp(self, point: Any, tangents: Any) -> Any:
            return [2 * tangent for tangent in super().jvp(point, tangents)]

        def vjp(self, point: Any, cotangents: Any) -> Any:
            return [np.inf * gradient for gradient in super().vjp(point, cotangents)]

    assert {failure.mode for failure in findings(Wrong(np.sin), [A], Options(order=1))} == {"rev", "fwd"}


@pytest.mark.parametrize("modes", [("rev", "fwd"), ("fwd",)])
def test_forward_mode_is_not_called_wrong_where_another_argument_has_an_infinite_derivative(
    modes: Any,
) -> None:
    """The tangent of an argument that stands still is zero, and 0 · inf is NaN."""
    problem = TensorProblem(lambda x, y: (np.sqrt(x), np.sin(y)))
    with np.errstate(all="ignore"):
        found = list(findings(problem, [np.zeros(2), A], Options(order=1, modes=modes)))
    assert {failure.argument for failure in found} == {0}
    assert all(failure.undecided for failure in found)


def test_forward_mode_that_is_wrong_in_a_small_argument_is_not_hidden_by_a_large_one() -> None:
    class Wrong(TensorProblem):
        def jvp(self, point: Any, tangents: Any) -> Any:
            return super().jvp(point, [tangents[0], 1.001 * tangents[1]])

    problem = Wrong(lambda x, y: 1e6 * np.sin(x) + np.cos(y))
    assert "not adjoint at argument 1" in failure_of(problem, [A, A]).reason
    values = [failure for failure in findings(problem, [A, A], Options(order=1)) if failure.entries]
    assert {(failure.mode, failure.argument) for failure in values} == {("fwd", 1)}


@pytest.mark.parametrize("large", [np.sin, lambda x: np.sin(np.abs(x))], ids=["analytic", "not analytic"])
@pytest.mark.parametrize(("factor", "size"), [(1.001, 1e4), (0.0, 1e6)], ids=["wrong", "forgotten"])
def test_a_gradient_that_is_wrong_in_a_small_argument_is_not_hidden_by_a_large_one(
    factor: float, size: float, large: Callable[[Any], Any]
) -> None:
    class Wrong(TensorProblem):
        def vjp(self, point: Any, cotangents: Any) -> Any:
            first, second = super().vjp(point, cotangents)
            return [first, factor * second]

    problem = Wrong(lambda x, y: size * large(x) + np.cos(y))
    values = list(findings(problem, [A, A], Options(order=1, modes=("rev",))))
    assert {failure.argument for failure in values if failure.entries} == {1}


# --- Properties -------------------------------------------------------------------------------------


def test_a_function_that_cannot_be_repeated() -> None:
    generator = np.random.default_rng(0)
    assert "not repeatable" in failure_of(lambda x: x * generator.random(), [A]).reason


def test_inputs_that_are_written_to(declared: Any) -> None:
    def forward(x: Any) -> Any:
        result = 2 * x
        x *= 3
        return result

    failure = failure_of(declared(forward, x=lambda g: 2 * g), [A])
    assert "argument 0 is written to" in failure.reason
    assert failure.op is not None
    assert "argument 'x' is written to" in failure.op.reason


def test_cotangents_that_are_written_to(declared: Any) -> None:
    def forward(x: Any) -> Any:
        return 2 * x

    def vjp(g: Any) -> Any:
        result = 2 * g
        if isinstance(g, np.ndarray):
            g[...] = 0
        return result

    assert "cotangent of output 0 is written to" in failure_of(declared(forward, x=vjp), [A]).reason


def test_a_vjp_that_is_not_linear(declared: Any) -> None:
    def forward(x: Any) -> Any:
        return 2 * x

    op = declared(forward, x=lambda g: 2 * np.where(np.abs(g) < 1, g, 0.999999 * g))
    assert "VJP of 2·a - b·3/4" in failure_of(op, [A]).reason


def test_raw_and_recorded_vjps_that_disagree(declared: Any) -> None:
    def forward(x: Any) -> Any:
        return 2 * x

    op = declared(forward, x=lambda g: 2 * g if isinstance(g, np.ndarray) else 2.001 * g)
    assert "create_graph=True" in failure_of(op, [A]).reason


# --- Kinks --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "at"),
    [
        (ag.nn.functional.relu, 0.0),
        (np.floor, 1.0),
        (np.sqrt, 0.0),
        (lambda x: np.abs(x) + ag.nn.functional.relu(x), 0.0),
    ],
)
def test_kinks_are_told_from_wrong_gradients(function: Any, at: float) -> None:
    with pytest.raises(KinkError, match="no derivative to check at this point, entry") as caught:
        check_grads(function, [np.array([0.7, at])], order=1)
    assert caught.value.failure.index == (1,)
    assert not isinstance(caught.value, GradientError)


def test_a_wrong_gradient_beside_a_kink_is_wrong(declared: Any) -> None:
    def rectified(x: Any) -> Any:
        return np.maximum(x, 0)

    op = declared(rectified, x=lambda g, x: g * (x > 0) * 1.1)
    failure = failure_of(op, [np.array([0.0, 0.5])])
    assert failure.index == (1,)


def test_a_gradient_outside_of_both_slopes_is_wrong(declared: Any) -> None:
    def size(x: Any) -> Any:
        return np.abs(x)

    op = declared(size, x=lambda g, x: g * np.where(x == 0, 3.0, np.sign(x)))
    assert "outside of both" in failure_of(op, [np.array([0.0, 0.5])], order=1).reason


class Opaque(Problem):
    """A function of some other engine: there is no tape on which to look for an operation."""

    engine = "another"

    def __init__(self, function: Any) -> None:
        super().__init__(function)
        self.inner = TensorProblem(function)

    def value(self, point: Any) -> Any:
        return self.inner.value(point)

    def vjp(self, point: Any, cotangents: Any) -> Any:
        return self.inner.vjp(point, cotangents)


@seeds(4)
def test_kinks_that_meet_are_not_called_wrong(seed: int) -> None:
    """No single slope is between those of both sides, as long as only their sum is looked at."""
    relu = ag.nn.functional.relu
    signs = np.array([1.0, -1.0])
    rng = np.random.default_rng(seed)
    network = ag.nn.Sequential(ag.nn.Linear(2, 4, bias=False), ag.nn.ReLU(), ag.nn.Linear(4, 1)).double()
    for parameter in network.parameters():
        parameter.data[...] = rng.normal(size=parameter.shape)
    point = np.zeros((2, 2))
    for function in (relu, lambda x: np.sum(relu(x) * signs), network, Opaque(network)):
        with pytest.raises(KinkError):
            check_grads(function, [point], order=1, modes=("rev",), seed=seed)
    with pytest.raises(KinkError, match="kinks meet here, one of 'relu', called at"):
        check_grads(lambda x: relu(x) - relu(-x), [point], order=1, seed=seed)


@pytest.mark.parametrize("kind", [TensorProblem, Opaque])
def test_no_kink_excuses_a_gradient_that_is_not_finite(kind: Any) -> None:
    norm = kind(lambda x: np.sqrt(np.sum(x * x)))
    with np.errstate(all="ignore"):
        assert failure_of(norm, [np.zeros(2)], order=1, modes=("rev",)).entries


@pytest.mark.parametrize("name", ["median", "nanmedian"])
def test_a_composite_at_a_tie_is_named(name: str) -> None:
    """Its ops are right, each by itself: they select by indices that are constants on the tape."""

    def middle(x: Any) -> Any:
        return getattr(np, name)(np.resize(x, (2, 3, 4)), axis=(0, -1), keepdims=True)

    with pytest.raises(KinkError, match=f"kinks meet here, one of '{name}', called at"):
        check_grads(middle, [np.ones(2)], order=1)


def test_a_composite_that_is_wrong_is_named(declared: Any) -> None:
    """Each of its ops is right: what is wrong is a number that was taken off the tape."""

    @composite()
    def share(x: Any, scale: Any = 1.0) -> Any:
        return scale * x / np.asarray(x.detach()).sum()

    failure = failure_of(lambda x: np.exp(share(np.sin(x), scale=2.0)), [np.array([0.5, 0.7])], order=1)
    assert failure.op is not None
    assert failure.op.function == "share"
    assert "share(x0, scale=2.0)" in failure.script or "share(x0, 2.0)" in failure.script


def test_a_composite_in_which_kinks_meet_is_not_called_wrong(declared: Any) -> None:
    @composite()
    def identity(x: Any) -> Any:
        return ag.nn.functional.relu(x) - ag.nn.functional.relu(-x)

    with pytest.raises(KinkError):
        check_grads(lambda x: np.sum(identity(x) * 2), [np.zeros(3)], order=1)


def test_a_wrong_operation_is_found_where_kinks_meet(declared: Any) -> None:
    def size(x: Any) -> Any:
        return np.abs(x)

    wrong = declared(size, x=lambda g, x: g * np.where(x == 0, 3.0, np.sign(x)))
    failure = failure_of(lambda x: np.sum(np.maximum(wrong(x), 0)) * 2, [np.zeros(3)], order=1)
    assert failure.op is not None
    assert failure.op.function == "size"


# --- PyTorch's names ----------------------------------------------------------------------------------


def test_gradcheck_and_gradgradcheck() -> None:
    x = ag.tensor(A, requires_grad=True)
    labels = np.array([0, 2])
    assert gradcheck(ag.nn.functional.cross_entropy, (x, labels), check_forward_ad=True)
    assert gradcheck(lambda a, b: a @ b, (A, B), fast_mode=True)
    assert gradgradcheck(
        ag.nn.functional.cross_entropy, (x, labels), check_fwd_over_rev=True, gen_non_contig_grad_outputs=True
    )
    assert gradgradcheck(np.sin, x, grad_outputs=np.ones((2, 3)))
    assert gradcheck(ag.nn.Linear(3, 2).double(), x)

    class Scaled(ag.nn.Module):
        def __init__(self) -> None:
            self.factor = ag.nn.Parameter(np.array(2.0))

        def forward(self, times: int, x: Any) -> Any:
            return np.tanh(self.factor * x) ** times

    assert gradcheck(Scaled(), (2, x))


def test_gradcheck_may_return_false(declared: Any) -> None:
    function, args, *_ = forgotten_factor(declared)
    assert not gradcheck(function, args, raise_exception=False)
    with pytest.raises(GradientError, match="the op at fault is 'area'"):
        gradcheck(function, args)


def test_gradcheck_refuses_what_has_no_meaning_here() -> None:
    x = ag.tensor(A, requires_grad=True)
    with pytest.raises(UnsupportedError, match="check_batched_grad"):
        gradcheck(np.sin, x, check_batched_grad=True)
    with pytest.raises(ArgumentError, match="requires grad"):
        gradcheck(np.sin, ag.tensor([1, 2]))
    with pytest.raises(ArgumentError, match="shapes of the outputs"):
        gradgradcheck(np.sin, x, grad_outputs=np.ones(3))


def test_mistakes_in_the_call() -> None:
    with pytest.raises(ArgumentError, match="no derivative to check"):
        check_grads(np.argmax, [A])
    with pytest.raises(ArgumentError, match="order of 1 or more"):
        check_grads(np.sin, [A], order=0)
    with pytest.raises(ArgumentError, match="modes"):
        check_grads(np.sin, [A], modes=("reverse",))
    with pytest.raises(DtypeError, match="close over it"):
        check_grads(np.sin, [np.array([1, 2])])
