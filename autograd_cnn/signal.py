"""Signal processing: names, signatures and semantics of `scipy.signal`.

`scipy.signal` itself does not take tensors that require grad: it raises, and names this module.

>>> import autograd_cnn as ag, autograd_cnn.signal
>>> kernel = ag.tensor([1.0, 2.0], requires_grad=True)
>>> ag.sum(ag.signal.convolve([1.0, 10.0, 100.0], kernel, mode="valid")).backward()
>>> kernel.grad
tensor([110.,  11.])
"""

from autograd_cnn.ops.filtering import filtfilt, lfilter, lfilter_zi, sosfilt
from autograd_cnn.ops.signal import (
    convolve,
    convolve2d,
    correlate,
    correlate2d,
    detrend,
    fftconvolve,
    hilbert,
    oaconvolve,
)

__all__ = [
    "convolve",
    "convolve2d",
    "correlate",
    "correlate2d",
    "detrend",
    "fftconvolve",
    "filtfilt",
    "hilbert",
    "lfilter",
    "lfilter_zi",
    "oaconvolve",
    "sosfilt",
]
