"""Pictures of the tape, and the data in the figures."""

from __future__ import annotations

import gc
import math
import re
import subprocess
import sys
import weakref
from itertools import combinations
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_cnn as ag
from autograd_cnn import nn, viz
from autograd_cnn.errors import ArgumentError, GraphError, ShapeError
from autograd_cnn.viz.layout import Link, layered

SVG = "{http://www.w3.org/2000/svg}"
PNG = b"\x89PNG\r\n\x1a\n"


def scalar(value: float) -> ag.Tensor:
    return ag.tensor(value, requires_grad=True)


def cards(svg: str) -> list[tuple[float, float, float, float]]:
    """Left, top, right and bottom of each card."""
    boxes = []
    for group in ElementTree.fromstring(svg).iter(f"{SVG}g"):
        if group.find(f"{SVG}title") is not None:
            rect = group.find(f"{SVG}rect")
            assert rect is not None
            x, y, width, height = (float(rect.attrib[key]) for key in ("x", "y", "width", "height"))
            boxes.append((x, y, x + width, y + height))
    return boxes


def texts(svg: str) -> list[str]:
    """What is written on the cards and edges, in the order of the picture."""
    return [text.text or "" for text in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def assert_apart(boxes: list[tuple[float, float, float, float]]) -> None:
    for a, b in combinations(boxes, 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1], (a, b)


# --- What the picture says --------------------------------------------------------------------------


def test_a_picture_names_leaves_operations_values_and_gradients() -> None:
    x, w = scalar(3.0), scalar(-2.0)
    u = w * x
    u.retain_grad()
    loss = np.exp(u) + 0.25
    loss.backward(retain_graph=True)
    written = texts(viz.draw(loss, {"x": x, "w": w, "u": u, "loss": loss}).svg)
    assert written[:4] == ["w", "−2", "grad", f"{3 * math.exp(-6):.4g}"]
    assert {"multiply", "exp", "add", "loss", "x", "u", "−6", "constant"} <= set(written)
    assert written.count("grad") == 3  # of w, x and u


def test_shapes_stand_for_arrays_and_norms_for_their_gradients() -> None:
    x, w = ag.ones((5, 4)), ag.tensor(np.full((4, 3), 0.5), requires_grad=True)
    out = (x @ w).sum()
    out.backward(retain_graph=True)
    written = texts(viz.draw(out, {"x": x, "w": w}).svg)
    assert {"x", "(5, 4)", "w", "(4, 3)", "matmul", "(5, 3)", "sum", "30"} <= set(written)
    assert written[written.index("‖grad‖") + 1] == f"{5 * math.sqrt(12):.4g}"


def test_values_are_computed_where_the_tape_kept_none() -> None:
    a, b = scalar(2.0), scalar(5.0)
    v = a + b  # add keeps nothing, and v is not named
    assert "7" in texts(viz.draw(-v, {"a": a, "b": b}).svg)
    assert "scalar" in texts(viz.draw(-v).svg)


def test_values_are_those_that_the_gradient_belongs_to() -> None:
    x = scalar(3.0)
    y = x * x
    with ag.no_grad():
        x += 100.0
    assert "103" not in texts(viz.draw(y, {"x": x}).svg)


def test_an_edge_carries_the_derivative() -> None:
    x, y = scalar(3.0), scalar(7.0)
    drawing = viz.draw(x * y, {"x": x, "y": y}, derivatives=True)
    assert texts(drawing.svg)[-2:] == ["7", "3"]
    assert len(texts(viz.draw(x * y, {"x": x, "y": y}).svg)) == len(texts(drawing.svg)) - 2


def test_derivatives_are_left_out_where_they_would_be_matrices() -> None:
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    assert viz.draw(x * x, derivatives=True).svg == viz.draw(x * x).svg


def test_drawing_leaves_the_tape_as_it_was() -> None:
    x = scalar(0.5)
    y = np.tanh(x) * x
    viz.draw(y, {"x": x}, derivatives=True).svg  # noqa: B018 - made for its effects, which must be none
    y.backward()
    assert x.grad is not None
    assert x.grad.item() == pytest.approx((1 - math.tanh(0.5) ** 2) * 0.5 + math.tanh(0.5), rel=1e-14)


def test_an_operation_with_several_outputs_is_one_card() -> None:
    x = ag.tensor(np.arange(4.0), requires_grad=True)
    first, second = np.split(x, 2)
    svg = viz.draw((first * second).sum(), {"first": first, "second": second}).svg
    assert len(cards(svg)) == 4
    assert {"first", "second", "split"} <= set(texts(svg))


def test_a_leaf_alone_and_one_output_alone_can_be_drawn() -> None:
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    assert texts(viz.draw(x, {"x": x}).svg) == ["x", "(2,)"]
    assert len(cards(viz.draw(np.split(x, 2)[1]).svg)) == 2


def test_a_constant_read_twice_is_one_card_and_has_its_name() -> None:
    data, w = ag.tensor([1.0, 2.0]), ag.tensor([3.0, 4.0], requires_grad=True)
    svg = viz.draw((w * data) * data, {"data": data}).svg
    assert texts(svg).count("data") == 1


def test_unkept_constants_are_drawn_one_by_one() -> None:
    x = scalar(1.0)
    assert texts(viz.draw((x + 1.0) + 2.0).svg).count("constant") == 2


def test_names_may_be_pairs_or_locals_and_markup_in_them_is_escaped() -> None:
    x, text = scalar(1.0), "not a tensor"
    y = x * 2.0
    assert text
    assert {"x", "y"} <= set(texts(viz.draw(y, locals()).svg))
    assert "<&>" in texts(viz.draw(y, [("<&>", x)]).svg)
    assert "_" not in texts(viz.draw(y, {"_": x, "x": x}).svg)


def test_parameters_of_a_module_are_names() -> None:
    layer = nn.Linear(3, 2)
    out = layer(ag.ones((1, 3), dtype="float32")).sum()
    assert {"weight", "bias"} <= set(texts(viz.draw(out, layer.named_parameters()).svg))


def test_the_listing_is_the_tape_with_what_it_keeps() -> None:
    x, w = scalar(3.0), scalar(2.0)
    y = w * x
    z = np.exp(y) + x
    lines = str(viz.draw(z, {"x": x, "w": w, "y": y})).splitlines()
    assert [re.sub(" +", " ", line) for line in lines] == [
        "w = leaf value 2",
        "x = leaf value 3",
        "y = multiply(w, x) value 6 keeps w, x",
        f"v0 = exp(y) value {math.exp(6):.4g} keeps v0",
        f"v1 = add(v0, x) value {math.exp(6) + 3:.4g}",
    ]


# --- What cannot be drawn ---------------------------------------------------------------------------


def test_a_freed_graph_says_how_to_keep_it() -> None:
    x = scalar(1.0)
    y = x * x
    y.backward()
    with pytest.raises(GraphError, match=r"freed .*retain_graph=True"):
        viz.draw(y)
    with pytest.raises(GraphError, match="freed"):
        viz.draw(y + x)  # a part of it is there


def test_what_has_no_graph_says_why() -> None:
    with pytest.raises(GraphError, match="requires_grad"):
        viz.draw(ag.tensor(1.0))
    with pytest.raises(ArgumentError, match="expected a tensor, got float"):
        viz.draw(1.0)  # type: ignore[arg-type]


def test_a_graph_too_large_to_be_read_is_refused() -> None:
    x = scalar(1.0)
    for _ in range(10_000):
        x = x + 1.0
    with pytest.raises(ArgumentError, match="more than 150 operations"):
        viz.draw(x)


def test_a_picture_is_saved_as_svg_and_only_as_that(tmp_path: Path) -> None:
    drawing = viz.draw(scalar(1.0) * 2.0)
    drawing.save(tmp_path / "graph.svg")
    assert (tmp_path / "graph.svg").read_text(encoding="utf-8") == drawing.svg == drawing._repr_svg_()
    with pytest.raises(ArgumentError, match=r"\.svg"):
        drawing.save(tmp_path / "graph.png")
    assert not (tmp_path / "graph.png").exists()


# --- Layout -----------------------------------------------------------------------------------------


@st.composite
def graphs(draw: Any) -> ag.Tensor:
    """A graph of random operations on earlier results; all that is unused is added up at the end."""
    values = [scalar(0.5) for _ in range(draw(st.integers(1, 3)))]
    unused = set(range(len(values)))
    for _ in range(draw(st.integers(1, 12))):
        i, j = (draw(st.integers(0, len(values) - 1)) for _ in range(2))
        values.append(
            draw(st.sampled_from([lambda a, b: a * b, lambda a, b: a - b, lambda a, b: np.sin(a)]))(
                values[i], values[j]
            )
        )
        unused -= {i, j}
        unused.add(len(values) - 1)
    return sum((values[i] for i in sorted(unused)), start=0.0)  # type: ignore[return-value]


@given(graphs(), st.booleans())
def test_cards_never_overlap_and_stay_inside(output: ag.Tensor, derivatives: bool) -> None:
    svg = viz.draw(output, derivatives=derivatives).svg
    boxes = cards(svg)
    assert_apart(boxes)
    left, top, width, height = map(float, ElementTree.fromstring(svg).attrib["viewBox"].split())
    for box in boxes:
        assert left <= box[0]
        assert top <= box[1]
        assert box[2] <= left + width
        assert box[3] <= top + height


@given(graphs())
def test_edges_run_to_the_right_and_around_the_cards(output: ag.Tensor) -> None:
    svg = viz.draw(output).svg
    boxes = cards(svg)
    lines = next(
        group for group in ElementTree.fromstring(svg).iter(f"{SVG}g") if group.get("fill") == "none"
    )
    for line in lines:
        numbers = [float(n) for n in re.findall(r"-?[\d.]+", line.attrib["d"])]
        x, y = numbers[:2]
        for command, text in re.findall(r"([HC])([^HC]*)", line.attrib["d"]):
            coordinates = [float(n) for n in re.findall(r"-?[\d.]+", text)]
            if command == "C":
                assert coordinates[4] > x
                x, y = coordinates[4:]
                continue
            end = coordinates[0]
            assert end >= x - 0.15  # both are rounded to 0.1
            for left, top, right, bottom in boxes:  # a straight piece touches no card but at its ends
                if top < y < bottom:
                    assert min(end, right) - max(x, left) <= 0.3
            x = end


def test_a_tree_is_drawn_without_crossings_and_a_chain_is_level() -> None:
    sizes = [(40.0, 30.0)] * 7
    links = [Link(0, 4, 0.5, 0.25), Link(1, 4, 0.5, 0.75), Link(2, 5, 0.5, 0.25), Link(3, 5, 0.5, 0.75)]
    links += [Link(4, 6, 0.5, 0.25), Link(5, 6, 0.5, 0.75)]
    places = layered(sizes, links, column_gap=20, row_gap=10).places
    assert [place.x for place in places] == [20.0] * 4 + [80.0] * 2 + [140.0]
    heights = [place.y for place in places]
    assert heights[:4] == sorted(heights[:4])
    assert heights[6] == pytest.approx((heights[4] + heights[5]) / 2, abs=0.5)

    chain = layered(sizes[:4], [Link(i, i + 1, 0.5, 0.5) for i in range(3)], column_gap=20, row_gap=10)
    assert {place.y for place in chain.places} == {15.0}


# --- Gradients --------------------------------------------------------------------------------------


class TwoLayers(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(ag.ones((1,), dtype="float32"))
        self.hidden = nn.Sequential(nn.Linear(3, 4), nn.Tanh())
        self.unused = nn.Linear(2, 2)

    def forward(self, x: Any) -> Any:
        return self.hidden(x) * self.scale


def trained() -> TwoLayers:
    model = TwoLayers()
    model(ag.ones((5, 3), dtype="float32")).sum().backward()
    return model


def test_gradient_norms_are_those_of_all_parameters_of_a_layer() -> None:
    model = trained()
    norms = viz.gradient_norms(model)
    layer = model.hidden[0]
    parts = np.concatenate([layer.weight.grad.numpy().ravel(), layer.bias.grad.numpy()]).astype(float)
    assert list(norms) == ["scale", "hidden.0"]
    assert norms["hidden.0"] == pytest.approx(np.linalg.norm(parts), rel=1e-12)


def test_gradient_norms_do_not_overflow_in_float32() -> None:
    layer = nn.Linear(2, 1, bias=False)
    layer.weight.grad = ag.tensor(np.full((1, 2), 3e30, np.float32))
    assert viz.gradient_norms(layer)["weight"] == pytest.approx(3e30 * math.sqrt(2), rel=1e-6)


def test_gradient_norms_without_gradients_say_when_to_ask() -> None:
    with pytest.raises(GraphError, match=r"after loss\.backward\(\)"):
        viz.gradient_norms(nn.Linear(2, 2))


def test_a_history_has_a_norm_for_each_layer_and_step() -> None:
    model, history = trained(), viz.GradientHistory()
    history.record(model)
    model.unused(ag.ones((1, 2), dtype="float32")).sum().backward()
    history.record(model)
    assert history.steps == 2
    assert math.isnan(history.norms["unused"][0])
    assert history.norms["unused"][1] == pytest.approx(viz.gradient_norms(model)["unused"])

    axes = history.plot("run").axes[0]
    assert axes.get_title("left") == "run"
    assert axes.get_yscale() == "log"
    drawn = {line.get_label(): line.get_ydata() for line in axes.lines}
    assert list(drawn) == ["scale", "hidden.0", "unused"]
    np.testing.assert_array_equal(drawn["unused"], history.norms["unused"])


def test_histories_stand_side_by_side_on_common_scales() -> None:
    small, large = viz.GradientHistory(), viz.GradientHistory()
    small.norms, small.steps = {"a": [1e-6, 0.0, 1e-5]}, 3
    large.norms, large.steps = {"a": [10.0, math.inf], "b": [1.0, 2.0]}, 2
    figure = viz.plot_gradients({"small": small, "large": large})
    left, right = figure.axes
    assert left.get_ylim() == right.get_ylim()
    np.testing.assert_array_equal(left.lines[0].get_ydata(), [1e-6, np.nan, 1e-5])
    np.testing.assert_array_equal(right.lines[0].get_ydata(), [10.0, np.nan])
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["a", "b"]
    with pytest.raises(ArgumentError, match="record"):
        viz.plot_gradients({"empty": viz.GradientHistory()})


# --- Figures ----------------------------------------------------------------------------------------


def test_curves_hold_the_rows() -> None:
    rows = [
        {"epoch": 1, "train_loss": 0.9, "test_loss": 0.8, "batch_losses": [1.2, 0.6]},
        {"epoch": 2, "train_loss": 0.5, "test_accuracy": 0.9, "lr": 0.1, "seconds": 3.0},
    ]
    loss, accuracy = viz.plot_curves(rows).axes
    drawn = {line.get_label(): line.get_xydata().tolist() for line in loss.lines}
    assert drawn == {
        "train, by batch": [[0.25, 1.2], [0.75, 0.6]],
        "train": [[1, 0.9], [2, 0.5]],
        "test": [[1, 0.8]],
    }
    assert accuracy.get_title("left") == "Accuracy"
    assert [line.get_xydata().tolist() for line in accuracy.lines] == [[[2, 0.9]]]


@pytest.mark.parametrize("rows", [[], [{"epoch": 1, "lr": 0.1}]])
def test_curves_of_nothing_are_refused(rows: list[dict[str, Any]]) -> None:
    with pytest.raises(ArgumentError, match="train_loss"):
        viz.plot_curves(rows)


def test_images_are_shown_with_their_titles() -> None:
    images = np.random.default_rng(0).random((3, 1, 4, 5))
    figure = viz.show_images(ag.tensor(images), [7, 8, 9], columns=2)
    assert [axes.get_title() for axes in figure.axes] == ["7", "8", "9"]
    for axes, image in zip(figure.axes, images, strict=True):
        np.testing.assert_array_equal(axes.images[0].get_array(), image[0])
        assert axes.images[0].get_clim() == (images.min(), images.max())
    colours = viz.show_images(np.moveaxis(np.zeros((2, 4, 5, 3)), -1, 1))
    assert colours.axes[0].images[0].get_array().shape == (4, 5, 3)


def test_filters_of_one_channel_stand_in_a_row_and_white_is_zero() -> None:
    weight = nn.Conv2d(1, 3, 2).weight
    image = viz.show_filters(weight).axes[0].images[0]
    canvas, filters = image.get_array(), weight.detach().numpy()
    for index in range(3):
        np.testing.assert_array_equal(canvas[:, 3 * index : 3 * index + 2], filters[index, 0])
    assert image.get_clim() == (-np.abs(filters).max(), np.abs(filters).max())


def test_filters_of_several_channels_have_a_row_for_each() -> None:
    weights = np.arange(2 * 3 * 2 * 2.0).reshape(2, 3, 2, 2)
    axes = viz.show_filters(weights).axes[0]
    np.testing.assert_array_equal(axes.images[0].get_array()[6:8, 3:5], weights[1, 2])
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("filter", "input channel")


def test_feature_maps_wrap_into_rows_of_eight() -> None:
    maps = np.random.default_rng(0).random((1, 10, 3, 3))
    canvas = viz.show_feature_maps(maps).axes[0].images[0].get_array()
    assert canvas.shape == (7, 8 * 4 - 1)
    np.testing.assert_array_equal(canvas[4:7, 4:7], maps[0, 9])
    assert np.ma.getmaskarray(canvas)[4:7, 8:].all()
    batch = viz.show_feature_maps(maps.reshape(2, 5, 3, 3)).axes[0].images[0].get_array()
    np.testing.assert_array_equal(batch[4:7, 4:7], maps[0, 6])


@pytest.mark.parametrize(
    ("show", "shape"),
    [
        (viz.show_images, (4, 4)),
        (viz.show_images, (2, 5, 4, 4)),
        (viz.show_filters, (3, 4, 4)),
        (viz.show_feature_maps, (4, 4)),
    ],
)
def test_wrong_shapes_are_named(show: Any, shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match=re.escape(str(shape))):
        show(np.zeros(shape))


def test_titles_must_match_images() -> None:
    with pytest.raises(ArgumentError, match="2 images and 1 titles"):
        viz.show_images(np.zeros((2, 4, 4)), ["one"])
    with pytest.raises(ArgumentError, match="at least one image"):
        viz.show_images(np.zeros((0, 4, 4)))


def test_a_figure_shows_itself_and_is_freed() -> None:
    figure = viz.show_images(np.eye(4)[None])
    data, size = figure._repr_png_()
    assert data.startswith(PNG)
    assert int.from_bytes(data[16:20], "big") in (2 * size["width"], 2 * size["width"] + 1)
    reference = weakref.ref(figure)
    del figure
    gc.collect()
    assert reference() is None


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_importing_and_drawing_load_nothing_heavy() -> None:
    code = """
import sys, autograd_cnn as ag
before = set(sys.modules)
x = ag.tensor(1.0, requires_grad=True)
ag.viz.draw(x * x).svg
new = {name.partition('.')[0] for name in set(sys.modules) - before}
print(sorted(new & {'matplotlib', 'scipy', 'PIL', 'IPython', 'rich'}))
"""
    assert run(code).strip() == "[]"


def test_plots_do_not_import_pyplot() -> None:
    code = """
import sys, numpy as np, autograd_cnn as ag
ag.viz.show_images(np.eye(3)[None])._repr_png_()
print('matplotlib.pyplot' in sys.modules)
"""
    assert run(code).strip() == "False"


def test_without_matplotlib_a_plot_names_the_extra() -> None:
    code = """
import sys, numpy as np
sys.modules['matplotlib'] = None
import autograd_cnn as ag
try:
    ag.viz.show_images(np.eye(3)[None])
except ModuleNotFoundError as error:
    print(error)
"""
    assert 'pip install "autograd-cnn[viz]"' in run(code)
