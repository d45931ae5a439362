"""Smooth activations as layers; those with kinks are in `rectifiers`."""

from __future__ import annotations

from typing import Any

from autograd_cnn.errors import ShapeError
from autograd_cnn.nn import functional as F  # noqa: N812 - the field's name for it
from autograd_cnn.nn.module import Module

__all__ = [
    "GELU",
    "GLU",
    "LogSigmoid",
    "LogSoftmax",
    "Mish",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softmax2d",
    "Softmin",
    "Softplus",
    "Softsign",
    "Tanh",
    "Tanhshrink",
]


class Tanh(Module):
    """Hyperbolic tangent of every entry.

    >>> import autograd_cnn as ag
    >>> ag.nn.Tanh()(ag.tensor([0.0]))
    tensor([0.])
    """

    def forward(self, input: Any) -> Any:
        """Any shape, kept."""
        return F.tanh(input)


class Sigmoid(Module):
    """1 / (1 + e ** -x) of every entry.

    >>> import autograd_cnn as ag
    >>> ag.nn.Sigmoid()(ag.tensor([0.0]))
    tensor([0.5])
    """

    def forward(self, input: Any) -> Any:
        """Any shape, kept."""
        return F.sigmoid(input)


class Softmax(Module):
    """e ** x / Σ e ** x along the axis ``dim``, which must be given.

    >>> import autograd_cnn as ag
    >>> ag.nn.Softmax(dim=1)(ag.tensor([[0.0, 0.0]]))
    tensor([[0.5, 0.5]])
    """

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Any) -> Any:
        """Any shape, kept."""
        return F.softmax(input, self.dim)

    def extra_repr(self) -> str:
        """Return the argument as PyTorch prints it."""
        return f"dim={self.dim}"


class LogSoftmax(Softmax):
    """x - log Σ e ** x along the axis ``dim``, which must be given.

    >>> import autograd_cnn as ag
    >>> ag.nn.LogSoftmax(dim=1)(ag.tensor([[1000.0, 0.0]]))
    tensor([[    0., -1000.]])
    """

    def forward(self, input: Any) -> Any:
        """Any shape, kept."""
        return F.log_softmax(input, self.dim)


class GELU(Module):
    """x Φ(x), Φ the normal distribution, or its approximation by tanh; see `functional.gelu`.

    >>> import autograd_cnn as ag
    >>> ag.nn.GELU()(ag.tensor([0.0]))
    tensor([0.])
    """

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.approximate = approximate

    def forward(self, input: Any) -> Any:
        """Any shape, kept."""
        return F.gelu(input, self.approximate)

    def extra_repr(self) -> str:
        """Return the arguments as PyTorch prints them."""
        return f"approximate={self.approximate!r}"


class SiLU(Module):
    """x · sigmoid(x): the swish.

    >>> import autograd_cnn as ag
    >>> ag.nn.SiLU()(ag.tensor([0.0]))
    tensor([0.])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        """Any shape, kept."""
        return F.silu(input)

    def extra_repr(self) -> str:
        """Return the arguments as PyTorch prints them."""
        return "inplace=True" if self.inplace else ""


class Mish(Module):
    """x · tanh(softplus(x)); see `functional.mish`.

    >>> import autograd_cnn as ag
    >>> ag.nn.Mish()(ag.tensor([0.0]))
    tensor([0.])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        """Any shape, kept."""
        return F.mish(input)

    def extra_repr(self) -> str:
        """Return the arguments as PyTorch prints them."""
        return "inplace=True" if self.inplace else ""


class LogSigmoid(Module):
    """log sigmoid(x): exact far out.

    >>> import autograd_cnn as ag
    >>> ag.nn.LogSigmoid()(ag.tensor([-1000.0]))
    tensor([-1000.])
    """

    def forward(self, input: Any) -> Any:
        """Any shape, kept."""
        return F.logsigmoid(input)


class Softplus(Module):
    """log(1 + e ** (beta x)) / beta; see `functional.softplus`.

    >>> import autograd_cnn as ag
    >>> ag.nn.Softplus()(ag.tensor([1000.0]))
    tensor([1000.])
    """

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta = beta
        self.threshold = threshold

    def forward(self, input: Any) -> Any:
        """Any shape, kept."""
        return F.softplus(input, self.beta, self.threshold)

    def extra_repr(self) -> str:
        """Return the arguments as PyTorch prints them."""
        return f"beta={self.beta}, threshold={self.threshold}"


class Softsign(Module):
    """x / (1 + \\|x\\|).

    >>> import autograd_cnn as ag
    >>> ag.nn.Softsign()(ag.tensor([1.0]))
    tensor([0.5])
    """

    def forward(self, input: Any) -> Any:
        """Any shape, kept."""
        return F.softsign(input)


class Tanhshrink(Module):
    """x - tanh(x).

    >>> import autograd_cnn as ag
    >>> ag.nn.Tanhshrink()(ag.tensor([0.0]))
    tensor([0.])
    """

    def forward(self, input: Any) -> Any:
        """Any shape, kept."""
        return F.tanhshrink(input)


class GLU(Module):
    """a · sigmoid(b), a and b the two halves along an axis; see `functional.glu`.

    >>> import autograd_cnn as ag
    >>> ag.nn.GLU()(ag.tensor([2.0, 0.0]))
    tensor([1.])
    """

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Any) -> Any:
        """Any shape, half as long along ``dim``."""
        return F.glu(input, self.dim)

    def extra_repr(self) -> str:
        """Return the arguments as PyTorch prints them."""
        return f"dim={self.dim}"


class Softmin(Softmax):
    """The softmax of -x along the axis ``dim``, which must be given.

    >>> import autograd_cnn as ag
    >>> ag.nn.Softmin(dim=1)(ag.tensor([[0.0, 0.0]]))
    tensor([[0.5, 0.5]])
    """

    def forward(self, input: Any) -> Any:
        """Any shape, kept."""
        return F.softmin(input, self.dim)


class Softmax2d(Module):
    """The softmax over the channels of (N, C, H, W) or (C, H, W).

    >>> import autograd_cnn as ag
    >>> ag.nn.Softmax2d()(ag.zeros((1, 2, 1, 1))).tolist()
    [[[[0.5]], [[0.5]]]]
    """

    def forward(self, input: Any) -> Any:
        """(N, C, H, W) or (C, H, W), kept."""
        if len(input.shape) not in (3, 4):
            raise ShapeError(
                f"Softmax2d: expected an input (N, C, H, W) or (C, H, W), got shape {input.shape}"
            )
        return F.softmax(input, -3)
