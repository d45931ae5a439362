"""Which function of which engine is the peer of an op: by name where it can be, else from a table."""

import autograd.numpy as anp
import autograd.scipy.linalg
import autograd.scipy.special
import jax
import jax.scipy.fft
import jax.scipy.linalg
import jax.scipy.signal
import jax.scipy.special
import numpy as np
import scipy.fft
import torch
from jax import numpy as jnp

TABLE = {}  # (engine, "module.name"): a function with the arguments of ours


def function_of(engine, sample):
    """The function of the flat arguments of a sample, as `Sample.of_flat` is ours."""
    function = TABLE.get((engine, key(sample.record))) or by_name(engine, sample)
    given = sample._replace(record=sample.record)

    def of_flat(*flat):
        arguments = [list(flat)] if isinstance(given.shapes[0], list) else list(flat)
        result = given.call(arguments, function)
        return [y for y in result if "float" in str(y.dtype) or "complex" in str(y.dtype)]

    return of_flat


def key(record):
    return f"{record.module.rsplit('.', 1)[-1]}.{record.name}"


def by_name(engine, sample):
    record = sample.record
    name = record.name
    module = getattr(record.reference, "__module__", None)
    special = ".special." in record.module
    if engine == "jax":
        places = (
            [jax.scipy.special, jax.nn]
            if special
            else [jax.scipy.signal]
            if record.module.endswith((".signal", ".filtering"))
            else [jnp.linalg]
            if module == "numpy.linalg"
            else [jnp.fft]
            if module == "numpy.fft"
            else [jnp, jnp.linalg, jax.scipy.linalg, jax.scipy.fft]
        )
    elif engine == "autograd":
        places = (
            [autograd.scipy.special]
            if special
            else [anp.linalg]
            if module == "numpy.linalg"
            else [anp.fft]
            if module == "numpy.fft"
            else [anp, autograd.scipy.linalg]
        )
    else:
        places = (
            [torch.special]
            if special
            else [torch.linalg]
            if module == "numpy.linalg"
            else [torch.fft]
            if module == "numpy.fft"
            else [torch]
        )
    for place in places:
        if hasattr(place, name):
            function = getattr(place, name)
            return {"torch": renamed, "jax": with_arrays, "autograd": lambda f: f}[engine](function)
    raise LookupError(f"{engine} has no {name}")


def with_arrays(function):
    """JAX takes no lists of numbers."""

    def taken(x):
        return np.array(x) if isinstance(x, list) and not any(hasattr(i, "dtype") for i in x) else x

    def call(*args, **kwargs):
        kwargs = {n: x if n.startswith("ax") else taken(x) for n, x in kwargs.items()}
        return function(*map(taken, args), **kwargs)

    return call


def renamed(function):
    def call(*args, **kwargs):
        names = {"axis": "dim", "keepdims": "keepdim", "axes": "dim"}
        return function(*args, **{names.get(n, n): v for n, v in kwargs.items()})

    return call


# --- What has another name there, or is made of what they have --------------------------------------------


def peer(engine, *keys):
    def enter(function):
        TABLE.update({(engine, key): function for key in keys})
        return function

    return enter


def transposed(linear, shape, y):
    """The transpose of a linear function of an array of ``shape``."""
    return jax.linear_transpose(linear, jax.ShapeDtypeStruct(shape, y.dtype))(y)[0]


def in_jax(function):
    """JAX's function of the name of a function of ours or NumPy's; a function of the samples as it is."""
    return getattr(jnp, getattr(function, "__name__", ""), function)


@peer("jax", "shape.sum_to")
def sum_to(array, shape):
    return transposed(lambda small: jnp.broadcast_to(small, array.shape), shape, array)


@peer("jax", "indexing.getitem")
def getitem(x, index):
    return x[index]


@peer("jax", "indexing.scatter_add")
def scatter_add(values, index, shape):
    return jnp.zeros(shape, values.dtype).at[index].add(values)


@peer("jax", "indexing.add_along_axis")
def add_along_axis(values, indices, axis, shape):
    return transposed(lambda x: jnp.take_along_axis(x, indices, axis), shape, values)


@peer("jax", "indexing.set_entries")
def set_entries(x, values, index):
    if isinstance(index, np.ndarray) and index.dtype != bool:  # of several, the last one stays
        for place, row in zip(index, values, strict=True):
            x = x.at[place].set(row)
        return x
    return x.at[index].set(values)


