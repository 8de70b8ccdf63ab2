"""Each layer costs what is counted for it, and gives the shape that is counted for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import keras
import numpy as np
import pytest

from encodenet_core.config import Activation
from encodenet_core.models.countable_layers import CountingLayers, KerasLayers, MapShape, transposed_kernel
from encodenet_core.models.macs import count_macs

SHAPE = (3, 5, 8)
STEPS: dict[str, Callable[[Any, Any], Any]] = {
    "convolve": lambda layers, x: layers.convolve(x, 7, 3),
    "convolve with bias": lambda layers, x: layers.convolve(x, 7, 3, bias=True),
    "convolve depthwise": lambda layers, x: layers.convolve_depthwise(x, 5),
    "convolve transposed by 2": lambda layers, x: layers.convolve_transposed(x, 7, 2),
    "convolve transposed by 3": lambda layers, x: layers.convolve_transposed(x, 7, 3),
    "interpolate": lambda layers, x: layers.interpolate(x, 3, "nearest"),
    "shuffle pixels": lambda layers, x: layers.shuffle_pixels(x, 2),
    "resize": lambda layers, x: layers.resize(x, 4, 9),
    "normalize": lambda layers, x: layers.normalize(x),
    "activate": lambda layers, x: layers.activate(x),
    "add": lambda layers, x: layers.add(x, x),
}


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_counting_agrees_with_building(step: Callable[[Any, Any], Any]) -> None:
    counter = CountingLayers()
    counted = step(counter, MapShape(*SHAPE))
    features = keras.Input(SHAPE)
    layers = KerasLayers("relu")
    built = step(layers, features)
    model = keras.Model(features, built)
    assert (counted.height, counted.width, counted.channels) == built.shape[1:]
    assert counter.channels(counted) == layers.channels(built)
    assert counter.parameters == model.count_params()
    assert counter.macs == count_macs(model)
    assert counter.activations == np.prod(built.shape[1:])


def test_a_convolution_is_counted_by_hand() -> None:
    counter = CountingLayers()
    counter.convolve(MapShape(*SHAPE), 7, 3, bias=True)
    assert counter.parameters == 3 * 3 * 8 * 7 + 7
    assert counter.macs == 3 * 5 * 3 * 3 * 8 * 7
    assert counter.activations == 3 * 5 * 7


def test_costs_add_up() -> None:
    counter = CountingLayers()
    counter.activate(counter.normalize(counter.convolve(MapShape(*SHAPE), 7, 1)))
    assert counter.parameters == 8 * 7 + 4 * 7
    assert counter.activations == 3 * (3 * 5 * 7)


def test_pixel_shuffle_puts_channels_into_space() -> None:
    features = keras.Input((1, 2, 8))
    model = keras.Model(features, KerasLayers("relu").shuffle_pixels(features, 2))
    x = np.arange(16, dtype=np.float32).reshape(1, 1, 2, 8)
    received = keras.ops.convert_to_numpy(model(x))[0]
    # Channels 0 and 1 of a pixel become its upper left, 2 and 3 its upper right, then the lower row.
    expected = [[[0, 1], [2, 3], [8, 9], [10, 11]], [[4, 5], [6, 7], [12, 13], [14, 15]]]
    np.testing.assert_array_equal(received, expected)


@pytest.mark.parametrize(("factor", "size"), [(2, 4), (3, 5), (4, 8), (5, 9), (32, 64)])
def test_the_transposed_kernel_is_wide_enough_for_its_stride(factor: int, size: int) -> None:
    assert transposed_kernel(factor) == size


@pytest.mark.parametrize("factor", [2, 4])
def test_a_transposed_convolution_of_even_stride_covers_every_pixel_alike(factor: int) -> None:
    features = keras.Input((6, 6, 1))
    model = keras.Model(features, KerasLayers("relu").convolve_transposed(features, 1, factor))
    kernel = model.layers[-1].kernel
    kernel.assign(np.ones(kernel.shape))
    received = keras.ops.convert_to_numpy(model(np.ones((1, 6, 6, 1), np.float32)))[0, :, :, 0]
    assert set(received[factor:-factor, factor:-factor].ravel().tolist()) == {4.0}


@pytest.mark.parametrize("activation", get_args(Activation))
def test_every_activation_is_known_to_keras(activation: Activation) -> None:
    features = keras.Input((1, 1, 3))
    model = keras.Model(features, KerasLayers(activation).activate(features))
    received = keras.ops.convert_to_numpy(model(np.array([[[[-1.0, 0.0, 2.0]]]], np.float32)))[0, 0, 0]
    assert received[0] < received[2]
    assert -0.4 < received[0] <= 0.0
    assert received[1] == 0.0
    assert 1.7 < received[2] <= 2.0
