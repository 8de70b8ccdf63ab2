"""ResNet20 is the published network, weight for weight."""

from __future__ import annotations

from math import prod
from typing import Any

import keras
import pytest

from encodenet_core.architectures.resnet import build_resnet20
from encodenet_core.macs import count_macs


def build(num_classes: int = 10, channels: int = 3) -> keras.Model:
    return build_resnet20((32, 32, channels), num_classes, [0.5] * channels, [0.06] * channels)


def count(weights: list[Any]) -> int:
    return sum(prod(weight.shape) for weight in weights)


@pytest.mark.parametrize(("num_classes", "trainable"), [(10, 272_474), (100, 278_324)])
def test_it_has_exactly_the_published_number_of_weights(num_classes: int, trainable: int) -> None:
    model = build(num_classes)
    assert count(model.trainable_weights) == trainable
    assert count(model.non_trainable_weights) == 1_568


def test_a_grey_image_saves_two_channels_of_the_first_filters() -> None:
    assert count(build(channels=1).trainable_weights) == 272_474 - 2 * 9 * 16


def test_it_has_nineteen_convolutions_two_projections_and_one_dense_layer() -> None:
    convolutions = [layer for layer in build().layers if isinstance(layer, keras.layers.Conv2D)]
    assert sum(layer.kernel_size == (3, 3) for layer in convolutions) == 19
    assert sum(layer.kernel_size == (1, 1) for layer in convolutions) == 2
    assert sum(isinstance(layer, keras.layers.Dense) for layer in build().layers) == 1


def test_the_projections_halve_the_size_and_double_the_width() -> None:
    projections = [
        layer
        for layer in build().layers
        if isinstance(layer, keras.layers.Conv2D) and layer.kernel_size == (1, 1)
    ]
    assert [(layer.strides, layer.output.shape[1:]) for layer in projections] == [
        ((2, 2), (16, 16, 32)),
        ((2, 2), (8, 8, 64)),
    ]


def test_it_takes_forty_million_multiply_accumulates() -> None:
    first = 32 * 32 * 27 * 16
    wide = 6 * 32 * 32 * 9 * 16 * 16
    middle = 16 * 16 * (9 * 16 * 32 + 5 * 9 * 32 * 32 + 16 * 32)
    deep = 8 * 8 * (9 * 32 * 64 + 5 * 9 * 64 * 64 + 32 * 64)
    assert count_macs(build()) == first + wide + middle + deep + 64 * 10
