"""Everything that autograd_cnn raises for a user's mistake.

::

    AutogradCnnError
    ├── ShapeError        (ValueError)    shapes that do not fit together
    ├── ArgumentError     (ValueError)    an argument whose value makes no sense
    ├── DtypeError        (TypeError)     a dtype that the operation does not take
    ├── UnsupportedError  (TypeError)     a call that would lose the gradient, or that we do not have
    ├── GraphError        (RuntimeError)  the tape cannot do this: freed, not recorded, modified in place
    ├── AnomalyError      (RuntimeError)  anomaly detection met a NaN, an infinity or a changed array
    ├── GradientError     (AssertionError) a gradient check found a wrong derivative
    ├── KinkError         (AssertionError) a gradient check was asked for a derivative where there is none
    ├── DataError         (ValueError)    a file that is truncated, corrupt or not what it claims to be
    └── RunError          (RuntimeError)  a run folder that is in the way, missing or incomplete

Every message says what was expected, what came, and what to do about it.
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "AnomalyError",
    "ArgumentError",
    "AutogradCnnError",
    "DataError",
    "DtypeError",
    "GradientError",
    "GraphError",
    "KinkError",
    "RunError",
    "ShapeError",
    "UnsupportedError",
]


class AutogradCnnError(Exception):
    """Base of every error of this package: catch it to catch them all."""


class ShapeError(AutogradCnnError, ValueError):
    """Shapes that do not fit together."""


class ArgumentError(AutogradCnnError, ValueError):
    """An argument whose value makes no sense for the operation."""


class DtypeError(AutogradCnnError, TypeError):
    """A dtype that the operation does not take."""


class UnsupportedError(AutogradCnnError, TypeError):
    """A call that would silently lose the gradient, or a function that is not differentiable here."""


class GraphError(AutogradCnnError, RuntimeError):
    """The tape cannot do what was asked: it was freed, never recorded, or a value was changed in place."""


class AnomalyError(AutogradCnnError, RuntimeError):
    """Anomaly detection met a NaN or an infinity in a result or a gradient, or a saved array that changed."""


class _CheckError(AutogradCnnError, AssertionError):
    """Of a gradient check; ``failure`` (`autograd_cnn.testing.Failure`) has the facts of the message."""

    def __init__(self, message: str, failure: Any = None) -> None:
        super().__init__(message)
        self.failure = failure


class GradientError(_CheckError):
    """A gradient check found a wrong derivative; ``failure`` says which, where and why.

    ``failure`` is an `autograd_cnn.testing.Failure`: the facts of the message as fields.
    """


class KinkError(_CheckError):
    """A gradient check was asked for a derivative where the function has none: at a kink, a jump, an edge.

    Or rounding makes differences too coarse to tell. Nothing is known to be wrong: choose another point.
    ``failure`` is as in `GradientError`.
    """


class DataError(AutogradCnnError, ValueError):
    """A data file that is truncated, corrupt, or not what it claims to be."""


class RunError(AutogradCnnError, RuntimeError):
    """A run folder that already exists, is missing, or is incomplete."""
