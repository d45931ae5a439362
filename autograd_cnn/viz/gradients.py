"""Watching gradients: how large they are at each layer, step by step."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from autograd_cnn.core.tensor import Tensor
from autograd_cnn.errors import ArgumentError, GraphError
from autograd_cnn.viz.figure import new_figure, plain
from autograd_cnn.viz.graph import norm

if TYPE_CHECKING:
    from autograd_cnn.viz._matplotlib import Picture

__all__ = ["GradientHistory", "gradient_norms", "plot_gradients"]


class _Module(Protocol):
    def named_parameters(self) -> Iterable[tuple[str, Tensor]]: ...


def gradient_norms(module: _Module) -> dict[str, float]:
    """Euclidean norm of the gradient of each layer: of all its own parameters together.

    The keys are the names of the layers, in the order of the module; a parameter of the module itself
    stands under its own name. Call it after ``loss.backward()``. Layers that no gradient reached are left
    out; raises `GraphError` if that holds for all.

    >>> import autograd_cnn as ag, numpy as np
    >>> model = ag.nn.Sequential(ag.nn.Linear(2, 2), ag.nn.ReLU(), ag.nn.Linear(2, 1))
    >>> model(ag.ones((4, 2), dtype="float32")).sum().backward()
    >>> list(ag.viz.gradient_norms(model))
    ['0', '2']
    """
    parts: dict[str, list[float]] = {}
    for name, parameter in module.named_parameters():
        if parameter.grad is not None:
            layer = name.rpartition(".")[0] or name
            parts.setdefault(layer, []).append(norm(parameter.grad._value))
    if not parts:
        raise GraphError(
            "gradient_norms: no parameter has a gradient; call it after loss.backward() and before "
            "optimizer.zero_grad()"
        )
    return {layer: math.hypot(*norms) for layer, norms in parts.items()}


class GradientHistory:
    """The gradient norms of each layer over the steps of a training.

    Attributes
    ----------
    norms : dict of str to list of float
        For each layer one norm a step; NaN where no gradient reached it.
    steps : int
        How often `record` was called.

    Examples
    --------
    >>> import autograd_cnn as ag
    >>> layer, history = ag.nn.Linear(3, 1), ag.viz.GradientHistory()
    >>> for _ in range(2):
    ...     layer(ag.ones((5, 3), dtype="float32")).sum().backward()
    ...     history.record(layer)
    >>> history.norms["bias"]
    [5.0, 10.0]
    """

    def __init__(self) -> None:
        self.norms: dict[str, list[float]] = {}
        self.steps = 0

    def record(self, module: _Module) -> None:
        """Note the present `gradient_norms`; call it between ``backward()`` and ``zero_grad()``."""
        present = gradient_norms(module)
        for layer in present:
            self.norms.setdefault(layer, [math.nan] * self.steps)
        for layer, norms in self.norms.items():
            norms.append(present.get(layer, math.nan))
        self.steps += 1

    def plot(self, title: str = "") -> Picture:
        """Draw a line for each layer, on a logarithmic scale; light lines are near the output."""
        return plot_gradients({title: self})


def plot_gradients(histories: Mapping[str, GradientHistory]) -> Picture:
    """Draw several histories side by side on common scales: the norm of each layer's gradient, by step.

    The colour of a line is the depth of its layer, from dark (next to the input) to light. Norms of zero,
    infinity or NaN have no place on a logarithmic scale: they are gaps. Raises `ArgumentError` if nothing
    was recorded.
    """
    if not any(history.steps for history in histories.values()):
        raise ArgumentError("plot_gradients: expected a history with steps, got none; call record() first")
    figure = new_figure(4.0 * len(histories) + 2.6, 3.4)
    panels = figure.subplots(1, len(histories), sharex=True, sharey=True, squeeze=False)[0]
    for axes, (title, history) in zip(panels, histories.items(), strict=True):
        for (layer, norms), colour in zip(history.norms.items(), _depths(len(history.norms)), strict=True):
            drawn = np.array(norms)
            drawn[~np.isfinite(drawn) | (drawn == 0)] = np.nan
            axes.plot(np.arange(1, len(drawn) + 1), drawn, color=colour, linewidth=1.4, label=layer)
        axes.set_yscale("log")
        plain(axes, title, "step", "norm of the gradient" if axes is panels[0] else "")
    layers: dict[str, Any] = {}
    for axes in panels:
        for line, label in zip(*axes.get_legend_handles_labels(), strict=True):
            layers.setdefault(label, line)
    figure.legend(
        layers.values(), layers.keys(), loc="outside right center", frameon=False, title="layer", fontsize=9
    )
    return figure


def _depths(count: int) -> list[Any]:
    from matplotlib import colormaps

    return list(colormaps["viridis"](np.linspace(0.0, 0.88, count)))
