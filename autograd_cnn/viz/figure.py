"""What all plots have in common: where figures come from, their colours, and reading their data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_cnn.core.tensor import Tensor

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from autograd_cnn.viz._matplotlib import Picture

__all__ = ["COLOURS", "INK", "array_of", "new_figure", "plain"]

# Okabe and Ito, *Color Universal Design* (2008), without black and yellow.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
INK, GRID = "#333C44", "#DDE2E6"


def new_figure(width: float, height: float) -> Picture:
    """Make an empty figure of a size in inches. Raises `ModuleNotFoundError` if Matplotlib is missing."""
    try:
        from autograd_cnn.viz._matplotlib import Picture
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "matplotlib":
            raise
        raise ModuleNotFoundError(
            'plots need Matplotlib, which is not installed: pip install "autograd-cnn[viz]"',
            name="matplotlib",
        ) from None
    return Picture(figsize=(width, height), layout="constrained", facecolor="white")


def plain(axes: Axes, title: str = "", xlabel: str = "", ylabel: str = "") -> None:
    """Quiet axes: a light grid, no box."""
    axes.set_title(title, fontsize=11, color=INK, loc="left", fontweight="bold")
    axes.set_xlabel(xlabel, color=INK)
    axes.set_ylabel(ylabel, color=INK)
    axes.grid(color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(which="both", colors=INK, length=0)
    axes.spines[:].set_visible(False)


def array_of(data: Any) -> np.ndarray[Any, Any]:
    """The values of a tensor, an array or a list of them."""
    if isinstance(data, Tensor):
        return data.detach().numpy()
    if isinstance(data, (list, tuple)):
        return np.stack([array_of(item) for item in data]) if data else np.empty(0)
    return np.asarray(data)
