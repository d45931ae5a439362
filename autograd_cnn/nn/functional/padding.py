"""Padding of the last axes, in PyTorch's order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd_cnn import ops
from autograd_cnn.errors import ArgumentError, ShapeError
from autograd_cnn.nn.functional.checks import check_array

# PyTorch's mode: NumPy's.
MODES = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}


def pad(input: Any, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Any:
    """Pad the last axes: ``pad`` is (before, after) of the last axis, then of the one before it, ….

    ``mode`` is constant (``value``, by default 0), reflect (without repeating the edge), replicate (the
    edge) or circular; the last three take the one to three axes after the batch's and the channels'.
    A negative width crops.

    Raises `ArgumentError` or `ShapeError`: an axis is reflected at most its length less 1, and what is left
    of it repeated at most once.

    >>> import autograd_cnn as ag
    >>> ag.nn.functional.pad(ag.tensor([[1.0, 2.0, 3.0]]), (2, -1), mode="reflect")
    tensor([[3., 2., 1., 2.]])
    """
    check_array("pad", "input", input)
    shape = input.shape
    if len(pad) % 2 or len(pad) > 2 * len(shape):
        raise ArgumentError(
            f"pad: expected two widths for each of at most {len(shape)} axes (shape {shape}), the last axis "
            f"first, got {tuple(pad)}"
        )
    pairs = [(0, 0)] * (len(shape) - len(pad) // 2) + [*zip(pad[::2], pad[1::2], strict=True)][::-1]
    widths = [(max(low, 0), max(high, 0)) for low, high in pairs]
    inner = tuple(slice(max(-low, 0), n - max(-high, 0)) for n, (low, high) in zip(shape, pairs, strict=True))
    for n, (low, high) in zip(shape, pairs, strict=True):
        if n + low + high < 0 or n + min(low, 0) + min(high, 0) < 0:
            raise ShapeError(
                f"pad: expected widths that leave something of the shape {shape}, got {tuple(pad)}"
            )
    if mode == "constant":
        return ops.padding.pad(input[inner], widths, constant_values=0 if value is None else value)
    if mode not in MODES:
        raise ArgumentError(f"pad: expected mode constant, {', '.join(MODES)}, got {mode!r}")
    if value is not None:
        raise ArgumentError(f"pad: expected no value with mode={mode!r}, got {value}; it is for constant")
    _check_room(shape, pairs, mode, len(pad) // 2)
    if mode == "circular":  # what is cropped does not come round
        return ops.padding.pad(input[inner], widths, mode=MODES[mode])
    padded = ops.padding.pad(input, widths, mode=MODES[mode])
    cropped = tuple(
        slice(max(-low, 0), n - max(-high, 0)) for n, (low, high) in zip(padded.shape, pairs, strict=True)
    )
    return padded[cropped]


def _check_room(shape: tuple[int, ...], pairs: list[tuple[int, int]], mode: str, axes: int) -> None:
    if not 1 <= axes <= 3 or len(shape) not in (axes + 1, axes + 2):
        raise ShapeError(
            f"pad: with mode={mode!r} expected 1 to 3 axes to pad, behind those of the batch and the "
            f"channels (or the channels alone), got {axes} axes to pad of shape {shape}"
        )
    for n, pair in zip(shape[-axes:], pairs[-axes:], strict=True):
        most = {"reflect": n - 1, "circular": n + min(pair[0], 0) + min(pair[1], 0)}.get(mode)
        if (most is not None and max(pair) > most) or (n == 0 and max(pair) > 0):
            raise ShapeError(
                f"pad: with mode={mode!r} expected widths of at most {most} for an axis of length {n} (shape "
                f"{shape}), got {pair}"
            )
