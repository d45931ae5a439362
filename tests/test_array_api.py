"""The array API standard 2024.12: every function and operator agrees with array-api-strict, save a few."""

from __future__ import annotations

import itertools
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import array_api_strict as strict
import numpy as np
import pytest
from examples import noting

import autograd_cnn as ag
from autograd_cnn.errors import AutogradCnnError

VERSION = "2024.12"
PAGE = Path(__file__).parent.parent / "docs" / "array_api.md"
FLOATS = ["float32", "float64"]
COMPLEX = ["complex64", "complex128"]
INEXACT = FLOATS + COMPLEX
INTEGERS = [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]
REAL = INTEGERS + FLOATS
NUMERIC = INTEGERS + INEXACT
ALL = ["bool", *NUMERIC]
WHOLE = ["bool", *INTEGERS]

# Where we deviate: a call that shows it, of a matrix that in ours requires grad. docs/array_api.md has a row
# with the reason for each.
DEVIATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "__complex__": lambda xp, x: complex(x[0, 0]),
    "__dlpack__": lambda xp, x: np.from_dlpack(x).sum(),
    "__float__": lambda xp, x: float(x[0, 0]),
    "__int__": lambda xp, x: int(x[0, 0]),
    "__setitem__": lambda xp, x: (lambda base: operator.setitem(base.T, (0, 0), 1.0))(xp.zeros((2, 3))),
    "can_cast": lambda xp, x: xp.can_cast(xp.bool, xp.int8),
    "linalg.qr": lambda xp, x: xp.linalg.qr(x, mode="complete"),
    "linalg.svd": lambda xp, x: xp.linalg.svd(x),
}

# The functions by which array-api-strict is governed, and what a later version of the standard brought.
NOT_OF_THE_STANDARD = {
    "ArrayAPIStrictFlags",
    "Device",
    "__version__",
    "broadcast_shapes",
    "get_array_api_strict_flags",
    "isin",
    "reset_array_api_strict_flags",
    "set_array_api_strict_flags",
}


@pytest.fixture(autouse=True)
def version() -> Any:
    with strict.ArrayAPIStrictFlags(api_version=VERSION):
        yield


def numbers(shape: tuple[int, ...], dtype: str, seed: int = 0, low: float = -2.0, high: float = 2.0) -> Any:
    """Random entries of a dtype; integers from -5 to 5, or 0 to 9, so that some of them tie."""
    generator = np.random.default_rng(seed)
    kind = np.dtype(dtype).kind
    if kind == "b":
        return generator.random(shape) < 0.5
    if kind in "iu":
        return generator.integers(0 if kind == "u" or low >= 0 else -5, 6, shape).astype(dtype)
    values = generator.uniform(low, high, shape)
    return np.asarray(values + 1j * generator.uniform(low, high, shape) if kind == "c" else values).astype(
        dtype
    )


def compare(ours: Any, theirs: Any) -> None:
    """The same value, shape and dtype; of sequences and named tuples, part by part."""
    if isinstance(theirs, (tuple, list)):
        assert getattr(ours, "_fields", None) == getattr(theirs, "_fields", None)
        for mine, other in zip(ours, theirs, strict=True):
            compare(mine, other)
    elif hasattr(theirs, "__array_namespace__"):
        assert isinstance(ours, ag.Tensor)
        expected = np.from_dlpack(strict.asarray(theirs, copy=True))  # NumPy 2.0 lends no read-only memory
        assert ours.dtype == expected.dtype
        assert ours.shape == expected.shape
        exact = 1e-5 if expected.dtype in (np.float32, np.complex64) else 1e-12
        np.testing.assert_allclose(ours.numpy(), expected, rtol=exact, atol=exact)
    elif isinstance(theirs, strict._dtypes.DType):
        assert ours == np.dtype(repr(theirs).rpartition(".")[2])
    else:
        assert type(ours) is type(theirs)
        assert ours == theirs


def agree(call: Callable[..., Any], *arrays: Any) -> None:
    with np.errstate(all="ignore"):
        theirs = call(strict, *(strict.asarray(array, copy=True) for array in arrays))
        compare(call(ag, *map(ag.asarray, arrays)), theirs)


@dataclass
class Calls:
    """Calls of one function, for arrays of the given shapes, one test for each dtype."""

    dtypes: list[str]
    shapes: tuple[tuple[int, ...], ...]
    calls: tuple[Callable[..., Any], ...]
    low: float = -2.0
    high: float = 2.0


def named(name: str, namespace: str = "") -> Callable[..., Any]:
    """The function itself, of whichever namespace."""
    path = f"{namespace}.{name}" if namespace else name
    return lambda xp, *arrays: operator.attrgetter(path)(xp)(*arrays)


def one(name: str, dtypes: list[str], low: float = -2.0, high: float = 2.0) -> tuple[str, Calls]:
    return name, Calls(dtypes, ((2, 3),), (named(name),), low, high)


