"""`vmap` of every op is the loop over the examples, and so are its gradients."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from op_samples import Sample, each_sample
from test_registry import DIFFERENTIABLE
from test_registry import WITH_VJP as ALL_WITH_VJP
from vmap_loop import assert_same, by_hand, check, leaves, no_loop

import autograd_cnn as ag
from autograd_cnn.core.registry import BATCHING, FUNCTIONS
from autograd_cnn.kernels.geometry import Window
from autograd_cnn.nn import functional as F  # noqa: N812 - the field's name for it
from autograd_cnn.ops.convolution import (
    convolution,
    convolution_input_gradient,
    convolution_weight_gradient,
)

RNG = np.random.default_rng(0)
SIZE = 3

# --- Every op -----------------------------------------------------------------------------------------


def thinned(samples: dict[str, Sample]) -> dict[str, Sample]:
    """One sample of each elementwise op, which share one rule, of shapes in turn; all of the others."""
    seen: dict[str, int] = {}
    kept = {}
    for number, (key, sample) in enumerate(samples.items()):
        record = sample.record
        if record.kind == "elementwise":
            seen.setdefault(record.name, number)
            if number - seen[record.name] != len(seen) % (4 if len(record.inputs) == 1 else 6):
                continue
        kept[key] = sample
    return kept


ALL, WITH_VJP = thinned(DIFFERENTIABLE), thinned(ALL_WITH_VJP)


def batch_of(sample: Any, generator: np.random.Generator) -> tuple[list[Any], list[int | None]]:
    """Arguments of some of which there are several, along random axes."""
    single = [sample.flat(sample.arrays(seed=seed)) for seed in range(SIZE)]
    count = len(single[0])
    chosen = generator.integers(0, 2, count).astype(bool)
    chosen[generator.integers(count)] = True
    args, axes = [], []
    for place in range(count):
        ndim = single[0][place].ndim
        axis = int(generator.integers(-ndim - 1, ndim + 1)) if chosen[place] else None
        axes.append(axis)
        examples = [arguments[place] for arguments in single]
        args.append(examples[0] if axis is None else np.stack(examples, axis))
    return args, axes


@each_sample(ALL)
def test_every_op(sample: Any) -> None:
    generator = np.random.default_rng(len(sample.shapes))
    for _ in range(2):
        args, axes = batch_of(sample, generator)
        expected = by_hand(sample.of_flat, args, axes)
        if sample.record.kind == "composite":  # it may ask for values
            assert_same(ag.vmap(sample.of_flat, axes)(*args), expected)
        else:
            with no_loop():
                assert_same(ag.vmap(sample.of_flat, axes)(*args), expected)


def pulled_back(function: Callable[..., Any], seed: int) -> Callable[..., Any]:
    """All gradients of a function, along a fixed cotangent, as a function of its arguments."""

    def gradients(*args: Any) -> Any:
        value, pullback = ag.vjp(lambda *x: list(leaves(function(*x))), *args)
        generator = np.random.default_rng(seed)
        return pullback([generator.standard_normal(np.shape(output)) for output in value])

    return gradients


@each_sample(WITH_VJP)
def test_gradients_of_every_op(sample: Any) -> None:
    args, axes = batch_of(sample, np.random.default_rng(1))
    gradients = pulled_back(sample.of_flat, seed=1)
    check(gradients, *args, in_axes=axes)
    if sample.record.kind == "primitive":
        check(pulled_back(gradients, seed=2), *args, in_axes=axes)


@each_sample(WITH_VJP)
def test_a_batch_of_cotangents_of_every_op(sample: Any) -> None:
    """A jacobian in one pass: VJPs on cotangents that are batched, and values that are not."""
    value, pullback = ag.vjp(lambda *x: list(sample.of_flat(*x)), *sample.flat(sample.arrays()))
    cotangents = [RNG.standard_normal((SIZE, *np.shape(output))) for output in value]
    check(lambda *c: pullback(list(c)), *cotangents)


# --- Arguments that are not differentiated, but differ between examples -------------------------------

TABLE, ROWS = RNG.normal(size=(4, 3, 2)), RNG.normal(size=(5, 4, 3, 2))
IDS, PAIRS = RNG.integers(0, 4, 5), RNG.integers(0, 3, (5, 2))
MASKS = np.array([[True, False, True, True], [True, True, False, True]])


@pytest.mark.parametrize(
    ("function", "args", "axes"),
    [
        (lambda x, i: ag.asarray(x)[i], (TABLE, IDS), (None, 0)),
        (lambda x, i: x[i], (ROWS, IDS), 0),
        (lambda x, i: ag.asarray(x)[i], (TABLE, PAIRS), (None, 0)),
        (lambda x, i: x[i, :, 1], (ROWS, IDS), 0),
        (lambda x, i, j: x[i, j], (ROWS, PAIRS, IDS - 4), 0),
        (lambda x, i: x[i, np.array([[0], [2]])], (ROWS, PAIRS), 0),
        (lambda x, i: x[1, i], (ROWS, PAIRS), 0),
        (lambda x, i: x[:, i], (ROWS, PAIRS), 0),
        (lambda x, i: ag.asarray(x)[:, i], (TABLE, PAIRS % 2), (None, 0)),
        (lambda x, i: x[..., None, i], (ROWS, PAIRS % 2), 0),
        (lambda x: x[[2, 0]], (ROWS,), 0),
        (lambda x: x[:, [2, 0]], (ROWS,), 0),
        (lambda x: x[[2, 0], :, [1, 1]], (ROWS,), 0),
        (lambda x: x[1, :, [1, 1]], (ROWS,), 0),
        (lambda x: x[np.array([True, False, True, True])], (ROWS,), 0),
        (lambda x: x[..., -1], (ROWS,), 0),
        (lambda x: x[True], (ROWS,), 0),
        (lambda x: x[True, :, 0], (ROWS,), 0),
        (lambda x, v: x.at[1].set(v), (ROWS, ROWS[:, 0, 0]), 0),
        (lambda x, v: x.at[1].add(v), (ROWS, ROWS[:, 0]), 0),
        (lambda x, v: x.at[:, 1].set(v), (ROWS, 2.0), (0, None)),
        (lambda x, v: x.at[[0, 2]].multiply(v), (ROWS, ROWS[:, 0]), 0),
        (lambda x, v: ag.asarray(x).at[1].set(v), (TABLE, ROWS[:, 0]), (None, 0)),
        (lambda x, i, v: x.at[i].set(v), (ROWS, IDS, ROWS[:, 0]), 0),
        (lambda x, i: np.take_along_axis(x, i[:, None, None], 0), (ROWS, PAIRS), 0),
        (lambda x, i: np.take_along_axis(x, i[:, None, None], 0), (TABLE, PAIRS), (None, 0)),
        (lambda x, m: np.where(m[:, None, None], x, -x), (ROWS[:2], MASKS), 0),
        (lambda x, low: np.clip(x, low, 0.5), (ROWS, -(ROWS[:, 0, 0, 0] ** 2)), 0),
        (lambda x, low: ag.clip(x, min=low), (ROWS, ROWS[:, :, :, :1]), 0),
        (lambda x, i: np.argmax(x, 0) + np.argsort(x, 0)[0] + i[0], (ROWS[..., 0], PAIRS), 0),
        (lambda x: np.argmax(x) + np.argmin(x, keepdims=True).sum(), (ROWS,), 0),
        (lambda x: (x > 0).any(1) & np.all(x < 2) | np.isnan(x[:, 0]), (ROWS,), 0),
        (lambda x: np.count_nonzero(x > 0, axis=0) + np.sign(x).astype(int), (ROWS,), 0),
        (lambda x: np.zeros_like(x) + np.ones(np.shape(x)) * np.size(x) + np.ndim(x), (ROWS,), 0),
        (lambda x: np.stack([x, x * 2]).reshape(2, -1).T, (ROWS,), 0),
        (lambda x, y: np.concatenate([x, y, np.ones((1, 3, 2))]), (ROWS, TABLE), (0, None)),
        (lambda x: sum(x) + len(x), (ROWS,), 0),
        (lambda x: np.einsum("abc,dbc->ad", x, TABLE), (ROWS,), 0),
        (lambda x: TABLE[0].T @ x + np.dot(x[0].T, x[1]), (ROWS,), 0),
        (lambda i: np.asarray(i.shape) if i.ndim else i * 2, (IDS,), 0),
        (lambda x: x[0].mean(dtype=np.float32).astype(np.float16), (ROWS,), 0),
    ],
)
def test_indices_conditions_and_metadata(function: Any, args: Any, axes: Any) -> None:
    check(function, *args, in_axes=axes)


def test_a_mask_of_each_example_gives_results_of_one_length() -> None:
    args = RNG.normal(size=(2, 4)), MASKS
    assert_same(ag.vmap(lambda x, m: x[m])(*args), by_hand(lambda x, m: x[m], args))
    with pytest.raises(ValueError, match="one shape"):
        ag.vmap(lambda x, m: x[m])(args[0], np.array([[True] * 4, [False] * 4]))


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize(
    "batched", [(0, None, None), (None, 0, None), (None, None, 0), (0, 0, None), (0, 0, 0)]
)
def test_convolution_of_images_and_weights(groups: int, batched: tuple[Any, ...]) -> None:
    window = Window((3, 2), (2, 1), ((1, 0), (0, 1)), (1, 2))
    shapes = (2, 4, 6, 7), (6, 4 // groups, 3, 2), (6,)
    x, w, b = (
        RNG.normal(size=s if axis is None else (SIZE, *s)) for s, axis in zip(shapes, batched, strict=True)
    )
    y_shape = 2, 6, *window.output_shape((6, 7))
    y = RNG.normal(size=y_shape if batched[2] is None else (SIZE, *y_shape))
    check(lambda x, w, b: convolution(x, w, b, window, groups), x, w, b, in_axes=batched)
    if batched[1:] != (None, None):
        axes = batched[2], batched[1]
        check(lambda y, w: convolution_input_gradient(y, w, (6, 7), window, groups), y, w, in_axes=axes)
    if (batched[0], batched[2]) != (None, None):
        axes = batched[0], batched[2]
        check(lambda x, y: convolution_weight_gradient(x, y, window, groups), x, y, in_axes=axes)


@pytest.mark.parametrize(
    "options", [{}, {"reduction": "none"}, {"label_smoothing": 0.1}, {"ignore_index": 1}]
)
def test_cross_entropy_with_labels_of_each_example(options: dict[str, Any]) -> None:
    logits, labels = RNG.normal(size=(5, 4, 3)), np.array([[0, 1, 2, 1]] * 3 + [[1, 1, 1, 0]] * 2)

    def loss(logits: Any, labels: Any) -> Any:
        return F.cross_entropy(logits, labels, **options)

    expected = by_hand(loss, (logits, labels))
    assert_same(ag.vmap(loss)(logits, labels), expected)
    if "ignore_index" not in options:
        check(loss, logits, labels)
        check(loss, logits[0], labels, in_axes=(None, 0))
    with pytest.raises(ValueError, match="target classes from 0 to 2, got 0 to 7"):
        ag.vmap(loss)(logits, np.where(labels == 2, 7, labels))


def test_every_rule_is_for_a_declared_function() -> None:
    assert set(BATCHING) <= {record.function for record in FUNCTIONS.values()}


def test_rules_take_every_argument_of_their_ops() -> None:
    for op, entry in BATCHING.items():
        parameters = inspect.signature(op).parameters.values()
        if not isinstance(entry, partial) or any(p.kind is p.VAR_POSITIONAL for p in parameters):
            continue
        positional = [p.name for p in parameters if p.kind is not p.KEYWORD_ONLY]
        keywords = {p.name: None for p in parameters if p.kind is p.KEYWORD_ONLY}
        inspect.signature(entry.args[0]).bind(op, None, *positional, **keywords)
