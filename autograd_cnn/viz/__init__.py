"""Pictures."""

from autograd_cnn.viz.drawing import Drawing, draw

__all__ = ["Drawing", "draw"]