def two(name: str, dtypes: list[str], low: float = -2.0, high: float = 2.0) -> tuple[str, Calls]:
    scalar = (lambda xp, x, y: getattr(xp, name)(x, 2), lambda xp, x, y: getattr(xp, name)(2, x))
    calls = (named(name), *(() if dtypes[0] == "bool" else scalar))
    return name, Calls(dtypes, ((2, 3), (3,)), calls, low, high)


def some(
    name: str,
    dtypes: list[str],
    *calls: Callable[..., Any],
    shapes: Any = ((2, 3, 4),),
    low: float = -2.0,
) -> tuple[str, Calls]:
    return name, Calls(dtypes, shapes, calls, low)


def reductions(name: str) -> tuple[Callable[..., Any], ...]:
    return (
        named(name),
        lambda xp, x: getattr(xp, name)(x, axis=1),
        lambda xp, x: getattr(xp, name)(x, axis=(0, -1), keepdims=True),
    )


ELEMENTWISE = dict(
    [
        *(one(name, FLOATS, 1.0, 2.0) for name in ["acosh"]),
        *(one(name, INEXACT, -0.9, 0.9) for name in ["acos", "asin", "atanh"]),
        *(one(name, INEXACT, 0.1, 2.0) for name in ["log", "log10", "log1p", "log2", "sqrt"]),
        *(
            one(name, INEXACT)
            for name in [
                "asinh",
                "atan",
                "cos",
                "cosh",
                "exp",
                "expm1",
                "reciprocal",
                "sin",
                "sinh",
                "tan",
                "tanh",
            ]
        ),
        *(
            one(name, NUMERIC)
            for name in ["abs", "conj", "isfinite", "isinf", "isnan", "negative", "positive", "real"]
        ),
        *(one(name, NUMERIC) for name in ["round", "sign", "square"]),
        *(one(name, REAL) for name in ["ceil", "floor", "trunc"]),
        one("imag", COMPLEX),
        one("signbit", FLOATS),
        one("bitwise_invert", WHOLE),
        one("logical_not", ["bool"]),
        *(two(name, NUMERIC) for name in ["add", "multiply", "subtract"]),
        *(two(name, NUMERIC) for name in ["equal", "not_equal"]),
        *(
            two(name, REAL)
            for name in ["greater", "greater_equal", "less", "less_equal", "maximum", "minimum"]
        ),
        *(two(name, REAL, 0.5, 2.0) for name in ["floor_divide", "remainder"]),
        *(two(name, FLOATS) for name in ["atan2", "copysign", "hypot", "logaddexp", "nextafter"]),
        two("divide", INEXACT),
        two("pow", NUMERIC, 0.0, 2.0),
        *(two(name, WHOLE) for name in ["bitwise_and", "bitwise_or", "bitwise_xor"]),
        *(two(name, INTEGERS, 0.0) for name in ["bitwise_left_shift", "bitwise_right_shift"]),
        *(two(name, ["bool"]) for name in ["logical_and", "logical_or", "logical_xor"]),
        some("clip", REAL, lambda xp, x: xp.clip(x, 1, 3), lambda xp, x: xp.clip(x, max=1)),
    ]
)


CREATION = dict(
    [
        some(
            "arange",
            ["int64"],
            lambda xp, x: (
                [xp.arange(4), xp.arange(1, 9, 3), xp.arange(0.0, 1.0, 0.25, device=x.device)]
                if xp is ag
                else [xp.arange(4), xp.arange(1, 9, 3), xp.arange(0.0, 1.0, 0.25)]
            ),
            lambda xp, x: xp.arange(3, dtype=xp.float32),
        ),
        some(
            "asarray",
            ALL,
            lambda xp, x: [
                xp.asarray(x),
                xp.asarray(x, copy=True),
                xp.asarray(x, copy=False, device=x.device),
            ],
            lambda xp, x: [
                xp.asarray([[1, 2], [3, 4]]),
                xp.asarray([1.5, 2]),
                xp.asarray(True),
                xp.asarray(1j),
            ],
            lambda xp, x: xp.asarray([1, 2], dtype=x.dtype),
        ),
        some(
            "empty",
            ALL,
            lambda xp, x: xp.empty((2, 0), dtype=x.dtype, device=x.device),
            lambda xp, x: xp.empty(0),
        ),
        some("empty_like", ALL, lambda xp, x: xp.empty_like(x, device=x.device), shapes=((0, 2),)),
        some(
            "eye",
            ALL,
            lambda xp, x: xp.eye(3, dtype=x.dtype, device=x.device),
            lambda xp, x: xp.eye(2, 4, k=1),
        ),
        some("from_dlpack", NUMERIC, named("from_dlpack")),
        some(
            "full",
            ALL,
            lambda xp, x: xp.full((2, 3), 1, dtype=x.dtype, device=x.device),
            lambda xp, x: [xp.full(2, True), xp.full(2, 3), xp.full(2, 1.5), xp.full(2, 1j)],
        ),
        some(
            "full_like",
            ALL,
            lambda xp, x: xp.full_like(x, 1),
            lambda xp, x: xp.full_like(x, 2, dtype=xp.int8),
        ),
        some(
            "linspace",
            INEXACT,
            lambda xp, x: xp.linspace(0, 1, 5, dtype=x.dtype, device=x.device),
            lambda xp, x: xp.linspace(-1.0, 2.0, num=4, endpoint=False),
        ),
        some(
            "meshgrid",
            NUMERIC,
            named("meshgrid"),
            lambda xp, x, y: xp.meshgrid(x, y, indexing="ij"),
            shapes=((3,), (2,)),
        ),
        some(
            "ones",
            ALL,
            lambda xp, x: xp.ones((2, 1), dtype=x.dtype, device=x.device),
            lambda xp, x: xp.ones(3),
        ),
        some(
            "ones_like",
            ALL,
            named("ones_like"),
            lambda xp, x: xp.ones_like(x, dtype=xp.bool, device=x.device),
        ),
        some("tril", ALL, named("tril"), lambda xp, x: xp.tril(x, k=1)),
        some("triu", ALL, named("triu"), lambda xp, x: xp.triu(x, k=-1)),
        some(
            "zeros",
            ALL,
            lambda xp, x: xp.zeros((2, 1), dtype=x.dtype, device=x.device),
            lambda xp, x: xp.zeros(3),
        ),
        some("zeros_like", ALL, named("zeros_like"), lambda xp, x: xp.zeros_like(x, dtype=xp.int16)),
    ]
)

