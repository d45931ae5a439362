"""Looking at several gradients at once, where they pass together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_cnn.core.primitive import _General
from autograd_cnn.core.tensor import Tensor, wrap
from autograd_cnn.errors import ShapeError

__all__ = ["watched"]

Gradients = list[Tensor | None]


def watched(
    tensors: Sequence[Tensor], see: Callable[[Gradients], Sequence[Tensor | None] | None]
) -> list[Tensor]:
    """Return the same values as one operation's results, whose gradients ``see`` is given together.

    ``see`` is called once in a backward pass, with a gradient for each tensor (None for one that is not
    used further), when all of them are complete. What it returns, if anything, takes their place.
    """
    return _pass(list(tensors), _Once(see))  # type: ignore[no-any-return]


def _forward(arrays: Sequence[Any], see: _Once) -> tuple[Any, ...]:
    return tuple(arrays)


def _vjp(g: Any, arrays_shape: Any, see: _Once, index: int) -> Any:
    gradient = see(g)[index]
    if gradient is not None:
        return gradient
    zeros = np.zeros(arrays_shape[index], np.float32)
    return wrap(zeros, None) if any(isinstance(one, Tensor) for one in g) else zeros


_pass = _General(_forward, ("arrays",), (), (), (), {"arrays": _vjp}, True, False).function()


class _Once:
    """Asks once for each tuple of cotangents, though each input's VJP asks."""

    def __init__(self, see: Callable[[Gradients], Sequence[Tensor | None] | None]) -> None:
        self.see = see
        self.asked: Any = None
        self.answer: tuple[Any, ...] = ()

    def __call__(self, cotangents: tuple[Any, ...]) -> tuple[Any, ...]:
        if cotangents is not self.asked:
            self.answer = self._seen(cotangents)
            self.asked = cotangents
        return self.answer

    def _seen(self, cotangents: tuple[Any, ...]) -> tuple[Any, ...]:
        # On the tape a cotangent is the conjugate of the gradient, and a raw array unless it is recorded.
        recorded = any(isinstance(cotangent, Tensor) for cotangent in cotangents)
        given = self.see(
            [
                None if one is None else (one if isinstance(one, Tensor) else wrap(one, None)).conj()
                for one in cotangents
            ]
        )
        if given is None:
            return cotangents
        if len(given) != len(cotangents):
            raise ShapeError(
                f"a hook on gradients: expected {len(cotangents)} gradients from it, got {len(given)}"
            )
        for cotangent, gradient in zip(cotangents, given, strict=True):
            if gradient is not None and cotangent is not None and gradient.shape != cotangent.shape:
                raise ShapeError(
                    f"a hook on gradients: expected a gradient of shape {cotangent.shape} from it, got "
                    f"{gradient.shape}"
                )
        return tuple(
            None if one is None else (one.conj() if recorded else one.conj()._value) for one in given
        )
