"""Special functions at awkward points, against SciPy, and how they are found."""

from __future__ import annotations

import math
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import scipy.special as scipy
from op_samples import Sample, samples_of

import autograd_cnn as ag
from autograd_cnn import special
from autograd_cnn.errors import ArgumentError, UnsupportedError
from autograd_cnn.ops.activation import sigmoid
from autograd_cnn.testing import check_grads

INF, NAN = math.inf, math.nan
EULER = 0.5772156649015329


def derivatives(function: Any, *args: Any, order: int = 1) -> list[float]:
    """Derivatives of the given order along each argument alone."""
    found = []
    for place in range(len(args)):

        def along(x: Any, place: int = place) -> Any:
            return function(*args[:place], x, *args[place + 1 :])

        for _ in range(order):
            along = ag.grad(along)
        found.append(float(along(np.float64(args[place]))))
    return found


@pytest.mark.parametrize(
    ("function", "args", "expected"),
    [
        (special.xlogy, (0.0, 0.0), [0.0, 0.0]),
        (special.xlogy, (0.0, 2.0), [math.log(2), 0.0]),
        (special.xlogy, (2.0, 0.5), [math.log(0.5), 4.0]),
        (special.xlog1py, (0.0, -1.0), [0.0, 0.0]),
        (special.xlog1py, (0.0, 1.0), [math.log(2), 0.0]),
        (special.entr, (0.0,), [INF]),
        (special.rel_entr, (0.0, 0.0), [0.0, 0.0]),
        (special.rel_entr, (1.0, 1.0), [1.0, -1.0]),
        (special.kl_div, (0.0, 0.0), [0.0, 1.0]),
        (special.kl_div, (1.0, 1.0), [0.0, 0.0]),
        (special.huber, (1.0, 0.0), [0.0, 0.0]),
        (special.huber, (1.0, -3.0), [2.0, -1.0]),
        (special.pseudo_huber, (0.0, 0.0), [0.0, 0.0]),
        (special.pseudo_huber, (2.0, 0.0), [0.0, 0.0]),
        (special.expit, (0.0,), [0.25]),
        (special.expit, (1000.0,), [0.0]),
        (special.log_expit, (-1000.0,), [1.0]),
        (special.log_expit, (1000.0,), [0.0]),
        (special.softplus, (-1000.0,), [0.0]),
        (special.softplus, (1000.0,), [1.0]),
        (special.log_ndtr, (1e10,), [0.0]),
        (special.log_ndtr, (-1e10,), [1e10]),
        (special.log_ndtr, (0.0,), [math.sqrt(2 / math.pi)]),
        (special.erfinv, (0.0,), [math.sqrt(math.pi) / 2]),
        (special.erfinv, (1.0,), [INF]),
        (special.erf, (1e200,), [0.0]),
        (special.dawsn, (1e4,), [-1 / (2e8) * (1 + 1.5e-8)]),
        (special.dawsn, (-1e4,), [-1 / (2e8) * (1 + 1.5e-8)]),
        (special.erfcx, (1e4,), [-1e-8 / math.sqrt(math.pi) * (1 - 1.5e-8)]),
        (special.exprel, (0.0,), [0.5]),
        (special.spence, (1.0,), [-1.0]),
        (special.ellipk, (0.0,), [math.pi / 8]),
        (special.ellipe, (0.0,), [-math.pi / 8]),
        (lambda x: special.sici(x)[0], (0.0,), [1.0]),
        (lambda x: special.shichi(x)[0], (0.0,), [1.0]),
        (lambda x: special.fresnel(x)[1], (0.0,), [1.0]),
        (special.j1, (0.0,), [0.5]),
        (special.i1, (0.0,), [0.5]),
        (special.i0e, (0.0,), [0.0]),
        (lambda x: special.jv(2, x), (0.0,), [0.0]),
        (special.rgamma, (0.0,), [1.0]),
        (special.rgamma, (-1.0,), [-1.0]),
        (special.rgamma, (-3.0,), [-6.0]),
        (special.gamma, (1.0,), [-EULER]),
        (special.binom, (2.0, 3.0), [scipy.gamma(3) / scipy.gamma(4), scipy.gamma(3) / -scipy.gamma(4)]),
        (special.binom, (5.0, 0.0), [0.0, scipy.digamma(6) - scipy.digamma(1)]),
        (lambda z: special.poch(z, 2.0), (-3.0,), [-5.0]),  # z² + z
        (lambda z: special.poch(z, 2.0), (-1.0,), [-1.0]),
        (lambda z: special.poch(z, 2.0), (0.0,), [1.0]),
        (lambda x: special.gammainc(1.0, x), (0.0,), [1.0]),
        (lambda x: special.gammainc(2.0, x), (0.0,), [0.0]),
        (lambda x: special.gammainc(0.5, x), (0.0,), [INF]),
        (
            lambda x: special.gammainc(300.0, x),
            (300.0,),
            [math.exp(299 * math.log(300) - 300 - math.lgamma(300))],
        ),
        (lambda x: special.betainc(1.0, 2.0, x), (0.0,), [2.0]),
        (lambda x: special.betainc(2.0, 1.0, x), (1.0,), [2.0]),
        (lambda x: special.betainc(2.0, 2.0, x), (1.0,), [0.0]),
        (lambda x: special.gammaincc(1.0, x), (0.0,), [-1.0]),
        (lambda y: special.gammaincinv(1.0, y), (0.0,), [1.0]),
        (lambda y: special.gammainccinv(1.0, y), (1.0,), [-1.0]),
        (lambda x: special.betaincc(1.0, 2.0, x), (0.0,), [-2.0]),
        (lambda x: special.betaincc(2.0, 1.0, x), (1.0,), [-2.0]),
        (lambda x: special.betaincc(2.0, 2.0, x), (1.0,), [0.0]),
        (lambda y: special.betaincinv(1.0, 2.0, y), (0.0,), [0.5]),
        (lambda y: special.betaincinv(2.0, 1.0, y), (1.0,), [0.5]),
        (lambda y: special.betaincinv(2.0, 2.0, y), (1.0,), [INF]),
        (lambda y: special.betainccinv(1.0, 2.0, y), (1.0,), [-0.5]),
        (lambda y: special.betainccinv(2.0, 2.0, y), (0.0,), [-INF]),
        (lambda y: special.betainccinv(2.0, 1.0, y), (0.0,), [-0.5]),
        (special.boxcox, (2.0, 0.0), [0.5, math.log(2) ** 2 / 2]),
        (special.boxcox, (0.0, 2.0), [0.0, 0.25]),
        (special.boxcox1p, (1.0, 0.0), [0.5, math.log(2) ** 2 / 2]),
        (special.boxcox1p, (1e-12, 1.0), [1.0, 0.5e-24]),
        (special.inv_boxcox, (1.0, 0.0), [math.e, -math.e / 2]),
        (lambda x: special.logsumexp(ag.stack([x, x])), (-INF,), [0.0]),
        (lambda x: special.logsumexp(ag.stack([x, x]), b=np.array([1.0, 0.0])), (1000.0,), [1.0]),
        (lambda x: special.logsumexp(ag.stack([x, x]), b=np.zeros(2)), (1.0,), [0.0]),
        (lambda x: special.zeta(2.0, x), (1.0,), [-2 * scipy.zeta(3)]),
        (lambda z: ag.real(special.lambertw(z)), (0.0,), [1.0]),
    ],
)
def test_derivative_at_the_awkward_point(function: Any, args: Any, expected: list[float]) -> None:
    np.testing.assert_allclose(derivatives(function, *args), expected, rtol=1e-11, atol=1e-300)


