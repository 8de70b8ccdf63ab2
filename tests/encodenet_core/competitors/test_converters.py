"""The converters by counts that are worked out by hand, and images that do not fit."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from encodenet_core.competitors.converters import build_converter, check_convertible
from encodenet_core.errors import DataError
from encodenet_core.models.inference import predict
from encodenet_core.models.macs import count_macs


def test_grey_images_get_the_dense_converter() -> None:
    model, loss = build_converter((28, 28, 1))
    widths = [784, 128, 64, 32, 64, 128, 784]
    pairs = list(zip(widths, widths[1:], strict=False))
    assert count_macs(model) == sum(before * after for before, after in pairs) == 221_184
    assert model.count_params() == sum((before + 1) * after for before, after in pairs) == 222_384
    assert isinstance(loss, keras.losses.BinaryCrossentropy)


def test_colour_images_get_the_u_net_whose_encoder_has_the_weights_of_the_authors_file() -> None:
    model, loss = build_converter((32, 32, 3))
    down = [(3, 32), (32, 64), (64, 128), (128, 256), (256, 256)]
    encoder = sum((9 * before + 1 + 4) * after for before, after in down)
    assert encoder == 981_440  # of 995,520, less a convolution to 6 channels and a dense layer
    up = [(256, 256), (256 + 128, 128), (128 + 64, 64), (64 + 32, 32)]
    decoder = sum((9 * before + 1 + 4) * after for before, after in up)
    assert model.count_params() == encoder + decoder + (9 * 32 + 1) * 3 == 2_155_139
    assert isinstance(loss, keras.losses.MeanSquaredError)


@pytest.mark.parametrize("image_shape", [(8, 8, 1), (3, 2, 1), (16, 48, 3)])
def test_a_converter_keeps_the_shape_and_the_range_of_images(image_shape: tuple[int, int, int]) -> None:
    check_convertible(image_shape)
    images = np.random.default_rng(0).integers(0, 256, (2, *image_shape), np.uint8)
    converted = predict(build_converter(image_shape).model, images)
    assert converted.shape == images.shape
    assert converted.min() >= 0 and converted.max() <= 1


@pytest.mark.parametrize("image_shape", [(8, 8, 3), (32, 40, 3)])
def test_colour_images_that_cannot_be_halved_four_times_are_refused(
    image_shape: tuple[int, int, int],
) -> None:
    size = f"{image_shape[0]}x{image_shape[1]}"
    with pytest.raises(DataError, match=f"^colour images of {size} pixels .* 16, 32, ...; set dataset"):
        check_convertible(image_shape)
