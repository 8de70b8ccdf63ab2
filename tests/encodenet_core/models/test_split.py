"""A classifier is cut after its last feature map, and the two parts still compute what it computed."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers
from split_models import build_sequential, images_for, run, scatter

from encodenet_core.errors import ConfigError
from encodenet_core.models.architectures import ARCHITECTURES
from encodenet_core.models.inference import predict
from encodenet_core.models.split import (
    feature_map_widths,
    split_classifier,
    split_leading_layers,
)


def build_with_inner_model(outer: str) -> keras.Model:
    images = keras.Input((8, 8, 1))
    inner = keras.Model(images, layers.Conv2D(4, 3, name="inner_map")(images), name="inner")
    rest = [layers.GlobalAveragePooling2D(), layers.Dense(3)]
    if outer == "sequential":
        return keras.Sequential([keras.Input((8, 8, 1)), inner, *rest])
    images = keras.Input((8, 8, 1))
    return keras.Model(images, rest[1](rest[0](inner(images))))


def build_two_maps() -> keras.Model:
    convolutions = [layers.Conv2D(2, 3, name="early"), layers.Conv2D(3, 3, name="late")]
    return keras.Sequential([keras.Input((8, 8, 1)), *convolutions, layers.Flatten(), layers.Dense(2)])


def build_with_shared_layer() -> keras.Model:
    images = keras.Input((8, 8, 2))
    shared = layers.Conv2D(2, 3, padding="same")
    x = layers.MaxPooling2D()(shared(images))
    x = layers.GlobalAveragePooling2D()(shared(x))
    return keras.Model(images, layers.Dense(3)(x))


CLASSIFIERS: dict[str, Any] = {
    **{
        name: lambda build=build: build((8, 8, 3), 4, ([0.1, 0.2, 0.3], [0.1, 0.2, 0.3]))
        for name, build in ARCHITECTURES.items()
        if name in ("small", "resnet9", "resnet20")  # test_architectures.py splits the others
    },
    "sequential": build_sequential,
    "model in functional": lambda: build_with_inner_model("functional"),
    "model in sequential": lambda: build_with_inner_model("sequential"),
    "shared layer": build_with_shared_layer,
}


def refusal(model: keras.Model) -> str:
    with pytest.raises(ConfigError) as caught:
        split_classifier(model)
    message = str(caught.value)
    assert "\n" not in message
    assert "expected " in message
    return message


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_the_parts_one_after_the_other_are_the_model_bit_for_bit(name: str) -> None:
    model = scatter(CLASSIFIERS[name]())
    parts = split_classifier(model)
    images = images_for(model)
    features = run(parts.feature_extractor, images)
    assert features.ndim == 4
    np.testing.assert_array_equal(run(parts.classifier, features), run(model, images))


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_every_weight_belongs_to_one_part(name: str) -> None:
    model = CLASSIFIERS[name]()
    parts = split_classifier(model)
    assert parts.feature_extractor.count_params() + parts.classifier.count_params() == model.count_params()


def test_the_cut_is_after_the_last_map_and_before_flattening() -> None:
    parts = split_classifier(build_sequential())
    assert parts.feature_extractor.output_shape == (None, 3, 2, 4)
    assert [type(layer).__name__ for layer in parts.classifier.layers] == [
        "InputLayer",
        "Flatten",
        "Dropout",
        "Dense",
        "Dense",
    ]


def test_a_layer_that_is_used_twice_is_cut_after_its_last_use() -> None:
    assert split_classifier(build_with_shared_layer()).feature_extractor.output_shape == (None, 4, 4, 2)


def test_a_model_can_be_split_a_second_time() -> None:
    model = build_sequential()
    first, second = split_classifier(model), split_classifier(model)
    images = images_for(model)
    np.testing.assert_array_equal(run(first.feature_extractor, images), run(second.feature_extractor, images))


def test_the_parts_share_their_weights_with_the_model() -> None:
    model = build_sequential()
    parts = split_classifier(model)
    scatter(parts.feature_extractor)
    np.testing.assert_array_equal(model.get_weights()[0], parts.feature_extractor.get_weights()[0])


def test_a_subclassed_model_is_refused() -> None:
    class Subclassed(keras.Model):
        def call(self, images: Any) -> Any:
            return images

    assert "is a Subclassed; expected is a functional or sequential model" in refusal(Subclassed())


def test_a_sequential_model_without_an_input_is_refused() -> None:
    with pytest.raises(ConfigError, match="does not know the shape of its images"):
        split_classifier(keras.Sequential([layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(2)]))


def test_a_model_with_two_outputs_or_two_inputs_is_refused() -> None:
    images, others = keras.Input((8, 8, 1)), keras.Input((8, 8, 1))
    pooled = layers.GlobalAveragePooling2D()(layers.Conv2D(2, 3)(images))
    assert "1 inputs and 2 outputs" in refusal(
        keras.Model(images, [layers.Dense(2)(pooled), layers.Dense(2)(pooled)])
    )
    both = layers.GlobalAveragePooling2D()(layers.Add()([images, others]))
    assert "2 inputs and 1 outputs" in refusal(keras.Model([images, others], layers.Dense(2)(both)))


def test_a_model_that_ends_in_a_map_is_no_classifier() -> None:
    images = keras.Input((8, 8, 1))
    message = refusal(keras.Model(images, layers.Conv2D(2, 3)(images), name="painter"))
    assert message.startswith("baseline 'painter' is no image classifier")
    assert message.endswith("it ends in (None, 6, 6, 2)")


@pytest.mark.parametrize("shape", [(8, 8, 1), (64,)], ids=str)
def test_a_model_without_a_map_is_no_image_classifier(shape: tuple[int, ...]) -> None:
    inputs = keras.Input(shape)
    assert "is no image classifier" in refusal(keras.Model(inputs, layers.Dense(2)(layers.Flatten()(inputs))))


def test_the_cut_is_named_and_can_be_chosen() -> None:
    model = scatter(build_two_maps())
    found, chosen = split_classifier(model), split_classifier(model, "early")
    assert (found.cut, found.feature_extractor.output_shape) == ("late", (None, 4, 4, 3))
    assert (chosen.cut, chosen.feature_extractor.output_shape) == ("early", (None, 6, 6, 2))
    images = images_for(model)
    features = run(chosen.feature_extractor, images)
    np.testing.assert_array_equal(run(chosen.classifier, features), run(model, images))


def test_a_cut_that_is_not_there_is_refused() -> None:
    with pytest.raises(ConfigError, match="baseline.cut is 'latest', but .* did you mean 'late'"):
        split_classifier(build_two_maps(), "latest")


def adapted_normalization(mean: float) -> layers.Normalization:
    normalization = layers.Normalization()
    normalization.adapt(np.random.default_rng(2).normal(mean, 0.5, (40, 8, 8, 2)))
    return normalization


def test_each_height_has_the_width_of_its_deepest_map() -> None:
    images = keras.Input((16, 16, 3))
    x = layers.Conv2D(4, 3, padding="same")(images)
    x = layers.Conv2D(6, 3, padding="same")(x)
    x = layers.Conv2D(8, 3, padding="same")(layers.MaxPooling2D()(x))
    extractor = keras.Model(images, layers.ZeroPadding2D(2)(layers.MaxPooling2D()(x)))
    assert feature_map_widths(extractor) == {16: 6, 8: 8}


@pytest.mark.parametrize("preparing", [layers.Rescaling(1 / 255), adapted_normalization(3.0)], ids=str)
def test_prepared_images_are_no_maps_that_are_learnt(preparing: layers.Layer) -> None:
    images = keras.Input((8, 8, 2))
    features = layers.Conv2D(5, 3, strides=2, padding="same")(preparing(images))
    assert feature_map_widths(keras.Model(images, features)) == {4: 5}


def test_the_maps_of_a_model_inside_the_extractor_count_and_maps_below_its_features_do_not() -> None:
    inner_images = keras.Input((16, 16, 3))
    inner = keras.Model(inner_images, layers.Conv2D(5, 3, strides=2, padding="same")(inner_images))
    images = keras.Input((16, 16, 3))
    x = inner(layers.Conv2D(3, 3, padding="same")(images))
    gate = layers.Conv2D(5, 1)(layers.GlobalAveragePooling2D(keepdims=True)(x))
    assert feature_map_widths(keras.Model(images, layers.Multiply()([x, gate]))) == {16: 3, 8: 5}


def cut_shape(*layers: keras.layers.Layer) -> tuple[int, ...]:
    """The shape of one cached sample for features (4, 4, 6) and these classification layers."""
    model = keras.Sequential([keras.Input((4, 4, 6)), *layers])
    pooling, tail = split_leading_layers(keras.Model(model.inputs[0], model.outputs[0]))
    features = np.random.default_rng(0).random((5, 4, 4, 6), np.float32)
    np.testing.assert_allclose(predict(tail, predict(pooling, features)), predict(model, features), atol=1e-5)
    return tuple(pooling.outputs[0].shape[1:])


def test_layers_are_cached_up_to_the_first_that_changes_from_epoch_to_epoch() -> None:
    from keras.layers import (
        BatchNormalization,
        Dense,
        Dropout,
        Flatten,
        GaussianNoise,
        GlobalAveragePooling2D,
        ReLU,
    )

    assert cut_shape(GlobalAveragePooling2D(), Dense(3)) == (6,)
    assert cut_shape(Flatten(), Dropout(0.5), Dense(3)) == (96,)
    assert cut_shape(GlobalAveragePooling2D(), ReLU(), BatchNormalization(), Dense(3)) == (6,)
    assert cut_shape(Dropout(0.5), GlobalAveragePooling2D(), Dense(3)) == (4, 4, 6)
    assert cut_shape(GaussianNoise(0.5), GlobalAveragePooling2D(), Dense(3)) == (4, 4, 6)


def test_a_fork_in_the_classification_layers_is_not_cached() -> None:
    features = keras.Input((4, 4, 6))
    pooled = [keras.layers.GlobalAveragePooling2D()(features), keras.layers.GlobalMaxPooling2D()(features)]
    joined = keras.layers.Concatenate()(pooled)
    classifier = keras.Model(features, keras.layers.Dense(3)(joined))
    pooling, tail = split_leading_layers(classifier)
    samples = np.random.default_rng(0).random((5, 4, 4, 6), np.float32)
    np.testing.assert_allclose(
        predict(tail, predict(pooling, samples)), predict(classifier, samples), atol=1e-5
    )
