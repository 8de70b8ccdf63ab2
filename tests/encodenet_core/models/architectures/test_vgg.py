"""mdistiller's VGG and the one of Keras users are the published networks, layer for layer."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from encodenet_core.models.architectures.vgg import build_vgg, build_vgg16_keras
from encodenet_core.models.macs import count_macs
from encodenet_core.models.split import clone_with_weights, split_classifier


def vgg(image_shape: tuple[int, int, int] = (32, 32, 3), **depth: Any) -> keras.Model:
    return build_vgg(image_shape, 10, ([0.5] * 3, [0.06] * 3), **depth)


@lru_cache
def vgg16_keras(seed: int = 0) -> keras.Model:
    keras.utils.set_random_seed(seed)
    return build_vgg16_keras((8, 8, 3), 10, ([0.5] * 3, [0.06] * 3))


def kinds(model: keras.Model) -> list[str]:
    return [type(layer).__name__ for layer in model.layers]


def test_a_convolution_is_normalised_before_its_relu_and_pooled_three_times() -> None:
    block = ["Conv2D", "BatchNormalization", "ReLU"]
    pooled = [*block, "MaxPooling2D"]
    expected = ["InputLayer", "Normalization", *pooled * 3, *block * 2, "GlobalAveragePooling2D", "Dense"]
    assert kinds(vgg(depth=8)) == expected


def test_images_of_64_pixels_are_pooled_a_fourth_time_after_the_fourth_block() -> None:
    pools = [layer for layer in vgg((64, 64, 3), depth=8).layers if isinstance(layer, layers.MaxPooling2D)]
    assert [layer.output.shape[1:] for layer in pools] == [
        (32, 32, 64),
        (16, 16, 128),
        (8, 8, 256),
        (4, 4, 512),
    ]


def test_vgg8_takes_the_multiply_accumulates_of_five_convolutions() -> None:
    pixels_in_out = [(32, 3, 64), (16, 64, 128), (8, 128, 256), (4, 256, 512), (4, 512, 512)]
    convolutions = sum(side**2 * 9 * before * after for side, before, after in pixels_in_out)
    assert count_macs(vgg(depth=8)) == convolutions + 512 * 10


def test_the_logits_begin_small() -> None:
    kernel, bias = vgg(depth=8).get_layer("logits").get_weights()
    assert kernel.std() == pytest.approx(0.01, rel=0.05)
    assert not bias.any()


def test_the_one_of_keras_users_normalises_after_the_relu_and_drops_between_convolutions() -> None:
    step = ["Conv2D", "ReLU", "BatchNormalization"]
    two = [*step, "Dropout", *step, "MaxPooling2D"]
    three = [*step, "Dropout", *two]
    head = ["Flatten", "Dropout", "Dense", "ReLU", "BatchNormalization", "Dropout", "Dense"]
    model = vgg16_keras()
    assert kinds(model) == ["InputLayer", "Normalization", *two * 2, *three * 3, *head]
    rates = [layer.rate for layer in model.layers if isinstance(layer, layers.Dropout)]
    assert rates == [0.3, *[0.4] * 7, 0.5, 0.5]


def test_its_classification_part_has_two_dense_layers() -> None:
    classifier = split_classifier(vgg16_keras()).classifier
    assert kinds(classifier)[1:] == [
        "Flatten", "Dropout", "Dense", "ReLU", "BatchNormalization", "Dropout", "Dense"
    ]  # fmt: skip


def seeds(model: keras.Model) -> list[int]:
    return [layer.seed for layer in model.layers if isinstance(layer, layers.Dropout)]


def test_its_dropouts_are_seeded_apart_and_as_the_model_is() -> None:
    model = vgg16_keras()
    assert len(set(seeds(model))) == 10
    vgg16_keras.cache_clear()
    assert seeds(vgg16_keras()) == seeds(model)
    assert not set(seeds(vgg16_keras(seed=1))) & set(seeds(model))


def test_a_copy_drops_what_the_original_drops() -> None:
    model = vgg16_keras()
    keras.utils.set_random_seed(5)
    copy = clone_with_weights(model)
    images = np.random.default_rng(0).random((4, 8, 8, 3), np.float32)
    dropped, again = (keras.ops.convert_to_numpy(each(images, training=True)) for each in (model, copy))
    np.testing.assert_array_equal(dropped, again)
    assert not np.allclose(dropped, keras.ops.convert_to_numpy(model(images, training=False)))
