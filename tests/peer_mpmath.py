"""Special functions in mpmath, differentiated numerically with 30 digits: for those nobody else has."""

from itertools import product

import numpy as np
import scipy.special
from mpmath import mp

mp.dps = 30


def _root(function, start):
    return mp.findroot(function, start, tol=1e-50)


def _stdtr(df, t):
    tail = mp.betainc(df / 2, mp.mpf(1) / 2, 0, df / (df + t * t), regularized=True) / 2
    return 1 - tail if t > 0 else tail


def _inverse(cumulative, start):
    """The inverse of ``cumulative(*shape, x)`` in its last argument, near ``start(*shape, p)``."""

    def inverse(*arguments):
        *shape, p = arguments
        near = mp.mpf(float(start(*map(float, shape), float(p))))
        return _root(lambda x: cumulative(*shape, x) - p, near)

    return inverse


def _gammainc(a, x):
    return mp.gammainc(a, 0, x, regularized=True)


def _betainc(a, b, x):
    return mp.betainc(a, b, 0, x, regularized=True)


def _huber(delta, r):
    return r * r / 2 if abs(r) <= delta else delta * (abs(r) - delta / 2)


FUNCTIONS = {
    "jv": mp.besselj,
    "yv": mp.bessely,
    "iv": mp.besseli,
    "ive": lambda v, x: mp.besseli(v, x) * mp.exp(-abs(mp.re(x))),
    "kv": mp.besselk,
    "kve": lambda v, x: mp.besselk(v, x) * mp.exp(x),
    "j0": lambda x: mp.besselj(0, x),
    "j1": lambda x: mp.besselj(1, x),
    "y0": lambda x: mp.bessely(0, x),
    "y1": lambda x: mp.bessely(1, x),
    "i0": lambda x: mp.besseli(0, x),
    "i1": lambda x: mp.besseli(1, x),
    "i0e": lambda x: mp.besseli(0, x) * mp.exp(-abs(x)),
    "i1e": lambda x: mp.besseli(1, x) * mp.exp(-abs(x)),
    "k0": lambda x: mp.besselk(0, x),
    "k1": lambda x: mp.besselk(1, x),
    "k0e": lambda x: mp.besselk(0, x) * mp.exp(x),
    "k1e": lambda x: mp.besselk(1, x) * mp.exp(x),
    "airy": lambda x: (mp.airyai(x), mp.airyai(x, derivative=1), mp.airybi(x), mp.airybi(x, derivative=1)),
    "hyp0f1": mp.hyp0f1,
    "hyp1f1": mp.hyp1f1,
    "hyp2f1": mp.hyp2f1,
    "exprel": lambda x: mp.expm1(x) / x,
    "ellipk": mp.ellipk,
    "ellipe": mp.ellipe,
    "spence": lambda z: mp.polylog(2, 1 - z),
    "exp1": mp.e1,
    "expi": mp.ei,
    "expn": mp.expint,
    "lambertw": lambda z, k=0: mp.mpc(mp.lambertw(z, k)),
    "wrightomega": lambda z: mp.lambertw(mp.exp(z)),
    "exp10": lambda x: mp.mpf(10) ** x,
    "cosm1": lambda x: mp.cos(x) - 1,
    "sindg": lambda x: mp.sin(mp.radians(x)),
    "cosdg": lambda x: mp.cos(mp.radians(x)),
    "tandg": lambda x: mp.tan(mp.radians(x)),
    "cotdg": lambda x: mp.cot(mp.radians(x)),
    "log_expit": lambda x: -mp.log1p(mp.exp(-x)),
    "logit": lambda x: mp.log(x / (1 - x)),
    "boxcox": lambda x, power: (x**power - 1) / power,
    "boxcox1p": lambda x, power: ((1 + x) ** power - 1) / power,
    "inv_boxcox": lambda y, power: (y * power + 1) ** (1 / power),
    "inv_boxcox1p": lambda y, power: (y * power + 1) ** (1 / power) - 1,
    "huber": _huber,
    "pseudo_huber": lambda delta, r: delta**2 * (mp.sqrt(1 + (r / delta) ** 2) - 1),
    "erf": mp.erf,
    "erfc": mp.erfc,
    "erfcx": lambda x: mp.exp(x * x) * mp.erfc(x),
    "erfi": mp.erfi,
    "erfinv": mp.erfinv,
    "erfcinv": lambda x: mp.erfinv(1 - x),
    "dawsn": lambda x: mp.sqrt(mp.pi) / 2 * mp.exp(-x * x) * mp.erfi(x),
    "ndtr": mp.ncdf,
    "log_ndtr": lambda x: mp.log(mp.ncdf(x)),
    "ndtri": lambda p: mp.sqrt(2) * mp.erfinv(2 * p - 1),
    "ndtri_exp": lambda y: mp.sqrt(2) * mp.erfinv(2 * mp.exp(y) - 1),
    "owens_t": lambda h, a: (
        mp.quad(lambda x: mp.exp(-h * h * (1 + x * x) / 2) / (1 + x * x), [0, a]) / (2 * mp.pi)
    ),
    "fresnel": lambda z: (mp.fresnels(z), mp.fresnelc(z)),
    "sici": lambda x: (mp.si(x), mp.ci(x)),
    "shichi": lambda x: (mp.shi(x), mp.chi(x)),
    "zeta": mp.zeta,
    "polygamma": mp.psi,
    "digamma": mp.digamma,
    "gamma": mp.gamma,
    "gammaln": lambda x: mp.log(abs(mp.gamma(x))),
    "loggamma": mp.loggamma,
    "rgamma": mp.rgamma,
    "beta": mp.beta,
    "betaln": lambda a, b: mp.log(abs(mp.beta(a, b))),
    "binom": mp.binomial,
    "poch": mp.rf,
    "gammainc": _gammainc,
    "gammaincc": lambda a, x: mp.gammainc(a, x, regularized=True),
    "gammaincinv": _inverse(_gammainc, scipy.special.gammaincinv),
    "gammainccinv": _inverse(lambda a, x: 1 - _gammainc(a, x), scipy.special.gammainccinv),
    "betainc": _betainc,
    "betaincc": lambda a, b, x: 1 - _betainc(a, b, x),
    "betaincinv": _inverse(_betainc, scipy.special.betaincinv),
    "betainccinv": _inverse(lambda a, b, x: 1 - _betainc(a, b, x), scipy.special.betainccinv),
    "chdtr": lambda v, x: _gammainc(v / 2, x / 2),
    "chdtrc": lambda v, x: 1 - _gammainc(v / 2, x / 2),
    "stdtr": _stdtr,
    "eval_legendre": mp.legendre,
    "eval_chebyt": mp.chebyt,
    "eval_chebyu": mp.chebyu,
    "eval_gegenbauer": mp.gegenbauer,
    "eval_jacobi": mp.jacobi,
    "eval_laguerre": lambda n, x: mp.laguerre(n, 0, x),
    "eval_genlaguerre": mp.laguerre,
    "eval_hermite": mp.hermite,
    "eval_hermitenorm": lambda n, x: mp.hermite(n, x / mp.sqrt(2)) / mp.sqrt(2) ** n,
}


