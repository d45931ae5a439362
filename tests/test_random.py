"""Random draws: NumPy's numbers, right distributions, and gradients at a fixed seed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.special
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

import autograd_cnn as ag
from autograd_cnn import random
from autograd_cnn.errors import ArgumentError, DtypeError, ShapeError, UnsupportedError
from autograd_cnn.ops.random_gamma import gamma_quantile
from autograd_cnn.testing import check_grads

# Parameters of each distribution, and SciPy's name and parameters for the same.
DISTRIBUTIONS: dict[str, tuple[tuple[Any, ...], Any]] = {
    "normal": ((1.5, 0.7), scipy.stats.norm(1.5, 0.7)),
    "gumbel": ((1.5, 0.7), scipy.stats.gumbel_r(1.5, 0.7)),
    "laplace": ((1.5, 0.7), scipy.stats.laplace(1.5, 0.7)),
    "logistic": ((1.5, 0.7), scipy.stats.logistic(1.5, 0.7)),
    "lognormal": ((0.5, 0.7), scipy.stats.lognorm(0.7, scale=np.exp(0.5))),
    "uniform": ((-1.0, 2.0), scipy.stats.uniform(-1, 3)),
    "exponential": ((0.7,), scipy.stats.expon(scale=0.7)),
    "rayleigh": ((0.7,), scipy.stats.rayleigh(scale=0.7)),
    "pareto": ((2.5,), scipy.stats.lomax(2.5)),
    "weibull": ((1.5,), scipy.stats.weibull_min(1.5)),
    "power": ((1.5,), scipy.stats.powerlaw(1.5)),
    "triangular": ((-1.0, 0.5, 2.0), scipy.stats.triang(0.5, -1, 3)),
}
OF_GAMMA: dict[str, tuple[tuple[Any, ...], Any]] = {
    "gamma": ((0.4, 2.0), scipy.stats.gamma(0.4, scale=2)),
    "standard_gamma": ((3.5,), scipy.stats.gamma(3.5)),
    "chisquare": ((1.5,), scipy.stats.chi2(1.5)),
    "f": ((3.0, 5.0), scipy.stats.f(3, 5)),
    "standard_t": ((2.5,), scipy.stats.t(2.5)),
    "beta": ((0.5, 1.5), scipy.stats.beta(0.5, 1.5)),
}
STANDARD = {
    "standard_normal": scipy.stats.norm(),
    "standard_exponential": scipy.stats.expon(),
    "standard_cauchy": scipy.stats.cauchy(),
    "random": scipy.stats.uniform(),
}


@pytest.mark.parametrize("name", [*DISTRIBUTIONS, *STANDARD])
def test_the_numbers_are_those_of_numpy(name: str) -> None:
    parameters = DISTRIBUTIONS[name][0] if name in DISTRIBUTIONS else ()
    expected = getattr(np.random.default_rng(3), name)(*parameters, size=(50, 4))
    got = getattr(random, name)(*parameters, size=(50, 4), generator=np.random.default_rng(3))
    if name in ("lognormal", "pareto", "weibull", "power"):  # NumPy's ufuncs are not the C library
        np.testing.assert_allclose(got.numpy(), expected, rtol=1e-14)
    else:
        np.testing.assert_array_equal(got.numpy(), expected)


@pytest.mark.parametrize("name", [*DISTRIBUTIONS, *OF_GAMMA, *STANDARD])
def test_the_distribution_is_right(name: str) -> None:
    """Kolmogorov and Smirnov's test of 4000 draws: a wrong distribution fails it by far."""
    parameters, exact = {**DISTRIBUTIONS, **OF_GAMMA, **{n: ((), d) for n, d in STANDARD.items()}}[name]
    draws = getattr(random, name)(*parameters, size=4000, generator=12)
    assert scipy.stats.kstest(draws.numpy(), exact.cdf).pvalue > 0.01