@pytest.mark.parametrize(
    ("function", "args", "expected"),
    [
        (special.exprel, (0.0,), [1 / 3]),
        (special.spence, (1.0,), [0.5]),
        (lambda x: special.sici(x)[0], (0.0,), [0.0]),
        (special.j1, (0.0,), [0.0]),
        (special.j0, (0.0,), [-0.5]),
        (special.rgamma, (0.0,), [2 * EULER]),
        (lambda z: special.poch(z, 2.0), (-3.0,), [2.0]),
        (lambda z: special.poch(z, 2.0), (0.0,), [2.0]),
        (lambda x: special.gammainc(2.0, x), (0.0,), [1.0]),
        (lambda x: special.gammainc(1.0, x), (0.0,), [-1.0]),
        (lambda x: special.gammainc(3.0, x), (0.0,), [0.0]),
        (lambda x: special.betainc(2.0, 2.0, x), (1.0,), [-6.0]),
        (special.log_ndtr, (0.0,), [-2 / math.pi]),
        (special.log_ndtr, (50.0,), [0.0]),
        (special.log_ndtr, (-1e5,), [-1.0]),
        (special.log_expit, (0.0,), [-0.25]),
        (special.ellipk, (0.0,), [math.pi / 8 * 9 / 8]),
        (special.boxcox, (2.0, 0.0), [-0.25, math.log(2) ** 3 / 3]),
    ],
)
def test_second_derivative_at_the_awkward_point(function: Any, args: Any, expected: list[float]) -> None:
    np.testing.assert_allclose(derivatives(function, *args, order=2), expected, rtol=1e-8, atol=1e-15)


