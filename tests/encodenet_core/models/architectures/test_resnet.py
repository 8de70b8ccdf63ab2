"""The residual networks are the published ones, layer for layer."""

from __future__ import annotations

from functools import lru_cache
from math import prod
from typing import Any

import keras
import numpy as np

from encodenet_core.models.architectures.layers import convolve
from encodenet_core.models.architectures.resnet import build_cifar_resnet, build_imagenet_resnet
from encodenet_core.models.macs import count_macs


@lru_cache
def build(num_classes: int = 10, channels: int = 3) -> keras.Model:
    return build_cifar_resnet(
        (32, 32, channels), num_classes, ([0.5] * channels, [0.06] * channels), depth=20
    )


def count(weights: list[Any]) -> int:
    return sum(prod(weight.shape) for weight in weights)


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


def kernels_and_strides(model: keras.Model, first: int, last: int) -> list[tuple[int, int, int]]:
    """Kernel size, stride and filters of some of the convolutions."""
    convolutions = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    return [(layer.kernel_size[0], layer.strides[0], layer.filters) for layer in convolutions[first:last]]


def test_resnet50_widens_in_its_first_block_and_strides_in_the_middle_of_a_bottleneck() -> None:
    model = build_imagenet_resnet((8, 8, 3), 10, ([0.5] * 3, [0.06] * 3), depth=50)
    assert kernels_and_strides(model, 0, 1) == [(3, 1, 64)]
    assert sorted(kernels_and_strides(model, 1, 5)) == [(1, 1, 64), (1, 1, 256), (1, 1, 256), (3, 1, 64)]
    stage = kernels_and_strides(model, 11, 15)
    assert sorted(stage) == [(1, 1, 128), (1, 1, 512), (1, 2, 512), (3, 2, 128)]
    assert sum(isinstance(layer, keras.layers.Conv2D) for layer in model.layers) == 1 + 3 * 16 + 4


def test_a_stride_takes_the_pixels_that_it_takes_in_pytorch() -> None:
    """Padded alike on both sides, a 3x3 kernel is centred on the first pixel, then on the third."""
    pixels = keras.Input((6, 5, 1))
    strided = keras.Model(pixels, convolve(pixels, 1, strides=2))
    centre = np.zeros((3, 3, 1, 1))
    centre[1, 1] = 1
    strided.set_weights([centre])
    image = np.arange(30, dtype=np.float32).reshape(1, 6, 5, 1)
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(strided(image)), image[:, ::2, ::2])