@pytest.mark.parametrize(
    ("name", "mean"), [("gamma", lambda a, s: a * s), ("beta", lambda a, b: a / (a + b))]
)
def test_the_gradient_of_a_mean_is_that_of_the_exact_one(name: str, mean: Any) -> None:
    parameters = [ag.tensor(x, requires_grad=True) for x in (0.8, 1.7)]
    estimate = getattr(random, name)(*parameters, size=20000, generator=5).mean()
    got = ag.backprop(estimate, parameters)
    expected = ag.backprop(mean(*parameters), parameters)
    for ours, theirs in zip(got, expected, strict=True):
        assert abs(float(ours) - float(theirs)) < 0.03


@pytest.mark.parametrize("name", [*DISTRIBUTIONS, *OF_GAMMA])
def test_gradients_at_a_fixed_seed_to_second_order(name: str) -> None:
    parameters = [np.asarray(p) for p in {**DISTRIBUTIONS, **OF_GAMMA}[name][0]]
    check_grads(lambda *p: getattr(random, name)(*p, size=3, generator=7), parameters)


@given(shape=st.floats(1, 1e4), probability=st.floats(1e-9, 1 - 1e-9))
def test_the_slope_of_the_gamma_quantile(shape: float, probability: float) -> None:
    """Against differences of SciPy's inverse, as exact as these are."""
    variable = ag.tensor(shape, requires_grad=True)
    (slope,) = ag.backprop(gamma_quantile(variable, probability), [variable])
    h = 1e-3 * max(1.0, shape**0.5)
    at = [scipy.special.gammaincinv(shape + k * h, probability) for k in (-1, 1, -0.5, 0.5)]
    coarse, fine = (at[1] - at[0]) / (2 * h), (at[3] - at[2]) / h
    np.testing.assert_allclose(float(slope), (4 * fine - coarse) / 3, rtol=2e-6)


# -(∂P/∂a) / p of the incomplete gamma function P and the density p, by mpmath with 40 digits.
EXACT_SLOPES = [
    (1.0, 0.001, 0.0073344562448837857),
    (1.5, 3.0, 1.54761271742959393),
    (5.0, 2.0, 0.630802802677854662),
    (30.0, 50.0, 1.28412623025094019),
    (1000.0, 990.0, 0.995149095969887596),
    (1.0, 12.0, 3.1394484478284524),
]


@pytest.mark.parametrize(("shape", "draw", "exact"), EXACT_SLOPES)
def test_the_slope_of_the_gamma_quantile_is_exact(shape: float, draw: float, exact: float) -> None:
    variable = ag.tensor(shape, requires_grad=True)
    quantile = gamma_quantile(variable, scipy.special.gammainc(shape, draw))
    assert abs(quantile.item() / draw - 1) < 1e-12
    (slope,) = ag.backprop(quantile, [variable])
    assert abs(float(slope) / exact - 1) < 1e-11


@pytest.mark.parametrize("name", ["beta", "dirichlet", "gamma", "standard_t"])
@pytest.mark.parametrize("size", [1e-3, 1e-2, 1e6])
def test_extreme_shapes_give_finite_draws_and_gradients(name: str, size: float) -> None:
    parameters = [ag.tensor(np.full(3, size), requires_grad=True) for _ in range(2 if name == "beta" else 1)]
    if name == "standard_t":
        parameters[0] = ag.tensor(np.full(3, max(size, 0.05)), requires_grad=True)
    draws = getattr(random, name)(*parameters, size=(200, 3), generator=0)
    gradients = ag.backprop(draws.sum(), parameters)
    assert all(np.all(np.isfinite(x.detach().numpy())) for x in (draws, *gradients))
    if name == "dirichlet":
        np.testing.assert_allclose(draws.detach().numpy().sum(-1), 1, rtol=1e-12)