def test_the_third_derivative_of_a_removable_singularity() -> None:
    assert derivatives(lambda x: special.sici(x)[0], 0.0, order=3) == pytest.approx([-1 / 3])
    assert derivatives(special.exprel, 0.0, order=3) == pytest.approx([0.25])


def test_mixed_second_derivative_of_xlogy_where_x_is_zero() -> None:
    slope = ag.grad(special.xlogy, argnums=1)
    assert float(ag.grad(lambda x: slope(x, ag.tensor(4.0)))(np.float64(0.0))) == 0.25


@pytest.mark.parametrize(
    ("function", "points"),
    [
        (special.erfcx, [-3.0, 14.0, 16.0, 99.0, 101.0, 300.0]),
        (special.dawsn, [-101.0, -99.0, 0.0, 14.0, 16.0, 99.0, 101.0]),
        (special.log_ndtr, [-20.0, -1.0, 0.5, 5.0]),
        (special.rgamma, [-2.7, -0.5, 0.45, 0.55, 3.0]),
        (special.spence, [0.2, 0.45, 0.55, 1.45, 1.55, 6.0]),
        (special.digamma, [-1.5, -0.3, 0.2, 10.0]),
        (special.gammaln, [-1.5, -0.3, 0.2, 10.0]),
        (special.wrightomega, [-5.0, 0.0, 5.0]),
        (special.owens_t, None),
        (special.ndtri_exp, [-30.0, -2.0, -0.01]),
        (special.i1e, [-2.0, 20.0]),
    ],
)
def test_derivatives_on_both_sides_of_every_seam(function: Any, points: Any) -> None:
    if points is None:
        check_grads(function, [np.array([-1.5, 2.0]), np.array([0.5, -3.0])])
    else:
        check_grads(function, [np.array(points)], atol=1e-9)


@pytest.mark.parametrize(
    "function",
    [
        special.erf,
        special.erfcx,
        special.xlogy,
        special.expi,
        special.exp1,
        special.wrightomega,
        special.lambertw,
        lambda z: special.jv(1.5, z),
        lambda z: special.yv(0, z),
        lambda z: special.iv(1.5, z),
        lambda z: special.ive(1.5, z),
        lambda z: special.kve(1.5, z),
        lambda z: special.hyp2f1(1.0, 1.0, 2.0, -z),
        lambda z: special.airy(z)[1],
        lambda z: special.spence(z + 3),
    ],
)
def test_complex_arguments(function: Any) -> None:
    z = np.array([0.7 + 0.4j, 1.3 - 0.6j])
    check_grads(function, [z, z[::-1]] if function is special.xlogy else [z])


# From mpmath 1.3, with 30 digits.
POLYGAMMA = {
    (0, -3.3 + 0.2j): 2.692327585005886 + 2.244723230519095j,
    (1, 0.7 + 0.4j): 1.5084400307103747 - 1.5481586477547291j,
    (1, -20.5 - 0.001j): 9.821896936307626 + 2.266289914505596e-06j,
    (1, 4 - 30j): 0.0038377008220905682 + 0.03288856581236409j,
    (2, -3.3 + 0.2j): -11.239565221382355 + 46.328762813228316j,
    (2, 4 - 30j): 0.0010670194183938003 - 0.000252477884882494j,
    (5, 0.7 + 0.4j): -435.79321838304804 - 16.089080663530886j,
    (5, -3.3 + 0.2j): -50653.233087170534 - 21371.540446110248j,
    (5, 4 - 30j): 5.247880920328178e-07 + 7.992102573315474e-07j,
}


