"""What `nn.summary` counts, and that it leaves a model as it was."""

import numpy as np
import pytest

import autograd_cnn as ag
from autograd_cnn import nn
from autograd_cnn.errors import ArgumentError
from autograd_cnn.ops.convolution import convolution_input_gradient


def test_lenet_by_hand():
    result = nn.summary(nn.models.LeNet5(), (3, 1, 28, 28))
    found = {row.name: (row.output_shape, row.parameters, row.multiply_adds) for row in result.rows}
    assert found == {
        "": ("(3, 10)", 0, 0),
        "conv1": ("(3, 6, 28, 28)", 6 * 25 + 6, 3 * 6 * 28 * 28 * 25),
        "conv2": ("(3, 16, 10, 10)", 16 * 6 * 25 + 16, 3 * 16 * 100 * 6 * 25),
        "fc1": ("(3, 120)", 400 * 120 + 120, 3 * 400 * 120),
        "fc2": ("(3, 84)", 120 * 84 + 84, 3 * 120 * 84),
        "fc3": ("(3, 10)", 850, 3 * 840),
    }
    assert result.parameters == result.trainable_parameters == 61_706
    assert result.multiply_adds == sum(row.multiply_adds for row in result.rows)


def test_memory_is_what_the_tape_keeps_beside_parameters():
    model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2), nn.Tanh()).double()
    rows = nn.summary(model, np.ones((5, 4))).rows
    # The first layer keeps its input; the second shares what tanh keeps, its output.
    assert [row.memory for row in rows] == [0, 5 * 4 * 8, 5 * 8 * 8, 0, 5 * 2 * 8]


class Mixed(nn.Module):
    """Products of its own, convolutions grouped and transposed, a layer called twice, shared parameters."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 6, 3, groups=2)
        self.twice = nn.Linear(3, 3, bias=False)
        self.tied = nn.Linear(3, 3, bias=False)
        self.tied.weight = self.twice.weight
        self.unused = nn.ReLU()
        self.factor = nn.Parameter(np.ones((3, 5), np.float32))

    def forward(self, x, y):
        z = self.conv(x)  # (1, 6, 3, 3)
        back = convolution_input_gradient(z, self.conv.weight, (5, 5), self.window, 2)
        y = self.tied(self.twice(self.twice(y)))
        return {"back": back, "y": (y @ self.factor, np.swapaxes(y, 0, 1) @ y)}

    @property
    def window(self):
        from autograd_cnn.kernels.geometry import Window

        return Window((3, 3), (1, 1), ((0, 0), (0, 0)), (1, 1))


def test_products_of_all_kinds():
    model = Mixed().requires_grad_(False)
    model.factor.requires_grad_()
    result = nn.summary(model, (ag.ones((1, 4, 5, 5), "float32"), np.ones((2, 3), np.float32)))
    top, conv, twice, tied, unused = result.rows
    assert conv.multiply_adds == 6 * 9 * 2 * 9
    assert twice.multiply_adds == 2 * (2 * 3 * 3)
    assert (twice.parameters, tied.parameters) == (9, 0)
    assert top.multiply_adds == 6 * 9 * 2 * 9 + 2 * 5 * 3 + 3 * 3 * 2
    assert top.output_shape == "back: (1, 4, 5, 5), y: (2, 5), (3, 3)"
    assert unused.output_shape == "–"
    assert result.trainable_parameters == 15
    assert "123 of the parameters are frozen" in repr(result)
    assert not model.conv.weight.requires_grad


def test_the_model_is_left_as_it_was():
    class Broken(nn.Module):
        def forward(self, x):
            raise ZeroDivisionError

    model = nn.Sequential(nn.Linear(2, 2), nn.Dropout(), Broken())
    model[0].eval()
    calls = []
    model[0].register_forward_hook(lambda *_: calls.append(1))
    with pytest.raises(ZeroDivisionError):
        nn.summary(model, (1, 2))
    assert calls == [1]
    assert [module.training for module in model.modules()] == [True, False, True, True]
    assert "_hooks" not in vars(model[1])
    assert len(model[0]._hooks.after) == 1
    assert model[0].weight.grad is None
    assert nn.Linear(1, 1)(ag.ones((1, 1), "float32"))._source.__class__.__name__ == "Node"


def test_under_no_grad_and_without_parameters():
    with ag.no_grad():
        assert nn.summary(nn.Linear(2, 3), (4, 2)).multiply_adds == 24
    result = nn.summary(nn.Flatten(), (4, 2, 2))
    assert (result.rows[0].output_shape, result.parameters, result.memory) == ("(4, 4)", 0, 0)


def test_tables():
    class Less(nn.Module):
        def forward(self, x):
            return x

    Less.__name__ = "Less<T>"
    result = nn.summary(nn.Sequential(nn.Sequential(nn.Linear(2000, 1000)), Less()), (600, 2000))
    text = repr(result)
    lines = text.splitlines()
    assert " ".join(lines[0].split()) == "Layer Output shape Parameters Multiply-adds Kept for backward"
    assert lines[4].split() == ["0:", "Linear", "(600,", "1000)", "2,001,000", "1,200,000,000", "4.6", "MB"]
    assert lines[4].startswith("    0: Linear")
    html = result._repr_html_()
    assert html.count("<tr>") == 6
    assert "Less&lt;T&gt;" in html
    assert "2,001,000" in html


def test_mistake():
    with pytest.raises(ArgumentError, match="summary: expected an input or its shape, got int"):
        nn.summary(nn.ReLU(), 3)