@peer("jax", "reduction.logsumexp", "sums.logsumexp")
def logsumexp(a, axis=None, b=None, keepdims=False, return_sign=False):
    return jax.scipy.special.logsumexp(a, axis, b, keepdims, return_sign)


@peer("jax", "sums.softmax")
def softmax(x, axis=None):
    return jax.nn.softmax(x, axis)


@peer("jax", "sums.log_softmax")
def log_softmax(x, axis=None):
    return jax.nn.log_softmax(x, axis)


@peer("torch", "activation.softmax_cross_entropy")
def softmax_cross_entropy(logits, labels):
    return torch.nn.functional.cross_entropy(logits, torch.tensor(labels), reduction="none")


@peer("jax", "contraction.affine")
def affine(x, weight, bias):
    return x @ weight.T + bias


TABLE["jax", "padding.pad_zeros"] = jnp.pad


def _window_index(window, shape):
    """For each axis, which entries the windows see: arrays that index (*output, *kernel) together."""
    n = window.ndim
    index = []
    for axis, output in enumerate(window.output_shape(shape)):
        places = np.arange(output)[:, None] * window.stride[axis]
        places = places + np.arange(window.kernel[axis]) * window.dilation[axis]
        at = [output if a == axis else 1 for a in range(n)] + [
            window.kernel[axis] if a == axis else 1 for a in range(n)
        ]
        index.append(places.reshape(at))
    return (..., *index)


@peer("jax", "window.sliding_window")
def sliding_window(x, window):
    return x[_window_index(window, x.shape[x.ndim - window.ndim :])]


@peer("jax", "window.fold")
def fold(windows, window, shape):
    lead = windows.shape[: windows.ndim - 2 * window.ndim]
    return transposed(lambda x: sliding_window(x, window), (*lead, *shape), windows)


@peer("jax", "convolution.convolution")
def convolution(x, weight, bias=None, window=None, groups=1):
    y = jax.lax.conv_general_dilated(
        x,
        weight,
        window.stride,
        window.padding,
        rhs_dilation=window.dilation,
        feature_group_count=groups,
    )
    return y if bias is None else y + bias.reshape(-1, *[1] * window.ndim)


@peer("jax", "convolution.convolution_input_gradient")
def convolution_input_gradient(y, weight, input_shape, window, groups=1):
    shape = (y.shape[0], weight.shape[1] * groups, *input_shape)
    return transposed(lambda x: convolution(x, weight, None, window, groups), shape, y)


