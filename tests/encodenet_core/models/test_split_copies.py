from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers
from split_models import build_sequential, images_for, run, scatter

from encodenet_core.models.split import clone_afresh, clone_with_weights, split_classifier


def test_a_clone_computes_the_same_and_shares_nothing() -> None:
    model = scatter(build_sequential())
    clone = clone_with_weights(model)
    images = images_for(model)
    before = run(model, images)
    np.testing.assert_array_equal(run(clone, images), before)
    assert not {id(weight) for weight in model.weights} & {id(weight) for weight in clone.weights}
    clone.set_weights([weight + 1 for weight in clone.get_weights()])
    np.testing.assert_array_equal(run(model, images), before)


def adapted_normalization(mean: float) -> layers.Normalization:
    normalization = layers.Normalization()
    normalization.adapt(np.random.default_rng(2).normal(mean, 0.5, (40, 8, 8, 2)))
    return normalization


def build_adapted(*, nested: bool) -> keras.Model:
    """Two adapted Normalization layers, one of them perhaps inside a model inside the model."""
    images = keras.Input((8, 8, 2))
    first = adapted_normalization(3.0)
    if nested:
        first = keras.Sequential([keras.Input((8, 8, 2)), keras.Sequential([first])])
    x = layers.Conv2D(2, 3, padding="same")(first(images))
    x = layers.GlobalAveragePooling2D()(adapted_normalization(-2.0)(x))
    return keras.Model(images, layers.Dense(3)(x))


@pytest.mark.parametrize("nested", [False, True])
def test_a_clone_normalizes_as_the_original_was_adapted_to(nested: bool) -> None:
    model = build_adapted(nested=nested)
    images = images_for(model)
    expected = run(model, images)
    clone = clone_with_weights(model)
    np.testing.assert_array_equal(run(clone, images), expected)
    parts = split_classifier(clone)
    np.testing.assert_array_equal(run(parts.classifier, run(parts.feature_extractor, images)), expected)


@pytest.mark.parametrize("nested", [False, True])
def test_a_clone_with_new_weights_keeps_the_normalization_alone(nested: bool) -> None:
    model = build_adapted(nested=nested)
    images = images_for(model)
    keras.utils.set_random_seed(1)
    clone = clone_afresh(model)
    normalized, expected = (run(each.layers[1], images) for each in (clone, model))
    assert expected.mean() < -4, "(0.5 - 3) / 0.5 is -5"
    np.testing.assert_array_equal(normalized, expected)
    np.testing.assert_array_equal(run(clone.layers[3], images), run(model.layers[3], images))
    for layer in (2, 5):
        fresh, old = (each.layers[layer].get_weights()[0] for each in (clone, model))
        assert not np.isclose(fresh, old).any()
    assert not {id(weight) for weight in model.weights} & {id(weight) for weight in clone.weights}
