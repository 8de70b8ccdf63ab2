"""What every architecture keeps: sizes, shapes, normalisation, and one dictionary that names them all."""

from __future__ import annotations

from functools import lru_cache
from math import prod
from typing import Any, get_args

import keras
import numpy as np
import pytest

from encodenet_core.config import Architecture, DecoderConfig
from encodenet_core.decoder import build_decoder, check_decoder
from encodenet_core.decoder_plan import plan_decoder
from encodenet_core.models.architectures import ARCHITECTURES
from encodenet_core.models.split import feature_map_widths, split_classifier

SHAPES = [(7, 9, 1), (8, 8, 1), (12, 20, 3), (3, 2, 1)]
LARGE = {"vgg13", "vgg16", "vgg16_keras", "resnet18", "resnet32", "resnet50", "resnet110"}
"""Those that take seconds to build, run and save."""

EVERY = [pytest.param(name, marks=pytest.mark.slow if name in LARGE else ()) for name in ARCHITECTURES]

COUNTS = {
    "vgg8": ((4, 4, 512), 3_913_728, 5_130, 2_944),
    "vgg13": ((4, 4, 512), 9_410_880, 5_130, 5_888),
    "vgg16": ((4, 4, 512), 14_723_136, 5_130, 8_448),
    "vgg16_keras": ((1, 1, 512), 14_723_136, 14_991_946 - 14_723_136, 9_472),
    "resnet18": ((4, 4, 512), 11_168_832, 5_130, 9_600),
    "resnet20": ((8, 8, 64), 271_824, 650, 1_568),
    "resnet32": ((8, 8, 64), 466_256, 650, 2_464),
    "resnet50": ((4, 4, 2048), 23_500_352, 20_490, 53_120),
    "resnet110": ((8, 8, 64), 1_730_064, 650, 8_288),
}
"""For 32x32 colour images and 10 classes: features, weights trained before and behind them, other weights."""


@lru_cache(maxsize=len(ARCHITECTURES))
def build(name: str, image_shape: tuple[int, int, int] = (8, 8, 3), num_classes: int = 4) -> keras.Model:
    keras.utils.set_random_seed(0)
    channels = image_shape[-1]
    statistics = [0.5, 0.25, 0.0][:channels], [0.25, 0.04, 1.0][:channels]
    return ARCHITECTURES[name](image_shape, num_classes, statistics)


def run(model: keras.Model, inputs: Any) -> Any:
    return keras.ops.convert_to_numpy(model(inputs, training=False))


def count(weights: list[Any]) -> int:
    return sum(prod(weight.shape) for weight in weights)


def random_images(image_shape: tuple[int, int, int]) -> Any:
    return np.random.default_rng(0).random((3, *image_shape), np.float32)


def test_every_name_has_an_implementation_and_no_other() -> None:
    assert set(ARCHITECTURES) == set(get_args(Architecture))


@pytest.mark.parametrize("name", COUNTS)
def test_every_published_network_has_exactly_its_weights_before_and_behind_the_cut(name: str) -> None:
    features, encoder, head, others = COUNTS[name]
    model = build(name, (32, 32, 3), 10)
    parts = split_classifier(model)
    assert parts.feature_extractor.output_shape == (None, *features)
    assert count(parts.feature_extractor.trainable_weights) == encoder
    assert count(parts.classifier.trainable_weights) == head
    assert count(model.trainable_weights) == encoder + head
    assert count(model.non_trainable_weights) == others
    assert model.count_params() == encoder + head + others


@pytest.mark.parametrize(
    ("name", "image_shape", "features"),
    [
        ("small", (8, 8, 1), (4, 4, 64)),
        ("small", (32, 32, 3), (8, 8, 64)),
        ("small", (40, 24, 3), (10, 6, 64)),
        ("resnet9", (32, 32, 3), (4, 4, 128)),
        ("resnet20", (40, 24, 3), (10, 6, 64)),
        ("vgg8", (63, 80, 3), (7, 10, 512)),
        ("vgg8", (64, 80, 3), (4, 5, 512)),
        ("vgg16_keras", (64, 96, 1), (2, 3, 512)),
    ],
)
def test_the_features_have_the_documented_shape(
    name: str, image_shape: tuple[int, int, int], features: tuple[int, int, int]
) -> None:
    extractor = split_classifier(build(name, image_shape)).feature_extractor
    assert extractor.output_shape == (None, *features)


