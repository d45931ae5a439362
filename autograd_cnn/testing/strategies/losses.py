"""Calls of losses: every shape, reduction and option, with targets that make sense for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

from autograd_cnn.errors import ArgumentError
from autograd_cnn.nn import functional
from autograd_cnn.testing.posed import CallProblem
from autograd_cnn.testing.problem import Array
from autograd_cnn.testing.strategies.numbers import SEEDS, distinct, normal, positive
from autograd_cnn.testing.strategies.shapes import Shape, shapes, sides

__all__ = ["LOSSES", "loss_problems"]

Given = tuple[list[Any], dict[str, Any]]  # the arguments of a call
REDUCTIONS = st.sampled_from(["mean", "sum", "none"])
MARGINS = st.sampled_from([0.975, 0.475])  # no difference of the numbers drawn is at these: no kinks


@st.composite
def loss_problems(draw: st.DrawFn, losses: Sequence[str] | None = None) -> CallProblem:
    """Calls of the losses of `autograd_cnn.nn.functional`, by default of all of them: ``["mse_loss"]``.

    Differences of inputs and targets stay away from the kinks. A size may be 0 where the reduction is not a
    mean.
    """
    names = [name for name in LOSSES if hasattr(functional, name)] if losses is None else list(losses)
    unknown = [name for name in names if not (name in LOSSES and hasattr(functional, name))]
    if unknown or not names:
        raise ArgumentError(f"loss_problems: expected losses out of {sorted(LOSSES)}, got {losses}")
    name = draw(st.sampled_from(names))
    reduction = draw(REDUCTIONS)
    given, options = LOSSES[name](draw, 1 if reduction == "mean" else 0)
    options["reduction"] = reduction
    return CallProblem(getattr(functional, name), given, options, constants=("weight",))


def _shape(draw: st.DrawFn, least: int) -> Shape:
    return draw(shapes(max_dims=3, min_side=least, max_side=3))


def _even(draw: st.DrawFn, shape: Shape) -> Array:
    """Numbers halfway between those of `distinct`: differences are never nearer to 0 than 0.025."""
    return np.asarray(np.round(draw(distinct(shape)) + 0.025, 3))


def _pair(draw: st.DrawFn, least: int) -> Given:
    shape = _shape(draw, least)
    return [draw(distinct(shape)), _even(draw, shape)], {}


def _huber(draw: st.DrawFn, least: int) -> Given:
    return _pair(draw, least)[0], {"delta": draw(st.sampled_from([1.0, 0.2]))}


def _smooth_l1(draw: st.DrawFn, least: int) -> Given:
    return _pair(draw, least)[0], {"beta": draw(st.sampled_from([1.0, 0.2]))}


def _classes(draw: st.DrawFn, least: int) -> tuple[Shape, int, Array]:
    """The shape of scores, (C,) or (N, C, …), the number of classes, and a class for each."""
    classes = draw(st.integers(1, 4))
    spatial = draw(shapes(max_dims=2, min_side=least, max_side=3))
    batch = draw(sides(3, least))
    alone = draw(st.booleans())
    shape = (classes,) if alone else (batch, classes, *spatial)
    generator = np.random.default_rng(draw(SEEDS))
    return shape, classes, generator.integers(0, classes, () if alone else (batch, *spatial))


def _weighed(draw: st.DrawFn, classes: int) -> dict[str, Any]:
    return {"weight": draw(positive((classes,), 0.5, 2.0))} if draw(st.booleans()) else {}


def _negative_log_likelihood(draw: st.DrawFn, least: int) -> Given:
    shape, classes, target = _classes(draw, least)
    return [draw(normal(shape)), target], _weighed(draw, classes)


def _cross_entropy(draw: st.DrawFn, least: int) -> Given:
    shape, classes, target = _classes(draw, least)
    options = {"label_smoothing": draw(st.sampled_from([0.0, 0.1])), **_weighed(draw, classes)}
    if least == 0 and draw(st.booleans()):
        options["ignore_index"] = classes - 1
    return [draw(normal(shape)), target], options


def _linear_cross_entropy(draw: st.DrawFn, least: int) -> Given:
    rows, features, classes = draw(sides(3, least)), draw(st.integers(1, 3)), draw(st.integers(1, 4))
    target = np.random.default_rng(draw(SEEDS)).integers(0, classes, rows)
    options = {"linear_bias": draw(normal((classes,)))} if draw(st.booleans()) else {}
    return [draw(normal((rows, features))), draw(normal((classes, features))), target], options


def _probabilities(draw: st.DrawFn, least: int) -> Given:
    shape = _shape(draw, least)
    return [draw(positive(shape, 0.1, 0.9)), draw(positive(shape, 0.1, 0.9))], {}


def _logits(draw: st.DrawFn, least: int) -> Given:
    shape = _shape(draw, least)
    return [draw(normal(shape)), draw(positive(shape, 0.1, 0.9))], {}


def _divergence(draw: st.DrawFn, least: int) -> Given:
    log_target = draw(st.booleans())
    shape = _shape(draw, least)
    target = draw(normal(shape) if log_target else positive(shape, 0.1, 0.9))
    return [draw(normal(shape)), target], {"log_target": log_target}


def _counts(draw: st.DrawFn, least: int) -> Given:
    shape = _shape(draw, least)
    log_input = draw(st.booleans())
    given = draw(normal(shape) if log_input else positive(shape, 0.3, 2.0))
    return [given, draw(positive(shape, 0.3, 3.0))], {"log_input": log_input}


def _gaussian(draw: st.DrawFn, least: int) -> Given:
    shape = draw(shapes(min_dims=1, max_dims=3, min_side=least, max_side=3))
    return [draw(normal(shape)), draw(normal(shape)), draw(positive(shape, 0.5, 2.0))], {
        "full": draw(st.booleans())
    }


def _signs(draw: st.DrawFn, shape: Shape) -> Array:
    return np.random.default_rng(draw(SEEDS)).choice([-1, 1], shape)


def _signed(draw: st.DrawFn, least: int) -> Given:
    shape = _shape(draw, least)
    return [draw(distinct(shape)), _signs(draw, shape)], {}


def _hinge(draw: st.DrawFn, least: int) -> Given:
    given, _ = _signed(draw, least)
    return given, {"margin": draw(st.sampled_from([1.0, 0.5]))}


def _ranking(draw: st.DrawFn, least: int) -> Given:
    shape = _shape(draw, least)
    return [draw(distinct(shape)), _even(draw, shape), _signs(draw, shape)], {
        "margin": draw(st.sampled_from([0.0, 0.5]))
    }


def _cosine(draw: st.DrawFn, least: int) -> Given:
    rows, columns = draw(sides(3, least)), draw(st.integers(2, 4))
    both = draw(distinct((rows, columns))), _even(draw, (rows, columns))[:, ::-1].copy()  # not parallel
    return [*both, _signs(draw, (rows,))], {}


def _rows(draw: st.DrawFn, least: int) -> tuple[int, int]:
    return draw(sides(3, least)), draw(st.integers(1, 4))


def _multi_margin(draw: st.DrawFn, least: int) -> Given:
    shape = _rows(draw, least)
    target = np.random.default_rng(draw(SEEDS)).integers(0, shape[1], shape[0])
    return [draw(distinct(shape)), target], {"p": draw(st.sampled_from([1, 2])), "margin": draw(MARGINS)}


def _multi_label(draw: st.DrawFn, least: int) -> Given:
    shape = _rows(draw, least)
    return [draw(normal(shape)), np.random.default_rng(draw(SEEDS)).integers(0, 2, shape)], {}


def _triplet(draw: st.DrawFn, least: int) -> Given:
    shape = draw(sides(3, least)), draw(st.integers(2, 4))
    margin = draw(st.sampled_from([5.0, 0.106]))  # larger than all differences, and than some; at none
    return [draw(distinct(shape)), _even(draw, shape), draw(distinct(shape)) + 0.0125], {"margin": margin}


def _manhattan(x: Any, y: Any) -> Any:
    return abs(x - y).sum(-1)


def _triplet_with_distance(draw: st.DrawFn, least: int) -> Given:
    given, options = _triplet(draw, least)
    return given, {**options, "distance_function": draw(st.sampled_from([None, _manhattan]))}


def _multi_label_margin(draw: st.DrawFn, least: int) -> Given:
    rows, classes = _rows(draw, least)
    generator = np.random.default_rng(draw(SEEDS))
    target = np.array([generator.permutation(classes) for _ in range(rows)], int).reshape(rows, classes)
    target[np.arange(classes) >= generator.integers(0, classes + 1, (rows, 1))] = -1  # that end there
    alone = rows > 0 and draw(st.booleans())
    scores = 2.1 * draw(distinct((rows, classes)))  # no difference of which is near 1
    return [scores[0], target[0]] if alone else [scores, target], {}


def _alignments(draw: st.DrawFn, least: int) -> Given:
    """Log-probabilities (T, N, C), and labels that fit into the frames of each sequence, repeated or not."""
    longest, examples, classes = draw(st.integers(0, 2)), draw(sides(3, least)), draw(st.integers(2, 4))
    times = 2 * longest + 1 + draw(st.integers(0, 2))
    generator = np.random.default_rng(draw(SEEDS))
    lengths = generator.integers(0, longest + 1, examples)
    frames = generator.integers(2 * longest + 1, times + 1, examples)
    blank = draw(st.integers(0, classes - 1))
    labels = (blank + generator.integers(1, classes, (examples, longest))) % classes
    logits = draw(normal((times, examples, classes)))
    log_probabilities = logits - np.log(np.sum(np.exp(logits), axis=-1, keepdims=True))
    zero_infinity = draw(st.booleans())
    return [log_probabilities, labels, frames, lengths], {"blank": blank, "zero_infinity": zero_infinity}


LOSSES: dict[str, Callable[[st.DrawFn, int], Given]] = {
    "binary_cross_entropy": _probabilities,
    "binary_cross_entropy_with_logits": _logits,
    "cosine_embedding_loss": _cosine,
    "cross_entropy": _cross_entropy,
    "ctc_loss": _alignments,
    "gaussian_nll_loss": _gaussian,
    "hinge_embedding_loss": _hinge,
    "huber_loss": _huber,
    "kl_div": _divergence,
    "l1_loss": _pair,
    "linear_cross_entropy": _linear_cross_entropy,
    "margin_ranking_loss": _ranking,
    "mse_loss": _pair,
    "multi_margin_loss": _multi_margin,
    "multilabel_margin_loss": _multi_label_margin,
    "multilabel_soft_margin_loss": _multi_label,
    "nll_loss": _negative_log_likelihood,
    "poisson_nll_loss": _counts,
    "smooth_l1_loss": _smooth_l1,
    "soft_margin_loss": _signed,
    "triplet_margin_loss": _triplet,
    "triplet_margin_with_distance_loss": _triplet_with_distance,
}
