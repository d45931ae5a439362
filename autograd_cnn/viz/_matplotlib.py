"""The one place that imports Matplotlib; loaded when the first figure is made."""

from __future__ import annotations

import io
from typing import Any

from matplotlib.figure import Figure

__all__ = ["Picture"]

RESOLUTION = 144  # dots per inch in a notebook, shown at half the size: sharp on every screen


class Picture(Figure):
    """A Matplotlib figure that shows itself in Jupyter, without pyplot and its list of open figures."""

    def _repr_png_(self) -> tuple[bytes, dict[str, Any]]:
        file = io.BytesIO()
        self.savefig(file, format="png", dpi=RESOLUTION)
        width, height = self.get_size_inches() * RESOLUTION / 2
        return file.getvalue(), {"width": int(width), "height": int(height)}
