"""Pictures: the tape drawn, gradients watched, curves, images, filters and feature maps.

`draw` needs nothing but this package. The plots are Matplotlib figures (``pip install
"autograd-cnn[viz]"``), which is imported when the first one is made; they are made without pyplot, show
themselves in Jupyter, and are freed like any other object.
"""

from autograd_cnn.viz.curves import plot_curves
from autograd_cnn.viz.drawing import Drawing, draw
from autograd_cnn.viz.gradients import GradientHistory, gradient_norms, plot_gradients
from autograd_cnn.viz.images import show_feature_maps, show_filters, show_images

__all__ = [
    "Drawing",
    "GradientHistory",
    "draw",
    "gradient_norms",
    "plot_curves",
    "plot_gradients",
    "show_feature_maps",
    "show_filters",
    "show_images",
]
