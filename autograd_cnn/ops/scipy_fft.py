"""`scipy.fft` on tensors, through the protocol by which SciPy lets others compute its transforms.

See `scipy.fft.set_backend`; a backend answers NotImplemented for what it leaves to the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from autograd_cnn.core.composite import has_tensor
from autograd_cnn.errors import UnsupportedError
from autograd_cnn.ops import cosine_transform, fft

__all__ = ["backend"]

_FOURIER = ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft")
_FOURIER_ND = ("fft2", "ifft2", "rfft2", "irfft2", "fftn", "ifftn", "rfftn", "irfftn")
_COSINE = ("dct", "idct", "dst", "idst", "dctn", "idctn", "dstn", "idstn")


def _over_axis(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(
        x: Any,
        n: int | None = None,
        axis: int = -1,
        norm: fft.Norm = None,
        overwrite_x: bool = False,
        workers: int | None = None,
        *,
        plan: Any = None,
    ) -> Any:
        _refuse_plan(function, plan)
        return function(x, n, axis, norm)

    return call


def _over_axes(function: Callable[..., Any]) -> Callable[..., Any]:
    default = (-2, -1) if function.__name__.endswith("2") else None

    def call(
        x: Any,
        s: Any = None,
        axes: Any = default,
        norm: fft.Norm = None,
        overwrite_x: bool = False,
        workers: int | None = None,
        *,
        plan: Any = None,
    ) -> Any:
        _refuse_plan(function, plan)
        return function(x, s, axes, norm)

    return call


def _refuse_plan(function: Callable[..., Any], plan: Any) -> None:
    if plan is not None:
        raise UnsupportedError(f"scipy.fft.{function.__name__}: plan= is not supported; leave it out")


class _Backend:
    """Answers the functions of `scipy.fft` for tensors, and leaves arrays to SciPy."""

    __ua_domain__ = "numpy.scipy.fft"

    def __init__(self) -> None:
        self.functions = (
            {name: _over_axis(getattr(fft, name)) for name in _FOURIER}
            | {name: _over_axes(getattr(fft, name)) for name in _FOURIER_ND}
            | {name: getattr(cosine_transform, name) for name in _COSINE}
        )

    def __ua_function__(self, method: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        if not has_tensor((*args, *kwargs.values())):
            return NotImplemented
        function = self.functions.get(method.__name__)
        if function is None:
            raise UnsupportedError(
                f"scipy.fft.{method.__name__} is not implemented for tensors; compose it of the functions "
                "of ag.fft, or use .detach() to compute a constant with it"
            )
        return function(*args, **kwargs)


backend = _Backend()
