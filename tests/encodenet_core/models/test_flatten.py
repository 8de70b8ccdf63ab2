"""A flat copy computes what the nested model computes, with its weights, and shares nothing with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from encodenet_core.errors import ConfigError
from encodenet_core.models.flatten import flatten_model
from encodenet_core.models.graph import is_graph

SHAPE = (8, 8, 3)


def build_extractor(name: str, shape: tuple[int | None, ...] = SHAPE) -> keras.Model:
    """Two branches of convolution, statistics and activation that meet in `meeting`."""
    images = keras.Input(shape)
    sides = [layers.Conv2D(4, size, padding="same", name=f"side{size}")(images) for size in (1, 3)]
    normalized = layers.BatchNormalization(name="statistics")(sides[1])
    return keras.Model(images, layers.Add(name="meeting")([sides[0], layers.ReLU()(normalized)]), name=name)


def build_nested() -> keras.Model:
    """A model in a model in a model, an operation that is no layer, and adapted statistics of the images."""
    adapted = layers.Normalization(name="adapted")
    adapted.adapt(np.random.default_rng(2).normal(0.4, 0.2, (40, *SHAPE)))
    middle = keras.Sequential([keras.Input(SHAPE), adapted, build_extractor("inner")], name="middle")
    images = keras.Input(SHAPE)
    x = middle(images / 2.0, training=False)
    x = layers.Dropout(0.5)(layers.GlobalAveragePooling2D()(x))
    return keras.Model(images, layers.Dense(5, name="dense")(x), name="outer")


def build_with_equal_names() -> keras.Model:
    """`side3` and the others are in two inner models, and `side3` outside of them too."""
    images = keras.Input(SHAPE)
    first, second = build_extractor("first"), build_extractor("second", (8, 8, 4))
    x = layers.Conv2D(2, 3, name="side3")(second(first(images)))
    return keras.Model(images, layers.Dense(5)(layers.Flatten()(x)))


def build_with_inner_model_used_twice() -> keras.Model:
    images = keras.Input(SHAPE)
    inner = keras.Sequential(
        [keras.Input(SHAPE), layers.Conv2D(3, 3, padding="same", name="inner")], name="m"
    )
    return keras.Model(images, layers.Dense(5)(layers.Flatten()(inner(inner(images)))))


def build_with_inner_model_of_two_outputs() -> keras.Model:
    images = keras.Input(SHAPE)
    both = keras.Model(images, [layers.Conv2D(2, 3)(images), layers.Conv2D(3, 3)(images)], name="both")
    outer = keras.Input(SHAPE)
    joined = layers.Concatenate()(list(reversed(both(outer))))
    return keras.Model(outer, layers.Dense(5)(layers.GlobalMaxPooling2D()(joined)))


MODELS: dict[str, Callable[[], keras.Model]] = {
    "nested": build_nested,
    "equal names": build_with_equal_names,
    "inner model used twice": build_with_inner_model_used_twice,
    "inner model of two outputs": build_with_inner_model_of_two_outputs,
    "sequential": lambda: keras.Sequential(
        [keras.Input(SHAPE), build_extractor("inner"), layers.Flatten(), layers.Dense(5, "softmax")]
    ),
}


def scatter(model: keras.Model) -> keras.Model:
    rng = np.random.default_rng(0)
    for layer in model._flatten_layers(include_self=False):
        if not isinstance(layer, layers.Normalization) and not is_graph(layer):
            layer.set_weights([rng.uniform(0.1, 0.5, weight.shape) for weight in layer.get_weights()])
    return model


def run(model: keras.Model, images: Any) -> Any:
    return keras.ops.convert_to_numpy(model(images, training=False))


IMAGES = np.random.default_rng(1).random((6, *SHAPE), np.float32)


@pytest.mark.parametrize("name", MODELS)
def test_a_flat_copy_predicts_the_same_bit_for_bit_and_shares_nothing(name: str) -> None:
    model = scatter(MODELS[name]())
    flat = flatten_model(model, SHAPE).model
    expected = run(model, IMAGES)
    assert not any(is_graph(layer) for layer in flat.layers)
    assert flat.count_params() == model.count_params()
    np.testing.assert_array_equal(run(flat, IMAGES), expected)
    flat.set_weights([weights + 1 for weights in flat.get_weights()])
    np.testing.assert_array_equal(run(model, IMAGES), expected)


@pytest.mark.parametrize("name", MODELS)
def test_a_flat_copy_is_saved_cloned_and_trained_like_any_model(name: str, tmp_path: Any) -> None:
    flat = flatten_model(scatter(MODELS[name]()), SHAPE).model
    flat.save(tmp_path / "flat.keras")
    loaded = keras.saving.load_model(tmp_path / "flat.keras")
    np.testing.assert_array_equal(run(loaded, IMAGES), run(flat, IMAGES))
    clone = keras.models.clone_model(flat)
    assert [layer.name for layer in clone.layers] == [layer.name for layer in flat.layers]


def test_layers_keep_their_names_where_these_are_free_and_all_can_be_named_by_their_path() -> None:
    names = flatten_model(build_with_equal_names(), SHAPE).names
    assert (names["side1"], names["first/side1"]) == ("side1", "side1")
    assert names["second/side1"] == "second_side1"
    assert (names["first"], names["second"]) == ("meeting", "second_meeting")
    sides = [names[path] for path in ("side3", "first/side3", "second/side3")]
    assert sides == ["side3", "first_side3", "second_side3"]


def test_a_preparation_comes_first() -> None:
    model = scatter(build_nested())
    flat = flatten_model(model, SHAPE, layers.Rescaling(255.0, -1.0, name="range")).model
    assert [layer.name for layer in flat.layers[:2]] == ["images", "range"]
    expected = run(model, keras.ops.convert_to_numpy(layers.Rescaling(255.0, -1.0)(IMAGES)))
    np.testing.assert_array_equal(run(flat, IMAGES), expected)


def test_an_open_size_becomes_that_of_the_images() -> None:
    images = keras.Input((None, None, 3))
    pooled = layers.GlobalAveragePooling2D()(build_extractor("inner", (None, None, 3))(images))
    flat = flatten_model(keras.Model(images, layers.Dense(5)(pooled)), SHAPE).model
    assert flat.get_layer("meeting").output.shape == (None, 8, 8, 4)


def test_images_too_small_for_an_open_size_are_refused() -> None:
    images = keras.Input((None, None, 3))
    x = layers.Conv2D(2, 9, name="wide")(images)
    model = keras.Model(images, layers.Dense(5)(layers.GlobalAveragePooling2D()(x)))
    with pytest.raises(ConfigError, match=r"layer 'wide' of the baseline cannot take \(8, 8, 3\) \(.*\)$"):
        flatten_model(model, SHAPE)


def test_what_was_frozen_is_trained_again() -> None:
    model = build_nested()
    model.trainable = False
    flat = flatten_model(model, SHAPE).model
    assert not model.trainable_weights
    assert len(flat.trainable_weights) == 8, "three kernels with biases, gamma and beta"


class Subclassed(keras.Model):
    def call(self, images: Any) -> Any:
        return images


def test_a_subclassed_model_inside_is_refused_by_name() -> None:
    images = keras.Input(SHAPE)
    model = keras.Model(images, layers.Flatten()(Subclassed(name="own")(images)))
    with pytest.raises(
        ConfigError, match="model 'own' inside the baseline is a Subclassed; expected is a func"
    ):
        flatten_model(model, SHAPE)


def test_maps_with_channels_first_are_refused_by_name() -> None:
    images = keras.Input((3, 8, 8))
    x = layers.Conv2D(2, 3, data_format="channels_first", name="turned")(images)
    with pytest.raises(
        ConfigError, match="layer 'turned' of the baseline takes maps channels-first; expected"
    ):
        flatten_model(keras.Model(images, layers.Dense(5)(layers.Flatten()(x))), (3, 8, 8))
