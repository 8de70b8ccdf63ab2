from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import keras
import pytest
from color_models import color_classifier
from keras import layers

from encodenet_core.errors import ConfigError
from encodenet_core.models.file_kinds import ModelFile
from encodenet_core.models.inspection import ModelInspection, inspect_model
from encodenet_core.models.loading import load_model
from encodenet_core.models.pixel_forms import UNCHANGED
from encodenet_core.models.split import split_classifier


def inspected(model: keras.Model, folder: Path, cut: str | None = None) -> ModelInspection:
    model.save(folder / "model.keras")
    return inspect_model(folder / "model.keras", cut)


def nested() -> keras.Model:
    """An inner model between a rescaling and dense layers."""
    inner_images = keras.Input((8, 8, 3))
    early = layers.Conv2D(4, 3, padding="same", name="early")(inner_images)
    inner = keras.Model(inner_images, layers.Conv2D(6, 3, strides=2, name="late")(early), name="inner")
    images = keras.Input((8, 8, 3))
    x = layers.GlobalAveragePooling2D()(inner(layers.Rescaling(1 / 255)(images)))
    x = layers.Dense(5, activation="relu")(x)
    return keras.Model(images, layers.Dense(1, activation="sigmoid", name="scores")(x))


@pytest.mark.parametrize(("ending", "kind"), [("keras", "keras"), ("h5", "hdf5")])
def test_a_file_is_told_by_its_content(ending: str, kind: ModelFile, tmp_path: Path) -> None:
    keras.saving.save_model(color_classifier(UNCHANGED), tmp_path / f"model.{ending}", zipped=None)
    path = (tmp_path / f"model.{ending}").rename(tmp_path / "model")
    found = inspect_model(path)
    assert (found.path, found.kind, found.origin.keras) == (str(path), kind, keras.__version__)
    assert (found.image_shape, found.outputs, found.closing) == ((8, 8, 3), 9, "softmax")
    assert found.parameters == 9 + 3 * 9 + 9
    assert found.refusal is None


def test_layers_of_inner_models_stand_for_themselves_with_shapes_and_weights(tmp_path: Path) -> None:
    model = nested()
    found = inspected(model, tmp_path)
    rows = [(layer.kind, layer.output_shape, layer.parameters) for layer in found.layers]
    assert rows == [
        ("InputLayer", (8, 8, 3), 0),
        ("Rescaling", (8, 8, 3), 0),
        ("Conv2D", (8, 8, 4), 112),
        ("Conv2D", (3, 3, 6), 222),
        ("GlobalAveragePooling2D", (6,), 0),
        ("Dense", (5,), 35),
        ("Dense", (1,), 6),
    ]
    assert found.parameters == model.count_params() == sum(layer.parameters for layer in found.layers)
    assert (found.outputs, found.closing) == (1, "sigmoid")


@pytest.mark.parametrize(
    ("named", "layer", "shape"), [(None, "late", (3, 3, 6)), ("inner/early", "early", (8, 8, 4))]
)
def test_the_cut_is_the_one_that_a_run_would_take(
    named: str | None, layer: str, shape: tuple[int, ...], tmp_path: Path
) -> None:
    found = inspected(nested(), tmp_path, named)
    assert found.cut is not None
    assert (found.cut.layer, found.cut.feature_shape) == (layer, shape)
    assert ("named by baseline.cut" in found.cut.reason) == (named is not None)
    if named is None:
        assert found.cut.learning_layers == (2, 2)
        whole = color_classifier(UNCHANGED)
        assert inspected(whole, tmp_path).cut.layer == split_classifier(whole).cut == "map"  # type: ignore[union-attr]


def no_maps() -> keras.Model:
    images = keras.Input((8, 8, 3))
    return keras.Model(images, layers.Dense(4)(layers.Flatten()(images)))


def several_sigmoids() -> keras.Model:
    return color_classifier(UNCHANGED, closing="sigmoid")


def two_outputs() -> keras.Model:
    model = color_classifier(UNCHANGED)
    return keras.Model(model.inputs[0], [model.outputs[0], layers.ReLU()(model.outputs[0])])


def whole_numbers() -> keras.Model:
    images = keras.Input((8, 8, 3), dtype="uint8")
    x = layers.Conv2D(3, 1)(layers.Rescaling(1 / 255)(images))
    return keras.Model(images, layers.Dense(4)(layers.GlobalAveragePooling2D()(x)))


def channels_first() -> keras.Model:
    images = keras.Input((8, 8, 3))
    x = layers.Conv2D(3, 1)(layers.MaxPooling2D(data_format="channels_first")(images))
    return keras.Model(images, layers.Dense(4)(layers.Flatten()(x)))


def not_yet_built() -> keras.Model:
    return keras.Sequential([layers.Conv2D(3, 1), layers.Flatten(), layers.Dense(4)])


@pytest.mark.filterwarnings("ignore:You are saving a model that has not yet been built")
@pytest.mark.parametrize(
    ("build", "part"),
    [
        (no_maps, "is no image classifier"),
        (several_sigmoids, "ends in the sigmoid of 'scores'"),
        (two_outputs, "has 1 inputs and 2 outputs"),
        (whole_numbers, "takes pixels as uint8"),
        (channels_first, "takes maps channels-first"),
        (not_yet_built, "does not know the shape of its images"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_model_that_cannot_be_cut_is_shown_with_the_reason(
    build: Callable[[], keras.Model], part: str, tmp_path: Path
) -> None:
    found = inspected(build(), tmp_path)
    assert found.cut is None
    assert part in str(found.refusal) and "\n" not in str(found.refusal)
    assert found.layers


def test_a_model_that_leaves_its_size_open_is_cut_too(tmp_path: Path) -> None:
    found = inspected(color_classifier(UNCHANGED, side=None), tmp_path)
    assert found.image_shape == (None, None, 3)
    assert found.cut is not None and found.cut.feature_shape == (None, None, 3)


def test_looking_changes_nothing_of_a_model_and_draws_no_weights(tmp_path: Path) -> None:
    found = inspected(nested(), tmp_path)
    again = load_model(tmp_path / "model.keras")
    assert inspect_model(tmp_path / "model.keras") == found
    assert again.count_params() == found.parameters


@pytest.mark.parametrize("content", [None, b"", b"no model", b"PK\x03\x04 broken"])
def test_a_file_that_is_no_model_is_refused_in_one_line(content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "model.keras").write_bytes(content)
    with pytest.raises(ConfigError, match=r"^'.*model.keras' (is no file|cannot be loaded).*$"):
        inspect_model(tmp_path / "model.keras")