DTYPES = dict(
    [
        some(
            "astype",
            NUMERIC,
            lambda xp, x: xp.astype(x, xp.complex128),
            lambda xp, x: xp.astype(x, x.dtype, copy=False),
        ),
        # Between kinds NumPy casts more: DEVIATIONS.
        some(
            "can_cast",
            INEXACT,
            lambda xp, x: [xp.can_cast(x, xp.complex64), xp.can_cast(x.dtype, xp.float32)],
            lambda xp, x: [xp.can_cast(xp.int16, xp.int64), xp.can_cast(xp.uint16, xp.int16)],
        ),
        some(
            "finfo",
            INEXACT,
            lambda xp, x: [
                float(getattr(info, name))
                for info in (xp.finfo(x.dtype), xp.finfo(x))
                for name in ("bits", "eps", "max", "min", "smallest_normal")
            ],
            lambda xp, x: xp.finfo(x.dtype).dtype,
        ),
        some(
            "iinfo",
            INTEGERS,
            lambda xp, x: [
                int(getattr(xp.iinfo(y), name)) for y in (x, x.dtype) for name in ("bits", "max", "min")
            ],
        ),
        some(
            "isdtype",
            ALL,
            lambda xp, x: [
                xp.isdtype(x.dtype, kind)
                for kind in ("bool", "signed integer", "unsigned integer", "integral", "real floating")
            ],
            lambda xp, x: [xp.isdtype(x.dtype, "complex floating"), xp.isdtype(x.dtype, "numeric")],
            lambda xp, x: [xp.isdtype(x.dtype, xp.int8), xp.isdtype(x.dtype, (xp.float32, "bool"))],
        ),
        some(
            "result_type",
            NUMERIC,
            lambda xp, x: xp.result_type(x, x.dtype),
            lambda xp, x: xp.result_type(x, 1),
        ),
        *(
            (name, Calls(["int64"], ((2,),), (lambda xp, x, name=name: xp.astype(x, getattr(xp, name)),)))
            for name in ALL
        ),
    ]
)


def indices(xp: Any, *entries: int) -> Any:
    return xp.asarray(entries)


MANIPULATION = dict(
    [
        some("broadcast_arrays", ALL, named("broadcast_arrays"), shapes=((2, 1), (3,))),
        some("broadcast_to", ALL, lambda xp, x: xp.broadcast_to(x, (4, 2, 3)), shapes=((2, 1),)),
        some(
            "concat",
            ALL,
            lambda xp, x, y: xp.concat([x, y]),
            lambda xp, x, y: xp.concat((x, y), axis=None),
            shapes=((2, 3), (1, 3)),
        ),
        some("expand_dims", ALL, lambda xp, x: xp.expand_dims(x, axis=1)),
        some("flip", ALL, named("flip"), lambda xp, x: xp.flip(x, axis=(0, 2))),
        some(
            "moveaxis", ALL, lambda xp, x: xp.moveaxis(x, 0, -1), lambda xp, x: xp.moveaxis(x, (0, 1), (2, 0))
        ),
        some("permute_dims", ALL, lambda xp, x: xp.permute_dims(x, (2, 0, 1))),
        some(
            "repeat",
            ALL,
            lambda xp, x: xp.repeat(x, 2),
            lambda xp, x: xp.repeat(x, indices(xp, 1, 0, 2), axis=1),
        ),
        some(
            "reshape",
            ALL,
            lambda xp, x: [
                xp.reshape(x, (4, -1)),
                xp.reshape(x, (6, 4), copy=True),
                xp.reshape(x, (24,), copy=False),
            ],
        ),
        some("roll", ALL, lambda xp, x: xp.roll(x, 2), lambda xp, x: xp.roll(x, (1, -1), axis=(0, 2))),
        some(
            "squeeze",
            ALL,
            lambda xp, x: xp.squeeze(x, 0),
            lambda xp, x: xp.squeeze(x, (0, 2)),
            shapes=((1, 3, 1),),
        ),
        some("stack", ALL, lambda xp, x, y: xp.stack([x, y], axis=-1), shapes=((2, 3), (2, 3))),
        some("tile", ALL, lambda xp, x: xp.tile(x, (2, 1, 1, 2))),
        some("unstack", ALL, lambda xp, x: xp.unstack(x, axis=1)),
    ]
)