def test_polygamma_of_complex_numbers() -> None:
    for (n, z), expected in POLYGAMMA.items():
        assert abs(special.polygamma(n, np.complex128(z)) - expected) <= 1e-12 * abs(expected)
    orders, points = np.array(list(POLYGAMMA)).T
    at_once = special.polygamma(orders.real, points.reshape(-1, 1))
    np.testing.assert_allclose(np.diag(at_once), list(POLYGAMMA.values()), rtol=1e-12)
    assert special.polygamma(1, np.complex64(2j)).dtype == np.complex64
    x = np.linspace(-4.7, 6.2, 12)  # where the numbers are real, SciPy has it
    np.testing.assert_allclose(special.polygamma(3, x + 0j), scipy.polygamma(3, x), rtol=1e-12)


@pytest.mark.parametrize("function", [special.loggamma, special.gamma, special.rgamma, special.digamma])
def test_derivatives_of_gamma_functions_of_complex_numbers(function: Any) -> None:
    z = np.array([0.7 + 0.4j, -1.3 - 0.6j, 4 + 3j])
    check_grads(function, [z], order=3)


# --- Against SciPy ------------------------------------------------------------------------------------


@pytest.mark.parametrize("axis", [None, 0, (0, 1)])
def test_plain_functions_equal_scipy(axis: Any) -> None:
    x = np.random.default_rng(0).normal(size=(3, 4)) * 10
    factors = np.array([1.0, 0.0, 2.0, -0.5])
    for name in ("softmax", "log_softmax", "logsumexp"):
        ours, theirs = getattr(special, name), getattr(scipy, name)
        np.testing.assert_allclose(ours(ag.tensor(x), axis).numpy(), theirs(x, axis), rtol=1e-13)
        np.testing.assert_allclose(ours(x, axis), theirs(x, axis), rtol=1e-13)
    np.testing.assert_allclose(
        special.logsumexp(ag.tensor(x), axis, b=abs(factors), keepdims=True).numpy(),
        scipy.logsumexp(x, axis, b=abs(factors), keepdims=True),
        rtol=1e-13,
    )
    some = abs(x[::-1]) * np.array([[1.0, 0.0, 1.0, 1.0], [1.0, 1.0, 0.0, 1.0], [0.0, 1.0, 1.0, 1.0]])
    check_grads(lambda a, b: special.logsumexp(a, axis, b), [x / 10, some])
    with pytest.raises(UnsupportedError, match="return_sign=True is not supported"):
        special.logsumexp(ag.tensor(x), return_sign=True)


def test_arrays_of_parameters() -> None:
    x = np.array([0.5, 1.5])
    orders = np.array([0.0, 2.0])
    for ours, theirs in (
        (special.polygamma, scipy.polygamma),
        (special.expn, scipy.expn),
        (special.jv, scipy.jv),
        (special.kv, scipy.kv),
        (special.zeta, lambda n, q: scipy.zeta(n + 2, q)),
    ):
        given = orders + 2 if ours is special.zeta else orders
        np.testing.assert_allclose(ours(given, ag.tensor(x)).numpy(), theirs(orders, x))
        check_grads(lambda t, f=ours, n=given: f(n, t), [x])
    shapes = np.array([0.5, 300.0])
    check_grads(lambda t: special.gammainc(shapes, t), [np.array([0.5, 290.0])])
    check_grads(lambda t: special.betainc(np.array([0.5, 30.0]), 2.0, t), [np.array([0.1, 0.9])])


SPECIAL = {
    name: sample
    for name, sample in samples_of("primitive", "composite").items()
    if ".special." in sample.record.function.__module__
    and sample.parameters
    and all(type(value) in (int, float) for value in sample.parameters.values())
    and sample.shapes == ((2, 3),)
    and "axis" not in sample.parameters
    and sample.record.name not in ("diric", "multigammaln")  # of one number of terms, one dimension
}


