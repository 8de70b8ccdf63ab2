"""What every baseline architecture keeps: shapes, normalisation, and one dictionary that names them all."""

from __future__ import annotations

from typing import get_args

import keras
import numpy as np
import pytest

from encodenet_core.architectures import ARCHITECTURES
from encodenet_core.config import Architecture
from encodenet_core.split import split_classifier

SHAPES = [(8, 8, 1), (12, 20, 3), (7, 9, 1)]


def build(name: str, image_shape: tuple[int, int, int] = (8, 8, 1), num_classes: int = 4) -> keras.Model:
    keras.utils.set_random_seed(0)
    channels = image_shape[-1]
    return ARCHITECTURES[name](image_shape, num_classes, [0.25] * channels, [0.04] * channels)


def test_every_name_has_an_implementation_and_no_other() -> None:
    assert set(ARCHITECTURES) == set(get_args(Architecture))


@pytest.mark.parametrize("image_shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_images_of_any_shape_become_finite_logits(name: str, image_shape: tuple[int, int, int]) -> None:
    model = build(name, image_shape)
    assert model.name == name
    images = np.random.default_rng(0).random((3, *image_shape), np.float32)
    logits = keras.ops.convert_to_numpy(model(images, training=False))
    assert logits.shape == (3, 4)
    assert np.isfinite(logits).all()
    assert not np.allclose(logits[0], logits[1])


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_batch_normalisation_has_the_momentum_and_epsilon_of_the_recipe(name: str) -> None:
    layers = [layer for layer in build(name).layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert layers
    assert {(layer.momentum, layer.epsilon) for layer in layers} == {(0.9, 1e-5)}


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_images_are_normalised_channel_by_channel_inside_the_model(name: str) -> None:
    model = ARCHITECTURES[name]((8, 8, 3), 4, [0.5, 0.25, 0.0], [0.25, 0.04, 1.0])
    images = np.full((1, 8, 8, 3), 0.75, np.float32)
    normalised = keras.ops.convert_to_numpy(model.get_layer("normalization")(images))
    # (0.75 - 0.5) / 0.5, (0.75 - 0.25) / 0.2, (0.75 - 0) / 1
    np.testing.assert_allclose(normalised[0, 3, 3], [0.5, 2.5, 0.75], rtol=1e-6)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_saved_baseline_computes_the_same(name: str, tmp_path: object) -> None:
    model = build(name)
    path = f"{tmp_path}/model.keras"
    model.save(path)
    images = np.random.default_rng(1).random((2, 8, 8, 1), np.float32)
    expected = keras.ops.convert_to_numpy(model(images, training=False))
    loaded = keras.models.load_model(path, safe_mode=True)
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(loaded(images, training=False)), expected)


@pytest.mark.parametrize(
    ("name", "image_shape", "features"),
    [
        ("small", (8, 8, 1), (4, 4, 64)),
        ("small", (32, 32, 3), (8, 8, 64)),
        ("resnet9", (32, 32, 3), (4, 4, 128)),
        ("resnet20", (32, 32, 3), (8, 8, 64)),
    ],
)
def test_the_features_have_the_documented_shape(
    name: str, image_shape: tuple[int, int, int], features: tuple[int, int, int]
) -> None:
    extractor = split_classifier(build(name, image_shape)).feature_extractor
    assert extractor.output_shape == (None, *features)