SEARCHING = dict(
    [
        *(
            some(
                name, REAL, named(name), lambda xp, x, name=name: getattr(xp, name)(x, axis=1, keepdims=True)
            )
            for name in ("argmax", "argmin")
        ),
        some("count_nonzero", ALL, *reductions("count_nonzero")),
        some("nonzero", ALL, named("nonzero")),
        some(
            "searchsorted",
            REAL,
            lambda xp, x, y: xp.searchsorted(xp.sort(x), y),
            lambda xp, x, y: xp.searchsorted(x, y, side="right", sorter=xp.argsort(x)),
            shapes=((6,), (2, 3)),
        ),
        some("take", ALL, lambda xp, x: xp.take(x, indices(xp, 2, 0, 0), axis=1)),
        some(
            "take_along_axis",
            ALL,
            lambda xp, x: xp.take_along_axis(x, xp.asarray([[[1], [0], [1]]]), axis=0),
        ),
        some("where", ALL, lambda xp, x, y: xp.where(x == y, x, y), shapes=((2, 3), (3,))),
        *(
            some(f"unique_{name}", ALL, named(f"unique_{name}"))
            for name in ("all", "counts", "inverse", "values")  # their order is that of a sort in both
        ),
        *(
            some(
                name,
                REAL,
                *(
                    lambda xp, x, name=name, options=options: getattr(xp, name)(x, **options)
                    for options in ({}, {"axis": 0}, {"descending": True}, {"stable": False, "axis": 1})
                    if name == "sort" or options.get("stable", True)
                ),
            )
            for name in ("sort", "argsort")
        ),
    ]
)

STATISTICS = dict(
    [
        *(some(name, ALL, *reductions(name)) for name in ("all", "any")),
        *(some(name, REAL, *reductions(name)) for name in ("max", "min")),
        some("mean", FLOATS, *reductions("mean")),
        *(
            some(
                name,
                NUMERIC,
                *reductions(name),
                lambda xp, x, name=name: getattr(xp, name)(x, dtype=xp.complex64),
            )
            for name in ("sum", "prod")
        ),
        *(
            some(
                name, FLOATS, *reductions(name), lambda xp, x, name=name: getattr(xp, name)(x, correction=1.0)
            )
            for name in ("std", "var")
        ),
        *(
            some(
                name,
                NUMERIC,
                lambda xp, x, name=name: getattr(xp, name)(x, axis=1),
                lambda xp, x, name=name: getattr(xp, name)(
                    x, axis=-1, include_initial=True, dtype=xp.complex128
                ),
            )
            for name in ("cumulative_sum", "cumulative_prod")
        ),
        some(
            "diff",
            NUMERIC,
            named("diff"),
            lambda xp, x: xp.diff(x, axis=0, n=2, prepend=x, append=x),
        ),
    ]
)

PRODUCTS = dict(
    [
        some("matmul", NUMERIC, named("matmul"), shapes=((2, 3, 4), (4, 2))),
        some("matrix_transpose", ALL, named("matrix_transpose")),
        some(
            "tensordot",
            NUMERIC,
            lambda xp, x, y: xp.tensordot(x, y, axes=1),
            lambda xp, x, y: xp.tensordot(x, y, axes=((1, 2), (1, 0))),
            shapes=((2, 3, 4), (4, 3)),
        ),
        some(
            "vecdot",
            NUMERIC,
            named("vecdot"),
            lambda xp, x, y: xp.vecdot(x, y, axis=-2),
            shapes=((2, 3), (2, 3)),
        ),
    ]
)

SQUARE = ((2, 3, 3),)


def positive(xp: Any, x: Any) -> Any:
    """A Hermitian matrix with positive eigenvalues."""
    return xp.matmul(xp.conj(x.mT), x) + xp.eye(x.shape[-1], dtype=x.dtype)