@peer("jax", "convolution.convolution_weight_gradient")
def convolution_weight_gradient(x, y, window, groups=1):
    shape = (y.shape[1], x.shape[1] // groups, *window.kernel)
    return transposed(lambda weight: convolution(x, weight, None, window, groups), shape, y)


def _windows_of(x, window, fill, ceil=False):
    after = [b for _, b in window.padding]
    if ceil:
        for axis, n in enumerate(x.shape[2:]):
            span = (window.kernel[axis] - 1) * window.dilation[axis] + 1
            after[axis] += -(n + sum(window.padding[axis]) - span) % window.stride[axis]
    widths = [(0, 0), (0, 0), *((b, a) for (b, _), a in zip(window.padding, after, strict=True))]
    padded = jnp.pad(x, widths, constant_values=fill)
    return sliding_window(padded, window._replace(padding=((0, 0),) * window.ndim))


@peer("jax", "pooling.max_pool")
def max_pool(x, window):
    return _windows_of(x, window, -jnp.inf).max(tuple(range(-window.ndim, 0)))


@peer("jax", "pooling.max_pool_gather")
def max_pool_gather(x, indices, window):
    windows = _windows_of(x, window, 0)
    flat = windows.reshape(*windows.shape[: -window.ndim], -1)
    return jnp.take_along_axis(flat, indices[..., None], -1)[..., 0]


@peer("jax", "pooling.max_pool_scatter")
def max_pool_scatter(y, indices, window, input_shape):
    return transposed(lambda x: max_pool_gather(x, indices, window), (*y.shape[:2], *input_shape), y)


@peer("torch", "pooling.average_pool")
def average_pool(x, window, count_include_pad=True, divisor_override=None, ceil_mode=False):
    if any(d != 1 for d in window.dilation) or any(b != a for b, a in window.padding):
        raise LookupError("torch has no dilated average")
    padding = [b for b, _ in window.padding]
    return torch.nn.functional.avg_pool2d(
        x, window.kernel, window.stride, padding, ceil_mode, count_include_pad, divisor_override
    )


@peer("jax", "pooling.average_pool")
def average_pool_in_jax(x, window, count_include_pad=True, divisor_override=None, ceil_mode=False):
    axes = tuple(range(-window.ndim, 0))
    if ceil_mode:
        raise LookupError("JAX has no ceil_mode")
    total = _windows_of(x, window, 0.0).sum(axes)
    if divisor_override is not None:
        return total / divisor_override
    counted = _windows_of(np.ones(x.shape), window, 1.0 if count_include_pad else 0.0).sum(axes)
    return total / counted


@peer("jax", "pooling.average_pool_transpose")
def average_pool_transpose(y, window, input_shape, *options):
    return transposed(lambda x: average_pool_in_jax(x, window, *options), (*y.shape[:2], *input_shape), y)


@peer("jax", "diagonal.diag_embed")
def diag_embed(values, shape, offset=0, axis1=0, axis2=1):
    return transposed(lambda x: jnp.diagonal(x, offset, axis1, axis2), shape, values)


TABLE["jax", "decompositions.tall_qr"] = jnp.linalg.qr
TABLE["torch", "decompositions.tall_qr"] = torch.linalg.qr


@peer("jax", "decompositions.thin_svd")
def thin_svd(a):
    return jnp.linalg.svd(a, full_matrices=False)


@peer("torch", "decompositions.thin_svd")
def thin_svd_in_torch(a):
    return torch.linalg.svd(a, full_matrices=False)


@peer("jax", "determinants.cofactors")
def cofactors(a):
    return jnp.linalg.det(a)[..., None, None] * jnp.linalg.inv(a).mT


@peer("jax", "scans.linear_recurrence")
def linear_recurrence(a, b, axis):
    a, b = jnp.moveaxis(a, axis, 0), jnp.moveaxis(b, axis, 0)
    steps = []
    for factor, term in zip(a, b, strict=True):
        steps.append(factor * steps[-1] + term if steps else term)
    return jnp.moveaxis(jnp.stack(steps), 0, axis) if steps else b


@peer("jax", "scans.running_max")
def running_max(array, axis=0):
    return jax.lax.cummax(array, axis % array.ndim)


@peer("jax", "scans.running_min")
def running_min(array, axis=0):
    return jax.lax.cummin(array, axis % array.ndim)


@peer("jax", "ufuncs.sinc_derivative")
def sinc_derivative(x, order):
    function = lambda t: jnp.sinc(t / jnp.pi)  # noqa: E731
    for _ in range(order):
        function = jax.grad(function, holomorphic=x.dtype.kind == "c")
    return jax.vmap(function)(x.ravel()).reshape(x.shape) if x.size else x


@peer("jax", "tiling.segment_sum")
def segment_sum(values, repeats, shape, axis=None):
    return transposed(lambda x: jnp.repeat(x, np.asarray(repeats), axis), shape, values)


@peer("jax", "tiling.sliding_window_view")
def sliding_window_view(x, window_shape, axis=None):
    lengths = np.atleast_1d(window_shape)
    axes = range(x.ndim) if axis is None else np.atleast_1d(axis)
    for axis, length in zip(axes, lengths, strict=True):
        starts = x.shape[axis] - length + 1
        shifted = [jnp.take(x, np.arange(k, k + starts), axis) for k in range(length)]
        x = jnp.stack(shifted, -1)
    return x


@peer("jax", "selection.piecewise")
def piecewise(x, condlist, funclist, *args, **options):
    return jnp.piecewise(x, condlist, [in_jax(f) for f in funclist], *args, **options)


@peer("jax", "selection.apply_along_axis")
def apply_along_axis(func1d, axis, arr, *args, **options):
    return jnp.apply_along_axis(in_jax(func1d), axis, arr, *args, **options)


@peer("jax", "selection.apply_over_axes")
def apply_over_axes(func, a, axes):
    return jnp.apply_over_axes(in_jax(func), a, axes)


@peer("jax", "structured.solve_triangle")
def solve_triangle(a, b, lower=False, unit_diagonal=False, trans=0):
    def of_one(matrix, right):
        return jax.scipy.linalg.solve_triangular(
            matrix, right, lower=lower, unit_diagonal=unit_diagonal, trans=trans
        )

    return jnp.vectorize(of_one, signature="(n,n),(n)->(n)" if b.ndim == 1 else "(n,n),(n,k)->(n,k)")(a, b)


@peer("jax", "structured.solve_triangular")
def solve_triangular(a, b, trans=0, lower=False, unit_diagonal=False):
    return solve_triangle(a, b, lower, unit_diagonal, trans)


@peer("jax", "structured.solve_banded")
def solve_banded(l_and_u, ab, b):
    n = ab.shape[-1]
    matrix = sum(
        diag_embed(
            ab[..., l_and_u[1] - k, max(k, 0) : n + min(k, 0)],
            (*ab.shape[:-2], n, n),
            k,
            -2,
            -1,
        )
        for k in range(-l_and_u[0], l_and_u[1] + 1)
    )
    return jnp.linalg.solve(matrix, b)


@peer("jax", "structured.toeplitz")
def toeplitz(c, r=None):
    r = c.conj() if r is None else r
    return jnp.vectorize(jax.scipy.linalg.toeplitz, signature="(m),(n)->(m,n)")(c, r)


@peer("jax", "matrix_functions.solve_sylvester")
def solve_sylvester(a, b, q):
    m, n = a.shape[-1], b.shape[-1]

    def of_one(a, b, q):
        system = jnp.kron(a, jnp.eye(n)) + jnp.kron(jnp.eye(m), b.T)
        return jnp.linalg.solve(system, q.reshape(-1)).reshape(m, n)

    return jnp.vectorize(of_one, signature="(m,m),(n,n),(m,n)->(m,n)")(a, b, q)


@peer("jax", "matrix_functions.unitary_factor")
def unitary_factor(a):
    u, _, vh = jnp.linalg.svd(a, full_matrices=False)
    return u @ vh


@peer("jax", "matrix_functions.polar")
def polar(a, side="right"):
    u = unitary_factor(a)
    return u, u.mT.conj() @ a if side == "right" else a @ u.mT.conj()


def by_matrix(function):
    """A linear function of SciPy's, as a product of JAX's with its matrix."""

    def call(x, *args, **options):
        basis = np.eye(x.size).reshape(x.size, *x.shape)
        matrix = np.stack([function(one, *args, **options) for one in basis])
        return jnp.tensordot(x.ravel(), matrix, 1)

    return call


for _name in ("dct", "idct", "dst", "idst", "dctn", "idctn", "dstn", "idstn"):
    TABLE["jax", f"cosine_transform.{_name}"] = by_matrix(getattr(scipy.fft, _name))


@peer("torch", "decompositions.eig")
def eig(a):
    w, v = torch.linalg.eig(a)
    is_real = not a.is_complex() and not w.imag.any()
    return (w.real, v.real) if is_real else (w, v)


@peer("torch", "decompositions.eigvals")
def eigvals(a):
    return eig(a)[0]


def _triangle(function):
    """JAX does not make a matrix of a vector."""
    return lambda m, k=0: function(jnp.broadcast_to(m, (m.size, m.size)) if m.ndim == 1 else m, k)


TABLE["jax", "diagonal.tril"] = _triangle(jnp.tril)
TABLE["jax", "diagonal.triu"] = _triangle(jnp.triu)


def by_eigenvalues(function):
    """A function of matrices, of their eigenvalues in PyTorch."""

    def call(a):
        w, v = torch.linalg.eig(a)
        result = (v * function(w)[..., None, :]) @ torch.linalg.inv(v)
        return result if a.is_complex() else result.real

    return call


TABLE["torch", "matrix_functions.logm"] = by_eigenvalues(torch.log)
TABLE["torch", "matrix_functions.sqrtm"] = by_eigenvalues(torch.sqrt)


@peer("jax", "matrix_functions.lu_factors", "matrix_functions.lu")
def lu(a, permute_l=False):
    if a.ndim == 2:
        return jax.scipy.linalg.lu(a, permute_l)
    return [jnp.stack(parts) for parts in zip(*(lu(one, permute_l) for one in a), strict=True)]


@peer("jax", "selection.extract")
def extract(condition, arr):
    return arr.ravel()[np.flatnonzero(condition)]


@peer("jax", "selection.compress")
def compress(condition, a, axis=None):
    return jnp.take(a.ravel() if axis is None else a, np.flatnonzero(condition), 0 if axis is None else axis)


@peer("jax", "selection.choose")
def choose(a, choices, mode="raise"):
    return jnp.choose(a, choices, mode=mode)


@peer("jax", "statistics.bincount")
def bincount(x, weights=None, minlength=0):
    return jnp.zeros(max(minlength, np.max(x, initial=-1) + 1), weights.dtype).at[np.asarray(x)].add(weights)


@peer("jax", "polynomials.polydiv")
def polydiv(u, v):
    quotient, rest = jnp.polydiv(u, v)
    return quotient, rest[u.size - max(v.size - 1, 1) :]  # JAX leaves the leading zeros