@pytest.mark.parametrize("number", SPECIAL.values(), ids=list(SPECIAL))
def test_a_list_of_parameters_is_an_array(number: Sample) -> None:
    listed = number._replace(parameters={name: [value] * 3 for name, value in number.parameters.items()})
    found = []
    for sample in (number, listed):
        variables = [ag.tensor(x, requires_grad=True) for x in sample.arrays()]
        out = sample.of_flat(*variables)
        found.append([*out, *ag.backprop([y.sum() for y in out], variables)])
    for once, thrice in zip(*found, strict=True):
        np.testing.assert_allclose(once.detach().numpy(), thrice.detach().numpy())


def test_a_list_by_name_is_an_array_too() -> None:
    x = ag.tensor([0.3, 0.5], requires_grad=True)
    by_name = special.eval_sh_jacobi([1, 2], p=[2.5, 2.5], q=[1.5, 1.5], x=x)
    np.testing.assert_array_equal(by_name.detach(), special.eval_sh_jacobi([1, 2], 2.5, 1.5, x).detach())


def test_multigammaln_zeta_and_lambertw_equal_scipy() -> None:
    a = np.array([2.5, 7.0])
    np.testing.assert_allclose(special.multigammaln(ag.tensor(a), 3).numpy(), scipy.multigammaln(a, 3))
    assert special.zeta(2.0) == scipy.zeta(2.0)
    z = np.array([0.5, -0.2])
    np.testing.assert_array_equal(special.lambertw(ag.tensor(z), -1).numpy(), scipy.lambertw(z, -1))


def test_wrong_arguments_are_explained() -> None:
    with pytest.raises(ArgumentError, match="polygamma: expected an order n of 0, 1, 2"):
        special.polygamma(-1, ag.tensor(1.0))
    with pytest.raises(ArgumentError, match=r"multigammaln: expected a above \(d - 1\) / 2 = 1.0, got 0.5"):
        special.multigammaln(ag.tensor(0.5), 3)
    with pytest.raises(ArgumentError, match="multigammaln: expected a dimension d"):
        special.multigammaln(ag.tensor(0.5), 1.5)  # type: ignore[arg-type]
    shape = ag.tensor(2.0, requires_grad=True)
    for function, args in (
        (special.gammainc, (shape, 1.0)),
        (special.betainc, (1.0, shape, ag.tensor(0.5))),
        (special.jv, (shape, ag.tensor(0.5))),
    ):
        with pytest.raises(UnsupportedError, match=f"{function.__name__}: a parameter is not differentiated"):
            function(*args)


# --- How they are found -------------------------------------------------------------------------------


def test_scipy_own_ufuncs_dispatch_here() -> None:
    x = ag.tensor([0.5, 1.5], requires_grad=True)
    for ufunc in (scipy.expit, scipy.cbrt, scipy.exp2, scipy.expm1, scipy.log1p, scipy.erf, scipy.psi):
        y = ufunc(x)
        assert y.requires_grad
        np.testing.assert_allclose(y.detach().numpy(), ufunc(np.array([0.5, 1.5])), rtol=1e-15)
    assert special.expit is sigmoid


def test_a_ufunc_without_a_derivative_raises() -> None:
    with pytest.raises(UnsupportedError, match="ufunc bdtrik has no derivative here"):
        scipy.bdtrik(ag.tensor(0.5), 3, 0.5)


def test_the_first_ufunc_loads_them() -> None:
    program = (
        "import sys, autograd_cnn as ag\n"
        "assert 'scipy' not in sys.modules\n"
        "import scipy.special\n"
        "assert 'autograd_cnn.ops.special' not in sys.modules\n"
        "x = ag.tensor(0.0, requires_grad=True)\n"
        "scipy.special.erf(x).backward()\n"
        "print(float(x.grad))"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert float(run.stdout) == pytest.approx(2 / math.sqrt(math.pi))


def test_every_public_name_is_one_of_scipy() -> None:
    assert len(set(special.__all__)) == len(special.__all__) >= 60
    assert set(special.__all__) - {"softplus"} <= set(dir(scipy))  # softplus came with SciPy 1.15
    for name in special.__all__:
        assert callable(getattr(special, name))
