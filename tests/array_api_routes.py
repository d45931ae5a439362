"""What SciPy's and scikit-learn's functions do with tensors that require grad.

Run by test_array_api_libraries, for SciPy with and without SCIPY_ARRAY_API=1, which is read at import.
Prints a JSON object: for each call "records" (and the gradient is that of finite differences),
"constant" (a result without a gradient), "raises", or "wrong".
"""

from __future__ import annotations

import contextlib
import json
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.constants
import scipy.fft
import scipy.integrate
import scipy.linalg
import scipy.ndimage
import scipy.optimize
import scipy.signal
import scipy.spatial
import scipy.special
import scipy.stats

import autograd_cnn as ag

with contextlib.suppress(ImportError):  # new in SciPy 1.15
    import scipy.differentiate
    import scipy.optimize.elementwise

OTHER = np.asarray([0.31, 0.72, 0.24, 0.55, 0.43, 0.66, 0.37, 0.61])


def simple(module: Any, *names: str) -> dict[str, Callable[..., Any]]:
    short = module.__name__.removeprefix("scipy.")
    return {f"{short}.{name}": lambda x, name=name: getattr(module, name)(x) for name in names}


def against(module: Any, *names: str, pick: str = "") -> dict[str, Callable[..., Any]]:
    """Functions of two samples; or one part of their results."""
    short = module.__name__.removeprefix("scipy.")

    def call(x: Any, name: str) -> Any:
        result = getattr(module, name)(x, ag.asarray(OTHER))
        return getattr(result, pick) if pick else result

    return {f"{short}.{name}": lambda x, name=name: call(x, name) for name in names}


def matrices(x: Any) -> Any:
    return ag.reshape(x, (2, 4))


CALLS: dict[str, Callable[[Any], Any]] = {
    **simple(scipy.special, "erf", "expit", "gammaln", "logit", "ndtr", "i0", "digamma", "entr", "log_ndtr"),
    **simple(scipy.special, "logsumexp", "softmax", "log_softmax"),
    **against(scipy.special, "xlogy", "rel_entr", "beta", "betaln", "kl_div"),
    "special.multigammaln": lambda x: scipy.special.multigammaln(x + 3, 2),
    "special.nctdtr": lambda x: scipy.special.nctdtr(x, x, 1.0),
    **simple(
        scipy.stats, "gmean", "hmean", "gstd", "gzscore", "skew", "kurtosis", "kstat", "variation", "sem"
    ),
    **simple(scipy.stats, "entropy", "tmean", "tvar", "tstd", "tsem", "circmean", "circvar", "circstd"),
    **simple(scipy.stats, "zscore", "iqr", "differential_entropy", "lmoment", "median_abs_deviation"),
    **simple(scipy.stats, "rankdata", "expectile"),
    **against(scipy.stats, "entropy", "zmap"),
    **against(scipy.stats, "ttest_ind", "ttest_rel", "pearsonr", "bartlett", "spearmanr", pick="statistic"),
    "stats.moment": lambda x: scipy.stats.moment(x, 3),
    "stats.pmean": lambda x: scipy.stats.pmean(x, 2),
    "stats.quantile": lambda x: scipy.stats.quantile(x, ag.asarray(0.3)),
    "stats.boxcox_llf": lambda x: scipy.stats.boxcox_llf(0.5, x),
    "stats.directional_stats": lambda x: scipy.stats.directional_stats(matrices(x)).mean_direction,
    "stats.norm.logpdf": scipy.stats.norm.logpdf,
    "ndimage.gaussian_filter": lambda x: scipy.ndimage.gaussian_filter(x, 1.0),
    "integrate.trapezoid": lambda x: scipy.integrate.trapezoid(x, dx=0.5),
    "integrate.cumulative_trapezoid": lambda x: scipy.integrate.cumulative_trapezoid(x, dx=0.5),
    "integrate.cumulative_simpson": lambda x: scipy.integrate.cumulative_simpson(x, dx=0.5),
    "integrate.simpson": lambda x: scipy.integrate.simpson(x, dx=0.5),
    "integrate.romb": lambda x: scipy.integrate.romb(ag.concat([x, x[:1]]), dx=0.5),
    "integrate.fixed_quad": lambda x: scipy.integrate.fixed_quad(lambda t: t * x[0], 0, 1)[0],
    "integrate.cubature": lambda x: (
        scipy.integrate.cubature(lambda t: t[:, 0] ** 2 * x[0], ag.asarray([0.0]), ag.asarray([1.0])).estimate
    ),
    "differentiate.derivative": lambda x: scipy.differentiate.derivative(ag.sin, x).df,
    "differentiate.jacobian": lambda x: scipy.differentiate.jacobian(lambda t: t**2, x[:2]).df,
    **simple(scipy.optimize, "rosen", "rosen_der"),
    "optimize.elementwise.find_root": lambda x: (
        scipy.optimize.elementwise.find_root(
            lambda t, a: t**3 - a, (ag.zeros(8), ag.full(8, 2.0)), args=(ag.asarray(x),)
        ).x
    ),
    "optimize.elementwise.find_minimum": lambda x: (
        scipy.optimize.elementwise.find_minimum(
            lambda t, a: (t - a) ** 2, (ag.zeros(8), ag.full(8, 0.3), ag.full(8, 2.0)), args=(ag.asarray(x),)
        ).x
    ),
    "integrate.tanhsinh": lambda x: (
        scipy.integrate.tanhsinh(
            lambda t, a: ag.exp(-a * t), ag.zeros(8), ag.ones(8), args=(ag.asarray(x),)
        ).integral
    ),
    "signal.fftconvolve": lambda x: scipy.signal.fftconvolve(x, ag.asarray(OTHER)),
    "signal.oaconvolve": lambda x: scipy.signal.oaconvolve(x, ag.asarray(OTHER)),
    "signal.hilbert": scipy.signal.hilbert,
    "signal.envelope": lambda x: scipy.signal.envelope(x),
    "signal.resample": lambda x: scipy.signal.resample(x, 5),
    "signal.freqz": lambda x: scipy.signal.freqz(x, worN=6)[1],
    "signal.convolve": lambda x: scipy.signal.convolve(x, ag.asarray(OTHER)),
    "signal.lfilter": lambda x: scipy.signal.lfilter([1.0], [1.0, 0.5], x),
    "signal.detrend": scipy.signal.detrend,
    **simple(scipy.fft, "fft", "rfft", "fftshift", "dct"),
    "fft.fht": lambda x: scipy.fft.fht(x, 0.1, 0.1),
    "linalg.det": lambda x: scipy.linalg.det(ag.reshape(x[:4], (2, 2))),
    "spatial.Rotation": lambda x: scipy.spatial.transform.Rotation.from_rotvec(x[:3]).apply(x[3:6]),
    "spatial.pdist": lambda x: scipy.spatial.distance.pdist(matrices(x)),
    "constants.convert_temperature": lambda x: scipy.constants.convert_temperature(x, "C", "K"),
}


