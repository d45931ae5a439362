"""Models and training states as safetensors files, whole or damaged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

import autograd_cnn as ag
from autograd_cnn.errors import RunError
from autograd_cnn.nn.models import make_model
from autograd_cnn.training import load_model, load_state, save_model, save_state

OPTIONS = {"hidden": 8, "num_classes": 3}


@pytest.fixture
def model_file(tmp_path: Path) -> Path:
    ag.manual_seed(0)
    path = tmp_path / "model.safetensors"
    save_model(path, make_model("mlp", **OPTIONS), "mlp", OPTIONS)
    return path


def test_a_model_with_numbers_in_its_state_is_loaded_as_it_was(tmp_path: Path) -> None:
    options = {"num_classes": 3, "widths": [4, 4, 4]}
    model = make_model("resnet8", **options).eval()
    save_model(tmp_path / "model", model, "resnet8", options)
    loaded = load_model(tmp_path / "model").state_dict()
    for name, value in model.state_dict().items():
        assert loaded[name].shape == value.shape
        np.testing.assert_array_equal(loaded[name].numpy(), value.numpy())


def test_a_model_comes_back_with_its_options_and_all_bits(model_file: Path) -> None:
    ag.manual_seed(0)
    expected = make_model("mlp", **OPTIONS).state_dict()
    loaded = load_model(model_file).state_dict()
    assert loaded.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_array_equal(loaded[name].numpy(), value.numpy())
        assert loaded[name].dtype == value.dtype


def test_the_same_model_gives_the_same_bytes(model_file: Path) -> None:
    again = model_file.with_name("again")
    save_model(again, load_model(model_file), "mlp", OPTIONS)
    assert again.read_bytes() == model_file.read_bytes()


@pytest.mark.parametrize("share", [0.0, 0.001, 0.01, 0.5, 0.999])
def test_a_truncated_file_is_an_error_that_names_it(share: float, model_file: Path) -> None:
    content = model_file.read_bytes()
    model_file.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(RunError, match=r"model\.safetensors: damaged or no safetensors file"):
        load_model(model_file)


def test_a_missing_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"nothing: .*No such file"):
        load_model(tmp_path / "nothing")


def test_a_folder_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=str(tmp_path)):
        load_model(tmp_path)


@pytest.mark.parametrize("metadata", [None, {"format": "pt"}, {"autograd_cnn": "{"}])
def test_a_file_of_another_program_is_an_error(metadata: Any, tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    save_file({"weight": np.zeros(3)}, path, metadata)
    with pytest.raises(RunError, match="was not written by autograd_cnn"):
        load_model(path)


@pytest.mark.parametrize(
    "description",
    [
        {"model": "mpl", "options": {}},
        {"model": "mlp", "options": {"width": 3}},
        {"model": "mlp", "options": {"hidden": 9}},
        {"model": "mlp", "options": {"hidden": "many"}},
        {"model": "mlp"},
        {"state": {}},
        ["model"],
    ],
)
def test_a_description_that_no_model_fits_is_an_error(description: Any, tmp_path: Path) -> None:
    path = tmp_path / "odd.safetensors"
    weights = {name: value.numpy() for name, value in make_model("mlp", hidden=8).state_dict().items()}
    save_file(weights, path, {"autograd_cnn": json.dumps(description)})
    with pytest.raises(RunError, match="holds no model that this version can make"):
        load_model(path)


LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.lists(st.floats(-1e3, 1e3, width=32), max_size=4).map(lambda values: np.array(values, np.float32))
)
STATES = st.dictionaries(
    st.text(),
    st.recursive(
        LEAVES, lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(), below, max_size=3)
    ),
    max_size=4,
)


def with_tensors(state: Any) -> Any:
    if isinstance(state, dict):
        return {key: with_tensors(value) for key, value in state.items()}
    if isinstance(state, list):
        return [with_tensors(value) for value in state]
    return ag.tensor(state) if isinstance(state, np.ndarray) else state


@given(state=STATES)
@examples(40)  # of 60 ms each, which is the disk's
def test_any_state_comes_back(state: Any, tmp_path: Path) -> None:
    save_state(tmp_path / "state", with_tensors(state))
    np.testing.assert_equal(load_state(tmp_path / "state"), state)


def test_a_model_is_no_state(model_file: Path) -> None:
    with pytest.raises(RunError, match="holds no state of a training"):
        load_state(model_file)
