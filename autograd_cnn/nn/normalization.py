"""Normalisation layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from autograd_cnn.core.grad_mode import no_grad
from autograd_cnn.core.inplace import writable
from autograd_cnn.core.tensor import Tensor, tensor
from autograd_cnn.errors import ArgumentError, ShapeError
from autograd_cnn.nn import functional as F  # noqa: N812 - the field's name for it
from autograd_cnn.nn import init
from autograd_cnn.nn.module import Module
from autograd_cnn.nn.parameter import Parameter

__all__ = [
    "BatchNorm1d",
    "BatchNorm2d",
    "BatchNorm3d",
    "GroupNorm",
    "InstanceNorm1d",
    "InstanceNorm2d",
    "InstanceNorm3d",
    "LayerNorm",
    "LocalResponseNorm",
    "RMSNorm",
]


class _Norm(Module):
    """A layer that scales and shifts what it has normalised: at first by 1 and 0."""

    weight: Parameter | None
    bias: Parameter | None

    def _add_parameters(self, shape: tuple[int, ...], affine: bool, bias: bool, dtype: Any) -> None:
        self.weight = Parameter(np.empty(shape, dtype)) if affine else None
        self.bias = Parameter(np.empty(shape, dtype)) if affine and bias else None

    def reset_parameters(self) -> None:
        """Set weight to ones and bias to zeros."""
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)


class _RunningNorm(_Norm):
    """What batch and instance normalisation of every dimension have in common."""

    input_axes: ClassVar[tuple[int, ...]]  # how many an input may have
    running_mean: Tensor | None
    running_var: Tensor | None
    num_batches_tracked: Tensor | None

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        dtype: Any = np.float32,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        if num_features < 1:
            raise ArgumentError(
                f"{type(self).__name__}: expected num_features of at least 1, got {num_features}"
            )
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats
        self._add_parameters((num_features,), affine, bias, dtype)
        tracked = track_running_stats
        self.register_buffer("running_mean", tensor(np.zeros(num_features, dtype)) if tracked else None)
        self.register_buffer("running_var", tensor(np.ones(num_features, dtype)) if tracked else None)
        self.register_buffer("num_batches_tracked", tensor(np.array(0)) if tracked else None)
        self.reset_parameters()

    def reset_running_stats(self) -> None:
        """Set the running mean to zeros, the running variance to ones, and their count to 0."""
        if self.running_mean is not None and self.running_var is not None:
            init.zeros_(self.running_mean)
            init.ones_(self.running_var)
        if self.num_batches_tracked is not None:
            init.zeros_(self.num_batches_tracked)

    def reset_parameters(self) -> None:
        """Set weight to ones, bias to zeros, and the running statistics to those of nothing seen."""
        self.reset_running_stats()
        super().reset_parameters()

    def _check(self, input: Any) -> None:
        axes = len(input.shape)
        if axes not in self.input_axes:
            raise ShapeError(
                f"{type(self).__name__}: expected an input of {' or '.join(map(str, self.input_axes))} axes, "
                f"got shape {input.shape}"
            )

    def extra_repr(self) -> str:
        """Return the arguments as PyTorch prints them."""
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )


class _BatchNorm(_RunningNorm):
    """What batch normalisation of every dimension has in common."""

    def forward(self, input: Any) -> Any:
        """Shape kept; in training the running statistics change."""
        self._check(input)
        tracking = self.training and self.track_running_stats
        momentum = self.momentum or 0.0
        if tracking and self.num_batches_tracked is not None:
            with no_grad():
                writable(self.num_batches_tracked, "num_batches_tracked")[...] += 1
            if self.momentum is None:  # the mean over all batches
                momentum = 1 / self.num_batches_tracked.item()
        used = tracking or not self.training
        return F.batch_norm(
            input,
            self.running_mean if used else None,
            self.running_var if used else None,
            self.weight,
            self.bias,
            self.training or self.running_mean is None,
            momentum,
            self.eps,
        )


class BatchNorm1d(_BatchNorm):
    """Batch normalisation of (N, C) or (N, C, L); see `BatchNorm2d`.

    >>> import autograd_cnn as ag
    >>> ag.nn.BatchNorm1d(3)(ag.ones((4, 3), dtype="float32")).shape
    (4, 3)
    """

    input_axes = (2, 3)


class BatchNorm2d(_BatchNorm):
    """Batch normalisation of images (N, C, H, W); see `functional.batch_norm`.

    ``weight`` and ``bias`` are (num_features,), or None without ``affine``. The buffers ``running_mean`` and
    ``running_var`` follow the batches in training with ``momentum`` (None: they are the means of all
    batches, which ``num_batches_tracked`` counts), and are used in evaluation; without
    ``track_running_stats`` there are none, and the batch's own statistics are used always.

    Raises `ShapeError` for a batch with a single value per channel in training.

    >>> import autograd_cnn as ag
    >>> layer = ag.nn.BatchNorm2d(3)
    >>> layer(ag.ones((4, 3, 8, 8), dtype="float32")).shape, layer.num_batches_tracked
    ((4, 3, 8, 8), tensor(1))
    """

    input_axes = (4,)


class BatchNorm3d(_BatchNorm):
    """Batch normalisation of volumes (N, C, D, H, W); see `BatchNorm2d`.

    >>> import autograd_cnn as ag
    >>> ag.nn.BatchNorm3d(2)(ag.ones((1, 2, 4, 4, 4), dtype="float32")).shape
    (1, 2, 4, 4, 4)
    """

    input_axes = (5,)


class _InstanceNorm(_RunningNorm):
    """What instance normalisation of every dimension has in common."""

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        dtype: Any = np.float32,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, dtype, bias=bias)

    def forward(self, input: Any) -> Any:
        """Shape kept; in training the running statistics change, if there are any."""
        self._check(input)
        if len(input.shape) == self.input_axes[0]:
            return self._normalised(input[None])[0]
        return self._normalised(input)

    def _normalised(self, input: Any) -> Any:
        if input.shape[1] != self.num_features:
            raise ShapeError(
                f"{type(self).__name__}: expected an input of {self.num_features} channels, got shape "
                f"{input.shape}"
            )
        return F.instance_norm(
            input,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training or not self.track_running_stats,
            self.momentum or 0.0,
            self.eps,
        )


class InstanceNorm1d(_InstanceNorm):
    """Instance normalisation of (N, C, L) or (C, L); see `InstanceNorm2d`.

    >>> import autograd_cnn as ag
    >>> ag.nn.InstanceNorm1d(3)(ag.ones((4, 3, 5), dtype="float32")).shape
    (4, 3, 5)
    """

    input_axes = (2, 3)


class InstanceNorm2d(_InstanceNorm):
    """Instance normalisation of images (N, C, H, W) or (C, H, W); see `functional.instance_norm`.

    By default there is no weight, no bias (``affine``) and no running statistics
    (``track_running_stats``): with these, it uses them in evaluation, as `BatchNorm2d`.

    >>> import autograd_cnn as ag
    >>> ag.nn.InstanceNorm2d(3)(ag.ones((4, 3, 8, 8), dtype="float32")).shape
    (4, 3, 8, 8)
    """

    input_axes = (3, 4)


class InstanceNorm3d(_InstanceNorm):
    """Instance normalisation of volumes (N, C, D, H, W) or (C, D, H, W); see `InstanceNorm2d`.

    >>> import autograd_cnn as ag
    >>> ag.nn.InstanceNorm3d(2)(ag.ones((1, 2, 4, 4, 4), dtype="float32")).shape
    (1, 2, 4, 4, 4)
    """

    input_axes = (4, 5)


class GroupNorm(_Norm):
    """Normalises groups of channels of each example (N, C, \\*); see `functional.group_norm`.

    >>> import autograd_cnn as ag
    >>> ag.nn.GroupNorm(2, 4)(ag.ones((1, 4, 8, 8), dtype="float32")).shape
    (1, 4, 8, 8)
    """

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        dtype: Any = np.float32,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        if num_groups < 1 or num_channels < 1 or num_channels % num_groups:
            raise ArgumentError(
                f"GroupNorm: expected num_groups that divide num_channels, both at least 1, got "
                f"num_groups={num_groups} and num_channels={num_channels}"
            )
        self.num_groups = num_groups
        self.num_channels = num_channels
        self.eps = eps
        self.affine = affine
        self._add_parameters((num_channels,), affine, bias, dtype)
        self.reset_parameters()

    def forward(self, input: Any) -> Any:
        """(N, num_channels, \\*), shape kept."""
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """Return the arguments as PyTorch prints them."""
        return (
            f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, "
            f"bias={self.bias is not None}"
        )


class LayerNorm(_Norm):
    """Normalises over the last axes, of ``normalized_shape``; see `functional.layer_norm`.

    >>> import autograd_cnn as ag
    >>> ag.nn.LayerNorm(16)(ag.ones((2, 5, 16), dtype="float32")).shape
    (2, 5, 16)
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        dtype: Any = np.float32,
    ) -> None:
        super().__init__()
        last = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        self.normalized_shape = last
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        self._add_parameters(last, elementwise_affine, bias, dtype)
        self.reset_parameters()

    def forward(self, input: Any) -> Any:
        """(\\*, \\*normalized_shape), shape kept."""
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """Return the arguments as PyTorch prints them."""
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}, "
            f"bias={self.bias is not None}"
        )