LINALG = dict(
    [
        some(
            "cholesky",
            INEXACT,
            lambda xp, x: xp.linalg.cholesky(positive(xp, x)),
            lambda xp, x: xp.linalg.cholesky(positive(xp, x), upper=True),
            shapes=SQUARE,
        ),
        some("cross", NUMERIC, lambda xp, x, y: xp.linalg.cross(x, y, axis=-2), shapes=((3, 2), (3, 1))),
        some("det", INEXACT, named("det", "linalg"), shapes=SQUARE),
        some("diagonal", ALL, named("diagonal", "linalg"), lambda xp, x: xp.linalg.diagonal(x, offset=-1)),
        some("eigh", INEXACT, lambda xp, x: xp.linalg.eigh(positive(xp, x)), shapes=SQUARE),
        some("eigvalsh", INEXACT, lambda xp, x: xp.linalg.eigvalsh(positive(xp, x)), shapes=SQUARE),
        some("inv", INEXACT, lambda xp, x: xp.linalg.inv(positive(xp, x)), shapes=SQUARE),
        some("matmul", NUMERIC, named("matmul", "linalg"), shapes=((2, 3, 4), (4, 2))),
        some(
            "matrix_norm",
            INEXACT,
            *(
                lambda xp, x, order=order: xp.linalg.matrix_norm(x, ord=order, keepdims=True)
                for order in ("fro", "nuc", 1, -1, 2, -2, float("inf"))
            ),
        ),
        some(
            "matrix_power",
            INEXACT,
            *(lambda xp, x, n=n: xp.linalg.matrix_power(positive(xp, x), n) for n in (0, 3, -1)),
            shapes=SQUARE,
        ),
        some(
            "matrix_rank",
            INEXACT,
            named("matrix_rank", "linalg"),
            lambda xp, x: xp.linalg.matrix_rank(x, rtol=0.5),
        ),
        some("matrix_transpose", ALL, named("matrix_transpose", "linalg")),
        some("outer", NUMERIC, named("outer", "linalg"), shapes=((2,), (3,))),
        some(
            "pinv",
            INEXACT,
            named("pinv", "linalg"),
            lambda xp, x: xp.linalg.pinv(x, rtol=1e-3),
            shapes=((2, 4, 3),),
        ),
        some(
            "qr",
            INEXACT,
            named("qr", "linalg"),
            lambda xp, x: xp.linalg.qr(x, mode="complete"),
            shapes=((2, 4, 3),),
        ),
        some("slogdet", INEXACT, named("slogdet", "linalg"), shapes=SQUARE),
        some(
            "solve",
            INEXACT,
            lambda xp, x, y: xp.linalg.solve(positive(xp, x), y),
            lambda xp, x, y: xp.linalg.solve(positive(xp, x), y[0, :, 0]),
            shapes=((2, 3, 3), (2, 3, 2)),
        ),
        some(
            "svd",
            INEXACT,
            named("svd", "linalg"),
            lambda xp, x: xp.linalg.svd(x, full_matrices=False),
            shapes=((2, 3, 3),),
        ),
        some("svdvals", INEXACT, named("svdvals", "linalg")),
        some(
            "tensordot", NUMERIC, lambda xp, x, y: xp.linalg.tensordot(x, y, axes=1), shapes=((2, 3), (3, 2))
        ),
        some(
            "trace",
            NUMERIC,
            named("trace", "linalg"),
            lambda xp, x: xp.linalg.trace(x, offset=1, dtype=xp.complex128),
        ),
        some("vecdot", NUMERIC, named("vecdot", "linalg"), shapes=((2, 3), (3,))),
        some(
            "vector_norm",
            INEXACT,
            *(
                lambda xp, x, order=order: xp.linalg.vector_norm(x, axis=(0, 1), ord=order, keepdims=True)
                for order in (2, 1, 3, 0, float("inf"), -float("inf"))
            ),
            named("vector_norm", "linalg"),
        ),
    ]
)

NORMS = ("backward", "ortho", "forward")


def transform(name: str, **options: Any) -> tuple[Callable[..., Any], ...]:
    calls = (lambda xp, x, norm=norm: getattr(xp.fft, name)(x, norm=norm, **options) for norm in NORMS)
    return (named(name, "fft"), *calls)


FFT = dict(
    [
        *(some(name, COMPLEX, *transform(name, n=5, axis=1)) for name in ("fft", "ifft", "irfft", "hfft")),
        *(
            some(name, COMPLEX, *transform(name, s=(3, 4), axes=(0, 1)))
            for name in ("fftn", "ifftn", "irfftn")
        ),
        *(some(name, FLOATS, *transform(name, n=4, axis=0)) for name in ("rfft", "ihfft")),
        some("rfftn", FLOATS, *transform("rfftn", s=(3, 4), axes=(0, 1))),
        *(
            some(
                name,
                FLOATS,
                lambda xp, x, name=name: getattr(xp.fft, name)(5, d=0.5),
                lambda xp, x, name=name: getattr(xp.fft, name)(4, dtype=x.dtype, device=x.device),
            )
            for name in ("fftfreq", "rfftfreq")
        ),
        *(
            some(
                name,
                INEXACT,
                named(name, "fft"),
                lambda xp, x, name=name: getattr(xp.fft, name)(x, axes=(0, 2)),
            )
            for name in ("fftshift", "ifftshift")
        ),
    ]
)

MAIN = ELEMENTWISE | CREATION | DTYPES | MANIPULATION | SEARCHING | STATISTICS | PRODUCTS
CONSTANTS = {"e", "inf", "nan", "newaxis", "pi"}
INSPECTION = {"__array_api_version__", "__array_namespace_info__"}
FUNCTIONS = [
    pytest.param(calls, id=f"{space}{name}")
    for space, table in (("", MAIN), ("linalg.", LINALG), ("fft.", FFT))
    for name, calls in table.items()
]