def test_multivariate_normal_is_numpy_s_by_cholesky() -> None:
    factor = np.array([[1.0, 0, 0], [0.5, 0.8, 0], [-0.3, 0.2, 0.6]])
    mean, cov = np.array([1.0, -2.0, 0.5]), factor @ factor.T
    for size in (None, 4, (2, 3)):
        expected = np.random.default_rng(1).multivariate_normal(mean, cov, size, method="cholesky")
        got = random.multivariate_normal(mean, ag.tensor(cov), size, generator=1)
        assert got.shape == expected.shape
        np.testing.assert_allclose(got.numpy(), expected, rtol=1e-13)
    check_grads(
        lambda m, c: random.multivariate_normal(m, (c + c.T) / 2, 2, generator=1), [mean, cov], directions=1
    )


def test_dirichlet_has_the_right_means() -> None:
    alpha = np.array([0.5, 1.0, 2.5])
    draws = random.dirichlet(alpha, 4000, generator=2).numpy()
    np.testing.assert_allclose(draws.mean(0), alpha / 4, atol=0.02)
    check_grads(lambda a: random.dirichlet(a, 2, generator=2), [alpha])


@pytest.mark.parametrize("name", [*DISTRIBUTIONS, *OF_GAMMA])
def test_float32_gives_the_same_numbers_rounded(name: str) -> None:
    parameters = {**DISTRIBUTIONS, **OF_GAMMA}[name][0]
    exact = getattr(random, name)(*parameters, size=20, generator=4)
    single = [ag.tensor(p, np.float32, requires_grad=True) for p in parameters]
    for draws in (
        getattr(random, name)(*single, size=20, generator=4),
        getattr(random, name)(*parameters, size=20, dtype=np.float32, generator=4),
    ):
        assert draws.dtype == np.float32
        np.testing.assert_allclose(draws.detach().numpy(), exact.numpy(), rtol=1e-4, atol=1e-5)
    assert exact.dtype == np.float64


def test_dtypes_follow_numpy() -> None:
    single, double = ag.tensor(1.0, np.float32), ag.tensor(1.0)
    assert random.normal(single, 2.0).dtype == np.float32
    assert random.normal(single, double).dtype == np.float64
    assert random.normal(single, np.float64(2)).dtype == np.float64
    assert random.normal(double, single, dtype=np.float32).dtype == np.float32
    assert random.normal(ag.tensor(1), 2).dtype == np.float64
    assert random.random(3, dtype=np.float32).dtype == np.float32


def test_uniform_draws_never_reach_1_in_float32() -> None:
    class AlmostOne(np.random.Generator):
        def random(self, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]
            return np.full(kwargs["size"], 1 - 2.0**-53)

    assert float(random.random(2, dtype=np.float32, generator=AlmostOne(np.random.PCG64(0))).max()) < 1


def test_the_seed_of_the_context_is_used() -> None:
    ag.manual_seed(5)
    first, second = random.normal(size=3), random.normal(size=3)
    assert not np.array_equal(first.numpy(), second.numpy())
    ag.manual_seed(5)
    np.testing.assert_array_equal(random.normal(size=3).numpy(), first.numpy())
    np.testing.assert_array_equal(random.normal(size=3, generator=5).numpy(), first.numpy())


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("integers", (2, 9)),
        ("poisson", (2.5,)),
        ("binomial", (5, 0.3)),
        ("negative_binomial", (5, 0.3)),
        ("geometric", (0.3,)),
        ("hypergeometric", (4, 5, 3)),
        ("logseries", (0.6,)),
        ("zipf", (2.5,)),
        ("multinomial", (5, [0.2, 0.3, 0.5])),
    ],
)
def test_integers_are_numpy_s_and_constant(name: str, parameters: Any) -> None:
    expected = getattr(np.random.default_rng(1), name)(*parameters, size=(4, 2))
    variable = ag.tensor(np.asarray(parameters[-1], float), requires_grad=name != "integers")
    given = parameters if name in ("integers", "hypergeometric") else (*parameters[:-1], variable)
    got = getattr(random, name)(*given, size=(4, 2), generator=1)
    np.testing.assert_array_equal(got.numpy(), expected)
    assert not got.requires_grad
    assert got.dtype == expected.dtype