def scikit_learn() -> dict[str, Callable[[Any], Any]]:
    from sklearn import (
        covariance,
        decomposition,
        linear_model,
        metrics,
        mixture,
        model_selection,
        preprocessing,
    )

    pairwise = metrics.pairwise
    points = [[0.3, 0.5], [0.8, 0.1], [0.6, 0.9]]
    targets = [1.0, 0.5, 2.0, 1.5]

    def against_points(name: str) -> Callable[[Any], Any]:
        return lambda x: getattr(pairwise, name)(pairs(x), ag.asarray(points))

    def scaled(scaler: Any) -> Callable[[Any], Any]:
        return lambda x: scaler.fit_transform(pairs(x))

    def pairs(x: Any) -> Any:
        return ag.reshape(ag.asarray(x), (4, 2))

    return {
        **{
            f"metrics.pairwise.{name}": against_points(name)
            for name in [
                "additive_chi2_kernel",
                "cosine_similarity",
                "euclidean_distances",
                "laplacian_kernel",
                "linear_kernel",
                "manhattan_distances",
                "polynomial_kernel",
                "rbf_kernel",
                "sigmoid_kernel",
            ]
        },
        "preprocessing.KernelCenterer": lambda x: preprocessing.KernelCenterer().fit_transform(
            pairs(x) @ pairs(x).T
        ),
        "preprocessing.MaxAbsScaler": scaled(preprocessing.MaxAbsScaler()),
        "preprocessing.MinMaxScaler": scaled(preprocessing.MinMaxScaler()),
        "preprocessing.Normalizer": scaled(preprocessing.Normalizer()),
        "preprocessing.PolynomialFeatures": scaled(preprocessing.PolynomialFeatures()),
        "covariance.empirical_covariance": lambda x: covariance.empirical_covariance(pairs(x)),
        "decomposition.PCA": lambda x: abs(decomposition.PCA(2, svd_solver="full").fit_transform(pairs(x))),
        "linear_model.Ridge": lambda x: (
            linear_model.Ridge(solver="svd").fit(pairs(x), ag.asarray(targets)).predict(pairs(x))
        ),
        "linear_model.RidgeCV": lambda x: linear_model.RidgeCV().fit(pairs(x), ag.asarray(targets)).coef_,
        "model_selection.train_test_split": lambda x: model_selection.train_test_split(
            pairs(x), random_state=0
        )[0],
        "metrics.mean_squared_error": lambda x: metrics.mean_squared_error(ag.asarray(OTHER), ag.asarray(x)),
        "metrics.r2_score": lambda x: metrics.r2_score(ag.asarray(OTHER), ag.asarray(x)),
        "mixture.GaussianMixture": lambda x: (
            mixture.GaussianMixture(1, init_params="random").fit(pairs(x)).means_
        ),
    }


def outcome(call: Callable[[Any], Any]) -> str:
    x = np.asarray([0.52, 0.23, 0.71, 0.34, 0.45, 0.62, 0.27, 0.58])
    try:
        result = call(ag.tensor(x, requires_grad=True))
    except Exception:
        return "raises"
    if not (isinstance(result, ag.Tensor) and result.requires_grad):
        return "constant"
    try:
        ag.testing.check_grads(call, (x,), order=1)
    except Exception as error:
        return f"wrong: {type(error).__name__}: {error}"
    return "records"


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    if sys.argv[1:] == ["sklearn"]:
        from sklearn import config_context

        with config_context(array_api_dispatch=True):
            print(json.dumps({name: outcome(call) for name, call in scikit_learn().items()}))
    else:
        print(json.dumps({name: outcome(call) for name, call in CALLS.items()}))
