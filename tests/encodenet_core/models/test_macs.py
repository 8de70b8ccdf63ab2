"""Multiply-accumulates, counted by hand."""

from __future__ import annotations

from typing import Any

import keras
import pytest
from keras import layers

from encodenet_core.models.macs import count_macs, training_macs

LAYERS: list[tuple[str, Any, int]] = [
    ("convolution", layers.Conv2D(5, 3, padding="same"), 6 * 8 * 9 * 4 * 5),
    ("strided convolution", layers.Conv2D(5, 3, strides=2), 2 * 3 * 9 * 4 * 5),
    ("grouped convolution", layers.Conv2D(6, 3, padding="same", groups=2), 6 * 8 * 9 * 2 * 6),
    ("depthwise convolution", layers.DepthwiseConv2D(3, padding="same"), 6 * 8 * 9 * 4),
    ("transposed convolution", layers.Conv2DTranspose(5, 4, 2, "same"), 6 * 8 * 16 * 4 * 5),
    ("separable convolution", layers.SeparableConv2D(5, 3), 4 * 6 * (9 * 4 + 4 * 5)),
    ("dense layer on every pixel", layers.Dense(5), 6 * 8 * 4 * 5),
    ("pooling", layers.MaxPooling2D(), 0),
    ("normalisation", layers.BatchNormalization(), 0),
]


@pytest.mark.parametrize(
    ("layer", "macs"), [pytest.param(layer, macs, id=name) for name, layer, macs in LAYERS]
)
def test_a_layer_on_a_map_of_six_by_eight_with_four_channels(layer: Any, macs: int) -> None:
    assert count_macs(keras.Sequential([keras.Input((6, 8, 4)), layer])) == macs


def test_a_dense_layer_on_a_vector() -> None:
    assert count_macs(keras.Sequential([keras.Input((7,)), layers.Dense(3)])) == 21


def test_a_model_inside_a_model_counts_with_its_layers() -> None:
    inner = keras.Sequential([keras.Input((4, 4, 2)), layers.Conv2D(3, 1), layers.Flatten()])
    images = keras.Input((4, 4, 2))
    model = keras.Model(images, layers.Dense(5)(inner(images)))
    assert count_macs(model) == 4 * 4 * 2 * 3 + 48 * 5


def test_a_layer_that_is_used_twice_counts_twice() -> None:
    images = keras.Input((4, 4, 2))
    shared = layers.Conv2D(2, 3, padding="same")
    assert count_macs(keras.Model(images, shared(layers.MaxPooling2D()(shared(images))))) == 36 * (16 + 4)


def test_training_takes_three_forward_passes_a_sample_and_epoch() -> None:
    assert training_macs(1000, n_samples=50, epochs=4) == 3 * 1000 * 50 * 4