def test_permutation_and_choice_are_numpy_s_and_carry_gradients() -> None:
    x = np.arange(6.0).reshape(3, 2)
    p = np.array([0.2, 0.3, 0.5])
    for function, options in (
        ("permutation", {}),
        ("permutation", {"axis": 1}),
        ("choice", {"size": (2, 4)}),
        ("choice", {"size": 2, "replace": False, "shuffle": False}),
        ("choice", {"size": 5, "p": p}),
        ("choice", {"axis": 1}),
    ):
        expected = getattr(np.random.default_rng(2), function)(x, **options)
        variable = ag.tensor(x, requires_grad=True)
        got = getattr(random, function)(variable, **options, generator=2)
        np.testing.assert_array_equal(got.detach().numpy(), expected)
        (gradient,) = ag.backprop(got.sum(), [variable])
        counts = np.bincount(expected.astype(int).ravel(), minlength=6).reshape(3, 2)
        np.testing.assert_array_equal(gradient.numpy(), counts)
    np.testing.assert_array_equal(
        random.permutation(5, generator=2).numpy(), np.random.default_rng(2).permutation(5)
    )
    assert random.choice(5, generator=2).item() == np.random.default_rng(2).choice(5)


def test_triangular_has_finite_gradients_where_the_mode_is_an_end() -> None:
    mode = ag.tensor(0.0, requires_grad=True)
    draws = random.triangular(0.0, mode, 1.0, size=50, generator=0)
    (gradient,) = ag.backprop(draws.sum(), [mode])
    assert np.isfinite(gradient.numpy())


def test_mistakes_are_explained() -> None:
    with pytest.raises(ArgumentError, match=r"normal: expected scale of 0 or more, got -1"):
        random.normal(0.0, ag.tensor([1.0, -1.0]))
    with pytest.raises(ArgumentError, match=r"gamma: expected shape above 0, got 0"):
        random.gamma(0.0)
    with pytest.raises(ArgumentError, match="uniform: expected low <= high, got high - low = -1"):
        random.uniform(2.0, 1.0)
    with pytest.raises(ArgumentError, match="triangular: expected left <= mode <= right"):
        random.triangular(1.0, 0.0, 2.0)
    with pytest.raises(
        ShapeError, match=r"normal: expected parameters that broadcast .*\(3,\), \(\) and size=2"
    ):
        random.normal(ag.zeros(3), 1.0, 2)
    with pytest.raises(ShapeError, match="normal: expected parameters that broadcast"):
        random.normal(ag.zeros(3), ag.zeros(2))
    with pytest.raises(DtypeError, match=r"normal: expected float32 or float64.*complex128"):
        random.normal(ag.tensor(1j))
    with pytest.raises(ArgumentError, match="generator: expected a seed"):
        random.normal(generator="seed")  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="generator: expected a seed"):
        random.integers(3, generator=-1)
    with pytest.raises(ArgumentError, match="poisson: lam < 0"):
        random.poisson(-1.0)
    with pytest.raises(ArgumentError, match="choice: Cannot take a larger sample"):
        random.choice(ag.zeros(2), 3, replace=False)
    with pytest.raises(ShapeError, match=r"multivariate_normal: expected mean of shape \(n,\)"):
        random.multivariate_normal(ag.zeros(2), ag.eye(3))
    with pytest.raises(ShapeError, match=r"dirichlet: expected alpha of shape \(k,\)"):
        random.dirichlet(ag.ones((2, 2)))
    with pytest.raises(ArgumentError, match="permutation: expected an integer or an array with an axis"):
        random.permutation(ag.tensor(1.5))


@pytest.mark.parametrize("name", ["normal", "uniform", "gamma", "exponential", "choice", "dirichlet"])
def test_numpy_s_generators_raise_and_name_ours(name: str) -> None:
    variable = ag.tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(UnsupportedError, match=r"ag\.random"):
        getattr(np.random.default_rng(0), name)(variable)
