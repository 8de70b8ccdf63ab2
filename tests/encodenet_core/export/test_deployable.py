from __future__ import annotations

import keras
import numpy as np
import pytest
from color_models import color_classifier, color_images

from encodenet_core.baseline import Baseline
from encodenet_core.export.deployable import deployable_copy, float32_copy
from encodenet_core.models.architectures import ARCHITECTURES
from encodenet_core.models.flatten import flatten_model
from encodenet_core.models.inference import predict
from encodenet_core.models.pixel_forms import PixelForm, common_forms
from encodenet_core.models.precision import layers_in

IMAGES = np.random.default_rng(5).random((16, 8, 8, 1), np.float32)


def layers_of(model: keras.Model) -> set[str]:
    return {type(layer).__name__ for layer in model.layers}


def assert_alike(copy: keras.Model, model: keras.Model) -> None:
    np.testing.assert_allclose(predict(copy, IMAGES), predict(model, IMAGES), rtol=1e-5, atol=2e-5)


def test_fixed_statistics_become_a_rescaling_that_computes_the_same() -> None:
    model = ARCHITECTURES["small"]((8, 8, 1), 10, ([0.3], [0.1]))
    copy = deployable_copy(model)
    assert "Normalization" in layers_of(model)
    assert "Normalization" not in layers_of(copy)
    assert_alike(copy, model)


def test_adapted_statistics_of_images_and_of_features_do_too(adapted_baseline: Baseline) -> None:
    copy = deployable_copy(adapted_baseline.model)
    assert [type(layer).__name__ for layer in copy.layers].count("Rescaling") == 2
    assert_alike(copy, adapted_baseline.model)


@pytest.mark.parametrize("invert", [False, True])
def test_a_normalisation_of_every_pixel_or_its_inverse_keeps_its_statistics(invert: bool) -> None:
    images = keras.Input((8, 8, 1))
    rng = np.random.default_rng(1)
    layer = keras.layers.Normalization(
        axis=(1, 2, 3), mean=rng.random((8, 8, 1)), variance=rng.random((8, 8, 1)), invert=invert
    )
    model = keras.Model(images, keras.layers.Dense(10)(keras.layers.Flatten()(layer(images))))
    assert_alike(deployable_copy(model), model)


@pytest.mark.parametrize("form", common_forms(3), ids=lambda form: form.words)
@pytest.mark.parametrize("copied", [float32_copy, deployable_copy])
def test_a_model_that_prepares_its_pixels_by_operations_is_copied_with_them(copied, form: PixelForm) -> None:
    model = flatten_model(color_classifier(form), (8, 8, 3), form.preparation()).model
    images, labels = color_images(2)
    copy = copied(model)
    np.testing.assert_array_equal(predict(copy, images), predict(model, images))
    assert (predict(copy, images).argmax(axis=1) == labels).all()


def test_the_copy_shares_nothing_with_the_model() -> None:
    model = ARCHITECTURES["small"]((8, 8, 1), 10, ([0.3], [0.1]))
    before = predict(model, IMAGES)
    copy = deployable_copy(model)
    copy.set_weights([np.zeros_like(weights) for weights in copy.get_weights()])
    np.testing.assert_array_equal(predict(model, IMAGES), before)


@pytest.mark.parametrize("copied", [float32_copy, deployable_copy])
def test_a_model_of_mixed_precision_is_copied_to_float32(copied) -> None:
    with layers_in("mixed_bfloat16"):
        model = ARCHITECTURES["small"]((8, 8, 1), 10, ([0.3], [0.1]))
    assert {layer.compute_dtype for layer in model.layers} == {"bfloat16", "float32"}
    copy = copied(model)
    assert {layer.compute_dtype for layer in copy.layers} == {"float32"}
    difference = np.abs(predict(copy, IMAGES) - predict(model, IMAGES)).max()
    assert 0 < difference < 0.1