def answers(question):
    """What `peer_questions.answers` gives, of a function that works entry by entry."""
    record = question.sample.record
    if ".special." not in record.module or question.complex:
        raise LookupError("mpmath serves special functions of real numbers")
    function = FUNCTIONS[record.name]
    shape = np.broadcast_shapes(*(x.shape for x in question.inputs))
    inputs = [np.broadcast_to(x, shape) for x in question.inputs]
    directions = [np.broadcast_to(v, shape) for v in question.directions]
    count = len(inputs)

    def parts(*xs):
        y = question.sample.call(list(question.arguments(xs)), function)
        return [mp.re(a) for a in y] + [mp.im(a) for a in y if isinstance(a, mp.mpc)]

    outputs = len(parts(*(mp.mpf(1) / 3 for _ in inputs)))
    random = np.random.RandomState(1)
    cotangents = [random.standard_normal(shape) for _ in range(outputs)]
    values = [np.empty(shape) for _ in range(outputs)]
    gradients, products = ([np.empty(shape) for _ in inputs] for _ in range(2))
    for place in np.ndindex(*shape):
        point = [mp.mpf(float(x[place])) for x in inputs]
        for y, part in zip(values, parts(*point), strict=True):
            y[place] = part

        def form(*xs, place=place):
            return sum(float(c[place]) * y for c, y in zip(cotangents, parts(*xs), strict=True))

        for i in range(count):
            gradients[i][place] = _derivative(form, point, i)
            products[i][place] = 0
        for i, j in product(range(count), repeat=2):
            products[i][place] += float(_derivative(form, point, i, j)) * directions[j][place]
    small = [x.shape for x in question.inputs]
    return [
        *values,
        *(_summed(a, s) for a, s in zip(gradients, small, strict=True)),
        *(_summed(a, s) for a, s in zip(products, small, strict=True)),
    ]


def _derivative(form, point, *places):
    return mp.diff(form, tuple(point), tuple(places.count(i) for i in range(len(point))))


def _summed(array, shape):
    array = array.sum(tuple(range(array.ndim - len(shape))))
    return array.sum(tuple(i for i, n in enumerate(shape) if n == 1 != array.shape[i]), keepdims=True)