@pytest.mark.parametrize("name", DEVIATIONS)
def test_the_deviations_are_those_of_the_page(name: str) -> None:
    matrix = numbers((3, 2), "float64")
    theirs = DEVIATIONS[name](strict, strict.asarray(matrix))
    with pytest.raises((AutogradCnnError, AssertionError)):
        compare(DEVIATIONS[name](ag, ag.tensor(matrix, requires_grad=True)), theirs)


def test_the_page_lists_the_deviations() -> None:
    table = PAGE.read_text(encoding="utf-8").partition("## Where it deviates")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `([^`]*)`", table, re.MULTILINE) == list(DEVIATIONS)


@pytest.mark.parametrize("calls", FUNCTIONS)
def test_functions_agree(calls: Calls) -> None:
    for dtype in calls.dtypes:
        arrays = [
            numbers(shape, dtype, seed, calls.low, calls.high) for seed, shape in enumerate(calls.shapes)
        ]
        with noting(dtype):
            for call in calls.calls:
                agree(call, *arrays)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_elementwise_functions_take_scalars_and_empty_arrays(name: str) -> None:
    calls = ELEMENTWISE[name]
    for shape in ((), (0,), (2, 0)):
        arrays = [
            numbers(shape, calls.dtypes[-1], seed, calls.low, calls.high) for seed in range(len(calls.shapes))
        ]
        agree(calls.calls[0], *arrays)


def test_every_name_is_there_and_compared() -> None:
    standard = set(strict.__all__) - NOT_OF_THE_STANDARD
    assert standard == set(MAIN) | CONSTANTS | INSPECTION | {"linalg", "fft"}
    assert set(strict.linalg.__all__) == set(LINALG)
    assert set(strict.fft.__all__) == set(FFT)
    for name in [*standard, *(f"linalg.{n}" for n in LINALG), *(f"fft.{n}" for n in FFT)]:
        operator.attrgetter(name)(ag)
    assert {name for name in standard if not name.startswith("_")} - set(ag.__all__) == {
        "bool",
        "fft",
        "linalg",
    }
    assert (ag.e, ag.inf, ag.pi, ag.newaxis) == (strict.e, strict.inf, strict.pi, strict.newaxis)
    assert np.isnan(ag.nan)


def test_import_star_keeps_the_bool_of_python() -> None:
    assert "bool" not in ag.__all__
    assert ag.bool is np.bool_


# --- The array object ---------------------------------------------------------------------------------


def test_every_attribute_and_method_is_there() -> None:
    theirs = {
        name
        for name in dir(strict.asarray([[1.0]]))
        if (name.strip("_") and name[0] != "_") or name[:2] == "__"
    }
    newer_python_or_its_own = {"__buffer__"}
    assert theirs - set(dir(ag.tensor([[1.0]]))) <= newer_python_or_its_own


OPERATORS = {
    "+ - *": (NUMERIC, (operator.add, operator.sub, operator.mul)),
    "/": (INEXACT, (operator.truediv,)),
    "// %": (REAL, (operator.floordiv, operator.mod)),
    "**": (NUMERIC, (operator.pow,)),
    "== !=": (ALL, (operator.eq, operator.ne)),
    "< <= > >=": (REAL, (operator.lt, operator.le, operator.gt, operator.ge)),
    "& | ^": (WHOLE, (operator.and_, operator.or_, operator.xor)),
    "<< >>": (INTEGERS, (operator.lshift, operator.rshift)),
}
IN_PLACE = {
    operator.add: operator.iadd,
    operator.sub: operator.isub,
    operator.mul: operator.imul,
    operator.truediv: operator.itruediv,
    operator.floordiv: operator.ifloordiv,
    operator.mod: operator.imod,
    operator.pow: operator.ipow,
    operator.and_: operator.iand,
    operator.or_: operator.ior,
    operator.xor: operator.ixor,
    operator.lshift: operator.ilshift,
    operator.rshift: operator.irshift,
}


@pytest.mark.parametrize(
    ("function", "dtype"),
    [
        pytest.param(function, dtype, id=f"{function.__name__}-{dtype}")
        for dtypes, functions in OPERATORS.values()
        for function, dtype in itertools.product(functions, dtypes)
    ],
)
def test_operators_agree(function: Any, dtype: str) -> None:
    x, y = numbers((2, 3), dtype, 0, 0.5, 2.0), numbers((3,), dtype, 1, 0.5, 2.0)
    scalar: Any = True if dtype == "bool" else 2
    agree(lambda xp, a, b: function(a, b), x, y)
    agree(lambda xp, a: [function(a, scalar), function(scalar, a)], x)
    if function in IN_PLACE:
        agree(lambda xp, a, b: IN_PLACE[function](a, b), x, y)


@pytest.mark.parametrize("dtype", ALL)
def test_unary_operators_and_attributes_agree(dtype: str) -> None:
    x = numbers((2, 3), dtype)
    agree(lambda xp, a: [a.T, a.mT, a.shape, a.ndim, a.size, a.dtype, a.to_device(a.device)], x)
    if dtype != "bool":
        agree(lambda xp, a: [+a, -a, abs(a)], x)
    if dtype in WHOLE:
        agree(lambda xp, a: ~a, x)
    if dtype not in WHOLE:
        agree(lambda xp, a: a @ a.mT, x)
    agree(lambda xp, a: [bool(a[0, 0]), complex(a[0, 0])], x)
    if dtype not in COMPLEX:
        agree(lambda xp, a: [int(a[0, 0]), float(a[0, 0])], x)
    if dtype in INTEGERS:
        agree(lambda xp, a: operator.index(a[1, 1]), x)


INDICES = {
    "integers": lambda xp, x: x[1, -2, 0],
    "slices": lambda xp, x: x[:, 1:, ::-2],
    "ellipsis": lambda xp, x: x[..., 0],
    "newaxis": lambda xp, x: x[:, xp.newaxis, 0, ..., None],
    "mask": lambda xp, x: x[x == x[0, 0, 0]],
    "arrays": lambda xp, x: x[indices(xp, 1, 0), indices(xp, 2, 0), 1],
    "no axes": lambda xp, x: x[0, 0, 0][()],
}


@pytest.mark.parametrize("kind", INDICES)
@pytest.mark.parametrize("dtype", ["bool", "int64", "float32", "complex128"])
def test_indexing_agrees(kind: str, dtype: str) -> None:
    agree(INDICES[kind], numbers((2, 3, 4), dtype))


@pytest.mark.parametrize("dtype", ALL)
def test_assignment_agrees(dtype: str) -> None:
    def assign(xp: Any, x: Any, y: Any) -> Any:
        x[0, 1:, :] = y
        x[1, ...] = y[0]
        x[x == x[0, 0, 0]] = y[1]
        return x

    agree(assign, numbers((2, 3, 4), dtype), numbers((4,), dtype, 1))


# --- Promotion ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", ALL)
def test_promotion_agrees(first: str) -> None:
    """Where the standard defines it; NumPy mixes more kinds."""
    for second in ALL:
        try:
            theirs = strict.result_type(getattr(strict, first), getattr(strict, second))
        except TypeError:
            continue
        compare(ag.result_type(getattr(ag, first), getattr(ag, second)), theirs)
        compare(
            (ag.ones(2, dtype=first) * ag.ones(2, dtype=second)).dtype if first != "bool" else theirs_bool(),
            theirs,
        )


def theirs_bool() -> Any:
    return np.dtype(bool)


@pytest.mark.parametrize("dtype", NUMERIC)
def test_python_numbers_are_weak(dtype: str) -> None:
    scalars: list[Any] = [2]
    if dtype not in INTEGERS:
        scalars.append(0.5)
    if dtype in COMPLEX:
        scalars.append(1j)
    agree(lambda xp, x: [x * scalar for scalar in scalars], numbers((2, 3), dtype))


# --- Inspection ---------------------------------------------------------------------------------------


def test_the_namespace_is_the_package() -> None:
    x = ag.tensor([1.0])
    assert x.__array_namespace__() is ag
    assert x.__array_namespace__(api_version=VERSION) is ag
    assert x.__array_namespace__(api_version="2022.12") is ag
    with pytest.raises(ValueError, match=r"expected api_version '2024.12' or earlier, got '2099.12'"):
        x.__array_namespace__(api_version="2099.12")
    assert ag.__array_api_version__ == VERSION
    for part in ("linalg", "fft", "special"):
        assert getattr(x.__array_namespace__(), part) is getattr(ag, part)


def test_inspection_agrees() -> None:
    ours, theirs = ag.__array_namespace_info__(), strict.__array_namespace_info__()
    assert ours.capabilities() == theirs.capabilities()
    compare(list(ours.default_dtypes().values()), list(theirs.default_dtypes().values()))
    assert list(ours.default_dtypes()) == list(theirs.default_dtypes())
    kinds = [
        "bool",
        "signed integer",
        "unsigned integer",
        "integral",
        "real floating",
        "complex floating",
        "numeric",
    ]
    for kind in [None, *kinds, ("bool", "real floating")]:
        mine, other = ours.dtypes(kind=kind), theirs.dtypes(kind=kind)
        assert mine.keys() == other.keys()
        compare([mine[name] for name in other], list(other.values()))
    assert ours.default_device() == ag.zeros(1).device == "cpu"
    assert ours.devices() == ["cpu"]
    with pytest.raises(ValueError, match="expected a kind among bool"):
        ours.dtypes(kind="float")


@pytest.mark.parametrize(
    "call",
    [
        lambda: ag.zeros(2, device="gpu"),
        lambda: ag.ones(2, device="gpu"),
        lambda: ag.empty(2, device="gpu"),
        lambda: ag.eye(2, device="gpu"),
        lambda: ag.full(2, 1.0, device="gpu"),
        lambda: ag.full_like(ag.ones(2), 1.0, device="gpu"),
        lambda: ag.arange(2, device="gpu"),
        lambda: ag.linspace(0, 1, 2, device="gpu"),
        lambda: ag.asarray([1], device="gpu"),
        lambda: ag.astype(ag.ones(2), "float32", device="gpu"),
        lambda: ag.from_dlpack(np.ones(2), device="gpu"),
        lambda: ag.fft.fftfreq(2, device="gpu"),
        lambda: ag.fft.rfftfreq(2, device="gpu"),
        lambda: ag.ones(2).to_device("gpu"),
        lambda: ag.__array_namespace_info__().dtypes(device="gpu"),
    ],
)
def test_there_is_one_device(call: Callable[[], Any]) -> None:
    with pytest.raises(AutogradCnnError, match="expected device='cpu', got 'gpu'"):
        call()


# --- Gradients are not lost ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "convert",
    [
        lambda x: x.__dlpack__(),
        lambda x: x.__dlpack__(max_version=(1, 0), copy=True),
        np.from_dlpack,
        np.asarray,
        ag.from_dlpack,
        lambda x: np.full_like(np.zeros(2), x),
        float,
        complex,
        int,
        operator.index,
    ],
)
def test_conversions_do_not_lose_the_gradient(convert: Callable[[Any], Any]) -> None:
    x = ag.tensor(2.0, requires_grad=True)
    with pytest.raises(TypeError, match=r"\.detach\(\).*\.item\(\)|writes into an array"):
        convert(x * x)


@pytest.mark.parametrize(
    "call",
    [
        lambda x: ag.clip(ag.asarray([0.5, -0.5, 2.0]), min=x, max=x[0] + 1),
        lambda x: ag.full((2, 3), x[0]),
        lambda x: ag.full_like(ag.zeros((2, 3)), x[0]),
        lambda x: ag.asarray([x, x * x]),
        lambda x: ag.asarray([[x[0], 1.0], [x[1], x[0]]]),
        lambda x: ag.asarray(x, copy=True),
        lambda x: ag.reshape(x, (3, 1), copy=True),
        lambda x: ag.sort(x, descending=True),
        lambda x: ag.std(x, correction=1),
        lambda x: x.to_device("cpu"),
    ],
)
def test_what_the_standard_adds_is_differentiable(call: Callable[[Any], Any]) -> None:
    ag.testing.check_grads(call, (np.asarray([0.3, -1.2, 0.7]),), order=2)


def test_ties_keep_their_order_in_a_descending_sort() -> None:
    x = ag.tensor([2.0, 1.0, 2.0, np.nan, 1.0])
    assert ag.argsort(x, descending=True, stable=True).tolist() == [3, 0, 2, 1, 4]
    assert ag.argsort(x, axis=None, descending=True).shape == (5,)
    with pytest.raises(TypeError, match="arrays of records"):
        ag.argsort(x, order="name")


def test_var_takes_ddof_or_correction() -> None:
    with pytest.raises(ValueError, match="expected ddof= or correction=, got both: 1 and 2"):
        ag.var(ag.ones(3), ddof=1, correction=2)


# --- Memory -------------------------------------------------------------------------------------------


def test_memory_is_lent_read_only_or_not_at_all() -> None:
    x = ag.tensor([1.0, 2.0])
    lent = np.from_dlpack(x)
    np.testing.assert_array_equal(lent, [1.0, 2.0])
    if lent.flags.writeable:  # an exchange that cannot say read-only
        lent[0] = 5.0
    assert x.tolist() == [1.0, 2.0]
    with pytest.raises(BufferError, match="max_version"):
        x.__dlpack__(copy=False)
    assert x.__dlpack_device__() == (1, 0)


def test_from_dlpack_shares_or_copies() -> None:
    array = np.zeros(2)
    shared, copied = ag.from_dlpack(array), ag.from_dlpack(array, copy=True)
    array[0] = 1.0
    assert (shared.tolist(), copied.tolist()) == ([1.0, 0.0], [0.0, 0.0])


def test_asarray_and_reshape_copy_as_they_are_told() -> None:
    array = np.arange(6.0)
    shared = ag.asarray(array, copy=False)
    copied = ag.asarray(array)
    array[0] = 9.0
    assert (shared[0].item(), copied[0].item()) == (9.0, 0.0)
    x = ag.tensor([[1.0, 2.0], [3.0, 4.0]])
    assert ag.asarray(x) is x
    assert ag.asarray(x, copy=True) is not x
    for call in (
        lambda: ag.asarray([1.0], copy=False),
        lambda: ag.asarray(x, dtype="float32", copy=False),
        lambda: ag.reshape(x.T, (4,), copy=False),
    ):
        with pytest.raises(ValueError, match="without a copy"):
            call()
    assert np.shares_memory(np.reshape(array, (2, 3)), ag.reshape(array, (2, 3), copy=False))
    assert not np.shares_memory(array, ag.reshape(array, (2, 3), copy=True))