@pytest.mark.parametrize(
    ("name", "image_shape"),
    [
        pytest.param(name, image_shape, marks=pytest.mark.slow if name in LARGE else ())
        for name in ARCHITECTURES
        for image_shape in (SHAPES[:1] if name in LARGE else SHAPES)
    ],
)
def test_images_of_any_shape_become_finite_logits(name: str, image_shape: tuple[int, int, int]) -> None:
    model = build(name, image_shape)
    assert model.name == name
    logits = run(model, random_images(image_shape))
    assert logits.shape == (3, 4)
    assert np.isfinite(logits).all()
    assert not np.allclose(logits[0], logits[1], rtol=1e-3, atol=0)


@pytest.mark.parametrize("depth", [1, 2, 5])
@pytest.mark.parametrize("name", EVERY)
def test_a_decoder_of_any_depth_leads_back_to_rectangular_images(name: str, depth: int) -> None:
    image_shape = (40, 24, 3)
    extractor = split_classifier(build(name, image_shape)).feature_extractor
    features = extractor.output_shape[1:]
    config = DecoderConfig(depth=depth)
    plan = plan_decoder(config, features, image_shape, feature_map_widths(extractor))
    check_decoder(plan, config, batch_size=64)
    decoder = build_decoder(plan, config)
    assert decoder.input_shape == (None, *features)
    assert decoder.output_shape == (None, *image_shape)


@pytest.mark.parametrize("name", EVERY)
def test_the_parts_one_after_the_other_are_the_model_bit_for_bit(name: str) -> None:
    model, images = build(name), random_images((8, 8, 3))
    parts = split_classifier(model)
    np.testing.assert_array_equal(
        run(parts.classifier, run(parts.feature_extractor, images)), run(model, images)
    )


@pytest.mark.parametrize("name", EVERY)
def test_batch_normalisation_has_the_momentum_and_epsilon_of_pytorch(name: str) -> None:
    layers = [layer for layer in build(name).layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert layers
    assert {(layer.momentum, layer.epsilon) for layer in layers} == {(0.9, 1e-5)}


@pytest.mark.parametrize("name", EVERY)
def test_convolutions_begin_with_the_spread_of_he_by_their_outputs_and_without_a_bias(name: str) -> None:
    layers = [layer for layer in build(name).layers if isinstance(layer, keras.layers.Conv2D)]
    drawn = np.concatenate(
        [
            np.ravel(layer.get_weights()[0]) * np.sqrt(prod(layer.kernel_size) * layer.filters / 2)
            for layer in layers
        ]
    )
    assert drawn.mean() == pytest.approx(0, abs=0.02)
    assert drawn.std() == pytest.approx(1, abs=0.02)
    assert not any(layer.get_weights()[1].any() for layer in layers if layer.use_bias)


@pytest.mark.parametrize("name", EVERY)
def test_images_are_normalised_channel_by_channel_inside_the_model_without_weights(name: str) -> None:
    layer = build(name).get_layer("normalization")
    normalised = keras.ops.convert_to_numpy(layer(np.full((1, 8, 8, 3), 0.75, np.float32)))
    # (0.75 - 0.5) / 0.5, (0.75 - 0.25) / 0.2, (0.75 - 0) / 1
    np.testing.assert_allclose(normalised[0, 3, 3], [0.5, 2.5, 0.75], rtol=1e-6)
    assert layer.count_params() == 0


@pytest.mark.parametrize("name", EVERY)
def test_a_saved_baseline_computes_the_same(name: str, tmp_path: object) -> None:
    model, images = build(name), random_images((8, 8, 3))
    path = f"{tmp_path}/model.keras"
    model.save(path)
    loaded = keras.models.load_model(path, safe_mode=True)
    np.testing.assert_array_equal(run(loaded, images), run(model, images))


@pytest.mark.parametrize("name", EVERY)
def test_a_width_scales_the_channels_of_every_layer(name: str) -> None:
    statistics = [0.5], [0.25]
    narrow = ARCHITECTURES[name]((8, 8, 1), 4, statistics, width=0.5)
    whole = build(name, (8, 8, 1))
    convolutions = [
        [layer.filters for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
        for model in (narrow, whole)
    ]
    assert [2 * filters for filters in convolutions[0]] == convolutions[1]
