"""Any trained classifier is made ready, proved and cut; what cannot be is refused in one line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from color_models import NAMES, color_classifier, color_images
from keras import layers

from encodenet_core.config import BaselineConfig
from encodenet_core.data.dataset import Dataset, Split
from encodenet_core.errors import ConfigError
from encodenet_core.models.given import GivenClassifier, load_classifier
from encodenet_core.models.inference import predict
from encodenet_core.models.pixel_forms import PixelForm, common_forms
from encodenet_core.models.split import split_classifier


def load(model: keras.Model, dataset: Dataset, folder: Path, **section: Any) -> GivenClassifier:
    path = folder / "model.keras"
    model.save(path)
    return load_classifier(path, BaselineConfig(model=str(path), **section), dataset)


def build_extractor(*, pooled: bool) -> keras.Model:
    """As keras.applications builds them: `last` is its last map, which it pools itself or does not."""
    images = keras.Input((8, 8, 1))
    stem = layers.BatchNormalization()(layers.Conv2D(4, 3, padding="same", name="stem")(images))
    sides = [layers.Conv2D(4, size, padding="same", name=f"side{size}")(stem) for size in (1, 3)]
    features = layers.ReLU(name="last")(layers.Add()(sides))
    outputs = layers.GlobalAveragePooling2D()(features) if pooled else features
    return keras.Model(images, outputs, name="extractor")


def build_nested(*, pooled: bool = False, closing: str | None = "softmax") -> keras.Model:
    """Pixels in 0..255, rescaled and normalised, through an inner model to two dense layers and a softmax."""
    images = keras.Input((8, 8, 1))
    x = layers.Normalization(mean=[0.3], variance=[0.1])(layers.Rescaling(1 / 255)(images))
    x = build_extractor(pooled=pooled)(x, training=False)
    x = x if pooled else layers.GlobalAveragePooling2D()(x)
    x = layers.Dropout(0.5)(layers.Dense(12, activation="relu")(x))
    return keras.Model(images, layers.Dense(10, activation=closing, name="scores")(x))


@pytest.mark.parametrize("pooled", [False, True])
@pytest.mark.parametrize("closing", ["softmax", None])
def test_a_nested_model_is_cut_inside_and_predicts_as_it_did(
    pooled: bool, closing: str | None, tiny_dataset: Dataset, tmp_path: Path
) -> None:
    keras.utils.set_random_seed(5)
    model = build_nested(pooled=pooled, closing=closing)
    given = load(model, tiny_dataset, tmp_path, pixel_range=(0, 255))
    parts = split_classifier(given.model, given.cut)
    assert (given.cut, parts.cut) == ("last", "last")
    assert given.model.count_params() == model.count_params()
    images = tiny_dataset.validation.images
    logits = predict(given.model, images)
    features = predict(parts.feature_extractor, images)
    assert features.shape == (30, 8, 8, 4)
    np.testing.assert_array_equal(predict(parts.classifier, features), logits)
    expected = predict(model, np.asarray(images, np.float32))
    received = np.asarray(keras.activations.softmax(logits)) if closing else logits
    np.testing.assert_allclose(received, expected, atol=1e-6)
    assert received.std() > 1e-3


def test_the_pixel_range_is_any_pair(tiny_dataset: Dataset, tmp_path: Path) -> None:
    model = build_nested()
    given = load(model, tiny_dataset, tmp_path, pixel_range=(-100.0, 300.0))
    unit = np.asarray(tiny_dataset.validation.images, np.float32) / 255
    expected = predict(model, -100 + 400 * unit)
    received = keras.activations.softmax(predict(given.model, unit))
    np.testing.assert_allclose(received, expected, atol=1e-5)


@pytest.mark.parametrize(
    "form", [*common_forms(3), PixelForm((-100.0, 300.0), "bgr")], ids=lambda form: form.words
)
def test_the_pixels_are_in_the_form_that_the_model_takes(form: PixelForm, tmp_path: Path) -> None:
    images, labels = color_images(4)
    dataset = Dataset("colors", Split(images, labels), Split(images, labels), None, NAMES, True, "0")
    options = {"pixel_range": form.range, "channel_order": form.order}
    given = load(color_classifier(form), dataset, tmp_path, **options)
    assert (predict(given.model, images).argmax(axis=1) == labels).all()
    assert given.cut == "map"
    assert given.model.count_params() == color_classifier(form).count_params()


def test_a_form_of_colours_is_refused_for_grey_images(tiny_dataset: Dataset, tmp_path: Path) -> None:
    assert "baseline.channel_order is bgr, which only colour images have" in refusal(
        build_nested(), tiny_dataset, tmp_path, channel_order="bgr"
    )


@pytest.mark.parametrize(
    ("cut", "found"),
    [("stem", "stem"), ("extractor/stem", "stem"), ("extractor", "last"), ("last", "last")],
)
def test_a_cut_can_be_named_inside_an_inner_model(
    cut: str, found: str, tiny_dataset: Dataset, tmp_path: Path
) -> None:
    assert load(build_nested(), tiny_dataset, tmp_path, cut=cut).cut == found


@pytest.mark.parametrize(
    ("cut", "part"),
    [
        ("lost", "but there is no such layer; did you mean 'last'?"),
        ("scores", "but it gives (None, 10)"),
        ("side1", "goes around it"),
    ],
)
def test_a_bad_cut_is_refused_in_one_line(cut: str, part: str, tiny_dataset: Dataset, tmp_path: Path) -> None:
    assert part in refusal(build_nested(), tiny_dataset, tmp_path, cut=cut)


def test_a_model_that_leaves_the_size_open_is_fitted_to_the_images(
    tiny_dataset: Dataset, tmp_path: Path
) -> None:
    given = load(classifier_of((None, None, 1), 10), tiny_dataset, tmp_path)
    assert given.model.input_shape == (None, 8, 8, 1)
    assert split_classifier(given.model).feature_extractor.output_shape == (None, 6, 6, 2)


def refusal(model: keras.Model, dataset: Dataset, folder: Path, **section: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        load(model, dataset, folder, **section)
    message = str(caught.value)
    assert "\n" not in message
    return message


def classifier_of(
    shape: tuple[int | None, ...], num_classes: int, closing: str | None = None, dtype: str | None = None
) -> keras.Model:
    images = keras.Input(shape, dtype=dtype)
    x = layers.Conv2D(2, 3)(layers.Rescaling(1.0)(images))
    scores = layers.Dense(num_classes, activation=closing)(layers.GlobalAveragePooling2D()(x))
    return keras.Model(images, scores)


def classifier_of_vectors() -> keras.Model:
    vectors = keras.Input((64,))
    x = layers.Conv2D(2, 3)(layers.Reshape((8, 8, 1))(vectors))
    return keras.Model(vectors, layers.Dense(10)(layers.Flatten()(x)))


def classifier_with_shares() -> keras.Model:
    """Probabilities that no softmax makes."""
    model = classifier_of((8, 8, 1), 10, "relu")
    positive = model.outputs[0] + 1.0
    return keras.Model(model.inputs[0], positive / keras.ops.sum(positive, axis=1, keepdims=True))


def classifier_with_lost_weights() -> keras.Model:
    model = classifier_of((8, 8, 1), 10)
    model.set_weights([weights * np.nan for weights in model.get_weights()])
    return model


def image_to_image() -> keras.Model:
    images = keras.Input((8, 8, 1))
    return keras.Model(images, layers.Conv2D(1, 3, padding="same")(images))


def only_convolutions() -> keras.Model:
    images = keras.Input((8, 8, 1))
    return keras.Model(images, layers.GlobalAveragePooling2D()(layers.Conv2D(10, 3)(images)))


def two_outputs() -> keras.Model:
    model = classifier_of((8, 8, 1), 10)
    return keras.Model(model.inputs[0], [model.outputs[0], layers.ReLU()(model.outputs[0])])


def two_inputs() -> keras.Model:
    images, others = keras.Input((8, 8, 1)), keras.Input((8, 8, 1))
    pooled = layers.GlobalAveragePooling2D()(layers.Conv2D(2, 3)(layers.Add()([images, others])))
    return keras.Model([images, others], layers.Dense(10)(pooled))


def no_feature_maps() -> keras.Model:
    images = keras.Input((8, 8, 1))
    return keras.Model(images, layers.Dense(10)(layers.Flatten()(images)))


def hidden_code() -> keras.Model:
    model = classifier_of((8, 8, 1), 10)
    return keras.Model(model.inputs[0], layers.Lambda(lambda logits: logits)(model.outputs[0]))


@keras.saving.register_keras_serializable("tests")
class Registered(keras.Model):
    def call(self, images: Any) -> Any:
        return images[:, 0, 0, :]


def subclassed() -> keras.Model:
    model = Registered(name="own")
    model.build((None, 8, 8, 1))
    return model


def subclassed_inside() -> keras.Model:
    images = keras.Input((8, 8, 1))
    return keras.Model(images, layers.Dense(10)(Registered(name="own")(layers.Conv2D(2, 3)(images))))


@keras.saving.register_keras_serializable("tests")
class Wavering(layers.Layer):
    """Never gives the same outputs twice."""

    calls = 0

    def call(self, inputs: Any) -> Any:
        Wavering.calls += 1
        return inputs + Wavering.calls


def wavering() -> keras.Model:
    model = classifier_of((8, 8, 1), 10)
    return keras.Model(model.inputs[0], layers.Dense(10)(Wavering()(model.outputs[0])))


@pytest.mark.parametrize(
    ("build", "part"),
    [
        (lambda: classifier_of((16, 16, 1), 10), "takes images (16, 16, 1) and gives 10 logits"),
        (
            lambda: classifier_of((16, 24, 3), 10),
            "; give --set 'dataset.image_size=[16, 24]' --set dataset.color=rgb",
        ),
        (lambda: classifier_of((8, 8, 3), 10), "; give --set dataset.color=rgb"),
        (lambda: classifier_of((8, 8, 4), 10), "; give a model of this dataset"),
        (lambda: classifier_of((16, 16, 1), 7), "; give a model of this dataset"),
        (lambda: classifier_of((8, 8, 1), 7), "gives 7 logits"),
        (lambda: classifier_of((8, 8, 1), 1, "sigmoid"), "gives 1 logits"),
        (lambda: classifier_of((8, 8, 1), 10, "sigmoid"), "ends in the sigmoid of 'dense"),
        (lambda: classifier_of((8, 8, 1), 10, dtype="uint8"), "takes pixels as uint8"),
        (classifier_of_vectors, "takes images (64,)"),
        (classifier_with_shares, "gives probabilities"),
        (classifier_with_lost_weights, "gives numbers that are not finite"),
        (image_to_image, "is no image classifier"),
        (no_feature_maps, "is no image classifier"),
        (only_convolutions, "no weights come after the feature map of 'conv2d"),
        (two_outputs, "has 1 inputs and 2 outputs"),
        (two_inputs, "has 2 inputs and 1 outputs"),
        (hidden_code, "needs the code of a Lambda"),
        (subclassed, "baseline 'own' is a Registered; expected is a functional or sequential model"),
        (subclassed_inside, "model 'own' inside the baseline is a Registered"),
        (wavering, "predicts otherwise once it is cut (by up to "),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_a_model_that_is_no_classifier_of_these_images_is_refused_in_one_line(
    build: Callable[[], keras.Model], part: str, tiny_dataset: Dataset, tmp_path: Path
) -> None:
    assert part in refusal(build(), tiny_dataset, tmp_path)


@pytest.mark.parametrize("content", [None, b"", b"no model", b"PK\x03\x04 broken"])
def test_a_file_that_is_no_keras_model_is_refused_in_one_line(
    content: bytes | None, tiny_dataset: Dataset, tmp_path: Path
) -> None:
    path = tmp_path / "model.keras"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(
        ConfigError, match=r"^baseline.model '.*model.keras' (is no file|cannot be loaded).*$"
    ):
        load_classifier(path, BaselineConfig(model=str(path)), tiny_dataset)


def test_a_damaged_model_is_refused_wherever_the_damage_is(tiny_dataset: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    section = BaselineConfig(model=str(path))
    classifier_of((8, 8, 1), 10).save(path)
    whole = path.read_bytes()
    refused = 0
    for position in range(0, len(whole) - 64, 1009):
        path.write_bytes(whole[:position] + bytes(64) + whole[position + 64 :])
        try:
            load_classifier(path, section, tiny_dataset)
        except ConfigError as error:
            assert "\n" not in str(error)
            refused += 1
    assert refused > 3