class RMSNorm(_Norm):
    """Divides by the root mean square over the last axes; see `functional.rms_norm`.

    >>> import autograd_cnn as ag
    >>> ag.nn.RMSNorm(16)(ag.ones((2, 5, 16), dtype="float32")).shape
    (2, 5, 16)
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float | None = None,
        elementwise_affine: bool = True,
        dtype: Any = np.float32,
    ) -> None:
        super().__init__()
        last = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        self.normalized_shape = last
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        self._add_parameters(last, elementwise_affine, False, dtype)
        self.reset_parameters()

    def forward(self, input: Any) -> Any:
        """(\\*, \\*normalized_shape), shape kept."""
        return F.rms_norm(input, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        """Return the arguments as PyTorch prints them."""
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


class LocalResponseNorm(Module):
    """Divides by the energy of neighbouring channels; see `functional.local_response_norm`.

    >>> import autograd_cnn as ag
    >>> ag.nn.LocalResponseNorm(5)(ag.ones((1, 16, 8, 8))).shape
    (1, 16, 8, 8)
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        super().__init__()
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.k = k

    def forward(self, input: Any) -> Any:
        """(N, C, \\*spatial), shape kept."""
        return F.local_response_norm(input, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        """Return the arguments as PyTorch prints them."""
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"
