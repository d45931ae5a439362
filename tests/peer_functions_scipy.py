"""The peers of what SciPy has in `linalg` and `signal`, made of what the engines have."""

import jax
import numpy as np
import scipy.linalg
import torch
from jax import numpy as jnp
from peer_functions import TABLE, by_eigenvalues, peer, solve_sylvester, unitary_factor

# --- Convolutions and filters -------------------------------------------------------------------------


@peer("jax", "linear_convolution.convolve_full")
def convolve_full(a, v, axes, method="direct"):
    total = 0
    for place in np.ndindex(*(v.shape[axis] for axis in axes)):
        entry, widths = v, [(0, 0)] * a.ndim
        for axis, at in zip(axes, place, strict=True):
            entry = jax.lax.slice_in_dim(entry, at, at + 1, axis=axis)
            widths[axis] = (at, v.shape[axis] - 1 - at)
        total = total + jnp.pad(a * entry, widths)
    return total


@peer("jax", "linear_convolution.convolve_valid")
def convolve_valid(a, v, axes, method="direct"):
    full = convolve_full(a, v, axes)
    for axis in axes:
        full = jax.lax.slice_in_dim(full, v.shape[axis] - 1, a.shape[axis], axis=axis)
    return full


TABLE["jax", "signal.oaconvolve"] = jax.scipy.signal.fftconvolve


