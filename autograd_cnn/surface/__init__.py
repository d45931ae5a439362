"""The list of NumPy's and SciPy's public functions: what each of them is here.

What is there is read off the op registry and our namespaces; only what is absent is written down, in
`autograd_cnn.surface.absent`, each name under its reason.
"""

from autograd_cnn.surface.absent import ABSENT, GONE
from autograd_cnn.surface.document import document
from autograd_cnn.surface.listing import DIFFERENTIABLE, NAMESPACES, Entry, count, entries, public_names

__all__ = [
    "ABSENT",
    "DIFFERENTIABLE",
    "GONE",
    "NAMESPACES",
    "Entry",
    "count",
    "document",
    "entries",
    "public_names",
]
