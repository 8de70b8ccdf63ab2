"""A model that is loaded without values is the one that is loaded with them, as far as can be seen."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
from color_models import color_classifier
from keras import layers

from encodenet_core.errors import ConfigError
from encodenet_core.models.flatten import outline_model
from encodenet_core.models.graph import ordered_calls
from encodenet_core.models.loading import load_model, load_structure
from encodenet_core.models.pixel_forms import UNCHANGED

SHAPE = (8, 8, 3)


def functional() -> keras.Model:
    """With a path around, statistics, random numbers and a layer that is called twice."""
    images = keras.Input(SHAPE)
    normalization = layers.Normalization(name="normalization")
    normalization.adapt(np.array([[[[0.1, 0.2, 0.3]]]]))
    x = layers.RandomFlip()(normalization(images))
    x = layers.BatchNormalization()(layers.Conv2D(3, 3, padding="same", name="convolution")(x))
    again = layers.Conv2D(3, 1, name="twice")
    x = layers.Dropout(0.1)(layers.Add()([again(again(x)), images]))
    return keras.Model(images, layers.Dense(4, activation="softmax")(layers.Flatten()(x)))


def nested() -> keras.Model:
    inner = keras.Sequential([keras.Input(SHAPE), layers.Conv2D(6, 3, strides=2)], name="inner")
    images = keras.Input(SHAPE)
    return keras.Model(images, layers.Dense(2)(layers.GlobalAveragePooling2D()(inner(images))))


def half_precision() -> keras.Model:
    convolution = layers.Conv2D(4, 3, dtype="mixed_bfloat16")
    return keras.Sequential([keras.Input(SHAPE), convolution, layers.Flatten(), layers.Dense(2)])


MODELS = {
    "sequential": lambda: color_classifier(UNCHANGED),
    "functional": functional,
    "nested": nested,
    "half_precision": half_precision,
}


def told(model: keras.Model) -> list[object]:
    """What can be seen of a model: its calls, their shapes, and every weight but for its value."""
    calls = [
        (call.operation.name, type(call.operation), [tuple(tensor.shape) for tensor in call.output_tensors])
        for call in ordered_calls(model.outputs)
    ]
    weights = [(weight.path, tuple(weight.shape), weight.dtype) for weight in model.weights]
    return [model.get_config(), calls, weights, model.count_params(), model.built, type(model)]


@pytest.mark.parametrize("ending", ["keras", "h5"])
@pytest.mark.parametrize("build", MODELS.values(), ids=MODELS)
def test_it_is_the_model_but_for_the_values_of_its_weights(
    build: Callable[[], keras.Model], ending: str, tmp_path: Path
) -> None:
    path = tmp_path / f"model.{ending}"
    keras.saving.save_model(build(), path, zipped=None)
    whole, structure = load_model(path), load_structure(path)
    assert told(structure) == told(whole)
    (outline, names), (expected, expected_names) = (outline_model(each, SHAPE) for each in (structure, whole))
    assert (told(outline)[1:], names) == (told(expected)[1:], expected_names)
    if keras.backend.backend() == "tensorflow":
        assert {weight._value for weight in structure.weights} == {None}


def test_weights_of_another_shape_are_refused_in_the_same_words(tmp_path: Path) -> None:
    for name, units in (("layers", 4), ("weights", 5)):
        keras.Sequential([keras.Input((3,)), layers.Dense(units, name="dense")]).save(
            tmp_path / f"{name}.keras"
        )
    with (
        zipfile.ZipFile(tmp_path / "layers.keras") as config,
        zipfile.ZipFile(tmp_path / "weights.keras") as weights,
        zipfile.ZipFile(tmp_path / "mixed.keras", "w") as mixed,
    ):
        for part in config.namelist():
            mixed.writestr(part, (weights if part.endswith(".h5") else config).read(part))
    assert refusal(load_structure, tmp_path / "mixed.keras") == refusal(load_model, tmp_path / "mixed.keras")


def test_a_model_without_its_weights_is_refused_in_the_same_words(tmp_path: Path) -> None:
    keras.Sequential([keras.Input((3,)), layers.Dense(2)]).save(tmp_path / "whole.keras")
    with (
        zipfile.ZipFile(tmp_path / "whole.keras") as whole,
        zipfile.ZipFile(tmp_path / "bare.keras", "w") as bare,
    ):
        bare.writestr("config.json", json.dumps(json.loads(whole.read("config.json"))))
    assert refusal(load_structure, tmp_path / "bare.keras") == refusal(load_model, tmp_path / "bare.keras")


def refusal(load: Callable[[Path], keras.Model], path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load(path)
    return str(caught.value)
