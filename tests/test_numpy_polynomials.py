"""Polynomials, ranges, windows, sets and histograms, against NumPy itself."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import autograd_cnn as ag
from autograd_cnn.core.tensor import Tensor
from autograd_cnn.testing import check_grads

RANDOM = np.random.default_rng(0)
X, Y, WEIGHTS = RANDOM.random((3, 50))


def value(x: Any) -> Any:
    return x.detach().numpy() if isinstance(x, Tensor) else np.asarray(x)


def same(got: Any, expected: Any) -> None:
    if isinstance(expected, tuple):
        assert len(got) == len(expected)
        for ours, theirs in zip(got, expected, strict=True):
            same(ours, theirs)
    else:
        np.testing.assert_allclose(value(got), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    "p", [[1.0, 2.0, 3.0, 4.0], [0.0, 0.0, 1.0, 2.0], [1.0, 0.0, 0.0], [0.0, 0.0], [3.0]]
)
def test_roots_at_zero_and_leading_zeros(p: list[float]) -> None:
    found = np.roots(ag.tensor(p))
    assert found.shape == np.roots(p).shape
    same(np.sort(value(found)), np.sort(np.roots(p)))


def test_roots_and_poly_undo_each_other() -> None:
    check_grads(lambda p: np.poly(np.roots(p)), [np.array([1.0, -2.0, 3.0, 0.5])], order=2)
    same(np.poly(ag.tensor([1, 1j, -1j])), np.poly([1, 1j, -1j]))


def test_division_and_its_remainder() -> None:
    u, v = np.array([2.0, 1.0, 3.0, 5.0]), np.array([1.0, 0.5])
    quotient, rest = np.polydiv(ag.tensor(u), v)
    same(np.polyadd(np.polymul(quotient, v), rest), u)
    same(np.polydiv(ag.tensor(v), u), np.polydiv(v, u))
    same(np.polydiv(ag.tensor(np.convolve(v, v)), v), np.polydiv(np.convolve(v, v), v))


@pytest.mark.parametrize("columns", [0, 2])
@pytest.mark.parametrize(
    "options", [{}, {"full": True}, {"cov": True}, {"cov": "unscaled", "w": WEIGHTS[:8]}]
)
def test_polyfit(columns: int, options: dict[str, Any]) -> None:
    y = RANDOM.random((8, columns)) if columns else Y[:8]
    same(np.polyfit(ag.tensor(X[:8]), y, 2, **options), np.polyfit(X[:8], y, 2, **options))


def test_polyfit_of_too_few_points_warns_as_numpy_does() -> None:
    x = np.array([1.0, 1.0, 2.0])
    with pytest.warns(np.exceptions.RankWarning):
        np.polyfit(ag.tensor(x), x, 2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.polyfit(ag.tensor(x), x, 1)


def test_weights_of_whole_numbers_keep_their_fractions() -> None:
    points = [1, 2, 3], [1, 2, 4]
    options: dict[str, Any] = {"w": [0.5, 1.5, 0.1]}
    same(np.polyfit(ag.tensor(points[0]), points[1], 1, **options), np.polyfit(*points, 1, **options))


@pytest.mark.parametrize("endpoint", [True, False])
@pytest.mark.parametrize("num", [0, 1, 2, 5])
@pytest.mark.parametrize(
    ("function", "ends"),
    [(np.linspace, (-1.0, 3.0)), (np.logspace, (-1.0, 2.0)), (np.geomspace, (-2.0, -9.0))],
)
def test_ranges(function: Any, ends: tuple[float, float], num: int, endpoint: bool) -> None:
    same(function(ag.tensor(ends[0]), ends[1], num, endpoint), function(*ends, num, endpoint))
    ours = getattr(ag, function.__name__)
    assert isinstance(ours(*ends, num), Tensor)
    assert ours(ag.tensor(ends[0], requires_grad=True), ends[1], 3).requires_grad


def test_ranges_end_exactly() -> None:
    x = ag.tensor([0.1, 0.7], requires_grad=True)
    for function in (np.linspace, np.geomspace):
        assert value(function(x, 0.3, 7)[-1]).tolist() == [0.3, 0.3]
    same(np.linspace(ag.tensor(0.0), 9.7, 5, dtype=int), np.linspace(0.0, 9.7, 5, dtype=int))
    same(np.logspace(0, 2, 3, base=ag.tensor([2.0, 3.0])), np.logspace(0, 2, 3, base=np.array([2.0, 3.0])))
    _, step = np.linspace(x, 1.0, 3, retstep=True)
    same(step, (1.0 - value(x)) / 2)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda x: np.geomspace(x, -1.0), "ends of the same sign"),
        (lambda x: np.geomspace(x, 1j), "expected real ends"),
        (lambda x: np.linspace(x, 1.0, -1), "num of 0 or more"),
        (lambda x: np.convolve(x, [[1.0]]), "expected two sequences"),
        (lambda x: ag.convolve(x, x, "odd"), "expected mode to be 'full', 'valid' or 'same', got 'odd'"),
        (lambda x: np.polyder(x, -1), "see polyint"),
        (lambda x: np.polyint(x, 2, k=[1.0, 2.0, 3.0]), "expected one constant k or m = 2"),
        (lambda x: np.poly(ag.tensor(np.ones((2, 3)))), "expected roots along one axis"),
        (lambda x: np.polyfit(x, [1.0, 2.0], 1), "expected x \\(m,\\)"),
        (
            lambda x: np.linalg.tensorsolve(ag.tensor(np.ones((2, 3))), np.ones(2)),
            "as many equations as unknowns",
        ),
        (lambda x: np.linalg.tensorinv(ag.tensor(np.ones((2, 3))), 1), "as many entries along the first 1"),
    ],
)
def test_mistakes(wrong: Any, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        wrong(ag.tensor(2.0, requires_grad=True))


BINS: list[dict[str, Any]] = [
    {},
    {"bins": 4},
    {"bins": [3, 5]},
    {"bins": np.linspace(0, 1, 4)},
    {"bins": [3, np.linspace(0, 1, 4)]},
    {"bins": 5, "range": [[0, 0.5], [0.2, 1]]},
]


@pytest.mark.parametrize("options", BINS, ids=str)
@pytest.mark.parametrize("density", [False, True])
def test_histograms_of_two_axes(options: dict[str, Any], density: bool) -> None:
    expected = np.histogram2d(X, Y, weights=WEIGHTS, density=density, **options)
    weights = ag.tensor(WEIGHTS, requires_grad=True)
    same(np.histogram2d(X, Y, weights=weights, density=density, **options), expected)
    counts = np.histogram2d(ag.tensor(X), Y, density=density, **options)
    same(counts, np.histogram2d(X, Y, density=density, **options))
    assert not counts[0].requires_grad
    check_grads(
        lambda w: np.histogram2d(X, Y, weights=w, density=density, **options)[0], [WEIGHTS], directions=1
    )


def test_a_histogram_of_three_axes() -> None:
    sample = np.stack([X, Y, WEIGHTS], 1)
    weights = ag.tensor(WEIGHTS, requires_grad=True)
    same(np.histogramdd(sample, 3, weights=weights), np.histogramdd(sample, 3, weights=WEIGHTS))


@pytest.mark.parametrize("name", ["bartlett", "blackman", "hamming", "hanning", "identity", "tri"])
def test_windows_and_grids_are_tensors(name: str) -> None:
    made = getattr(ag, name)(5)
    assert isinstance(made, Tensor)
    same(made, getattr(np, name)(5))


def test_sets_and_bits_are_constants() -> None:
    x = ag.tensor([3.0, 1.0, 1.0], requires_grad=True)
    for function in (np.union1d, np.intersect1d, np.setdiff1d, np.setxor1d):
        result = function(x, [1.0, 2.0])
        assert not result.requires_grad
        same(result, function([3.0, 1.0, 1.0], [1.0, 2.0]))
    assert np.array_equiv(x, x)
    assert not np.shares_memory(x, np.ones(3))
