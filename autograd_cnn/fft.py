"""Fourier transforms: names, signatures and semantics of `numpy.fft`; cosine and sine: of `scipy.fft`.

`numpy.fft` itself takes tensors. `scipy.fft` does where ``backend`` is set:

>>> import autograd_cnn as ag, autograd_cnn.fft
>>> import scipy.fft
>>> with scipy.fft.set_backend(ag.fft.backend):
...     scipy.fft.dct(ag.tensor([1.0, 1.0]))
tensor([4., 0.])
"""

from autograd_cnn.ops.cosine_transform import dct, dctn, dst, dstn, idct, idctn, idst, idstn
from autograd_cnn.ops.fft import (
    fft,
    fft2,
    fftfreq,
    fftn,
    fftshift,
    hfft,
    ifft,
    ifft2,
    ifftn,
    ifftshift,
    ihfft,
    irfft,
    irfft2,
    irfftn,
    rfft,
    rfft2,
    rfftfreq,
    rfftn,
)
from autograd_cnn.ops.scipy_fft import backend

__all__ = [
    "backend",
    "dct",
    "dctn",
    "dst",
    "dstn",
    "fft",
    "fft2",
    "fftfreq",
    "fftn",
    "fftshift",
    "hfft",
    "idct",
    "idctn",
    "idst",
    "idstn",
    "ifft",
    "ifft2",
    "ifftn",
    "ifftshift",
    "ihfft",
    "irfft",
    "irfft2",
    "irfftn",
    "rfft",
    "rfft2",
    "rfftfreq",
    "rfftn",
]