def _in_plane(in1, in2, mode="full", boundary="fill", fillvalue=0, late=False):
    """SciPy's convolve2d of a picture that is extended first."""
    if mode == "valid":
        return jax.scipy.signal.convolve2d(in1, in2, mode)
    widths = [(n - 1, n - 1) for n in in2.shape]
    options = {"constant_values": fillvalue} if boundary == "fill" else {}
    way = {"fill": "constant", "wrap": "wrap", "symm": "symmetric"}[boundary]
    full = convolve_valid(jnp.pad(in1, widths, way, **options), in2, (0, 1))
    if mode == "full":
        return full
    starts = [(n - 1 + late) // 2 for n in in2.shape]
    return full[tuple(slice(s, s + n) for s, n in zip(starts, in1.shape, strict=True))]


@peer("jax", "signal.convolve2d")
def convolve2d(in1, in2, mode="full", boundary="fill", fillvalue=0):
    if boundary == "fill" and not fillvalue:
        return jax.scipy.signal.convolve2d(in1, in2, mode)
    return _in_plane(in1, in2, mode, boundary, fillvalue)


@peer("jax", "signal.correlate2d")
def correlate2d(in1, in2, mode="full", boundary="fill", fillvalue=0):
    if boundary == "fill" and not fillvalue:
        return jax.scipy.signal.correlate2d(in1, in2, mode)
    return _in_plane(in1, jnp.flip(in2.conj()), mode, boundary, fillvalue, late=True)


@peer("jax", "signal.hilbert")
def hilbert(x, N=None, axis=-1):
    x = jnp.moveaxis(x, axis, -1)
    n = x.shape[-1] if N is None else N
    frequencies = np.fft.fftfreq(n)
    # Frequency n / 2, which fftfreq calls negative, stays as it is, and so does 0.
    weights = np.where(frequencies > 0, 2.0, np.where(np.abs(frequencies) % 0.5 == 0, 1.0, 0.0))
    return jnp.moveaxis(jnp.fft.ifft(jnp.fft.fft(x, n) * weights), -1, axis)


@peer("jax", "filtering.lfilter")
def lfilter(b, a, x, axis=-1, zi=None):
    """Direct form II transposed, as the documentation of SciPy's writes it."""
    order = max(len(a), len(b)) - 1
    b, a = (jnp.pad(c / a[0], (0, order + 1 - len(c))) for c in (b, a))
    lanes = jnp.moveaxis(x, axis, 0)
    start = jnp.zeros((order, 1)) if zi is None else jnp.moveaxis(jnp.asarray(zi, x.dtype), axis, 0)
    state = [jnp.broadcast_to(z, lanes.shape[1:]) if zi is not None else 0 * lanes[0] for z in start]
    outputs = []
    for entry in lanes:
        state = [*state, 0]
        outputs.append(b[0] * entry + state[0])
        state = [b[i] * entry + state[i] - a[i] * outputs[-1] for i in range(1, order + 1)]
    y = jnp.moveaxis(jnp.stack(outputs), 0, axis)
    return y if zi is None else (y, jnp.moveaxis(jnp.stack(state), 0, axis))


@peer("jax", "filtering.all_pole")
def all_pole(a, x):
    return lfilter(jnp.ones(1), a, x)


@peer("jax", "filtering.sosfilt")
def sosfilt(sos, x, axis=-1, zi=None):
    finals = []
    for number, section in enumerate(jnp.asarray(sos, x.dtype)):
        if zi is None:
            x = lfilter(section[:3], section[3:], x, axis)
        else:
            x, final = lfilter(section[:3], section[3:], x, axis, zi[number])
            finals.append(final)
    return x if zi is None else (x, jnp.stack(finals))


@peer("jax", "filtering.lfilter_zi")
def lfilter_zi(b, a):
    order = max(len(a), len(b))
    b, a = (jnp.pad(c / a[0], (0, order - len(c))) for c in (b, a))
    companion = jnp.eye(order - 1, k=-1, dtype=a.dtype).at[0].set(-a[1:])
    return jnp.linalg.solve(jnp.eye(order - 1) - companion.T, b[1:] - a[1:] * b[0])


# --- Matrices of a given structure --------------------------------------------------------------------


def of_vector(function):
    """A function of SciPy's that puts numbers and constants into a matrix, as a product of JAX's."""

    def of_one(x):
        constant = function(np.zeros(x.shape))
        matrix = np.stack([function(unit) - constant for unit in np.eye(len(x))])
        return constant + jnp.tensordot(x, matrix, 1)

    return jnp.vectorize(of_one, signature="(n)->(i,j)")


def of_two_vectors(function, c, r):
    n = c.shape[-1]
    return of_vector(lambda both: function(both[:n], both[n:]))(jnp.concatenate([c, r], -1))


TABLE["jax", "special_matrices.circulant"] = of_vector(scipy.linalg.circulant)


@peer("jax", "special_matrices.companion")
def companion(a):
    return of_vector(lambda r: scipy.linalg.companion([1, *r]))(a[..., 1:] / a[..., :1])


@peer("jax", "special_matrices.fiedler_companion")
def fiedler_companion(a):
    return of_vector(lambda r: scipy.linalg.fiedler_companion([1, *r]))(a[..., 1:] / a[..., :1])


@peer("jax", "special_matrices.hankel")
def hankel(c, r=None):
    return of_two_vectors(scipy.linalg.hankel, c, 0 * c if r is None else r)


@peer("jax", "special_matrices.leslie")
def leslie(f, s):
    return of_two_vectors(scipy.linalg.leslie, f, s)


@peer("jax", "special_matrices.fiedler")
def fiedler(a):
    return jnp.abs(a[..., :, None] - a[..., None, :])


@peer("jax", "special_matrices.convolution_matrix")
def convolution_matrix(a, n, mode="full"):
    return of_vector(lambda x: scipy.linalg.convolution_matrix(x, n, mode))(a)


@peer("jax", "special_matrices.diagsvd")
def diagsvd(s, M, N):
    return of_vector(lambda x: scipy.linalg.diagsvd(x, M, N))(s)


@peer("jax", "special_matrices.khatri_rao")
def khatri_rao(a, b):
    return jnp.vectorize(
        lambda a, b: jnp.stack([jnp.kron(x, y) for x, y in zip(a.T, b.T, strict=True)], 1),
        signature="(m,k),(n,k)->(p,k)",
    )(a, b)


# --- Equations ----------------------------------------------------------------------------------------


def _toeplitz(c):
    return jax.scipy.linalg.toeplitz(c, c.conj())


@peer("jax", "matrix_equations.solve_toeplitz")
def solve_toeplitz(c, b):
    return jnp.linalg.solve(_toeplitz(c), b)


@peer("jax", "matrix_equations.matmul_toeplitz")
def matmul_toeplitz(c, x):
    return _toeplitz(c) @ x


def dense(band, lower=False):
    """The Hermitian matrix of which a band of diagonals is given."""
    rows, n = band.shape
    matrix = jnp.diag(band[0 if lower else -1].real)
    for distance in range(1, rows):
        beside = band[distance, : n - distance] if lower else band[rows - 1 - distance, distance:]
        beside = beside.conj() if lower else beside
        matrix = matrix + jnp.diag(beside, distance) + jnp.diag(beside.conj(), -distance)
    return matrix


@peer("jax", "matrix_equations.solveh_banded")
def solveh_banded(ab, b, lower=False):
    return jnp.linalg.solve(dense(ab, lower), b)


@peer("jax", "matrix_equations.solve_continuous_lyapunov")
def solve_continuous_lyapunov(a, q):
    return solve_sylvester(a, a.mT.conj(), q)


@peer("jax", "matrix_equations.solve_discrete_lyapunov")
def solve_discrete_lyapunov(a, q, method=None):
    system = jnp.eye(a.size) - jnp.kron(a, a.conj())
    return jnp.linalg.solve(system, q.ravel()).reshape(a.shape)


@peer("jax", "matrix_equations.pinvh")
def pinvh(a, lower=True):
    half = jnp.tril(a, -1) if lower else jnp.triu(a, 1)
    return jnp.linalg.pinv(half + half.mT.conj() + a.real * jnp.eye(a.shape[-1]))


def _selected(matrix, select, select_range):
    values = jnp.linalg.eigvalsh(matrix)
    return values if select == "a" else values[select_range[0] : select_range[1] + 1]


@peer("jax", "matrix_equations.eigvals_banded")
def eigvals_banded(a_band, lower=False, select="a", select_range=None):
    return _selected(dense(a_band, lower), select, select_range)


@peer("jax", "matrix_equations.eig_banded")
def eig_banded(a_band, lower=False, eigvals_only=False):
    return _selected(dense(a_band, lower), "a", None)


@peer("jax", "matrix_equations.eigvalsh_tridiagonal")
def eigvalsh_tridiagonal(d, e, select="a", select_range=None):
    return _selected(dense(jnp.stack([d, jnp.append(e, 0)]), True), select, select_range)


@peer("jax", "matrix_equations.eigh_tridiagonal")
def eigh_tridiagonal(d, e, eigvals_only=False):
    return eigvalsh_tridiagonal(d, e)


@peer("jax", "matrix_equations.orthogonal_procrustes")
def orthogonal_procrustes(a, b):
    product = a.mT.conj() @ b
    return unitary_factor(product), jnp.linalg.svd(product, compute_uv=False).sum()


@peer("jax", "matrix_equations.subspace_angles")
def subspace_angles(a, b):
    a, b = jnp.linalg.qr(a)[0], jnp.linalg.qr(b)[0]
    return jnp.arccos(jnp.linalg.svd(a.mT.conj() @ b, compute_uv=False)[::-1])


# --- Functions of matrices ----------------------------------------------------------------------------


def _of_exponentials(function, factor):
    """A function of e ** fA and e ** -fA; PyTorch's, as JAX takes seconds to compile them."""

    def call(a):
        result = function(torch.linalg.matrix_exp(factor * a), torch.linalg.matrix_exp(-factor * a))
        return result if a.is_complex() else result.real

    return call


_FUNCTIONS = {
    "cos": lambda plus, minus: (plus + minus) / 2,
    "sin": lambda plus, minus: (plus - minus) / 2,
    "tan": lambda plus, minus: torch.linalg.solve(plus + minus, plus - minus),
}
for _name, _function in _FUNCTIONS.items():
    TABLE["torch", f"matrix_trigonometry.{_name}hm"] = _of_exponentials(_function, 1)
TABLE["torch", "matrix_trigonometry.cosm"] = _of_exponentials(_FUNCTIONS["cos"], 1j)
for _name in ("sin", "tan"):
    _function = _FUNCTIONS[_name]
    TABLE["torch", f"matrix_trigonometry.{_name}m"] = _of_exponentials(
        lambda plus, minus, function=_function: function(plus, minus) * -1j, 1j
    )


@peer("jax", "matrix_trigonometry.expm_frechet")
def no_expm_frechet(*args, **kwargs):
    raise LookupError("JAX's takes a minute to compile, a sample")


@peer("torch", "matrix_trigonometry.expm_frechet")
def expm_frechet(a, e, method=None, compute_expm=True):
    """Term by term of the power series."""
    power, slope = torch.eye(a.shape[-1], dtype=a.dtype).expand(a.shape), 0 * e
    value, derivative = power, slope
    for k in range(1, 50):
        power, slope = power @ a / k, (power @ e + slope @ a) / k
        value, derivative = value + power, derivative + slope
    return (value, derivative) if compute_expm else derivative


@peer("torch", "matrix_trigonometry.matrix_root", "matrix_trigonometry.fractional_matrix_power")
def matrix_root(a, t):
    return by_eigenvalues(lambda w: w**t)(a)


TABLE["torch", "matrix_trigonometry.signm"] = by_eigenvalues(lambda w: torch.sgn(w.real).to(w.dtype))


# --- Polynomials --------------------------------------------------------------------------------------


@peer("torch", "polynomials.roots")
def roots(p):
    n = len(p) - 1
    matrix = torch.cat([-p[None, 1:] / p[0], torch.eye(n - 1, n, dtype=p.dtype)])
    found = torch.linalg.eigvals(matrix)
    return found if p.is_complex() or found.imag.any() else found.real
